// SPDX-License-Identifier: Apache-2.0
// The state directory and its database: opened carefully (nobody else's, no links, no second
// daemon), migrated, closed. Thread-safe; not in the loop thread.
#include "orchestrator/store/store_priv.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define SLACK    ((size_t)256 << 10)
#define BUSY_MS  5000 // `riptide keys` writes beside the daemon
#define CHECK_MS 1000 // store_check looks at the disk so often at most

static void
lock_as(struct store *s, bool synced)
{
	pthread_mutex_lock(&s->lock);
	if (s->synced != synced &&
	    sql_exec(
		s, synced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", NULL) == 0)
		s->synced = synced;
}

void
store_lock(struct store *s)
{
	lock_as(s, false);
}

void
store_lock_synced(struct store *s)
{
	lock_as(s, true);
}

void
store_unlock(struct store *s)
{
	// What did not fit lies in the log still, and would keep the disk full.
	if (s->full && sqlite3_get_autocommit(s->db)) {
		(void)sqlite3_wal_checkpoint_v2(
		    s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
		s->full = false;
	}
	pthread_mutex_unlock(&s->lock);
}

const char *
store_dir(const struct store *s)
{
	return s->dir;
}

int
store_dir_fd(const struct store *s)
{
	return s->dir_fd;
}

int
store_room(const struct store *s, size_t bytes, struct err *err)
{
	struct statvfs v;

	if (fstatvfs(s->dir_fd, &v) != 0 || v.f_bavail * v.f_frsize >= 2 * bytes + SLACK)
		return 0;
	return err_set(err, ERR_STORAGE_FULL, "no space is left on the disk of %s", s->dir);
}

int
store_default_dir(struct buf *out, struct err *err)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (xdg && xdg[0] == '/')
		buf_fmt(out, "%s/riptide", xdg);
	else if (getuid() == 0)
		buf_str(out, "/var/lib/riptide");
	else if (home && home[0] == '/')
		buf_fmt(out, "%s/.local/state/riptide", home);
	else
		return err_set(err, ERR_STATE_DIR,
		    "neither XDG_STATE_HOME nor HOME is set: say where with --state-dir");
	return 0;
}

// --- the directory ---

static int
dir_fail(struct err *err, const char *path, const char *what, int errnum)
{
	return err_set(
	    err, err_from_errno(errnum, ERR_STATE_DIR), "%s: %s: %s", path, what, strerror(errnum));
}

// mkdir -p; those above get the usual mode, the last one ours.
static int
make_dirs(const char *path, struct err *err)
{
	cleanup_free char *copy = xstrdup(path);

	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0755) != 0 && errno != EEXIST)
			return dir_fail(err, copy, "can't be made", errno);
		*p = '/';
	}
	if (mkdir(copy, 0700) != 0 && errno != EEXIST)
		return dir_fail(err, copy, "can't be made", errno);
	return 0;
}

static int
check_owner(const struct stat *st, const char *path, struct err *err)
{
	if (st->st_uid != geteuid())
		return err_set(err, ERR_STATE_DIR, "%s belongs to user %u, not to user %u", path,
		    st->st_uid, geteuid());
	if (st->st_mode & 022)
		return err_set(err, ERR_STATE_DIR,
		    "%s can be written by others (mode %04o): chmod go-w it, if nobody did", path,
		    st->st_mode & 07777);
	return 0;
}

static int
open_dir(struct store *s, const char *path, struct err *err)
{
	struct stat st;
	int rc = make_dirs(path, err);

	if (rc != 0)
		return rc;
	s->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s->dir_fd < 0)
		return dir_fail(err, path,
		    errno == ELOOP || errno == ENOTDIR ? "is no directory of its own"
						       : "can't be opened",
		    errno);
	if (fstat(s->dir_fd, &st) != 0)
		return dir_fail(err, path, "can't be looked at", errno);
	rc = check_owner(&st, path, err);
	if (rc != 0)
		return rc;
	if ((st.st_mode & 077) && fchmod(s->dir_fd, 0700) != 0)
		return dir_fail(err, path, "can't be closed to others", errno);
	s->dir = realpath(path, NULL); // SQLite follows no link in it
	return s->dir ? 0 : dir_fail(err, path, "can't be resolved", errno);
}

