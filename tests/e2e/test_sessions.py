# SPDX-License-Identifier: Apache-2.0
"""Sessions through `riptide serve`: a login in one request, used in the next; what survives what; whose it is; one at a time."""
import concurrent.futures
import contextlib
import os
import signal
import sqlite3

import pytest

from conftest import Service, descendants, envelope, error, processes

LOGIN = [{"type": "type", "css": "#user", "text": "anna"}, {"type": "type", "css": "#password", "text": "opensesame"},
         {"type": "click", "css": "button", "wait_for_navigation": True}]
WHO = {"fields": {"who": {"css": "#who"}}}


def log_in(service, site, session_id, **kw):
    e = envelope(service.render({"url": site.url + "/login", "session_id": session_id, "actions": LOGIN, "extract": WHO}, **kw))
    assert e["status"] == "complete" and e["session_id"] == session_id, e
    assert e["final_url"] == site.url + "/private" and e["document"]["custom_fields"]["who"] == "Welcome anna", e
    return e


def who(service, site, session_id, **kw):
    """Who the protected page takes us for: None when it sends us to the login form."""
    body = {"url": site.url + "/private", "extract": WHO}
    if session_id:
        body["session_id"] = session_id
    e = envelope(service.render(body, **kw))
    assert e["status"] == "complete", e
    return e["document"]["custom_fields"]["who"] if e["final_url"] == site.url + "/private" else None


def seen(service, site, session_id):
    e = envelope(service.render({"url": site.url + "/stores", "session_id": session_id, "wait_for": "#seen:not(:empty)",
                                 "extract": {"fields": {"seen": {"css": "#seen"}}}}))
    assert e["status"] == "complete" and not e["warnings"], e
    return e["document"]["custom_fields"]["seen"]


# --- used on the next request ---

def test_login_in_one_request_is_used_in_the_next(service, site):
    log_in(service, site, "shop")
    assert who(service, site, "shop") == "Welcome anna"
    assert who(service, site, "other") is None
    assert who(service, site, None) is None
    envelope(service.render({"url": site.url + "/logout", "session_id": "shop"}))
    assert who(service, site, "shop") is None


def test_every_kind_of_storage_is_there_in_the_next(service, site):
    assert [seen(service, site, "stores") for _ in range(3)] == ["0 0 0", "1 1 1", "2 2 2"]
    state = envelope(service.get("/v1/sessions/stores/state"))
    assert state["origins"] == [{
        "origin": site.url, "localStorage": [{"name": "n", "value": "3"}], "sessionStorage": [{"name": "n", "value": "3"}],
        "indexedDB": [{"name": "d", "version": 1, "stores": [{"name": "s", "autoIncrement": False, "indexes": [],
                                                             "records": [{"key": "n", "value": 3}]}]}]}]


def test_sessions_are_described_listed_and_deleted(service, site):
    r = service.post("/v1/sessions", {"session_id": "mine", "session_config": {"max_pages": 5, "http_user": "u", "http_password": "s3cret"}})
    made = envelope(r, 201)
    assert made["session_id"] == "mine" and "s3cret" not in r.text and made["config"]["http_user"] == "u"
    error(service.post("/v1/sessions", {"session_id": "mine"}), 409, "conflict")
    who(service, site, "mine")
    one = envelope(service.get("/v1/sessions/mine"))
    assert (one["jobs"], one["live"], one["busy"]) == (1, True, False), one
    assert "mine" in [s["session_id"] for s in envelope(service.get("/v1/sessions"))["sessions"]]
    made = envelope(service.post("/v1/sessions", {}), 201)
    assert len(made["session_id"]) == 32
    for name in ("mine", made["session_id"]):
        assert service.delete("/v1/sessions/" + name).status_code == 204
        error(service.get("/v1/sessions/" + name), 404, "session_not_found")
        error(service.delete("/v1/sessions/" + name), 404, "session_not_found")


