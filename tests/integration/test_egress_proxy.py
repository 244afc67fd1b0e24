# SPDX-License-Identifier: Apache-2.0
"""riptide-egress with a policy that has an upstream: a proxy that the tests play themselves."""
import base64
import socket
import time

import pytest

from conftest import SANITIZED, select_sleep
from test_egress_guard import WAIT_S, guard, guards, pair, port_of, read, read_all, reply, server, until  # noqa: F401

FAR = "far.example"
OPEN = {"http": b"HTTP/1.1 200 Connection established\r\nVia: 1.1 p\r\n\r\n", "socks5": b"\5\0\0\1\0\0\0\0\0\0"}


def upstream(server, kind="http", host="127.0.0.1", **more):
    return {"kind": kind, "host": host, "port": port_of(server), "bypass": [], **more}


def accept(server):
    s = server.accept()[0]
    s.settimeout(WAIT_S)
    return s


def head(s):
    text = b""
    while not text.endswith(b"\r\n\r\n"):
        piece = s.recv(1)
        assert piece, text
        text += piece
    return text.decode()


def opened(guard, server, kind="http"):
    """Both ends of a connection by the proxy."""
    client = guard.ask(FAR, 443)
    s = accept(server)
    if kind == "http":
        head(s)
    else:
        assert read(s, 3) == b"\5\1\0"
        s.sendall(b"\5\0")
        read(s, 7 + len(FAR))
    s.sendall(OPEN[kind])
    assert reply(client) == 0
    return client, s


def failed(guard):
    row = guard.row()
    assert (row["verdict"], row["host"]) == ("proxy_failed", FAR) and "address" not in row
    return row["detail"]


# --- what it says, and what comes after ---

@pytest.mark.parametrize("login", [{}, {"user": "me"}, {"user": "me", "password": "a:b"}])
def test_http(guard, server, login):
    guard.grant(upstream=upstream(server, **login))
    client = guard.ask(FAR, 443)
    s = accept(server)
    text = head(s)
    want = "CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\n" % (FAR, FAR)
    if login:
        want += "Proxy-Authorization: Basic %s\r\n" % base64.b64encode(("me:%s" % login.get("password", "")).encode()).decode()
    assert text == want + "\r\n"
    for i in range(len(OPEN["http"])):
        s.sendall(OPEN["http"][i:i + 1])
    s.sendall(b"early")
    assert reply(client) == 0 and read(client, 5) == b"early"
    client.sendall(b"question")
    assert read(s, 8) == b"question"
    s.sendall(b"x" * 1000000)
    s.close()
    assert read_all(client) == b"x" * 1000000
    row = guard.row()  # asked for no name, or that would be the event
    assert (row["host"], row["port"], row["verdict"], row["bytes_in"], row["bytes_out"]) == (FAR, 443, "allowed", 1000005, 8)
    assert "address" not in row and "detail" not in row


@pytest.mark.parametrize("login", [False, True])
@pytest.mark.parametrize("host,told", [(FAR, b"\3\x0b" + FAR.encode()), ("192.0.2.9", b"\1\xc0\0\2\x09"), ("2001:db8::1", b"\4\x20\1\x0d\xb8" + bytes(11) + b"\1")])
def test_socks5(guard, server, login, host, told):
    guard.grant(upstream=upstream(server, "socks5", **({"user": "me", "password": "pw"} if login else {})))
    client = guard.ask(host, 443)
    s = accept(server)
    if login:
        assert read(s, 4) == b"\5\2\0\2"
        s.sendall(b"\5\2")
        assert read(s, 7) == b"\1\2me\2pw"
        s.sendall(b"\1\0")
    else:
        assert read(s, 3) == b"\5\1\0"
        s.sendall(b"\5\0")
    assert read(s, 5 + len(told)) == b"\5\1\0" + told + b"\1\xbb"
    for i in range(10):
        s.sendall(OPEN["socks5"][i:i + 1])
    assert reply(client) == 0
    client.sendall(b"a")
    assert read(s, 1) == b"a"


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_what_comes_in_one_piece_with_the_answer_is_the_other_side_s(guard, server, kind):
    guard.grant(upstream=upstream(server, kind))
    client = guard.ask(FAR, 443)
    client.sendall(b"could not wait")
    s = accept(server)
    if kind == "http":
        head(s)
    else:
        read(s, 3)
        s.sendall(b"\5\0")
        read(s, 7 + len(FAR))
    s.sendall(OPEN[kind] + b"y" * 5000)
    assert reply(client) == 0 and read(client, 5000) == b"y" * 5000
    assert read(s, 14) == b"could not wait"
    row = guard.row()
    assert (row["bytes_in"], row["bytes_out"]) == (5000, 14)


def test_an_end_that_comes_with_the_answer_is_passed_on(guard, server):
    guard.grant(upstream=upstream(server))
    client = guard.ask(FAR, 443)
    s = accept(server)
    s.sendall(OPEN["http"] + b"all there is")
    s.shutdown(socket.SHUT_WR)
    assert reply(client) == 0 and read_all(client) == b"all there is"
    head(s)
    client.sendall(b"thanks")
    client.close()
    assert read_all(s) == b"thanks"


