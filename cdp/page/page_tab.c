// SPDX-License-Identifier: Apache-2.0
// What stays with a tab from one document to the next: which origins it has shown, and the
// sessionStorage that the tab before it left, set in the first document of each origin. Job threads
// only.
#include "base/url.h"
#include "cdp/page/page_priv.h"
#include "cdp_js.h"

#include <stdio.h>

#define TAB_WORLD "riptide-tab" // the page's scripts see nothing of ours

void
page_tab_free(struct cdp_page *p)
{
	struct page_tab *tab = &p->tab;

	for (size_t i = 0; i < tab->n_visited; i++)
		free(tab->visited[i]);
	for (size_t i = 0; i < tab->n_scripts; i++)
		free(tab->scripts[i].origin);
	free(tab->scripts);
}

// --- documents ---

static void
remember(struct page_tab *tab, const char *origin)
{
	for (size_t i = 0; i < tab->n_visited; i++)
		if (strcmp(tab->visited[i], origin) == 0)
			return;
	if (tab->n_visited < ARRAY_LEN(tab->visited))
		tab->visited[tab->n_visited++] = xstrdup(origin);
}

static void
drop_script(struct cdp_page *p, const char *origin)
{
	struct page_tab *tab = &p->tab;

	for (size_t i = 0; i < tab->n_scripts; i++) {
		struct tab_script *t = &tab->scripts[i];
		cJSON *params;

		if (strcmp(t->origin, origin) != 0)
			continue;
		params = json_obj();
		json_set_str(params, "identifier", t->id);
		(void)!cdp_send(p->client, p->session, "Page.removeScriptToEvaluateOnNewDocument",
		    params, NULL, NULL);
		free(t->origin);
		*t = tab->scripts[--tab->n_scripts];
		return;
	}
}

void
page_tab_committed(struct cdp_page *p, const char *url)
{
	cleanup_buf origin = BUF_INIT_MAX(PAGE_URL_MAX);

	if (url && strncmp(url, "http", 4) == 0 && url_origin(sv_from(url), &origin))
		remember(&p->tab, origin.p);
}

// Chromium runs scripts for new documents when the document's main world is first needed, which in
// a page without scripts is never: an evaluation of nothing sees to it.
void
page_tab_loaded(struct cdp_page *p)
{
	cleanup_buf origin = BUF_INIT_MAX(PAGE_URL_MAX);
	cJSON *params;

	if (p->tab.n_scripts == 0 || p->nav.final_url.n == 0 ||
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
	struct page_tab *tab = &p->tab;
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
	tab->scripts = xrealloc(tab->scripts, (tab->n_scripts + 1) * sizeof(*tab->scripts));
	t = &tab->scripts[tab->n_scripts++];
	t->origin = xstrdup(json_str(entry, "origin"));
	snprintf(t->id, sizeof(t->id), "%s",
	    json_str(result, "identifier") ? json_str(result, "identifier") : "");
	cJSON_Delete(result);
	return 0;
}

int
page_tab_prepare(struct cdp_page *p, const cJSON *origins, struct deadline dl, struct err *err)
{
	int rc = 0;

	json_foreach (entry, origins)
		if (rc == 0 && cJSON_GetArraySize(json_get(entry, "sessionStorage")) > 0)
			rc = add_script(p, entry, dl, err);
	return rc;
}
