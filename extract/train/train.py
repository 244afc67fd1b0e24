#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Learns the content model from the development corpus and says how good it is on pages of unseen domains.

usage: train.py PROGRAM CORPUS WORK OUT

PROGRAM is content_train, CORPUS holds wcxb-dev, WORK is for what comes between, OUT is the C table (extract/content/model/model_tables.h).
Five folds by domain: each fold's pages are judged by models that saw no page of their domains. The second model learns from what
first models say of pages that they did not see. The table written is learned from all pages. Models learn from variants of the pages,
too (variants.py); what is told of them is told of the pages themselves. Every step is deterministic.
"""
import argparse
import collections
import multiprocessing
import os
import subprocess
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import corpus
import forests
import variants
from corpus import FOLDS, TYPES

ALL = FOLDS  # the "fold" of the model that is learned from all pages
FIRST = dict(trees=160, rate=.1)
SECOND = dict(trees=60, rate=.1, min_child=20)
# Of the block's own signals, what the second model sees besides what the first one said.
SECOND_SEES = ("rule_", "words", "link_density", "heading", "tag", "from_h", "copies", "copy", "in_", "of_title", "hidden", "control",
               "group_", "last", "first", "place", "furniture", "stops", "near_words", "near_links", "near_tag", "level_same",
               "level_blocks", "level_links", "level_place")
KINDS = dict(trees=80, rate=.1, leaves=8, min_child=1, classes=len(TYPES))
BLOCKS_MAX = 250  # a page with more is represented by so many
VARIANTS, VARIANT_WEIGHT, VARIANT_BLOCKS_MAX = 3, .3, 150
WORTHS = 12


class Data:
    """What content_train wrote."""

    def __init__(self, prefix):
        with open(prefix + ".names") as f:
            self.names = [line.split() for line in f]
        own, shared, second, page = map(int, self.names[-1])
        self.first_count, self.count = own + shared, own + shared + second
        with open(prefix + ".index") as f:
            self.index = [line.split() for line in f]
        self.n = np.array([int(r[1]) for r in self.index])
        self.start = np.concatenate([[0], np.cumsum(self.n)])
        table = np.fromfile(prefix + ".rows", np.uint8).reshape(-1, self.count + 3)
        self.rows, self.first, self.second, self.kept = table[:, :-3], table[:, -3], table[:, -2], table[:, -1]
        self.pages = np.fromfile(prefix + ".pages", np.uint8).reshape(-1, page)
        self.page_of = np.repeat(np.arange(len(self.n)), self.n)
        self.prefix = prefix

    def texts(self):
        with open(self.prefix + ".blocks", encoding="utf-8", errors="replace", newline="\n") as f:
            lines = f.read().split("\n")[:-1]
        assert len(lines) == self.start[-1]
        return [[corpus.words(t) for t in lines[a:b]] for a, b in zip(self.start, self.start[1:])]


class Work:
    def __init__(self, args, variants_each=0):
        self.program, self.corpus, self.folder = args.PROGRAM, args.CORPUS, args.WORK
        os.makedirs(self.folder, exist_ok=True)
        self.html = self.path("html")
        corpus.unpack(self.corpus, self.html)
        self.pages = corpus.pages(self.corpus)
        self.real = len(self.pages)  # the variants come after them
        if variants_each:
            self.html = self.path("html-variants")
            self.pages += variants.make(self.pages, self.path("html"), self.html, variants_each)
        corpus.write_list(self.pages, self.path("list"))
        self.folds = np.array([p.fold for p in self.pages])
        self.kinds = np.array([p.type for p in self.pages])

    def path(self, name):
        return os.path.join(self.folder, name)

    def extract(self, name, models=None):
        os.makedirs(self.path(name), exist_ok=True)
        subprocess.run([self.program, self.html, self.path("list"), self.path(name), *([self.path(models)] if models else [])], check=True)
        return Data(self.path(name))


def save(work, name, kinds, first, second, worth):
    for k in range(FOLDS + 1):
        with open(work.path("%s-%d.bin" % (name, k)), "wb") as f:
            f.write(b"".join(t.binary() for t in kinds[k]) + first[k].binary() + second[k].binary())
            f.write(np.array(worth, "<f8").tobytes())


# --- labels and weights ---

def labels(work, data):
    y = np.zeros(len(data.rows), np.uint8)
    words = np.zeros(len(data.rows))
    share = np.zeros(len(work.pages))
    for k, (page, blocks) in enumerate(zip(work.pages, data.texts())):
        at = slice(data.start[k], data.start[k + 1])
        words[at] = [len(b) for b in blocks]
        if page.truth:
            y[at] = corpus.label(blocks, page.truth)
            share[k] = words[at][y[at] > 0].sum() / len(page.truth)
    return y, words, share


def weights(data, words, share, real=None):
    """Every page counts the same, a variant (those from real on) less; pages whose truth is not on them count nothing."""
    varied = np.arange(len(data.n)) >= (len(data.n) if real is None else real)
    total = np.bincount(data.page_of, words, len(data.n))
    w = .7 * words / np.maximum(total, 1)[data.page_of] + .3 / np.maximum(data.n, 1)[data.page_of]
    w *= (share > .3)[data.page_of]
    rng = np.random.default_rng(1)
    odds = np.minimum(1, np.where(varied, VARIANT_BLOCKS_MAX, BLOCKS_MAX) / np.maximum(data.n, 1))[data.page_of]
    w = np.where(rng.random(len(w)) < odds, w / odds, 0) * np.where(varied, VARIANT_WEIGHT, 1)[data.page_of]
    return w / w[w > 0].mean()


def second_sees(data):
    own = [i for i, name in enumerate(data.names[0]) if name.startswith(SECOND_SEES)]
    return own + list(range(data.first_count, data.count - len(TYPES)))


def in_two(job):
    """The results of job(0 … FOLDS), two at a time in processes of their own: the same as one by one."""
    global task
    task = job
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(run_task, range(FOLDS + 1), 1)


def run_task(k):
    return task(k)


def fit_folds(work, data, columns, y, w, how):
    """A forest per fold from the pages of the others, and one from all."""
    fold = work.folds[data.page_of]

    def job(k):
        seen = (w > 0) & (fold != k)
        f = forests.fit(data.rows[seen][:, columns], y[seen], w[seen], columns_of=columns, **how)
        print("fold %d: %d blocks" % (k, seen.sum()), flush=True)
        return f

    return in_two(job)


def fit_kinds(work, data):
    weight = np.where(np.arange(len(data.n)) < work.real, 1., VARIANT_WEIGHT)

    def job(k):
        seen = work.folds != k
        return forests.fit(data.pages[seen], work.kinds[seen], weight[seen], **KINDS)

    return in_two(job)


def check(work, data, models, said):
    """The program's probabilities are the tables'."""
    fold = work.folds[data.page_of]
    for k in range(FOLDS):
        some = np.flatnonzero(fold == k)[::7]
        differs = models[k].probabilities(data.rows[some]) != said[some]
        assert not differs.any(), "fold %d: %d of %d differ" % (k, differs.sum(), len(some))


def check_kinds(work, data, models):
    said = np.array([[float(x) for x in r[12:12 + len(TYPES)]] for r in data.index])
    for k in range(FOLDS):
        some = np.flatnonzero((work.folds == k) & (data.n > 20) & (said.sum(1) > .5))
        odds = np.exp(np.stack([f.sums(data.pages[some]) for f in models[k]], 1) / forests.UNIT)
        odds /= odds.sum(1, keepdims=True)
        differs = np.abs(odds - said[some] / np.maximum(said[some].sum(1, keepdims=True), .001)).max(1) > .01
        assert not differs.any(), "fold %d: the kinds of %d of %d pages differ" % (k, differs.sum(), len(some))


# --- what it is worth ---

def f1(text, truth):
    a, b = collections.Counter(corpus.words(text)), collections.Counter(truth)
    both, total = sum((a & b).values()), sum(a.values()) + sum(b.values())
    return 2 * both / total if a and b else float(not a and not b)


def scores(work, name):
    out = []
    for p in work.pages[:work.real]:
        with open(os.path.join(work.path(name), p.id + ".txt"), encoding="utf-8", errors="replace") as f:
            out.append(f1(f.read(), p.truth))
    return np.array(out)


def report(work, title, s):
    rows = ["%s %.3f" % (t, s[work.kinds[:work.real] == k].mean()) for k, t in enumerate(TYPES)]
    print("%-10s F1 %.4f   %s" % (title, s.mean(), "  ".join(rows)), flush=True)


def figures(work, data):
    """Of a result, as worth_figures in content.c has them."""
    v = np.array([[float(x) for x in r[4:12]] for r in data.index[:work.real]])
    expected, confidence, agreement, share, links, prose, words, _ = v.T
    return np.stack([np.ones(len(v)), expected, expected ** 2, confidence, agreement, share, links, prose,
                     np.minimum(words / 400, 1), np.minimum(words / 50, 1)], 1)


def fit_worth(x, y):
    """Logistic regression on fractions, by Newton's method."""
    b = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ b))
        h = (x * (p * (1 - p))[:, None]).T @ x + np.eye(len(b))
        b += np.linalg.solve(h, x.T @ (y - p) - b)
    return [round(float(v), 4) for v in b] + [0.] * (WORTHS - len(b))


