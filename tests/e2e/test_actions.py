# SPDX-License-Identifier: Apache-2.0
"""Actions on real pages: the examples of the docs, and each action's own promises."""
import json
import os

import pytest
import yaml

from conftest import ROOT

EXAMPLES = os.path.join(ROOT, "docs", "examples")


def example(riptide, site, name, **extra):
    with open(os.path.join(EXAMPLES, name), encoding="utf-8") as f:
        text = f.read().replace("http://127.0.0.1:8000/", site.url + "/files/")
    path = riptide.tmp.parent / name
    path.write_text(text)
    e = riptide("run", path, "--allow-private", "--format", "json", cwd=EXAMPLES, **extra).json
    assert e["status"] == "complete", e["error"]
    assert all(s["status"] == "ok" for s in e["action_results"]), e["action_results"]
    return e


def steps(riptide, site, page, *actions, rc=0, **request):
    return riptide.run({"url": site.url + page, "actions": list(actions), **request}, rc=rc)


def test_example_form(riptide, site):
    e = example(riptide, site, "form.json")
    assert e["document"]["custom_fields"]["sent"] == ["changed no", "sent name=Ada Lovelace country=no terms=true file=note.txt:a note to upload"]
    assert e["action_results"][0]["name"] == "fill in the name"
    assert e["action_results"][1]["result"]["label"] == "Norway"


def test_example_endless_scroll(riptide, site):
    e = example(riptide, site, "endless-scroll.yaml")
    assert len(e["document"]["custom_fields"]["items"]) >= 40
    assert e["action_results"][0]["result"]["reached"] is True


def test_example_pagination(riptide, site):
    e = example(riptide, site, "pagination.json")
    rep = e["action_results"][1]
    assert rep["result"]["rounds"] == 2
    entries = [s["result"]["custom_fields"]["entry"] for s in rep["steps"] if s["type"] == "extract"]
    assert entries == ["Entry 2", "Entry 3"]
    assert e["final_url"].endswith("pages-3.html")


def test_example_shadow_dom(riptide, site):
    e = example(riptide, site, "shadow-dom.json")
    for text in ("open clicked", "closed clicked", "frame clicked"):
        assert text in e["html"], text
    assert e["html"].count('shadowrootmode="open"') == 1 and e["html"].count('shadowrootmode="closed"') == 1
    assert "text in the closed root" in e["document"]["text"]


def test_example_screenshots(riptide, site, tmp_path):
    with open(os.path.join(EXAMPLES, "screenshots.json")) as f:
        request = f.read().replace("http://127.0.0.1:8000/", site.url + "/files/")
    e = riptide("run", "-", "--allow-private", "--format", "json", "--output-dir", tmp_path / "out", stdin=request.encode()).json
    kinds = sorted(a["kind"] for a in e["artifacts"])
    assert kinds == ["html", "pdf", "screenshot", "screenshot"]
    for a in e["artifacts"]:
        assert os.path.getsize(a["path"]) == a["bytes"] > 100
        assert len(a["sha256"]) == 64
    assert e["action_results"][1]["result"]["condition"] is False
    assert e["action_results"][1]["steps"][0]["type"] == "hover"


def test_input_is_trusted_and_complete(riptide, site):
    e = steps(riptide, site, "/files/form.html",
              {"type": "type", "css": "#name", "text": "Zoë 東京 🚢", "clear_first": True},
              {"type": "press", "key": "Enter", "css": "#name"},
              {"type": "select", "css": "#country", "index": 2},
              {"type": "check", "css": "#terms"}, {"type": "check", "css": "#terms", "checked": True},
              {"type": "click", "css": "#send", "count": 2},
              {"type": "hover", "css": "#hover"},
              extract={"fields": {"log": {"css": "#log li", "many": True}}})
    log = e["document"]["custom_fields"]["log"]
    for want in ("enter", "changed is", "sent name=Zoë 東京 🚢 country=is terms=true file=none", "double", "hovered"):
        assert want in log, log
    assert [s["result"]["changed"] for s in e["action_results"] if s["type"] == "check"] == [True, False]


