# SPDX-License-Identifier: Apache-2.0
"""The corpus' pages made otherwise, so that the models lean on nothing that another site does differently.

A variant is the page as another site might have built it: class names hashed or left out, sections as plain <div>, paragraphs as
<div> or <br><br>, headings or metadata left out, <div> as layout tables; lists of links of other pages of the fold beside, before or
after the content; the content three to fifteen times as long by paragraphs of other pages.
What is content stays known: the page's own, and the paragraphs that were added. Everything comes from pages of the same fold, so
that no model sees what it will be judged by. The same corpus gives the same variants to the byte.
"""
import collections
import copy
import html
import os
import random
import re
import zlib

import corpus

LONG, BESIDE, BESIDE_ARTICLES = .25, .3, .6  # how often
SPOKEN = re.compile(r"<!--.*?-->|<(script|style|textarea)\b.*?</\1\s*>|<[^>]*>", re.S | re.I)
DEAD = re.compile(r"<!--.*?-->|<(script|style|noscript|svg|iframe|form)\b.*?</\1\s*>", re.S | re.I)
PARAGRAPH = re.compile(r"<p\b[^>]*>(.*?)</p>", re.S | re.I)
PARAGRAPHS = re.compile(r"(?:<p\b[^>]*>(?:(?!<p\b|</p>|<div|<script|<li|<td|<h\d).)*</p>\s*){4,}", re.S | re.I)
PLAIN_INSIDE = re.compile(r"</?(?:a|em|strong)\b[^>]*>", re.I)
BOX = re.compile(r"<(div|aside|section|ul|table)\b[^>]*>", re.I)
ROOTS = re.compile(r"<(body|html|head|main)\b", re.I)
NEST = re.compile(r"<(/?)(?:div|section|article|main|td)\b", re.I)
VALUE = r"\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>\"']+)"
COLUMN_NAMES = ("sidebar right col2 right-column box module widget rail side aside col-md-4 grid-4 rechts colonne extra secondary "
                "most-read").split() + [""] * 5


def words(markup):
    return corpus.words(html.unescape(re.sub(r"<[^>]*>", " ", markup)))


def share(tokens, counted):
    """Of the words, how many are among those counted."""
    return sum((collections.Counter(tokens) & counted).values()) / max(1, len(tokens))


# --- other names, other elements ---

def rewrite(page, how):
    """how: from a tag to a tag. Comments, scripts, styles and text areas stay as they are."""
    return SPOKEN.sub(lambda m: m.group(0) if m.group(1) or m.group(0).startswith("<!") else how(m.group(0)), page)


def renamed(page, tag_names, to):
    pattern = re.compile(r"^(</?)(?:%s)\b" % tag_names, re.I)
    return rewrite(page, lambda tag: pattern.sub(r"\1" + to, tag))


NAMES = re.compile(r"(\s(?:class|id))" + VALUE, re.I)
TOLD = re.compile(r"\s(?:class|id|role|itemprop|itemtype|itemscope|aria-[a-z]+|data-[a-z-]+)" + VALUE, re.I)
DIV = re.compile(r"^<(/?)div\b([^>]*)>", re.I)


def hashed_names(page):
    def hashed(m):
        return '%s="%s"' % (m.group(1), " ".join("x%06x" % (zlib.crc32(w.encode("utf-8", "surrogateescape")) & 0xffffff)
                                                 for w in m.group(2).strip("\"'").split()))
    return rewrite(page, lambda tag: NAMES.sub(hashed, tag))


def no_names(page):
    return rewrite(page, lambda tag: TOLD.sub("", tag))


def plain_sections(page):
    return renamed(page, "main|article|section|header|footer|nav|aside|figure|figcaption", "div")


def paragraphs_as_div(page):
    return renamed(page, "p", "div")


def headings_as_div(page):
    return renamed(page, "h[1-6]", "div")


def paragraphs_as_breaks(page):
    return re.sub(r"</p>\s*<p\b[^>]*>", "<br><br>", page, flags=re.I)


