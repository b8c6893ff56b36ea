"""Hostile senders, each kind a process of its own so that they do not slow each other:

    hostile.py drip ADDRESS COUNT head|body      many connections, a byte a second each
    hostile.py flood ADDRESS RATE SECONDS        forged signatures, RATE a second
    hostile.py crowd ADDRESS COUNT               opens and holds; ends with standard input

Each prints one JSON object with what it saw when it is done, the first also "open" when
all its connections are.
"""
import json
import os
import select
import socket
import subprocess
import sys
import time

PATIENCE = 60  # seconds until a connection that was not closed counts as left open
BODY = b"x" * 6900
HEAD = (b"POST /hooks/github HTTP/1.1\r\nHost: bridge\r\nContent-Type: application/json\r\n"
        b"X-GitHub-Event: push\r\nX-GitHub-Delivery: %d\r\n"
        b"X-Hub-Signature-256: sha256=" + b"0" * 64 + b"\r\nContent-Length: %d\r\n\r\n")


class Hostile(subprocess.Popen):
    def __init__(self, *arguments):
        super().__init__([sys.executable, "-B", os.path.abspath(__file__),
                          *map(str, arguments)], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)

    def report(self):
        """Waits for its end."""
        out, _ = self.communicate(timeout=3 * PATIENCE)
        if self.returncode != 0:
            raise AssertionError("a hostile sender failed")
        return json.loads(out.strip().splitlines()[-1])

    def wait_open(self):
        assert self.stdout.readline() == "open\n", "it did not get its connections"


def connect(address, source):
    """From one of many addresses, as ports are few."""
    host, port = address.rsplit(":", 1)
    s = socket.socket()
    s.settimeout(PATIENCE)
    s.bind(("127.0.0.%d" % (2 + source % 250), 0))
    s.connect((host, int(port)))
    return s


class Drips:
    """Notes for each connection how long it lived."""

    def __init__(self, address, count, what):
        self.open, self.lives, self.answers = {}, [], {}
        self.poll = select.poll()
        for n in range(count):
            s = connect(address, n)
            began = time.monotonic()
            s.send(HEAD % (n, 1000000) if what == "body" else HEAD[:60])
            s.setblocking(False)
            self.open[s.fileno()] = (s, began)
            self.poll.register(s, select.POLLIN)
            if n % 50 == 0:
                self.hear(0)
        print("open", flush=True)

    def run(self):
        began, done = time.monotonic(), 0
        while self.open and time.monotonic() - began < PATIENCE:
            self.hear(20)
            # one pass over all of them a second, in small portions
            due = list(self.open.values())
            upto = int((time.monotonic() - began) * len(due))
            for s, _ in [due[i % len(due)] for i in range(done, min(upto, done + len(due)))]:
                try:
                    s.send(b"x")
                except OSError:
                    pass
            done = max(upto, done)

    def hear(self, timeout_ms):
        for fd, _ in self.poll.poll(timeout_ms):
            s, began = self.open[fd]
            try:
                got = s.recv(4096)
            except OSError:
                got = b""
            if got:
                status = got.split(b" ", 2)[1].decode()
                self.answers[status] = self.answers.get(status, 0) + 1
                continue
            self.poll.unregister(fd)
            del self.open[fd]
            s.close()
            self.lives.append(time.monotonic() - began)

    def report(self):
        return {"closed": len(self.lives), "open": len(self.open), "answers": self.answers,
                "longest": max(self.lives, default=0)}


def drip(address, count, what):
    drips = Drips(address, int(count), what)
    drips.run()
    return drips.report()


def flood(address, rate, seconds):
    """Batches, so that one process comes to the rate."""
    rate, seconds, size, sent, denied = int(rate), float(seconds), 20, 0, 0
    s, began = connect(address, 0), time.monotonic()
    while time.monotonic() - began < seconds:
        s.sendall(b"".join(HEAD % (sent + i, len(BODY)) + BODY for i in range(size)))
        sent, got = sent + size, b""
        while got.count(b"HTTP/1.1 ") < size or not got.endswith(b"}"):
            piece = s.recv(65536)
            if not piece:
                raise ConnectionError("closed after %d" % sent)
            got += piece
        denied += got.count(b"HTTP/1.1 401 ")
        select.select([], [], [], max(0, sent / rate - (time.monotonic() - began)))
    return {"sent": sent, "denied": denied, "rate": sent / (time.monotonic() - began)}


def crowd(address, count):
    kept = [connect(address, n) for n in range(int(count))]
    print("open", flush=True)
    sys.stdin.read()
    return {"open": len(kept)}


if __name__ == "__main__":
    os.nice(19)  # in truth they are elsewhere, and do not share the bridge's cores
    print(json.dumps({"drip": drip, "flood": flood, "crowd": crowd}[sys.argv[1]](
        *sys.argv[2:])))
