"""Every operation in the three forms that libforge has for it, against the sandbox: its typed
function, forge_call, and `forgebridge forge call`. Each succeeds, and fails with 403, 404
and 422 where it can. What is sent on the way is validated by ajv, which the project did not
write, against the catalogue's schemas, and against Forge's own description where that is at
hand."""
import concurrent.futures
import itertools
import json
import os
import re
import subprocess
import unittest
import urllib.parse

from actors import PROGRAM
from forge_calls import ID_FIELDS, OPERATIONS, Calls, merged, types
from forge_driver import Call, Driver, names_of
from forge_schemas import Original, validate
from recorder import Recorder
from sandbox_client import SECONDS, Sandbox, until
from sdk import Sdk

WORLD = {
    "requests_per_minute": 1000000,
    "organizations": [
        {"slug": "acme", "servers": [
            {"id": 1, "name": "web-1", "sites": [
                {"id": 1, "name": "shop.example.com", "repository": "acme/shop"},
                {"id": 2, "name": "blog.example.com", "repository": "acme/blog"}]},
            {"id": 2, "name": "web-2", "sites": [{"id": 3, "name": "other.example.com"}]}]}],
    "tokens": [{"token": "sandbox", "name": "all", "user": "ada"},
               {"token": "nothing", "name": "none", "user": "ada", "scopes": []}]}
# Things are made before they are asked for, children deleted before parents.
ORDER = {"POST": 0, "PUT": 1, "PATCH": 1, "GET": 2, "DELETE": 3}
ORDERED = sorted(OPERATIONS, key=lambda o: (ORDER[o["method"]], -o["path"].count("/")))
MISSING = "999999"
REFERENCES = {*ID_FIELDS, "server_id", "servers", "role_id"}  # fields that name things


def query_of(op):
    """One of each parameter that changes what a list shows, but not which."""
    query = {}
    for name, schema in op["query"].items():
        if name == "page[size]":
            query[name] = 30
        elif "items" in schema:
            query[name] = schema["items"]["enum"][:2]
    return query


class Fixed(Calls):
    """Bodies that fit, without a look at what is there."""

    def newest(self, path, fresh=False):
        return "1"

    def near(self, collection, path):
        return collection


def operation_of(request):
    """The operation that a request is for, by the catalogue's paths."""
    words = request.path[len("/api"):].split("/")
    found = []
    for op in OPERATIONS:
        parts = op["path"].split("/")
        if op["method"] == request.method and len(parts) == len(words) and all(
                p == w or p[:1] == "{" for p, w in zip(parts, words)):
            found.append(op)
    # one without parameters goes before one that has them at the same place
    return min(found, key=lambda op: len(names_of(op)))


def typed(text, schema):
    """A value of a path or a query as JSON has it; what is no number stays text."""
    if "array" in types(schema):
        return [typed(t, schema.get("items") or {}) for t in text.split(",")]
    if "integer" in types(schema) and re.fullmatch(r"-?\d+", text):
        return int(text)
    return {"true": True, "false": False}.get(text, text) if "boolean" in types(schema) else text


def form_of(request):
    """The members of a multipart body."""
    boundary = re.search(r"boundary=(\S+)", request.headers["Content-Type"])[1]
    parts = request.body.decode().split("--" + boundary)
    return {re.search(r'name="([^"]+)"', part)[1]: part.split("\r\n\r\n", 1)[1][:-2]
            for part in parts[1:-1]}


def closed(members, required):
    return {"type": "object", "properties": members, "additionalProperties": False,
            "required": sorted(required)}


def request_documents(request, original):
    """For ajv: the request by the catalogue, and by Forge's own description."""
    op = operation_of(request)
    words = request.path[len("/api"):].split("/")
    path = {p[1:-1]: urllib.parse.unquote(w)
            for p, w in zip(op["path"].split("/"), words) if p[:1] == "{"}
    body = None
    if request.body:
        kind = request.headers["Content-Type"].split(";")[0]
        assert kind == op["body"]["content_type"], request
        body = json.loads(request.body) if kind == "application/json" else form_of(request)
    else:
        assert not op.get("body", {}).get("required"), request
    for source, places, schema in descriptions(op, original):
        name = "%s: %r" % (source, request)
        yield {"name": name, "schema": closed(places["path"], places["path"]),
               "value": {n: typed(v, places["path"][n]) for n, v in path.items()}}
        yield {"name": name, "schema": closed(places["query"], []),
               "value": {n: typed(v, places["query"].get(n, {})) for n, v in request.query}}
        if body is not None:
            yield {"name": name, "schema": schema, "value": body}


