# SPDX-License-Identifier: Apache-2.0
"""Where results go: files that are complete or absent, artifacts of actions, what a request file and options say together."""
import base64
import hashlib
import json
import os
import stat
import subprocess

import pytest

from conftest import BIN

SHOT = {"type": "screenshot", "name": "first"}


def script(tmp_path, *actions):
    f = tmp_path / "script.json"
    f.write_text(json.dumps(actions))
    return f


def test_artifacts_of_actions_go_to_the_output_dir(riptide, site, tmp_path):
    out = tmp_path / "out"
    e = riptide.envelope(site.url + "/", "--script", script(tmp_path, SHOT, {"type": "snapshot"}, SHOT), "--output-dir", out)
    assert e["status"] == "complete" and not e["warnings"]
    paths = [a["path"] for a in e["artifacts"]]
    assert len(set(paths)) == 3 and sorted(os.path.join(out, f) for f in os.listdir(out)) == sorted(paths)
    for a in e["artifacts"]:
        with open(a["path"], "rb") as f:
            data = f.read()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (a["bytes"], a["sha256"])
    assert paths[0] in json.dumps(e["action_results"][0]["result"])


def test_artifacts_without_a_place_are_said(riptide, site, tmp_path):
    e = riptide.envelope(site.url + "/", "--script", script(tmp_path, SHOT))
    assert [w["code"] for w in e["warnings"]] == ["artifact_not_kept"]
    assert "path" not in e["artifacts"][0] and "base64" not in e["artifacts"][0]


def test_inline_artifacts(riptide, site):
    e = riptide.run({"url": site.url + "/", "artifacts": {"screenshot": True, "pdf": True}}, "--inline")
    assert base64.b64decode(e["artifacts"][0]["base64"]).startswith(b"\x89PNG")
    assert base64.b64decode(e["artifacts"][1]["base64"]).startswith(b"%PDF")
    assert not e["warnings"]


def test_options_override_a_request_file(riptide, site, tmp_path):
    req = {"url": site.url + "/", "viewport": {"width": 300, "height": 200}, "artifacts": {"screenshot": {"format": "png"}}}
    e = riptide.run(req, "--viewport", "400x300", "--screenshot", tmp_path / "s.jpg")
    a = e["artifacts"][0]
    assert (a["content_type"], a["width"], a["height"], a["path"]) == ("image/jpeg", 400, 300, str(tmp_path / "s.jpg"))


