"""What the sandbox has beside the API: tokens, a state file, webhooks that go out, the
page at /, heartbeats."""
import http.server
import json
import os
import signal
import tempfile
import threading
import time
import unittest

from sandbox_client import SITE, Case, until

PAYLOAD = {"status", "server", "site", "commit_hash", "commit_url", "commit_author",
           "commit_message"}


class Tokens(Case):
    def make(self, box, **fields):
        return box.request("POST", box.root + "/sandbox/tokens", fields, token=None)

    def test_are_made_listed_and_deleted_for_good(self):
        box = self.start()
        made = self.make(box, name="ci", scopes=["organization:view"])
        self.assertEqual(made.status, 201, made)
        self.assertAnswer(box.get("/orgs", token=made.json["token"]), 200)
        listed = box.request("GET", box.root + "/sandbox/tokens", token=None).json["tokens"]
        self.assertEqual([t["name"] for t in listed], ["sandbox", "ci"])
        self.assertNotIn("token", listed[1])
        where = "%s/sandbox/tokens/%d" % (box.root, made.json["id"])
        self.assertEqual(box.request("DELETE", where, token=None).status, 204)
        self.assertAnswer(box.get("/orgs", token=made.json["token"]), 401,
                          "Unauthenticated.")
        self.assertAnswer(box.request("DELETE", where, token=None), 404)

    def test_may_do_what_their_scopes_say(self):
        box = self.start()
        token = self.make(box, name="ci", scopes=["server:view"]).json["token"]
        self.assertAnswer(box.get(SITE + "/deployments", token=token), 200)
        self.assertAnswer(box.post(SITE + "/deployments", token=token), 403,
                          "This action is unauthorized.")

    def test_expire(self):
        box = self.start()
        past = self.make(box, name="old", expires_at="2020-01-01T00:00:00Z").json["token"]
        self.assertAnswer(box.get("/orgs", token=past), 401)
        soon = int(time.time()) + 3  # time enough to use it before, on a busy machine
        text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(soon))
        token = self.make(box, name="new", expires_at=text).json["token"]
        self.assertAnswer(box.get("/orgs", token=token), 200)
        until("the expiry", lambda: box.get("/orgs", token=token).status == 401)
        self.assertGreaterEqual(time.time(), soon)

    def test_of_one_user_share_a_budget(self):
        box = self.start(seed={"requests_per_minute": 2})
        one, two = (self.make(box, name=n, user="ada").json["token"] for n in "ab")
        self.assertAnswer(box.get("/orgs", token=one), 200)
        self.assertAnswer(box.get("/orgs", token=two), 200)
        self.assertAnswer(box.get("/orgs", token=one), 429)

    def test_are_checked(self):
        box = self.start()
        for fields, field in (({}, "name"), ({"name": "x", "scopes": ["all:of"]}, "scopes.0"),
                              ({"name": "x", "expires_at": "soon"}, "expires_at")):
            answer = self.make(box, **fields)
            self.assertEqual((answer.status, list(answer.json["errors"])), (422, [field]))

    def test_that_go_while_a_request_waits_harm_nothing(self):
        box = self.start("--fail", "slow@deploy=300ms")
        made = self.make(box, name="ci").json
        answers = []
        caller = threading.Thread(target=lambda: answers.append(
            box.post(SITE + "/deployments", token=made["token"])))
        caller.start()
        until("the request", lambda: box.state()["faults"]["slow@deploy=300ms"] == 1)
        box.request("DELETE", "%s/sandbox/tokens/%d" % (box.root, made["id"]), token=None)
        caller.join()
        self.assertAnswer(answers[0], 202)