def descriptions(op, original):
    schema = op["body"]["schema"] if "body" in op else None
    yield "catalogue", {"path": op["path_params"], "query": op["query"]}, schema and dict(
        schema, unevaluatedProperties=False)
    places = original.parameters(op) if original else None
    if places:
        ref = original.content(op, "requestBody")
        yield "original", places, {"$ref": ref, "unevaluatedProperties": False}


class Forms(Sdk):
    def begin(self, *options):
        seed = os.path.join(self.dir, "seed.json")
        with open(seed, "w", encoding="utf-8") as f:
            json.dump(WORLD, f)
        self.box = Sandbox("--speed", "1000", "--seed", seed, *options)
        self.addCleanup(self.box.stop)
        self.calls = Calls(self.box)
        self.recorder = Recorder(self, self.box.api)

    # --- what is called

    def good(self, op):
        if op["id"] == "organizations.teams.members.destroy":
            self.calls.make("/orgs/acme/teams")  # each has one member
        path = self.calls.path(op)
        if "domains.certificate.show" in op["id"] or "certificates.active" in op["id"]:
            certificates = path[:path.rindex("/certificate")] + "/certificates"
            self.calls.make(certificates)
            until("an active one", lambda: any(
                one["attributes"]["active"] for one in self.box.get(certificates).data))
        return Call(op, path, self.calls.body(op, path), query_of(op))

    def fixed(self, op, other="1"):
        """A call of things that may not be there; the last has this id."""
        places = {"organization": "acme", "region": "fsn1"}
        values = {n: places.get(n, "1") for n in names_of(op)}
        logs = op["path_params"].get("key", {}).get("type") == "string"
        if logs:
            values["key"] = "nginx-error"
        named = [n for n in values if n != "region" and not (logs and n == "key")]
        if other != "1" and named:
            values[named[-1]] = "nobody" if named[-1] == "organization" else other
        path = re.sub(r"\{(\w+)\}", lambda m: values[m[1]], op["path"])
        return Call(op, path, Fixed(self.box).body(op, path))

    def wrong(self, op):
        """One whose body does not fit; None when there is none such."""
        body = self.calls.wrong_body(op)
        call = self.fixed(op)
        call.body = body
        return call if body is not None else None

    # --- what must come of it

    def check_good(self, op, result):
        success = op["success"]
        self.assertEqual((result["kind"], result["message"]), ("ok", ""), result)
        self.assertEqual(result["status"], success["status"])
        self.assertEqual(bool(result["body"]), bool(success.get("content_type")), result)
        if success.get("resource") and not success.get("list"):
            self.assertEqual(result["resource"], json.loads(result["body"])["data"]["id"])

    def check_forbidden(self, op, result):
        self.assertEqual((result["kind"], result["status"]), ("forbidden", 403), result)
        self.assertEqual(result["scopes"], op["permissions"])
        for scope in op["permissions"]:
            self.assertIn(scope, result["message"])

    def check_missing(self, op, result):
        self.assertEqual((result["kind"], result["status"]), ("not found", 404), result)
        self.assertEqual(result["said"], "Resource not found.", result)

    def check_refused(self, op, result):
        self.assertEqual((result["kind"], result["status"]), ("refused", 0), result)
        self.assertTrue(result["errors"], result)

    def check_invalid(self, op, result):
        self.assertEqual((result["kind"], result["status"]), ("invalid", 422), result)
        self.assertEqual(result["said"], "The given data was invalid.")

    def dangling(self, op):
        """Calls that fit, and name a thing that is not there; (field, call) each."""
        members = merged(op["body"]["schema"])["properties"] if op.get("body") else {}
        for name in sorted(REFERENCES & set(members)):
            call = self.good(op)
            call.body[name] = [int(MISSING)] if "array" in types(members[name]) else int(MISSING)
            yield name, call

    def check_dangling(self, name, result):
        self.assertEqual((result["kind"], result["status"]), ("invalid", 422), result)
        self.assertEqual({field.split(".")[0] for field in result["errors"]}, {name})

    def validate_requests(self):
        original = Original.at_hand()
        documents = []
        for request in self.recorder.seen:
            documents += request_documents(request, original)
        validate(self, documents, original)


