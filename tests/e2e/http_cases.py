"""The requests of tests/data/http.json, one connection each, and what answers they get.

    http_cases.py HOST:PORT [PATH_PREFIX]

PATH_PREFIX stands in for "/hooks/" where the server has its sources somewhere else.
"""
import json
import os
import re
import select
import socket
import sys
import time

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/http.json")
CLOSES = {400, 413, 414, 417, 431, 501, 505}
SECONDS = 10  # for one case
QUIET = 0.3   # after the last answer expected: nothing more may come


def load(path_prefix="/hooks/"):
    with open(DATA) as f:
        cases = json.load(f)
    for case in cases:
        parts = []
        for part in case["send"]:
            if isinstance(part, dict):
                part = part["repeat"] * part["times"]
            parts.append(part)
        text = "".join(parts).replace("/hooks/", path_prefix)
        case["bytes"] = text.encode("latin-1")
    return cases


def read_head(data):
    """(status, length of the whole answer or None while it is incomplete)."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None, None
    head = data[:end].decode("latin-1")
    m = re.match(r"HTTP/1\.1 (\d{3}) ", head)
    if not m:
        raise ValueError("no status line: %r" % head[:60])
    status = int(m.group(1))
    length = re.search(r"(?im)^content-length: *(\d+)\s*$", head)
    body = int(length.group(1)) if length and status >= 200 else 0
    return status, end + 4 + body


class Exchange:
    """Sends all it has while it reads, as a client that pipelines does."""

    def __init__(self, host, port, case):
        self.sock = socket.create_connection((host, port), SECONDS)
        self.sock.setblocking(False)
        self.left, self.case = case["bytes"], case
        self.half_closed, self.closed = False, False
        self.data, self.statuses, self.heads = b"", [], []
        self.head_request = case["bytes"].startswith(b"HEAD ")

    def send(self):
        try:
            n = self.sock.send(self.left[:65536])
            self.left = self.left[n:]
        except (BrokenPipeError, ConnectionResetError):
            self.left = b""

    def receive(self):
        try:
            piece = self.sock.recv(65536)
        except ConnectionResetError:
            piece = b""
        self.closed = not piece
        self.data += piece
        while True:
            status, length = read_head(self.data)
            if status and self.head_request:
                length = self.data.find(b"\r\n\r\n") + 4
            if status is None or len(self.data) < length:
                return
            self.heads.append(self.data[:length])
            self.statuses.append(status)
            self.data = self.data[length:]

    def run(self, expected):
        """Until closed, or quiet after the answers expected."""
        deadline = time.monotonic() + SECONDS
        while not self.closed:
            enough = len(self.statuses) >= expected and not self.left and \
                not (self.statuses and self.statuses[-1] in CLOSES)
            wait = min(deadline - time.monotonic(), QUIET if enough else SECONDS)
            if wait <= 0:
                return
            if not self.left and self.case.get("half_close") and not self.half_closed:
                self.sock.shutdown(socket.SHUT_WR)
                self.half_closed = True
            r, w, _ = select.select([self.sock], [self.sock] if self.left else [], [], wait)
            if w:
                self.send()
            if r:
                self.receive()
            if not r and not w:
                return


def problem_of(case, x):
    """What is wrong with the exchange, None when nothing is."""
    if x.data:
        return "rubbish behind the answers: %r" % x.data[:60]
    if "answers" in case:
        return None if x.statuses == case["answers"] else "answered %s" % x.statuses
    if case["answer"] is None:
        return None if x.closed and not x.statuses else "answered %s" % x.statuses
    if not x.statuses and x.closed and case.get("or_closed"):
        return None
    if not x.statuses:
        return "closed without an answer" if x.closed else "no answer"
    status = x.statuses[0]
    if status not in case["answer"]:
        return "answered %s" % x.statuses
    if len(x.statuses) > 1:
        return "took what followed as a request: %s" % x.statuses
    if status in CLOSES and not x.closed:
        return "%d, and the connection stayed open" % status
    head = x.heads[0].lower()
    if status == 405 and b"\r\nallow:" not in head:
        return "405 without Allow"
    if status >= 400 and b"\r\ncontent-type: application/problem+json\r\n" not in head:
        return "%d without a problem" % status
    return None


def check(host, port, case):
    try:
        x = Exchange(host, port, case)
    except OSError as e:
        return "no connection: %s" % e
    try:
        x.run(len(case.get("answers", [0])))
        return problem_of(case, x)
    except ValueError as e:
        return str(e)
    finally:
        x.sock.close()


def run(host, port, path_prefix="/hooks/", out=None):
    """Runs all cases; returns (passed, failed) and prints each miss to out."""
    passed = failed = 0
    for case in load(path_prefix):
        problem = check(host, port, case)
        if problem is None:
            passed += 1
            continue
        failed += 1
        wanted = case.get("answers", case.get("answer"))
        print("%s: %s, expected %s" % (case["name"], problem, wanted), file=out)
    return passed, failed


def main():
    host, _, port = sys.argv[1].rpartition(":")
    prefix = sys.argv[2] if len(sys.argv) > 2 else "/hooks/"
    passed, failed = run(host.strip("[]"), int(port), prefix)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
