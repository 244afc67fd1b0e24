// SPDX-License-Identifier: Apache-2.0
// Inside of the store: the database handle, its lock and the helpers through which the files of
// this folder speak SQL. Statements are prepared once and kept by the address of their text, so the
// text must be a literal.
#ifndef ORCHESTRATOR_STORE_STORE_PRIV_H
#define ORCHESTRATOR_STORE_STORE_PRIV_H

#include "orchestrator/store/store.h"

#include <pthread.h>
#include <sqlite3.h>

#define STORE_STMTS   96
#define STORE_DB_NAME "riptide.db"

struct store_stmt {
	const char *sql;
	sqlite3_stmt *q;
};

struct store {
	char *dir; // canonical
	int dir_fd, lock_fd;
	pthread_mutex_t lock; // guards all below
	sqlite3 *db;
	bool full;   // the disk was found full
	bool synced; // the next commits reach the disk before they return
	struct store_stmt stmts[STORE_STMTS];
	size_t n_stmts;
	int64_t checked_ms; // monotonic, of the last store_check
	struct err checked;
	uint64_t audits;
};

// Commits under store_lock survive SIGKILL at once, loss of power after a while (the database stays
// whole in any case); under store_lock_synced they are on the disk when they return: one sync, a
// few ms.
void store_lock(struct store *s);
void store_lock_synced(struct store *s);
void store_unlock(struct store *s);
int store_dir_fd(const struct store *s);
// Is there room for a write of so many bytes, in the log and then in its place? Asked before large
// ones: a log that has taken the last of the disk can't be emptied into the database.
// ERR_STORAGE_FULL.
int store_room(const struct store *s, size_t bytes, struct err *err) MUST_CHECK;

// --- schema.c ---
// Bring the database to this program's schema. `alone`: no other process can use it.
int store_migrate(struct store *s, bool alone, struct err *err) MUST_CHECK;

// --- store_sql.c; all with the store locked ---
// Start a statement. `types`, one letter an argument: t (const char *, NULL is null), i (int64_t),
// v (struct sv as text, SV_NULL is null), b (struct sv as blob).
int sql_start(struct store *s, sqlite3_stmt **out, struct err *err, const char *sql,
    const char *types, ...) MUST_CHECK;
// 1: a row is there, 0: no more (the statement is ended), or an error (ended, too).
int sql_row(struct store *s, sqlite3_stmt *q, struct err *err) MUST_CHECK;
// The same for loops: true with a row; false at the end, *rc then 0 or the error.
bool sql_more(struct store *s, sqlite3_stmt *q, int *rc, struct err *err);
void sql_end(sqlite3_stmt *q); // before the last row; NULL is ignored
// A statement without rows; returns how many rows it changed, or an error.
int sql_run(struct store *s, struct err *err, const char *sql, const char *types, ...) MUST_CHECK;
// The first column of the first row; `fallback` when there is none or it fails.
int64_t sql_int(struct store *s, int64_t fallback, const char *sql, const char *types, ...);
// Texts that are not cached: pragmas and schemas, several statements.
int sql_exec(struct store *s, const char *sql, struct err *err) MUST_CHECK;
int sql_begin(struct store *s, struct err *err) MUST_CHECK; // IMMEDIATE
// Commit when rc is not negative, else roll back; returns rc or the commit's error.
int sql_commit(struct store *s, int rc, struct err *err) MUST_CHECK;
// The code for what SQLite says, with a message that names the file.
int sql_fail(struct store *s, int sqlite_rc, struct err *err);
struct sv sql_col(sqlite3_stmt *q, int column); // borrowed until the next step
void sql_copy(char *out, size_t size, sqlite3_stmt *q, int column);

#endif