def test_an_extract_step_checks_its_fields_against_a_schema(riptide):
    step = {"type": "extract", "fields": {"price": {"css": "p", "type": "number"}}, "schema": {"properties": {"price": {"maximum": 10}}}}
    e = riptide.run({"html": "<p>12 EUR</p>", "actions": [step, {**step, "schema": {"required": ["price"]}}]}, rc=0)
    documents = [s["result"] for s in e["action_results"]]
    assert [d["custom_fields"] for d in documents] == [{"price": 12}] * 2
    assert [[f["name"] for f in d["extraction_metadata"]["field_errors"]] for d in documents] == [["price"], []]


FIELDS = """<input type=date id=date><input type=time id=time><input type=datetime-local id=both><input type=month id=month>
<input type=week id=week><input type=color id=color><input type=range id=range max=40><label id=label for=date>When?</label>
<ul id=log></ul><script>document.addEventListener('change', e => { log.innerHTML += `<li>${e.target.id}=${e.target.value}</li>` })</script>"""


def test_fields_without_a_cursor_get_their_value_whole(riptide):
    values = {"#date": "2024-02-29", "#time": "08:05", "#both": "2024-02-29T08:05", "#month": "2024-02", "#week": "2024-W09",
              "#color": "#A0B0C0", "#range": "30", "#label": "2025-01-02"}
    e = riptide.run({"html": FIELDS, "actions": [{"type": "type", "css": css, "text": text} for css, text in values.items()],
                     "extract": {"fields": {"log": {"css": "#log li", "many": True}}}}, rc=0)
    assert e["document"]["custom_fields"]["log"] == [
        "date=2024-02-29", "time=08:05", "both=2024-02-29T08:05", "month=2024-02", "week=2024-W09", "color=#a0b0c0", "range=30",
        "date=2025-01-02"]


@pytest.mark.parametrize("field,text,why", [
    ("<input id=f readonly value=kept>", "x", "read-only"), ("<textarea id=f readonly>kept</textarea>", "x", "read-only"),
    ("<input id=f type=date value=2024-02-29>", "29.02.2024", "2026-12-31"), ("<input id=f type=date value=2024-02-29>", "2023-02-29", "type date"),
    ("<input id=f type=range max=40 value=7>", "41", "type range"), ("<input id=f type=color value=#010203>", "red", "#1a2b3c"),
    ("<input id=f type=number>", "1,00 or 2", 'it has "1002" now'),
    ("<input id=f type=number>", "abc", 'it has "" now'), ("<input id=f type=number>", "12abc", 'it has "12" now'),
    ("<input id=f type=checkbox>", "x", "use `check`"), ("<input id=f type=radio>", "x", "use `check`"), ("<input id=f type=file>", "/etc/passwd", "use `upload`"),
    ("<input id=f type=submit>", "x", "use `click`"), ("<select id=f><option>a<option>b</select>", "b", "use `select`"),
    ("<input id=f maxlength=5>", "hello world", "takes at most 5 characters (maxlength): it took 5 of 11"),
    ("<textarea id=f maxlength=3>ab</textarea>", "xyz", "it took 1 of 3"), ("<input id=f maxlength=3 value=abc type=password>", "d", "it took 0 of 1"),
    ("<input id=f maxlength=3>", "a🚢🚢", "it took 2 of 3"), ("<input id=f maxlength=2 oninput='value = value.toUpperCase()'>", "abc\n", "it took 2 of 3"),
    ("<label id=f>Agree <input type=checkbox></label>", "x", "use `check`"), ("<div id=f>text</div>", "x", "can't have the focus")])
def test_a_field_that_does_not_take_the_text_fails_the_step(riptide, field, text, why):
    e = riptide.run({"html": field, "actions": [{"type": "type", "css": "#f", "text": text}]}, rc=None)
    step = e["action_results"][0]
    assert step["status"] == "failed" and step["error"]["code"] == "action_failed" and why in step["error"]["message"], step


