"""A broker that is slow, frozen or away, and what that costs: nothing but time."""
import os
import select
import signal
import socket
import threading
import time

import actors
from actors import Bridge, Broker, Forge, Scenario, Sender, Spy, free_port, until

DEEP = bool(os.environ.get("FORGEBRIDGE_DEEP"))
DELIVERIES = 3000 if DEEP else 150
INSTRUMENTED = "/asan/" in os.path.abspath(actors.PROGRAM)
GROWTH_KIB = 16 * 1024  # of memory, for caches and what the allocator keeps
SLOWER_MS = 50  # the median may be that much later than with a good broker


class Slow(threading.Thread):
    """Stands before a broker; passes `rate` bytes a second to it, in small pieces."""

    def __init__(self, broker, rate):
        super().__init__(daemon=True)
        self.broker, self.rate, self.port, self.stop = broker, rate, free_port(), False
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.start()

    def run(self):
        while not self.stop:
            if select.select([self.listener], [], [], 0.1)[0]:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()
        self.listener.close()

    def serve(self, client):
        server, piece = socket.create_connection(("127.0.0.1", self.broker.port)), 500
        for s in (client, server):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pause = threading.Event()
        with client, server:
            try:
                while not self.stop:
                    ready = select.select([client, server], [], [], 0.1)[0]
                    for s in ready:
                        data = s.recv(piece if s is client else 65536)
                        if not data:
                            return
                        (server if s is client else client).sendall(data)
                        if s is client:
                            pause.wait(len(data) / self.rate)
            except OSError:
                return


class BadBroker(Scenario):
    def cast(self, port=None):
        self.broker = Broker(self)
        self.forge = Forge(self, "--speed", "1000").start()
        self.bridge = Bridge(self, self.forge, self.broker, [])
        if port:
            self.bridge.config["mqtt"]["url"] = "mqtt://127.0.0.1:%d" % port
        self.sender = Sender(self.bridge)

    def push(self, count):
        """The median time in ms; the deliveries are remembered."""
        times = []
        for _ in range(count):
            began = time.monotonic()
            self.deliveries.append(self.accepted(self.sender.push()))
            times.append((time.monotonic() - began) * 1000)
        return sorted(times)[count // 2]

    def resident_kib(self):
        with open("/proc/%d/status" % self.bridge.process.pid, encoding="utf-8") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))

    def all_arrive(self):
        def missing():
            told = {e["correlationid"] for e in self.spy.events()
                    if e["type"] == "io.forgebridge.delivery.accepted.v1"}
            return set(self.deliveries) - told
        until("all notices to arrive", lambda: not missing(), 60)
        order = [m.json["correlationid"] for m in self.spy.all("event/delivery/accepted")]
        self.assertEqual(list(dict.fromkeys(order)), self.deliveries)

    def play(self, spoil, mend):
        """Deliveries before, while the broker is bad, and after."""
        self.deliveries = []
        good = self.push(50)
        spoil()
        self.push(50)
        before = self.resident_kib()
        bad = self.push(DELIVERIES)
        grown = self.resident_kib() - before
        mend()
        self.push(5)
        self.all_arrive()
        print("median %.1f ms with a good broker, %.1f ms with a bad one; %d KiB more" % (
            good, bad, grown))
        self.assertLess(bad, good + SLOWER_MS)
        if not INSTRUMENTED:
            self.assertLess(grown, GROWTH_KIB)

    def test_frozen(self):
        self.cast()
        self.broker.start()
        self.spy = Spy(self, self.broker).start()
        self.bridge.start()
        self.play(lambda: self.broker.signal(signal.SIGSTOP),
                  lambda: self.broker.signal(signal.SIGCONT))
    test_frozen.seconds = 180

    def test_frozen_for_longer_than_an_acknowledgement_may_take(self):
        self.cast()
        self.broker.start()
        self.spy = Spy(self, self.broker).start()
        self.bridge.start()
        self.deliveries = []
        self.push(5)
        self.broker.signal(signal.SIGSTOP)
        self.push(30)
        self.bridge.log.wait("lost the broker")
        self.broker.signal(signal.SIGCONT)
        self.push(5)
        self.all_arrive()

    def test_away_for_the_whole_run(self):
        self.cast()
        self.bridge.start()
        def mend():
            self.broker.start()
            self.spy = Spy(self, self.broker).start()
        self.play(lambda: None, mend)
    test_away_for_the_whole_run.seconds = 180

    def test_slow(self):
        self.cast(port=0)
        self.broker.start()
        slow = Slow(self.broker, 200000 if DEEP else 40000)
        self.addCleanup(lambda: (setattr(slow, "stop", True), slow.join()))
        self.bridge.config["mqtt"]["url"] = "mqtt://127.0.0.1:%d" % slow.port
        self.spy = Spy(self, self.broker).start()
        self.bridge.start()
        self.play(lambda: None, lambda: None)
    test_slow.seconds = 180


if __name__ == "__main__":
    import unittest
    unittest.main()
