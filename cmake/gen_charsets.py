#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print extract/html/charset_tables.h: the upper halves of the single-byte encodings of the Encoding standard."""
CODECS = {
    "ibm866": "cp866", "iso-8859-2": 0, "iso-8859-3": 0, "iso-8859-4": 0, "iso-8859-5": 0, "iso-8859-6": 0,
    "iso-8859-7": 0, "iso-8859-8": 0, "iso-8859-10": 0, "iso-8859-13": 0, "iso-8859-14": 0, "iso-8859-15": 0,
    "iso-8859-16": 0, "koi8-r": 0, "koi8-u": 0, "macintosh": "mac_roman", "windows-874": "cp874",
    "windows-1250": 0, "windows-1251": 0, "windows-1252": 0, "windows-1253": 0, "windows-1254": 0,
    "windows-1255": 0, "windows-1256": 0, "windows-1257": 0, "windows-1258": 0, "x-mac-cyrillic": "mac_cyrillic",
}

# Where the standard knows more than Python.
FIXES = {("koi8-u", 0xAE): 0x45E, ("koi8-u", 0xBE): 0x40E, ("windows-1255", 0xCA): 0x5BA}

def decode(byte, codec):
    if (codec, byte) in FIXES:
        return FIXES[codec, byte]
    try:
        return ord(bytes([byte]).decode(codec))
    except UnicodeDecodeError:
        return byte if byte < 0xA0 else 0xFFFD

print("// SPDX-License-Identifier: Apache-2.0")
print("// Code points of the bytes 0x80 to 0xff in the single-byte encodings of the Encoding standard.")
print("// Printed by cmake/gen_charsets.py.")
print("// clang-format off")
for name, codec in CODECS.items():
    print('{"%s", {' % name)
    points = ["0x%x," % decode(b, codec or name) for b in range(0x80, 0x100)]
    line = ""
    for p in points:
        if len(line) + len(p) > 98:
            print("\t" + line)
            line = ""
        line += p
    print("\t" + line + "}},")
