"""Chats: a command deploys, the first answer does not wait, a repeat starts nothing."""
import base64
import hashlib
import hmac
import json
import os
import subprocess
import time
import urllib.parse

import actors
from actors import DATA, Scenario, until

FORM = "application/x-www-form-urlencoded"
TEAMS_TOKEN = base64.b64encode(b"k" * 32).decode()
SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
ACCEPTED = {"response_type": "ephemeral", "text": "Accepted."}
# what must not be told: the way back, and what proves the sender
SLACK_SECRETS = ["hooks.slack.com", "gIkuvaNzQIHg97ATvDxqgjtO", actors.SECRET]
RULE = {"name": "deploy-shop", "when": {"chat": {"args": "shop"}},
        "do": [{"operation": "deploy", "server": "web-1",
                "site": "{{ chat.args[0] }}.example.com"}]}


def data(kind, name):
    with open(os.path.join(DATA, kind, name), "rb") as f:
        return f.read()


def source(kind):
    """A source of that kind; its name is part of a path."""
    return kind.replace(".", "-")


def slash(text, trigger=None, **changes):
    """A slash command's body in Slack's form."""
    fields = dict(urllib.parse.parse_qsl(data("slack", "command.form").decode()), text=text,
                  trigger_id=trigger or os.urandom(8).hex(), **changes)
    return urllib.parse.urlencode(fields).encode()


class Chat(Scenario):
    def open(self, rules=None, forge=True):
        self.broker = actors.Broker(self).start()
        self.forge = actors.Forge(self).start() if forge else None
        self.spy = actors.Spy(self, self.broker).start()
        self.bridge = actors.Bridge(self, self.forge, self.broker, rules or [RULE])
        self.bridge.env.update(TEAMS_TOKEN=TEAMS_TOKEN, DISCORD_PAIR=SEED + PUBLIC)
        secrets = {"teams": "${TEAMS_TOKEN}", "discord": "${DISCORD_PAIR}"}
        for kind in ("slack", "discord", "mattermost", "teams", "telegram", "rocket.chat"):
            self.bridge.config["sources"][source(kind)] = {
                "kind": kind, "secret": secrets.get(kind, "${HOOK_SECRET}")}
        self.change()
        self.bridge.start()
        self.sender = actors.Sender(self.bridge)

    def change(self):
        """For what a scenario has configured otherwise."""

    def slack(self, body, content_type=FORM, at=None, **headers):
        at = str(int(time.time()) if at is None else at)
        mac = hmac.new(actors.SECRET.encode(), b"v0:%s:%s" % (at.encode(), body),
                       hashlib.sha256).hexdigest()
        sent = {"Content-Type": content_type, "X-Slack-Request-Timestamp": at,
                "X-Slack-Signature": "v0=" + mac}
        sent.update({k.replace("_", "-"): v for k, v in headers.items()})
        return self.sender.request("POST", "/hooks/slack", body, sent)

    def newest(self):
        return self.bridge.rows("SELECT id FROM delivery ORDER BY id DESC LIMIT 1")[0][0]

    @staticmethod
    def text(message):
        return message.payload.decode()

    def tells_no_secret(self, secrets):
        one = self.newest()
        self.spy.wait("event/delivery/accepted", where=lambda m: one in self.text(m))
        told = "\n".join(map(self.text, self.spy.messages))
        for said in ("\n".join(self.bridge.log.lines), told):
            self.assertIn(one, said)
            for secret in secrets:
                self.assertNotIn(secret, said)


