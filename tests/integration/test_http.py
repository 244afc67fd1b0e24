# SPDX-License-Identifier: Apache-2.0
"""The HTTP server of the daemon over raw sockets: smuggling, pipelines, chunks, clients that go."""
import os
import re
import socket
import struct
import time

import pytest

from conftest import GROSS_MS
from http_peer import await_stats, body_of, HOST, read_all, read_until, serve, shared, statuses  # shared, serve: fixtures

# --- what is refused ---

SMUGGLED = b"GET /echo?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
REFUSED = [
    ("two lengths", 400, b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\nContent-Length: 41\r\n\r\n"),
    ("lengths in a list", 400, b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 0, 41\r\n\r\n"),
    ("length with a tail", 400, b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 5abc\r\n\r\n"),
    ("negative length", 400, b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n"),
    ("length of 10^24", 413, b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000000000000000000000\r\n\r\n"),
    ("length of 1 GB", 413, b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000000\r\n\r\n"),
    ("CL.TE", 400, b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("TE.CL", 400, b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5\r\n"),
    ("TE.TE", 400, b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nTransfer-encoding: x\r\n\r\n0\r\n\r\n"),
    ("chunked, identity", 501, b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    ("gzip, chunked", 501, b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("xchunked", 501, b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ("TE in HTTP/1.0", 400, b"POST /echo HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("no length in HTTP/1.0", 411, b"POST /echo HTTP/1.0\r\n" + HOST + b"\r\n"),
    ("chunk size overflow", 413, b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
    ("chunk size with a tail", 400, b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0 \r\n\r\n"),
    ("chunk ends in bare LF", 400, b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\n\r\n"),
    ("chunk extension of 1 MB", 400, b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"a" * (1 << 20)),
    ("bare LF", 400, b"GET / HTTP/1.1\nHost: x\n\n"),
    ("bare LF after a field", 400, b"GET / HTTP/1.1\r\n" + b"Host: x\n\r\n"),
    ("bare CR", 400, b"GET / HTTP/1.1\r\n" + HOST + b"A: b\rContent-Length: 41\r\n\r\n"),
    ("continued field", 400, b"GET / HTTP/1.1\r\n" + HOST + b"A:\r\n b\r\n\r\n"),
    ("space before the colon", 400, b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length : 41\r\n\r\n"),
    ("space before the first field", 400, b"GET / HTTP/1.1\r\n " + HOST + b"\r\n"),
    ("NUL in a field", 400, b"GET / HTTP/1.1\r\n" + HOST + b"A: \0\r\n\r\n"),
    ("NUL in the target", 400, b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("no Host", 400, b"GET / HTTP/1.1\r\n\r\n"),
    ("two Hosts", 400, b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n"),
    ("a list of Hosts", 400, b"GET / HTTP/1.1\r\nHost: x, y\r\n\r\n"),
    ("another host in the target", 400, b"GET http://evil/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("CONNECT", 400, b"CONNECT x:443 HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("h2 preface", 505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("HTTP/0.9", 400, b"GET /\r\n"),
    ("HTTP/1.9", 505, b"GET / HTTP/1.9\r\n" + HOST + b"\r\n"),
    ("TLS", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    ("only empty lines", 400, b"\r\n" * 10),
    ("a head of 64 kB", 431, b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"b" * 65536),
    ("5,000 fields", 431, b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 5000),
    ("101 fields", 431, b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 100 + b"\r\n"),
    ("a target of 64 kB", 414, b"GET /" + b"a" * 65536),
    ("%00", 400, b"GET /%00 HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("..", 400, b"GET /a/../b HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("%2e%2e", 400, b"GET /a/%2e%2e/b HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("another expectation", 417, b"POST /echo HTTP/1.1\r\n" + HOST + b"Expect: 200-ok\r\nContent-Length: 1\r\n\r\n"),
]


@pytest.mark.parametrize("status,data", [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_broken_request_is_the_last_one(shared, status, data):
    answer = shared.ask(data + SMUGGLED)
    assert statuses(answer) == [status]
    assert b"Connection: close" in answer and b"smuggled" not in answer
    assert not answer.endswith(b"<reset>")  # the client can read why


def test_broken_requests_are_counted(shared):
    before = shared.stats()["protocol_errors"]
    shared.ask(b"GET / HTTP/1.1\n")
    assert shared.stats()["protocol_errors"] == before + 1


def test_a_refused_body_does_not_hide_the_answer(serve):
    server = serve("body=1000")
    with server.connect() as s:  # the server reads on, so that the answer is not lost in a reset
        s.sendall(b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 3000000\r\n\r\n")
        for _ in range(30):
            s.sendall(b"x" * 100000)
        answer = read_all(s)
    assert statuses(answer) == [413] and b"too_large" in answer


# --- what is understood ---

def test_a_thousand_pipelined_requests_are_answered_in_order(shared):
    requests = b"".join(b"GET /echo?%d HTTP/1.1\r\n%s\r\n" % (i, HOST) for i in range(999))
    answer = shared.ask(requests + b"GET /echo?999 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert [int(n) for n in re.findall(rb"/echo\?(\d+) ", answer)] == list(range(1000))


def test_slow_answers_keep_their_order_in_the_pipeline(shared):
    data = b"".join(b"GET %s HTTP/1.1\r\n%s\r\n" % (p, HOST) for p in (b"/slow?ms=200", b"/echo?1", b"/slow?ms=1", b"/big?n=300000"))
    answer = shared.ask(data + b"GET /echo?2 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert statuses(answer) == [200] * 5
    assert re.search(rb"late.*/echo\?1 .*late.*x{300000}.*/echo\?2 ", answer, re.S)


def test_bytes_may_come_one_at_a_time(shared):
    data = (b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n"
            b"GET /echo?next HTTP/1.0\r\n\r\n")
    with shared.connect() as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(data)):
            s.send(data[i:i + 1])
        answer = read_all(s)
    assert statuses(answer) == [200, 200] and b"hello world" in answer and b"/echo?next" in answer


def test_http_1_0(shared):
    answer = shared.ask(b"GET /echo HTTP/1.0\r\n\r\n")
    assert statuses(answer) == [200] and b"Connection: close" in answer
    answer = shared.ask(b"GET /echo?1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /echo?2 HTTP/1.0\r\n\r\n")
    assert statuses(answer) == [200, 200] and b"Connection: keep-alive" in answer
    answer = shared.ask(b"GET /stream?n=3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert b"Transfer-Encoding" not in answer and body_of(answer) == b"0 \n1 \n2 \n"


def test_head_has_no_body(shared):
    answer = shared.ask(b"HEAD /big?n=5000 HTTP/1.1\r\n" + HOST + b"\r\nHEAD /stream HTTP/1.1\r\n" + HOST +
                        b"\r\nGET /echo HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert statuses(answer) == [200, 200, 200]
    assert b"Content-Length: 5000\r\n\r\nHTTP/1.1" in answer


def test_100_continue_is_said_when_the_head_was_accepted(shared):
    with shared.connect() as s:
        s.sendall(b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert read_until(s, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        s.sendall(b"hello")
        answer = read_all(s)
        assert statuses(answer) == [200] and answer.endswith(b"hello")
    answer = shared.ask(b"POST /echo HTTP/1.1\r\n" + HOST + b"X-Forbidden: 1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert statuses(answer) == [403]


def test_a_short_body_that_nobody_wants_is_read_over(shared):
    answer = shared.ask(b"POST /echo HTTP/1.1\r\n" + HOST + b"X-Forbidden: 1\r\nContent-Length: 5\r\n\r\nhello"
                        b"GET /echo?next HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert statuses(answer) == [403, 200]
    answer = shared.ask(b"POST /echo HTTP/1.1\r\n" + HOST + b"X-Forbidden: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" +
                        SMUGGLED)
    assert statuses(answer) == [403] and b"Connection: close" in answer


def test_whoever_drops_the_request_answers_500(shared):
    assert statuses(shared.get("/nothing")) == [500]


def test_half_closed_clients_get_what_is_nearly_ready(shared):
    with shared.connect() as s:
        s.sendall(b"GET /slow?ms=50 HTTP/1.1\r\n" + HOST + b"\r\n")
        s.shutdown(socket.SHUT_WR)
        assert b"late" in read_all(s)


def test_streams_are_chunked_and_files_are_pieces(serve, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(os.urandom(3 << 20))
    server = serve(env={"HTTP_ECHO_FILE": str(path)})
    answer = server.get("/stream?n=20000&bytes=50")
    assert b"Transfer-Encoding: chunked" in answer
    text, rest = b"", body_of(answer)
    while rest:
        size, rest = rest.split(b"\r\n", 1)
        text, rest = text + rest[:int(size, 16)], rest[int(size, 16) + 2:]
    assert text == b"".join(b"%d %s\n" % (i, b"." * 50) for i in range(20000))
    assert body_of(server.get("/file?from=1000&n=3000000")) == path.read_bytes()[1000:3001000]
    assert len(body_of(server.get("/file?from=0&n=4000000"))) < 4000000  # too short: no silent end


# --- who goes ---

def test_a_client_that_goes_is_noticed(shared):
    before = shared.stats()["gone"]
    for reset in (False, True):
        s = shared.connect()
        s.sendall(b"GET /slow?ms=60000 HTTP/1.1\r\n" + HOST + b"\r\n")
        await_stats(shared, open=2)
        if reset:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        start = time.monotonic()
        s.close()
        await_stats(shared, gone=before + 1 + reset)
        assert time.monotonic() - start < 0.5 + GROSS_MS / 1000
    s = shared.connect()
    s.sendall(b"GET /stream?silent=1 HTTP/1.1\r\n" + HOST + b"\r\n")
    await_stats(shared, live_streams=1)
    s.close()
    await_stats(shared, live_streams=0)


def test_heartbeats_come_in_silence(shared):
    with shared.connect() as s:
        s.sendall(b"GET /stream?silent=1&beat=100 HTTP/1.1\r\n" + HOST + b"\r\n")
        assert read_until(s, b": beat").count(b": beat") == 1
        read_until(s, b": beat")
