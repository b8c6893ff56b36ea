"""SIGTERM and SIGHUP while deliveries come."""
import http.client
import os
import random
import signal
import threading
import time
import uuid

from actors import Bridge, Broker, Forge, Scenario, Sender, deploy_rule, fixture, until
from hostile import Hostile

DEEP = bool(os.environ.get("FORGEBRIDGE_DEEP"))
STOPS = 20 if DEEP else 4
RELOADS = 200 if DEEP else 40


class Senders:
    """Some that push all the while, half of them on a connection that they keep."""

    def __init__(self, bridge, count=4):
        self.sender, self.statuses, self.taken = Sender(bridge), [], {}
        self.cut, self.stop = 0, threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n % 2 == 0,), daemon=True)
                        for n in range(count)]
        for t in self.threads:
            t.start()

    def run(self, keep):
        connection = None
        while not self.stop.is_set():
            guid, body = str(uuid.uuid4()), fixture("push.json")
            try:
                connection = connection or http.client.HTTPConnection(
                    self.sender.bridge.address, timeout=30)
                connection.request("POST", "/hooks/github", body,
                                   self.sender.headers(body, delivery=guid))
                response = connection.getresponse()
                text = response.read()
                self.statuses.append(response.status)
                if 200 <= response.status < 300:
                    self.taken[guid] = text
                if keep and not response.will_close:
                    continue
            except (OSError, http.client.HTTPException):
                self.cut += 1
            connection.close()
            connection = None
            self.stop.wait(0.002)
        if connection:
            connection.close()

    def finish(self):
        self.stop.set()
        for t in self.threads:
            t.join(60)
            assert not t.is_alive(), "a sender got no answer"


class Terminate(Scenario):
    def test_all_that_was_answered_is_kept_and_it_ends_in_time(self):
        self.forge = Forge(self).start()
        bridge, taken, pause = Bridge(self, self.forge), {}, threading.Event()
        for _ in range(STOPS):
            bridge.start()
            senders = Senders(bridge)
            pause.wait(random.uniform(0.1, 0.5))  # the instant is any
            began = time.monotonic()
            self.assertEqual(bridge.stop(15), 0)
            self.assertLess(time.monotonic() - began, 10)
            senders.finish()
            self.assertEqual(set(senders.statuses), {202})
            taken.update(senders.taken)
        kept = {row[0] for row in bridge.rows("SELECT sender_id FROM delivery")}
        self.assertGreater(len(taken), 10 * STOPS)
        self.assertEqual(set(taken) - kept, set())
        self.assertEqual(bridge.rows("SELECT count(*) FROM delivery d WHERE NOT EXISTS "
                                     "(SELECT 1 FROM job j WHERE j.delivery = d.id)"), [(0,)])
    test_all_that_was_answered_is_kept_and_it_ends_in_time.seconds = 300

    def test_drippers_and_a_frozen_broker_do_not_hold_it_up(self):
        self.start()
        drips = [Hostile("drip", self.bridge.address, 20, what) for what in ("head", "body")]
        for h in drips:
            self.addCleanup(lambda h=h: (h.kill(), h.communicate()))
            h.wait_open()
        self.broker.signal(signal.SIGSTOP)
        self.addCleanup(self.broker.signal, signal.SIGCONT)
        began = time.monotonic()
        self.accepted(self.sender.push())
        self.assertEqual(self.bridge.stop(15), 0)
        self.assertLess(time.monotonic() - began, 10)


class Reload(Scenario):
    def test_no_sender_notices_reloads_nor_broken_files(self):
        broker, forge = Broker(self).start(), Forge(self).start()
        bridge = Bridge(self, forge, broker, [])
        bridge.start()
        good, senders = dict(bridge.config), Senders(bridge)
        for n in range(RELOADS):
            before, answered = len(bridge.log.lines), len(senders.statuses)
            bridge.config = "sources: 7\n" if n % 3 == 1 else dict(
                good, rules=[deploy_rule("rule-%d" % n, "shop.example.com",
                                         when={"type": "never-%d" % n})])
            bridge.reload()
            bridge.log.wait("reload refused" if n % 3 == 1 else "configuration reloaded",
                            after=before)
            until("an answer", lambda a=answered: len(senders.statuses) > a or senders.cut)
        senders.finish()
        self.assertEqual((set(senders.statuses), senders.cut), ({202}, 0))
        self.assertGreater(len(senders.taken), RELOADS)
        self.assertEqual(bridge.count("delivery"), len(senders.taken))
    test_no_sender_notices_reloads_nor_broken_files.seconds = 120


if __name__ == "__main__":
    import unittest
    unittest.main()
