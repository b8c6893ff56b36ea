"""Each fault that the sandbox plays, as a client meets it."""
import http.client
import time
import unittest
import urllib.error
import urllib.parse

from sandbox_client import SITE, Case, until

DEPLOY = "organizations.servers.sites.deployments.store"
CLOSED = (http.client.RemoteDisconnected, ConnectionResetError)


class Faults(Case):
    def broken(self, call):
        """The connection closes without an answer."""
        try:
            self.fail("there came %r" % call())
        except urllib.error.URLError as e:
            self.assertIsInstance(e.reason, CLOSED)
        except CLOSED:
            pass

    def test_a_status_changes_nothing(self):
        for status, text in ((500, "Server Error"), (401, "Unauthenticated."),
                             (403, "This action is unauthorized."),
                             (503, "Forge is offline for maintenance.")):
            box = self.start("--fail", "%d@deploy:#1" % status)
            self.assertAnswer(box.deploy(), status, text)
            self.assertEqual(box.site()["deployments_created"], 0)
            self.assertAnswer(box.deploy(), 202)

    def test_429_has_the_headers_asked_for(self):
        for kind, reset, retry in (("429", 1, 1), ("429-reset", 1, 0),
                                   ("429-retry-after", 0, 1), ("429-bare", 0, 0)):
            box = self.start("--fail", kind + "@deploy:#1")
            answer = box.deploy()
            self.assertAnswer(answer, 429, "Too Many Attempts.")
            self.assertEqual(("X-RateLimit-Reset" in answer.headers,
                              "Retry-After" in answer.headers), (reset, retry))

    def test_a_lost_answer_takes_effect(self):
        box = self.start("--fail", "lost@deploy:#2")
        self.assertAnswer(box.deploy(), 202)
        self.broken(box.deploy)
        self.assertAnswer(box.deploy(), 202)
        self.assertEqual(box.site()["deployments_created"], 3)
        counts = box.state()["operations"][DEPLOY]
        self.assertEqual((counts["calls"], counts["lost"], counts["2xx"]), (3, 1, 2))
        self.assertEqual(box.state()["faults"], {"lost@deploy:#2": 1})

    def test_a_disconnection_has_no_effect(self):
        box = self.start("--fail", "disconnect@deploy:#1")
        self.broken(box.deploy)
        self.assertEqual(box.site()["deployments_created"], 0)

    def test_a_late_error_takes_effect(self):
        for status in (500, 504):
            box = self.start("--fail", "late-%d@deploy:#1" % status)
            self.assertAnswer(box.deploy(), status)
            self.assertEqual(box.site()["deployments_created"], 1)

    def test_a_truncated_answer_is_no_json(self):
        box = self.start("--fail", "truncate@deploy")
        answer = box.deploy()
        self.assertAnswer(answer, 202)
        self.assertRaises(ValueError, lambda: answer.json)
        self.assertEqual(box.site()["deployments_created"], 1)

    def test_a_web_page_comes_instead_of_json(self):
        box = self.start("--fail", "html@GET")
        answer = box.get("/orgs")
        self.assertAnswer(answer, 200)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/html"))
        self.assertTrue(answer.body.startswith(b"<!DOCTYPE html>"))

    def test_maintenance_is_503_with_a_time(self):
        box = self.start("--fail", "maintenance@deploy:#1")
        answer = box.deploy()
        self.assertAnswer(answer, 503, "Forge is offline for maintenance.")
        self.assertIn("Retry-After", answer.headers)
        self.assertEqual(box.site()["deployments_created"], 0)

    def test_the_content_type_may_be_another(self):
        box = self.start("--fail", "content-type@GET")
        answer = box.get("/orgs")
        self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual(answer.data[0]["type"], "organizations")

    def odd(self, kind, path="/orgs/acme/sites/1", **more):
        box = self.start("--fail", kind + "@GET", *more.get("options", []))
        return box.get(path)

    def test_attributes_are_null_absent_or_of_another_type(self):
        good = self.start().get("/orgs/acme/sites/1").attributes
        nulls = self.odd("nulls").attributes
        self.assertEqual(set(nulls), set(good))
        self.assertGreater(sum(v is None for v in nulls.values()),
                           sum(v is None for v in good.values()) + 3)
        absent = set(self.odd("absent").attributes)
        self.assertTrue(absent < set(good) and absent)
        odd = self.odd("wrong-types").attributes
        changed = [k for k in good if type(odd[k]) is not type(good[k])]
        self.assertTrue(3 < len(changed) < len(good), changed)
        lists = self.odd("absent", "/orgs/acme/sites").data
        self.assertTrue(all(set(one["attributes"]) < set(good) for one in lists))

    def test_odd_answers_follow_from_the_seed(self):
        first, again = (set(self.odd("absent").attributes) for _ in range(2))
        other = set(self.odd("absent", options=["--fail", "seed=9"]).attributes)
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def test_answers_are_deep_or_huge(self):
        deep = self.odd("deep").body
        self.assertIn(b',"deep":' + b"[" * 100000 + b"]" * 100000 + b"}", deep)
        huge = self.odd("huge")
        self.assertGreater(len(huge.json["huge"]), 32 * 1024 * 1024 - 1)
        self.assertEqual(huge.attributes["name"], "shop.example.com")

    def test_a_slow_answer_takes_its_time(self):
        box = self.start("--fail", "slow@deploy=300ms")
        began = time.monotonic()
        self.assertAnswer(box.deploy(), 202)
        self.assertGreaterEqual(time.monotonic() - began, 0.3)

    def test_a_client_that_leaves_early_harms_nothing(self):
        box = self.start("--fail", "slow@deploy:#1=200ms")
        c = http.client.HTTPConnection(urllib.parse.urlsplit(box.root).netloc)
        c.request("POST", "/api" + SITE + "/deployments",
                  headers={"Authorization": "Bearer sandbox"})
        c.close()
        self.assertAnswer(box.deploy(), 202)
        self.assertAnswer(box.get("/orgs"), 200)

    def test_deployments_and_commands_end_badly(self):
        box = self.start("--speed", "1000", "--fail", "failed-deploy@shop.example.com:#1",
                         "--fail", "failed-build:#2,failed-command")
        first, second, third = (box.deploy().data["id"] for _ in range(3))
        box.post(SITE + "/commands", {"command": "false"})
        until("the third", lambda: box.status(third) == "finished")
        self.assertEqual((box.status(first), box.status(second)),
                         ("failed", "failed-build"))
        self.assertIn("exit code 1",
                      box.get(SITE + "/deployments/%s/log" % first).attributes["output"])
        until("the command", lambda: box.get(
            SITE + "/commands/1").attributes["status"] == "failed")
        self.assertEqual(box.get(SITE + "/commands/1").attributes["exit_code"], 1)

    def test_the_same_seed_gives_the_same_faults(self):
        def play(*options):
            box = self.start("--speed", "10000", *options)
            return [box.get("/orgs").status for _ in range(50)]
        same = play("--fail", "500:30%,seed=5")
        self.assertEqual(same, play("--fail", "seed=5", "--fail", "500:30%"))
        self.assertNotEqual(same, play("--fail", "500:30%,seed=6"))
        self.assertEqual(set(same), {200, 500})


if __name__ == "__main__":
    unittest.main()
