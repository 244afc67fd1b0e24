# SPDX-License-Identifier: Apache-2.0
"""A hundred real pages through the real Chromium: no crash, and a mean word-F1 that a person can work with.
Twenty of them are committed and always run; the rest need ../shared/corpus."""
import collections
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import ROOT

# The pages name scripts and pictures out on the web: `./run test` runs this in a network namespace that has only loopback.
pytestmark = pytest.mark.skipif(not os.environ.get("RIPTIDE_ISOLATED"), reason="would reach the web: use ./run test pytest")
DATA = os.path.join(ROOT, "tests", "data", "corpus")
SHARED = os.path.join(ROOT, "..", "shared", "corpus", "wcxb-dev")
WORD = re.compile(r"\w+")


def f1(text, truth):
    p, r = (collections.Counter(WORD.findall(t.lower())) for t in (text, truth))
    if not p or not r:
        return float(p == r)
    overlap = sum((p & r).values())
    return 2 * overlap / (sum(p.values()) + sum(r.values()))


def truth(folder, page):
    with open(os.path.join(folder, "ground-truth", page + ".json"), encoding="utf-8") as f:
        return json.load(f)["ground_truth"]["main_content"] or ""


def score(riptide, site, folder, pages):
    def one(page):
        e = riptide.envelope("%s/corpus/%s" % (site.url, page), "--wait-until", "load", "--timeout", "60000", timeout=90)
        assert e["status"] == "complete", (page, e["status"], e["reasons"], e["error"])
        return f1(e["document"]["text"] or "", truth(folder, page))
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(pages, pool.map(one, pages)))


def report(scores, record_property):
    mean = sum(scores.values()) / len(scores)
    record_property("mean_f1", mean)
    print("mean F1 %.3f over %d pages; worst: %s" % (mean, len(scores), sorted(scores.items(), key=lambda kv: kv[1])[:10]))
    return mean


def test_twenty_committed_pages(riptide, site, record_property):
    pages = sorted(f[:-5] for f in os.listdir(os.path.join(DATA, "ground-truth")))
    assert len(pages) == 20
    assert report(score(riptide, site, DATA, pages), record_property) >= 0.70


def test_hundred_pages(riptide, site, record_property):
    if not os.path.isdir(SHARED):
        pytest.skip("../shared/corpus is not here")
    with open(os.path.join(DATA, "ids-100.txt")) as f:
        pages = f.read().split()
    assert len(pages) == 100
    assert report(score(riptide, site, SHARED, pages), record_property) >= 0.75
