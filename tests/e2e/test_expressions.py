# SPDX-License-Identifier: Apache-2.0
"""The tables of tests/data/expressions, which say what our selectors and our XPath find on a small page, against Chromium: the same, or a
third column says why not."""
import os
import sys

import pytest

from conftest import ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "bench", "dom"))
import dom_diff  # noqa: E402

pytestmark = pytest.mark.skipif(not os.environ.get("RIPTIDE_ISOLATED"), reason="would reach the web: use ./run test pytest")

PAGE = dom_diff.page_of(r"""
const name = n => "<" + n.localName + (n.id ? "#" + n.id : "") + ">";
function css(doc, expr) {
	return [...doc.querySelectorAll(expr)].map(name).join(" ");
}
function xpath(doc, expr) {
	const r = doc.evaluate(expr, doc, null, 0, null), out = [];
	if (r.resultType < 4)
		return String(r[[, "numberValue", "stringValue", "booleanValue"][r.resultType]]);
	const nodes = doc.evaluate(expr, doc, null, 7, null); // in order
	for (let i = 0; i < nodes.snapshotLength; i++) {
		const n = nodes.snapshotItem(i);
		out.push(n.nodeType == 1 ? "<" + n.localName + ">" : n.nodeValue ?? "");
	}
	return out.join(" ");
}
function answer([kind, html, exprs]) {
	const doc = new DOMParser().parseFromString(html, "text/html");
	return exprs.map(e => {
		try {
			return (kind == "css" ? css : xpath)(doc, e) || "()";
		} catch (e) {
			return "error";
		}
	});
}
""")


@pytest.mark.parametrize("kind, table, least", [("css", "selectors.tsv", 500), ("xpath", "xpath.tsv", 390)])
def test_what_the_table_says_is_what_chromium_finds(clean, kind, table, least):
    with open(os.path.join(ROOT, "tests", "data", "expressions", table), encoding="utf-8") as f:
        page, *rows = f.read().rstrip("\n").split("\n")
    rows = [row.split("\t") for row in rows]
    browser = dom_diff.Browser(PAGE)
    try:
        found = browser.parse([(kind, page, [row[0] for row in rows])])[0]
    finally:
        browser.close()
    wrong = []
    for (expr, expected, *why), theirs in zip(rows, found, strict=True):
        expected = "error" if expected.startswith("error: ") else expected
        if (expected == theirs) == bool(why):
            wrong.append((expr, expected, theirs, why))
    assert len(rows) >= least and sum(len(row) == 2 for row in rows) > 0.9 * least
    assert not wrong, wrong
