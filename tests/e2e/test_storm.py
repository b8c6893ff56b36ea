"""Hostile and unlucky senders, many at once."""
import os
import resource
import selectors
import socket
import threading
import time
import uuid

from actors import Bridge, Scenario, Sender, fixture, until

DEEP = bool(os.environ.get("FORGEBRIDGE_DEEP"))


def together(n, work):
    threads = [threading.Thread(target=work) for _ in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


class Storm(Scenario):
    def test_one_delivery_sent_very_often_is_one_row_and_one_job(self):
        self.start()
        guid, body = str(uuid.uuid4()), fixture("push.json")
        connections, each = (50, 200) if DEEP else (50, 10)
        answers = []
        def storm():
            for _ in range(each):
                answers.append(self.sender.send(body, delivery=guid))
        together(connections, storm)
        self.assertEqual({a.status for a in answers}, {202})
        self.assertEqual(len({a.json["delivery"] for a in answers}), 1)
        self.assertEqual(sum(not a.json["duplicate"] for a in answers), 1)
        self.ended(answers[0].json["delivery"])
        self.assertEqual((self.bridge.count("delivery"), self.bridge.count("job"),
                          self.forge.deployments()), (1, 1, 1))

    def test_forged_signatures_leave_no_row_and_good_ones_are_served(self):
        bridge = Bridge(self, rules=[]).start()
        forger, sender = Sender(bridge, "guess"), Sender(bridge)
        statuses, good = [], []
        def forge():
            for _ in range(500 if DEEP else 50):
                statuses.append(forger.push().status)
        flood = [threading.Thread(target=forge) for _ in range(8)]
        for t in flood:
            t.start()
        while any(t.is_alive() for t in flood):
            good.append(self.accepted(sender.push()))
        self.assertEqual(set(statuses), {401})
        self.assertEqual(bridge.count("delivery"), len(good))


class Drip:
    """Many connections that send one byte now and then; notes when each was closed."""

    def __init__(self, address, head, n):
        host, port = address.split(":")
        self.selector, self.open, self.closed = selectors.DefaultSelector(), set(), []
        self.began = time.monotonic()
        for _ in range(n):
            s = socket.create_connection((host, int(port)), timeout=10)
            s.sendall(head)
            s.setblocking(False)
            self.selector.register(s, selectors.EVENT_READ)
            self.open.add(s)

    def run(self, seconds):
        """Drips until all are closed or the time is over."""
        next_drop = 0.0
        while self.open and time.monotonic() < self.began + seconds:
            for key, _ in self.selector.select(0.1):
                self.read(key.fileobj)
            if time.monotonic() > next_drop:
                next_drop = time.monotonic() + 1
                for s in list(self.open):
                    self.drop(s)

    def read(self, s):
        try:
            if s.recv(4096):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.close(s)

    def drop(self, s):
        try:
            s.send(b"x")
        except BlockingIOError:
            pass
        except OSError:
            self.close(s)

    def close(self, s):
        if s in self.open:
            self.open.discard(s)
            self.closed.append(time.monotonic() - self.began)
            self.selector.unregister(s)
            s.close()

    def finish(self):
        for s in list(self.open):
            self.close(s)


class Drippers(Scenario):
    def drip(self, head, limit):
        count = 5000 if DEEP else 300
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 200), hard))
        bridge = Bridge(self, rules=[])
        bridge.config["listen"].update(header_timeout="2s", body_timeout="2s")
        bridge.start()
        drip = Drip(bridge.address, head, count)
        dripping = threading.Thread(target=drip.run, args=(limit + 5,))
        dripping.start()
        sender, times = Sender(bridge), []
        while dripping.is_alive():
            began = time.monotonic()
            self.accepted(sender.push())
            times.append(time.monotonic() - began)
        left = len(drip.open)
        drip.finish()
        self.assertEqual(left, 0, "still open")
        self.assertLess(max(drip.closed), limit)
        times.sort()
        print("good sender: %d, p99 %.1f ms" % (len(times), times[len(times) * 99 // 100] * 1e3))

    def test_dripped_headers_are_closed_in_time(self):
        self.drip(b"POST /hooks/github HTTP/1.1\r\nHost: x\r\nX-A: ", 2 + 3)

    def test_dripped_bodies_are_closed_in_time(self):
        self.drip(b"POST /hooks/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json"
                  b"\r\nX-GitHub-Event: push\r\nX-GitHub-Delivery: 1\r\n"
                  b"X-Hub-Signature-256: sha256=" + b"0" * 64 +
                  b"\r\nContent-Length: 1000\r\n\r\n", 2 + 1 + 3)


class Descriptors(Scenario):
    def test_few_descriptors_stop_accepting_and_it_recovers(self):
        bridge = Bridge(self, rules=[])
        bridge.wrapper = ["sh", "-c", 'ulimit -n 256; exec "$0" "$@"']
        bridge.start()
        host, port = bridge.address.split(":")
        crowd = [socket.create_connection((host, int(port)), timeout=10)
                 for _ in range(400)]
        before = self.cpu(bridge)
        threading.Event().wait(2)  # the time over which the load is measured
        spent = self.cpu(bridge) - before
        for s in crowd:
            s.close()
        self.assertLess(spent, 0.05 * 2 + 0.03)
        until("an answer after the crowd has left", lambda: self.served(bridge))
        said = [l for l in bridge.log.lines if "descriptor" in l]
        self.assertLessEqual(len(said), 3, said)
        self.assertGreaterEqual(len(said), 1, bridge.log.lines)

    @staticmethod
    def cpu(bridge):
        with open("/proc/%d/stat" % bridge.process.pid, encoding="utf-8") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def served(bridge):
        try:
            return Sender(bridge).push().status == 202
        except OSError:
            return False
