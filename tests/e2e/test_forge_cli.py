"""`forgebridge forge list, show, call`, the last against the sandbox."""
import json
import os
import subprocess
import unittest

from sandbox_client import PROGRAM, SECONDS, Case

DEPLOY = "organizations.servers.sites.deployments.store"


def forge(*arguments, env=None, stdin=None):
    """Exit status, stdout, stderr. Nothing of the caller's environment leads to Forge."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("FORGE_")}
    p = subprocess.run([PROGRAM, "forge", *arguments], capture_output=True, text=True,
                       input=stdin, env=dict(clean, **(env or {})), timeout=SECONDS)
    return p.returncode, p.stdout, p.stderr


class Catalogue(unittest.TestCase):
    def test_lists_all_operations(self):
        status, out, _ = forge("list", "--json")
        self.assertEqual(status, 0)
        self.assertEqual(len(json.loads(out)), 279)

    def test_lists_what_every_word_fits(self):
        status, out, _ = forge("list", "deploy", "script")
        self.assertEqual(status, 0)
        self.assertIn("deployment-script", out)
        self.assertNotIn(DEPLOY, out)
        self.assertTrue(out.startswith("Deployments\n"))

    def test_lists_one_area(self):
        _, out, _ = forge("list", "--area", "commands", "--json")
        self.assertEqual({o["area"] for o in json.loads(out)}, {"Commands"})

    def test_says_when_nothing_fits(self):
        self.assertEqual(forge("list", "zzzz")[0], 1)

    def test_shows_an_operation(self):
        status, out, _ = forge("show", "run-command")
        self.assertEqual(status, 0)
        for text in ("organizations.servers.sites.commands.store (run-command)",
                     "needs the scope site:manage-commands", "command ",
                     "string, required", "202, empty",
                     "forge call run-command site=shop.example.com command=TEXT"):
            self.assertIn(text, out)

    def test_shows_schemas_to_programs(self):
        shown = json.loads(forge("show", "reboot", "--json")[1])
        self.assertEqual(shown["body"]["properties"]["action"]["enum"],
                         ["reboot", "power-cycle"])
        self.assertEqual(shown["body"]["required"], ["action"])
        self.assertEqual(shown["scopes"], ["server:manage-services"])

    def test_shows_every_operation(self):
        every = json.loads(forge("list", "--json")[1])
        names = [one["id"] for one in every]
        status, out, err = forge("show", "--json", *names)
        self.assertEqual((status, err), (0, ""))
        shown = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([(one["id"], one["path"]) for one in shown],
                         [(one["id"], one["path"]) for one in every])
        status, out, err = forge("show", *names)
        self.assertEqual((status, err), (0, ""))
        first_words = [line.split(" ")[0] for line in out.splitlines()]
        heads = [word for word in first_words if word in set(names)]
        self.assertEqual(heads, names)

    def test_shows_nothing_when_one_name_is_wrong(self):
        status, out, err = forge("show", "deploy", "reboto")
        self.assertEqual((status, out), (2, ""))
        self.assertIn('did you mean "reboot"?', err)

    def test_names_the_nearest_of_an_unknown_operation(self):
        for command in ("show", "call"):
            status, _, err = forge(command, "deplyo")
            self.assertEqual(status, 2)
            self.assertIn('did you mean "deploy"?', err)


class Calls(Case):
    def call(self, box, *arguments, token="sandbox", stdin=None):
        return forge("call", *arguments, stdin=stdin, env={
            "FORGE_URL": box.api, "FORGE_TOKEN": token, "FORGE_ORGANIZATION": "acme"})

    def fast(self, box, *arguments):
        """With a budget that makes polls quick."""
        return forge("call", *arguments, "-c", self.write({"forge": {
            "url": box.api, "organization": "acme", "token": "sandbox",
            "requests_per_minute": 6000}}))

    def test_prints_the_answer(self):
        box = self.start()
        status, out, err = self.call(box, "server", "server=web-1")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(json.loads(out)["data"]["id"], "1")

    def test_waits_for_a_deployment(self):
        box = self.start("--speed", "5")
        status, out, err = self.fast(box, "deploy", "site=shop.example.com", "--wait")
        self.assertEqual(status, 0, err)
        self.assertEqual(json.loads(out)["data"]["attributes"]["status"], "finished")
        self.assertEqual(err.split(), ["queued", "deploying", "finished"])
        self.assertEqual(box.site()["deployments_created"], 1)

    def test_tells_that_a_deployment_failed(self):
        box = self.start("--speed", "50", "--fail", "failed-deploy")
        status, out, err = self.fast(box, "deploy", "site=1", "--wait")
        self.assertEqual(status, 1)
        self.assertIn("deployment 1 ended as failed", err)
        self.assertEqual(json.loads(out)["data"]["attributes"]["status"], "failed")

    def test_waits_for_a_command_whose_answer_has_no_body(self):
        box = self.start("--speed", "50")
        status, out, err = self.fast(box, "run-command", "site=shop.example.com",
                                     "command=php artisan up", "--wait")
        self.assertEqual(status, 0, err)
        self.assertEqual(json.loads(out)["data"]["attributes"]["command"],
                         "php artisan up")

    def test_finds_the_deployment_whose_answer_was_lost(self):
        box = self.start("--speed", "50", "--fail", "lost@deploy:#1")
        status, _, err = self.fast(box, "deploy", "site=shop.example.com", "--wait")
        self.assertEqual(status, 0, err)
        self.assertEqual(box.site()["deployments_created"], 1)

    def test_does_not_repeat_a_change_whose_answer_was_lost(self):
        box = self.start("--fail", "lost@deploy")
        status, _, err = self.call(box, "deploy", "site=shop.example.com")
        self.assertEqual(status, 1)
        self.assertIn("it may or may not have taken place", err)
        self.assertEqual(box.site()["deployments_created"], 1)

    def test_stops_waiting_after_its_time(self):
        box = self.start("--speed", "0.1")
        status, _, err = self.fast(box, "deploy", "site=1", "--wait", "--timeout", "1s")
        self.assertEqual(status, 6)
        self.assertIn("deployment 1 is still queued after 1 s", err)

    def test_puts_all_pages_together(self):
        sites = [{"name": "site-%03d.example.com" % i} for i in range(75)]
        box = self.start("--speed", "50", seed={"organizations": [
            {"slug": "acme", "servers": [{"name": "web-1", "sites": sites}]}]})
        _, out, _ = self.call(box, "sites")
        self.assertEqual(len(json.loads(out)["data"]), 30)
        _, out, _ = self.call(box, "sites", "--all-pages")
        self.assertEqual([s["attributes"]["name"] for s in json.loads(out)["data"]],
                         [s["name"] for s in sites])

    def test_takes_the_body_in_three_ways(self):
        box = self.start()
        text = json.dumps({"command": "ls"})
        for way, stdin in ((text, None), ("@" + self.write(text), None), ("-", text)):
            status, _, err = self.call(box, "run-command", "site=1", "--body", way,
                                       stdin=stdin)
            self.assertEqual(status, 0, err)
        self.assertEqual(self.call(box, "commands", "site=1")[1].count('"ls"'), 3)

    def test_refuses_what_does_not_fit_before_it_is_sent(self):
        box = self.start()
        for words, text in (
                (["run-command", "site=1"], "/body/command: is required"),
                (["run-command", "site=1", "comand=x"], 'did you mean "command"?'),
                (["run-command", "site=1", "command"], '"command" is not name=value'),
                (["run-command", "site=1", "--body", "{"], "is no JSON"),
                (["deploy"], "needs a site"),
                (["deployments", "site=1", "sort=name"], "is not one of created_at"),
                (["deploy", "site=1", "--timeout", "soon"], "is not a time")):
            status, out, err = self.call(box, *words)
            self.assertEqual((status, out), (2, ""), words)
            self.assertIn(text, err)
        self.assertEqual(box.state()["requests"]["calls"], 0)

    def test_needs_a_token(self):
        status, _, err = forge("call", "me")
        self.assertEqual(status, 2)
        self.assertIn("no token", err)

    def test_takes_the_token_from_a_file(self):
        box = self.start()
        status, _, err = forge("call", "me", "--url", box.api, "--token-file",
                               self.write("sandbox\n"))
        self.assertEqual(status, 0, err)
        self.assertEqual(forge("call", "me", "--token-file", "/nonexistent")[0], 3)

    def test_a_refused_token_ends_with_4(self):
        box = self.start()
        status, out, err = self.call(box, "me", token="wrong")
        self.assertEqual((status, out), (4, ""))
        self.assertIn("the token was refused: 401", err)

    def test_a_missing_scope_ends_with_4_and_is_named(self):
        box = self.start(seed={"tokens": [
            {"token": "reader", "name": "r", "scopes": ["server:view"]}]})
        status, _, err = self.call(box, "deploy", "site=shop.example.com",
                                   token="reader")
        self.assertEqual(status, 4)
        self.assertIn(DEPLOY + " needs the scope site:manage-deploys", err)

    def test_an_unknown_site_is_told_with_the_nearest(self):
        box = self.start()
        status, _, err = self.call(box, "deploy", "site=shp.example.com")
        self.assertEqual(status, 1)
        self.assertIn('no site "shp.example.com" in organisation acme '
                      "(nearest: shop.example.com)", err)

    def test_what_is_not_there_ends_with_1(self):
        box = self.start()
        status, out, err = self.call(box, "deployment", "site=1", "deployment=99")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("GET /orgs/acme/servers/1/sites/1/deployments/99", err)

    def test_what_cannot_be_reached_ends_with_5(self):
        box = self.start()
        box.stop()
        status, _, err = self.call(box, "me")
        self.assertEqual(status, 5)
        self.assertIn("cannot reach Forge", err)

    def test_a_bad_configuration_ends_with_3(self):
        status, _, err = forge("call", "me", "-c", self.write("forge: {urk: x}\n"))
        self.assertEqual(status, 3)
        self.assertIn(":1:", err)

    def test_shows_requests_without_the_token(self):
        box = self.start("--token", "a-rather-long-token")
        _, _, err = self.call(box, "me", "--verbose", token="a-rather-long-token")
        self.assertIn("GET /me 200", err)
        self.assertNotIn("a-rather-long-token", err)


if __name__ == "__main__":
    unittest.main()
