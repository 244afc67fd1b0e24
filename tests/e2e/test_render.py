# SPDX-License-Identifier: Apache-2.0
"""`riptide render`: one page, the formats, the outputs, the options."""
import json
import os
import re
import signal
import subprocess
import time

import pytest
from PIL import Image

from conftest import select_sleep

WORDS = "the tide rises, the tide falls"


def test_markdown_on_stdout_by_default(riptide, site):
    r = riptide.render(site.url + "/")
    assert r.text.startswith("# Index")
    assert r.text.count(WORDS) == 8
    assert r.err == ""  # progress goes to terminals only


@pytest.mark.parametrize("fmt,must", [("text", "Index"), ("html", "<h1>Index</h1>"), ("raw-html", "<html lang=\"en\">"),
                                      ("markdown", "# Index"), ("json", "\"status\"")])
def test_formats(riptide, site, fmt, must):
    assert must in riptide.render(site.url + "/", "--format", fmt).text


def test_envelope_holds_what_the_design_promises(riptide, site):
    e = riptide.envelope(site.url + "/")
    for key in ("status", "reasons", "error", "final_url", "http_status", "document", "artifacts", "performance_metrics",
                "action_results", "warnings", "job_id", "request_id"):
        assert key in e, key
    assert (e["status"], e["error"], e["reasons"], e["http_status"]) == ("complete", None, [], 200)
    assert "html" not in e
    d = e["document"]
    for key in ("url title byline published_iso markdown text html links media tables language reading_time quality_score word_count "
                "categories site_name description schema_org custom_fields extraction_metadata").split():
        assert key in d, key
    assert d["title"] == "Index" and d["language"] == "en" and d["word_count"] > 100
    assert 0 <= d["quality_score"] <= 1
    assert len(e["job_id"]) == 32


def test_all_outputs_from_one_load(riptide, site, tmp_path):
    out = {k: tmp_path / ("page." + k) for k in ("md", "png", "pdf", "mhtml", "har")}
    before = len(site.log)
    riptide.render(site.url + "/", "-o", out["md"], "--screenshot", out["png"], "--full-page", "--pdf", out["pdf"],
                   "--mhtml", out["mhtml"], "--har", out["har"])
    pages = [p for m, p, _ in site.log[before:] if p == "/"]
    assert len(pages) == 1
    assert out["md"].read_text().startswith("# Index")
    assert Image.open(out["png"]).size[0] == 1280
    assert out["pdf"].read_bytes().startswith(b"%PDF-") and out["pdf"].read_bytes().rstrip().endswith(b"%%EOF")
    assert b"multipart/related" in out["mhtml"].read_bytes()
    har = json.loads(out["har"].read_text())["log"]
    assert har["version"] == "1.2"
    first = har["entries"][0]
    assert first["request"]["url"] == site.url + "/" and first["response"]["status"] == 200
    assert WORDS in first["response"]["content"]["text"]


