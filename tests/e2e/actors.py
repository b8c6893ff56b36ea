"""The actors of the end-to-end scenarios: real processes on free ports of loopback.

    class Push(Scenario):
        def test_becomes_a_deployment(self):
            self.start()                          # Broker, Forge, Bridge, Spy, Sender
            self.assertEqual(self.sender.push().status, 202)
            self.spy.wait("event/job/succeeded")
            self.assertEqual(len(self.forge.deployments()), 1)

Waiting is always for a condition, with a deadline and words for what did not come.
"""
import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

import mqtt

PROGRAM = os.environ.get("FORGEBRIDGE", "build/forgebridge")
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
SECRET = "It's a Secret to Everybody"
SECONDS = 30  # the usual deadline
LAZY = 1800  # seconds, mosquitto's own default
FIRST_PORT = 10240
given = set()  # ports


def until(what, condition, seconds=SECONDS):
    """Asks again and again until condition() is true; returns what it returned."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError("waited %d s for %s" % (seconds, what))
        pause.wait(0.02)


def free_port():
    """
    A port below those that the kernel gives to outgoing connections, one of which could take
    it before its server binds it (again). Processes look in places of their own.
    """
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
        count = int(f.read().split()[0]) - FIRST_PORT
    for i in range(count):
        port = FIRST_PORT + (os.getpid() * 16 + i) % count
        if port not in given and is_free(port):
            given.add(port)
            return port
    raise AssertionError("no port is free")


def is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def fixture(name):
    with open(os.path.join(DATA, "github", name), "rb") as f:
        return f.read()


class Log:
    """Lines of a process as they come; readers wait on a condition."""

    def __init__(self):
        self.lines, self.ended, self.changed = [], 0, threading.Condition()

    def follow(self, stream):
        with stream:
            for raw in stream:
                with self.changed:
                    self.lines.append(raw.decode("utf-8", "replace").rstrip("\n"))
                    self.changed.notify_all()
        with self.changed:
            self.ended += 1
            self.changed.notify_all()

    def wait(self, pattern, seconds=SECONDS, after=0, alive=lambda: True):
        """The first line from number `after` on that matches the regular expression."""
        deadline = time.monotonic() + seconds
        with self.changed:
            while True:
                for line in self.lines[after:]:
                    if re.search(pattern, line):
                        return line
                left = deadline - time.monotonic()
                if left <= 0 or not alive():
                    raise AssertionError("no line %r %s; the log:\n%s" % (
                        pattern, "after %d s" % seconds if left <= 0 else
                        "before the process ended", "\n".join(self.lines[-60:])))
                self.changed.wait(min(left, 0.2))


class Process:
    """A program whose standard output and error are read line by line."""
    name = "process"

    def __init__(self, scene):
        self.scene, self.process, self.log = scene, None, Log()
        scene.actors.append(self)

    def launch(self, argv, env=None):
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=dict(os.environ, **(env or {})),
            cwd=self.scene.dir)
        self.threads = [threading.Thread(target=self.log.follow, args=(s,), daemon=True)
                        for s in (self.process.stdout, self.process.stderr)]
        for t in self.threads:
            t.start()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait_end(self, seconds=SECONDS):
        """The exit status; all output has been read then."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError("%s did not end within %d s; its log:\n%s" % (
                self.name, seconds, "\n".join(self.log.lines[-60:]))) from None
        for t in self.threads:
            t.join(5)
        return status

    def stop(self, seconds=SECONDS):
        if self.alive():
            self.signal(signal.SIGTERM)
        return self.wait_end(seconds) if self.process else None

    def kill9(self):
        self.signal(signal.SIGKILL)
        return self.wait_end()

    def clean_up(self):
        if self.alive():
            self.process.kill()
        if self.process:
            self.wait_end()


