# SPDX-License-Identifier: Apache-2.0
"""Engine `fetch`: pages without a browser, from real servers on loopback."""
import gzip
import http.server
import json
import os
import ssl
import subprocess
import threading
import time
import zlib

import pytest

import server
from conftest import BIN, GROSS_MS, descendants, envelope, error
from server import ARTICLE, html

FETCH = ("--engine", "fetch")
SHELL = ("<!doctype html><html lang=en><head><title>My app</title><script defer src=/static/js/main.js></script></head><body>"
         "<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div></body></html>")
VUE = ("<!doctype html><html><head><title>Shop</title><script type=module src=/assets/index.js></script></head>"
       "<body><div id=app></div></body></html>")
CHALLENGE = ("<!doctype html><html><head><title>Just a moment...</title></head><body><div class=main-wrapper><noscript>"
             "<p>Enable JavaScript and cookies to continue</p></noscript></div><script>(function(){window._x={}})();</script></body></html>")
SMALL = "<!doctype html><html><head><title>Small</title><script src=/a.js></script></head><body><h1>Opening hours</h1><p>Monday to Friday, nine to five.</p></body></html>"
FEED = ("<?xml version='1.0'?><rss version='2.0'><channel><title>News</title><link>http://a.example/</link><item><title>First item</title>"
        "<link>http://a.example/1</link><description>Something happened.</description></item></channel></rss>")


class Page:
    """What a path answers: body, headers, status; `then` writes the rest itself."""

    def __init__(self, body=b"", type="text/html", status=200, then=None, **headers):
        self.body = body.encode() if isinstance(body, str) else body
        self.type, self.status, self.then, self.headers = type, status, then, headers


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        self.server.log.append((self.path, self.headers))
        page = self.server.pages.get(path, Page("<h1>Nothing here</h1>", status=404))
        page = page(self) if callable(page) else page
        self.send_response(page.status)
        if page.type:
            self.send_header("Content-Type", page.type)
        for k, v in page.headers.items():
            self.send_header(k.replace("_", "-"), v)
        if page.then:
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            return page.then(self)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        self.wfile.write(page.body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, pages, tls=None, host="127.0.0.1"):
        super().__init__((host, 0), Handler)
        self.pages, self.log, self.stopping = pages, [], threading.Event()
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.url = "%s://%s:%d" % ("https" if tls else "http", host, self.server_address[1])
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def handle_error(self, request, client_address):
        pass

    def stop(self):
        self.stopping.set()
        self.shutdown()
        self.server_close()


@pytest.fixture
def serve():
    all = []

    def start(pages, *args):
        all.append(Server({k: v if isinstance(v, Page) or callable(v) else Page(v) for k, v in pages.items()}, *args))
        return all[-1]
    yield start
    for s in all:
        s.stop()


def fetched(riptide, url, *args, **kw):
    return riptide.envelope(url, *FETCH, *args, **kw)


def codes(e):
    return [w["code"] for w in e["warnings"]]


def failure(riptide, url, *args, rc=4):
    return riptide.render(url, *FETCH, "--format", "json", *args, rc=rc).json["error"]


# --- the same document ---

def without_times(v):
    if isinstance(v, dict):
        return {k: without_times(x) for k, x in v.items() if k not in ("extraction_time_ms", "memory_usage_mb", "charset")}
    return [without_times(x) for x in v] if isinstance(v, list) else v


@pytest.mark.parametrize("path", ["/", "/latin1", "/text", "/json", "/status/404", "/redirect?n=2", "/files/pages-1.html"])
def test_a_static_page_is_the_same_as_of_the_browser(riptide, site, path):
    a, b = fetched(riptide, site.url + path), riptide.envelope(site.url + path)
    for key in ("status", "final_url", "http_status"):
        assert a[key] == b[key], key
    assert codes(a) == codes(b)
    for key in ("title", "markdown", "text", "links", "tables", "language", "word_count"):
        assert without_times(a["document"][key]) == without_times(b["document"][key]), key


