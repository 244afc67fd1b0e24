# SPDX-License-Identifier: Apache-2.0
"""Our trees against those of Chromium's DOMParser: 15 pages and 2,000 fragments here, all of them in `./run bench dom`."""
import os
import sys

import pytest

from conftest import BIN, ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "bench", "dom"))
import dom_diff  # noqa: E402

pytestmark = pytest.mark.skipif(not os.environ.get("RIPTIDE_ISOLATED"), reason="would reach the web: use ./run test pytest")
SHARED = os.path.join(ROOT, "..", "shared", "corpus", "wcxb-dev")


def test_trees_are_those_of_chromium(clean, record_property):
    corpus = SHARED if os.path.isdir(SHARED) else ""  # the fragments need no corpus
    pages, fragments = dom_diff.compare(BIN, corpus, 15, 2000, 7)
    record_property("pages", str(pages))
    record_property("fragments", str(fragments))
    print("pages: %s; fragments: %s" % (pages, fragments))
    assert fragments.inputs == 2000
    assert fragments.share() >= 0.999, fragments.different[0]
    if corpus:
        assert pages.inputs == 15
        assert pages.share() >= 0.999, pages.different[0][0]
