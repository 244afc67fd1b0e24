# SPDX-License-Identifier: Apache-2.0
"""proxy_config: a page's connections go through the request's proxy, HTTP or SOCKS5, with both engines."""
import base64
import hashlib
import json
import os
import socket
import subprocess
import threading
import time

import pytest

from conftest import BIN, envelope, select_sleep
from test_egress import Pages, article, warnings
from test_fetch import Page, Server, certificate, replaced

SECRET = "s3cr:t/@%-Pa55"
KINDS = ["http", "socks5"]
ENGINES = ["browser", "fetch"]


class Proxy:
    """A small proxy. Names that only it knows are all at 127.0.0.1; `raw` is answered to all that comes, None: nothing ever is."""

    def __init__(self, kind, login=None, host="127.0.0.1", raw=False, names=("inner.test",)):
        self.kind, self.login, self.raw, self.names = kind, login, raw, names
        self.asked, self.logins, self.ports, self.open, self.via = [], [], set(), [], "p"
        self.listener = socket.create_server((host, 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.server = "%s://%s:%d" % (kind, host, self.port)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                s = self.listener.accept()[0]
            except OSError:
                return
            self.open.append(s)
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, s):
        try:
            if self.raw is not False:
                s.recv(1 << 16)
                if self.raw is not None:
                    s.sendall(self.raw)
                while s.recv(1 << 16):
                    pass
                return
            out = self.http(s) if self.kind == "http" else self.socks(s)
            if out:
                threading.Thread(target=self.pump, args=(out, s), daemon=True).start()
                self.pump(s, out)
        except (OSError, ValueError):
            s.close()

    def connect(self, host, port):
        self.asked.append((host, port))
        out = socket.create_connection(("127.0.0.1" if host in self.names else host, port), 5)
        out.settimeout(None)
        self.open.append(out)
        self.ports.add(out.getsockname()[1])
        return out

    def pump(self, a, b):
        try:
            while True:
                data = a.recv(1 << 16)
                if not data:
                    break
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def http(self, s):
        head = b""
        while b"\r\n\r\n" not in head:
            more = s.recv(4096)
            if not more:
                return None
            head += more
        lines = head.split(b"\r\n\r\n")[0].decode().split("\r\n")
        fields = dict(line.lower().split(": ", 1) if not line.lower().startswith("proxy-auth") else ("login", line.split(": ", 1)[1]) for line in lines[1:])
        login = base64.b64decode(fields["login"][6:]).decode() if "login" in fields else None
        self.logins.append(login)
        method, target, _ = lines[0].split(" ")
        assert method == "CONNECT"
        if self.login and login != self.login:
            s.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 4\r\n\r\nnope")
            s.shutdown(socket.SHUT_WR)
            return None
        host, port = target.rsplit(":", 1)
        try:
            out = self.connect(host.strip("[]"), int(port))
        except OSError:
            s.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            s.shutdown(socket.SHUT_WR)
            return None
        s.sendall(b"HTTP/1.1 200 Connection established\r\nVia: %s\r\n\r\n" % self.via.encode())
        return out

    def exactly(self, s, n):
        data = b""
        while len(data) < n:
            more = s.recv(n - len(data))
            if not more:
                raise OSError
            data += more
        return data

    def socks(self, s):
        methods = self.exactly(s, self.exactly(s, 2)[1])
        if self.login:
            if 2 not in methods:
                s.sendall(b"\5\xff")
                return None
            s.sendall(b"\5\2")
            user = self.exactly(s, self.exactly(s, 2)[1])
            login = (user + b":" + self.exactly(s, self.exactly(s, 1)[0])).decode()
            self.logins.append(login)
            s.sendall(b"\1\0" if login == self.login else b"\1\1")
            if login != self.login:
                return None
        else:
            s.sendall(b"\5\0")
        kind = self.exactly(s, 4)[3]
        if kind == 3:
            host = self.exactly(s, self.exactly(s, 1)[0]).decode()
        else:
            host = socket.inet_ntop(*((socket.AF_INET, self.exactly(s, 4)) if kind == 1 else (socket.AF_INET6, self.exactly(s, 16))))
        port = int.from_bytes(self.exactly(s, 2), "big")
        try:
            out = self.connect(host, port)
        except OSError:
            s.sendall(b"\5\5\0\1\0\0\0\0\0\0")
            return None
        s.sendall(b"\5\0\0\1\0\0\0\0\0\0")
        return out

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for s in self.open:
            s.close()


@pytest.fixture
def proxy():
    made = []

    def make(*args, **kw):
        made.append(Proxy(*args, **kw))
        return made[-1]
    yield make
    for p in made:
        p.close()


def socket_page(h):
    """A WebSocket that says hello."""
    key = h.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    h.send_response(101)
    for k, v in (("Upgrade", "websocket"), ("Connection", "Upgrade"),
                 ("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())):
        h.send_header(k, v)
    h.end_headers()
    h.wfile.write(b"\x81\x05hello")
    h.server.peers.append(h.client_address[1])
    h.connection.recv(1000)
    h.close_connection = True


class Origin(Pages):
    """Keeps who connected."""

    def __init__(self, content, *args):
        self.peers = []
        super().__init__(content, *args)

    def process_request(self, request, client_address):
        self.peers.append(client_address[1])
        super().process_request(request, client_address)


@pytest.fixture
def origin():
    made = []

    def make(content, *args):
        made.append(Origin(content, *args))
        return made[-1]
    yield make
    for s in made:
        s.shutdown()
        s.server_close()


def at(s, host):
    return "http://%s:%d" % (host, s.server_address[1])


def load(riptide, url, config, engine="browser", rc=0, **kw):
    return riptide.run({"url": url, "engine": engine, "proxy_config": config, "timeouts": {"hard_cap_ms": 20000}, **kw}, rc=rc)


# --- what goes through ---

@pytest.mark.parametrize("login", [None, "me:" + SECRET])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("engine", ENGINES)
def test_pages_come_through_the_proxy(riptide, origin, proxy, engine, kind, login):
    p = proxy(kind, login)
    s = origin({"/": article('<img src="/a.png"><script src="/b.js"></script>'), "/b.js": "document.title = 'ran'"})
    config = {"server": p.server, **({"username": "me", "password": SECRET} if login else {})}
    r = load(riptide, at(s, "inner.test"), config, engine)
    assert r["status"] == "complete" and "Some words" in r["document"]["markdown"]
    assert set(s.peers) and set(s.peers) <= p.ports
    assert set(p.asked) == {("inner.test", s.server_address[1])} and set(p.logins) <= {login}
    if engine == "browser":
        assert r["document"]["title"] == "ran" and "/a.png" in s.log
    assert SECRET not in json.dumps(r)


@pytest.mark.parametrize("kind", KINDS)
def test_websockets_frames_and_workers_go_through_it(riptide, origin, proxy, kind):
    p = proxy(kind, names=("inner.test", "other.test"))
    s = origin({"/ws": socket_page, "/frame": article(), "/worker": (200, {"Access-Control-Allow-Origin": "*"}, "x")})
    s.pages["/"] = article('<iframe src="%s/frame"></iframe><script>const w = new WebSocket("%s/ws"); w.onmessage = e => document.title = e.data;'
                           'new Worker(URL.createObjectURL(new Blob([`fetch("%s/worker")`])))</script>'
                           % (at(s, "other.test"), at(s, "other.test").replace("http", "ws"), at(s, "other.test")))
    r = load(riptide, at(s, "inner.test"), {"server": p.server}, actions=[{"type": "wait_for_js", "expr": "document.title == 'hello'"}], network_requests=True)
    assert r["document"]["title"] == "hello" and {"/ws", "/frame", "/worker"} <= set(s.log)
    assert set(s.peers) <= p.ports
    assert {h for h, _ in p.asked} == {"inner.test", "other.test"}
    assert all("address" not in row or row["address"] is None for row in r["egress"]) and not warnings(r)
    assert {x.get("remote_ip") for x in r["network_requests"]} == {None}  # nobody here knows it


@pytest.mark.parametrize("engine", ENGINES)
def test_hosts_of_bypass_go_direct(riptide, origin, proxy, engine):
    p = proxy("http")
    s = origin({"/": article()})
    for bypass, direct in (([], False), (["127.0.0.1"], True), (["127.0.0.0/8"], True), (["localhost", "*.test"], False)):
        p.ports.clear(), s.peers.clear()
        assert load(riptide, s.url, {"server": p.server, "bypass": bypass}, engine)["status"] == "complete"
        assert bool(set(s.peers) & p.ports) != direct, bypass
    p.ports.clear(), s.peers.clear()
    assert load(riptide, at(s, "localhost"), {"server": p.server, "bypass": ["localhost"]}, engine)["status"] == "complete"
    assert not p.ports


@pytest.mark.parametrize("engine", ENGINES)
def test_redirects_go_by_the_rules_of_each_host(riptide, origin, proxy, engine):
    p = proxy("socks5", names=("inner.test", "other.test"))
    s = origin({"/to": article()})
    s.pages["/"] = (302, {"Location": at(s, "127.0.0.1") + "/on"}, "")
    s.pages["/on"] = (302, {"Location": at(s, "other.test") + "/to"}, "")
    r = load(riptide, at(s, "inner.test"), {"server": p.server, "bypass": ["127.0.0.1"]}, engine)
    assert r["final_url"] == at(s, "other.test") + "/to" and {h for h, _ in p.asked} == {"inner.test", "other.test"}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_to_the_proxy_is_not_counted(riptide, origin, proxy, engine, kind):
    login = "u" * 200 + ":" + "p" * 200
    p = proxy(kind, login)
    p.via = "v" * 4000
    s = origin({"/": article()})
    config = {"server": p.server, "username": "u" * 200, "password": "p" * 200}
    assert load(riptide, at(s, "inner.test"), config, engine, network={"max_bytes": 1800})["status"] == "complete"


def test_ways_to_write_it(riptide, origin, proxy):
    h, k = proxy("http", "me:p@ss"), proxy("socks5", "me:p@ss")
    s = origin({"/": article()})
    for server, extra in (("127.0.0.1:%d" % h.port, {"username": "me", "password": "p@ss"}), ("http://me:p%%40ss@127.0.0.1:%d/" % h.port, {}),
                          ("me:p%%40ss@localhost:%d" % h.port, {}), ("socks5h://me:p%%40ss@127.0.0.1:%d" % k.port, {}),
                          ("SOCKS5://localhost:%d" % k.port, {"username": "me", "password": "p@ss"})):
        assert load(riptide, at(s, "inner.test"), {"server": server, **extra})["status"] == "complete", server
        assert load(riptide, at(s, "inner.test"), {"server": server, **extra}, "fetch")["status"] == "complete", server


def test_the_option_of_the_command_line(riptide, origin, proxy):
    p = proxy("socks5")
    s = origin({"/": article()})
    assert riptide.envelope(at(s, "inner.test"), "--proxy", p.server)["status"] == "complete"
    assert p.asked and set(s.peers) <= p.ports


def test_the_password_is_not_among_the_arguments(riptide, origin, proxy):
    p = proxy("http", raw=None)
    for url in ("http://me:%s@127.0.0.1:%d" % ("hidden", p.port), "me:hidden@127.0.0.1:%d" % p.port):
        r = riptide.popen("render", "http://inner.test/", "--allow-private", "--proxy", url, "--timeout", "3000")
        end = time.monotonic() + 20
        while not p.open and time.monotonic() < end:
            select_sleep(0.02)
        with open("/proc/%d/cmdline" % r.pid) as f:
            line = f.read()
        assert p.open and "hidden" not in line and "me:xxxxxx@127" in line
        r.communicate(timeout=30)
        p.open.clear()


def test_what_the_environment_says_is_not_asked(riptide, origin, proxy):
    p, q = proxy("http"), proxy("http")
    s = origin({"/": article()})
    env = {k: q.server for k in ("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY")}
    for engine in ENGINES:
        request = {"url": at(s, "inner.test"), "engine": engine, "proxy_config": {"server": p.server}}
        riptide("run", "-", "--allow-private", stdin=json.dumps(request).encode(), env=env)
        request = {"url": s.url, "engine": engine, "proxy_config": {"server": p.server, "bypass": ["127.0.0.1"]}}
        riptide("run", "-", "--allow-private", stdin=json.dumps(request).encode(), env={**env, "no_proxy": ""})
    assert not q.asked and len(p.asked) >= 2


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_by_its_name(riptide, origin, proxy, tmp_path, engine, kind):
    p = proxy(kind, names=("inner.test", "proxy.test"))
    s = origin({"/": article()})
    (tmp_path / "hosts").write_text("127.0.0.1 proxy.test localhost\n")
    request = {"url": at(s, "inner.test"), "engine": engine, "proxy_config": {"server": "%s://proxy.test:%d" % (kind, p.port)}}
    r = subprocess.run([*replaced(**{"/etc/hosts": tmp_path / "hosts"}), BIN + "/riptide", "run", "-", "--allow-private", "--format", "json"],
                       input=json.dumps(request), capture_output=True, text=True, timeout=60, env=riptide.env())
    assert r.returncode == 0 and set(s.peers) <= p.ports and p.asked, r
    r = subprocess.run([*replaced(**{"/etc/hosts": tmp_path / "hosts"}), BIN + "/riptide", "run", "-", "--format", "json"],
                       input=json.dumps(request), capture_output=True, text=True, timeout=60, env=riptide.env())
    assert json.loads(r.stdout)["error"]["code"] == "address_forbidden", r
    assert json.loads(r.stdout)["error"]["context"]["path"] == "proxy_config.server"


@pytest.mark.parametrize("kind", KINDS)
def test_certificates_are_those_of_the_page(riptide, proxy, tmp_path, kind):
    p = proxy(kind)
    s = Server({"/": Page(article())}, certificate(tmp_path))
    for engine in ENGINES:
        r = load(riptide, s.url, {"server": p.server}, engine, rc=4)
        assert r["error"]["code"] == "tls_failed", r["error"]
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    name = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", tmp_path / "c"], check=True, capture_output=True, text=True).stdout
    os.rename(tmp_path / "c", trusted / (name.strip() + ".0"))
    r = subprocess.run([*replaced(**{"/etc/ssl/certs": trusted}), BIN + "/riptide", "render", s.url, "--engine", "fetch", "--allow-private", "--proxy", p.server],
                       capture_output=True, text=True, timeout=30, env=riptide.env())
    s.stop()
    assert r.returncode == 0 and "Some words" in r.stdout, r
    assert {port for _, port in p.asked} == {s.server_address[1]}


# --- what fails ---

@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind,login,says", [
    ("http", {"username": "me", "password": SECRET + "x"}, "answered 407: it does not take the username and password"),
    ("http", {}, "answered 407: it wants a username and password"),
    ("socks5", {"username": "me", "password": SECRET + "x"}, ""),
    ("socks5", {}, "")])
def test_a_wrong_password(riptide, origin, proxy, engine, kind, login, says):
    p = proxy(kind, "me:" + SECRET)
    s = origin({"/": article()})
    r = load(riptide, at(s, "inner.test"), {"server": p.server, **login}, engine, rc=4)
    assert r["error"]["code"] == "proxy_failed" and r["error"]["retryable"], r["error"]
    assert p.server in r["error"]["message"] and says in r["error"]["message"]
    assert not s.peers and SECRET not in json.dumps(r)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind,raw,says", [
    ("http", b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "503"), ("http", b"SSH-2.0-x\r\n\r\n", ""), ("socks5", b"HTTP/1.1 400 Bad\r\n\r\n", ""),
    ("http", b"HTTP/1.1 200 OK\r\nA: " + b"a" * 200000, ""), ("http", b"", ""), ("socks5", b"", "")])
