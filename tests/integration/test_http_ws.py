# SPDX-License-Identifier: Apache-2.0
"""WebSockets of the HTTP server: handshakes, frames, closing, pings, floods."""
import asyncio
import base64
import select
import struct
import time

import pytest

from http_peer import await_stats, body_of, closed_by_peer, FREED_LATE, HOST, read_all, read_until, serve, Server, shared, statuses, WAIT_S  # shared, serve: fixtures

KEY = base64.b64encode(b"0123456789abcdef").decode()
UPGRADE = {"Host": "x", "Connection": "keep-alive, Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY}


def handshake(method="GET", path="/ws", version="1.1", **fields):
    lines = {**UPGRADE, **{k.replace("_", "-"): v for k, v in fields.items()}}
    return ("%s %s HTTP/%s\r\n" % (method, path, version) + "".join("%s: %s\r\n" % f for f in lines.items() if f[1]) + "\r\n").encode()


def open_ws(server, path="/ws"):
    s = server.connect()
    s.sendall(handshake(path=path))
    answer = read_until(s, b"\r\n\r\n")
    assert statuses(answer) == [101]
    return s, body_of(answer)


def frame(first, payload=b"", mask=b"\1\2\3\4"):
    n = len(payload)
    length = bytes([n | 128]) if n < 126 else struct.pack(">BH", 254, n) if n < 65536 else struct.pack(">BQ", 255, n)
    return bytes([first]) + length + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


def close_code(s):
    data = read_all(s)
    return struct.unpack(">H", data[-2:])[0] if data[-4:-2] == b"\x88\x02" else data


@pytest.mark.parametrize("status,data", [
    (426, handshake(Sec_WebSocket_Version="8")),
    (426, handshake(Sec_WebSocket_Version=None)),
    (426, handshake(Upgrade="h2c")),
    (426, handshake(Connection="keep-alive")),
    (426, handshake(version="1.0")),
    (400, handshake(method="POST")),
    (400, handshake(Sec_WebSocket_Key="short")),
    (400, handshake(Sec_WebSocket_Key=None)),
    (400, handshake(Sec_WebSocket_Key=KEY + "AA")),
])
def test_only_a_proper_handshake_opens(shared, status, data):
    answer = shared.ask(data + b"GET / HTTP/1.0\r\n\r\n")
    assert statuses(answer)[0] == status


def test_the_handshake_is_that_of_the_rfc(shared):
    with shared.connect() as s:
        s.sendall(handshake(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ=="))
        assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in read_until(s, b"\r\n\r\n")


@pytest.mark.parametrize("code,data", [
    (1002, b"\x81\x02hi"),
    (1002, frame(0xc1, b"hi")),
    (1002, frame(0x83, b"hi")),
    (1002, frame(0x80, b"hi")),
    (1002, frame(0x09, b"hi")),
    (1002, b"\x81\xff\x80\0\0\0\0\0\0\0\1\2\3\4"),
    (1007, frame(0x81, b"\xff")),
    (1007, frame(0x01, b"\xe2\x82") + frame(0x80, b"\x41")),
    (1009, b"\x81\xff\0\0\0\1\0\0\0\0\1\2\3\4"),
    (1009, frame(0x01, b"x" * 60000) + frame(0x80, b"x" * 6000)),
    (1000, frame(0x88, b"\x03\xe8")),
    (4321, frame(0x88, b"\x10\xe1bye")),
    (1002, frame(0x88, b"\x03\xed")),
])
def test_close_codes(shared, code, data):
    s, _ = open_ws(shared)
    with s:
        s.sendall(data)
        assert close_code(s) == code
    await_stats(shared, websockets=0, live_sockets=0)


def test_frames_behind_the_handshake_and_fragments(shared):
    with shared.connect() as s:
        s.sendall(handshake() + frame(0x81, b"early"))
        assert read_until(s, b"early").endswith(b"\x81\x05early")
        data = frame(0x01, b"a") + b"".join(frame(0x00, b"b") + (frame(0x89, b"p") if i % 1000 == 0 else b"") for i in range(30000))
        s.sendall(data + frame(0x80, b"c"))
        echoed = read_until(s, b"bc")
        assert echoed.count(b"\x8a\x01p") == 30 and b"a" + b"b" * 30000 + b"c" in echoed


def test_the_server_closes_and_waits_for_the_answer_but_not_long(shared):
    for polite in (True, False):
        s, _ = open_ws(shared)
        with s:
            s.sendall(frame(0x81, b"bye"))
            assert read_until(s, b"\x88\x02\x03\xe8").startswith(b"\x81\x03bye")
            if polite:
                s.sendall(frame(0x88, b"\x03\xe8"))
            assert s.recv(10) == b""


def test_silent_peers_are_pinged_and_dropped(shared):
    s, early = open_ws(shared, "/ws?ping=200")
    with s:
        assert read_until(s, b"\x89\x00")
        s.sendall(frame(0x8a))
        assert read_until(s, b"\x89\x00")
        assert read_all(s) in (b"", b"<reset>")  # no pong this time


def test_floods_are_bounded(serve):
    server = serve("write_ms=60000")
    before = server.memory()
    pinger, _ = open_ws(server)
    reader, _ = open_ws(server, "/ws?flood=100000000")
    pinger.setblocking(False)
    pings, until = frame(0x89, b"p" * 100) * 500, time.monotonic() + 1
    while time.monotonic() < until:
        try:
            pinger.send(pings)
        except BlockingIOError:
            select.select([], [pinger], [], 0.1)
    assert server.memory() - before < (2 << 20) * FREED_LATE
    assert statuses(server.get("/")) == [200]
    pinger.close()
    reader.close()
    await_stats(server, websockets=0, live_sockets=0)


def test_sockets_that_are_dropped_leave_nothing(shared):
    for cut in range(0, len(handshake()), 10):
        with shared.connect() as s:
            s.sendall(handshake()[:cut])
    for i in range(20):
        s, _ = open_ws(shared)
        s.sendall(frame(0x81, b"x" * 1000)[:i * 50])
        s.close()
    await_stats(shared, open=1, websockets=0, live_sockets=0)


def test_a_real_client(shared):
    websockets = pytest.importorskip("websockets")

    async def talk():
        async with websockets.connect("ws://%s/ws" % shared.address, max_size=None) as ws:
            for text in ("a", "é" * 20000, "x" * 65536):
                await ws.send(text)
                assert await ws.recv() == text
            await (await ws.ping())
            await ws.send("bye")
            assert await ws.recv() == "bye"
            with pytest.raises(websockets.ConnectionClosedOK):
                await ws.recv()
    asyncio.run(asyncio.wait_for(talk(), WAIT_S))


def test_freeing_the_server_ends_everything():
    server = Server()
    clients = [open_ws(server)[0], server.connect(), server.connect(), server.connect()]
    clients[1].sendall(b"GET /stream?silent=1 HTTP/1.1\r\n" + HOST + b"\r\n")
    clients[2].sendall(b"GET /slow?ms=60000 HTTP/1.1\r\n" + HOST + b"\r\n")
    await_stats(server, open=5, live_streams=1, live_sockets=1)
    server.stop()
    for s in clients:
        closed_by_peer(s)
        s.close()
