# SPDX-License-Identifier: Apache-2.0
"""riptide-egress, spoken to over its control socket, with real sockets on the loopback around it: what may be dialled, what is
relayed and counted, and that it ends when it should."""
import array
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest

from conftest import BIN, SANITIZED

PROGRAM = os.path.join(BIN, "riptide-egress")
WAIT_S = 60 if SANITIZED else 10
ALL = {"allow_private": True, "allow_hosts": [], "deny_hosts": [], "max_bytes": 0}


def until(condition, seconds=WAIT_S):
    """The first true value of condition(), asked every 10 ms; fails at the deadline."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, "not within %.1f s" % seconds
        select.select([], [], [], 0.01)


class Guard:
    """The program with the other end of its control socket, and one listener, number 1."""

    def __init__(self, *limits, bind="127.0.0.1"):
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        os.set_inheritable(theirs.fileno(), True)
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", 'exec "$0" "$@" 3<&%d %d<&-' % (theirs.fileno(), theirs.fileno()), PROGRAM, *limits],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        theirs.close()
        self.control.settimeout(WAIT_S)
        self.port, self.ids = None, 0
        self.listen(1)

    def send(self, packet, *fds):
        data = packet if isinstance(packet, bytes) else json.dumps(packet).encode()
        self.control.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else [])

    def event(self):
        return json.loads(self.control.recv(65536) or b"null")

    def listen(self, number):
        with socket.socket() as s:
            s.bind(("0.0.0.0", 0))
            s.listen(512)
            self.port = self.port or s.getsockname()[1]
            self.send({"op": "listen", "listener": number}, s.fileno())
            return s.getsockname()[1]

    def grant(self, slot="127.0.0.2", listener=1, **policy):
        self.send({"op": "grant", "listener": listener, "slot": slot, "policy": {**ALL, **policy}})

    def revoke(self, slot="127.0.0.2", listener=1):
        self.send({"op": "revoke", "listener": listener, "slot": slot})

    def ledger(self, slot="127.0.0.2", listener=1):
        self.ids += 1
        self.send({"op": "ledger", "listener": listener, "slot": slot, "id": self.ids})
        answer = self.event()
        assert (answer["event"], answer["id"]) == ("ledger", self.ids), answer
        return answer

    def row(self, slot="127.0.0.2"):
        (row,) = self.ledger(slot)["hosts"]
        return row

    def asked(self):
        """The next name that it wants to know: (id, name)."""
        event = self.event()
        assert event["event"] == "resolve", event
        return event["id"], event["host"]

    def answer(self, number, *addresses, **more):
        self.send({"op": "resolved", "id": number, **({"addresses": addresses} if addresses else {}), **more})

    def client(self, slot="127.0.0.2", port=None):
        s = socket.create_connection((slot, port or self.port), timeout=WAIT_S)
        s.settimeout(WAIT_S)
        return s

    def ask(self, host, port, slot="127.0.0.2"):
        """A client that has sent greeting and request."""
        s = self.client(slot)
        s.sendall(b"\5\1\0" + request(host, port))
        return s

    def connect(self, host, port, slot="127.0.0.2"):
        s = self.ask(host, port, slot)
        assert reply(s) == 0
        return s

    def refused(self, host, port=80, slot="127.0.0.2"):
        """The code of the answer to a request that is not granted."""
        with self.ask(host, port, slot) as s:
            return reply(s)

    def close(self):
        self.control.close()
        try:
            self.process.wait(WAIT_S)
        finally:
            self.process.kill()
            self.said = self.process.stderr.read().decode()
            self.process.stderr.close()
        return self.process.returncode


def request(host, port, command=1):
    for family, kind in ((socket.AF_INET, b"\1"), (socket.AF_INET6, b"\4")):
        try:
            return bytes([5, command, 0]) + kind + socket.inet_pton(family, host) + struct.pack(">H", port)
        except (OSError, UnicodeError):
            pass
    name = host.encode() if isinstance(host, str) else host
    return bytes([5, command, 0, 3, len(name)]) + name + struct.pack(">H", port)


def named(host, port):
    """A request that gives even an address as a name."""
    return b"\5\1\0\3" + bytes([len(host)]) + host.encode() + struct.pack(">H", port)


def read(s, n):
    out = b""
    while len(out) < n:
        piece = s.recv(n - len(out))
        if not piece:
            break
        out += piece
    return out


def read_all(s):
    return b"".join(iter(lambda: s.recv(65536), b""))


def reply(s):
    """The code that answers greeting and request."""
    assert read(s, 2) == b"\5\0"
    answer = read(s, 10)
    assert len(answer) == 10 and answer[0] == 5 and answer[2:] == b"\0\1" + bytes(6), answer
    return answer[1]


@pytest.fixture
def guards():
    """guards(*limits) -> a Guard; all end at the end, with status 0 and nothing said that a test did not take."""
    made = []

    def make(*limits):
        made.append(Guard(*limits))
        return made[-1]
    yield make
    for g in made:
        if g.process.returncode is None:
            assert g.close() == 0, g.said
            assert g.said == ""


@pytest.fixture
def guard(guards):
    return guards()


@pytest.fixture
def server():
    """A listening socket on the loopback."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as s:
        s.settimeout(WAIT_S)
        yield s


def port_of(s):
    return s.getsockname()[1]


def pair(guard, server, slot="127.0.0.2"):
    """Both ends of a connection through the guard."""
    client = guard.connect("127.0.0.1", port_of(server), slot)
    theirs = server.accept()[0]
    theirs.settimeout(WAIT_S)
    return client, theirs


# --- what may be dialled ---

def test_what_is_granted_is_dialled_and_counted(guard, server):
    guard.grant()
    client, theirs = pair(guard, server)
    client.sendall(b"question")
    assert read(theirs, 8) == b"question"
    theirs.sendall(b"an answer")
    assert read(client, 9) == b"an answer"
    assert guard.row() == {"host": "127.0.0.1", "port": port_of(server), "address": "127.0.0.1", "verdict": "allowed",
                           "connections": 1, "bytes_in": 9, "bytes_out": 8}
    client.close()
    assert theirs.recv(1) == b""


def test_a_name_is_asked_for_and_what_it_comes_to_is_dialled(guard, server):
    guard.grant()
    s = guard.ask("example.com", port_of(server))
    number, name = guard.asked()
    assert name == "example.com"
    guard.answer(number, "127.0.0.1")
    assert reply(s) == 0
    assert guard.row()["address"] == "127.0.0.1"


def test_without_a_grant_nothing_is_dialled(guard, server):
    assert guard.refused("127.0.0.1", port_of(server)) == 2
    guard.grant("127.0.0.3")
    assert guard.refused("127.0.0.1", port_of(server)) == 2
    assert guard.ledger()["hosts"] == []
