"""Every operation of the catalogue, driven against the sandbox: its success, and its 403,
404 and 422 where it has them. What comes is validated by ajv, which the project did not
write, against the catalogue's schemas, and against Forge's own OpenAPI description where
that is at hand (FORGE_OPENAPI, or ../shared/forge/openapi-2026-08.json)."""
import json
import unittest

from forge_calls import CATALOGUE, CSV, OPERATIONS, Calls, merged, multipart
from forge_schemas import ERRORS, Original, document, validate
from sandbox_client import Case, until


class Every(Case):
    """One sandbox for all; each operation is a subtest."""

    @classmethod
    def setUpClass(cls):
        cls.original = Original.at_hand()

    def begin(self, *options):
        box = self.start("--speed", "1000", *options, seed={
            "requests_per_minute": 1000000, "organizations": [
                {"slug": "acme", "servers": [
                    {"id": 1, "name": "web-1", "sites": [
                        {"id": 1, "name": "shop.example.com", "repository": "acme/shop"},
                        {"id": 2, "name": "blog.example.com", "repository": "acme/blog"}]},
                    {"id": 2, "name": "web-2", "sites": [
                        {"id": 3, "name": "other.example.com"}]}]},
                {"slug": "other", "servers": [{"id": 9, "name": "far-1"}]}],
            "tokens": [{"token": "sandbox", "name": "all", "user": "ada"},
                       {"token": "nothing", "name": "none", "user": "ada", "scopes": []}]})
        self.calls, self.documents = Calls(box), []
        return box

    def call(self, box, op, path, body, token="sandbox"):
        if op["id"].endswith("redirect-rules.import") and body:
            kind, data = multipart(dict(body, file=CSV))
            return box.request(op["method"], box.api + path, data, token=token, type=kind)
        return box.request(op["method"], box.api + path, body, token=token)

    def keep(self, op, answer):
        """For ajv in the end."""
        if not answer.body or "json" not in answer.headers["Content-Type"]:
            return
        name = "%s %d" % (op["id"], answer.status)
        good = answer.status < 300
        self.documents.append({"name": name, "value": answer.json,
                               "schema": document(op) if good else ERRORS})
        ref = self.original.reference(op, answer.status) if self.original else None
        if ref:
            self.documents.append({"name": "original: " + name, "value": answer.json,
                                   "ref": ref})

    def validate(self):
        validate(self, self.documents, self.original)

    def prepare(self, box, op, path):
        """What no collection at the path itself tells to make."""
        if "domains.certificate.show" in op["id"] or "certificates.active" in op["id"]:
            certificates = path[:path.rindex("/certificate")] + "/certificates"
            self.calls.make(certificates)
            until("an active one", lambda: any(
                one["attributes"]["active"] for one in box.get(certificates).data))
        if op["success"].get("list") and self.calls.can_make(path):
            self.calls.newest(path)

    def succeed(self, box, op):
        path = self.calls.path(op)
        self.prepare(box, op, path)
        answer = self.call(box, op, path, self.calls.body(op, path))
        success = op["success"]
        self.assertEqual(answer.status, success["status"], answer)
        if success.get("content_type"):
            self.assertEqual(answer.headers["Content-Type"].split(";")[0],
                             success["content_type"])
            self.assertNotEqual(answer.body, b"")
        else:
            self.assertEqual(answer.body, b"")
        if success.get("list") and op["method"] == "GET" and "network" not in op["id"]:
            self.assertTrue(answer.data or "archives" in op["id"], "an empty list")
        self.keep(op, answer)

    def test_succeeds_as_the_catalogue_says(self):
        box = self.begin()
        # things are made before they are asked for, children deleted before parents
        order = {"POST": 0, "PUT": 1, "PATCH": 1, "GET": 2, "DELETE": 3}
        for op in sorted(OPERATIONS, key=lambda o: (
                order[o["method"]], -o["path"].count("/"))):
            with self.subTest(op["id"]):
                self.succeed(box, op)
        self.assertEqual(set(box.state()["operations"]), {o["id"] for o in OPERATIONS})
        self.assertEqual(box.stop(), 0)  # under ASan: nothing leaked
        self.validate()

    def test_refuses_a_token_without_a_scope(self):
        box = self.begin()
        for op in OPERATIONS:
            with self.subTest(op["id"]):
                path = self.calls.path(op) if op["method"] != "DELETE" else op["path"]
                answer = self.call(box, op, path, None, token="nothing")
                if op["permissions"]:
                    self.assertAnswer(answer, 403, "This action is unauthorized.")
                    self.keep(op, answer)
                else:
                    self.assertNotIn(answer.status, (401, 403), answer)
        self.validate()

    def test_asks_for_every_scope_of_an_operation(self):
        box = self.begin()
        for op in OPERATIONS:
            for scope in op["permissions"] if len(op["permissions"]) > 1 else []:
                with self.subTest("%s without %s" % (op["id"], scope)):
                    others = [s for s in CATALOGUE["scopes"] if s != scope]
                    made = box.request("POST", box.root + "/sandbox/tokens",
                                       {"name": "t", "scopes": others}, token=None).json
                    answer = self.call(box, op, op["path"], None, token=made["token"])
                    self.assertAnswer(answer, 403)

    def test_finds_nothing_at_another_place(self):
        box = self.begin()
        for op in OPERATIONS:
            if not op["path_params"]:
                continue
            with self.subTest(op["id"]):
                path = self.calls.path(op)
                body = self.calls.body(op, path)
                for wrong in self.wrong_places(op, path):
                    answer = self.call(box, op, wrong, body)
                    self.assertAnswer(answer, 404, "Resource not found.")
                    self.keep(op, answer)
        self.validate()

    def wrong_places(self, op, path):
        """The path with another organisation, server, site or id."""
        names = op["path"].split("/")
        words = path.split("/")
        others = {"{organization}": ["nobody", "other"], "{server}": ["2", "9", "999999"],
                  "{site}": ["3", "999999"]}
        last = max(i for i, n in enumerate(names) if n[:1] == "{")
        for at, name in enumerate(names):
            if name[:1] != "{":
                continue
            below = [n for n in names[at + 1:] if n[:1] == "{"]
            for other in others.get(name, []):
                # what is there can be shown, unless the path asks for a thing below it
                is_there = (name, other) in (("{organization}", "other"), ("{server}", "2"))
                if is_there and (not below or "{key}" in below and "logs" in names):
                    continue
                if (name, other) == ("{site}", "3") and "{server}" not in names:
                    continue
                yield "/".join(words[:at] + [other] + words[at + 1:])
        if names[last] not in others and names[last] not in ("{region}", "{key}"):
            yield "/".join(words[:last] + ["999999"] + words[last + 1:])

    def test_checks_bodies_as_laravel_does(self):
        box = self.begin()
        for op in OPERATIONS:
            body = self.calls.wrong_body(op)
            if body is None:
                continue
            with self.subTest(op["id"]):
                answer = box.request(op["method"], box.api + self.calls.path(op), body)
                self.assertEqual(answer.status, 422, answer)
                self.assertEqual(set(answer.json), {"message", "errors"})
                self.assertTrue(answer.message.startswith(
                    list(answer.json["errors"].values())[0][0]))
                self.keep(op, answer)
        self.validate()

    def test_no_body_is_the_server_s_fault(self):
        box = self.begin()
        values = [None, True, -1, 0, 1, "1", "", "word", "\u00e9" * 300, 1.5, [], [1], ["x"],
                  [None], [{}], {}, {"id": 1}, [[]], [{"id": None, "server_id": "x"}]]
        for op in OPERATIONS:
            # (archiving server 1 would take away the place of all others)
            if "body" not in op or op["id"] == "organizations.servers.archives.store":
                continue
            path = self.calls.path(op)
            good = self.calls.body(op, path)
            names = sorted(merged(op["body"]["schema"])["properties"])
            bodies = [dict.fromkeys(names, v) for v in values] + values + [
                dict(good, **{name: v}) for name in names for v in values]
            with self.subTest(op["id"]):
                for body in bodies:
                    answer = box.request(op["method"], box.api + path, json.dumps(body).encode())
                    # (another name of a credential makes its old one unknown)
                    renamed = (404,) if "credentials.update" in op["id"] else ()
                    self.assertIn(answer.status, (200, 201, 202, 204, 422, *renamed),
                                  (body, answer))
        # what was stored on the way can be shown
        for op in OPERATIONS:
            if op["method"] == "GET":
                with self.subTest(op["id"]):
                    path = self.calls.path(op)
                    self.prepare(box, op, path)
                    answer = box.get(path)
                    self.assertEqual(answer.status, 200, answer)
                    self.keep(op, answer)
        self.assertEqual(box.stop(), 0)
        self.validate()

    for slow in (test_succeeds_as_the_catalogue_says, test_refuses_a_token_without_a_scope,
                 test_finds_nothing_at_another_place, test_checks_bodies_as_laravel_does,
                 test_no_body_is_the_server_s_fault, test_asks_for_every_scope_of_an_operation):
        slow.seconds = 300
    del slow


if __name__ == "__main__":
    unittest.main()