def test_text_that_fits_is_no_fault_nor_one_that_the_page_deals_out(riptide):
    """A code of six digits is typed into six fields; a page that groups digits adds to them."""
    page = """<input id=fits maxlength=5><input id=clear maxlength=5 value=12345><textarea id=lines maxlength=3></textarea>
<form onsubmit="document.title = 'sent'; return false"><input id=sent maxlength=2></form>
<p id=code>%s</p><input id=card maxlength=5 oninput="value = value.replace(/\\D/g, '').replace(/(..)(?=.)/, '$1-')">
<script>document.querySelectorAll('#code input').forEach(f => f.oninput = () => f.nextSibling && f.nextSibling.focus())</script>""" % ("<input maxlength=1>" * 6)
    typed = {"#fits": "12345", "#clear": "abcde", "#lines": "a\nb", "#sent": "ab\n", "#code input": "123456", "#card": "1234"}
    code = "return [...document.querySelectorAll('input, textarea')].map(f => f.value).concat(document.title)"
    e = riptide.run({"html": page, "actions": [*({"type": "type", "css": css, "text": text, "clear_first": css == "#clear"} for css, text in typed.items()),
                                               {"type": "execute_script", "code": code}]}, rc=0)
    assert e["action_results"][-1]["result"] == ["12345", "abcde", "a\nb", "ab", *"123456", "12-34", "sent"]


@pytest.mark.parametrize("step", [
    {"type": "goto", "url": "/hang"}, {"type": "click", "css": "#go", "wait_for_navigation": True}, {"type": "reload"}])
def test_a_navigation_that_does_not_come_is_given_up(riptide, site, step):
    """While it was pending, Chromium answered nothing about the page that is there, and the job waited for its hard cap."""
    if step["type"] == "goto":
        step = {**step, "url": site.url + step["url"]}
    page = "<h1>Here</h1><button id=go onclick=\"location = '/hang'\">go</button><script>history.replaceState(0, '', '/hang')</script>"
    e = riptide.run({"html": page, "base_url": site.url + "/",
                     "actions": [{**step, "timeout_ms": 1000, "optional": True}, {"type": "execute_script", "code": "return document.readyState"}]}, rc=0)
    first, second = e["action_results"]
    assert first["error"]["code"] == "navigation_timeout" and first["error"]["message"] == "no answer in time from %s/hang" % site.url
    assert second["result"] == "complete" and e["status"] == "complete" and not e["reasons"] and e["document"]["text"].startswith("Here")


@pytest.mark.parametrize("expr,told", [
    ("foo.bar", "the expression was not true in time, the last time it threw ReferenceError: foo is not defined"),
    ("() => { throw new TypeError('no list') }", "the last time it threw TypeError: no list"),
    ("document.title || (() => { throw 1 })()", "the last time it threw 1"),
    ("document.title", "the expression was not true in time")])
def test_an_expression_that_throws_says_what(riptide, expr, told):
    e = riptide.run({"html": "<p>x", "actions": [{"type": "wait_for_js", "expr": expr, "timeout_ms": 1500}]}, rc=None)
    assert e["error"]["code"] == "action_timeout" and e["error"]["message"].endswith(told), e["error"]


def test_an_expression_may_throw_at_first(riptide):
    e = riptide.run({"html": "<p>x<script>setTimeout(() => { window.app = {ready: true} }, 300)</script>",
                     "actions": [{"type": "wait_for_js", "expr": "app.ready"}]}, rc=0)
    assert e["status"] == "complete"


def test_an_expression_is_not_asked_any_more_when_its_time_is_over(riptide):
    e = riptide.run({"html": "<p>x<script>asked = 0</script>", "actions": [
        {"type": "wait_for_js", "expr": "asked++ < 0", "timeout_ms": 300, "optional": True}, {"type": "wait", "ms": 300},
        {"type": "execute_script", "code": "const before = asked; await new Promise(done => setTimeout(done, 500)); return [before > 0, asked - before]"}]}, rc=0)
    assert e["action_results"][0]["status"] == "timeout" and e["action_results"][2]["result"] == [True, 0]


