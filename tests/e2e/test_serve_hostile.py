# SPDX-License-Identifier: Apache-2.0
"""The service and clients that mean ill (FAULTS 3.6), through the real daemon. What is decided by the HTTP reader alone is tried against it in
tests/integration/test_http*.py, cancel races in test_jobs.py. After every test /livez has answered in time and the daemon is no larger than it may be."""
import json
import os
import pathlib
import re
import socket
import struct
import threading
import time

import pytest
import requests

JSON_SUITE = pathlib.Path(__file__).resolve().parents[3] / "shared/corpus/json/test_parsing"
LIVE_S = 2.0  # gross; the benchmark measures 50 ms
JSON = {"Content-Type": "application/json"}


def anonymous_kb(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"RssAnon:\s+(\d+)", f.read()).group(1))


@pytest.fixture(autouse=True)
def alive(request):
    """/livez answers throughout the test, and the daemon's memory is bounded at its end."""
    if "service" not in request.fixturenames:
        yield
        return
    service, worst, stop = request.getfixturevalue("service"), [0.0], threading.Event()

    def ask():
        while not stop.wait(0.05):
            start = time.monotonic()
            try:
                ok = requests.get(service.url + "/livez", timeout=10).text == "ok\n"
            except requests.RequestException:
                ok = False
            worst[0] = max(worst[0], time.monotonic() - start if ok else 99)

    t = threading.Thread(target=ask)
    t.start()
    yield
    stop.set()
    t.join()
    assert worst[0] < LIVE_S, "/livez took %.2f s" % worst[0]
    service.wait(lambda: anonymous_kb(service.pid) < 300 << 10, 5)


def code(response):
    return response.json()["error"]["code"]


def raw(service, data, seconds=10):
    """What the daemon answers to these bytes until it closes."""
    host, port = service.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), seconds) as s:
        s.settimeout(seconds)
        s.sendall(data)
        out = b""
        try:
            while b := s.recv(65536):
                out += b
        except ConnectionResetError:
            pass
        return out


class Socket:
    """A WebSocket by hand, so that it can break the protocol: text in, JSON out."""

    def __init__(self, service, **fields):
        host, port = service.address.rsplit(":", 1)
        self.s = socket.create_connection((host, int(port)), 10)
        self.s.sendall(upgrade(**fields))
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self.data += self.s.recv(4096)
        assert self.data.startswith(b"HTTP/1.1 101 "), self.data
        self.data = self.data.partition(b"\r\n\r\n")[2]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.s.close()

    def send(self, text):
        b = text.encode()
        n = bytes([0x80 | len(b)]) if len(b) < 126 else b"\xfe" + struct.pack(">H", len(b))
        self.s.sendall(b"\x81" + n + b"\0\0\0\0" + b)

    def take(self, n):
        while len(self.data) < n:
            b = self.s.recv(65536)
            assert b, "closed"
            self.data += b
        out, self.data = self.data[:n], self.data[n:]
        return out

    def recv(self):
        first, n = self.take(2)
        n = struct.unpack(">H", self.take(2))[0] if n == 126 else struct.unpack(">Q", self.take(8))[0] if n == 127 else n
        text = self.take(n)
        assert first == 0x81, (first, text)
        return json.loads(text)


def upgrade(**fields):
    f = {"Host": "localhost", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}
    f.update({k.replace("_", "-"): v for k, v in fields.items()})
    return ("GET /v1/ws HTTP/1.1\r\n" + "".join("%s: %s\r\n" % i for i in f.items() if i[1] is not None) + "\r\n").encode()


# --- H-10: JSON ---

