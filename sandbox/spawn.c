// SPDX-License-Identifier: Apache-2.0
// Start and reap our helper programs with posix_spawn, so that the daemon's memory is never copied.
// The child gets the fds of an explicit list, default signals, its own process group and no other
// fd. Any thread.
#include "sandbox/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

enum { SPAWN_MAX_FDS = 16, SPAWN_KILL_WAIT_MS = 5000 };

static const char *const default_env[] = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC0", NULL};

// From the program's own folder: a build folder, an installation under any prefix.
static const char *const helper_dirs[] = {"", RIPTIDE_LIBEXEC_FROM_BIN "/"};

static bool
helper_in(
    const char *self, size_t self_len, const char *dir, const char *name, char *out, size_t size)
{
	int n = snprintf(out, size, "%.*s/%s%s", (int)self_len, self, dir, name);

	return n > 0 && (size_t)n < size && access(out, X_OK) == 0;
}

int
spawn_helper_path(const char *name, char *out, size_t size, struct err *err)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *slash;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	for (size_t i = 0; slash && i < ARRAY_LEN(helper_dirs); i++)
		if (helper_in(self, (size_t)(slash - self), helper_dirs[i], name, out, size))
			return 0;
	return err_set(err, ERR_SANDBOX, "the helper program %s is neither beside %s nor in %s",
	    name, self, RIPTIDE_LIBEXEC_FROM_BIN);
}

// The list's fds, copied above every number the child uses, so that no dup2 overwrites a later
// source.
struct fd_plan {
	int copies[SPAWN_MAX_FDS];
	size_t n;
	int top; // first number above the child's fds
};

static void
fd_plan_done(struct fd_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		close(p->copies[i]);
	p->n = 0;
}

static int
fd_plan_init(struct fd_plan *p, const struct spawn *s, struct err *err)
{
	assert(s->n_fds <= SPAWN_MAX_FDS);
	*p = (struct fd_plan){.top = 3};
	for (size_t i = 0; i < s->n_fds; i++)
		p->top = MAX(p->top, s->fds[i].child + 1);
	for (size_t i = 0; i < s->n_fds; i++) {
		int fd = fcntl(s->fds[i].parent, F_DUPFD_CLOEXEC, p->top);

		if (fd < 0) {
			int e = errno;

			fd_plan_done(p);
			return err_set(err, ERR_SANDBOX, "%s: copy fd %d: %s", s->path,
			    s->fds[i].parent, strerror(e));
		}
		p->copies[p->n++] = fd;
	}
	return 0;
}

static bool
child_gets(const struct spawn *s, int fd)
{
	for (size_t i = 0; i < s->n_fds; i++)
		if (s->fds[i].child == fd)
			return true;
	return false;
}

static int
file_actions(posix_spawn_file_actions_t *fa, const struct spawn *s, const struct fd_plan *p)
{
	int e = 0;

	for (size_t i = 0; i < s->n_fds && e == 0; i++)
		e = posix_spawn_file_actions_adddup2(fa, p->copies[i], s->fds[i].child);
	for (int fd = 0; fd < p->top && e == 0; fd++) {
		if (child_gets(s, fd))
			continue;
		if (fd <= 2)
			e = posix_spawn_file_actions_addopen(fa, fd, "/dev/null", O_RDWR, 0);
		else
			e = posix_spawn_file_actions_addclose(fa, fd);
	}
	return e ? e : posix_spawn_file_actions_addclosefrom_np(fa, p->top);
}

