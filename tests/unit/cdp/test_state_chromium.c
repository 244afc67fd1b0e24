// SPDX-License-Identifier: Apache-2.0
// Cookies and storage of a context go out of one real Chromium context and into another: every kind
// of storage, each only where it belongs, nothing by half.
#include "cdp/state.h"
#include "real_chromium.h"

#define HTML_HEAD "200 OK\r\nContent-Type: text/html; charset=utf-8"
static const struct test_page pages[] = {
    {"/bare", NULL, "<!doctype html><p>bare", 0},
    {"/cookies",
	HTML_HEAD "\r\nSet-Cookie: host=1; Path=/; HttpOnly; Max-Age=1000"
		  "\r\nSet-Cookie: whole=2; Path=/; Domain=a.localhost; SameSite=Strict"
		  "\r\nSet-Cookie: part=3; Path=/; Secure; SameSite=None; Partitioned",
	"<!doctype html><p>cookies", 0},
    {"/frames", NULL,
	"<!doctype html><iframe src='http://x.a.localhost:%P/bare'></iframe>"
	"<iframe src='http://b.localhost:%P/bare'></iframe>",
	0},
    {NULL, NULL, NULL, 0},
};

// --- helpers ---

#define A(path) on("a.localhost", server.port, path)
#define B(path) on("b.localhost", server.port, path)

// Another tab of the same context.
static void
another_page(struct fixture *f)
{
	struct cdp_page_opts o = {.allow_private = true};

	new_page(f, &o);
}

static cJSON *export(struct fixture *f)
{
	cJSON *state = NULL;

	if (cdp_state_export(f->page, deadline_in_ms(10000), &state, &f->err) != 0)
		fail_msg("export: %s", f->err.message);
	if (cdp_state_check(state, &f->err) != 0)
		fail_msg("what was exported is refused: %s: %s", f->err.path, f->err.message);
	return state;
}

static void
import(struct fixture *f, const cJSON *state)
{
	if (cdp_state_import(f->page, state, deadline_in_ms(10000), &f->err) != 0)
		fail_msg("import: %s: %s", f->err.path, f->err.message);
	assert_int_equal(cdp_page_commits(f->page), 0); // the page has no foreign history
}

static const cJSON *
origin_of(const cJSON *state, const char *url)
{
	size_t n = strcspn(url + 7, "/") + 7;

	json_foreach (o, json_get(state, "origins"))
		if (strlen(json_str(o, "origin")) == n &&
		    memcmp(json_str(o, "origin"), url, n) == 0)
			return o;
	return NULL;
}

static void
expect_warnings(const struct fixture *f, const char *json)
{
	cleanup_buf text = BUF_INIT;

	json_foreach (w, cdp_state_warnings(f->page))
		buf_fmt(
		    &text, "%s%s %s", text.n ? "; " : "", json_str(w, "part"), json_str(w, "why"));
	assert_string_equal(text.n ? text.p : "", json);
}

// --- the round ---

static const cJSON *
cookie(const cJSON *state, const char *name)
{
	json_foreach (c, json_get(state, "cookies"))
		if (strcmp(json_str(c, "name"), name) == 0)
			return c;
	return NULL;
}

static void
cookies_go_round(void **state UNUSED)
{
	cJSON *saved, *again;
	const cJSON *c;
	struct fixture f;

	open_page(&f);
	must_load(&f, A("/cookies"));
	saved = export(&f);
	c = cookie(saved, "host");
	assert_string_equal(json_str(c, "domain"), "a.localhost");
	assert_true(json_bool(c, "httpOnly", false));
	assert_true(json_num(c, "expires", 0) > 1.7e9);
	assert_string_equal(json_str(c, "sameSite"), "Lax");
	c = cookie(saved, "whole");
	assert_string_equal(json_str(c, "domain"), ".a.localhost");
	assert_string_equal(json_str(c, "sameSite"), "Strict");
	assert_true(json_num(c, "expires", 0) == -1); // ends with the session
	c = cookie(saved, "part");
	assert_string_equal(json_str(c, "partitionKey"), "http://a.localhost");
	shut(&f);
	open_page(&f);
	import(&f, saved);
	again = export(&f);
	assert_true(cJSON_Compare(json_get(saved, "cookies"), json_get(again, "cookies"), true));
	server_forget(&server);
	must_load(&f, A("/bare"));
	assert_true(server_saw(&server, "host=1"));
	assert_true(server_saw(&server, "part=3"));
	server_forget(&server);
	must_load(&f, on("x.a.localhost", server.port, "/bare"));
	assert_true(server_saw(&server, "whole=2"));
	assert_false(server_saw(&server, "host=1")); // the host's own, not the domain's
	cJSON_Delete(saved);
	cJSON_Delete(again);
	shut(&f);
}

