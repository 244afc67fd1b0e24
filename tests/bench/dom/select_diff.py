#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Do our selectors select what Chromium's querySelectorAll does? Selectors made of the tags, ids, classes, attributes and texts of a
page (seeded) go through both, over the tree of that page.

usage: select_diff.py BIN_DIR PAGES_DIR SELECTORS_A_PAGE [SEED]; only in a namespace with nothing but loopback (tests/isolated.sh)
"""
import glob
import html.parser
import os
import random
import subprocess
import sys

import dom_diff

PAGE = dom_diff.page_of(r"""
function answer([html, selectors]) {
	const doc = new DOMParser().parseFromString(html, "text/html"), numbers = new Map();
	[...doc.querySelectorAll("*")].forEach((e, i) => numbers.set(e, i));
	return selectors.map(s => {
		try {
			return [...doc.querySelectorAll(s)].map(e => numbers.get(e)).join(" ");
		} catch (e) {
			return "error: " + e.message;
		}
	});
}
""")


class Words(html.parser.HTMLParser):
    """What a page's selectors can be made of, with repetition: common things are chosen often."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.classes, self.attrs = ["p", "div", "a"], ["x"], ["x"], [("href", "/")]
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            value = value or ""
            # xmlns of <svg> has a namespace for selectors of the DOM; ours find it by its name.
            if "\n" in value or "\0" in value or len(value) > 200 or name.startswith("xmlns"):
                continue
            self.attrs.append((name, value))
            if name == "class":
                self.classes += value.split()
            elif name == "id" and value:
                self.ids.append(value)


def ident(rng, s):
    out = []
    for i, c in enumerate(s):
        if c.isascii() and (c.isalpha() or c == "_" or (i and (c.isdigit() or c == "-"))) or ord(c) >= 0xa0:
            out.append(c)
        elif c.isdigit() or rng.random() < 0.2 or ord(c) < 0x20 or ord(c) >= 0x7f:
            out.append("\\%x " % ord(c))
        else:
            out.append("\\" + c)
    return "".join(out)


def quoted(rng, s):
    q = rng.choice("\"'")
    return q + s.replace("\\", "\\\\").replace(q, "\\" + q) + q


def swapped(rng, s):
    return s.swapcase() if rng.random() < 0.25 else s


def attribute(rng, w):
    name, value = rng.choice(w.attrs)
    r = rng.random()
    shown = ident(rng, swapped(rng, name)) if ":" not in name else ident(rng, name)
    if r < 0.2:
        return "[%s]" % shown
    op = rng.choice(["=", "~=", "|=", "^=", "$=", "*="])
    if op == "~=":
        value = rng.choice(value.split() or [""])
    elif op == "|=":
        value = value.split("-")[0]
    elif op in ("^=", "$=", "*=") and value:
        i, j = sorted((rng.randrange(len(value) + 1), rng.randrange(len(value) + 1)))
        value = {"^=": value[:j], "$=": value[i:], "*=": value[i:j]}[op]
    space = rng.choice(["", "", " "])
    return "[%s%s%s%s%s%s]" % (space, shown, op, space, quoted(rng, swapped(rng, value)), rng.choice(["", "", " i", "i"]))


def anb(rng):
    return rng.choice(["odd", "even", "n", "-n+3", "2n", "2n+1", "3n - 1", " 2n + 0 ", "-2n+7", "+n", "+3", "0n+2", "n+2", "N", "ODD", "-n", "10n-1", "1", "2", "-1", str(rng.randint(1, 9))])


def compound(rng, w, depth):
    out, r = "", rng.random()
    if r < 0.5:
        out = swapped(rng, rng.choice(w.tags))
        out = "".join(c if c.isalnum() or c in "-_" else "\\" + c for c in out)
    elif r < 0.65:
        out = "*"
    if out and rng.random() < 0.04:
        out = rng.choice(["*|", "*|", "*|", "|"]) + out
    n = rng.choice([0, 0, 0, 1, 2]) if out else rng.choice([1, 1, 1, 2])
    for _ in range(n):
        out += simple(rng, w, depth)
    return out


