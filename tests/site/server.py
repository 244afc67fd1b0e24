# SPDX-License-Identifier: Apache-2.0
"""The test site: real pages and misbehaving ones, served on loopback. Every route is a method `page_NAME` of Handler:
/NAME?key=value. Files of tests/data/site are served under /files/, corpus pages under /corpus/ID.

Run it alone for a look:  /usr/bin/python3 tests/site/server.py 8080
"""
import gzip
import http.server
import os
import secrets
import socket
import struct
import sys
import threading
import urllib.parse
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FILES = os.path.join(ROOT, "data", "site")
CORPUS = [os.path.join(ROOT, "data", "corpus", "html"),
          os.path.join(os.path.dirname(ROOT), "..", "shared", "corpus", "wcxb-dev", "html")]
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".png": "image/png",
         ".json": "application/json", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8"}


def html(body, head="", title="Test page"):
    return "<!doctype html><html lang=en><head><meta charset=utf-8><title>%s</title>%s</head><body>%s</body></html>" % (
        title, head, body)


ARTICLE = "".join("<p>Paragraph %d of a plain article, long enough to be content: the tide rises, the tide falls, the "
                  "twilight darkens, the curlew calls, and along the sea-sands damp and brown the traveller hastens.</p>" % i
                  for i in range(1, 9))


