"""Requests for every operation of the catalogue, made from its schemas: bodies that fit,
bodies that do not, and paths with the ids of things that are there or get made first."""
import itertools
import json
import os
import urllib.parse

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
with open(os.path.join(ROOT, "src", "forge", "operations.json"), encoding="utf-8") as f:
    CATALOGUE = json.load(f)
OPERATIONS = CATALOGUE["operations"]
BY_PLACE = {(o["method"], o["path"]): o for o in OPERATIONS}
FORMATS = {"uri": "http://127.0.0.1:9/",
           "uuid": "00000000-0000-4000-8000-000000000000"}
# What no schema tells: fields that name things, by the collection where those stand.
ID_FIELDS = {"database_id": "/database/schemas", "database_ids": "/database/schemas",
             "storage_provider_id": "/storage-providers", "recipe_id": "/recipes",
             "credential_id": "/server-credentials", "redirects": "/redirect-rules"}
ONE_FIELDS = {"server_id": 1, "servers": [1], "role_id": 1, "php_version": "8.4",
              "version": "php83"}
CSV = "from,to,type\n/old,/new,permanent\n\"/a,b\",/c,redirect\n"


def types(schema):
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else found


def merged(schema):
    """allOf as one object."""
    if "allOf" not in schema:
        return schema
    result = {"type": "object", "properties": {}, "required": []}
    for part in schema["allOf"]:
        for name, member in part.get("properties", {}).items():
            result["properties"].setdefault(name, member)
        result["required"] += part.get("required", [])
    return result


class Calls:
    """Fills in operations for the default world of a sandbox."""

    def __init__(self, box):
        self.box = box
        self.numbers = itertools.count(1)

    def value(self, name, schema, path):
        if name in ID_FIELDS:
            found = self.newest(self.near(ID_FIELDS[name], path))
            return [int(found)] if "array" in types(schema) else int(found)
        if name in ONE_FIELDS and "enum" not in schema:
            return ONE_FIELDS[name]
        if name == "version" and "php83" in schema["enum"]:
            # each time another one, so that none is there already
            return "php%d" % [70, 71, 72, 73, 74, 80, 81, 82, 83, 85][next(self.numbers) % 10]
        if name == "php_version":
            return "8.4"
        if "anyOf" in schema:
            return self.value(name, schema["anyOf"][0], path)
        if "enum" in schema:
            return schema["enum"][0]
        kind = types(schema)[0]
        if kind == "string":
            word = "word%d" % next(self.numbers)
            formats = dict(FORMATS, email=word + "@example.com")
            return formats.get(schema.get("format"), word)
        if kind in ("integer", "number"):
            return schema.get("minimum", 1)
        if kind == "array":
            return [self.value(name[:-1], schema["items"], path)]
        return {"boolean": True, "object": {}}[kind] if "properties" not in schema \
            else self.object(schema, path)

    def object(self, schema, path):
        schema = merged(schema)
        return {name: self.value(name, schema["properties"][name], path)
                for name in schema.get("required", [])}

    def near(self, collection, path):
        """The collection's path at the outermost place of path that has it."""
        parts = path.split("/")
        for n in range(2, len(parts) + 1):
            wanted = "/".join(parts[:n]) + collection
            if self.template(wanted):
                return wanted
        raise AssertionError("no %s near %s" % (collection, path))

    def template(self, path):
        """The template of a filled-in collection that can be listed; None."""
        words = path.split("/")
        for (method, template), op in BY_PLACE.items():
            parts = template.split("/")
            if method == "GET" and len(parts) == len(words) and op["success"].get("list") \
                    and all(p == w or p[:1] == "{" for p, w in zip(parts, words)):
                return template
        return None

    def ids(self, path):
        answer = self.box.get(path)
        if answer.status != 200:
            raise AssertionError("%s: %r" % (path, answer))
        return [one["id"] for one in answer.data]

    def make(self, path):
        """Adds one to a collection."""
        template = self.template(path)
        store = BY_PLACE.get(("POST", template))
        if not store:
            raise AssertionError("nothing makes a %s" % path)
        answer = self.box.post(path, self.body(store, path))
        if answer.status != store["success"]["status"]:
            raise AssertionError("POST %s: %r" % (path, answer))

    def newest(self, path, fresh=False):
        """The id of the newest of a collection, made when there is none."""
        known = [] if fresh else self.ids(path)
        if not known:
            self.make(path)
            known = self.ids(path)
        return max(known, key=lambda i: (int(i) if i.isdigit() else 0, i))

    def special_body(self, op):
        if op["id"] == "organizations.teams.store":
            return {"users": [{"id": 1, "role": {"id": 1}}],
                    "name": "team %d" % next(self.numbers)}
        if op["id"] == "organizations.roles.store":
            return {"name": "role %d" % next(self.numbers), "permissions": ["server:view"]}
        if op["id"] == "organizations.servers.archives.store":
            return {"server_id": int(self.newest("/orgs/acme/servers", fresh=True))}
        if op["id"] == "organizations.servers.store":
            return {"name": "s%d" % next(self.numbers), "provider": "hetzner", "type": "app",
                    "ubuntu_version": "24.04"}
        if op["id"] == "organizations.servers.sites.store":
            return {"type": "laravel", "name": "s%d.example.com" % next(self.numbers)}
        return None

    def body(self, op, path):
        if "body" not in op:
            return None
        return self.special_body(op) or self.object(op["body"]["schema"], path)

    def path(self, op):
        """A path whose things are all there; what is deleted is made for it."""
        parts, words = op["path"].split("/"), []
        deletes = op["method"] == "DELETE"
        for at, part in enumerate(parts):
            last = not any(p[:1] == "{" for p in parts[at + 1:])
            fresh = deletes and last and part == parts[-1]
            word = self.word(op, part, "/".join(words), fresh) if part[:1] == "{" else part
            words.append(urllib.parse.quote(word, safe=""))
        return "/".join(words)

    def word(self, op, part, collection, fresh):
        fixed = {"{organization}": "acme", "{region}": "fsn1", "{server}": "1",
                 "{site}": "1"}
        if part == "{key}" and collection.endswith("/logs"):
            return "nginx-error"
        if part in fixed and not fresh and "/archives" not in collection \
                and "/teams/" not in collection:
            return fixed[part]
        if part == "{user}":
            return "1"
        return self.newest(collection, fresh and self.can_make(collection))

    def can_make(self, collection):
        return ("POST", self.template(collection)) in BY_PLACE

    def wrong_body(self, op):
        """One that no schema check lets through; None when the operation takes none."""
        if "body" not in op:
            return None
        schema = merged(op["body"]["schema"])
        if schema.get("required"):
            return {}
        for name, member in sorted(schema["properties"].items()):
            if types(member) and "object" not in types(member):
                return {name: {"wrong": [1]}}
        return None


def multipart(fields):
    """Content type and body of a form with one file."""
    text = ""
    for name, value in fields.items():
        file = '; filename="rules.csv"\r\nContent-Type: text/csv' if name == "file" else ""
        text += '--mark\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (
            name, file, value)
    return "multipart/form-data; boundary=mark", (text + "--mark--\r\n").encode()
