// SPDX-License-Identifier: Apache-2.0
// The list of all actions; a new one is a file act_NAME.c and a line here.
#include "actions/actions_priv.h"

const struct action_type *const action_types[] = {
    &act_wait_for_css,
    &act_wait_for_js,
    &act_wait_for_network,
    &act_wait,
    &act_scroll,
    &act_click,
    &act_type,
    &act_press,
    &act_hover,
    &act_select,
    &act_check,
    &act_upload,
    &act_goto,
    &act_back,
    &act_forward,
    &act_reload,
    &act_execute_script,
    &act_screenshot,
    &act_pdf,
    &act_snapshot,
    &act_extract,
    &act_if,
    &act_repeat,
    NULL,
};

static const char *const on_error_names[] = {"fail", "continue", "stop", NULL};

static const struct param common_rows[] = {
    // Read before the table is known; the row makes the key a known one.
    {.name = "type",
	.type = PARAM_STRING,
	.offset = offsetof(struct action_common, type),
	.flags = PARAM_HIDDEN,
	.doc = "The action"},
    {.name = "name",
	.type = PARAM_STRING,
	.offset = offsetof(struct action_common, name),
	.min = 1,
	.max = 200,
	.doc = "A name of your own, repeated in the step's result"},
    {.name = "timeout_ms",
	.type = PARAM_INT,
	.offset = offsetof(struct action_common, timeout_ms),
	.min = 1,
	.max = 600000,
	.doc = "Limit of this step in ms; what is left of the job limits it too"},
    {.name = "optional",
	.type = PARAM_BOOL,
	.offset = offsetof(struct action_common, optional),
	.def = "false",
	.doc = "A failure is recorded and the script goes on"},
    {.name = "on_error",
	.type = PARAM_ENUM,
	.offset = offsetof(struct action_common, on_error),
	.names = on_error_names,
	.def = "\"fail\"",
	.doc =
	    "After a failure: end the job as failed, go on, or end the script and take the page as it is"},
};

const struct param_table action_common_table = {.name = "action_common",
    .doc = "Keys of every action",
    .size = sizeof(struct action_common),
    .rows = common_rows,
    .n_rows = ARRAY_LEN(common_rows)};
