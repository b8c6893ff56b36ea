"""The short commands of `forgebridge forge`, against the sandbox."""
import json
import os
import stat
import tempfile
import unittest

from sandbox_client import Case
from test_forge_cli import forge

SITE = "shop.example.com"


class Short(Case):
    def conf(self, box, token="sandbox"):
        """A budget that makes polls quick."""
        return self.write({"forge": {"url": box.api, "organization": "acme",
                                     "token": token, "requests_per_minute": 6000}})

    def run_it(self, box, *words, token="sandbox", stdin=""):
        words = list(words)
        at = words.index("--") if "--" in words else len(words)
        words[at:at] = ["-c", self.conf(box, token)]
        return forge(*words, stdin=stdin)

    def good(self, box, *words, stdin=""):
        """stdout and stderr of a command that ends well."""
        status, out, err = self.run_it(box, *words, stdin=stdin)
        self.assertEqual(status, 0, err)
        return out, err

    def bad(self, box, wanted, text, *words, **more):
        status, _, err = self.run_it(box, *words, **more)
        self.assertEqual(status, wanted, err)
        self.assertIn(text, err)

    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name


class Lists(Short):
    def test_organizations(self):
        box = self.start()
        self.assertEqual(self.good(box, "organizations")[0].split(),
                         ["SLUG", "NAME", "acme", "Acme"])
        self.assertEqual(json.loads(self.good(box, "organizations", "--json")[0])[0]["type"],
                         "organizations")

    def test_servers(self):
        box = self.start()
        head, row = self.good(box, "servers")[0].splitlines()
        self.assertEqual(head.split()[:3], ["ID", "NAME", "TYPE"])
        self.assertEqual(row.split()[:3], ["1", "web-1", "app"])
        self.assertEqual(self.good(box, "servers", "nothing"), ("", "none\n"))

    def test_sites_with_their_servers(self):
        box = self.start()
        rows = [r.split() for r in self.good(box, "sites")[0].splitlines()]
        self.assertEqual(rows[0][:3], ["ID", "NAME", "SERVER"])
        self.assertEqual([r[:3] for r in rows[1:]], [["1", SITE, "web-1"],
                                                     ["2", "blog.example.com", "web-1"]])
        for words in (["shop"], ["shop", "--server", "web-1"]):
            found = json.loads(self.good(box, "sites", *words, "--json")[0])
            self.assertEqual([(s["id"], s["server"]) for s in found], [("1", "web-1")])

    def test_all_pages_of_sites(self):
        box = self.start("--speed", "50", seed={"organizations": [{
            "slug": "acme", "servers": [{"name": "web-1", "sites": [
                {"name": "site-%03d.example.com" % i} for i in range(75)]}]}]})
        self.assertEqual(len(self.good(box, "sites")[0].splitlines()), 76)

    def test_processes_of_a_server_and_of_a_site(self):
        box = self.start("--speed", "1000")
        for site in (1, None):
            body = {"name": "p", "command": "work %s" % site, "user": "forge",
                    "processes": 1, "startsecs": 1, "stopsignal": "TERM",
                    "stopwaitsecs": 5}
            body.update({"site_id": site} if site else {})
            made = box.post("/orgs/acme/servers/1/background-processes", body)
            self.assertEqual(made.status, 202, made)
        self.assertEqual(len(self.good(box, "processes", "web-1")[0].splitlines()), 3)
        out = self.good(box, "processes", SITE)[0]
        self.assertIn("work 1", out)
        self.assertNotIn("work None", out)
        self.bad(box, 1, "(nearest: web-1)", "processes", "web-2")

    def test_recipes_and_those_of_forge(self):
        box = self.start()
        self.assertEqual(self.good(box, "recipes", "list"), ("", "none\n"))
        self.assertIn("Restart Supervisor",
                      self.good(box, "recipes", "list", "--forge")[0])