@pytest.mark.skipif(not JSON_SUITE.is_dir(), reason="no JSONTestSuite beside the checkout")
def test_json_test_suite_in_the_api(service):
    """n_ is never taken for JSON; y_ is, but for what the API refuses on purpose: it then says which of the two it is."""
    files, wrong = sorted(JSON_SUITE.iterdir()), []
    assert len(files) == 318
    for f in files:
        text = f.read_bytes()
        r = service.request("POST", "/v1/batch", data=text, headers=JSON)
        refused = code(r) != "invalid_request"  # what is JSON is no batch, though
        own = "duplicate_key" if "duplicated_key" in f.name else "null_character" if "null" in f.name and b"\\u0000" in text else None
        if r.status_code != 400 or (f.name[0] == "n" and not refused) or (f.name[0] == "y" and refused and code(r) != own) or (own and code(r) != own):
            wrong.append((f.name, r.text))
    assert not wrong, wrong


@pytest.mark.parametrize("text", [
    b"[" * 1000000, b'{"a":' * 100000, b'{"html": "x", "actions": ' + b"[" * 65 + b"]" * 65 + b"}",
    b"{" + b",".join(b'"k%d":0' % i for i in range(1000000)) + b"}", b'{"html": "x", "html": "y"}', b'{"html": "x", "ht\\u006dl": "y"}',
    b'{"html": "a\\u0000b"}', b'{"html": "\xff"}', b'{"html": "\xed\xa0\x80"}', b'{"html": "\xc0\xaf"}', b'{"html": "x", "timeouts": {"hard_cap_ms": 1e400}}',
    b'{"html": "x", "scroll_steps": ' + b"9" * 100000 + b"}", b'\xef\xbb\xbf{"html": "x"}', b'{"html": "x"}{"html": "y"}', b'{"html": NaN}',
], ids=["depth 10^6", "objects 10^5 deep", "depth 66", "10^6 keys", "the same key twice", "the same key escaped", "NUL", "no UTF-8", "a surrogate in UTF-8",
        "overlong UTF-8", "1e400", "10^5 digits", "a byte order mark", "two values", "NaN"])
def test_json_that_is_refused(service, text):
    r = service.request("POST", "/v1/render", data=text, headers=JSON)
    assert r.status_code in (400, 413), r.text
    assert code(r) in ("invalid_json", "invalid_request", "duplicate_key", "null_character", "body_too_large", "too_large"), r.text
    assert len(r.content) < 4096


@pytest.mark.parametrize("value", [-0.0, 1e308, 2 ** 63, -2 ** 63 - 1, 2 ** 53 + 1, 0.5, "5", None, True, [], {}])
def test_numbers_at_the_edge_are_answered(service, value):
    r = service.render({"html": "x", "timeouts": {"hard_cap_ms": value}})
    assert r.status_code == 400 and code(r) == "invalid_request" and r.json()["error"]["context"]["path"] == "timeouts.hard_cap_ms"


NAUGHTY = [
    "", "undefined", "null", "NaN", "0x0", "-1/0", "../../../../etc/passwd%00", "$(touch /tmp/blns.fail)", "`id`", "'; DROP TABLE keys; --", "%s%n%x%d",
    "<script>alert(1)</script>", "\" onerror=\"x", "{{7*7}}", "${7*7}", "Ω≈ç√∫˜µ≤≥÷", "田中さんにあげて下さい", "😍👨‍👩‍👦🇺🇸", "اَلْعَرَبِيَّةُ", "\u202etest\u202c", "\u200b\ufeff\u2028\u2029", "\x01\x02\x1b[2J\x7f",
    "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮", "\ud800", "a" * 100000, "file:///etc/passwd", "javascript:alert(1)", "http://a/%%30%30", "\r\nSet-Cookie: a=b",
]


