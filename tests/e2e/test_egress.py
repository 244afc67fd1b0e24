# SPDX-License-Identifier: Apache-2.0
"""Whatever a page connects to goes through the egress guard: what it may not reach never hears of it."""
import http.server
import json
import os
import signal
import socket
import threading
import time

import pytest

from conftest import BIN, Riptide, descendants, envelope, select_sleep

# Every way in which a page makes its browser connect, that a script can wait for or that the parser follows.
WAYS = """<!doctype html><title>Ways</title><h1>A page</h1><p>Some words to read on this page.</p>
<link rel=stylesheet href="%(u)s/style.css"><link rel=preconnect href="%(u)s"><link rel=dns-prefetch href="%(u)s">
<link rel=prefetch href="%(u)s/prefetch"><link rel=icon href="%(u)s/icon.png"><link rel=preload as=font crossorigin href="%(u)s/font">
<img src="%(u)s/image.png"><iframe src="%(u)s/frame"></iframe><script src="%(u)s/script.js"></script>
<video src="%(u)s/video"></video><object data="%(u)s/object"></object><embed src="%(u)s/embed">
<style>@import "%(u)s/import.css"; @font-face {font-family: f; src: url(%(u)s/face)} h1 {font-family: f; background: url(%(u)s/background)}</style>
<form id=f target=t method=post action="%(u)s/form"><input name=a value=b></form><iframe name=t></iframe>
<script>
const u = "%(u)s", ws = u.replace("http", "ws");
fetch(u + "/fetch", {mode: "no-cors"}).catch(() => 0);
fetch(u + "/fetch-cors", {method: "PUT", headers: {"X-A": "1"}}).catch(() => 0);
new Image().src = u + "/image2";
navigator.sendBeacon(u + "/beacon", "x");
try { new WebSocket(ws + "/socket") } catch (e) {}
try { new EventSource(u + "/events") } catch (e) {}
new Worker(URL.createObjectURL(new Blob([`fetch("${u}/worker").catch(() => 0); try { importScripts("${u}/import.js") } catch (e) {}`])));
const pc = new RTCPeerConnection({iceServers: [{urls: "stun:" + u.slice(7)}, {urls: "turn:" + u.slice(7) + "?transport=tcp", username: "a", credential: "b"}]});
pc.createDataChannel("d"); pc.createOffer().then(o => pc.setLocalDescription(o)).catch(() => 0);
document.getElementById("f").submit();
</script>"""


class Ear:
    """Hears who connects, by TCP or UDP; answers nothing."""

    def __init__(self, host="127.0.0.1"):
        self.tcp, self.heard = socket.create_server((host, 0)), []
        self.url = "http://%s:%d" % self.tcp.getsockname()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(self.tcp.getsockname())
        for s, hear in ((self.tcp, lambda: self.tcp.accept()[1]), (self.udp, lambda: self.udp.recvfrom(2048)[1])):
            threading.Thread(target=self.listen, args=(hear,), daemon=True).start()

    def listen(self, hear):
        while True:
            try:
                self.heard.append(hear())
            except OSError:
                return

    def close(self):
        for s in (self.tcp, self.udp):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()


@pytest.fixture
def ear():
    made = []

    def make(*args):
        made.append(Ear(*args))
        return made[-1]
    yield make
    for e in made:
        e.close()


class Pages(http.server.ThreadingHTTPServer):
    """Pages by path, at any address; keeps what was asked for."""
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, pages, host="127.0.0.1"):
        self.pages, self.log, self.sent = pages, [], 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.server.log.append(self.path)
                page = self.server.pages.get(self.path)
                if callable(page):
                    return page(self)
                status, headers, body = page if isinstance(page, tuple) else (200 if page else 404, {}, page or "")
                body = body.encode() if isinstance(body, str) else body
                self.send_response(status)
                for k, v in {"Content-Type": "text/html; charset=utf-8", "Content-Length": len(body), **headers}.items():
                    self.send_header(k, str(v))
                self.end_headers()
                for at in range(0, len(body), 65536):
                    self.wfile.write(body[at:at + 65536])
                    self.server.sent += len(body[at:at + 65536])

            def log_message(self, *args):
                pass
        super().__init__((host, 0), Handler)
        self.url = "http://%s:%d" % (host, self.server_address[1])
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def handle_error(self, request, client_address):
        pass


