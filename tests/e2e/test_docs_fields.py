# SPDX-License-Identifier: Apache-2.0
"""What docs/FIELDS.md shows is what comes out: its command on the example, and each row of its table of conversions."""
import html
import json
import os
import re
import shlex
import subprocess

from conftest import BIN, ROOT

EXAMPLE = os.path.join(ROOT, "docs", "examples", "fields")
with open(os.path.join(ROOT, "docs", "FIELDS.md"), encoding="utf-8") as f:
    TEXT = f.read()


def extract(command, cwd):
    program, *args = shlex.split(command)
    assert program == "riptide"
    r = subprocess.run([os.path.join(BIN, program), *args], cwd=cwd, capture_output=True, timeout=60, check=False)
    assert r.returncode == 0, r
    return json.loads(r.stdout)


def test_the_example_gives_what_is_shown():
    (command,) = re.findall(r"```sh\n(.*)\n```", TEXT)
    (shown,) = re.findall(r"```json\n(.*?)```", TEXT, re.S)
    document = extract(command, EXAMPLE)
    assert {"custom_fields": document["custom_fields"], "field_errors": document["extraction_metadata"]["field_errors"]} == json.loads(shown)


def test_each_row_of_the_table_converts_so(tmp_path):
    rows = re.findall(r"^\| `(.*)` \| ([a-zA-Z-]+) \| (\w+) \| `(.*)` \|$", TEXT, re.M)
    assert len(rows) >= 20
    (tmp_path / "page.html").write_text("".join('<p id=r%d lang="%s">%s</p>' % (i, lang, html.escape(text)) for i, (text, lang, _, _) in enumerate(rows)),
                                        encoding="utf-8")
    (tmp_path / "fields.json").write_text(json.dumps({text + kind + lang: {"css": "#r%d" % i, "type": kind} for i, (text, lang, kind, _) in enumerate(rows)}))
    values = extract("riptide extract page.html --fields fields.json", tmp_path)["custom_fields"]
    assert values == {text + kind + lang: json.loads(value) for text, lang, kind, value in rows}