class Deploy(Short):
    def test_prints_the_states_and_the_log(self):
        box = self.start("--speed", "5")
        out, err = self.good(box, "deploy", SITE)
        self.assertEqual(err.split(), ["queued", "deploying", "finished"])
        self.assertEqual(out, self.good(box, "deploy-log", SITE)[0])
        self.assertTrue(out.endswith("\n"))
        self.assertEqual(box.site()["deployments_created"], 1)

    def test_as_json(self):
        box = self.start("--speed", "50")
        shown = json.loads(self.good(box, "deploy", "1", "--json")[0])
        self.assertEqual(shown["deployment"]["attributes"]["status"], "finished")
        self.assertEqual(shown["log"], json.loads(
            self.good(box, "deploy-log", "1", "1", "--json")[0])["log"])

    def test_a_failed_one_ends_with_1_and_its_log(self):
        for fault in ("failed-deploy", "failed-build"):
            box = self.start("--speed", "50", "--fail", fault)
            status, out, err = self.run_it(box, "deploy", SITE)
            self.assertEqual(status, 1)
            self.assertIn("deployment 1 ended as failed", err)
            self.assertGreater(len(out), 1)

    def test_what_takes_too_long_ends_with_6(self):
        box = self.start("--speed", "0.1")
        self.bad(box, 6, "still", "deploy", SITE, "--timeout", "1s")

    def test_another_branch_is_not_deployed(self):
        box = self.start("--speed", "50")
        self.bad(box, 1, 'has the branch "main", not "prod"', "deploy", SITE,
                 "--branch-must-be", "prod")
        self.assertEqual(box.site()["deployments_created"], 0)
        self.good(box, "deploy", SITE, "--branch-must-be", "main")
        self.assertEqual(box.site()["deployments_created"], 1)

    def test_labels_and_variables_go_through_the_hook(self):
        box = self.start("--speed", "50")
        out, err = self.good(box, "deploy", SITE, "--commit", "abc123", "--message",
                             "Fix & go", "--author", "Ada", "--var", "COLOUR=blue red",
                             "--json")
        commit = json.loads(out)["deployment"]["attributes"]["commit"]
        self.assertEqual((commit["hash"], commit["message"], commit["author"]),
                         ("abc123", "Fix & go", "Ada"))
        self.assertNotIn("token=", out + err)
        self.assertEqual(box.site()["deployments_created"], 1)

    def test_a_failed_one_through_the_hook(self):
        box = self.start("--speed", "50", "--fail", "failed-deploy")
        self.bad(box, 1, "ended as failed", "deploy", SITE, "--commit", "abc")

    def test_bad_variables(self):
        box = self.start()
        for var in ("COLOUR", "=x", "A-B=c", "token=x", "forge_deploy_branch=x"):
            self.bad(box, 2, "--var", "deploy", SITE, "--var", var)
        self.assertEqual(box.state()["requests"]["calls"], 0)

    def test_one_whose_answer_was_lost_is_found(self):
        box = self.start("--speed", "50", "--fail", "lost@deploy:#1")
        self.good(box, "deploy", SITE)
        self.assertEqual(box.site()["deployments_created"], 1)

    def test_never_deployed(self):
        box = self.start()
        self.bad(box, 1, SITE + " was never deployed", "deploy-log", SITE)
        self.bad(box, 1, "has no log", "deploy-log", SITE, "99")