@pytest.fixture
def pages():
    made = []

    def make(content, *args):
        made.append(Pages(content, *args))
        return made[-1]
    yield make
    for s in made:
        s.shutdown()
        s.server_close()


def warnings(e):
    return {w["code"]: w["message"] for w in e["warnings"]}


def article(extra=""):
    return "<!doctype html><title>A page</title><h1>A page</h1><p>Some words to read on this page.</p>" + extra


# --- what is not public ---

@pytest.mark.parametrize("kind", ["headless-shell", "chromium"])
def test_no_way_leads_to_a_private_address(riptide, ear, kind):
    if not os.path.exists("/usr/lib/chromium/" + {"chromium": "chromium", "headless-shell": "chromium-headless-shell"}[kind]):
        pytest.skip("%s is not installed" % kind)
    e = ear()
    request = {"html": WAYS % {"u": e.url}, "network_requests": True}
    r = riptide("run", "-", "--format", "json", "--browser", kind, stdin=json.dumps(request).encode()).json
    assert r["status"] == "complete" and "Some words" in r["document"]["markdown"]
    assert not e.heard
    assert "127.0.0.1" in warnings(r)["private_blocked"]
    assert {(x["host"], x["verdict"]) for x in r["egress"]} == {("127.0.0.1", "denied_address")}
    # The same page reaches it when it may: the test can fail.
    riptide("run", "-", "--format", "json", "--browser", kind, "--allow-private", "--timeout", "4000", stdin=json.dumps(request).encode(), rc=None)
    assert len(e.heard) > 5


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0", "192.0.2.1", "169.254.169.254", "[::1]"])
def test_a_public_page_reaches_nothing_inside(riptide, outside, pages, ear, host):
    e = ear("0.0.0.0")
    port = e.url.split(":")[-1]
    inner = "http://%s:%s" % (host, port)
    s = outside.bind(lambda: pages({"/": article('<img src="%s/a"><iframe src="%s/b"></iframe>' % (inner, inner))}, outside.ADDRESSES[0]))
    r = riptide("render", s.url, "--format", "json").json
    assert (r["status"], r["document"]["title"], e.heard) == ("complete", "A page", [])
    assert "private_blocked" in warnings(r)


def test_the_machines_own_public_address_is_private_too(riptide, outside, pages, ear):
    """What listens there may trust its own machine."""
    import subprocess
    subprocess.run(["ip", "addr", "add", "93.184.215.99/32", "dev", "lo"], check=True)
    try:
        e = ear("93.184.215.99")
        s = outside.bind(lambda: pages({"/": article('<img src="%s/a">' % e.url)}, outside.ADDRESSES[0]))
        r = riptide("render", s.url, "--format", "json").json
        assert (r["status"], e.heard) == ("complete", []) and "93.184.215.99" in warnings(r)["private_blocked"]
    finally:
        subprocess.run(["ip", "addr", "del", "93.184.215.99/32", "dev", "lo"], check=True)


def test_a_redirect_to_a_private_address(riptide, outside, pages, ear):
    e = ear()
    s = outside.bind(lambda: pages({"/": (302, {"Location": e.url + "/"}, ""), "/rebound": (302, {"Location": "http://localhost.:%s/" % e.url.split(":")[-1]}, "")},
                                   outside.ADDRESSES[0]))
    for path in ("/", "/rebound"):
        r = riptide("render", s.url + path, "--format", "json", rc=4).json
        assert r["error"]["code"] == "address_forbidden", r["error"]
    assert not e.heard


# --- network of the request ---

