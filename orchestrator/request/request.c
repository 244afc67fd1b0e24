// SPDX-License-Identifier: Apache-2.0
// Reads a render request by its tables (request_tables.c), checks the rules between its keys, and
// prints its JSON Schema. Any thread.
#include "orchestrator/pool/pool.h" // enum pool_isolation
#include "orchestrator/request/request_network.h"
#include "orchestrator/request/request_proxy.h"
#include "orchestrator/request/request_priv.h"

#include <stdio.h>

const struct json_limits request_json_limits = {
    .max_bytes = 32 << 20, .max_depth = 64, .max_values = 50000};

static int
check_session(struct request *r, struct err *err)
{
	if (r->session_config && !r->session_id)
		return err_at(
		    err, ERR_INVALID_REQUEST, "session_config", "goes with session_id only");
	if (r->isolation == ISOLATION_SESSION && !r->session_id)
		return err_at(
		    err, ERR_INVALID_REQUEST, "isolation", "\"session\" needs a session_id");
	if (r->isolation == ISOLATION_BROWSER && r->session_id)
		return err_at(err, ERR_INVALID_REQUEST, "isolation",
		    "\"browser\" does not go with a session_id: sessions share a browser");
	if (r->session_id)
		r->isolation = ISOLATION_SESSION;
	return 0;
}

int
request_check(void *obj, const char *path UNUSED, struct err *err)
{
	const struct request *r = obj;

	if (r->base_url && !r->html)
		return err_at(err, ERR_INVALID_REQUEST, "base_url", "goes with html only");
	return check_session(obj, err);
}

// wait_for and scroll_steps as the actions they stand for.
static int
shorthand_read(struct request *r, struct err *err)
{
	cJSON *list = json_arr();

	r->shorthand_json = list;
	if (r->wait_for) {
		bool js = sv_starts(sv_from(r->wait_for), "js:");
		bool css = sv_starts(sv_from(r->wait_for), "css:");
		cJSON *step = json_obj();

		json_set_str(step, "type", js ? "wait_for_js" : "wait_for_css");
		json_set_str(step, js ? "expr" : "css", r->wait_for + (js ? 3 : css ? 4 : 0));
		json_set_str(step, "name", "wait_for");
		json_push(list, step);
	}
	if (r->scroll_steps > 0) {
		cJSON *step = json_obj();

		json_set_str(step, "type", "scroll");
		json_set_int(step, "steps", r->scroll_steps);
		json_set_str(step, "name", "scroll_steps");
		json_push(list, step);
	}
	return list->child ? actions_parse(list, &r->arena, "shorthand", &r->shorthand, err) : 0;
}

static void
fill_defaults(struct request *r)
{
	if (!r->timeouts) {
		r->timeouts = arena_alloc(&r->arena, sizeof(*r->timeouts));
		params_defaults(&request_timeouts_table, r->timeouts, &r->arena);
	}
	if (!r->artifacts)
		r->artifacts = arena_alloc(&r->arena, sizeof(*r->artifacts));
	if (!r->viewport) {
		r->viewport = arena_alloc(&r->arena, sizeof(*r->viewport));
		params_defaults(&request_viewport_table, r->viewport, &r->arena);
	}
}

static int
no_control(const char *s, const char *path, struct err *err)
{
	for (; s && *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return err_at(err, ERR_INVALID_REQUEST, path,
			    "expected text without control characters");
	return 0;
}

static int
read_rest(struct request *r, struct err *err)
{
	int rc = 0;

	fill_defaults(r);
	if (r->url)
		rc = request_check_url(r->url, "url", &r->arena, &r->url, err);
	if (rc == 0 && r->base_url)
		rc = request_check_url(r->base_url, "base_url", &r->arena, &r->base_url, err);
	if (rc == 0 && r->proxy)
		rc = request_proxy_read(r->proxy, &r->arena, err);
	if (rc == 0)
		rc = request_check_host(r->network, r->proxy, r->url, "url", err);
	if (rc == 0)
		rc = no_control(r->user_agent, "user_agent", err);
	if (rc == 0)
		rc = no_control(r->locale, "locale", err);
	if (rc == 0)
		rc = no_control(r->timezone, "timezone", err);
	if (rc == 0)
		rc = request_check_headers(&r->headers, err);
	if (rc == 0)
		rc = request_cookies(
		    &r->cookies, r->url ? r->url : r->base_url, &r->cookies_json, err);
	if (rc == 0)
		rc = request_check_actions(&r->actions, &r->arena, err);
	if (rc == 0 && r->engine == ENGINE_FETCH)
		rc = request_check_fetch(r->json, err);
	return rc == 0 ? shorthand_read(r, err) : rc;
}

int
request_from_json(cJSON *v, struct request **out, struct err *err)
{
	struct request *r = xcalloc(1, sizeof(*r));
	struct arena arena;
	int rc;

	arena_init(&arena, (size_t)256 << 20);
	rc = params_read(&request_table, v, r, &arena, "", err);
	r->arena = arena;
	r->json = v;
	if (rc == 0)
		rc = read_rest(r, err);
	if (rc == 0 && r->arena.oom)
		rc = err_set(err, ERR_TOO_LARGE, NULL);
	if (rc != 0) {
		request_free(r);
		return rc;
	}
	*out = r;
	return 0;
}

void
request_free(struct request *r)
{
	if (!r)
		return;
	cJSON_Delete(r->cookies_json);
	cJSON_Delete(r->shorthand_json);
	cJSON_Delete(r->json);
	arena_done(&r->arena);
	free(r);
}

// --- JSON Schema ---

static cJSON *
ref_to(const char *def)
{
	cJSON *ref = json_obj();
	cleanup_free char *target = xasprintf("#/$defs/%s", def);

	json_set_str(ref, "$ref", target);
	return ref;
}

// A script file: an array of actions, or an object that holds nothing else.
static cJSON *
script_schema(void)
{
	cJSON *script = json_obj(), *props = json_obj(), *required = json_arr();

	json_set_str(script, "type", "object");
	json_set(props, "actions", action_list_param.schema());
	json_set(script, "properties", props);
	json_push(required, cJSON_CreateString("actions"));
	json_set(script, "required", required);
	json_set_bool(script, "additionalProperties", false);
	return script;
}

cJSON *
request_schema(void)
{
	cJSON *root = json_obj(), *defs = json_obj(), *any = json_arr();

	json_set(defs, "render_request", params_schema(&request_table, defs));
	json_set(defs, "action", actions_schema(defs));
	json_set(defs, "action_script", script_schema());
	json_set_str(root, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_set_str(root, "title", "Riptide render request (v1) or action script");
	json_push(any, ref_to("render_request"));
	json_push(any, ref_to("action_script"));
	json_push(any, action_list_param.schema());
	json_set(root, "anyOf", any);
	json_set(root, "$defs", defs);
	return root;
}
