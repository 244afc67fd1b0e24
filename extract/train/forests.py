# SPDX-License-Identifier: Apache-2.0
"""Forests of small trees: fitted with xgboost, written as the tables that extract/content/forest.h reads."""
import json
import math
import struct

import numpy as np
import xgboost

LEAVES = 16
UNIT = 1024
THREADS = 2


def fit(rows, y, weight, trees, rate, leaves=LEAVES, min_child=5, subsample=.5, columns=.3):
    m = xgboost.train(dict(objective="binary:logistic", tree_method="hist", grow_policy="lossguide", max_depth=0, max_leaves=leaves,
                           max_bin=128, eta=rate, min_child_weight=min_child, reg_lambda=5, subsample=subsample, colsample_bynode=columns,
                           base_score=.5, nthread=THREADS, seed=1),
                      xgboost.DMatrix(rows, y, weight=weight, nthread=THREADS), trees)
    model = json.loads(m.save_raw("json"))["learner"]["gradient_booster"]["model"]
    return Forest(0, [tree(t) for t in model["trees"]])


class Forest:
    """trees: per tree its inner nodes [(signal, threshold, left)] and 16 values; sums are whole numbers."""

    def __init__(self, base=0, trees=()):
        self.base, self.trees = base, list(trees)

    def sums(self, rows):
        out = np.full(len(rows), self.base, np.int32)
        columns = {s: np.ascontiguousarray(rows[:, s]) for s in {n[0] for t in self.trees for n in t[0]}}
        for nodes, values in self.trees:
            alive = np.full(len(rows), 0xffff, np.uint16)
            for signal, threshold, left in nodes:
                alive &= np.where(columns[signal] > threshold, np.uint16(0xffff ^ left), np.uint16(0xffff))
            lowest = alive & (~alive + np.uint16(1))
            out += np.array(values, np.int32)[np.log2(lowest).astype(int)]
        return out

    def probabilities(self, rows):
        return table()[np.clip((self.sums(rows) + 8 * UNIT) >> 4, 0, 1023)]

    def binary(self):
        nodes = [n for t in self.trees for n in t[0]]
        sizes = bytes(len(t[0]) for t in self.trees)
        return b"".join([struct.pack("<IIi", len(self.trees), len(nodes), self.base),
                         *(struct.pack("<HBBH", s, t, 0, left) for s, t, left in nodes),
                         *(struct.pack("<16h", *t[1]) for t in self.trees),
                         sizes + bytes(len(sizes) % 2)])


def tree(t):
    """Rows below the condition go left; they are whole numbers."""
    inner, values = [], []

    def walk(i):  # the leaves below, as bits; left to right
        if t["left_children"][i] < 0:
            values.append(int(np.clip(round(t["split_conditions"][i] * UNIT), -32768, 32767)))
            return 1 << (len(values) - 1)
        at = len(inner)
        inner.append(None)
        left = walk(t["left_children"][i])
        inner[at] = (t["split_indices"][i], min(254, max(0, math.ceil(t["split_conditions"][i]) - 1)), left)
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
                             ["{%d,%d,0,%d}," % n for t in f.trees for n in t[0]] or ["{0}"]))
        parts.append(c_array("static const int16_t %s_leaves[]" % name, ["%d," % v for t in f.trees for v in t[1]] or ["0"]))
        init[name] = "{%d, %d, %s_sizes, %s_nodes, %s_leaves}" % (len(f.trees), f.base, name, name, name)
    return "".join(parts), init