def test_hosts_that_are_denied(riptide, pages, ear):
    e = ear("127.0.0.2")
    s = pages({"/": article('<img src="%s/a"><script>fetch("%s/b").catch(() => 0)</script>' % (e.url, e.url))})
    for network in ({"deny_hosts": ["127.0.0.2"]}, {"allow_hosts": ["127.0.0.1"]}, {"deny_hosts": ["127.0.0.2/31"]},
                    {"allow_hosts": ["127.0.0.0/24"], "deny_hosts": ["127.0.0.2"]}):
        r = riptide.run({"url": s.url, "network": network, "network_requests": True})
        assert r["status"] == "complete" and not e.heard, network
        assert "127.0.0.2" in warnings(r)["host_forbidden"]
        verdicts = {x["host"]: x["verdict"] for x in r["egress"]}
        assert verdicts == {"127.0.0.1": "allowed", "127.0.0.2": "denied_host"}
    riptide.run({"url": s.url, "network": {"deny_hosts": ["127.0.0.3"]}, "timeouts": {"hard_cap_ms": 4000}}, rc=None)
    assert e.heard


def test_names_that_are_denied(riptide, pages):
    s = pages({"/": article('<img src="http://localhost:%d/a">')})
    s.pages["/"] = article('<img src="http://localhost:%d/a">' % s.server_address[1])
    riptide.run({"url": s.url, "network": {"deny_hosts": ["localhost"]}})
    assert "/a" not in s.log
    riptide.run({"url": s.url, "network": {"deny_hosts": ["*.localhost"]}})
    assert "/a" in s.log


@pytest.mark.parametrize("network,path,says", [
    ({"allow_hosts": ["example.com"]}, "url", "allow_hosts"),
    ({"deny_hosts": ["127.0.0.0/8"]}, "url", "deny_hosts"),
    ({"allow_hosts": ["127.0.0.1", "http://example.com/"]}, "network.allow_hosts[1]", ""),
    ({"deny_hosts": ["10.0.0.0/33"]}, "network.deny_hosts[0]", ""),
    ({"deny_hosts": ["*"]}, "network.deny_hosts[0]", ""),
    ({"deny_hosts": ["a.*.b"]}, "network.deny_hosts[0]", ""),
    ({"deny_hosts": ["a" * 60 + ".b%d." % i + "c" * 60 + ".d" * 60 for i in range(256)]}, "network.deny_hosts[", "32768"),
    ({"max_bytes": 0}, "network.max_bytes", "1"),
    ({"allow_host": []}, "network.allow_host", "allow_hosts"),
])
def test_bad_networks_are_refused(riptide, network, path, says):
    r = riptide("run", "-", "--allow-private", "--format", "json", stdin=json.dumps({"url": "http://127.0.0.1:1/", "network": network}).encode(), rc=(2, 4))
    assert path in r.err and says in r.err, r


def test_long_lists_reach_the_guard(riptide, pages):
    s = pages({"/": article()})
    hosts = ["h%d.%s.example" % (i, "x" * 40) for i in range(255)]
    r = riptide.run({"url": s.url, "network": {"allow_hosts": ["127.0.0.1"] + hosts, "deny_hosts": hosts}})
    assert r["status"] == "complete"


def test_network_options_of_the_command_line(riptide, pages, ear):
    e = ear("127.0.0.2")
    s = pages({"/": article('<img src="%s/a">' % e.url)})
    assert "host_forbidden" in warnings(riptide.envelope(s.url, "--deny-host", "127.0.0.2"))
    assert "host_forbidden" in warnings(riptide.envelope(s.url, "--allow-host", "127.0.0.1", "--allow-host", "example.com"))
    assert not e.heard


