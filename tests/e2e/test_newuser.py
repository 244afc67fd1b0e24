# SPDX-License-Identifier: Apache-2.0
"""What people meet who come from other tools: their keys, their files, their habits; each message names the fault and the cure."""
import gzip
import json
import os
import random
import re
import signal
import subprocess
import time

import pytest

from conftest import BIN, descendants, error, ROOT, select_sleep

WORDS = "<title>Hats</title><article><h1>Hats</h1><p class=price>12,50</p><p>%s</p></article>" % ("Some words about hats. " * 20)


def test_a_line_without_html_and_bytes_that_are_no_text(riptide):
    data = b'{"id": 1}\n{"id": 2, "html": "<p>caf\xe9 au lait"}\n{"id": 3, "html": "<p>\xc3\xa9t\xc3\xa9"}\n{"id": 4, "html": "\xff<p>a\xe2\x82"}\n'
    r = riptide("extract", "--bulk", "-", "--ordered", "-f", "text", stdin=data, rc=3)
    first, *rest = [json.loads(x) for x in r.text.splitlines()]
    assert first["error"] == {"code": "invalid_request", "path": "html", "message": "is required: the page itself, a string"}
    assert [x["document"]["text"].split() for x in rest] == [["caf\ufffd", "au", "lait"], ["été"], ["\ufffd", "a\ufffd\ufffd"]]


@pytest.mark.parametrize("data, told", [
    (random.Random(7).randbytes(5000), "is application/octet-stream, not HTML or XML"),
    (bytes(100), "is application/octet-stream, not HTML or XML"),
    (gzip.compress(WORDS.encode()), "is application/gzip, not HTML or XML; unpack it first"),
], ids=["noise", "zeros", "packed"])
def test_bytes_of_no_page_are_refused(riptide, tmp_path, data, told):
    path = tmp_path / "page.html"
    path.write_bytes(data)
    r = riptide("extract", path, rc=2)
    assert told in r.err and r.out == b"", r


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "shift_jis", "iso2022_jp", "koi8-r"])
def test_text_of_any_kind_is_none_of_them(riptide, tmp_path, charset):
    text = {"shift_jis": "帽子の話。", "iso2022_jp": "帽子の話。", "koi8-r": "Шляпы и шапки. "}.get(charset, "Words about hats, 帽子. ")
    path = tmp_path / "page.html"
    path.write_bytes(("<title>a</title><p>%s</p>" % (text * 30)).encode(charset))
    r = riptide("extract", path, rc=(0, 2))
    assert "octet-stream" not in r.err or charset == "utf-32", r  # which no browser reads


def test_several_at_once_are_told_the_way(riptide, tmp_path):
    r = riptide("extract", "a.html", "b.html", rc=2)
    assert 'unexpected argument "b.html"' in r.err and "--bulk DIR" in r.err
    r = riptide("render", "https://a.example/", "https://b.example/", rc=2)
    assert 'unexpected argument "https://b.example/"' in r.err and "/v1/batch" in r.err


def test_render_reads_fields_and_their_schema(riptide, tmp_path, site):
    (tmp_path / "fields.yaml").write_text("title: {css: h1}\nmissing: {css: .none, required: true}\n")
    (tmp_path / "schema.json").write_text('{"type": "object", "properties": {"title": {"maxLength": 1}}}')
    url = site.url + "/"
    d = riptide.render(url, "--fields", tmp_path / "fields.yaml", "--schema", tmp_path / "schema.json").json["document"]
    assert d["custom_fields"]["title"] and d["custom_fields"]["missing"] is None
    assert {e["name"] for e in d["extraction_metadata"]["field_errors"]} == {"title", "missing"}
    assert riptide.render(url, "--fields", tmp_path / "fields.yaml", "-f", "markdown").text.startswith("#")
    (tmp_path / "fields.yaml").write_text("title: {css: 'h1['}\n")
    assert "extract.fields.title.css" in riptide.render(url, "--fields", tmp_path / "fields.yaml", rc=2).err
    assert "no.json: No such file" in riptide.render(url, "--fields", tmp_path / "no.json", rc=2).err


@pytest.mark.parametrize("body, path, known", [
    ({"url": "https://example.org/", "formats": ["markdown"]}, "formats", ["extract", "artifacts", "timeouts"]),
    ({"url": "https://example.org/", "webhook": "https://example.org/"}, "webhook", ["detach"]),
    ({"url": "https://example.org/", "timeouts": {"total": 5}}, "timeouts.total", ["hard_cap_ms"]),
    ({"url": "https://example.org/", "actions": [{"type": "click", "selector": "a"}]}, "actions[0].selector", ["css", "optional"]),
    ({"url": "https://example.org/", "actions": [{"type": "wait", "milliseconds": 5}]}, "actions[0].milliseconds", ["ms"]),
    ({"url": "https://example.org/", "extract": {"fields": {"a": {"selector": "h1"}}}}, "extract.fields.a.selector", ["css", "xpath", "many"]),
])
def test_keys_of_other_tools_are_refused_with_those_that_there_are(service, body, path, known):
    e = error(service.render(body), 400, "invalid_request")
    assert e["context"]["path"] == path
    told = e["message"].partition("; known are ")[2].split(", ")
    assert set(known) <= set(told) and "cache" not in told, e


