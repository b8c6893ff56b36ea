"""kill -9 at random instants, under load, with a Forge that loses answers. An external
ledger of what was answered, done and told decides."""
import collections
import os
import random
import threading
import uuid

from actors import DEPLOY_SHOP, Scenario, Spy, until

KILLS = 50 if os.environ.get("FORGEBRIDGE_DEEP") else 4
DELIVERIES = 2000 if os.environ.get("FORGEBRIDGE_DEEP") else 60


class Kill(Scenario):
    def test_nothing_is_lost_and_nothing_is_done_twice(self):
        seed = random.randrange(1 << 32)
        print("seed %d" % seed)
        chance = random.Random(seed)
        self.start(forge=["--fail", "lost@deploy:5%,seed=7"], persistent=True)
        self.spy.stop()
        self.spy = Spy(self, self.broker, client_id="ledger").start()
        self.answered, self.done = {}, threading.Event()
        work = collections.deque(str(uuid.uuid4()) for _ in range(DELIVERIES))
        senders = [threading.Thread(target=self.send, args=(work,)) for _ in range(4)]
        for t in senders:
            t.start()
        pause = threading.Event()
        for _ in range(KILLS):
            pause.wait(chance.uniform(0.05, 2.0))  # the random instant
            self.bridge.kill9()
            self.bridge.start()
        for t in senders:
            t.join()
        self.check()

    test_nothing_is_lost_and_nothing_is_done_twice.seconds = 3000

    def send(self, work):
        """Sends each delivery until it is answered 2xx, as a patient sender does."""
        pause = threading.Event()
        while True:
            try:
                guid = work.popleft()
            except IndexError:
                return
            while guid not in self.answered:
                try:
                    answer = self.sender.push(guid, after=guid.replace("-", "") + "0" * 8)
                    if answer.status == 202:
                        self.answered[guid] = answer.json["delivery"]
                        continue
                except OSError:
                    pass
                pause.wait(0.05)

    def unfinished(self):
        return self.bridge.rows("SELECT count(*) FROM job WHERE state IN "
                                "('waiting', 'running')")[0][0]

    def check(self):
        self.assertEqual(len(set(self.answered.values())), DELIVERIES)
        self.assertEqual(self.bridge.count("delivery"), DELIVERIES)
        until("every job to end", lambda: self.unfinished() == 0, 60 + DELIVERIES)
        states = dict(self.bridge.rows("SELECT state, count(*) FROM job GROUP BY state"))
        self.assertEqual(states, {"succeeded": DELIVERIES})
        self.assertEqual(self.forge.deployments(), DELIVERIES)
        for delivery in self.answered.values():
            self.ended(delivery)
        verbs = collections.Counter()
        for e in self.spy.events():
            verbs[e["type"].split(".", 2)[2]] += 1
        for noun in ("delivery.accepted", "job.waiting", "job.started", "job.succeeded"):
            self.assertEqual(verbs[noun + ".v1"], DELIVERIES, verbs)

    def test_a_restart_supersedes_no_job_that_was_running(self):
        self.start(rules=[dict(DEPLOY_SHOP, coalesce="latest")],
                   forge=["--fail", "slow@deploy:#1=1s"])
        first, second, third = [self.accepted(self.sender.push()) for _ in range(3)]
        self.spy.wait("event/step/started")
        self.bridge.kill9()
        self.bridge.start()
        self.ended(first)
        self.ended(second, "superseded")
        self.ended(third)
        self.assertEqual(self.forge.deployments(), 2)
