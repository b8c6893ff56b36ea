"""libforge as other programs have it: installed into a folder, found through pkg-config,
and compiled against."""
import fcntl
import json
import os
import re
import subprocess

from actors import PROGRAM, Scenario

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.dirname(PROGRAM)
VARIANT = os.path.basename(BUILD)
SANITIZE = {"asan": ["-fsanitize=address,undefined"], "tsan": ["-fsanitize=thread"]}.get(VARIANT, [])
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return f.read()


CATALOGUE = json.loads(read(ROOT, "src/forge/operations.json"))


def run(argv, **more):
    p = subprocess.run(argv, capture_output=True, text=True, timeout=100, **more)
    if p.returncode != 0:
        raise AssertionError("%s: %d\n%s%s" % (argv, p.returncode, p.stdout, p.stderr))
    return p.stdout


def words(name):
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()).strip("_")


class Sdk(Scenario):
    """self.root holds what `make install-libforge` installs."""
    declared = ""

    def setUp(self):
        super().setUp()
        self.root = os.path.join(self.dir, "root")
        clean = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
        with open(os.path.join(BUILD, ".flags")) as lock:  # one make at a time
            fcntl.flock(lock, fcntl.LOCK_EX)
            run(["make", "--no-print-directory", "V=" + VARIANT, "install-libforge",
                 "DESTDIR=" + self.root, "PREFIX=/usr"], cwd=ROOT, env=clean)
        self.lib = os.path.join(self.root, "usr/lib")
        self.env = dict(clean, PKG_CONFIG_SYSROOT_DIR=self.root, LD_LIBRARY_PATH=self.lib,
                        PKG_CONFIG_LIBDIR=os.path.join(self.lib, "pkgconfig"))

    def flags(self, *options):
        return run(["pkg-config", *options, "libforge"], env=self.env).split()

    def compile(self, source, static=False, more=()):
        path = os.path.join(self.dir, "program.c")
        with open(path, "w", encoding="utf-8") as f:
            f.write(source)
        out = os.path.join(self.dir, "program-" + ("static" if static else "shared"))
        libs = self.flags("--libs", *(["--static"] if static else []))
        if static:
            libs = [w.replace("-lforge", "-l:libforge.a") for w in libs]
        run(["gcc", "-std=gnu17", *STRICT, *SANITIZE, "-o", out, path, *self.flags("--cflags"),
             *libs, *more])
        return out

    def play(self, program, *arguments, **env):
        p = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=100,
                           env=dict(self.env, **env))
        return p.returncode, p.stdout, p.stderr

    def function(self, op):
        """The name by docs/SDK.md's rule."""
        if not self.declared:
            folder = os.path.join(self.root, "usr/include/forge")
            self.declared = "".join(read(folder, n) for n in os.listdir(folder))
        parts = op["id"].split(".")
        if parts[0] in ("organizations", "organization") and len(parts) > 2:
            parts = parts[1:]
        if parts[:2] == ["servers", "sites"] and len(parts) > 3:
            parts = parts[1:]
        name, longer = "forge_" + words("_".join(parts)), "forge_" + words(op["id"])
        # where the name is another's, the longer id keeps its first word
        return longer if "*%s(" % longer in self.declared else name
