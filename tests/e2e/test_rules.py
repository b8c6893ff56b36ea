"""`check` and `rules list, test, explain`, and the examples of docs/RULES.md."""
import json
import os
import re
import subprocess
import tempfile
import unittest

PROGRAM = os.environ.get("FORGEBRIDGE", "build/forgebridge")
DATA = "tests/data/github/"
HEAD = """forge: {organization: acme, token: t}
sources: {github: {kind: github, secret: s}}
rules:
"""
SHOP = HEAD + """
- name: other
  when: {source: github, type: release}
  do: [{operation: deploy, site: blog.example.com}]
- name: deploy-shop
  when: {source: github, type: push, payload: {ref: refs/heads/main, repository: {full_name: acme/shop}}}
  do:
    - {id: deploy, operation: deploy, site: shop.example.com}
    - operation: run-command
      site: "{{ payload.repository.name }}.example.com"
      server: web-1
      body: {command: "release {{ payload.after | short | shell }} {{ steps.deploy.resource }}"}
  queue: "{{ payload.repository.name }}"
"""


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="fb-")
        self.addCleanup(self.folder.cleanup)

    def put(self, text, name="forgebridge.yaml"):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def run_it(self, *argv, status=0, stdin=None):
        """Standard output and error, the folder's name taken out."""
        done = subprocess.run([PROGRAM, *argv], capture_output=True, text=True, timeout=60,
                              input=stdin)
        out, err = (s.replace(self.folder.name + "/", "") for s in (done.stdout, done.stderr))
        self.assertEqual(done.returncode, status, out + err)
        return out, err

    def trial(self, command, config, *more, body=DATA + "push.json", kind="push", status=0):
        return self.run_it("rules", command, "-c", self.put(config), "--source", "github",
                           "--type", kind, "--body", body, *more, status=status)


class Check(Case):
    def test_says_that_nothing_is_wrong(self):
        out, err = self.run_it("check", "-c", self.put(SHOP))
        self.assertEqual((out, err), ("0 errors, 0 warnings\n", ""))

    def test_names_all_mistakes_of_all_layers(self):
        text = SHOP.replace("short", "shrt").replace("run-command", "run-comand").replace(
            "queue:", "qeue:") + "log: {level: loud}\n"
        out, _ = self.run_it("check", "-c", self.put(text), status=3)
        lines = out.splitlines()
        self.assertEqual([line.split(" ")[0] for line in lines[:-1]],
                         ["forgebridge.yaml:12:18:", "forgebridge.yaml:15:23:",
                          "forgebridge.yaml:16:3:", "forgebridge.yaml:17:14:"])
        self.assertIn('did you mean "run-command"?', lines[0])
        self.assertIn('did you mean `queue`?', lines[2])
        self.assertEqual(lines[-1], "4 errors, 0 warnings")

    def test_counts_warnings_and_lets_them_pass(self):
        out, _ = self.run_it("check", "-c", self.put(
            SHOP.replace("  when: {source: github, type: release}\n", "")))
        self.assertRegex(out, r"^forgebridge.yaml:5:3: warning: .*\n0 errors, 1 warning\n$")

    def test_reads_standard_input(self):
        out, _ = self.run_it("check", "-c", "-", stdin="log: {level: loud}\n", status=3)
        self.assertIn("standard input:1:14: error: `level`", out)

    def test_prints_json(self):
        out, _ = self.run_it("check", "--json", "-c", self.put("lisen: {}\n"), status=3)
        found = json.loads(out)
        self.assertEqual(found["errors"], 1)
        self.assertEqual(found["mistakes"][-1]["line"], 1)

    def test_a_file_that_is_not_there_is_a_mistake(self):
        out, _ = self.run_it("check", "-c", os.path.join(self.folder.name, "no"), status=3)
        self.assertIn("cannot read no: No such file", out)


class List(Case):
    def test_prints_a_line_a_rule(self):
        out, _ = self.run_it("rules", "list", "-c", self.put(SHOP))
        self.assertEqual(out.splitlines()[0],
                         "other: deploy blog.example.com  (forgebridge.yaml:5)")
        self.assertEqual(len(out.splitlines()), 2)

    def test_prints_json(self):
        out, _ = self.run_it("rules", "list", "--json", "-c", self.put(SHOP))
        rules = json.loads(out)
        self.assertEqual([r["name"] for r in rules], ["other", "deploy-shop"])
        self.assertEqual(rules[1]["rule"]["when"]["type"], "push")
        self.assertRegex(rules[1]["version"], "^[0-9a-f]{16}$")


