// SPDX-License-Identifier: Apache-2.0
// Cookies and localStorage of a browser context, in and out. Cookies go through the Storage domain.
// The localStorage of an origin is written and read in a page of our own in the same context, whose
// documents are served by interception: nothing is fetched, and the job's page has no foreign
// history. Job threads only.
#include "cdp/state.h"
#include "cdp/page_priv.h"

#include <stdio.h>

#define ORIGIN_MS   3000 // for one origin in the helper page
#define ORIGINS_MAX 100

// --- cookies ---

static cJSON *
context_params(const struct cdp_page *p)
{
	cJSON *params = json_obj();

	if (p->context_id)
		json_set_str(params, "browserContextId", p->context_id);
	return params;
}

static void
copy_key(cJSON *to, const cJSON *from, const char *key)
{
	const cJSON *v = json_get(from, key);

	if (v && !cJSON_IsNull(v))
		json_set(to, key, cJSON_Duplicate(v, true));
}

static cJSON *
cookie_param(const cJSON *c)
{
	static const char *const keys[] = {
	    "name", "value", "url", "domain", "path", "secure", "httpOnly", "sameSite"};
	cJSON *out = json_obj();

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		copy_key(out, c, keys[i]);
	if (json_num(c, "expires", -1) > 0)
		copy_key(out, c, "expires");
	return out;
}

int
cdp_state_set_cookies(struct cdp_page *p, const cJSON *cookies, struct deadline dl, struct err *err)
{
	cJSON *params = context_params(p), *list = json_arr();

	json_foreach (c, cookies)
		json_push(list, cookie_param(c));
	json_set(params, "cookies", list);
	return cdp_call(p->client, NULL, "Storage.setCookies", params, dl, NULL, err);
}

// Playwright's names; a cookie without SameSite behaves as Lax.
static cJSON *
cookie_out(const cJSON *c)
{
	static const char *const keys[] = {
	    "name", "value", "domain", "path", "expires", "httpOnly", "secure"};
	cJSON *out = json_obj();

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		copy_key(out, c, keys[i]);
	json_set_str(out, "sameSite", json_str(c, "sameSite") ? json_str(c, "sameSite") : "Lax");
	return out;
}

static int
export_cookies(struct cdp_page *p, struct deadline dl, cJSON *out, struct err *err)
{
	cJSON *got = NULL, *list;
	int rc = cdp_call(p->client, NULL, "Storage.getCookies", context_params(p), dl, &got, err);

	if (rc != 0)
		return rc;
	list = json_arr();
	json_foreach (c, json_get(got, "cookies"))
		json_push(list, cookie_out(c));
	json_set(out, "cookies", list);
	cJSON_Delete(got);
	return 0;
}

// --- a page of our own on an origin ---

static int
helper_open(struct cdp_page *p, struct deadline dl, struct cdp_page **out, struct err *err)
{
	struct cdp_page_opts o = {.context_id = p->context_id, .allow_private = true};

	return cdp_page_open(cdp_client_conn(p->client), &o, dl, out, err);
}

static int
helper_visit(struct cdp_page *helper, const char *origin, struct deadline dl, struct err *err)
{
	static const struct cdp_wait_opts until = {.until = WAIT_DOMCONTENTLOADED};
	struct cdp_nav nav = {.http_status = 0};
	cleanup_buf url = BUF_INIT_MAX(PAGE_URL_MAX);
	int rc;

	buf_fmt(&url, "%s/", origin);
	rc = cdp_page_set_content(helper, SV("<!doctype html>"), url.p, &until, dl, &nav, err);
	cdp_nav_done(&nav);
	return rc;
}

// --- localStorage in ---

static const char store_js[] =
    "items => { for (const {name, value} of items) localStorage.setItem(name, value); }";

static int
import_origin(struct cdp_page *helper, const cJSON *entry, struct deadline dl, struct err *err)
{
	cJSON *args;
	int rc = helper_visit(helper, json_str(entry, "origin"), dl, err);

	if (rc != 0)
		return rc;
	args = json_arr();
	json_push(args, cJSON_Duplicate(json_get(entry, "localStorage"), true));
	return cdp_page_call(helper, WORLD_ISOLATED, store_js, args, ORIGIN_MS, dl, NULL, err);
}