def test_states_are_carried_from_one_session_to_another(service, site):
    log_in(service, site, "from")
    state = envelope(service.get("/v1/sessions/from/state"))
    assert {c["name"] for c in state["cookies"]} == {"sid"}  # the form's own cookie has ended
    assert who(service, site, "to") is None
    assert service.request("PUT", "/v1/sessions/to/state", json=state).status_code == 204
    assert who(service, site, "to") == "Welcome anna"
    envelope(service.post("/v1/sessions", {"session_id": "born", "state": state}), 201)
    assert who(service, site, "born") == "Welcome anna"
    error(service.request("PUT", "/v1/sessions/to/state", json={"cookie": []}), 400, "invalid_request")
    assert envelope(service.get("/v1/sessions/to/state")) == state
    e = error(service.request("PUT", "/v1/sessions/to/state", json={"cookies": [{"name": "x"}]}), 400, "invalid_request")
    assert e["context"]["path"] == "cookies[0].value", e


# --- limits ---

def test_pages_and_time_run_out(service, site):
    body = {"url": site.url + "/", "session_id": "few", "session_config": {"max_pages": 2}}
    for _ in range(2):
        envelope(service.render(body))
    error(service.render(body), 409, "session_exhausted")
    body = {"url": site.url + "/", "session_id": "brief", "session_config": {"idle_timeout_ms": 3000}}
    envelope(service.render(body))
    assert service.get("/v1/sessions/brief").status_code == 200
    service.wait(lambda: service.get("/v1/sessions/brief").status_code == 404, 10)
    assert "brief" not in service.get("/v1/sessions").text


def test_keys_have_sessions_of_their_own(serve, site):
    s = serve("--session-max-per-key", "2")
    keys = [s.riptide("keys", "create", name, "--state-dir", s.state).text.strip() for name in ("anna", "ben")]
    a, b = [{"Authorization": "Bearer " + k} for k in keys]
    s.wait(lambda: s.get("/v1/sessions").status_code == 401)
    log_in(s, site, "shop", headers=a)
    error(s.get("/v1/sessions/shop", headers=b), 404, "session_not_found")
    error(s.get("/v1/sessions/shop/state", headers=b), 404, "session_not_found")
    error(s.delete("/v1/sessions/shop", headers=b), 404, "session_not_found")
    assert envelope(s.get("/v1/sessions", headers=b))["sessions"] == []
    assert who(s, site, "shop", headers=b) is None  # of the same name, his own
    assert who(s, site, "shop", headers=a) == "Welcome anna"
    envelope(s.post("/v1/sessions", {"session_id": "two"}, headers=a), 201)
    error(s.post("/v1/sessions", {"session_id": "three"}, headers=a), 429, "quota_exceeded")
    error(s.render({"url": site.url + "/", "session_id": "three"}, headers=a), 429, "quota_exceeded")
    envelope(s.post("/v1/sessions", {"session_id": "three"}, headers=b), 201)


# --- one at a time ---

def test_fifty_jobs_in_one_session_come_one_after_the_other(service, site):
    site.at_once.clear()
    body = {"url": site.url + "/alone?who=x", "session_id": "crowd", "wait_until": "load", "timeouts": {"hard_cap_ms": 60000}}
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: service.render(body, timeout=90), range(50)))
    codes = [r.status_code for r in answers]
    assert set(codes) <= {200, 409, 429, 503}, codes
    assert codes.count(200) >= 20, codes
    assert site.at_once["most x"] == 1
    assert envelope(service.get("/v1/sessions/crowd"))["jobs"] >= codes.count(200)


def test_a_busy_session_is_a_conflict_at_the_deadline(service, site):
    slow = {"url": site.url + "/alone?who=y&seconds=3", "session_id": "slow"}
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = pool.submit(service.render, slow)
        service.wait(lambda: service.get("/v1/sessions/slow").json().get("busy"))
        r = service.render({"url": site.url + "/", "session_id": "slow", "timeouts": {"hard_cap_ms": 1000}})
        assert r.status_code in (409, 503), r.text
        error(service.request("PUT", "/v1/sessions/slow/state", json={"cookies": []}), 409, "session_busy")
        envelope(first.result())


