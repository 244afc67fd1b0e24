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

    def __init__(self, *limits, fds=None, stderr=subprocess.PIPE):
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        os.set_inheritable(theirs.fileno(), True)
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", "%sexec \"$0\" \"$@\" 3<&%d %d<&-" % (
                "ulimit -n %d; " % fds if fds else "", theirs.fileno(), theirs.fileno()), PROGRAM, *limits],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stderr=stderr)
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
            if self.process.stderr:
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


PRIVATE = ["127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "127.0.0.1.", "[::ffff:127.0.0.1]", "[::1]", "::1", "0.0.0.0", "0",
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


def test_own_addresses_are_known_where_any_can_be_bound_to(guard, outside):
    there = outside.bind(lambda: socket.create_server(("0.0.0.0", 0)))
    subprocess.run(["ip", "addr", "add", "93.184.200.1/24", "dev", "lo"], check=True)
    try:
        with open("/proc/sys/net/ipv4/ip_nonlocal_bind", "w") as f:
            f.write("1")
        guard.grant(allow_private=False)
        guard.connect("93.184.215.14", port_of(there))
        assert guard.refused("93.184.200.1", port_of(there)) == 2
    finally:
        with open("/proc/sys/net/ipv4/ip_nonlocal_bind", "w") as f:
            f.write("0")
        subprocess.run(["ip", "addr", "del", "93.184.200.1/24", "dev", "lo"], check=True)
        there.close()


# --- dialling ---

def test_mapped_addresses_are_the_ipv4_ones(guard, server):
    guard.grant()
    s = guard.ask("mapped.example", port_of(server))
    guard.answer(guard.asked()[0], "::ffff:127.0.0.1")
    assert reply(s) == 0
    guard.connect("::ffff:127.0.0.1", port_of(server))
    assert [r["address"] for r in guard.ledger()["hosts"]] == ["127.0.0.1", "127.0.0.1"]


@pytest.mark.skipif(not os.environ.get("RIPTIDE_ISOLATED"), reason="would reach for the web")
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
    server.settimeout(0.3)
    with pytest.raises(TimeoutError):
        server.accept()


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


def test_lookups_wait_in_line(guards, server):
    guard = guards("slot_lookups=1")
    guard.grant()
    clients = [guard.ask("n%d.example" % i, port_of(server)) for i in range(4)]
    for i, s in enumerate(clients):
        number, name = guard.asked()
        assert name == "n%d.example" % i and not select.select([guard.control], [], [], 0.05)[0]
        guard.answer(number, *["127.0.0.1"] * (i % 2))
        assert reply(s) == (0 if i % 2 else 4)


def test_riptide_is_asked_for_as_much_as_it_has_room_for(guards):
    """128 of base/lookup.h's 256: the daemon fails a question over that at once, and here it would be remembered."""
    guard = guards()
    slots = ["127.0.0.%d" % i for i in range(2, 7)]
    for slot in slots:
        guard.grant(slot)
    clients = [guard.ask("n%d.example" % (32 * i + k), 80, slot) for i, slot in enumerate(slots) for k in range(32)]
    asked = [guard.asked()[0] for _ in range(128)]
    assert not select.select([guard.control], [], [], 0.2)[0]
    for number in asked:
        guard.answer(number)
    for _ in clients[128:]:
        guard.answer(guard.asked()[0])
    assert [reply(s) for s in clients] == [4] * 160


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


# --- the handshake ---

def closed(s):
    """Did the other side end the connection, with a reset or without?"""
    try:
        return s.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\4\1\0\x50\x7f\0\0\1\0", b"\5\1\0\4\1\0\1", bytes(300), b"\x16\3\1" * 200],
                         ids=["http", "socks4", "version", "zeros", "tls"])
def test_what_is_not_socks5_is_closed(guard, garbage):
    guard.grant()
    with guard.client() as s:
        s.sendall(garbage)
        answer = b""
        try:
            answer = read_all(s)
        except ConnectionResetError:
            pass
        assert answer in (b"", b"\5\0")
    assert guard.ledger()["hosts"] == []


@pytest.mark.parametrize("sent, code", [
    (request("127.0.0.1", 80, command=2), 7), (request("127.0.0.1", 80, command=3), 7), (b"\5\1\0\2\1\2\3\4\0\x50", 8),
    (request("127.0.0.1", 0), 1), (b"\5\1\0\3\0\0\x50", 1)], ids=["bind", "associate", "type", "port", "name"])
