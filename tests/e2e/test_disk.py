"""The journal's disk: full, full of a sudden, not writable, or holding something else.

A disk of one's own takes the right to mount; the mounts end with the test's process.
"""
import ctypes
import errno
import json
import os
import sqlite3
import threading
import time

import actors
from actors import Bridge, Scenario, Sender, deploy_rule, fixture, until

CLONE_NEWNS, MS_RDONLY, MS_REMOUNT, MS_REC, MS_PRIVATE = 0x20000, 1, 32, 0x4000, 1 << 18
libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind, flags, options=None):
    if libc.mount(source, target.encode(), kind, ctypes.c_ulong(flags),
                  options and options.encode()) != 0:
        raise OSError(ctypes.get_errno(), "mount " + target)


class Disk(Scenario):
    def setUp(self):
        super().setUp()
        self.disk = os.path.join(self.dir, "disk")
        os.mkdir(self.disk)

    def mount(self, size="24m"):
        try:
            if libc.unshare(CLONE_NEWNS) != 0:
                raise OSError(ctypes.get_errno(), "unshare")
            mount(b"none", "/", None, MS_REC | MS_PRIVATE)
            mount(b"tmpfs", self.disk, b"tmpfs", 0, "size=" + size)
        except OSError as e:
            self.skipTest("a disk of its own cannot be mounted: %s" % e)
        self.addCleanup(libc.umount2, self.disk.encode(), 2)

    def bridge_on_disk(self, forge=None, broker=None, rules=None):
        bridge = Bridge(self, forge, broker, rules)
        bridge.journal = os.path.join(self.disk, "journal.db")
        bridge.config["journal"]["url"] = "sqlite:" + bridge.journal
        return bridge


