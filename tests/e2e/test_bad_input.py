# SPDX-License-Identifier: Apache-2.0
"""Bad input gets a clear, typed error that names the field, before anything is started."""
import json
import os
import shutil
import subprocess
import tempfile

import pytest

import server
from conftest import BIN


def fails(riptide, *args, rc=2, code=None, says=(), stdin=None, env=None):
    r = riptide(*args, rc=rc, stdin=stdin, env=env)
    for word in [code] * bool(code) + list([says] if isinstance(says, str) else says):
        assert word in r.err, r
    assert len(r.err.strip().splitlines()) <= 3, r.err
    return r


@pytest.mark.parametrize("args,says", [
    (["render"], "URL"),
    (["render", "--screnshot", "x.png", "http://a/"], ["--screnshot", "--screenshot"]),
    (["rendr"], ["rendr", "render"]),
    (["render", "http://a/", "--timeout", "soon"], "--timeout"),
    (["render", "http://a/", "--timeout", "0"], ["--timeout", "1"]),
    (["render", "http://a/", "--viewport", "big"], "--viewport"),
    (["render", "http://a/", "--format", "docx"], ["--format", "markdown"]),
    (["render", "http://a/", "--header", "no-colon"], "--header"),
    (["render", "http://a/", "--wait-until", "never"], ["--wait-until", "settled"]),
    (["render", "http://a/", "--script", "/nonexistent/a.json"], "/nonexistent/a.json"),
    (["render", "http://a/", "http://b/"], "http://b/"),
    (["run"], "usage"),
])
def test_command_lines(riptide, args, says):
    fails(riptide, *args, says=says)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "FILE:///etc/passwd", "\tfile:///etc/passwd", " file:/etc/passwd", "fi\nle:///etc/passwd",
                                 "view-source:file:///etc/passwd", "view-source:http://example.org/", "chrome://version", "javascript:alert(1)",
                                 "JavaScript:alert(1)", "data:text/html,x", "about:blank", "devtools://devtools", "ftp://example.org/", "http://",
                                 "https://user@", "blob:http://a/b"])
def test_urls_that_are_not_pages(riptide, url):
    fails(riptide, "render", url, rc=(2, 4), says="invalid_url")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "a.localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0", "[::1]",
                                  "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254",
                                  "100.64.0.1", "[fe80::1]", "[fc00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "127.0.0.1.", "localhost.",
                                  "①②⑦.0.0.1"])
def test_private_addresses_are_refused(riptide, host):
    fails(riptide, "render", "http://%s:1/" % host, rc=4, says="address_forbidden")


@pytest.mark.parametrize("url", ["\\\\localhost\\etc\\passwd", "//127.0.0.1/etc/passwd", "http:127.0.0.1", "http:/127.0.0.1/",
                                 "http://example.org@127.0.0.1/", "http://127.0.0.1\\@example.org/"])
def test_odd_spellings_of_private_urls_are_read_as_the_browser_reads_them(riptide, url):
    fails(riptide, "render", url, rc=4, says="address_forbidden")


@pytest.mark.parametrize("path,rc", [("/", 0), ("/redirect?to=http://169.254.169.254/latest/", 4), ("/files/redirect-by-script.html", 4)])
def test_redirects_to_private_addresses_are_refused(riptide, outside, path, rc):
    site = outside.bind(lambda: server.Site(0, outside.ADDRESSES[0])).start()
    try:
        r = riptide("render", site.url + path, "--format", "json", rc=rc)
    finally:
        site.stop()
    if rc:
        error = r.json["error"]
        assert error["code"] == "address_forbidden" and "169.254.169.254" in error["message"]


