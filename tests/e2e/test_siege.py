"""Hostile senders in numbers against the whole bridge. What they do not get: its memory,
its CPU time, or the patience of a good sender."""
import os
import threading
import time

import actors
from actors import Bridge, Scenario, Sender, until
from hostile import Hostile

DEEP = bool(os.environ.get("FORGEBRIDGE_DEEP"))
# Sanitizers take memory and time of their own: bounds of those hold for the others.
INSTRUMENTED = "/asan/" in os.path.abspath(actors.PROGRAM)
GOOD_P99_MS = 100
MEMORY_MIB = 150


def memory_mib(process):
    """The most it ever had."""
    with open("/proc/%d/status" % process.pid, encoding="utf-8") as f:
        return next(int(line.split()[1]) // 1024 for line in f if line.startswith("VmHWM"))


def waited_for_a_core(process):
    """Seconds in which it could have run: what a busy machine costs, not the hostile."""
    with open("/proc/%d/schedstat" % process.pid, encoding="utf-8") as f:
        return int(f.read().split()[1]) / 1e9


def cpu_seconds(process):
    with open("/proc/%d/stat" % process.pid, encoding="utf-8") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Siege(Scenario):
    def besiege(self, **listen):
        self.bridge = Bridge(self, rules=[])
        self.bridge.config["listen"].update(listen)
        self.bridge.start()
        self.sender = Sender(self.bridge)

    def hostile(self, *arguments):
        h = Hostile(*arguments)
        self.addCleanup(lambda: (h.kill(), h.communicate()))
        return h

    def send_well(self, busy, pause=0.01):
        """Pushes on connections of their own while busy(); their times in ms, sorted."""
        times, between = [], threading.Event()
        while busy() or len(times) < 20:
            began = time.monotonic()
            self.accepted(self.sender.push())
            times.append((time.monotonic() - began) * 1000)
            between.wait(pause)
        return sorted(times)

    def judge(self, times):
        p99, memory = times[len(times) * 99 // 100], memory_mib(self.bridge.process)
        print("good sender: %d pushes, p50 %.1f ms, p99 %.1f ms, longest %.1f ms; bridge: "
              "%d MiB, %.1f s at work, %.1f s waiting for a core" % (
                  len(times), times[len(times) // 2], p99, times[-1], memory,
                  cpu_seconds(self.bridge.process),
                  waited_for_a_core(self.bridge.process)))
        self.assertEqual(self.bridge.count("delivery"), len(times))
        if not INSTRUMENTED:
            self.assertLess(p99, GOOD_P99_MS)
            self.assertLess(memory, MEMORY_MIB)


class Drippers(Siege):
    """Half of them drip a head, half a body."""

    def drip(self, each):
        both = [self.hostile("drip", self.bridge.address, each, what)
                for what in ("head", "body")]
        times = self.send_well(lambda: any(h.poll() is None for h in both))
        self.heads, self.bodies = (h.report() for h in both)
        print("heads %s, bodies %s" % (self.heads, self.bodies))
        self.assertEqual((self.heads["closed"], self.bodies["closed"]), (each, each))
        self.judge(times)

    def test_are_cut_at_their_deadlines(self):
        self.besiege(header_timeout="1s", body_timeout="1500ms")
        self.drip(200)
        self.assertEqual(self.heads["answers"], {"408": 200})
        self.assertEqual(self.bodies["answers"], {"408": 200})
        self.assertLess(self.heads["longest"], 1 + 1 + 2)  # the time to linger, and some
        self.assertLess(self.bodies["longest"], 1.5 + 1 + 2)
        self.assertEqual(self.bridge.metric("^forgebridge_http_timeouts_total"), 400)

    def test_twenty_thousand_against_the_default_limits(self):
        self.besiege()
        self.drip(2000 if INSTRUMENTED else min(10000, os.sysconf("SC_OPEN_MAX") - 500))
        self.assertLess(self.heads["longest"], 5 + 1 + 2)
        self.assertLess(self.bodies["longest"], 10 + 1 + 2)
    test_twenty_thousand_against_the_default_limits.deep_only = True
    test_twenty_thousand_against_the_default_limits.seconds = 180

    def test_who_takes_all_connections_shuts_nobody_out(self):
        self.besiege(connections=100)
        both = [self.hostile("drip", self.bridge.address, 400, what)
                for what in ("head", "body")]
        for h in both:
            h.wait_open()
        times = self.send_well(lambda: len(self.sent()) == 0)
        self.assertEqual(len([l for l in self.bridge.log.lines if "at their limit" in l]), 1)
        self.assertGreater(self.bridge.metric("^forgebridge_http_displaced"), 600)
        self.judge(times)

    def sent(self):
        return self.bridge.rows("SELECT id FROM delivery LIMIT 1")


class Descriptors(Siege):
    def test_few_of_them_cost_a_line_and_no_cpu(self):
        self.besiege_with_few()
        crowd = self.crowd(400)
        before, began = cpu_seconds(self.bridge.process), time.monotonic()
        threading.Event().wait(3)  # the time over which the load is measured
        share = ((cpu_seconds(self.bridge.process) - before) /
                 (time.monotonic() - began))
        crowd.report()
        until("an answer after the crowd has left", self.served)
        self.assertLess(share, 0.05)
        said = [l for l in self.bridge.log.lines if "descriptors" in l]
        self.assertEqual(len(said), 1, said)

    def test_who_takes_them_all_shuts_nobody_out_for_long(self):
        self.besiege_with_few()
        crowd = self.crowd(400)
        began = time.monotonic()
        self.accepted(self.sender.push())
        self.assertLess(time.monotonic() - began, 5)
        crowd.report()

    def besiege_with_few(self):
        self.bridge = Bridge(self, rules=[])
        self.bridge.wrapper = ["sh", "-c", 'ulimit -n 256; exec "$0" "$@"']
        self.bridge.config["listen"]["header_timeout"] = "1h"
        self.bridge.start()
        self.sender = Sender(self.bridge)

    def crowd(self, count):
        h = self.hostile("crowd", self.bridge.address, count)
        h.wait_open()
        return h

    def served(self):
        try:
            return self.sender.push().status == 202
        except OSError:
            return False


class Forgers(Siege):
    RATE, TIME = (5000, 10) if DEEP else (500, 2)

    def test_leave_no_row_and_good_ones_are_served(self):
        self.besiege()
        forger = self.hostile("flood", self.bridge.address, self.RATE, self.TIME)
        times = self.send_well(lambda: forger.poll() is None)
        report = forger.report()
        print("forged %s" % report)
        self.assertEqual(report["denied"], report["sent"])
        said = [l for l in self.bridge.log.lines if "not genuine" in l]
        self.assertLess(len(said), 10 * (self.TIME + 3))
        self.assertGreater(sum(int(l.rsplit("unsaid=")[1]) for l in said if "unsaid" in l),
                           report["sent"] / 4)
        self.judge(times)
        if not INSTRUMENTED:
            self.assertGreater(report["rate"], self.RATE * 0.9)
        self.assertEqual(self.bridge.metric(
            r'^forgebridge_deliveries_total\{.*outcome="not_genuine"'), report["sent"])


if __name__ == "__main__":
    import unittest
    unittest.main()
