// SPDX-License-Identifier: Apache-2.0
// A browser context's state, in and out: which origins are read where, and what is kept of the
// state before. The document's own origin is read in the page, others in a page of our own. Job
// threads only.
#include "cdp/state.h"
#include "base/url.h"
#include "cdp/state/state_priv.h"

#include <stdio.h>

#define ORIGIN_CHARS  (6 << 20) // of one origin's storage
#define ORIGIN_VALUES 20000
#define STATE_VALUES  40000 // JSON values in all: what the service's own API reads back
#define FRAME_ORIGINS 20
#define ANSWER_MS     300

// --- in ---

static bool
has_storage(const cJSON *entry)
{
	return cJSON_GetArraySize(json_get(entry, "localStorage")) > 0 ||
	       cJSON_GetArraySize(json_get(entry, "indexedDB")) > 0;
}

static int
import_origins(struct cdp_page *p, const cJSON *origins, struct deadline dl, struct err *err)
{
	struct cdp_page *helper = NULL;
	int rc = 0;

	json_foreach (entry, origins) {
		struct deadline limit = deadline_step(dl, STATE_ORIGIN_MS);

		if (rc != 0 || !has_storage(entry))
			continue;
		if (!helper)
			rc = state_helper_open(p, dl, &helper, err);
		if (rc == 0)
			rc = state_helper_visit(helper, json_str(entry, "origin"), limit, err);
		if (rc == 0)
			rc = state_helper_restore(helper, entry, limit, err);
	}
	state_helper_close(helper, dl);
	return rc;
}

int
cdp_state_resume(struct cdp_page *p, const cJSON *state, struct deadline dl, struct err *err)
{
	cJSON_Delete(p->state_known);
	p->state_known = cJSON_Duplicate(state, true);
	return page_tab_prepare(p, json_get(state, "origins"), dl, err);
}

int
cdp_state_import(struct cdp_page *p, const cJSON *state, struct deadline dl, struct err *err)
{
	const cJSON *cookies = json_get(state, "cookies");
	int rc = cdp_state_check(state, err);

	if (rc == 0 && cJSON_GetArraySize(cookies) > 0)
		rc = cdp_state_set_cookies(p, cookies, dl, err);
	if (rc == 0)
		rc = import_origins(p, json_get(state, "origins"), dl, err);
	return rc ? rc : cdp_state_resume(p, state, dl, err);
}

// --- out ---

struct export
{
	struct cdp_page *page;
	struct deadline dl;
	cJSON *origins; // of the state that is made
	cJSON *done;    // names of the origins that are in it, or are known to have nothing
	int64_t values;
	size_t bytes;
};

static const cJSON *
find_origin(const cJSON *list, const char *origin)
{
	json_foreach (o, list)
		if (json_str(o, "origin") && strcmp(json_str(o, "origin"), origin) == 0)
			return o;
	return NULL;
}

static const cJSON *
known_entry(const struct cdp_page *p, const char *origin)
{
	return find_origin(json_get(p->state_known, "origins"), origin);
}

static bool
is_done(const struct export *x, const char *origin)
{
	json_foreach (o, x->done)
		if (strcmp(o->valuestring, origin) == 0)
			return true;
	return false;
}

static void
warn(struct cdp_page *p, const char *origin, const char *part, const char *why)
{
	cJSON *w = json_obj();

	if (!p->state_warnings)
		p->state_warnings = json_arr();
	json_set_str(w, "origin", origin);
	json_set_str(w, "part", part);
	json_set_str(w, "why", why);
	json_push(p->state_warnings, w);
}

static int64_t
count_values(const cJSON *v)
{
	int64_t n = 1;

	json_foreach (item, v)
		n += count_values(item);
	return n;
}

// Takes `entry`. The state as a whole has limits, too.
static void
add_entry(struct export *x, cJSON *entry)
{
	const char *origin = json_str(entry, "origin");
	cleanup_buf text = BUF_INIT_MAX(STATE_MAX_BYTES);
	int64_t values = count_values(entry);

	json_push(x->done, cJSON_CreateString(origin));
	json_print(&text, entry, false);
	if (!has_storage(entry) && cJSON_GetArraySize(json_get(entry, "sessionStorage")) == 0) {
		cJSON_Delete(entry);
	} else if (text.overflow || x->bytes + text.n > STATE_MAX_BYTES ||
		   x->values + values > STATE_VALUES ||
		   cJSON_GetArraySize(x->origins) >= STATE_MAX_ORIGINS) {
		warn(x->page, origin, "storage", "is more than a session can hold");
		cJSON_Delete(entry);
	} else {
		x->bytes += text.n;
		x->values += values;
		json_push(x->origins, entry);
	}
}

