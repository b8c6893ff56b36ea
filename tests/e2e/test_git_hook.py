"""Real pushes between two repositories; the hook tells the bridge, once a ref."""
import json
import os
import shutil
import socket
import subprocess
import threading

import actors
from actors import Bridge, Scenario, until

HOOK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy",
                    "git-hooks", "post-receive")
ZEROS = "0" * 40
NAME = "Żoë \"Quote\" O'Neil \\ Ü"
MESSAGE = "Ein \"Zitat\", ein Umlaut: ä\n\nUnd \\ noch\ta\n  mehr: $(id) `id` %s"
PATHS = ["plain.txt", "with blank.txt", "quo\"te'.txt", "umläut/ß.txt", "back\\slash",
         "tab\there", "new\nline", "$(touch x)", "-dash", "日本.txt"]


class Repository(Scenario):
    """A bare repository on the server with the hook, and a clone that pushes to it."""

    def setUp(self):
        super().setUp()
        self.bridge = Bridge(self)
        self.bridge.config["sources"]["repo"] = {"kind": "git", "secret": "${HOOK_SECRET}"}
        self.bridge.config["rules"] = []
        self.secret_file = os.path.join(self.dir, "secret")
        self.write(self.secret_file, actors.SECRET + "\n")
        self.bare = os.path.join(self.dir, "my shop.git")
        self.clone = os.path.join(self.dir, "clone")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        self.env.update(
            GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1", HOME=self.dir,
            GIT_AUTHOR_NAME=NAME, GIT_AUTHOR_EMAIL="a@example.com", REMOTE_USER="bo \"b\"",
            GIT_COMMITTER_NAME="C", GIT_COMMITTER_EMAIL="c@example.com", LC_ALL="C.UTF-8")

    def write(self, path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def git(self, *args, folder=None, status=0):
        done = subprocess.run(["git", "-C", folder or self.clone, *args], env=self.env,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        self.assertEqual(done.returncode, status, (args, done.stderr))
        self.said = done.stderr.decode("utf-8", "replace")
        return done.stdout.decode("utf-8", "replace").strip()

    def open(self, url=None):
        if url is None:
            self.bridge.start()
            url = "http://%s/hooks/repo" % self.bridge.address
        self.git("init", "-q", "--bare", "-b", "main", self.bare, folder=self.dir)
        self.git("init", "-q", "-b", "main", self.clone, folder=self.dir)
        self.git("remote", "add", "origin", self.bare)
        self.install(url)

    def install(self, url):
        shutil.copy(HOOK, os.path.join(self.bare, "hooks", "post-receive"))
        self.git("config", "forgebridge.url", url, folder=self.bare)
        self.git("config", "forgebridge.secretFile", self.secret_file, folder=self.bare)

    def commit(self, message="One", **files):
        for path, text in (files or {"a.txt": message}).items():
            self.write(os.path.join(self.clone, path), text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def push(self, *refs):
        """Pushes; what came of it at the bridge, in the order of arrival."""
        before = self.bridge.count("delivery")
        self.git("push", "-q", *(refs or ("origin", "main")))
        ids = [r[0] for r in self.bridge.rows(
            "SELECT id FROM delivery ORDER BY rowid LIMIT -1 OFFSET ?", before)]
        return [json.loads(self.bridge.run("deliveries", "show", i, "--raw", "-c",
                                           self.bridge.file)) for i in ids]

    def test_a_branch_its_update_and_its_deletion(self):
        self.open()
        first = self.commit("First")
        one, = self.push()
        self.assertEqual((one["ref"], one["before"], one["after"], one["commit"]),
                         ("refs/heads/main", ZEROS, first, first))
        self.assertEqual((one["repository"], one["pusher"], one["author"], one["message"]),
                         ("my shop", "bo \"b\"", NAME, "First"))
        self.commit("Second", **{"b.txt": "b"})
        os.remove(os.path.join(self.clone, "b.txt"))
        last = self.commit("Third", **{"a.txt": "changed"})
        two, = self.push()
        self.assertEqual((two["before"], two["after"], two["commits_total"]), (first, last, 2))
        self.assertEqual([(c["message"], c["added"], c["removed"], c["modified"])
                          for c in two["commits"]],
                         [("Second", ["b.txt"], [], []), ("Third", [], ["b.txt"], ["a.txt"])])
        self.git("push", "-q", "origin", "main:topic")
        gone, = self.push("origin", ":topic")
        self.assertEqual(gone, {
            "ref": "refs/heads/topic", "before": last, "after": ZEROS, "commit": None,
            "repository": "my shop", "pusher": "bo \"b\"", "author": None, "message": None,
            "commits_total": 0, "commits": []})

    def test_names_with_blanks_quotes_and_umlauts(self):
        self.open()
        self.git("config", "forgebridge.repository", "acme/\"shöp\"", folder=self.bare)
        self.commit(MESSAGE, **{p: "x" for p in PATHS})
        branch = "fix/ü-\"quoted\"-$(id)-'x'"
        one, = self.push("origin", "main:refs/heads/" + branch)
        self.assertEqual(one["ref"], "refs/heads/" + branch)
        self.assertEqual((one["repository"], one["author"], one["message"]),
                         ("acme/\"shöp\"", NAME, MESSAGE))
        self.assertEqual(one["commits"][0]["message"], MESSAGE)
        self.assertEqual(sorted(one["commits"][0]["added"]), sorted(PATHS))

    def test_bytes_that_are_no_text(self):
        self.open()
        with open(os.path.join(self.clone.encode(), b"latin-\xe4\x01.txt"), "wb") as f:
            f.write(b"x")
        self.write(os.path.join(self.clone, "a"), "a")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "MESSAGE")
        # git itself would make UTF-8 of the message
        raw = subprocess.check_output(["git", "-C", self.clone, "cat-file", "commit", "HEAD"],
                                      env=self.env, timeout=60)
        head = subprocess.run(
            ["git", "-C", self.clone, "hash-object", "-t", "commit", "-w", "--stdin"],
            input=raw.replace(b"MESSAGE", b"bad \xff\xed\xa0\x80 end \x02"), env=self.env,
            stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode().strip()
        self.git("reset", "-q", "--soft", head)
        one, = self.push()
        self.assertRegex(one["message"], "^bad \ufffd+ end \x02$")
        self.assertEqual(one["commits"][0]["added"], ["a", "latin-\ufffd\x01.txt"])

    def test_tags_plain_and_annotated(self):
        self.open()
        head = self.commit()
        self.push()
        self.git("tag", "v1")
        self.git("tag", "-a", "-m", "Version 2", "v2")
        tag = self.git("rev-parse", "v2")
        got = {b["ref"]: b for b in self.push("origin", "v1", "v2")}
        self.assertEqual((got["refs/tags/v1"]["after"], got["refs/tags/v1"]["commit"]),
                         (head, head))
        self.assertEqual((got["refs/tags/v2"]["after"], got["refs/tags/v2"]["commit"]),
                         (tag, head))
        self.assertEqual(got["refs/tags/v2"]["commits"], [])
        gone, = self.push("origin", ":v2")
        self.assertEqual((gone["ref"], gone["before"], gone["after"]),
                         ("refs/tags/v2", tag, ZEROS))

    def test_a_forced_push(self):
        self.open()
        self.commit("Base")
        self.push()
        old = self.commit("Old")
        self.push()
        self.git("reset", "-q", "--hard", "HEAD~1")
        new = self.commit("New", **{"n.txt": "n"})
        one, = self.push("--force", "origin", "main")
        self.assertEqual((one["before"], one["after"]), (old, new))
        self.assertEqual([c["message"] for c in one["commits"]], ["New"])

    def test_several_refs_at_once_and_what_is_new_in_each(self):
        self.open()
        self.commit("Base")
        self.git("branch", "next")
        self.commit("Only main", **{"m.txt": "m"})
        self.git("tag", "v3")
        got = {b["ref"]: [c["message"] for c in b["commits"]]
               for b in self.push("origin", "main", "next", "v3")}
        self.assertEqual(got, {"refs/heads/main": ["Base", "Only main"],
                               "refs/heads/next": ["Base"],
                               "refs/tags/v3": ["Base", "Only main"]})

    def test_a_merge_lists_what_it_brings(self):
        self.open()
        self.commit("Base")
        self.push()
        self.git("checkout", "-q", "-b", "topic")
        self.commit("On topic", **{"t.txt": "t"})
        self.git("checkout", "-q", "main")
        self.git("merge", "-q", "--no-ff", "-m", "Merge topic", "topic")
        one, = self.push()
        self.assertEqual([(c["message"], c["added"]) for c in one["commits"]],
                         [("On topic", ["t.txt"]), ("Merge topic", [])])
        self.assertEqual(one["message"], "Merge topic")

    def test_a_long_history_is_cut_and_says_so(self):
        self.open()
        feed = "".join("commit refs/heads/main\ncommitter C <c@example.com> %d +0000\n"
                       "data 4\n%04d\n" % (1700000000 + n, n) for n in range(130))
        subprocess.run(["git", "-C", self.clone, "fast-import", "--quiet"], env=self.env,
                       input=feed.encode(), check=True, timeout=60)
        one, = self.push()
        self.assertEqual(one["commits_total"], 130)
        self.assertEqual([c["message"] for c in one["commits"]],
                         ["%04d" % n for n in range(30, 130)])

    def test_a_long_secret_and_a_wrong_one(self):
        self.bridge.env["HOOK_SECRET"] = "x" * 100
        self.write(self.secret_file, "x" * 100)
        self.open()
        self.commit()
        self.assertEqual(len(self.push()), 1)
        self.write(self.secret_file, "another")
        self.commit("Two")
        self.assertEqual(self.push(), [])
        self.assertIn("401", self.said)
        self.assertEqual(self.git("rev-parse", "main", folder=self.bare),
                         self.git("rev-parse", "HEAD"), "the push stands")

    def test_repeats_under_the_same_id(self):
        """The first answer is lost and the second is 503; the third is 202."""
        seen, server = [], socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def serve():
            for answer in (b"", b"503 Later", b"202 Accepted"):
                connection, _ = server.accept()
                with connection, connection.makefile("rb") as stream:
                    headers = dict(line.decode().strip().lower().split(": ", 1)
                                   for line in iter(stream.readline, b"\r\n")
                                   if b": " in line)
                    stream.read(int(headers["content-length"]))
                    seen.append((headers["x-git-delivery"], headers["x-git-signature"]))
                    if answer:
                        connection.sendall(b"HTTP/1.1 " + answer +
                                           b"\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        self.open("http://127.0.0.1:%d/hooks/repo" % server.getsockname()[1])
        self.commit()
        self.git("push", "-q", "origin", "main")
        thread.join(actors.SECONDS)
        until("three attempts", lambda: len(seen) == 3)
        self.assertEqual(len(set(seen)), 1, seen)


class RepositoryWithSend(Repository):
    """The same with `forgebridge send --git-hook` as the hook."""

    def install(self, url):
        hook = os.path.join(self.bare, "hooks", "post-receive")
        self.write(hook, "#!/bin/sh\nexec '%s' send '%s' --kind git --secret-file '%s' "
                   "--git-hook\n" % (actors.PROGRAM, url, self.secret_file))
        os.chmod(hook, 0o755)
