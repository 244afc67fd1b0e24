// SPDX-License-Identifier: Apache-2.0
// Sessions as their owner sees them: made, listed, exported, imported, ended; and the sweep of
// those whose time has come. Not in the loop thread.
#include "orchestrator/session/session_priv.h"
#include "base/digest.h"

#include "cdp/state.h"

#include <stdio.h>

#define SWEEP_BATCH 100

int
session_id_check(const char *id, struct err *err)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = id ? strlen(id) : 0;

	// Not only dots: clients and proxies would take them for steps in a path.
	if (n >= 1 && n <= 128 && strspn(id, letters) == n && strspn(id, ".") < n)
		return 0;
	return err_at(err, ERR_INVALID_REQUEST, "session_id",
	    "expected 1 to 128 of [A-Za-z0-9._-], not only dots");
}

// Names that can't be are not there.
static int
take_now(
    struct sessions *ss, const char *key, const char *id, struct session **out, struct err *err)
{
	if (session_id_check(id, NULL) != 0)
		return err_set(err, ERR_SESSION_NOT_FOUND, NULL);
	return session_take(ss, key, id, false, deadline_in_ms(0), -1, out, err);
}

// --- described ---

static void
set_time(cJSON *obj, const char *key, int64_t wall_ms)
{
	char text[32];

	clock_iso(wall_ms, text);
	json_set_str(obj, key, text);
}

static cJSON *
describe(const struct store_session *r, struct session_view v)
{
	cJSON *out = json_obj(),
	      *config = r->config ? cJSON_Duplicate(r->config, true) : json_obj();

	cJSON_DeleteItemFromObjectCaseSensitive(config, "http_password");
	json_set_str(out, "session_id", r->id);
	set_time(out, "created_at", r->created_ms);
	set_time(out, "used_at", r->used_ms);
	set_time(out, "expires_at", r->expires_ms);
	json_set_int(out, "jobs", (int64_t)r->jobs);
	json_set_bool(out, "live", v.live);
	json_set_bool(out, "busy", v.busy);
	json_set(out, "config", config);
	return out;
}

// --- made ---

int
sessions_create(struct sessions *ss, const char *key, const char *id, const cJSON *config,
    const cJSON *state, cJSON **out, struct err *err)
{
	char made[33];
	struct session *s;
	int rc;

	if (!id || !id[0]) {
		random_hex(made, 16);
		id = made;
	}
	rc = session_id_check(id, err);
	if (rc == 0 && state && (rc = cdp_state_check(state, err)) != 0)
		err_prefix(err, "state");
	if (rc != 0)
		return rc;
	if (session_take(ss, key, id, false, deadline_in_ms(0), -1, &s, err) != 0)
		return err_set(err, ERR_CONFLICT, "the session exists already");
	rc = session_load(s, err);
	if (rc == 0) {
		rc = err_set(err, ERR_CONFLICT, "the session exists already");
	} else if (rc == ERR_SESSION_NOT_FOUND) {
		session_drop_context(s);
		rc = session_make(s, config, state, err);
	}
	if (rc == 0)
		*out = describe(&s->row, (struct session_view){false, false});
	session_give(s, true);
	return rc;
}

// --- seen ---

// Its row, when it has not expired. Without holding it: a job may be at work.
static int
read_row(struct sessions *ss, const char *key, const char *id, struct store_session *row,
    struct err *err)
{
	int rc = session_id_check(id, NULL) != 0 ? ERR_NOT_FOUND
						 : store_session_get(ss->store, key, id, row, err);

	if (rc == 0 && row->expires_ms <= clock_wall_ms()) {
		store_session_done(row);
		rc = ERR_NOT_FOUND;
	}
	return rc == ERR_NOT_FOUND ? err_set(err, ERR_SESSION_NOT_FOUND, NULL) : rc;
}

int
sessions_describe(
    struct sessions *ss, const char *key, const char *id, cJSON **out, struct err *err)
{
	struct store_session row;
	int rc = read_row(ss, key, id, &row, err);

