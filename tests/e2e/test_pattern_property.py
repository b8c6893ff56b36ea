"""Random patterns on random events: `pattern test` against a second, naive evaluator that
does what EventBridge's description says, flattening events and trying every assignment."""
import decimal
import ipaddress
import json
import os
import random
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("FORGEBRIDGE", os.path.join(ROOT, "build/forgebridge"))
KEYS = ["a", "b", "c"]
STRINGS = ["", "a", "ab", "aB", "b", "ba", "A", "10.0.0.1", "10.0.0.2", "010.0.0.1",
           "2001:db8::1", "2001:DB8:0::1", "\u00df", "SS", "\u00c4", "\u00e4b", "a*b", "\\"]
NUMBERS = ["1", "1.0", "1e0", "2", "-1", "0", "-0.0", "0.1", "1E-1", "9007199254740993",
           "9007199254740992", "1e400", "10"]
WILDCARDS = ["", "*", "a*", "*a", "a*b", "*b*", "\\*", "a\\*b", "\\\\", "*\\\\*", "a*a"]


class Number:
    """A number as it is written."""

    def __init__(self, text):
        self.text = text


# ---- the naive evaluator -----------------------------------------------------------

def comparable(text):
    number = float(text)
    exact = decimal.Decimal(text)
    if number in (float("inf"), float("-inf")):
        return None
    return number if decimal.Decimal(repr(number)) == exact else None


def address(text):
    if re.fullmatch(r"\d+\.\d+\.\d+\.\d+", text):
        parts = [int(p) for p in text.split(".")]
        return bytes(parts) if max(parts) < 256 else None
    try:
        return ipaddress.IPv6Address(text).packed if "." not in text else None
    except ValueError:
        return None


def folds(pattern, text, at_start, at_end):
    """Each character of the pattern is its lower or its upper case."""
    r = "".join("(?:%s|%s)" % (re.escape(c.lower()), re.escape(c.upper())) for c in pattern)
    r = ("" if at_start else ".*") + r + ("" if at_end else ".*")
    return re.fullmatch(r, text, re.S) is not None


def glob(pattern, text):
    r = re.sub(r"\\(.)|(\*)|([^\\*]+)",
               lambda m: re.escape(m[1]) if m[1] else ".*" if m[2] else re.escape(m[3]),
               pattern)
    return re.fullmatch(r, text, re.S) is not None


def text_operator(name, argument, text):
    if isinstance(argument, dict):
        argument = argument["equals-ignore-case"]
        return folds(argument, text, name == "prefix", name == "suffix")
    return {"prefix": text.startswith, "suffix": text.endswith,
            "exactly": text.__eq__,
            "equals-ignore-case": lambda a: folds(a, text, True, True),
            "wildcard": lambda a: glob(a, text)}[name](argument)


def numeric(terms, value):
    number = comparable(value.text) if isinstance(value, Number) else None
    if number is None:
        return False
    compare = {"=": number.__eq__, "<": number.__lt__, "<=": number.__le__,
               ">": number.__gt__, ">=": number.__ge__}
    return all(compare[op](float(n.text)) for op, n in zip(terms[::2], terms[1::2]))


def anything_but(argument, value):
    if isinstance(argument, dict):
        (name, wanted), = argument.items()
        wanted = wanted if isinstance(wanted, list) else [wanted]
        return not (isinstance(value, str) and
                    any(text_operator(name, w, value) for w in wanted))
    for wanted in argument if isinstance(argument, list) else [argument]:
        if isinstance(wanted, Number):
            if numeric(["=", wanted], value):
                return False
        elif isinstance(value, str) and wanted == value:
            return False
    return True


def literal(item, value):
    if isinstance(item, Number):
        return isinstance(value, Number) and (
            item.text == value.text or
            (comparable(item.text) is not None and numeric(["=", item], value)))
    if isinstance(item, str):
        own = address(item)
        if own is not None:
            return isinstance(value, str) and address(value) == own
        return isinstance(value, str) and item == value
    return item is value


def test(item, value):
    if not isinstance(item, dict):
        return literal(item, value)
    (name, argument), = item.items()
    if name == "exists":
        return argument
    if name == "anything-but":
        return anything_but(argument, value)
    if name == "numeric":
        return numeric(argument, value)
    if name == "cidr":
        net = ipaddress.ip_network(argument, False)
        own = address(value) if isinstance(value, str) else None
        return own is not None and len(own) == len(net.network_address.packed) and \
            ipaddress.ip_address(own) in net
    return isinstance(value, str) and text_operator(name, argument, value)


def branches(pattern, path, rules):
    for key, value in pattern.items():
        if key == "$or":
            rules = [r for member in value
                     for r in branches(member, path, [dict(b) for b in rules])]
        elif isinstance(value, dict):
            rules = branches(value, path + [key], rules)
        else:
            for rule in rules:
                rule[".".join(path + [key])] = value
    return rules


def flatten(value, path, members, fields, arrays):
    if isinstance(value, dict):
        for key, item in value.items():
            flatten(item, path + [key], members, fields, arrays)
    elif isinstance(value, list):
        arrays[0] += 1
        own = arrays[0]
        for i, item in enumerate(value):
            inside = isinstance(item, (dict, list))
            flatten(item, path, dict(members, **{str(own): i}) if inside else members,
                    fields, arrays)
    else:
        fields.append((".".join(path), value, members))
    return fields


def consistent(one, other):
    return all(other.get(k, i) == i for k, i in one.items())


