// SPDX-License-Identifier: Apache-2.0
// Riptide's isolated worlds: made when first needed in each document, with access to the documents
// of all frames in the same process; the libraries of cdp/js are loaded into one object there whose
// name no page can guess. Every call uses that name, so that a stale context id, which may belong
// to the page after a navigation, fails instead of running there. Job threads only.
#include "cdp/page/page_priv.h"
#include "cdp_js.h"

#include <stdio.h>

#define WORLD_NAME "riptide"

static const char *const libraries[LIB_COUNT] = {
    [LIB_TREE] = js_tree,
    [LIB_QUIET] = js_quiet,
    [LIB_HTML] = js_html,
    [LIB_FACTS] = js_facts,
    [LIB_DOM] = js_dom,
    [LIB_STORAGE] = js_storage,
};

struct page_world *
page_world(struct cdp_page *p, struct cdp_session *s)
{
	for (size_t i = 0; i < p->n_worlds; i++)
		if (p->worlds[i].session == s)
			return &p->worlds[i];
	if (p->n_worlds ==
	    ARRAY_LEN(p->worlds)) // frames come and go: reuse an ended one, or the last
		for (size_t i = 1; i < p->n_worlds; i++)
			if (cdp_session_state(p->worlds[i].session) != 0 || i + 1 == p->n_worlds) {
				p->worlds[i] = (struct page_world){.session = s};
				return &p->worlds[i];
			}
	p->worlds[p->n_worlds] = (struct page_world){.session = s};
	return &p->worlds[p->n_worlds++];
}

void
page_world_lost(struct cdp_page *p, struct cdp_session *s)
{
	for (size_t i = 0; i < p->n_worlds; i++)
		if (p->worlds[i].session == s)
			p->worlds[i].context = 0;
}

static int
world_create(struct cdp_page *p, struct page_world *w, struct deadline dl, struct err *err)
{
	cJSON *params = json_obj(), *result = NULL;
	int rc;

	json_set_str(
	    params, "frameId", w->frame_id ? w->frame_id : cdp_session_target_id(w->session));
	json_set_str(params, "worldName", WORLD_NAME);
	json_set_bool(params, "grantUniveralAccess", true); // the protocol's spelling
	rc = cdp_call(p->client, w->session, "Page.createIsolatedWorld", params, dl, &result, err);
	if (rc != 0)
		return rc;
	w->context = json_int(result, "executionContextId", 0);
	w->libs = 0;
	cJSON_Delete(result);
	return w->context ? 0 : err_set(err, ERR_PROTOCOL, "no execution context");
}

// The libraries that are missing, then the call. A world made anew by an earlier call of ours is
// the same one (by its name), so the object may be there already.
static void
compose(const struct cdp_page *p, const struct page_world *w, bool fresh, unsigned libs,
    const char *call, struct buf *out)
{
	if (fresh)
		buf_fmt(out, "globalThis.%s||={};", p->token);
	for (int i = 0; i < LIB_COUNT; i++) {
		if (!(libs & ~w->libs & (1u << i)))
			continue;
		buf_str(out, "(");
		buf_str(out, libraries[i]);
		buf_fmt(out, "\n)(%s);", p->token);
	}
	buf_fmt(out, "%s;", p->token);
	for (const char *c = call; *c; c++) {
		if (c[0] == '%' && c[1] == 'T' && libs) {
			buf_str(out, p->token);
			c++;
		} else {
			buf_ch(out, *c);
		}
	}
}

struct lib_call {
	unsigned libs;
	const char *call;
	int64_t timeout_ms;
	bool by_reference;
};

static int
call_once(struct cdp_page *p, struct page_world *w, const struct lib_call *c, struct deadline dl,
    cJSON **remote, struct err *err)
{
	bool fresh = w->context == 0;
	cleanup_buf text = BUF_INIT;
	struct page_eval e = {.session = w->session, .timeout_ms = c->timeout_ms};
	int rc = fresh ? world_create(p, w, dl, err) : 0;

	if (rc != 0)
		return rc;
	compose(p, w, fresh, c->libs, c->call, &text);
	e.context = w->context;
	e.expression = text.p;
	e.by_reference = c->by_reference;
	rc = page_evaluate(p, &e, dl, remote, err);
	if (rc == 0)
		w->libs |= c->libs;
	else if (fresh)
		w->context = 0; // what is loaded is not known
	return rc;
}

static bool
world_is_stale(const struct cdp_page *p, int rc, const struct err *err)
{
	return page_context_gone(rc, err) ||
	       (rc == ERR_SCRIPT_FAILED && strstr(err->message, p->token) != NULL);
}

// Once more in a fresh world when the old one has gone. A document that navigates while a promise
// of its world is awaited makes the same error: the caller's promise is asked again of the new one.
static int
call_in_world(struct cdp_page *p, struct page_world *w, const struct lib_call *c,
    struct deadline dl, cJSON **remote, struct err *err)
{
	struct err own = ERR_INIT;
	int rc = page_ready(p, err ? err : (err = &own));

	for (int tries = 0; rc == 0; tries++) {
		rc = call_once(p, w, c, dl, remote, err);
		if (rc == 0)
			return 0;
		if (tries == 2 || deadline_passed(dl) || !world_is_stale(p, rc, err))
			break;
		w->context = 0;
		rc = page_ready(p, err);
	}
	return rc;
}

int
page_lib_call(struct cdp_page *p, struct page_world *w, unsigned libs, const char *call,
    int64_t timeout_ms, struct deadline dl, cJSON **value, struct err *err)
{
	struct lib_call c = {.libs = libs, .call = call, .timeout_ms = timeout_ms};
	cJSON *remote = NULL;
	int rc = call_in_world(p, w, &c, dl, &remote, err);

	if (rc == 0 && value)
		*value = page_remote_value(remote);
	cJSON_Delete(remote);
	return rc;
}

int
page_lib_object(struct cdp_page *p, struct page_world *w, unsigned libs, const char *call,
    struct deadline dl, char *object_id, size_t size, struct err *err)
{
	struct lib_call c = {.libs = libs, .call = call, .by_reference = true};
	cJSON *remote = NULL;
	const char *id;
	int rc = call_in_world(p, w, &c, dl, &remote, err);

	if (rc == 0) {
		id = json_str(remote, "objectId");
		if (id && strlen(id) >= size)
			rc = err_set(err, ERR_PROTOCOL, "an object id of %zu bytes", strlen(id));
		else
			snprintf(object_id, size, "%s", id ? id : "");
	}
	cJSON_Delete(remote);
	return rc;
}

int
page_world_ready(
    struct cdp_page *p, struct page_world *w, unsigned libs, struct deadline dl, struct err *err)
{
	return page_lib_call(p, w, libs, "0", 0, dl, NULL, err);
}
