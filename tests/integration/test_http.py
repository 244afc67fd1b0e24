# SPDX-License-Identifier: Apache-2.0
"""The HTTP server of the daemon over raw sockets: smuggling, slow and silent clients, limits, TLS, WebSockets. The program is
tests/fakes/http_echo.c."""
import asyncio
import base64
import json
import os
import re
import resource
import select
import socket
import ssl
import struct
import subprocess
import time

import pytest

from conftest import BIN, GROSS_MS, SANITIZED

ECHO = os.path.join(BIN, "http_echo")
WAIT_S = 20
HOST = b"Host: x\r\n"
FREED_LATE = 32 if SANITIZED else 1  # sanitizers keep what is freed


class Server:
    def __init__(self, limits="", env=None, listen="127.0.0.1:0", nofile=None, **options):
        def prepare():
            if nofile:
                resource.setrlimit(resource.RLIMIT_NOFILE, (nofile, nofile))

        self.process = subprocess.Popen([ECHO, listen], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=prepare,
                                        env={**os.environ, "HTTP_ECHO_LIMITS": limits, **(env or {})}, **options)
        self.address = self.process.stdout.readline().strip()
        assert self.address, "the server did not start"

    def connect(self, timeout=WAIT_S):
        if self.address.startswith("unix:"):
            s = socket.socket(socket.AF_UNIX)
            s.connect(self.address[5:])
        else:
            host, port = self.address.rsplit(":", 1)
            s = socket.create_connection((host.strip("[]"), int(port)))
        s.settimeout(timeout)
        return s

    def ask(self, data, timeout=WAIT_S):
        """All that the server says to `data` until it closes."""
        with self.connect(timeout) as s:
            s.sendall(data)
            return read_all(s)

    def get(self, path, fields=b"", timeout=WAIT_S):
        return self.ask(b"GET %s HTTP/1.1\r\n%sConnection: close\r\n%s\r\n" % (path.encode(), HOST, fields), timeout)

    def stats(self):
        return json.loads(body_of(self.get("/stats")))

    def memory(self):
        with open("/proc/%d/status" % self.process.pid) as f:
            return int(re.search(r"RssAnon:\s+(\d+) kB", f.read()).group(1)) << 10

    def cpu_s(self):
        with open("/proc/%d/stat" % self.process.pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        if self.process.returncode is not None:
            return
        out, _ = self.process.communicate("", timeout=WAIT_S)
        assert self.process.returncode == 0
        assert out == "streams 0 sockets 0\n"  # every source was closed


def read_all(s):
    data = b""
    while True:
        try:
            piece = s.recv(1 << 16)
        except ConnectionResetError:
            return data + b"<reset>"
        if not piece:
            return data
        data += piece


def read_until(s, mark):
    data = b""
    while mark not in data:
        piece = s.recv(1 << 16)
        assert piece, "closed after %r" % data
        data += piece
    return data


def closed_by_peer(s, timeout=WAIT_S):
    s.settimeout(timeout)
    try:
        while s.recv(1 << 16):
            pass
    except ConnectionResetError:
        pass
    return True


def statuses(data):
    return [int(m) for m in re.findall(rb"HTTP/1\.1 (\d{3}) ", data)]


def body_of(data):
    return data.split(b"\r\n\r\n", 1)[1]


def await_stats(server, **wanted):
    until = time.monotonic() + WAIT_S
    while True:
        st = server.stats()
        if all(st[k] == v for k, v in wanted.items()):
            return st
        assert time.monotonic() < until, st
        select.select([], [], [], 0.02)


@pytest.fixture(scope="module")
def shared():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def serve():
    started = []

    def start(*args, **kw):
        started.append(Server(*args, **kw))
        return started[-1]
    yield start
    for server in started:
        server.stop()


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


# --- who is slow ---

def test_heads_have_a_deadline_however_they_trickle(serve):
    server = serve("head_ms=400")
    silent = server.connect()
    with server.connect() as s:
        s.sendall(b"GET / HTTP/1.1\r\n" + HOST)
        start = time.monotonic()
        while not select.select([s], [], [], 0.1)[0]:
            s.sendall(b"A: b\r\n")
        assert statuses(read_all(s)) == [408]
        assert 0.3 < time.monotonic() - start < 0.4 + GROSS_MS / 1000
    assert read_all(silent) == b""
    silent.close()


def test_idle_connections_end(serve):
    server = serve("idle_ms=300")
    with server.connect() as s:
        s.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        read_until(s, b"hello\n")
        assert s.recv(100) == b""


def test_bodies_may_not_stall_nor_crawl(serve):
    server = serve("body_ms=400 body_rate=1000")
    head = b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 100000\r\n\r\n"
    assert statuses(server.ask(head + b"abc")) == [408]
    with server.connect() as s:
        s.sendall(head)
        while not select.select([s], [], [], 0.05)[0]:
            s.sendall(b"x")
        assert statuses(read_all(s)) == [408]
    assert server.stats()["body_bytes"] == 0


@pytest.mark.parametrize("path", ["/big?n=50000000", "/stream?n=100000000&bytes=1000"])
def test_readers_may_not_stall(serve, path):
    server = serve("write_ms=500")
    with server.connect() as s:
        s.sendall(b"GET %s HTTP/1.1\r\n%s\r\n" % (path.encode(), HOST))
        await_stats(server, open=2)
        await_stats(server, open=1, live_streams=0)
        assert len(read_all(s)) < 1 << 20  # what lay in the kernel: it must not hold megabytes for each


def test_readers_may_be_slower_than_the_kernel_buffers(serve):
    """Each 64 kB are taken late, but within the limit: the answer is complete."""
    server = serve("write_ms=600")
    with server.connect() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        s.sendall(b"GET /big?n=8000000 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        n = 0
        while piece := s.recv(1 << 18):
            n += len(piece)
            select.select([], [], [], 0.02)
        assert n > 8000000


def test_who_does_not_read_costs_little(serve):
    server = serve("write_ms=60000")
    server.get("/stream?n=100&bytes=1000")
    before = server.memory()
    clients = [server.connect() for _ in range(100)]
    for s in clients:
        s.sendall(b"GET /stream?n=1000000000&bytes=1000 HTTP/1.1\r\n" + HOST + b"\r\n")
    await_stats(server, streams=100)
    assert server.memory() - before < 100 * (64 << 10) * FREED_LATE
    for s in clients:
        s.close()
    await_stats(server, streams=0, live_streams=0)


def test_who_does_not_read_pipelined_answers_is_not_read(serve):
    server = serve("write_ms=60000")
    with server.connect() as s:
        s.setblocking(False)
        sent, request = 0, b"GET /big?n=15000 HTTP/1.1\r\n" + HOST + b"\r\n"
        before = server.memory()
        until = time.monotonic() + 1
        while time.monotonic() < until:
            try:
                sent += s.send(request * 1000)
            except BlockingIOError:
                select.select([], [s], [], 0.1)
        assert server.memory() - before < (4 << 20) * FREED_LATE
        assert server.cpu_s() < 5
    await_stats(server, open=1)


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


# --- how many ---

def test_connections_are_limited(serve):
    server = serve("connections=5")
    busy = [server.connect() for _ in range(4)]
    for s in busy:
        s.sendall(b"GET /stream?silent=1 HTTP/1.1\r\n" + HOST + b"\r\n")
        read_until(s, b"\r\n\r\n")
    idle = server.connect()
    assert server.stats()["streams"] == 4  # the idle one gave way
    assert idle.recv(1) == b""
    fifth = server.connect()
    fifth.sendall(b"GET /slow?ms=60000 HTTP/1.1\r\n" + HOST + b"\r\n")
    select.select([fifth], [], [], 0.2)
    with server.connect() as s:
        answer = read_all(s)
    assert statuses(answer) in ([503], []) and b"overloaded" in answer
    for s in busy + [fifth]:
        s.close()


def test_trickling_heads_give_way(serve):
    server = serve("connections=20 head_ms=60000")
    crowd = [server.connect() for _ in range(20)]
    for s in crowd:
        s.sendall(b"GET / HTTP/1.1\r\n")
    until = time.monotonic() + WAIT_S
    while statuses(server.get("/")) != [200]:
        assert time.monotonic() < until
    for _ in range(10):
        assert statuses(server.get("/")) == [200]
    for s in crowd:
        s.close()


def test_connections_of_one_address_are_limited(serve):
    server = serve("peer=2")
    two = [server.connect(), server.connect()]
    for s in two:
        s.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        read_until(s, b"hello\n")
    with server.connect() as s:
        assert statuses(read_all(s)) == [429]
    two.pop().close()
    until = time.monotonic() + WAIT_S
    while statuses(server.get("/")) != [200]:
        assert time.monotonic() < until
    two.pop().close()


def test_out_of_descriptors_is_no_busy_loop(serve):
    server = serve("head_ms=60000 idle_ms=60000", nofile=60)
    crowd = [server.connect() for _ in range(100)]  # in the backlog at least
    before = server.cpu_s()
    select.select([], [], [], 1)
    assert server.cpu_s() - before < 0.3
    assert statuses(server.get("/")) == [200]  # an idle one makes room
    for s in crowd:
        s.close()
    busy = [server.connect() for _ in range(60)]
    for s in busy:
        s.sendall(b"GET /slow?ms=60000 HTTP/1.1\r\n" + HOST + b"\r\n")
    before = server.cpu_s()
    select.select([], [], [], 1)
    assert server.cpu_s() - before < 0.3
    for s in busy:
        s.close()
    until = time.monotonic() + WAIT_S
    while statuses(server.get("/")) != [200]:
        assert time.monotonic() < until


def test_five_thousand_idle_connections_do_not_hurt(serve):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20000), hard))
    n = min(5000, hard - 200)
    server = serve("head_ms=60000")
    before = server.memory()
    crowd = [server.connect() for _ in range(n)]
    await_stats(server, open=n + 1)
    assert server.memory() - before < n * 2048 * FREED_LATE
    for _ in range(20):
        start = time.monotonic()
        assert statuses(server.get("/")) == [200]
        assert time.monotonic() - start < GROSS_MS / 1000
    for s in crowd:
        s.close()
    await_stats(server, open=1)


