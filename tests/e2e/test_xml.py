# SPDX-License-Identifier: Apache-2.0
"""Feeds, sitemaps and XHTML: from a file, from bytes that are sent, and from a page that Chromium shows."""
import json
import os

import pytest

from conftest import envelope

with open(os.path.join(os.path.dirname(__file__), "..", "data", "site", "feed.xml")) as f:
    FEED = f.read()
MARKDOWN = "# [Gezeiten für alle](http://tide.example/)\n\n## [High & low](%s/one)\n\n2003-06-03T09:39:21Z\n\nHigh at **noon**.\n"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_a_file_is_a_feed(riptide, tmp_path, charset):
    (tmp_path / "feed.xml").write_bytes(FEED.replace("utf-8", charset).encode(charset))
    d = riptide("extract", str(tmp_path / "feed.xml"), "--url", "http://tide.example/feed.xml", "-f", "json").json
    assert d["markdown"] == MARKDOWN % "http://tide.example" and d["title"] == "Gezeiten für alle"
    assert d["extraction_metadata"]["extraction_method"] == "feed" and d["quality_score"] == 1
    assert [l["url"] for l in d["links"]] == ["http://tide.example/", "http://tide.example/one"]


def test_feeds_of_a_directory(riptide, tmp_path):
    (tmp_path / "pages").mkdir()
    for name in ("a.xml", "b.RSS", "c.atom", "d.txt"):
        (tmp_path / "pages" / name).write_text(FEED)
    out = [json.loads(line) for line in riptide("extract", "--bulk", str(tmp_path / "pages"), "--ordered").text.splitlines()]
    assert [x["document"]["title"] for x in out] == ["Gezeiten für alle"] * 3


@pytest.mark.parametrize("kind", ["application/rss+xml", "text/xml", "application/xml"])
def test_a_feed_that_chromium_shows_is_a_feed(riptide, site, kind):
    e = riptide.run({"url": site.url + "/typed/feed.xml?type=" + kind.replace("+", "%2B"), "extract": {"fields": {"title": {"css": "item > title"}}}})
    assert e["status"] == "complete", e["error"]
    d = e["document"]
    assert d["extraction_metadata"]["xml"] == {"kind": "rss", "problem": None}
    assert d["markdown"] == MARKDOWN % site.url and d["custom_fields"] == {"title": "High &amp; low"}


def test_chromium_does_not_guess_the_encoding_of_a_large_feed(riptide, site):
    e = riptide.run({"url": site.url + "/typed/feed.xml?items=5000&type=application/rss%2Bxml"})
    assert e["document"]["title"] == "Gezeiten für alle" and e["document"]["markdown"].count("## Flut für Hörnum\n") == 5000


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("kind", ["application/rss+xml", "text/xml"])
def test_a_feed_that_chromium_shows_in_another_encoding(riptide, site, encoding, kind):
    e = riptide.run({"url": site.url + "/typed/feed.xml?encoding=%s&type=%s" % (encoding, kind.replace("+", "%2B"))})
    assert e["document"]["title"] == "Gezeiten für alle"


def test_a_sitemap_that_chromium_shows_is_a_sitemap(riptide, site):
    d = riptide.run({"url": site.url + "/typed/sitemap.xml?type=application/xml"})["document"]
    assert [l["url"] for l in d["links"]] == ["http://tide.example/a", "http://tide.example/b"]
    assert d["extraction_metadata"]["extraction_method"] == "sitemap"


def test_xhtml_that_chromium_shows_is_a_page(riptide, site):
    d = riptide.run({"url": site.url + "/typed/page.xhtml?type=application/xhtml%2Bxml"})["document"]
    assert d["title"] == "X" and d["markdown"] == "one\n" and "xml" not in d["extraction_metadata"]


def test_bytes_that_are_sent_are_read_as_their_type_says(service):
    send = lambda body, kind: envelope(service.request("POST", "/v1/extract?url=http://tide.example/f", data=body, headers={"Content-Type": kind}))
    assert send(FEED.encode(), "application/rss+xml; charset=utf-8")["markdown"] == MARKDOWN % "http://tide.example"
    d = send(b"<html><body><div/><p>a</p><title/><p>b</p></body></html>", "application/xhtml+xml")
    assert d["text"].split() == ["a", "b"] and d["extraction_metadata"]["xml"]["kind"] == "xhtml"
    assert "xml" not in send(b"<?xml version='1.0'?><html><p>a</html>", "text/html")["extraction_metadata"]
