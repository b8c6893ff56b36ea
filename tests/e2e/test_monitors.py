"""Alerts and events over HTTP, signed by other programs than the bridge's own."""
import base64
import hashlib
import hmac
import json
import os
import subprocess
import time
import urllib.parse

import actors
from actors import DATA, Scenario

KEY = b"the right one of 32 bytes, ....."
PLAIN = base64.b64encode(KEY).decode()
TOKEN = "a token, with a blank"
DEPLOY = [{"operation": "deploy", "server": "web-1", "site": "shop.example.com"}]
ALERT = {"name": "on-alert", "when": {"alert": {"state": "firing"}}, "do": DEPLOY}
PUSHED = {"name": "on-image", "do": DEPLOY,
          "when": {"type": "com.example.image.pushed", "payload": {"data": {"tag": "v1.2.0"}}}}
SOURCES = {
    "standard": {"kind": "standard-webhooks", "secret": ["${SIGNING}", "${PUBLIC}"]},
    "stripe": {"kind": "stripe", "secret": "${PLAIN}"},
    "shopify": {"kind": "shopify", "secret": "${PLAIN}"},
    "sentry": {"kind": "sentry", "secret": "${PLAIN}"},
    "pagerduty": {"kind": "pagerduty", "secret": "${PLAIN}"},
    "grafana": {"kind": "grafana", "secret": "${PLAIN}", "timestamp_header": "X-Time"},
    "alertmanager": {"kind": "alertmanager", "secret": "${TOKEN}"},
    "vercel": {"kind": "vercel", "secret": "${PLAIN}"},
    "linear": {"kind": "linear", "secret": "${PLAIN}"},
    "docker-hub": {"kind": "docker-hub", "secret": "${TOKEN}"},
    "registry": {"kind": "registry", "secret": "${TOKEN}"},
    "forge": {"kind": "forge", "secret": "${TOKEN}"},
    "basic": {"kind": "basic", "secret": "${PAIR}", "type": "legacy"},
    "events": {"kind": "cloudevents", "secret": "${TOKEN}", "origin": "sender.example.com",
               "rate": "120"},
}


def data(kind, name):
    with open(os.path.join(DATA, kind, name), "rb") as f:
        return f.read()


def digest(body, key=PLAIN.encode(), how=hashlib.sha256):
    return hmac.new(key, body, how)


def bearer():
    return {"Authorization": "Bearer " + TOKEN}


def query():
    return "?token=" + urllib.parse.quote(TOKEN, safe="")