def test_max_bytes(riptide, pages):
    big = (200, {"Content-Type": "image/png"}, os.urandom(8 << 20))
    s = pages({"/": article('<img src="/big">'), "/big": big})
    r = riptide.run({"url": s.url, "network": {"max_bytes": 1 << 20}, "network_requests": True}, rc=3)
    assert (r["status"], r["reasons"]) == ("partial", ["byte_limit"]) and r["document"]["title"] == "A page"
    assert sum(x["bytes_in"] + x["bytes_out"] for x in r["egress"]) < 2 << 20
    assert riptide.run({"url": s.url, "network": {"max_bytes": 64 << 20}})["status"] == "complete"
    s.pages["/"] = article("x" * (2 << 20))
    r = riptide.run({"url": s.url, "network": {"max_bytes": 1000}}, rc=None)
    assert "byte_limit" in r["reasons"], r  # whatever came of the page is said to be cut


def test_the_network_of_a_fetch(riptide, pages, ear):
    e = ear("127.0.0.2")
    s = pages({"/": article(), "/to": (302, {"Location": e.url + "/"}, ""), "/big": article("x" * (2 << 20))})

    def fetch(path, network, rc=0):
        return riptide.run({"url": s.url + path, "engine": "fetch", "network": network}, rc=rc)
    assert fetch("/", {"allow_hosts": ["127.0.0.1"]})["status"] == "complete"
    assert fetch("/to", {"deny_hosts": ["127.0.0.2"]}, 4)["error"]["code"] == "host_forbidden"
    assert fetch("/big", {"max_bytes": 100000}, None)["error"]["code"] == "byte_limit"
    assert not e.heard


# --- errors and accounts are as without a proxy ---

def test_errors_keep_their_type(riptide, pages):
    with socket.create_server(("127.0.0.1", 0)) as s:
        closed = s.getsockname()[1]
    r = riptide.envelope("http://127.0.0.1:%d/" % closed, rc=4)
    assert r["error"]["code"] == "connection_failed" and "refused" in r["error"]["message"]
    r = riptide.envelope("http://localhost:%d/" % closed, rc=4)
    assert r["error"]["code"] == "connection_failed"
    s = pages({"/": (302, {"Location": "http://no-such-name.invalid/"}, "")})
    r = riptide.envelope(s.url, rc=4)
    assert r["error"]["code"] == "dns_failed" and "no-such-name.invalid" in r["error"]["message"]