@pytest.mark.parametrize("ext,fmt", [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")])
def test_screenshot_formats_by_extension(riptide, site, tmp_path, ext, fmt):
    path = tmp_path / ("shot." + ext)
    riptide.render(site.url + "/", "--screenshot", path, "--viewport", "800x600", "-o", os.devnull)
    with Image.open(path) as im:
        assert (im.format, im.size) == (fmt, (800, 600))
        assert len(set(im.convert("L").getdata())) > 2  # not blank


def test_viewport_scale(riptide, site, tmp_path):
    riptide.render(site.url + "/", "--screenshot", tmp_path / "s.png", "--viewport", "400x300@2", "-o", os.devnull)
    assert Image.open(tmp_path / "s.png").size == (800, 600)


def test_full_page_beyond_the_texture_limit_is_stitched(riptide, site, tmp_path):
    riptide.render(site.url + "/tall?h=20000", "--viewport", "300x200", "--full-page", "--screenshot", tmp_path / "t.png", "-o", os.devnull)
    with Image.open(tmp_path / "t.png") as im:
        assert im.size == (300, 20000)
        px = [im.getpixel((150, y))[:3] for y in (5, 9999, 16383, 16384, 19990)]
    for y, (r, g, b) in zip((5, 9999, 16383, 16384, 19990), px):  # linear-gradient(red, blue)
        assert abs(r - 255 * (1 - y / 20000)) < 4 and abs(b - 255 * y / 20000) < 4, (y, r, g, b)


def test_full_page_jpeg_tall_and_webp_too_tall(riptide, site, tmp_path):
    riptide.render(site.url + "/tall?h=20000", "--viewport", "300x200", "--full-page", "--screenshot", tmp_path / "t.jpg", "-o", os.devnull)
    assert Image.open(tmp_path / "t.jpg").size == (300, 20000)
    r = riptide.render(site.url + "/tall?h=20000", "--viewport", "300x200", "--full-page", "--screenshot", tmp_path / "t.webp",
                       "--format", "json", rc=(2, 3))
    assert "image_too_tall" in json.dumps(r.json)


def test_options_reach_the_page(riptide, site):
    r = riptide.render(site.url + "/echo", "--user-agent", "Testing/1.0", "--header", "X-One: 1", "--header", "X-Two: two words",
                       "--cookie", "a=b", "--format", "raw-html")
    for want in ("User-Agent: Testing/1.0", "X-One: 1", "X-Two: two words", "Cookie: a=b"):
        assert want in r.text, want


def test_headers_stay_with_their_origin(riptide, site):
    import server
    other = server.Site().start()
    try:
        riptide.render(site.url + "/redirect?to=" + other.url + "/", "--header", "X-Secret: 1", "-o", os.devnull)
        assert any(p.startswith("/redirect") and h.get("X-Secret") for _, p, h in site.log)
        assert other.log and not any(h.get("X-Secret") for _, _, h in other.log)
    finally:
        other.stop()


def test_session_state_out_and_in(riptide, site, tmp_path):
    state = tmp_path / "state.json"
    first = riptide.render(site.url + "/cookies", "--session-state", state)
    assert "none" in first.text
    saved = json.loads(state.read_text())
    assert {c["name"] for c in saved["cookies"]} == {"seen", "secret"}
    assert "seen=1" in riptide.render(site.url + "/cookies", "--session-state", state).text
    riptide.render(site.url + "/storage?set=kept", "--session-state", state, "-o", os.devnull)
    assert "kept" in riptide.render(site.url + "/storage?set=x", "--session-state", state, "--format", "raw-html").text


def test_two_jobs_share_nothing(riptide, site):
    riptide.render(site.url + "/cookies", "-o", os.devnull)
    assert "none" in riptide.render(site.url + "/cookies", "--repeat", "3").text


def test_http_errors_are_documents_unless_fail(riptide, site):
    e = riptide.envelope(site.url + "/status/404")
    assert (e["status"], e["http_status"]) == ("complete", 404)
    assert any("404" in json.dumps(w) for w in e["warnings"])
    riptide.render(site.url + "/status/500", rc=0)
    r = riptide.render(site.url + "/status/404", "--fail", "--format", "json", rc=4)
    assert r.json["error"]["code"] == "http_status"


def test_text_and_json_documents(riptide, site):
    assert "Second line." in riptide.render(site.url + "/text").text
    assert "world" in riptide.render(site.url + "/json").text


def test_latin1_and_odd_characters(riptide, site):
    assert "Café crème" in riptide.render(site.url + "/latin1").text
    e = riptide.envelope(site.url + "/surrogates")
    assert "lone \ufffd and nul" in e["document"]["text"] and e["document"]["text"].rstrip().endswith("end")


def test_run_reads_json_yaml_and_stdin(riptide, site, tmp_path):
    req = {"url": site.url + "/", "wait_until": "load", "artifacts": {"html": True}}
    assert riptide.run(req)["html"].startswith("<!DOCTYPE html>")
    (tmp_path / "r.yaml").write_text("# a comment\nurl: %s/   # the page\nwait_until: load\nactions:\n  - {type: wait, ms: 1}\n" % site.url)
    r = riptide("run", tmp_path / "r.yaml", "--allow-private", "--format", "json").json
    assert [a["status"] for a in r["action_results"]] == ["ok"]


def test_html_input_with_base_url(riptide, site):
    e = riptide.run({"html": "<h1>Given</h1><p>" + "words " * 60 + "<a href=next>next</a></p><script>document.body.append("
                             "location.origin)</script>", "base_url": site.url + "/dir/", "artifacts": {"html": True}})
    assert e["status"] == "complete"
    assert site.url + "/dir/next" in [l["url"] for l in e["document"]["links"]]
    assert site.url in e["html"]


def test_extract_without_browser(riptide, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<title>T</title><h1>Head</h1>" + "<p>%s <a href='/x'>l</a></p>" % ("sentence, and more of it. " * 10) * 5)
    r = riptide("extract", page, "--url", "https://example.org/a/b")
    assert "# Head" in r.text and "(https://example.org/x)" in r.text
    assert r.seconds < GROSS_START
    assert riptide("extract", "-", "--format", "json", stdin=page.read_bytes()).json["title"] in ("T", "Head")


GROSS_START = 5


def test_doctor_sees_that_chromiums_own_filter_is_missing(riptide, fake):
    """The launcher's, which all processes of a browser have, is none of it."""
    path = fake('exec /usr/lib/chromium/chromium-headless-shell "$@" --disable-seccomp-filter-sandbox')
    found = {c["name"]: c for c in riptide("doctor", "--json", env={"RIPTIDE_BROWSER_PATH": path}, rc=None).json["checks"]}
    assert not found["chromium-sandbox"]["ok"] and "seccomp filter" in found["chromium-sandbox"]["found"], found
    assert found["egress"]["ok"]


def test_version_and_doctor(riptide):
    v = riptide("version", "--json").json
    assert v["version"] and v["git_sha"] and "156" in v["chromium"] or v["chromium"]
    for lib in ("libwebsockets", "cjson", "libxml2", "pcre2", "libseccomp"):
        assert any(lib in k.lower() for k in v["libraries"]), lib
    d = riptide("doctor", "--json").json
    assert all(c["ok"] for c in d["checks"]), d


def test_help_names_every_option(riptide):
    for cmd in ("render", "run", "extract", "doctor", "version"):
        assert "usage" in riptide(cmd, "--help").text.lower()


def test_repeat_100_leaks_nothing(riptide, site):
    """100 renders in one process: fds, threads, processes and memory stay flat."""
    p = riptide.popen("render", site.url + "/", "--allow-private", "--repeat", "100", "--format", "json", "--wait-until", "load")
    seen = []
    base = len(site.log)
    import conftest
    import time
    end = time.monotonic() + 120
    while p.poll() is None and time.monotonic() < end:
        done = sum(1 for _, path, _h in site.log[base:] if path == "/")
        try:
            fds = len(os.listdir("/proc/%d/fd" % p.pid))
            status = dict(l.split(":", 1) for l in open("/proc/%d/status" % p.pid) if ":" in l)
            seen.append((done, fds, int(status["Threads"]), int(status["VmRSS"].split()[0]), len(conftest.descendants(p.pid))))
        except (FileNotFoundError, ProcessLookupError, KeyError):
            break
        conftest.select_sleep(0.05)
    out, err = p.communicate(timeout=30)
    assert p.returncode == 0, err
    assert json.loads(out)["status"] == "complete"
    early = [s for s in seen if 10 <= s[0] <= 30]
    late = [s for s in seen if s[0] >= 80]
    assert early and late, seen
    for i, slack in ((1, 2), (2, 1), (4, 3)):
        assert max(s[i] for s in late) <= max(s[i] for s in early) + slack, (i, early[-1], late[-1])
    assert max(s[3] for s in late) - max(s[3] for s in early) < 2048, "RSS grew (kB)"


def test_output_is_readable_by_pipes(riptide, site):
    p = riptide.popen("render", site.url + "/", "--allow-private")
    head = subprocess.run(["head", "-c", "5"], stdin=p.stdout, capture_output=True)
    p.stdout.close()
    p.wait(timeout=30)
    assert head.stdout == b"# Ind"


LACKING = "<script src=/files/nothing-1.js></script><script src=http://127.0.0.1:9/two.js></script>" \
    "<link rel=stylesheet href=/files/nothing.css><script src=/files/app.js></script>"


def lacks(riptide, site, request, steps=()):
    e = riptide.run({"base_url": site.url + "/", "actions": list(steps), **request}, rc=(0, 3))
    return [w["message"] for w in e["warnings"] if w["code"] == "requests_failed"]


def test_a_page_whose_parts_did_not_come_says_so(riptide, site):
    told, = lacks(riptide, site, {"html": LACKING})
    assert re.fullmatch(r"3 of 3 scripts failed, first http://127\.0\.0\.1:\S+ \((HTTP 404|net::ERR_UNSAFE_PORT)\), http://\S+ \(\S+( 404)?\)", told), told
    fetches = "<script>for (const n of [1, 2, 3, 4]) fetch(n < 4 ? 'http://127.0.0.2:1' + n : '/').catch(() => 0)</script>"
    assert lacks(riptide, site, {"html": fetches})[0].startswith("3 of 4 requests for data failed, first http://127.0.0.2:1")


@pytest.mark.parametrize("what", [
    {"html": "<script src=/files/no.js></script>"},                                         # one is no majority
    {"html": "<img src=/no.png><img src=/no2.png><img src=/no3.png>"},                      # nor what a page can do without
    {"html": LACKING, "block": {"resource_types": ["script", "stylesheet"]}},
    {"html": LACKING, "block": {"urls": ["*/files/*", "*two.js"]}},
    {"html": "<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\">" + LACKING},
    {"html": "<script>for (const n of [1, 2, 3]) fetch('/stall?' + n)</script>", "timeouts": {"idle_after_dcl_ms": 500}},  # at work when the job ended
    {"html": "<script>for (const n of [1, 2, 3]) { const a = new AbortController(); fetch('/slow?ms=300', a).catch(() => 0); a.abort() }</script>"},
    {"html": "<script>for (const n of [1, 2, 3]) fetch('/nowhere')</script>"},              # an answer, as data go
])
def test_what_nobody_misses_is_no_warning(riptide, site, what):
    assert lacks(riptide, site, what) == []


def test_the_parts_of_a_page_before_are_not_missed(riptide, site):
    assert lacks(riptide, site, {"html": LACKING}, [{"type": "goto", "url": site.url + "/"}]) == []


def test_a_failed_job_is_not_called_partial(riptide, site):
    r = riptide.render(site.url + "/hang", "--timeout", "1500", rc=5)
    assert "timeout" in r.err and "partial" not in r.err


def test_settling_that_the_deadline_cut_short_is_partial(riptide, site):
    e = riptide.envelope(site.url + "/mutating", "--timeout", "2500", rc=3)
    assert (e["status"], e["reasons"]) == ("partial", ["deadline"])
    assert [w["code"] for w in e["warnings"]] == ["not_settled"]


def test_a_short_cap_is_used_before_it_is_given_up(riptide, site):
    """Half of a short hard cap is for loading; what is reached is then really the deadline's doing."""
    e = riptide.envelope(site.url + "/hang", "--timeout", "280", rc=5)
    assert e["error"]["code"] == "timeout" and e["performance_metrics"]["total_ms"] >= 130


def test_what_kept_a_page_from_settling_is_not_nothing(riptide, site):
    e = riptide.run({"url": site.url + "/", "timeouts": {"idle_after_dcl_ms": 100}})
    assert e["status"] == "complete" and [w["code"] for w in e["warnings"]] == ["not_settled"]
    assert " 0 requests" not in e["warnings"][0]["message"]


@pytest.mark.parametrize("kind", ["headless-shell", "chromium"])
def test_the_viewport_is_what_was_asked_for(riptide, site, kind):
    size = {"width": 1000, "height": 640}
    e = riptide.run({"url": site.url + "/", "viewport": size, "artifacts": {"screenshot": True},
                     "actions": [{"type": "execute_script", "code": "return {width: innerWidth, height: innerHeight}"}]},
                    "--browser", kind, "--inline")
    assert e["action_results"][0]["result"] == size
    assert {k: e["artifacts"][0][k] for k in size} == size


def test_nohup_holds(riptide, site):
    before, end = len(site.log), time.monotonic() + 20
    p = riptide.popen("render", site.url + "/slow?ms=1000", "--allow-private",
                      preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    while not any(path.startswith("/slow") for _, path, _h in site.log[before:]):
        assert p.poll() is None and time.monotonic() < end
        select_sleep(0.01)
    p.send_signal(signal.SIGHUP)
    out, err = p.communicate(timeout=30)
    assert (p.returncode, out[:6]) == (0, b"# Slow"), err
