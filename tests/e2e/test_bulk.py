# SPDX-License-Identifier: Apache-2.0
"""`riptide extract --bulk`: every page comes out once, in order if asked, whatever some of them are, however often it was ended."""
import gzip
import json
import os
import re
import resource
import signal
import subprocess

import pytest

from conftest import BIN, ROOT

PAGES = os.path.join(ROOT, "tests", "data", "corpus", "html")
RIPTIDE = os.path.join(BIN, "riptide")
EXIT_PARTIAL, EXIT_OTHER, EXIT_INTERRUPTED = 3, 8, 130


def bulk(*args, **kw):
    return subprocess.run([RIPTIDE, "extract", "--bulk", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, **kw)


def lines(data):
    return [json.loads(x) for x in data.decode().splitlines()]


def page(i):
    return {"id": "p%d" % i, "url": "https://example.org/%d" % i,
            "html": "<title>Page %d</title><article><h1>Page %d</h1><p>%s</p></article>" % (i, i, "Some words of a page. " * (1 + i % 40))}


def ndjson(pages):
    return "".join(json.dumps(p) + "\n" for p in pages).encode()


def test_the_number_of_a_bad_line_is_nobodys_id(tmp_path):
    """Line 2 is broken; the page with the id 2 comes later, and is not taken for it when the run goes on."""
    out = tmp_path / "out.ndjson"
    data = b'\xef\xbb\xbf{"id": 0, "html": "<p>0</p>"}\nbroken\n{"html": "<p>third</p>"}\n'
    assert bulk("-", "-o", str(out), "--ordered", "-f", "text", input=data).returncode == EXIT_PARTIAL
    assert lines(out.read_bytes())[1]["error"]["message"].startswith("column 1 (byte 0): expected a value")
    data += b'{"id": 2, "html": "<p>2</p>"}\n{"id": 1234567890123456789, "html": "<p>a</p>"}\n{"id": 1234567890123456788, "html": "<p>b</p>"}\n'
    r = bulk("-", "-o", str(out), "--ordered", "-f", "text", "--resume", "--stats", input=data)
    assert r.returncode == 0 and b"3 pages, 0 failed, 3 skipped" in r.stderr
    assert [(x["id"], x.get("line"), x.get("document", {}).get("text")) for x in lines(out.read_bytes())] == [
        (0, None, "0"), (None, 2, None), (None, 3, "third"), (2, None, "2"), (1234567890123456789, None, "a"), (1234567890123456788, None, "b")]


def test_who_stops_reading_ends_it_quietly():
    p = subprocess.Popen([RIPTIDE, "extract", "--bulk", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdin.write(ndjson([page(0)]))
    p.stdin.flush()
    assert json.loads(p.stdout.readline())["id"] == "p0"
    p.stdout.close()
    _, told = p.communicate(ndjson(page(i) for i in range(1, 50)), timeout=60)
    assert (p.returncode, told) == (141, b"")


@pytest.fixture
def folder(tmp_path):
    for name in sorted(os.listdir(PAGES)):
        with gzip.open(os.path.join(PAGES, name)) as f:
            path = tmp_path / "pages" / name[0] / name.removesuffix(".gz")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f.read())
    (tmp_path / "pages" / "notes.txt").write_text("not a page")
    return tmp_path / "pages"


def test_a_directory_comes_out_in_order(folder):
    r = bulk(str(folder), "--ordered", "--stats")
    assert r.returncode == 0, r.stderr
    out = lines(r.stdout)
    ids = [x["id"] for x in out]
    assert len(ids) == 20 and ids == sorted(ids)
    alone = subprocess.run([RIPTIDE, "extract", str(folder / ids[3]), "-f", "markdown"], stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()
    assert out[3]["document"]["markdown"].strip() == alone.strip() != ""
    told = r.stderr.decode()
    assert told.count("bytes of HTML") == 21  # twenty pages and the sums
    assert "20 pages, 0 failed, 0 skipped" in told
    assert told.endswith("riptide: %s: passed over 1 file with another ending (.txt 1)\n" % folder)


def test_what_is_passed_over_is_told(folder):
    r = bulk(str(folder), "--stats")
    assert r.stderr.decode().endswith("passed over 1 file with another ending (.txt 1)\n")
    for name in ("a.HTML.gz", "b.html.gz", "c.css", "d", ".hidden", "e.not-a-type", "0/deep.GZ"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    (folder / "f.html").symlink_to("..")
    (folder / "g.html").symlink_to("nowhere")
    (folder / "h.html").symlink_to(sorted(folder.rglob("*.html"))[3])  # a page
    os.mkfifo(folder / "i.html")
    r = bulk(str(folder), "-f", "text")
    assert r.returncode == 0 and len(lines(r.stdout)) == 21
    assert r.stderr.decode() == ("riptide: %s: passed over 8 files with other endings (none 3, .gz 3, .css 1, .txt 1), "
                                 "2 links to directories or nowhere, 1 pipe, socket or device\n" % folder)


def test_a_directory_without_pages_says_what_it_has(tmp_path):
    (tmp_path / "page").write_text("<p>x")
    r = bulk(str(tmp_path))
    assert r.returncode == 2 and b"it has 1 file with another ending (none 1) (input_unreadable)" in r.stderr, r.stderr


def test_lines_come_out_in_order_and_bad_ones_are_told(tmp_path):
    pages = [page(i) for i in range(300)]
    data = ndjson(pages[:100]) + b"{not json\n\n" + b'{"id": "no html"}\n' + b'{"id": [1], "html": ""}\n{"html": "<p>no id</p>"}\n' + ndjson(pages[100:])
    r = bulk("-", "--ordered", "-f", "text", input=data)
    assert r.returncode == EXIT_PARTIAL
    out = lines(r.stdout)
    assert [x["id"] for x in out] == ["p%d" % i for i in range(100)] + [None, "no html", None, None] + ["p%d" % i for i in range(100, 300)]
    bad = out[100:104]
    assert [x.get("line") for x in bad] == [101, None, 104, 105]
    assert [b.get("error", {}).get("code") for b in bad] == ["invalid_json", "invalid_request", "invalid_request", None]
    assert bad[1]["error"]["path"] == "html" and bad[2]["error"]["path"] == "id"
    assert all(set(x["document"]) == {"text"} and "Some words" in x["document"]["text"] for x in out if str(x["id"]).startswith("p"))


def test_null_is_no_id_and_stats_name_the_member_at_fault():
    r = bulk("-", "--ordered", "--stats", input=b'{"id": null, "html": "<p>one"}\n{"id": [1], "html": ""}\n{"id": "b"}\n')
    assert [(x["id"], x.get("line"), "error" in x) for x in lines(r.stdout)] == [(None, 1, False), (None, 2, True), ("b", None, True)]
    told = r.stderr.decode().splitlines()
    assert '"line":2: id: expected a string or a number (invalid_request)' in told and '"b": html: is required: the page itself, a string (invalid_request)' in told, told


def test_fields_of_every_page_and_unordered(tmp_path):
    fields = tmp_path / "fields.json"
    fields.write_text('{"title": {"css": "h1", "required": true}}')
    r = bulk("-", "--fields", str(fields), input=ndjson(page(i) for i in range(50)))
    assert r.returncode == 0, r.stderr
    assert {x["id"]: x["document"]["custom_fields"]["title"] for x in lines(r.stdout)} == {"p%d" % i: "Page %d" % i for i in range(50)}


def test_what_the_schema_does_not_allow_is_told(tmp_path):
    fields, schema = tmp_path / "fields.json", tmp_path / "schema.json"
    fields.write_text('{"words": {"css": "p", "type": "string"}}')
    schema.write_text('{"properties": {"words": {"maxLength": 100}}}')
    r = bulk("-", "--ordered", "--fields", str(fields), "--schema", str(schema), input=ndjson([page(0), page(20)]))
    assert r.returncode == 0, r.stderr
    errors = [x["document"]["extraction_metadata"]["field_errors"] for x in lines(r.stdout)]
    assert errors == [[], [{"name": "words", "error": "longer than 100 characters"}]]


def test_expressions_that_never_end_cost_their_field(tmp_path):
    fields = tmp_path / "fields.json"
    fields.write_text(json.dumps({
        "regex": {"regex": "(a+)+[cd]"}, "reads": {"regex": "a*+[cd]"}, "xpath": {"xpath": "//i[count(//i[count(//i) > 1]) > 1]"},
        "css": {"css": "*:has(~ b):has(~ b):has(~ b)"}, "last": {"css": "p", "regex": "z"}}))
    hostile = {"id": "hostile", "html": "<p>%sz</p>%s" % ("a" * 100000, "<i></i>" * 20000)}
    r = bulk("-", "--ordered", "--fields", str(fields), input=ndjson([page(0), hostile, page(1)]))
    assert r.returncode == 0, r.stderr
    documents = [x["document"] for x in lines(r.stdout)]
    assert [e["name"] for e in documents[1]["extraction_metadata"]["field_errors"]] == ["regex", "reads", "xpath", "css"]
    assert documents[1]["custom_fields"]["last"] == "z"
    assert not documents[0]["extraction_metadata"]["field_errors"] and not documents[2]["extraction_metadata"]["field_errors"]


def test_what_is_there_is_not_done_again(tmp_path):
    out = tmp_path / "out.ndjson"
    assert bulk("-", "-o", str(out), input=ndjson(page(i) for i in range(40))).returncode == 0
    whole = out.read_bytes()
    r = bulk("-", "-o", str(out), input=ndjson([page(0)]))
    assert r.returncode == EXIT_OTHER and b"--resume" in r.stderr
    assert out.read_bytes() == whole
    out.write_bytes(whole[:-50])  # ended in the middle of a line
    r = bulk("-", "-o", str(out), "--resume", "--stats", input=ndjson(page(i) for i in range(60)))
    assert r.returncode == 0, r.stderr
    assert b"21 pages, 0 failed, 39 skipped" in r.stderr
    assert sorted(x["id"] for x in lines(out.read_bytes())) == sorted("p%d" % i for i in range(60))
    assert out.read_bytes().startswith(whole[:-50].rsplit(b"\n", 1)[0])


def full_after(size):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    return limit


def test_a_full_disk_loses_nothing(tmp_path):
    out = tmp_path / "out.ndjson"
    data = ndjson(page(i) for i in range(100))
    r = bulk("-", "-o", str(out), "-f", "text", "--ordered", input=data, preexec_fn=full_after(20000))
    assert r.returncode == EXIT_OTHER and b"out.ndjson: " in r.stderr and b"--resume goes on" in r.stderr
    assert out.stat().st_size == 20000  # and the last line is cut
    assert bulk("-", "-o", str(out), "-f", "text", "--ordered", "--resume", input=data).returncode == 0
    assert [x["id"] for x in lines(out.read_bytes())] == ["p%d" % i for i in range(100)]


def test_two_runs_do_not_write_one_file(tmp_path):
    out = tmp_path / "out.ndjson"
    p = subprocess.Popen([RIPTIDE, "extract", "--bulk", "-", "-o", str(out), "--stats"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdin.write(ndjson([page(1)]))
    p.stdin.flush()
    p.stderr.readline()  # it is at work
    r = bulk("-", "-o", str(out), "--resume", input=ndjson([page(2)]))
    assert r.returncode == EXIT_OTHER and b"another run" in r.stderr
    p.communicate(timeout=20)
    assert p.returncode == 0 and [x["id"] for x in lines(out.read_bytes())] == ["p1"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_whole_lines(tmp_path, number):
    out = tmp_path / "out.ndjson"
    p = subprocess.Popen([RIPTIDE, "extract", "--bulk", "-", "-o", str(out), "--stats"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    p.stdin.write(ndjson(page(i) for i in range(200)))
    p.stdin.flush()
    p.stderr.readline()  # the first page is done; the input has not ended
    os.killpg(p.pid, number)  # as a terminal does
    _, told = p.communicate(timeout=20)
    assert p.returncode == EXIT_INTERRUPTED, told
    done = lines(out.read_bytes())
    assert done and all("document" in x for x in done)
    r = bulk("-", "-o", str(out), "--resume", input=ndjson(page(i) for i in range(200)))
    assert r.returncode == 0, r.stderr
    assert sorted(x["id"] for x in lines(out.read_bytes())) == sorted("p%d" % i for i in range(200))


@pytest.mark.parametrize("args", [["page.html", "--resume"], ["page.html", "-j", "2"], ["--bulk", "-", "--resume"], ["--bulk", "nowhere"],
                                  ["--bulk", "-", "--url", "https://example.org/"], ["--bulk", "-", "--charset", "utf-8"]])
def test_options_that_do_not_fit_are_refused(args):
    r = subprocess.run([RIPTIDE, "extract", *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
    assert r.returncode == 2 and r.stderr.startswith(b"riptide: ")


def test_a_file_of_lines_comes_from_standard_input(tmp_path):
    (tmp_path / "pages.ndjson").write_bytes(ndjson([page(0)]))
    r = bulk(str(tmp_path / "pages.ndjson"))
    assert r.returncode == 2 and b"pages.ndjson: not a directory; lines of JSON are read by `--bulk - < FILE`" in r.stderr


def test_a_charset_that_is_none_is_refused():
    r = subprocess.run([RIPTIDE, "extract", "-", "--charset", "utf-88"], input=b"<p>Words.", stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
    assert r.returncode == 2 and b'riptide: --charset: "utf-88" is no encoding' in r.stderr
    r = subprocess.run([RIPTIDE, "extract", "-", "--url", "ftp://x/"], input=b"<p>Words.", stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
    assert r.returncode == 2 and r.stderr.startswith(b'riptide: --url: the scheme "ftp:"')
    r = subprocess.run([RIPTIDE, "extract", "-", "-f", "text", "--charset", "CP1251"], input="<p>Слова".encode("cp1251"), stdout=subprocess.PIPE, timeout=30)
    assert r.returncode == 0 and r.stdout.decode() == "Слова\n"


def test_a_charset_that_somebody_knows_is_believed(tmp_path):
    """Even when the bytes look like another one."""
    (tmp_path / "page.html").write_bytes("<p>éèäü".encode())
    one = subprocess.run([RIPTIDE, "extract", str(tmp_path / "page.html"), "-f", "text", "--charset", "windows-1252"], stdout=subprocess.PIPE, timeout=30).stdout.decode()
    many, = lines(bulk(str(tmp_path), "-f", "text", "--charset", "windows-1252").stdout)
    assert one.strip() == many["document"]["text"].strip() == "éèäü".encode().decode("cp1252")


def test_a_link_to_a_directory_and_links_to_files_are_read_and_loops_are_not(tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "a.html").write_text("<p>Words of a page.</p>")
    (folder / "b.html").symlink_to("a.html")
    (folder / "dangling.html").symlink_to("nowhere.html")
    (folder / "loop").symlink_to("..")
    os.mkfifo(folder / "fifo.html")
    (tmp_path / "link").symlink_to("pages")
    r = bulk(str(tmp_path / "link"), "--ordered", "-f", "text")
    assert r.returncode == 0, r.stderr
    assert [(x["id"], x["document"]["text"]) for x in lines(r.stdout)] == [("a.html", "Words of a page."), ("b.html", "Words of a page.")]


def test_a_directory_without_pages_is_an_error(tmp_path):
    (tmp_path / "page.php").write_text("<p>Words</p>")
    r = bulk(str(tmp_path))
    assert r.returncode == 2 and b".xhtml" in r.stderr and r.stdout == b""


def test_names_of_files_that_are_no_text_are_told_apart(tmp_path):
    folder = os.path.join(os.fsencode(tmp_path), b"pages")
    os.mkdir(folder)
    for name in [b"a\xff%.html", b"a\xfe%.html", b"100%\xc3\xa9.html", b"\x01\n" * 100 + b".html"]:
        with open(os.path.join(folder, name), "wb") as f:
            f.write(b"<p>words</p>")
    expected = {"a%FF%25.html", "a%FE%25.html", "100%é.html", "\x01\n" * 100 + ".html"}
    out = tmp_path / "out.ndjson"
    for told in [b"4 pages, 0 failed, 0 skipped", b"0 pages, 0 failed, 4 skipped"]:
        r = bulk(folder.decode(errors="surrogateescape"), "-o", str(out), "--resume", "--stats")
        assert r.returncode == 0 and told in r.stderr, r.stderr
        assert {x["id"] for x in lines(out.read_bytes())} == expected


@pytest.mark.skipif(os.geteuid() == 0 and not os.path.exists("/usr/bin/setpriv"), reason="no other user")
def test_a_directory_that_can_not_be_read_is_told(tmp_path):
    locked = tmp_path / "pages" / "locked"
    locked.mkdir(parents=True)
    (locked / "a.html").write_text("<p>words</p>")
    (tmp_path / "pages" / "b.html").write_text("<p>words</p>")
    locked.chmod(0)
    # Root reads all, unless its capabilities are gone.
    bare = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    r = subprocess.run([*bare, RIPTIDE, "extract", "--bulk", str(tmp_path / "pages"), "--ordered"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    locked.chmod(0o700)
    assert r.returncode == EXIT_PARTIAL, r.stderr
    assert b"1 of 2 pages failed" in r.stderr
    assert {x["id"]: x.get("error", {}).get("code") for x in lines(r.stdout)} == {"b.html": None, "locked": "input_unreadable"}


def test_a_picture_is_not_read_as_a_page(tmp_path):
    (tmp_path / "a.html").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    r = bulk(str(tmp_path), "--stats")
    assert r.returncode == EXIT_PARTIAL and b"image/png" in r.stderr
    assert lines(r.stdout)[0]["error"]["code"] == "unsupported_media_type"
    r = subprocess.run([RIPTIDE, "extract", str(tmp_path / "a.html")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    assert r.returncode == 2 and b"a.html: is image/png" in r.stderr and r.stdout == b""


def test_stats_do_not_change_the_lines():
    data = ndjson(page(i) for i in range(3))
    with_stats, without = (bulk("-", "--ordered", "-f", "text", *more, input=data) for more in (["--stats"], []))
    assert with_stats.stdout == without.stdout and with_stats.stderr.count(b"bytes of HTML") == 4


def test_an_interrupted_run_stays_in_order(tmp_path):
    """A page that was given up is done before those that come after it, whichever were ready."""
    out = tmp_path / "out.ndjson"
    slow = {"id": "p0", "html": "<p>words</p>" * 400000}  # takes longer than the others together
    data = ndjson([page(-1)]) + ndjson([slow]) + ndjson(page(i) for i in range(1, 20))
    p = subprocess.Popen([RIPTIDE, "extract", "--bulk", "-", "-o", str(out), "--stats", "--ordered", "-j", "2"], stdin=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    p.stdin.write(data)
    p.stdin.flush()
    for _ in range(3):
        p.stderr.readline()
    p.send_signal(signal.SIGINT)
    _, told = p.communicate(timeout=20)
    assert p.returncode == EXIT_INTERRUPTED and b"--resume goes on" in told
    assert [x["id"] for x in lines(out.read_bytes())] in (["p-1"], ["p-1", "p0"])
    assert bulk("-", "-o", str(out), "--ordered", "--resume", input=data).returncode == 0
    assert [x["id"] for x in lines(out.read_bytes())] == ["p-1"] + ["p%d" % i for i in range(20)]


def extract(*args, **kw):
    return subprocess.run([RIPTIDE, "extract", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, **kw)


def test_packed_lines_are_one_error(tmp_path):
    packed = gzip.compress(b'{"html":"<p>x"}\n' * 50000, mtime=0) + os.urandom(1 << 20)
    r = bulk("-", input=packed)
    assert r.returncode == 2 and r.stdout == b"" and b"application/gzip, not lines of JSON; unpack it first" in r.stderr and r.stderr.count(b"\n") == 1


def test_what_was_meant_is_said(tmp_path):
    assert b"riptide render" in extract("https://example.org/").stderr
    assert b"--bulk" in extract(str(tmp_path)).stderr
    r = extract("-", input=b'<div id="root"></div><script src="app.js"></script>')
    assert (r.returncode, r.stdout) == (0, b"") and b"no content found" in r.stderr and b"riptide render" in r.stderr


def test_fields_are_seen_without_asking_for_json(tmp_path):
    (tmp_path / "fields.json").write_text('{"name": {"css": "h1"}}')
    html = b"<h1>Name</h1><p>Words of a page.</p>"
    assert json.loads(extract("-", "--fields", str(tmp_path / "fields.json"), input=html).stdout)["custom_fields"] == {"name": "Name"}
    assert extract("-", "--fields", str(tmp_path / "fields.json"), "-f", "text", input=html).stdout == b"Name\n\nWords of a page.\n"


@pytest.mark.parametrize("form", ["markdown", "text", "html"])
def test_what_is_too_large_is_an_error_and_not_nothing(form):
    r = extract("-", "-f", form, input=b"<article><p>" + b"words of it " * (70_000_000 // 12))
    assert (r.returncode, r.stdout) == (EXIT_OTHER, b"") and b"result_too_large" in r.stderr


def test_the_page_on_extracting_says_what_is_there(tmp_path):
    """docs/EXTRACT.md: its options are options, its fields are read, its keys are those of a document, its way to try again works."""
    with open(os.path.join(ROOT, "docs", "EXTRACT.md"), encoding="utf-8") as f:
        page = f.read()
    told = set(re.findall(r"--[a-z]+", page)) - {"--data"}
    known = set(re.findall(r"--[a-z]+", extract("--help").stdout.decode()))
    assert told <= known and {"--bulk", "--resume", "--fields"} <= told, told - known
    fields = tmp_path / "fields.json"
    fields.write_text(re.search(r"\n    (\{\n      \"name\".*?\n    \})\n", page, re.S)[1])
    html = b"<h1>N</h1><b class=price>$1,200.50</b><p class=tags><a>a</a><a>b</a></p><table><tr><th>k<td>v</table>"
    document = json.loads(extract("-", "--fields", str(fields), input=html).stdout)
    assert document["custom_fields"] == {"name": "N", "price": 1200.5, "tags": ["a", "b"], "rows": [{"key": "k", "value": "v"}]}
    table = page.split("## The document")[1].split("##")[0]
    keys = [k for row in re.findall(r"^\| (`.*?) \|", table, re.M) for k in re.findall(r"`(\w+)`", row)]
    assert sorted(keys) == sorted(document)
    out = tmp_path / "out.ndjson"
    data = ndjson([page_of_words("a"), {"id": "b"}]) + b"no json\n"
    assert bulk("-", "-o", str(out), "--ordered", input=data).returncode == EXIT_PARTIAL
    recipe = re.search(r"grep -v '([^']+)'", page)[1]
    kept = subprocess.run(["grep", "-v", recipe, str(out)], stdout=subprocess.PIPE, check=True).stdout
    assert [x["id"] for x in lines(kept)] == ["a"]


def page_of_words(name):
    return {"id": name, "html": "<p>Words of a page.</p>"}
