// SPDX-License-Identifier: Apache-2.0
// Evaluation of page script with limits: Runtime.evaluate's own for synchronous code, the deadline
// for promises and for renderers that do not answer; a script past its limit is terminated. Job
// threads only.
#include "cdp/page/page_priv.h"

#include <stdio.h>

#define GRACE_MS     50 // for Chromium's own timeout to report itself
#define PING_MS      50
#define TERMINATE_MS 100

// --- answers ---

struct position {
	long long line, column; // from 1; line 0: not known
};

// The first place of an evaluated script in an error's stack ("    at f (<anonymous>:3:7)"): a
// rejected promise has no other. Pages write this text, so it is only ever shown.
static struct position
position_in_stack(const char *stack)
{
	struct position at = {0, 0};
	const char *frame = strstr(stack, "\n    at ");

	frame = frame ? strstr(frame, "<anonymous>:") : NULL;
	if (!frame || sscanf(frame, "<anonymous>:%6lld:%6lld", &at.line, &at.column) != 2)
		at.line = 0;
	return at;
}

static struct position
position_of(const cJSON *details, const char *stack, size_t lead)
{
	struct position at = position_in_stack(stack);

	if (at.line == 0 &&
	    !strstr(json_str(details, "text") ? json_str(details, "text") : "", "(in promise)")) {
		at.line = json_int(details, "lineNumber", 0) + 1;
		at.column = json_int(details, "columnNumber", 0) + 1;
	}
	if (at.line == 1 && at.column > (long long)lead)
		at.column -= (long long)lead;
	return at;
}

// `lead`: bytes before the user's own code, in its first line.
static int
exception_error(const cJSON *details, size_t lead, struct err *err)
{
	const cJSON *ex = json_get(details, "exception");
	const char *text = json_str(ex, "description");
	cleanup_buf own = BUF_INIT_MAX(4096);
	struct position at;
	size_t first;

	if (!text && json_get(ex, "value")) {
		json_print(&own, json_get(ex, "value"), false);
		text = own.p;
	}
	if (!text)
		text = json_str(details, "text");
	if (!text)
		text = "exception";
	at = position_of(details, text, lead);
	first = MIN(strcspn(text, "\n"), (size_t)400);
	if (at.line == 0)
		return err_set(err, ERR_SCRIPT_FAILED, "%.*s", (int)first, text);
	return err_set(err, ERR_SCRIPT_FAILED, "%.*s (line %lld, column %lld)", (int)first, text,
	    at.line, at.column);
}

static const struct {
	const char *part;
	int code;
	const char *text;
} cdp_texts[] = {
    {"Internal error (-32603)", ERR_SCRIPT_TIMEOUT, "the script ran too long and was terminated"},
    {"Execution was terminated", ERR_SCRIPT_TIMEOUT, "the script was terminated"},
    {"reference chain is too long", ERR_SCRIPT_FAILED,
	"the result is too deep or circular for JSON"},
    {"couldn't be returned by value", ERR_SCRIPT_FAILED, "the result can't be given as JSON"},
};

static int
translate(int rc, struct err *err)
{
	for (size_t i = 0; rc == ERR_CDP && err && i < ARRAY_LEN(cdp_texts); i++)
		if (strstr(err->message, cdp_texts[i].part))
			return err_set(err, cdp_texts[i].code, "%s", cdp_texts[i].text);
	return rc;
}

bool
page_context_gone(int rc, const struct err *err)
{
	if (rc != ERR_CDP)
		return false;
	return strstr(err->message, "context") || strstr(err->message, "navigated or closed") ||
	       strstr(err->message, "Promise was collected");
}

cJSON *
page_remote_value(cJSON *remote)
{
	cJSON *v = cJSON_DetachItemFromObjectCaseSensitive(remote, "value");
	const char *odd = json_str(remote, "unserializableValue");

	if (v)
		return v;
	return odd ? cJSON_CreateString(odd) : cJSON_CreateNull();
}

static int
take_remote(cJSON *result, size_t lead, cJSON **remote, struct err *err)
{
	const cJSON *details = json_get(result, "exceptionDetails");
	int rc = details ? exception_error(details, lead, err) : 0;

	if (rc == 0)
		*remote = cJSON_DetachItemFromObjectCaseSensitive(result, "result");
	cJSON_Delete(result);
	return rc;
}

// --- calls ---

bool
page_answers(struct cdp_page *p, struct cdp_session *s, int64_t ms)
{
	cJSON *params = json_obj();

	json_set_str(params, "expression", "0");
	return cdp_call(p->client, s, "Runtime.evaluate", params, deadline_in_ms(ms), NULL, NULL) ==
	       0;
}

