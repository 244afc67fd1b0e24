// SPDX-License-Identifier: Apache-2.0
// For tests: a state directory of their own, gone afterwards, and one on a small disk.
#ifndef TESTS_STORE_DIR_H
#define TESTS_STORE_DIR_H

#include "orchestrator/store/store.h"

#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char dir[64];

static inline int
remove_entry(const char *path, const struct stat *st UNUSED, int kind UNUSED, struct FTW *f UNUSED)
{
	return remove(path);
}

// In memory where that can be: hundreds of syncs.
static inline int
set_up(void **state UNUSED)
{
	snprintf(dir, sizeof(dir), "%s/riptide-test-store-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	return mkdtemp(dir) ? 0 : -1;
}

static inline int
tear_down(void **state UNUSED)
{
	return nftw(dir, remove_entry, 32, FTW_DEPTH | FTW_PHYS);
}

static UNUSED const char *
in_dir(const char *name)
{
	static char path[4][512];
	static unsigned i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);
	return path[i];
}

static UNUSED struct store *
open_here(void)
{
	struct store *s = NULL;
	struct err err = ERR_INIT;

	if (store_open(dir, &s, &err) != 0)
		fail_msg("store_open: %s", err.message);
	return s;
}

// A row of a session; done by store_session_done.
static UNUSED struct store_session
session_row(const char *key, const char *id, const char *state)
{
	struct store_session r = {
	    .created_ms = 1000, .used_ms = 2000, .expires_ms = 3000, .jobs = 4};

	snprintf(r.key, sizeof(r.key), "%s", key);
	snprintf(r.id, sizeof(r.id), "%s", id);
	r.config = cJSON_Parse("{\"max_pages\":3}");
	r.state = state ? cJSON_Parse(state) : NULL;
	return r;
}

static UNUSED void
put_session(struct store *s, const char *key, const char *id, const char *state)
{
	struct store_session r = session_row(key, id, state);

	(void)!store_session_delete(s, key, id, NULL);
	assert_int_equal(store_session_add(s, &r, 0, NULL), 0);
	store_session_done(&r);
}

// As somebody's hand would, behind the store's back.
static UNUSED void
sqlite_here(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(in_dir("riptide.db"), &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

// Runs `work` in a process of its own; its return value is the exit code. -1: it was killed.
static UNUSED int
in_child(int (*work)(void *arg), void *arg)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(work(arg));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define NO_MOUNT 77 // exit code of a child that may not mount

// In a child: `dir` becomes a file system of so many kilobytes, for this process only.
static UNUSED bool
small_disk(int kilobytes)
{
	char options[32];

	snprintf(options, sizeof(options), "mode=700,size=%dk", kilobytes);
	return (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", dir, "tmpfs", 0, options) == 0;
}

// A child that calls `step` again and again, and says so each time; killed with SIGKILL after
// `times` of them, in the middle of the next.
static UNUSED bool
kill_in_mid_write(void (*step)(void *arg, int i), void *arg, int times)
{
	int fds[2], status;
	char c;
	pid_t pid;
	bool ok = true;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return false;
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		for (int i = 0;; i++) {
			step(arg, i);
			if (write(fds[1], "x", 1) != 1)
				_exit(1);
		}
	}
	close(fds[1]);
	for (int i = 0; i < times && ok; i++)
		ok = read(fds[0], &c, 1) == 1;
	kill(pid, SIGKILL);
	close(fds[0]);
	return pid > 0 && waitpid(pid, &status, 0) == pid && ok && WIFSIGNALED(status);
}

#endif
