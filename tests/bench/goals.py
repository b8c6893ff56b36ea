"""What `make bench` measures besides CPU time a request: memory, start, latency, matching."""
import contextlib
import hashlib
import hmac
import http.client
import http.server
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

from servers import ENV, PROGRAM, PUSH, ROOT, SECRET, Bridge, Broker, say, until

sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))
import mqtt

MATCH = os.path.join(ROOT, "build/release/tests/bench/match_push")
CONNECTIONS = 10000
STARTS = 5


def share(values, p):
    """The value that p percent of all do not exceed."""
    return sorted(values)[max(0, -(-len(values) * p // 100) - 1)]


def row(what, measured, goal, met):
    return (what, measured, goal, {True: "yes", False: "**no**", None: ""}[met])


# --- memory -----------------------------------------------------------------------------

def connect(port):
    """A connection that had one request answered and stays open."""
    s = socket.create_connection(("127.0.0.1", port), 30)
    s.sendall(b"GET /hooks/github HTTP/1.1\r\nHost: bench\r\n\r\n")
    if not s.recv(4096).startswith(b"HTTP/1.1 405 "):
        sys.exit("a GET is not answered 405")
    return s


def own_memory(bridge):
    """MiB that are no pages of the program's and the libraries' files."""
    with open("/proc/%d/status" % bridge.process.pid, encoding="utf-8") as f:
        return int(re.search(r"RssAnon:\s*(\d+) kB", f.read()).group(1)) / 1024


def memory(folder):
    bridge = Bridge("bridge", os.path.join(folder, "memory"))
    bridge.conf["listen"]["idle_timeout"] = "10m"
    sockets = []
    try:
        bridge.start()
        idle, own = bridge.memory(), own_memory(bridge)
        say("memory: %.1f MiB idle; opening %d connections" % (idle, CONNECTIONS))
        for _ in range(CONNECTIONS):
            sockets.append(connect(bridge.port))
        held = bridge.metric("forgebridge_http_connections")
        if held < CONNECTIONS:
            sys.exit("the bridge holds %d of %d connections" % (held, CONNECTIONS))
        full = bridge.memory()
    finally:
        bridge.stop()
        for s in sockets:
            s.close()
    return [row("memory of an idle bridge, resident (without the pages of program and"
                " libraries)", "%.1f (%.1f) MiB" % (idle, own), "<= 12 MiB", idle <= 12),
            row("resident with 10,000 idle connections", "%.1f MiB" % full, "<= 100 MiB",
                full <= 100)]


# --- start ------------------------------------------------------------------------------

def request(body, delivery):
    return {"Content-Type": "application/json", "X-GitHub-Event": "push",
            "User-Agent": "GitHub-Hookshot/044aadd", "X-GitHub-Delivery": delivery,
            "X-Hub-Signature-256": "sha256=" + hmac.new(
                SECRET.encode(), body, hashlib.sha256).hexdigest()}


def post(connection, body, delivery):
    connection.request("POST", "/hooks/github", body, request(body, delivery))
    answer = connection.getresponse()
    answer.read()
    if answer.status != 202:
        sys.exit("a delivery was answered %d" % answer.status)


def push():
    with open(PUSH, "rb") as f:
        return f.read()


def multiply(journal, rows):
    """Copies the one delivery there, each copy with ids of its own."""
    db = sqlite3.connect(journal, isolation_level=None)
    with contextlib.closing(db):
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA synchronous = OFF")
        names = [r[1] for r in db.execute("PRAGMA table_info(delivery)")]
        values = dict({n: n for n in names}, seq="seq + i", id="printf('01H%023X', i)",
                      sender_id="printf('%08x-0000', i)",
                      dedupe_key="printf('id:%08x-0000', i)")
        db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                   " WHERE i < %d) INSERT INTO delivery(%s) SELECT %s FROM n,"
                   " (SELECT * FROM delivery LIMIT 1)" % (
                       rows - 1, ", ".join(names), ", ".join(values[n] for n in names)))
        if db.execute("SELECT count(*) FROM delivery").fetchone()[0] != rows:
            sys.exit("the journal has not the %d deliveries wanted" % rows)


def forget_pages(path):
    """Takes a file out of the page cache."""
    with open(path, "rb") as f:
        os.fsync(f.fileno())
        os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def time_to_ready(bridge):
    begin = time.monotonic()
    process = subprocess.Popen([PROGRAM, "serve", "-c",
                                os.path.join(bridge.folder, "forgebridge.yaml")],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=ENV)
    line = process.stdout.readline()
    took = time.monotonic() - begin
    process.send_signal(signal.SIGTERM)
    process.communicate()
    if not line.startswith(b"ready") or process.returncode != 0:
        sys.exit("the bridge did not start and stop well on a large journal")
    return took


def start(folder, rows):
    bridge = Bridge("bridge", os.path.join(folder, "start"))
    try:
        bridge.start()
        post(http.client.HTTPConnection("127.0.0.1", bridge.port, timeout=30), push(),
             "00000000-0000")
        os.kill(bridge.process.pid, signal.SIGTERM)
        bridge.process.wait()
    finally:
        bridge.stop()
    say("start: making a journal of %d deliveries" % rows)
    multiply(bridge.journal, rows)
    times = []
    for _ in range(STARTS):
        forget_pages(bridge.journal)
        times.append(time_to_ready(bridge))
    size = os.stat(bridge.journal).st_size / 1e9
    os.unlink(bridge.journal)
    return [row("start with %s deliveries in the journal (%.1f GB, not in the page cache),"
                " slowest of %d" % ("{:,}".format(rows), size, STARTS),
                "%.2f s" % max(times), "<= 1 s", max(times) <= 1)]


# --- latency ----------------------------------------------------------------------------

class Arrivals:
    """When the next thing came; one waits at a time."""

    def __init__(self, what):
        self.what, self.times, self.changed = what, [], threading.Condition()

    def note(self, *_):
        with self.changed:
            self.times.append(time.monotonic())
            self.changed.notify_all()

    def wait(self, n):
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.times) > n, 30):
                sys.exit("waited 30 s for " + self.what)
            return self.times[n]


