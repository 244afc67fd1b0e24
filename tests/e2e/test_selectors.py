# SPDX-License-Identifier: Apache-2.0
"""Our selectors against Chromium's querySelectorAll and our XPath against its document.evaluate(): 100 and 30 for each of the 20 committed
pages; ten times as many in `./run bench dom`."""
import os
import sys

import pytest

from conftest import BIN, ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "bench", "dom"))
import select_diff  # noqa: E402
import xpath_diff  # noqa: E402

pytestmark = pytest.mark.skipif(not os.environ.get("RIPTIDE_ISOLATED"), reason="would reach the web: use ./run test pytest")


def test_selections_are_those_of_chromium(clean, record_property):
    pages, result = select_diff.compare(BIN, os.path.join(ROOT, "tests", "data", "corpus", "html"), 100, 11)
    record_property("selectors", str(result))
    print(result)
    assert pages == 20
    assert result.selectors == 2000
    assert result.matching >= 600  # else equal means little
    assert not result.different, result.different[0]


def test_xpath_finds_what_chromium_does(clean, record_property):
    pages, result = xpath_diff.compare(BIN, os.path.join(ROOT, "tests", "data", "corpus", "html"), 30, 5)
    record_property("expressions", str(result))
    print(result)
    assert pages >= 15
    assert result.selectors >= 25 * pages
    assert result.matching >= 10 * pages
    assert not result.different, result.different[0]
