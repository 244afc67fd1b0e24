// SPDX-License-Identifier: Apache-2.0
// Checkpoints of sessions. What they hold (cookies, storage) are secrets: never in a log line nor
// an error's text. A row whose check sum does not fit is moved to quarantine, the others go on.
#include "orchestrator/store/store_priv.h"

#include "base/log.h"

#include <stdio.h>

#define CONFIG_MAX     ((size_t)64 << 10)
#define QUARANTINE_MAX 100

void
store_session_done(struct store_session *r)
{
	cJSON_Delete(r->config);
	cJSON_Delete(r->state);
	r->config = r->state = NULL;
}

static int
print_text(struct buf *out, const cJSON *v, char sum[65], const char *what, struct err *err)
{
	sum[0] = '\0';
	if (!v)
		return 0;
	json_print(out, v, false);
	if (out->overflow)
		return err_set(err, ERR_TOO_LARGE, "the %s of a session is larger than %zu bytes",
		    what, out->max);
	store_sha256(buf_view(out), sum);
	return 0;
}

int
store_session_put(struct store *s, const struct store_session *r, struct err *err)
{
	cleanup_buf config = BUF_INIT_MAX(CONFIG_MAX), state = BUF_INIT_MAX(STORE_STATE_MAX);
	char config_sum[65], state_sum[65];
	int rc = print_text(&config, r->config, config_sum, "configuration", err);

	if (rc == 0)
		rc = print_text(&state, r->state, state_sum, "state", err);
	if (rc == 0)
		rc = store_room(s, state.n, err);
	if (rc != 0)
		return rc;
	store_lock_synced(s);
	rc = sql_run(s, err, "INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    "ttiiiivttv", r->key, r->id, r->created_ms, r->used_ms, r->expires_ms, (int64_t)r->jobs,
	    r->config ? buf_view(&config) : SV_NULL, config_sum, state_sum,
	    r->state ? buf_view(&state) : SV_NULL);
	store_unlock(s);
	return rc < 0 ? rc : 0;
}

int
store_session_touch(struct store *s, const struct store_session *r, struct err *err)
{
	int rc;

	store_lock(s);
	rc = sql_run(s, err,
	    "UPDATE session SET used_ms = ?, expires_ms = ?, jobs = ? WHERE key = ? AND id = ?",
	    "iiitt", r->used_ms, r->expires_ms, (int64_t)r->jobs, r->key, r->id);
	store_unlock(s);
	return rc == 0 ? err_set(err, ERR_NOT_FOUND, "there is no such session") : rc < 0 ? rc : 0;
}

// --- reading back ---

#define HEAD_COLUMNS "key, id, created_ms, used_ms, expires_ms, jobs, config, config_sum"

// NULL, or what is wrong with it.
static const char *
read_json(struct sv text, struct sv sum, cJSON **out)
{
	char now[65];

	if (!text.p)
		return sum.n ? "is missing" : NULL;
	store_sha256(text, now);
	if (!sv_eq_str(sum, now))
		return "does not fit its check sum";
	*out = cJSON_ParseWithLength(text.p, text.n);
	return *out ? NULL : "is not JSON";
}

static const char *
read_head(sqlite3_stmt *q, struct store_session *r)
{
	*r = (struct store_session){
	    .created_ms = sqlite3_column_int64(q, 2),
	    .used_ms = sqlite3_column_int64(q, 3),
	    .expires_ms = sqlite3_column_int64(q, 4),
	    .jobs = (uint64_t)sqlite3_column_int64(q, 5),
	};
	sql_copy(r->key, sizeof(r->key), q, 0);
	sql_copy(r->id, sizeof(r->id), q, 1);
	return read_json(sql_col(q, 6), sql_col(q, 7), &r->config);
}

static int
move_aside(struct store *s, const struct store_session *r, const char *why, struct err *err)
{
	int rc = sql_run(s, err,
	    "INSERT INTO quarantine SELECT ?, ?, key, id, config, state FROM session"
	    " WHERE key = ? AND id = ?",
	    "ittt", clock_wall_ms(), why, r->key, r->id);

	if (rc >= 0)
		rc = sql_run(
		    s, err, "DELETE FROM session WHERE key = ? AND id = ?", "tt", r->key, r->id);
	if (rc >= 0)
		rc = sql_run(s, err,
		    "DELETE FROM quarantine WHERE rowid NOT IN"
		    " (SELECT rowid FROM quarantine ORDER BY rowid DESC LIMIT ?)",
		    "i", (int64_t)QUARANTINE_MAX);
	return rc < 0 ? rc : 0;
}