class Environment(Short):
    OLD = "APP_NAME=Laravel\nAPP_ENV=production\nAPP_DEBUG=false\n"
    NEW = "APP_NAME=Laravel\nAPP_ENV=staging\nAPP_DEBUG=false\nNEW=1\n"

    def test_pull_to_stdout_and_to_a_private_file(self):
        box, path = self.start(), os.path.join(self.folder(), "shop.env")
        self.assertEqual(self.good(box, "env", "pull", SITE)[0], self.OLD)
        self.assertEqual(self.good(box, "env", "pull", SITE, path), ("", ""))
        with open(path, encoding="utf-8") as f:
            self.assertEqual(f.read(), self.OLD)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)

    def test_pull_replaces_a_file_only_when_told_to(self):
        box, path = self.start(), self.write("mine\n")
        self.bad(box, 2, "needs --yes", "env", "pull", SITE, path)
        with open(path, encoding="utf-8") as f:
            self.assertEqual(f.read(), "mine\n")
        self.good(box, "env", "pull", SITE, path, "--yes")

    def test_pull_into_what_is_no_file(self):
        self.bad(self.start(), 3, "no regular file", "env", "pull", SITE, "/dev/stdout",
                 "--yes")

    def test_what_is_pulled_can_be_pushed(self):
        box, path = self.start("--speed", "50"), os.path.join(self.folder(), "shop.env")
        for text in (b"A=1", b"A=1\n", b"A=1\r\nB=2\n"):
            with open(path, "wb") as f:
                f.write(text)
            self.good(box, "env", "push", SITE, path, "--yes")
            self.good(box, "env", "pull", SITE, path, "--yes")
            with open(path, "rb") as f:
                self.assertEqual(f.read(), text)
            self.assertIn("already", self.good(box, "env", "push", SITE, path)[1])

    def test_push_shows_the_difference_on_stderr(self):
        box, path = self.start("--speed", "50"), self.write(self.NEW)
        out, err = self.good(box, "env", "push", SITE, path, "--yes")
        self.assertEqual(out, "")
        self.assertEqual(err.splitlines()[:3],
                         ["-APP_ENV=production", "+APP_ENV=staging", "+NEW=1"])
        self.assertEqual(self.good(box, "env", "pull", SITE)[0], self.NEW)

    def test_push_without_values(self):
        box = self.start("--speed", "50")
        err = self.good(box, "env", "push", SITE, "--yes", "--names", stdin=self.NEW)[1]
        self.assertEqual(err.splitlines()[:3], ["-APP_ENV", "+APP_ENV", "+NEW"])

    def test_push_needs_yes_where_nobody_can_be_asked(self):
        box, path = self.start("--speed", "50"), self.write(self.NEW)
        self.bad(box, 2, "needs --yes", "env", "push", SITE, path)
        self.assertEqual(self.good(box, "env", "pull", SITE)[0], self.OLD)

    def test_push_of_the_same_changes_nothing(self):
        box = self.start()
        self.assertIn("already", self.good(box, "env", "push", SITE, stdin=self.OLD)[1])

    def test_push_of_what_cannot_be_read(self):
        box = self.start()
        self.bad(box, 3, "No such file", "env", "push", SITE, "/nonexistent")


class Run(Short):
    def test_prints_the_output(self):
        box = self.start("--speed", "20")
        out, err = self.good(box, "run", SITE, "--", "php", "artisan", "--version")
        shown = json.loads(self.good(box, "run", SITE, "ls", "--json")[0])
        self.assertEqual(shown["command"]["attributes"]["command"], "ls")
        self.assertEqual(shown["command"]["attributes"]["exit_code"], 0)
        self.assertIn("finished", err)
        self.assertEqual(out, box.get("/orgs/acme/servers/1/sites/1/commands/1/output")
                         .attributes["output"].rstrip("\n") + "\n")
        self.assertIn("php artisan --version",
                      box.get("/orgs/acme/servers/1/sites/1/commands/1")
                      .attributes["command"])

    def test_a_failed_one_tells_its_exit_status(self):
        box = self.start("--speed", "20", "--fail", "failed-command")
        self.bad(box, 1, "exit code 1", "run", SITE, "false")

    def test_one_whose_answer_was_lost_is_not_run_twice(self):
        box = self.start("--speed", "20", "--fail", "lost@run-command:#1")
        self.good(box, "run", SITE, "once")
        self.assertEqual(len(box.get("/orgs/acme/servers/1/sites/1/commands").data), 1)


