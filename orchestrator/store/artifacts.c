// SPDX-License-Identifier: Apache-2.0
// Artifacts: files under artifacts/ab/cdef… by the SHA-256 of their bytes, and a row each that
// gives them an id. A file lives as long as a row names its hash. Written beside (artifacts/tmp),
// synced, renamed, and only then named by a row, so that a killed daemon leaves a file without a
// row at worst, which the sweep at start removes. Thread-safe; not in the loop thread.
#include "orchestrator/store/artifacts_priv.h"
#include "base/digest.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define SWEEP_BATCH 200

static int
fail_errno(struct err *err, const char *what, int errnum)
{
	return err_set(err, err_from_errno(errnum, ERR_STATE_DIR), "artifacts: %s: %s", what,
	    strerror(errnum));
}

// --- opening ---

static int
open_dir(int at, const char *name, int *out, struct err *err)
{
	if (mkdirat(at, name, 0700) != 0 && errno != EEXIST)
		return fail_errno(err, "a folder can't be made", errno);
	*out = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *out >= 0 ? 0 : fail_errno(err, "a folder can't be opened", errno);
}

int
artifacts_open(
    struct store *s, const struct artifacts_opts *o, struct artifacts **out, struct err *err)
{
	struct artifacts *a = xcalloc(1, sizeof(*a));
	int rc;

	a->store = s;
	a->opts = *o;
	a->dir_fd = a->tmp_fd = -1;
	pthread_mutex_init(&a->lock, NULL);
	rc = open_dir(store_dir_fd(s), "artifacts", &a->dir_fd, err);
	if (rc == 0)
		rc = open_dir(a->dir_fd, "tmp", &a->tmp_fd, err);
	if (rc == 0)
		rc = artifacts_recover(a, err);
	if (rc == 0)
		*out = a;
	else
		artifacts_close(a);
	return rc;
}

