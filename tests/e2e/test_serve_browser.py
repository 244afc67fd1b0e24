# SPDX-License-Identifier: Apache-2.0
"""The service as a page's client: a page of the test site, rendered by another Riptide, uses fetch, EventSource and WebSocket against it."""
import json

import pytest

CLIENT = """
const base = %(base)s, key = %(key)s, out = {};
const auth = key ? {Authorization: 'Bearer ' + key} : {};
const json = {...auth, 'Content-Type': 'application/json'};
const ask = (path, more) => fetch(base + path, more);

let r = await ask('/v1/render', {method: 'POST', headers: {...json, 'X-Request-Id': 'from-a-page'}, body: JSON.stringify({html: '<title>Tide</title><p>High at noon'})});
out.render = [r.status, r.headers.get('X-Request-Id'), (await r.json()).document.title];

r = await ask('/v1/render', {method: 'POST', headers: {...json, Accept: 'application/x-ndjson'}, body: JSON.stringify({html: '<title>Live</title>'})});
let text = '';
for (const reader = r.body.pipeThrough(new TextDecoderStream()).getReader(), step = () => reader.read(); ;) {
	const {done, value} = await step();
	if (done) break;
	text += value;
}
out.ndjson = text.trim().split('\\n').map(l => JSON.parse(l)).map(e => e.type);
out.job = r.headers.get('X-Job-Id');

if (!key) { // an EventSource can send no key
	out.events = await new Promise((ok, no) => {
		const seen = [], es = new EventSource(base + '/v1/jobs/' + out.job + '/events');
		for (const type of ['queued', 'started', 'navigated', 'document', 'done'])
			es.addEventListener(type, e => {
				seen.push([type, Number(e.lastEventId)]);
				if (type === 'done') { es.close(); ok([seen, JSON.parse(e.data).data.result.document.title]); }
			});
		es.onerror = () => no(Error('EventSource: ' + JSON.stringify(seen)));
	});
}

out.ws = await new Promise((ok, no) => {
	const seen = [], ws = new WebSocket(base.replace('http', 'ws') + '/v1/ws', key ? ['riptide', 'riptide.key.' + key] : ['riptide']);
	ws.onopen = () => ws.send(JSON.stringify({op: 'render', id: 7, request: {html: '<title>By socket</title>'}}));
	ws.onerror = () => no(Error('WebSocket'));
	ws.onmessage = m => {
		const v = JSON.parse(m.data);
		seen.push(v.op);
		if (v.op === 'event' && v.event.type === 'done') {
			ws.close();
			ok([ws.protocol, v.id, [...new Set(seen)], v.event.data.result.document.title]);
		}
		if (v.op === 'error') no(Error(m.data));
	};
});
return out;
"""

STRANGER = """
const base = %(base)s, out = {};
out.get = await fetch(base + '/v1/jobs').then(r => r.status, e => e.name);
out.post = await fetch(base + '/v1/render', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"html": "x"}'}).then(r => r.status, e => e.name);
out.simple = await fetch(base + '/v1/render', {method: 'POST', mode: 'no-cors', body: '{"html": "x"}'}).then(r => r.type, e => e.name);
out.events = await new Promise(ok => { const es = new EventSource(base + '/v1/jobs/' + '0'.repeat(32) + '/events'); es.onopen = () => ok('open'); es.onerror = () => { es.close(); ok('error'); }; });
out.ws = await new Promise(ok => { const ws = new WebSocket(base.replace('http', 'ws') + '/v1/ws'); ws.onopen = () => ok('open'); ws.onerror = () => ok('error'); });
return out;
"""


def visit(riptide, site, code, **values):
    e = riptide.run({"url": site.url + "/", "timeouts": {"script_execution_ms": 20000},
                     "actions": [{"type": "execute_script", "code": code % {k: json.dumps(v) for k, v in values.items()}, "return_result": True,
                                  "timeout_ms": 20000}]}, rc=None)
    assert e["status"] == "complete", (e["error"], e["action_results"])
    return e["action_results"][0]["result"]


def test_a_page_that_may_uses_everything(riptide, serve, site):
    s = serve("--cors-origins", site.url)
    seen = visit(riptide, site, CLIENT, base=s.url, key="")
    assert seen["render"] == [200, "from-a-page", "Tide"]
    assert seen["ndjson"][0] == "queued" and seen["ndjson"][-1] == "done" and len(seen["job"]) == 32
    events, title = seen["events"]
    ids = [i for _, i in events]
    assert events[0] == ["queued", 1] and events[-1][0] == "done" and ids == sorted(ids) and title == "Live"
    protocol, message_id, ops, title = seen["ws"]
    assert (protocol, message_id, title) == ("riptide", 7, "By socket") and ops == ["accepted", "event"]


def test_a_page_shows_its_key(riptide, serve, site):
    s = serve("--cors-origins", site.url)
    key = s.riptide("keys", "create", "page", "--state-dir", s.state).text.strip()
    s.wait(lambda: s.get("/v1/jobs").status_code == 401, 5)
    seen = visit(riptide, site, CLIENT, base=s.url, key=key)
    assert seen["render"][0] == 200 and seen["ndjson"][-1] == "done" and seen["ws"][3] == "By socket"
    assert key not in s.log


@pytest.mark.parametrize("origins", [[], ["--cors-origins", "http://other.example"]], ids=["none", "another's"])
def test_a_strangers_page_gets_nothing(riptide, serve, site, origins):
    s = serve(*origins)
    seen = visit(riptide, site, STRANGER, base=s.url)
    assert seen == {"get": "TypeError", "post": "TypeError", "simple": "opaque", "events": "error", "ws": "error"}
    assert s.get("/v1/jobs").json()["jobs"] == []