static void
a_bad_cookie_is_named(void **state UNUSED)
{
	cJSON *bad = cJSON_Parse("[{\"name\":\"ok\",\"value\":\"1\",\"domain\":\"a.localhost\"},"
				 "{\"name\":\"a;b\",\"value\":\"1\",\"domain\":\"a.localhost\"}]");
	struct fixture f;

	open_page(&f);
	assert_int_equal(
	    cdp_state_set_cookies(f.page, bad, deadline_in_ms(5000), &f.err), ERR_INVALID_REQUEST);
	assert_string_equal(f.err.path, "cookies[1]");
	cJSON_Delete(bad);
	shut(&f);
}

static const char fill_js[] =
    "(async () => {"
    " localStorage.setItem('k', 'v'); localStorage.setItem('odd', 'a\\0b\\ud800c');"
    " localStorage.setItem('', 'empty'); sessionStorage.setItem('tab', 'T\\ud800');"
    " const open = indexedDB.open('shop', 7);"
    " open.onupgradeneeded = () => {"
    "  const s = open.result.createObjectStore('cart', {keyPath: 'id', autoIncrement: true});"
    "  s.createIndex('by', ['a', 'b'], {unique: true}); s.createIndex('m', 't', {multiEntry: true});"
    "  open.result.createObjectStore('loose'); };"
    " await new Promise(r => open.onsuccess = r);"
    " const db = open.result, tx = db.transaction(['cart', 'loose'], 'readwrite');"
    " tx.objectStore('cart').add({a: 1, b: 2, t: ['x', 'y']});"
    " const loop = {n: 1n, u: undefined, z: -0, i: Infinity, d: new Date(86400000), r: /a/gi,"
    "  e: new TypeError('oops'), bytes: new Uint8Array([1, 2, 255]), buf: new ArrayBuffer(2),"
    "  map: new Map([['k', new Set([1])]]), f: new Float64Array([1.5]), nul: null, list: [1, , 3]};"
    " loop.self = loop;"
    " tx.objectStore('loose').put(loop, new Date(5));"
    " tx.objectStore('loose').put('text', [1, 'two']);"
    " await new Promise(r => tx.oncomplete = r); db.close(); return 1; })()";

static const char look_js[] =
    "(async () => {"
    " const open = indexedDB.open('shop'); await new Promise(r => open.onsuccess = r);"
    " const db = open.result, tx = db.transaction(['cart', 'loose']), c = tx.objectStore('cart');"
    " const get = r => new Promise(ok => r.onsuccess = () => ok(r.result));"
    " const v = await get(tx.objectStore('loose').get(new Date(5)));"
    " const out = [db.version, c.keyPath, c.autoIncrement, [...c.indexNames], c.index('by').keyPath,"
    "  c.index('by').unique, c.index('m').multiEntry, await get(c.getAll()),"
    "  await get(c.index('m').count('y')), await get(tx.objectStore('loose').get([1, 'two'])),"
    "  v.n === 1n, 'u' in v && v.u === undefined, Object.is(v.z, -0), v.i === Infinity,"
    "  v.d.getTime(), String(v.r), v.e instanceof Error && v.e.message, [...v.bytes],"
    "  v.buf.byteLength, [...v.map.get('k')], v.f[0], v.nul, v.list.length, v.self === v];"
    " db.close(); return out; })()";
#define LOOKS                                                                                      \
	"[7,\"id\",true,[\"by\",\"m\"],[\"a\",\"b\"],true,true,"                                   \
	"[{\"a\":1,\"b\":2,\"t\":[\"x\",\"y\"],\"id\":1}],1,\"text\","                             \
	"true,true,true,true,86400000,\"/a/gi\",\"oops\",[1,2,255],2,[1],1.5,null,3,true]"

