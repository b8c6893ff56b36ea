"""The page of metrics: its format, its zeros, and the document that lists it."""
import os
import re

from actors import DATA, Bridge, Scenario, Sender, deploy_rule

NAME = "[a-z][a-z0-9_]*"
SAMPLE = re.compile(r'(%s)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+)\})? (\S+)$' % NAME)
FINAL = ("succeeded", "failed", "cancelled", "superseded", "expired")


class Page:
    """The text format 0.0.4, read as strictly as it can be written."""

    def __init__(self, text):
        self.types, self.help, self.samples, self.order = {}, {}, {}, []
        if not text.endswith("\n"):
            raise AssertionError("no line break at the end")
        for line in text.splitlines():
            self.take(line)

    def take(self, line):
        head = re.match("# (HELP|TYPE) (%s) (.+)$" % NAME, line)
        if head:
            kind, name, rest = head.groups()
            known = self.help if kind == "HELP" else self.types
            if name in known:
                raise AssertionError("twice: " + line)
            known[name] = rest
            if kind == "TYPE":
                self.order.append(name)
            return
        found = SAMPLE.match(line)
        if not found:
            raise AssertionError("no sample: " + line)
        name, labels, value = found.groups()
        if self.order[-1] != name or name not in self.help:
            raise AssertionError("not below its own HELP and TYPE: " + line)
        if (name, labels) in self.samples:
            raise AssertionError("the same series twice: " + line)
        self.samples[name, labels] = float(value)

    def value(self, name, **labels):
        text = ",".join('%s="%s"' % item for item in labels.items()) or None
        return self.samples[name, text]


class Metrics(Scenario):
    def page(self):
        answer = self.bridge.admin("/metrics")
        self.assertEqual(answer.headers["Content-Type"],
                         "text/plain; version=0.0.4; charset=utf-8")
        return Page(answer.body.decode())

    def quiet_bridge(self, rules, broker=None):
        self.bridge = Bridge(self, broker=broker, rules=rules).start()
        return self.page()

    def test_every_series_of_the_configuration_starts_at_0(self):
        page = self.quiet_bridge([deploy_rule("shop", "shop.example.com"),
                                  deploy_rule("blog", "blog.example.com")])
        for rule in ("shop", "blog"):
            self.assertEqual(page.value("forgebridge_rule_matches_total", rule=rule), 0)
            for state in FINAL:
                self.assertEqual(page.value("forgebridge_jobs_total", rule=rule,
                                            result=state), 0)
        for outcome in ("accepted", "duplicate", "answered", "not_genuine", "malformed",
                        "forbidden", "unavailable"):
            self.assertEqual(page.value("forgebridge_deliveries_total", source="github",
                                        outcome=outcome), 0)
        for cause in ("no_signature", "malformed", "mismatch", "stale", "ambiguous"):
            self.assertEqual(page.value("forgebridge_refusals_total", source="github",
                                        cause=cause), 0)
        self.assertEqual(page.value("forgebridge_deliveries_total", source="",
                                    outcome="unknown_source"), 0)
        for answer in ("none", "1xx", "2xx", "3xx", "4xx", "5xx"):
            self.assertEqual(page.value("forgebridge_forge_answers_total",
                                        account="default", **{"class": answer}), 0)

    def test_a_refusal_is_counted_by_its_cause(self):
        self.start()
        self.assertEqual(Sender(self.bridge, "another").push().status, 401)
        self.assertEqual(self.sender.send(b"{}", X_Hub_Signature_256="").status, 401)
        page = self.page()
        for cause, n in (("mismatch", 1), ("no_signature", 1), ("malformed", 0)):
            self.assertEqual(page.value("forgebridge_refusals_total", source="github",
                                        cause=cause), n)

    def test_a_reload_brings_new_series_and_keeps_the_counts(self):
        self.start()
        self.ended(self.accepted(self.sender.push()))
        self.bridge.config["rules"].append(deploy_rule(
            "later", "blog.example.com", {"source": "github", "type": "release"}))
        self.bridge.reload()
        self.bridge.log.wait("configuration reloaded")
        page = self.page()
        self.assertEqual(page.value("forgebridge_rule_matches_total", rule="later"), 0)
        self.assertEqual(page.value("forgebridge_rule_matches_total",
                                    rule="deploy-shop"), 1)

    def test_names_units_and_types_are_those_of_prometheus(self):
        page = self.quiet_bridge([])
        self.assertEqual(set(page.types), set(page.help))
        for name, kind in page.types.items():
            self.assertRegex(name, "^(forgebridge|process)_")
            self.assertEqual(name.endswith("_total"), kind == "counter", name)
            self.assertNotRegex(name, "_(ms|us|milliseconds|kib|mib|minutes)(_|$)")
        self.assertEqual([v for (n, _), v in page.samples.items()
                          if n == "forgebridge_build_info"], [1])

    def test_labels_are_escaped(self):
        page = self.quiet_bridge([deploy_rule('say "no\\yes"', "shop.example.com")])
        self.assertEqual(page.value("forgebridge_rule_matches_total",
                                    rule=r'say \"no\\yes\"'), 0)

    def test_the_document_lists_what_is_served(self):
        with open(os.path.join(DATA, "..", "..", "docs", "METRICS.md"),
                  encoding="utf-8") as f:
            listed = re.findall(r"^\| `(%s)` \| (\w+) \|" % NAME, f.read(), re.M)
        self.assertEqual(listed, list(self.quiet_bridge([]).types.items()))

    def test_many_rules_do_not_break_the_page(self):
        rules = [deploy_rule("rule-%d" % i, "shop.example.com") for i in range(1001)]
        page = self.quiet_bridge(rules)
        self.assertEqual(page.value("forgebridge_rule_matches_total", rule="rule-999"), 0)
        self.assertNotIn(("forgebridge_rule_matches_total", 'rule="rule-1000"'),
                         page.samples)
