"""What an operator or Forge got wrong fails the job at once, with a reason that names it
wherever one looks: the log, the notices, `jobs list` and `jobs show`. Later jobs go on."""
import json
import sqlite3

import actors
from actors import Scenario, deploy_rule

SHOP, BLOG = "shop.example.com", "blog.example.com"


def command_rule(name, site, body, **more):
    return deploy_rule(name, site, do=[{
        "operation": "run-command", "site": site, "server": "web-1", "body": body}], **more)


class BadInput(Scenario):
    def failed(self, delivery, reason, rule):
        """The job of that rule failed for that reason, and everybody was told."""
        notice = self.spy.wait("event/job/failed", where=lambda m: (
            m.json["correlationid"] == delivery and m.json["data"]["rule"] == rule)).json
        self.assertRegex(notice["data"]["reason"], reason)
        job = notice["data"]["job"]
        self.shown(job, reason)
        began, ended = self.bridge.rows(
            "SELECT created_us, ended_us FROM job WHERE id = ?", job)[0]
        self.assertLess(ended - began, 5e6, "it did not fail at once")

    def shown(self, job, reason):
        """In the log, where quotes are escaped, and by `jobs`."""
        def run(*argv):
            return self.bridge.run("jobs", *argv, "-c", self.bridge.file).decode()
        self.bridge.log.wait("level=warning .*job=%s .*%s" % (job, reason.replace('"', r'\\"')), 5)
        listed = [json.loads(line) for line in run("list", "--json").splitlines()]
        mine = [j for j in listed if j["job"] == job]
        self.assertEqual([j["state"] for j in mine], ["failed"])
        self.assertRegex(mine[0]["reason"], reason)
        self.assertRegex(run("list"), job + ".*failed")
        self.assertRegex(run("show", job), reason)

    def goes_on(self, delivery, rule):
        """Another job of the same delivery, and one of a later delivery, succeed."""
        for one in (delivery, self.accepted(self.sender.push())):
            self.spy.wait("event/job/succeeded", where=lambda m, d=one: (
                m.json["correlationid"] == d and m.json["data"]["rule"] == rule))

    def fails(self, bad_rule, reason, good=SHOP):
        """Two rules take the push: the bad one and a good one."""
        self.start(rules=[bad_rule, deploy_rule("good", good)])
        delivery = self.accepted(self.sender.push())
        self.failed(delivery, reason, bad_rule["name"])
        self.goes_on(delivery, "good")

    def seed(self, **token):
        """Sites of two servers, and a token with some scopes."""
        def give(forge):
            with open(forge.seed, "w", encoding="utf-8") as f:
                json.dump({"requests_per_minute": 100000, "organizations": [
                    {"slug": "acme", "servers": [{"name": "web-1", "sites": [
                        {"name": SHOP}, {"name": BLOG}]}]}],
                    "tokens": [dict(token, name="t", user="ops")]}, f)
        return give

    def start_with(self, seed, rules):
        self.broker = actors.Broker(self).start()
        self.forge = actors.Forge(self)
        seed(self.forge)
        self.forge.start()
        self.spy = actors.Spy(self, self.broker).start()
        self.bridge = actors.Bridge(self, self.forge, self.broker, rules).start()
        self.sender = actors.Sender(self.bridge)

    def test_an_unknown_site(self):
        self.fails(deploy_rule("bad", "shopp.example.com"), 'no site "shopp.example.com"')

    def test_an_unknown_server(self):
        self.fails(deploy_rule("bad", SHOP, do=[{
            "operation": "deploy", "site": SHOP, "server": "web-9"}]), 'no server "web-9"',
            good=BLOG)

    def test_a_missing_scope(self):
        self.start_with(self.seed(token="sandbox", scopes=[
            "organization:view", "server:view", "site:manage-deploys"]), [
            command_rule("bad", BLOG, {"command": "true"}), deploy_rule("good", SHOP)])
        delivery = self.accepted(self.sender.push())
        self.failed(delivery, "403.*needs the scope site:manage-commands", "bad")
        self.goes_on(delivery, "good")
        self.assertEqual(self.forge.commands(BLOG), [])

    def test_a_revoked_token(self):
        self.start()
        self.ended(self.accepted(self.sender.push()))
        self.forge.stop()
        self.seed(token="another")(self.forge)
        self.forge.start()
        delivery = self.accepted(self.sender.push())
        self.failed(delivery, "the token was refused: 401", "deploy-shop")
        self.forge.stop()
        self.seed(token="sandbox")(self.forge)
        self.forge.start()
        self.ended(self.accepted(self.sender.push()))

    def test_a_value_that_the_operation_does_not_take(self):
        self.fails(command_rule("bad", BLOG, {"command": "{{ payload.commits }}"}),
                   "command")
        self.assertEqual(self.forge.commands(BLOG), [])

    def test_a_value_that_is_not_there(self):
        self.fails(command_rule("bad", BLOG, {"command": "{{ payload.afterr }}"}),
                   r"payload\.afterr")

    def refuses(self, rule, *texts):
        """At the start already, with its place in the file."""
        bridge = actors.Bridge(self, rules=[rule])
        bridge.write_config()
        out = bridge.run("check", "-c", bridge.file, status=3).decode()
        for text in texts:
            self.assertRegex(out, r"forgebridge\.yaml:\d+:\d+: error: .*" + text)

    def test_an_unknown_operation_is_refused_at_the_start(self):
        self.refuses(deploy_rule("bad", SHOP, do=[{"operation": "deploi", "site": SHOP}]),
                     '"deploi".*did you mean "deploy"')

    def test_a_field_that_the_operation_does_not_have_is_refused_at_the_start(self):
        self.refuses(command_rule("bad", SHOP, {"command": "true", "comand": "x"}),
                     'body/comand: unknown field; did you mean "command"')

    def left_from_another_version(self, old, new, reason):
        """A job that waits in the journal, by a rule that this program would refuse."""
        self.start(rules=[command_rule("bad", BLOG, {"command": "true"}),
                          deploy_rule("good", SHOP)])
        self.forge.stop()
        delivery = self.accepted(self.sender.push())
        self.bridge.kill9()
        with sqlite3.connect(self.bridge.journal) as db:
            changed = db.execute("UPDATE rule SET text = replace(text, ?, ?) "
                                 "WHERE text LIKE '%run-command%'", (old, new)).rowcount
        db.close()
        self.assertEqual(changed, 1)
        self.forge.start()
        del self.bridge.config["rules"][0]  # so the job goes by what the journal kept
        self.bridge.start()
        notice = self.spy.wait("event/job/failed", where=lambda m: (
            m.json["correlationid"] == delivery)).json
        self.assertRegex(notice["data"]["reason"], reason)
        self.shown(notice["data"]["job"], reason)
        self.goes_on(delivery, "good")

    def test_an_operation_that_went_away_fails_the_job_that_waits_for_it(self):
        self.left_from_another_version("run-command", "run-comand", "run-comand")

    def test_a_field_that_went_away_fails_the_job_that_has_it(self):
        self.left_from_another_version('"command"', '"comand"', "comand")


if __name__ == "__main__":
    import unittest
    unittest.main()
