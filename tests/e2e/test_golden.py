#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Real pages of ten categories with the word-F1 and quality score they had when last recorded: says page by page what
changed, and fails where a page lost more than the tolerance. After a change that is meant, record anew:
RIPTIDE_BIN=build/release/bin tests/e2e/test_golden.py --update"""
import collections
import gzip
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("RIPTIDE_BIN", os.path.join(ROOT, "build", "release", "bin"))
GOLDEN = os.path.join(ROOT, "tests", "data", "golden.json")
SHARED = os.path.join(ROOT, "..", "shared", "corpus", "wcxb-dev")
TOLERANCE = 0.02
WORD = re.compile(r"\w+")


def f1(text, truth):
    p, r = (collections.Counter(WORD.findall(t.lower())) for t in (text, truth))
    overlap = sum((p & r).values())
    return 2 * overlap / max(sum(p.values()) + sum(r.values()), 1)


def measure(page):
    with open(os.path.join(SHARED, "ground-truth", page + ".json"), encoding="utf-8") as f:
        truth = json.load(f)
    with gzip.open(os.path.join(SHARED, "html", page + ".html.gz")) as f:
        data = f.read()
    args = [os.path.join(BIN, "riptide"), "extract", "-", "--format", "json", "--url", truth["url"]]
    out = json.loads(subprocess.run(args, input=data, capture_output=True, check=True, timeout=60).stdout)
    document = out.get("document", out)
    return {"f1": round(f1(document["text"] or "", truth["ground_truth"]["main_content"] or ""), 3),
            "quality": round(document["quality_score"], 3)}


def measure_all(pages):
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(pages, pool.map(measure, pages)))


def load():
    with open(GOLDEN, encoding="utf-8") as f:
        return json.load(f)


def changes(pages, now):
    """(page, category, figure, before, after) of all that moved by more than the tolerance."""
    return [(page, old["category"], figure, old[figure], now[page][figure]) for page, old in pages.items()
            for figure in ("f1", "quality") if abs(old[figure] - now[page][figure]) > TOLERANCE]


def describe(rows):
    return "\n".join("%s (%s): %s %.3f -> %.3f" % row for row in rows) or "nothing changed"


def update():
    golden = load()
    now = measure_all(list(golden["pages"]))
    print(describe(changes(golden["pages"], now)))
    for page, figures in now.items():
        golden["pages"][page].update(figures)
    with open(GOLDEN, "w", encoding="utf-8") as f:
        json.dump(golden, f, indent=1)
        f.write("\n")


def test_golden_pages(record_property):
    import pytest
    if not os.path.isdir(SHARED):
        pytest.skip("../shared/corpus is not here")
    pages = load()["pages"]
    categories = collections.Counter(old["category"] for old in pages.values())
    assert len(pages) >= 50 and len(categories) == 10
    rows = changes(pages, measure_all(list(pages)))
    record_property("changed", describe(rows))
    print(describe(rows))
    worse = [row for row in rows if row[2] == "f1" and row[4] < row[3]]
    assert not worse, "pages that lost; all changes:\n" + describe(rows)


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        sys.exit("usage: test_golden.py --update")
    update()