class Chats(Chat):
    def test_a_slash_command_deploys(self):
        self.open()
        answer = self.slack(slash('shop "next week" \U0001f680'))
        self.assertEqual((answer.status, answer.json), (200, ACCEPTED))
        self.ended(self.newest())
        self.assertEqual(self.forge.deployments(), 1)
        self.assertEqual(self.bridge.rows("SELECT type FROM delivery"), [("command",)])
        self.tells_no_secret(SLACK_SECRETS)

    def test_a_repeated_command_is_a_duplicate(self):
        self.open()
        body = slash("shop", "13345224609.738474920.80889308")
        for _ in range(3):
            answer = self.slack(body)
            self.assertEqual((answer.status, answer.json), (200, ACCEPTED))
        self.ended(self.newest())
        self.assertEqual(self.bridge.count("delivery"), 1)
        self.assertEqual(self.forge.deployments(), 1)
        self.bridge.log.wait("delivery repeated")
        # the same words with another trigger are another command
        self.slack(slash("shop", "13345224609.738474920.80889309"))
        until("a second delivery", lambda: self.bridge.count("delivery") == 2)

    def test_the_first_answer_comes_within_a_second_without_a_forge(self):
        self.open(forge=False)
        taken = []
        for _ in range(5):
            begin = time.monotonic()
            self.assertEqual(self.slack(slash("shop")).status, 200)
            taken.append(time.monotonic() - begin)
        self.assertLess(max(taken), 1.0, taken)
        self.assertEqual(self.bridge.count("job"), 5)

    def test_what_slack_asks_is_answered_and_not_kept(self):
        self.open()
        asked = b'{"token":"x","challenge":"3eZbrw1aBm2rZgRNFdx","type":"url_verification"}'
        answer = self.slack(asked, "application/json")
        self.assertEqual((answer.status, answer.json), (200, {"challenge": "3eZbrw1aBm2rZgRNFdx"}))
        check = "/hooks/slack?ssl_check=1&token=x"
        self.assertEqual(self.sender.request("GET", check).status, 200)
        self.assertEqual(self.sender.request("GET", "/hooks/slack").status, 400)
        self.assertEqual(self.sender.request("POST", "/hooks/slack", b"ssl_check=1&token=x",
                                             {"Content-Type": FORM}).status, 200)
        self.assertEqual(self.bridge.count("delivery"), 0)

    def test_a_button_is_answered_with_an_empty_200(self):
        self.open([dict(RULE, when={"chat": {"text": [{"prefix": "deploy"}],
                                             "user": ["U024BE7LH"]}},
                        do=[{"operation": "deploy", "server": "web-1",
                             "site": "shop.example.com"}])])
        body = b"payload=" + urllib.parse.quote_plus(data("slack", "block_actions.json")).encode()
        answer = self.slack(body)
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.ended(self.newest())
        self.assertEqual(self.forge.deployments(), 1)
        self.tells_no_secret(["hooks.slack.com", "9s8d9as89d8as9d8as989"])

    def test_slack_requests_that_are_not_genuine(self):
        self.open()
        body, now = slash("shop"), int(time.time())
        good = self.slack(slash("else"))
        self.assertEqual(good.status, 200)
        refused = [
            self.slack(body, X_Slack_Signature="v0=" + "0" * 64),
            self.slack(body, at=now - 310), self.slack(body, at=now + 310),
            self.slack(body, X_Slack_Request_Timestamp=str(now - 1)),
            self.sender.request("POST", "/hooks/slack", body, {"Content-Type": FORM}),
            self.sender.request("POST", "/hooks/slack", body + b"&ssl_check=1",
                                {"Content-Type": FORM})]
        self.assertEqual([a.status for a in refused], [401] * len(refused))
        self.assertEqual(len({a.body for a in refused}), 1)
        self.assertEqual(self.bridge.count("delivery"), 1)

    def send(self, kind, name, secret=actors.SECRET, *options):
        paths = []
        for part, content in (("body", data(kind, name)), ("secret", secret.encode())):
            paths.append(os.path.join(self.dir, part))
            with open(paths[-1], "wb") as f:
                f.write(content)
        form = ["--content-type", FORM] if name.endswith(".form") else []
        return json.loads(self.bridge.run(
            "send", "http://%s/hooks/%s" % (self.bridge.address, source(kind)),
            "--kind", kind,
            "--secret-file", paths[1], "--body", paths[0], "--json", *form, *options))

    def test_one_rule_serves_every_chat(self):
        self.open([dict(RULE, do=[{"operation": "deploy", "server": "web-1",
                                   "site": "shop.example.com"}])])
        secrets = {"teams": TEAMS_TOKEN, "discord": SEED + PUBLIC}
        for n, (kind, name) in enumerate([
                ("slack", "command.form"), ("discord", "command.json"),
                ("mattermost", "command.form"), ("teams", "message.json"),
                ("telegram", "command.json"), ("rocket.chat", "message.json")]):
            with self.subTest(kind):
                answer = self.send(kind, name, secrets.get(kind, actors.SECRET))
                self.assertEqual(answer["status"], 200)
                json.loads(answer["body"])
                self.ended(self.newest())
                self.assertEqual(self.forge.deployments(), n + 1)
        self.tells_no_secret([actors.SECRET, TEAMS_TOKEN, SEED, "hooks/commands",
                              "aW50ZXJhY3Rpb246MTox"])

    def test_tokens_in_the_body(self):
        self.open()
        right = json.dumps({"token": actors.SECRET, "text": "deploy shop",
                            "trigger_word": "deploy", "post_id": "1", "message_id": "1"})
        wrong = right.replace(actors.SECRET, "x" + actors.SECRET)
        for kind in ("mattermost", "rocket.chat"):
            with self.subTest(kind):
                ask = lambda body: self.sender.request(
                    "POST", "/hooks/" + source(kind), body.encode(), {"Content-Type": "application/json"})
                self.assertEqual(ask(wrong).status, 401)
                answer = ask(right)
                self.assertEqual((answer.status, answer.json), (200, {"text": "Accepted."}))
                self.ended(self.newest())
        self.tells_no_secret([actors.SECRET])