def test_old_files_survive_failures_and_are_replaced_by_success(riptide, site, tmp_path):
    f = tmp_path / "page.md"
    f.write_text("old")
    f.chmod(0o600)
    riptide.render(site.url + "/nothing", "-o", f, rc=4)
    assert f.read_text() == "old"
    riptide.render(site.url + "/", "-o", f)
    assert f.read_text().startswith("# Index")
    assert stat.S_IMODE(f.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["page.md"] or set(os.listdir(tmp_path)) <= {"page.md", "tmp"}


def test_failed_renders_write_no_document_but_their_artifacts(riptide, site, tmp_path):
    steps = script(tmp_path, {"type": "click", "css": "#none", "timeout_ms": 300})
    r = riptide.render(site.url + "/", "--script", steps, "-o", tmp_path / "d.md", "--screenshot", tmp_path / "s.png", rc=8)
    assert "actions[0]" in r.err and not (tmp_path / "d.md").exists()
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")


def test_two_outputs_in_one_file_are_refused(riptide, tmp_path):
    r = riptide.render("http://a/", "-o", tmp_path / "x.png", "--screenshot", tmp_path / "x.png", rc=2)
    assert "--output and --screenshot" in r.err
    assert not (tmp_path / "x.png").exists()


def test_one_thing_goes_to_stdout(riptide, site):
    """A picture that is asked for there has no document behind it."""
    png = riptide.render(site.url + "/", "--screenshot", "-").out
    assert png.startswith(b"\x89PNG") and png.endswith(b"IEND\xaeB`\x82")
    for other in (["--pdf", "-"], ["-o", "-"], ["--har", "/dev/stdout"]):
        r = riptide.render(site.url + "/", "--screenshot", "-", *other, rc=2)
        assert "go to the same file" in r.err and not r.out
    riptide.render(site.url + "/", "--har", "/dev/null", "-o", "/dev/null")


def test_output_to_stdout_and_devices(riptide, site):
    assert riptide.render(site.url + "/", "-o", "-").text.startswith("# Index")
    assert riptide.render(site.url + "/", "-o", "/dev/stdout").text.startswith("# Index")
    assert riptide.render(site.url + "/", "-o", "/dev/full", rc=8).err.count("storage_full") == 1


@pytest.fixture
def unread():
    """A pipe whose reader has gone before anything is written."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as f:
        yield f


def test_who_stops_reading_ends_it_quietly(riptide, site, tmp_path, unread):
    """As SIGPIPE ends other programs; files that were asked for are there, nevertheless."""
    r = riptide("render", site.url + "/", "--allow-private", "--screenshot", tmp_path / "s.png", rc=141, stdout=unread)
    assert r.err == ""
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("args", [["--help"], ["render", "--help"], ["docs", "errors"], ["version"], ["config", "print"]])
def test_every_command_ends_quietly_when_nobody_reads(riptide, args, unread):
    assert riptide(*args, rc=141, stdout=unread).err == ""


@pytest.mark.parametrize("value", [{"cookies": []}, {"cookies": {}}, [], {"cookies": [{"name": 1}]}])
def test_a_bad_session_state_is_refused_and_kept(riptide, tmp_path, value):
    f = tmp_path / "state.json"
    f.write_text(json.dumps(value))
    before = f.read_text()
    r = riptide.render("http://127.0.0.1:9/", "--session-state", f, rc=(2, 4))
    assert f.read_text() == before
    if value != {"cookies": []}:
        assert r.rc == 2 and "state.json" in r.err


def test_session_state_is_private(riptide, site, tmp_path):
    f = tmp_path / "state.json"
    riptide.render(site.url + "/cookies", "--session-state", f, "-o", os.devnull)
    assert stat.S_IMODE(f.stat().st_mode) == 0o600


def test_log_lines_as_json(riptide, site):
    r = riptide.render(site.url + "/status/404", "--log-format", "json", "-o", os.devnull)
    lines = [json.loads(line) for line in r.err.splitlines()]
    assert any("404" in line["message"] and line["level"] == "warn" for line in lines)
    assert riptide.render(site.url + "/status/404", "--log-level", "error", "-o", os.devnull).err == ""


def test_uploads(riptide, site, tmp_path):
    f = tmp_path / "note.txt"
    f.write_text("from disk")
    page = {"html": "<input type=file onchange=\"this.files[0].text().then(t => document.body.append(' read: ' + t))\">",
            "artifacts": {"html": True},
            "actions": [{"type": "upload", "css": "input", "files": [str(f)]}, {"type": "wait_for_js", "expr": "/read: /.test(document.body.textContent)"}]}
    assert "read: from disk" in riptide.run(page)["html"]
    page["actions"][0]["files"] = [str(tmp_path / "none")]
    r = riptide("run", "-", stdin=json.dumps(page).encode(), rc=2)
    assert "actions[0].files[0]" in r.err


def test_repeat_stops_at_the_first_failure(riptide, site):
    n = len(site.log)
    riptide.render(site.url + "/nothing", "--repeat", "5", rc=4)
    assert sum(p == "/nothing" for _, p, _h in site.log[n:]) == 1


def test_run_from_a_terminal_shows_progress(riptide, site):
    """On a terminal, lines of progress; never a control character of the page."""
    import pty
    master, slave = pty.openpty()
    p = subprocess.Popen([os.path.join(BIN, "riptide"), "render", site.url + "/alerts?n=1", "--allow-private", "-o", "/dev/null"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave, env=riptide.env())
    os.close(slave)
    text = b""
    try:
        while chunk := os.read(master, 4096):
            text += chunk
    except OSError:  # the terminal's other end is closed
        pass
    os.close(master)
    assert p.wait(timeout=30) == 0
    assert b"loaded " + site.url.encode() in text and b"complete" in text
    assert not set(text) - set(range(32, 256)) - {10, 13}


@pytest.mark.parametrize("option,value", [("timezone", "Nowhere/Town"), ("locale", "x!!")])
def test_values_that_only_chromium_can_judge(riptide, site, option, value):
    r = riptide.render(site.url + "/", "--" + option, value, rc=2)
    assert "%s: " % option in r.err and value in r.err and "invalid_request" in r.err


def test_files_of_actions_have_the_extension_of_their_type(riptide, site, tmp_path):
    shot = {"type": "screenshot", "format": "jpeg"}
    steps = script(tmp_path, shot, {**shot, "format": "webp"}, {"type": "pdf"}, {"type": "snapshot", "name": "before"},
                   {**shot, "name": "a.png", "format": "png"})
    e = riptide.envelope(site.url + "/", "--script", steps, "--output-dir", tmp_path / "out")
    names = ["screenshot.jpg", "screenshot.webp", "pdf.pdf", "before.html", "a.png"]
    assert [a["name"] for a in e["artifacts"]] == names
    assert sorted(os.listdir(tmp_path / "out")) == sorted(names)


def test_standard_output_is_called_by_its_name(riptide, site):
    with open("/dev/full", "wb") as full:
        r = riptide("render", site.url + "/", "--allow-private", rc=8, stdout=full)
    assert "standard output: " in r.err and "/dev/full" not in r.err
