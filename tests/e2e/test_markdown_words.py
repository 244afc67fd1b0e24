# SPDX-License-Identifier: Apache-2.0
"""Our Markdown read by cmark-gfm has every word of the text, in order: over the pitfalls of tests/data/markdown, the
twenty committed pages, and a hundred pages of ../shared/corpus. The pages of ../shared/corpus/markdown come with
Markdown that another wrote: of its words, most are ours."""
import difflib
import glob
import gzip
import html.parser
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import BIN, ROOT

pytestmark = pytest.mark.skipif(not shutil.which("cmark-gfm"), reason="cmark-gfm is not installed")
DATA = os.path.join(ROOT, "tests", "data")
SHARED = os.path.join(ROOT, "..", "shared", "corpus", "wcxb-dev")
EXPECTED = os.path.join(ROOT, "..", "shared", "corpus", "markdown")
WORD = re.compile(r"[^\W_]+")
EXTENSIONS = [a for e in ("table", "strikethrough", "tasklist", "autolink", "footnotes") for a in ("-e", e)]
BLOCKS = set("address blockquote br dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre section table tbody td th thead tr ul".split())


def attrs_text(attrs):
    return " ".join(value or "" for _, value in attrs)


class Text(html.parser.HTMLParser):
    """The text, with spaces where blocks begin and end, and without the links back from footnotes."""
    def __init__(self):
        super().__init__()
        self.parts, self.back = [], False

    def handle_starttag(self, tag, attrs):
        self.back |= tag == "a" and dict(attrs).get("class") == "footnote-backref"
        self.parts.append(" %s " % dict(attrs).get("alt", "") if tag == "img" else " " if tag in BLOCKS or "footnote-ref" in attrs_text(attrs) else "")

    def handle_endtag(self, tag):
        self.back &= tag != "a"
        self.parts.append(" " if tag in BLOCKS else "")

    def handle_data(self, data):
        self.parts.append("" if self.back else data)


def words(text):
    # invisible characters that Markdown leaves out, or that are spaces there
    return WORD.findall(re.sub("[\u00ad\u200b\ufeff]", "", text).lower())


def rendered(markdown):
    args = ["cmark-gfm", "--unsafe"] + EXTENSIONS
    out = subprocess.run(args, input=markdown.encode(), capture_output=True, check=True, timeout=60).stdout.decode()
    text = Text()
    text.feed(out)
    return "".join(text.parts)


def kept(wanted, got):
    """How many of the wanted words stand in `got` in the same order, and some of those that do not."""
    match = difflib.SequenceMatcher(None, wanted, got, autojunk=False)
    blocks = match.get_matching_blocks()
    missing, at = [], 0
    for a, _, n in blocks:
        missing += wanted[at:a]
        at = a + n
    return len(wanted) - len(missing), missing


def extracted(page, form):
    with (gzip.open if page.endswith(".gz") else open)(page, "rb") as f:
        data = f.read()
    args = [os.path.join(BIN, "riptide"), "extract", "-", "--format", form, "--url", "https://example.org/dir/page.html"]
    return subprocess.run(args, input=data, capture_output=True, check=True, timeout=60).stdout.decode()


def share_of(pages, name, record_property):
    def one(page):
        wanted = words(extracted(page, "text"))
        good, missing = kept(wanted, words(rendered(extracted(page, "markdown"))))
        return page, len(wanted), good, missing
    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(one, pages))
    share = sum(r[2] for r in rows) / sum(r[1] for r in rows)
    record_property(name, share)
    print("%s: %.4f of %d words in order on %d pages" % (name, share, sum(r[1] for r in rows), len(rows)))
    for page, n, good, missing in sorted(rows, key=lambda r: r[2] / max(r[1], 1))[:5]:
        print("  %.4f of %d: %s %s" % (good / max(n, 1), n, os.path.basename(page), missing[:8]))
    return share


def test_pitfalls(record_property):
    lost = {}
    for page in sorted(glob.glob(os.path.join(DATA, "markdown", "*.md"))):
        with open(page, encoding="utf-8") as f:
            markdown = f.read()
        # every word of the Markdown but those of its own marks and addresses is text
        plain = re.sub(r"</?(?:su[bp]|strong|em|del)>", "", markdown)
        plain = re.sub(r"<br>|\[\^\d+\]:?|^\s*\d+[.)] |```\w*|\[[ x]\]", " ", plain, flags=re.M)
        plain = re.sub(r"\]\([^)]*\)|\[", "", plain)
        wanted = words(re.sub(r"\\([^\w\s])", r"\1", plain).replace("&lt;", "<").replace("*", ""))
        good, missing = kept(wanted, words(rendered(markdown)))
        if missing:
            lost[os.path.basename(page)] = missing
    record_property("lost", str(lost))
    # the definitions of footnotes are rendered in the order of their numbers
    assert set(lost) <= {"notes_twice_and_in_order.md"}, lost


def test_committed_pages(record_property):
    pages = sorted(glob.glob(os.path.join(DATA, "corpus", "html", "*")))
    assert len(pages) == 20
    assert share_of(pages, "committed pages", record_property) >= 0.99


def test_hundred_pages(record_property):
    if not os.path.isdir(SHARED):
        pytest.skip("../shared/corpus is not here")
    with open(os.path.join(DATA, "corpus", "ids-100.txt")) as f:
        pages = [os.path.join(SHARED, "html", i + ".html.gz") for i in f.read().split()]
    assert share_of(pages, "corpus", record_property) >= 0.99


def without_head(markdown):
    """What the other put before the Markdown: a fence of JSON with the metadata."""
    return re.sub(r"\A```json\n.*?\n```\n", "", markdown, flags=re.S)


def test_expected_pages(record_property):
    if not os.path.isdir(EXPECTED):
        pytest.skip("../shared/corpus is not here")
    pages = sorted(glob.glob(os.path.join(EXPECTED, "fixtures", "*.html")))

    def one(page):
        name = os.path.basename(page)[:-len(".html")]
        with open(os.path.join(EXPECTED, "expected", name + ".md"), encoding="utf-8") as f:
            wanted = words(rendered(without_head(f.read())))
        got = words(rendered(extracted(page, "markdown")))
        good, missing = kept(wanted, got)
        return name, len(wanted), good, len(got), missing
    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(one, pages))
    all_words, good, got = (sum(r[i] for r in rows) for i in (1, 2, 3))
    by_page = sum(r[2] / max(r[1], 1) for r in rows) / len(rows)
    for name, share in (("of the words", good / all_words), ("of a page's words", by_page), ("of ours", good / got)):
        record_property("expected " + name, share)
        print("%.4f %s on %d pages" % (share, name, len(rows)))
    for name, n, found, _, missing in sorted(rows, key=lambda r: r[2] - r[1])[:10]:
        print("  %d of %d lost: %s %s" % (n - found, n, name, missing[:12]))
    assert len(rows) == 208
    assert good / all_words >= 0.965
    assert by_page >= 0.95