def no_metadata(page):
    page = re.sub(r"<title\b.*?</title>", "", page, flags=re.S | re.I)
    page = re.sub(r"<meta\b(?![^>]*charset)[^>]*>", "", page, flags=re.I)
    return re.sub(r"<script\b[^>]*ld\+json.*?</script>", "", page, flags=re.S | re.I)


def layout_tables(page):
    return rewrite(page, lambda tag: DIV.sub(
        lambda m: "</td></tr></table>" if m.group(1) else "<table%s><tr><td>" % m.group(2), tag))


# (of the pages, how); of what stands together one at most
MADE_OTHERWISE = (
    ((.35, hashed_names), (.25, no_names)),
    ((.4, plain_sections),),
    ((.1, paragraphs_as_div), (.1, paragraphs_as_breaks)),
    ((.12, headings_as_div),),
    ((.3, no_metadata),),
    ((.12, layout_tables),),
)


def otherwise(page, rng):
    for ways in MADE_OTHERWISE:
        at = rng.random()
        for odds, how in ways:
            if 0 <= at < odds:
                page = how(page)
            at -= odds
    return page


# --- what pages lend to others ---

def run_of(page, truth):
    """Where the longest run of paragraphs stands, if it is content: (from, to)."""
    best = max(PARAGRAPHS.finditer(page), key=lambda m: len(m.group(0)), default=None)
    tokens = words(best.group(0)) if best else ()
    return best.span() if len(tokens) >= 80 and share(tokens, truth) >= .9 else None


def span_of(page, truth):
    """Where the first paragraph that is content begins and the last one ends."""
    found = [m for m in PARAGRAPH.finditer(page) if len(m.group(1)) < 8000]
    found = [m for m, w in ((m, words(m.group(1))) for m in found) if len(w) >= 25 and share(w, truth) >= .9]
    return (found[0].start(), found[-1].end()) if found else None


def end_of(page, start, limit=30000):
    """Where the element ends that starts there."""
    depth = 0
    for m in re.compile(r"<(/?)%s\b" % start.group(1), re.I).finditer(page, start.start(), start.start() + limit):
        depth += -1 if m.group(1) else 1
        if depth == 0:
            return page.find(">", m.end()) + 1
    return 0


Box = collections.namedtuple("Box", "markup content")  # content: of its own page


def boxes_of(page, truth, rng):
    """Up to six, most of them lists of links."""
    page = DEAD.sub("", page)
    starts = list(BOX.finditer(page))
    rng.shuffle(starts)
    known, out, taken = set(corpus.grams(truth, 3)), [], []
    for m in starts[:400]:
        if len(out) == 6:
            break
        end = 0 if any(a <= m.start() < b for a, b in taken) else end_of(page, m)
        markup = page[m.start():end]
        if len(markup) < 300 or ROOTS.search(markup):
            continue
        tokens = words(markup)
        if not 20 <= len(tokens) <= 400:
            continue
        links = sum(len(words(a)) for a in re.findall(r"<a\b[^>]*>(.*?)</a>", markup, re.S | re.I)) / len(tokens)
        own = sum(g in known for g in corpus.grams(tokens, 3)) / max(1, len(tokens) - 2)
        if links < .3:
            continue
        out.append(Box(markup, own > .3))
        taken.append((m.start(), end))
    return out


class Lent:
    """What the pages of a fold lend each other."""

    def __init__(self):
        self.paragraphs, self.boxes = [], []

    def take(self, page, truth, run, rng):
        if run:
            found = PARAGRAPH.findall(page[run[0]:run[1]])
            self.paragraphs += [p for p in found if len(p) > 20 and "<" not in PLAIN_INSIDE.sub("", p)]
        self.boxes += boxes_of(page, truth, rng)


# --- longer, and with boxes ---

