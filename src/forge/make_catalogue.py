#!/usr/bin/env python3
"""Writes the catalogue of the Forge API as C: make_catalogue.py OPERATIONS.json ALIASES.json >catalogue.c"""
import json
import sys

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
# The catalogue's patterns are ECMA 262; checking is done with POSIX extended expressions.
POSIX = {
    r"^[^\s]+$": "^[^[:space:]]+$",
    r"^[a-z][\-a-z0-9_]*$": "^[a-z][-a-z0-9_]*$",
}
KNOWN = {"type", "enum", "format", "minLength", "maxLength", "minimum", "maximum", "pattern", "minItems", "default",
         "properties", "required", "items", "anyOf", "allOf"}

pool = {}  # C text of a definition -> its name
out = []


def text(s):
    if s is None:
        return "NULL"
    return json.dumps(s).replace("\\u007f", "\\177").replace("??", "?\\?")


def define(ctype, body):
    """A static definition; the same content is written once."""
    key = ctype + body
    if key not in pool:
        name = "d%d" % len(pool)
        pool[key] = name
        array = "[]" if ctype.endswith("[]") else ""
        out.append("static const %s%s%s = %s;" % (ctype.removesuffix("[]"), "" if ctype.endswith("*[]") else " ",
                                                  name + array, body))
    return pool[key]


def strings(items):
    return define("char *const[]", "{%s}" % ", ".join([text(i) for i in items] + ["NULL"]))


def types_of(schema):
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def merge(parts):
    """allOf of objects as one object; members that the parts see differently may be either."""
    result = {"type": "object", "properties": {}, "required": []}
    for part in parts:
        if set(part) - set(result) or part.get("type", "object") != "object":
            sys.exit("make_catalogue.py: allOf of something else than objects: %s" % sorted(part))
        for name, member in part.get("properties", {}).items():
            known = result["properties"].get(name)
            result["properties"][name] = {"anyOf": [known, member]} if known and known != member else member
        result["required"] += [n for n in part.get("required", []) if n not in result["required"]]
    return result


def limit(schema, word):
    return str(schema[word]) if word in schema else "FORGE_NO_LIMIT"


def fields_of(schema):
    rows = ["{%s, %s, &%s}" % (text(name), "true" if name in schema.get("required", []) else "false", compile_(member))
            for name, member in sorted(schema["properties"].items())]
    return define("struct forge_field[]", "{%s}" % ", ".join(rows))


def compile_(schema):
    unknown = set(schema) - KNOWN
    if unknown:
        sys.exit("make_catalogue.py: unknown schema words %s" % sorted(unknown))
    if "allOf" in schema:
        schema = merge(schema["allOf"])
    init = []
    types = types_of(schema)
    if "anyOf" in schema:
        if set(schema) - {"anyOf", "default"}:
            sys.exit("make_catalogue.py: anyOf beside %s" % sorted(schema))
        types = [t for part in schema["anyOf"] for t in types_of(part)] if all(map(types_of, schema["anyOf"])) else []
        init.append(".any_of = " + define("struct forge_schema *const[]", "{%s, NULL}" % ", ".join(
            "&" + compile_(part) for part in schema["anyOf"])))
    init.append(".types = %d" % sum({1 << TYPES.index(t) for t in types}))
    if "enum" in schema:
        init.append(".values = " + strings(str(v) for v in schema["enum"] if v is not None))
    if "format" in schema:
        init.append(".format = " + text(schema["format"]))
    if "pattern" in schema:
        if schema["pattern"] not in POSIX:
            sys.exit("make_catalogue.py: add %s to POSIX" % schema["pattern"])
        init.append(".pattern = %s, .regex = %s" % (text(schema["pattern"]), text(POSIX[schema["pattern"]])))
    if "default" in schema:
        init.append(".fallback = " + text(json.dumps(schema["default"])))
    for word, member in (("minLength", "min_length"), ("maxLength", "max_length"), ("minimum", "minimum"),
                         ("maximum", "maximum"), ("minItems", "min_items")):
        init.append(".%s = %s" % (member, limit(schema, word)))
    if schema.get("properties"):
        init.append(".fields = %s, .n_fields = %d" % (fields_of(schema), len(schema["properties"])))
    if schema.get("items"):
        init.append(".items = &" + compile_(schema["items"]))
    return define("struct forge_schema", "{%s}" % ", ".join(init))


def parameters(items, required):
    if not items:
        return "NULL, 0"
    rows = ["{%s, %s, &%s}" % (text(name), "true" if required else "false", compile_(schema))
            for name, schema in sorted(items.items())]
    return "%s, %d" % (define("struct forge_parameter[]", "{%s}" % ", ".join(rows)), len(rows))


def needs_body(body):
    """Forge's description calls some bodies optional that have fields which are not."""
    parts = body["schema"].get("allOf", [body["schema"]])
    return body["required"] or any(part.get("required") for part in parts)


def operation(op, alias):
    body = op.get("body")
    success = op["success"]
    return "\t{%s}," % ", ".join([
        text(op["id"]), text(alias), text(op["method"]), text(op["path"]), text(op["summary"]), text(op["tag"]),
        "true" if op["processing"] == "async" else "false", strings(op["permissions"]),
        parameters(op["path_params"], True), parameters(op["query"], False),
        text(body["content_type"] if body else None), "true" if body and needs_body(body) else "false",
        "&" + compile_(body["schema"]) if body else "NULL",
        str(success["status"]), text(success.get("content_type")), text(success.get("resource")),
        text(success.get("type")), "true" if success.get("list") else "false"])


def resource(name, schema):
    members = schema["properties"]
    kind = members.get("type", {}).get("enum", [None])[0]
    related = sorted(members.get("relationships", {}).get("properties", {}))
    return "\t{%s, %s, &%s, %s}," % (text(name), text(kind), compile_(members.get("attributes", {})), strings(related))


def main():
    catalogue = json.load(open(sys.argv[1], encoding="utf-8"))
    aliases = json.load(open(sys.argv[2], encoding="utf-8"))
    by_id = {target: alias for alias, target in aliases.items()}
    ids = {op["id"] for op in catalogue["operations"]}
    for alias, target in aliases.items():
        if target not in ids or alias in ids:
            sys.exit("make_catalogue.py: alias %s" % alias)
    operations = [operation(op, by_id.get(op["id"])) for op in sorted(catalogue["operations"], key=lambda o: o["id"])]
    resources = [resource(name, schema) for name, schema in sorted(catalogue["resources"].items())]
    print("/* Made by make_catalogue.py from operations.json and aliases.json. */")
    print('#include "forge/operation.h"\n#include "forge/schema.h"\n')
    print("\n".join(out))
    print("const struct forge_operation forge_operations[] = {\n%s\n};" % "\n".join(operations))
    print("const size_t forge_n_operations = %d;" % len(operations))
    print("const struct forge_resource forge_resources[] = {\n%s\n};" % "\n".join(resources))
    print("const size_t forge_n_resources = %d;" % len(resources))
    print("const char *const forge_scopes[] = {%s, NULL};" % ", ".join(map(text, catalogue["scopes"])))


main()
