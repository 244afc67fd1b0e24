#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Does our XPath find what Chromium's document.evaluate() does? Expressions made of the tags, attributes and words of a page (seeded) go
through both, over the tree of that page.

usage: xpath_diff.py BIN_DIR PAGES_DIR EXPRESSIONS_A_PAGE [SEED]; only in a namespace with nothing but loopback (tests/isolated.sh)
"""
import glob
import json
import os
import random
import re
import sys

import dom_diff
import select_diff

PAGE = dom_diff.page_of(r"""
function value(r) {
	return [, r.numberValue, r.stringValue, r.booleanValue][r.resultType];
}
function answer([html, exprs]) {
	const doc = new DOMParser().parseFromString(html, "text/html"), numbers = new Map();
	[...doc.querySelectorAll("*")].forEach((e, i) => numbers.set(e, i));
	return exprs.map(e => {
		try {
			const r = doc.evaluate(e, doc, null, 0, null);
			if (r.resultType == 1) return [String(r.numberValue)];
			if (r.resultType == 2) return [r.stringValue];
			if (r.resultType == 3) return [String(r.booleanValue)];
			const all = doc.evaluate(e, doc, null, 7, null), out = [];
			for (let i = 0; i < all.snapshotLength; i++) {
				const n = all.snapshotItem(i);
				if (n.nodeType != 9)
					out.push(n.nodeType == 1 ? numbers.get(n) : n.nodeValue);
			}
			return out;
		} catch (e) {
			return "error: " + e.message;
		}
	});
}
""")
PAGE_CHARS = 20000
FAR = ("following", "preceding")
AXES = ("child", "child", "descendant", "parent", "ancestor", "ancestor-or-self", "following-sibling", "preceding-sibling", "self",
        "descendant-or-self", *FAR)
FUNCTIONS = ("string(%s)", "count(%s)", "boolean(%s)", "not(%s)", "name(%s)", "local-name(%s)", "normalize-space(%s)", "string-length(%s)",
             "number(%s)", "substring(%s, 2, 5)", "substring-before(%s, ' ')", "substring-after(%s, 'e')", "translate(%s, 'abc', 'AB')",
             "floor(count(%s) div 3)", "round(count(%s) div 2)", "concat(%s, '-', 1)", "starts-with(%s, 'T')", "contains(%s, 'a')", "sum(%s)")


class Maker:
    def __init__(self, rng, words):
        self.rng, self.w = rng, words
        self.far = 0  # axes that make an expression quadratic are few

    def name(self):
        tag = self.rng.choice(self.w.tags)
        return tag if tag.isalnum() else "div"

    def attribute(self):
        names = [(n, v) for n, v in (self.rng.choice(self.w.attrs) for _ in range(4)) if n.replace("-", "").isalnum() and "'" not in v and "&" not in v]
        return names[0] if names else ("id", "x")

    def test(self):
        return self.rng.choice([self.name(), self.name(), self.name(), "*", "*", "node()", "text()", "comment()"])

    def number(self):
        return self.rng.choice(["1", "2", "3", "0", "-1", "1.5", ".5", "2.", "last()", "position()", "count(*)", "string-length(@class)"])

    def predicate(self, depth):
        r, (name, value) = self.rng.random(), self.attribute()
        if r < 0.25:
            return self.rng.choice(["1", "2", "3", "last()", "position() < 3", "position() mod 2 = 1", "last() - 1", "position() = last()", "-1", "1.5"])
        if r < 0.45:
            return self.rng.choice(["@%s" % name, "not(@%s)" % name, "@%s = '%s'" % (name, value), "@%s != '%s'" % (name, value),
                                    "contains(@%s, '%s')" % (name, value[:3]), "starts-with(@%s, '%s')" % (name, value[:2]), "@*[2]"])
        if r < 0.6 or depth == 0:
            return "%s %s %s" % (self.number(), self.rng.choice(["=", "!=", "<", ">", "<=", ">="]), self.number())
        if r < 0.8:
            return self.path(depth - 1, False)
        if r < 0.9:
            return "%s %s %s" % (self.predicate(depth - 1), self.rng.choice(["and", "or"]), self.predicate(depth - 1))
        return self.rng.choice(["not(%s)", "boolean(%s)", "count(%s) > 1", "string(%s) = 'x'", "string-length(%s) > 5", "%s = .", "%s != ."]) % self.path(0, False)

    def step(self, depth):
        r = self.rng.random()
        if r < 0.06:
            return self.rng.choice([".", "..", "@*", "@%s" % self.attribute()[0]])
        axis = ""
        if r > 0.6:
            axis = self.rng.choice(AXES if self.far == 0 else AXES[:-len(FAR)])
            self.far += axis in FAR
            axis += "::"
        preds = "".join("[%s]" % self.predicate(depth) for _ in range(self.rng.choice([0, 0, 0, 1, 1, 2]) if depth else 0))
        return axis + self.test() + preds

    def path(self, depth, top):
        out = self.rng.choice(["//", "//", "/", "/html/"] if top else ["", "", "", ".//", "../", "./"])
        for i in range(self.rng.choice([1, 1, 2, 2, 3])):
            if i:
                out += self.rng.choice(["/", "/", "/", "//", " / "])
            out += self.step(depth)
        return out

    def expression(self, depth=2):
        self.far = 0
        r, path = self.rng.random(), self.path(depth, True)
        if r < 0.6:
            return path
        if r < 0.7:
            return "%s | %s" % (path, self.path(1, True))
        if r < 0.75:
            return "(%s)[%s]%s" % (path, self.predicate(1), self.rng.choice(["", "/..", "//text()", "/@*"]))
        if r < 0.9:
            return self.rng.choice(FUNCTIONS) % path
        return "%s %s %s" % (path, self.rng.choice(["=", "!=", "<", ">", "+", "-", "*", "div", "mod", "and", "or"]),
                             self.rng.choice([self.path(1, True), "3", "'x'", "true()", "count(//*)"]))


def items(line):
    """A line of select_dump as Chromium's answer."""
    out, at, decoder = [], 0, json.JSONDecoder()
    while at < len(line) and not line.startswith("error"):
        item, at = decoder.raw_decode(line, at)
        out.append(item)
        at += 1
    return out or line


