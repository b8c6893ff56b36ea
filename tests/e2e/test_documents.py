"""The examples of README.md and docs/: YAML is checked, commands are run as they stand."""
import glob
import os
import re
import shlex
import subprocess

import actors
import npm
from actors import Process, Scenario, fixture, github_signature

PAGES = ["README.md"] + sorted(
    os.path.relpath(p, npm.ROOT) for p in glob.glob(npm.ROOT + "/docs/*.md"))
ENV = {"FORGE_TOKEN": "sandbox", "FORGE_ORGANIZATION": "acme", "HOOK_SECRET": actors.SECRET,
       "HOOK_SECRET_OLD": "old", "MQTT_PASSWORD": "p", "CI_TOKEN": "c", "FORUM_SECRET": "f",
       "SCRIPT_TOKEN": "t", "DISCORD_PUBLIC_KEY": "ab" * 32, "TEAMS_TOKEN": "c2VjcmV0",
       "EVENTS_SECRET": "whsec_dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4u",
       "SVIX_SECRET": "whsec_dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4u",
       "LEGACY_USER_PASSWORD": "user:password"}
JWKS = '{"keys":[{"kty":"oct","k":"dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4ufn5-"}]}'
# What a fragment is put together with, by the section that it lacks.
SECTIONS = {
    "forge": "forge: {organization: acme, token: t}\n",
    "sources": "sources: {github: {kind: github, secret: s}}\n",
    "rules": "rules:\n- {name: all, do: [{operation: deploy, site: shop.example.com}]}\n",
}
ULID = re.compile(r"\b01[0-9A-HJKMNP-TV-Z]{24}\b")


def read(page):
    with open(os.path.join(npm.ROOT, page), encoding="utf-8") as f:
        return f.read()


def yaml_examples(page):
    return [text for text in re.findall(r"^```yaml\n(.*?)^```", read(page), re.S | re.M)]


def commands(page):
    """The command lines of a page: of its sh blocks and of what is indented."""
    text = read(page).replace("\\\n", " ")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.S | re.M)
    outside = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    blocks += re.findall(r"^ {4}(\S.*)$", outside, re.M)
    for line in "\n".join(blocks).splitlines():
        words = shlex.split(re.sub(r"\s#\s.*", "", line))
        if words and words[0] in ("forgebridge", "curl", "mosquitto_sub"):
            yield words


def whole(fragment):
    """A configuration around it."""
    if fragment.startswith("- "):
        fragment = "rules:\n" + fragment
    return fragment + "".join(text for name, text in SECTIONS.items()
                              if not re.search(r"^%s:" % name, fragment, re.M))


