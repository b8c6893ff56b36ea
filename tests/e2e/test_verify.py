"""`forgebridge verify` says why a captured request is not genuine."""
import base64
import hashlib
import hmac
import json
import os
import subprocess
import urllib.parse

import actors
from actors import Scenario, github_signature

BODY = json.dumps({"ref": "refs/heads/main", "text": "ä \"x\" /"}, separators=(",", ":")).encode()
NOW = 1776000000
TOKEN = "whsec_" + base64.b64encode(b"k" * 32).decode()


def gitlab_signature(body, at):
    mac = hmac.new(b"k" * 32, b"id-1.%d.%s" % (at, body), hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()


class Verify(Scenario):
    def verify(self, body, headers, *options, kind="github", secret=actors.SECRET):
        """Exit status, what was printed, the notes."""
        paths = {}
        for name, content in (("body", body), ("headers", headers), ("secret", secret)):
            paths[name] = os.path.join(self.dir, name)
            with open(paths[name], "wb") as f:
                f.write(content if isinstance(content, bytes) else content.encode())
        done = subprocess.run(
            [actors.PROGRAM, "verify", "--kind", kind, "--secret-file", paths["secret"],
             "--headers", paths["headers"], "--body", paths["body"], *options],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
        self.said = done.stdout + done.stderr
        return done.returncode, done.stdout, done.stderr

    def github(self, body, signed=None, secret=actors.SECRET, file_secret=actors.SECRET,
               *options):
        signature = github_signature(signed if signed is not None else body, secret)
        return self.verify(body, "X-GitHub-Event: push\nContent-Type: application/json\n"
                           "X-Hub-Signature-256: %s\n" % signature, *options,
                           secret=file_secret)

    def is_noted(self, result, words):
        self.assertEqual(result[0], 1, self.said)
        self.assertIn("not genuine", result[1])
        self.assertIn(words, result[2])

    def test_names_the_header_that_is_missing(self):
        self.is_noted(self.verify(BODY, "X-GitHub-Event: push\n"),
                      "missing or empty: X-GitHub-Delivery, X-Hub-Signature-256")

    def test_names_what_changed_the_body(self):
        pretty = json.dumps(json.loads(BODY), indent=2).encode()
        cases = [
            (BODY + b"\n", BODY, "without the line break at the body's end"),
            (BODY + b"\r\n", BODY, "without the line breaks at the body's end"),
            (BODY, BODY + b"\n", "with a line break at the body's end"),
            (b"{\r\n}", b"{\n}", "LF instead of CRLF"),
            (b"{\n}", b"{\r\n}", "CRLF instead of LF"),
            (b"\xef\xbb\xbf" + BODY, BODY, "byte order mark"),
            (pretty, BODY, "without blanks between its tokens"),
            (json.dumps(json.loads(BODY), ensure_ascii=False).encode(), BODY,
             "with \\u escapes"),
            (BODY, json.dumps(json.loads(BODY), ensure_ascii=False,
                              separators=(",", ":")).encode(), "without escapes"),
            (b"payload=" + urllib.parse.quote(BODY).encode(), BODY,
             "the sender signs JSON, a form arrived"),
            (BODY, b"payload=" + urllib.parse.quote(BODY, safe="").encode(),
             "the sender signed a form, JSON arrived"),
            (BODY, b"{}", "no usual cause fits"),
        ]
        for body, signed, words in cases:
            with self.subTest(words):
                self.is_noted(self.github(body, signed), words)

    def test_names_a_secret_that_is_written_wrongly(self):
        cases = [
            ("key", "key \n", "without the blanks or line breaks around the secret"),
            ("key", "key\r\n", "without the blanks or line breaks around the secret"),
            ("key\n", "key", "with a line break behind the secret"),
            ("key\r\n", "key", "with CRLF behind the secret"),
            ("raw key!", base64.b64encode(b"raw key!").decode(), "decoded from base64"),
            ("raw key!", b"raw key!".hex(), "decoded from hex"),
        ]
        for secret, given, words in cases:
            with self.subTest(words):
                self.is_noted(self.github(BODY, None, secret, given), words)

    def test_tells_a_length_that_differs(self):
        self.is_noted(self.verify(
            BODY[:-5], "X-GitHub-Event: push\nContent-Length: %d\nX-Hub-Signature-256: %s\n"
            % (len(BODY), github_signature(BODY))),
            "Content-Length says %d bytes, the body has %d" % (len(BODY), len(BODY) - 5))

    def gitlab(self, at, *options, signed_at=None):
        return self.verify(
            BODY, "X-Gitlab-Event: Push Hook\nwebhook-id: id-1\nwebhook-timestamp: %d\n"
            "webhook-signature: %s\n" % (at, gitlab_signature(BODY, signed_at or at)),
            "--now", str(NOW), *options, kind="gitlab", secret=TOKEN)

    def test_tells_how_far_a_clock_is_off(self):
        self.assertEqual(self.gitlab(NOW - 300)[0], 0, self.said)
        self.is_noted(self.gitlab(NOW - 301), "301 s behind the clock")
        self.assertIn("at its own time it is genuine\n", self.said)
        self.is_noted(self.gitlab(NOW + 3600), "3600 s ahead of the clock")
        self.is_noted(self.gitlab(NOW + 3600, signed_at=NOW), "not genuine either")

    def test_shows_the_right_signature_only_when_asked(self):
        right = github_signature(BODY)
        for result in (self.github(BODY, b"{}"), self.github(BODY, BODY + b"\n"),
                       self.verify(BODY, "X-GitHub-Event: push\n"),
                       self.verify(BODY, "X-Hub-Signature-256: sha256=1\n")):
            self.assertEqual(result[0], 1)
            self.assertNotIn(right[7:], self.said)
        shown = self.github(BODY, b"{}", actors.SECRET, actors.SECRET, "--show")
        self.assertIn("X-Hub-Signature-256: %s\n" % right, shown[1])
        shown = self.gitlab(NOW - 400, "--show", signed_at=1)
        self.assertIn("webhook-signature: %s\n" % gitlab_signature(BODY, NOW - 400), shown[1])
        self.assertNotIn(actors.SECRET, self.said)
        shown = self.verify(BODY, "X-Gitlab-Token: x\n", "--show", kind="gitlab")
        self.assertIn("there is no signature to show", shown[2])
        self.assertNotIn(actors.SECRET, self.said)
        self.verify(BODY, "Authorization: Basic eDp5\n", "--show", kind="azure-devops")
        self.assertNotIn(base64.b64encode(actors.SECRET.encode()).decode()[5:20], self.said)
        self.assertIn("there is no signature to show", self.said)

    def test_prints_all_of_it_as_json(self):
        status, out, _ = self.github(BODY + b"\n", BODY, actors.SECRET, actors.SECRET, "--json")
        said = json.loads(out)
        self.assertEqual((status, said["genuine"]), (1, False))
        self.assertIn("without the line break", said["note"])
        self.assertNotIn("expected", said)