@pytest.mark.parametrize("text", NAUGHTY, ids=range(len(NAUGHTY)))
def test_naughty_strings_in_every_place(service, text):
    """As a page, selector, header, session, user agent, address, path and query: an answer from the table of errors, or a proper document."""
    quoted = requests.utils.quote(text.encode("utf-8", "surrogatepass"), safe="")[:4000]
    answers = [service.request("POST", path, data=json.dumps(body).encode(), headers=JSON) for path, body in (
        ("/v1/render", {"html": "x", "session_id": text + "/"}), ("/v1/render", {"url": text}), ("/v1/render", {text or " ": 1}),
        ("/v1/render", {"html": "x", "headers": {text or " ": "x"}}), ("/v1/render", {"html": "x", "headers": {"A": text + "\n"}}),
        ("/v1/extract", {"html": "<p>" + text, "extract": {"fields": {"a": {"css": text or "["}}}}), ("/v1/batch", {"requests": text}),
        ("/v1/sessions", {"session_id": text + "!"}))]
    answers += [service.get("/v1/jobs/" + quoted), service.get("/v1/artifacts/" + quoted), service.get("/v1/jobs?state=" + quoted), service.get("/" + quoted + "x")]
    for r in answers:
        assert r.status_code < 500 or r.status_code == 501 or (r.status_code == 502 and r.json()["status"] == "failed"), (r.status_code, r.text[:500])
        if r.status_code >= 400:
            assert re.fullmatch("[a-z_]+", code(r))
        json.dumps(r.json())
        assert "Set-Cookie" not in r.headers
    r = service.request("POST", "/v1/extract", data=json.dumps({"html": "<p>before %s after</p>" % text.replace("<", "&lt;")}).encode(), headers=JSON)
    assert r.status_code == 200 or code(r) == "invalid_json", r.text
    assert not os.path.exists("/tmp/blns.fail")


# --- H-1, H-2, H-3, H-6, H-7, H-8: what the reader refuses, seen at the daemon ---