def test_given_html_is_extracted_without_any_load(riptide, site):
    e = riptide.run({"html": html("<main><h1>Given</h1>%s<a href=next>on</a></main>" % ARTICLE), "engine": "fetch",
                     "base_url": "http://a.example/x/", "artifacts": {"html": True}})
    assert (e["status"], e["http_status"], e["final_url"]) == ("complete", None, "http://a.example/x/")
    assert e["document"]["markdown"].startswith("# Given") and e["html"].startswith("<!doctype html>")
    assert any(l["url"] == "http://a.example/x/next" for l in e["document"]["links"])


def test_fields_of_ones_own(riptide, site):
    e = riptide.run({"url": site.url + "/", "engine": "fetch", "extract": {"document": ["title"], "fields": {"h": {"css": "h1"}}}})
    assert e["document"] == {"title": "Index", "custom_fields": {"h": "Index"}}


def test_charsets_of_header_and_page(riptide, serve):
    s = serve({"/header": Page("<title>Привет</title><p>Мир".encode("koi8-r"), "text/html; charset=KOI8-R"),
               "/meta": Page("<meta charset=shift_jis><title>日本</title><p>日本語のページです。".encode("shift_jis")),
               "/text16": Page("two bytes a letter".encode("utf-16"), "text/plain")})
    assert fetched(riptide, s.url + "/header")["document"]["title"] == "Привет"
    assert fetched(riptide, s.url + "/meta")["document"]["title"] == "日本"
    assert "日本語のページです" in riptide.render(s.url + "/meta", *FETCH, "--format", "raw-html").text
    assert "Мир" in riptide.run({"url": s.url + "/header", "engine": "fetch", "artifacts": {"html": True}})["html"]
    assert "two bytes a letter" in fetched(riptide, s.url + "/text16")["document"]["text"]


def test_types(riptide, serve):
    s = serve({"/feed": Page(FEED, "application/rss+xml"), "/none": Page(html("<h1>Untyped</h1>" + ARTICLE), type=None),
               "/bare": Page("just < words & more", type=None), "/script": Page("let a = 1 < 2;", "application/javascript"),
               "/xhtml": Page("<html xmlns='http://www.w3.org/1999/xhtml'><body><p>In X</p></body></html>", "application/xhtml+xml"),
               "/empty": Page("")})
    feed = fetched(riptide, s.url + "/feed")["document"]
    assert "First item" in feed["markdown"] and feed["extraction_metadata"]["xml"]["kind"] == "rss"
    assert fetched(riptide, s.url + "/none")["document"]["markdown"].startswith("# Untyped")
    assert fetched(riptide, s.url + "/bare")["document"]["text"].strip() == "just < words & more"
    assert "let a = 1 < 2;" in fetched(riptide, s.url + "/script")["document"]["text"]
    assert "In X" in fetched(riptide, s.url + "/xhtml")["document"]["text"]
    e = fetched(riptide, s.url + "/empty")
    assert e["status"] == "complete" and e["document"]["text"] == ""


def test_packed_answers(riptide, serve):
    page = html("<h1>Packed</h1>" + ARTICLE).encode()
    s = serve({"/gzip": Page(gzip.compress(page), Content_Encoding="gzip"),
               "/deflate": Page(zlib.compress(page), Content_Encoding="deflate"),
               "/more": Page(gzip.compress(page + os.urandom(40000).hex().encode()) + b"x" * 100000, Content_Encoding="gzip")})
    for path in ("/gzip", "/deflate", "/more"):
        assert fetched(riptide, s.url + path)["document"]["markdown"].startswith("# Packed")
    assert "br" in s.log[0][1]["Accept-Encoding"]


# --- limits ---

def test_a_bomb_ends_at_the_limit_of_a_page(riptide, serve):
    bomb = gzip.compress(b"a" * (200 << 20), 9)
    s = serve({"/bomb": Page(bomb, Content_Encoding="gzip")})
    e = failure(riptide, s.url + "/bomb", rc=8)
    assert (e["code"], "64 MB" in e["message"]) == ("result_too_large", True)


