"""The HTTP contract of the webhook listener."""
import json
import urllib.parse
import uuid

from actors import Bridge, Scenario, Sender, fixture, github_signature


class Answers(Scenario):
    def setUp(self):
        super().setUp()
        self.bridge = Bridge(self)
        self.bridge.config["rules"] = []
        self.bridge.config["sources"]["chatter"] = {
            "kind": "token", "secret": "${HOOK_SECRET}", "header": "X-Token"}
        self.bridge.start()
        self.sender = Sender(self.bridge)

    def is_problem(self, answer, status):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertEqual(answer.json["status"], status)

    def test_202_names_the_delivery(self):
        answer = self.sender.push()
        delivery = self.accepted(answer)
        self.assertRegex(delivery, "^[0-9A-HJKMNP-TV-Z]{26}$")
        self.assertEqual(answer.headers["Content-Type"], "application/json")

    def test_the_same_delivery_again_is_a_duplicate_and_starts_nothing(self):
        guid = str(uuid.uuid4())
        body = fixture("push.json")
        first = self.accepted(self.sender.send(body, delivery=guid))
        again = self.sender.send(body, delivery=guid)
        self.assertEqual((again.status, again.json),
                         (202, {"delivery": first, "duplicate": True}))
        self.assertEqual(self.bridge.count("delivery"), 1)

    def test_the_same_body_under_another_id_is_another_delivery(self):
        body = fixture("push.json")
        first, second = [self.accepted(self.sender.send(body)) for _ in range(2)]
        self.assertNotEqual(first, second)

    def test_every_cause_of_401_has_the_same_body(self):
        body = fixture("push.json")
        good = github_signature(body)
        causes = {
            "missing": None, "empty": "", "other secret": github_signature(body, "x"),
            "sha1": good.replace("sha256", "sha1"), "cut": good[:-1],
            "not hex": good[:-1] + "g", "no prefix": good[7:], "bare prefix": "sha256="}
        bodies = set()
        for cause, signature in causes.items():
            with self.subTest(cause):
                answer = self.sender.send(body, X_Hub_Signature_256=signature)
                self.is_problem(answer, 401)
                bodies.add(answer.body)
        self.assertEqual(len(bodies), 1, bodies)
        self.assertEqual(self.bridge.count("delivery"), 0)

    def test_a_changed_body_is_401(self):
        body = fixture("push.json")
        self.is_problem(self.sender.send(
            body + b" ", X_Hub_Signature_256=github_signature(body)), 401)

    def test_any_of_several_secrets_is_accepted(self):
        self.bridge.stop()
        self.bridge.env["OLD"] = "the one before"
        self.bridge.config["sources"]["github"]["secret"] = ["${HOOK_SECRET}", "${OLD}"]
        self.bridge.start()
        self.accepted(Sender(self.bridge).push())
        self.accepted(Sender(self.bridge, "the one before").push())
        self.is_problem(Sender(self.bridge, "another").push(), 401)

    def test_unknown_paths_are_404(self):
        for path in ("/", "/hooks", "/hooks/", "/hooks/gitlab", "/hooks/github/x",
                     "/hooks/%67ithub/..", "/metrics", "/healthz"):
            with self.subTest(path):
                self.is_problem(self.sender.send(fixture("push.json"), path=path), 404)

    def test_other_methods_are_405_with_allow(self):
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            with self.subTest(method):
                answer = self.sender.request(method, "/hooks/github")
                self.is_problem(answer, 405)
                self.assertEqual(answer.headers["Allow"], "POST")

    def test_a_body_over_the_limit_is_413_and_not_kept(self):
        self.bridge.stop()
        self.bridge.config["listen"]["body_bytes"] = "64KiB"
        self.bridge.start()
        pad = json.dumps({"ref": "x" * (64 << 10)}).encode()
        self.is_problem(self.sender.send(pad), 413)
        self.assertEqual(self.bridge.count("delivery"), 0)

    def test_other_content_types_are_415(self):
        self.is_problem(self.sender.send(fixture("push.json"), Content_Type="text/xml"), 415)

    def test_a_genuine_body_that_is_no_json_is_400(self):
        self.is_problem(self.sender.send(b'{"ref": '), 400)
        self.assertEqual(self.bridge.count("delivery"), 0)

    def test_a_form_is_accepted_as_github_sends_it(self):
        form = b"payload=" + urllib.parse.quote_plus(fixture("push.json")).encode()
        self.accepted(self.sender.send(
            form, Content_Type="application/x-www-form-urlencoded"))

    def test_ping_is_answered(self):
        answer = self.sender.send(fixture("ping.json"), "ping")
        self.assertIn(answer.status, (200, 202), answer)

    def test_a_token_is_as_good_as_the_secret(self):
        ask = lambda token: self.sender.request(
            "POST", "/hooks/chatter", b'{"a":1}',
            {"Content-Type": "application/json", "X-Token": token})
        self.accepted(ask("It's a Secret to Everybody"))
        self.is_problem(ask("It's a Secret to Everybodx"), 401)

    def test_without_an_id_the_body_tells_duplicates(self):
        ask = lambda body: self.sender.request(
            "POST", "/hooks/chatter", body, {
                "Content-Type": "application/json",
                "X-Token": "It's a Secret to Everybody"})
        first = self.accepted(ask(b'{"a":1}'))
        self.assertEqual(ask(b'{"a":1}').json, {"delivery": first, "duplicate": True})
        self.accepted(ask(b'{"a":2}'))

    def test_two_sources_may_share_an_id(self):
        self.bridge.stop()
        self.bridge.config["sources"]["mirror"] = {"kind": "github",
                                                   "secret": "${HOOK_SECRET}"}
        self.bridge.start()
        guid, body = str(uuid.uuid4()), fixture("push.json")
        self.accepted(self.sender.send(body, delivery=guid))
        self.accepted(self.sender.send(body, delivery=guid, path="/hooks/mirror"))