def forge_server(arrivals):
    """Answers every request with an empty list; one request ends the rule's only step."""
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            arrivals.note()
            body = b'{"data":[],"links":{},"meta":{}}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


def sync_times(folder, count):
    """Milliseconds of a 4 KiB write and fdatasync on the journal's disk."""
    times = []
    fd = os.open(os.path.join(folder, "sync"), os.O_CREAT | os.O_WRONLY, 0o600)
    for n in range(count):
        begin = time.monotonic()
        os.pwrite(fd, b"x" * 4096, n * 4096)
        os.fdatasync(fd)
        times.append((time.monotonic() - begin) * 1e3)
    os.close(fd)
    return times


class LatencyBridge(Bridge):
    """Each delivery costs one request to Forge, which ends its job."""
    ref = "refs/heads/main"

    def __init__(self, folder, broker, forge):
        super().__init__("bridge", folder)
        self.conf["mqtt"] = broker.conf
        self.conf["forge"].update(url="http://127.0.0.1:%d/api" % forge.server_port,
                                  requests_per_minute=1000000)
        self.conf["rules"][0]["do"] = [{"operation": "servers"}]


def send_one_by_one(bridge, requests, notices, count):
    """Milliseconds from the first byte sent to the request, and to the notice."""
    connection = http.client.HTTPConnection("127.0.0.1", bridge.port, timeout=30)
    body, to_forge, to_notice = push(), [], []
    for n in range(count + 1):
        begin = time.monotonic()
        post(connection, body, "%08x-0000" % n)
        to_notice.append((notices.wait(n) - begin) * 1e3)
        to_forge.append((requests.wait(n) - begin) * 1e3)
        until("the job's end", lambda: bridge.count(
            "job WHERE state IN ('waiting', 'running')") == 0)
    return to_forge[1:], to_notice[1:]  # the first opens the connection to Forge


def latency(folder, count):
    say("latency: %d deliveries, one after the other" % count)
    folder = os.path.join(folder, "latency")
    os.makedirs(folder)
    requests, notices = Arrivals("a request to Forge"), Arrivals("a notice")
    forge, broker = forge_server(requests), Broker(folder)
    bridge = LatencyBridge(os.path.join(folder, "bridge"), broker, forge)
    subscriber = mqtt.Subscriber(broker.port, ["forgebridge/bench/event/delivery/accepted"],
                                 notices.note)
    try:
        bridge.start()
        until("the broker", lambda: bridge.metric("forgebridge_mqtt_connected") == 1)
        before = sync_times(folder, count // 2)
        to_forge, to_notice = send_one_by_one(bridge, requests, notices, count)
        syncs = before + sync_times(folder, count // 2)
    finally:
        bridge.stop()
        subscriber.close()
        broker.stop()
        forge.shutdown()
    allowed = 10 + share(syncs, 99)

    def result(what, times):
        return row("%s, p50 / p99 of %d" % (what, count), "%.1f / %.1f ms" % (
            share(times, 50), share(times, 99)), "p99 <= 10 ms + one fsync",
            share(times, 99) <= allowed)
    return [row("a write of 4 KiB and its fdatasync on that disk, p50 / p99",
                "%.1f / %.1f ms" % (share(syncs, 50), share(syncs, 99)), "", None),
            result("delivery to the first request at Forge", to_forge),
            result("delivery to its notice at a subscriber", to_notice)]


# --- matching ---------------------------------------------------------------------------

def matching():
    """The goals are a third of the time, a tenth of the memory and build of event-ruler."""
    say("matching")
    out = subprocess.run([MATCH, PUSH], stdout=subprocess.PIPE, text=True, check=True,
                         stdin=subprocess.DEVNULL).stdout
    found = {int(n): (float(us), float(ms), float(kib) / 1024) for n, us, ms, kib in
             re.findall(r"match_run +(\d+) rules +([\d.]+) us +\(1 matched, built in "
                        r"(\d+) ms, (\d+) KiB\)", out)}
    scan = float(re.search(r"json_check +([\d.]+) us", out).group(1))
    rows = [row("scanning the push alone (grammar, UTF-8)", "%.1f us" % scan, "", None)]
    for n, goal in ((10000, 2.9), (100000, 10.0)):
        rows.append(row("matching it against {:,} rules, scan included".format(n),
                        "%.1f us" % found[n][0], "<= %.1f us" % goal, found[n][0] <= goal))
    _, ms, mib = found[100000]
    return rows + [
        row("building 100,000 rules", "%.2f s" % (ms / 1e3), "<= 0.43 s", ms <= 430),
        row("their memory", "%.0f MiB" % mib, "<= 50 MiB", mib <= 50)]


def measure(folder, deliveries, latencies):
    rows = memory(folder) + start(folder, deliveries) + latency(folder, latencies)
    rows += matching()
    lines = ["| what | measured | goal | met |", "|---|--:|--:|---|"]
    return "\n".join(lines + ["| %s |" % " | ".join(r) for r in rows])