def test_a_proxy_that_talks_nonsense(riptide, proxy, engine, kind, raw, says):
    p = proxy(kind, raw=raw)
    if not raw:
        p.raw = False
        p.serve = lambda s: (s.recv(10), s.shutdown(socket.SHUT_RDWR), s.close())
    r = load(riptide, "http://inner.test/", {"server": p.server}, engine, rc=4)
    assert r["error"]["code"] == "proxy_failed" and p.server in r["error"]["message"] and says in r["error"]["message"], r["error"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_proxy_that_is_not_there(riptide, engine):
    with socket.create_server(("127.0.0.1", 0)) as s:
        closed = s.getsockname()[1]
    for server in ("http://127.0.0.1:%d" % closed, "socks5://localhost:%d" % closed, "http://no-such-proxy.invalid:3128"):
        r = load(riptide, "http://inner.test/", {"server": server}, engine, rc=4)
        assert r["error"]["code"] == "proxy_failed" and server in r["error"]["message"], r["error"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_that_hangs(riptide, proxy, engine, kind):
    p = proxy(kind, raw=None)
    start = time.monotonic()
    r = load(riptide, "http://inner.test/", {"server": p.server}, engine, rc=None, timeouts={"hard_cap_ms": 3000})
    assert r["error"]["type"] == "timeout" and time.monotonic() - start < 3 + 5, r["error"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_host_that_the_proxy_does_not_reach(riptide, proxy, engine):
    with socket.create_server(("127.0.0.1", 0)) as s:
        closed = s.getsockname()[1]
    for kind in KINDS:
        r = load(riptide, "http://inner.test:%d/" % closed, {"server": proxy(kind).server}, engine, rc=4)
        assert r["error"]["code"] == "proxy_failed", r["error"]


def test_parts_that_the_proxy_does_not_bring_are_a_warning(riptide, origin, proxy):
    p = proxy("http")
    s = origin({"/": article('<img src="http://gone.test:81/a.png">')})
    p.names = ("inner.test",)
    r = load(riptide, at(s, "inner.test"), {"server": p.server}, network_requests=True)
    assert r["status"] == "complete" and "gone.test:81" in warnings(r)["proxy_failed"] and "502" in warnings(r)["proxy_failed"]
    assert {(x["host"], x["verdict"]) for x in r["egress"]} == {("inner.test", "allowed"), ("gone.test", "proxy_failed")}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_lists_of_network_hold_behind_a_proxy(riptide, origin, proxy, engine):
    p = proxy("http")
    s = origin({"/": (302, {"Location": "http://denied.test/"}, "")})
    r = load(riptide, at(s, "inner.test"), {"server": p.server}, engine, rc=4, network={"deny_hosts": ["denied.test"]})
    assert r["error"]["code"] == "host_forbidden" and {h for h, _ in p.asked} == {"inner.test"}
    r = riptide("run", "-", "--allow-private", "--format", "json", rc=4, stdin=json.dumps(
        {"url": "http://inner.test/", "engine": engine, "proxy_config": {"server": p.server}, "network": {"allow_hosts": ["127.0.0.0/8"]}}).encode())
    assert "host_forbidden" in r.err or "allow_hosts" in r.err  # whose address it has, only the proxy knows


# --- what is private ---

@pytest.mark.parametrize("engine", ENGINES)
def test_a_private_proxy_is_refused(riptide, proxy, engine):
    p = proxy("http")
    for server in (p.server, "socks5://localhost:%d" % p.port, "http://[::1]:1", "http://10.0.0.1:3128", "http://127.1:%d" % p.port):
        r = riptide("run", "-", "--format", "json", rc=4, stdin=json.dumps(
            {"url": "http://example.com/", "engine": engine, "proxy_config": {"server": server}}).encode()).json
        assert (r["error"]["code"], r["error"]["context"]["path"]) == ("address_forbidden", "proxy_config.server"), r["error"]
    assert not p.open


@pytest.mark.parametrize("engine", ENGINES)
def test_a_public_proxy_is_not_asked_for_private_addresses(riptide, outside, origin, proxy, engine):
    p = outside.bind(lambda: proxy("http", host=outside.ADDRESSES[0]))
    for url in ("http://127.0.0.1/", "http://localhost/", "http://10.0.0.1/", "http://0x7f.1/", "http://[::1]/"):
        r = riptide("run", "-", "--format", "json", rc=4, stdin=json.dumps({"url": url, "engine": engine, "proxy_config": {"server": p.server}}).encode()).json
        assert r["error"]["code"] == "address_forbidden", r["error"]
    assert not p.asked
    s = outside.bind(lambda: origin({"/": article('<img src="http://127.0.0.1/a"><img src="http://localhost/b">'),
                                     "/to": (302, {"Location": "http://169.254.169.254/"}, "")}, outside.ADDRESSES[1]))
    p.names = ()
    p.connect = lambda host, port, connect=p.connect: outside.bind(lambda: connect(outside.ADDRESSES[1] if host == "inner.test" else host, port))
    request = {"url": at(s, "inner.test"), "engine": engine, "proxy_config": {"server": p.server}}
    r = riptide("run", "-", "--format", "json", stdin=json.dumps(request).encode()).json
    assert r["status"] == "complete" and set(s.peers) <= p.ports
    request["url"] += "/to"
    r = riptide("run", "-", "--format", "json", rc=4, stdin=json.dumps(request).encode()).json
    assert r["error"]["code"] == "address_forbidden"
    assert {h for h, _ in p.asked} == {outside.ADDRESSES[1]}
    if engine == "browser":  # names are not looked up here, so that a script may go on where a proxy leads
        request = {"html": article(), "proxy_config": {"server": p.server}, "actions": [{"type": "goto", "url": at(s, "inner.test")}]}
        assert riptide("run", "-", "--format", "json", stdin=json.dumps(request).encode()).json["status"] == "complete"


# --- requests that are refused ---

@pytest.mark.parametrize("config,path,says", [
    ({}, "proxy_config.server", "required"), ("http://a:1", "proxy_config", "object"),
    ({"server": "https://a:1"}, "proxy_config.server", "TLS are not built"), ({"server": "socks4://a:1"}, "proxy_config.server", "socks4://"),
    ({"server": "ftp://u:%s@a" % "hidden"}, "proxy_config.server", "ftp://"), ({"server": "http://a:0"}, "proxy_config.server", "port"),
    ({"server": "http://a:65536"}, "proxy_config.server", "port"), ({"server": "http://a:x"}, "proxy_config.server", "port"),
    ({"server": "http://"}, "proxy_config.server", ""), ({"server": "http://a b:1"}, "proxy_config.server", "host"),
    ({"server": "http://a:1/x"}, "proxy_config.server", "behind"), ({"server": "http://a:1?x"}, "proxy_config.server", "behind"),
    ({"server": "http://:hidden@a:1"}, "proxy_config.server", "without a username"), ({"server": "http://u:%zz@a:1"}, "proxy_config.server", "%25"),
    ({"server": "http://u:%ff@a:1"}, "proxy_config.server", "no text"), ({"server": "http://u:%0a@a:1"}, "proxy_config.password", "control"),
    ({"server": "http://u:hidden@a:1", "username": "v"}, "proxy_config.username", "already"),
    ({"server": "a:1", "password": "hidden"}, "proxy_config.password", "goes with username"),
    ({"server": "a:1", "username": "a:b", "password": "hidden"}, "proxy_config.username", "colon"),
    ({"server": "a:1", "username": "a\nb"}, "proxy_config.username", "control"),
    ({"server": "socks5://a:1", "username": "a", "password": "hidden" * 50}, "proxy_config.password", "255"),
    ({"server": "a:1", "bypass": ["*"]}, "proxy_config.bypass[0]", "pattern"), ({"server": "a:1", "by": []}, "proxy_config.by", "bypass")])
def test_bad_ones_are_refused(riptide, config, path, says):
    r = riptide("run", "-", stdin=json.dumps({"url": "http://a/", "proxy_config": config}).encode(), rc=2)
    assert path + ":" in r.err and says in r.err, r
    assert "hidden" not in r.err


# --- the service ---

def test_the_password_is_nowhere_to_be_read(serve, origin, proxy):
    good, bad = proxy("http", "me:" + SECRET), proxy("http", "me:other")
    s = origin({"/": article('<img src="http://gone.test:81/a">')})
    service = serve("--log-level", "debug")
    texts = []
    for p, server in ((good, good.server), (bad, bad.server), (good, good.server.replace("//", "//me:%s@" % "s3cr%3At%2F%40%25-Pa55"))):
        login = {} if "@" in server else {"username": "me", "password": SECRET}
        body = {"url": at(s, "inner.test"), "proxy_config": {"server": server, **login}, "network_requests": True}
        e = envelope(service.render(body), 502 if p is bad else 200)
        assert e["status"] == ("failed" if p is bad else "complete")
        texts += [json.dumps(e), service.get("/v1/jobs/%s" % e["job_id"]).text, service.get("/v1/jobs/%s/events" % e["job_id"]).text]
    texts += [service.get("/v1/jobs").text, service.get("/metrics").text, service.get("/healthz").text, service.log]
    for text in texts:
        for secret in (SECRET, "s3cr%3At", base64.b64encode(("me:" + SECRET).encode()).decode()):
            assert secret not in text, text
    for name in service.state.rglob("*"):
        if name.is_file():
            assert SECRET.encode() not in name.read_bytes(), name


def test_each_job_of_a_session_has_its_own(serve, origin, proxy):
    """A connection that was kept serves nobody who has another proxy."""
    a, b = proxy("http"), proxy("socks5")
    s = origin({"/": article()})
    service = serve()

    def ports(config):
        s.peers.clear(), a.ports.clear(), b.ports.clear()
        body = {"url": s.url, "session_id": "x", **({"proxy_config": config} if config else {})}
        assert envelope(service.render(body))["status"] == "complete"
        return set(s.peers)
    for config, by in (({"server": a.server}, a), ({"server": b.server}, b), (None, None), ({"server": a.server}, a),
                       ({"server": a.server, "bypass": ["127.0.0.1"]}, None), (None, None)):
        seen = ports(config)
        assert seen and [p for p in (a, b) if p.ports & seen] == ([by] if by else []), config
