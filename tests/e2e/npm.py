"""Packages of the npm registry that tests use: fetched once, kept in build/npm."""
import fcntl
import os
import subprocess

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def read(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as f:
        return f.read()


def install(name, packages, seconds=240):
    """The folder that holds node_modules with the packages; None when there is no
    registry to be reached. Of several tests that want the same, the first one fetches."""
    folder = os.path.join(ROOT, "build", "npm", name)
    os.makedirs(folder, exist_ok=True)
    mark = os.path.join(folder, "installed")
    with open(os.path.join(folder, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if read(mark) == repr(packages):
            return folder
        done = subprocess.run(
            ["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--no-save",
             "--ignore-scripts", "--fetch-retries=1", *packages], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds)
        if done.returncode != 0:
            print(done.stdout)
            return None
        with open(mark, "w", encoding="utf-8") as f:
            f.write(repr(packages))
    return folder


def run(folder, script, *argv, seconds=60):
    """Standard output of a script of this folder (NAME.mjs), run where the packages are.
    It comes by standard input, so that its imports are looked up there."""
    with open(os.path.join(ROOT, "tests/e2e", script), encoding="utf-8") as source:
        return subprocess.run(["node", "--input-type=module", "-", *argv], stdin=source,
                              stdout=subprocess.PIPE, check=True, cwd=folder,
                              timeout=seconds).stdout
