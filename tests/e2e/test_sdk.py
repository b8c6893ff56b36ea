"""libforge as other programs have it: installed into a folder, found through pkg-config,
compiled against, and run."""
import http.server
import json
import os
import re
import sys
import threading
import unittest

from actors import Forge
from sdk import CATALOGUE, ROOT, STRICT, Sdk, read, run


class Documentation(Sdk):
    def test_the_program_of_the_page_lists_and_deploys(self):
        page = read(ROOT, "docs/SDK.md")
        source = re.search(r"```c\n(#include <forge/forge.h>.*?)```", page, re.S).group(1)
        self.assertLessEqual(source.count("\n"), 40)
        forge = Forge(self).start()
        env = dict(FORGE_URL=forge.url, FORGE_TOKEN="sandbox", FORGE_ORGANIZATION="acme")
        for static in (False, True):
            program = self.compile(source, static, ["-ljansson"])
            self.assertEqual("libforge" in run(["ldd", program], env=self.env), not static)
            status, out, err = self.play(program, **env)
            self.assertEqual((status, out, err), (0, "shop.example.com\nblog.example.com\n", ""))
            status, out, err = self.play(program, "blog.example.com", **env)
            self.assertEqual((status, err), (0, ""), out)
            self.assertIn("blog.example.com: finished\ndeployed\n", out)
        self.assertEqual(forge.deployments("blog.example.com"), 2)
        status, out, _ = self.play(program, "shop.exmaple.com", **env)
        self.assertEqual(status, 1)
        self.assertIn("shop.example.com", out.splitlines()[-1])
        status, _, err = self.play(program, **dict(env, FORGE_TOKEN="wrong"))
        self.assertEqual((status, err), (1, "the token was refused: 401 (Unauthenticated.)\n"))

    def test_the_rule_of_the_names_is_the_pages(self):
        page = read(ROOT, "docs/SDK.md")
        rows = re.findall(r"^\| ([\w.-]+) \| (forge_\w+) \|$", page, re.M)
        self.assertGreaterEqual(len(rows), 6)
        declared = "".join(read(self.root, "usr/include/forge/%s.h" % name)
                           for name in ("deployments", "servers", "sites", "organizations"))
        kinds = read(self.root, "usr/include/forge/client.h").split("enum forge_kind {")[1].split("}")[0]
        for kind in re.findall(r"FORGE_\w+", re.sub(r"/\*.*?\*/", "", kinds, flags=re.S)):
            self.assertTrue(kind == "FORGE_OK" or "| %s |" % kind in page, kind)
        for op_id, function in rows:
            self.assertIn(op_id, [op["id"] for op in CATALOGUE["operations"]])
            self.assertIn("*%s(" % function, declared)


class Installed(Sdk):
    def test_every_header_compiles_alone_in_c_and_cpp(self):
        folder = os.path.join(self.root, "usr/include/forge")
        headers = sorted(os.listdir(folder))
        self.assertEqual(len(headers), 5 + 24 + 1)
        for compiler in (["gcc", "-std=c99", "-x", "c"], ["g++", "-std=c++11", "-x", "c++"]):
            for name in headers:
                run([*compiler, *STRICT, "-fsyntax-only", *self.flags("--cflags"), "-"],
                    input='#include <forge/%s>\n' % name)

    def test_nothing_but_the_api_is_exported(self):
        shared = os.path.join(self.lib, "libforge.so")
        exported = {line.split()[-1].split("@")[0] for line in
                    run(["nm", "-D", "--defined-only", shared]).splitlines()} - {"LIBFORGE_0"}
        archive = {line.split()[-1] for line in run(
            ["nm", "-g", "--defined-only", os.path.join(self.lib, "libforge.a")]).splitlines()
            if len(line.split()) == 3}
        self.assertEqual(exported, archive)
        self.assertEqual([n for n in exported if not n.startswith("forge_")], [])
        self.assertGreater(len(exported), 2 * 279)
        self.assertIn("Library soname: [libforge.so.0]", run(["readelf", "-d", shared]))
        for private in ("forge_arguments_new", "forge_validate_x"):
            self.assertNotIn(private, exported)

    def test_a_program_may_use_the_names_that_the_library_has_inside(self):
        source = """#include <forge/forge.h>
            int buf_init, json_begin, mem_alloc, wire_new, call_new; void str_dup(void); void str_dup(void) {}
            int main(void) {
                struct forge_options o = {.token = "t"};
                forge_client_free(forge_client_new(NULL, &o));
                return buf_init + json_begin + mem_alloc + wire_new + call_new;
            }"""
        for static in (False, True):
            self.assertEqual(self.play(self.compile(source, static)), (0, "", ""))