def test_an_endless_head_ends(riptide, serve):
    def head(h):
        for i in range(10000):
            h.wfile.write(b"X-%d: %s\r\n" % (i, b"x" * 1000))
    s = serve({"/head": lambda h: (h.wfile.write(b"HTTP/1.1 200 OK\r\n"), head(h), Page(""))[2]})
    assert failure(riptide, s.url + "/head")["code"] in ("navigation_failed", "connection_failed")


def drip(h):
    h.wfile.write(b"<h1>Drip</h1><p>")
    while not h.server.stopping.wait(0.05):
        h.wfile.write(b"x ")
        h.wfile.flush()


def hang(h):
    h.server.stopping.wait(60)


@pytest.mark.parametrize("path", ["/drip", "/hang", "/silent"])
def test_the_deadline_is_kept(riptide, serve, path):
    s = serve({"/drip": Page(then=drip), "/hang": Page(then=hang), "/silent": lambda h: (hang(h), Page(""))[1]})
    r = riptide.render(s.url + path, *FETCH, "--format", "json", "--timeout", "2000", rc=(3, 5))
    e = r.json
    assert e["performance_metrics"]["total_ms"] <= 2000 + 250 + GROSS_MS * 0.25
    assert e["reasons"] == ["deadline"]
    if path == "/drip":
        assert e["status"] == "partial" and e["document"]["title"] == "Drip"
    else:
        assert e["error"]["code"] == "timeout"


def test_the_limit_of_a_load(riptide, serve):
    s = serve({"/drip": Page(then=drip), "/hang": Page(then=hang)})
    e = riptide("run", "-", "--allow-private", "--format", "json", rc=3, stdin=json.dumps(
        {"url": s.url + "/drip", "engine": "fetch", "timeouts": {"navigation_ms": 500}}).encode()).json
    assert (e["status"], e["reasons"]) == ("partial", ["navigation_timeout"])
    e = riptide("run", "-", "--allow-private", "--format", "json", rc=5, stdin=json.dumps(
        {"url": s.url + "/hang", "engine": "fetch", "timeouts": {"navigation_ms": 500}}).encode()).json
    assert e["error"]["code"] == "navigation_timeout"


def test_a_page_cut_short_is_partial(riptide, serve):
    def short(h):
        h.wfile.write(html("<h1>Short</h1>" + ARTICLE).encode())
    s = serve({"/short": Page(then=short, Content_Length="999999")})
    e = riptide.render(s.url + "/short", *FETCH, "--format", "json", rc=3).json
    assert (e["status"], e["reasons"], codes(e)) == ("partial", ["connection_failed"], ["html_incomplete"])
    assert e["document"]["markdown"].startswith("# Short")


# --- where it goes ---

def test_headers_cookies_and_passwords_stay_with_their_origin(riptide, serve):
    other = serve({"/": html("<p>there")})
    s = serve({"/": Page(status=302, Location=other.url + "/"), "/near": Page(status=307, Location="/here"), "/here": html("<p>here")})
    options = ("--header", "X-Secret: 1", "--cookie", "a=b", "--user-agent", "Mine/1", "--locale", "de-CH")
    url = s.url.replace("//", "//me:pass@")
    for path in ("/near", "/"):
        e = fetched(riptide, url + path, *options)
        assert "pass" not in json.dumps(e)
    for path, h in s.log:
        assert (h["X-Secret"], h["Cookie"], h["User-Agent"], h["Accept-Language"]) == ("1", "a=b", "Mine/1", "de-CH,de;q=0.9"), path
    assert [p for p, _ in other.log] == ["/"]
    h = other.log[0][1]
    assert (h["X-Secret"], h["Authorization"], h["User-Agent"]) == (None, None, "Mine/1")


def test_passwords_are_given_when_asked_for(riptide, serve):
    def auth(h):
        return Page("<h1>Welcome</h1>") if h.headers["Authorization"] else Page("no", status=401, WWW_Authenticate='Basic realm="x"')
    s = serve({"/": lambda h: Page(status=302, Location="/in"), "/in": auth})
    e = fetched(riptide, s.url.replace("//", "//me:p%40ss@"))
    assert e["http_status"] == 200 and "Welcome" in e["document"]["text"] and e["final_url"] == s.url + "/in"
    assert fetched(riptide, s.url)["http_status"] == 401


