"""deploy/demo/run: what it shows, that it fails when something did not happen, and that it
leaves nothing behind."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest

import actors
from actors import until

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../deploy/demo/run")
SECONDS = 55
WRAPPER = """#!/bin/sh
echo $$ >"%(dir)s/$1.pid"
case $1 in
sandbox) exec "%(program)s" "$@" %(sandbox)s ;;
*) exec "%(program)s" "$@" ;;
esac
"""


class Demo(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="fb-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.tmp = os.path.join(self.dir, "tmp")
        os.mkdir(self.tmp)
        self.lines = []

    def start(self, sandbox="", **env):
        """Starts the demo with options for its sandbox and changes of the environment."""
        program = os.path.join(self.dir, "forgebridge")
        with open(program, "w", encoding="utf-8") as f:
            f.write(WRAPPER % {"dir": self.dir, "sandbox": sandbox,
                               "program": os.path.abspath(actors.PROGRAM)})
        os.chmod(program, 0o755)
        self.demo = subprocess.Popen(
            [DEMO, program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
            env=dict(os.environ, TMPDIR=self.tmp, **env))
        self.addCleanup(self.demo.stdout.close)
        self.addCleanup(self.demo.wait)
        self.addCleanup(self.demo.kill)
        late = threading.Timer(SECONDS, self.demo.kill)
        late.start()
        self.addCleanup(late.cancel)

    def read_until(self, pattern):
        for line in self.demo.stdout:
            self.lines.append(line.rstrip("\n"))
            if re.search(pattern, line):
                return
        self.fail("no line %r in\n%s" % (pattern, "\n".join(self.lines)))

    def end(self):
        """The exit status and all that was shown. Processes and files are gone then."""
        self.lines += self.demo.stdout.read().split("\n")
        status = self.demo.wait()
        for name in ("serve", "sandbox"):
            self.assertFalse(os.path.exists("/proc/%d" % self.pid_of(name)), name)
        self.assertEqual(os.listdir(self.tmp), [])
        return status, "\n".join(self.lines)

    def pid_of(self, command):
        with open(os.path.join(self.dir, command + ".pid"), encoding="utf-8") as f:
            return int(f.read())

    def test_shows_a_push_become_a_deployment(self):
        self.start(HOME="/nonexistent", LC_ALL="C", http_proxy="http://127.0.0.1:9")
        status, shown = self.end()
        self.assertEqual(status, 0, shown)
        self.assertNotIn("\033", shown)
        self.assertRegex(shown, r'(?m)^ +202 \{"delivery":"[0-9A-Z]{26}","duplicate":false\}$')
        self.assertIn("matched by: deploy-shop", shown)
        self.assertEqual(re.findall(r"deployment (queued|deploying|finished)\n", shown),
                         ["queued", "deploying", "finished"])
        self.assertIn('"topic": "forgebridge/demo/event/job/succeeded"', shown)
        self.assertRegex(shown, r'"retain": 1,\n(.*\n)+ +"status": "finished"')
        self.assertNotIn("NO ", shown)

    def test_a_deployment_that_fails_is_told(self):
        self.start(sandbox="--fail failed-deploy")
        status, shown = self.end()
        self.assertEqual(status, 1, shown)
        self.assertRegex(shown, r"event/job/failed +rule deploy-shop, .*failed")
        self.assertIn("NO   Forge's deployment went queued -> deploying -> finished", shown)
        self.assertIn("Not all of it happened.", shown)

    def test_a_bridge_that_dies_is_told_at_once(self):
        self.start()
        self.read_until("deployment queued")
        os.kill(self.pid_of("serve"), signal.SIGKILL)
        status, shown = self.end()
        self.assertEqual(status, 1, shown)
        self.assertIn("NO   bridge ended before its time (SIGKILL)", shown)

    def test_signals_end_all_of_it(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number.name):
                self.start()
                self.read_until("deployment queued")
                self.demo.send_signal(number)
                self.assertEqual(self.end()[0], 128 + number)

    def test_a_killed_demo_takes_its_processes_along(self):
        self.start()
        self.read_until("deployment queued")
        self.demo.kill()
        for name in ("serve", "sandbox"):
            pid = self.pid_of(name)
            until(name + " to end", lambda p=pid: not alive(p))

    def test_who_stops_reading_ends_it(self):
        self.start()
        self.read_until("The cast")
        self.demo.stdout.close()
        self.assertEqual(self.demo.wait(), 1)
        self.assertEqual(os.listdir(self.tmp), [])


def alive(pid):
    """False for a zombie, too: who adopted it may be slow to ask for its end."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8") as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
