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
        except (OSError, TypeError, UnicodeError):
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


@pytest.mark.parametrize("policy, host, allowed", [
    ({"deny_hosts": ["127.0.0.1"]}, "127.0.0.1", False),
    ({"deny_hosts": ["127.0.0.0/8"]}, "127.0.0.1", False),
    ({"deny_hosts": ["127.0.0.0/8"]}, "::ffff:127.0.0.1", False),
    ({"deny_hosts": ["10.0.0.0/8", "*.example.com"]}, "127.0.0.1", True),
    ({"deny_hosts": ["example.com"]}, "example.com", False),
    ({"deny_hosts": ["example.com"]}, "EXAMPLE.com.", False),
    ({"deny_hosts": ["example.com"]}, "www.example.com", True),
    ({"deny_hosts": ["*.example.com"]}, "www.example.com", False),
    ({"deny_hosts": ["*.example.com"]}, "example.com", True),
    ({"deny_hosts": ["127.0.0.0/8"]}, "example.com", False),  # by its address
    ({"deny_hosts": ["bücher.example"]}, "xn--bcher-kva.example", False),
    ({"allow_hosts": ["example.com"]}, "example.com", True),
    ({"allow_hosts": ["example.com"]}, "example.org", False),
    ({"allow_hosts": ["example.com"]}, "127.0.0.1", False),
    ({"allow_hosts": ["127.0.0.1/32"]}, "example.org", True),  # by its address
    ({"allow_hosts": ["127.0.0.2/32"]}, "example.org", False),
    ({"allow_hosts": ["example.com"], "deny_hosts": ["*.com"]}, "example.com", False),
])
def test_patterns(guard, server, policy, host, allowed):
    asks = any("/" in p for p in policy.get("deny_hosts", []) + policy.get("allow_hosts", []))  # only its address can tell
    guard.grant(**policy)
    s = guard.ask(host, port_of(server))
    if "example" in host and (allowed or asks):
        guard.answer(guard.asked()[0], "127.0.0.1")
    assert reply(s) == (0 if allowed else 2)
    row = guard.row()
    assert (row["host"], row["verdict"]) == (host, "allowed" if allowed else "denied_host")


PRIVATE = ["127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "127.0.0.1.", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "0",
           "localhost", "LOCALHOST.", "a.localhost", "10.1.2.3", "169.254.169.254", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]",
           "①②⑦.0.0.1", "%31%32%37.0.0.1"]


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_denied_in_any_spelling(guard, server, host):
    guard.grant(allow_private=False)
    with guard.client() as s:
        s.sendall(b"\5\1\0" + b"\5\1\0\3" + bytes([len(host.encode())]) + host.encode() + struct.pack(">H", port_of(server)))
        assert reply(s) == 2
    answer = guard.ledger()
    assert [r["verdict"] for r in answer["hosts"]] == ["denied_address"] and answer["denied"] == 1
    server.setblocking(False)
    with pytest.raises(BlockingIOError):
        server.accept()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "::"])
def test_private_addresses_are_denied_as_bytes(guard, host):
    guard.grant(allow_private=False)
    assert guard.refused(host) == 2
    assert guard.row()["verdict"] == "denied_address"


def test_spellings_of_an_address_are_that_address(guard, server):
    guard.grant(deny_hosts=["127.0.0.9"])
    for host, code in (("127.1", 0), ("0x7f.0.0.1", 0), ("[::ffff:127.0.0.1]", 0), ("127.9", 2), ("[::ffff:7f00:9]", 2)):
        with guard.client() as s:
            s.sendall(b"\5\1\0" + named(host, port_of(server)))
            assert reply(s) == code, host


@pytest.mark.parametrize("host", [b"a b", b"a\0b", b"\xff\xfe", b"a:b", b"a/b", b".", b"\xe2\x80\xae.com", b"[::1", b"1.2.3.4.5"])
def test_what_is_no_host_is_not_asked_for(guard, host):
    guard.grant()
    assert guard.refused(host) == 4
    assert guard.row()["verdict"] == "dns_failed"