@pytest.mark.parametrize("req,path,says", [
    ({"url": "http://a/", "html": "x"}, "html", "url"),
    ({}, "url", "html"),
    ({"url": 5}, "url", "string"),
    ({"url": "http://a/", "vieport": {}}, "vieport", "viewport"),
    ({"url": "http://a/", "viewport": {"width": "wide"}}, "viewport.width", "integer"),
    ({"url": "http://a/", "viewport": {"width": 100000000, "height": 1}}, "viewport.width", "from"),
    ({"url": "http://a/", "timeouts": {"hard_cap_ms": 0}}, "timeouts.hard_cap_ms", "from 1 to"),
    ({"url": "http://a/", "actions": {}}, "actions", "array"),
    ({"url": "http://a/", "actions": [{"type": "clik"}]}, "actions[0].type", "click"),
    ({"url": "http://a/", "actions": [{"type": "wait", "ms": 1}, {"css": "a"}]}, "actions[1].type", ""),
    ({"url": "http://a/", "actions": [{"type": "click"}]}, "actions[0].css", ""),
    ({"url": "http://a/", "actions": [{"type": "wait", "ms": 1}, {"type": "wait", "ms": 1}, {"type": "click", "css": "a", "timeout_ms": -3}]},
     "actions[2].timeout_ms", "expected an integer from 1 to 600000"),
    ({"url": "http://a/", "actions": [{"type": "click", "css": "a", "timout_ms": 3}]}, "actions[0].timout_ms", "timeout_ms"),
    ({"url": "http://a/", "actions": [{"type": "if", "css": "a", "then": [{"type": "tpye"}]}]}, "actions[0].then[0].type", "type"),
    ({"url": "http://a/", "wait_until": "done"}, "wait_until", "settled"),
    ({"url": "http://a/", "headers": {"X": 1}}, "headers.X", "string"),
    ({"url": "http://a/", "headers": {"X": "a\r\nB: c"}}, "headers.X", ""),
    ({"url": "http://a/", "cookies": [{"value": "x"}]}, "cookies[0].name", ""),
    ({"url": "http://a/", "artifacts": {"screenshot": {"format": "gif"}}}, "artifacts.screenshot.format", "png"),
    ({"url": "http://a/", "artifacts": {"pdf": {"scale": 9}}}, "artifacts.pdf.scale", ""),
    ({"url": "http://a/", "extract": {"fields": {"x": {}}}}, "extract.fields.x", "css"),
    ({"url": "http://93.184.215.14/", "extract": {"fields": {"x": {"css": "a["}}}}, "extract.fields.x.css", ""),
    ({"url": "http://93.184.215.14/", "extract": {"fields": {"x": {"xpath": "//a["}}}}, "extract.fields.x.xpath", ""),
    ({"url": "http://93.184.215.14/", "extract": {"fields": {"x": {"regex": "(a"}}}}, "extract.fields.x.regex", ""),
])
def test_requests(riptide, req, path, says):
    fails(riptide, "run", "-", stdin=json.dumps(req).encode(), says=[path + ":", says])


@pytest.mark.parametrize("key,value", [("cache", {"mode": "on"})])
def test_parts_not_built_yet_are_refused_not_ignored(riptide, key, value):
    fails(riptide, "run", "-", stdin=json.dumps({"url": "http://a/", key: value}).encode(), says=[key, "not_implemented"])


@pytest.mark.parametrize("key,value", [("session_id", "x"), ("detach", True)])
def test_what_only_the_service_has_is_refused(riptide, key, value):
    fails(riptide, "run", "-", stdin=json.dumps({"url": "http://a/", key: value}).encode(), says=[key, "service"])


@pytest.mark.parametrize("text,says", [
    (b"", "invalid_json"), (b"{", "invalid_json"), (b"\xff\xfe", ""), (b'{"url": "http://a/", "url": "http://b/"}', "url"),
    (b'{"url": "http://a/\\u0000"}', ""), (b"[" * 100, ""), (b'{"url": "\xc3\x28"}', ""), (b'{"url": "http://a/",}', "line 1"),
    (bytes(range(256)), ""),
])
def test_text_that_is_no_json(riptide, text, says):
    fails(riptide, "run", "-", stdin=text, says=says)


@pytest.mark.parametrize("text,says", [
    ("url: http://a/\nurl: http://b/\n", "duplicate"), ("a: &x [1]\nb: *x\n", "alias"), ("url: !!python/object x\n", ""),
    ("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", "alias"), ("url: [", "line"), ("\turl: x", "line"), ("- 1\n- 2\n", ""),
])
def test_yaml_that_a_request_may_not_use(riptide, tmp_path, text, says):
    (tmp_path / "r.yaml").write_text(text)
    fails(riptide, "run", tmp_path / "r.yaml", says=says)


def test_script_files(riptide, tmp_path):
    f = tmp_path / "s.json"
    for content in (b"", b"\x00\x01\x02", b'"x"', b"{}", b'{"actions": [], "other": 1}'):
        f.write_bytes(content)
        fails(riptide, "render", "http://a/", "--script", f, says=["s.json"])
    with open(f, "wb") as big:
        big.truncate(1 << 30)
    assert fails(riptide, "render", "http://a/", "--script", f, says="too_large").seconds < 3


def test_output_path_is_checked_before_the_render(riptide, site, tmp_path):
    n = len(site.log)
    for option in ("-o", "--screenshot", "--pdf", "--har", "--mhtml"):
        fails(riptide, "render", site.url, "--allow-private", option, tmp_path / "no" / "dir" / "x.png", rc=(2, 8), says="no/dir")
        fails(riptide, "render", site.url, "--allow-private", option, tmp_path, rc=(2, 8), says=str(tmp_path))
    fails(riptide, "render", site.url, "--allow-private", "--screenshot", tmp_path / "x.gif", says=[".gif", "png"])
    assert len(site.log) == n


