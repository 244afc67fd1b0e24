# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that a machine can check: layers, sizes, headers of files, documentation that matches the tables."""
import json
import os
import re
import statistics
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("RIPTIDE_BIN", os.path.join(ROOT, "build", "release", "bin"))
FOLDERS = ["base", "sandbox", "cdp", "actions", "extract", "orchestrator"]
# Who may include whom (docs/ARCHITECTURE.md, "Folders").
MAY = {
    "base": {"base"},
    "sandbox": {"sandbox", "base"},
    "cdp": {"cdp", "base"},
    "actions": {"actions", "cdp", "base"},
    "extract": {"extract", "sandbox", "base"},
    "orchestrator": set(FOLDERS),
}
# Of extract/, the daemon may see the frames and the options only: it never parses HTML.
DAEMON_SEES = {"extract/proto.h", "extract/document.h"}
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|alloca|gets|system|sleep|usleep)\s*\(")


def sources(pattern=r"\.[ch]$", folders=FOLDERS):
    out = subprocess.run(["git", "-C", ROOT, "ls-files", *folders], capture_output=True, text=True, check=True).stdout
    return [f for f in out.split() if re.search(pattern, f) and os.path.exists(os.path.join(ROOT, f))]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def code(text):
    """Without comments and strings."""
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"', "", text, flags=re.S)


def test_includes_keep_the_layers():
    bad = []
    for f in sources():
        room = f.split("/")[0]
        for inc in re.findall(r'^#include "([^"]+)"', read(f), re.M):
            target = inc.split("/")[0]
            if target in FOLDERS and target not in MAY[room]:
                bad.append("%s includes %s" % (f, inc))
            if room == "orchestrator" and target == "extract" and inc not in DAEMON_SEES:
                bad.append("%s includes %s: the daemon parses no HTML" % (f, inc))
            if "/" in inc and inc.endswith("_priv.h") and os.path.dirname(inc) != os.path.dirname(f):
                bad.append("%s includes the private %s" % (f, inc))
    assert not bad, "\n".join(bad)


# The rooms of cdp/, and which of them each may look into; its headers at the root belong to a room, too.
CDP_ROOMS = {
    "conn": {"conn"},
    "page": {"conn", "page"},
    "dom": {"conn", "page", "dom"},
    "capture": {"conn", "page", "dom", "capture"},
    "state": {"conn", "page", "state"},
}
CDP_FACES = {"conn.h": "conn", "loop.h": "conn", "page.h": "page", "dom.h": "dom", "input.h": "dom", "keys.h": "dom",
             "capture.h": "capture", "image.h": "capture", "state.h": "state"}


def cdp_room(path):
    part = path.split("/")[1]
    return CDP_FACES.get(part, part)


def test_rooms_of_cdp_look_one_way_only():
    bad = []
    for f in sources():
        inside = f.startswith("cdp/")
        if inside and cdp_room(f) not in CDP_ROOMS:
            bad.append("%s stands in no room" % f)
            continue
        for inc in re.findall(r'^#include "(cdp/[^"]+)"', read(f), re.M):
            if inside and cdp_room(inc) not in CDP_ROOMS[cdp_room(f)]:
                bad.append("%s includes %s" % (f, inc))
            if not inside and inc.count("/") > 1:
                bad.append("%s includes %s: other folders see the headers at the root of cdp/ only" % (f, inc))
    assert not bad, "\n".join(bad)


# The rooms of extract/content/: what a page is made of, rules, models, what is kept of that. content.c leads through them.
CONTENT_ROOMS = {
    "blocks": {"blocks"},
    "rules": {"blocks", "rules"},
    "model": {"blocks", "rules", "model"},
    "keep": {"blocks", "rules", "model", "keep"},
    "marks": {"blocks", "marks"},
}


def test_rooms_of_content_look_one_way_only():
    bad = []
    for f in sources(r"^extract/content/\w+/.*\.[ch]$"):
        for room in re.findall(r'^#include "extract/content/(\w+)/', read(f), re.M):
            if room not in CONTENT_ROOMS[f.split("/")[2]]:
                bad.append("%s looks into %s/" % (f, room))
    assert not bad, "\n".join(bad)


# Rooms that know nothing of what stands around them.
LONE_ROOMS = {"extract/meta/": ("dates", "structured"), "orchestrator/": ("admission", "egress")}


def test_lone_rooms_look_out_of_no_window():
    bad = []
    for parent, rooms in LONE_ROOMS.items():
        for room in rooms:
            files = [f for f in sources() if f.startswith(parent + room + "/")]
            assert files, room
            bad += ["%s looks at %s" % (f, inc) for f in files for inc in re.findall(r'^#include "([^"]+)"', read(f), re.M)
                    if inc.startswith(parent) and not inc.startswith(parent + room + "/")]
    assert not bad, "\n".join(bad)


def test_only_cdp_and_api_touch_libwebsockets():
    bad = [f for f in sources() if "libwebsockets.h" in read(f) and not f.startswith(("cdp/", "orchestrator/api/"))
           and f != "orchestrator/cli/cmd_version.c"]
    assert not bad, bad


def test_every_file_says_its_licence_and_duty():
    bad = []
    for f in sources():
        lines = read(f).split("\n")
        if not lines[0].startswith("// SPDX-License-Identifier: Apache-2.0") or not lines[1].startswith("//"):
            bad.append(f)
    assert not bad, bad


def test_banned_functions():
    bad = ["%s: %s" % (f, m.group(1)) for f in sources() for m in BANNED.finditer(code(read(f)))]
    assert not bad, "\n".join(bad)


def test_file_sizes():
    bad = ["%s: %d lines" % (f, n) for f in sources() for n in [read(f).count("\n")] if n > 1000]
    assert not bad, bad


def functions():
    out = subprocess.run(["ctags", "-x", "--c-kinds=f", "--_xformat=%{end} %{line} %N %F", *sources(r"\.c$")],
                         cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        end, start, name, file = line.split(" ")
        if end != "-":
            yield int(end) - int(start) + 1, name, file


def test_function_sizes():
    rows = list(functions())
    lengths = sorted(r[0] for r in rows)
    long = ["%s:%s %d lines" % (f, n, k) for k, n, f in rows if k > 120]
    assert not long, "\n".join(long)
    assert statistics.median(lengths) <= 18, statistics.median(lengths)
    assert lengths[int(len(lengths) * .95)] <= 60, lengths[int(len(lengths) * .95)]


def test_complexity():
    out = subprocess.run(["pmccabe", *sources(r"\.c$")], cwd=ROOT, capture_output=True, text=True).stdout
    rows = [l.split("\t") for l in out.splitlines() if l.count("\t") >= 5]
    assert rows
    bad = ["%s %s" % (r[5], r[0]) for r in rows if int(r[0]) > 25]
    assert not bad, "\n".join(bad)


def test_format():
    files = sources(folders=[*FOLDERS, "tests"])
    out = subprocess.run(["clang-format-14", "--dry-run", "--Werror", *files], cwd=ROOT, capture_output=True, text=True)
    files = sorted({l.split(":")[0] for l in out.stderr.splitlines() if "error:" in l})
    assert out.returncode == 0, "./run fmt mends: %s" % files


def riptide(*args):
    return subprocess.run([os.path.join(BIN, "riptide"), *args], capture_output=True, text=True, timeout=30, check=True).stdout


def test_generated_docs_are_printed_from_the_tables():
    pages = [line.split() for line in riptide("docs", "list").splitlines()]
    stale = [path for page, path in pages if riptide("docs", page) != read(path)]
    assert len(pages) >= 7 and not stale, "./run docs prints them anew: %s" % stale


def test_every_warning_is_in_the_table():
    table = re.findall(r'^    \{"(\w+)"', read("orchestrator/job/warnings.c"), re.M)
    used = set()
    for f in sources(r"\.c$", ["orchestrator"]):
        used |= set(re.findall(r'\b(?:job_warn|warn_count|warn_denied)\(\s*j,\s*"(\w+)"', read(f)))
    assert used == set(table) and len(used) == len(table), used ^ set(table)


def test_openapi_description_passes_redocly():
    tools = os.path.join(ROOT, "build", "npm")
    if not os.path.isdir(os.path.join(tools, "node_modules", "@redocly")):
        pytest.skip("no @redocly/openapi-core in build/npm: ./run test installs it")
    out = subprocess.run(["node", os.path.join(ROOT, "tests", "lint", "openapi.mjs"), tools, "docs/schema/openapi.json"],
                         cwd=ROOT, capture_output=True, text=True)
    assert out.returncode == 0, out.stdout + out.stderr


def test_schema_is_a_schema_and_accepts_the_examples():
    import jsonschema
    import yaml
    schema = json.loads(read("docs/schema/render-request.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    folder = os.path.join(ROOT, "docs", "examples")
    checked = 0
    for name in sorted(os.listdir(folder)):
        if name.endswith((".json", ".yaml")):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                jsonschema.validate(yaml.safe_load(f), schema)
            checked += 1
    assert checked >= 5
    # What the service refuses, the schema does too.
    for wrong in ({}, {"url": "http://a/", "html": "x"}, {"url": "http://a/", "actions": [{"type": "if", "then": []}]},
                  {"url": "http://a/", "actions": [{"type": "if", "css": "a", "expr": "b", "then": []}]},
                  {"url": "http://a/", "actions": [{"type": "select", "css": "a", "label": "b", "index": 1}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_links_in_docs_lead_somewhere():
    bad = []
    md = subprocess.run(["git", "-C", ROOT, "ls-files", "*.md"], capture_output=True, text=True, check=True).stdout.split()
    for f in md:
        if f.startswith("tests/data"):
            continue
        for link in re.findall(r"\]\(([^)#\s]+)", read(f)):
            if not link.startswith(("http", "mailto:")) and not os.path.exists(os.path.join(ROOT, os.path.dirname(f), link)):
                bad.append("%s -> %s" % (f, link))
    assert not bad, bad


def test_daemon_links_no_html_parser_and_confined_programs_no_network():
    ldd = lambda b: subprocess.run(["ldd", os.path.join(BIN, b)], capture_output=True, text=True, check=True).stdout
    assert "libxml2" not in ldd("riptide") and "libxml2" in ldd("riptide-extract")
    assert "libpcre2" not in ldd("riptide") and "libpcre2" in ldd("riptide-extract")
    bad = [(program, lib) for program in ("riptide-extract", "riptide-stitch", "riptide-launch", "riptide-egress") for lib in
           ("libwebsockets", "libcurl", "libssl", "libcrypto", "libsqlite3", "libjwt", "libyaml") if lib in ldd(program)]
    assert not bad, bad


def test_no_path_of_a_machine_in_the_repository():
    out = subprocess.run(["git", "-C", ROOT, "grep", "-nE", r"/work/(main|shared)|deb\.debian\.org|registry\.npmjs", "--", "."],
                         capture_output=True, text=True).stdout
    hits = [l for l in out.splitlines() if not l.startswith(("tests/lint/", "tests/data/corpus/"))]
    assert not hits, "\n".join(hits)
