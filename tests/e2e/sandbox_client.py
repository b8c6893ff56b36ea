"""A sandbox of one's own and a client for it, for the tests of the sandbox itself."""
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

PROGRAM = os.environ.get("FORGEBRIDGE", "build/forgebridge")
SITE = "/orgs/acme/servers/1/sites/1"
SECONDS = 30


def until(what, condition, seconds=SECONDS):
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError("waited %d s for %s" % (seconds, what))
        pause.wait(0.01)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def data(self):
        return self.json["data"]

    @property
    def attributes(self):
        return self.data["attributes"]

    @property
    def names(self):
        return [one["attributes"]["name"] for one in self.data]

    @property
    def message(self):
        return self.json["message"]

    def __repr__(self):
        return "%d %s" % (self.status, self.body[:400])


class Sandbox:
    def __init__(self, *options):
        self.process = subprocess.Popen(
            [PROGRAM, "sandbox", "--listen", "127.0.0.1:0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready http://"):
            raise AssertionError("no ready line: " + line + self.process.communicate()[1])
        self.api = line.split()[1]
        self.root = self.api[:-len("/api")]

    def request(self, method, url, body=None, token="sandbox", type="application/json"):
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = "Bearer " + token
        if body is not None:
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers["Content-Type"] = type
        request = urllib.request.Request(url, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as r:
                return Answer(r.status, r.headers, r.read())
        except urllib.error.HTTPError as e:
            with e:
                return Answer(e.code, e.headers, e.read())

    def get(self, path, token="sandbox", **query):
        if query:
            names = {"size": "page[size]", "cursor": "page[cursor]", "name": "filter[name]",
                     "commit": "filter[commit_hash]", "status": "filter[status]"}
            path += "?" + urllib.parse.urlencode(
                {names.get(k, k): v for k, v in query.items()})
        return self.request("GET", self.api + path, token=token)

    def post(self, path, body=None, **more):
        return self.request("POST", self.api + path, body, **more)

    def deploy(self, site=SITE):
        return self.post(site + "/deployments")

    def status(self, deployment):
        return self.get("%s/deployments/%s" % (SITE, deployment)).attributes["status"]

    def state(self):
        return self.request("GET", self.root + "/sandbox/state", token=None).json

    def site(self, name="shop.example.com"):
        return next(s for s in self.state()["sites"] if s["name"] == name)

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(SECONDS)
        self.process.stdout.close()
        self.process.stderr.close()
        return status


class Case(unittest.TestCase):
    def start(self, *options, seed=None):
        if seed is not None:
            options += ("--seed", self.write(seed))
        box = Sandbox(*options)
        self.addCleanup(box.stop)
        return box

    def start_with_site(self, *options, **site):
        """One server with one site of these properties."""
        site = dict({"name": "shop.example.com", "repository": "acme/shop"}, **site)
        return self.start(*options, seed={"organizations": [
            {"slug": "acme", "servers": [{"name": "web-1", "sites": [site]}]}]})

    def write(self, seed):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as f:
            self.addCleanup(os.unlink, f.name)
            f.write(seed if isinstance(seed, str) else json.dumps(seed))
        return f.name

    def refused(self, *options):
        """Exit status and messages of a sandbox that must not start."""
        done = subprocess.run([PROGRAM, "sandbox", "--listen", "127.0.0.1:0", *options],
                              capture_output=True, text=True, timeout=SECONDS)
        self.assertEqual(done.stdout, "")
        return done.returncode, done.stderr

    def assertAnswer(self, answer, status, message=None):
        self.assertEqual(answer.status, status, answer)
        if message is not None:
            self.assertEqual(answer.message, message)
