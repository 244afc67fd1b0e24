// SPDX-License-Identifier: Apache-2.0
// execute_script: run the body of an async function in the page's main world.
#include "actions/actions_priv.h"

#define RESULT_MAX_BYTES ((size_t)1 << 20)

struct execute_script_params {
	const char *code;
	bool return_result;
};

static const struct param rows[] = {
    {.name = "code",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct execute_script_params, code),
	.min = 1,
	.max = 1048576,
	.doc = "Body of an async function: `await` and `return` work"},
    {.name = "return_result",
	.type = PARAM_BOOL,
	.offset = offsetof(struct execute_script_params, return_result),
	.def = "true",
	.doc = "Put what it returns (as JSON, up to 1 MB) into the step's result"},
};
ACT_TABLE(table, execute_script_params, rows);

static int
keep(cJSON *value, cJSON **result, struct err *err)
{
	cleanup_buf text = BUF_INIT_MAX(RESULT_MAX_BYTES);

	json_print(&text, value, false);
	if (text.overflow) {
		cJSON_Delete(value);
		return err_set(err, ERR_RESULT_TOO_LARGE, "the script returned more than %zu bytes",
		    RESULT_MAX_BYTES);
	}
	*result = value;
	return 0;
}

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	const struct execute_script_params *p = params;
	struct cdp_code code = {
	    "(async () => {", p->code, p->return_result ? "})()" : "})().then(() => null)"};
	cJSON *value = NULL;
	int rc = cdp_page_eval_code(r->env->page, &code, deadline_left_ms(dl), dl, &value, err);

	if (rc == 0 && p->return_result && value)
		return keep(value, result, err);
	cJSON_Delete(value);
	return rc == ERR_TIMEOUT ? err_set(err, ERR_SCRIPT_TIMEOUT, NULL) : rc;
}

const struct action_type act_execute_script = {
    .name = "execute_script",
    .doc =
	"Run JavaScript in the page. A loop that never ends is terminated at the step's limit (`timeouts.script_execution_ms`).",
    .example = "{\"type\": \"execute_script\", \"code\": \"return document.links.length\"}",
    .limit = LIMIT_SCRIPT,
    .params = &table,
    .run = run,
};
