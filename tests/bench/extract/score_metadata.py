#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Score title, author and date against the ground truth of shared/corpus/wcxb-dev, by metadata_corpus (a build target).

usage: score_metadata.py [--tool PATH] [--corpus DIR] [--misses title|author|date] [--sources] [--min title=.82,author=.75,date=.87]

Title: word F1 >= 0.9, author: word F1 >= 0.66, date: the same day. A page counts where the truth knows the fact. `--sources`:
how often each source of dates is there, is right, and decides. `--min`: exit 1 when a share is lower.
"""
import argparse
import collections
import glob
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
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


def read_truths(corpus):
    truths = {}
    for path in sorted(glob.glob(os.path.join(corpus, "ground-truth", "*.json"))):
        with open(path, encoding="utf-8") as f:
            truths[os.path.basename(path)[:-5]] = json.load(f)
    return truths


def extract(tool, corpus, truths, sources):
    """Yields the tool's answer for each page."""
    with tempfile.TemporaryDirectory() as pages:
        for name in truths:
            with gzip.open(os.path.join(corpus, "html", name + ".html.gz")) as f, open(
                    os.path.join(pages, name + ".html"), "wb") as out:
                out.write(f.read())
        lines = "".join("%s\t%s\n" % (name, t.get("url") or "") for name, t in truths.items())
        run = subprocess.run([tool, pages] + (["sources"] if sources else []), input=lines.encode(), capture_output=True, check=False)
        if run.returncode != 0:
            sys.exit(run.stderr.decode("utf-8", "replace"))
        sys.stderr.write(run.stderr.decode("utf-8", "replace"))
        for line in run.stdout.splitlines():
            yield json.loads(line)


def print_sources(answers, truths):
    present, right, decides, decided_right = (collections.Counter() for _ in range(4))
    order = {}
    for a in answers:
        want = truths[a["id"]]["ground_truth"].get("publish_date")
        for i, (source, got) in enumerate(a["dates"].items() if want else ()):
            good = got[:10] == want[:10]
            order.setdefault(source, len(order))
            present[source] += 1
            right[source] += good
            decides[source] += i == 0
            decided_right[source] += good and i == 0
    for s in sorted(order, key=order.get):
        print("%-26s present %4d, right %.3f; decides %4d, right %.3f" % (
            s, present[s], right[s] / present[s], decides[s], decided_right[s] / max(1, decides[s])))


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--tool", default=os.path.join(ROOT, "build/release/bin/metadata_corpus"))
    a.add_argument("--corpus", default=os.path.join(ROOT, "../shared/corpus/wcxb-dev"))
    a.add_argument("--misses", choices=sorted(FACTS))
    a.add_argument("--sources", action="store_true")
    a.add_argument("--min", default="")
    a = a.parse_args()
    truths = read_truths(a.corpus)
    if not truths:
        raise SystemExit("no corpus at " + a.corpus)
    answers = list(extract(a.tool, a.corpus, truths, a.sources))
    good, known, extra, unknown = (collections.Counter() for _ in range(4))
    for answer in answers:
        truth = truths[answer["id"]]
        for fact, (ours, theirs, same) in FACTS.items():
            want, got = truth["ground_truth"].get(theirs), answer.get(ours)
            if not want:
                unknown[fact] += 1
                extra[fact] += bool(got)
                continue
            known[fact] += 1
            good[fact] += same(got, want)
            if fact == a.misses and not same(got, want):
                print(answer["id"], "want", repr(want), "got", repr(got), truth.get("url"))
    if a.sources:
        print_sources(answers, truths)
    low = []
    bounds = dict(pair.split("=") for pair in a.min.split(",") if pair)
    for fact in FACTS:
        share = good[fact] / max(1, known[fact])
        print("%-7s %.3f  (%d of %d pages; given on %d of the %d without truth)" % (
            fact, share, good[fact], known[fact], extra[fact], unknown[fact]))
        if share < float(bounds.get(fact, 0)):
            low.append(fact)
    sys.exit("below the bound: " + ", ".join(low) if low else 0)


if __name__ == "__main__":
    main()
