#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the models are worth on pages as they never saw them: the corpus built otherwise, and translated word by word.

usage: otherwise.py PROGRAM CORPUS WORK

To be run after train.py with the same arguments. First each way of variants.py by itself, for all pages: other names, other elements.
Then other languages: tags, attributes, scripts and comments stay as they are; the texts become words of no language ("letters": other
letters in each word) or Chinese characters without spaces ("characters": one to three a word). What is kept of these is compared
block by block, so that both are scored on the English words; pages whose blocks are not the same are left out.
"""
import argparse
import collections
import os
import re
import sys
import zlib

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import train
import variants

NO_TEXT = re.compile(r"(<!--.*?-->|<(script|style|textarea)\b.*?</\2\s*>|<[^>]*>|&[#\w]+;?)", re.S | re.I)
WORD = re.compile(r"[A-Za-z\u00c0-\u024f'\u2019]+")
OTHER_LETTERS = str.maketrans("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
                              "nopqrstuvwxyzabcdefghijklmNOPQRSTUVWXYZABCDEFGHIJKLM")
WIDE = str.maketrans({",": "\uff0c", ".": "\u3002", "?": "\uff1f", "!": "\uff01", ":": "\uff1a", ";": "\uff1b"})
BETWEEN_WIDE = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]+(?=[\u3000-\u9fff\uff00-\uffef])")


def letters(text):
    return text.translate(OTHER_LETTERS)


def characters_of(match):
    word = match.group(0).lower()
    n = 1 if len(word) < 4 else 2 if len(word) < 9 else 3
    return "".join(chr(0x4e00 + zlib.crc32(("%d%s" % (i, word)).encode()) % 3000) for i in range(n))


def characters(text):
    text = re.sub(r"[.,?!:;](?=\s|$)", lambda m: m.group(0).translate(WIDE), text)
    return BETWEEN_WIDE.sub("", WORD.sub(characters_of, text))


def translate(page, how):
    out, at = [], 0
    for m in NO_TEXT.finditer(page):
        out += [how(page[at:m.start()]), m.group(0)]
        at = m.end()
    return "".join(out) + how(page[at:])


def write_pages(source, folder, how):
    os.makedirs(folder, exist_ok=True)
    for name in sorted(os.listdir(source)):
        with open(os.path.join(source, name), encoding="utf-8", errors="replace") as f:
            page = f.read()
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(how(page))


def f1(blocks, kept, truth):
    got = collections.Counter(w for b, k in zip(blocks, kept) if k for w in b)
    return train.f1(" ".join(got.elements()), truth)


def kept(data, k):
    return data.kept[data.start[k]:data.start[k + 1]] > 0


def built_otherwise(work, english):
    for how in [how for ways in variants.MADE_OTHERWISE for _, how in ways]:
        work.html = work.path("html-otherwise")
        write_pages(english, work.html, how)
        work.extract("otherwise", "model")
        train.report(work, how.__name__, train.scores(work, "otherwise"))


def in_other_languages(work, english, plain):
    blocks = plain.texts()
    for how in (letters, characters):
        work.html = work.path("html-" + how.__name__)
        write_pages(english, work.html, lambda page: translate(page, how))
        other = work.extract(how.__name__, "model")
        same = [k for k in range(len(work.pages)) if plain.n[k] == other.n[k]]
        scores = np.array([[f1(blocks[k], kept(d, k), work.pages[k].truth) for d in (plain, other)] for k in same])
        print("%-11s %d pages: F1 %.4f, in English %.4f" % (how.__name__, len(same), *scores.mean(0)[::-1]), flush=True)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("PROGRAM", "CORPUS", "WORK"):
        a.add_argument(name)
    work = train.Work(a.parse_args())
    plain = work.extract("plain", "model")
    train.report(work, "as it is", train.scores(work, "plain"))
    english = work.html
    built_otherwise(work, english)
    in_other_languages(work, english, plain)


if __name__ == "__main__":
    main()
