"""The listener by itself (tests/tools/http_probe_server.c): cases, drippers, draining."""
import http.client
import json
import os
import resource
import select
import signal
import socket
import subprocess
import threading
import time
import unittest

import http_cases

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("FORGEBRIDGE", os.path.join(ROOT, "build/release/forgebridge"))
SERVER = os.path.join(os.path.dirname(PROGRAM), "tests/tools/http_probe_server")
HEAD = b"POST /hooks/probe HTTP/1.1\r\nHost: a\r\n"
DEEP = bool(os.environ.get("FORGEBRIDGE_DEEP"))
DRIPPERS, HEAD_MS, BODY_MS = (20000, 5000, 10000) if DEEP else (600, 1500, 1500)
GOOD_P99_MS = 100
MEMORY_MIB = 150
INSTRUMENTED = "/asan/" in SERVER  # sanitizers take memory and time of their own


def raise_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Server:
    def __init__(self, *options, descriptors=None):
        def limit():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        self.process = subprocess.Popen([SERVER, *map(str, options)], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        preexec_fn=limit)
        ready = self.process.stdout.readline()
        assert ready.startswith("ready "), self.process.stderr.read()
        self.port = int(ready.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), 10)

    def stats(self):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        c.request("GET", "/stats")
        stats = json.loads(c.getresponse().read())
        c.close()
        return stats

    def cpu(self):
        with open("/proc/%d/schedstat" % self.process.pid) as f:
            return int(f.read().split()[0]) / 1e9

    def terminate(self):
        """SIGTERM; returns the exit status and what was written to stderr."""
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


def wait_for(what, condition, seconds=20):
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain for " + what)
        pause.wait(0.02)


class Drippers(threading.Thread):
    """Half of them send a head, half a body, a byte each every 200 ms, until cut off."""

    def __init__(self, server, count):
        super().__init__()
        self.began, self.ends = time.monotonic(), []
        self.open = {}
        for n in range(count):
            s = server.connect()
            s.send(HEAD + (b"X: " if n % 2 else b"Content-Length: 1000000\r\n\r\n"))
            s.setblocking(False)
            self.open[s.fileno()] = s

    def run(self):
        poll = select.poll()
        for fd in self.open:
            poll.register(fd, select.POLLIN)
        next_drip = time.monotonic()
        while self.open and time.monotonic() - self.began < 40:
            for fd, _ in poll.poll(50):
                if not self.receive(self.open[fd]):
                    poll.unregister(fd)
                    self.open.pop(fd).close()
                    self.ends.append(time.monotonic() - self.began)
            if time.monotonic() > next_drip:
                next_drip += 0.2
                for s in self.open.values():
                    self.send(s)

    @staticmethod
    def receive(s):
        try:
            return s.recv(4096)
        except BlockingIOError:
            return True
        except OSError:
            return b""

    @staticmethod
    def send(s):
        try:
            s.send(b"x")
        except OSError:
            pass


def send_well(server, until):
    """Deliveries one after the other while until() does not hold; their times in ms."""
    times = []
    c = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    while not until() or len(times) < 100:
        began = time.monotonic()
        c.request("POST", "/hooks/probe", b"x" * 6900)
        assert c.getresponse().read()
        times.append((time.monotonic() - began) * 1000)
    c.close()
    return sorted(times)


class HttpServer(unittest.TestCase):
    def test_answers_every_case_as_it_must(self):
        misses = []
        with Server() as server:
            for case in http_cases.load():
                problem = http_cases.check("127.0.0.1", server.port, case)
                if problem:
                    misses.append("%s: %s" % (case["name"], problem))
            self.assertEqual(server.terminate(), (0, ""))
        self.assertEqual(misses, [])

    def test_drippers_are_cut_off_and_good_senders_do_not_notice(self):
        count = min(DRIPPERS, raise_descriptors() - 200)  # each costs both sides one
        with Server("--header-ms", HEAD_MS, "--body-ms", BODY_MS, "--connections", 30000,
                    "--connections-per-address", 30000) as server:
            drippers = Drippers(server, count)
            drippers.start()
            times = send_well(server, lambda: not drippers.is_alive())
            drippers.join()
            stats = server.stats()
            if DEEP:
                print("%d drippers, last gone after %.1f s, good p99 %.1f ms, %d MiB" % (
                    count, max(drippers.ends), times[len(times) * 99 // 100],
                    stats["max_rss_kib"] // 1024))
        self.assertEqual(len(drippers.ends), count)
        self.assertEqual(stats["timeouts"], count)
        if not INSTRUMENTED:
            self.assertLess(times[len(times) * 99 // 100], GOOD_P99_MS)
            self.assertLess(stats["max_rss_kib"] / 1024, MEMORY_MIB)
    test_drippers_are_cut_off_and_good_senders_do_not_notice.seconds = 180

    def test_few_descriptors_cost_one_line_and_no_cpu(self):
        with Server(descriptors=256) as server:
            many = [server.connect() for _ in range(400)]
            before, began = server.cpu(), time.monotonic()
            quiet = threading.Event()
            quiet.wait(2)
            share = (server.cpu() - before) / (time.monotonic() - began)
            for s in many:
                s.close()
            stats = server.stats()
            status, errors = server.terminate()
        self.assertLess(share, 0.05)
        self.assertFalse(stats["paused"])
        self.assertEqual(status, 0)
        self.assertEqual(len(errors.splitlines()), 1, errors)

    def test_a_deaf_reader_of_a_stream_is_cut(self):
        with Server() as server:
            s = server.connect()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.send(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            wait_for("the stream to begin", lambda: server.stats()["connections"] == 2)
            wait_for("the stream to be cut", lambda: server.stats()["connections"] == 1)
            s.close()

    def test_sigterm_answers_what_is_under_way(self):
        with Server() as server:
            s, idle = server.connect(), server.connect()
            s.send(b"POST /hooks/later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na")
            wait_for("the request", lambda: server.stats()["requests"] > 1)
            self.assertEqual(server.terminate(), (0, ""))
            answer = s.recv(4096)
            self.assertTrue(answer.startswith(b"HTTP/1.1 202 "), answer)
            self.assertIn(b"\r\nConnection: close\r\n", answer)
            self.assertEqual(idle.recv(1), b"")
            s.close()
            idle.close()


if __name__ == "__main__":
    unittest.main()
