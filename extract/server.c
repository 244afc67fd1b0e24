// SPDX-License-Identifier: Apache-2.0
// The extractor's fork server: the small process that workers are forked from, warmed up and
// confined by a filter of its own. Talks to riptide only; never sees a page.
#include "extract/worker.h"

#include "sandbox/confine.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { MAX_WORKERS = 64, NOFILE = 2 * MAX_WORKERS + 16, SEND_MS = 10000 };

struct server {
	int fd;
	pid_t pid;
	const struct worker_opts *opts;
	struct pollfd fds[1 + MAX_WORKERS]; // riptide, then the workers' pidfds
	pid_t pids[1 + MAX_WORKERS];
	nfds_t n;
};

static int
confine(int fd, struct err *err)
{
	const struct confine_limits lim = {.nofile = NOFILE};
	int abi;
	int rc = confine_drop_root(err);

	confine_close_fds(&fd, 1);
	if (rc == 0)
		rc = confine_landlock(&abi, err);
	if (rc == 0)
		rc = confine_rlimits(&lim, err);
	if (rc == 0)
		rc = confine_seccomp(confine_filter_for_build(CONFINE_FORK_SERVER), err);
	return rc;
}

static void
become_worker(const struct server *s, int sock)
{
	// The server may have died before the signal was asked for.
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != s->pid)
		_exit(2);
	worker_main(sock, s->opts);
}

// Parent's half of a fork: the new worker's fds go to riptide, a pidfd stays here.
static int
announce(struct server *s, uint64_t id, pid_t pid, int sock, struct err *err)
{
	uint32_t body = (uint32_t)pid;
	int pidfd = pidfd_open(pid, 0);
	int fds[2] = {pidfd, sock};

	if (pidfd < 0) // its socket closes next, which ends it
		return err_set(err, ERR_SANDBOX, "pidfd of a worker: %s", strerror(errno));
	s->pids[s->n] = pid;
	s->fds[s->n++] = (struct pollfd){.fd = pidfd, .events = POLLIN};
	return proto_send_fds(s->fd, PROTO_SPAWNED, id,
	    (struct sv){(const char *)&body, sizeof(body)}, fds, ARRAY_LEN(fds), err);
}

static int
spawn_worker(struct server *s, uint64_t id, struct err *err)
{
	int pair[2];
	pid_t pid;
	int rc;

	if (s->n == ARRAY_LEN(s->fds))
		return err_set(err, ERR_SANDBOX, "%d workers are running", MAX_WORKERS);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_set(err, ERR_SANDBOX, "socketpair: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		become_worker(s, pair[1]);
	close(pair[1]);
	rc = pid < 0 ? err_set(err, ERR_SANDBOX, "fork: %s", strerror(errno))
		     : announce(s, id, pid, pair[0], err);
	close(pair[0]);
	return rc;
}

static void
forget(struct server *s, nfds_t i)
{
	close(s->fds[i].fd);
	s->n--;
	s->fds[i] = s->fds[s->n];
	s->pids[i] = s->pids[s->n];
}

static int
report_exit(struct server *s, nfds_t i)
{
	struct proto_exited e = {.pid = (uint32_t)s->pids[i]};
	int status = 0;

	if (waitpid(s->pids[i], &status, WNOHANG) != s->pids[i])
		return 0;
	e.status = status;
	forget(s, i);
	return proto_send(s->fd, PROTO_EXITED, 0, SV_NULL, (struct sv){(const char *)&e, sizeof(e)},
	    deadline_in_ms(SEND_MS), NULL);
}

static int
on_request(struct server *s)
{
	struct proto_frame f = {0};
	struct err err = ERR_INIT;
	int rc = proto_recv(s->fd, &f, 0, deadline_in_ms(SEND_MS), NULL);

	proto_frame_done(&f);
	if (rc == 0 && f.type != PROTO_SPAWN)
		rc = ERR_EXTRACTOR_PROTOCOL;
	if (rc == 0 && spawn_worker(s, f.id, &err) != 0)
		rc = worker_send_failure(s->fd, f.id, &err);
	return rc;
}

static void
end_workers(struct server *s)
{
	for (nfds_t i = 1; i < s->n; i++)
		(void)pidfd_send_signal(s->fds[i].fd, SIGKILL, NULL, 0);
	for (nfds_t i = 1; i < s->n; i++)
		(void)waitpid(s->pids[i], NULL, 0);
}

static int
serve(struct server *s)
{
	for (;;) {
		int rc = 0;

		if (poll(s->fds, s->n, (int)WORKER_WAIT_MS) < 0) {
			if (errno == EINTR)
				continue;
			return 2;
		}
		for (nfds_t i = s->n - 1; i > 0 && rc == 0; i--)
			if (s->fds[i].revents)
				rc = report_exit(s, i);
		if (rc == 0 && s->fds[0].revents)
			rc = on_request(s);
		if (rc != 0)
			return rc == ERR_EXTRACTOR_CRASHED ? 0 : 2; // riptide closed: the usual end
	}
}

int
server_run(int fd, const struct worker_opts *o)
{
	struct server s = {.fd = fd, .pid = getpid(), .opts = o, .n = 1};
	struct err err = ERR_INIT;
	int rc = worker_warm_up(&err);

	s.fds[0] = (struct pollfd){.fd = fd, .events = POLLIN};
	if (rc == 0)
		rc = confine(fd, &err);
	if (rc != 0) {
		fprintf(stderr, "riptide-extract: %s\n", err.message);
		return worker_send_failure(fd, 0, &err) == 0 ? 1 : 2;
	}
	rc = serve(&s);
	end_workers(&s);
	return rc;
}
