"""The servers that `make bench` compares: started, watched through /proc, stopped."""
import contextlib
import glob
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, "build/forgebridge")
EVHTTP = os.path.join(ROOT, "build/release/tests/bench/evhttp_bare")
PUSH = os.path.join(ROOT, "tests/data/github/push.json")
SECRET = "It's a Secret to Everybody"
ENV = dict(os.environ, HOOK_SECRET=SECRET, FORGE_TOKEN="sandbox",
           PATH=os.environ.get("PATH", "") + ":/usr/sbin")
TICKS = os.sysconf("SC_CLK_TCK")


def say(text):
    print(text, flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(what, condition, seconds=30):
    """Asks again and again until condition() holds; ends the run when it never does."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("waited %d s for %s" % (seconds, what))
        pause.wait(0.02)


def is_listening(port, process):
    if process.poll() is not None:
        sys.exit("%s ended with status %d" % (process.args[0], process.returncode))
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def wait_for_port(port, process):
    until("%s to listen" % process.args[0], lambda: is_listening(port, process))


class Server:
    """A process in a session of its own, listening on self.port."""

    def __init__(self, name, folder):
        self.name, self.folder, self.rounds = name, folder, []
        self.process, self.port = None, free_port()
        os.makedirs(folder)

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def launch(self, argv):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=ENV, start_new_session=True)
        wait_for_port(self.port, self.process)
        return self

    def stats(self):
        """{pid: fields of /proc/PID/stat behind the name} of the session's processes."""
        found = {}
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path, encoding="utf-8", errors="replace") as f:
                    pid, _, rest = f.read().partition(" ")
            except OSError:
                continue
            fields = rest.rpartition(")")[2].split()
            if fields[3] == str(self.process.pid):
                found[int(pid)] = fields
        return found

    def cpu(self):
        """Seconds of user and system time: all threads, those that ended, and children."""
        return sum(int(ticks) for fields in self.stats().values()
                   for ticks in fields[11:15]) / TICKS

    def memory(self):
        """MiB resident."""
        pages = sum(int(fields[21]) for fields in self.stats().values())
        return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)

    def settle(self):
        """Called behind the load of a round: waits for work that it left behind."""

    def verify(self, requests, most):
        """Called at the end with the requests answered, and with how many were sent."""

    def stop(self):
        if not self.process:
            return
        for pid in self.stats():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


class Nginx(Server):
    def start(self):
        conf = self.file("nginx.conf", """
            daemon off; master_process on; worker_processes 1; pid %(d)s/pid;
            error_log %(d)s/error.log; events { worker_connections 1024; }
            http { access_log off; keepalive_requests 1000000000;
                   client_body_temp_path %(d)s/body; proxy_temp_path %(d)s/p;
                   fastcgi_temp_path %(d)s/f; uwsgi_temp_path %(d)s/u; scgi_temp_path %(d)s/s;
                   server { listen 127.0.0.1:%(port)d; location / { return 204; } } }
            """ % {"d": self.folder, "port": self.port})
        return self.launch(["nginx", "-c", conf, "-e", self.folder + "/error.log"])


class Evhttp(Server):
    def start(self):
        return self.launch([EVHTTP, str(self.port)])


class Webhook(Server):
    """HMAC and one match, which does not hold: no command is run."""

    def start(self):
        hooks = self.file("hooks.json", json.dumps([{
            "id": "github", "execute-command": "/bin/true", "http-methods": ["POST"],
            "trigger-rule": {"and": [
                {"match": {"type": "payload-hmac-sha256", "secret": SECRET, "parameter": {
                    "source": "header", "name": "X-Hub-Signature-256"}}},
                {"match": {"type": "value", "value": "refs/heads/other", "parameter": {
                    "source": "payload", "name": "ref"}}}]}}]))
        return self.launch(["webhook", "-hooks", hooks, "-ip", "127.0.0.1", "-port",
                            str(self.port), "-nopanic"])


class Bridge(Server):
    """One source, one rule. The rule asks for another branch than the push has."""
    ref = "refs/heads/other"

    def __init__(self, name, folder):
        super().__init__(name, folder)
        self.journal = os.path.join(folder, "journal.db")
        self.admin_port = free_port()
        self.conf = {
            "listen": {"address": "127.0.0.1:%d" % self.port},
            "admin": {"address": "127.0.0.1:%d" % self.admin_port},
            "journal": {"url": "sqlite:" + self.journal, "reserve": "1MiB"},
            "forge": {"url": "http://127.0.0.1:9/api", "organization": "acme",
                      "token": "${FORGE_TOKEN}"},
            "log": {"level": "warning"},
            "sources": {"github": {"kind": "github", "secret": "${HOOK_SECRET}"}},
            "rules": [{"name": "deploy-shop",
                       "when": {"source": "github", "type": "push", "payload": {
                           "ref": self.ref, "repository": {"full_name": "acme/shop"}}},
                       "do": [{"operation": "deploy", "server": "web-1",
                               "site": "shop.example.com"}]}]}

    def start(self):
        return self.launch([PROGRAM, "serve", "-c",
                            self.file("forgebridge.yaml", json.dumps(self.conf))])

    def count(self, what):
        db = sqlite3.connect("file:%s?mode=ro" % self.journal, uri=True, timeout=30)
        with contextlib.closing(db):
            return db.execute("SELECT count(*) FROM " + what).fetchone()[0]

    def metric(self, name):
        """Sum of the samples that begin with name."""
        url = "http://127.0.0.1:%d/metrics" % self.admin_port
        with urllib.request.urlopen(url, timeout=30) as answer:
            text = answer.read().decode()
        return sum(float(value) for value in
                   re.findall(r"^%s.* (\S+)$" % re.escape(name), text, re.M))

    def check(self, what, rows, requests, most):
        if not requests <= rows <= most:
            sys.exit("%s: %d %s for %d requests answered 202, %d sent" % (
                self.name, rows, what, requests, most))

    def verify(self, requests, most):
        """Each request was a delivery of its own, and stands in the journal."""
        self.check("deliveries", self.count("delivery"), requests, most)
        if self.metric('forgebridge_deliveries_total{source="github",outcome="dup'):
            sys.exit("%s: duplicates among the requests" % self.name)


class MatchingBridge(Bridge):
    ref = "refs/heads/main"

    def verify(self, requests, most):
        super().verify(requests, most)
        self.check("jobs", self.count("job"), requests, most)


class Broker:
    def __init__(self, folder):
        self.port = free_port()
        conf = os.path.join(folder, "mosquitto.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write("listener %d 127.0.0.1\nallow_anonymous true\n" % self.port)
        self.process = subprocess.Popen(["mosquitto", "-c", conf], env=ENV,
                                        stdin=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        wait_for_port(self.port, self.process)
        self.conf = {"url": "mqtt://127.0.0.1:%d" % self.port, "topic": "forgebridge",
                     "name": "bench"}

    def stop(self):
        self.process.kill()
        self.process.wait()


class PublishingBridge(MatchingBridge):
    """A round ends when the broker has acknowledged all notices."""
    broker = None

    def start(self):
        self.broker = Broker(self.folder)
        self.conf["mqtt"] = self.broker.conf
        return super().start()

    def settle(self):
        until("the notices to be published",
              lambda: self.count("notice WHERE settled_us IS NULL") == 0, 300)

    def verify(self, requests, most):
        super().verify(requests, most)
        told = self.count("notice WHERE type LIKE '%.delivery.accepted.%'")
        self.check("notices", told, requests, most)

    def stop(self):
        super().stop()
        if self.broker:
            self.broker.stop()
