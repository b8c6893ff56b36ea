#!/usr/bin/python3 -B
"""kill -9 of the bridge at random instants, under load, with a Forge that loses answers.

    tests/e2e/crash_test.py [--kills 50] [--deliveries 2000] [--seed N] ...

While the bridge is killed and started again, GitHub pushes for several sites are sent
until each is answered 2xx, and some are sent once more. Afterwards three witnesses that
know nothing of each other are compared:

    the journal   every delivery once, one job for each, ended once, as succeeded
    the sandbox   exactly the deployments that the jobs name, one a job, in the order of
                  the deliveries of their site
    the spy       a subscriber with a persistent session: every notice at least once, and
                  none that the journal does not have

The seed decides what is sent when and where the answers are lost; the machine's own pace
decides what the kills hit, so a failure need not come again with its seed.
"""
import argparse
import collections
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
# the actors run the program in a folder of their own
os.environ.setdefault("FORGEBRIDGE", os.path.join(HERE, "../../build/forgebridge"))
from actors import PROGRAM, Bridge, Broker, Forge, Sender, Spy, deploy_rule, until

SENDERS = 6
STORE = "organizations.servers.sites.deployments.store"


def site_name(n):
    return "site-%d.example.com" % n


class Tally:
    """What the senders know: who was accepted, how often it took more than one try."""

    def __init__(self):
        self.accepted, self.retries, self.again = {}, 0, 0
        self.mistakes, self.lock = [], threading.Lock()

    def note(self, guid, answer):
        """A 2xx. A delivery keeps its id, however often it is sent."""
        delivery = answer.json["delivery"]
        with self.lock:
            known = self.accepted.setdefault(guid, delivery)
            if known != delivery:
                self.mistakes.append("%s is %s and %s" % (guid, known, delivery))

    def mistake(self, text):
        with self.lock:
            self.mistakes.append(text)