static int
attributes(posix_spawnattr_t *at)
{
	sigset_t none, all;
	int e;

	sigemptyset(&none);
	sigfillset(&all);
	e = posix_spawnattr_setsigmask(at, &none);
	if (e == 0)
		e = posix_spawnattr_setsigdefault(at, &all);
	if (e == 0)
		e = posix_spawnattr_setpgroup(
		    at, 0); // a Ctrl-C at the terminal is riptide's to handle
	if (e == 0)
		e = posix_spawnattr_setflags(
		    at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	return e;
}

static int
spawn_with(const struct spawn *s, const struct fd_plan *p, pid_t *pid)
{
	const char *const *envp = s->envp ? s->envp : default_env;
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	int e = posix_spawn_file_actions_init(&fa);

	if (e)
		return e;
	e = posix_spawnattr_init(&at);
	if (e) {
		posix_spawn_file_actions_destroy(&fa);
		return e;
	}
	e = file_actions(&fa, s, p);
	if (e == 0)
		e = attributes(&at);
	if (e == 0)
		e = posix_spawn(
		    pid, s->path, &fa, &at, (char *const *)s->argv, (char *const *)envp);
	posix_spawnattr_destroy(&at);
	posix_spawn_file_actions_destroy(&fa);
	return e;
}

int
spawn_child(const struct spawn *s, struct child *out, struct err *err)
{
	struct fd_plan plan;
	struct child c = CHILD_INIT;
	int rc = fd_plan_init(&plan, s, err);
	int e;

	if (rc != 0)
		return rc;
	e = spawn_with(s, &plan, &c.pid);
	fd_plan_done(&plan);
	if (e)
		return err_set(err, ERR_SANDBOX, "start %s: %s", s->path, strerror(e));
	// Our own child, not reaped yet: the number can't have been given to another process.
	c.pidfd = pidfd_open(c.pid, 0);
	if (c.pidfd < 0) {
		e = errno;
		kill(c.pid, SIGKILL);
		waitpid(c.pid, NULL, 0);
		return err_set(err, ERR_SANDBOX, "pidfd of %s: %s", s->path, strerror(e));
	}
	*out = c;
	return 0;
}

static int
status_of(const siginfo_t *si)
{
	switch (si->si_code) {
	case CLD_EXITED:
		return (si->si_status & 0xff) << 8;
	case CLD_DUMPED:
		return si->si_status | 0x80;
	default:
		return si->si_status;
	}
}

// 1 reaped, 0 still running.
static int
try_reap(struct child *c, int *status)
{
	siginfo_t si = {0};
	int rc;

	do
		rc = waitid(P_PIDFD, (id_t)c->pidfd, &si, WEXITED | WNOHANG);
	while (rc < 0 && errno == EINTR);
	if (rc == 0 && si.si_pid == 0)
		return 0;
	if (status)
		*status = rc == 0 ? status_of(&si) : 0; // ECHILD: somebody else reaped it
	close(steal_fd(c->pidfd));
	c->pid = 0;
	return 1;
}

int
child_wait(struct child *c, struct deadline dl, int *status)
{
	struct pollfd p = {.fd = c->pidfd, .events = POLLIN};

	if (c->pidfd < 0)
		return 1;
	for (;;) {
		int n = poll(&p, 1, deadline_poll_ms(dl));

		if (n > 0 || deadline_passed(dl))
			return try_reap(c, status);
		if (n < 0 && errno != EINTR)
			return 0;
	}
}

static void
signal_child(const struct child *c)
{
	if (c->pidfd >= 0)
		(void)pidfd_send_signal(c->pidfd, SIGKILL, NULL, 0);
}

void
child_kill(struct child *c)
{
	int status;

	signal_child(c);
	(void)child_wait(c, deadline_in_ms(SPAWN_KILL_WAIT_MS), &status);
}

int
child_stop(struct child *c, struct deadline dl)
{
	int status = 0;

	if (child_wait(c, dl, &status))
		return status;
	signal_child(c);
	(void)child_wait(c, deadline_in_ms(SPAWN_KILL_WAIT_MS), &status);
	return status;
}

void
child_status_text(int status, char *out, size_t size)
{
	const char *name = WIFSIGNALED(status) ? sigdescr_np(WTERMSIG(status)) : NULL;

	if (name)
		snprintf(out, size, "signal %d (%s)", WTERMSIG(status), name);
	else
		snprintf(out, size, "exit status %d", WEXITSTATUS(status));
}
