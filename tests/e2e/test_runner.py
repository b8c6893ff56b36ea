"""tests/run itself: what it counts, and that it leaves nothing behind."""
import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Runner(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="fb-")
        self.addCleanup(shutil.rmtree, self.top)
        for folder in ("tests/unit/base", "build/asan/tests/unit/base"):
            os.makedirs(os.path.join(self.top, folder))
        shutil.copy(os.path.join(ROOT, "tests/run"), os.path.join(self.top, "tests/run"))

    def run_unit(self, script):
        """Runs the runner over one unit program; (exit status, its lines)."""
        path = os.path.join(self.top, "build/asan/tests/unit/base/test_it")
        with open(path, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\n" + script)
        os.chmod(path, 0o755)
        open(os.path.join(self.top, "tests/unit/base/test_it.c"), "w").close()
        done = subprocess.run([os.path.join(self.top, "tests/run"), "unit"], text=True,
                              stdout=subprocess.PIPE, timeout=50)
        return done.returncode, done.stdout.rstrip().split("\n")

    def test_counts_each_test_and_ends_with_the_sum(self):
        status, lines = self.run_unit("echo 1..2; echo ok 1 - a; echo ok 2 - b\n")
        self.assertEqual((status, lines[-1]), (0, "2 passed, 0 failed"))

    def test_shows_the_output_of_a_failure(self):
        status, lines = self.run_unit("echo 1..2; echo ok 1 - a; echo not ok 2 - b; exit 1\n")
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))
        self.assertIn("    | not ok 2 - b", lines)

    def test_a_crash_fails_the_tests_that_did_not_run(self):
        status, lines = self.run_unit("echo 1..3; echo ok 1 - a; kill -SEGV $$\n")
        self.assertEqual((status, lines[-1]), (1, "1 passed, 2 failed"))

    def test_a_bad_exit_after_good_tests_fails(self):
        status, lines = self.run_unit("echo 1..1; echo ok 1 - a; exit 23\n")
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))

    def test_a_program_that_says_nothing_fails(self):
        status, lines = self.run_unit("exit 0\n")
        self.assertEqual((status, lines[-1]), (1, "0 passed, 1 failed"))

    def test_a_process_left_behind_fails_and_is_ended(self):
        pid_file = os.path.join(self.top, "pid")
        status, lines = self.run_unit(
            "tail -f /dev/null >/dev/null 2>&1 & echo $! >%s; echo 1..1; echo ok 1 - a\n" %
            pid_file)
        self.assertEqual((status, lines[-1]), (1, "0 passed, 1 failed"))
        with open(pid_file, encoding="utf-8") as f:
            self.assertFalse(os.path.exists("/proc/%s/exe" % f.read().strip()))