class CrashTest:
    """The scene and its actors (tests/e2e/actors.py asks for .dir and .actors)."""

    def __init__(self, options):
        self.options, self.random = options, random.Random(options.seed)
        self.dir, self.actors = tempfile.mkdtemp(prefix="fb-crash-"), []
        self.tally, self.released = Tally(), threading.Semaphore(0)
        self.work = collections.deque(
            (str(uuid.UUID(int=self.random.getrandbits(128), version=4)),
             self.random.randrange(options.sites)) for _ in range(options.deliveries))
        self.site_of = dict(self.work)
        self.kills = self.kills_while_starting = self.spy_breaks = 0

    def say(self, text):
        print(text, flush=True)

    # --- the cast

    def seed_file(self):
        path = os.path.join(self.dir, "seed.json")
        sites = [{"name": site_name(n), "repository": "acme/site-%d" % n}
                 for n in range(self.options.sites)]
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"organizations": [
                {"slug": "acme", "servers": [{"name": "web-1", "sites": sites}]}],
                "requests_per_minute": 1000000}, f)
        return path

    def rules(self):
        return [deploy_rule("deploy-%d" % n, site_name(n), when={
            "source": "github", "type": "push", "payload": {
                "repository": {"full_name": "acme/site-%d" % n}}})
                for n in range(self.options.sites)]

    def start(self):
        faults = "lost@deploy:%g,seed=%d" % (self.options.lost, self.options.seed)
        self.broker = Broker(self, persistent=True).start()
        more = [word for spec in self.options.fail for word in ("--fail", spec)]
        self.forge = Forge(self, "--seed", self.seed_file(), "--fail", faults, *more,
                           "--speed", str(self.options.speed)).start()
        self.spy = Spy(self, self.broker, client_id="witness").start()
        self.bridge = Bridge(self, self.forge, self.broker, self.rules())
        self.bridge.config["forge"]["requests_per_minute"] = 60000
        self.bridge.start()
        self.sender = Sender(self.bridge)

    def clean_up(self, keep):
        for actor in reversed(self.actors):
            actor.clean_up()
        if keep:
            self.say("kept: " + self.dir)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    # --- the play

    def send_until_accepted(self, guid, site):
        pause = threading.Event()
        while True:
            try:
                answer = self.sender.push(guid, repository="acme/site-%d" % site,
                                          after=guid.replace("-", "") + "00000000")
                if 200 <= answer.status < 300:
                    return self.tally.note(guid, answer)
                if answer.status != 503:
                    return self.tally.mistake("%s: %r" % (guid, answer))
            except (OSError, ValueError):
                pass  # it was killed meanwhile
            with self.tally.lock:
                self.tally.retries += 1
            pause.wait(0.02)

    def send(self, chance):
        """One sender: takes what was released, sends about every tenth once more."""
        while True:
            self.released.acquire()
            try:
                guid, site = self.work.popleft()
            except IndexError:
                return
            self.send_until_accepted(guid, site)
            if chance.random() < 0.1:
                with self.tally.lock:
                    self.tally.again += 1
                self.send_until_accepted(guid, site)

    def kill_while_starting(self):
        """The recovery itself is hit before the bridge is ready."""
        self.bridge.write_config()
        self.bridge.launch([PROGRAM, "serve", "-c", self.bridge.file], self.bridge.env)
        threading.Event().wait(self.random.uniform(0, 0.1))
        self.kill_it()
        self.kills_while_starting += 1

    def kill_it(self):
        """One that had ended by itself was not killed, and should not have."""
        status = self.bridge.kill9()
        self.check(status == -signal.SIGKILL, "the bridge ended by itself, status %d" % status)

    def break_spy(self):
        """The broker keeps for the session what comes meanwhile."""
        self.spy.stop()
        threading.Event().wait(self.random.uniform(0, 0.2))
        self.spy.start()
        self.spy_breaks += 1

    def release(self, count):
        for _ in range(count):
            self.released.release()

    def kill(self, deliveries):
        """Some of the deliveries come before the kill, some into it, some after it."""
        early = self.random.randrange(deliveries + 1)
        self.release(early)
        # at once, to hit the accepting and committing; or later, to hit the rest
        longest = self.random.choice((0.03, self.options.pause))
        threading.Event().wait(self.random.uniform(0, longest))
        self.kill_it()
        self.kills += 1
        self.release(deliveries - early)
        if self.random.random() < 0.2:
            self.kill_while_starting()
        if self.random.random() < 0.2:
            self.break_spy()
        self.bridge.start()

    def play(self):
        threads = [threading.Thread(target=self.send, daemon=True,
                                    args=(random.Random(self.random.random()),))
                   for _ in range(SENDERS)]
        for t in threads:
            t.start()
        kills, n = self.options.kills, self.options.deliveries
        for i in range(kills):
            # deliveries are spread over all kills
            self.kill(n * (i + 1) // (kills + 1) - n * i // (kills + 1))
            if (i + 1) % 10 == 0:
                self.say("%d kills, %d deliveries accepted" % (
                    i + 1, len(self.tally.accepted)))
        self.release(n + len(threads))
        until("all deliveries to be answered",
              lambda: not any(t.is_alive() for t in threads), self.options.patience)

    # --- the witnesses

    def settle(self):
        """Waits until no job goes on and no notice waits."""
        until("every job to end", lambda: self.bridge.rows(
            "SELECT count(*) FROM job WHERE state IN ('waiting', 'running')")[0][0] == 0,
            self.options.patience)
        until("every notice to be acknowledged", lambda: self.bridge.rows(
            "SELECT count(*) FROM notice WHERE settled_us IS NULL")[0][0] == 0,
            self.options.patience)
        self.notices = {row[0] for row in self.bridge.rows(
            "SELECT DISTINCT id FROM notice WHERE topic LIKE 'event/%'")}
        until("the spy to have seen %d notices" % len(self.notices),
              lambda: self.notices <= {e["id"] for e in self.spy.events()}, 60)

    def check(self, good, text, *details):
        if not good:
            self.tally.mistake(text + ("".join("\n    %s" % (d,) for d in details)))

    def check_journal(self):
        kept = self.bridge.rows("SELECT sender_id, id FROM delivery")
        count = collections.Counter(guid for guid, _ in kept)
        self.check(not [g for g in count if count[g] > 1], "deliveries kept twice")
        self.check(dict(kept) == self.tally.accepted,
                   "the journal has other deliveries than were accepted",
                   "missing: %s" % sorted(set(self.tally.accepted) - set(count))[:5],
                   "unknown: %s" % sorted(set(count) - set(self.tally.accepted))[:5])
        jobs = collections.Counter(row[0] for row in self.bridge.rows(
            "SELECT delivery FROM job"))
        wrong = [d for _, d in kept if jobs[d] != 1]
        self.check(not wrong and len(jobs) == len(kept), "not one job for each delivery",
                   wrong[:5])
        bad = self.bridge.rows("SELECT id, state, reason FROM job WHERE state != "
                               "'succeeded' LIMIT 5")
        self.check(not bad, "jobs that did not succeed", *bad)
        ends = self.bridge.rows(
            "SELECT json_extract(payload, '$.data.job'), count(*) FROM notice "
            "WHERE topic IN ('event/job/succeeded', 'event/job/failed', "
            "'event/job/cancelled', 'event/job/superseded', 'event/job/expired') "
            "GROUP BY delivery HAVING count(DISTINCT id) != 1 LIMIT 5")
        self.check(not ends, "jobs that ended more than once", *ends)

    def check_forge(self):
        state = self.forge.state()
        made = {s["name"]: [d["id"] for d in s["deployments"]] for s in state["sites"]}
        wanted = collections.Counter(site_name(n) for n in self.site_of.values())
        self.check({k: len(v) for k, v in made.items() if v} == dict(wanted),
                   "not one deployment for each delivery of a site",
                   "made: %s" % {k: len(v) for k, v in made.items()},
                   "wanted: %s" % dict(wanted))
        self.check(state["forgotten_deployments"] == 0, "the sandbox has forgotten some")
        named = collections.defaultdict(list)
        for guid, resource in self.bridge.rows(
                "SELECT d.sender_id, s.resource FROM step s JOIN job j ON j.id = s.job "
                "JOIN delivery d ON d.id = j.delivery ORDER BY d.seq"):
            named[site_name(self.site_of[guid])].append(int(resource or 0))
        for site in sorted(set(made) | set(named)):
            self.check(sorted(named[site]) == sorted(made[site]),
                       "%s: jobs name other deployments than were made" % site,
                       "only in the journal: %s" % sorted(
                           set(named[site]) - set(made[site]))[:5],
                       "only at Forge: %s" % sorted(set(made[site]) - set(named[site]))[:5])
            self.check(named[site] == sorted(named[site]),
                       "%s: not deployed in the order of the deliveries" % site)

    def check_spy(self):
        events = self.spy.events()
        seen = {e["id"] for e in events}
        unknown = [e for e in events if e["id"] not in self.notices]
        self.check(not unknown, "notices that the journal does not have", *unknown[:3])
        self.check(self.notices <= seen, "notices that the spy never saw",
                   sorted(self.notices - seen)[:5])
        first = collections.defaultdict(list)
        for e in events:
            if e["type"].split(".")[2] == "job":
                first[e["correlationid"]].append(e["type"].split(".")[3])
        order = ["waiting", "started", "succeeded"]
        wrong = [(d, verbs) for d, verbs in first.items() if verbs != order]
        self.check(not wrong and len(first) == self.options.deliveries,
                   "jobs told in another order than %s" % order, *wrong[:5])

    def check_play(self):
        """That there was something to survive."""
        o, calls = self.options, self.forge.state()["operations"][STORE]
        self.check(self.kills == o.kills and len(self.tally.accepted) == o.deliveries,
                   "%d kills, %d deliveries accepted" % (self.kills, len(self.tally.accepted)))
        self.check(self.kills == 0 or self.tally.retries > 0, "no kill met a sender")
        # fewer than this, and none may be lost by chance
        self.check(o.lost * o.deliveries < 10 or calls["lost"] > 0, "no answer was lost")
        self.check(len(self.notices) >= 4 * o.deliveries, "%d notices" % len(self.notices))

    def check_all(self):
        self.check_play()
        self.check_journal()
        self.check_forge()
        self.check_spy()

    def report(self, began):
        state, copies = self.forge.state(), len(self.spy.all("event/+/+"))
        calls = state["operations"][STORE]
        again = self.bridge.rows("SELECT count(*) FROM step WHERE attempts > 1")[0][0]
        self.say("%d kills (and %d of a bridge that was starting), %d deliveries, "
                 "%d tries in vain, %d sent once more" % (
                     self.options.kills, self.kills_while_starting,
                     self.options.deliveries, self.tally.retries, self.tally.again))
        self.say("%d calls to deploy, %d answers lost on purpose, %d steps sent again "
                 "after Forge was asked" % (calls["calls"], calls["lost"], again))
        self.say("%d notices, %d of them seen more than once; the spy was away %d times"
                 % (len(self.notices), copies - len(self.notices), self.spy_breaks))
        self.say("%.0f s, seed %d" % (time.monotonic() - began, self.options.seed))

    def run(self):
        """The mistakes that were found."""
        began = time.monotonic()
        self.start()
        self.play()
        self.settle()
        self.check_all()
        self.report(began)
        return self.tally.mistakes


def parser():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("--kills", type=int, default=50)
    p.add_argument("--deliveries", type=int, default=2000)
    p.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    p.add_argument("--sites", type=int, default=5)
    p.add_argument("--lost", type=float, default=0.1, help="share of answers lost")
    p.add_argument("--fail", action="append", default=[], metavar="SPEC",
                   help="further faults of the sandbox")
    p.add_argument("--speed", type=int, default=500, help="of the sandbox")
    p.add_argument("--pause", type=float, default=1.5,
                   help="longest time before a kill, seconds")
    p.add_argument("--patience", type=int, default=900, help="seconds for the rest")
    p.add_argument("--keep", action="store_true", help="keep the folder")
    return p


def main(argv=None):
    options = parser().parse_args(argv)
    test = CrashTest(options)
    test.say("seed %d, folder %s" % (options.seed, test.dir))
    try:
        mistakes = test.run()
    except (AssertionError, OSError) as e:
        mistakes = test.tally.mistakes + [str(e)]
    for text in mistakes:
        test.say("WRONG: " + text)
    if mistakes:
        for actor in test.actors:
            if actor.name == "bridge":
                test.say("--- the bridge's last lines\n" + "\n".join(
                    actor.log.lines[-40:]))
    test.clean_up(options.keep)
    test.say("failed" if mistakes else "nothing lost, nothing twice")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
