# SPDX-License-Identifier: Apache-2.0
"""The HTTP server under slow and silent clients, and under many: deadlines, limits, descriptors, memory; where it listens and how it drains."""
import os
import resource
import select
import socket
import struct
import subprocess
import time

import pytest

from conftest import GROSS_MS
from http_peer import await_stats, ECHO, FREED_LATE, HOST, read_all, read_until, serve, Server, statuses, WAIT_S  # shared, serve: fixtures

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