def test_a_click_that_opens_a_window_says_so(riptide, site):
    e = riptide.run({"html": "<a id=a target=_blank href=/>x</a>", "base_url": site.url + "/files/pages-1.html",
                     "actions": [{"type": "click", "css": "#a", "wait_for_navigation": True, "timeout_ms": 1000}]}, rc=None)
    assert e["error"]["code"] == "navigation_timeout" and "opens a window, which is refused" in e["error"]["message"], e["error"]


def test_a_page_on_its_way_is_named(riptide, site):
    e = riptide.run({"html": "<button id=go onclick=\"location = '/hang'\">go</button>", "base_url": site.url + "/", "timeouts": {"hard_cap_ms": 6000},
                     "actions": [{"type": "click", "css": "#go"}]}, rc=3)
    assert e["reasons"] == ["deadline"] and e["warnings"] == [
        {"code": "not_settled", "message": "the page was on its way to %s/hang, which did not answer" % site.url}], e["warnings"]


def test_keys_need_what_can_have_the_focus(riptide):
    e = riptide.run({"html": "<div id=f>text</div>", "actions": [{"type": "press", "key": "Enter", "css": "#f"}]}, rc=None)
    assert e["error"]["code"] == "action_failed" and "can't have the focus" in e["error"]["message"], e["error"]


def test_what_takes_text_takes_it(riptide):
    page = """<input id=number type=number value=1><input id=exact type=number step=any><input id=grouped type=number><label id=label for=plain>Name</label><input id=plain>
<textarea id=area></textarea><p id=edit contenteditable>old</p><div contenteditable>a <b id=inner>bold</b></div><form action="https://gone.invalid/" onsubmit="this.remove(); return false"><input id=gone type=number></form>"""
    typed = {"#number": "2", "#exact": "-1.5e3", "#grouped": "1,000,000", "#label": "Anna", "#area": "a\nb", "#edit": "new", "#inner": "er", "#gone": "5\n"}
    actions = [{"type": "type", "css": css, "text": text, "clear_first": css == "#edit"} for css, text in typed.items()]
    code = "return ['number', 'exact', 'grouped', 'plain', 'area'].map(i => document.getElementById(i).value).concat(['edit', 'inner'].map(i => document.getElementById(i).textContent.length))"
    e = riptide.run({"html": page, "actions": [*actions, {"type": "execute_script", "code": code, "return_result": True}]}, rc=0)
    assert e["action_results"][-1]["result"] == ["12", "-1.5e3", "1000000", "Anna", "a\nb", 3, 6], e["action_results"]


def test_elements_without_piercing_are_found_in_shadow_roots_and_frames(riptide, site):
    e = steps(riptide, site, "/files/shadow.html", {"type": "click", "css": ".in-frame"}, {"type": "click", "css": "button.deep"},
              artifacts={"html": True})
    assert "frame clicked" in e["html"] and "open clicked" in e["html"]


def test_frames_of_other_origins_are_acted_in(riptide):
    def frame(inner, name):
        return "<iframe id=%s sandbox=allow-scripts style='margin:30px;border:3px solid' srcdoc=\"%s\"></iframe>" % (name, inner.replace("&", "&amp;").replace('"', "&quot;"))

    def button(name):
        return "<input><button style='margin:20px' onclick=\"top.postMessage('%s ' + document.querySelector('input').value, '*')\">Go</button>" % name

    page = ("<script>addEventListener('message', e => { said.textContent += '[' + e.data + ']' })</script><h1>x</h1><p id=said></p>" + frame(button("one"), "a") +
            "<div style='height:2000px'></div>" + frame(button("two"), "b") + frame("<p>outer</p>" + frame(button("deep"), "inner"), "c"))
    e = riptide.run({"html": page, "actions": [
        {"type": "type", "css": "#b >>> input", "text": "typed"}, {"type": "click", "css": "#b >>> button"},
        {"type": "click", "css": "iframe >>> button"}, {"type": "click", "css": "#c >>> #inner >>> button"},
        {"type": "click", "css": "#said >>> button", "timeout_ms": 700, "optional": True},
        {"type": "click", "css": "#c >>> #nope >>> button", "timeout_ms": 700, "optional": True},
        {"type": "wait_for_js", "expr": "said.textContent.includes('deep')"},
        {"type": "execute_script", "code": "return said.textContent"}]})
    assert e["action_results"][7]["result"] == "[two typed][one ][deep ]"
    assert [r["error"]["code"] for r in e["action_results"][4:6]] == ["element_not_found"] * 2, e["action_results"][4:6]


