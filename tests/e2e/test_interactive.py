# SPDX-License-Identifier: Apache-2.0
"""The WebSocket of the service: several jobs a connection, and a job that is led by hand, action by action."""
import asyncio
import json

import pytest
import websockets

PAGE = "<p id=a>one</p><button onclick=\"document.getElementById('a').textContent='two'\">go</button>"


def talk(service, steps):
    async def run():
        async with websockets.connect(service.url.replace("http", "ws") + "/v1/ws", max_size=None) as ws:
            async def say(**message):
                await ws.send(json.dumps(message))

            async def until(what):
                while True:
                    m = json.loads(await asyncio.wait_for(ws.recv(), 30))
                    if what(m):
                        return m
            return await steps(say, until)
    return asyncio.run(run())


def event(kind, job=None):
    return lambda m: m["op"] == "event" and m["event"]["type"] == kind and (job is None or m["event"]["job_id"] == job)


def test_a_job_is_led_action_by_action(service):
    async def steps(say, until):
        await say(op="render", id=7, interactive=True, request={"html": PAGE, "extract": {"fields": {"a": {"css": "#a"}}}})
        accepted = await until(lambda m: m["op"] == "accepted")
        assert accepted["id"] == 7
        job = accepted["job_id"]
        await until(event("waiting"))
        await say(op="action", id=8, job_id=job, action={"type": "click", "css": "button"})
        assert (await until(lambda m: m["op"] == "queued"))["id"] == 8
        await until(lambda m: event("action")(m) and m["event"]["data"].get("status") == "ok")
        await say(op="action", id=9, job_id=job, action={"type": "klick"})
        wrong = await until(lambda m: m["op"] == "error")
        assert wrong["id"] == 9 and wrong["error"]["code"] == "invalid_request" and "type" in wrong["error"]["context"]["path"]
        await say(op="action", job_id=job, action={"type": "click", "css": "#nobody", "timeout_ms": 200})
        await until(lambda m: event("action")(m) and m["event"]["data"].get("status") == "failed")
        await say(op="action", job_id=job, action={"type": "execute_script", "code": "return document.title = 'led'", "return_result": True})
        await say(op="finish", job_id=job)
        for index, status in ((2, "running"), (2, "ok")):
            data = (await until(event("action")))["event"]["data"]
            assert (data["index"], data["status"]) == (index, status)
        return (await until(event("done")))["event"]["data"]["result"]
    result = talk(service, steps)
    assert result["status"] == "complete" and result["document"]["custom_fields"]["a"] == "two"
    assert [r["status"] for r in result["action_results"]] == ["ok", "failed", "ok"]
    assert [r["index"] for r in result["action_results"]] == [0, 1, 2]


def test_an_interactive_job_keeps_its_deadline(service):
    async def steps(say, until):
        await say(op="render", interactive=True, request={"html": PAGE, "timeouts": {"hard_cap_ms": 8000}})
        return (await until(event("done")))["event"]["data"]["result"]
    result = talk(service, steps)
    assert result["status"] == "partial" and result["reasons"] == ["deadline"]


def test_several_jobs_and_their_cancellation(service, site):
    async def steps(say, until):
        await say(op="render", id="a", request={"html": "<p>a</p>"})
        await say(op="render", id="b", request={"url": site.url + "/hang"})
        b = (await until(lambda m: m["op"] == "accepted" and m["id"] == "b"))["job_id"]
        await say(op="cancel", id="c", job_id=b)
        await say(op="action", id="d", job_id=b, action={"type": "wait", "ms": 1})
        seen = {}
        while len(seen) < 3:
            m = await until(lambda m: m["op"] == "error" or (m["op"] == "event" and m["event"]["type"] in ("done", "error")))
            seen[m["id"]] = m
        return seen
    seen = talk(service, steps)
    assert seen["a"]["event"]["data"]["status"] == "complete"
    assert seen["b"]["event"]["type"] == "error"
    assert seen["d"]["error"]["code"] == "not_found"


@pytest.mark.parametrize("message,path,told", [
    ({"op": "render", "request": {"html": "x"}, "interactve": True}, "interactve", 'unknown key "interactve"; did you mean "interactive"?'),
    ({"op": "render", "html": "x"}, "html", 'unknown key "html"; known are op, id, request, interactive'),
    ({"op": "render", "request": {"html": "x"}, "interactive": 1}, "interactive", "expected true or false"),
    ({"op": "render", "request": {"html": "x", "engine": "fetch"}, "interactive": True}, "interactive", "can't be acted on"),
    ({"op": "subscribe", "job_id": "1", "last_event_id": -1}, "last_event_id", "expected an integer from 0"),
    ({"op": "finish", "id": 1, "jobid": "1"}, "jobid", 'unknown key "jobid"; did you mean "job_id"?')])
def test_what_a_message_may_not_have_is_refused(service, message, path, told):
    async def steps(say, until):
        await say(**message)
        return (await until(lambda m: m["op"] in ("error", "accepted")))
    answer = talk(service, steps)
    assert answer["op"] == "error" and answer["error"]["context"]["path"] == path and told in answer["error"]["message"], answer


def test_wrong_messages_are_answered(service):
    async def steps(say, until):
        out = []
        for m in ({"op": "dance"}, {"op": "render"}, {"op": "cancel", "job_id": "0" * 32}, {"op": "render", "request": {"url": "ftp://x/"}}):
            await say(**m)
            out.append((await until(lambda m: m["op"] == "error"))["error"]["code"])
        await say(op="ping", id=1)
        assert (await until(lambda m: m["op"] == "pong"))["id"] == 1
        return out
    assert talk(service, steps) == ["invalid_request", "invalid_request", "not_found", "invalid_url"]
