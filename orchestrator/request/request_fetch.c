// SPDX-License-Identifier: Apache-2.0
// What a request with engine `fetch` may not ask for: wishes that need a browser, one row each.
// Limits and guarantees that hold of themselves (timeouts, isolation) may stand. Any thread.
#include "orchestrator/request/request.h"

#define NO_ACTIONS "a fetched page can't be acted on"
#define NO_SIGHT   "no style or script runs that could ask for it"
#define NO_PICTURE "a fetched page is never laid out"
#define NO_NETWORK "a fetched page loads nothing but itself"
#define NO_REQUEST "goes with url: for html nothing is requested"

static const struct {
	const char *path, *why;
	bool with_html; // refused only then
} rows[] = {
    {"actions", NO_ACTIONS, false},
    {"wait_for", NO_ACTIONS, false},
    {"scroll_steps", NO_ACTIONS, false},
    {"wait_until", "a fetched page is loaded when it has arrived", false},
    {"artifacts.screenshot", NO_PICTURE, false},
    {"artifacts.pdf", NO_PICTURE, false},
    {"artifacts.mhtml", NO_NETWORK, false},
    {"artifacts.har", NO_NETWORK, false},
    {"network_requests", NO_NETWORK, false},
    {"block", NO_NETWORK, false},
    {"session_id", "sessions are kept in browsers; use cookies", false},
    {"stealth_mode", "there is no browser that shows; use user_agent and headers", false},
    {"viewport", NO_SIGHT, false},
    {"timezone", NO_SIGHT, false},
    {"color_scheme", NO_SIGHT, false},
    {"media", NO_SIGHT, false},
    {"user_agent", NO_REQUEST, true},
    {"headers", NO_REQUEST, true},
    {"cookies", NO_REQUEST, true},
    {"locale", NO_REQUEST, true},
    {"proxy_config", NO_REQUEST, true},
};

// False and an empty list ask for nothing.
static bool
is_wish(const cJSON *v)
{
	return v && !cJSON_IsFalse(v) && !cJSON_IsNull(v) && !(cJSON_IsArray(v) && !v->child);
}

int
request_check_fetch(const cJSON *request, struct err *err)
{
	bool html = json_get(request, "html") != NULL;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if ((html || !rows[i].with_html) && is_wish(json_path(request, rows[i].path)))
			return err_at(err, ERR_INVALID_REQUEST, rows[i].path, "%s%s", rows[i].why,
			    rows[i].with_html ? ""
					      : " (engine \"fetch\"; engine \"browser\" does it)");
	return 0;
}
