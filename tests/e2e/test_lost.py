"""A creation whose answer is lost after it took place, for every operation that makes
something: where a list shows what is new, the call resumes with that; else it is uncertain.
Nothing is ever made twice."""
import json
import os
import unittest

from actors import Scenario
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


if __name__ == "__main__":
    unittest.main()
