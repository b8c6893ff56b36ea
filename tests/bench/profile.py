"""Where the bridge's CPU time goes: perf's samples with their call stacks, by part."""
import collections
import os
import re
import shutil
import signal
import subprocess
import sys

# A sample belongs to the part of its innermost function that is named here.
PARTS = [
    ("zstd: compressing the body", r"zip_pack|ZSTD_"),
    ("SQLite: fdatasync of the log", r"fdatasync"),
    ("SQLite: writing the log", r"sqlite3WalFrames"),
    ("SQLite: inserting", r"sqlite3_step|sqlite_write"),
    ("SQLite: from the log to the file", r"checkpoint_thread"),
    ("journal thread, the rest", r"commit_thread"),
    ("HMAC of the body", r"hmac_update|hmac_new|hmac_final|provider_end"),
    ("scanning the JSON", r"json_doc_parse"),
    ("matching", r"ruleset_match"),
    ("fields of the event (headers as JSON)", r"scope_init"),
    ("sending the answer", r"wire_write"),
    ("receiving", r"evbuffer_read|wire_recv"),
    ("epoll", r"epoll_wait|epoll_dispatch"),
    ("parsing HTTP", r"message_feed|message_split_target|message_reset"),
    ("delivery and transaction: making, freeing", r"read_genuine|on_journaled|on_end"),
    ("connection, timers, libevent, the rest", r"event_base_loop"),
]
NAMES = [(name, re.compile("^(%s)" % pattern)) for name, pattern in PARTS]


def part_of(frames):
    for frame in frames:
        symbol = frame.split(None, 1)[-1].lstrip("_").replace("GI_", "")
        for name, pattern in NAMES:
            if pattern.match(symbol):
                return name
    return "not known"


def split(server, us, load):
    """Text: the parts of us microseconds a request, while load() runs."""
    if not shutil.which("perf"):
        sys.exit("perf is missing (Debian: linux-perf)")
    data = os.path.join(server.folder, "perf.data")
    perf = subprocess.Popen(["perf", "record", "-q", "-e", "cpu-clock", "-F", "1000",
                             "--call-graph", "dwarf,8192", "-o", data, "-p",
                             str(server.process.pid)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    load()
    perf.send_signal(signal.SIGINT)
    perf.wait()
    text = subprocess.run(["perf", "script", "-i", data, "-F", "comm,ip,sym"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    samples = [s.strip("\n").split("\n")[1:] for s in text.split("\n\n")]
    counts = collections.Counter(part_of(frames) for frames in samples if frames)
    total = sum(counts.values())
    if total == 0:
        sys.exit("perf took no samples")
    return "\n".join(["| part | us a request |", "|---|--:|"] + [
        "| %s | %.1f |" % (name, n * us / total) for name, n in counts.most_common()] +
        ["", "%d samples." % total])
