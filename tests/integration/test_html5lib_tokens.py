# SPDX-License-Identifier: Apache-2.0
"""The tokenizer tests of html5lib (../shared/corpus/html5lib, skipped without) against our tokenizer. All must pass; what is left out, and
why, stands in `unusable`."""
import glob
import json
import os
import re
import subprocess

import pytest

from conftest import BIN, ROOT

FOLDER = os.path.join(ROOT, "..", "shared", "corpus", "html5lib", "tokenizer")
STATES = {"Data state": "data", "PLAINTEXT state": "plaintext", "RCDATA state": "rcdata", "RAWTEXT state": "rawtext", "Script data state": "script"}
MISSING = object()


def unescape(v):
    if isinstance(v, str):
        text = re.sub(r"\\u([0-9A-Fa-f]{4})", lambda m: chr(int(m.group(1), 16)), v)
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    if isinstance(v, list):
        return [unescape(x) for x in v]
    return {unescape(k): unescape(x) for k, x in v.items()} if isinstance(v, dict) else v


def unusable(test, state):
    """Lone surrogates are no UTF-8; the section state of CDATA is entered only with its start before it."""
    return state not in STATES or any("\ud800" <= c <= "\udfff" for c in json.dumps([test["input"], test["output"]], ensure_ascii=False))


def cases():
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.test"))):
        with open(path, encoding="utf-8") as f:
            tests = json.load(f).get("tests", [])  # xmlViolation.test is about making XML of it
        for test in tests:
            if test.get("doubleEscaped"):
                test = {**test, "input": unescape(test["input"]), "output": unescape(test["output"])}
            for state in test.get("initialStates", ["Data state"]):
                if not unusable(test, state):
                    yield os.path.basename(path), test, state


def fields(token, state):
    kind, *rest = token
    if kind == "StartTag":
        attrs = [x for pair in sorted(rest[1].items()) for x in pair]
        return [kind, rest[0], *attrs, "/" if len(rest) > 2 else ""]
    if kind == "DOCTYPE":
        return [kind, *(MISSING if x is None else x for x in rest[:3]), "" if rest[3] else "quirks"]
    if kind == "Character" and state == "Data state":
        return [kind, rest[0].replace("\0", "")]  # ours leaves out what every mode but foreign content drops
    return [kind, *rest]


def expected(test, state):
    out = []
    for token in test["output"]:
        f = fields(token, state)
        if f[0] == "Character" and out and out[-1][0] == "Character":
            out[-1][1] += f[1]
        elif f != ["Character", ""]:
            out.append(f)
    return out


def parse(text):
    out = []
    for token in text.split(b"\xff")[:-1]:
        f = [x.decode() if x != b"\xfd" else MISSING for x in token.split(b"\xfe")[:-1]]
        if f[0] == "StartTag":
            pairs = sorted(zip(f[2:-1:2], f[3:-1:2]))
            f = f[:2] + [x for pair in pairs for x in pair] + f[-1:]
        if f[0] == "Character" and out and out[-1][0] == "Character":
            out[-1][1] += f[1]
        elif f != ["Character", ""]:
            out.append(f)
    return out


def run(items):
    data = b""
    for _, test, state in items:
        html = test["input"].encode()
        data += b"%d %s %s\n%s" % (len(html), STATES[state].encode(), test.get("lastStartTag", "-").encode(), html)
    p = subprocess.run([os.path.join(BIN, "token_dump")], input=data, capture_output=True, timeout=120)
    assert p.returncode == 0, p.stderr
    out, at, results = p.stdout, 0, []
    while at < len(out):
        lf = out.index(b"\n", at)
        n = int(out[at:lf])
        results.append(parse(out[lf + 1:lf + 1 + n]))
        at = lf + 1 + n
    return results


@pytest.mark.skipif(not os.path.isdir(FOLDER), reason="../shared/corpus/html5lib is not here")
def test_tokens_are_as_html5lib_has_them(record_property):
    items = list(cases())
    assert len(items) > 6000
    results = run(items)
    assert len(results) == len(items)
    bad = ["%s: %s: %r\n  want %r\n  got  %r" % (file, test["description"], test["input"], expected(test, state), got)
           for (file, test, state), got in zip(items, results) if got != expected(test, state)]
    record_property("passed", "%d of %d" % (len(items) - len(bad), len(items)))
    print("html5lib tokens: %d of %d pass" % (len(items) - len(bad), len(items)))
    assert not bad, "\n".join(bad[:20])