@pytest.fixture(scope="module")
def pems(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pems")
    for name in "ab":
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                        "-keyout", folder / (name + ".key"), "-out", folder / (name + ".pem")], check=True, capture_output=True)
    subprocess.run(["openssl", "genrsa", "-out", folder / "rsa.key", "2048"], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("cert, key, told", [
    ("a.pem", "a.pem", "a.pem: holds no private key in PEM"),
    ("a.key", "a.key", "a.key: holds no certificate in PEM"),
    ("a.pem", "b.key", "b.key: is not the key of the certificate"),
    ("a.pem", "rsa.key", "rsa.key: is not the key of the certificate"),
])
def test_the_wrong_files_for_tls_are_told(riptide, tmp_path, pems, cert, key, told):
    r = riptide("serve", "--listen", "127.0.0.1:0", "--state-dir", tmp_path / "state", "--tls-cert", pems / cert, "--tls-key", pems / key, rc=2)
    assert told in r.err
    (tmp_path / "riptide.conf").write_text("tls_cert = %s\ntls_key = %s\n" % (pems / cert, pems / key))
    r = riptide("config", "check", tmp_path / "riptide.conf", rc=2)
    assert told in r.err and r.out == b""


def test_config_check_tries_the_key_of_tokens_and_print_says_where_the_state_is(riptide, tmp_path, pems):
    (tmp_path / "short").write_text("secret")
    conf = tmp_path / "riptide.conf"
    conf.write_text("jwt_key_file = %s\njwt_issuer = a\njwt_audience = b\n" % (tmp_path / "short"))
    assert "a secret of at least 32 bytes" in riptide("config", "check", conf, rc=2).err
    conf.write_text("tls_cert = %s\ntls_key = %s\n" % (pems / "a.pem", pems / "a.key"))
    assert riptide("config", "check", conf).text == "%s: valid\n" % conf
    env = {"XDG_STATE_HOME": str(tmp_path / "here")}
    assert "# Here the state directory is %s/here/riptide.\n" % tmp_path in riptide("config", "print", env=env).text
    assert "# Here" not in riptide("config", "print", "--state-dir", tmp_path, env=env).text


def test_the_log_says_that_the_disk_is_nearly_full_and_what_was_lost(serve, site):
    s = serve("--min-free-disk", "1000T")
    s.wait_ready()
    s.wait(lambda: "are to stay free (min_free_disk): artifacts are not stored" in s.log)
    a = s.render({"url": site.url + "/", "artifacts": {"screenshot": True}}).json()
    assert a["status"] == "complete" and [w["code"] for w in a["warnings"]] == ["storage_full"]
    s.wait(lambda: "complete, with storage_full in" in s.log)
    assert s.log.count("artifacts are not stored") == 1


def test_a_loop_that_waits_for_the_state_of_a_job_ends(service, site):
    job = service.render({"url": site.url + "/", "detach": True}).json()
    assert job["state"] in ("queued", "running")
    done = service.wait(lambda: (lambda j: j if j["state"] == "finished" else None)(service.get("/v1/jobs/" + job["job_id"]).json()))
    assert done["status"] == "complete" and done["document"]["title"] == "Index" and done["job_id"] == job["job_id"]


def test_lines_of_a_batch_name_their_page_also_when_it_did_not_load(service, site):
    wanted = [{"url": site.url + "/"}, {"url": "http://127.0.0.1:1/"}, {"url": "bad:"}, {"html": "<p>Words."}, 7]
    rows = service.post("/v1/batch", {"requests": wanted}).json()["results"]
    assert [(r["url"], "error" in r) for r in rows] == [(site.url + "/", False), ("http://127.0.0.1:1/", False), ("bad:", True), (None, False), (None, True)]
    assert rows[1]["result"]["error"]["type"] == "network"


with open(os.path.join(ROOT, "docs", "GUIDE.md"), encoding="utf-8") as f:
    RECIPES = re.findall(r"```sh\n(.*?)```", f.read(), re.S)


@pytest.mark.parametrize("recipe", RECIPES, ids=range(len(RECIPES)))
def test_the_recipes_of_the_guide_work(service, site, tmp_path, recipe):
    (tmp_path / "urls.txt").write_text("".join("%s/%s\n" % (site.url, path) for path in ("", "latin1", "nowhere")))
    (tmp_path / "page.html").write_text("<h1>Invoice</h1>")
    script = recipe.replace("http://127.0.0.1:8377", service.url).replace("https://example.com/", site.url + "/").replace("riptide serve &\n", "")
    r = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
                       env={**os.environ, "PATH": BIN + ":" + os.environ["PATH"]})
    assert r.returncode == 0 and r.stderr == "", r
    if '"fetch"' in recipe:
        rows = [json.loads(x) for x in (tmp_path / "fetched.ndjson").read_text().splitlines()]
        assert [x["result"]["status"] for x in rows] == ["complete"] * 3 and (tmp_path / "shells.txt").read_text() == ""
    elif "batch" in recipe:
        assert sorted(x.split("\t")[0] for x in r.stdout.splitlines()) == ["0", "1", "2"] and "refused" not in r.stdout
        done = [json.loads(x) for x in (tmp_path / "done.ndjson").read_text().splitlines()]
        assert {x["url"] for x in done} == set((tmp_path / "urls.txt").read_text().split()) and (tmp_path / "again.txt").read_text() == ""
        assert all(x["markdown"] and x["values"]["heading"] for x in done if "latin1" not in x["url"])
    elif "detach" in recipe:
        assert r.stdout == "Index\nfinished\n"
    else:
        assert (tmp_path / "page.pdf").read_bytes()[:5] == b"%PDF-"