class DiscordWithOpenssl(Chat):
    """The bridge has the public key only; openssl signs, as somebody else's program."""

    def openssl(self, *argv):
        return subprocess.run(["openssl", *argv], stdout=subprocess.PIPE, check=True,
                              stdin=subprocess.DEVNULL, timeout=60).stdout

    def change(self):
        self.key = os.path.join(self.dir, "key.pem")
        self.openssl("genpkey", "-algorithm", "ed25519", "-out", self.key)
        public = self.openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")[-32:]
        self.bridge.env["DISCORD_PAIR"] = public.hex()

    def discord(self, body, at=None, signed=None):
        at = str(int(time.time()) if at is None else at)
        path = os.path.join(self.dir, "message")
        with open(path, "wb") as f:
            f.write(at.encode() + (body if signed is None else signed))
        signature = self.openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", path)
        return self.sender.request("POST", "/hooks/discord", body, {
            "Content-Type": "application/json", "X-Signature-Timestamp": at,
            "X-Signature-Ed25519": signature.hex()})

    def test_the_endpoint_is_validated_as_discord_does(self):
        self.open()
        ping = b'{"type":1,"id":"1","application_id":"2","token":"t","version":1}'
        answer = self.discord(ping)
        self.assertEqual((answer.status, answer.json), (200, {"type": 1}))
        self.assertEqual(self.discord(ping, signed=ping + b" ").status, 401)
        event = self.discord(b'{"version":1,"application_id":"2","type":0}')
        self.assertEqual((event.status, event.body), (204, b""))
        self.assertEqual(self.bridge.count("delivery"), 0)

    def test_a_command_deploys_once(self):
        self.open([dict(RULE, do=[{"operation": "deploy", "server": "web-1",
                                   "site": "{{ chat.args[1] }}.example.com"}])])
        for _ in range(2):
            answer = self.discord(data("discord", "command.json"))
            self.assertEqual((answer.status, answer.json), (200, {"type": 5}))
        self.ended(self.newest())
        self.assertEqual(self.forge.deployments(), 1)
        self.assertEqual(self.bridge.count("delivery"), 1)
        self.tells_no_secret(["aW50ZXJhY3Rpb246MTox"])

    def test_old_and_changed_requests_are_refused(self):
        self.open()
        body, now = data("discord", "command.json"), int(time.time())
        self.assertEqual(self.discord(body, at=now - 310).status, 401)
        self.assertEqual(self.discord(body, signed=body[:-1]).status, 401)
        self.assertEqual(self.discord(data("discord", "component.json")).json, {"type": 6})