def test_navigation_actions(riptide, site):
    e = steps(riptide, site, "/files/pages-1.html",
              {"type": "goto", "url": site.url + "/files/pages-2.html"}, {"type": "back"}, {"type": "forward"}, {"type": "reload"},
              {"type": "click", "css": "a.next", "wait_for_navigation": True},
              {"type": "execute_script", "code": "await null; return {title: document.title, n: [1, 2]}"},
              {"type": "wait_for_network", "idle_time_ms": 50})
    assert [s["status"] for s in e["action_results"]] == ["ok"] * 7
    assert [s["result"]["url"].rsplit("/", 1)[1] for s in e["action_results"][:5]] == [
        "pages-2.html", "pages-1.html", "pages-2.html", "pages-2.html", "pages-3.html"]
    assert e["action_results"][5]["result"] == {"title": "Page 3", "n": [1, 2]}


def test_extract_reads_what_is_shown_now(riptide, site):
    feed, page = site.url + "/typed/feed.xml?type=application/rss%2Bxml", site.url + "/files/pages-2.html"
    titles = {"type": "extract", "fields": {"title": {"css": "item > title, h1", "many": True}}}
    for start, then in ((page, feed), (feed, page)):
        e = riptide.run({"url": start, "actions": [titles, {"type": "goto", "url": then}, titles, {"type": "back"}, titles]})
        first, second, third = [s["result"] for s in e["action_results"] if s["type"] == "extract"]
        for result, address in ((first, start), (second, then), (third, start)):
            assert ("xml" in result["extraction_metadata"]) == (address == feed), address
            assert result["custom_fields"]["title"], address
        assert first["title"] == third["title"] != second["title"]


@pytest.mark.parametrize("step,code,where", [
    ({"type": "goto", "url": "/png"}, "not_html", "/png"), ({"type": "goto", "url": "/document-pdf"}, "not_html", "/files/pages-1.html"),
    ({"type": "back"}, "navigation_failed", "/files/pages-1.html"), ({"type": "forward"}, "navigation_failed", "/files/pages-1.html")])
def test_a_navigation_to_no_page_fails_its_step(riptide, site, step, code, where):
    if "url" in step:
        step = {**step, "url": site.url + step["url"]}
    e = steps(riptide, site, "/files/pages-1.html", {**step, "on_error": "continue"})
    assert e["action_results"][0]["error"]["code"] == code, e["action_results"]
    assert e["final_url"] == site.url + where


DISABLED = """<!doctype html><body><p id=log></p><fieldset id=set disabled>
<button id=go onclick="log.textContent += 'go '">go <b>now</b></button><label id=l>box<input type=checkbox id=box></label>
<input id=field><select id=list><option>one<option>two</select></fieldset><button id=free onclick="log.textContent += 'free '">free</button>
<script>%s</script>"""


@pytest.mark.parametrize("step", [
    {"type": "click", "css": "#go"}, {"type": "click", "css": "#go b"}, {"type": "click", "css": "#l"}, {"type": "click", "css": "#go", "all": True},
    {"type": "check", "css": "#box"}, {"type": "check", "css": "#l"}, {"type": "type", "css": "#field", "text": "x"},
    {"type": "select", "css": "#list", "index": 1}])