// With the store locked.
static int
quarantine(struct store *s, const struct store_session *r, const char *what, const char *why,
    struct err *err)
{
	char text[80];
	int rc = sql_begin(s, err);

	snprintf(text, sizeof(text), "its %s %s", what, why);
	if (rc == 0)
		rc = sql_commit(s, move_aside(s, r, text, err), err);
	if (rc != 0)
		return rc;
	log_warn("session %s was put in quarantine: %s", r->id, text);
	return err_set(err, ERR_CORRUPT, "session %s was put in quarantine: %s", r->id, text);
}

int
store_session_get(
    struct store *s, const char *key, const char *id, struct store_session *out, struct err *err)
{
	const char *bad, *what = "configuration";
	struct store_session r = {0};
	sqlite3_stmt *q;
	int rc;

	store_lock(s);
	rc = sql_start(s, &q, err,
	    "SELECT " HEAD_COLUMNS ", state_sum, state FROM session WHERE key = ? AND id = ?", "tt",
	    key, id);
	if (rc == 0 && (rc = sql_row(s, q, err)) == 0)
		rc = err_set(err, ERR_NOT_FOUND, "there is no such session");
	if (rc == 1) {
		bad = read_head(q, &r);
		if (!bad) {
			what = "state";
			bad = read_json(sql_col(q, 9), sql_col(q, 8), &r.state);
		}
		sql_end(q);
		rc = bad ? quarantine(s, &r, what, bad, err) : 0;
	}
	store_unlock(s);
	if (rc == 0)
		*out = r;
	else
		store_session_done(&r);
	return rc;
}

int
store_session_delete(struct store *s, const char *key, const char *id, struct err *err)
{
	int rc;

	store_lock_synced(s);
	rc = sql_run(s, err, "DELETE FROM session WHERE key = ? AND id = ?", "tt", key, id);
	store_unlock(s);
	if (rc == 0)
		return err_set(err, ERR_NOT_FOUND, "there is no such session");
	return rc < 0 ? rc : 0;
}

// --- listing ---

struct heads {
	struct store_session *v;
	size_t n, cap, n_bad;
};

static void
heads_done(struct heads *h)
{
	for (size_t i = 0; i < h->n; i++)
		store_session_done(&h->v[i]);
	free(h->v);
}

// The damaged ones are moved to the front, to be put in quarantine when the statement is ended.
static void
heads_add(struct heads *h, sqlite3_stmt *q)
{
	struct store_session *r;

	if (h->n == h->cap) {
		h->cap = h->cap ? 2 * h->cap : 16;
		h->v = xrealloc(h->v, h->cap * sizeof(*h->v));
	}
	r = &h->v[h->n++];
	if (read_head(q, r)) {
		struct store_session bad = *r;

		*r = h->v[h->n_bad];
		h->v[h->n_bad++] = bad;
	}
}

static void
heads_drop_bad(struct store *s, struct heads *h)
{
	for (size_t i = 0; i < h->n_bad; i++) {
		(void)quarantine(s, &h->v[i], "configuration", "is damaged", NULL);
		store_session_done(&h->v[i]);
	}
	h->n -= h->n_bad;
	memmove(h->v, h->v + h->n_bad, h->n * sizeof(*h->v));
}

int
store_session_list(
    struct store *s, const char *key, struct store_session **out, size_t *n, struct err *err)
{
	struct heads h = {0};
	sqlite3_stmt *q;
	int rc;

	store_lock(s);
	rc = sql_start(s, &q, err,
	    "SELECT " HEAD_COLUMNS " FROM session WHERE ?1 IS NULL OR key = ?1"
	    " ORDER BY created_ms, id",
	    "t", key);
	while (rc == 0 && sql_more(s, q, &rc, err))
		heads_add(&h, q);
	if (rc == 0 && h.n_bad)
		heads_drop_bad(s, &h);
	store_unlock(s);
	if (rc != 0) {
		heads_done(&h);
		return rc;
	}
	*out = h.v;
	*n = h.n;
	return 0;
}
