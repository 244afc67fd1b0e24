// SPDX-License-Identifier: Apache-2.0
// JSON -> steps, strictly: every error names its path, steps and depth are bounded.
#include "actions/actions_priv.h"
#include "base/nearest.h"

#include <stdio.h>

struct parser {
	struct arena *arena;
	unsigned steps, depth;
};

// The custom reader has no argument of its own: nesting is followed here, per thread.
static _Thread_local struct parser *current;

static const struct action_type *
find_type(const char *name)
{
	for (size_t i = 0; action_types[i]; i++)
		if (strcmp(action_types[i]->name, name) == 0)
			return action_types[i];
	return NULL;
}

static int
unknown_type(const char *name, const char *path, struct err *err)
{
	const char *names[64], *near;
	cleanup_buf list = BUF_INIT_MAX(400);
	size_t n = 0;

	for (; action_types[n] && n < ARRAY_LEN(names); n++) {
		names[n] = action_types[n]->name;
		buf_fmt(&list, "%s%s", n ? ", " : "", names[n]);
	}
	near = name ? nearest_word(name, names, n) : NULL;
	if (near)
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "unknown action \"%s\"; did you mean \"%s\"?", name, near);
	return err_at(err, ERR_INVALID_REQUEST, path, "expected one of %s", list.p);
}

static int
read_action(struct parser *p, const cJSON *v, struct action *out, const char *path, struct err *err)
{
	char type_path[192];

	if (!cJSON_IsObject(v))
		return err_at(err, ERR_INVALID_REQUEST, path, "expected an object with a type");
	snprintf(type_path, sizeof(type_path), "%s.type", path);
	if (!json_str(v, "type") || !(out->type = find_type(json_str(v, "type"))))
		return unknown_type(json_str(v, "type"), type_path, err);
	if (++p->steps > ACTIONS_MAX_STEPS)
		return err_at(err, ERR_TOO_LARGE, path, "more than %d steps in the script",
		    ACTIONS_MAX_STEPS);
	out->json = v;
	out->params = arena_alloc(p->arena, out->type->params->size);
	if (!out->params)
		return err_at(err, ERR_TOO_LARGE, path, "the script needs too much memory");
	return params_read2(out->type->params, out->params, &action_common_table, &out->common, v,
	    p->arena, path, err);
}

static int
read_list(
    struct parser *p, const cJSON *v, struct action_list *out, const char *path, struct err *err)
{
	struct action_list list = {0};
	size_t i = 0;
	int rc = 0;

	if (!cJSON_IsArray(v))
		return err_at(err, ERR_INVALID_REQUEST, path, "expected an array of actions");
	if (p->depth++ >= ACTIONS_MAX_DEPTH)
		return err_at(
		    err, ERR_INVALID_REQUEST, path, "nested more than %d deep", ACTIONS_MAX_DEPTH);
	list.n = (size_t)cJSON_GetArraySize(v);
	if (list.n > ACTIONS_MAX_STEPS)
		return err_at(err, ERR_TOO_LARGE, path, "more than %d steps in the script",
		    ACTIONS_MAX_STEPS);
	list.v = arena_array(p->arena, list.n, sizeof(*list.v));
	if (!list.v)
		return err_at(err, ERR_TOO_LARGE, path, "the script needs too much memory");
	for (const cJSON *item = v->child; item && rc == 0; item = item->next, i++) {
		char at[160];

		snprintf(at, sizeof(at), "%s[%zu]", path, i);
		rc = read_action(p, item, &list.v[i], at, err);
	}
	p->depth--;
	if (rc == 0)
		*out = list;
	return rc;
}

static int
read_slot(const cJSON *v, void *slot, struct arena *a, const char *path, struct err *err)
{
	struct parser top = {.arena = a};
	bool outermost = !current;
	int rc;

	if (outermost)
		current = &top;
	rc = read_list(current, v, slot, path, err);
	if (outermost)
		current = NULL;
	return rc;
}

static cJSON *
list_schema(void)
{
	cJSON *s = json_obj(), *items = json_obj();

	json_set_str(s, "type", "array");
	json_set_str(items, "$ref", "#/$defs/action");
	json_set(s, "items", items);
	json_set_int(s, "maxItems", ACTIONS_MAX_STEPS);
	return s;
}

const struct param_custom action_list_param = {.read = read_slot, .schema = list_schema};

int
actions_parse(
    const cJSON *v, struct arena *a, const char *path, struct action_list *out, struct err *err)
{
	if (cJSON_IsArray(v))
		return read_slot(v, out, a, path, err);
	if (!cJSON_IsObject(v) || !json_get(v, "actions"))
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "expected an array of actions, or an object with \"actions\"");
	json_foreach (item, v)
		if (strcmp(item->string, "actions") != 0)
			return err_at(err, ERR_INVALID_REQUEST, item->string,
			    "unknown key in an action script; only \"actions\" is read (a whole request goes to riptide run)");
	return read_slot(json_get(v, "actions"), out, a, "actions", err);
}

int
actions_each(const struct action_list *list, action_visit_fn *fn, void *arg, const char *path,
    struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < list->n && rc == 0; i++) {
		const struct action *a = &list->v[i];
		char at[160];

		snprintf(at, sizeof(at), "%s[%zu]", path, i);
		rc = fn(arg, a->type->name, a->json, at, err);
		for (size_t k = 0; k < a->type->params->n_rows && rc == 0; k++) {
			const struct param *row = &a->type->params->rows[k];
			char nested[192];

			if (row->custom != &action_list_param)
				continue;
			snprintf(nested, sizeof(nested), "%s.%s", at, row->name);
			rc = actions_each(
			    (const struct action_list *)(const void *)((char *)a->params +
								       row->offset),
			    fn, arg, nested, err);
		}
	}
	return rc;
}
