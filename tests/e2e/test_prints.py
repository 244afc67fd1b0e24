# SPDX-License-Identifier: Apache-2.0
"""PDFs and parts of pages as who prints them expects them: everything is there, banners are not, lengths as CSS writes them."""
import base64
import re

import pytest


def pdf(riptide, html, rc=0, request=(), **options):
    e = riptide.run({"html": html, "artifacts": {"pdf": options or True}, **dict(request)}, "--inline", rc=rc)
    return e, base64.b64decode(e["artifacts"][0]["base64"]) if e.get("artifacts") else b""


def pictures(data):
    return data.count(b"/Subtype /Image")


def png(rgb):
    from io import BytesIO
    from PIL import Image
    out = BytesIO()
    Image.new("RGB", (8, 8), rgb).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def lazy(src):
    return ("<div style='height:4000px'>x</div><img id=lazy data-src='%s' width=80 height=80><script>new IntersectionObserver((all, o) => all.forEach(e => { "
            "if (e.isIntersecting) lazy.src = lazy.dataset.src })).observe(lazy)</script>" % src)


def size(data):
    return tuple(round(float(v)) for v in re.search(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", data).groups())


def test_lazy_images_are_printed(riptide):
    assert pictures(pdf(riptide, lazy(png("red")))[1]) == 1


def test_lazy_images_are_in_pictures_of_a_part(riptide, tmp_path):
    from PIL import Image
    for part in ({"css": "#lazy"}, {"clip": {"x": 8, "y": 4020, "width": 60, "height": 60}}):
        riptide.run({"html": lazy(png("red")), "artifacts": {"screenshot": part}}, "--screenshot", tmp_path / "part.png")
        image = Image.open(tmp_path / "part.png").convert("RGB")
        assert image.getpixel((image.width // 2, image.height // 2)) == (255, 0, 0), part


def test_a_banner_is_not_on_every_page(riptide):
    page = ("<p>a</p><div style='height:3000px'></div><div id=cc style='position:fixed;bottom:0;left:0;right:0;background:#ccc'><img src='%s'>We use cookies."
            "<button onclick='cc.remove()'>Reject all</button></div>" % png("blue"))
    e, data = pdf(riptide, page)
    assert pictures(data) == 0 and [w["code"] for w in e["warnings"]] == ["overlays"]
    assert pictures(pdf(riptide, page, dismiss_overlays=False)[1]) == 1


def test_a_template_is_printed_without_being_asked_for(riptide):
    header = "<img style='width:20px' src='%s'>" % png("green")
    assert pictures(pdf(riptide, "<p>a", header_template=header)[1]) == 1
    assert pictures(pdf(riptide, "<p>a", footer_template=header)[1]) == 1
    assert pictures(pdf(riptide, "<p>a")[1]) == 0


@pytest.mark.parametrize("media,shown", [(None, 1), ("screen", 2), ("print", 1)])
def test_media_says_which_styles_are_printed(riptide, media, shown):
    page = "<style>@media print { .s { display: none } }</style><img src='%s'><img class=s src='%s'>" % (png("red"), png("blue"))
    assert pictures(pdf(riptide, page, request={"media": media} if media else {})[1]) == shown


def test_media_print_and_a_colour_scheme_on_the_screen(riptide):
    e = riptide.run({"html": "<p>a", "media": "print", "color_scheme": "dark", "actions": [{"type": "execute_script", "code":
                    "return [matchMedia('print').matches, matchMedia('screen').matches, matchMedia('(prefers-color-scheme: dark)').matches]"}]})
    assert e["action_results"][0]["result"] == [True, False, True]


def test_lengths_have_units(riptide):
    _, data = pdf(riptide, "<p>a", paper="custom", paper_width="10cm", paper_height="216pt", margin_top="5mm", margin_bottom="10px", margin_left="0.1in", margin_right=0)
    assert abs(size(data)[0] - 283.5) <= 1 and abs(size(data)[1] - 216) <= 1


@pytest.mark.parametrize("options,path,says", [
    ({"margin_top": "1em"}, "artifacts.pdf.margin_top", 'from 0 to 100 (inches), or text as "2.5cm"'),
    ({"margin_top": "inf"}, "artifacts.pdf.margin_top", "(inches)"),
    ({"margin_left": 5, "margin_right": "9cm"}, "artifacts.pdf", "leave nothing of the paper, which has 8.27 x 11.69 inches"),
    ({"margin_top": 5, "margin_bottom": 4, "landscape": True}, "artifacts.pdf", "which has 11.69 x 8.27"),
])
def test_what_can_not_be_printed_is_told_before(riptide, options, path, says):
    e, _ = pdf(riptide, "<p>a", rc=2, **options)
    assert e["error"]["code"] == "invalid_request" and e["error"]["context"]["path"] == path and says in e["error"]["message"]


def test_har_names_the_browser(riptide, site, tmp_path):
    import json
    riptide.envelope(site.url + "/", "--har", tmp_path / "a.har")
    browser = json.loads((tmp_path / "a.har").read_text())["log"]["browser"]
    assert "Chrom" in browser["name"] and re.match(r"\d+\.", browser["version"])


def test_dialogs_that_ask_for_an_address_are_dismissed_and_others_stay(riptide):
    box = "<div id=box role=dialog style='position:fixed;top:30%%;left:30%%;background:#fff'><h2>%s</h2><input type=email><button onclick='box.dataset.sent = 1'>Subscribe</button>" \
          "<button onclick='box.remove()'>No thanks</button></div>"
    look = {"type": "execute_script", "code": "return !!document.querySelector('#box')"}
    for title, stays in (("Subscribe to our newsletter!", False), ("Your order", True)):
        text = box % title if not stays else box.replace("Subscribe", "Send") % title
        e = riptide.run({"html": "<p>page</p>" + text, "actions": [{"type": "screenshot"}, look]}, "--inline")
        assert e["action_results"][1]["result"] is stays, title


@pytest.mark.parametrize("arg", ["{}", "page.html", "file://{}"])
def test_a_file_in_place_of_an_address_is_told(riptide, tmp_path, arg):
    (tmp_path / "page.html").write_text("<p>a")
    r = riptide("render", arg.format(tmp_path / "page.html"), rc=(2, 4), cwd=tmp_path)
    assert "is a file here" in r.err and "riptide run -" in r.err
    assert "is a file here" not in riptide("render", "other.html", rc=4, cwd=tmp_path).err


def test_a_password_in_the_address_is_not_told(riptide, site):
    url = site.url.replace("//", "//ada:secret@") + "/basic-auth"
    e = riptide.envelope(url)
    assert e["http_status"] == 200 and e["final_url"] == site.url + "/basic-auth" == e["document"]["url"]
    assert "secret" not in str(e["document"])


def test_nor_in_the_error_of_a_page_that_does_not_answer(riptide, site):
    url = site.url.replace("//", "//ada:secret@") + "/hang"
    e = riptide.run({"url": url, "timeouts": {"navigation_ms": 1000}}, rc=None)
    assert e["error"]["message"] == "no answer in time from %s/hang" % site.url
