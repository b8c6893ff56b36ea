#!/usr/bin/python3
"""Writes src/match/casemap.inc: lower and upper case of every character of the basic
plane as Unicode has them (full mappings, no locale), as runs of equal distance."""
import sys
import unicodedata


def mapped(code, change):
    text = change(chr(code))
    return ord(text) if len(text) == 1 else None


def runs(change):
    found = []
    for code in range(0x80, 0x10000):
        if 0xD800 <= code <= 0xDFFF:
            continue
        to = mapped(code, change)
        if to is None or to == code or to > 0xFFFF:
            continue
        delta = to - code
        last = found[-1] if found else None
        if last and last[3] == delta:
            step = code - last[1]
            if step in (1, 2) and (last[0] == last[1] or last[2] == step):
                found[-1] = (last[0], code, step, delta)
                continue
        found.append((code, code, 1, delta))
    return found


def table(name, change):
    lines = ["static const struct case_run %s[] = {" % name]
    for first, last, step, delta in runs(change):
        lines.append("\t{0x%04x, 0x%04x, %d, %d}," % (first, last, step, delta))
    return lines + ["};"]


def expansions():
    lines = ["static const struct case_expansion expansions[] = {"]
    for code in range(0x80, 0x10000):
        if 0xD800 <= code <= 0xDFFF:
            continue
        lower, upper = chr(code).lower(), chr(code).upper()
        if len(lower) == 1 and len(upper) == 1:
            continue
        quoted = ['"%s"' % "".join("\\x%02x" % b for b in t.encode()) if len(t) > 1
                  else "NULL" for t in (lower, upper)]
        lines.append("\t{0x%04x, %s, %s}," % (code, quoted[0], quoted[1]))
    return lines + ["};"]


out = ["/* Made by src/match/make-casemap.py from Unicode %s; do not edit. */"
       % unicodedata.unidata_version]
out += table("lower_runs", str.lower) + table("upper_runs", str.upper) + expansions()
sys.stdout.write("\n".join(out) + "\n")