def test_connections_may_come_and_go_fast(serve):
    server = serve()
    for i in range(2000):
        s = server.connect()
        if i % 3 == 0:
            s.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        if i % 7 == 0:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()
    await_stats(server, open=1)


def test_bodies_together_are_limited(serve):
    server = serve("bodies=1000000 body=900000")
    one = server.connect()
    one.sendall(b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 800000\r\n\r\n" + b"x" * 600000)
    until = time.monotonic() + WAIT_S
    while server.stats()["body_bytes"] < 600000:
        assert time.monotonic() < until
    with server.connect() as two:
        two.sendall(b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 800000\r\n\r\n" + b"x" * 600000)
        assert statuses(read_all(two)) == [503]
    one.sendall(b"x" * 200000)
    assert statuses(read_until(one, b"\r\n\r\n")) == [200]
    one.close()
    await_stats(server, body_bytes=0)


def test_a_lying_length_takes_no_memory(serve):
    server = serve()
    before = server.memory()
    liars = [server.connect() for _ in range(50)]
    for s in liars:
        s.sendall(b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 16000000\r\n\r\nx")
    await_stats(server, open=51)
    assert server.memory() - before < (2 << 20) * FREED_LATE
    for s in liars:
        s.close()


# --- listening ---

def test_unix_sockets_and_what_a_killed_server_leaves(serve, tmp_path):
    path = str(tmp_path / "http.sock")
    killed = Server(listen="unix:" + path)
    killed.process.kill()
    killed.process.communicate()
    assert os.path.exists(path)
    server = serve(listen="unix:" + path)
    assert b"peer=unix" in server.get("/echo")
    second = subprocess.run([ECHO, "unix:" + path], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert second.returncode == 1 and path in second.stderr
    server.stop()
    assert not os.path.exists(path)


def test_an_inherited_socket_and_ipv6(serve):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        server = serve(listen="fd:%d" % s.fileno(), pass_fds=[s.fileno()])
        assert server.address.endswith(":%d" % s.getsockname()[1])
    assert statuses(server.get("/")) == [200]
    assert b"peer=::1 " in serve(listen="[::1]:0").get("/echo")
    for bad in ("nonsense", "127.0.0.1:x", "1.2.3.4.5:80", "fd:0"):
        done = subprocess.run([ECHO, bad], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 1 and done.stderr


def test_draining_ends_connections_after_their_answer(serve):
    server = serve()
    idle, busy = server.connect(), server.connect()
    busy.sendall(b"GET /slow?ms=300 HTTP/1.1\r\n" + HOST + b"\r\n")
    await_stats(server, open=3)
    assert b"draining" in server.get("/drain")
    assert read_all(idle) == b""
    answer = read_all(busy)
    assert statuses(answer) == [200] and b"Connection: close" in answer
    with pytest.raises(OSError):
        server.connect()


# --- TLS ---

@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    for name, subject in (("server", "/CN=localhost"), ("client", "/O=Tests/CN=client one")):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", subject, "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / (name + ".key"),
                        "-out", folder / (name + ".pem")], check=True, capture_output=True)
    return folder


def tls_env(folder, **more):
    return {"HTTP_ECHO_CERT": str(folder / "server.pem"), "HTTP_ECHO_KEY": str(folder / "server.key"), **more}


def tls_context(folder, client=False, alpn=None):
    context = ssl.create_default_context(cafile=str(folder / "server.pem"))
    if client:
        context.load_cert_chain(folder / "client.pem", folder / "client.key")
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def tls_ask(server, context, data):
    with server.connect() as plain, context.wrap_socket(plain, server_hostname="localhost") as s:
        s.sendall(data)
        answer = read_all(s)
        return answer, s.selected_alpn_protocol()


def test_tls_serves_http_1_1_only(serve, certificates):
    server = serve("head_ms=400", env=tls_env(certificates))
    request = b"GET /big?n=3000000 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    answer, protocol = tls_ask(server, tls_context(certificates, alpn=["h2", "http/1.1"]), request)
    assert len(body_of(answer)) == 3000000 and protocol == "http/1.1"
    answer, _ = tls_ask(server, tls_context(certificates), b"GET /echo HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert b"tls=1" in answer
    data = b"".join(b"GET %s HTTP/1.1\r\n%s\r\n" % (p, HOST) for p in (b"/slow?ms=100", b"/echo?1", b"/stream?n=5000&bytes=100"))
    answer, _ = tls_ask(server, tls_context(certificates), data + b"POST /echo HTTP/1.1\r\n" + HOST +
                        b"Connection: close\r\nContent-Length: 200000\r\n\r\n" + b"y" * 200000)
    assert statuses(answer) == [200] * 4 and answer.endswith(b"y" * 200000)
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        tls_ask(server, tls_context(certificates, alpn=["h2"]), request)
    assert statuses(server.ask(request)) in ([], [400])  # plain text to the TLS port
    with server.connect() as stalled:  # H-22
        stalled.sendall(b"\x16\x03\x01\x02\x00")
        start = time.monotonic()
        closed_by_peer(stalled)
        assert time.monotonic() - start < 0.4 + GROSS_MS / 1000


def test_tls_files_and_who_does_not_read(serve, certificates, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(os.urandom(3 << 20))
    server = serve("write_ms=500", env=tls_env(certificates, HTTP_ECHO_FILE=str(path)))
    context = tls_context(certificates)
    answer, _ = tls_ask(server, context, b"GET /file?from=7&n=3000000 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert body_of(answer) == path.read_bytes()[7:3000007]
    with server.connect() as plain, context.wrap_socket(plain, server_hostname="localhost") as s:
        s.sendall(b"GET /big?n=50000000 HTTP/1.1\r\n" + HOST + b"\r\n")
        before = server.cpu_s()
        select.select([], [], [], 1.5)
        assert server.cpu_s() - before < 0.7
        n = 0
        try:
            while piece := s.recv(1 << 20):
                n += len(piece)
        except (ConnectionError, ssl.SSLError):
            pass
        assert n < 50000000  # it was ended meanwhile


def test_tls_client_certificates(serve, certificates):
    server = serve(env=tls_env(certificates, HTTP_ECHO_CLIENT_CA=str(certificates / "client.pem")))
    request = b"GET /echo HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    answer, _ = tls_ask(server, tls_context(certificates, client=True), request)
    assert b"subject=CN=client one,O=Tests " in answer
    with pytest.raises((ssl.SSLError, ConnectionError)):
        assert not tls_ask(server, tls_context(certificates), request)[0]
        raise ConnectionError("closed")


def test_tls_settings_that_do_not_work_are_named(certificates):
    for env in ({"HTTP_ECHO_CERT": str(certificates / "server.pem")},
                tls_env(certificates, HTTP_ECHO_KEY=str(certificates / "client.key")),
                tls_env(certificates, HTTP_ECHO_CERT="/nonexistent")):
        done = subprocess.run([ECHO], capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ, **env})
        assert done.returncode == 1 and done.stderr


# --- WebSockets ---

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
