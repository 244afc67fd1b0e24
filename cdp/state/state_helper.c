// SPDX-License-Identifier: Apache-2.0
// A page of our own in the job's browser context, whose documents are served by interception: an
// origin's storage is read and written there with nothing fetched, no script of the site's at work,
// and no foreign history in the job's page. Job threads only.
#include "cdp/state/state_priv.h"
#include "cdp_js.h"

int
state_helper_open(struct cdp_page *p, struct deadline dl, struct cdp_page **out, struct err *err)
{
	struct cdp_page_opts o = {.context_id = p->context_id, .allow_private = true};
	struct cdp_page *helper = NULL;
	cJSON *params;
	int rc = cdp_page_open(cdp_client_conn(p->client), &o, dl, &helper, err);

	if (rc != 0)
		return rc;
	params = json_obj();
	json_set_bool(params, "bypass", true); // a service worker would answer before us
	rc = cdp_call(helper->client, helper->session, "Network.setBypassServiceWorker", params, dl,
	    NULL, err);
	if (rc == 0)
		*out = helper;
	else
		state_helper_close(helper, dl);
	return rc;
}

void
state_helper_close(struct cdp_page *helper, struct deadline dl)
{
	if (helper)
		(void)cdp_page_close(helper, deadline_step(dl, STATE_ORIGIN_MS));
}

int
state_helper_visit(struct cdp_page *helper, const char *origin, struct deadline dl, struct err *err)
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

// Only what JavaScript is to see of the entry.
static cJSON *
arguments(const cJSON *entry)
{
	static const char *const parts[] = {"localStorage", "indexedDB"};
	cJSON *args = json_arr(), *v = json_obj();

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (json_get(entry, parts[i]))
			json_set(v, parts[i], cJSON_Duplicate(json_get(entry, parts[i]), true));
	json_push(args, v);
	return args;
}

// An exception's text may quote what was to be stored: ours names the origin only.
int
state_helper_restore(
    struct cdp_page *helper, const cJSON *entry, struct deadline dl, struct err *err)
{
	struct err why = ERR_INIT;
	int rc = cdp_page_call(
	    helper, WORLD_ISOLATED, js_restore, arguments(entry), STATE_ORIGIN_MS, dl, NULL, &why);

	if (rc == 0)
		return 0;
	if (rc == ERR_SCRIPT_FAILED)
		return err_set(err, ERR_INVALID_REQUEST,
		    "the storage of %.200s can't be put back: the browser does not take it",
		    json_str(entry, "origin"));
	if (err)
		*err = why;
	return rc;
}
