# SPDX-License-Identifier: Apache-2.0
"""Forests of small trees: fitted with xgboost, written as the tables that extract/content/model/forest.h reads."""
import json
import math
import struct

import numpy as np
import xgboost

LEAVES = 16
UNIT = 1024
EARLY, SURE = 48, 2560  # forest.h


def fit(rows, y, weight, trees, rate, classes=0, leaves=LEAVES, min_child=5, subsample=.5, columns=.3, columns_of=None):
    """A forest, or one per class. columns_of: which bytes of the row the columns are; None: all from the first on."""
    how = dict(objective="multi:softprob", num_class=classes) if classes else dict(objective="binary:logistic")
    m = xgboost.train(dict(how, tree_method="hist", grow_policy="lossguide", max_depth=0, max_leaves=leaves, max_bin=128, eta=rate,
                           min_child_weight=min_child, reg_lambda=5, subsample=subsample, colsample_bynode=columns, base_score=.5,
                           nthread=1, seed=1),
                      xgboost.DMatrix(rows, y, weight=weight, nthread=1), trees)
    model = json.loads(m.save_raw("json"))["learner"]["gradient_booster"]["model"]
    made = [tree(t, columns_of) for t in model["trees"]]
    if not classes:
        return Forest(made)
    return [Forest([t for t, c in zip(made, model["tree_info"]) if c == k]) for k in range(classes)]


class Forest:
    """trees: per tree its inner nodes [(byte of the row, threshold, left)] and 16 values; sums are whole numbers."""

    def __init__(self, trees=()):
        self.trees = list(trees)
        self.used = sorted({n[0] for t in self.trees for n in t[0]})

    def nodes(self):
        place = {s: i for i, s in enumerate(self.used)}
        return [(place[s], threshold, left) for t in self.trees for s, threshold, left in t[0]]

    def sums(self, rows):
        out = np.zeros(len(rows), np.int32)
        if len(self.trees) < 2 * EARLY:
            self.add(self.trees, rows, out, slice(None))
            return out
        self.add(self.trees[:EARLY], rows, out, slice(None))
        self.add(self.trees[EARLY:], rows, out, np.abs(out) < SURE)
        return out

    def add(self, trees, rows, out, which):
        columns = {s: np.ascontiguousarray(rows[which, s]) for s in self.used}
        for nodes, values in trees:
            alive = np.full(len(out[which]), 0xffff, np.uint16)
            for signal, threshold, left in nodes:
                alive &= np.where(columns[signal] > threshold, np.uint16(0xffff ^ left), np.uint16(0xffff))
            lowest = alive & (~alive + np.uint16(1))
            out[which] += np.array(values, np.int32)[np.log2(lowest).astype(int)]

    def probabilities(self, rows):
        return table()[np.clip((self.sums(rows) + 8 * UNIT) >> 4, 0, 1023)]

    def binary(self):
        nodes, sizes = self.nodes(), bytes(len(t[0]) for t in self.trees)
        return b"".join([struct.pack("<III", len(self.trees), len(nodes), len(self.used)),
                         struct.pack("<%dH" % len(self.used), *self.used),
                         *(struct.pack("<HBBH", s, t, 0, left) for s, t, left in nodes),
                         *(struct.pack("<16h", *t[1]) for t in self.trees),
                         sizes + bytes(len(sizes) % 2)])


def tree(t, columns_of):
    """Rows below the condition go left; they are whole numbers."""
    inner, values = [], []

    def walk(i):  # the leaves below, as bits; left to right
        if t["left_children"][i] < 0:
            values.append(int(np.clip(round(t["split_conditions"][i] * UNIT), -32768, 32767)))
            return 1 << (len(values) - 1)
        at = len(inner)
        inner.append(None)
        left = walk(t["left_children"][i])
        at_row = t["split_indices"][i] if columns_of is None else columns_of[t["split_indices"][i]]
        inner[at] = (at_row, min(254, max(0, math.ceil(t["split_conditions"][i]) - 1)), left)
        return left | walk(t["right_children"][i])

    walk(0)
    return inner, values + [0] * (LEAVES - len(values))


def table():
    """A sum, cut to 1024 steps of 16, as a probability of 250."""
    x = (np.arange(1024) * 16 + 8 - 8 * UNIT) / UNIT
    return np.round(250 / (1 + np.exp(-x))).astype(np.uint8)


# --- C ---

def lines(items, width=1900):
    out, line = [], ""
    for i in items:
        if len(line) + len(i) > width:
            out.append(line)
            line = ""
        line += i
    return out + [line]


def c_array(declaration, items):
    return "%s = {\n%s};\n" % (declaration, "\n".join(lines(items)))


def c_source(named):
    """named: [(C name, forest)]; arrays for each, and the initialisers to be used in a struct."""
    parts, init = [], {}
    for name, f in named:
        parts.append(c_array("static const uint8_t %s_sizes[]" % name, ["%d," % len(t[0]) for t in f.trees] or ["0"]))
        parts.append(c_array("static const struct forest_node %s_nodes[]" % name,
                             ["{%d,%d,0,%d}," % n for n in f.nodes()] or ["{0}"]))
        parts.append(c_array("static const uint16_t %s_used[]" % name, ["%d," % s for s in f.used] or ["0"]))
        parts.append(c_array("static const int16_t %s_leaves[]" % name, ["%d," % v for t in f.trees for v in t[1]] or ["0"]))
        init[name] = "{%d, %d, %s_used, %s_sizes, %s_nodes, %s_leaves}" % (len(f.trees), len(f.used), name, name, name, name)
    return "".join(parts), init