def sample(schema):
    """A value that fits, with every member that may be there."""
    if "allOf" in schema:
        merged = {}
        for part in schema["allOf"]:
            for name, value in sample(part).items():
                merged.setdefault(name, value)
        return merged
    if "anyOf" in schema:
        return sample(schema["anyOf"][0])
    if "enum" in schema:
        return [v for v in schema["enum"] if v is not None][0]
    kinds = schema.get("type", "string")
    kind = kinds if isinstance(kinds, str) else [k for k in kinds if k != "null"][0]
    if kind == "object":
        return {name: sample(member) for name, member in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema.get("items") or {"type": "string"})]
    if kind in ("integer", "number"):
        return max(schema.get("minimum", 1), 1)
    formats = {"email": "ada@example.com", "uri": "https://example.com/",
               "uuid": "00000000-0000-4000-8000-000000000000"}
    return True if kind == "boolean" else formats.get(schema.get("format"), "abcdefghij")


class Recorder(http.server.BaseHTTPRequestHandler):
    """Answers every request as its operation does, and keeps it."""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        path = self.path[len("/api"):]
        self.server.seen.append((self.command, path, self.headers.get("Content-Type"), body))
        for op in CATALOGUE["operations"]:
            pattern = re.sub(r"\\?\{\w+\\?\}", "[^/]+", re.escape(op["path"]))
            if op["method"] == self.command and re.fullmatch(pattern, path.split("?")[0]):
                break
        else:
            op = {"success": {"status": 404}}
        kind = op["success"].get("content_type")
        data = b"" if not kind else b'{"data":null}' if "json" in kind else b"from,to\n"
        self.send_response(op["success"]["status"])
        if kind:
            self.send_header("Content-Type", kind)
        if op["success"]["status"] != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer


def quoted(value):
    return json.dumps(value) if value is not None else "NULL"


