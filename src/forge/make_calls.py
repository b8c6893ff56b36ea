#!/usr/bin/env python3
"""Writes the typed functions of libforge: make_calls.py OPERATIONS.json FOLLOW_TABLE.c FOLDER

One header an area, FOLDER/<area>.h; FOLDER/forge.h, which includes all; FOLDER/calls.c.
The rule of the names is in docs/SDK.md and in name_of() below."""
import collections
import json
import os
import re
import sys
import textwrap

NAMES = ("organization", "server", "site")
WIDTH = 90


def words(name):
    """deployment-log, storeOnBalancer, page[size] as parts of a C name."""
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()).strip("_")


def name_of(op_id):
    parts = op_id.split(".")
    if parts[0] in ("organizations", "organization") and len(parts) > 2:
        parts = parts[1:]
    if parts[:2] == ["servers", "sites"] and len(parts) > 3:
        parts = parts[1:]
    return "forge_" + words("_".join(parts))


def name_all(operations):
    """Where two names are the same, the longer id keeps its first word."""
    by_name = collections.defaultdict(list)
    for op in operations:
        by_name[name_of(op["id"])].append(op["id"])
    names = {}
    for name, ids in by_name.items():
        ids.sort(key=len)
        names[ids[0]] = name
        for longer in ids[1:]:
            names[longer] = "forge_" + words(longer)
    if len(set(names.values())) != len(operations):
        sys.exit("make_calls.py: two operations have the same name")
    return names


def types_of(schema):
    if "allOf" in schema:
        return "object"
    if "anyOf" in schema:
        return " or ".join(types_of(part) for part in schema["anyOf"])
    found = schema.get("type", "any value")
    text = found if isinstance(found, str) else " or ".join(found)
    if "items" in schema and schema["items"]:
        text += " of " + types_of(schema["items"])
    if "enum" in schema and len(schema["enum"]) <= 8:
        text = " | ".join(json.dumps(v) for v in schema["enum"])
    return text


def members(schema):
    """(name, schema, required), merged over allOf."""
    found = {}
    for part in schema.get("allOf", [schema]):
        for name, member in part.get("properties", {}).items():
            found.setdefault(name, [member, False])
            found[name][1] |= name in part.get("required", [])
    return [(name, *rest) for name, rest in sorted(found.items())]


def comment(paragraphs):
    lines = []
    for text, indent in paragraphs:
        lines += textwrap.wrap(text, WIDTH - 3 - len(indent), initial_indent="",
                               subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)
    return "/*\n" + "".join(" * %s\n" % line.replace("*/", "* /") for line in lines) + " */\n"


def waiting(op, rows):
    if op["processing"] != "async":
        return ""
    if rows[op["id"]]:
        return "; asynchronous, nothing to wait for: " + rows[op["id"]]
    return "; asynchronous, forge_wait follows it"


def attributes_of(resource, catalogue):
    schema = catalogue["resources"][resource]["properties"].get("attributes", {})
    return ", ".join(sorted(schema.get("properties", {})))


def describe(op, catalogue, rows):
    success = op["success"]
    text = [("%s: %s %s" % (op["summary"], op["method"], op["path"]), "  ")]
    text.append(("Scope: %s." % (", ".join(op["permissions"]) or "none"), "  "))
    what = "nothing"
    if success.get("resource"):
        what = "%s%s (%s)" % ("a page of " if success.get("list") else "", success["resource"],
                              attributes_of(success["resource"], catalogue))
    elif success.get("content_type"):
        what = success["content_type"]
    text.append(("Answer: %d, %s%s." % (success["status"], what, waiting(op, rows)), "  "))
    for name, schema in sorted(op["query"].items()):
        text.append(("query %s: %s" % (name, types_of(schema)), "    "))
    body = op.get("body")
    if body:
        if body["content_type"] != "application/json":
            text.append(("The body is sent as %s." % body["content_type"], "  "))
        for name, schema, required in members(body["schema"]):
            text.append(("body %s: %s%s" % (name, types_of(schema), "" if required else " (optional)"), "    "))
    return comment(text)


