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
