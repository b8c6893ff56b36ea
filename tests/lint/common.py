"""What the checks share. Each check is a program that looks at the tree it is started in,
prints FILE:LINE: text for every mistake and exits 1 when there was one."""
import os
import re
import shlex
import subprocess
import sys

mistakes = []


def mistake(place, text):
    mistakes.append("%s: %s" % (place, text))


def finish():
    for line in mistakes:
        print(line)
    sys.exit(1 if mistakes else 0)


def files(pattern=None):
    """The project's files, of which pattern (a regular expression) matches the path."""
    git = subprocess.run(["git", "ls-files", "-z", "--cached", "--others",
                          "--exclude-standard"], capture_output=True)
    if git.returncode == 0 and os.path.exists(".git"):
        names = git.stdout.decode().split("\0")
    else:
        names = [os.path.join(d, f)[2:] for d, _, fs in os.walk(".") for f in fs
                 if not d.startswith("./build")]
    return [n for n in sorted(set(names)) if n and os.path.isfile(n)
            and (not pattern or re.search(pattern, n))]


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(match):
    text = match.group(0)
    if text[0] == '"':
        return '""'
    if text[0] == "'":
        return "' '"
    return re.sub(r"[^\n]", "", text) or " "


def code(path):
    """A C file's text without comments and the content of strings, lines kept."""
    return TOKEN.sub(blank, read(path))


def functions(paths):
    """(path, name, first line, last line) of every C function, from ctags."""
    if not paths:
        return
    out = subprocess.run(
        ["ctags", "-x", "--_xformat=%{input}\t%{name}\t%{line}\t%{end}", "--fields=+ne",
         "--c-kinds=f", "--languages=C", "--langmap=C:.c.h"] + paths,
        capture_output=True, text=True, check=True).stdout
    for row in out.splitlines():
        path, name, first, last = row.split("\t")
        yield path, name, int(first), int(last or first)


def cflags():
    """The compiler's options, as a list; the generated headers they name are there then."""
    make = subprocess.run(["make", "-s", "flags"], capture_output=True, text=True)
    if make.returncode != 0:
        sys.exit("make flags failed: " + make.stderr)
    return shlex.split(make.stdout.rstrip("\n").rpartition("\n")[2])


def parallel(argv, paths, per_call=1):
    """Runs argv + some of paths, as many at once as there are cores."""
    return subprocess.run(["xargs", "-0", "-r", "-P", str(os.cpu_count() or 2), "-n",
                           str(per_call)] + argv,
                          input="\0".join(paths), text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