def in_path(op):
    return re.findall(r"\{(\w+)\}", op["path"])


def arguments(op):
    args = ["const char *" + words(p) for p in in_path(op)]
    if op["query"]:
        args.append("const char *query")
    if op.get("body"):
        args.append("const char *body")
    return ["struct forge_client *c"] + args


def prototype(kind, name, args):
    """Lines are broken between parameters only."""
    text = "%s%s(%s)" % (kind, name, ", ".join(args).replace(" ", "\xa0").replace(",\xa0", ", "))
    lines = textwrap.wrap(text, WIDTH - 8, subsequent_indent="\t", break_long_words=False)
    return "\n".join(lines).replace("\xa0", " ")


def declarations(op, name):
    later = ["forge_result_fn *on_result", "void *arg"]
    return (prototype("struct forge_call *", name, arguments(op) + later),
            prototype("struct forge_result *", name + "_sync", arguments(op)))


def definition(op, name, index):
    asynchronous, blocking = declarations(op, name)
    # in the order of the catalogue's table
    path = ", ".join(words(p) for p in sorted(op["path_params"]))
    fill = "\tconst char *const path[] = {%s};\n\tstruct typed t = {%d, path, %s, %s};\n" % (
        path or "NULL", index, "query" if op["query"] else "NULL", "body" if op.get("body") else "NULL")
    return ("%s\n{\n%s\treturn typed_call(c, &t, on_result, arg);\n}\n\n%s\n{\n%s\treturn typed_sync(c, &t);\n}\n" %
            (asynchronous, fill, blocking, fill))


def read_rows(path):
    """The table of what operations make: id -> why there is nothing to wait for, or None."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    prefixes = dict(re.findall(r'#define (\w+)\s+"(organizations[\w.]*)"', text))
    rows = {}
    for row in text.split("{.operation = ")[1:]:
        macro, name = re.match(r'(?:(\w+) )?"([^"]+)"', row).groups()
        reason = re.search(r'\.nothing =((?:\s*"[^"]*")+)', row)
        rows[prefixes.get(macro, "") + name] = "".join(re.findall(r'"([^"]*)"', reason[1])) if reason else None
    return rows


def header(area, operations, names, catalogue, rows):
    guard = "FORGE_%s_H" % words(area).upper()
    out = ["/* %s: made by make_calls.py from the catalogue. See forge/calls.h. */" % area,
           "#ifndef %s\n#define %s\n\n#include \"forge/calls.h\"\n" % (guard, guard),
           "#ifdef __cplusplus\nextern \"C\" {\n#endif\n"]
    for op in operations:
        out.append(describe(op, catalogue, rows) + "%s;\n%s;\n" % declarations(op, names[op["id"]]))
    out.append("#ifdef __cplusplus\n}\n#endif\n\n#endif\n")
    return "\n".join(out)


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)


def main():
    catalogue, folder = json.load(open(sys.argv[1], encoding="utf-8")), sys.argv[3]
    rows = read_rows(sys.argv[2])
    operations = sorted(catalogue["operations"], key=lambda op: op["id"])
    names = name_all(operations)
    areas = collections.defaultdict(list)
    for op in operations:
        areas[op["tag"]].append(op)
    for area, ops in areas.items():
        write(folder, words(area) + ".h", header(area, ops, names, catalogue, rows))
    included = ["calls", "client", "operation", "pages", "schema"] + sorted(map(words, areas))
    write(folder, "forge.h", "/* All of libforge: made by make_calls.py. */\n#ifndef FORGE_FORGE_H\n"
          "#define FORGE_FORGE_H\n\n" + "".join('#include "forge/%s.h"\n' % n for n in included) + "\n#endif\n")
    write(folder, "calls.c", "/* Made by make_calls.py from the catalogue. */\n" +
          "".join('#include "forge/%s.h"\n' % words(a) for a in sorted(areas)) + '#include "forge/typed.h"\n\n' +
          "\n".join(definition(op, names[op["id"]], i) for i, op in enumerate(operations)) +
          "\nconst char *const typed_names[] = {\n%s};\n" % "".join('\t"%s",\n' % names[op["id"]] for op in operations))


main()
