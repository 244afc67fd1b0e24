# SPDX-License-Identifier: Apache-2.0
"""`riptide serve`: every endpoint, as a client with Python requests sees it."""
import base64
import gzip
import hashlib
import json
import subprocess
import threading
import time
from urllib.parse import quote

import pytest

from conftest import envelope, error

JSON = {"Content-Type": "application/json"}


# --- render and its short forms ---

def test_render_answers_the_same_envelope_as_the_command_line(service, site, tmp_path):
    e = envelope(service.render({"url": site.url + "/"}))
    assert (e["status"], e["error"], e["http_status"]) == ("complete", None, 200)
    assert e["document"]["title"] == "Index" and e["document"]["markdown"].startswith("# Index")
    assert len(e["job_id"]) == 32


def test_html_and_actions_and_fields(service):
    e = envelope(service.render({
        "html": "<p id=a>one</p><button onclick=\"document.getElementById('a').textContent='two'\">go</button>",
        "actions": [{"type": "click", "css": "button"}, {"type": "execute_script", "code": "return 6 * 7", "return_result": True}],
        "extract": {"fields": {"a": {"css": "#a"}}}}))
    assert e["document"]["custom_fields"]["a"] == "two"
    assert [a["status"] for a in e["action_results"]] == ["ok", "ok"]


def test_screenshot_pdf_and_content_answer_the_bytes(service, site):
    r = service.post("/v1/screenshot", {"url": site.url + "/"})
    assert r.status_code == 200 and r.headers["Content-Type"] == "image/png" and r.content[:4] == b"\x89PNG"
    r = service.post("/v1/screenshot", {"url": site.url + "/", "artifacts": {"screenshot": {"format": "jpeg"}}})
    assert r.headers["Content-Type"] == "image/jpeg" and r.content[:2] == b"\xff\xd8"
    r = service.post("/v1/pdf", {"url": site.url + "/"})
    assert r.status_code == 200 and r.content[:5] == b"%PDF-"
    r = service.post("/v1/content", {"html": "<p>x</p><script>document.body.append('made by script')</script>"})
    assert r.status_code == 200 and "made by script" in r.text
    assert "sandbox" in r.headers["Content-Security-Policy"] and r.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/v1/screenshot", "/v1/pdf", "/v1/content"])
def test_what_answers_bytes_can_not_be_detached(service, path):
    assert error(service.post(path, {"html": "x", "detach": True}), 400, "invalid_request")["context"]["path"] == "detach"


def closed_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_a_failed_job_answers_its_errors_status_and_the_envelope(service):
    dead = "http://127.0.0.1:%d/" % closed_port()
    e = envelope(service.render({"url": dead}), 502)
    assert e["status"] == "failed" and e["error"]["code"] == "connection_failed" and e["document"] is None
    assert envelope(service.post("/v1/screenshot", {"url": dead}), 502)["status"] == "failed"


def test_partial_within_the_deadline(service, site):
    """5 % of the time, 400 ms, are for capturing what is there."""
    start = time.monotonic()
    e = envelope(service.render({"url": site.url + "/", "actions": [{"type": "wait_for_css", "css": ".never"}],
                                 "timeouts": {"hard_cap_ms": 8000}}))
    assert e["status"] == "partial" and "deadline" in e["reasons"] and e["document"]["title"] == "Index"
    assert time.monotonic() - start < 8 + 2


@pytest.mark.parametrize("body,code,path", [
    ({}, "invalid_request", "url"), ({"url": "ftp://x/"}, "invalid_url", "url"), ({"url": "http://a/", "urk": 1}, "invalid_request", "urk"),
    ({"url": "http://a/", "actions": [{"type": "clock"}]}, "invalid_request", "actions[0].type"),
    ({"url": "http://a/", "cache": {}}, "not_implemented", "cache"), ({"url": "http://a/", "proxy_config": {}}, "invalid_request", "proxy_config.server"),
    ({"url": "http://a/", "network": {"deny_hosts": ["a b"]}}, "invalid_request", "network.deny_hosts[0]"),
    ({"url": "http://a/", "isolation": "session"}, "invalid_request", "isolation")])