def test_cookies_of_a_redirect_are_kept(riptide, serve):
    s = serve({"/": Page(status=302, Location="/in", Set_Cookie="seen=1; Path=/"), "/in": lambda h: Page("<p>cookie " + str(h.headers["Cookie"]))})
    assert "cookie seen=1" in fetched(riptide, s.url + "/")["document"]["text"]


@pytest.mark.parametrize("to,says", [("/loop", "more than 20 redirects"), ("file:///etc/passwd", "not http or https"),
                                     ("javascript:alert(1)", "not http or https")])
def test_redirects_that_lead_nowhere(riptide, serve, to, says):
    s = serve({"/loop": Page(status=302, Location=to)})
    e = failure(riptide, s.url + "/loop")
    assert (e["code"], says in e["message"]) == ("navigation_failed", True), e


def test_private_addresses_are_refused(riptide, serve):
    s = serve({"/": html("x")})
    for url in (s.url, s.url.replace("127.0.0.1", "localhost"), s.url.replace("127.0.0.1", "2130706433")):
        e = riptide("render", url, *FETCH, "--format", "json", rc=4).json["error"]
        assert e["code"] == "address_forbidden"
    assert not s.log


def test_each_hop_is_judged_when_it_is_dialled(riptide, serve, outside, tmp_path):
    inner = serve({"/": html("<h1>Secret</h1>")})
    port = inner.url.split(":")[-1]
    public = outside.ADDRESSES[0]
    pages = {"/": html("<h1>Public</h1>" + ARTICLE), "/to": Page(status=302, Location=inner.url), "/name": Page(status=302, Location="http://inner.example:%s/" % port),
             "/meta": html("", "<meta http-equiv=refresh content='0;url=%s'>" % inner.url)}
    s = outside.bind(lambda: serve(pages, None, public))
    (tmp_path / "hosts").write_text("127.0.0.1 inner.example\n%s outer.example\n" % public)
    run = [*replaced(**{"/etc/hosts": tmp_path / "hosts"}), BIN + "/riptide", "render"]

    def render(url):
        p = subprocess.run([*run, url, *FETCH, "--format", "json"], capture_output=True, text=True, timeout=30, env=riptide.env())
        return json.loads(p.stdout)
    assert render(s.url + "/")["document"]["markdown"].startswith("# Public")
    assert render(s.url.replace(public, "outer.example"))["status"] == "complete"
    for url in (s.url + "/to", s.url + "/name", s.url + "/meta", "http://inner.example:" + port):
        e = render(url)
        assert e["error"]["code"] == "address_forbidden" and e["document"] is None, (url, e)
    assert not inner.log


@pytest.mark.skipif(os.geteuid() != 0 or not os.environ.get("RIPTIDE_ISOLATED"), reason="needs a network of its own")
def test_public_addresses_of_this_machine_are_refused(riptide, serve):
    address = ["93.184.215.16/32", "dev", "lo"]
    subprocess.run(["ip", "addr", "add", *address], check=True)
    s = serve({"/": html("<h1>Secret</h1>")}, None, "93.184.215.16")
    e = riptide("render", s.url, *FETCH, "--format", "json", rc=4).json["error"]
    assert (e["code"], "this machine's own" in e["message"]) == ("address_forbidden", True)
    subprocess.run(["ip", "addr", "del", *address], check=True)
    assert not s.log


def test_the_request_says_which_hosts_and_how_many_bytes(riptide, serve):
    s = serve({"/": html("<h1>Small</h1>" + ARTICLE), "/to": lambda h: Page(status=302, Location=s.url.replace("127.0.0.1", "localhost")),
               "/large": html("<p>x" * 50000)})

    def run(path, rc, **network):
        return riptide("run", "-", "--allow-private", "--format", "json", rc=rc, stdin=json.dumps(
            {"url": s.url + path, "engine": "fetch", "network": network}).encode()).json
    assert run("/", 0, allow_hosts=["127.0.0.1"], max_bytes=20000)["status"] == "complete"
    assert run("/to", 0)["status"] == "complete"
    before = len(s.log)
    for path, network in (("/", {"deny_hosts": ["127.0.0.0/8"]}), ("/", {"allow_hosts": ["example.com"]})):
        assert run(path, 4, **network)["error"]["code"] == "host_forbidden"
    assert len(s.log) == before
    e = run("/to", 4, deny_hosts=["localhost"])
    assert (e["error"]["code"], "localhost" in e["error"]["message"], len(s.log)) == ("host_forbidden", True, before + 1)
    e = run("/large", 8, max_bytes=20000)
    assert (e["error"]["code"], "network.max_bytes" in e["error"]["message"]) == ("byte_limit", True)