def test_what_is_disabled_is_not_acted_on(riptide, step):
    e = riptide.run({"html": DISABLED % "", "actions": [{**step, "timeout_ms": 300, "on_error": "continue"}, {"type": "hover", "css": "#go"},
                                                         {"type": "click", "css": "fieldset, button", "all": True}]})
    first, hover, every = e["action_results"]
    assert first["status"] == "failed" and first["error"]["code"] == "element_disabled", first
    assert "disabled" in first["error"]["message"]
    assert hover["status"] == "ok" and every["status"] == "ok" and every["result"]["clicked"] == 2


@pytest.mark.parametrize("step,seen", [
    ({"type": "click", "css": "#go b"}, "document.getElementById('log').textContent === 'go '"),
    ({"type": "check", "css": "#l"}, "box.checked"), ({"type": "type", "css": "#field", "text": "x"}, "field.value === 'x'"),
    ({"type": "select", "css": "#list", "index": 1}, "list.value === 'two'")])
def test_what_becomes_enabled_is_waited_for(riptide, step, seen):
    e = riptide.run({"html": DISABLED % "setTimeout(() => { document.getElementById('set').disabled = false }, 700)",
                     "wait_until": "load", "actions": [{**step, "timeout_ms": 10000}, {"type": "wait_for_js", "expr": seen, "timeout_ms": 1000}]})
    assert [s["status"] for s in e["action_results"]] == ["ok", "ok"], e["action_results"]


def test_a_box_that_the_page_checks_meanwhile_is_not_clicked(riptide):
    e = riptide.run({"html": DISABLED % "setTimeout(() => { box.checked = true; document.getElementById('set').disabled = false }, 700)",
                     "wait_until": "load", "actions": [{"type": "check", "css": "#box", "timeout_ms": 10000},
                                                       {"type": "wait_for_js", "expr": "box.checked", "timeout_ms": 1000}]})
    assert [s["status"] for s in e["action_results"]] == ["ok", "ok"], e["action_results"]


def test_a_function_to_wait_for_is_called(riptide):
    def waited(expr):
        return riptide.run({"html": "<p id=p>x</p><script>setTimeout(() => p.dataset.ready = 1, 300); function library() { throw 1 }</script>", "wait_until": "load",
                            "actions": [{"type": "wait_for_js", "expr": expr, "timeout_ms": 3000}, {"type": "execute_script", "code": "return p.dataset.ready || null"}]})

    for expr in ("() => p.dataset.ready", "async () => p.dataset.ready", "function () { return p.dataset.ready }", "() => fetch('data:,x').then(() => p.dataset.ready)"):
        assert waited(expr)["action_results"][1]["result"] == "1", expr
    assert waited("window.library")["action_results"][0]["status"] == "ok"  # the page's own are not called
    e = riptide.run({"html": "<p>x", "wait_for": "js:() => window.never", "timeouts": {"action_ms": 300}}, rc=5)
    assert (e["error"]["code"], e["error"]["context"]["path"]) == ("action_timeout", "wait_for")
    e = riptide.run({"html": "<p>x", "actions": [{"type": "if", "expr": "() => false", "then": [{"type": "wait", "ms": 0}]}]})
    assert e["action_results"][0]["result"]["condition"] is False


def test_failures_are_typed_and_the_policy_holds(riptide, site):
    e = steps(riptide, site, "/files/form.html",
              {"type": "click", "css": "#none", "timeout_ms": 200, "optional": True},
              {"type": "click", "css": "a[", "on_error": "continue"},
              {"type": "execute_script", "code": "throw new Error('from the page')", "on_error": "continue"},
              {"type": "select", "css": "#country", "label": "Atlantis", "on_error": "continue"},
              {"type": "wait_for_js", "expr": "window.never", "timeout_ms": 200, "optional": True},
              {"type": "wait_for_css", "css": "#none", "timeout_ms": 200, "on_error": "stop"},
              {"type": "click", "css": "#send"}, rc=3)
    r = e["action_results"]
    assert e["status"] == "partial" and e["reasons"] == ["actions_stopped"]  # the page as it was then, said so
    assert [s["status"] for s in r] == ["failed", "failed", "failed", "failed", "timeout", "timeout", "skipped"]
    assert [s["error"]["code"] for s in r[:6]] == ["element_not_found", "invalid_selector", "script_failed", "action_failed",
                                                   "action_timeout", "action_timeout"]
    assert r[2]["error"]["message"] == "Error: from the page (line 1, column 7)" and "Norway" in r[3]["error"]["message"]