void
artifacts_close(struct artifacts *a)
{
	if (!a)
		return;
	util_closep(&a->tmp_fd);
	util_closep(&a->dir_fd);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

void
artifacts_configure(struct artifacts *a, const struct artifacts_opts *o)
{
	pthread_mutex_lock(&a->lock);
	a->opts = *o;
	pthread_mutex_unlock(&a->lock);
}

// --- storing ---

static int64_t
free_bytes(const struct artifacts *a)
{
	struct statvfs v;

	return fstatvfs(a->dir_fd, &v) == 0 ? (int64_t)v.f_bavail * (int64_t)v.f_frsize : -1;
}

static int
check_disk(const struct artifacts *a, int64_t bytes, struct err *err)
{
	int64_t have = free_bytes(a), least = a->opts.min_free_bytes;

	if (have < 0 || have - bytes >= least)
		return 0;
	return err_set(err, ERR_STORAGE_FULL,
	    "%lld MB are free on the disk of %s, and %lld MB are to stay free",
	    (long long)(have >> 20), store_dir(a->store), (long long)(least >> 20));
}

// What the key's own limits say, or the setting.
static int64_t
quota_of(const struct artifacts *a, const char *key)
{
	int64_t own = sql_int(a->store, 0,
	    "SELECT json_extract(limits, '$.artifact_bytes') FROM api_key WHERE id = ?", "t", key);

	return own > 0 ? own : a->opts.quota_bytes;
}

static int
check_quota(const struct artifacts *a, const char *key, int64_t bytes, struct err *err)
{
	int64_t quota, used;

	store_lock(a->store);
	quota = quota_of(a, key);
	used = sql_int(a->store, 0, "SELECT bytes FROM artifact_use WHERE key = ?", "t", key);
	store_unlock(a->store);
	if (quota <= 0 || used + bytes <= quota)
		return 0;
	return err_set(err, ERR_QUOTA,
	    "artifacts of %lld bytes are stored, %lld more would pass the limit of %lld",
	    (long long)used, (long long)bytes, (long long)quota);
}

// Before anything is written; what has expired is no reason to refuse.
static int
check_room(struct artifacts *a, const char *key, int64_t bytes, struct err *err)
{
	int rc;

	for (int i = 0; i < 2; i++) {
		pthread_mutex_lock(&a->lock);
		rc = check_disk(a, bytes, err);
		if (rc == 0)
			rc = check_quota(a, key, bytes, err);
		pthread_mutex_unlock(&a->lock);
		if (rc == 0 || artifacts_sweep(a) == 0)
			break;
	}
	return rc;
}

static int
write_temp(struct artifacts *a, struct sv bytes, char name[33], struct err *err)
{
	cleanup_close int fd = -1;

	random_hex(name, 16);
	fd = openat(a->tmp_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_errno(err, "a file can't be made", errno);
	if (util_write_all(fd, bytes.p, bytes.n) != 0 || fdatasync(fd) != 0) {
		int errnum = errno;

		unlinkat(a->tmp_fd, name, 0);
		return fail_errno(err, "a file can't be written", errnum);
	}
	return 0;
}

static void
file_path(const char *sha256, char out[ARTIFACT_PATH])
{
	snprintf(out, ARTIFACT_PATH, "%.2s/%.62s", sha256, sha256 + 2);
}

bool
artifacts_has_file(const struct artifacts *a, const char *sha256, int64_t bytes)
{
	char path[ARTIFACT_PATH];
	struct stat st;

	file_path(sha256, path);
	return fstatat(a->dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       st.st_size == bytes;
}

static int
move_in(struct artifacts *a, const char *temp, const char *sha256, struct err *err)
{
	const char folder[3] = {sha256[0], sha256[1]};
	cleanup_close int fd = -1;
	int rc = open_dir(a->dir_fd, folder, &fd, err);

	if (rc == 0 && renameat(a->tmp_fd, temp, fd, sha256 + 2) != 0)
		rc = fail_errno(err, "a file can't be put in its place", errno);
	return rc;
}

static int
insert_row(struct artifacts *a, const struct artifact *r, struct err *err)
{
	int rc;

	store_lock(a->store);
	rc = sql_run(a->store, err,
	    "INSERT INTO artifact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "tttttttiiiii",
	    r->id, r->key, r->job_id, r->sha256, r->kind, r->name, r->content_type, r->bytes,
	    r->created_ms, r->expires_ms, (int64_t)r->width, (int64_t)r->height);
	store_unlock(a->store);
	return rc < 0 ? rc : 0;
}

static void
drop_unused_file(struct artifacts *a, const char *sha256)
{
	char path[ARTIFACT_PATH];

	store_lock(a->store);
	// 1 also when it can't be asked: the sweep at start will see.
	if (sql_int(a->store, 1, "SELECT EXISTS (SELECT 1 FROM artifact WHERE sha256 = ?)", "t",
		sha256) == 0) {
		file_path(sha256, path);
		unlinkat(a->dir_fd, path, 0);
	}
	store_unlock(a->store);
}

// With the lock held: `temp` "" when the content was there at the first look. 1: it no longer is.
static int
commit(struct artifacts *a, const char *temp, const struct artifact *r, struct err *err)
{
	int rc = check_quota(a, r->key, r->bytes, err); // others may have stored meanwhile

	if (rc != 0)
		return rc;
	if (!artifacts_has_file(a, r->sha256, r->bytes)) {
		if (!temp[0])
			return 1;
		rc = move_in(a, temp, r->sha256, err);
	}
	if (rc == 0)
		rc = insert_row(a, r, err);
	if (rc != 0)
		drop_unused_file(a, r->sha256);
	return rc;
}

static int
store_bytes(struct artifacts *a, struct sv bytes, const struct artifact *r, struct err *err)
{
	char temp[33] = "";
	int rc = check_room(a, r->key, r->bytes, err);

	for (int i = 0; i < 2 && rc >= 0; i++) {
		if ((i > 0 || !artifacts_has_file(a, r->sha256, r->bytes)) &&
		    (rc = write_temp(a, bytes, temp, err)) != 0)
			return rc;
		pthread_mutex_lock(&a->lock);
		rc = commit(a, temp, r, err);
		pthread_mutex_unlock(&a->lock);
		if (rc <= 0)
			break;
	}
	if (temp[0]) // renamed, or not needed
		unlinkat(a->tmp_fd, temp, 0);
	return rc;
}

int
artifacts_put(struct artifacts *a, struct artifact *inout, struct sv bytes, struct err *err)
{
	struct artifact r = *inout;
	int rc;

	random_hex(r.id, 16);
	sha256_hex(bytes, r.sha256);
	r.bytes = (int64_t)bytes.n;
	r.created_ms = clock_wall_ms();
	pthread_mutex_lock(&a->lock);
	r.expires_ms = r.created_ms + a->opts.ttl_ms;
	pthread_mutex_unlock(&a->lock);
	rc = store_bytes(a, bytes, &r, err);
	pthread_mutex_lock(&a->lock);
	a->stored += rc == 0;
	a->refused += rc != 0;
	pthread_mutex_unlock(&a->lock);
	if (rc == 0)
		*inout = r;
	return rc;
}

// --- reading ---

static int
find_row(
    struct artifacts *a, const char *key, const char *id, struct artifact *out, struct err *err)
{
	sqlite3_stmt *q;
	int rc;

	store_lock(a->store);
	rc = sql_start(a->store, &q, err,
	    "SELECT id, key, job_id, sha256, kind, name, content_type, bytes, created_ms,"
	    " expires_ms, width, height FROM artifact WHERE id = ? AND key = coalesce(?, key) AND expires_ms > ?",
	    "tti", id, key, clock_wall_ms());
	if (rc == 0)
		rc = sql_row(a->store, q, err);
	if (rc == 1) {
		*out = (struct artifact){
		    .bytes = sqlite3_column_int64(q, 7),
		    .created_ms = sqlite3_column_int64(q, 8),
		    .expires_ms = sqlite3_column_int64(q, 9),
		    .width = (uint32_t)sqlite3_column_int64(q, 10),
		    .height = (uint32_t)sqlite3_column_int64(q, 11),
		};
		sql_copy(out->id, sizeof(out->id), q, 0);
		sql_copy(out->key, sizeof(out->key), q, 1);
		sql_copy(out->job_id, sizeof(out->job_id), q, 2);
		sql_copy(out->sha256, sizeof(out->sha256), q, 3);
		sql_copy(out->kind, sizeof(out->kind), q, 4);
		sql_copy(out->name, sizeof(out->name), q, 5);
		sql_copy(out->content_type, sizeof(out->content_type), q, 6);
		sql_end(q);
		rc = 0;
	} else if (rc == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "there is no such artifact");
	}
	store_unlock(a->store);
	return rc;
}

int
artifacts_get(struct artifacts *a, const char *key, const char *id, struct artifact *out, int *fd,
    struct err *err)
{
	cleanup_close int file = -1;
	struct artifact r;
	struct stat st;
	char path[ARTIFACT_PATH];
	int rc = find_row(a, key, id, &r, err);

	if (rc != 0)
		return rc;
	file_path(r.sha256, path);
	file = openat(a->dir_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0 && errno == ENOENT && find_row(a, key, id, &r, NULL) != 0)
		return err_set(
		    err, ERR_NOT_FOUND, "there is no such artifact"); // deleted meanwhile
	if (file < 0)
		return err_set(
		    err, ERR_CORRUPT, "the artifact's file can't be opened: %s", strerror(errno));
	if (fstat(file, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size != r.bytes)
		return err_set(err, ERR_CORRUPT, "the artifact's file has another size");
	*out = r;
	*fd = steal_fd(file);
	return 0;
}

// --- removing ---

int
artifacts_delete(struct artifacts *a, const char *key, const char *id, struct err *err)
{
	struct artifact r;
	int rc;

	pthread_mutex_lock(&a->lock);
	rc = find_row(a, key, id, &r, err);
	if (rc == 0) {
		store_lock(a->store);
		rc = sql_run(a->store, err, "DELETE FROM artifact WHERE id = ?", "t", id);
		store_unlock(a->store);
	}
	if (rc > 0)
		drop_unused_file(a, r.sha256);
	pthread_mutex_unlock(&a->lock);
	return rc < 0 ? rc : 0;
}

// With the lock held. How many went, 0 at the end or when it fails.
static size_t
sweep_batch(struct artifacts *a, int64_t now_ms)
{
	char(*gone)[65] = xcalloc(SWEEP_BATCH, sizeof(*gone));
	struct err err = ERR_INIT;
	sqlite3_stmt *q;
	size_t n = 0;
	int rc;

	store_lock(a->store);
	rc = sql_start(a->store, &q, &err,
	    "DELETE FROM artifact WHERE id IN"
	    " (SELECT id FROM artifact WHERE expires_ms <= ? ORDER BY expires_ms LIMIT ?)"
	    " RETURNING sha256",
	    "ii", now_ms, (int64_t)SWEEP_BATCH);
	while (rc == 0 && n < SWEEP_BATCH && sql_more(a->store, q, &rc, &err))
		sql_copy(gone[n++], sizeof(gone[0]), q, 0);
	if (rc == 0 && n == SWEEP_BATCH)
		sql_end(q); // all changes are made by the first step
	store_unlock(a->store);
	if (rc < 0) {
		log_warn("expired artifacts can't be removed: %s", err.message);
		n = 0;
	}
	for (size_t i = 0; i < n; i++)
		drop_unused_file(a, gone[i]);
	free(gone);
	return n;
}

static void
watch_disk(struct artifacts *a)
{
	struct err err = ERR_INIT;
	bool low, was;

	pthread_mutex_lock(&a->lock);
	low = check_disk(a, 0, &err) != 0;
	was = a->told_low;
	a->told_low = low;
	pthread_mutex_unlock(&a->lock);
	if (low && !was)
		log_warn("%s (min_free_disk): artifacts are not stored", err.message);
	else if (was && !low)
		log_info("there is room on the disk again: artifacts are stored");
}

size_t
artifacts_sweep(struct artifacts *a)
{
	int64_t now_ms = clock_wall_ms();
	size_t total = 0, n;

	do {
		pthread_mutex_lock(&a->lock);
		n = sweep_batch(a, now_ms);
		a->swept += n;
		pthread_mutex_unlock(&a->lock);
		total += n;
	} while (n == SWEEP_BATCH);
	watch_disk(a);
	return total;
}

void
artifacts_stats(struct artifacts *a, struct artifacts_stats *out)
{
	int64_t have = free_bytes(a);

	store_lock(a->store);
	*out = (struct artifacts_stats){
	    .count = (uint64_t)sql_int(a->store, 0, "SELECT total(n) FROM artifact_use", ""),
	    .bytes = (uint64_t)sql_int(a->store, 0, "SELECT total(bytes) FROM artifact_use", ""),
	    .disk_free_bytes = have,
	};
	store_unlock(a->store);
	pthread_mutex_lock(&a->lock);
	out->stored = a->stored;
	out->refused = a->refused;
	out->swept = a->swept;
	out->low_disk = have >= 0 && have < a->opts.min_free_bytes;
	pthread_mutex_unlock(&a->lock);
}