class Library(Forms):
    def test_every_operation_succeeds(self):
        self.begin()
        driver = Driver(self, self.recorder.url)
        for op in ORDERED:
            for how in ("typed", "call"):
                with self.subTest(op["id"], how=how):
                    self.check_good(op, driver.ask(how, self.good(op)))
        self.assertEqual(driver.end(), 0)
        self.assertEqual({operation_of(r)["id"] for r in self.recorder.seen},
                         {op["id"] for op in OPERATIONS})
        self.validate_requests()

    def test_what_forge_refuses_is_told_apart(self):
        self.begin()
        driver = Driver(self, self.recorder.url)
        counts = dict.fromkeys(("forbidden", "missing", "refused"), 0)
        for op, how in itertools.product(OPERATIONS, ("typed", "call")):
            with self.subTest(op["id"], how=how):
                if op["permissions"]:
                    self.check_forbidden(op, driver.ask(how, self.fixed(op), "nothing"))
                    counts["forbidden"] += 1
                if names_of(op):
                    self.check_missing(op, driver.ask(how, self.fixed(op, MISSING)))
                    counts["missing"] += 1
                sent = len(self.recorder.seen)
                if self.wrong(op):
                    self.check_refused(op, driver.ask(how, self.wrong(op)))
                    counts["refused"] += 1
                self.assertEqual(len(self.recorder.seen), sent)
        self.assertEqual(driver.end(), 0)
        print(counts)
        self.validate_requests()

    def test_what_forge_finds_invalid(self):
        self.begin("--fail", "422")
        driver = Driver(self, self.recorder.url)
        for op, how in itertools.product(OPERATIONS, ("typed", "call")):
            if op.get("body"):
                with self.subTest(op["id"], how=how):
                    self.check_invalid(op, driver.ask(how, self.fixed(op)))
        self.assertEqual(driver.end(), 0)
        self.validate_requests()

    def test_the_fields_that_forge_finds_invalid_are_named(self):
        self.begin()
        driver = Driver(self, self.recorder.url)
        checked = []
        for op in OPERATIONS:
            for name, call in self.dangling(op):
                with self.subTest(op["id"], field=name):
                    self.check_dangling(name, driver.ask("call", call))
                    checked.append((op["id"], name))
        self.assertEqual(driver.end(), 0)
        print(checked)
        self.validate_requests()


STATUSES = {"ok": 0, "refused": 2, "forbidden": 4, "missing": 1, "invalid": 1}


class CommandLine(Forms):
    """A process for each call, several at a time."""

    def run_it(self, call, token="sandbox"):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FORGE_")}
        p = subprocess.run(
            [PROGRAM, "forge", "call", "--yes", call.op["id"], *call.words()], capture_output=True,
            text=True, timeout=SECONDS, stdin=subprocess.DEVNULL,
            env=dict(clean, FORGE_URL=self.recorder.url, FORGE_TOKEN=token))
        return p.returncode, p.stdout, p.stderr

    def check(self, what, op, outcome):
        with self.subTest(op["id"], what=what):
            status, out, err = outcome
            self.assertEqual(status, STATUSES[what], err)
            if what == "ok":
                self.assertEqual(err, "")
                self.assertEqual(bool(out), bool(op["success"].get("content_type")), out)
                return
            self.assertEqual(out, "")
            if what == "forbidden":
                self.assertIn("%s needs the scope" % op["id"], err)
                for scope in op["permissions"]:
                    self.assertIn(scope, err)
            texts = {"missing": "404 (Resource not found.)", "refused": "/body/",
                     "invalid": "The given data was invalid."}
            self.assertIn(texts.get(what, ""), err)

    def play(self, todo):
        """(what, op, call, token) each; what is made ready first runs side by side."""
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            running = [(what, op, pool.submit(self.run_it, call, token))
                       for what, op, call, token in todo]
            for what, op, outcome in running:
                self.check(what, op, outcome.result())

    def succeed(self, operations):
        """By method, since a list is asked for after its things were made."""
        for _, group in itertools.groupby(operations, lambda op: ORDER[op["method"]]):
            self.play([("ok", op, self.good(op), "sandbox") for op in list(group)])

    def failures(self, op):
        if op["permissions"]:
            yield "forbidden", op, self.fixed(op), "nothing"
        if names_of(op):
            yield "missing", op, self.fixed(op, MISSING), "sandbox"
        if self.wrong(op):
            yield "refused", op, self.wrong(op), "sandbox"

    def test_one_of_each_area_and_method(self):
        """What make test has time for; the next one plays all."""
        self.begin()
        some = sorted({(op["tag"], op["method"]): op for op in ORDERED}.values(), key=ORDERED.index)
        self.succeed(some[::2])
        self.play(f for op in some[1::2] for f in list(self.failures(op))[-1:])
        self.validate_requests()

    def test_every_operation(self):
        self.begin()
        self.succeed(ORDERED)
        self.assertEqual({operation_of(r)["id"] for r in self.recorder.seen},
                         {op["id"] for op in OPERATIONS})
        self.play(f for op in OPERATIONS for f in self.failures(op))
        self.validate_requests()

    def test_every_body_may_be_invalid(self):
        self.begin("--fail", "422")
        self.play(("invalid", op, self.fixed(op), "sandbox") for op in OPERATIONS if op.get("body"))
        self.validate_requests()

    for deep in (test_every_operation, test_every_body_may_be_invalid):
        deep.deep_only, deep.seconds = True, 600
    del deep


if __name__ == "__main__":
    unittest.main()