class Monitors(Scenario):
    def open(self):
        self.broker = actors.Broker(self).start()
        self.forge = actors.Forge(self).start()
        self.spy = actors.Spy(self, self.broker).start()
        self.bridge = actors.Bridge(self, self.forge, self.broker, [ALERT, PUSHED])
        self.bridge.config["sources"].update(SOURCES)
        self.bridge.env.update(SIGNING="whsec_" + PLAIN, PLAIN=PLAIN, TOKEN=TOKEN,
                               PAIR="ada:pass:word", PUBLIC=self.make_pair())
        self.bridge.start()
        self.sender = actors.Sender(self.bridge)

    def openssl(self, *argv, **options):
        return subprocess.run(["openssl", *argv], stdout=subprocess.PIPE, check=True,
                              timeout=60, **options).stdout

    def make_pair(self):
        self.private = os.path.join(self.dir, "key.pem")
        self.openssl("genpkey", "-algorithm", "ed25519", "-out", self.private)
        public = self.openssl("pkey", "-in", self.private, "-pubout", "-outform", "DER")
        return "whpk_" + base64.b64encode(public[-32:]).decode()

    def post(self, source, body, headers=None, target="", status=202):
        headers = dict({"Content-Type": "application/json"}, **headers or {})
        answer = self.sender.request("POST", "/hooks/" + source + target, body, headers)
        self.assertEqual(answer.status, status, source)
        return answer

    def kept(self, source):
        """Type, id and subject of the source's deliveries."""
        return self.bridge.rows("SELECT type, sender_id, subject FROM delivery"
                                " WHERE source = ? ORDER BY seq", source)

    def test_one_rule_serves_the_alerts_of_all(self):
        self.open()
        now = str(int(time.time()))
        body = data("grafana", "firing.json")
        signed = digest(now.encode() + b":" + body).hexdigest()
        answers = [self.post("grafana", body, {"X-Grafana-Alerting-Signature": signed,
                                               "X-Time": now})]
        self.post("grafana", body, {"X-Grafana-Alerting-Signature": digest(body).hexdigest()},
                  status=401)
        body = data("pagerduty", "triggered.json")
        answers.append(self.post("pagerduty", body, {
            "X-PagerDuty-Signature": "v1=" + "0" * 64 + ",v1=" + digest(body).hexdigest()}))
        body = data("sentry", "event_alert.json")
        answers.append(self.post("sentry", body, {
            "Sentry-Hook-Resource": "event_alert", "Request-ID": "r-1",
            "Sentry-Hook-Signature": digest(body).hexdigest()}))
        body = data("alertmanager", "firing.json")
        pair = base64.b64encode(("prometheus:" + TOKEN).encode()).decode()
        answers.append(self.post("alertmanager", body, {"Authorization": "Basic " + pair}))
        self.assertTrue(self.post("alertmanager", body, bearer()).json["duplicate"])
        self.post("alertmanager", data("alertmanager", "resolved.json"), bearer())
        for answer in answers:
            self.ended(answer.json["delivery"])
        self.assertEqual(self.forge.deployments(), 4)

    def test_an_event_in_either_mode_starts_the_same(self):
        self.open()
        event = json.loads(data("cloudevents", "deployed.json"))
        structured = self.post("events", json.dumps(event).encode(), dict(
            bearer(), **{"Content-Type": "application/cloudevents+json"}))
        headers = {"ce-" + k: v for k, v in event.items()
                   if k not in ("data", "datacontenttype")}
        body = json.dumps(event["data"]).encode()
        target = "?access_token=" + urllib.parse.quote(TOKEN, safe="")
        self.assertTrue(self.post("events", body, headers, target).json["duplicate"])
        headers["ce-id"] = "B234"
        binary = self.post("events", body, headers, target)
        self.ended(structured.json["delivery"])
        self.ended(binary.json["delivery"])
        self.post("events", b"[]", dict(
            bearer(), **{"Content-Type": "application/cloudevents-batch+json"}), status=415)
        self.post("events", body, headers, status=401)
        payload = json.loads(self.bridge.rows(
            "SELECT payload FROM delivery WHERE id = ?", binary.json["delivery"])[0][0])
        self.assertEqual(payload, dict(event, id="B234"))

    def test_a_sender_that_asks_is_granted_what_is_configured(self):
        self.open()
        answer = self.sender.request("OPTIONS", "/hooks/events", headers={
            "WebHook-Request-Origin": "sender.example.com", "WebHook-Request-Rate": "500"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["WebHook-Allowed-Origin"], "sender.example.com")
        self.assertEqual(answer.headers["WebHook-Allowed-Rate"], "120")
        self.assertEqual(answer.headers["Allow"], "POST")
        answer = self.sender.request("OPTIONS", "/hooks/events", headers={
            "WebHook-Request-Origin": "other.example.com"})
        self.assertEqual(answer.status, 200)
        self.assertIsNone(answer.headers["WebHook-Allowed-Origin"])
        self.assertEqual(self.sender.request("OPTIONS", "/hooks/events").status, 400)
        self.assertEqual(self.sender.request("OPTIONS", "/hooks/stripe").status, 405)
        self.assertEqual(self.bridge.count("delivery"), 0)

    def test_standard_webhooks_by_either_algorithm(self):
        self.open()
        body = data("stripe", "event.json")
        for number, version in enumerate(("v1", "v1a")):
            headers = {"webhook-id": "msg_%d" % number,
                       "webhook-timestamp": str(int(time.time()))}
            text = b"%s.%s.%s" % (headers["webhook-id"].encode(),
                                  headers["webhook-timestamp"].encode(), body)
            signature = digest(text, KEY).digest() if version == "v1" else self.sign(text)
            headers["webhook-signature"] = "v2,AAAA %s,%s" % (
                version, base64.b64encode(signature).decode())
            self.post("standard", body, headers)
            self.post("standard", body + b" ", headers, status=401)
        self.assertEqual(self.kept("standard"), [("invoice.paid", "msg_0", None),
                                                 ("invoice.paid", "msg_1", None)])

    def sign(self, text):
        path = os.path.join(self.dir, "text")
        with open(path, "wb") as f:
            f.write(text)
        return self.openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.private, "-in", path)

    def test_each_of_the_others_is_kept_as_it_is_meant(self):
        self.open()
        now = int(time.time())
        body = data("stripe", "event.json")
        self.post("stripe", body, {"Stripe-Signature": "t=%d,v1=%s" % (
            now, digest(b"%d." % now + body).hexdigest())})
        body = data("shopify", "order.json")
        self.post("shopify", body, {
            "X-Shopify-Hmac-SHA256": base64.b64encode(digest(body).digest()).decode(),
            "X-Shopify-Topic": "orders/create", "X-Shopify-Webhook-Id": "w-1",
            "X-Shopify-Shop-Domain": "acme.myshopify.com"})
        body = data("vercel", "deployment.succeeded.json")
        self.post("vercel", body, {"x-vercel-signature": digest(
            body, how=hashlib.sha1).hexdigest()})
        body = data("linear", "issue.json").replace(b"1700000000000", b"%d000" % now)
        answer = self.post("linear", body, {
            "Linear-Signature": digest(body).hexdigest(), "Linear-Event": "Issue",
            "Linear-Delivery": "d-1"}, status=200)
        self.assertEqual(answer.body, b"")
        self.post("docker-hub", data("docker-hub", "push.json"), target=query())
        self.post("registry", data("registry", "push.json"), dict(
            bearer(), **{"Content-Type":
                         "application/vnd.docker.distribution.events.v1+json"}))
        self.post("basic", b"{}", {"Authorization": "Basic " + base64.b64encode(
            b"ada:pass:word").decode()})
        for kind, due in (("stripe", ("invoice.paid", "evt_1", None)),
                          ("shopify", ("orders/create", "w-1", "acme.myshopify.com")),
                          ("vercel", ("deployment.succeeded", "uev_1", None)),
                          ("linear", ("Issue", "d-1", None)),
                          ("docker-hub", ("push", None, "acme/shop:v1.2.0")),
                          ("registry", ("push", "320678d8-ca14-430f-8bb6-4ca139cd83f7",
                                        "acme/shop:v1.2.0")),
                          ("basic", ("legacy", None, None))):
            self.assertEqual(self.kept(kind), [due])

    def test_forge_tells_of_each_deployment(self):
        self.open()
        body, form = data("forge", "success.json"), data("forge", "failed.form")
        for _ in range(2):
            self.assertFalse(self.post("forge", body, target=query()).json["duplicate"])
        self.post("forge", form, {"Content-Type": "application/x-www-form-urlencoded"},
                  query())
        self.post("forge", body, target="?token=wrong", status=401)
        self.post("forge", body, status=401)
        subject = "web-1/shop.example.com"
        self.assertEqual(self.kept("forge"), [("deployment.success", None, subject),
                                              ("deployment.success", None, subject),
                                              ("deployment.failed", None, subject)])