def test_bad_requests_name_the_field(service, body, code, path):
    e = error(service.render(body), 501 if code == "not_implemented" else 400, code)
    assert e["context"]["path"] == path


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b'{"url": "http://a/", "url": "http://b/"}', b'{"url": "\\u0000"}', b"\xff", b"[" * 1000])
def test_bad_json(service, text):
    r = service.request("POST", "/v1/render", data=text, headers=JSON)
    assert r.status_code == 400 and r.json()["error"]["code"] in ("invalid_json", "invalid_request", "duplicate_key", "null_character")


def test_wrong_type_method_and_path(service):
    error(service.request("POST", "/v1/render", data=b"url=x", headers={"Content-Type": "application/x-www-form-urlencoded"}),
          415, "unsupported_media_type")
    r = service.get("/v1/render")
    error(r, 405, "method_not_allowed")
    assert r.headers["Allow"] == "POST, OPTIONS"
    error(service.get("/v2/render"), 404, "not_found")
    r = service.request("OPTIONS", "/v1/jobs/x")
    assert r.status_code == 204 and r.headers["Allow"] == "GET, HEAD, DELETE, OPTIONS"
    r = service.request("HEAD", "/livez")
    assert r.status_code == 200 and r.content == b""


def test_request_id_and_trace_context(service):
    r = service.get("/livez", headers={"X-Request-Id": "abc-1", "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"})
    assert r.headers["X-Request-Id"] == "abc-1"
    assert r.headers["traceparent"].startswith("00-" + "a" * 32 + "-") and not r.headers["traceparent"].startswith("00-" + "a" * 32 + "-bbbb")
    r = service.get("/livez", headers={"X-Request-Id": "with a space", "traceparent": "junk"})
    assert len(r.headers["X-Request-Id"]) == 32 and "traceparent" not in r.headers
    error(service.get("/livez", headers={"X-Request-Id": "evil\x1b[31m"}), 400, "bad_http")


# --- extraction ---

def test_extract_takes_json_and_bytes(service):
    page = "<html><head><title>Tide</title></head><body><article><h1>Tide</h1>%s</article></body></html>" % ("<p>High at noon, low at six, as ever.</p>" * 9)
    d = envelope(service.post("/v1/extract", {"html": page, "url": "http://x.example/a"}))
    assert d["title"] == "Tide" and "High at noon" in d["markdown"] and d["url"] == "http://x.example/a"
    d2 = envelope(service.request("POST", "/v1/extract?url=http://x.example/a", data=page.encode(), headers={"Content-Type": "text/html; charset=utf-8"}))
    assert d2["markdown"] == d["markdown"] and d2["url"] == d["url"]
    for wrong in ("not a url", "javascript:alert(1)", "/a.html", "http://a b/"):
        assert error(service.post("/v1/extract", {"html": page, "url": wrong}), 400, "invalid_url")["context"]["path"] == "url"
        error(service.request("POST", "/v1/extract?url=" + quote(wrong), data=page.encode(), headers={"Content-Type": "text/html"}), 400, "invalid_url")
    d = envelope(service.request("POST", "/v1/extract", data="<p>Grüße</p>".encode("latin-1"), headers={"Content-Type": "text/html; charset=iso-8859-1"}))
    assert "Grüße" in d["text"]
    d = envelope(service.request("POST", "/v1/extract", data="<p>Grüße über Öl</p>".encode(), headers={"Content-Type": "text/html; charset=iso-8859-1"}))
    assert "Grüße über Öl" in d["text"]  # a header says that of anything
    assert error(service.post("/v1/extract", {"html": "<p>", "extract": {"fields": {"a": {"css": "p["}}}}), 400, "invalid_selector")
    error(service.post("/v1/extract", {"url": "http://x/"}), 400, "invalid_request")
    gzipped = service.request("POST", "/v1/extract", data=gzip.compress(page.encode()), headers={"Content-Type": "text/html"})
    assert "application/gzip" in error(gzipped, 415, "unsupported_media_type")["message"]


# --- jobs and streams ---

def test_lists_of_jobs_tell_no_password(service, site):
    r = service.render({"url": site.url.replace("//", "//ada:secret@") + "/basic-auth", "detach": True})
    job = envelope(r, 202)["job_id"]
    assert [j["url"] for j in service.get("/v1/jobs").json()["jobs"] if j["job_id"] == job] == [site.url + "/basic-auth"]


