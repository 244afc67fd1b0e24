# SPDX-License-Identifier: Apache-2.0
"""Lists that scroll by themselves, and ends that are none yet."""
import threading
import http.server

import pytest

LIST = """<div id=list style="height:300px;overflow:auto"><div style="position:relative;height:4000px;overflow:hidden"></div></div><script>
const inner = list.firstChild;
function draw() { const from = Math.floor(list.scrollTop / 40); inner.replaceChildren(...Array.from({length: Math.min(9, 100 - from)}, (_, i) => {
  const row = document.createElement('p'); row.style.cssText = `position:absolute;margin:0;top:${(from + i) * 40}px`; row.textContent = 'Row ' + (from + i); return row })) }
list.onscroll = draw; draw()</script><div style="height:3000px">below</div>"""


def run(riptide, html, *actions, rc=0, **request):
    return riptide.run({"html": html, "actions": list(actions), **request}, rc=rc)


@pytest.mark.parametrize("css", ["#list", "#list p"])
def test_a_list_scrolls_by_itself(riptide, css):
    e = run(riptide, LIST, {"type": "scroll", "css": css, "steps": 50, "step_px": 280, "delay_ms": 30, "until": "bottom"},
            {"type": "execute_script", "code": "return [list.scrollTop, list.innerText.trim().split(/\\s*\\n\\s*/).pop()]"},
            {"type": "scroll", "css": css, "to": "top"}, {"type": "execute_script", "code": "return list.scrollTop"},
            {"type": "scroll", "css": css, "to": "bottom"}, {"type": "execute_script", "code": "return list.scrollTop"})
    results = [r.get("result") for r in e["action_results"]]
    assert results[0] == {"steps": results[0]["steps"], "scroll_y": 3700, "reached": True} and results[0]["steps"] < 20
    assert results[1] == [3700, "Row 99"] and results[3] == 0 and results[5] == 3700


def test_rows_that_are_drawn_anew_all_the_time(riptide):
    """A row that is found and gone a moment later is not taken for one that the page scrolls."""
    steps = [{"type": "scroll", "css": "#list p", "to": to} for to in ("bottom", "top") * 10]
    reads = [{"type": "execute_script", "code": "return list.scrollTop"}] * len(steps)
    e = run(riptide, LIST + "<script>setInterval(draw, 0)</script>", *[a for pair in zip(steps, reads) for a in pair])
    assert [r["result"] for r in e["action_results"][1::2]] == [3700, 0] * 10


def test_a_list_is_not_scrolled_to_something_else(riptide):
    e = run(riptide, LIST, {"type": "scroll", "css": "#list", "to": "#other"}, rc=2)
    assert e["error"]["context"]["path"] == "actions[0]"


def test_names_of_fields_shadow_nothing(riptide):
    names = ("parentElement", "ownerDocument", "scrollHeight", "clientHeight", "scrollTop", "scrollTo", "getBoundingClientRect")
    page = "<div style='height:3000px'></div><form id=f>%s</form>" % "".join("<input name=%s>" % n for n in names)
    e = run(riptide, page, {"type": "scroll", "css": "#f", "steps": 1, "step_px": -100}, {"type": "screenshot", "css": "#f"}, {"type": "scroll", "css": "#f", "to": "top"},
            {"type": "execute_script", "code": "return scrollY"}, {"type": "scroll", "css": "#f", "to": "bottom"}, {"type": "execute_script", "code": "return scrollY > 0"},
            timeouts={"action_ms": 5000})
    assert [e["action_results"][i]["result"] for i in (3, 5)] == [0, True]


class Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        more = self.path == "/more"
        if more:  # longer than the scroll waits after a turn
            threading.Event().wait(0.6)
        body = b"<p style='height:600px'>more</p>" if more else (
            b"<main id=m><p style='height:1200px'>first</p></main><div id=end>...</div><script>let n = 0, busy = false;"
            b"new IntersectionObserver(async seen => { if (!seen.some(s => s.isIntersecting) || busy || n === 3) return; busy = true; n++;"
            b"m.insertAdjacentHTML('beforeend', await (await fetch('/more')).text()); busy = false }).observe(end)</script>")
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_the_end_is_none_while_something_is_loading(riptide):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        e = riptide.run({"url": "http://127.0.0.1:%d/" % server.server_port, "actions": [
            {"type": "scroll", "steps": 50, "until": "bottom"}, {"type": "execute_script", "code": "return document.querySelectorAll('p').length"}]})
    finally:
        server.shutdown()
        server.server_close()
    assert e["action_results"][0]["result"]["reached"] and e["action_results"][1]["result"] == 4