@pytest.mark.parametrize("path,code", [("/nothing", "no_content"), ("/download", "download"), ("/png", "not_html"),
                                       ("/document-pdf", "not_html")])
def test_answers_that_are_no_page(riptide, site, path, code):
    assert failure(riptide, site.url + path)["code"] == code


def test_bytes_that_are_no_text(riptide, serve):
    s = serve({"/": Page(server.png(2, 2, (1, 2, 3)), "text/html")})
    assert failure(riptide, s.url + "/")["code"] == "not_html"


def test_http_errors(riptide, site):
    e = fetched(riptide, site.url + "/status/404")
    assert (e["status"], e["http_status"], codes(e)) == ("complete", 404, ["http_status"])
    r = riptide.render(site.url + "/status/404", *FETCH, "--fail", "--format", "json", rc=4).json
    assert r["error"]["code"] == "http_status" and r["document"]["title"] == "Status 404"


def test_no_server(riptide, serve):
    s = serve({})
    s.stop()
    assert failure(riptide, s.url)["code"] == "connection_failed"
    assert failure(riptide, "http://no-such-name.invalid/")["code"] == "dns_failed"


# --- TLS, and files of the machine that a test replaces ---

def certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "k", "-out", folder / "c"],
                   check=True, capture_output=True)
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.load_cert_chain(folder / "c", folder / "k")
    return ctx


def replaced(**mounts):
    """A command that runs the rest of its line with these files or folders in the place of others."""
    if os.geteuid() != 0:
        pytest.skip("needs root to replace files of the machine")
    script = "".join("mount --bind '%s' '%s' && " % (v, k) for k, v in mounts.items()) + 'exec "$@"'
    return ["unshare", "-m", "sh", "-c", script, "sh"]


def test_certificates_are_checked(riptide, serve, tmp_path):
    s = serve({"/": html("<h1>Sealed</h1>" + ARTICLE)}, certificate(tmp_path))
    e = failure(riptide, s.url)
    assert e["code"] == "tls_failed" and "certificate" in e["message"]
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    name = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", tmp_path / "c"], check=True, capture_output=True, text=True).stdout
    (trusted / (name.strip() + ".0")).write_bytes((tmp_path / "c").read_bytes())
    p = subprocess.run([*replaced(**{"/etc/ssl/certs": trusted}), BIN + "/riptide", "render", s.url, *FETCH, "--allow-private"],
                       capture_output=True, text=True, timeout=30, env=riptide.env())
    assert p.returncode == 0 and p.stdout.startswith("# Sealed"), p


@pytest.fixture
def silent_names(tmp_path):
    """A command that runs the rest of its line with a name server that never answers."""
    import socket
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sink.bind(("127.0.0.1", 53))
    except OSError:
        pytest.skip("port 53 can't be had")
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:20\n")
    yield replaced(**{"/etc/resolv.conf": tmp_path / "resolv.conf"})
    sink.close()


@pytest.mark.parametrize("engine", [FETCH, []])
def test_a_resolver_that_hangs_holds_nobody(riptide, silent_names, engine):
    start = time.monotonic()
    p = subprocess.run([*silent_names, BIN + "/riptide", "render", "http://slow.example/", *engine, "--timeout", "1500", "--format", "json"],
                       capture_output=True, text=True, timeout=30, env=riptide.env())
    assert p.returncode == 5, p
    assert (time.monotonic() - start) * 1000 < 1500 + 250 + GROSS_MS