def test_hosts_of_bypass_are_dialled(guard, server):
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        guard.grant(upstream=upstream(proxy, bypass=["127.0.0.0/8", "near.example"]))
        pair(guard, server)
        client = guard.ask("near.example", port_of(server))
        number, name = guard.asked()
        assert name == "near.example"
        guard.answer(number, "127.0.0.1")
        accept(server)
        assert reply(client) == 0


def test_only_the_proxy_s_name_is_asked_for(guard, server):
    guard.grant(upstream=upstream(server, host="proxy.example"), deny_hosts=["proxy.example", "127.0.0.1"])
    client = guard.ask(FAR, 443)
    number, name = guard.asked()
    assert name == "proxy.example"  # the lists are of hosts that the page names
    guard.answer(number, "127.0.0.1")
    s = accept(server)
    assert head(s).startswith("CONNECT " + FAR)
    s.sendall(OPEN["http"])
    assert reply(client) == 0
    assert guard.refused("proxy.example") == 2


# --- what is judged ---

@pytest.mark.parametrize("policy,host,verdict", [
    ({"deny_hosts": ["*.example"]}, FAR, "denied_host"), ({"allow_hosts": ["near.example"]}, FAR, "denied_host"),
    ({"allow_hosts": ["10.0.0.0/8"]}, FAR, "denied_host"), ({"allow_private": False}, "127.0.0.1", "denied_address"),
    ({"allow_private": False}, "localhost", "denied_address"), ({"allow_private": False}, "0x7f.1", "denied_address"),
    ({"allow_private": False}, "::ffff:10.0.0.1", "denied_address"), ({"allow_private": False}, "169.254.169.254", "denied_address")])
def test_what_the_proxy_is_not_asked_for(guard, server, policy, host, verdict):
    guard.grant(upstream=upstream(server), **policy)
    assert guard.refused(host) == 2
    assert guard.row()["verdict"] == verdict


@pytest.mark.parametrize("host", [b"a b", b"a\r\nX: y", b"a%0d%0aX: y", b"a%20b", b"a:80", b"a@b", b"a/b", b"a?b", b"a#b", b"\xff\xfe"])
def test_what_is_no_host_is_not_told_to_the_proxy(guard, server, host):
    guard.grant(upstream=upstream(server))
    assert guard.refused(host) == 4
    assert guard.row()["verdict"] == "dns_failed"


@pytest.mark.parametrize("host,addresses", [("127.0.0.1", None), ("localhost", None), ("proxy.example", ["10.0.0.1", "127.0.0.1"])])
def test_a_private_proxy_is_not_dialled(guard, server, host, addresses):
    guard.grant(upstream=upstream(server, host=host), allow_private=False)
    client = guard.ask(FAR, 443)
    if addresses:
        guard.answer(guard.asked()[0], *addresses)
    assert reply(client) == 1
    assert "private" in failed(guard)


# --- what goes wrong ---

