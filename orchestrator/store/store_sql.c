// SPDX-License-Identifier: Apache-2.0
// The helpers through which the store speaks SQL. The caller holds the store's lock.
#include "base/buf.h"
#include "orchestrator/store/store_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

static bool
is_full(struct store *s, int primary)
{
	int errnum = sqlite3_system_errno(s->db);

	return primary == SQLITE_FULL || ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) &&
					     (errnum == ENOSPC || errnum == EDQUOT));
}

int
sql_fail(struct store *s, int sqlite_rc, struct err *err)
{
	int primary = sqlite_rc & 0xff;
	const char *why = s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(sqlite_rc);

	if (s->db && is_full(s, primary))
		return err_set(
		    err, ERR_STORAGE_FULL, "no space is left for %s/%s", s->dir, STORE_DB_NAME);
	switch (primary) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(
		    err, ERR_CORRUPT, "%s/%s is damaged (%s)", s->dir, STORE_DB_NAME, why);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(err, ERR_STATE_DIR, "%s/%s is locked by another process", s->dir,
		    STORE_DB_NAME);
	case SQLITE_READONLY:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return err_set(
		    err, ERR_STATE_DIR, "%s/%s can't be used: %s", s->dir, STORE_DB_NAME, why);
	case SQLITE_TOOBIG:
		return err_set(err, ERR_TOO_LARGE, "too large to be stored");
	default:
		return err_set(err, ERR_INTERNAL, "%s/%s: %s", s->dir, STORE_DB_NAME, why);
	}
}

static int
prepare(struct store *s, const char *sql, sqlite3_stmt **out, struct err *err)
{
	struct store_stmt *slot;
	int rc;

	for (size_t i = 0; i < s->n_stmts; i++)
		if (s->stmts[i].sql == sql) {
			*out = s->stmts[i].q;
			return 0;
		}
	assert(s->n_stmts < STORE_STMTS);
	slot = &s->stmts[s->n_stmts];
	rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &slot->q, NULL);
	if (rc != SQLITE_OK)
		return sql_fail(s, rc, err);
	slot->sql = sql;
	s->n_stmts++;
	*out = slot->q;
	return 0;
}

static int
bind_view(sqlite3_stmt *q, int i, struct sv v, bool text)
{
	if (!v.p)
		return sqlite3_bind_null(q, i);
	if (text)
		return sqlite3_bind_text64(q, i, v.p, v.n, SQLITE_STATIC, SQLITE_UTF8);
	return sqlite3_bind_blob64(q, i, v.p, v.n, SQLITE_STATIC);
}

static int
start(struct store *s, sqlite3_stmt **out, struct err *err, const char *sql, const char *types,
    va_list ap)
{
	sqlite3_stmt *q = NULL;
	int rc = prepare(s, sql, &q, err), bound = SQLITE_OK;

	if (rc != 0)
		return rc;
	assert(!sqlite3_stmt_busy(q));
	assert(sqlite3_bind_parameter_count(q) == (int)strlen(types));
	for (int i = 0; types[i] && bound == SQLITE_OK; i++)
		switch (types[i]) {
		case 't':
			bound = bind_view(q, i + 1, sv_from(va_arg(ap, const char *)), true);
			break;
		case 'v':
			bound = bind_view(q, i + 1, va_arg(ap, struct sv), true);
			break;
		case 'b':
			bound = bind_view(q, i + 1, va_arg(ap, struct sv), false);
			break;
		default:
			assert(types[i] == 'i');
			bound = sqlite3_bind_int64(q, i + 1, va_arg(ap, int64_t));
		}
	if (bound != SQLITE_OK) {
		sql_end(q);
		return sql_fail(s, bound, err);
	}
	*out = q;
	return 0;
}

int
sql_start(
    struct store *s, sqlite3_stmt **out, struct err *err, const char *sql, const char *types, ...)
{
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = start(s, out, err, sql, types, ap);
	va_end(ap);
	return rc;
}

void
sql_end(sqlite3_stmt *q)
{
	if (!q)
		return;
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
}

int
sql_row(struct store *s, sqlite3_stmt *q, struct err *err)
{
	int step = sqlite3_step(q), rc;

	if (step == SQLITE_ROW)
		return 1;
	rc = step == SQLITE_DONE ? 0 : sql_fail(s, sqlite3_extended_errcode(s->db), err);
	sql_end(q);
	return rc;
}

bool
sql_more(struct store *s, sqlite3_stmt *q, int *rc, struct err *err)
{
	int row = sql_row(s, q, err);

	*rc = row < 0 ? row : 0;
	return row == 1;
}

int
sql_run(struct store *s, struct err *err, const char *sql, const char *types, ...)
{
	sqlite3_stmt *q;
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = start(s, &q, err, sql, types, ap);
	va_end(ap);
	if (rc == 0)
		rc = sql_row(s, q, err);
	assert(rc <= 0);
	return rc == 0 ? sqlite3_changes(s->db) : rc;
}

int64_t
sql_int(struct store *s, int64_t fallback, const char *sql, const char *types, ...)
{
	sqlite3_stmt *q;
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = start(s, &q, NULL, sql, types, ap);
	va_end(ap);
	if (rc != 0 || sql_row(s, q, NULL) != 1)
		return fallback;
	fallback = sqlite3_column_int64(q, 0);
	sql_end(q);
	return fallback;
}

int
sql_exec(struct store *s, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : sql_fail(s, sqlite3_extended_errcode(s->db), err);
}

int
sql_begin(struct store *s, struct err *err)
{
	int rc = sql_run(s, err, "BEGIN IMMEDIATE", "");

	return rc < 0 ? rc : 0;
}

int
sql_commit(struct store *s, int rc, struct err *err)
{
	if (rc >= 0) {
		int done = sql_run(s, err, "COMMIT", "");

		if (done >= 0)
			return rc;
		rc = done;
	}
	// A full disk has rolled back by itself: the error of a second time says nothing.
	if (!sqlite3_get_autocommit(s->db))
		(void)!sql_run(s, NULL, "ROLLBACK", "");
	return rc;
}

struct sv
sql_col(sqlite3_stmt *q, int column)
{
	const void *p = sqlite3_column_blob(q, column);
	int n = sqlite3_column_bytes(q, column);

	if (sqlite3_column_type(q, column) == SQLITE_NULL)
		return SV_NULL;
	return (struct sv){p ? p : "", (size_t)n};
}

void
sql_copy(char *out, size_t size, sqlite3_stmt *q, int column)
{
	struct sv v = sql_col(q, column);

	snprintf(out, size, SV_FMT, SV_ARG(v.p ? v : SV("")));
}
