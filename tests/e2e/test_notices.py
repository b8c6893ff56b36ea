"""docs/NOTICES.md, docs/asyncapi.yaml and docs/schemas, against the notices of real runs."""
import copy
import json
import os
import re
import subprocess

import npm
from actors import Bridge, Broker, Process, Scenario, deploy_rule, until

DOCS = os.path.join(npm.ROOT, "docs")
PACKAGES = ["ajv@8.20.0", "ajv-formats@3.0.1", "cloudevents@10.0.0",
            "@asyncapi/specs@6.11.1", "js-yaml@4.1.0"]
PARSER = ["@asyncapi/parser@3.6.6"]
SHOP = {"when": {"payload": {"repository": {"full_name": "acme/shop"}}}}
RELEASE = {"id": "release", "operation": "run-command", "site": "shop.example.com",
           "body": {"command": "php artisan release {{ payload.after | short | shell }}"}}
RULES = [
    dict(deploy_rule("deploy-shop", "shop.example.com", SHOP["when"], coalesce="latest"),
         do=[{"id": "deploy", "operation": "deploy", "site": "shop.example.com"}, RELEASE]),
    deploy_rule("deploy-blog", "blog.example.com",
                {"payload": {"repository": {"full_name": "acme/blog"}}},
                on_failure=[dict(RELEASE, id="up", body={"command": "php artisan up"})]),
    {"name": "deploy-nothing",
     "when": {"payload": {"repository": {"full_name": "acme/nothing"}}},
     "do": [{"operation": "deploy", "site": "nothing.example.com"}]},
    {"name": "no-queue", "when": {"payload": {"repository": {"full_name": "acme/no-queue"}}},
     "queue": "{{ payload.nothing }}",
     "do": [{"operation": "deploy", "site": "shop.example.com"}]},
]
STORY = {"delivery.accepted", "job.waiting", "job.started", "job.succeeded", "job.failed",
         "job.superseded", "step.started", "step.progress", "step.finished", "step.failed"}


def schema_of(name):
    with open(os.path.join(DOCS, "schemas", name + ".json"), encoding="utf-8") as f:
        return json.load(f)


def without_npm(message):
    """What can be said without a validator: the members that have to be there, and no other."""
    found, payload = [], message["payload"]
    pairs = [(message.get("schema"), payload)]
    if "schema" not in message and message["topic"].endswith("state"):
        pairs = [("site-state" if "/" in message["topic"] else "bridge-state", payload)]
    elif "schema" not in message:
        pairs = [("cloudevent", payload), (payload.get("type"), payload.get("data", {}))]
    for name, value in pairs:
        schema = schema_of(name)
        for member in set(schema["required"]) - value.keys():
            found.append("%s: %s is missing" % (name, member))
        for member, text in value.items():
            known = schema["properties"].get(member)
            if not known or known.get("const", text) != text:
                found.append("%s: %s" % (name, member))
    return found


class Judge(Scenario):
    def judge(self, messages):
        """The mistakes of each message."""
        folder = npm.install("notices", PACKAGES)
        if not folder:
            print("the npm registry is away: no independent validator")
            return [without_npm(m) for m in messages]
        file = os.path.join(self.dir, "messages.json")
        with open(file, "w", encoding="utf-8") as f:
            json.dump(messages, f)
        answer = json.loads(npm.run(folder, "notices.mjs", os.path.abspath(DOCS), file))
        self.assertEqual(answer["asyncapi"], [])
        return answer["judged"]

    def approve(self, messages):
        for message, mistakes in zip(messages, self.judge(messages)):
            self.assertEqual(mistakes, [], json.dumps(message, indent=1))


