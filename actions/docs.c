// SPDX-License-Identifier: Apache-2.0
// docs/ACTIONS.md and the JSON Schema of an action, printed from the tables.
#include "actions/actions_priv.h"

static const char intro[] =
    "# Actions\n\n"
    "<!-- Printed from the tables by `./run docs`; edit the tables, not this page. -->\n\n"
    "A script is a list of actions that run in order on the loaded page, each under its own limit and all under the job's\n"
    "hard cap. Clicks and keys are real input events, as a person's.\n\n"
    "    riptide render https://example.org/ --script actions.json\n"
    "    riptide run request.yaml\n\n"
    "`--script` takes an array of actions, or an object with `actions`; `riptide run` takes a whole render request, where they\n"
    "are the key `actions`. Both read JSON, or YAML (1.2 core scalars; comments are welcome, aliases are refused). Editors complete and check\n"
    "requests with [the JSON Schema](schema/render-request.schema.json). [Examples](examples/) to start from are at hand.\n\n"
    "## Selectors\n\n"
    "`css` is a CSS selector as the browser knows it. `>>>` pierces shadow roots (closed ones too) and frames, those of other origins included:\n"
    "`my-app >>> iframe >>> button.save`. A selector without `>>>` is tried in the document first, then in open shadow roots and\n"
    "frames.\n\n"
    "## Results\n\n"
    "One entry of `action_results` per step: `{index, name, type, status, started_ms, duration_ms, result, error, steps}`; `status` is `ok`,\n"
    "`failed`, `timeout` or `skipped`; `started_ms` counts from the script's start (null: never begun); `steps` holds the results inside of `if` and `repeat`.\n"
    "A step that fails ends the job as `failed`, with everything obtained so far, unless `optional` or `on_error` say otherwise. When the job's\n"
    "time ends during a step, the page is captured as it is: `partial`, reason `deadline`.\n\n"
    "## Keys of every action\n\n";

static const char *const limit_text[] = {
    [LIMIT_ACTION] = "`timeouts.action_ms` (10 s)",
    [LIMIT_NAVIGATION] = "`timeouts.navigation_ms` (20 s)",
    [LIMIT_SCRIPT] = "`timeouts.script_execution_ms` (5 s)",
    [LIMIT_JOB] = "what is left of the job",
};

void
actions_markdown(struct buf *out)
{
	buf_str(out, intro);
	params_markdown(&action_common_table, out);
	buf_fmt(out, "\nAt most %d steps in a script, %d steps run, %d levels of nesting.\n",
	    ACTIONS_MAX_STEPS, ACTIONS_MAX_RUN, ACTIONS_MAX_DEPTH);
	for (size_t i = 0; action_types[i]; i++) {
		const struct action_type *t = action_types[i];

		buf_fmt(out, "\n## %s\n\n%s\n\n    %s\n\n", t->name, t->doc, t->example);
		if (t->params->n_rows)
			params_markdown(t->params, out);
		buf_fmt(out, "%sDefault limit: %s.\n", t->params->n_rows ? "\n" : "",
		    limit_text[t->limit]);
	}
}

static cJSON *
one_schema(const struct action_type *t, cJSON *defs)
{
	cJSON *s = params_schema2(t->params, &action_common_table, defs), *type = json_obj();
	cJSON *required = cJSON_GetObjectItemCaseSensitive(s, "required");

	json_set_str(type, "const", t->name);
	json_set(cJSON_GetObjectItemCaseSensitive(s, "properties"), "type", type);
	cJSON_InsertItemInArray(required, 0, cJSON_CreateString("type"));
	cJSON_DeleteItemFromObjectCaseSensitive(s, "description");
	json_set_str(s, "description", t->doc);
	return s;
}

cJSON *
actions_schema(cJSON *defs)
{
	cJSON *s = json_obj(), *any = json_arr();

	for (size_t i = 0; action_types[i]; i++)
		json_push(any, one_schema(action_types[i], defs));
	json_set(s, "oneOf", any);
	return s;
}