@pytest.mark.parametrize("step_ms,code", [(300, "navigation_timeout"), (9000, "timeout")])
def test_a_goto_to_a_name_that_nobody_resolves_ends_in_time(riptide, silent_names, tmp_path, step_ms, code):
    (tmp_path / "r.json").write_text(json.dumps({
        "html": "<h1>Here</h1>" + ARTICLE, "timeouts": {"hard_cap_ms": 4000},
        "actions": [{"type": "goto", "url": "http://slow.example/", "timeout_ms": step_ms}]}))
    start = time.monotonic()
    p = subprocess.run([*silent_names, BIN + "/riptide", "run", tmp_path / "r.json", "--format", "json"],
                       capture_output=True, text=True, timeout=30, env=riptide.env())
    assert (time.monotonic() - start) * 1000 < 4000 + 250 + GROSS_MS
    r = json.loads(p.stdout)
    step = r["action_results"][0]
    assert step["status"] == "timeout" and step["error"]["code"] == code, r
    if code == "timeout":
        assert r["status"] == "partial" and r["reasons"] == ["deadline"], r
    else:
        assert step["duration_ms"] < 2000 + GROSS_MS


def test_without_libcurl_it_says_what_to_install(riptide, tmp_path):
    paths = subprocess.run(["/sbin/ldconfig", "-p"], check=True, capture_output=True, text=True).stdout
    library = next(line.split("=> ")[1] for line in paths.splitlines() if "libcurl.so.4 " in line)
    (tmp_path / "empty").touch()
    hidden = replaced(**{library: tmp_path / "empty"})
    p = subprocess.run([*hidden, BIN + "/riptide", "render", "http://192.0.2.1/", *FETCH], capture_output=True, text=True, timeout=30, env=riptide.env())
    assert p.returncode == 8 and "apt-get install libcurl4" in p.stderr, p
    p = subprocess.run([*hidden, BIN + "/riptide", "doctor"], capture_output=True, text=True, timeout=60, env=riptide.env())
    assert "warn  fetch" in p.stdout and "apt-get install libcurl4" in p.stdout, p


# --- pages that send their readers on, and pages that need their scripts ---

def test_refresh(riptide, serve):
    def on(text):
        return html("<p>Wait", "<meta http-equiv=Refresh content=\"%s\">" % text)
    s = serve({"/0": on("0;url=/there"), "/3": on("3; URL='there'"), "/9": on("9;/there"), "/self": on("0"),
               "/noscript": html("<h1>Stay</h1>" + ARTICLE, "<noscript><meta http-equiv=refresh content='0;url=/there'></noscript>"),
               "/file": on("0;url=file:///etc/passwd"), "/js": Page("<p>Wait", Refresh="0;url=javascript:alert(1)"), "/head": Page("<p>Wait", Refresh="1; url=/there"),
               "/loop-a": on("0;url=/loop-b"), "/loop-b": on("0;url=/loop-a"), "/zip": on("1;url=/file.zip"), "/file.zip": Page("PK", "application/zip"), "/there": html("<h1>There</h1>" + ARTICLE)})
    for path in ("/0", "/3", "/head"):
        e = fetched(riptide, s.url + path)
        assert (e["final_url"], e["document"]["title"], e["performance_metrics"]["redirects"]) == (s.url + "/there", "Test page", 1), path
    e = fetched(riptide, s.url + "/9")
    assert e["final_url"] == s.url + "/9" and codes(e) == ["refresh"]
    e = fetched(riptide, s.url + "/zip")  # "Your download begins in a moment"
    assert (e["status"], e["final_url"], e["http_status"], codes(e)) == ("complete", s.url + "/zip", 200, ["refresh"])
    assert "Wait" in e["document"]["text"]
    for path in ("/self", "/noscript"):
        e = fetched(riptide, s.url + path)
        assert (e["final_url"], codes(e)) == (s.url + path, []), path
    for path in ("/file", "/js"):
        e = fetched(riptide, s.url + path)
        assert (e["status"], e["final_url"], codes(e)) == ("complete", s.url + path, ["refresh"]) and "Wait" in e["document"]["text"], path
    assert "more than 20 redirects" in failure(riptide, s.url + "/loop-a")["message"]