def holds(rule, names, fields, members):
    if not names:
        return True
    name, items = names[0], rule[names[0]]
    near = [f for f in fields if f[0] == name and consistent(f[2], members)]
    if {"exists": False} in items and not near and holds(rule, names[1:], fields, members):
        return True
    return any(holds(rule, names[1:], fields, dict(members, **f[2])) for f in near
               if any(test(i, f[1]) for i in items if i != {"exists": False}))


def matches(pattern, event):
    fields = flatten(event, [], {}, [], [0])
    return any(holds(rule, sorted(rule), fields, {}) for rule in branches(pattern, [], [{}]))


# ---- random patterns and events ----------------------------------------------------

def scalar(r):
    return r.choice([r.choice(STRINGS), Number(r.choice(NUMBERS)), True, False, None,
                     r.choice(STRINGS)])


def operator(r):
    s = r.choice(STRINGS)
    some = r.choice([w for w in STRINGS if w])
    numbers = [Number(n) for n in NUMBERS if comparable(n) is not None]
    return r.choice([
        {"prefix": s}, {"suffix": s}, {"equals-ignore-case": s}, {"exactly": s},
        {"prefix": {"equals-ignore-case": s}}, {"suffix": {"equals-ignore-case": s}},
        {"wildcard": r.choice(WILDCARDS)}, {"exists": True}, {"exists": False},
        {"exists": False}, {"anything-but": s}, {"anything-but": r.sample(STRINGS, 3)},
        {"anything-but": r.choice(numbers)}, {"anything-but": r.sample(numbers, 2)},
        {"anything-but": {r.choice(["prefix", "suffix"]): some}},
        {"anything-but": {"equals-ignore-case": [s, some]}},
        {"anything-but": {"wildcard": r.sample(WILDCARDS, 2)}},
        {"numeric": [r.choice(["=", "<", "<=", ">", ">="]), r.choice(numbers)]},
        {"numeric": [r.choice([">", ">="]), Number("0"), r.choice(["<", "<="]),
                     Number("1.5")]},
        {"cidr": r.choice(["10.0.0.0/31", "10.0.0.1/8", "2001:db8::/32", "0.0.0.0/0"])}])


def leaf(r):
    return [scalar(r) if r.random() < 0.6 else operator(r) for _ in range(r.randint(1, 3))]


def make_pattern(r, depth):
    keys = r.sample(KEYS, r.randint(1, 3))
    out = {}
    for key in keys:
        if r.random() < 0.08:
            key += "." + r.choice(KEYS)
        deeper = depth < 3 and r.random() < 0.5
        out[key] = make_pattern(r, depth + 1) if deeper else leaf(r)
    if depth < 2 and r.random() < 0.1:
        out["$or"] = [make_pattern(r, depth + 1) for _ in range(2)]
    return out


def make_event(r, depth, kind=None):
    kind = kind or r.choice(["scalar"] * 4 + ["object"] * 3 + ["array"] * 3)
    if depth > 5 or kind == "scalar":
        return scalar(r)
    if kind == "array":
        return [make_event(r, depth + 1) for _ in range(r.randint(0, 3))]
    out = {}
    for key in r.sample(KEYS, r.randint(0, 3)):
        # a path spelled twice in one object is the documented exception
        if r.random() < 0.05:
            key += "." + r.choice(KEYS)
        out[key] = make_event(r, depth + 1)
    return out


def guided(r, pattern):
    """An event that has the pattern's fields, so that matches are not rare."""
    out = {}
    for key, value in pattern.items():
        if key == "$or":
            out.update(guided(r, r.choice(value)))
        elif isinstance(value, dict):
            below = [guided(r, value) for _ in range(r.randint(1, 2))]
            out[key] = r.choice([below[0], below, [below], make_event(r, 2)])
        elif r.random() < 0.85:
            near = [v for v in value if not isinstance(v, dict)] + [scalar(r)]
            out[key] = r.choice([r.choice(near), near, [r.choice(near), {"a": near}]])
    return out


def spelled_twice(event):
    if isinstance(event, list):
        return any(map(spelled_twice, event))
    if not isinstance(event, dict):
        return False
    first = [k.split(".")[0] for k in event]
    return len(set(first)) < len(first) or any(map(spelled_twice, event.values()))


def write(value):
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        return "{%s}" % ",".join("%s:%s" % (json.dumps(k), write(v)) for k, v in value.items())
    if isinstance(value, list):
        return "[%s]" % ",".join(map(write, value))
    return json.dumps(value)


def make_case(r):
    pattern = make_pattern(r, 0)
    event = guided(r, pattern) if r.random() < 0.7 else make_event(r, 0, "object")
    if spelled_twice(event):
        return None
    return {"pattern_text": write(pattern), "event_text": write(event),
            "matches": matches(pattern, event)}


class Property(unittest.TestCase):
    def check(self, seed, count):
        r = random.Random(seed)
        cases = [c for c in (make_case(r) for _ in range(count)) if c]
        self.assertGreater(sum(c["matches"] for c in cases), count / 20)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            json.dump(cases, f)
            f.flush()
            p = subprocess.run([PROGRAM, "pattern", "test", "--strict", f.name],
                               capture_output=True, text=True, timeout=300)
        self.assertEqual(p.returncode, 0, "seed %d\n%s" % (seed, p.stdout[-3000:]))

    def test_agrees_with_a_naive_evaluator(self):
        self.check(1, 4000)

    def test_agrees_with_a_naive_evaluator_at_length(self):
        for seed in range(100, 150):
            self.check(seed, 4000)
    test_agrees_with_a_naive_evaluator_at_length.deep_only = True
    test_agrees_with_a_naive_evaluator_at_length.seconds = 900


if __name__ == "__main__":
    unittest.main()
