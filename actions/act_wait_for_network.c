// SPDX-License-Identifier: Apache-2.0
// wait_for_network: wait until no counted request has been in flight for a while.
#include "actions/actions_priv.h"

struct wait_for_network_params {
	int64_t idle_time_ms;
};

static const struct param rows[] = {
    {.name = "idle_time_ms",
	.type = PARAM_INT,
	.offset = offsetof(struct wait_for_network_params, idle_time_ms),
	.min = 1,
	.max = 60000,
	.def = "500",
	.doc =
	    "How long nothing may be in flight, in ms; EventSource, WebSocket, ping and beacon do not count"},
};
ACT_TABLE(table, wait_for_network_params, rows);

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result UNUSED,
    struct err *err)
{
	const struct wait_for_network_params *p = params;
	struct cdp_wait_opts w = {.until = WAIT_NETWORK_IDLE,
	    .network_quiet_ms = p->idle_time_ms,
	    .dom_quiet_ms = 0,
	    .idle_after_dcl_ms = deadline_left_ms(dl)};
	struct cdp_nav nav = {0};
	int rc = cdp_page_wait(r->env->page, &w, dl, &nav, err);

	if (rc == ERR_TIMEOUT || (rc == 0 && !nav.settled))
		rc = err_set(err, ERR_ACTION_TIMEOUT, "the network was not idle in time: %s",
		    nav.unsettled_by[0] ? nav.unsettled_by : "requests in flight");
	cdp_nav_done(&nav);
	return rc;
}

const struct action_type act_wait_for_network = {
    .name = "wait_for_network",
    .doc = "Wait until the network has been idle for a while.",
    .example = "{\"type\": \"wait_for_network\", \"idle_time_ms\": 500}",
    .limit = LIMIT_ACTION,
    .params = &table,
    .run = run,
};