def report_kinds(work, data):
    p = np.array([[float(x) for x in r[12:12 + len(TYPES)]] for r in data.index[:work.real]])
    kinds = work.kinds[:work.real]
    hit = p.argmax(1) == kinds
    rows = ["%s %.3f" % (t, hit[kinds == k].mean()) for k, t in enumerate(TYPES)]
    print("%-10s right %.3f   %s" % ("page type", hit.mean(), "  ".join(rows)))


# --- the table ---

def write_table(path, kinds, first, second, worth):
    named = [("kind%d" % k, f) for k, f in enumerate(kinds)] + [("first", first), ("second", second)]
    arrays, init = forests.c_source(named)
    with open(path, "w") as f:
        f.write("// SPDX-License-Identifier: Apache-2.0\n"
                "// clang-format off\n"
                "// Written by extract/train/train.py (./run train) from the WCXB development split (CC-BY-4.0); not to be edited.\n")
        f.write(forests.c_array("static const uint8_t probabilities[1024]", ["%d," % v for v in forests.table()]))
        f.write(arrays)
        f.write("#define MODEL_DEFAULT {.types = {%s}, .first = %s, .second = %s, .worth = {%s}}\n" % (
            ", ".join(init["kind%d" % k] for k in range(len(kinds))), init["first"], init["second"], ", ".join("%.4f" % v for v in worth)))
        f.write("// clang-format on\n")


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("PROGRAM", "CORPUS", "WORK", "OUT"):
        a.add_argument(name)
    work = Work(a.parse_args(), VARIANTS)
    none = [forests.Forest()] * (FOLDS + 1)
    worth = [0.] * WORTHS
    data = work.extract("plain")
    y, words, share = labels(work, data)
    w = weights(data, words, share, work.real)
    kinds = fit_kinds(work, data)
    first = fit_folds(work, data, list(range(data.first_count)), y, w, FIRST)
    save(work, "one", kinds, first, none, worth)
    data = work.extract("first", "one")
    check(work, data, first, data.first)
    check_kinds(work, data, kinds)
    print("second", flush=True)
    second = fit_folds(work, data, second_sees(data), y, w, SECOND)
    save(work, "two", kinds, first, second, worth)
    data = work.extract("second", "two")
    check(work, data, second, data.second)
    worth = fit_worth(figures(work, data), scores(work, "second"))
    save(work, "model", kinds, first, second, worth)
    data = work.extract("final", "model")
    s = scores(work, "final")
    report(work, "unseen", s)
    report_kinds(work, data)
    q = np.array([float(r[3]) for r in data.index[:work.real]])
    print("quality    correlation with F1 %.3f, mean error %.3f" % (np.corrcoef(q, s)[0, 1], np.abs(q - s).mean()))
    write_table(a.parse_args().OUT, kinds[ALL], first[ALL], second[ALL], worth)


if __name__ == "__main__":
    main()
