"""An MQTT 3.1.1 subscriber of the standard library: connect, subscribe, acknowledge."""
import json
import socket
import struct
import threading


class Message:
    def __init__(self, topic, payload, retained):
        self.topic, self.payload, self.retained = topic, payload, retained

    @property
    def json(self):
        return json.loads(self.payload)

    def __repr__(self):
        return "%s %s" % (self.topic, self.payload.decode("utf-8", "replace")[:300])


def text(s):
    raw = s.encode()
    return struct.pack(">H", len(raw)) + raw


def packet(kind, body):
    length, n = b"", len(body)
    while True:
        n, digit = n >> 7, n & 127
        length += bytes([digit | (128 if n else 0)])
        if not n:
            return bytes([kind]) + length + body


def read_exactly(f, n):
    data = f.read(n)
    if data is None or len(data) < n:
        raise ConnectionError("the broker closed the connection")
    return data


def read_packet(f):
    """(first byte, body) of the next packet."""
    kind = read_exactly(f, 1)[0]
    length, shift = 0, 0
    while True:
        digit = read_exactly(f, 1)[0]
        length |= (digit & 127) << shift
        shift += 7
        if not digit & 128:
            return kind, read_exactly(f, length)


class Subscriber:
    """Calls on_message from a thread of its own. clean=False keeps a session."""

    def __init__(self, port, filters, on_message, client_id="", clean=True):
        self.on_message = on_message
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.file = self.socket.makefile("rb")
        flags = 2 if clean else 0
        self.socket.sendall(packet(0x10, text("MQTT") + bytes([4, flags, 0, 0]) +
                                   text(client_id)))
        kind, body = read_packet(self.file)
        if kind != 0x20 or body[1] != 0:
            raise ConnectionError("CONNACK %r" % body)
        self.session_present = bool(body[0] & 1)
        self.socket.sendall(packet(0x82, b"\0\1" + b"".join(
            text(f) + b"\1" for f in filters)))
        early = []
        while True:
            kind, body = read_packet(self.file)
            if kind == 0x90:
                break
            early.append((kind, body))
        for one in early:
            self.take(*one)
        self.socket.settimeout(None)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        try:
            while True:
                self.take(*read_packet(self.file))
        except (OSError, ValueError):
            pass

    def take(self, kind, body):
        if kind >> 4 != 3:
            return
        size = struct.unpack(">H", body[:2])[0]
        topic, rest = body[2:2 + size].decode(), body[2 + size:]
        if kind & 6:
            packet_id, rest = rest[:2], rest[2:]
        self.on_message(Message(topic, rest, bool(kind & 1)))
        if kind & 6:
            self.socket.sendall(packet(0x40, packet_id))

    def close(self):
        """Ends without DISCONNECT, so a session is kept by the broker all the same."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        if threading.current_thread() is not self.thread:
            self.thread.join(5)
        self.file.close()
        self.socket.close()
