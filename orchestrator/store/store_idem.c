// SPDX-License-Identifier: Apache-2.0
// Answers that are kept for the repetition of a POST under the same Idempotency-Key. All of them
// together are bounded: over TOTAL_MAX the oldest are forgotten.
#include "orchestrator/store/store_priv.h"

#include "base/log.h"

#include <stdio.h>

#define TOTAL_MAX ((int64_t)256 << 20)
#define ROWS_MAX  100000

struct idem_row {
	enum store_idem what;
	char job_id[33];
	int status;
};

static int
reserve(struct store *s, const char *key, const char *idem, const char *fingerprint,
    int64_t expires_ms, struct err *err)
{
	int rc = sql_run(s, err, "INSERT OR REPLACE INTO idem VALUES (?, ?, ?, ?, '', 0, 0, NULL)",
	    "ttti", key, idem, fingerprint, expires_ms);

	return rc < 0 ? rc : 0;
}

// 1: there is a row, 0: none that counts.
static int
look_up(struct store *s, const char *key, const char *idem, const char *fingerprint, int64_t now_ms,
    struct idem_row *out, struct buf *body, struct err *err)
{
	sqlite3_stmt *q;
	int rc = sql_start(s, &q, err,
	    "SELECT fingerprint, job_id, status, body FROM idem"
	    " WHERE key = ? AND idem = ? AND expires_ms > ?",
	    "tti", key, idem, now_ms);

	if (rc != 0 || (rc = sql_row(s, q, err)) != 1)
		return rc;
	sql_copy(out->job_id, sizeof(out->job_id), q, 1);
	out->status = sqlite3_column_int(q, 2);
	out->what = out->status ? IDEM_DONE : IDEM_RUNNING;
	if (!sv_eq_str(sql_col(q, 0), fingerprint))
		out->what = IDEM_MISMATCH;
	else if (out->what == IDEM_DONE)
		buf_sv(body, sql_col(q, 3));
	sql_end(q);
	return 1;
}

int
store_idem_begin(struct store *s, const char *key, const char *idem, const char *fingerprint,
    int64_t ttl_ms, enum store_idem *what, char job_id[33], int *status, struct buf *body,
    struct err *err)
{
	struct idem_row row = {.what = IDEM_NEW};
	int64_t now_ms = clock_wall_ms();
	int rc;

	store_lock(s);
	rc = look_up(s, key, idem, fingerprint, now_ms, &row, body, err);
	if (rc == 0 && sql_int(s, 0, "SELECT count(*) FROM idem", "") >= ROWS_MAX)
		rc = err_set(err, ERR_QUOTA, "too many Idempotency-Keys are remembered");
	if (rc == 0)
		rc = reserve(s, key, idem, fingerprint, now_ms + ttl_ms, err);
	store_unlock(s);
	if (rc < 0)
		return rc;
	*what = row.what;
	*status = row.status;
	snprintf(job_id, 33, "%s", row.job_id);
	return 0;
}

static void
complain(int rc, const struct err *err)
{
	if (rc < 0)
		log_warn("an Idempotency-Key can't be noted: %s", err->message);
}

// With the store locked: make room for `more` bytes.
static void
prune(struct store *s, int64_t more)
{
	while (sql_int(s, 0, "SELECT total(size) FROM idem", "") + more > TOTAL_MAX)
		if (sql_run(s, NULL,
			"DELETE FROM idem WHERE rowid IN (SELECT rowid FROM idem WHERE size > 0"
			" ORDER BY expires_ms LIMIT 16)",
			"") <= 0)
			return;
}

void
store_idem_finish(struct store *s, const char *key, const char *idem, const char *job_id,
    int status, struct sv body)
{
	struct err err = ERR_INIT;

	if (body.n > STORE_IDEM_BODY_MAX || store_room(s, body.n, NULL) != 0)
		body = SV_NULL;
	store_lock(s);
	prune(s, (int64_t)body.n);
	complain(
	    sql_run(s, &err,
		"UPDATE idem SET job_id = ?, status = ?, size = ?, body = ?"
		" WHERE key = ? AND idem = ?",
		"tiibtt", job_id ? job_id : "", (int64_t)status, (int64_t)body.n, body, key, idem),
	    &err);
	store_unlock(s);
}

void
store_idem_forget(struct store *s, const char *key, const char *idem)
{
	struct err err = ERR_INIT;

	store_lock(s);
	complain(
	    sql_run(s, &err, "DELETE FROM idem WHERE key = ? AND idem = ?", "tt", key, idem), &err);
	store_unlock(s);
}

size_t
store_idem_sweep(struct store *s)
{
	int n;

	store_lock(s);
	n = sql_run(s, NULL, "DELETE FROM idem WHERE expires_ms <= ?", "i", clock_wall_ms());
	store_unlock(s);
	return n > 0 ? (size_t)n : 0;
}