def test_requests_say_why_they_failed(riptide, pages, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    bad = {"http://127.0.0.1:%d/" % port: "refused", "http://127.0.0.9:81/": "not let through", "http://no-such-name.invalid/": "does not resolve"}
    s = pages({"/": article("".join('<img src="%s">' % u for u in bad))})
    har = tmp_path / "page.har"
    r = riptide.run({"url": s.url, "network": {"deny_hosts": ["127.0.0.9"]}, "network_requests": True, "artifacts": {"har": True}}, "--har", har)
    failed = {x["url"]: x["failed"] for x in r["network_requests"] if "failed" in x}
    told = {x["request"]["url"]: x["response"]["_error"] for x in json.loads(har.read_text())["log"]["entries"] if "_error" in x["response"]}
    assert failed == told and set(failed) == set(bad)
    assert all(failed[u].startswith("net::ERR_SOCKS_CONNECTION_FAILED: ") and why in failed[u] for u, why in bad.items()), failed


def test_a_page_without_its_scripts_says_why(riptide, pages):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        refused = "http://127.0.0.1:%d/a.js" % closed.getsockname()[1]
    s = pages({"/": article('<script src="%s"></script><script src="http://127.0.0.9:81/b.js"></script>' % refused)})
    told = warnings(riptide.run({"url": s.url, "network": {"deny_hosts": ["127.0.0.9"]}}))["requests_failed"]
    assert refused + " (127.0.0.1 refused the connection)" in told and "b.js (127.0.0.9 is not let through" in told, told


def test_addresses_are_those_of_the_servers(riptide, pages, tmp_path):
    s = pages({"/": article("<img src=/a.png>")})
    url = s.url.replace("127.0.0.1", "localhost")
    har = tmp_path / "page.har"
    r = riptide.run({"url": url, "network_requests": True, "artifacts": {"har": True}}, "--har", har)
    assert {x["remote_ip"] for x in r["network_requests"]} <= {"127.0.0.1", "::1"}
    row, = [x for x in r["egress"] if x["verdict"] == "allowed"]
    assert row["host"] == "localhost" and row["port"] == s.server_address[1] and row["bytes_in"] > 100 and row["bytes_out"] > 100
    entries = json.loads(har.read_text())["log"]["entries"]
    assert {x["serverIPAddress"] for x in entries} == {"127.0.0.1"}


def test_what_a_certificate_leads_to_is_the_pages_too(riptide, pages, ear, tmp_path):
    """A chain that lacks a link is made whole by Chromium, from an address in the certificate: under the job's policy."""
    import ssl
    import subprocess
    e = ear("127.0.0.2")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    (tmp_path / "ext").write_text("subjectAltName=DNS:localhost\nauthorityInfoAccess=caIssuers;URI:%s/issuer.crt\n" % e.url)
    for command in ("req -x509 %s -subj /CN=Issuer -keyout ca.key -out ca.crt" % key, "req %s -subj /CN=localhost -keyout k -out csr" % key.replace("-days 2", ""),
                    "x509 -req -in csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out c"):
        subprocess.run(["openssl", *command.split()], cwd=tmp_path, check=True, capture_output=True)
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.load_cert_chain(tmp_path / "c", tmp_path / "k")
    s = pages({"/": article()})
    s.socket = ctx.wrap_socket(s.socket, server_side=True, do_handshake_on_connect=False)
    job = {"url": "https://localhost:%d/" % s.server_address[1], "network_requests": True, "timeouts": {"hard_cap_ms": 5000}}
    r = riptide.run({**job, "network": {"deny_hosts": ["127.0.0.2"]}}, rc=4)
    assert r["error"]["code"] == "tls_failed" and not e.heard and "host_forbidden" in warnings(r)
    assert {(x["host"], x["verdict"]) for x in r["egress"]} == {("localhost", "allowed"), ("127.0.0.2", "denied_host")}
    riptide.run(job, rc=None)
    assert e.heard


def test_more_hosts_than_connections_to_one_proxy(riptide, pages):
    """Chromium has 32 at a time; the others wait for theirs."""
    s = pages({"/x": lambda h: (time.sleep(0.1), h.send_response(204), h.send_header("Access-Control-Allow-Origin", "*"), h.end_headers())}, "0.0.0.0")
    r = riptide.run({"html": article("<script>Promise.allSettled([...Array(60).keys()].map(i => fetch('http://127.0.1.' + (i + 1) + ':%d/x')))"
                                     ".then(all => document.title = 'all but ' + all.filter(r => !r.value).length)</script>" % s.server_address[1]),
                     "actions": [{"type": "wait_for_js", "expr": "document.title.startsWith('all')"}], "network_requests": True})
    assert (r["document"]["title"], len(s.log)) == ("all but 0", 60), [(x["url"], x.get("failed")) for x in r["network_requests"] if x.get("failed")] + r["egress"]


# --- the browser's own network ---

def listening():
    """Ports of this network that somebody listens on."""
    lines = [line.split() for name in ("tcp", "tcp6") for line in open("/proc/self/net/" + name).readlines()[1:]]
    return {int(line[1].split(":")[1], 16) for line in lines if line[3] == "0A"}


def browsers(root):
    return [p for p, (comm, _) in descendants(root).items() if comm.startswith(("chrom", "headless"))]


def test_the_browser_has_a_network_of_its_own(serve):
    if os.geteuid() != 0:
        pytest.skip("looks into processes of another user")
    before = listening()
    s = serve("--browsers", "1")
    found = browsers(s.pid)
    assert found
    ours = os.readlink("/proc/self/ns/net")
    for pid in found:
        try:
            with open("/proc/%d/net/dev" % pid) as f:
                devices = {line.split(":")[0].strip() for line in f.readlines()[2:]}
            assert os.readlink("/proc/%d/ns/net" % pid) != ours and devices <= {"lo", "nowhere"}
        except FileNotFoundError:
            pass
    assert listening() - before == {int(s.address.split(":")[-1])}  # no DevTools port, no proxy


# --- the guard comes and goes ---

def guard_of(s):
    return next((p for p, (comm, state) in descendants(s.pid).items() if comm == "riptide-egress" and state != "Z"), None)


def test_a_guard_that_dies_is_replaced(serve, pages):
    s, site = serve(), pages({"/": article(), "/slow": article("<img src=/wait>"), "/wait": lambda h: time.sleep(1)})
    assert envelope(s.render({"url": site.url}))["status"] == "complete"
    before = guard_of(s)
    os.kill(before, signal.SIGKILL)  # ours: started by this test
    s.wait(lambda: guard_of(s) not in (None, before))
    s.wait(lambda: s.render({"url": site.url}).json()["status"] == "complete")
    assert s.metric("riptide_egress_restarts_total")[""] == 1
    s.wait(lambda: s.get("/healthz").json()["status"] == "ok")


def test_a_job_tells_that_the_guard_was_away(serve, pages):
    s, site = serve(), pages({"/slow": lambda h: time.sleep(3), "/": article()})
    answers = []
    t = threading.Thread(target=lambda: answers.append(s.render({"url": site.url + "/slow", "timeouts": {"hard_cap_ms": 10000}}).json()))
    t.start()
    s.wait(lambda: "/slow" in site.log)
    os.kill(guard_of(s), signal.SIGKILL)  # ours: started by this test
    t.join()
    cut, = answers
    assert cut["error"]["code"] == "connection_failed" and "egress guard" in cut["error"]["message"] and "egress_interrupted" in warnings(cut), cut
    s.wait(lambda: guard_of(s))
    os.kill(guard_of(s), signal.SIGSTOP)
    silent = s.render({"url": site.url, "timeouts": {"hard_cap_ms": 2000}}).json()
    assert silent["reasons"] == ["deadline"] and "egress_interrupted" in warnings(silent), silent
    s.wait(lambda: not warnings(s.render({"url": site.url}).json()))


def test_without_the_guard_nothing_is_loaded(clean, tmp_path, site):
    """The program is not there: a clear error, no page without it."""
    import shutil
    home = tmp_path / "bin"
    home.mkdir()
    for name in ("riptide", "riptide-launch", "riptide-extract", "riptide-stitch"):
        shutil.copy2(os.path.join(BIN, name), home)
    r = Riptide(clean, None)("render", site.url, "--allow-private", "--format", "json", bin_dir=str(home), rc=None)
    assert r.rc == 7 and r.json["error"]["code"] == "sandbox_unavailable" and "riptide-egress" in r.json["error"]["message"], r


def test_a_daemon_without_the_guard_does_not_start(clean, tmp_path):
    """Whoever watches over it is told at once."""
    import shutil
    home = tmp_path / "bin"
    home.mkdir()
    for name in ("riptide", "riptide-launch", "riptide-extract", "riptide-stitch"):
        shutil.copy2(os.path.join(BIN, name), home)
    r = Riptide(clean, None)("serve", "--listen", "127.0.0.1:0", "--state-dir", tmp_path / "state", bin_dir=str(home), rc=7)
    assert "riptide-egress" in r.err and "sandbox_unavailable" in r.err, r


def test_jobs_of_a_session_have_each_their_network(serve, pages, ear):
    e = ear("127.0.0.2")
    s, site = serve(), pages({"/": article('<img src="%s/a">' % e.url)})
    body = {"url": site.url, "session_id": "one", "timeouts": {"hard_cap_ms": 5000}}
    assert "host_forbidden" in warnings(envelope(s.render({**body, "network": {"deny_hosts": ["127.0.0.2"]}})))
    assert not e.heard
    s.render(body)
    s.wait(lambda: e.heard)
    select_sleep(0)