class Test(Case):
    def test_shows_each_request(self):
        out, _ = self.trial("test", SHOP)
        self.assertEqual(out.splitlines(), [
            "deploy-shop matches; queue shop",
            "  deploy deploy: POST /orgs/acme/servers/{server}/sites/shop.example.com/deployments",
            "  2 run-command: POST /orgs/acme/servers/web-1/sites/shop.example.com/commands",
            """    {"command":"release '6113728' {{ steps.deploy.resource }}"}""",
            "    (what stands in {{ }} follows from earlier steps)"])

    def test_shows_each_request_to_programs(self):
        found = json.loads(self.trial("test", SHOP, "--json")[0])
        self.assertEqual(found["delivery"]["type"], "push")
        rule = found["matched"][0]
        self.assertEqual((rule["rule"], rule["queue"]), ("deploy-shop", "shop"))
        self.assertEqual(rule["steps"][0]["method"], "POST")
        self.assertEqual([s["pending"] for s in rule["steps"]], [False, True])

    def test_says_when_none_matches_and_which_is_nearest(self):
        out, _ = self.trial("test", SHOP, body=DATA + "push.tag.json", status=1)
        self.assertIn("no rule matches this push of github", out)
        self.assertIn("nearest: deploy-shop, 3 of 4 fields", out)

    def test_takes_the_type_from_the_headers(self):
        headers = self.put("X-GitHub-Event: release\nX-GitHub-Delivery: 1\n"
                           "Content-Type: application/json\n", "headers")
        out, _ = self.run_it("rules", "test", "-c", self.put(SHOP), "--source", "github",
                             "--headers", headers, "--body", DATA + "release.published.json")
        self.assertTrue(out.startswith("other matches"))

    def test_tells_a_template_that_would_fail(self):
        out, _ = self.trial("test", SHOP.replace("payload.after", "payload.befor"), status=1)
        self.assertIn("fails: forgebridge.yaml:15:23: payload.befor is missing", out)

    def test_refuses_a_body_that_is_no_json(self):
        _, err = self.trial("test", SHOP, body=self.put("{", "body"), status=3)
        self.assertIn("no JSON", err)

    def test_names_the_nearest_source(self):
        _, err = self.run_it("rules", "test", "-c", self.put(SHOP), "--source", "githb",
                             "--body", DATA + "push.json", status=2)
        self.assertIn('did you mean "github"?', err)

    def test_prints_the_mistakes_of_a_bad_file(self):
        _, err = self.trial("test", "rules: x", status=3)
        self.assertIn("forgebridge.yaml:1:8: error:", err)


class Explain(Case):
    def test_goes_field_by_field(self):
        out, _ = self.trial("explain", SHOP, "--rule", "deploy-shop",
                            body=DATA + "push.tag.json", status=1)
        self.assertEqual(out.splitlines(), [
            "deploy-shop does not match",
            '  yes  source: expected "github", found "github"',
            '  yes  type: expected "push", found "push"',
            '  no   payload.ref: expected "refs/heads/main", found "refs/tags/v2.4.0"',
            '  yes  payload.repository.full_name: expected "acme/shop", found "acme/shop"'])

    def test_takes_the_nearest_rule(self):
        out, _ = self.trial("explain", SHOP)
        self.assertTrue(out.startswith("deploy-shop matches\n"))

    def test_prints_json(self):
        found = json.loads(self.trial("explain", SHOP, "--json", "--rule", "other", status=1)[0])
        self.assertFalse(found["matches"])
        self.assertEqual([f["matches"] for f in found["fields"]], [True, False])

    def test_names_the_nearest_rule_of_that_name(self):
        _, err = self.trial("explain", SHOP, "--rule", "deploy-shp", status=2)
        self.assertIn('did you mean "deploy-shop"?', err)


class Documents(Case):
    """docs/RULES.md: <!-- try: FILE (matches|does not match) --> before an example."""

    def test_the_examples_do_what_the_page_says(self):
        with open("docs/RULES.md", encoding="utf-8") as f:
            tries = re.findall(r"<!-- try: (\S+) (.*?) -->\n```yaml\n(.*?)```", f.read(), re.S)
        self.assertGreaterEqual(len(tries), 4)
        for file, verdict, rule in tries:
            with self.subTest(rule=rule.splitlines()[0]):
                out, _ = self.trial("test", HEAD + rule, body=DATA + file,
                                    kind=file.split(".")[0],
                                    status=0 if verdict == "matches" else 1)
                self.assertEqual("no rule matches" in out, verdict != "matches")

    def test_the_example_configuration_is_right(self):
        env = dict(os.environ, FORGE_TOKEN="t", HOOK_SECRET="s")
        done = subprocess.run([PROGRAM, "check", "-c", "deploy/forgebridge.example.yaml"],
                              env=env, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, "0 errors, 0 warnings\n"))


if __name__ == "__main__":
    unittest.main()