class Services(Short):
    def test_each_can_be_restarted(self):
        box = self.start()
        for service in ("nginx", "php", "mysql", "postgres", "redis", "supervisor"):
            self.assertIn("accepted", self.good(box, "restart", service, "web-1")[1])
        done = box.state()["operations"]
        self.assertEqual(done["organizations.servers.services.redis.actions.store"]["calls"], 1)
        self.assertIn("php82", self.good(box, "restart", "php", "web-1", "--version",
                                         "php82")[1])

    def test_processes_can_be_steered(self):
        box = self.start("--speed", "500")
        box.post("/orgs/acme/servers/1/background-processes", {
            "name": "p", "command": "work", "user": "forge", "processes": 1,
            "startsecs": 1, "stopsignal": "TERM", "stopwaitsecs": 5})
        for word in ("restart", "stop", "start"):
            self.good(box, "process", word, "web-1", "1")
        self.assertTrue(self.good(box, "process", "log", "web-1", "1")[0])
        self.bad(box, 2, "not one of", "process", "kill", "web-1", "1")
        self.bad(box, 1, "background-processes/9", "process", "restart", "web-1", "9")

    def test_logs_of_a_server(self):
        box = self.start()
        self.assertIn("nothing to log", self.good(box, "server-log", "web-1",
                                                  "nginx-error")[0])
        self.assertIn("log", json.loads(self.good(box, "server-log", "web-1", "mysql",
                                                  "--json")[0]))

    def test_unknown_ones(self):
        box = self.start()
        self.bad(box, 2, 'did you mean "nginx"', "restart", "ngin", "web-1")
        self.bad(box, 2, "--version is for php", "restart", "nginx", "web-1",
                 "--version", "php84")

    def test_maintenance_on_and_off(self):
        box = self.start("--speed", "50")
        for word, enabled in (("on", True), ("off", False)):
            self.good(box, "maintenance", word, SITE)
            self.assertEqual(box.get("/orgs/acme/servers/1/sites/1/integrations/"
                                     "laravel-maintenance").attributes["enabled"], enabled)
        self.bad(box, 2, "on or off", "maintenance", "maybe", SITE)
        self.bad(box, 2, "are for on", "maintenance", "off", SITE, "--status", "503")

    def test_logs(self):
        box = self.start()
        self.assertIn("production.INFO: Ready.", self.good(box, "logs", SITE)[0])
        self.assertIn("log", json.loads(self.good(
            box, "logs", SITE, "--log", "nginx-error", "--json")[0]))
        self.bad(box, 2, "not one of", "logs", SITE, "--log", "mail")


class Backups(Short):
    def prepare(self, *options):
        box = self.start("--speed", "500", *options)
        made = [box.post("/orgs/acme/storage-providers", {
                    "provider": "s3", "name": "s3", "region": "eu", "bucket": "b",
                    "access_key": "k", "secret_key": "s"}),
                box.post("/orgs/acme/servers/1/database/schemas", {"name": "shop"})]
        storage, database = (int(m.data["id"]) for m in made)
        made = box.post("/orgs/acme/servers/1/database/backups", {
            "storage_provider_id": storage, "name": "nightly", "frequency": "daily",
            "database_ids": [database], "retention": 7, "time": "03:00"})
        self.assertEqual(made.status, 202, made)
        return box

    def test_run_list_and_restore(self):
        box = self.prepare()
        self.assertIn("nightly", self.good(box, "backups", "list", "web-1")[0])
        backup = json.loads(self.good(box, "backups", "run", "web-1", "--json")[0])
        rows = self.good(box, "backups", "list", "web-1", "nightly")[0].splitlines()
        self.assertEqual(rows[1].split()[:2], [backup["id"], "success"])
        for words in (["latest"], [backup["id"], "--database", "shop"]):
            self.assertIn("shop has the state of backup", self.good(
                box, "backups", "restore", "web-1", "nightly", *words, "--yes")[1])

    def test_one_whose_answer_was_lost_is_not_made_twice(self):
        box = self.prepare("--fail", "lost@backup:#1")
        self.good(box, "backups", "run", "web-1", "nightly")
        self.assertEqual(len(self.good(box, "backups", "list", "web-1",
                                       "nightly")[0].splitlines()), 2)

    def test_restore_needs_yes_where_nobody_can_be_asked(self):
        box = self.prepare()
        self.good(box, "backups", "run", "web-1", "nightly")
        self.bad(box, 2, "needs --yes", "backups", "restore", "web-1", "nightly", "latest")
        self.assertNotIn("organizations.servers.database.backups.instances.restores.store",
                         box.state()["operations"])

    def test_what_is_not_there(self):
        box = self.prepare()
        self.bad(box, 1, "(nearest: nightly)", "backups", "run", "web-1", "nightli")
        self.bad(box, 1, 'no backup "latest"', "backups", "restore", "web-1", "nightly",
                 "latest", "--yes")
        self.good(box, "backups", "run", "web-1")
        self.bad(box, 1, 'no database "shp" (nearest: shop)', "backups", "restore",
                 "web-1", "nightly", "latest", "--database", "shp", "--yes")


