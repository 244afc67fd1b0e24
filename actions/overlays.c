// SPDX-License-Identifier: Apache-2.0
// Dismiss consent banners and overlays: one evaluation of overlays.js in the isolated world, given
// the rule table. Job thread. Best effort: only what ends the page is an error.
#include "actions/actions_priv.h"
#include "actions/overlays.h"
#include "base/log.h"

#include "actions_js.h"

#define OVERLAY_LIMIT_MS 1500

static cJSON *
rules_json(void)
{
	cJSON *list = json_arr();

	for (size_t i = 0; i < overlay_rules_n; i++) {
		const struct overlay_rule *r = &overlay_rules[i];
		cJSON *o = json_obj();

		json_set_str(o, "name", r->name);
		json_set_str(o, "present", r->present);
		json_set_str(o, "reject", r->reject);
		json_set_str(o, "accept", r->accept);
		json_set_str(o, "remove", r->remove);
		json_push(list, o);
	}
	return list;
}

int
overlays_dismiss(struct cdp_page *p, struct deadline dl, cJSON **report, struct err *err)
{
	struct deadline limit = deadline_step(dl, OVERLAY_LIMIT_MS + 500);
	cJSON *args = json_arr(), *value = NULL;
	struct err e = ERR_INIT;
	int rc;

	json_push(args, rules_json());
	rc = cdp_page_call(
	    p, WORLD_ISOLATED, js_overlays, args, OVERLAY_LIMIT_MS, limit, &value, &e);
	if (rc == 0 && cJSON_IsArray(value))
		*report = steal_ptr(value);
	else
		*report = json_arr();
	cJSON_Delete(value);
	if (rc != 0)
		log_debug("overlays: %s", e.message);
	if (rc == ERR_PAGE_CRASHED || rc == ERR_PAGE_DETACHED || rc == ERR_BROWSER_CRASHED ||
	    rc == ERR_CANCELLED) {
		*err = e;
		return rc;
	}
	return 0;
}