def test_detached_jobs_are_found_by_id(service, site):
    r = service.render({"url": site.url + "/", "detach": True}, headers={"X-Request-Id": "det-1"})
    job = envelope(r, 202)["job_id"]
    e = service.wait(lambda: (lambda j: j if "status" in j and "document" in j else None)(service.get("/v1/jobs/" + job).json()))
    assert e["status"] == "complete" and e["job_id"] == job and e["request_id"] == "det-1"
    r = service.get("/v1/jobs/" + job)
    assert service.get("/v1/jobs/" + job, headers={"If-None-Match": r.headers["ETag"]}).status_code == 304
    assert job in [j["job_id"] for j in service.get("/v1/jobs?state=finished").json()["jobs"]]
    error(service.get("/v1/jobs?state=odd"), 400, "invalid_request")
    for bad in ("limit=many", "limit=", "limit=+5", "limit=" + "0" * 40, "limit=1&limit=2", "state=", "state=queued&state=running"):
        error(service.get("/v1/jobs?" + bad), 400, "invalid_request")
    for bad in ("soon", "-1", "", "1e3"):
        assert error(service.get("/v1/jobs/0/events?after=" + bad), 400, "invalid_request")["context"]["path"] == "after"
    e = error(service.get("/v1/jobs?state=queued&limits=1"), 400, "invalid_request")
    assert e["context"]["path"] == "limits" and 'did you mean "limit"?' in e["message"]
    error(service.post("/v1/render?url=x", {"html": "<p>x"}), 400, "invalid_request")
    assert service.get("/livez?verbose").status_code == 200
    error(service.get("/v1/jobs/" + "0" * 32), 404, "not_found")


def ndjson(response):
    return [json.loads(line) for line in response.iter_lines() if line]


def test_ndjson_stream_carries_the_event_log_and_the_result(service, site):
    r = service.render({"url": site.url + "/", "artifacts": {"screenshot": True}}, headers={"Accept": "application/x-ndjson"}, stream=True)
    assert r.status_code == 200 and r.headers["Content-Type"] == "application/x-ndjson"
    events = ndjson(r)
    types = [e["type"] for e in events]
    assert types[0] == "queued" and types[-1] == "done" and {"started", "navigated", "document", "artifact"} <= set(types), types
    assert [e["id"] for e in events] == list(range(1, len(events) + 1))
    result = events[-1]["data"]["result"]
    assert result["status"] == "complete" and result["document"]["title"] == "Index"
    assert result["job_id"] == r.headers["X-Job-Id"]


def sse(response):
    out, event = [], {}
    for line in response.iter_lines(decode_unicode=True):
        if line == "" and event:
            out.append(event)
            event = {}
        elif line and not line.startswith(":"):
            k, _, v = line.partition(": ")
            event[k] = v
    return out


def test_sse_resumes_after_last_event_id(service, site):
    r = service.render({"url": site.url + "/"}, headers={"Accept": "text/event-stream"}, stream=True)
    events = sse(r)
    assert events[-1]["event"] == "done" and [int(e["id"]) for e in events] == list(range(1, len(events) + 1))
    job = r.headers["X-Job-Id"]
    again = sse(service.get("/v1/jobs/%s/events" % job, headers={"Last-Event-ID": "2"}, stream=True))
    assert again == events[2:]
    assert [e["id"] for e in ndjson(service.get("/v1/jobs/%s/events?after=1" % job, headers={"Accept": "application/x-ndjson"}, stream=True))][0] == 2


def test_first_byte_comes_before_the_page_is_done(service, site):
    start = time.monotonic()
    r = service.render({"url": site.url + "/hang", "timeouts": {"hard_cap_ms": 4000}}, headers={"Accept": "application/x-ndjson"}, stream=True)
    first = next(r.iter_lines())
    assert json.loads(first)["type"] == "queued"
    assert time.monotonic() - start < 2
    r.close()


def test_cancel_ends_a_running_job(service, site):
    job = envelope(service.render({"url": site.url + "/hang", "detach": True}), 202)["job_id"]
    service.wait(lambda: service.get("/v1/jobs/" + job).json().get("state") == "running")
    assert envelope(service.delete("/v1/jobs/" + job))["cancelled"] is True
    e = service.wait(lambda: (lambda j: j if "status" in j and "error" in j else None)(service.get("/v1/jobs/" + job).json()), 5)
    assert e["error"]["code"] == "cancelled"
    assert envelope(service.delete("/v1/jobs/" + job))["cancelled"] is False


