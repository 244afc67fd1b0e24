# SPDX-License-Identifier: Apache-2.0
"""Every `curl` of docs/API.md does what it is shown for, and leaves no error in a file."""
import itertools
import os
import re
import subprocess

import pytest
import requests

from conftest import ROOT

with open(os.path.join(ROOT, "docs", "API.md"), encoding="utf-8") as f:
    COMMANDS = re.findall(r"```sh\n(curl .*)\n```", f.read())
FILES = [c for c in COMMANDS if " -o " in c]
counter = itertools.count()


def new_id(service, site, command):
    if "/sessions/" in command:
        name = "docs-%d" % next(counter)
        assert requests.post(service.url + "/v1/sessions", json={"session_id": name}, timeout=30).status_code == 201
        return name
    shot = "/artifacts/" in command
    r = requests.post(service.url + "/v1/render", json={"url": site.url + "/", "artifacts": {"screenshot": shot}}, timeout=60).json()
    return r["artifacts"][0]["id"] if shot else r["job_id"]


def run(service, command, url, cwd, ident=""):
    command = command.replace("http://127.0.0.1:8377", service.url).replace("https://example.com/", url)
    assert service.url in command
    return subprocess.run(["bash", "-c", command.replace("curl ", "curl -w '\\n%{http_code}' ", 1)], cwd=cwd, timeout=60,
                          env={**os.environ, "ID": ident}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: re.search(r"8377(\S*)$", c).group(1) + ("-delete" if "DELETE" in c else ""))
def test_each_command_succeeds(service, site, tmp_path, command):
    ident = new_id(service, site, command) if "$ID" in command else ""
    r = run(service, command, site.url + "/", tmp_path, ident)
    status = int(r.stdout.rsplit(b"\n", 1)[1])
    assert r.returncode == 0, r
    assert status == 426 if command.endswith("/v1/ws") else 200 <= status < 300, r
    for name in re.findall(r"-o (\S+)", command):
        assert (tmp_path / name).read_bytes()[:4] in (b"\x89PNG", b"%PDF"), r


@pytest.mark.parametrize("command", FILES)
def test_an_error_is_no_file(service, tmp_path, command):
    assert len(FILES) == 3
    r = run(service, command, "http://127.0.0.1:9/", tmp_path, "a" * 32)
    assert r.returncode == 22 and b"error" in r.stderr, r
    assert not os.listdir(tmp_path)
