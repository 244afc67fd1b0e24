// SPDX-License-Identifier: Apache-2.0
// Start and reap our own helper programs: posix_spawn with an explicit list of fds, a pidfd for the
// child, a stop plan with a deadline. Any thread (posix_spawn does not copy the daemon's memory).
#ifndef SANDBOX_SPAWN_H
#define SANDBOX_SPAWN_H

#include "base/clock.h"
#include "base/err.h"
#include "base/util.h"

#include <sys/types.h>

struct child {
	pid_t pid; // 0: none
	int pidfd; // -1: none
};
#define CHILD_INIT                                                                                 \
	{                                                                                          \
		.pid = 0, .pidfd = -1                                                              \
	}

struct spawn_fd {
	int parent; // fd in this process
	int child;  // number in the child
};

struct spawn {
	const char *path;        // absolute
	const char *const *argv; // NULL-terminated
	const char *const
	    *envp; // NULL-terminated; NULL: an empty environment with PATH and LANG=C.UTF-8
	const struct spawn_fd
	    *fds; // every other fd is closed in the child; 0,1,2 default to /dev/null
	size_t n_fds;
};

// The absolute path of a helper ("riptide-extract"): beside /proc/self/exe, then in LIBEXECDIR as
// it lies from there; never PATH.
int spawn_helper_path(const char *name, char *out, size_t size, struct err *err) MUST_CHECK;
int spawn_child(const struct spawn *s, struct child *out, struct err *err) MUST_CHECK;
// Wait for the end until the deadline: 1 ended (*status as of waitpid), 0 still running.
int child_wait(struct child *c, struct deadline dl, int *status);
// SIGKILL by pidfd, reap. Idempotent.
void child_kill(struct child *c);
// Wait until `dl`, then kill. Returns the wait status.
int child_stop(struct child *c, struct deadline dl);
// "exit status 3", "signal 31 (Bad system call)".
void child_status_text(int status, char *out, size_t size);

#endif
