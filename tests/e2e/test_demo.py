# SPDX-License-Identifier: Apache-2.0
"""The README's first command shows what it says."""
import os
import subprocess

from PIL import Image

from conftest import BIN, ROOT


def test_demo(clean, tmp_path):
    out = tmp_path / "demo"
    out.mkdir()
    r = subprocess.run(["bash", os.path.join(ROOT, "docs", "examples", "demo", "demo.sh"), BIN, out], capture_output=True, timeout=60,
                       env={"PATH": os.environ["PATH"], "TMPDIR": str(clean)})
    assert r.returncode == 0, r
    text = r.stdout.decode()
    for part in ("# Harbour log", "northern bar", "breakwater", "four knots", "## Tides at Stromness", "| Low | 12:07 | 0.8 m |"):
        assert part in text, part
    assert str(out / "page.png") in r.stderr.decode()
    with Image.open(out / "page.png") as im:
        assert im.width == 1280 and im.height > 1500