class Examples(Scenario):
    env = dict(ENV)

    def put(self, name, content):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        return path

    def run_it(self, words, **env):
        return subprocess.run([actors.PROGRAM] + words, capture_output=True, text=True,
                              timeout=60, cwd=self.dir,
                              env=dict(os.environ, **dict(env, **self.env)))

    def test_configurations_have_no_mistake(self):
        self.put("secrets/labs-token", "t")
        for name in ("robots", "github", "gitlab", "chat"):
            self.put("secrets/%s.jwks" % name, JWKS)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                        "-subj", "/CN=sns", "-keyout", self.put("secrets/key.pem", ""),
                        "-out", self.put("secrets/sns.pem", "")], check=True,
                       capture_output=True, timeout=60)
        self.put("rules.d/rules.yaml", SECTIONS["rules"])
        found = 0
        for page in PAGES:
            for text in yaml_examples(page):
                if page.endswith("SANDBOX.md"):
                    continue
                with self.subTest(page=page, text=text.splitlines()[0]):
                    found += 1
                    file = self.put("f.yaml", text if "include:" in text else whole(text))
                    secrets = {name: "a secret of any form"
                               for name in re.findall(r"\$\{(\w+)\}", text)}
                    done = self.run_it(["check", "-c", file], **secrets)
                    self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertGreaterEqual(found, 10)

    def test_the_seed_of_the_sandbox_is_taken(self):
        seeds = yaml_examples("docs/SANDBOX.md")
        self.assertEqual(len(seeds), 1)
        self.background(["sandbox", "--seed", self.put("seed.yaml", seeds[0]),
                         "--listen", "127.0.0.1:0"], "^ready")

    def test_the_faults_of_the_page_are_played(self):
        table = read("docs/SANDBOX.md").split("| KIND |")[1].split("\n\n")[0]
        kinds = [kind for row in table.splitlines()[2:]
                 for kind in re.findall("`([^`]+)`", row.split("|")[1])]
        self.assertGreater(len(kinds), 10)
        faults = [word for kind in kinds for word in ("--fail", kind + ":#1000")]
        self.background(["sandbox", "--listen", "127.0.0.1:0", *faults], "^ready")

    def background(self, words, line):
        process = Process(self)
        process.name = " ".join(words)
        process.launch([actors.PROGRAM] + words, self.env)
        process.log.wait(line, alive=process.alive)

    def test_commands_do_what_the_pages_say(self):
        """As they stand, but for ports and for ids that a run makes up."""
        self.prepare()
        seen = set()
        for page in PAGES:
            for words in commands(page):
                with self.subTest(page=page, command=" ".join(words)):
                    self.try_out([self.replaced(w) for w in words])
                    seen.add(" ".join(w for w in words[1:4] if re.match("^[a-z-]+$", w)))
        for command in self.commands():
            self.assertTrue(any(s.startswith(command) for s in seen), command)

    test_commands_do_what_the_pages_say.seconds = 180

    def commands(self):
        overview = self.run_it(["help"]).stdout
        return [line[2:22].strip() for line in overview.splitlines() if line[:2] == "  "]

    def prepare(self):
        self.start(rules=[actors.DEPLOY_SHOP])
        self.delivery = self.accepted(self.sender.push())
        self.job = self.ended(self.delivery)["data"]["job"]
        body = fixture("push.json")
        for name in ("push.json", "body.json"):
            self.put(name, body)
        self.put("secret", actors.SECRET)
        self.put("headers.txt", "".join("%s: %s\n" % h
                                        for h in self.sender.headers(body).items()))
        self.put("tests/data/patterns.json", read("tests/data/patterns.json"))
        self.put(".env", "APP_NAME=Shop\n")
        self.env["FORGE_URL"] = self.forge.url
        self.stock()

    def stock(self):
        """What the examples of `forge` name is there at the sandbox."""
        for operation, *words in (
                ("organizations.servers.background-processes.store", "server=web-1", "name=p",
                 "command=work", "user=forge", "processes=1"),
                ("organizations.storage-providers.store", "provider=s3", "name=s3",
                 "region=eu", "bucket=b", "access_key=k", "secret_key=s"),
                ("organizations.servers.database.schemas.store", "server=web-1", "name=shop"),
                ("organizations.servers.database.backups.store", "server=web-1",
                 "storage_provider_id=1", "database_ids=1", "name=nightly", "frequency=daily",
                 "retention=7", "time=03:00"),
                ("organizations.servers.database.backups.instances.store", "server=web-1",
                 "backupConfiguration=1", "--wait"),
                ("organization.recipes.store", "name=Clear caches", "user=root",
                 "script=true")):
            done = self.run_it(["forge", "call", operation, *words])
            self.assertEqual(done.returncode, 0, done.stderr)

    def replaced(self, word):
        word = word.replace("127.0.0.1:8080", self.bridge.address)
        word = word.replace("127.0.0.1:8090", self.forge.address)
        return word.replace("/etc/forgebridge/", self.dir + "/")

    def try_out(self, words):
        if words[0] == "curl":
            done = subprocess.run(words + ["-fsS"], capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
        elif words[0] == "mosquitto_sub":
            self.watch(words + ["-h", "127.0.0.1", "-p", str(self.broker.port), "-C", "1",
                                "-W", "30"])
        elif words[1] == "sandbox":
            self.background(words[1:] + ["--listen", "127.0.0.1:0"], "^ready")
        elif words[1] == "serve":
            self.bridge.stop()
            self.background(words[1:], "^ready")
            self.actors[-1].stop()
            self.bridge.start()
        elif words[-1] == "--follow":
            self.background(words[1:], ".")
        elif words[1] == "watch":
            self.watch([actors.PROGRAM] + words[1:] + ["--count", "1", "--timeout", "30s"])
        else:
            known = self.job if words[1] == "jobs" else self.delivery
            done = self.run_it([ULID.sub(known, w) for w in words[1:]])
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def watch(self, words):
        watch = Process(self)
        watch.launch(words, self.env)
        while watch.alive():  # its subscription may come behind the first push
            self.ended(self.accepted(self.sender.push()))
        self.assertEqual(watch.wait_end(), 0, watch.log.lines)
