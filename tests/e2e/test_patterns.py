"""`forgebridge pattern test`: the known cases, and what it says of bad ones."""
import json
import os
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("FORGEBRIDGE", os.path.join(ROOT, "build/forgebridge"))
DATA = os.path.join(ROOT, "tests/data")


def run(*arguments):
    p = subprocess.run([PROGRAM, "pattern", "test", *arguments], capture_output=True,
                       text=True, timeout=60)
    return p.returncode, p.stdout, p.stderr


def run_cases(text, *options):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        f.write(text)
        f.flush()
        return run(f.name, *options)


class Patterns(unittest.TestCase):
    def test_every_known_match_comes_out_as_known(self):
        status, out, _ = run(os.path.join(DATA, "patterns.json"))
        self.assertEqual((status, out), (0, "407 passed, 0 failed\n"))

    def test_every_known_syntax_case_comes_out_as_known_when_strict(self):
        status, out, _ = run(os.path.join(DATA, "patterns-syntax.json"), "--strict")
        self.assertEqual((status, out), (0, "98 passed, 0 failed\n"))

    def test_prints_each_miss_and_ends_with_1(self):
        cases = [{"pattern": {"a": [1]}, "event": {"a": 1}, "matches": False},
                 {"pattern": {"a": [{"x": 1}]}, "valid": True},
                 {"id": 7, "pattern": {"a": 1}, "event": {"a": 1}, "matches": True}]
        status, out, _ = run_cases(json.dumps(cases))
        self.assertEqual(status, 1)
        self.assertIn("case 1: expected no match, got a match", out)
        self.assertIn("case 2: expected a valid pattern, got an invalid pattern", out)
        self.assertIn('unknown operator "x"', out)
        self.assertTrue(out.endswith("1 passed, 2 failed\n"))
        status, out, _ = run_cases(json.dumps(cases), "--strict")
        self.assertIn("case 3 (id 7): expected a match, got an invalid pattern", out)

    def test_raw_text_wins_over_the_parsed_form(self):
        case = {"pattern": {"a": [1]}, "pattern_text": '{"a": [3.018e2]}',
                "event": {"a": 1}, "event_text": '{"a": 301.8}', "matches": True}
        self.assertEqual(run_cases(json.dumps([case]))[1], "1 passed, 0 failed\n")

    def test_refuses_a_file_that_holds_no_cases(self):
        for text, where in (("[{]", ":1:3: no JSON"), ("{}", "expected an array"),
                            ("[1]", ":1:2: expected {pattern, event, matches}"),
                            ('[\n{"matches": true}]', ":2:1: a case without pattern"),
                            ('[{"pattern": {}, "matches": true}]', "without event")):
            status, out, err = run_cases(text)
            self.assertEqual((status, out), (3, ""))
            self.assertIn(where, err)
        self.assertEqual(run("/nowhere/cases.json")[0], 3)
        self.assertEqual(run()[0], 2)


if __name__ == "__main__":
    unittest.main()