// Past its limit: a renderer that does not answer is running it (or the page's own script) still.
static void
free_renderer(struct cdp_page *p, struct cdp_session *s)
{
	if (page_answers(p, s, PING_MS))
		return;
	(void)!cdp_call(p->client, s, "Runtime.terminateExecution", NULL,
	    deadline_in_ms(TERMINATE_MS), NULL, NULL);
}

static int
limit_error(struct cdp_page *p, struct cdp_session *s, int rc, int64_t timeout_ms, struct err *err)
{
	if (rc != ERR_TIMEOUT || timeout_ms == 0)
		return rc;
	free_renderer(p, s);
	return err_set(err, ERR_SCRIPT_TIMEOUT, NULL);
}

static cJSON *
evaluate_params(const struct page_eval *e)
{
	cJSON *params = json_obj();

	json_set_str(params, "expression", e->expression);
	json_set_bool(params, "awaitPromise", true);
	json_set_bool(params, "returnByValue", !e->by_reference);
	if (e->context)
		json_set_int(params, "contextId", e->context);
	if (e->timeout_ms)
		json_set_int(params, "timeout", e->timeout_ms);
	return params;
}

int
page_evaluate(struct cdp_page *p, const struct page_eval *e, struct deadline dl, cJSON **remote,
    struct err *err)
{
	struct err own = ERR_INIT;
	cJSON *result = NULL;
	int rc;

	if (e->timeout_ms)
		dl = deadline_step(dl, e->timeout_ms + GRACE_MS);
	if (!err)
		err = &own;
	rc = cdp_call(
	    p->client, e->session, "Runtime.evaluate", evaluate_params(e), dl, &result, err);
	if (rc != 0)
		return limit_error(p, e->session, translate(rc, err), e->timeout_ms, err);
	return take_remote(result, e->lead, remote, err);
}

int
page_call_on(struct cdp_page *p, struct cdp_session *s, const char *object_id, const char *function,
    cJSON *args, bool by_reference, struct deadline dl, cJSON **remote, struct err *err)
{
	struct err own = ERR_INIT;
	cJSON *params = json_obj(), *result = NULL;
	int rc;

	if (!err)
		err = &own;
	json_set_str(params, "objectId", object_id);
	json_set_str(params, "functionDeclaration", function);
	json_set_bool(params, "awaitPromise", true);
	json_set_bool(params, "returnByValue", !by_reference);
	if (args)
		json_set(params, "arguments", args);
	rc = cdp_call(p->client, s, "Runtime.callFunctionOn", params, dl, &result, err);
	return rc ? translate(rc, err) : take_remote(result, 0, remote, err);
}

// --- for users ---

static int
eval_main(struct cdp_page *p, const char *expression, size_t lead, int64_t timeout_ms,
    struct deadline dl, cJSON **value, struct err *err)
{
	struct page_eval e = {.session = p->session,
	    .expression = expression,
	    .lead = lead,
	    .timeout_ms = timeout_ms};
	cJSON *remote = NULL;
	int rc = page_evaluate(p, &e, dl, &remote, err);

	if (rc == 0 && value)
		*value = page_remote_value(remote);
	cJSON_Delete(remote);
	return rc;
}

int
cdp_page_eval(struct cdp_page *p, enum cdp_world w, const char *expression, int64_t timeout_ms,
    struct deadline dl, cJSON **value, struct err *err)
{
	int rc = page_ready(p, err);

	if (rc != 0)
		return rc;
	if (w == WORLD_MAIN)
		return eval_main(p, expression, 0, timeout_ms, dl, value, err);
	return page_lib_call(
	    p, page_world(p, p->session), 0, expression, timeout_ms, dl, value, err);
}

int
cdp_page_eval_code(struct cdp_page *p, const struct cdp_code *c, int64_t timeout_ms,
    struct deadline dl, cJSON **value, struct err *err)
{
	cleanup_free char *expression = xasprintf("%s%s\n%s", c->before, c->code, c->after);
	int rc = page_ready(p, err);

	if (rc != 0)
		return rc;
	return eval_main(p, expression, strlen(c->before), timeout_ms, dl, value, err);
}

int
cdp_page_call(struct cdp_page *p, enum cdp_world w, const char *function, cJSON *args,
    int64_t timeout_ms, struct deadline dl, cJSON **value, struct err *err)
{
	cleanup_buf code = BUF_INIT;

	buf_str(&code, "(");
	buf_str(&code, function);
	buf_str(&code, "\n)(...");
	if (args)
		json_print(&code, args, false);
	else
		buf_str(&code, "[]");
	buf_str(&code, ")");
	cJSON_Delete(args);
	return cdp_page_eval(p, w, code.p, timeout_ms, dl, value, err);
}
