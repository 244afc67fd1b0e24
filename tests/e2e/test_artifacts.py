# SPDX-License-Identifier: Apache-2.0
"""Artifacts through `riptide serve`: whose they are, how much and how long, what a killed daemon leaves."""
import hashlib
import os
import signal
import stat

import pytest

from conftest import envelope, error

PAGE = {"html": "<p>page", "artifacts": {"screenshot": True, "pdf": True}}


def files(service):
    return [os.path.join(at, name) for at, _, names in os.walk(service.state / "artifacts") for name in names]


def test_the_file_is_what_the_manifest_says_and_nobody_else_s(service):
    e = envelope(service.render(PAGE))
    assert sorted(a["kind"] for a in e["artifacts"]) == ["pdf", "screenshot"]
    for a in e["artifacts"]:
        r = service.get("/v1/artifacts/" + a["id"])
        assert r.headers["Content-Type"] == a["content_type"] and len(r.content) == a["bytes"]
        assert hashlib.sha256(r.content).hexdigest() == a["sha256"]
        path = service.state / "artifacts" / a["sha256"][:2] / a["sha256"][2:]
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert a["sha256"] not in a["id"]
    assert stat.S_IMODE(os.stat(service.state).st_mode) == 0o700
    for _ in range(50):  # on one connection: the file's end is not the connection's
        assert service.get("/v1/artifacts/" + e["artifacts"][0]["id"]).status_code == 200
        assert service.get("/v1/artifacts/" + "0" * 32).status_code == 404
    for wrong in ("0" * 32, e["artifacts"][0]["sha256"], "..%2f..%2friptide.db", "x"):
        assert service.get("/v1/artifacts/" + wrong).status_code in (400, 404)


def test_equal_content_is_one_file_until_the_last_is_deleted(serve):
    s = serve()
    body = {"html": "<p>same", "artifacts": {"screenshot": True}}
    a, b = [envelope(s.render(body))["artifacts"][0] for _ in range(2)]
    assert a["id"] != b["id"] and a["sha256"] == b["sha256"]
    assert len(files(s)) == 1
    assert s.delete("/v1/artifacts/" + a["id"]).status_code == 204
    assert s.get("/v1/artifacts/" + b["id"]).status_code == 200 and len(files(s)) == 1
    assert s.delete("/v1/artifacts/" + b["id"]).status_code == 204
    assert files(s) == []


def test_another_key_s_artifact_does_not_exist(serve):
    s = serve()
    a, b = [{"Authorization": "Bearer " + s.riptide("keys", "create", n, "--state-dir", s.state).text.strip()} for n in "ab"]
    s.wait(lambda: s.get("/v1/sessions").status_code == 401)
    one = envelope(s.render(PAGE, headers=a))["artifacts"][0]["id"]
    assert s.get("/v1/artifacts/" + one, headers=a).status_code == 200
    error(s.get("/v1/artifacts/" + one, headers=b), 404, "not_found")
    error(s.delete("/v1/artifacts/" + one, headers=b), 404, "not_found")
    assert s.get("/v1/artifacts/" + one, headers=a).status_code == 200


def stored(answer):
    return [a for a in answer["artifacts"] if a.get("id")]


@pytest.mark.parametrize("args,code", [(("--artifact-quota", "10"), "quota_exceeded"),
                                       (("--min-free-disk", "900000G"), "storage_full")], ids=["quota", "disk"])
def test_no_room_is_told_and_the_page_is_answered(serve, args, code):
    s = serve(*args)
    e = envelope(s.render(PAGE))
    assert e["document"] and not stored(e)
    assert code in [w["code"] for w in e["warnings"]], e["warnings"]
    assert files(s) == []


def test_a_key_s_own_quota(serve):
    s = serve()
    key = s.riptide("keys", "create", "small", "--state-dir", s.state, "--artifact-bytes", "10").text.strip()
    s.wait(lambda: s.get("/v1/sessions").status_code == 401)
    e = envelope(s.render(PAGE, headers={"Authorization": "Bearer " + key}))
    assert not stored(e) and "quota_exceeded" in [w["code"] for w in e["warnings"]]


def test_they_end_in_time(serve):
    s = serve("--artifact-ttl", "1s")
    one = envelope(s.render(PAGE))["artifacts"][0]["id"]
    s.wait(lambda: s.get("/v1/artifacts/" + one).status_code == 404, 10)


def test_a_killed_daemon_s_rests_are_swept(serve):
    s = serve()
    one = envelope(s.render(PAGE))["artifacts"][0]
    s.process.send_signal(signal.SIGKILL)
    s.process.wait(20)
    half = s.state / "artifacts" / "tmp" / "0123456789abcdef"
    half.write_bytes(b"half")
    (s.state / "artifacts" / one["sha256"][:2] / ("0" * 62)).write_bytes(b"no row")
    s = serve(home=s.tmp)
    r = s.get("/v1/artifacts/" + one["id"])
    assert r.status_code == 200 and hashlib.sha256(r.content).hexdigest() == one["sha256"]
    assert len(files(s)) == 2 and not half.exists()
    assert "removed 1 unfinished files, 1 files without a row" in s.log