def simple(rng, w, depth):
    r = rng.random()
    if r < 0.25:
        return "." + ident(rng, swapped(rng, rng.choice(w.classes)) if rng.random() < 0.2 else rng.choice(w.classes))
    if r < 0.32:
        return "#" + ident(rng, rng.choice(w.ids))
    if r < 0.52:
        return attribute(rng, w)
    if r < 0.68:
        return rng.choice([":first-child", ":last-child", ":only-child", ":first-of-type", ":last-of-type", ":only-of-type", ":empty", ":root", ":any-link",
                           ":link", ":scope", ":First-Child", ":disabled", ":enabled", ":required"])
    if r < 0.85 or depth == 0:
        name = rng.choice(["nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type"])
        of = ""
        if depth and "of-type" not in name and rng.random() < 0.4:
            of = " of " + selector_list(rng, w, depth - 1)
        return ":%s(%s%s)" % (name, anb(rng), of)
    name = rng.choice(["is", "where", "not", "not", "has", "has"])
    if name == "has":
        # Chromium has no :has() inside :has(), nor have we.
        inner = ", ".join(rng.choice(["", "", "> ", "+ ", "~ ", ">"]) + complex_selector(rng, w, 0) for _ in range(rng.choice([1, 1, 2])))
    else:
        inner = selector_list(rng, w, depth - 1)
    if rng.random() < 0.08:
        inner = rng.choice(["", ":bogus, " + inner, inner + ", !", inner + ",", "[a=], " + inner, "(a, b), " + inner])
    return ":%s(%s)" % (name, inner)


def complex_selector(rng, w, depth):
    out = compound(rng, w, depth)
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 3])):
        out += rng.choice([" ", " ", "  ", " > ", ">", " + ", "+", " ~ ", "~", "/**/ ", " /* > */ ", "/**/>/* */"]) + compound(rng, w, depth)
    return out


def selector_list(rng, w, depth):
    return ", ".join(complex_selector(rng, w, depth) for _ in range(rng.choice([1, 1, 1, 2])))


def selectors(rng, w, n):
    """What is open at the end is closed there."""
    out = [selector_list(rng, w, 2) for _ in range(n)]
    return [s.rstrip(")]\"'") if rng.random() < 0.05 else s for s in out]


def ours(bin_dir, batch):
    data = b""
    for text, wanted in batch:
        page = text.encode()
        data += b"%d %d\n%s%s" % (len(page), len(wanted), page, "".join(s + "\n" for s in wanted).encode())
    out = subprocess.run([os.path.join(bin_dir, "select_dump")], input=data, stdout=subprocess.PIPE, timeout=600, check=True).stdout.decode()
    lines, at, answers = out.split("\n"), 0, []
    for _, wanted in batch:
        answers.append(lines[at:at + len(wanted)])
        at += len(wanted)
    return answers


class Result:
    def __init__(self):
        self.selectors = self.equal = self.matching = self.invalid = 0
        self.different = []

    def add(self, page, css, mine, theirs):
        self.selectors += 1
        self.matching += theirs != "" and not theirs.startswith("error")
        self.invalid += theirs.startswith("error")
        if mine == theirs or (mine.startswith("error") and theirs.startswith("error")):
            self.equal += 1
        else:
            self.different.append((page, css, mine, theirs))

    def __str__(self):
        return "%d of %d selections equal (%d not empty, %d invalid for Chromium)" % (self.equal, self.selectors, self.matching, self.invalid)


def compare(bin_dir, pages, per_page, seed):
    rng, result = random.Random(seed), Result()
    paths = sorted(glob.glob(os.path.join(pages, "*.html.gz")))
    browser = dom_diff.Browser(PAGE)
    try:
        for path in paths:
            text = dom_diff.read_page(path)
            batch = [(text, selectors(rng, Words(text), per_page))]
            theirs = browser.parse(batch)
            for css, a, b in zip(batch[0][1], ours(bin_dir, batch)[0], theirs[0]):
                result.add(os.path.basename(path), css, a, b)
    finally:
        browser.close()
    return len(paths), result


def main():
    pages, result = compare(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    print("%d pages: %s" % (pages, result))
    for page, css, mine, theirs in result.different[:int(os.environ.get("VERBOSE", "5"))]:
        print("=== %s: %s\n  ours:     %s\n  chromium: %s" % (page, css, mine[:200], theirs[:200]))
    return 1 if result.different else 0


if __name__ == "__main__":
    sys.exit(main())