def test_a_client_that_goes_frees_its_slot(service, site):
    r = service.render({"url": site.url + "/hang"}, headers={"Accept": "application/x-ndjson"}, stream=True)
    job = r.headers["X-Job-Id"]
    service.wait(lambda: service.get("/v1/jobs/" + job).json().get("state") == "running")
    r.raw._fp.fp.raw._sock.close() if hasattr(r.raw._fp, "fp") and r.raw._fp.fp else r.close()
    r.close()
    service.wait(lambda: "status" in service.get("/v1/jobs/" + job).json(), 2.5)


def test_batch_streams_results_as_they_finish(service, site):
    body = {"requests": [{"url": site.url + "/"}, {"html": "<p>two</p>"}, {"url": "ftp://x/"}, {"url": "http://127.0.0.1:%d/" % closed_port()}]}
    rows = ndjson(service.post("/v1/batch", body, headers={"Accept": "application/x-ndjson"}, stream=True))
    by_index = {r["index"]: r for r in rows}
    assert sorted(by_index) == [0, 1, 2, 3]
    assert by_index[0]["result"]["status"] == "complete" and by_index[2]["error"]["code"] == "invalid_url"
    assert by_index[3]["http_status"] == 502
    whole = envelope(service.post("/v1/batch", body))["results"]
    assert [r["index"] for r in whole] == [0, 1, 2, 3]
    error(service.post("/v1/batch", {"requests": []}), 400, "invalid_request")


# --- artifacts ---

