# SPDX-License-Identifier: Apache-2.0
"""What only a browser knows: what is not shown is not in the document, shadow roots and frames are, form controls have the values of now."""
import pytest

FIELDS = {"name": {"css": "#name::attr(value)"}, "agree": {"css": "[name=agree]:checked::attr(name)"}, "note": {"css": "textarea::attr(value)"},
          "harbour": {"css": "option[selected]"}, "secret": {"css": "[name=secret]::attr(value)"},
          "same": {"css": "[name=same]::attr(value)"}, "other": {"css": "[name=other]::attr(value)"}}


# The headless shell has frames of other origins in one process, Chromium in processes of their own.
@pytest.fixture(scope="module", params=["headless-shell", "chromium"])
def page(site, tmp_path_factory, request):
    """The page once, for all tests of its document."""
    from conftest import Riptide
    e = Riptide(tmp_path_factory.mktemp("facts"), None).run(
        {"url": site.url + "/files/facts.html", "artifacts": {"html": True}, "extract": {"fields": FIELDS},
         "actions": [{"type": "extract", "document": ["markdown"]}, {"type": "execute_script", "code": "return JSON.stringify(seen)"}]}, "--browser", request.param)
    assert e["status"] == "complete", e["error"]
    return e


@pytest.mark.parametrize("word", ["first paragraph", "second paragraph", "third paragraph", "fourth paragraph", "fifth paragraph",
                                  "sixth paragraph", "Openshadow", "Closedshadow", "Slottedin", "Framesame", "Frameother"])
def test_what_is_shown_is_in_the_document(page, word):
    assert word in page["document"]["markdown"]


@pytest.mark.parametrize("word", ["Displaynone", "Visibilityhidden", "inlinesecret", "Clippedaway", "Shadowhidden", "Unslotted", "Framehiddensame",
                                  "Framehiddenother", "Frameunseen"])
def test_what_is_not_shown_is_not(page, word):
    for part in ("markdown", "text", "html"):
        assert word not in page["document"][part], part
    assert word in page["html"]  # what was captured is all there


def test_form_controls_have_the_values_of_now(page):
    assert page["document"]["custom_fields"] == {"name": "typed", "agree": "agree", "note": "typed note", "harbour": "Husum", "secret": None,
                                                 "same": "typed in same", "other": "typed in other"}


def test_the_page_is_not_touched_and_sees_nothing(page):
    extracted, seen = page["action_results"]
    assert "Displaynone" not in extracted["result"]["markdown"]
    assert seen["result"] in ("[]", {"value": "[]"}), seen
    assert 'value="typed"' not in page["html"] and "riptide-state" in page["html"] and page["html"].count("data-riptide") == 5


def test_a_frame_of_another_origin_is_read_anew_each_time(riptide, site):
    tell = ("const done = new Promise(r => addEventListener('message', r, {once: true}));"
            "document.getElementById('other').contentWindow.postMessage('go', '*'); await done;")
    e = riptide.run({"url": site.url + "/files/facts.html", "actions": [
        {"type": "extract", "document": ["markdown"]}, {"type": "execute_script", "code": tell}]})
    assert "Frametold" not in e["action_results"][0]["result"]["markdown"]
    assert "over. Frametold later." in e["document"]["markdown"]


def test_html_alone_is_the_same_as_with_a_document(riptide, site):
    url = site.url + "/files/facts.html"
    raw = riptide.render(url, "--format", "raw-html").text
    with_document = riptide.run({"url": url, "artifacts": {"html": True}})["html"]
    assert raw.strip() == with_document.strip()