static void
every_kind_of_storage_goes_round(void **state UNUSED)
{
	cJSON *saved, *again;
	struct fixture f;

	open_page(&f);
	must_load(&f, A("/bare"));
	run(&f, fill_js);
	saved = export(&f);
	expect_warnings(&f, "");
	shut(&f);
	open_page(&f);
	import(&f, saved);
	must_load(&f, A("/bare"));
	expect_eval(&f, look_js, LOOKS);
	expect_eval(&f,
	    "[localStorage.length, localStorage.k, localStorage.getItem(''),"
	    " localStorage.odd === 'a\\0b\\ud800c', sessionStorage.tab === 'T\\ud800']",
	    "[3,\"v\",\"empty\",true,true]");
	again = export(&f);
	assert_true(cJSON_Compare(saved, again, true)); // and a second time
	cJSON_Delete(saved);
	cJSON_Delete(again);
	shut(&f);
}

// --- whose, and when ---

static void
origins_that_were_left_are_read_too(void **state UNUSED)
{
	cJSON *saved;
	struct fixture f;

	open_page(&f);
	must_load(&f, A("/bare")); // a login page, say
	run(&f, "localStorage.setItem('token', 'a')");
	must_load(&f, B("/bare"));
	run(&f, "localStorage.setItem('token', 'b')");
	server_forget(&server);
	saved = export(&f);
	assert_int_equal(server.log.n, 0); // and nothing is fetched for it
	expect_json(json_get(origin_of(saved, A("/")), "localStorage"),
	    "[{\"name\":\"token\",\"value\":\"a\"}]");
	expect_json(json_get(origin_of(saved, B("/")), "localStorage"),
	    "[{\"name\":\"token\",\"value\":\"b\"}]");
	cJSON_Delete(saved);
	shut(&f);
}

static void
origins_not_visited_stay_as_they_were(void **state UNUSED)
{
	cJSON *in, *out;
	cleanup_buf text = BUF_INIT;
	struct fixture f;

	buf_fmt(&text,
	    "{\"cookies\":[],\"origins\":[{\"origin\":\"http://a.localhost:%d\",\"localStorage\":"
	    "[{\"name\":\"k\",\"value\":\"1\"}]},{\"origin\":\"https://far.example\","
	    "\"localStorage\":[{\"name\":\"k\",\"value\":\"2\"}],\"sessionStorage\":"
	    "[{\"name\":\"s\",\"value\":\"3\"}]}]}",
	    server.port);
	in = cJSON_Parse(text.p);
	open_page(&f);
	import(&f, in);
	out = export(&f); // nothing was shown yet
	assert_true(cJSON_Compare(json_get(out, "origins"), json_get(in, "origins"), true));
	cJSON_Delete(out);
	must_load(&f, A("/bare"));
	run(&f, "localStorage.clear(), 1"); // logged out
	out = export(&f);
	assert_null(origin_of(out, A("/")));
	assert_int_equal(cJSON_GetArraySize(json_get(out, "origins")), 1);
	assert_true(cJSON_Compare(json_path(out, "origins.0"), json_path(in, "origins.1"), true));
	cJSON_Delete(in);
	cJSON_Delete(out);
	shut(&f);
}

// A job after another in a living context: storage is there, the tab is new.
static void
a_new_tab_resumes(void **state UNUSED)
{
	cJSON *saved;
	struct fixture f;

	open_page(&f);
	must_load(&f, A("/bare"));
	run(&f, "localStorage.setItem('l', 1); sessionStorage.setItem('s', 2)");
	saved = export(&f);
	run(&f, "localStorage.setItem('l', 'newer')");
	shut_page(&f);
	another_page(&f);
	assert_int_equal(cdp_state_resume(f.page, saved, deadline_in_ms(5000), &f.err), 0);
	must_load(&f, A("/bare"));
	expect_eval(&f, "[localStorage.l, sessionStorage.s]", "[\"newer\",\"2\"]");
	cJSON_Delete(saved);
	shut(&f);
}