def test_a_failing_step_fails_the_job_with_its_path(riptide, site):
    e = steps(riptide, site, "/files/form.html", {"type": "wait", "ms": 1},
              {"type": "if", "expr": "true", "then": [{"type": "click", "css": "#none", "timeout_ms": 200}]},
              {"type": "wait", "ms": 1}, rc=8)
    assert e["status"] == "failed" and e["error"]["code"] == "element_not_found"
    assert "actions[1].then[0]" in json.dumps(e["error"])
    assert [s["status"] for s in e["action_results"]] == ["ok", "failed", "skipped"]
    assert e["document"]["title"] == "Order form"  # everything obtained so far


def test_covered_elements_say_what_covers_them(riptide, site):
    e = steps(riptide, site, "/consent", {"type": "click", "css": "h1", "timeout_ms": 400, "optional": True})
    error = e["action_results"][0]["error"]
    assert error["code"] == "element_not_visible" and "onetrust-banner-sdk" in error["message"]


def test_overlays_are_dismissed_for_screenshots_and_reported(riptide, site, tmp_path):
    from PIL import Image
    shot = riptide.envelope(site.url + "/consent", "--screenshot", tmp_path / "a.png")
    assert "onetrust" in json.dumps(shot["warnings"]) and "reject" in json.dumps(shot["warnings"])
    kept = riptide.envelope(site.url + "/consent", "--screenshot", tmp_path / "b.png", "--no-dismiss-overlays")
    assert "onetrust" not in json.dumps(kept["warnings"])
    a, b = (Image.open(tmp_path / n).convert("L") for n in ("a.png", "b.png"))
    dark = lambda im: sum(1 for v in im.getdata() if v < 128)
    assert dark(a) > dark(b) * 2  # the article's text is to be seen, not the white cover


@pytest.mark.parametrize("action", [{"type": "repeat", "times": 1000, "actions": [{"type": "repeat", "times": 1000, "actions": [
    {"type": "execute_script", "code": "0"}]}]}])
def test_loops_are_bounded(riptide, site, action):
    e = steps(riptide, site, "/", action, timeouts={"hard_cap_ms": 20000}, rc=(2, 3, 5, 8))
    assert e["status"] in ("failed", "partial")


def test_steps_share_the_jobs_time(riptide, site):
    """Limits of steps add up past the job's: the job's wins."""
    e = steps(riptide, site, "/", *[{"type": "wait_for_css", "css": "#none", "timeout_ms": 4000, "optional": True}] * 5,
              timeouts={"hard_cap_ms": 8000}, rc=3)
    assert e["performance_metrics"]["total_ms"] < 8000 + 2000
    assert [s["status"] for s in e["action_results"]][0] == "timeout" and e["action_results"][-1]["status"] == "skipped"


def test_a_step_that_waits_in_vain_for_a_navigation_fails_the_job(riptide, site):
    e = steps(riptide, site, "/", {"type": "click", "css": "h1", "wait_for_navigation": True, "timeout_ms": 400},
              {"type": "wait", "ms": 1}, rc=5)
    assert (e["status"], e["error"]["code"], e["reasons"]) == ("failed", "navigation_timeout", [])
    assert "actions[0]" in json.dumps(e["error"]) and e["document"]["title"] == "Index"
    assert (e["action_results"][1]["started_ms"], e["action_results"][1]["duration_ms"]) == (None, 0)
