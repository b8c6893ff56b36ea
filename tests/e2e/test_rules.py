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

    def assert_lines(self, text, *lines):
        out, _ = self.run_it("check", "-c", self.put(text), status=3)
        got = [line.removeprefix("forgebridge.yaml:") for line in out.splitlines()[:-1]]
        self.assertEqual(got, list(lines))

    def test_goes_on_in_the_files_that_can_be_read(self):
        os.mkdir(os.path.join(self.folder.name, "d"))
        self.put(HEAD.replace("forge:", "# no forge:") +
                 "- name: a\n  when: {source: elsewhere}\n"
                 "  do: [{operation: deploi, site: s}]\n", "d/1.yaml")
        self.put("rules: [\n", "d/2.yaml")
        path = self.put("include: [d, gone.yaml]\n")
        out, _ = self.run_it("check", "-c", path, status=3)
        self.assertEqual(out, 'd/1.yaml:6:20: error: unknown operation "deploi"; did you '
                              'mean "deploy"?\n'
                              "d/2.yaml:2:1: error: this is no YAML: flow sequence without a "
                              "closing bracket\n"
                              "forgebridge.yaml:1:14: error: cannot read gone.yaml: No such "
                              "file or directory\n3 errors, 0 warnings\n")

    def test_checks_a_step_that_has_another_mistake(self):
        self.assert_lines(
            HEAD + "- name: a\n  when: {type: x}\n  do:\n"
            "  - {operation: run-command, site: s, body: {comand: x}, retry: 3}\n",
            '7:46: error: run-command: body/comand: unknown field; did you mean "command"?',
            "7:58: error: `retry` is not supported by this version")

    def test_a_reference_is_never_half_a_value_nor_empty(self):
        os.environ["FB_EMPTY"] = ""
        self.addCleanup(os.environ.pop, "FB_EMPTY")
        self.assert_lines(
            "sources:\n"
            '  a: {kind: hmac, secret: "${FB_EMPTY}", prefix: "v${HOME}"}\n'
            '  b: {kind: token, secret: "${file:}"}\n'
            "  c: {kind: token, secret: []}\n"
            "rules: [{name: r, when: {type: x}}]\n",
            "2:27: error: `secret`: ${FB_EMPTY} is empty",
            "2:50: error: `prefix`: ${...} stands only for a whole value; put all of it into "
            "the variable or file",
            "3:28: error: `${file:}`: expected the path of a file",
            "4:28: error: `secret`: expected at least one secret, found a list",
            '5:9: warning: rule "r" has no steps: its jobs do nothing')

    def test_a_mistake_is_told_once(self):
        self.assert_lines(
            HEAD + "- {name: a, when: {type: 0x1f}, do: [{operation: deploy, site: s}]}\n",
            "4:26: error: expected a decimal number, or text in quotes; found 0x1f")

    def test_files_of_tls_that_cannot_be_read_are_named(self):
        out, _ = self.run_it("check", "-c", self.put(
            "listen: {tls: {certificate: /gone/c.pem, key: /dev/null}}\n"
            'mqtt: {url: "mqtts://h", tls: {ca: /gone/ca.pem}}\n'))
        self.assertEqual(
            [line.removeprefix("forgebridge.yaml:") for line in out.splitlines()],
            ["1:1: warning: there are no sources: nothing can be received",
             "1:29: warning: `certificate`: cannot read /gone/c.pem: No such file or directory",
             "2:36: warning: `ca`: cannot read /gone/ca.pem: No such file or directory",
             "0 errors, 3 warnings"])

    def test_names_what_there_is(self):
        with open("docs/PROVIDERS.md", encoding="utf-8") as f:
            kinds = re.findall(r"^## (\S+)$", f.read(), re.M)
        self.assertIn("github", kinds)
        self.assert_lines(
            HEAD.replace("kind: github", "kind: fax") +
            "- {name: r, when: {type: x, headers: {X-Event: a}}, do: [{operation: deploy, "
            'site: "{{ headers.X-Site | frob }}"}]}\n'
            'log: {level: ~}\n',
            '2:26: error: unknown kind "fax"; expected one of ' + ", ".join(kinds),
            '4:39: warning: `headers` has names in lower case only: "x-event", not "X-Event"',
            '4:84: error: in {{ }}: unknown filter "frob"; there are default, short, lower, '
            "upper, slug, replace, strip_prefix, strip_suffix, split, first, last, join, "
            "length, json, url, shell, date",
            "5:14: error: `level`: expected `debug`, `info`, `warning` or `error`, found "
            "nothing")

    def test_json_has_the_order_of_the_file(self):
        path = self.put(HEAD + "- {name: r, when: {typ: x}, frob: 1}\nlog: {level: x}\n")
        out, _ = self.run_it("check", "-c", path, "--json", status=3)
        places = [(m["line"], m["column"]) for m in json.loads(out)["mistakes"]]
        self.assertEqual(places, sorted(places))

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
