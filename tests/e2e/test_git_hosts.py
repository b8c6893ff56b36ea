"""One rule deploys for a push from any git host."""
import gzip
import json
import os
import subprocess
import urllib.parse

import actors
from actors import DATA, Scenario, github_signature

# kind, what it is set up with, the type as the sender says it
HOSTS = [
    ("github", {}, "push"),
    ("gitlab", {}, "Push Hook"),
    ("bitbucket", {}, "repo:push"),
    ("bitbucket-server", {}, "repo:refs_changed"),
    ("gitea", {}, "push"),
    ("forgejo", {}, "push"),
    ("gogs", {}, "push"),
    ("azure-devops", {}, "git.push"),
    ("git", {}, "push"),
]
FORMS = ["github", "gitlab", "bitbucket", "bitbucket-server", "gitea", "forgejo", "gogs", "git"]
FORM = "application/x-www-form-urlencoded"
RULE = {"name": "deploy-shop",
        "when": {"git": {"repository": "acme/shop", "branch": "main"}},
        "do": [{"operation": "deploy", "server": "web-1", "site": "shop.example.com"}]}


def payload(kind, name="push"):
    with open(os.path.join(DATA, kind, name + ".json"), "rb") as f:
        return f.read()


def packed(body):
    return gzip.compress(body, mtime=0)