class Broker(Process):
    """mosquitto, on the same port over restarts. persistent: it keeps its state on disk;
    "lazily": only when it ends cleanly."""
    name = "broker"

    def __init__(self, scene, persistent=False):
        super().__init__(scene)
        self.port = free_port()
        self.config = os.path.join(scene.dir, "mosquitto.conf")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write("listener %d 127.0.0.1\nallow_anonymous true\nuser root\n" % self.port)
            f.write("max_queued_messages 0\n")
            if persistent:
                f.write("persistence true\nautosave_interval %d\n"
                        "persistence_location %s/\n" % (
                            LAZY if persistent == "lazily" else 1, scene.dir))

    def start(self):
        self.launch(["/usr/sbin/mosquitto", "-c", self.config])
        until("the broker's port", self.listens, 10)
        return self

    def listens(self):
        if not self.alive():
            raise AssertionError("mosquitto ended: " + "\n".join(self.log.lines))
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False


class Spy:
    """Sees every notice. Topics are given and kept without the prefix."""
    name = "spy"

    def __init__(self, scene, broker, prefix="forgebridge/main", client_id=""):
        self.broker, self.prefix, self.client_id = broker, prefix, client_id
        self.messages, self.changed, self.subscriber = [], threading.Condition(), None
        scene.actors.append(self)

    def start(self):
        self.subscriber = mqtt.Subscriber(
            self.broker.port, [self.prefix + "/#"], self.take, self.client_id,
            clean=not self.client_id)
        return self

    def take(self, message):
        message.topic = message.topic[len(self.prefix) + 1:]
        with self.changed:
            self.messages.append(message)
            self.changed.notify_all()

    def all(self, topic, where=lambda m: True):
        """What came so far on a topic ("event/job/+" takes any last level)."""
        pattern = re.compile(re.escape(topic).replace(r"\+", "[^/]+") + "$")
        with self.changed:
            return [m for m in self.messages if pattern.match(m.topic) and where(m)]

    def wait(self, topic, count=1, where=lambda m: True, seconds=SECONDS):
        """The count-th message on the topic, waiting for it."""
        deadline = time.monotonic() + seconds
        with self.changed:
            while len(self.all(topic, where)) < count:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(
                        "waited %d s for notice %d on %s; there came:\n%s" % (
                            seconds, count, topic,
                            "\n".join(map(repr, self.messages[-60:]))))
                self.changed.wait(left)
            return self.all(topic, where)[count - 1]

    def events(self):
        """The CloudEvents by id, repeats dropped."""
        found = {}
        for m in self.all("event/+/+"):
            found.setdefault(m.json["id"], m.json)
        return list(found.values())

    def verbs(self, delivery):
        """What was told of one delivery, in order: ["delivery.accepted", ...]."""
        return [".".join(e["type"].split(".")[2:4]) for e in self.events()
                if e.get("correlationid") == delivery]

    def stop(self):
        if self.subscriber:
            self.subscriber.close()
            self.subscriber = None

    clean_up = stop


class Answer:
    def __init__(self, response):
        self.status, self.headers = response.status, response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return "%d %s" % (self.status, self.body[:300])


class Forge(Process):
    """The sandbox. Its faults and speed are options of its command."""
    name = "forge"

    def __init__(self, scene, *options):
        super().__init__(scene)
        self.options, self.address = options, "127.0.0.1:%d" % free_port()
        self.seed = os.path.join(scene.dir, "seed.yaml")
        with open(self.seed, "w", encoding="utf-8") as f:
            f.write("requests_per_minute: 100000\n")

    def start(self):
        after = len(self.log.lines)
        self.launch([PROGRAM, "sandbox", "--listen", self.address, "--speed", "20",
                     "--seed", self.seed, *self.options])
        line = self.log.wait("^ready", after=after, alive=self.alive)
        self.address = re.search(r"127\.0\.0\.1:\d+", line).group(0)
        self.url = "http://%s/api" % self.address
        return self

    def state(self):
        """What the sandbox has counted, by its own page (no part of the Forge API)."""
        c = http.client.HTTPConnection(self.address, timeout=10)
        try:
            c.request("GET", "/sandbox/state")
            return Answer(c.getresponse()).json
        finally:
            c.close()

    def deployments(self, site="shop.example.com"):
        """How many deployments the site ever had."""
        for s in self.state()["sites"]:
            if s["name"] == site:
                return s["deployments_created"]
        raise AssertionError("the sandbox has no site " + site)

    def commands(self, site="shop.example.com"):
        """The texts of the commands that the site was given."""
        return [c["command"] for s in self.state()["sites"] if s["name"] == site
                for c in s["commands"]]