@pytest.mark.parametrize("kind,answer,detail", [
    ("http", b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "answered 407: it wants a username and password"),
    ("http", b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad", "answered 502"), ("http", b"220 smtp ready\r\n", "does not speak HTTP"),
    ("http", b"HTTP/1.1 200 OK\r\nA: " + b"a" * 9000, "answers with more than 8192 bytes of headers"), ("http", b"", "closed the connection"),
    ("http", b"HTTP/1.1 200 OK\r\n", "closed the connection"), ("socks5", b"\5\xff", "wants a username and password"),
    ("socks5", b"\5\0\5\4\0\1", "says that the host can't be reached"), ("socks5", b"HTTP/1.1", "does not speak SOCKS5"), ("socks5", b"\5", "closed the connection")])
def test_what_the_proxy_says_wrong(guard, server, kind, answer, detail):
    guard.grant(upstream=upstream(server, kind))
    client = guard.ask(FAR, 443)
    s = accept(server)
    s.sendall(answer)
    if detail == "closed the connection":
        s.shutdown(socket.SHUT_WR)
    assert reply(client) == 1 and client.recv(1) == b""
    assert failed(guard) == detail
    try:
        read_all(s)  # and it is let go of
    except ConnectionResetError:
        pass


def test_a_proxy_that_answers_before_it_is_asked(guard, server):
    guard.grant(upstream=upstream(server, "socks5"))
    client = guard.ask(FAR, 443)
    s = accept(server)
    s.sendall(b"\5\0" + OPEN["socks5"])
    assert reply(client) == 1
    assert failed(guard) == "answered before it was asked"


def test_a_proxy_that_is_not_there(guard, server):
    with socket.create_server(("127.0.0.1", 0)) as s:
        closed = port_of(s)
    guard.grant(upstream={**upstream(server), "port": closed})
    assert guard.refused(FAR) == 1 and failed(guard) == "refused the connection"
    guard.grant(upstream=upstream(server, host="gone.example"))
    client = guard.ask(FAR, 80)
    guard.answer(guard.asked()[0], error="no such name")
    assert reply(client) == 1 and failed(guard) == "does not resolve"


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_a_handshake_with_a_proxy_has_a_deadline(guards, server, kind):
    guard = guards("dial_ms=400")
    guard.grant(upstream=upstream(server, kind))
    client = guard.ask(FAR, 443)
    s = accept(server)
    start, slow = time.monotonic(), {"http": b"HTTP/1.1 200 OK\r\nA: ", "socks5": b"\5"}[kind]
    s.sendall(slow)
    client.settimeout(0.05)
    while kind == "http" and time.monotonic() - start < 0.3:  # a byte now and then is no sign of life
        s.sendall(b"a")
        try:
            client.recv(2, socket.MSG_PEEK)
        except socket.timeout:
            pass
        select_sleep(0.02)
    client.settimeout(WAIT_S)
    assert reply(client) == 1 and time.monotonic() - start < (10 if SANITIZED else 2)
    assert failed(guard) == "did not answer in time"


def test_a_client_that_goes_away_ends_the_handshake(guard, server):
    guard.grant(upstream=upstream(server))
    client = guard.ask(FAR, 443)
    s = accept(server)
    head(s)
    client.close()
    try:
        assert s.recv(1) == b""
    except ConnectionResetError:
        pass
    assert guard.ledger()["hosts"] == []


# --- accounts and grants ---

def test_the_handshake_is_not_counted(guard, server):
    guard.grant(upstream=upstream(server, user="u" * 500), max_bytes=100)
    client, s = opened(guard, server)
    client.sendall(b"a" * 50)
    s.sendall(b"b" * 50)
    assert read(s, 50) + read(client, 50) == b"a" * 50 + b"b" * 50
    ledger = guard.ledger()
    assert (ledger["bytes"], ledger["over"]) == (100, False)


def test_bytes_that_come_with_the_answer_are_counted(guard, server):
    guard.grant(upstream=upstream(server), max_bytes=100)
    client = guard.ask(FAR, 443)
    accept(server).sendall(OPEN["http"] + b"b" * 101)
    with pytest.raises(ConnectionResetError):
        reply(client)
        read_all(client)
    assert guard.ledger()["over"]


def test_another_proxy_closes_what_came_by_the_first(guard, server):
    guard.grant(upstream=upstream(server))
    client, s = opened(guard, server)
    guard.grant(upstream=upstream(server))  # the same
    client.sendall(b"a")
    assert read(s, 1) == b"a"
    for other in (upstream(server, user="me"), upstream(server, bypass=["x.example"]), upstream(server, "socks5"), None):
        client, s = opened(guard, server)
        waiting = guard.ask(FAR, 80)
        half = accept(server)
        head(half)
        guard.grant(**({"upstream": other} if other else {}))
        for closed in (client, s, waiting, half):
            with pytest.raises(ConnectionResetError):
                if closed is waiting:
                    read(closed, 2)
                assert closed.recv(1) != b""
        guard.grant(upstream=upstream(server))
    direct, theirs = None, None
    guard.grant()
    direct, theirs = pair(guard, server)
    guard.grant(upstream=upstream(server))
    for closed in (direct, theirs):
        with pytest.raises(ConnectionResetError):
            closed.recv(1)


def test_what_a_new_grant_denies_is_closed_behind_a_proxy_too(guard, server):
    guard.grant(upstream=upstream(server))
    client, s = opened(guard, server)
    guard.grant(upstream=upstream(server), allow_hosts=["*.example"])
    client.sendall(b"a")
    assert read(s, 1) == b"a"
    guard.grant(upstream=upstream(server), deny_hosts=[FAR])
    with pytest.raises(ConnectionResetError):
        s.recv(1)


@pytest.mark.parametrize("bad", [{"kind": "https"}, {"kind": None}, {"host": None}, {"host": 1}, {"port": 0}, {"port": 65536}, {"port": "x"},
                                 {"user": 1}, {"password": []}, {"bypass": "x"}, {"bypass": ["*"]}, {"bypass": [1]}])
def test_an_upstream_that_is_none_grants_nothing(guard, server, bad):
    guard.grant()
    client, _ = pair(guard, server)
    guard.grant(upstream={**upstream(server, password="hidden", user="hidden"), **bad})
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    assert guard.refused("127.0.0.1", port_of(server)) == 2
    assert guard.close() == 0 and "not understood" in guard.said and "hidden" not in guard.said


def test_many_at_once(guard, server):
    guard.grant(upstream=upstream(server))
    clients = [guard.ask("h%d.example" % i, 443) for i in range(100)]
    proxies = [accept(server) for _ in clients]
    asked = [head(s) for s in proxies]
    for s in reversed(proxies):
        s.sendall(OPEN["http"])
    for i, client in enumerate(clients):
        assert reply(client) == 0
        client.sendall(b"%03d" % i)
    assert sorted(read(s, 3) for s in proxies) == [b"%03d" % i for i in range(100)]
    for s, text in zip(proxies, asked):
        assert text.startswith("CONNECT h")
    assert len(guard.ledger()["hosts"]) == 100
