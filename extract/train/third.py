#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Learns the third model from the corpus as Chromium rendered it, and says what a browser adds on pages of unseen domains.

usage: third.py PROGRAM CORPUS WORK OUT

After train.py, with the same arguments but for OUT, the C table extract/content/model/model_boxes.h. WORK/rendered holds ID.html and ID.facts
(render.sh makes them); without it nothing is done. The model learns to correct what models of other folds say of its pages.
The table is written only if pages gain, and is empty otherwise.
"""
import argparse
import json
import os
import subprocess

import numpy as np
import xgboost

import corpus
import forests
import train

TREES = 20
HOW = dict(objective="binary:logistic", tree_method="hist", grow_policy="lossguide", max_depth=0, max_leaves=4, max_bin=128, eta=.05,
           min_child_weight=200, reg_lambda=100, subsample=.5, colsample_bynode=.5, nthread=1, seed=1)
SEES = ("both", "bigger", "aside", "wider", "inside", "alike", "column", "beside", "density", "among")
GAIN = .002  # of F1, below which a model is not worth having


class Rendered(train.Work):
    def __init__(self, args):
        super().__init__(args)
        self.html = self.path("rendered")
        self.pages = [p for p in self.pages if os.path.exists(os.path.join(self.html, p.id + ".facts"))]
        self.real = len(self.pages)
        corpus.write_list(self.pages, self.path("list-rendered"))
        self.folds = np.array([p.fold for p in self.pages])
        self.kinds = np.array([p.type for p in self.pages])
        self.plain = self.path("rendered-plain")  # the same without facts
        os.makedirs(self.plain, exist_ok=True)
        for p in self.pages:
            to = os.path.join(self.plain, p.id + ".html")
            if not os.path.lexists(to):
                os.symlink(os.path.join("..", "rendered", p.id + ".html"), to)

    def extract(self, name, html=None, third=None):
        os.makedirs(self.path(name), exist_ok=True)
        subprocess.run([self.program, html or self.html, self.path("list-rendered"), self.path(name), self.path("model"),
                        *([self.path(third)] if third else [])], check=True)
        data = train.Data(self.path(name))
        data.third_rows = np.fromfile(self.path(name) + ".third", np.uint8).reshape(len(data.rows), -1)
        return data


def offsets(data):
    """{signal: byte of the row}, from names like "first0"."""
    return {name[:-1]: i for i, name in enumerate(data.names[3]) if name.endswith("0") and not name[:-1].endswith("types")}


def styled(data):
    """Pages whose style sheets are there: several sizes of type, and columns."""
    at = offsets(data)
    first = data.start[:-1][data.n > 0]
    out = np.zeros(len(data.n), bool)
    rows = data.third_rows[first]
    out[data.n > 0] = (rows[:, at["page_fonts"]] >= 5) & (rows[:, at["page_columns"]] >= 3)
    return out


def report(work, title, s, some=None):
    some = np.ones(len(s), bool) if some is None else some
    kinds = work.kinds[some]
    rows = ["%s %.3f" % (t, s[some][kinds == k].mean()) for k, t in enumerate(corpus.TYPES) if (kinds == k).any()]
    print("%-28s F1 %.4f   %s" % (title, s[some].mean(), "  ".join(rows)), flush=True)


def margins():
    """The sums that probabilities come from, as third.c has them."""
    table = forests.table()
    steps = np.arange(1024)
    return np.array([int((int(steps[table == p][0]) * 16 + int(steps[table == p][-1]) * 16 - 16 * forests.UNIT) / 2) if (table == p).any() else 0
                     for p in range(251)]) / forests.UNIT


def fit(work, data):
    y, words, share = train.labels(work, data)
    w = train.weights(data, words, share)
    w[(data.third_rows == 0).all(1)] = 0  # pages without facts
    fold = work.folds[data.page_of]
    columns = [i for i, name in enumerate(data.names[3]) if name.rstrip("0123456789") in SEES]
    base = margins()[data.third_rows[:, offsets(data)["both"]]]

    def job(k):
        seen = (w > 0) & (fold != k)
        m = xgboost.train(HOW, xgboost.DMatrix(data.third_rows[seen][:, columns], y[seen], weight=w[seen], base_margin=base[seen], nthread=1),
                          TREES)
        made = json.loads(m.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
        return forests.Forest([forests.tree(t, columns) for t in made])

    return train.in_two(job)


def save(work, name, models):
    for k, f in enumerate(models):
        with open(work.path("%s-%d.bin" % (name, k)), "wb") as out:
            out.write(f.binary())


def write_table(path, forest):
    arrays, init = forests.c_source([("third", forest)]) if forest else ("", {"third": "{0}"})
    with open(path, "w") as f:
        f.write("// SPDX-License-Identifier: Apache-2.0\n"
                "// clang-format off\n"
                "// Written by extract/train/third.py (./run train) from the WCXB development split (CC-BY-4.0), rendered in Chromium; not to be edited.\n")
        f.write(arrays)
        f.write("#define THIRD_DEFAULT %s\n// clang-format on\n" % init["third"])


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("PROGRAM", "CORPUS", "WORK", "OUT"):
        a.add_argument(name)
    a.add_argument("--force", action="store_true", help="write the model whatever it gains")
    args = a.parse_args()
    if not os.path.isdir(os.path.join(args.WORK, "rendered")):
        print("no rendered pages: the third model is left as it is")
        return
    work = Rendered(args)
    save(work, "no-third", [forests.Forest()] * (corpus.FOLDS + 1))
    plain = work.extract("rendered-plain-out", html=work.plain)
    data = work.extract("rendered-marked-out", third="no-third")
    models = fit(work, data)
    save(work, "third", models)
    work.extract("rendered-third-out", third="third")
    some = styled(data)
    scores = {name: train.scores(work, "rendered-%s-out" % name) for name in ("plain", "marked", "third")}
    for what, which in (("all", None), ("styled", some)):
        for name, s in scores.items():
            report(work, "%s %s" % (what, name), s, which)
    print("%d pages, %d styled; blocks: %d" % (len(work.pages), some.sum(), len(plain.rows)))
    for name in ("marked", "third"):
        d = scores[name] - scores["plain"]
        print("%-8s better on %d pages, worse on %d; mean of the changes %.4f, its standard error %.4f" % (
            name, (d > .005).sum(), (d < -.005).sum(), d.mean(), d.std() / np.sqrt(len(d))))
    gain = scores["third"].mean() - scores["marked"].mean()
    if args.force or gain >= GAIN:
        write_table(args.OUT, models[corpus.FOLDS])
    else:
        print("no model: it gains %.4f" % gain)
        write_table(args.OUT, None)


if __name__ == "__main__":
    main()