static void
session_storage_is_set_once(void **state UNUSED)
{
	cJSON *saved;
	struct fixture f;

	open_page(&f);
	must_load(&f, A("/bare"));
	run(&f, "sessionStorage.setItem('token', 'x')");
	saved = export(&f);
	shut(&f);
	open_page(&f);
	import(&f, saved);
	must_load(&f, B("/bare"));
	expect_eval(&f, "sessionStorage.length", "0"); // another origin's
	must_load(&f, A("/bare"));
	expect_eval(&f, "sessionStorage.token", "\"x\"");
	run(&f, "sessionStorage.clear(), 1"); // logged out
	must_load(&f, A("/bare?2"));
	expect_eval(&f, "sessionStorage.length", "0");
	cJSON_Delete(saved);
	saved = export(&f);
	assert_null(origin_of(saved, A("/")));
	cJSON_Delete(saved);
	shut(&f);
}

static void
frames_of_the_site_count_partitioned_ones_do_not(void **state UNUSED)
{
	cJSON *saved;
	struct fixture f;

	open_page(&f);
	must_load(&f, on("x.a.localhost", server.port, "/bare"));
	run(&f, "localStorage.setItem('k', 'x')");
	must_load(&f, B("/bare"));
	run(&f, "localStorage.setItem('k', 'b')");
	shut_page(&f);
	another_page(&f);
	must_load(&f, A("/frames"));
	saved = export(&f);
	expect_json(
	    json_get(origin_of(saved, on("x.a.localhost", server.port, "/")), "localStorage"),
	    "[{\"name\":\"k\",\"value\":\"x\"}]");
	assert_null(origin_of(saved, B("/")));
	cJSON_Delete(saved);
	shut(&f);
}

// --- what can't be had ---

static void
what_json_can_t_say_is_left_out_whole(void **state UNUSED)
{
	cJSON *before, *after;
	struct fixture f;

	open_page(&f);
	must_load(&f, A("/bare"));
	run(&f, fill_js);
	before = export(&f);
	shut_page(&f);
	another_page(&f);
	assert_int_equal(cdp_state_resume(f.page, before, deadline_in_ms(5000), &f.err), 0);
	must_load(&f, A("/bare"));
	run(&f, "(async () => { localStorage.setItem('k', 'new');"
		" const open = indexedDB.open('shop'); await new Promise(r => open.onsuccess = r);"
		" const tx = open.result.transaction('loose', 'readwrite');"
		" tx.objectStore('loose').put(new Blob(['secret']), 'blob');"
		" await new Promise(r => tx.oncomplete = r); return 1; })()");
	after = export(&f);
	expect_warnings(&f, "indexedDB holds a Blob");
	// The part stays as it was before, the others are new.
	assert_true(cJSON_Compare(json_path(before, "origins.0.indexedDB"),
	    json_path(after, "origins.0.indexedDB"), true));
	assert_false(cJSON_Compare(json_path(before, "origins.0.localStorage"),
	    json_path(after, "origins.0.localStorage"), true));
	cJSON_Delete(before);
	cJSON_Delete(after);
	shut(&f);
}

static void
what_is_too_large_is_left_out_whole(void **state UNUSED)
{
	cJSON *saved;
	struct fixture f;

	open_page(&f);
	must_load(&f, A("/bare"));
	run(&f,
	    "(async () => { localStorage.setItem('k', 'v');"
	    " const open = indexedDB.open('big');"
	    " open.onupgradeneeded = () => open.result.createObjectStore('s', {autoIncrement: 1});"
	    " await new Promise(r => open.onsuccess = r);"
	    " const tx = open.result.transaction('s', 'readwrite');"
	    " for (let i = 0; i < 8; i++) tx.objectStore('s').add('x'.repeat(1 << 20));"
	    " await new Promise(r => tx.oncomplete = r); return 1; })()");
	saved = export(&f);
	expect_warnings(&f, "indexedDB is larger than what is kept");
	assert_null(json_path(saved, "origins.0.indexedDB"));
	assert_string_equal(json_path(saved, "origins.0.localStorage.0.value")->valuestring, "v");
	cJSON_Delete(saved);
	shut(&f);
}

static void
a_page_that_does_not_answer_is_read_all_the_same(void **state UNUSED)
{
	cJSON *saved;
	struct fixture f;

	open_page(&f);
	must_load(&f, A("/cookies"));
	run(&f, "localStorage.setItem('k', 'v'), setTimeout(() => { for (;;); }, 0)");
	saved = export(&f);
	assert_non_null(cookie(saved, "host"));
	assert_string_equal(json_path(saved, "origins.0.localStorage.0.value")->valuestring, "v");
	cJSON_Delete(saved);
	shut(&f);
}

