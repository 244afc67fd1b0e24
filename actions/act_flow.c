// SPDX-License-Identifier: Apache-2.0
// if, repeat: steps under a condition. Bounded by the script's limits on steps and depth, and by
// the job's time.
#include "actions/actions_priv.h"

#include <stdio.h>

struct if_params {
	const char *css, *expr;
	struct action_list then, otherwise;
};

static const struct param if_rows[] = {
    {.name = "css",
	.type = PARAM_STRING,
	.offset = offsetof(struct if_params, css),
	.min = 1,
	.max = 4096,
	.doc = "True when an element matches now"},
    {.name = "expr",
	.type = PARAM_STRING,
	.offset = offsetof(struct if_params, expr),
	.min = 1,
	.max = 65536,
	.doc =
	    "True when this JavaScript expression, or what a function given in its place returns, is"},
    {.name = "then",
	.type = PARAM_CUSTOM,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct if_params, then),
	.custom = &action_list_param,
	.doc = "Steps if true"},
    {.name = "else",
	.type = PARAM_CUSTOM,
	.offset = offsetof(struct if_params, otherwise),
	.custom = &action_list_param,
	.doc = "Steps if not"},
};

static const struct param_table if_table = {.name = "if_params",
    .size = sizeof(struct if_params),
    .rows = if_rows,
    .n_rows = ARRAY_LEN(if_rows),
    .one_of = (const char *const[]){"css", "expr", NULL}};

static int
run_if(
    struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	const struct if_params *p = params;
	int truth = p->css ? act_matches(r, p->css, dl, err) : act_truth(r, p->expr, dl, err);

	if (truth < 0)
		return truth;
	*result = json_obj();
	json_set_bool(*result, "condition", truth > 0);
	return actions_run_nested(
	    r, truth ? &p->then : &p->otherwise, truth ? "then" : "else", err);
}

struct repeat_params {
	int64_t times;
	const char *loop_while;
	struct action_list actions;
};

static const struct param repeat_rows[] = {
    {.name = "times",
	.type = PARAM_INT,
	.offset = offsetof(struct repeat_params, times),
	.min = 1,
	.max = 1000,
	.def = "100",
	.doc = "How often at most"},
    {.name = "while",
	.type = PARAM_STRING,
	.offset = offsetof(struct repeat_params, loop_while),
	.min = 1,
	.max = 65536,
	.doc =
	    "JavaScript expression, or `css:` and a selector, looked at before each round; false ends the loop"},
    {.name = "actions",
	.type = PARAM_CUSTOM,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct repeat_params, actions),
	.custom = &action_list_param,
	.doc = "Steps of one round"},
};
ACT_TABLE(repeat_table, repeat_params, repeat_rows);

static int
goes_on(struct action_run *r, const char *condition, struct deadline dl, struct err *err)
{
	if (!condition)
		return 1;
	if (sv_starts(sv_from(condition), "css:"))
		return act_matches(r, condition + 4, dl, err);
	return act_truth(r, condition, dl, err);
}

static int
run_repeat(
    struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	const struct repeat_params *p = params;
	int64_t round = 0;
	int rc = 0;

	*result = json_obj();
	for (; round < p->times && rc == 0 && !r->stopped; round++) {
		char key[48];

		rc = goes_on(r, p->loop_while, dl, err);
		if (rc <= 0)
			break;
		if (deadline_passed(dl)) {
			rc = err_set(err, ERR_TIMEOUT, NULL);
			break;
		}
		snprintf(key, sizeof(key), "round %lld: actions", (long long)round);
		rc = actions_run_nested(r, &p->actions, key, err);
	}
	json_set_int(*result, "rounds", round);
	return rc;
}

const struct action_type act_if = {
    .name = "if",
    .doc = "Run steps only if an element is there or an expression is true.",
    .example =
	"{\"type\": \"if\", \"css\": \"#login\", \"then\": [{\"type\": \"click\", \"css\": \"#login\"}]}",
    .limit = LIMIT_JOB,
    .params = &if_table,
    .run = run_if,
};
const struct action_type act_repeat = {
    .name = "repeat",
    .doc = "Run steps again and again, while a condition holds.",
    .example =
	"{\"type\": \"repeat\", \"times\": 10, \"while\": \"css:a.next\", \"actions\": [{\"type\": \"click\", \"css\": \"a.next\", "
	"\"wait_for_navigation\": true}]}",
    .limit = LIMIT_JOB,
    .params = &repeat_table,
    .run = run_repeat,
};