def png(width, height, rgb):
    row = b"\0" + bytes(rgb) * width
    def chunk(t, d):
        return struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b""))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    # --- plumbing -------------------------------------------------------------------------------
    def reply(self, body, status=200, ctype="text/html; charset=utf-8", headers=()):
        if isinstance(body, str):
            body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", ctype)
        self.send_header("Content-Length", str(len(body)))
        for k, v in headers:
            self.send_header(k, v)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def arg(self, name, default=""):
        return self.query.get(name, [default])[0]

    def handle_any(self):
        split = urllib.parse.urlsplit(self.path)
        self.query = urllib.parse.parse_qs(split.query, keep_blank_values=True)
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length) if length else b""
        with self.server.lock:
            self.server.log.append((self.command, self.path, dict(self.headers.items())))
        parts = split.path.strip("/").split("/")
        page = getattr(self, "page_" + (parts[0] or "index").replace("-", "_").replace(".", "_"), None)
        try:
            if page:
                page(*parts[1:])
            else:
                self.reply(html("<h1>Not found</h1>" + ARTICLE), 404)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_HEAD = do_PUT = handle_any

    def stall(self):
        """Hold the connection until the server stops or the peer goes."""
        self.close_connection = True
        self.connection.settimeout(0.2)
        while not self.server.stopping.is_set():
            try:
                if not self.connection.recv(1024):
                    return
            except socket.timeout:
                continue
            except OSError:
                return

    # --- ordinary pages -----------------------------------------------------------------------------
    def page_index(self):
        self.reply(html("<main><h1>Index</h1>" + ARTICLE + "</main>", title="Index"))

    def page_files(self, *parts):
        path = os.path.normpath(os.path.join(FILES, *parts))
        if not path.startswith(FILES) or not os.path.isfile(path):
            return self.reply("no such file", 404, "text/plain")
        with open(path, "rb") as f:
            self.reply(f.read(), 200, TYPES.get(os.path.splitext(path)[1], "application/octet-stream"))

    def page_typed(self, name):
        """A file of tests/data/site under the media type that is asked for, and in another encoding; a feed with so many more items."""
        with open(os.path.join(FILES, os.path.basename(name)), "rb") as f:
            more = "<item><title>Flut für Hörnum</title></item>" * int(self.arg("items", "0")) + "</channel>"
            encoding = self.arg("encoding", "utf-8")
            text = f.read().decode().replace("</channel>", more).replace('"utf-8"', '"%s"' % encoding.replace("-sig", ""))
            self.reply(text.encode(encoding), 200, self.arg("type"))

    def page_corpus(self, page):
        for folder in CORPUS:
            path = os.path.join(folder, page + ".html.gz")
            if os.path.isfile(path):
                with gzip.open(path) as f:
                    return self.reply(f.read())
        self.reply("no such page", 404, "text/plain")

    def page_echo(self):
        self.reply(html("<pre id=headers>%s</pre>" % "\n".join(
            "%s: %s" % kv for kv in self.headers.items())))

    def page_cookies(self):
        self.reply(html("<p id=cookies>%s</p>" % (self.headers.get("Cookie") or "none")),
                   headers=[("Set-Cookie", "seen=1; Path=/"), ("Set-Cookie", "secret=2; Path=/; HttpOnly")])

    def page_storage(self):
        self.reply(html("<p id=before></p><script>before.textContent = localStorage.getItem('k') || 'none';"
                        "localStorage.setItem('k', '%s')</script>" % self.arg("set", "v")))

    # --- a login: CSRF token bound to a cookie of its own, then a session cookie ---
    def cookie(self, name):
        pairs = dict(p.strip().split("=", 1) for p in (self.headers.get("Cookie") or "").split(";") if "=" in p)
        return pairs.get(name, "")

    def go(self, where, *cookies):
        self.reply("", 303, headers=[("Location", where)] + [("Set-Cookie", c) for c in cookies])

    def page_login(self):
        if self.command == "POST":
            return self.post_login()
        token = secrets.token_hex(16)
        self.reply(html("<form method=post action=/login><input type=hidden name=csrf value=%s>"
                        "<input name=user id=user><input name=password id=password type=password>"
                        "<button>Log in</button></form>" % token, title="Log in"),
                   headers=[("Set-Cookie", "csrf=%s; Path=/; HttpOnly; SameSite=Strict" % token)])

    def post_login(self):
        form = urllib.parse.parse_qs(self.body.decode())
        value = lambda k: form.get(k, [""])[0]
        if not self.cookie("csrf") or value("csrf") != self.cookie("csrf"):
            return self.reply(html("<h1>The form has expired</h1>"), 403)
        if (value("user"), value("password")) != ("anna", "opensesame"):
            return self.reply(html("<h1>Wrong password</h1>"), 401)
        sid = secrets.token_hex(16)
        with self.server.lock:
            self.server.logins[sid] = "anna"
        self.go("/private", "sid=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400" % sid, "csrf=; Path=/; Max-Age=0")

    def page_private(self):
        with self.server.lock:
            user = self.server.logins.get(self.cookie("sid"))
        if not user:
            return self.go("/login")
        self.reply(html("<main><h1>Account</h1><p id=who>Welcome %s</p>%s</main>" % (user, ARTICLE), title="Account"))

    def page_logout(self):
        with self.server.lock:
            self.server.logins.pop(self.cookie("sid"), None)
        self.go("/", "sid=; Path=/; Max-Age=0")

    # What each kind of storage holds, and then one more in each.
    def page_stores(self):
        self.reply(html("<p id=seen></p><script>"
                        "const open = indexedDB.open('d', 1);"
                        "open.onupgradeneeded = () => open.result.createObjectStore('s');"
                        "open.onsuccess = () => { const s = open.result.transaction('s', 'readwrite').objectStore('s');"
                        " s.get('n').onsuccess = e => { const n = e.target.result || 0;"
                        "  s.put(n + 1, 'n').onsuccess = () => {"
                        "   seen.textContent = [localStorage.n || 0, sessionStorage.n || 0, n].join(' ');"
                        "   localStorage.n = 1 + +(localStorage.n || 0); sessionStorage.n = 1 + +(sessionStorage.n || 0);"
                        "   open.result.close(); }; }; };</script>", title="Stores"))

    # How many of these are asked for at a time by one `who`: answers the most there were.
    def page_alone(self):
        who = self.arg("who")
        with self.server.lock:
            now = self.server.at_once[who] = self.server.at_once.get(who, 0) + 1
            most = self.server.at_once["most " + who] = max(now, self.server.at_once.get("most " + who, 0))
        self.server.stopping.wait(float(self.arg("seconds", "0.02")))
        with self.server.lock:
            self.server.at_once[who] -= 1
        self.reply(html("<p id=most>%d</p>" % most))

    def page_post(self):
        self.reply(html("<p id=posted>%s</p>" % self.body.decode(errors="replace")))

    def page_png(self):
        self.reply(png(int(self.arg("w", "2")), int(self.arg("h", "2")), (200, 30, 30)), 200, "image/png")

    def page_json(self):
        self.reply('{"hello": ["world", 1, 2]}', 200, "application/json")

    def page_text(self):
        self.reply("Plain text, first line.\nSecond line.\n", 200, "text/plain")

    def page_latin1(self):
        self.reply("<!doctype html><title>Caf\xe9</title><body><p>Caf\xe9 cr\xe8me</p>".encode("latin-1"),
                   200, "text/html; charset=iso-8859-1")

    def page_status(self, code):
        self.reply(html("<main><h1>Status %s</h1>%s</main>" % (code, ARTICLE), title="Status " + code), int(code))

    def page_nothing(self):
        self.send_response(204)
        self.end_headers()

    def page_redirect(self):
        n = int(self.arg("n", "1"))
        self.reply("", 302, headers=[("Location", "/redirect?n=%d" % (n - 1) if n > 1 else self.arg("to", "/"))])

    def page_redirect_loop(self):
        self.reply("", 302, headers=[("Location", "/redirect-loop")])

    def page_meta_refresh_loop(self):
        self.reply(html("<p>again</p>", "<meta http-equiv=refresh content=0>"))

    def page_basic_auth(self):
        if self.headers.get("Authorization"):
            return self.reply(html("<p id=ok>welcome</p>"))
        self.reply(html("<p>denied</p>"), 401, headers=[("WWW-Authenticate", 'Basic realm="test"')])

    # --- not pages ----------------------------------------------------------------------------------
    def page_download(self):
        self.reply(b"x" * 1000, 200, "application/octet-stream",
                   [("Content-Disposition", 'attachment; filename="file.bin"')])

    def page_document_pdf(self):
        self.reply(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n", 200, "application/pdf")

    # --- slow and hostile ---------------------------------------------------------------------------
    def page_slow(self):
        self.server.stopping.wait(int(self.arg("ms", "1000")) / 1000)
        self.reply(html("<main><h1>Slow</h1>" + ARTICLE + "</main>"))

    def page_hang(self):
        self.stall()

    def page_stall(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n")
        self.wfile.write(html("<h1>Stalled</h1>" + ARTICLE).encode())
        self.wfile.flush()
        self.stall()

    def page_drip(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<h1>Drip</h1>")
        self.close_connection = True
        while not self.server.stopping.wait(0.1):
            self.wfile.write(b"x")
            self.wfile.flush()

    def page_never_loads(self):
        self.reply(html("<main><h1>Never loads</h1>%s</main><img src=/hang>" % ARTICLE))

    def page_long_poll(self):
        self.reply(html("<main><h1>Long poll</h1>%s</main><script>(function again() {fetch('/hang?'+Math.random())"
                        ".finally(again)})()</script>" % ARTICLE))

    def page_sse(self):
        if "event-stream" in (self.headers.get("Accept") or ""):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
            self.wfile.flush()
            return self.stall()
        self.reply(html("<main><h1>Events</h1>%s</main><script>new EventSource('/sse')</script>" % ARTICLE))

    def page_busy(self):
        """A page that loops: ?when=now|load|timer|finally"""
        loop = {"now": "while (1);", "load": "onload = () => { while (1); }", "timer": "setTimeout(() => { while (1); }, 50)",
                "finally": "setTimeout(function f() { try { while (1); } finally { f(); } }, 50)"}[self.arg("when", "timer")]
        self.reply(html("<main><h1>Busy</h1>%s</main><script>%s</script>" % (ARTICLE, loop)))

    def page_mutating(self):
        self.reply(html("<main><h1>Mutating</h1>%s<p id=n></p></main><script>setInterval(() => { n.textContent = "
                        "Math.random() }, 20)</script>" % ARTICLE))

    def page_alerts(self):
        kind, count = self.arg("kind", "alert"), self.arg("n", "3")
        self.reply(html("<main><h1>Alerts</h1>%s<p id=answer></p></main><script>for (let i = 0; i < %s; i++) "
                        "answer.textContent = String(%s('dialog ' + i));</script>" % (ARTICLE, count, kind)))

    def page_beforeunload(self):
        self.reply(html("<main><h1>Beforeunload</h1>%s</main><script>onbeforeunload = e => { e.preventDefault(); "
                        "return e.returnValue = 'stay' }</script>" % ARTICLE))

    def page_popups(self):
        self.reply(html("<main><h1>Popups</h1>%s</main><script>for (let i = 0; i < %s; i++) open('/?p=' + i)</script>" % (
            ARTICLE, self.arg("n", "20"))))

    def page_workers(self):
        self.reply(html("<main><h1>Workers</h1>%s</main><script>const u = URL.createObjectURL(new Blob(['%s']));"
                        "for (let i = 0; i < %s; i++) new Worker(u)</script>" % (
                            ARTICLE, self.arg("code", ""), self.arg("n", "5"))))

    def page_console_storm(self):
        self.reply(html("<main><h1>Console</h1>%s</main><script>for (let i = 0; i < 1e5; i++) console.log('line ' + i)"
                        "</script>" % ARTICLE))

    def page_oom(self):
        self.reply(html("<h1>Memory</h1><script>const a = []; while (1) a.push(new Array(1e6).fill(a.length))</script>"))

    def page_big(self):
        mb = int(self.arg("mb", "10"))
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        self.wfile.write(b"<!doctype html><title>Big</title><h1>Big</h1>")
        block = ("<p>" + "words and more words " * 50 + "</p>\n").encode() * 1000
        sent = 0
        while sent < mb << 20 and not self.server.stopping.is_set():
            self.wfile.write(block)
            sent += len(block)

    def page_endless(self):
        self.arg("mb")
        self.query["mb"] = ["100000"]
        self.page_big()

    def page_tall(self):
        h = int(self.arg("h", "20000"))
        self.reply(html("<div style='height:%dpx;background:linear-gradient(red,blue)'></div>" % h,
                        "<style>body{margin:0}</style>"))

    def page_surrogates(self):
        self.reply(html("<main><h1>Odd text</h1>%s<p id=odd></p></main><script>odd.textContent = 'lone \\ud800 and nul "
                        "\\0 end'; document.title = 'lone \\udfff title'</script>" % ARTICLE))

    def page_consent(self):
        self.reply(html("<main><h1>Consent</h1>%s</main><div id=onetrust-banner-sdk role=dialog style='position:fixed;inset:0;"
                        "background:#fff;z-index:99999'><p>We use cookies</p><button id=onetrust-reject-all-handler "
                        "onclick='document.getElementById(\"onetrust-banner-sdk\").remove()'>Reject all</button>"
                        "<button id=onetrust-accept-btn-handler>Accept all</button></div>" % ARTICLE,
                        "<style>body{overflow:hidden}</style>"))


class Site(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port=0, host="127.0.0.1"):
        super().__init__((host, port), Handler)
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.log, self.logins, self.at_once = [], {}, {}
        self.url = "http://%s:%d" % (host, self.server_address[1])

    def handle_error(self, request, client_address):
        pass

    def start(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self):
        self.stopping.set()
        self.shutdown()
        self.server_close()


if __name__ == "__main__":
    site = Site(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(site.url, flush=True)
    try:
        site.serve_forever()
    except KeyboardInterrupt:
        pass