def test_more_sessions_than_living_contexts(serve, site):
    s = serve("--session-max-live", "2")
    names = ["s%d" % i for i in range(4)]
    for name in names:
        log_in(s, site, name)
    assert sum(v["live"] for v in envelope(s.get("/v1/sessions"))["sessions"]) == 2
    assert [who(s, site, name) for name in names] == ["Welcome anna"] * 4
    assert len(site.logins) >= 4


# --- what it survives ---

def browsers_of(service):
    procs = processes()
    return [p for p in descendants(service.pid) if "chrom" in procs.get(p, (0, "", ""))[2]]


def test_a_login_survives_the_browser(serve, site):
    """Also when the next job comes before the daemon has seen that its browser is gone."""
    s = serve()
    log_in(s, site, "shop")
    assert seen(s, site, "shop") == "0 0 0"
    for i in range(1, 6):
        killed = browsers_of(s)
        assert killed
        for pid in killed:  # the browser and its renderers, started by this test's daemon
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if i == 1:
            s.wait(lambda: not set(killed) & set(processes()))
            s.wait_ready()
        assert who(s, site, "shop") == "Welcome anna"
        assert seen(s, site, "shop") == "%d %d %d" % (i, i, i)


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGKILL], ids=["term", "kill"])
def test_a_login_survives_the_daemon(serve, site, sig):
    s = serve()
    log_in(s, site, "shop")
    assert seen(s, site, "shop") == "0 0 0"
    s.process.send_signal(sig)
    s.process.wait(40)
    s = serve(home=s.tmp)
    assert who(s, site, "shop") == "Welcome anna"
    assert seen(s, site, "shop") == "1 1 1"
    assert envelope(s.get("/v1/sessions/shop"))["jobs"] == 4


def test_two_daemons_do_not_share_a_directory(serve, site):
    s = serve()
    log_in(s, site, "shop")
    second = s.riptide("serve", "--listen", "127.0.0.1:0", "--state-dir", s.state, rc=8)
    assert "another riptide (process %d) uses" % s.pid in second.err, second
    assert who(s, site, "shop") == "Welcome anna"


def test_a_damaged_session_is_put_aside_the_others_go_on(serve, site):
    s = serve()
    log_in(s, site, "bad")
    log_in(s, site, "good")
    s.stop()
    db = sqlite3.connect(s.state / "riptide.db")
    assert db.execute("UPDATE session SET state = substr(state, 1, 20) WHERE id = 'bad'").rowcount == 1
    db.commit()
    db.close()
    s = serve(home=s.tmp)
    r = s.render({"url": site.url + "/private", "session_id": "bad"})
    assert r.status_code == 500 and r.json()["error"]["code"] == "corrupt", r.text
    assert "quarantine" in s.log and not any(sid in s.log for sid in site.logins)
    assert who(s, site, "bad") is None
    assert who(s, site, "good") == "Welcome anna"


def test_what_is_not_to_persist_does_not(serve, site):
    s = serve()
    config = {"persist_cookies": False}
    envelope(s.render({"url": site.url + "/login", "session_id": "shop", "session_config": config, "actions": LOGIN}))
    assert who(s, site, "shop") == "Welcome anna"  # alive
    assert seen(s, site, "shop") == "0 0 0"
    s.stop()
    s = serve(home=s.tmp)
    assert who(s, site, "shop") is None
    assert seen(s, site, "shop") == "1 1 1"


def test_secrets_are_in_no_log(serve, site):
    s = serve("--log-level", "debug")
    log_in(s, site, "shop")
    envelope(s.get("/v1/sessions/shop/state"))
    sid = next(iter(site.logins))
    s.stop()
    assert all(secret not in s.log for secret in [*site.logins, "opensesame"]), sid
