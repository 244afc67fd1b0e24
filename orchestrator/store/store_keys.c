// SPDX-License-Identifier: Apache-2.0
// API keys in the store; only their hashes are here. Also used by `riptide keys` beside a daemon.
#include "orchestrator/store/store_priv.h"

#include "base/log.h"

#define KEYS_MAX 10000

void
store_key_done(struct store_key *k)
{
	cJSON_Delete(k->limits);
	k->limits = NULL;
}

static int
bump_generation(struct store *s, struct err *err)
{
	int rc =
	    sql_run(s, err, "UPDATE meta SET value = value + 1 WHERE name = 'key_generation'", "");

	return rc < 0 ? rc : 0;
}

static int
insert_key(struct store *s, const struct store_key *k, struct err *err)
{
	cleanup_buf limits = BUF_INIT_MAX(64 << 10);
	int rc;

	if (sql_int(s, 0, "SELECT count(*) FROM api_key", "") >= KEYS_MAX)
		return err_set(err, ERR_QUOTA, "there are %d API keys already", KEYS_MAX);
	if (sql_int(s, 0, "SELECT count(*) FROM api_key WHERE name = ? AND revoked_ms = 0", "t",
		k->name) != 0)
		return err_set(err, ERR_CONFLICT, "there is an API key of the name %s", k->name);
	if (k->limits)
		json_print(&limits, k->limits, false);
	if (limits.overflow)
		return err_set(err, ERR_TOO_LARGE, "the limits of the API key are too large");
	rc = sql_run(s, err, "INSERT INTO api_key VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", "tttiiiiiv",
	    k->id, k->name, k->hash, (int64_t)k->scopes, k->created_ms, k->revoked_ms,
	    k->expires_ms, k->last_used_ms, k->limits ? buf_view(&limits) : SV_NULL);
	return rc < 0 ? rc : bump_generation(s, err);
}

int
store_key_add(struct store *s, const struct store_key *k, struct err *err)
{
	int rc;

	store_lock_synced(s);
	rc = sql_begin(s, err);
	if (rc == 0)
		rc = sql_commit(s, insert_key(s, k, err), err);
	store_unlock(s);
	return rc;
}

static int
revoke_key(struct store *s, const char *id_or_name, struct err *err)
{
	int rc = sql_run(s, err,
	    "UPDATE api_key SET revoked_ms = ?1 WHERE revoked_ms = 0 AND (id = ?2 OR name = ?2)",
	    "it", clock_wall_ms(), id_or_name);

	if (rc == 0)
		return err_set(err, ERR_NOT_FOUND, "there is no API key %s", id_or_name);
	return rc < 0 ? rc : bump_generation(s, err);
}

int
store_key_revoke(struct store *s, const char *id_or_name, struct err *err)
{
	int rc;

	store_lock_synced(s);
	rc = sql_begin(s, err);
	if (rc == 0)
		rc = sql_commit(s, revoke_key(s, id_or_name, err), err);
	store_unlock(s);
	return rc;
}

static void
read_key(sqlite3_stmt *q, struct store_key *k)
{
	struct sv limits = sql_col(q, 8);

	*k = (struct store_key){
	    .scopes = (uint64_t)sqlite3_column_int64(q, 3),
	    .created_ms = sqlite3_column_int64(q, 4),
	    .revoked_ms = sqlite3_column_int64(q, 5),
	    .expires_ms = sqlite3_column_int64(q, 6),
	    .last_used_ms = sqlite3_column_int64(q, 7),
	};
	sql_copy(k->id, sizeof(k->id), q, 0);
	sql_copy(k->name, sizeof(k->name), q, 1);
	sql_copy(k->hash, sizeof(k->hash), q, 2);
	if (!limits.p || json_parse_api(limits, &json_limits_default, &k->limits, NULL) == 0)
		return;
	log_warn("the limits of API key %s are damaged: it is taken for revoked", k->id);
	k->revoked_ms = k->revoked_ms ? k->revoked_ms : 1;
}

int
store_key_list(struct store *s, struct store_key **out, size_t *n, struct err *err)
{
	struct store_key *list = NULL;
	size_t have = 0, cap = 0;
	sqlite3_stmt *q;
	int rc;

	store_lock(s);
	rc = sql_start(s, &q, err,
	    "SELECT id, name, hash, scopes, created_ms, revoked_ms, expires_ms, last_used_ms,"
	    " limits FROM api_key ORDER BY created_ms, id",
	    "");
	while (rc == 0 && sql_more(s, q, &rc, err)) {
		if (have == cap) {
			cap = cap ? 2 * cap : 16;
			list = xrealloc(list, cap * sizeof(*list));
		}
		read_key(q, &list[have++]);
	}
	store_unlock(s);
	if (rc == 0) {
		*out = list;
		*n = have;
		return 0;
	}
	for (size_t i = 0; i < have; i++)
		store_key_done(&list[i]);
	free(list);
	return rc;
}

int64_t
store_key_generation(struct store *s)
{
	int64_t generation;

	store_lock(s);
	generation = sql_int(s, 0, "SELECT value FROM meta WHERE name = 'key_generation'", "");
	store_unlock(s);
	return generation;
}

void
store_key_used(struct store *s, const char *id, int64_t wall_ms)
{
	store_lock(s);
	if (sql_run(s, NULL, "UPDATE api_key SET last_used_ms = max(last_used_ms, ?) WHERE id = ?",
		"it", wall_ms, id) < 0)
		log_debug("the last use of API key %s can't be noted", id);
	store_unlock(s);
}
