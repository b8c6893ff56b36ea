"""Completion, by the shells themselves where they are installed."""
import glob
import json
import os
import shutil
import stat
import subprocess
import tempfile
import time
import unittest

from sandbox_client import PROGRAM, SECONDS, Case

TOKEN = "a-rather-long-token"
BASH = """
source <("$0" completion bash)
complete -p forgebridge >/dev/null || exit 9
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMP_KEY=9
_forgebridge "$0"
[[ ${#COMPREPLY[@]} == 0 ]] || printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion(Case):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = folder.name
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FORGE_")}
        self.env = dict(clean, XDG_CACHE_HOME=self.dir, LC_ALL="C.UTF-8")

    def sandbox(self, *options, **more):
        box = self.start("--token", TOKEN, *options, **more)
        self.env.update(FORGE_URL=box.api, FORGE_TOKEN=TOKEN, FORGE_ORGANIZATION="acme")
        return box

    def shell(self, *argv):
        done = subprocess.run(argv, capture_output=True, text=True, env=self.env,
                              timeout=SECONDS, cwd=self.dir)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def complete(self, line):
        return self.shell("bash", "-c", BASH, os.path.abspath(PROGRAM), line).splitlines()

    def cached(self):
        return glob.glob(self.dir + "/forgebridge/*")


class Bash(Completion):
    def test_commands(self):
        self.assertEqual(self.complete("forgebridge rul"), ["rules"])
        self.assertEqual(self.complete("forgebridge rules "), ["list", "test", "explain"])
        self.assertEqual(self.complete("forgebridge forge env "), ["pull", "push"])
        self.assertEqual(self.complete("forgebridge forge backups re"), ["restore"])
        self.assertEqual(self.complete("forgebridge help forge rec"), ["recipes"])
        self.assertNotIn("complete", self.complete("forgebridge "))

    def test_options(self):
        self.assertEqual(self.complete("forgebridge forge deploy --b"),
                         ["--branch-must-be"])
        self.assertIn("--help", self.complete("forgebridge version --"))

    def test_words_of_the_table(self):
        self.assertEqual(self.complete("forgebridge forge restart ng"), ["nginx"])
        self.assertEqual(self.complete("forgebridge forge maintenance "), ["on", "off"])
        self.assertEqual(self.complete("forgebridge completion "), ["bash", "zsh", "fish"])

    def test_files(self):
        open(self.dir + "/bridge file.yaml", "w", encoding="utf-8").close()
        for line in ("forgebridge check -c br", "forgebridge serve --config br"):
            self.assertEqual(self.complete(line), ["bridge file.yaml"])

    def test_operations_and_their_parameters(self):
        self.assertEqual(self.complete("forgebridge forge show run-"), ["run-command"])
        self.assertEqual(self.complete("forgebridge forge call organizations.servers.sites."
                                       "redirect-rules.re"),
                         ["organizations.servers.sites.redirect-rules.reorder"])
        self.assertEqual(self.complete("forgebridge forge call run-command com"),
                         ["command="])
        self.assertEqual(self.complete("forgebridge forge call reboot action=p"),
                         ["power-cycle"])
        self.assertEqual(self.complete("forgebridge forge list --area De"), ["Deployments"])
        self.assertEqual(self.complete("forgebridge forge list --area Back"),
                         ["Background\\ Processes", "Backups"])

    def test_names_of_servers_and_sites(self):
        box = self.sandbox()
        self.assertEqual(self.complete("forgebridge forge deploy sh"), ["shop.example.com"])
        self.assertEqual(self.complete("forgebridge forge call deploy site=b"),
                         ["blog.example.com"])
        self.assertEqual(self.complete("forgebridge forge processes "),
                         ["web-1", "shop.example.com", "blog.example.com"])
        self.assertEqual(self.complete("forgebridge forge sites --server w"), ["web-1"])
        self.assertEqual(self.complete("forgebridge forge sites --server=w"), ["web-1"])
        self.assertEqual(box.state()["requests"]["calls"], 2)  # the rest from the files
        self.assertEqual(len(self.cached()), 2)
        for path in self.cached():
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            with open(path, encoding="utf-8") as f:
                self.assertNotIn(TOKEN, f.read() + path)
        self.assertEqual(stat.S_IMODE(os.stat(self.dir + "/forgebridge").st_mode), 0o700)

    def test_the_options_that_are_typed_count(self):
        box = self.start()
        conf = self.write({"forge": {"url": box.api, "organization": "acme",
                                     "token": "sandbox"}})
        self.assertEqual(self.complete("forgebridge forge deploy -c %s sh" % conf),
                         ["shop.example.com"])

    def test_names_that_a_shell_would_obey_are_left_out(self):
        self.sandbox()
        self.complete("forgebridge forge deploy ")
        with open(self.cached()[0], "w", encoding="utf-8") as f:
            json.dump({"at": int(time.time() * 1000), "all": True,
                       "names": ["$(id).example.com", "a;b", "a\033b", "good.example.com"]}, f)
        self.assertEqual(self.complete("forgebridge forge deploy "), ["good.example.com"])

    def test_names_are_asked_for_anew_when_they_are_old(self):
        box = self.sandbox()
        self.complete("forgebridge forge deploy ")
        path = self.cached()[0]
        with open(path, "w", encoding="utf-8") as f:
            f.write('{"at": 1, "all": true, "names": ["old.example.com"]}')
        self.assertEqual(self.complete("forgebridge forge deploy o"), [])
        self.assertEqual(box.state()["requests"]["calls"], 2)

    def test_a_list_of_sites_is_kept(self):
        box = self.sandbox()
        self.shell(os.path.abspath(PROGRAM), "forge", "sites")
        before = box.state()["requests"]["calls"]
        self.assertEqual(self.complete("forgebridge forge deploy b"), ["blog.example.com"])
        self.assertEqual(box.state()["requests"]["calls"], before)

    def test_many_sites_are_asked_for_by_what_is_typed(self):
        sites = [{"name": "site-%03d.example.com" % i} for i in range(200)]
        box = self.sandbox(seed={"tokens": [{"token": TOKEN, "name": "t"}], "organizations": [
            {"slug": "acme", "servers": [{"name": "web-1", "sites": sites}]}]})
        self.assertEqual(self.complete("forgebridge forge deploy site-19"),
                         ["site-19%d.example.com" % i for i in range(10)])
        self.assertLessEqual(box.state()["requests"]["calls"], 4)

    def test_nothing_is_offered_without_a_token_or_with_a_wrong_one(self):
        self.assertEqual(self.complete("forgebridge forge deploy "), [])
        self.sandbox()
        self.env["FORGE_TOKEN"] = "wrong"
        self.assertEqual(self.complete("forgebridge forge deploy "), [])

    def test_a_forge_that_is_away_is_asked_anew_soon(self):
        box = self.sandbox()
        self.env["FORGE_TOKEN"] = "wrong"
        self.complete("forgebridge forge deploy ")
        self.assertEqual(box.state()["requests"]["calls"], 1)
        self.complete("forgebridge forge deploy ")
        self.assertEqual(box.state()["requests"]["calls"], 1)
        with open(self.cached()[0], encoding="utf-8") as f:
            age = time.time() - json.load(f)["at"] / 1000
        self.assertAlmostEqual(age, 270, delta=SECONDS)

    def test_rubbish_in_the_file_does_no_harm(self):
        self.sandbox()
        self.complete("forgebridge forge deploy ")
        with open(self.cached()[0], "w", encoding="utf-8") as f:
            f.write('{"names": [1, null, "a\\nb"]')
        self.assertEqual(self.complete("forgebridge forge deploy s"), ["shop.example.com"])


class Others(Completion):
    def script(self, shell):
        path = os.path.join(self.dir, shell)
        with open(path, "w", encoding="utf-8") as f:
            f.write(self.shell(PROGRAM_PATH, "completion", shell))
        return path

    def test_bash_and_zsh_and_fish_take_their_scripts(self):
        for shell in ("bash", "zsh", "fish"):
            path = self.script(shell)
            if shutil.which(shell):
                self.shell(shell, "-n", path)

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_completes(self):
        os.symlink(PROGRAM_PATH, self.dir + "/forgebridge")
        self.env.update(PATH=self.dir + ":" + self.env["PATH"], HOME=self.dir)
        out = self.shell("fish", "--no-config", "-c",
                         "source %s; complete -C 'forgebridge forge env p'"
                         % self.script("fish"))
        self.assertEqual([line.split("\t")[0] for line in out.splitlines()],
                         ["pull", "push"])

    def test_an_unknown_shell_is_wrong_usage(self):
        done = subprocess.run([PROGRAM, "completion", "csh"], capture_output=True, text=True,
                              timeout=SECONDS)
        self.assertEqual((done.returncode, done.stdout), (2, ""))


PROGRAM_PATH = os.path.abspath(PROGRAM)

if __name__ == "__main__":
    unittest.main()
