# SPDX-License-Identifier: Apache-2.0
"""riptide with its browser: starts that fail, flags that a page can feel, what is left behind."""
import os
import time

import pytest

from conftest import GROSS_MS

KINDS = ["headless-shell", "chromium"]
FULL = "/usr/lib/chromium/chromium"


def render(riptide, site, browser, rc, *args):
    return riptide.render(site.url + "/", *args, rc=rc, env={"RIPTIDE_BROWSER_PATH": browser})


def test_missing_browser_names_the_variable_and_the_path(riptide, site):
    r = render(riptide, site, "/nonexistent/chromium", 8)
    assert "browser_not_found" in r.err and "/nonexistent/chromium" in r.err and "RIPTIDE_BROWSER_PATH" in r.err


def test_browser_that_can_not_be_executed(riptide, site, fake):
    r = render(riptide, site, fake("exit 0", mode=0o644), 6)
    assert "browser_start_failed" in r.err and "Permission denied" in r.err


def test_browser_that_exits_at_once_is_quoted(riptide, site, fake):
    r = render(riptide, site, fake("echo 'no luck today' >&2; exit 3"), 6)
    assert "browser_start_failed" in r.err and "exit status 3" in r.err and "no luck today" in r.err


def test_browser_without_a_usable_sandbox_is_a_sandbox_error(riptide, site, fake):
    r = render(riptide, site, fake("echo 'FATAL: No usable sandbox!' >&2; kill -TRAP $$"), 7)
    assert "sandbox_unavailable" in r.err


@pytest.mark.parametrize("script", ["sleep 1000", "echo 'DevTools listening on ws://127.0.0.1:1/x' >&2; sleep 1000"])
def test_browser_that_never_answers_ends_with_the_deadline(riptide, site, fake, script):
    begin = time.monotonic()
    r = render(riptide, site, fake(script), (5, 6), "--timeout", "2000")
    assert (time.monotonic() - begin) * 1000 < 2000 + GROSS_MS, r


@pytest.mark.parametrize("kind", KINDS)
def test_pages_draw_and_webrtc_tells_no_address(riptide, site, kind):
    """A compositor flag once stopped every frame; each browser has its own spelling of the WebRTC policy (told apart
    only where there is an interface besides loopback)."""
    if kind == "chromium" and not os.path.exists(FULL):
        pytest.skip("no full chromium")
    code = """
        const frames = await new Promise(r => { let n = 0; (function f() { if (++n == 5) r(n); else requestAnimationFrame(f); })(); });
        const peer = new RTCPeerConnection();
        peer.createDataChannel("x");
        const found = [];
        peer.onicecandidate = e => e.candidate && found.push(e.candidate.candidate);
        await peer.setLocalDescription(await peer.createOffer());
        await new Promise(r => setTimeout(r, 500));  // the end of gathering is not told when nothing may be gathered
        return [frames, found];
    """
    request = {"url": site.url + "/", "actions": [{"type": "execute_script", "code": code, "return_result": True}]}
    got = riptide.run(request, "--browser", kind)
    assert got["status"] == "complete", got
    assert got["action_results"][0]["result"] == [5, []]

