# SPDX-License-Identifier: Apache-2.0
"""riptide-egress while everything happens at once, in no order: connections of all kinds, ends and resets of either side, grants,
revocations, listeners that come and go, names answered early, late, oddly or never. It lives, and keeps nothing of it."""
import os
import random
import socket
import threading
import time

from conftest import SANITIZED
from test_egress_guard import Guard, port_of, read, request, reset, until

SECONDS = 12 if SANITIZED else 3
SLOTS = ["127.0.0.%d" % i for i in range(2, 9)]
LIMITS = ["handshake_ms=200", "dial_ms=300", "attempt_ms=20", "linger_ms=50", "half_ms=200", "lookups=8", "slot_lookups=3", "names=6",
          "name_ms=50", "name_failed_ms=20", "slot_connections=20", "connections=60", "stray_connections=5"]
HOSTS = ["127.0.0.1"] * 4 + ["127.1", "::1", "10.0.0.1"] + ["n%d.example" % i for i in range(12)] + ["never%d.example" % i for i in range(5)]
ANSWERS = [[], ["127.0.0.1"], ["127.0.0.9", "127.0.0.1", "::1"], ["10.0.0.1"], ["::ffff:127.0.0.1"]]
POLICIES = [{}, {}, {"max_bytes": 50000}, {"max_bytes": 10 ** 6}, {"deny_hosts": ["n1.example"]}, {"deny_hosts": ["127.0.0.0/8"]},
            {"allow_private": False}]


class Soak:
    def __init__(self, seed):
        self.guard, self.seed, self.lock = Guard(*LIMITS), seed, threading.Lock()
        self.ports, self.listeners, self.replies = {1: self.guard.port}, 1, 0
        self.server = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.server.settimeout(0.2)
        self.end = time.monotonic() + SECONDS

    def going_on(self):
        return time.monotonic() < self.end

    def talk(self, s, r):
        """Anything that one side of a connection may do."""
        s.settimeout(0.2)
        for _ in range(r.randrange(6)):
            what = r.randrange(6)
            if what == 0:
                s.sendall(bytes(r.randrange(200000)))
            elif what == 1:
                s.recv(r.randrange(1, 100000))
            elif what == 2:
                s.shutdown(socket.SHUT_WR)
            elif what == 3:
                s.sendall(b"x")
            elif what == 4:
                reset(s)
                return
        s.close()

    def serve(self, r):
        while self.going_on():
            try:
                s = self.server.accept()[0]
            except TimeoutError:
                continue
            with s:
                try:
                    self.talk(s, r)
                except OSError:
                    pass

    def connect(self, r):
        while self.going_on():
            try:
                with socket.create_connection((r.choice(SLOTS), r.choice(list(self.ports.values()))), timeout=0.2) as s:
                    s.sendall(self.said(r))
                    if r.randrange(4) == 0:
                        (reset if r.randrange(2) else socket.socket.close)(s)
                        continue
                    self.replies += len(read(s, 12)) == 12
                    self.talk(s, r)
            except OSError:
                pass

    def said(self, r):
        data = b"\5\1\0" + request(r.choice(HOSTS), port_of(self.server) if r.randrange(8) else 1)
        if r.randrange(20) == 0:
            return r.randbytes(r.randrange(1, 700))
        if r.randrange(10) == 0:
            return data[:r.randrange(len(data))]
        return data + bytes(r.randrange(3000) if r.randrange(3) == 0 else 0)

    def order(self, r):
        while self.going_on():
            with self.lock:
                self.one_order(r, r.choice(SLOTS), r.choice(list(self.ports)))
            time.sleep(0.002)  # the pace of it

    def one_order(self, r, slot, listener):
        what = r.randrange(16)
        if what < 7:
            self.guard.grant(slot, listener, **r.choice(POLICIES))
        elif what < 9:
            self.guard.revoke(slot, listener)
        elif what < 13:
            self.guard.send({"op": "ledger", "listener": listener, "slot": slot, "id": 5})
        elif what == 13 and len(self.ports) < 4:
            self.listeners += 1
            self.ports[self.listeners] = self.guard.listen(self.listeners)
        elif what == 14 and listener != 1:
            self.ports.pop(listener)
            self.guard.send({"op": "unlisten", "listener": listener})
        elif what == 15:
            self.guard.send(r.randbytes(20))

    def resolve(self, r):
        waiting = []
        self.guard.control.settimeout(0.05)
        while self.going_on():
            try:
                event = self.guard.event()
            except TimeoutError:
                event = {"event": "none"}
            if event["event"] == "resolve" and not event["host"].startswith("never"):
                waiting.append(event["id"])
            r.shuffle(waiting)
            while waiting and (len(waiting) > 3 or r.randrange(2)):
                with self.lock:
                    self.guard.answer(waiting.pop(), *r.choice(ANSWERS))

    def run(self):
        jobs = [self.order, self.resolve, *[self.serve] * 6, *[self.connect] * 16, self.listen_to_stderr]
        threads = [threading.Thread(target=job, args=[random.Random(self.seed * 100 + i)]) for i, job in enumerate(jobs)]
        for t in threads:
            t.start()
        for t in threads[:-1]:
            t.join()
        return threads[-1]

    def listen_to_stderr(self, _):
        self.said_to_stderr = self.guard.process.stderr.read()


def fds(guard):
    return len(os.listdir("/proc/%d/fd" % guard.process.pid))


def test_it_lives_and_keeps_nothing():
    seed = int(os.environ.get("RIPTIDE_SEED", time.time_ns() % 100000))
    s = Soak(seed)
    s.guard.ledger()
    before = fds(s.guard)
    stderr = s.run()
    assert s.guard.process.poll() is None, "ended with seed %d" % seed
    assert s.replies > 50
    for listener in s.ports:
        for slot in SLOTS:
            s.guard.revoke(slot, listener)
        if listener != 1:
            s.guard.send({"op": "unlisten", "listener": listener})
    until(lambda: fds(s.guard) == before)  # strays, too, within their deadline
    s.guard.control.close()
    assert s.guard.process.wait(30) == 0, "seed %d" % seed
    stderr.join()
    assert all(b"not understood" in line or b"riptide-egress" not in line for line in s.said_to_stderr.splitlines()), s.said_to_stderr[-3000:]
    s.guard.process.stderr.close()
    s.server.close()