class GitHosts(Scenario):
    def setUp(self):
        super().setUp()
        self.rules = [json.loads(json.dumps(RULE))]

    def open(self):
        self.broker = actors.Broker(self).start()
        self.forge = actors.Forge(self).start()
        self.spy = actors.Spy(self, self.broker).start()
        self.bridge = actors.Bridge(self, self.forge, self.broker, self.rules)
        for kind, options, _ in HOSTS:
            self.bridge.config["sources"][kind] = dict(
                kind=kind, secret="${HOOK_SECRET}", **options)
        self.bridge.config["sources"]["gitlab-signed"] = {
            "kind": "gitlab", "secret": "${SIGNING_TOKEN}"}
        # so that memory freed counts as freed
        self.bridge.env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + \
            ":quarantine_size_mb=1"
        self.bridge.env["SIGNING_TOKEN"] = "whsec_dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4u"
        self.bridge.start()
        self.sender = actors.Sender(self.bridge)

    def send(self, kind, body, *options, source=None, secret=actors.SECRET, status=0):
        paths = []
        for name, content in (("body", body), ("secret", secret.encode())):
            paths.append(os.path.join(self.dir, name))
            with open(paths[-1], "wb") as f:
                f.write(content)
        done = subprocess.run(
            [actors.PROGRAM, "send", "http://%s/hooks/%s" % (self.bridge.address, source or kind),
             "--kind", kind, "--secret-file", paths[1], "--body", paths[0], "--json", *options],
            capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
        self.assertEqual(done.returncode, status, done)
        answer = json.loads(done.stdout)
        return answer["status"], json.loads(answer["body"]) if answer["body"] else None

    def taken(self, answer):
        self.assertEqual(answer[0], 202, answer)
        self.assertFalse(answer[1]["duplicate"])
        return answer[1]["delivery"]

    def highest_memory(self):
        with open("/proc/%d/status" % self.bridge.process.pid, encoding="ascii") as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) << 10

    def test_a_push_from_every_host_deploys(self):
        self.open()
        for kind, _, said in HOSTS:
            with self.subTest(kind):
                one = self.taken(self.send(kind, payload(kind)))
                self.ended(one)
                self.assertEqual(self.bridge.rows(
                    "SELECT type FROM delivery WHERE id = ?", one), [(said,)])
        one = self.taken(self.send("gitlab", payload("gitlab"), source="gitlab-signed",
                                   secret=self.bridge.env["SIGNING_TOKEN"]))
        self.ended(one)
        self.assertEqual(self.forge.deployments(), len(HOSTS) + 1)

    def test_a_tag_a_deletion_and_a_repeat_deploy_nothing(self):
        self.open()
        for kind, _, said in HOSTS[1:]:
            for name in ("tag", "delete"):
                kept = "delete" if kind in ("gitea", "forgejo", "gogs") and name == "delete" \
                    else said
                self.taken(self.send(kind, payload(kind, name), "--type", kept))
        self.assertEqual(self.bridge.count("job"), 0)
        options = ["--id", "the-same"]
        self.ended(self.taken(self.send("gitea", payload("gitea"), *options)))
        self.assertTrue(self.send("gitea", payload("gitea"), *options)[1]["duplicate"])
        self.assertEqual(self.forge.deployments(), 1)

    def test_several_refs_in_one_push_reach_the_rule(self):
        self.open()
        for kind in ("bitbucket", "bitbucket-server", "azure-devops"):
            self.ended(self.taken(self.send(kind, payload(kind, "several"))))
        self.assertEqual(self.forge.deployments(), 3)

    def test_forms(self):
        self.open()
        for kind in FORMS:
            with self.subTest(kind):
                form = b"payload=" + urllib.parse.quote_plus(payload(kind)).encode()
                self.ended(self.taken(self.send(kind, form, "--content-type", FORM)))
        self.assertEqual(self.forge.deployments(), len(FORMS))

    def test_gitea_with_get(self):
        self.open()
        body = json.dumps(json.loads(payload("gitea")), separators=(",", ":")).encode()
        headers = {"X-Gitea-Event": "push", "X-Gitea-Delivery": "1",
                   "X-Gitea-Signature": github_signature(body)[7:]}
        target = "/hooks/gitea?payload=" + urllib.parse.quote_plus(body)
        self.ended(self.accepted(self.sender.request("GET", target, headers=headers)))
        changed = self.sender.request("GET", target + "x", headers=headers)
        self.assertEqual(changed.status, 401, changed)
        self.assertEqual(self.sender.request("GET", "/hooks/gogs").status, 405)

    def test_gzip(self):
        self.open()
        for kind, _, _ in HOSTS:
            with self.subTest(kind):
                self.ended(self.taken(self.send(kind, packed(payload(kind)), "--header",
                                                "Content-Encoding: gzip")))
        self.assertEqual(self.forge.deployments(), len(HOSTS))

    def test_a_gzip_bomb_is_413_and_takes_little_memory(self):
        self.open()
        self.taken(self.send("github", payload("github")))
        bomb = packed(b'{"a":"' + b" " * (200 << 20) + b'"}')
        self.assertLess(len(bomb), 1 << 20)
        high = self.highest_memory
        before = high()
        for _ in range(3):
            status, problem = self.send("github", bomb, "--header", "Content-Encoding: gzip",
                                        status=1)
            self.assertEqual((status, problem["status"]), (413, 413))
        # of 200 MiB at most 25 are unpacked, in a buffer that doubles as it grows
        self.assertLess(high() - before, 80 << 20)
        self.assertEqual(self.bridge.count("delivery"), 1)
        self.taken(self.send("github", payload("github")))

    def test_a_ping_of_bitbucket_server_is_answered_and_not_kept(self):
        self.open()
        ping = {"X-Event-Key": "diagnostics:ping", "Content-Type": "application/json"}
        ask = lambda headers: self.sender.request(
            "POST", "/hooks/bitbucket-server", b'{"test":true}', headers).status
        self.assertEqual(ask(ping), 200)
        self.assertEqual(ask(dict(ping, **{
            "X-Hub-Signature": github_signature(b'{"test":true}')})), 200)
        self.assertEqual(ask(dict(ping, **{"X-Hub-Signature": github_signature(b"{}")})), 401)
        self.assertEqual(ask(dict(ping, **{"X-Event-Key": "repo:refs_changed"})), 401)
        self.assertEqual(self.bridge.count("delivery"), 0)

    def test_signatures_of_openssl_are_taken(self):
        """An independent signer."""
        self.open()
        names = {"bitbucket": ("X-Hub-Signature", "sha256="), "gitea": ("X-Gitea-Signature", ""),
                 "forgejo": ("X-Forgejo-Signature", ""), "gogs": ("X-Gogs-Signature", ""),
                 "bitbucket-server": ("X-Hub-Signature", "sha256=")}
        types = {"bitbucket": ("X-Event-Key", "repo:push"), "gitea": ("X-Gitea-Event", "push"),
                 "bitbucket-server": ("X-Event-Key", "repo:refs_changed"),
                 "forgejo": ("X-Forgejo-Event", "push"), "gogs": ("X-Gogs-Event", "push")}
        for kind, (header, prefix) in names.items():
            with self.subTest(kind):
                mac = subprocess.run(
                    ["openssl", "dgst", "-sha256", "-r", "-hmac", actors.SECRET],
                    input=payload(kind), stdout=subprocess.PIPE, check=True,
                    timeout=60).stdout.decode().split()[0]
                self.accepted(self.sender.request(
                    "POST", "/hooks/" + kind, payload(kind), {
                        "Content-Type": "application/json", header: prefix + mac,
                        types[kind][0]: types[kind][1]}))
