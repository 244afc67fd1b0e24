# SPDX-License-Identifier: Apache-2.0
"""An installation under any prefix works, and so does what the Debian package unpacks."""
import json
import os
import re
import subprocess

import pytest

from conftest import BIN, SANITIZED

BUILD = os.path.dirname(BIN)
HELPERS = {"riptide-extract", "riptide-stitch", "riptide-launch", "riptide-egress"}


def sh(*cmd, **kw):
    return subprocess.run(cmd, check=True, capture_output=True, text=True, timeout=120, **kw).stdout


def works(riptide, bin_dir):
    """The programs find each other: the extractor answers, and it is the installed one."""
    v = json.loads(riptide("version", "--json", bin_dir=bin_dir).text)
    assert v["version"]
    page = "<html><head><title>T</title></head><body><article><h1>T</h1><p>" + "Some words. " * 40 + "</p></article></body></html>"
    r = riptide("extract", "-", "--format", "json", stdin=page.encode(), bin_dir=bin_dir)
    assert "Some words." in r.text


@pytest.fixture
def prefix(tmp_path):
    sh("cmake", "--install", BUILD, "--prefix", str(tmp_path / "opt"))
    return tmp_path / "opt"


def test_install_under_a_prefix(riptide, prefix):
    assert set(os.listdir(prefix / "bin")) == {"riptide"}
    assert set(os.listdir(prefix / "libexec" / "riptide")) == HELPERS
    works(riptide, str(prefix / "bin"))


def test_helpers_are_those_of_the_installation(riptide, prefix):
    (prefix / "libexec" / "riptide" / "riptide-extract").unlink()
    r = riptide("extract", "-", stdin=b"<p>x", bin_dir=str(prefix / "bin"), rc=7)
    assert "riptide-extract" in r.err and "libexec/riptide" in r.err


def test_a_symbolic_link_to_the_program_works(riptide, prefix, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "riptide").symlink_to(prefix / "bin" / "riptide")
    works(riptide, str(tmp_path / "elsewhere"))


def test_units_name_the_installed_program(prefix):
    unit = (prefix / "lib/systemd/system/riptide.service").read_text()
    assert "\nExecStart=%s/bin/riptide serve" % prefix in unit


def test_install_into_a_destdir(tmp_path):
    sh("cmake", "--install", BUILD, env={**os.environ, "DESTDIR": str(tmp_path)})
    assert set(os.listdir(tmp_path / "usr/local/libexec/riptide")) == HELPERS


@pytest.mark.skipif(SANITIZED, reason="the package is made of the release build")
def test_the_debian_package(riptide, tmp_path):
    sh("cpack", "-G", "DEB", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-B", str(tmp_path / "pack"), cwd=tmp_path)
    deb, = (tmp_path / "pack").glob("*.deb")
    depends = sh("dpkg-deb", "-f", str(deb), "Depends")
    for package in ("chromium-headless-shell", "chromium-sandbox", "libwebsockets17", "libxml2", "libpcre2-8-0", "libseccomp2",
                    "libcjson1", "libidn2-0", "libssl3", "libyaml-0-2", "libpng16-16", "libjpeg62-turbo"):
        assert package in depends, depends
    modes = {l.split()[-1]: l.split()[:2] for l in sh("dpkg-deb", "-c", str(deb)).splitlines()}
    for program in ["./usr/bin/riptide", *("./usr/libexec/riptide/" + h for h in HELPERS)]:
        assert modes[program] == ["-rwxr-xr-x", "root/root"]
    for doc in ("README.md", "LICENSE", "CHANGELOG.md", "docs/ACTIONS.md", "docs/schema/render-request.schema.json"):
        assert "./usr/share/doc/riptide/" + doc in modes
    sh("dpkg-deb", "-x", str(deb), str(tmp_path / "root"))
    unit = (tmp_path / "root/usr/lib/systemd/system/riptide.service").read_text()
    assert "\nExecStart=/usr/bin/riptide serve" in unit and "/usr/local" not in unit
    for f in ("lib/systemd/system/riptide.socket", "lib/sysusers.d/riptide.conf", "share/doc/riptide/examples/riptide.conf"):
        assert "./usr/" + f in modes
    control = sh("dpkg-deb", "-I", str(deb))
    for script in ("postinst", "prerm", "postrm"):
        assert re.search(r"\* +%s\s" % script, control), control
    works(riptide, str(tmp_path / "root" / "usr" / "bin"))
