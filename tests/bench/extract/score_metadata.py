#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Score title, author and date of `riptide extract` against the ground truth of shared/corpus/wcxb-dev.

usage: score_metadata.py [--riptide PATH] [--corpus DIR] [--every N] [--misses title|author|date]

Title: word F1 >= 0.9, author: word F1 >= 0.66, date: the same day. A page counts where the truth knows the fact.
"""
import argparse
import collections
import glob
import gzip
import json
import os
import re
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORD = re.compile(r"\w+")


def f1(a, b):
    a, b = (collections.Counter(WORD.findall((x or "").lower())) for x in (a, b))
    total = sum(a.values()) + sum(b.values())
    return 2 * sum((a & b).values()) / total if total else 0.0


FACTS = {
    "title": ("title", "title", lambda got, want: f1(got, want) >= 0.9),
    "author": ("byline", "author", lambda got, want: f1(got, want) >= 0.66),
    "date": ("published_iso", "publish_date", lambda got, want: (got or "")[:10] == want[:10]),
}


def extract(riptide, page, url):
    with tempfile.NamedTemporaryFile(suffix=".html") as f:
        f.write(page)
        f.flush()
        cmd = [riptide, "extract", f.name, "--format", "json"] + (["--url", url] if url else [])
        run = subprocess.run(cmd, capture_output=True, timeout=60, check=False)
    if run.returncode != 0:
        raise SystemExit("%s: exit %d: %s" % (url, run.returncode, run.stderr.decode("utf-8", "replace")))
    answer = json.loads(run.stdout)
    return answer.get("document") or answer


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--riptide", default=os.path.join(ROOT, "build/release/bin/riptide"))
    a.add_argument("--corpus", default=os.path.join(ROOT, "../shared/corpus/wcxb-dev"))
    a.add_argument("--every", type=int, default=1)
    a.add_argument("--misses", choices=sorted(FACTS))
    a = a.parse_args()
    good, known, extra, unknown = (collections.Counter() for _ in range(4))
    truths = sorted(glob.glob(os.path.join(a.corpus, "ground-truth", "*.json")))[:: a.every]
    if not truths:
        raise SystemExit("no corpus at " + a.corpus)
    for path in truths:
        with open(path, encoding="utf-8") as f:
            truth = json.load(f)
        name = os.path.basename(path)[:-5]
        with gzip.open(os.path.join(a.corpus, "html", name + ".html.gz")) as f:
            doc = extract(a.riptide, f.read(), truth.get("url"))
        for fact, (ours, theirs, same) in FACTS.items():
            want, got = truth["ground_truth"].get(theirs), doc.get(ours)
            if not want:
                unknown[fact] += 1
                extra[fact] += bool(got)
                continue
            known[fact] += 1
            good[fact] += same(got, want)
            if fact == a.misses and not same(got, want):
                print(name, "want", repr(want), "got", repr(got))
    for fact in FACTS:
        print("%-7s %.3f  (%d of %d pages; given on %d of the %d without truth)" % (
            fact, good[fact] / max(1, known[fact]), good[fact], known[fact], extra[fact], unknown[fact]))


if __name__ == "__main__":
    main()
