// SPDX-License-Identifier: Apache-2.0
// The database's schema, as steps from each version to the next. A step, once released, is never
// changed: what is different later is a step more.
#include "orchestrator/store/store_priv.h"

#include <stdio.h>

#define APPLICATION_ID 0x52495054 // "RIPT", so that no other program's database is taken

static const char *const steps[] = {
    // 0 -> 1
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES ('key_generation', 1), ('checked', 0);"

    "CREATE TABLE api_key ("
    " id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, scopes INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL, revoked_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,"
    " last_used_ms INTEGER NOT NULL, limits TEXT) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX api_key_name ON api_key (name) WHERE revoked_ms = 0;"

    // The large column is the last: heads are read without it.
    "CREATE TABLE session ("
    " key TEXT NOT NULL, id TEXT NOT NULL, created_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL,"
    " expires_ms INTEGER NOT NULL, jobs INTEGER NOT NULL, config TEXT, config_sum TEXT,"
    " state_sum TEXT, state TEXT, PRIMARY KEY (key, id));"
    "CREATE TABLE quarantine ("
    " at_ms INTEGER NOT NULL, why TEXT NOT NULL, key TEXT, id TEXT, config, state);"

    "CREATE TABLE idem ("
    " key TEXT NOT NULL, idem TEXT NOT NULL, fingerprint TEXT NOT NULL,"
    " expires_ms INTEGER NOT NULL, job_id TEXT NOT NULL, status INTEGER NOT NULL," // 0: at work
    " size INTEGER NOT NULL, body BLOB, PRIMARY KEY (key, idem));"
    "CREATE INDEX idem_expires ON idem (expires_ms);"

    "CREATE TABLE audit ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, key TEXT, peer TEXT,"
    " act TEXT NOT NULL, subject TEXT, request_id TEXT);"

    "CREATE TABLE artifact ("
    " id TEXT PRIMARY KEY, key TEXT NOT NULL, job_id TEXT NOT NULL, sha256 TEXT NOT NULL,"
    " kind TEXT NOT NULL, name TEXT NOT NULL, content_type TEXT NOT NULL, bytes INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, width INTEGER NOT NULL,"
    " height INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX artifact_sha256 ON artifact (sha256);"
    "CREATE INDEX artifact_expires ON artifact (expires_ms);"
    // What each key has, kept by the database itself: asked for with each artifact.
    "CREATE TABLE artifact_use ("
    " key TEXT PRIMARY KEY, n INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TRIGGER artifact_added AFTER INSERT ON artifact BEGIN"
    " INSERT INTO artifact_use VALUES (new.key, 1, new.bytes)"
    "  ON CONFLICT (key) DO UPDATE SET n = n + 1, bytes = bytes + excluded.bytes; END;"
    "CREATE TRIGGER artifact_removed AFTER DELETE ON artifact BEGIN"
    " UPDATE artifact_use SET n = n - 1, bytes = bytes - old.bytes WHERE key = old.key;"
    " DELETE FROM artifact_use WHERE key = old.key AND n = 0; END;",
};

static int
apply(struct store *s, int64_t from, struct err *err)
{
	char end[80];
	int rc = 0;

	for (size_t i = (size_t)from; i < ARRAY_LEN(steps) && rc == 0; i++)
		rc = sql_exec(s, steps[i], err);
	snprintf(end, sizeof(end), "PRAGMA user_version = %zu; PRAGMA application_id = %d",
	    ARRAY_LEN(steps), APPLICATION_ID);
	return rc ? rc : sql_exec(s, end, err);
}

static int
check_version(struct store *s, int64_t *version, struct err *err)
{
	int64_t application = sql_int(s, -1, "PRAGMA application_id", "");

	*version = sql_int(s, -1, "PRAGMA user_version", "");
	if (*version < 0 || application < 0)
		return sql_fail(s, sqlite3_extended_errcode(s->db), err);
	if (application != APPLICATION_ID && (application != 0 || *version != 0))
		return err_set(err, ERR_STATE_DIR, "%s/%s is another program's database", s->dir,
		    STORE_DB_NAME);
	if (*version > (int64_t)ARRAY_LEN(steps))
		return err_set(err, ERR_STATE_DIR,
		    "%s/%s was written by a newer riptide (schema %lld, this one knows %zu)",
		    s->dir, STORE_DB_NAME, (long long)*version, ARRAY_LEN(steps));
	return 0;
}

int
store_migrate(struct store *s, bool alone, struct err *err)
{
	int64_t version;
	int rc = check_version(s, &version, err);

	if (rc != 0 || version == (int64_t)ARRAY_LEN(steps))
		return rc;
	if (!alone && version > 0)
		return err_set(err, ERR_STATE_DIR,
		    "%s/%s has an older schema, and a daemon may be using it: run this riptide's "
		    "`serve` once",
		    s->dir, STORE_DB_NAME);
	rc = sql_begin(s, err);
	if (rc != 0)
		return rc;
	rc = check_version(s, &version, err); // another process may have come first
	if (rc == 0)
		rc = apply(s, version, err);
	return sql_commit(s, rc, err);
}