def test_full_disk(riptide, site, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root for a small tmpfs")
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], check=True)
    try:
        r = fails(riptide, "render", site.url + "/", "--allow-private", "--full-page", "--screenshot", small / "x.png", "-o", small / "x.md", rc=8,
                  says="storage_full")
        assert not [e for e in os.listdir(small) if e not in ("x.md",)], r
    finally:
        subprocess.run(["umount", small], check=True)


def test_name_that_does_not_resolve(riptide):
    r = riptide("render", "http://no-such-host.invalid/", "--format", "json", rc=4)
    assert r.json["error"]["code"] == "dns_failed"


def test_port_that_nobody_listens_on(riptide):
    import socket
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    r = riptide.render("http://127.0.0.1:%d/" % port, "--format", "json", rc=4)
    assert r.json["error"]["code"] == "connection_failed"


def test_tls_error(riptide, tmp_path):
    import socket
    import ssl
    import threading
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "k", "-out", tmp_path / "c", "-days", "2",
                    "-subj", "/CN=localhost"], check=True, capture_output=True)
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.load_cert_chain(tmp_path / "c", tmp_path / "k")
    s = socket.create_server(("127.0.0.1", 0))

    def serve():
        try:
            while True:
                c, _ = s.accept()
                try:
                    ctx.wrap_socket(c, server_side=True).close()
                except OSError:
                    pass
        except OSError:
            pass
    threading.Thread(target=serve, daemon=True).start()
    r = riptide.render("https://127.0.0.1:%d/" % s.getsockname()[1], "--format", "json", rc=4)
    s.close()
    assert r.json["error"]["code"] == "tls_failed"


@pytest.mark.parametrize("path,code", [("/nothing", "no_content"), ("/download", "download"), ("/png", "not_html"), ("/document-pdf", None)])
def test_answers_that_are_no_page(riptide, site, path, code):
    r = riptide.render(site.url + path, "--format", "json", rc=4)
    assert r.json["error"]["code"] in ([code] if code else ["not_html", "download"])


def test_no_chromium_says_what_to_install(riptide, site):
    if os.geteuid() != 0:
        pytest.skip("needs root to hide the installed Chromium")
    r = subprocess.run(["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /usr/lib/chromium && exec "$@"', "-", os.path.join(BIN, "riptide"),
                        "render", site.url, "--allow-private"], capture_output=True, timeout=30)
    assert r.returncode == 8 and b"browser_not_found" in r.stderr and b"apt-get install" in r.stderr, r


def test_browser_that_does_not_start(riptide, site, tmp_path):
    r = riptide.render(site.url, rc=8, env={"RIPTIDE_BROWSER_PATH": str(tmp_path / "none")})
    assert "browser_not_found" in r.err and str(tmp_path) in r.err
    with tempfile.TemporaryDirectory(dir="/tmp") as readable:  # by the browser's own user too
        os.chmod(readable, 0o755)
        fake = os.path.join(readable, "fake")
        with open(fake, "w") as f:
            f.write("#!/bin/sh\necho something broke >&2\nexit 3\n")
        os.chmod(fake, 0o755)
        r = riptide.render(site.url, rc=6, env={"RIPTIDE_BROWSER_PATH": fake})
    assert "browser_start_failed" in r.err and "something broke" in r.err


def test_closed_standard_streams(clean, site):
    for close in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        rc = subprocess.run(["sh", "-c", "exec %s/riptide render %s/ --allow-private %s" % (BIN, site.url, close)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30, env={"PATH": os.environ["PATH"]}).returncode
        assert rc in (0, 8), close


def test_user_without_root(riptide, site, tmp_path):
    """The same binary, started by an ordinary user: renders, sandboxed, cleans up."""
    if os.geteuid() != 0:
        pytest.skip("the whole suite already runs as an ordinary user")
    with tempfile.TemporaryDirectory(dir="/tmp") as readable:  # the checkout may be where only root can look
        os.chmod(readable, 0o755)
        for name in ("riptide", "riptide-extract", "riptide-launch", "riptide-stitch", "riptide-egress"):
            shutil.copy2(os.path.join(BIN, name), readable)
        r = subprocess.run(["setpriv", "--reuid=1234", "--regid=1234", "--clear-groups", "env", "-i", "PATH=/usr/bin:/bin", "HOME=/nonexistent",
                            os.path.join(readable, "riptide"), "render", site.url + "/", "--allow-private"], capture_output=True, timeout=60)
    assert r.returncode == 0 and r.stdout.startswith(b"# Index"), r
