// SPDX-License-Identifier: Apache-2.0
// press: one key, with modifiers.
#include "actions/actions_priv.h"

struct press_params {
	const char *key, *css;
};

static int
check(void *obj, const char *path, struct err *err)
{
	const struct press_params *p = obj;
	cleanup_free char *at = xasprintf("%s.key", path);

	if (!cdp_input_key_known(p->key))
		return err_at(err, ERR_INVALID_REQUEST, at,
		    "unknown key \"%s\"; expected a name such as Enter, ArrowDown or Control+A",
		    p->key);
	return 0;
}

static const struct param rows[] = {
    {.name = "key",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct press_params, key),
	.min = 1,
	.max = 64,
	.doc = "`Enter`, `Tab`, `Escape`, `ArrowDown`, `PageDown`, `a`, `Control+A`, …"},
    {.name = "css",
	.type = PARAM_STRING,
	.offset = offsetof(struct press_params, css),
	.min = 1,
	.max = 4096,
	.doc = "Focus this element first"},
};
static const struct param_table table = {.name = "press_params",
    .size = sizeof(struct press_params),
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
    .check = check};

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result UNUSED,
    struct err *err)
{
	const struct press_params *p = params;
	struct cdp_element el;
	int rc = p->css ? act_attached(r, p->css, dl, &el, err) : 0;

	if (rc == 0 && p->css) {
		rc = cdp_dom_focus(r->env->page, &el, dl, err);
		cdp_dom_release(r->env->page, &el);
	}
	return rc == 0 ? cdp_input_press(r->env->page, p->key, dl, err) : rc;
}

const struct action_type act_press = {
    .name = "press",
    .doc = "Press one key, with modifiers, on the focused element or on `css`.",
    .example = "{\"type\": \"press\", \"key\": \"Enter\", \"css\": \"#search\"}",
    .limit = LIMIT_ACTION,
    .params = &table,
    .run = run,
};