	if (rc != 0)
		return rc;
	*out = describe(&row, session_view(ss, key, id));
	store_session_done(&row);
	return 0;
}

int
sessions_list(struct sessions *ss, const char *key, cJSON **out, struct err *err)
{
	struct store_session *rows;
	int64_t now_ms = clock_wall_ms();
	cJSON *list;
	size_t n;
	int rc = store_session_list(ss->store, key, &rows, &n, err);

	if (rc != 0)
		return rc;
	list = json_arr();
	for (size_t i = 0; i < n; i++) {
		if (rows[i].expires_ms > now_ms)
			json_push(
			    list, describe(&rows[i], session_view(ss, rows[i].key, rows[i].id)));
		store_session_done(&rows[i]);
	}
	free(rows);
	*out = list;
	return 0;
}

int
sessions_state(struct sessions *ss, const char *key, const char *id, cJSON **state, struct err *err)
{
	static const char *const members[] = {"cookies", "origins"};
	struct store_session row;
	int rc = read_row(ss, key, id, &row, err);

	if (rc != 0)
		return rc;
	*state = steal_ptr(row.state);
	if (!*state)
		*state = json_obj();
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (!json_get(*state, members[i]))
			json_set(*state, members[i], json_arr());
	store_session_done(&row);
	return 0;
}

// --- changed ---

int
sessions_set_state(
    struct sessions *ss, const char *key, const char *id, const cJSON *state, struct err *err)
{
	struct session *s;
	int rc = cdp_state_check(state, err);

	if (rc == 0)
		rc = take_now(ss, key, id, &s, err);
	if (rc != 0)
		return rc;
	rc = session_load(s, err);
	if (rc == 0) {
		cJSON_Delete(s->row.state);
		s->row.state = cJSON_Duplicate(state, true);
		rc = store_session_put(ss->store, &s->row, err);
	}
	session_give(s, rc != 0);
	return rc;
}

int
sessions_delete(struct sessions *ss, const char *key, const char *id, struct err *err)
{
	struct session *s = NULL;
	int rc;

	if (session_id_check(id, NULL) != 0)
		return err_set(err, ERR_SESSION_NOT_FOUND, NULL);
	rc = store_session_delete(ss->store, key, id, err);
	if (rc == ERR_NOT_FOUND)
		rc = err_set(err, ERR_SESSION_NOT_FOUND, NULL);
	// An idle one's context goes now; a job's goes with the job, which finds no row.
	if (take_now(ss, key, id, &s, NULL) == 0)
		session_give(s, false);
	return rc;
}

// --- ended by time ---

static bool
expire_one(struct sessions *ss, const struct store_session *row)
{
	struct session *s;
	bool gone;

	if (take_now(ss, row->key, row->id, &s, NULL) != 0)
		return false; // a job is at work: it has not expired
	gone = store_session_expire(ss->store, row->key, row->id, clock_wall_ms(), NULL) == 1;
	session_give(s, !gone);
	return gone;
}

size_t
sessions_sweep(struct sessions *ss)
{
	struct store_session *rows;
	size_t total = 0, n, gone;

	session_bury_dead(ss);
	do {
		n = gone = 0;
		if (store_session_expired(
			ss->store, clock_wall_ms(), SWEEP_BATCH, &rows, &n, NULL) != 0)
			break;
		for (size_t i = 0; i < n; i++)
			gone += expire_one(ss, &rows[i]);
		free(rows);
		total += gone;
	} while (n == SWEEP_BATCH && gone > 0);
	pthread_mutex_lock(&ss->lock);
	ss->expired += total;
	pthread_mutex_unlock(&ss->lock);
	return total;
}

void
sessions_stats(struct sessions *ss, struct sessions_stats *out)
{
	uint64_t stored = store_session_count(ss->store);

	pthread_mutex_lock(&ss->lock);
	*out = (struct sessions_stats){
	    .stored = stored,
	    .live = ss->live,
	    .busy = ss->busy,
	    .created = ss->created,
	    .expired = ss->expired,
	    .restored = ss->restored,
	};
	pthread_mutex_unlock(&ss->lock);
}