static void
remember_origin(struct cdp_page *p, const char *origin)
{
	struct param_strings *list = &p->state_origins;

	list->v = xrealloc(list->v, (list->n + 1) * sizeof(*list->v));
	list->v[list->n++] = xstrdup(origin);
}

static int
import_origins(struct cdp_page *p, const cJSON *origins, struct deadline dl, struct err *err)
{
	struct cdp_page *helper = NULL;
	int rc = 0;

	json_foreach (entry, origins) {
		if (rc != 0 || p->state_origins.n == ORIGINS_MAX)
			break;
		remember_origin(p, json_str(entry, "origin"));
		if (cJSON_GetArraySize(json_get(entry, "localStorage")) == 0)
			continue;
		if (!helper)
			rc = helper_open(p, dl, &helper, err);
		if (rc == 0)
			rc = import_origin(helper, entry, deadline_step(dl, ORIGIN_MS), err);
	}
	if (helper)
		(void)cdp_page_close(helper, deadline_step(dl, ORIGIN_MS));
	return rc;
}

int
cdp_state_import(struct cdp_page *p, const cJSON *state, struct deadline dl, struct err *err)
{
	const cJSON *cookies = json_get(state, "cookies");
	int rc = cdp_state_check(state, err);

	if (rc == 0 && cJSON_GetArraySize(cookies) > 0)
		rc = cdp_state_set_cookies(p, cookies, dl, err);
	return rc ? rc : import_origins(p, json_get(state, "origins"), dl, err);
}

// --- localStorage out ---

static bool
has_origin(const cJSON *list, const char *origin)
{
	json_foreach (o, list)
		if (json_str(o, "origin") && strcmp(json_str(o, "origin"), origin) == 0)
			return true;
	return false;
}

static void
merge_origins(cJSON *list, cJSON *more, cJSON *seen)
{
	for (cJSON *o; more && (o = cJSON_DetachItemFromArray(more, 0));) {
		const char *origin = json_str(o, "origin");

		if (!origin || has_origin(seen, origin)) {
			cJSON_Delete(o);
			continue;
		}
		json_push(seen, cJSON_Duplicate(o, true));
		if (cJSON_GetArraySize(json_get(o, "localStorage")) > 0)
			json_push(list, o);
		else
			cJSON_Delete(o);
	}
}

// The origins that the documents of one session show.
static int
export_session(struct cdp_page *p, struct cdp_session *s, struct deadline dl, cJSON *list,
    cJSON *seen, struct err *err)
{
	cJSON *v = NULL;
	int rc = page_lib_call(p, page_world(p, s), 1u << LIB_TREE | 1u << LIB_STORAGE,
	    "%T.storage()", ORIGIN_MS, dl, &v, err);

	if (rc == 0)
		merge_origins(list, v, seen);
	cJSON_Delete(v);
	return rc;
}

static void
export_imported(struct cdp_page *p, struct deadline dl, cJSON *list, cJSON *seen)
{
	struct cdp_page *helper = NULL;

	for (size_t i = 0; i < p->state_origins.n; i++) {
		const char *origin = p->state_origins.v[i];
		struct deadline limit = deadline_step(dl, ORIGIN_MS);

		if (has_origin(seen, origin))
			continue;
		if (!helper && helper_open(p, dl, &helper, NULL) != 0)
			return;
		if (helper_visit(helper, origin, limit, NULL) == 0)
			(void)!export_session(helper, helper->session, limit, list, seen, NULL);
	}
	if (helper)
		(void)cdp_page_close(helper, deadline_step(dl, ORIGIN_MS));
}

int
cdp_state_export(struct cdp_page *p, struct deadline dl, cJSON **out, struct err *err)
{
	struct cdp_session *frames[PAGE_FRAMES_MAX];
	size_t n = cdp_session_children(p->session, frames, ARRAY_LEN(frames));
	cJSON *state = json_obj(), *list = json_arr(), *seen = json_arr();
	int rc = export_cookies(p, dl, state, err);

	json_set(state, "origins", list);
	if (rc == 0)
		rc = export_session(p, p->session, dl, list, seen, err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		(void)!export_session(p, frames[i], deadline_step(dl, ORIGIN_MS), list, seen, NULL);
	if (rc == 0)
		export_imported(p, dl, list, seen);
	cJSON_Delete(seen);
	if (rc == 0)
		*out = state;
	else
		cJSON_Delete(state);
	return rc;
}