def longer(page, run, paragraphs, rng):
    """More paragraphs at the end of the run; also returned: their words."""
    own = page[run[0]:run[1]]
    tag = re.match(r"<p\b[^>]*>", own, re.I).group(0)
    if re.search(r"\sid=", tag, re.I):
        tag = "<p>"
    n = min(max(len(PARAGRAPH.findall(own)) * (rng.choice((3, 6, 15)) - 1), 20), 600)
    more, at = {}, rng.randrange(len(paragraphs))
    for _ in range(n):
        more[paragraphs[at % len(paragraphs)]] = True
        at = at + 1 if rng.random() >= .05 else rng.randrange(len(paragraphs))
    added = "\n".join(tag + p + "</p>" for p in more)
    return page[:run[1]] + added + page[run[1]:], words(added)


def out_of(page, at, levels):
    """Behind the element so many levels up."""
    depth = 0
    for m in NEST.finditer(page, at):
        depth += -1 if m.group(1) else 1
        if depth == -levels:
            return page.find(">", m.end()) + 1
    return 0


def before(page, at, levels):
    """In front of the element so many levels up."""
    depth = 0
    for m in reversed(list(NEST.finditer(page, max(0, at - 60000), at))):
        depth += 1 if m.group(1) else -1
        if depth == -levels:
            return m.start()
    return 0


def with_boxes(page, span, boxes, rng):
    """One to six boxes around the content: in a column of their own, or each for itself."""
    n, levels, column = rng.choice((1, 2, 3, 4, 6)), rng.choice((1, 1, 2, 2, 3, 4)), rng.random() < .6
    some = [b.markup for b in rng.sample(boxes, min(len(boxes), 4 * n)) if levels > 1 or not b.content][:n]
    if column:
        name, tag = rng.choice(COLUMN_NAMES), rng.choice(("div", "div", "div", "aside"))
        some = ["<%s%s>%s</%s>" % (tag, ' class="%s"' % name if name else "", "\n".join(some), tag)]
    for markup in some:
        if column or rng.random() >= .3:
            at = out_of(page, span[1], levels if column else rng.choice((1, 2, 3, 4)))
        else:
            at = before(page, span[0], rng.choice((1, 2, 3)))
        if at:
            page = page[:at] + markup + page[at:]
            span = (span[0] + len(markup), span[1] + len(markup)) if at <= span[0] else span
    return page


def variant(page, truth, lent, beside, rng):
    """The page made otherwise, and the words of content that it has besides its own."""
    counted, added = collections.Counter(truth), []
    run = run_of(page, counted)
    if run and rng.random() < LONG:
        size = len(page)
        page, added = longer(page, run, lent.paragraphs, rng)
        run = (run[0], run[1] + len(page) - size)
    span = run or span_of(page, counted)
    if span and rng.random() < beside:
        page = with_boxes(page, span, lent.boxes, rng)
    return otherwise(page, rng), added


# --- all pages ---

def make(pages, source, folder, times):
    """So many variants of each page, as ID~1.html, ID~2.html … in folder beside the pages themselves. source: the folder of ID.html."""
    os.makedirs(folder, exist_ok=True)
    texts = {}
    for p in pages:
        with open(os.path.join(source, p.id + ".html"), encoding="utf-8", errors="surrogateescape") as f:
            texts[p.id] = f.read()
        to = os.path.join(folder, p.id + ".html")
        if not os.path.lexists(to):
            os.symlink(os.path.join(os.path.abspath(source), p.id + ".html"), to)
    lent = collections.defaultdict(Lent)
    for p in pages:
        lent[p.fold].take(texts[p.id], p.truth, run_of(texts[p.id], collections.Counter(p.truth)), random.Random(p.id))
    return [one(p, texts[p.id], lent[p.fold], folder, k) for k in range(1, times + 1) for p in pages]


def one(page, text, lent, folder, k):
    v = copy.copy(page)
    v.id = "%s~%d" % (page.id, k)
    beside = BESIDE_ARTICLES if corpus.TYPES[page.type] == "article" else BESIDE
    text, added = variant(text, page.truth, lent, beside, random.Random(v.id))
    v.truth = page.truth + added if page.truth else []
    v.told = page.told == (k % 2 == 0)
    with open(os.path.join(folder, v.id + ".html"), "w", encoding="utf-8", errors="surrogateescape") as f:
        f.write(text)
    return v