DEPLOY_SHOP = {
    "name": "deploy-shop",
    "when": {"source": "github", "type": "push",
             "payload": {"ref": "refs/heads/main", "repository": {"full_name": "acme/shop"}}},
    "do": [{"id": "deploy", "operation": "deploy", "site": "shop.example.com",
            "server": "web-1"}],
}


def deploy_rule(name, site, when=None, **more):
    rule = dict(DEPLOY_SHOP, name=name, when=when or DEPLOY_SHOP["when"],
                do=[{"operation": "deploy", "site": site, "server": "web-1"}])
    rule.update(more)
    return rule


class Bridge(Process):
    """`forgebridge serve`. Change self.config before start() or reload()."""
    name = "bridge"

    def __init__(self, scene, forge=None, broker=None, rules=None):
        super().__init__(scene)
        self.wrapper = []  # a command that runs it
        self.file = os.path.join(scene.dir, "forgebridge.yaml")
        self.journal = os.path.join(scene.dir, "journal.db")
        self.address, self.admin_address = ("127.0.0.1:%d" % free_port() for _ in "12")
        forge_url = forge.url if forge else "http://127.0.0.1:%d/api" % free_port()
        self.config = {
            "listen": {"address": self.address},
            "admin": {"address": self.admin_address},
            "journal": {"url": "sqlite:" + self.journal, "reserve": "1MiB",
                        "min_free": "1MiB"},
            "forge": {"url": forge_url, "organization": "acme", "token": "${FORGE_TOKEN}",
                      "requests_per_minute": 6000},
            "sources": {"github": {"kind": "github", "secret": "${HOOK_SECRET}"}},
            "rules": rules if rules is not None else [DEPLOY_SHOP],
        }
        if broker:
            self.config["mqtt"] = {"url": "mqtt://127.0.0.1:%d" % broker.port,
                                   "topic": "forgebridge", "name": "main"}
        self.env = {"FORGE_TOKEN": "sandbox", "HOOK_SECRET": SECRET}

    def write_config(self):
        with open(self.file, "w", encoding="utf-8") as f:
            if isinstance(self.config, str):
                f.write(self.config)
            else:
                json.dump(self.config, f, indent=1)  # YAML takes JSON

    def start(self):
        """Starts, or starts again at the same addresses."""
        self.write_config()
        after = len(self.log.lines)
        self.launch([*self.wrapper, PROGRAM, "serve", "-c", self.file], self.env)
        line = self.log.wait("^ready", after=after, alive=self.alive)
        found = re.findall(r"127\.0\.0\.1:\d+", line)
        self.address = found[0]
        self.config["listen"]["address"] = found[0]
        if len(found) > 1:
            self.admin_address = found[1]
            self.config["admin"]["address"] = found[1]
        return self

    def reload(self):
        self.write_config()
        self.signal(signal.SIGHUP)

    def admin(self, path):
        c = http.client.HTTPConnection(self.admin_address, timeout=10)
        try:
            c.request("GET", path)
            return Answer(c.getresponse())
        finally:
            c.close()

    def metric(self, pattern):
        """Sum of the samples whose name and labels match."""
        return sum(float(line.rsplit(" ", 1)[1])
                   for line in self.admin("/metrics").body.decode().splitlines()
                   if not line.startswith("#") and re.search(pattern, line))

    def rows(self, query, *values):
        """Reads the journal's file as it is, while the bridge runs."""
        db = sqlite3.connect("file:%s?mode=ro" % self.journal, uri=True, timeout=10)
        try:
            return db.execute(query, values).fetchall()
        finally:
            db.close()

    def count(self, table):
        return self.rows("SELECT count(*) FROM " + table)[0][0]

    def run(self, *argv, status=0):
        """Another command of the program with this configuration; its output."""
        done = subprocess.run([PROGRAM, *argv], capture_output=True, timeout=60,
                              stdin=subprocess.DEVNULL, env=dict(os.environ, **self.env))
        if done.returncode != status:
            raise AssertionError("%s: exit status %d, not %d\n%s" % (
                " ".join(argv), done.returncode, status,
                (done.stdout + done.stderr).decode("utf-8", "replace")))
        return done.stdout


