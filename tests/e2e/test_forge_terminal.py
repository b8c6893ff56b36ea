"""`forgebridge forge` before somebody who watches: questions, live lines, logs."""
import json
import os
import pty
import signal
import subprocess
import threading
import unittest

from forge_proxy import Proxy
from sandbox_client import PROGRAM, SECONDS, Case, until

SITE = "shop.example.com"
LINE = "\r\x1b[K"


class Terminal:
    """A program whose stdin and stderr are a terminal; its stdout is a pipe."""

    def __init__(self, argv, env):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(argv, stdin=slave, stderr=slave,
                                        stdout=subprocess.PIPE, env=env)
        os.close(slave)
        self.shown, self.out = "", b""
        self.threads = [threading.Thread(target=f) for f in (self.watch, self.read_out)]
        for t in self.threads:
            t.start()

    def watch(self):
        while True:
            try:
                data = os.read(self.master, 4096)
            except OSError:  # the other side is closed
                return
            self.shown += data.decode()

    def read_out(self):
        self.out = self.process.stdout.read()
        self.process.stdout.close()

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        status = self.process.wait(SECONDS)
        for t in self.threads:
            t.join(SECONDS)
        os.close(self.master)
        return status


class Terminals(Case):
    def conf(self, api):
        return self.write({"forge": {"url": api, "organization": "acme",
                                     "token": "sandbox", "requests_per_minute": 6000}})


class Watched(Terminals):
    def run_it(self, box, *words, term="xterm"):
        env = {k: v for k, v in os.environ.items() if not k.startswith("FORGE_")}
        return Terminal([PROGRAM, "forge", *words, "-c", self.conf(box.api)],
                        dict(env, TERM=term))

    def asked(self, box, answer, *words):
        t = self.run_it(box, *words)
        until("the question", lambda: "Go on? [y/N]" in t.shown)
        t.type(answer)
        return t.end(), t.shown

    def test_a_deletion_is_asked_about(self):
        box = self.start()
        words = ["call", "organizations.servers.sites.destroy", "site=2"]
        for answer in ("n\n", "\n", "yeah\n", "\x04"):
            status, shown = self.asked(box, answer, *words)
            self.assertEqual(status, 1)
            self.assertIn("deletes or switches off", shown)
            self.assertIn("nothing was done", shown)
        self.assertEqual(box.state()["requests"]["calls"], 0)
        self.assertEqual(self.asked(box, "y\n", *words)[0], 0)
        self.assertEqual(len(box.state()["operations"]), 2)  # the site's server, and it

    def test_yes_asks_nothing(self):
        box = self.start()
        t = self.run_it(box, "call", "reboot", "server=web-1", "action=reboot", "--yes")
        self.assertEqual((t.end(), t.shown), (0, ""))

    def test_a_push_shows_the_difference_before_it_asks(self):
        box = self.start("--speed", "50")
        path = self.write("APP_NAME=Shop\nAPP_ENV=production\nAPP_DEBUG=false\n")
        status, shown = self.asked(box, "n\n", "env", "push", SITE, path)
        self.assertEqual(status, 1)
        self.assertLess(shown.index("+APP_NAME=Shop"), shown.index("Go on?"))
        self.assertEqual(self.asked(box, "yes\n", "env", "push", SITE, path)[0], 0)
        self.assertIn("APP_NAME=Shop", box.get("/orgs/acme/servers/1/sites/1/environment")
                      .attributes["content"])

    def test_a_deployment_has_one_line_that_lives(self):
        box = self.start("--speed", "5")
        t = self.run_it(box, "deploy", SITE)
        self.assertEqual(t.end(), 0)
        states = [s.rsplit(",", 1)[0] for s in t.shown.split(LINE)[1:]]
        for state in ("asking Forge", "queued", "deploying", "finished"):
            self.assertIn("deploying shop.example.com: " + state, states)
        self.assertEqual(t.shown.count("\n"), 1)
        self.assertTrue(t.out.strip())

    def test_seconds_pass_while_nothing_changes(self):
        box = self.start("--speed", "0.5")
        t = self.run_it(box, "deploy", SITE, "--timeout", "1500ms")
        self.assertEqual(t.end(), 6)
        self.assertIn("queued, 1 s", t.shown)

    def test_a_dumb_terminal_gets_lines(self):
        box = self.start("--speed", "50")
        t = self.run_it(box, "deploy", SITE, term="dumb")
        self.assertEqual(t.end(), 0)
        self.assertNotIn("\x1b", t.shown)
        self.assertEqual(t.shown.split()[-1], "finished")


class Proxied(Terminals):
    def proxy(self, box, change):
        proxy = Proxy(box, change)
        self.addCleanup(proxy.stop)
        return proxy

    def pipe(self, *words):
        return subprocess.Popen([PROGRAM, "forge", *words], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def test_a_hook_whose_answer_was_lost_is_not_called_twice(self):
        box = self.start("--speed", "20")
        proxy = self.proxy(box, lambda path, body: None if "/deploy/http" in path else body)
        p = self.pipe("deploy", SITE, "--commit", "abc", "-c", self.conf(proxy.api))
        _, err = p.communicate(timeout=SECONDS)
        self.assertEqual(p.returncode, 0, err)
        self.assertIn("looking for the deployment", err)
        self.assertEqual(box.site()["deployments_created"], 1)

    def test_logs_are_followed(self):
        texts = ["one\ntwo\n", "one\ntwo\nthree\n", "three\nfour\n", "", "five\n"]
        asked = []

        def change(path, body):
            if "/logs/application" not in path:
                return body
            answer = json.loads(body)
            asked.append(path)
            answer["data"]["attributes"]["content"] = texts[min(len(asked), len(texts)) - 1]
            return json.dumps(answer).encode()

        proxy = self.proxy(self.start("--speed", "50"), change)
        p = self.pipe("logs", SITE, "--follow", "-c", self.conf(proxy.api))
        lines = [p.stdout.readline().rstrip("\n") for _ in range(5)]
        until("a look more", lambda: len(asked) > len(texts))
        p.send_signal(signal.SIGINT)
        rest, err = p.communicate(timeout=SECONDS)
        self.assertEqual((lines, rest), (["one", "two", "three", "four", "five"], ""), err)
        self.assertEqual(p.returncode, -signal.SIGINT)


if __name__ == "__main__":
    unittest.main()