class Full(Disk):
    """Senders that go on all the while; room goes and comes back."""

    def start_on_disk(self, size="24m", **journal):
        self.mount(size)
        self.broker = actors.Broker(self).start()
        self.forge = actors.Forge(self, "--speed", "100").start()
        self.spy = actors.Spy(self, self.broker).start()
        self.bridge = self.bridge_on_disk(self.forge, self.broker, [
            deploy_rule("one", "shop.example.com"), deploy_rule("two", "blog.example.com")])
        self.bridge.config["journal"].update(journal)
        self.bridge.start()
        self.sender = Sender(self.bridge)
        self.taken, self.refused, self.wrong = [], [], []
        self.stop = threading.Event()

    def send_all_the_while(self, pad=0):
        """Incompressible, so that pad bytes take that room."""
        while not self.stop.is_set():
            payload = json.loads(fixture("push.json"))
            payload["pad"] = os.urandom(pad // 2).hex()
            answer = self.sender.send(json.dumps(payload).encode())
            if answer.status == 202:
                self.taken.append((time.monotonic(), answer.json["delivery"]))
            elif (answer.status == 503 and answer.headers["Retry-After"] and
                  answer.headers["Content-Type"] == "application/problem+json" and
                  answer.json["status"] == 503):
                self.refused.append(time.monotonic())
            else:
                self.wrong.append(repr(answer))
            self.stop.wait(0.01)

    def with_senders(self, play, pad=0):
        threads = [threading.Thread(target=self.send_all_the_while, args=(pad,))
                   for _ in range(3)]
        for t in threads:
            t.start()
        try:
            play()
        finally:
            self.stop.set()
            for t in threads:
                t.join()

    def free(self):
        s = os.statvfs(self.disk)
        return s.f_bavail * s.f_frsize

    def fill(self, leave):
        """Another program's file takes all but `leave` bytes, in one go."""
        with open(os.path.join(self.disk, "filler"), "ab") as f:
            while self.free() > leave:
                try:
                    os.posix_fallocate(f.fileno(), os.fstat(f.fileno()).st_size,
                                       self.free() - leave)
                except OSError as e:  # the journal was quicker
                    if e.errno != errno.ENOSPC:
                        raise

    def make_room(self):
        os.unlink(os.path.join(self.disk, "filler"))
        self.room_since = time.monotonic()

    def taken_since(self, when):
        return [d for t, d in self.taken if t > when]

    def check(self):
        """What was answered 202 is there, once, and its jobs have ended."""
        self.assertEqual(self.wrong, [])
        self.assertGreater(len(self.refused), 0)
        taken = {d for _, d in self.taken}
        until("every job to end", lambda: self.bridge.rows(
            "SELECT count(*) FROM job WHERE state IN ('waiting', 'running')")[0][0] == 0, 60)
        kept = [r[0] for r in self.bridge.rows("SELECT id FROM delivery")]
        # one whose answer was 503 may be there all the same, never the other way round
        self.assertEqual(taken - set(kept), set())
        jobs = dict(self.bridge.rows(
            "SELECT delivery, count(*) FROM job WHERE state = 'succeeded' GROUP BY delivery"))
        self.assertEqual([d for d in kept if jobs.get(d) != 2], [])
        for delivery in taken:
            self.spy.wait("event/job/succeeded", 2,
                          lambda m, d=delivery: m.json["correlationid"] == d)
        self.assertEqual(self.bridge.rows("PRAGMA integrity_check"), [("ok",)])
        print("%d taken, %d refused, taken again after %.1f s" % (
            len(taken), len(self.refused), self.recovered - self.room_since))

    def recover(self):
        self.make_room()
        until("deliveries to be taken again",
              lambda: self.taken_since(self.room_since), 5)
        self.recovered = next(t for t, _ in self.taken if t > self.room_since)
        self.assertEqual(self.bridge.admin("/readyz").status, 200)

    def test_a_disk_that_fills_up_is_refused_in_time_and_recovers(self):
        self.start_on_disk()
        def play():
            until("deliveries", lambda: len(self.taken) > 5)
            self.fill(leave=1 << 19)  # half of what is to stay free
            until("refusals", lambda: len(self.refused) > 20)
            self.assertGreater(self.free(), 0)
            self.assertEqual(self.bridge.admin("/readyz").status, 503)
            before = self.ended_jobs()
            until("jobs that go on", lambda: self.ended_jobs() > before or
                  self.waiting_jobs() == 0)
            self.recover()
            until("more deliveries", lambda: len(self.taken_since(self.room_since)) > 5)
        self.with_senders(play)
        self.check()
        self.assertEqual([l for l in self.bridge.log.lines if "level=error" in l], [])

    def test_a_disk_full_to_the_last_byte_loses_nothing(self):
        self.start_on_disk(min_free="64KiB", reserve="256KiB")
        def play():
            for _ in range(3):
                last = time.monotonic()
                until("deliveries", lambda since=last: len(self.taken_since(since)) > 5)
                seen = len(self.refused)
                self.fill(leave=0)
                until("refusals", lambda n=seen: len(self.refused) > n + 20)
                self.recover()
        self.with_senders(play, pad=100000)
        self.assertGreater(self.bridge.metric("^forgebridge_journal_failures"), 0)
        self.check()

    def ended_jobs(self):
        return self.bridge.rows("SELECT count(*) FROM job WHERE ended_us > 0")[0][0]

    def waiting_jobs(self):
        return self.bridge.rows("SELECT count(*) FROM job WHERE ended_us = 0")[0][0]


class Start(Disk):
    """It says what is wrong, and ends."""

    def refuses(self, bridge, reason, status=5):
        bridge.write_config()
        before = len(bridge.log.lines)
        bridge.launch([*bridge.wrapper, actors.PROGRAM, "serve", "-c", bridge.file], bridge.env)
        self.assertEqual(bridge.wait_end(), status, bridge.log.lines)
        said = "\n".join(bridge.log.lines[before:])
        self.assertRegex(said, reason)
        self.assertIn(bridge.journal, said)
        self.assertNotIn("ready", said)

    def test_a_missing_folder_is_named(self):
        bridge = self.bridge_on_disk()
        os.rmdir(self.disk)
        self.refuses(bridge, "No such file or directory")

    def test_a_folder_that_may_not_be_written_is_named(self):
        bridge = self.bridge_on_disk()
        # root without its power over permissions
        bridge.wrapper = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
        os.chmod(self.disk, 0o555)
        if os.getuid() != 0:
            bridge.wrapper = []
        self.refuses(bridge, "Permission denied")

    def test_a_read_only_file_system_is_named(self):
        self.mount()
        mount(b"tmpfs", self.disk, b"tmpfs", MS_REMOUNT | MS_RDONLY)
        self.refuses(self.bridge_on_disk(), "Read-only file system")

    def test_a_file_that_is_no_database_is_left_alone(self):
        bridge = self.bridge_on_disk()
        with open(bridge.journal, "wb") as f:
            f.write(b"something else\n" * 1000)
        self.refuses(bridge, "not a database")
        self.assertEqual(os.path.getsize(bridge.journal), 15000)

    def test_a_file_cut_short_is_named(self):
        bridge = self.bridge_on_disk(rules=[]).start()
        self.accepted(Sender(bridge).push())
        bridge.stop()
        os.truncate(bridge.journal, 10000)
        self.refuses(bridge, "malformed")

    def test_a_newer_schema_is_left_alone(self):
        bridge = self.bridge_on_disk(rules=[]).start()
        bridge.stop()
        db = sqlite3.connect(bridge.journal)
        db.execute("UPDATE meta SET value = 99 WHERE key = 'schema'")
        db.commit()
        db.close()
        self.refuses(bridge, "version 99, newer than this program knows")

    def test_a_second_bridge_is_refused_and_the_first_goes_on(self):
        first = self.bridge_on_disk(rules=[]).start()
        second = self.bridge_on_disk(rules=[])
        second.file += "2"
        self.refuses(second, "another bridge uses it")
        self.accepted(Sender(first).push())

    def test_a_killed_bridge_leaves_no_lock_behind(self):
        bridge = self.bridge_on_disk(rules=[]).start()
        bridge.kill9()
        self.accepted(Sender(bridge.start()).push())
