# SPDX-License-Identifier: Apache-2.0
"""What the tests of the HTTP server share: the program tests/fakes/http_echo.c under test, and reading from raw sockets."""
import json
import os
import re
import resource
import select
import socket
import subprocess
import time

import pytest

from conftest import BIN, SANITIZED

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