class RealRuns(Judge):
    def play(self):
        """Every kind of end that a job has, a duplicate, and a bridge that dies at work."""
        self.start(rules=RULES, forge=[
            "--fail", "failed-deploy@blog.example.com,lost@deploy:#2,slow@deploy:#1=1s"])
        first, second, third = [self.accepted(self.sender.push()) for _ in range(3)]
        self.spy.wait("event/job/started")
        self.bridge.kill9()
        self.spy.wait("state", where=lambda m: m.json["state"] == "lost")
        self.bridge.start()
        self.ended(first)
        self.ended(second, "superseded")
        self.ended(third)
        self.ended(self.accepted(self.sender.push(repository="acme/blog")), "failed")
        self.ended(self.accepted(self.sender.push(repository="acme/nothing")), "failed")
        self.ended(self.accepted(self.sender.push(repository="acme/no-queue")), "failed")
        twice = self.accepted(self.sender.push(repository="acme/other", delivery="twice"))
        self.spy.wait("event/delivery/accepted",
                      where=lambda m: m.json["correlationid"] == twice)
        count = len(self.spy.events())
        again = self.sender.push(repository="acme/other", delivery="twice")
        self.assertTrue(again.json["duplicate"])
        self.assertEqual(self.bridge.stop(), 0)
        self.spy.wait("state", where=lambda m: m.json["state"] == "offline")
        self.assertEqual(len(self.spy.events()), count)
        return [{"topic": m.topic, "payload": m.json} for m in self.spy.messages
                if m.topic != "outbox"]  # the bridge's own, no notice

    def test_every_notice_is_as_documented(self):
        messages = self.play()
        told = {".".join(m["payload"]["type"].split(".")[2:4]) for m in messages
                if "type" in m["payload"]}
        # Forge's answer to whom the kill interrupts may be away for a moment
        self.assertEqual(told - {"step.waiting"}, STORY)
        self.approve(messages)
        print("%d notices" % len(messages))

    test_every_notice_is_as_documented.seconds = 300

    def test_a_wrong_notice_would_be_found(self):
        self.start()
        self.ended(self.accepted(self.sender.push()))
        event = self.spy.wait("event/job/succeeded").json
        site = self.spy.wait("site/web-1/shop.example.com/state").json
        wrong = []
        for change in ({"id": "1"}, {"time": "yesterday"}, {"source": "the bridge"},
                       {"specversion": "0.3"}, {"undocumented": 1}, {"sequence": "7"},
                       {"type": "io.forgebridge.job.failed.v1"}, {"data": {}},
                       {"data": dict(event["data"], state="failed")},
                       {"data": dict(event["data"], more=1)}):
            wrong.append({"topic": "event/job/succeeded", "payload": dict(event, **change)})
        for attribute in ("id", "source", "type", "specversion", "correlationid", "data"):
            less = copy.deepcopy(event)
            del less[attribute]
            wrong.append({"topic": "event/job/succeeded", "payload": less})
        wrong.append({"topic": "event/job/sung", "payload": event})
        wrong.append({"topic": "site/web-1/shop.example.com/state",
                      "payload": dict(site, by=None)})
        wrong.append({"topic": "state", "payload": {"state": "gone"}})
        if not npm.install("notices", PACKAGES):
            self.skipTest("the npm registry is away: no independent validator")
        for message, mistakes in zip(wrong, self.judge(wrong)):
            self.assertNotEqual(mistakes, [], message)

    test_a_wrong_notice_would_be_found.seconds = 300


class Documents(Judge):
    def test_the_examples_of_the_page_are_right(self):
        """<!-- notice: TOPIC --> before a whole message, <!-- data: NOUN.VERB --> before
        its data."""
        with open(os.path.join(DOCS, "NOTICES.md"), encoding="utf-8") as f:
            found = re.findall(r"<!-- (notice|data): (\S+) -->\n```json\n(.*?)```", f.read(),
                               re.S)
        messages = [{"topic": name, "payload": json.loads(text)} if what == "notice" else
                    {"schema": "io.forgebridge.%s.v1" % name, "payload": json.loads(text)}
                    for what, name, text in found]
        shown = {name.replace("event/", "").replace("/", ".") for _, name, _ in found}
        self.assertEqual(STORY - shown, set())
        self.approve(messages)

    test_the_examples_of_the_page_are_right.seconds = 300

    def test_asyncapi_yaml_is_understood_by_its_parser(self):
        folder = npm.install("asyncapi", PARSER, 600)
        if not folder:
            self.skipTest("the npm registry is away")
        found = json.loads(npm.run(folder, "asyncapi.mjs", os.path.abspath(DOCS), seconds=120))
        self.assertEqual(found["mistakes"], [])
        self.assertEqual(found["messages"], len(os.listdir(DOCS + "/schemas")) - 1)

    test_asyncapi_yaml_is_understood_by_its_parser.deep_only = True
    test_asyncapi_yaml_is_understood_by_its_parser.seconds = 800


class BinaryMode(Scenario):
    def test_attributes_are_user_properties_and_data_is_the_payload(self):
        """The CloudEvents binding for MQTT 5, read by mosquitto_sub."""
        self.start(rules=[])
        self.bridge.stop()
        self.bridge.config["mqtt"]["mode"] = "binary"
        reader = Process(self)
        reader.name = "mosquitto_sub"
        reader.launch(["mosquitto_sub", "-V", "5", "-h", "127.0.0.1",
                       "-p", str(self.broker.port), "-F", "%J", "-t", "forgebridge/main/#"])
        reader.log.wait("offline", alive=reader.alive)  # retained: it listens
        self.bridge.start()
        delivery = self.accepted(self.sender.push())
        line = reader.log.wait("event/delivery/accepted", alive=reader.alive)
        message = json.loads(line)
        properties = message["properties"]
        self.assertEqual(properties["content-type"], "application/json")
        user = properties["user-properties"]
        wanted = set(schema_of("cloudevent")["required"]) - {"data", "datacontenttype"}
        self.assertEqual(wanted - user.keys(), set())
        self.assertEqual((user["specversion"], user["correlationid"]), ("1.0", delivery))
        self.assertEqual(message["payload"]["delivery"], delivery)