def github_signature(body, secret=SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Sender:
    """GitHub, as far as its webhooks go."""
    name = "sender"

    def __init__(self, bridge, secret=SECRET):
        self.bridge, self.secret, self.connection = bridge, secret, None

    def request(self, method, path, body=b"", headers=None):
        """One request on a connection of its own."""
        c = http.client.HTTPConnection(self.bridge.address, timeout=SECONDS)
        try:
            c.request(method, path, body or None, headers or {})
            return Answer(c.getresponse())
        finally:
            c.close()

    def headers(self, body, event="push", delivery=None, **changes):
        headers = {
            "Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/044aadd",
            "X-GitHub-Event": event, "X-GitHub-Hook-ID": "449210077",
            "X-GitHub-Delivery": delivery or str(uuid.uuid4()),
            "X-Hub-Signature-256": github_signature(body, self.secret)}
        headers.update({k.replace("_", "-"): v for k, v in changes.items()})
        return {k: v for k, v in headers.items() if v is not None}

    def send(self, body, event="push", delivery=None, path="/hooks/github", **changes):
        return self.request("POST", path, body,
                            self.headers(body, event, delivery, **changes))

    def push(self, delivery=None, ref="refs/heads/main", repository="acme/shop", after=None):
        payload = json.loads(fixture("push.json"))
        payload["ref"] = ref
        payload["repository"]["full_name"] = repository
        payload["repository"]["name"] = repository.split("/")[1]
        payload["after"] = after or uuid.uuid4().hex + "00000000"
        body = json.dumps(payload, separators=(",", ":")).encode()
        return self.send(body, "push", delivery)


class Scenario(unittest.TestCase):
    """A folder of its own, and every actor cleaned up; logs are shown at a failure."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="fb-")
        self.actors = []
        self.addCleanup(self.clean_up)

    def clean_up(self):
        outcome = self._outcome.result if self._outcome else None
        failed = outcome and any(test is self for test, _ in
                                 outcome.failures + outcome.errors)
        for actor in reversed(self.actors):
            actor.clean_up()
        if failed:
            for actor in self.actors:
                if isinstance(actor, Process):
                    print("--- %s\n%s" % (actor.name, "\n".join(actor.log.lines[-60:])))
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, rules=None, forge=(), persistent=False):
        """The whole cast, ready to play."""
        self.broker = Broker(self, persistent).start()
        self.forge = Forge(self, *forge).start()
        self.spy = Spy(self, self.broker).start()
        self.bridge = Bridge(self, self.forge, self.broker, rules).start()
        self.sender = Sender(self.bridge)
        self.spy.wait("state", where=lambda m: m.json["state"] == "online")

    def accepted(self, answer):
        """The delivery's id of a 202."""
        self.assertEqual(answer.status, 202, answer)
        self.assertFalse(answer.json["duplicate"], answer)
        return answer.json["delivery"]

    def ended(self, delivery, how="succeeded"):
        """Waits for the end of the job that a delivery started; its CloudEvent."""
        notice = self.spy.wait("event/job/" + how,
                               where=lambda m: m.json.get("correlationid") == delivery)
        return notice.json
