"""What is valid by the catalogue's schemas, and by Forge's own OpenAPI description where that
is at hand (FORGE_OPENAPI, or ../shared/forge/openapi-2026-08.json); checked by ajv."""
import copy
import json
import os
import tempfile

import npm
from forge_calls import CATALOGUE, ROOT

PACKAGES = ["ajv@8.17.1", "ajv-formats@3.0.1"]
OPENAPI = os.environ.get("FORGE_OPENAPI") or os.path.join(
    ROOT, "..", "shared", "forge", "openapi-2026-08.json")
# Forge answers null here, whatever its description says: fresh things have not begun or
# ended, and a site's deployment_status is filled only while one runs.
NULLS = {"DeploymentResource": ["started_at", "ended_at"],
         "DeploymentStatusResource": ["started_at"], "SiteResource": ["deployment_status"],
         "CommandResource": ["duration"]}
ERRORS = {"type": "object", "required": ["message"], "properties": {
    "message": {"type": "string", "minLength": 1}, "errors": {
        "type": "object", "minProperties": 1, "additionalProperties": {
            "type": "array", "minItems": 1, "items": {"type": "string"}}}}}
PAGE = {"type": "object", "required": ["path", "per_page", "next_cursor", "prev_cursor"],
        "properties": {"path": {"type": "string"}, "per_page": {"const": 30},
                       "next_cursor": {"type": ["string", "null"]},
                       "prev_cursor": {"type": ["string", "null"]}}}


def nullable(schema):
    return {"anyOf": [schema, {"type": "null"}]}


def strict(name):
    """The catalogue's schema of a resource, without further attributes."""
    schema = copy.deepcopy(CATALOGUE["resources"][name])
    attributes = schema["properties"]["attributes"]
    attributes["additionalProperties"] = False
    schema["required"] = ["id", "type", "attributes", "links"]
    for attribute in NULLS.get(name, []):
        attributes["properties"][attribute] = nullable(attributes["properties"][attribute])
    return schema


def document(op):
    """The schema of an operation's success."""
    one = strict(op["success"]["resource"])
    whole = "page[cursor]" not in op["query"]
    if not op["success"].get("list"):
        return {"type": "object", "required": ["data"], "properties": {"data": one}}
    data = {"type": "array", "items": one}
    return {"type": "object", "required": ["data"] + ([] if whole else ["links", "meta"]),
            "properties": {"data": data, "meta": {} if whole else PAGE}}


class Original:
    """Forge's description: the schema of each answer, as a reference into it."""

    @classmethod
    def at_hand(cls):
        return cls() if os.path.exists(OPENAPI) else None

    def __init__(self):
        with open(OPENAPI, encoding="utf-8") as f:
            self.spec = json.load(f)
        for name, attributes in NULLS.items():
            known = self.spec["components"]["schemas"][name]["properties"]["attributes"]
            for attribute in attributes:
                known["properties"][attribute] = nullable(known["properties"][attribute])
        self.relax_links()

    def relax_links(self):
        """A list's links at its ends are null in Laravel."""
        def visit(node):
            if isinstance(node, dict):
                if set(node.get("properties", {})) == {"first", "last", "prev", "next"}:
                    for link in node["properties"].values():
                        link["type"] = ["string", "null"]
                for child in node.values():
                    visit(child)
            elif isinstance(node, list):
                for child in node:
                    visit(child)
        visit(self.spec)

    def follow(self, node, at):
        while "$ref" in node:
            at = node["$ref"][1:]
            node = self.spec
            for step in at.split("/")[1:]:
                node = node[step.replace("~1", "/").replace("~0", "~")]
        return node, at

    def find(self, op, *steps):
        """A part of an operation's description, and where it stands; None: it is not there."""
        method = op["method"].lower()
        node = self.spec["paths"].get(op["path"], {}).get(method)
        at = "/paths/%s/%s" % (op["path"].replace("/", "~1"), method)
        for step in steps:
            if not node or step not in node:
                return None, None
            node, at = self.follow(node[step], at + "/" + step.replace("/", "~1"))
        return node, at

    def content(self, op, *steps):
        """A reference to the schema of a body; None when the description does not have it."""
        node, at = self.find(op, *steps)
        for kind in (node or {}).get("content", {}):
            pointer = at + "/content/" + kind.replace("/", "~1") + "/schema"
            return "forge#" + pointer.replace("{", "%7B").replace("}", "%7D")
        return None

    def reference(self, op, status):
        return self.content(op, "responses", str(status))

    def parameters(self, op):
        """{"path": {name: schema}, "query": {...}}; None when it does not have op."""
        node, _ = self.find(op)
        if not node:
            return None
        found = {"path": {}, "query": {}}
        for one in node.get("parameters", []):
            one, _ = self.follow(one, "")
            if one["in"] in found:
                found[one["in"]][one["name"]] = self.inline(one["schema"])
        return found

    def inline(self, node):
        """A schema (none that holds itself) without references."""
        if isinstance(node, dict):
            return {k: self.inline(v) for k, v in self.follow(node, "")[0].items()}
        return [self.inline(v) for v in node] if isinstance(node, list) else node


def validate(test, documents, original):
    """By ajv: {"name", "value", "schema" or "ref"} each."""
    folder = npm.install("ajv", PACKAGES)
    if not folder:
        test.skipTest("the npm registry is away: there is no ajv")
    lines = [{"add": "forge", "schema": original.spec}] if original else []
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        f.writelines(json.dumps(one) + "\n" for one in lines + documents)
        f.flush()
        out = npm.run(folder, "ajv.mjs", f.name, seconds=120)
    *wrong, last = map(json.loads, out.splitlines())
    test.assertEqual(last["checked"], len(documents))
    print("%d documents validated%s" % (
        last["checked"], "" if original
        else "; not against Forge's own description: %s is not there" % OPENAPI))
    for one in wrong:
        with test.subTest(one["name"]):
            test.fail(json.dumps(one["errors"], indent=1)[:2000])