// A part that was left out stays as it was.
static void
keep_part(struct export *x, cJSON *entry, const char *part)
{
	const cJSON *old = json_get(known_entry(x->page, json_str(entry, "origin")), part);

	cJSON_DeleteItemFromObjectCaseSensitive(entry, part);
	if (old)
		json_set(entry, part, cJSON_Duplicate(old, true));
	else if (strcmp(part, "localStorage") == 0)
		json_set(entry, part, json_arr()); // Playwright's schema wants one
}

// Read the document that `reader` shows (the job's page, or the helper): 0 also when it has none.
static int
read_shown(struct export *x, struct cdp_page *reader, struct deadline dl, struct err *err)
{
	bool tab = reader == x->page;
	cJSON *v = NULL, *entry;
	char call[96];
	int rc;

	snprintf(call, sizeof(call), "%%T.storage(%d, %d, %d, %s)", ORIGIN_CHARS, ORIGIN_VALUES,
	    STATE_ORIGIN_MS * 2 / 3, tab ? "true" : "false");
	rc = page_lib_call(reader, page_world(reader, reader->session), 1u << LIB_STORAGE, call,
	    STATE_ORIGIN_MS, dl, &v, err);
	entry = cJSON_DetachItemFromObjectCaseSensitive(v, "entry");
	if (rc == 0 && entry && json_str(entry, "origin") &&
	    !is_done(x, json_str(entry, "origin"))) {
		json_foreach (left, json_get(v, "left_out")) {
			keep_part(x, entry, json_str(left, "part"));
			warn(x->page, json_str(entry, "origin"), json_str(left, "part"),
			    json_str(left, "why"));
		}
		if (!tab)
			keep_part(x, entry, "sessionStorage");
		add_entry(x, steal_ptr(entry));
	}
	cJSON_Delete(entry);
	cJSON_Delete(v);
	return rc;
}

static void
read_by_helper(struct export *x, struct cdp_page **helper, const char *origin)
{
	struct deadline limit = deadline_step(x->dl, STATE_ORIGIN_MS);
	const cJSON *old = known_entry(x->page, origin);
	int rc = 0;

	if (is_done(x, origin))
		return;
	if (!*helper)
		rc = state_helper_open(x->page, x->dl, helper, NULL);
	if (rc == 0)
		rc = state_helper_visit(*helper, origin, limit, NULL);
	if (rc == 0)
		rc = read_shown(x, *helper, limit, NULL);
	if (rc == 0)
		return;
	warn(x->page, origin, "storage", "could not be read in time");
	if (old)
		add_entry(x, cJSON_Duplicate(old, true));
}

// Origins that the page has shown before, and those of its frames.
static void
read_others(struct export *x, bool answers)
{
	const struct page_tab *tab = &x->page->tab;
	struct deadline limit = deadline_step(x->dl, STATE_ORIGIN_MS);
	struct cdp_page *helper = NULL;
	char *frames[FRAME_ORIGINS];
	size_t n = answers ? state_frame_origins(x->page, limit, frames, ARRAY_LEN(frames)) : 0;

	for (size_t i = 0; i < tab->n_visited; i++)
		read_by_helper(x, &helper, tab->visited[i]);
	for (size_t i = 0; i < n; i++) {
		read_by_helper(x, &helper, frames[i]);
		free(frames[i]);
	}
	state_helper_close(helper, x->dl);
}

static void
keep_unvisited(struct export *x)
{
	json_foreach (old, json_get(x->page->state_known, "origins"))
		if (!is_done(x, json_str(old, "origin")))
			add_entry(x, cJSON_Duplicate(old, true));
}

int
cdp_state_export(struct cdp_page *p, struct deadline dl, cJSON **out, struct err *err)
{
	cJSON *state = json_obj();
	struct export x = {.page = p, .dl = dl, .origins = json_arr(), .done = json_arr()};
	int rc = state_export_cookies(p, dl, state, err);
	bool answers;

	json_set(state, "origins", x.origins);
	cJSON_Delete(p->state_warnings);
	p->state_warnings = NULL;
	if (rc == 0) {
		x.values = count_values(json_get(state, "cookies"));
		// A page that does not answer is read by the helper, but for its sessionStorage.
		answers =
		    page_answers(p, p->session, MIN(deadline_left_ms(dl), (int64_t)ANSWER_MS));
		if (answers)
			(void)!read_shown(&x, p, deadline_step(dl, STATE_ORIGIN_MS), NULL);
		read_others(&x, answers);
		keep_unvisited(&x);
		*out = state;
	} else {
		cJSON_Delete(state);
	}
	cJSON_Delete(x.done);
	return rc;
}

const cJSON *
cdp_state_warnings(const struct cdp_page *p)
{
	return p->state_warnings;
}
