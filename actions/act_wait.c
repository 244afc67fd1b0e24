// SPDX-License-Identifier: Apache-2.0
// wait: let a fixed time pass.
#include "actions/actions_priv.h"

struct wait_params {
	int64_t ms;
};

static const struct param rows[] = {
    {.name = "ms",
	.type = PARAM_INT,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct wait_params, ms),
	.min = 0,
	.max = 600000,
	.doc = "How long, in ms"},
};
ACT_TABLE(table, wait_params, rows);

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result UNUSED,
    struct err *err)
{
	const struct wait_params *p = params;
	struct deadline until = deadline_in_ms(p->ms);
	int rc = act_pause(r, p->ms, dl, err);

	if (rc == 0 && dl.at_us < until.at_us)
		return err_set(err, ERR_TIMEOUT, NULL);
	return rc;
}

const struct action_type act_wait = {
    .name = "wait",
    .doc =
	"Let a fixed time pass. Prefer a wait for something: `wait_for_css`, `wait_for_js`, `wait_for_network`.",
    .example = "{\"type\": \"wait\", \"ms\": 500}",
    .limit = LIMIT_JOB,
    .params = &table,
    .run = run,
};
