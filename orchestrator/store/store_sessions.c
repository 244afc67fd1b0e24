// SPDX-License-Identifier: Apache-2.0
// Checkpoints of sessions. What they hold (cookies, storage) are secrets: never in a log line nor
// an error's text. A row whose check sum does not fit is moved to quarantine, the others go on.
#include "orchestrator/store/store_priv.h"
#include "base/digest.h"

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
changed_one(int rc, struct err *err)
{
	if (rc == 0)
		return err_set(err, ERR_NOT_FOUND, "there is no such session");
	return rc < 0 ? rc : 0;
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
	sha256_hex(buf_view(out), sum);
	return 0;
}

struct texts {
	struct buf config, state;
	char config_sum[65], state_sum[65];
};
#define TEXTS_INIT                                                                                 \
	{                                                                                          \
		.config = BUF_INIT_MAX(CONFIG_MAX), .state = BUF_INIT_MAX(STORE_STATE_MAX)         \
	}

static void
texts_done(struct texts *t)
{
	buf_done(&t->config);
	buf_done(&t->state);
}

// Without the lock: printing and hashing take time.
static int
texts_print(const struct store *s, const struct store_session *r, struct texts *t, struct err *err)
{
	int rc = print_text(&t->config, r->config, t->config_sum, "configuration", err);

	if (rc == 0)
		rc = print_text(&t->state, r->state, t->state_sum, "state", err);
	return rc ? rc : store_room(s, t->state.n, err);
}

int
store_session_put(struct store *s, const struct store_session *r, struct err *err)
{
	struct texts t = TEXTS_INIT;
	int rc = texts_print(s, r, &t, err);

	if (rc == 0) {
		store_lock_synced(s);
		rc = sql_run(s, err,
		    "UPDATE session SET created_ms = ?, used_ms = ?, expires_ms = ?, jobs = ?,"
		    " config = ?, config_sum = ?, state_sum = ?, state = ? WHERE key = ? AND id = ?",
		    "iiiivttvtt", r->created_ms, r->used_ms, r->expires_ms, (int64_t)r->jobs,
		    r->config ? buf_view(&t.config) : SV_NULL, t.config_sum, t.state_sum,
		    r->state ? buf_view(&t.state) : SV_NULL, r->key, r->id);
		store_unlock(s);
		rc = changed_one(rc, err);
	}
	texts_done(&t);
	return rc;
}

static int
add_row(struct store *s, const struct store_session *r, const struct texts *t, size_t max_per_key,
    struct err *err)
{
	int64_t n;
	int rc;

	if (sql_int(s, 0, "SELECT EXISTS (SELECT 1 FROM session WHERE key = ? AND id = ?)", "tt",
		r->key, r->id) != 0)
		return err_set(err, ERR_CONFLICT, "the session exists already");
	n = sql_int(s, 0, "SELECT count(*) FROM session WHERE key = ? AND expires_ms > ?", "ti",
	    r->key, clock_wall_ms());
	if (max_per_key > 0 && n >= (int64_t)max_per_key)
		return err_set(err, ERR_QUOTA, "there are %lld sessions already", (long long)n);
	rc = sql_run(s, err, "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    "ttiiiivttv", r->key, r->id, r->created_ms, r->used_ms, r->expires_ms, (int64_t)r->jobs,
	    r->config ? buf_view(&t->config) : SV_NULL, t->config_sum, t->state_sum,
	    r->state ? buf_view(&t->state) : SV_NULL);
	return rc < 0 ? rc : 0;
}

int
store_session_add(
    struct store *s, const struct store_session *r, size_t max_per_key, struct err *err)
{
	struct texts t = TEXTS_INIT;
	int rc = texts_print(s, r, &t, err);

	if (rc == 0) {
		store_lock_synced(s);
		rc = sql_begin(s, err);
		if (rc == 0)
			rc = sql_commit(s, add_row(s, r, &t, max_per_key, err), err);
		store_unlock(s);
	}
	texts_done(&t);
	return rc;
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
	return changed_one(rc, err);
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
	sha256_hex(text, now);
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
	return changed_one(rc, err);
}

int
store_session_expire(
    struct store *s, const char *key, const char *id, int64_t now_ms, struct err *err)
{
	int rc;

	store_lock(s);
	rc = sql_run(s, err, "DELETE FROM session WHERE key = ? AND id = ? AND expires_ms <= ?",
	    "tti", key, id, now_ms);
	store_unlock(s);
	return rc;
}

uint64_t
store_session_count(struct store *s)
{
	int64_t n;

	store_lock(s);
	n = sql_int(s, 0, "SELECT count(*) FROM session", "");
	store_unlock(s);
	return (uint64_t)n;
}

int
store_session_expired(struct store *s, int64_t now_ms, size_t max, struct store_session **out,
    size_t *n, struct err *err)
{
	struct store_session *list = xcalloc(max, sizeof(*list));
	size_t have = 0;
	sqlite3_stmt *q;
	int rc;

	store_lock(s);
	rc = sql_start(s, &q, err, "SELECT key, id FROM session WHERE expires_ms <= ? LIMIT ?",
	    "ii", now_ms, (int64_t)max);
	while (rc == 0 && sql_more(s, q, &rc, err)) {
		sql_copy(list[have].key, sizeof(list[have].key), q, 0);
		sql_copy(list[have].id, sizeof(list[have].id), q, 1);
		have++;
	}
	store_unlock(s);
	if (rc != 0) {
		free(list);
		return rc;
	}
	*out = list;
	*n = have;
	return 0;
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
