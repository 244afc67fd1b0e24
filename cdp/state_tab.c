// SPDX-License-Identifier: Apache-2.0
// What of a page's state belongs to its tab: which origins it has shown, and the sessionStorage
// that the tab before it left, set in the first document of each origin. Job threads only.
#include "base/url.h"
#include "cdp/state_priv.h"
#include "cdp_js.h"

#include <stdio.h>

#define TAB_WORLD "riptide-tab" // the page's scripts see nothing of ours

struct page_state *
state_of(struct cdp_page *p)
{
	if (!p->state)
		p->state = xcalloc(1, sizeof(*p->state));
	return p->state;
}

void
page_state_free(struct cdp_page *p)
{
	struct page_state *st = p->state;

	if (!st)
		return;
	cJSON_Delete(st->known);
	cJSON_Delete(st->warnings);
	for (size_t i = 0; i < st->n_visited; i++)
		free(st->visited[i]);
	for (size_t i = 0; i < st->n_scripts; i++)
		free(st->scripts[i].origin);
	free(st->scripts);
	free(st);
	p->state = NULL;
}

// --- documents ---

static void
remember(struct page_state *st, const char *origin)
{
	for (size_t i = 0; i < st->n_visited; i++)
		if (strcmp(st->visited[i], origin) == 0)
			return;
	if (st->n_visited < ARRAY_LEN(st->visited))
		st->visited[st->n_visited++] = xstrdup(origin);
}

static void
drop_script(struct cdp_page *p, const char *origin)
{
	struct page_state *st = p->state;

	for (size_t i = 0; i < st->n_scripts; i++) {
		struct tab_script *t = &st->scripts[i];
		cJSON *params;

		if (strcmp(t->origin, origin) != 0)
			continue;
		params = json_obj();
		json_set_str(params, "identifier", t->id);
		(void)!cdp_send(p->client, p->session, "Page.removeScriptToEvaluateOnNewDocument",
		    params, NULL, NULL);
		free(t->origin);
		*t = st->scripts[--st->n_scripts];
		return;
	}
}

void
page_state_committed(struct cdp_page *p, const char *url)
{
	cleanup_buf origin = BUF_INIT_MAX(PAGE_URL_MAX);

	if (url && strncmp(url, "http", 4) == 0 && url_origin(sv_from(url), &origin))
		remember(state_of(p), origin.p);
}

// Chromium runs scripts for new documents when the document's main world is first needed, which in
// a page without scripts is never: an evaluation of nothing sees to it.
void
page_state_loaded(struct cdp_page *p)
{
	cleanup_buf origin = BUF_INIT_MAX(PAGE_URL_MAX);
	cJSON *params;

	if (!p->state || p->state->n_scripts == 0 || p->nav.final_url.n == 0 ||
	    !url_origin(buf_view(&p->nav.final_url), &origin))
		return;
	params = json_obj();
	json_set_str(params, "expression", "0");
	(void)!cdp_send(p->client, p->session, "Runtime.evaluate", params, NULL, NULL);
	drop_script(p, origin.p);
}

// --- sessionStorage ---

static int
add_script(struct cdp_page *p, const cJSON *entry, struct deadline dl, struct err *err)
{
	struct page_state *st = state_of(p);
	cleanup_buf source = BUF_INIT;
	cJSON *params = json_obj(), *result = NULL;
	struct tab_script *t;
	int rc;

	buf_fmt(&source, "(%s)(", js_tab);
	buf_json_str(&source, sv_from(json_str(entry, "origin")));
	buf_ch(&source, ',');
	json_print(&source, json_get(entry, "sessionStorage"), false);
	buf_ch(&source, ')');
	json_set_sv(params, "source", buf_view(&source));
	json_set_str(params, "worldName", TAB_WORLD);
	rc = cdp_call(p->client, p->session, "Page.addScriptToEvaluateOnNewDocument", params, dl,
	    &result, err);
	if (rc != 0)
		return rc;
	st->scripts = xrealloc(st->scripts, (st->n_scripts + 1) * sizeof(*st->scripts));
	t = &st->scripts[st->n_scripts++];
	t->origin = xstrdup(json_str(entry, "origin"));
	snprintf(t->id, sizeof(t->id), "%s",
	    json_str(result, "identifier") ? json_str(result, "identifier") : "");
	cJSON_Delete(result);
	return 0;
}

int
state_tab_prepare(struct cdp_page *p, const cJSON *origins, struct deadline dl, struct err *err)
{
	int rc = 0;

	json_foreach (entry, origins)
		if (rc == 0 && cJSON_GetArraySize(json_get(entry, "sessionStorage")) > 0)
			rc = add_script(p, entry, dl, err);
	return rc;
}