@pytest.mark.parametrize("status,request_text", [
    (400, b"POST /v1/render HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    (501, b"POST /v1/render HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    (400, b"GET /livez HTTP/1.1\nHost: localhost\n\n"), (400, b"POST /v1/render HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5abc\r\n\r\n"),
    (413, b"POST /v1/render HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000000000000000000000\r\n\r\n"),
    (413, b"POST /v1/render HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n"),
    (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), (400, b"GET http://evil/livez HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    (400, b"GET /v1/../livez HTTP/1.1\r\nHost: localhost\r\n\r\n"), (400, b"GET /livez HTTP/1.1\r\n\r\n"),
    (431, b"GET /livez HTTP/1.1\r\nHost: localhost\r\nA: " + b"b" * 65536)])
def test_broken_requests_end_the_connection_with_a_typed_error(service, status, request_text):
    out = raw(service, request_text + b"GET /v1/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert out.startswith(b"HTTP/1.1 %d " % status) and len(re.findall(rb"(?m)^HTTP/1\.1 \d", out)) == 1, out[:2000]
    head, _, body = out.partition(b"\r\n\r\n")
    assert re.fullmatch("[a-z_]+", json.loads(body)["error"]["code"]) and b"X-Request-Id: " in head


def test_crowds_of_slow_and_idle_clients_do_not_stop_the_others(service):
    host, port = service.address.rsplit(":", 1)
    heads = [b"", b"GET /livez HTTP/1.1\r\nHost: loc", b"POST /v1/extract HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/html\r\nContent-Length: 1000000\r\n\r\n<p>"]
    before, crowd = anonymous_kb(service.pid), []
    try:
        for i in range(900):
            s = socket.create_connection((host, int(port)), 10)
            s.sendall(heads[i % 3])
            crowd.append(s)
        d = service.request("POST", "/v1/extract", data=b"<article><h1>Tide</h1><p>High at noon.</p></article>", headers={"Content-Type": "text/html"})
        assert d.json()["title"] == "Tide"
        assert service.render({"html": "<h1>Tide</h1>"}).json()["status"] == "complete"
        assert anonymous_kb(service.pid) - before < 45 << 10
    finally:
        for s in crowd:
            s.close()


# --- H-3, H-14: who never reads ---

def test_subscribers_that_never_read_cost_little_and_hold_up_no_job(service, site):
    host, port = service.address.rsplit(":", 1)
    job = service.render({"html": "x", "detach": True, "actions": [{"type": "repeat", "times": 60, "actions": [
        {"type": "execute_script", "code": "return 'x'.repeat(20000)", "return_result": True}]}]}).json()["job_id"]
    before, readers = anonymous_kb(service.pid), []
    try:
        for i in range(200):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.connect((host, int(port)))
            s.sendall(b"GET /v1/jobs/%s/events HTTP/1.1\r\nHost: localhost\r\n\r\n" % job.encode())
            readers.append(s)
        e = service.wait(lambda: (lambda j: j if "document" in j else None)(service.get("/v1/jobs/" + job).json()), 30)
        assert e["status"] == "complete", e["error"]
        assert anonymous_kb(service.pid) - before < 60 << 10
    finally:
        for s in readers:
            s.close()


# --- H-12, H-13: the WebSocket ---

@pytest.mark.parametrize("status,fields", [
    (403, {"Origin": "http://evil.example"}), (403, {"Origin": "null"}), (421, {"Host": "evil.example"}), (400, {"Sec_WebSocket_Key": "short"}),
    (426, {"Sec_WebSocket_Version": None}), (426, {"Upgrade": "h2c"})])
def test_websockets_that_are_not_opened(service, status, fields):
    assert raw(service, upgrade(**fields) + b"GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 %d " % status)


def test_upgrades_that_are_cut_leak_no_place(service):
    host, port = service.address.rsplit(":", 1)
    for i in range(1500):
        with socket.create_connection((host, int(port)), 10) as s:
            s.sendall(upgrade()[:-2 if i % 2 else None])
            if i % 3 == 0:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    service.wait(lambda: service.get("/v1/pressure").json()["pressure"].get("streams", 0) == 0)
    with Socket(service) as ws:
        ws.send('{"op": "ping", "id": 1}')
        assert ws.recv() == {"op": "pong", "id": 1}


@pytest.mark.parametrize("frames,close", [
    (b"\x81\x02{}", 1002), (b"\xc1\x80\1\2\3\4", 1002), (b"\x83\x80\1\2\3\4", 1002), (b"\x81\xff\x80\0\0\0\0\0\0\0\1\2\3\4", 1002),
    (b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\1\2\3\4", 1009), (b"\x81\x81\0\0\0\0\xff", 1007), (b"\x01\x82\0\0\0\0\xe2\x82\x80\x81\0\0\0\0A", 1007)])
def test_frames_that_break_the_protocol_close_with_their_code(service, frames, close):
    host, port = service.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), 10) as s:
        s.sendall(upgrade())
        out = b""
        while b"\r\n\r\n" not in out:
            out += s.recv(4096)
        assert b" 101 " in out.split(b"\r\n")[0]
        s.sendall(frames)
        out = out.partition(b"\r\n\r\n")[2]
        try:
            while b := s.recv(4096):
                out += b
        except ConnectionResetError:
            pass
        assert out[:1] == b"\x88" and struct.unpack(">H", out[2:4])[0] == close, out


def test_messages_that_say_nothing_sensible_are_answered_and_the_socket_lives(service):
    with Socket(service) as ws:
        for text in ("", "[", "[]", "1", '"x"', "{}", '{"op": 5}', '{"op": "fly"}', '{"op": "render"}', '{"op": "render", "request": []}',
                     '{"op": "render", "request": {"urk": 1}}', '{"op": "cancel"}', '{"op": "cancel", "job_id": "0"}', '{"op": "subscribe", "job_id": {}}',
                     '{"op": "ping", "op": "ping"}', '{"op": "\\u0000"}', "[" * 5000, '{"op": "action", "job_id": "x", "action": {}}'):
            ws.send(text)
            v = ws.recv()
            assert v["op"] == "error" and re.fullmatch("[a-z_]+", v["error"]["code"]), (text, v)
        ws.send('{"op": "ping", "id": {"a": [1]}}')
        assert ws.recv()["op"] == "pong"


def test_a_socket_that_floods_and_never_reads_is_bounded(service):
    host, port = service.address.rsplit(":", 1)
    before = anonymous_kb(service.pid)
    text = b'{"op": "ping", "id": "' + b"x" * 2000 + b'"}'
    one = b"\x81\xfe" + struct.pack(">H", len(text)) + b"\0\0\0\0" + text
    with socket.create_connection((host, int(port)), 10) as s:
        s.sendall(upgrade())
        s.settimeout(3)
        try:
            for _ in range(20000):
                s.sendall(one)
        except (TimeoutError, ConnectionError):
            pass  # it is not read any more, or was closed
        assert anonymous_kb(service.pid) - before < 40 << 10


# --- H-15, H-19: other tenants ---

@pytest.fixture
def tenants(serve):
    s = serve()
    keys = [{"X-API-Key": s.riptide("keys", "create", name, "--state-dir", s.state).text.strip()} for name in ("anna", "bert")]
    s.wait(lambda: s.get("/v1/jobs").status_code == 401 and all(s.get("/v1/jobs", headers=k).status_code == 200 for k in keys), 5)
    return s, *keys


def test_another_keys_things_do_not_exist(tenants):
    """Every address with an id: exactly the answer that an id gets which nobody has."""
    s, anna, bert = tenants
    e = s.render({"html": "<h1>secret</h1>", "artifacts": {"screenshot": True}, "session_id": "shop"}, headers={**anna, "Idempotency-Key": "k"}).json()
    assert e["status"] == "complete"
    job, artifact = e["job_id"], e["artifacts"][0]["id"]

    def told(method, path, of):
        r = s.request(method, path % of, headers=bert, json={"cookies": [], "origins": []} if method == "PUT" else None)
        return r.status_code, code(r), r.json()["error"]["message"].replace(of, "ID")

    for method, path, mine, nobodys in [
            ("GET", "/v1/jobs/%s", job, "0" * 32), ("DELETE", "/v1/jobs/%s", job, "0" * 32), ("GET", "/v1/jobs/%s/events", job, "0" * 32),
            ("GET", "/v1/artifacts/%s", artifact, "0" * 32), ("DELETE", "/v1/artifacts/%s", artifact, "0" * 32), ("GET", "/v1/sessions/%s", "shop", "shoq"),
            ("GET", "/v1/sessions/%s/state", "shop", "shoq"), ("PUT", "/v1/sessions/%s/state", "shop", "shoq"), ("DELETE", "/v1/sessions/%s", "shop", "shoq")]:
        assert told(method, path, mine) == told(method, path, nobodys) and told(method, path, mine)[0] == 404, (method, path)
    assert s.get("/v1/jobs", headers=bert).json()["jobs"] == [] and s.get("/v1/sessions", headers=bert).json()["sessions"] == []
    # The same idempotency key of another client is another one.
    r = s.render({"html": "<h1>secret</h1>", "artifacts": {"screenshot": True}, "session_id": "shop"}, headers={**bert, "Idempotency-Key": "k"})
    assert r.json()["job_id"] != job and "Idempotency-Replayed" not in r.headers
    with Socket(s, **bert) as ws:
        for op in ("subscribe", "cancel"):
            ws.send(json.dumps({"op": op, "job_id": job}))
            v = ws.recv()
            assert (v["op"], v["error"]["code"]) == ("error", "not_found") and "secret" not in json.dumps(v)
    assert s.get("/v1/jobs/" + job, headers=anna).json()["document"]["title"] == "secret"
    assert s.get("/v1/artifacts/" + artifact, headers=anna).status_code == 200


def test_no_key_no_answer_on_any_guarded_address(tenants):
    s, anna, _ = tenants
    spec = s.get("/openapi.json").json()["paths"]
    for path, methods in spec.items():
        for method, what in methods.items():
            if method not in ("get", "post", "put", "delete") or what.get("security") in ([], [{}]):
                continue
            for bad in ({}, {"Authorization": "Bearer "}, {"X-API-Key": "rt_" + "A" * 32}, {"Authorization": "Bearer " + anna["X-API-Key"][:-1]}):
                r = s.request(method.upper(), path.replace("{id}", "0" * 32), headers=bad)
                assert r.status_code in (401, 429), (method, path, bad, r.status_code)


# --- H-16: pages of strangers ---

@pytest.mark.parametrize("fields,status", [
    ({"Host": "evil.example"}, 421), ({"Host": "evil.example:8377"}, 421), ({"Host": "localhost.evil.example"}, 421), ({"Host": "127.0.0.1.nip.io"}, 421),
    ({"Host": ""}, 400), ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Origin": "http://localhost:1"}, 403),
    ({"Origin": "file://"}, 403), ({"Origin": "https://127.0.0.1"}, 403)])
@pytest.mark.parametrize("method,path", [("GET", "/v1/jobs"), ("POST", "/v1/render"), ("OPTIONS", "/v1/render"), ("GET", "/openapi.json")])
def test_pages_of_strangers_get_nothing(service, fields, status, method, path):
    r = service.request(method, path, headers={**JSON, **fields}, data=b'{"html": "x"}' if method == "POST" else None)
    assert r.status_code in (status, 421), (r.status_code, r.text)
    assert not [h for h in r.headers if h.lower().startswith("access-control")]


def test_a_form_can_not_post(service):
    """What a page may send elsewhere without asking first: these types. None is taken where JSON is expected."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        r = service.request("POST", "/v1/render", data=b'{"html": "x"}', headers={"Content-Type": kind})
        assert r.status_code == 415, (kind, r.status_code)


# --- H-17: idempotency ---

def test_one_idempotency_key_at_once_is_one_job(service, site):
    before, answers = len(site.log), []

    def ask():
        answers.append(requests.post(service.url + "/v1/render", json={"url": site.url + "/slow?ms=600"}, headers={"Idempotency-Key": "same"}, timeout=30))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert {r.status_code for r in answers} <= {200, 409} and [r.status_code for r in answers].count(200) >= 1
    assert {code(r) for r in answers if r.status_code == 409} <= {"idempotency_running"}
    assert len({r.json()["job_id"] for r in answers if r.status_code == 200}) == 1
    assert len([1 for _, p, _ in site.log[before:] if p.startswith("/slow")]) == 1


@pytest.mark.parametrize("key", ["x" * 129, "", "a\x7fb"])
def test_odd_idempotency_keys_are_refused(service, key):
    r = service.request("POST", "/v1/render", data=b'{"html": "x"}', headers={**JSON, "Idempotency-Key": key})
    assert r.status_code == 400


# --- H-21: log injection ---

def test_nobody_writes_the_log_but_the_daemon(serve):
    s = serve("--log-format", "json", "--log-level", "debug")
    evil = "\r\n{\"forged\": 1}\x1b[31m"
    s.render({"html": "<title>%s</title><script>console.error(%s); throw Error(%s)</script>" % (evil, json.dumps(evil), json.dumps(evil)),
              "actions": [{"type": "click", "css": "#" + "x" * 10, "name": evil, "timeout_ms": 100, "optional": True}]})
    s.render({"url": "http://127.0.0.1:1/%0d%0aforged" + evil})
    s.render({"html": "x", "user_agent": evil, "session_id": "a\nforged"})
    s.post("/v1/sessions", {"session_id": evil})
    s.get("/v1/jobs/%0d%0aforged?" + requests.utils.quote(evil))
    raw(s, b"GET /\x1b[31m\rforged HTTP/1.1\r\nHost: x\x1b\r\n\r\n")
    s.stop()
    for line in s.log.splitlines():
        assert "forged" not in json.loads(line), line
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", line), line