@pytest.mark.parametrize("page,needs", [(SHELL, True), (VUE, True), (CHALLENGE, True), (SMALL, False),
                                        (html("<h1>Long</h1>" + ARTICLE, "<script src=/x.js></script><noscript>JavaScript is off</noscript>"), False),
                                        (html("<p>Short, no scripts."), False)])
def test_an_empty_shell_is_told(riptide, serve, page, needs):
    s = serve({"/": page})
    e = fetched(riptide, s.url + "/")
    assert ("needs_browser" in codes(e)) == needs, e["warnings"]
    r = riptide.run({"html": page, "engine": "fetch", "extract": {"document": ["title"]}})
    assert ("needs_browser" in codes(r)) == needs


# --- without Chromium ---

def test_no_chromium_is_started_or_needed(riptide, serve):
    seen = set()

    def look(h):
        seen.update(comm for comm, _ in descendants().values())
        return Page(html("<h1>Alone</h1>" + ARTICLE))
    s = serve({"/": look})
    assert fetched(riptide, s.url + "/", env={"RIPTIDE_BROWSER_PATH": "/nonexistent"})["status"] == "complete"
    assert any("riptide" in c for c in seen) and not any("chrom" in c or "headless" in c or "launch" in c for c in seen), seen


def test_what_needs_a_browser_is_refused(riptide, tmp_path):
    for args, path in ((("--screenshot", tmp_path / "x.png"), "artifacts.screenshot"), (("--stealth",), "stealth_mode"),
                       (("--session-state", tmp_path / "s"), "--session-state")):
        assert path in riptide("render", "http://a.example/", *FETCH, *args, rc=2).err


# --- in the service ---

def test_the_service_tells_a_fetch_as_it_goes(service, site):
    r = service.post("/v1/render", {"url": site.url + "/", "engine": "fetch"}, headers={"Accept": "application/x-ndjson"})
    events = [json.loads(line) for line in r.text.splitlines()]
    assert [e["type"] for e in events if e["type"] != "heartbeat"] == ["queued", "started", "fetched", "document", "done"]
    told = next(e for e in events if e["type"] == "fetched")["data"]
    assert (told["url"], told["http_status"], told["content_type"]) == (site.url + "/", 200, "text/html")
    assert error(service.render({"url": site.url, "engine": "fetch", "wait_for": "p"}), 400, "invalid_request")["context"]["path"] == "wait_for"
    r = service.post("/v1/content", {"url": site.url + "/", "engine": "fetch"})
    assert r.status_code == 200 and r.text.startswith("<!doctype html><html lang=en>")
    assert "riptide_fetches_running" in service.get("/metrics").text


def test_a_fetch_is_cancelled(service, serve):
    s = serve({"/": Page(then=hang)})
    job = envelope(service.render({"url": s.url + "/", "engine": "fetch", "detach": True}), 202)["job_id"]
    service.wait(lambda: s.log or None)
    start = time.monotonic()
    assert envelope(service.delete("/v1/jobs/" + job))["cancelled"] is True
    e = service.wait(lambda: (lambda v: v if "status" in v and "error" in v else None)(service.get("/v1/jobs/" + job).json()), 5)
    assert e["error"]["code"] == "cancelled" and (time.monotonic() - start) * 1000 < 250 + GROSS_MS


def test_a_batch_of_200(service, serve):
    s = serve({"/p%d" % i: html("<h1>Page %d</h1>%s" % (i, ARTICLE)) for i in range(200)})
    r = service.post("/v1/batch", {"requests": [{"url": "%s/p%d" % (s.url, i), "engine": "fetch"} for i in range(200)], "concurrency": 16},
                     headers={"Accept": "application/x-ndjson"})
    rows = [json.loads(line) for line in r.text.splitlines()]
    results = {row["index"]: row["result"] for row in rows if "index" in row}
    assert len(results) == 200 and all(e["status"] == "complete" for e in results.values())
    assert all(e["document"]["markdown"].startswith("# Page %d\n" % i) for i, e in results.items())
    assert len({p for p, _ in s.log}) == 200