def forget_names(guard):
    """Where one name is remembered, another takes its place."""
    s = guard.ask("gone.example", 80)
    guard.answer(guard.asked()[0])
    assert reply(s) == 4


def test_what_is_dialled_is_judged_at_each_time(guards):
    guard = guards("names=1")
    guard.grant(allow_private=False, deny_hosts=["93.184.0.0/16"])
    for addresses, verdict in ((["93.184.215.14"], "denied_host"), (["127.0.0.1"], "denied_address"), (["::1"], "denied_address")):
        s = guard.ask("rebinding.example", 80)
        guard.answer(guard.asked()[0], *addresses)
        assert reply(s) == 2
        assert verdict in [r["verdict"] for r in guard.ledger()["hosts"]]
        forget_names(guard)


def test_a_name_with_both_comes_to_the_public_address(guard, outside):
    there = outside.bind(lambda: socket.create_server(("0.0.0.0", 0)))
    guard.grant(allow_private=False)
    with socket.create_server(("127.0.0.1", port_of(there))) as here:
        s = guard.ask("both.example", port_of(there))
        guard.answer(guard.asked()[0], "127.0.0.1", "93.184.215.14")
        assert reply(s) == 0
        assert guard.row()["address"] == "93.184.215.14"
        here.setblocking(False)
        with pytest.raises(BlockingIOError):
            here.accept()
    there.close()


def test_public_first_and_private_later_is_not_dialled(guards, outside):
    there = outside.bind(lambda: socket.create_server(("0.0.0.0", 0)))
    guard = guards("names=1")
    guard.grant(allow_private=False)
    codes = []
    for address in ("93.184.215.14", "127.0.0.1"):
        s = guard.ask("rebinding.example", port_of(there))
        guard.answer(guard.asked()[0], address)
        codes.append(reply(s))
        forget_names(guard)
    assert codes == [0, 2]
    there.close()


def test_the_machine_s_own_public_addresses_are_denied(guard, outside):
    for address in ("93.184.200.1/24", "93.184.200.2/24"):  # the second one is not the source of what is sent to it
        subprocess.run(["ip", "addr", "add", address, "dev", "lo"], check=True)
    try:
        with socket.create_server(("0.0.0.0", 0)) as s:
            guard.grant(allow_private=False)
            assert guard.refused("93.184.200.1", port_of(s)) == 2
            assert guard.refused("93.184.200.2", port_of(s)) == 2
            assert {r["verdict"] for r in guard.ledger()["hosts"]} == {"denied_address"}
            guard.grant()
            guard.connect("93.184.200.2", port_of(s))
    finally:
        for address in ("93.184.200.1/24", "93.184.200.2/24"):
            subprocess.run(["ip", "addr", "del", address, "dev", "lo"], capture_output=True)  # the first takes the second along


# --- dialling ---

def test_refusals_say_why(guard, server):
    guard.grant()
    closed = socket.create_server(("127.0.0.1", 0))
    port = port_of(closed)
    closed.close()
    assert guard.refused("127.0.0.1", port) == 5
    assert guard.row()["verdict"] == "refused"
    s = guard.ask("gone.example", 80)
    guard.answer(guard.asked()[0], error="no such host")
    assert reply(s) == 4
    s = guard.ask("unreachable.example", 80)
    guard.answer(guard.asked()[0], "2001:db8::1")
    assert reply(s) == 4
    assert [r["verdict"] for r in guard.ledger()["hosts"]] == ["refused", "dns_failed", "unreachable"]
    assert guard.ledger()["denied"] == 0


def test_the_next_address_is_tried_at_once_when_one_refuses(guards, server):
    guard = guards("attempt_ms=60000")
    guard.grant()
    s = guard.ask("many.example", port_of(server))
    guard.answer(guard.asked()[0], "::1", "127.0.0.9", "127.0.0.8", "127.0.0.7", "127.0.0.6", "127.0.0.5", "127.0.0.1")
    assert reply(s) == 0
    assert guard.row()["address"] == "127.0.0.1"


