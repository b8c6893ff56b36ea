"""The command line itself: help, mistakes, and where output goes."""
import os
import subprocess
import tempfile
import unittest

from actors import free_port

PROGRAM = os.environ.get("FORGEBRIDGE", "build/forgebridge")
COMMANDS = ["serve", "check", "rules list", "rules test", "rules explain", "deliveries list",
            "deliveries show", "jobs list", "jobs show", "pattern test", "forge list",
            "forge show", "forge call", "forge organizations", "forge servers",
            "forge sites", "forge deploy", "forge deploy-log", "forge logs",
            "forge env pull", "forge env push", "forge run", "forge processes",
            "forge process", "forge restart", "forge server-log", "forge backups list",
            "forge backups run", "forge backups restore", "forge maintenance",
            "forge recipes list", "forge recipes run", "sandbox", "verify", "send", "watch",
            "completion", "version"]


class CommandLine(unittest.TestCase):
    def run_it(self, *argv, status=0, **how):
        done = subprocess.run([PROGRAM, *argv], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, **how)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def test_every_command_has_help_by_three_names(self):
        for command in COMMANDS:
            words = command.split()
            with self.subTest(command=command):
                out, err = self.run_it(*words, "--help")
                self.assertTrue(out.startswith(f"Usage: forgebridge {command}"), out)
                self.assertEqual(err, "")
                self.assertEqual(self.run_it(*words, "-h"), (out, ""))
                self.assertEqual(self.run_it("help", *words), (out, ""))

    def test_the_overview_names_every_command(self):
        out, _ = self.run_it("--help")
        names = [line[2:24].strip() for line in out.splitlines() if line.startswith("  ")]
        self.assertEqual(names, COMMANDS)
        self.assertEqual(self.run_it("help"), (out, ""))
        self.assertEqual(self.run_it(status=2), ("", out))

    def test_a_group_lists_its_commands(self):
        for group, n in (("rules", 3), ("jobs", 2), ("forge", 22), ("pattern", 1),
                         ("forge env", 2), ("forge backups", 3)):
            with self.subTest(group=group):
                words = group.split()
                out, _ = self.run_it(*words, "--help")
                self.assertEqual(out.count(f"\n  {group} "), n, out)
                self.assertEqual(self.run_it("help", *words), (out, ""))
                self.assertEqual(self.run_it(*words, status=2), ("", out))

    def test_the_nearest_command_is_named(self):
        for given, near in (("chek", "check"), ("rules tst", "rules test"),
                            ("forg list", "forge list"), ("help verfy", "verify")):
            with self.subTest(given=given):
                out, err = self.run_it(*given.split(), status=2)
                self.assertEqual(out, "")
                self.assertIn(f'did you mean "{near}"?', err)

    def test_what_a_group_does_not_have_gets_its_list(self):
        _, err = self.run_it("rules", "frobnicate", status=2)
        self.assertIn("rules explain", err)
        self.assertIn('unknown command "rules frobnicate"', err)

    def test_version_by_option_and_command(self):
        out, _ = self.run_it("version")
        self.assertRegex(out, r"^forgebridge \d+\.\d+")
        self.assertEqual(self.run_it("--version"), (out, ""))

    def test_options_are_checked(self):
        for argv, text in ((["check", "--confg", "x"], "did you mean --config?"),
                           (["check"], "--config FILE is missing"),
                           (["check", "-c"], "--config needs a value"),
                           (["check", "--json=1", "-c", "x"], "--json takes no value"),
                           (["version", "extra"], 'did not expect "extra"')):
            with self.subTest(argv=argv):
                out, err = self.run_it(*argv, status=2)
                self.assertEqual(out, "")
                self.assertIn(text, err)

    def test_a_broker_that_is_not_there_is_no_time_out(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            f.write("mqtt: {url: mqtt://127.0.0.1:%d}\n" % free_port())
            f.flush()
            _, err = self.run_it("watch", "-c", f.name, "--timeout", "1s", status=5)
            self.assertIn("no connection to the broker: Connection refused", err)

    def test_a_header_to_send_has_a_name_and_a_value(self):
        with tempfile.NamedTemporaryFile("w") as f:
            f.write("s")
            f.flush()
            for header in ("X-Word", ": x", "X Y: z", "X: y\nZ: 1"):
                with self.subTest(header=header):
                    _, err = self.run_it("send", "http://127.0.0.1:%d/" % free_port(),
                                         "--kind", "token", "--secret-file", f.name,
                                         "--body", f.name, "--header", header, status=2)
                    self.assertIn('expected "Name: value"', err)

    def test_a_type_that_is_not_sent_is_told(self):
        with tempfile.NamedTemporaryFile("w") as f:
            f.write("s")
            f.flush()
            argv = ["send", "http://127.0.0.1:%d/" % free_port(), "--kind", "token",
                    "--secret-file", f.name, "--body", f.name, "--type", "push"]
            _, err = self.run_it(*argv, status=5)
            self.assertIn("the type is not sent", err)
            _, err = self.run_it(*argv, "--option", "type_header=X-Type", status=5)
            self.assertNotIn("the type is not sent", err)

    def test_kinds_that_there_are_not_are_named(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            f.write('[{"kind": "hmac", "secret": "s", "headers": {}, "body": "", "expect": '
                    '"invalid", "options": {"algoritm": "sha1"}}]')
            f.flush()
            out, _ = self.run_it("verify", "--cases", f.name, status=1)
            self.assertIn("not of the right form", out)
            _, err = self.run_it("verify", "--cases", f.name, "--kinds", "github,hmca",
                                 status=2)
            self.assertIn('unknown kind "hmca"; did you mean "hmac"?', err)

    def test_output_that_cannot_be_written_is_a_failure(self):
        for argv in (["version"], ["forge", "list", "--json"], ["--help"]):
            with self.subTest(argv=argv), open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([PROGRAM, *argv], stdout=full, stderr=subprocess.PIPE,
                                      text=True, timeout=60)
                self.assertEqual(done.returncode, 1)
                self.assertIn("cannot write standard output: No space left", done.stderr)

    def test_closed_standard_files_are_not_taken_by_others(self):
        """Else a journal may get number 1, and what is printed."""
        done = subprocess.run(f'exec "{PROGRAM}" forge list 0<&- 1>&- 2>&-', shell=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
