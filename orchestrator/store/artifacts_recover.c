// SPDX-License-Identifier: Apache-2.0
// The sweep at start: files and rows are made to agree. Runs before anybody else has the artifacts.
#include "orchestrator/store/artifacts_priv.h"

#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

struct tally {
	size_t temp, files, rows;
};

static bool
is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool
is_hex(const char *s, size_t n)
{
	return strlen(s) == n && strspn(s, "0123456789abcdef") == n;
}

// Calls `entry` for each name in the folder.
static int
each(int at, const char *name, void (*entry)(void *arg, int dir_fd, const char *name), void *arg,
    struct err *err)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (!d) {
		util_closep(&fd);
		return err_set(
		    err, ERR_STATE_DIR, "artifacts/%s can't be read: %s", name, strerror(errno));
	}
	for (struct dirent *e; (e = readdir(d));)
		if (!is_dot(e->d_name))
			entry(arg, dirfd(d), e->d_name);
	closedir(d);
	return 0;
}

static void
remove_temp(void *arg, int dir_fd, const char *name)
{
	struct tally *t = arg;

	t->temp += unlinkat(dir_fd, name, 0) == 0;
}

struct folder {
	struct artifacts *a;
	struct tally *tally;
	const char *name; // its two digits
};

static void
check_file(void *arg, int dir_fd, const char *name)
{
	struct folder *f = arg;
	char sha256[65];

	if (!is_hex(name, 62)) // not ours
		return;
	snprintf(sha256, sizeof(sha256), "%.2s%.62s", f->name, name);
	if (sql_int(f->a->store, 1, "SELECT EXISTS (SELECT 1 FROM artifact WHERE sha256 = ?)", "t",
		sha256) == 0)
		f->tally->files += unlinkat(dir_fd, name, 0) == 0;
}

static int
sweep_files(struct artifacts *a, struct tally *t, struct err *err)
{
	char name[3];
	int rc = 0;

	for (int i = 0; i < 256 && rc == 0; i++) {
		struct folder f = {a, t, name};

		snprintf(name, sizeof(name), "%02x", i);
		if (faccessat(a->dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		rc = each(a->dir_fd, name, check_file, &f, err);
		(void)unlinkat(a->dir_fd, name, AT_REMOVEDIR); // if it is empty now
	}
	return rc;
}

// Rows whose file is gone or has another size.
static int
sweep_rows(struct artifacts *a, struct tally *t, struct err *err)
{
	char(*bad)[65] = NULL;
	size_t n = 0;
	sqlite3_stmt *q;
	int rc = sql_start(a->store, &q, err, "SELECT DISTINCT sha256, bytes FROM artifact", "");

	while (rc == 0 && sql_more(a->store, q, &rc, err)) {
		char sha256[65];

		sql_copy(sha256, sizeof(sha256), q, 0);
		if (is_hex(sha256, 64) && artifacts_has_file(a, sha256, sqlite3_column_int64(q, 1)))
			continue;
		bad = xrealloc(bad, (n + 1) * sizeof(*bad));
		memcpy(bad[n++], sha256, sizeof(sha256));
	}
	for (size_t i = 0; i < n && rc == 0; i++) {
		int gone =
		    sql_run(a->store, err, "DELETE FROM artifact WHERE sha256 = ?", "t", bad[i]);

		rc = gone < 0 ? gone : 0;
		t->rows += gone > 0 ? (size_t)gone : 0;
	}
	free(bad);
	return rc;
}

int
artifacts_recover(struct artifacts *a, struct err *err)
{
	struct tally t = {0};
	int rc = each(a->dir_fd, "tmp", remove_temp, &t, err);

	store_lock(a->store);
	if (rc == 0)
		rc = sweep_rows(a, &t, err); // first: their files are without a row then
	if (rc == 0)
		rc = sweep_files(a, &t, err);
	store_unlock(a->store);
	if (t.temp + t.files + t.rows > 0)
		log_warn("artifacts: removed %zu unfinished files, %zu files without a row, "
			 "%zu rows without their file",
		    t.temp, t.files, t.rows);
	return rc;
}