class State(Case):
    def path(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return os.path.join(folder.name, "state.json")

    def test_survives_a_restart(self):
        path = self.path()
        box = self.start("--speed", "1000", "--state", path)
        token = box.request("POST", box.root + "/sandbox/tokens", {"name": "ci"},
                            token=None).json["token"]
        deployment = box.deploy().data["id"]
        until("the end", lambda: box.status(deployment) == "finished")
        box.post(SITE + "/commands", {"command": "ls"})
        box.post("/orgs/acme/servers/1/database/schemas", {"name": "shop"})
        box.request("PUT", box.api + SITE + "/environment", {"environment": "A=1\nB=\u00e9"})
        box.request("PUT", box.api + SITE + "/deployments/script", {"content": "true"})
        box.post("/orgs/acme/servers/1/sites", {"type": "laravel", "name": "new.example.com"})
        paths = ["/orgs", "/orgs/acme/servers", "/orgs/acme/sites/1", SITE + "/deployments",
                 "/orgs/acme/sites", "/orgs/acme/servers/1/database/schemas", SITE + "/domains",
                 "/orgs/acme/servers/1/events", SITE + "/environment", "/permissions",
                 SITE + "/deployments/script", "/providers", SITE + "/deployments/1/log"]
        until("everything to end", lambda: '"ing"' not in json.dumps(
            [box.get("/orgs/acme/sites").data,
             box.get("/orgs/acme/servers/1/database/schemas").data]).replace(
                 "installing", "ing").replace("creating", "ing"))
        before = [box.get(p).body for p in paths]
        self.assertEqual(box.stop(), 0)
        again = self.start("--speed", "1000", "--state", path)
        after = [again.get(p, token=token).body for p in paths]
        for was, now, p in zip(before, after, paths):
            self.assertEqual(was.replace(box.root.encode(), b""),
                             now.replace(again.root.encode(), b""), p)
        self.assertEqual(again.get(SITE + "/commands").data[0]["attributes"]["command"], "ls")
        self.assertEqual(int(again.deploy().data["id"]), int(deployment) + 1)

    def test_is_written_a_while_after_a_change(self):
        path = self.path()
        box = self.start("--state", path)
        box.deploy()

        def deployments():
            if not os.path.exists(path):
                return None
            with open(path, encoding="utf-8") as f:
                return json.load(f)["organizations"][0]["servers"][0]["sites"][0][
                    "deployments"]

        until("the file", deployments)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(box.stop(signal.SIGKILL), -signal.SIGKILL)
        again = self.start("--state", path)
        self.assertEqual(again.site()["deployments_created"], 1)

    def test_goes_on_with_what_was_under_way(self):
        path = self.path()
        box = self.start("--speed", "5", "--state", path)
        one = box.deploy().data["id"]
        self.assertEqual(box.stop(), 0)
        again = self.start("--speed", "5", "--state", path)
        until("the end", lambda: again.site()["deployments"][0]["status"] == "finished")
        self.assertEqual(again.status(one), "finished")

    def test_that_is_corrupt_is_told(self):
        path = self.path()
        box = self.start("--state", path)
        box.deploy()
        box.stop()
        with open(path, encoding="utf-8") as f:
            good = f.read()
        for text, says in ((good[:len(good) // 2], r"state.json:1:\d+: "), ("", "state.json"),
                           ("{}", "is no state"), ("[1]", "is no state"),
                           (good.replace('"queued"', '"quoted"'), "a deployment: "),
                           (good.replace('"slug":"acme"', '"slug":5'), "organization"),
                           (good.replace('"kind":"domains"', '"kind":"roads"'), "roads: ")):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            status, error = self.refused("--state", path)
            self.assertEqual(status, 3, error)
            self.assertRegex(error, says)

    def test_that_cannot_be_written_is_told_at_the_end(self):
        path = os.path.join(os.path.dirname(self.path()), "none", "state.json")
        box = self.start("--state", path)
        self.assertAnswer(box.deploy(), 202)
        until("the page", lambda: b"could not be saved" in box.request(
            "GET", box.root + "/", token=None).body)
        self.assertEqual(box.stop(), 1)


class Receiver:
    """Takes webhooks on loopback."""

    def __init__(self, status=200):
        self.got = got = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got.append((self.path, self.headers["Content-Type"], json.loads(body)))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       kwargs={"poll_interval": .01})
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Webhooks(Case):
    def receiver(self, *args):
        one = Receiver(*args)
        self.addCleanup(one.stop)
        return one

    def test_tell_how_a_deployment_ended(self):
        receiver = self.receiver()
        box = self.start("--speed", "100", "--fail", "failed-deploy:#2")
        box.post(SITE + "/webhooks", {"url": receiver.url + "/hook?key=1"})
        box.deploy()
        box.deploy()
        # nobody looks at the deployments: they end by themselves
        until("both", lambda: len(receiver.got) == 2)
        (path, kind, first), (_, _, second) = receiver.got
        self.assertEqual((path, kind), ("/hook?key=1", "application/json"))
        self.assertEqual(set(first), PAYLOAD)
        self.assertEqual((first["status"], second["status"]), ("success", "failed"))
        self.assertEqual(first["server"], {"id": 1, "name": "web-1"})
        self.assertEqual(first["site"], {"id": 1, "name": "shop.example.com"})
        commit = box.get(SITE + "/deployments/1").attributes["commit"]
        self.assertEqual(first["commit_hash"], commit["hash"])
        self.assertEqual(first["commit_url"],
                         "https://github.com/acme/shop/commit/" + commit["hash"])
        until("the counts", lambda: box.state()["webhooks"] ==
              {"sent": 2, "failed": 0, "dropped": 0})

    def test_that_fail_harm_nothing(self):
        angry = self.receiver(500)
        box = self.start("--speed", "1000")
        for url in (angry.url, "http://127.0.0.1:9/", "gopher://127.0.0.1/",
                    "http://nowhere.invalid/"):
            box.post(SITE + "/webhooks", {"url": url})
        box.deploy()
        until("the failures", lambda: box.state()["webhooks"]["failed"] == 4)
        self.assertEqual(len(angry.got), 1)
        self.assertEqual(box.status(1), "finished")

    def test_that_were_deleted_get_nothing(self):
        receiver, other = self.receiver(), self.receiver()
        box = self.start("--speed", "1000")
        for one in (receiver, other):
            box.post(SITE + "/webhooks", {"url": one.url})
        first = box.get(SITE + "/webhooks").data[0]["id"]
        self.assertAnswer(box.request("DELETE", box.api + SITE + "/webhooks/" + first), 202)
        box.deploy()
        until("the other's", lambda: len(other.got) == 1)
        self.assertEqual(receiver.got, [])


class Page(Case):
    def page(self, box):
        return box.request("GET", box.root + "/", token=None).body.decode()

    def test_shows_what_there_is_and_what_was_asked(self):
        box = self.start_with_site("--speed", "1000", branch="<b>&")
        self.assertIn("never deployed", self.page(box))
        box.deploy()
        box.get("/nothing", token="wrong")
        until("the end", lambda: "finished" in self.page(box))
        text = self.page(box)
        for part in ("shop.example.com", "web-1", "&lt;b&gt;&amp;", "permissions",
                     "POST /api%s/deployments</td><td>202" % SITE,
                     "GET /api/nothing</td><td>404"):
            self.assertIn(part, text)

    def test_keeps_the_hook_s_token_for_itself(self):
        box = self.start()
        url = box.get(SITE + "/deployments/deploy-hook").attributes["url"]
        self.assertAnswer(box.request("GET", url, token=None), 200)
        self.assertIn("/deploy/http", self.page(box))
        self.assertNotIn(url.split("=")[1], self.page(box))


if __name__ == "__main__":
    unittest.main()