def test_artifacts_are_stored_ranged_and_deleted(service, site):
    e = envelope(service.render({"html": "<p>inline", "artifacts": {"screenshot": True, "inline_below_bytes": 10 << 20}}))
    assert base64.b64decode(e["artifacts"][0]["base64"])[:4] == b"\x89PNG"
    e = envelope(service.render({"url": site.url + "/", "artifacts": {"screenshot": True, "inline_below_bytes": 10}}))
    a = e["artifacts"][0]
    assert a["kind"] == "screenshot" and a["width"] == 1280 and len(a["id"]) == 32
    r = service.get("/v1/artifacts/" + a["id"])
    assert r.status_code == 200 and r.headers["Content-Type"] == "image/png" and len(r.content) == a["bytes"]
    assert hashlib.sha256(r.content).hexdigest() == a["sha256"] and "base64" not in a
    part = service.get("/v1/artifacts/" + a["id"], headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.content == r.content[10:20]
    assert part.headers["Content-Range"] == "bytes 10-19/%d" % a["bytes"]
    assert service.get("/v1/artifacts/" + a["id"], headers={"Range": "bytes=-5"}).content == r.content[-5:]
    assert service.get("/v1/artifacts/" + a["id"], headers={"Range": "bytes=%d-" % a["bytes"]}).status_code == 416
    for if_range, status in ((r.headers["ETag"], 206), ('"another"', 200), ("Sat, 21 Nov 2026 13:00:00 GMT", 200)):
        assert service.get("/v1/artifacts/" + a["id"], headers={"Range": "bytes=0-9", "If-Range": if_range}).status_code == status
    assert service.get("/v1/artifacts/" + a["id"], headers={"If-None-Match": r.headers["ETag"]}).status_code == 304
    assert service.delete("/v1/artifacts/" + a["id"]).status_code == 204
    error(service.get("/v1/artifacts/" + a["id"]), 404, "not_found")


# --- idempotency ---

def test_idempotency_key(service, site):
    before = len(site.log)
    h = {"Idempotency-Key": "k-1"}
    a = envelope(service.render({"url": site.url + "/"}, headers=h))
    r = service.render({"url": site.url + "/"}, headers=h)
    assert envelope(r) == a and r.headers["Idempotency-Replayed"] == "true"
    assert len([1 for m, p, _ in site.log[before:] if p == "/"]) == 1
    for path, kind in (("/v1/screenshot", "image/png"), ("/v1/pdf", "application/pdf"), ("/v1/content", "text/html; charset=utf-8"), ("/v1/batch", "application/json")):
        body = {"requests": [{"html": "x"}]} if path == "/v1/batch" else {"url": site.url + "/"}
        first, again = [service.post(path, body, headers={"Idempotency-Key": path}) for _ in range(2)]
        assert first.content == again.content and again.headers["Idempotency-Replayed"] == "true"
        told = [{k: v for k, v in r.headers.items() if k in ("Content-Type", "X-Job-Id", "X-Job-Status", "X-Page-Status", "X-Page-Url")}
                for r in (first, again)]
        assert told[0] == told[1] and len(told[0]) == (1 if path == "/v1/batch" else 5), told
        assert {r.headers["Content-Type"] for r in (first, again)} == {kind}
        assert first.headers.get("Content-Security-Policy") == again.headers.get("Content-Security-Policy")
    error(service.render({"url": site.url + "/other"}, headers=h), 422, "idempotency_mismatch")
    error(service.render({"url": "ftp://x/"}, headers={"Idempotency-Key": "k-2"}), 400, "invalid_url")
    error(service.render({"url": "ftp://x/"}, headers={"Idempotency-Key": "k-2"}), 400, "invalid_url")


def test_an_answer_that_is_too_large_to_be_kept_is_made_anew(service):
    """Never an empty one."""
    body, h = {"html": "<!--" + "tide " * 900000 + "-->"}, {"Idempotency-Key": "large"}
    for _ in range(2):
        r = service.post("/v1/content", body, headers=h)
        assert r.status_code == 200 and len(r.content) > 4 << 20 and "Idempotency-Replayed" not in r.headers


# --- operation ---

def test_health_pressure_metrics_and_description(service):
    assert service.get("/livez").text == "ok\n" and service.get("/readyz").status_code == 200
    h = envelope(service.get("/healthz"))
    assert h["status"] == "ok", h
    assert {c["name"] for c in h["components"]} == {"browsers", "egress", "extractor", "store", "admission"}
    assert abs(sum(c["weight"] for c in h["components"]) - 1) < 1e-9
    p = envelope(service.get("/v1/pressure"))["pressure"]
    assert p["isAvailable"] is True and p["running"] == 0
    assert service.get("/v1/pressure", headers={"Accept": "text/plain"}).text == "ok\n"
    assert service.metric("riptide_browsers")['{state="ready"}'] >= 1
    browsers = envelope(service.get("/v1/browsers"))["browsers"]
    assert [b["state"] for b in browsers] == ["ready"] and browsers[0]["isolation"]["sandbox"] is True and browsers[0]["launcher_pid"] > 0
    r = service.get("/openapi.json")
    assert r.json()["openapi"] == "3.1.0" and "/v1/render" in r.json()["paths"]
    assert service.get("/openapi.json", headers={"If-None-Match": r.headers["ETag"]}).status_code == 304
    page = service.get("/")
    assert page.headers["Content-Type"].startswith("text/html") and "/v1/render" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_answers_are_compressed_for_who_asks(service):
    plain = service.get("/openapi.json", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    for coding in ("gzip", "br"):
        r = service.get("/openapi.json", headers={"Accept-Encoding": coding}, stream=True)
        assert r.headers["Content-Encoding"] == coding
        raw = r.raw.read(decode_content=False)
        assert len(raw) < len(plain.content) / 3
        if coding == "gzip":
            assert gzip.decompress(raw) == plain.content


def test_foreign_hosts_and_origins_are_refused(service):
    error(service.get("/livez", headers={"Host": "evil.example"}), 421, "misdirected")
    error(service.get("/v1/jobs", headers={"Origin": "http://evil.example"}), 403, "origin_forbidden")
    r = service.get("/v1/jobs", headers={"Origin": service.url})
    assert r.status_code == 200 and "Access-Control-Allow-Origin" not in r.headers


def test_curl_gets_a_document(service, site, tmp_path):
    out = subprocess.run(["curl", "-sS", "--compressed", "-H", "Content-Type: application/json", "-d", json.dumps({"url": site.url + "/"}),
                          service.url + "/v1/render"], capture_output=True, check=True).stdout
    assert json.loads(out)["document"]["title"] == "Index"


def test_many_clients_at_once(service, site):
    results = []

    def one():
        import requests
        results.append(requests.post(service.url + "/v1/render", json={"url": site.url + "/"}, timeout=60).status_code)

    threads = [threading.Thread(target=one) for _ in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == [200] * 16
