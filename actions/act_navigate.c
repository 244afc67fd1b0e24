// SPDX-License-Identifier: Apache-2.0
// goto, back, forward, reload: navigations of the main frame.
#include "actions/actions_priv.h"

#include "base/lookup.h"

struct goto_params {
	const char *url;
	int wait_until; // -1: the request's
};
struct history_params {
	int wait_until;
};

static const char *const until_names[] = {
    "domcontentloaded", "load", "network_idle", "settled", "as_request", NULL};
#define AS_REQUEST 4

static int
goto_check(void *obj, const char *path, struct err *err)
{
	const struct goto_params *p = obj;
	cleanup_free char *at = xasprintf("%s.url", path);
	cleanup_buf url = BUF_INIT;
	struct err e = ERR_INIT;

	if (url_check(sv_from(p->url), &url, &e) != 0)
		return err_at(err, e.code, at, "%s", e.message);
	return 0;
}

static const struct param goto_rows[] = {
    {.name = "url",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct goto_params, url),
	.min = 1,
	.max = 8192,
	.doc = "http or https"},
    {.name = "wait_until",
	.type = PARAM_ENUM,
	.offset = offsetof(struct goto_params, wait_until),
	.names = until_names,
	.def = "\"as_request\"",
	.doc = "What to wait for"},
};
static const struct param_table goto_table = {.name = "goto_params",
    .size = sizeof(struct goto_params),
    .rows = goto_rows,
    .n_rows = ARRAY_LEN(goto_rows),
    .check = goto_check};

static const struct param history_rows[] = {
    {.name = "wait_until",
	.type = PARAM_ENUM,
	.offset = offsetof(struct history_params, wait_until),
	.names = until_names,
	.def = "\"as_request\"",
	.doc = "What to wait for"},
};
ACT_TABLE(history_table, history_params, history_rows);

static struct cdp_wait_opts
wait_opts(const struct action_run *r, int until)
{
	struct cdp_wait_opts w = r->env->wait;

	if (until != AS_REQUEST)
		w.until = (enum cdp_wait_until)until;
	return w;
}

static int
finish(int rc, struct cdp_nav *nav, cJSON **result)
{
	if (rc == 0)
		*result = act_nav_result(nav);
	cdp_nav_done(nav);
	return rc;
}

// A name that is not resolved in time is an address that does not answer in time.
static int
check_public(const struct action_host *host, struct sv url, struct deadline dl, struct err *err)
{
	cleanup_lookup *l = NULL;
	int rc = 0;

	if (host->allow_private)
		return 0;
	if (host->by_proxy && host->by_proxy(host->arg, url))
		return lookup_check_literal(url, err);
	rc = lookup_begin_public(url, &l, err);
	if (l)
		rc = lookup_await_public(l, dl, host->cancel_fd, err);
	return rc == ERR_TIMEOUT
		   ? err_set(err, ERR_NAVIGATION_TIMEOUT, "the host name was not resolved in time")
		   : rc;
}

static int
run_goto(
    struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	const struct goto_params *p = params;
	struct cdp_wait_opts w = wait_opts(r, p->wait_until);
	cleanup_buf url = BUF_INIT;
	struct cdp_nav nav = {0};
	int rc = url_check(sv_from(p->url), &url, err);

	if (rc == 0)
		rc = check_public(r->env->host, buf_view(&url), dl, err);
	if (rc != 0)
		return rc;
	return finish(
	    cdp_page_navigate(r->env->page, url.p, NULL, &w, dl, &nav, err), &nav, result);
}

static int
run_history(struct action_run *r, enum cdp_history h, const void *params, struct deadline dl,
    cJSON **result, struct err *err)
{
	const struct history_params *p = params;
	struct cdp_wait_opts w = wait_opts(r, p->wait_until);
	struct cdp_nav nav = {0};

	return finish(cdp_page_history(r->env->page, h, &w, dl, &nav, err), &nav, result);
}

static int
run_back(
    struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	return run_history(r, HISTORY_BACK, params, dl, result, err);
}

static int
run_forward(
    struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	return run_history(r, HISTORY_FORWARD, params, dl, result, err);
}

static int
run_reload(
    struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	return run_history(r, HISTORY_RELOAD, params, dl, result, err);
}

const struct action_type act_goto = {
    .name = "goto",
    .doc =
	"Go to another address in the same page. What does not answer in time is given up; the page stays where it was.",
    .example =
	"{\"type\": \"goto\", \"url\": \"https://example.org/next\", \"wait_until\": \"load\"}",
    .limit = LIMIT_NAVIGATION,
    .params = &goto_table,
    .run = run_goto,
};
const struct action_type act_back = {
    .name = "back",
    .doc = "One step back in the page's history.",
    .example = "{\"type\": \"back\"}",
    .limit = LIMIT_NAVIGATION,
    .params = &history_table,
    .run = run_back,
};
const struct action_type act_forward = {
    .name = "forward",
    .doc = "One step forward in the page's history.",
    .example = "{\"type\": \"forward\"}",
    .limit = LIMIT_NAVIGATION,
    .params = &history_table,
    .run = run_forward,
};
const struct action_type act_reload = {
    .name = "reload",
    .doc = "Load the page again.",
    .example = "{\"type\": \"reload\"}",
    .limit = LIMIT_NAVIGATION,
    .params = &history_table,
    .run = run_reload,
};
