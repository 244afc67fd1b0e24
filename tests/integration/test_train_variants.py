# SPDX-License-Identifier: Apache-2.0
"""Pages made otherwise for training: what is content stays all there, and is known; the same again gives the same."""
import collections
import os
import random
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "extract", "train"))
import corpus  # noqa: E402
import variants  # noqa: E402

LINKS = "".join('<li><a href="/%d">Story number %d of today</a></li>' % (i, i) for i in range(9))


def prose(page, n):
    rng = random.Random("%s %d" % (page, n))
    return " ".join("".join(rng.choice("abcdefghij") for _ in range(12)) for _ in range(30))


def page_of(name):
    paragraphs = "".join("<p class=text>%s</p>" % prose(name, n) for n in range(8))
    return ("<!doctype html><title>%s</title><meta name=description content=x><style>p { color: red }</style><body>"
            "<header class=top><a href=/>Home</a></header><main id=main><article class=story><h1>%s</h1>%s</article></main>"
            "<div class='side latest'><h2>Latest</h2><ul class=list>%s</ul></div>" % (name, name, paragraphs, LINKS))


class Page:
    def __init__(self, k):
        self.id, self.fold, self.type, self.told = "%04d" % k, k % 2, corpus.TYPES.index("article"), k % 3 > 0
        self.truth = corpus.words(" ".join(prose(self.id, n) for n in range(8)))


@pytest.fixture
def made(tmp_path):
    pages = [Page(k) for k in range(20)]
    (tmp_path / "html").mkdir()
    for p in pages:
        (tmp_path / "html" / (p.id + ".html")).write_text(page_of(p.id))

    def make(folder):
        found = variants.make(pages, str(tmp_path / "html"), str(tmp_path / folder), 3)
        return found, [(tmp_path / folder / (v.id + ".html")).read_text() for v in found]
    return pages, make


def test_the_content_is_there_and_known(made):
    pages, make = made
    found, texts = make("a")
    assert len({v.id for v in found}) == 60
    for v, text in zip(found, texts):
        words = collections.Counter(variants.words(text.replace("<", " <")))
        assert not collections.Counter(v.truth) - words, v.id
        assert v.fold == pages[int(v.id[:4])].fold
    longer = [v for v in found if len(v.truth) > len(pages[0].truth)]
    assert 5 < len(longer) < 30
    others = {w for p in pages if p.fold == 1 for w in p.truth}
    assert all(not others & set(v.truth) for v in longer if v.fold == 0)  # nothing from another fold


def test_all_that_is_promised_is_done(made):
    _, make = made
    _, texts = make("a")
    count = {what: sum(what in t for t in texts) for what in ("class=story", "<article", "<p", "<br><br>", "<h1", "<title", "<table")}
    assert all(0 < n < len(texts) for n in count.values()), count
    assert all("p { color: red }" in t for t in texts)
    assert sum(t.count("Story number 1 of") > 1 for t in texts) > 10


def test_the_same_again(made):
    _, make = made
    assert make("a")[1] == make("b")[1]
