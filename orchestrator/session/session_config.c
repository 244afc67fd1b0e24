// SPDX-License-Identifier: Apache-2.0
// The table of `session_config`. Any thread.
#include "orchestrator/request/request.h"
#include "orchestrator/session/session.h"

#define C(member) offsetof(struct session_config, member)
static const struct param session_config_rows[] = {
    {.name = "max_pages",
	.type = PARAM_INT,
	.offset = C(max_pages),
	.min = 0,
	.max = 1000000,
	.def = "0",
	.doc = "Jobs that the session may serve in all; 0: no limit."},
    {.name = "idle_timeout_ms",
	.type = PARAM_INT,
	.offset = C(idle_timeout_ms),
	.min = 1000,
	.max = 2592000000.0,
	.doc =
	    "The session ends after so long without a job, in ms (the service's setting session_idle is the default)."},
    {.name = "max_lifetime_ms",
	.type = PARAM_INT,
	.offset = C(max_lifetime_ms),
	.min = 1000,
	.max = 2592000000.0,
	.doc =
	    "The session ends at this age, in ms (the service's setting session_lifetime is the default)."},
    {.name = "persist_cookies",
	.type = PARAM_BOOL,
	.offset = C(persist_cookies),
	.def = "true",
	.doc = "Cookies survive the browser and the daemon."},
    {.name = "persist_storage",
	.type = PARAM_BOOL,
	.offset = C(persist_storage),
	.def = "true",
	.doc = "localStorage, sessionStorage and IndexedDB survive the browser and the daemon."},
    {.name = "stealth_mode",
	.type = PARAM_BOOL,
	.offset = C(stealth_mode),
	.def = "false",
	.doc = "As the request's stealth_mode, for all jobs of the session."},
    {.name = "user_agent",
	.type = PARAM_STRING,
	.offset = C(user_agent),
	.min = 1,
	.max = 1024,
	.doc = "User-Agent of the session's pages; a request's own wins."},
    {.name = "viewport",
	.type = PARAM_OBJECT,
	.offset = C(viewport),
	.table = &request_viewport_table,
	.doc = "Viewport of the session's pages; a request's own wins."},
    {.name = "http_user",
	.type = PARAM_STRING,
	.offset = C(http_user),
	.max = 256,
	.doc = "User name for HTTP authentication (Basic, Digest)."},
    {.name = "http_password",
	.type = PARAM_STRING,
	.offset = C(http_password),
	.max = 256,
	.doc = "Password for HTTP authentication; never shown again."},
};
#undef C

const struct param_table session_config_table = {
    .name = "session_config",
    .doc = "Limits and habits of a session.",
    .size = sizeof(struct session_config),
    .rows = session_config_rows,
    .n_rows = ARRAY_LEN(session_config_rows),
};
