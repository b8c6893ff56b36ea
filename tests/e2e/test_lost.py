"""A creation whose answer is lost after it took place, for every operation that makes
something: where a list shows what is new, the call resumes with that; else it is uncertain.
Nothing is ever made twice."""
import json
import os
import unittest

from actors import DEPLOY_SHOP, Scenario, until
from forge_calls import BY_PLACE, OPERATIONS, Calls
from forge_driver import Call, Driver
from sandbox_client import Sandbox
from sdk import Sdk

CREATING = [op for op in OPERATIONS if op["method"] == "POST"]
# Forge lists these, by ids that do not grow with what is new: names, texts of a cloud, or
# the ids that the things had before. They stay uncertain.
NOT_FOUND = {
    "organizations.server-credentials.vpcs.store",
    "organizations.servers.archives.store",
    "organizations.servers.sites.composer.credentials.store",
    "organizations.servers.sites.npm.credentials.store",
    "organizations.teams.recipes.store",
    "organizations.teams.server-credentials.store",
    "organizations.teams.servers.store",
}


def is_listed(op):
    """Whether the collection that the request goes to can be listed."""
    there = BY_PLACE.get(("GET", op["path"]))
    return bool(there and there["success"].get("list"))


class Lost(Sdk):
    """One sandbox an operation: it loses the first two answers of that."""

    def setUp(self):
        super().setUp()
        self.driver = Driver(self, None)

    def begin(self, op):
        seed = os.path.join(self.dir, "seed.json")
        with open(seed, "w", encoding="utf-8") as f:
            json.dump({"requests_per_minute": 1000000}, f)
        self.box = Sandbox("--speed", "1000", "--seed", seed, "--fail", "lost@%s:#1-2" % op["id"])
        self.driver.url, self.calls = self.box.api, Calls(self.box)

    def made(self, op):
        return self.box.state()["operations"][op["id"]]["calls"]

    def call(self, op):
        path = self.calls.path(op)
        return path, Call(op, path, self.calls.body(op, path))

    def found(self, op):
        """Mark, call, adopt: what the call made is found, once."""
        path, call = self.call(op)
        before = set(self.calls.ids(path)) if is_listed(op) else set()
        mark = self.driver.ask("mark", call)
        self.assertEqual(mark["kind"], "ok", mark)
        lost = self.driver.ask("call", call)
        self.assertEqual((lost["kind"], lost["status"]), ("uncertain", 0), lost)
        adopted = self.driver.ask("adopt", call, mark=mark["body"])
        self.assertEqual(adopted["kind"], "ok", adopted)
        self.assertEqual(self.made(op), 1)
        if before:
            new = set(self.calls.ids(path)) - before
            self.assertEqual(set(adopted["resource"].split(",")), new)

    def resumed(self, op):
        """forge_wait does all of it."""
        _, call = self.call(op)
        result = self.driver.ask("wait", call)
        self.assertEqual(result["kind"], "ok", result)
        self.assertTrue(result["resource"], result)
        self.assertEqual(self.made(op), 2)

    def uncertain(self, op):
        for n, how in enumerate(("call", "wait"), 1):
            _, call = self.call(op)
            result = self.driver.ask(how, call)
            self.assertEqual((result["kind"], result["status"]), ("uncertain", 0), result)
            self.assertIn("it may or may not have taken place", result["message"])
            self.assertEqual(self.made(op), n)

    def test_nothing_is_made_twice(self):
        found, uncertain = [], []
        for op in CREATING:
            with self.subTest(op["id"]):
                self.begin(op)
                try:
                    mark = self.driver.ask("mark", self.call(op)[1])
                    if mark["kind"] == "refused":
                        uncertain.append(op["id"])
                        self.uncertain(op)
                    else:
                        found.append(op["id"])
                        self.found(op)
                        self.resumed(op)
                finally:
                    self.box.stop()
        self.assertEqual(self.driver.end(), 0)
        listed = {op["id"] for op in CREATING if is_listed(op)}
        self.assertEqual(listed - set(found), NOT_FOUND & listed)
        print("%d found, %d uncertain: %s" % (len(found), len(uncertain), " ".join(uncertain)))


PLACE = {"server": "web-1"}
SITE = dict(PLACE, site="shop.example.com")
# Creations of several kinds, by rules: operation, place, body.
BY_RULE = [
    ("organizations.servers.sites.commands.store", SITE, {"command": "php artisan up"}),
    ("organizations.servers.sites.heartbeats.store", SITE,
     {"name": "nightly", "grace_period": 5, "frequency": 1}),
    ("organizations.servers.sites.scheduled-jobs.store", SITE,
     {"command": "php artisan schedule:run", "user": "forge", "frequency": "nightly"}),
    ("organizations.servers.database.schemas.store", PLACE, {"name": "preview"}),
    ("organizations.servers.ssh-keys.store", PLACE,
     {"name": "ci", "key": "ssh-ed25519 AAAA ci", "user": "forge"}),
]
RESTART = "organizations.servers.services.nginx.actions.store"


def rule(*steps):
    return dict(DEPLOY_SHOP, do=[dict(place, operation=op, body=body) for op, place, body in steps])


class ByRule(Scenario):
    def made(self, op):
        return self.forge.state()["operations"][op]["calls"]

    def lose(self, *operations):
        return [word for op in operations for word in ("--fail", "lost@%s:#1" % op)]

    def test_each_step_of_a_job_goes_on_with_what_it_made(self):
        operations = [op for op, _, _ in BY_RULE]
        self.start(rules=[rule(*BY_RULE)], forge=self.lose(*operations))
        self.ended(self.accepted(self.sender.push()))
        self.assertEqual([self.made(op) for op in operations], [1] * len(operations))

    def test_what_no_list_shows_fails_as_uncertain(self):
        steps = [(RESTART, PLACE, {"action": "reboot"}), BY_RULE[0]]
        self.start(rules=[rule(*steps)], forge=self.lose(RESTART))
        failed = self.ended(self.accepted(self.sender.push()), "failed")
        self.assertIn("uncertain", failed["data"]["reason"])
        self.assertEqual(self.made(RESTART), 1)
        self.assertNotIn(BY_RULE[0][0], self.forge.state()["operations"])

    def test_a_bridge_killed_in_doubt_goes_on_with_what_it_made(self):
        op, place, body = BY_RULE[3]
        self.start(rules=[rule((op, place, body))], forge=[
            *self.lose(op), "--fail", "slow@%s:#1=1s" % op])
        delivery = self.accepted(self.sender.push())
        until("the request", lambda: op in self.forge.state()["operations"])
        self.bridge.kill9()
        self.bridge.start()
        self.ended(delivery)
        self.assertEqual(self.made(op), 1)


if __name__ == "__main__":
    unittest.main()