def test_what_is_not_supported_is_said(guard, sent, code):
    guard.grant()
    with guard.client() as s:
        s.sendall(b"\5\2\2\0" + sent)
        assert reply(s) == code


def test_a_refusal_is_followed_by_the_end_at_once(guards):
    guard = guards("linger_ms=60000")
    with guard.ask("127.0.0.1", 80) as s:
        assert reply(s) == 2
        assert s.recv(1) == b""
    with guard.client() as s:
        s.sendall(b"\5\1\2")
        assert read_all(s) == b"\5\xff"


def test_who_was_refused_need_not_close(guards):
    guard = guards("linger_ms=100", "stray_connections=1")
    with guard.ask("127.0.0.1", 80) as s:
        assert reply(s) == 2
        until(lambda: not closed_at_once(guard, "127.0.0.2"))


def test_a_client_that_insists_on_a_password_is_told(guard):
    guard.grant()
    with guard.client() as s:
        s.sendall(b"\5\1\2")
        assert read_all(s) == b"\5\xff"


def test_byte_by_byte_and_more_at_once(guard, server):
    guard.grant()
    with guard.client() as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for b in b"\5\1\0" + request("127.0.0.1", port_of(server)):
            s.sendall(bytes([b]))
            guard.ledger()  # it has seen it
        assert reply(s) == 0
        server.accept()
    with guard.client() as s:  # who can't wait
        early = os.urandom(100000)
        threading.Thread(target=s.sendall, args=[b"\5\1\0" + request("127.0.0.1", port_of(server)) + early]).start()
        assert reply(s) == 0
        assert read(server.accept()[0], len(early)) == early
    assert guard.row()["bytes_out"] == len(early)


def test_a_handshake_has_a_deadline(guards):
    guard = guards("handshake_ms=200")
    guard.grant()
    for sent in (b"", b"\5", b"\5\1\0", b"\5\1\0\5\1\0\1"):
        with guard.client() as s:
            s.sendall(sent)
            try:
                read_all(s)
            except ConnectionResetError:
                pass


# --- relaying ---

def test_a_megabyte_each_way_at_the_same_time(guard, server):
    guard.grant()
    client, theirs = pair(guard, server)
    sent = [os.urandom(1 << 20), os.urandom(1 << 20)]
    writers = [threading.Thread(target=s.sendall, args=[data]) for s, data in zip((client, theirs), sent)]
    got = [None, None]

    def collect(i, s):
        got[i] = read(s, 1 << 20)
    readers = [threading.Thread(target=collect, args=[i, s]) for i, s in enumerate((theirs, client))]
    for t in writers + readers:
        t.start()
    for t in writers + readers:
        t.join(WAIT_S)
    assert got == sent
    row = guard.row()
    assert (row["bytes_in"], row["bytes_out"], guard.ledger()["bytes"]) == (1 << 20, 1 << 20, 2 << 20)


def test_an_end_of_one_side_leaves_the_other(guard, server):
    guard.grant()
    client, theirs = pair(guard, server)
    client.sendall(b"all that I have to say")
    client.shutdown(socket.SHUT_WR)
    assert read_all(theirs) == b"all that I have to say"
    theirs.sendall(b"x" * 300000)
    assert len(read(client, 300000)) == 300000
    theirs.close()
    assert client.recv(1) == b""

    client, theirs = pair(guard, server)
    theirs.sendall(b"y" * 300000)
    theirs.shutdown(socket.SHUT_WR)
    assert len(read_all(client)) == 300000
    client.sendall(b"still here")
    client.close()
    assert read_all(theirs) == b"still here"


def test_half_a_connection_that_stands_still_ends(guards, server):
    guard = guards("half_ms=200")
    guard.grant()
    client, theirs = pair(guard, server)
    client.shutdown(socket.SHUT_WR)
    assert theirs.recv(1) == b""
    for _ in range(5):  # while something moves it stays
        theirs.sendall(b"z")
        assert client.recv(1) == b"z"
        select.select([], [], [], 0.1)
    assert closed(client)


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def test_a_reset_is_passed_on(guard, server):
    guard.grant()
    for first in (0, 1):
        ends = pair(guard, server)
        reset(ends[first])
        with pytest.raises(ConnectionResetError):
            ends[1 - first].recv(1)


def memory_kb(guard):
    with open("/proc/%d/status" % guard.process.pid) as f:
        return int(next(line for line in f if line.startswith("VmRSS")).split()[1])