class Silent:
    """A port where nothing is answered: its queue is full."""

    def __init__(self, address, port=0):
        self.s = socket.socket()
        self.s.bind((address, port))
        self.s.listen(0)
        self.fill = [socket.socket() for _ in range(4)]
        for f in self.fill:
            f.setblocking(False)
            f.connect_ex(self.s.getsockname())
        self.port = port_of(self.s)

    def close(self):
        for f in (self.s, *self.fill):
            f.close()


def test_the_next_address_is_tried_too_when_one_is_silent(guard):
    guard.grant()
    silent = Silent("127.0.0.9")
    with socket.create_server(("127.0.0.1", silent.port)):
        s = guard.ask("many.example", silent.port)
        guard.answer(guard.asked()[0], "127.0.0.9", "127.0.0.1")
        began = time.monotonic()
        assert reply(s) == 0
        assert 0.2 <= time.monotonic() - began < 5
        assert guard.row()["address"] == "127.0.0.1"
    silent.close()


def test_dialling_has_a_deadline(guards):
    guard = guards("dial_ms=300")
    guard.grant()
    silent = Silent("127.0.0.9")
    assert guard.refused("127.0.0.9", silent.port) == 4
    assert guard.row()["verdict"] == "timeout"
    silent.close()


def test_a_client_that_goes_away_is_dialled_for_no_more(guard, server):
    guard.grant()
    s = guard.ask("slow.example", port_of(server))
    number, _ = guard.asked()
    s.close()
    guard.ledger()
    guard.answer(number, "127.0.0.1")
    assert guard.ledger()["hosts"] == []


def test_ipv6(guard):
    guard.grant()
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        guard.connect("::1", port_of(server))
        assert guard.row()["address"] == "::1"


# --- names ---

def test_a_name_is_asked_for_once(guards, server):
    guard = guards("names=2", "name_ms=60000")
    guard.grant()
    guard.grant("127.0.0.3")
    waiting = [guard.ask("example.com", port_of(server), slot) for slot in ["127.0.0.2", "127.0.0.3"] * 3]
    number, _ = guard.asked()
    guard.answer(number, "127.0.0.1")
    assert [reply(s) for s in waiting] == [0] * 6
    guard.connect("example.com", port_of(server))
    for other in ("a.example", "b.example"):  # which push it out
        s = guard.ask(other, port_of(server))
        guard.answer(guard.asked()[0], "127.0.0.1")
        assert reply(s) == 0
    guard.ask("example.com", port_of(server))
    assert guard.asked()[1] == "example.com"


def test_a_failure_is_remembered_for_a_moment(guards):
    guard = guards("name_failed_ms=300")
    guard.grant()
    s = guard.ask("gone.example", 80)
    guard.answer(guard.asked()[0])
    assert reply(s) == 4
    assert guard.refused("gone.example") == 4  # without a question
    select.select([], [], [], 0.4)
    guard.ask("gone.example", 80)
    assert guard.asked()[1] == "gone.example"


def test_lookups_that_are_never_answered_hold_up_their_slot_only(guards, server):
    guard = guards("lookups=4", "slot_lookups=3", "dial_ms=1500", "name_failed_ms=60000")
    guard.grant()
    guard.grant("127.0.0.3")
    silent = [guard.ask("silent%d.example" % i, 80) for i in range(8)]
    assert [guard.asked()[1] for _ in range(3)] == ["silent%d.example" % i for i in range(3)]
    s = guard.ask("answered.example", port_of(server), "127.0.0.3")
    number, name = guard.asked()
    assert name == "answered.example"
    guard.answer(number, "127.0.0.1")
    assert reply(s) == 0
    assert [reply(s) for s in silent] == [4] * 8
    assert {r["verdict"] for r in guard.ledger()["hosts"]} == {"timeout"}