// --- other people's files ---

static void
playwright_s_file_is_taken(void **state UNUSED)
{
	cleanup_buf text = BUF_INIT, here = BUF_INIT;
	cJSON *in;
	struct fixture f;

	assert_int_equal(buf_read_file(&text, TEST_DATA "/state/playwright.json", NULL), 0);
	for (const char *c = text.p; *c; c++)
		if (strncmp(c, "PORT", 4) == 0) {
			buf_fmt(&here, "%d", server.port);
			c += 3;
		} else {
			buf_ch(&here, *c);
		}
	in = cJSON_Parse(here.p);
	assert_int_equal(cdp_state_check(in, &f.err), 0);
	open_page(&f);
	import(&f, in);
	server_forget(&server);
	must_load(&f, A("/bare"));
	assert_true(server_saw(&server, "host=1"));
	expect_eval(&f, look_js, LOOKS);
	expect_eval(&f, "localStorage.k", "\"v\"");
	cJSON_Delete(in);
	shut(&f);
}

static void
shapes_are_checked_by_path(void **state UNUSED)
{
	static const struct {
		const char *json, *path;
	} rows[] = {
	    {"{\"cookie\":[]}", ""},
	    {"{\"cookies\":{}}", "cookies"},
	    {"{\"cookies\":[{\"name\":\"\"}]}", "cookies[0].name"},
	    {"{\"cookies\":[{\"name\":\"a\",\"value\":\"b\"}]}", "cookies[0]"},
	    {"{\"origins\":[{\"origin\":\"http://a/b\"}]}", "origins[0].origin"},
	    {"{\"origins\":[{\"origin\":\"http://a\",\"sessionStorage\":[{\"name\":1}]}]}",
		"origins[0].sessionStorage[0].name"},
	    {"{\"origins\":[{\"origin\":\"http://a\",\"indexedDB\":[{\"name\":\"d\",\"version\":0}]}]}",
		"origins[0].indexedDB[0].version"},
	    {"{\"origins\":[{\"origin\":\"http://a\",\"indexedDB\":[{\"name\":\"d\",\"version\":1,"
	     "\"stores\":[{\"name\":\"s\",\"autoIncrement\":true,\"records\":[],\"indexes\":[],"
	     "\"keyPathArray\":[1]}]}]}]}",
		"origins[0].indexedDB[0].stores[0].keyPathArray"},
	    {"{\"origins\":[{\"origin\":\"http://a\",\"indexedDB\":[{\"name\":\"d\",\"version\":1,"
	     "\"stores\":[{\"name\":\"s\",\"autoIncrement\":true,\"records\":[{}],\"indexes\":[]}]}]}]}",
		"origins[0].indexedDB[0].stores[0].records[0]"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cJSON *v = cJSON_Parse(rows[i].json);
		struct err err = ERR_INIT;

		assert_non_null(v);
		assert_int_equal(cdp_state_check(v, &err), ERR_INVALID_REQUEST);
		assert_string_equal(err.path, rows[i].path);
		cJSON_Delete(v);
	}
}

// --- all ---

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cookies_go_round),
	    cmocka_unit_test(a_bad_cookie_is_named),
	    cmocka_unit_test(every_kind_of_storage_goes_round),
	    cmocka_unit_test(origins_that_were_left_are_read_too),
	    cmocka_unit_test(origins_not_visited_stay_as_they_were),
	    cmocka_unit_test(a_new_tab_resumes),
	    cmocka_unit_test(session_storage_is_set_once),
	    cmocka_unit_test(frames_of_the_site_count_partitioned_ones_do_not),
	    cmocka_unit_test(what_json_can_t_say_is_left_out_whole),
	    cmocka_unit_test(what_is_too_large_is_left_out_whole),
	    cmocka_unit_test(a_page_that_does_not_answer_is_read_all_the_same),
	    cmocka_unit_test(playwright_s_file_is_taken),
	    cmocka_unit_test(shapes_are_checked_by_path),
	};

	return run_in_chromium(tests, pages, argc, argv);
}
