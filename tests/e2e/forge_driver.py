"""forge_driver.c, a program that calls libforge, and what it is given."""
import json
import os
import re
import subprocess
import urllib.parse

from forge_calls import CSV, OPERATIONS

HERE = os.path.dirname(os.path.abspath(__file__))
IMPORT = "organizations.servers.sites.redirect-rules.import"


def names_of(op):
    return re.findall(r"\{(\w+)\}", op["path"])


class Call:
    """One operation with everything that it takes."""

    def __init__(self, op, path, body, query=None):
        words, parts = path.split("/"), op["path"].split("/")
        self.op, self.query = op, query or {}
        self.path = {part[1:-1]: urllib.parse.unquote(word)
                     for part, word in zip(parts, words) if part[:1] == "{"}
        self.body = dict(body, file=CSV) if body and op["id"] == IMPORT else body

    @property
    def params(self):
        return {**self.path, **self.query}

    def line(self, how, token):
        text = json.dumps(self.body) if self.body is not None else None
        return {"how": how, "operation": self.op["id"], "token": token, "body": text,
                "path": [self.path[n] for n in names_of(self.op)],
                "query": json.dumps(self.query) if self.query else None,
                "params": json.dumps(self.params)}

    def words(self):
        """As the command line has it."""
        words = ["%s=%s" % (n, v if not isinstance(v, list) else ",".join(v))
                 for n, v in self.params.items()]
        return words + (["--body", json.dumps(self.body)] if self.body is not None else [])


class Driver:
    """A program that calls libforge, one request at a time."""

    def __init__(self, test, url):
        self.url = url
        with open(os.path.join(test.dir, "functions.h"), "w", encoding="utf-8") as f:
            f.writelines(self.wrapper(test, i, op) for i, op in enumerate(OPERATIONS))
            f.write("static const struct typed_row functions[] = {%s{0}};\n" % "".join(
                '{"%s", f%d},\n' % (op["id"], i) for i, op in enumerate(OPERATIONS)))
        with open(os.path.join(HERE, "forge_driver.c"), encoding="utf-8") as f:
            program = test.compile(f.read(), more=["-I", test.dir, "-ljansson"])
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=test.env)
        test.addCleanup(self.process.stdout.close)
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.kill)

    def wrapper(self, test, i, op):
        arguments = ["c"] + ["t->path[%d]" % n for n in range(len(names_of(op)))]
        arguments += ["t->query"] if op["query"] else []
        arguments += ["t->body"] if op.get("body") else []
        return ("static struct forge_result *\nf%d(struct forge_client *c, const struct "
                "typed_call *t)\n{\n(void)t;\nreturn %s_sync(%s);\n}\n" % (
                    i, test.function(op), ", ".join(arguments)))

    def ask(self, how, call, token="sandbox", **more):
        self.process.stdin.write(json.dumps(dict(call.line(how, token), url=self.url, **more)) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        """Its exit status; under ASan it tells of leaks."""
        self.process.stdin.close()
        return self.process.wait(60)