def test_who_does_not_read_is_waited_for(guard, server):
    guard.grant()
    pairs = [pair(guard, server) for _ in range(20)]
    before, sent = memory_kb(guard), [0] * 20
    for i, (_, theirs) in enumerate(pairs):
        theirs.settimeout(0.2)
        try:
            while sent[i] < 64 << 20:
                sent[i] += theirs.send(bytes(1 << 16))
        except TimeoutError:
            pass
        assert sent[i] < 64 << 20
    if not SANITIZED:
        assert memory_kb(guard) - before < 20 * 64 + 512
    total = [0] * 20
    for i, (client, theirs) in enumerate(pairs):
        theirs.close()
        total[i] = len(read_all(client))
    assert total == sent
    assert guard.row()["bytes_in"] == sum(sent)


def test_many_connections_at_once(guard, server):
    guard.grant()
    clients = [guard.ask("127.0.0.1", port_of(server)) for _ in range(200)]
    theirs = {}
    for s in clients:
        assert reply(s) == 0
        s.sendall(struct.pack(">H", clients.index(s)))
    for _ in clients:
        s = server.accept()[0]
        theirs[struct.unpack(">H", read(s, 2))[0]] = s
    for i, s in theirs.items():
        s.sendall(b"%d" % i)
        s.close()
    assert [read_all(s) for s in clients] == [b"%d" % i for i in range(200)]
    assert guard.row()["connections"] == 200


def test_idle_connections_are_kept_alive(guard, server):
    guard.grant()
    client, theirs = pair(guard, server)
    with open("/proc/net/tcp") as f:
        rows = [line.split() for line in f]
    # local address, remote address, state, queues, timer: 02 is the one of keep-alive
    (row,) = [r for r in rows if r[1].endswith(":%04X" % theirs.getpeername()[1]) and r[3] == "01"]
    assert row[5].split(":")[0] == "02" and 40 < int(row[5].split(":")[1], 16) / os.sysconf("SC_CLK_TCK") <= 45


# --- the budget ---

@pytest.mark.parametrize("way", [0, 1])
def test_a_budget_is_kept(guard, server, way):
    guard.grant(max_bytes=100000)
    guard.grant("127.0.0.3", max_bytes=100000)
    ends, others, other_slot = pair(guard, server), pair(guard, server), pair(guard, server, "127.0.0.3")
    got = []

    def collect():
        try:
            while piece := ends[1 - way].recv(65536):
                got.append(len(piece))
        except ConnectionResetError:
            pass
    t = threading.Thread(target=collect)
    t.start()
    try:
        for _ in range(100):
            ends[way].sendall(bytes(10000))
    except (ConnectionResetError, BrokenPipeError):
        pass
    t.join(WAIT_S)
    assert sum(got) <= 100000
    assert closed(others[0])
    answer = guard.ledger()
    assert answer["over"] and answer["bytes"] == 100001
    assert guard.refused("127.0.0.1", port_of(server)) == 2
    assert [r["verdict"] for r in guard.ledger()["hosts"]] == ["allowed", "over_budget"]
    other_slot[0].sendall(b"not concerned")
    assert read(other_slot[1], 13) == b"not concerned"
    guard.grant(max_bytes=100000)
    pair(guard, server)
    assert not guard.ledger()["over"]


def test_who_is_dialled_for_meanwhile_is_over_the_budget_too(guard, server):
    guard.grant(max_bytes=1000)
    waiting = guard.ask("slow.example", port_of(server))
    number, _ = guard.asked()
    client, theirs = pair(guard, server)
    theirs.sendall(bytes(2000))
    assert closed(theirs)
    guard.answer(number, "127.0.0.1")
    assert reply(waiting) == 2
    assert {(r["host"], r["verdict"]) for r in guard.ledger()["hosts"]} == {("127.0.0.1", "allowed"), ("slow.example", "over_budget")}


def test_a_budget_may_be_used_up(guard, server):
    guard.grant(max_bytes=100000)
    client, theirs = pair(guard, server)
    theirs.sendall(bytes(100000))
    theirs.close()
    assert len(read_all(client)) == 100000
    assert not guard.ledger()["over"]


# --- grants ---