class Everything(Sdk):
    """Every operation, by its function and by forge_call: what goes over the wire."""

    def record(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
        server.daemon_threads, server.seen = True, []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def source(self):
        calls = []
        for op in CATALOGUE["operations"]:
            names = re.findall(r"\{(\w+)\}", op["path"])
            values = {n: "acme" if n == "organization" else "7" for n in names}
            query = json.dumps({n: sample(s) for n, s in op["query"].items()}) if op["query"] else None
            body = json.dumps(sample(op["body"]["schema"])) if op.get("body") else None
            arguments = [quoted(values[n]) for n in names]
            arguments += [quoted(query)] if op["query"] else []
            arguments += [quoted(body)] if op.get("body") else []
            calls.append("check(%s(%s));" % (self.function(op) + "_sync", ", ".join(["c"] + arguments)))
            params = dict(json.loads(query or "{}"))
            params.update({n: values[n] for n in names})
            calls.append("rq = (struct forge_request){.operation = %s, .params = %s, .body = %s};"
                         % (quoted(op["id"]), quoted(json.dumps(params)), quoted(body)))
            calls.append("check(forge_call_sync(c, &rq));")
        return """#include <forge/forge.h>
            #include <stdio.h>
            #include <stdlib.h>
            static int bad;
            static void check(struct forge_result *r) {
                if (!r || r->kind != FORGE_OK) { bad = 1; puts(r ? r->message : "no result"); }
                forge_result_free(r);
            }
            int main(void) {
                struct forge_options o = {.url = getenv("FORGE_URL"), .token = "t", .requests_per_minute = 100000};
                struct forge_client *c = forge_client_new(NULL, &o);
                struct forge_request rq;
                %s
                forge_client_free(c);
                return bad;
            }""" % "\n".join(calls)

    def check(self, op, seen):
        method, path, kind, body = seen
        wanted = re.sub(r"\{(\w+)\}", lambda m: "acme" if m[1] == "organization" else "7", op["path"])
        self.assertEqual((method, path.split("?")[0]), (op["method"], wanted), op["id"])
        self.assertEqual("?" in path, bool(op["query"]), op["id"])
        content = op["body"]["content_type"] if op.get("body") else None
        self.assertEqual((kind or "").split(";")[0] if body else None, content, op["id"])
        if content == "application/json":
            self.assertEqual(json.loads(body), sample(op["body"]["schema"]), op["id"])
        elif content:
            self.assertIn('name="file"; filename="file"\r\n', body)
            self.assertIn('name="mode"\r\n\r\nappend\r\n', body)

    def test_every_operation_is_called_as_the_catalogue_says(self):
        server = self.record()
        program = self.compile(self.source())
        status, out, err = self.play(program, FORGE_URL="http://127.0.0.1:%d/api" % server.server_port)
        self.assertEqual((status, out, err), (0, "", ""))
        self.assertEqual(len(server.seen), 2 * 279)
        boundary = re.compile(r"-{10,}[0-9A-Za-z]+")
        for i, op in enumerate(CATALOGUE["operations"]):
            typed, generic = server.seen[2 * i:2 * i + 2]
            self.check(op, typed)
            self.assertEqual(set(typed[1].split("?")[-1].split("&")), set(generic[1].split("?")[-1].split("&")))
            self.assertEqual([boundary.sub("", t or "") for t in typed[2:]],
                             [boundary.sub("", t or "") for t in generic[2:]])

    test_every_operation_is_called_as_the_catalogue_says.seconds = 120


BUDGET = r"""
#include <forge/forge.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct forge_client *client;
static int good[5], done, last_change;

static void *caller(void *arg)
{
	int me = *(int *)arg;
	for (int i = 0; i < 100; i++) {
		struct forge_result *r = forge_sites_deployments_index_sync(client, NULL, "1", "1", NULL);
		good[me] += r && r->kind == FORGE_OK;
		forge_result_free(r);
	}
	return NULL;
}

static void on_result(const struct forge_result *r, void *arg)
{
	done++;
	good[0] += r->kind == FORGE_OK;
	if (arg)
		last_change = done;
}

static void threads(void)
{
	pthread_t threads[5];
	int numbers[5];
	for (int i = 0; i < 5; i++) {
		numbers[i] = i;
		pthread_create(&threads[i], NULL, caller, &numbers[i]);
	}
	for (int i = 0; i < 5; i++)
		pthread_join(threads[i], NULL);
}

static void burst(void)
{
	for (int i = 0; i < 490; i++)
		forge_sites_deployments_index(client, NULL, "1", "1", NULL, on_result, NULL);
	for (int i = 0; i < 10; i++)
		forge_sites_commands_store(client, NULL, "1", "1", "{\"command\":\"ls\"}", on_result, &client);
	forge_run(client);
}

int main(int argc, char **argv)
{
	struct forge_options o = {.url = getenv("FORGE_URL"), .token = "sandbox", .organization = "acme",
				  .window_ms = 1000};
	struct forge_stats stats;
	client = forge_client_new(NULL, &o);
	argc > 1 && strcmp(argv[1], "burst") == 0 ? burst() : threads();
	forge_get_stats(client, &stats);
	printf("good=%d 429=%d last_change=%d\n", good[0] + good[1] + good[2] + good[3] + good[4],
	       (int)stats.rate_limited, last_change);
	forge_client_free(client);
	return 0;
}
"""


class Budget(Sdk):
    """60 requests a window are enforced; a window is a second."""

    def setUp(self):
        super().setUp()
        self.forge = Forge(self, "--speed", "60")
        with open(self.forge.seed, "w", encoding="utf-8") as f:
            f.write("requests_per_minute: 60\n")
        self.forge.start()
        self.program = self.compile(BUDGET, more=["-pthread"])

    def test_five_hundred_calls_of_five_threads_meet_no_429(self):
        status, out, err = self.play(self.program, FORGE_URL=self.forge.url)
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out, "good=500 429=0 last_change=0\n")

    def test_what_changes_something_goes_first(self):
        status, out, err = self.play(self.program, "burst", FORGE_URL=self.forge.url)
        self.assertEqual((status, err), (0, ""))
        good, refused, last = map(int, re.findall(r"=(\d+)", out))
        self.assertEqual((good, refused), (500, 0))
        # 16 questions were on their way when the changes came
        self.assertLessEqual(last, 26 + 16)


if __name__ == "__main__":
    sys.exit(unittest.main())
