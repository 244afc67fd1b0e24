# SPDX-License-Identifier: Apache-2.0
"""The corpus as the training sees it: pages, folds by domain, and which blocks of a page are its content."""
import bisect
import collections
import glob
import gzip
import hashlib
import json
import os
import re
from urllib.parse import urlsplit

import numpy as np

FOLDS = 5
TYPES = ["article", "forum", "product", "collection", "listing", "documentation", "service"]
WORD = re.compile(r"\w+")
PUBLIC = {"co", "com", "org", "gov", "ac", "net", "edu"}


def words(text):
    return WORD.findall(text.lower())


def domain(url):
    host = (urlsplit(url).hostname or "").lower().split(".")
    n = 3 if len(host) > 2 and host[-2] in PUBLIC and len(host[-1]) == 2 else 2
    return ".".join(host[-n:])


class Page:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            d = json.load(f)
        self.id = os.path.basename(path)[:-5]
        self.url = (d.get("url") or d["ground_truth"].get("url") or "").strip()
        self.type = TYPES.index(d["_internal"]["page_type"]["primary"])
        self.truth = words(d["ground_truth"].get("main_content") or "")
        group = domain(self.url) or self.id
        self.fold = int(hashlib.sha256(group.encode()).hexdigest(), 16) % FOLDS
        # A third of the pages does without its address, as callers do.
        self.told = int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % 3 > 0


def pages(corpus):
    return [Page(p) for p in sorted(glob.glob(os.path.join(corpus, "wcxb-dev", "ground-truth", "*.json")))]


def unpack(corpus, folder):
    os.makedirs(folder, exist_ok=True)
    for p in glob.glob(os.path.join(corpus, "wcxb-dev", "html", "*.html.gz")):
        to = os.path.join(folder, os.path.basename(p)[:-3])
        if not os.path.exists(to):
            with gzip.open(p, "rb") as f, open(to, "wb") as out:
                out.write(f.read())


def write_list(all_pages, path):
    with open(path, "w") as f:
        for p in all_pages:
            url = p.url if p.told and p.url and " " not in p.url else "-"
            f.write("%s %d %s\n" % (p.id, p.fold, url))


# --- labels ---

def grams(tokens, n):
    return zip(*(tokens[i:] for i in range(n)))


def contained(block, truth_grams):
    """Share of the block's words that lie in runs of three (two, one) words of the truth."""
    n = min(3, len(block))
    covered = np.zeros(len(block), bool)
    for i, g in enumerate(grams(block, n)):
        if g in truth_grams[n]:
            covered[i:i + n] = True
    return covered.mean()


def anchors(blocks, truth, share):
    """Long blocks found once in the truth: (block, place), with the places in order."""
    places = collections.defaultdict(list)
    for i, g in enumerate(grams(truth, 5)):
        places[g].append(i)
    found = []
    for k, b in enumerate(blocks):
        if len(b) < 8 or share[k] < .8:
            continue
        hits = [places[g][0] - i for i, g in enumerate(grams(b, 5)) if len(places.get(g, ())) == 1]
        if hits:
            found.append((k, int(np.median(hits))))
    return found


def near_place(k, found, truth_len):
    """Where in the truth block k would stand, from the anchors before and after."""
    at = bisect.bisect_left(found, (k, -1))
    low = found[at - 1][1] if at > 0 else 0
    high = found[at][1] if at < len(found) else truth_len
    return min(low, high), max(low, high)


def label(blocks, truth):
    """1 or 0 for each block: is it content? Short texts that come again and again are content as often as in the truth."""
    truth_grams = {n: set(grams(truth, n)) for n in (1, 2, 3)}
    share = np.array([contained(b, truth_grams) if b else 0. for b in blocks])
    y = share >= .5
    found = anchors(blocks, truth, share)
    index = collections.defaultdict(list)
    for i, g in enumerate(grams(truth, 1)):
        index[g[0]].append(i)
    for k, b in enumerate(blocks):
        if not y[k] or len(b) >= 8 or not found:
            continue
        low, high = near_place(k, found, len(truth))
        starts = [i for i in index.get(b[0], ()) if low - 20 <= i <= high + 20]
        y[k] = any(truth[i:i + len(b)] == b for i in starts) if len(b) < 4 or share[k] >= 1 else bool(starts)
    copies = collections.defaultdict(list)
    for k, b in enumerate(blocks):
        if y[k]:
            copies[tuple(b)].append(k)
    around = np.convolve(np.where(y, 1., 0.), np.ones(11) / 11, "same") if len(y) > 11 else y * 1.
    for b, ks in copies.items():
        if len(ks) < 2:
            continue
        wanted = max(1, occurrences(list(b), truth, index))
        for k in sorted(ks, key=lambda k: (-around[k], k))[wanted:]:
            y[k] = False
    return y


def occurrences(b, truth, index):
    return sum(truth[i:i + len(b)] == b for i in index.get(b[0], ())) if b else 0