// A regular file of ours, made if need be; nothing that somebody else put there. Looked at through
// O_PATH: closing any other descriptor of the database would drop SQLite's record locks on it.
static int
claim_file(struct store *s, const char *name, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/%s", s->dir, name);
	cleanup_close int made =
	    openat(s->dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	cleanup_close int fd = -1;
	struct stat st;
	int rc;

	if (made < 0 && errno != EEXIST)
		return dir_fail(err, path, "can't be made", errno);
	fd = openat(s->dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return dir_fail(err, path, "can't be looked at", errno);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return err_set(err, ERR_STATE_DIR, "%s is not a file of its own", path);
	rc = check_owner(&st, path, err);
	if (rc == 0 && (st.st_mode & 077) && fchmodat(s->dir_fd, name, 0600, 0) != 0)
		rc = dir_fail(err, path, "can't be closed to others", errno);
	return rc;
}

static void
holder_of(int fd, char *out, size_t size)
{
	ssize_t n = pread(fd, out, size - 1, 0);

	out[n > 0 ? n : 0] = '\0';
	out[strspn(out, "0123456789")] = '\0';
}

static int
take_lock(struct store *s, struct err *err)
{
	char pid[24];
	int rc = claim_file(s, "lock", err);

	if (rc != 0)
		return rc;
	s->lock_fd = openat(s->dir_fd, "lock", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (s->lock_fd < 0)
		return dir_fail(err, s->dir, "its lock can't be opened", errno);
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			return dir_fail(err, s->dir, "can't be locked", errno);
		holder_of(s->lock_fd, pid, sizeof(pid));
		return err_set(err, ERR_STATE_DIR,
		    "another riptide (process %s) uses %s: stop it, or choose another --state-dir",
		    pid[0] ? pid : "unknown", s->dir);
	}
	snprintf(pid, sizeof(pid), "%d\n", getpid());
	if (ftruncate(s->lock_fd, 0) != 0 ||
	    pwrite(s->lock_fd, pid, strlen(pid), 0) != (ssize_t)strlen(pid))
		log_debug("%s/lock: the process id can't be noted", s->dir); // only a help
	return 0;
}

// --- the database ---

// Sessions, keys and the audit log are synced with each commit (store_lock_synced): a login and a
// revocation that were answered survive loss of power. Artifacts and kept answers are not worth the
// 5 ms.
static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
			      "PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;"
			      "PRAGMA cache_size = -512; PRAGMA journal_size_limit = 4194304;"
			      "PRAGMA temp_store = MEMORY";

static int
open_database(struct store *s, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/%s", s->dir, STORE_DB_NAME);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
		    SQLITE_OPEN_PRIVATECACHE;
	int rc = claim_file(s, STORE_DB_NAME, err);

	if (rc != 0)
		return rc;
	rc = sqlite3_open_v2(path, &s->db, flags, NULL);
	if (rc != SQLITE_OK)
		return sql_fail(s, rc, err);
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return sql_exec(s, pragmas, err);
}

static int
check_whole(struct store *s, struct err *err)
{
	sqlite3_stmt *q;
	int rc = sql_start(s, &q, err, "PRAGMA quick_check(1)", "");

	if (rc != 0 || (rc = sql_row(s, q, err)) <= 0)
		return rc;
	if (!sv_eq_str(sql_col(q, 0), "ok"))
		rc = err_set(err, ERR_CORRUPT, "%s/%s is damaged (" SV_FMT ")", s->dir,
		    STORE_DB_NAME, SV_ARG(sql_col(q, 0)));
	sql_end(q);
	return rc < 0 ? rc : 0;
}

static int
name_damage(struct store *s, int rc, struct err *err)
{
	if (rc != ERR_CORRUPT)
		return rc;
	return err_set(err, ERR_STATE_DIR,
	    "%s/%s is damaged: put a backup in its place, or move it away (with its -wal and -shm) "
	    "to begin anew without keys and sessions",
	    s->dir, STORE_DB_NAME);
}

static int
open_store(struct store *s, const char *dir, bool alone, struct err *err)
{
	int rc = open_dir(s, dir, err);

	if (rc == 0 && alone)
		rc = take_lock(s, err);
	if (rc == 0)
		rc = open_database(s, err);
	if (rc == 0 && alone)
		rc = check_whole(s, err);
	if (rc == 0)
		rc = store_migrate(s, alone, err);
	if (rc == 0 && alone) { // who reserved these is gone
		rc = sql_run(s, err, "DELETE FROM idem WHERE status = 0", "");
		rc = rc < 0 ? rc : 0;
	}
	if (rc == 0) // the log begins empty
		(void)sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return name_damage(s, rc, err);
}

static int
open_as(const char *dir, bool alone, struct store **out, struct err *err)
{
	struct store *s = xcalloc(1, sizeof(*s));
	int rc;

	s->dir_fd = s->lock_fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	rc = open_store(s, dir, alone, err);
	if (rc == 0)
		*out = s;
	else
		store_close(s);
	return rc;
}

int
store_open(const char *dir, struct store **out, struct err *err)
{
	return open_as(dir, true, out, err);
}

int
store_open_shared(const char *dir, struct store **out, struct err *err)
{
	return open_as(dir, false, out, err);
}

void
store_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_stmts; i++)
		sqlite3_finalize(s->stmts[i].q);
	sqlite3_close(s->db);
	util_closep(&s->lock_fd);
	util_closep(&s->dir_fd);
	pthread_mutex_destroy(&s->lock);
	free(s->dir);
	free(s);
}

int
store_check(struct store *s, struct err *err)
{
	int64_t now = clock_ms();
	int rc;

	store_lock(s);
	if (s->checked_ms == 0 || now - s->checked_ms >= CHECK_MS) {
		s->checked = (struct err)ERR_INIT;
		rc = sql_run(
		    s, &s->checked, "UPDATE meta SET value = value + 1 WHERE name = 'checked'", "");
		if (rc == 0)
			err_set(&s->checked, ERR_CORRUPT, "%s/%s has lost its tables", s->dir,
			    STORE_DB_NAME);
		s->checked_ms = now;
	}
	rc = s->checked.code;
	if (rc != 0 && err)
		*err = s->checked;
	store_unlock(s);
	return rc;
}
