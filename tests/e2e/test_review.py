# SPDX-License-Identifier: Apache-2.0
"""Promises that a fresh reader of the documentation tried as a user, and that once did not hold."""
import json
import os
import signal
import time

import pytest

from conftest import select_sleep


def script(tmp_path, *actions):
    f = tmp_path / "script.json"
    f.write_text(json.dumps(actions))
    return f


def test_a_step_that_waits_in_vain_for_a_navigation_fails_the_job(riptide, site, tmp_path):
    """docs/ACTIONS.md: a step that fails ends the job as failed, also when what failed was a navigation."""
    steps = script(tmp_path, {"type": "click", "css": "h1", "wait_for_navigation": True, "timeout_ms": 400},
                   {"type": "wait", "ms": 1})
    e = riptide.envelope(site.url + "/", "--script", steps, rc=5)
    assert (e["status"], e["error"]["code"], e["reasons"]) == ("failed", "navigation_timeout", [])
    assert "actions[0]" in json.dumps(e["error"]) and e["document"]["title"] == "Index"
    assert (e["action_results"][1]["started_ms"], e["action_results"][1]["duration_ms"]) == (None, 0)


def test_a_failed_job_is_not_called_partial(riptide, site):
    r = riptide.render(site.url + "/hang", "--timeout", "1500", rc=5)
    assert "timeout" in r.err and "partial" not in r.err


def test_settling_that_the_deadline_cut_short_is_partial(riptide, site):
    e = riptide.envelope(site.url + "/mutating", "--timeout", "2500", rc=3)
    assert (e["status"], e["reasons"]) == ("partial", ["deadline"])
    assert [w["code"] for w in e["warnings"]] == ["not_settled"]


def test_files_of_actions_have_the_extension_of_their_type(riptide, site, tmp_path):
    shot = {"type": "screenshot", "format": "jpeg"}
    steps = script(tmp_path, shot, {**shot, "format": "webp"}, {"type": "pdf"}, {"type": "snapshot", "name": "before"},
                   {**shot, "name": "a.png", "format": "png"})
    e = riptide.envelope(site.url + "/", "--script", steps, "--output-dir", tmp_path / "out")
    names = ["screenshot.jpg", "screenshot.webp", "pdf.pdf", "before.html", "a.png"]
    assert [a["name"] for a in e["artifacts"]] == names
    assert sorted(os.listdir(tmp_path / "out")) == sorted(names)


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


@pytest.mark.parametrize("kind", ["headless-shell", "chromium"])
def test_the_viewport_is_what_was_asked_for(riptide, site, kind):
    size = {"width": 1000, "height": 640}
    e = riptide.run({"url": site.url + "/", "viewport": size, "artifacts": {"screenshot": True},
                     "actions": [{"type": "execute_script", "code": "return {width: innerWidth, height: innerHeight}"}]},
                    "--browser", kind, "--inline")
    assert e["action_results"][0]["result"] == size
    assert {k: e["artifacts"][0][k] for k in size} == size


def test_a_short_cap_is_used_before_it_is_given_up(riptide, site):
    """Half of a short hard cap is for loading; what is reached is then really the deadline's doing."""
    e = riptide.envelope(site.url + "/hang", "--timeout", "280", rc=5)
    assert e["error"]["code"] == "timeout" and e["performance_metrics"]["total_ms"] >= 130


def test_standard_output_is_called_by_its_name(riptide, site):
    with open("/dev/full", "wb") as full:
        r = riptide("render", site.url + "/", "--allow-private", rc=8, stdout=full)
    assert "standard output: " in r.err and "/dev/full" not in r.err


def test_what_kept_a_page_from_settling_is_not_nothing(riptide, site):
    e = riptide.run({"url": site.url + "/", "timeouts": {"idle_after_dcl_ms": 100}})
    assert e["status"] == "complete" and [w["code"] for w in e["warnings"]] == ["not_settled"]
    assert " 0 requests" not in e["warnings"][0]["message"]