@pytest.mark.parametrize("path", ["screenshot", "pdf", "content"])
def test_a_file_says_which_page_it_is_of(service, site, path):
    r = service.post("/v1/" + path, {"url": site.url + "/nowhere"})
    assert r.status_code == 200 and r.headers["X-Page-Status"] == "404" and r.headers["X-Page-Url"] == site.url + "/nowhere"
    assert r.headers["X-Job-Status"] == "complete" and service.get("/v1/jobs/" + r.headers["X-Job-Id"]).json()["http_status"] == 404
    r = service.post("/v1/" + path, {"html": "<p>Words."})
    assert r.status_code == 200 and "X-Page-Status" not in r.headers


@pytest.mark.parametrize("path, options, status, reason", [
    ("screenshot", {"screenshot": {"css": ".nothing"}}, 422, "element_not_found"),
    ("pdf", {"pdf": {"page_ranges": "7"}}, 400, "invalid_request"),
])
def test_no_file_is_an_error_that_curl_sees(service, path, options, status, reason):
    r = service.post("/v1/" + path, {"html": "<p>Words.", "artifacts": options})
    assert r.status_code == status and r.json()["reasons"] == [reason], r.text


def test_an_address_without_a_scheme_is_told_what_was_tried(riptide, site):
    bare = site.url.removeprefix("http://") + "/"
    assert "try http://%s\n" % bare in riptide.render(bare, rc=4).err
    assert "try http" not in riptide.render("https://" + bare, rc=4).err


def test_field_errors_are_told_beside_the_document(riptide, tmp_path):
    (tmp_path / "page.html").write_text(WORDS)
    (tmp_path / "fields.json").write_text('{"price": {"css": ".price", "type": "number"}, "sku": {"css": ".sku", "required": true}}')
    r = riptide("extract", tmp_path / "page.html", "--fields", tmp_path / "fields.json")
    assert 'page.html: 1 field error, the first of "sku": required, but not found' in r.err and r.json["custom_fields"]["sku"] is None
    r = riptide("extract", tmp_path / "page.html", "--fields", tmp_path / "fields.json", "-f", "text")
    assert "1 field error" in r.err and r.text.startswith("Hats")


@pytest.mark.parametrize("path, told", [("/v1/render?timeout=3", "; options go into the body"), ("/v1/extract?base=x", "; known: url")])
def test_query_parameters_of_other_tools_are_told_where_to_go(service, path, told):
    e = error(service.post(path, {"html": "<p>Words."}), 400, "invalid_request")
    assert e["message"] == "unknown query parameter" + told
    assert error(service.get("/v1/jobs?offset=3"), 400, "invalid_request")["message"] == "unknown query parameter; known: state, limit"


def test_standard_input_is_called_so(riptide):
    r = riptide("extract", "-", "--stats", stdin=b"")
    assert r.err.startswith("riptide: standard input: no content found") and '\n"standard input": ' in r.err


def read_of(pid, name):
    try:
        with open("/proc/%s/%s" % (pid, name), "rb") as f:
            return f.read().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def zygote_of_the_renderer(root):
    """The process that forked the renderer below `root`, when there is one."""
    for pid in descendants(root):
        if "--type=renderer" in read_of(pid, "cmdline"):
            return int(read_of(pid, "stat").rpartition(")")[2].split()[1])
    return None


def test_a_job_whose_zygote_is_killed_ends_at_once(riptide, site):
    p = riptide.popen("render", site.url + "/hang", "--allow-private", "--timeout", "30000")
    end = time.monotonic() + 15
    seen = len(site.log)
    while not (len(site.log) > seen and zygote_of_the_renderer(p.pid)):
        assert p.poll() is None and time.monotonic() < end, p.communicate()
        select_sleep(0.02)
    os.kill(zygote_of_the_renderer(p.pid), signal.SIGKILL)
    start = time.monotonic()
    _, told = p.communicate(timeout=40)
    assert p.returncode == 6 and b"crash" in told, told
    assert time.monotonic() - start < 10


def test_an_error_of_a_selector_tells_no_place_in_a_script_of_ours(service):
    e = service.render({"html": "<p>Words.", "wait_for": "xpath:p"}).json()["error"]
    assert (e["code"], e["context"]["path"]) == ("invalid_selector", "wait_for")
    assert e["message"] == "\"xpath:p\": 'xpath:p' is not a valid selector."