class Recipes(Short):
    def test_runs_on_servers_and_prints_what_they_say(self):
        box = self.start("--speed", "100", seed={"organizations": [
            {"slug": "acme", "servers": [{"name": "web-1"}, {"name": "web-2"}]}]})
        box.post("/orgs/acme/recipes", {"name": "Clear caches", "user": "root",
                                        "script": "true"})
        runs = json.loads(self.good(box, "recipes", "run", "Clear caches", "web-1", "2",
                                    "--json")[0])
        self.assertEqual(sorted(r["attributes"]["server_id"] for r in runs), [1, 2])
        self.assertEqual({r["attributes"]["status"] for r in runs}, {"finished"})
        self.assertIn("== server 2 ==", self.good(box, "recipes", "run", "Clear caches",
                                                  "web-1", "web-2")[0])
        self.bad(box, 1, "(nearest: Clear caches)", "recipes", "run", "Clear cachs", "1")

    def test_one_whose_answer_was_lost_is_not_run_twice(self):
        box = self.start("--speed", "100", "--fail",
                         "lost@organizations.recipes.runs.store:#1")
        box.post("/orgs/acme/recipes", {"name": "once", "user": "root", "script": "true"})
        runs = json.loads(self.good(box, "recipes", "run", "once", "web-1", "--json")[0])
        self.assertEqual(len(runs), 1)
        self.assertEqual(len(box.get("/orgs/acme/recipes/1/runs").data), 1)

    def test_one_of_forge(self):
        box = self.start()
        self.assertIn("accepted", self.good(box, "recipes", "run", "--forge",
                                            "Restart Supervisor", "web-1")[1])


COMMANDS = {"deploy": [SITE], "deploy-log": [SITE], "logs": [SITE],
            "env pull": [SITE], "env push": [SITE, "--yes"], "run": [SITE, "ls"],
            "processes": ["web-1"], "process": ["restart", "web-1", "1"],
            "server-log": ["web-1", "nginx-error"], "restart": ["nginx", "web-1"],
            "maintenance": ["on", SITE], "backups list": ["web-1"],
            "backups run": ["web-1"], "backups restore": ["web-1", "x", "1", "--yes"],
            "recipes run": ["x", "web-1"], "recipes list": [], "servers": [], "sites": [],
            "organizations": []}


class Trouble(Short):
    """What every short command says when it cannot do its work."""

    def each(self):
        for command, words in COMMANDS.items():
            with self.subTest(command):
                yield command.split() + words

    def test_a_refused_token_ends_with_4(self):
        box = self.start()
        for words in self.each():
            self.bad(box, 4, "the token was refused", *words, token="wrong")

    def test_a_missing_scope_ends_with_4(self):
        box = self.start(seed={"tokens": [{"token": "none", "name": "none",
                                           "scopes": ["user:view"]}]})
        for words in self.each():
            self.bad(box, 4, "needs the scope", *words, token="none")

    def test_what_cannot_be_reached_ends_with_5(self):
        box = self.start()
        box.stop()
        for words in self.each():
            self.bad(box, 5, "cannot reach Forge", *words)

    def test_names_that_are_not_there_are_told_with_the_nearest(self):
        box = self.start()
        for words in self.each():
            if SITE in words:
                words = [w.replace("shop.", "shp.") for w in words]
                self.bad(box, 1, "(nearest: shop.example.com)", *words)

    def test_no_token(self):
        for words in self.each():
            status, _, err = forge(*words, stdin="")
            self.assertEqual((status, "no token" in err), (2, True), err)


class Destructive(Short):
    def test_calls_need_yes_where_nobody_can_be_asked(self):
        box = self.start()
        for words in (["reboot", "server=web-1", "action=reboot"],
                      ["organizations.servers.sites.destroy", "site=2"],
                      ["set-environment", "site=1", "environment=A=1"]):
            self.bad(box, 2, "needs --yes", "call", *words)
        self.assertEqual(box.state()["requests"]["calls"], 0)
        self.good(box, "call", "organizations.servers.sites.destroy", "site=2", "--yes")

    def test_a_restart_of_a_service_needs_none(self):
        self.good(self.start(), "call", "nginx", "server=web-1", "action=reboot")

    def test_show_tells_it(self):
        self.assertIn("action=reboot --yes", forge("show", "reboot")[1])


if __name__ == "__main__":
    unittest.main()