def canonical(expr, answer):
    """In whatever order attributes of an element are."""
    if not isinstance(answer, str):
        answer = " ".join(sorted(map(json.dumps, answer)) if "@" in expr else map(json.dumps, answer))
    return answer


def compare(bin_dir, pages, per_page, seed):
    rng, result = random.Random(seed), select_diff.Result()
    paths = sorted(glob.glob(os.path.join(pages, "*.html.gz")))
    browser = dom_diff.Browser(PAGE)
    used = 0
    try:
        for path in paths:
            # Chromium counts the doctype among nodes. It is slow: the beginning of the page must do.
            text = re.sub("<!doctype[^>]*>", "", dom_diff.read_page(path), flags=re.I)[:PAGE_CHARS]
            if "<template" in text.lower():  # Chromium's XPath does not see into it
                continue
            used += 1
            maker = Maker(rng, select_diff.Words(text))
            exprs = [maker.expression() for _ in range(per_page)]
            mine = select_diff.ours(bin_dir, [(text, ["!" + e for e in exprs])])[0]
            theirs = browser.parse([(text, exprs)])[0]
            for expr, a, b in zip(exprs, mine, theirs):
                if "needs more than" not in a:
                    result.add(os.path.basename(path), expr, canonical(expr, items(a)), canonical(expr, b))
    finally:
        browser.close()
    return used, result


def main():
    pages, result = compare(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    print("%d pages: %s" % (pages, result))
    for page, expr, mine, theirs in result.different[:int(os.environ.get("VERBOSE", "5"))]:
        print("=== %s: %s\n  ours:     %s\n  chromium: %s" % (page, expr, str(mine)[:200], str(theirs)[:200]))
    return 1 if result.different else 0


if __name__ == "__main__":
    sys.exit(main())
