#!/usr/bin/env python3
"""Prints what libforge exports, one name a line: what its public headers declare.
make_exports.py [--map VERSION] HEADER ..."""
import re
import sys


def declared(path):
    with open(path, encoding="utf-8") as f:
        text = re.sub(r"/\*.*?\*/", " ", f.read(), flags=re.S)
    text = re.sub(r"^#.*$|extern \"C\" \{", "", text, flags=re.M)
    for statement in re.sub(r"\{[^{}]*\}", "", text).split(";"):
        if "typedef" in statement:
            continue
        function = re.search(r"\b(forge_\w+)\s*\(", statement)
        data = re.search(r"\bextern\b[^\"]*?\b(forge_\w+)\s*(\[\])?\s*$", statement)
        if function or data:
            yield (function or data).group(1)


args = sys.argv[1:]
version = args[1] if args[:1] == ["--map"] else None
names = sorted({name for path in args[2 if version else 0:] for name in declared(path)})
if version:
    print("%s {\n  global:\n%s  local: *;\n};" % (version, "".join("    %s;\n" % n for n in names)))
else:
    print("\n".join(names))
