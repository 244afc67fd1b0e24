// SPDX-License-Identifier: Apache-2.0
// /v1/sessions: made, listed, exported, imported, ended. A session is its key's own: anybody else's
// does not exist.
#include "orchestrator/api/api_priv.h"

struct session_body {
	const char *id;
	struct session_config *config;
	const cJSON *config_json, *state;
};

#define S(member) offsetof(struct session_body, member)
static const struct param session_rows[] = {
    {.name = "session_id",
	.type = PARAM_STRING,
	.offset = S(id),
	.min = 1,
	.max = 128,
	.doc =
	    "A name of your own ([A-Za-z0-9._-]); without it the service makes an id of 128 random bits."},
    {.name = "session_config",
	.type = PARAM_OBJECT,
	.offset = S(config),
	.table = &session_config_table,
	.doc = "Limits and habits of the session."},
    {.name = "state",
	.type = PARAM_JSON,
	.offset = S(state),
	.doc = "Cookies and storage to begin with, in the shape of Playwright's storageState."},
};
#undef S
const struct param_table api_session_table = {
    .name = "session_request",
    .doc = "A session to be made.",
    .size = sizeof(struct session_body),
    .rows = session_rows,
    .n_rows = ARRAY_LEN(session_rows),
};

// POST /v1/sessions
int
api_session_create(struct call *c, struct err *err)
{
	cJSON *v = NULL, *out = NULL;
	struct session_body body;
	struct arena arena;
	int rc = call_body(c, &v, err);

	if (rc != 0)
		return rc;
	arena_init(&arena, (size_t)1 << 20);
	rc = params_read(&api_session_table, v, &body, &arena, "", err);
	if (rc == 0)
		rc = sessions_create(c->api->p.sessions, c->who.id, body.id,
		    json_get(v, "session_config"), body.state, &out, err);
	arena_done(&arena);
	cJSON_Delete(v);
	if (rc == 0)
		call_json(c, 201, out);
	return rc;
}

// GET /v1/sessions
int
api_session_list(struct call *c, struct err *err)
{
	cJSON *list = NULL, *v;
	int rc = sessions_list(c->api->p.sessions, c->who.id, &list, err);

	if (rc != 0)
		return rc;
	v = json_obj();
	json_set(v, "sessions", list);
	call_json(c, 200, v);
	return 0;
}

typedef int session_read_fn(
    struct sessions *ss, const char *key, const char *id, cJSON **out, struct err *err);

static int
session_read(struct call *c, session_read_fn *read, struct err *err)
{
	cJSON *out = NULL;
	char id[129];
	int rc = call_id(c, 0, id, sizeof(id), err);

	if (rc == 0)
		rc = read(c->api->p.sessions, c->who.id, id, &out, err);
	if (rc == 0)
		call_json(c, 200, out);
	return rc;
}

// GET /v1/sessions/{id}
int
api_session(struct call *c, struct err *err)
{
	return session_read(c, sessions_describe, err);
}

// GET /v1/sessions/{id}/state
int
api_session_state(struct call *c, struct err *err)
{
	return session_read(c, sessions_state, err);
}

// PUT /v1/sessions/{id}/state
int
api_session_put_state(struct call *c, struct err *err)
{
	cJSON *state = NULL;
	struct buf none = BUF_INIT;
	char id[129];
	int rc = call_id(c, 0, id, sizeof(id), err);

	if (rc == 0)
		rc = call_body(c, &state, err);
	if (rc == 0)
		rc = sessions_set_state(c->api->p.sessions, c->who.id, id, state, err);
	cJSON_Delete(state);
	if (rc == 0)
		call_send(c, 204, NULL, &none);
	return rc;
}

// DELETE /v1/sessions/{id}
int
api_session_delete(struct call *c, struct err *err)
{
	struct buf none = BUF_INIT;
	char id[129];
	int rc = call_id(c, 0, id, sizeof(id), err);

	if (rc == 0)
		rc = sessions_delete(c->api->p.sessions, c->who.id, id, err);
	if (rc == 0)
		call_send(c, 204, NULL, &none);
	return rc;
}
