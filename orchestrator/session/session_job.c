// SPDX-License-Identifier: Apache-2.0
// A session in the hands of a job: taken, read from the store or made at its first use, given back
// with its checkpoint. Runs in the job's thread.
#include "orchestrator/session/session_priv.h"

#include "cdp/state.h"

#include <stdio.h>

#define CONFIG_ARENA ((size_t)64 << 10)

// --- the row ---

// When it ends if it is not used any more.
static int64_t
expiry(const struct session *s)
{
	struct sessions *ss = s->owner;
	int64_t idle, life;

	pthread_mutex_lock(&ss->lock);
	idle = ss->opts.idle_timeout_ms;
	life = ss->opts.max_lifetime_ms;
	pthread_mutex_unlock(&ss->lock);
	// The service's settings are the defaults and the upper bounds.
	if (s->config.idle_timeout_ms > 0)
		idle = MIN(idle, s->config.idle_timeout_ms);
	if (s->config.max_lifetime_ms > 0)
		life = MIN(life, s->config.max_lifetime_ms);
	return MIN(s->row.used_ms + idle, s->row.created_ms + life);
}

static int
read_config(struct session *s, const cJSON *config, struct err *err)
{
	cJSON *none = config ? NULL : json_obj();
	int rc;

	arena_done(&s->arena);
	arena_init(&s->arena, CONFIG_ARENA);
	rc = params_read(&session_config_table, config ? config : none, &s->config, &s->arena,
	    "session_config", err);
	if (rc == 0 && s->arena.oom)
		rc = err_at(err, ERR_TOO_LARGE, "session_config", "is too large");
	cJSON_Delete(none);
	return rc;
}

int
session_load(struct session *s, struct err *err)
{
	struct store *st = s->owner->store;
	int rc = store_session_get(st, s->key, s->id, &s->row, err);

	if (rc == ERR_NOT_FOUND)
		return err_set(err, ERR_SESSION_NOT_FOUND, NULL);
	if (rc == 0)
		rc = read_config(s, s->row.config, err);
	if (rc != 0 || s->row.expires_ms > clock_wall_ms())
		return rc;
	rc = store_session_expire(st, s->key, s->id, clock_wall_ms(), err);
	if (rc < 0)
		return rc;
	store_session_done(&s->row);
	session_drop_context(s);
	pthread_mutex_lock(&s->owner->lock);
	s->owner->expired += rc == 1;
	pthread_mutex_unlock(&s->owner->lock);
	return err_set(err, ERR_SESSION_NOT_FOUND, NULL);
}

int
session_make(struct session *s, const cJSON *config, const cJSON *state, struct err *err)
{
	struct sessions *ss = s->owner;
	struct store_session *r = &s->row;
	int rc = read_config(s, config, err);
	size_t max;

	if (rc != 0)
		return rc;
	store_session_done(r);
	*r = (struct store_session){.created_ms = clock_wall_ms(),
	    .config = config ? cJSON_Duplicate(config, true) : NULL,
	    .state = state ? cJSON_Duplicate(state, true) : NULL};
	r->used_ms = r->created_ms;
	r->expires_ms = expiry(s);
	snprintf(r->key, sizeof(r->key), "%s", s->key);
	snprintf(r->id, sizeof(r->id), "%s", s->id);
	pthread_mutex_lock(&ss->lock);
	max = ss->opts.max_per_key;
	pthread_mutex_unlock(&ss->lock);
	rc = store_session_add(ss->store, r, max, err);
	if (rc == 0) {
		pthread_mutex_lock(&ss->lock);
		ss->created++;
		pthread_mutex_unlock(&ss->lock);
	}
	return rc;
}

// --- taken ---

// Requests come again and again with the same session_config: that is no conflict.
static int
check_same_config(const struct session *s, const cJSON *config, struct err *err)
{
	if (!config || (s->row.config && cJSON_Compare(s->row.config, config, true)) ||
	    (!s->row.config && !config->child))
		return 0;
	return err_at(err, ERR_CONFLICT, "session_config",
	    "the session exists with another configuration: leave it out, or delete the session");
}

static int
ready(struct session *s, const cJSON *config, struct err *err)
{
	struct sessions *ss = s->owner;
	int rc = session_load(s, err);

	if (rc == ERR_SESSION_NOT_FOUND) {
		session_drop_context(s); // of a deleted one's
		rc = session_make(s, config, NULL, err);
	} else if (rc == 0) {
		rc = check_same_config(s, config, err);
	}
	if (rc != 0)
		return rc;
	if (s->config.max_pages > 0 && s->row.jobs >= (uint64_t)s->config.max_pages)
		return err_set(err, ERR_SESSION_EXHAUSTED, "the session has had its %lld pages",
		    (long long)s->config.max_pages);
	if (s->context && !pool_context_alive(s->context))
		session_drop_context(s);
	if (!s->context && s->row.state && s->row.jobs > 0) {
		pthread_mutex_lock(&ss->lock);
		ss->restored++;
		pthread_mutex_unlock(&ss->lock);
	}
	return 0;
}

int
session_acquire(struct sessions *ss, const char *key, const char *id, const cJSON *config,
    struct deadline dl, int cancel_fd, struct session **out, struct err *err)
{
	struct session *s;
	int rc = session_id_check(id, err);

	if (rc == 0)
		rc = session_take(ss, key, id, true, dl, cancel_fd, &s, err);
	if (rc != 0)
		return rc;
	rc = ready(s, config, err);
	if (rc != 0) {
		session_give(s, true);
		return rc;
	}
	*out = s;
	return 0;
}

const struct session_config *
session_settings(const struct session *s)
{
	return &s->config;
}

const cJSON *
session_checkpoint(const struct session *s)
{
	return s->row.state;
}

// --- given back ---

// What the session's owner does not want kept.
static void
prune_state(const struct session_config *c, cJSON *state)
{
	if (!c->persist_cookies)
		cJSON_DeleteItemFromObjectCaseSensitive(state, "cookies");
	if (!c->persist_storage)
		cJSON_DeleteItemFromObjectCaseSensitive(state, "origins");
	if (!json_get(state, "cookies"))
		json_set(state, "cookies", json_arr());
	if (!json_get(state, "origins"))
		json_set(state, "origins", json_arr());
}

// A session that was deleted meanwhile has no row any more: nothing is written then.
static int
checkpoint(struct session *s, cJSON *state, struct err *err)
{
	struct store_session *r = &s->row;
	struct store *st = s->owner->store;
	int rc;

	if (!state)
		return store_session_touch(st, r, err);
	prune_state(&s->config, state);
	cJSON_Delete(r->state);
	r->state = state;
	rc = store_session_put(st, r, err);
	if (rc != 0 && rc != ERR_NOT_FOUND)
		(void)!store_session_touch(st, r, NULL); // the last state stays
	return rc;
}

int
session_release(struct session *s, cJSON *state, bool lost, struct err *err)
{
	int rc;

	s->row.jobs++;
	s->row.used_ms = clock_wall_ms();
	s->row.expires_ms = expiry(s);
	rc = checkpoint(s, state, err);
	session_give(s, !lost && rc != ERR_NOT_FOUND);
	return rc == ERR_NOT_FOUND ? 0 : rc;
}