def test_a_grant_that_was_sent_before_is_seen(guard, server):
    for i in range(300):
        slot = "127.1.%d.%d" % (i // 250, i % 250 + 1)
        s = guard.client("127.2.2.2")  # something else to do
        guard.grant(slot)
        assert reply(guard.ask("127.0.0.1", port_of(server), slot)) == 0
        s.close()
        guard.revoke(slot)


def test_a_revoked_slot_is_closed_and_forgotten(guard, server):
    guard.grant()
    client, theirs = pair(guard, server)
    waiting = guard.ask("slow.example", 80)
    number, _ = guard.asked()
    greeting = guard.client()
    greeting.sendall(b"\5\1\0")
    assert read(greeting, 2) == read(waiting, 2) == b"\5\0"
    guard.revoke()
    assert closed(client) and closed(theirs) and closed(greeting) and closed(waiting)
    guard.answer(number, "127.0.0.1")
    assert guard.refused("127.0.0.1", port_of(server)) == 2
    assert guard.ledger() == {"event": "ledger", "id": guard.ids, "bytes": 0, "denied": 0, "over": False, "hosts": []}


def test_a_new_grant_begins_a_new_ledger_and_keeps_what_it_allows(guard, server):
    guard.grant()
    client, theirs = pair(guard, server)
    denied = socket.create_server(("127.0.0.9", 0))
    other = guard.connect("127.0.0.9", port_of(denied))
    client.sendall(b"before")
    assert read(theirs, 6) == b"before"
    guard.grant(deny_hosts=["127.0.0.9"])
    assert closed(other)
    assert guard.ledger()["bytes"] == 0
    client.sendall(b"after")
    assert read(theirs, 5) == b"after"
    assert [(r["host"], r["connections"], r["bytes_out"]) for r in guard.ledger()["hosts"]] == [("127.0.0.1", 0, 5)]


def test_a_new_grant_ends_what_the_old_one_had_begun(guard):
    """It was judged by another policy."""
    guard.grant()
    with socket.create_server(("127.0.0.9", 0), backlog=0) as full:
        fill = [socket.socket() for _ in range(3)]
        for s in fill:
            s.setblocking(False)
            s.connect_ex(full.getsockname())
        dialling, named = guard.ask("127.0.0.9", port_of(full)), guard.ask("slow.example", 80)
        number, _ = guard.asked()
        assert read(dialling, 2) == read(named, 2) == b"\5\0" and not select.select([dialling, named], [], [], 0.1)[0]
        guard.grant(deny_hosts=["127.0.0.9", "slow.example"])
        assert closed(dialling) and closed(named)
        guard.answer(number, "127.0.0.1")
        assert guard.ledger()["hosts"] == []
        for s in fill:
            s.close()


def test_unlisten_closes_all_that_came_in_by_it(guard, server):
    guard.grant()
    port = guard.listen(2)
    guard.grant("127.0.0.2", 2)
    ours = pair(guard, server)
    with guard.client(port=port) as s:
        s.sendall(b"\5\1\0" + request("127.0.0.1", port_of(server)))
        assert reply(s) == 0
        stray = guard.client("127.9.9.9", port)
        guard.send({"op": "unlisten", "listener": 2})
        assert closed(s) and closed(stray)
    assert guard.ledger(listener=2)["hosts"] == []
    with pytest.raises(ConnectionRefusedError):
        guard.client(port=port)
    ours[0].sendall(b"not concerned")
    assert read(ours[1], 13) == b"not concerned"


def test_a_grant_that_can_t_be_read_grants_nothing(guards, server):
    guard = guards()
    for bad in ({"deny_hosts": ["*"]}, {"deny_hosts": [1]}, {"allow_hosts": "example.com"}, {"max_bytes": -1}, {"allow_private": 1},
                {"allow_hosts": ["127.1"]}, {"allow_hosts": ["10.0.0.1/8"]}):
        guard.grant()
        guard.grant(**bad)
        assert guard.refused("127.0.0.1", port_of(server)) == 2
    assert guard.close() == 0
    assert guard.said.count("not understood") == 7


# --- limits ---

def assert_idle(guard):
    """It does next to nothing for half a second."""
    def cpu_s():
        with open("/proc/%d/schedstat" % guard.process.pid) as f:
            return int(f.read().split()[0]) / 1e9
    before = cpu_s()
    select.select([], [], [], 0.5)
    assert cpu_s() - before < 0.02


def test_with_all_connections_in_use_others_wait_without_work(guards, server):
    guard = guards("connections=16", "slot_connections=100")
    guard.grant()
    first = [pair(guard, server) for _ in range(16)]
    late = [guard.ask("127.0.0.1", port_of(server)) for _ in range(10)]
    assert not select.select(late, [], [], 0.3)[0]
    assert_idle(guard)
    for ends in first:
        for s in ends:
            s.close()
    assert [reply(s) for s in late] == [0] * 10


def test_a_slot_has_its_share(guards, server):
    guard = guards("slot_connections=3", "stray_connections=2")
    guard.grant()
    guard.grant("127.0.0.3")
    first = [pair(guard, server) for _ in range(3)]
    assert closed(guard.client())
    assert [(r["verdict"], r["host"]) for r in guard.ledger()["hosts"]] == [("allowed", "127.0.0.1"), ("overloaded", "")]
    strays = [guard.client("127.9.9.9") for _ in range(3)]
    assert closed(strays[2]) and not select.select(strays[:2], [], [], 0)[0]
    pair(guard, server, "127.0.0.3")
    for s in first[0]:
        s.close()
    until(lambda: not closed_at_once(guard))


def test_those_who_take_all_they_can_leave_some(guards, server):
    guard = guards("connections=600")
    slots = ["127.0.0.%d" % i for i in range(2, 6)]
    for slot in slots:
        guard.grant(slot)
    greedy = [[guard.client(slot) for _ in range(256)] for slot in slots[:3]]
    assert reply(guard.ask("127.0.0.1", port_of(server), slots[3])) == 0
    had = [256 - guard.ledger(slot)["hosts"][0]["connections"] for slot in slots[:3]]
    assert had == sorted(had, reverse=True) and 32 < had[2] < had[0] < 150 and sum(had) < 500, had
    assert len(greedy) == 3


def closed_at_once(guard, slot="127.0.0.2"):
    with guard.client(slot) as s:
        s.sendall(b"\5\1\0")
        try:
            return read(s, 2) != b"\5\0"
        except ConnectionResetError:
            return True


def test_with_few_fds_there_are_fewer_connections(server):
    guard = Guard("connections=4096", fds=160)
    guard.grant()
    clients = [guard.ask("127.0.0.1", port_of(server)) for _ in range(60)]
    until(lambda: len(select.select(clients, [], [], 0)[0]) >= 16)
    assert not select.select([], [], [], 0.3)[0]
    served = select.select(clients, [], [], 0)[0]
    assert 16 <= len(served) < 60
    for s in served:
        s.close()
    later = [s for s in clients if s not in served]
    for i in range(0, len(later), 16):
        for s in later[i:i + 16]:
            assert reply(s) == 0
            s.close()
    assert guard.close() == 0 and guard.said == ""


def test_few_fds_never_make_more_connections(server):
    guard = Guard("connections=64", fds=1200)
    slots = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    for slot in slots:
        guard.grant(slot)
    clients = [guard.ask("127.0.0.1", port_of(server), slots[i // 30]) for i in range(80)]
    until(lambda: len(select.select(clients, [], [], 0)[0]) == 64)
    assert not select.select([guard.control], [], [], 0.3)[0] and len(select.select(clients, [], [], 0)[0]) == 64
    for s in clients:
        s.close()
    assert guard.close() == 0 and guard.said == ""


def test_without_fds_it_waits_without_work(server):
    guard = Guard(fds=16)
    guard.grant()
    clients = [guard.client() for _ in range(40)]
    guard.ledger()
    assert_idle(guard)
    for s in clients:
        s.close()
    until(lambda: guard.refused("127.0.0.1", port_of(server)) == 0)
    assert guard.close() == 0 and guard.said == ""


# --- the ledger ---

def test_rows_there_is_no_room_for_are_counted(guard):
    guard.grant(allow_hosts=["nothing.example"])
    for i in range(300):
        guard.refused("h%d.example" % i)
    answer = guard.ledger()
    assert (len(answer["hosts"]), answer["dropped"], answer["denied"]) == (256, 44, 300)
    guard.grant(allow_hosts=["nothing.example"])
    for i in range(256):  # more than a packet holds
        guard.refused("%0250d" % i + ".x")
    answer = guard.ledger()
    assert len(json.dumps(answer)) < 70000 and len(answer["hosts"]) + answer["dropped"] == 256 == answer["denied"]


def test_one_row_for_each_host_port_and_verdict(guard, server):
    guard.grant(deny_hosts=["a.example"])
    for host, port in (("a.example", 80), ("a.example", 80), ("a.example", 443), ("b\"\n.example", 80)):
        guard.refused(host, port)
    assert [(r["host"], r["port"], r["verdict"], r["connections"]) for r in guard.ledger()["hosts"]] == [
        ("a.example", 80, "denied_host", 2), ("a.example", 443, "denied_host", 1), ("b\"\n.example", 80, "dns_failed", 1)]


# --- the control socket, and the end ---

@pytest.mark.parametrize("packet", [
    b"x", b"{}", b"[]", b"\0", b'{"op": "x"}', b'{"op": 1}', b'{"op": "listen", "listener": 7}', b'{"op": "listen", "listener": 1}',
    b'{"op": "unlisten", "listener": 9}', b'{"op": "grant", "listener": 9, "slot": "127.0.0.2", "policy": {}}',
    b'{"op": "grant", "listener": 1, "slot": "x", "policy": {}}', b'{"op": "grant", "listener": 1, "slot": "127.0.0.2"}',
    b'{"op": "revoke", "listener": 1}', b'{"op": "ledger", "listener": 1, "slot": "127.0.0.2"}', b'{"op": "resolved"}', b"x" * 70000],
    ids=range(16))
def test_what_is_not_understood_is_said_and_ignored(guard, server, packet):
    with socket.socket() as s:  # comes with what takes none
        for _ in range(10):
            guard.send(packet, *[s.fileno()] * (2 if b"listen" not in packet else 0))
    guard.grant()
    pair(guard, server)
    assert len(os.listdir("/proc/%d/fd" % guard.process.pid)) < 12 + 20 * SANITIZED
    assert guard.close() == 0
    assert "a packet of riptide's is not understood" in guard.said


def test_what_is_said_may_go_to_a_file(tmp_path, server):
    with open(tmp_path / "log", "wb") as f:
        guard = Guard(stderr=f)
    guard.send(b"nonsense")
    guard.grant()
    pair(guard, server)
    assert guard.close() == 0
    assert "8 bytes" in (tmp_path / "log").read_text()


def test_answers_that_come_late_or_are_odd_are_nothing(guard, server):
    guard.grant()
    guard.answer(77, "127.0.0.1")
    for addresses in ([1, None, "x", "127.0.0.1"], ["127.0.0.1"] * 1000):
        name = "n%d.example" % len(addresses)
        s = guard.ask(name, port_of(server))
        number, _ = guard.asked()
        guard.send({"op": "resolved", "id": number, "addresses": addresses})
        guard.answer(number, "127.0.0.9")
        assert reply(s) == 0


def test_a_riptide_that_does_not_read_gets_all_in_the_end(guard, server):
    guard.grant()
    for i in range(2000):
        guard.send({"op": "ledger", "listener": 1, "slot": "127.0.0.2", "id": i})
    pair(guard, server)
    assert [guard.event()["id"] for _ in range(2000)] == list(range(2000))
    assert guard.ledger()["hosts"]


def test_it_ends_with_the_control_socket(guard, server):
    guard.grant()
    client, theirs = pair(guard, server)
    waiting = guard.ask("slow.example", 80)
    assert guard.asked()[1] == "slow.example"
    assert guard.close() == 0
    assert closed(client) and closed(theirs)
    try:
        assert read(waiting, 3) == b"\5\0"
    except ConnectionResetError:
        pass
    assert guard.said == ""


def test_it_dies_with_its_parent(tmp_path):
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # both ends stay open here
    parent = subprocess.Popen([sys.executable, "-c", (
        "import os, subprocess, sys, time\n"
        "os.dup2(int(sys.argv[2]), 3)\n"
        "print(subprocess.Popen([sys.argv[1]], pass_fds=[3]).pid, flush=True)\n"
        "time.sleep(600)"), PROGRAM, str(theirs.fileno())], pass_fds=[theirs.fileno()], stdout=subprocess.PIPE)
    pid = int(parent.stdout.readline())
    until(lambda: "Seccomp:\t2" in status(pid))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    until(lambda: not status(pid) or "State:\tZ" in status(pid))
    for s in (control, theirs):
        s.close()


def status(pid):
    try:
        with open("/proc/%d/status" % pid) as f:
            return f.read()
    except FileNotFoundError:
        return ""


def test_it_is_confined(guard, server):
    guard.grant()
    pair(guard, server)
    lines = dict(line.split(":\t", 1) for line in status(guard.process.pid).splitlines() if ":\t" in line)
    assert (lines["Seccomp"], lines["NoNewPrivs"], int(lines["CapEff"], 16)) == ("2", "1", 0)
    if os.geteuid() == 0:
        assert lines["Uid"].split() == ["65534"] * 4


def test_it_is_not_started_by_hand():
    done = subprocess.run(["/bin/sh", "-c", 'exec "$0" 3<&-', PROGRAM], capture_output=True, text=True, timeout=WAIT_S)
    assert done.returncode == 2 and "by hand" in done.stderr
