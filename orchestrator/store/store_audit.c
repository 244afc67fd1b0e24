// SPDX-License-Identifier: Apache-2.0
// The audit log: every act of administration, the newest ROWS_MAX of them.
#include "orchestrator/store/store_priv.h"

#include "base/log.h"

#define ROWS_MAX    100000
#define TRIM_EVERY  256
#define SUBJECT_MAX 256 // bytes kept of each text

static struct sv
cut(const char *text)
{
	struct sv v = sv_from(text), kept = {v.p, 0};

	// Whole characters only; what is no UTF-8 ends it.
	while (v.p && kept.n < v.n && kept.n < SUBJECT_MAX) {
		size_t len = utf8_seq(v.p + kept.n, v.n - kept.n);

		if (len == 0)
			break;
		kept.n += len;
	}
	return kept;
}

void
store_audit(struct store *s, const char *key, const char *peer, const char *act,
    const char *subject, const char *request_id)
{
	struct err err = ERR_INIT;
	int rc;

	store_lock_synced(s);
	rc = sql_run(s, &err,
	    "INSERT INTO audit (at_ms, key, peer, act, subject, request_id)"
	    " VALUES (?, ?, ?, ?, ?, ?)",
	    "ivvvvv", clock_wall_ms(), cut(key), cut(peer), cut(act), cut(subject),
	    cut(request_id));
	if (rc > 0 && s->audits++ % TRIM_EVERY == 0)
		rc = sql_run(s, &err,
		    "DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?", "i",
		    (int64_t)ROWS_MAX);
	store_unlock(s);
	if (rc < 0)
		log_error("the audit log can't be written: %s (act: %s, request %s)", err.message,
		    act, request_id ? request_id : "none");
}

int
store_audit_list(struct store *s, size_t limit, cJSON **out, struct err *err)
{
	static const char *const names[] = {"key", "peer", "act", "subject", "request_id"};
	cJSON *list = json_arr();
	sqlite3_stmt *q;
	char at[32];
	int rc;

	store_lock(s);
	rc = sql_start(s, &q, err,
	    "SELECT at_ms, key, peer, act, subject, request_id FROM audit ORDER BY id DESC LIMIT ?",
	    "i", (int64_t)MIN(limit, (size_t)ROWS_MAX));
	while (rc == 0 && sql_more(s, q, &rc, err)) {
		cJSON *act = json_obj();

		clock_iso(sqlite3_column_int64(q, 0), at);
		json_set_str(act, "at", at);
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			json_set_sv(act, names[i], sql_col(q, (int)i + 1));
		json_push(list, act);
	}
	store_unlock(s);
	if (rc == 0)
		*out = list;
	else
		cJSON_Delete(list);
	return rc;
}
