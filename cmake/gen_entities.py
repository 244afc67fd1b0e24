#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print extract/html/parse_entities_table.h: the named character references of the HTML standard, sorted."""
import html.entities

table = {}
for name, text in html.entities.html5.items():
    row = table.setdefault(name.rstrip(";"), [text, 0])
    if not name.endswith(";"):
        row[1] = 1
print("// SPDX-License-Identifier: Apache-2.0")
print("// Named character references of the HTML standard: name, UTF-8, and whether `;` may be missing.")
print("// Printed by cmake/gen_entities.py; sorted by name.")
print("// clang-format off")
line = ""
for name in sorted(table):
    text, bare = table[name]
    row = 'E("%s", "%s", %d)' % (name, "".join("\\%03o" % b for b in text.encode()), bare)
    if len(line) + 1 + len(row) > 100:
        print(line)
        line = row
    else:
        line = (line + " " + row).strip()
print(line)
