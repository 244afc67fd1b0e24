// SPDX-License-Identifier: Apache-2.0
// Starts riptide-extract, asks it for workers and finds out how a worker ended. Used by the thread
// that has taken the slot; never blocks past its deadline.
#include "orchestrator/pool/extractor_priv.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { BURY_MS = 200, DISMISS_MS = 50, STOP_MS = 2000, PONG_BYTES = 4096 };

int
server_start(struct workers *s, struct err *err)
{
	char path[4096], mb[16];
	int pair[2];
	int rc = spawn_helper_path("riptide-extract", path, sizeof(path), err);

	if (rc != 0)
		return rc;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_set(err, ERR_SANDBOX, "socketpair: %s", strerror(errno));
	snprintf(mb, sizeof(mb), "%u", s->memory_mb);
	rc = spawn_child(
	    &(struct spawn){
		.path = path,
		.argv = (const char *const[]){"riptide-extract", "--memory-mb", mb, NULL},
		.fds = (const struct spawn_fd[]){{pair[1], PROTO_FD}, {2, 2}},
#ifdef RIPTIDE_SANITIZER
		.n_fds = 2, // the sanitizer's report is worth reading
#else
		.n_fds = 1,
#endif
	    },
	    &s->server, err);
	close(pair[1]);
	if (rc == 0)
		s->control = pair[0];
	else
		close(pair[0]);
	return rc;
}

static void
server_stop(struct workers *s, int64_t patience_ms)
{
	if (s->control >= 0)
		close(steal_fd(s->control)); // the server ends its workers and itself
	(void)child_stop(&s->server, deadline_in_ms(patience_ms));
}

// A FAILED frame is the server's last word: it could not set itself up, or could not fork.
static int
server_failed(const struct proto_frame *f, struct err *err)
{
	cJSON *v = cJSON_ParseWithLength(f->body.p, f->body.n);
	const char *text = json_str(v, "message");
	int rc = err_set(err, ERR_SANDBOX, "riptide-extract: %s", text ? text : "not ready");

	cJSON_Delete(v);
	return rc;
}

// The answer to SPAWN; news of workers that ended long ago are passed over.
static int
recv_spawned(struct workers *s, struct worker *w, struct deadline dl, struct err *err)
{
	for (;;) {
		struct proto_frame f = {0};
		int fds[2];
		size_t n = 0;
		uint32_t pid;
		int rc = proto_recv_fds(s->control, &f, fds, 2, &n, dl, err);

		if (rc == 0 && f.type == PROTO_FAILED)
			rc = server_failed(&f, err);
		else if (rc == 0 && f.type == PROTO_SPAWNED && n == 2 && f.body.n == sizeof(pid)) {
			memcpy(&pid, f.body.p, sizeof(pid));
			*w = (struct worker){.pid = (pid_t)pid, .pidfd = fds[0], .sock = fds[1]};
			n = 0;
		} else if (rc == 0 && f.type != PROTO_EXITED)
			rc = err_set(
			    err, ERR_EXTRACTOR_PROTOCOL, "the fork server sent frame %u", f.type);
		for (size_t i = 0; i < n; i++)
			close(fds[i]);
		proto_frame_done(&f);
		if (rc != 0 || w->sock >= 0)
			return rc;
	}
}

int
worker_start(struct workers *s, struct worker *w, struct deadline dl, struct err *err)
{
	int rc = proto_send(s->control, PROTO_SPAWN, ++s->started, SV_NULL, SV_NULL, dl, err);
	if (rc == 0)
		rc = recv_spawned(s, w, dl, err);
	if (rc == 0)
		rc = proto_send(w->sock, PROTO_PING, 0, SV_NULL, SV_NULL, dl, err);
	if (rc != 0) {
		worker_kill(w);
		server_stop(s, DISMISS_MS);
	}
	return rc;
}

static int
read_pong(struct workers *s, const struct proto_frame *f, struct err *err)
{
	cJSON *v;
	const char *filter;

	if (f->type == PROTO_FAILED)
		return server_failed(f, err);
	if (f->type != PROTO_PONG)
		return err_set(
		    err, ERR_EXTRACTOR_PROTOCOL, "a worker began with frame %u", f->type);
	v = cJSON_ParseWithLength(f->body.p, f->body.n);
	filter = json_str(v, "filter");
	snprintf(s->filter, sizeof(s->filter), "%s", filter ? filter : "");
	s->landlock_abi = (int)json_int(v, "landlock_abi", 0);
	cJSON_Delete(v);
	return 0;
}

int
worker_prove(struct workers *s, struct worker *w, struct deadline dl, struct err *err)
{
	struct proto_frame f = {0};
	int rc;

	if (w->proven)
		return 0;
	rc = proto_recv(w->sock, &f, PONG_BYTES, dl, err);
	if (rc == 0)
		rc = read_pong(s, &f, err);
	proto_frame_done(&f);
	w->proven = rc == 0;
	return rc;
}

// --- the end of a worker ---

void
worker_kill(struct worker *w)
{
	if (w->pidfd >= 0) {
		(void)pidfd_send_signal(w->pidfd, SIGKILL, NULL, 0);
		close(w->pidfd);
	}
	if (w->sock >= 0)
		close(w->sock);
	*w = (struct worker){.pidfd = -1, .sock = -1};
}

void
workers_stop(struct workers *s, struct worker *w)
{
	int pidfd = steal_fd(w->pidfd);
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	if (pidfd >= 0)
		(void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	worker_kill(w);
	server_stop(s, STOP_MS);
	if (pidfd >= 0) {
		(void)poll(&p, 1, STOP_MS);
		close(pidfd);
	}
}

static bool
hung_up(int sock)
{
	struct pollfd p = {.fd = sock, .events = POLLRDHUP};

	return poll(&p, 1, 0) > 0;
}

// Wait for the fork server's report on `pid`. False when it doesn't come.
static bool
exit_status(struct workers *s, pid_t pid, int *status)
{
	struct deadline dl = deadline_in_ms(BURY_MS);

	for (;;) {
		struct proto_frame f = {0};
		struct proto_exited e = {0};

		if (s->control < 0 || proto_recv(s->control, &f, sizeof(e), dl, NULL) != 0)
			return false;
		if (f.type == PROTO_EXITED && f.body.n == sizeof(e))
			memcpy(&e, f.body.p, sizeof(e));
		proto_frame_done(&f);
		if (e.pid == (uint32_t)pid) {
			*status = e.status;
			return true;
		}
	}
}

static int
blame(int status, int rc, struct err *err)
{
	char text[64];

	child_status_text(status, text, sizeof(text));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return err_set(err, ERR_EXTRACTOR_VIOLATION, NULL);
	if (WIFEXITED(status) && WEXITSTATUS(status) == PROTO_EXIT_OOM)
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && rc == ERR_EXTRACTOR_PROTOCOL)
		return rc;
	return err_set(err, ERR_EXTRACTOR_CRASHED, "the extractor ended unexpectedly: %s", text);
}

int
worker_bury(struct workers *s, struct worker *w, int rc, struct err *err)
{
	pid_t pid = w->pid;
	bool gone = hung_up(w->sock);
	int status;

	if (gone && exit_status(s, pid, &status))
		rc = blame(status, rc, err);
	else if (gone) { // no report: the server is not well either
		rc = err_set(
		    err, ERR_EXTRACTOR_CRASHED, "the extractor's fork server ended unexpectedly");
		server_stop(s, DISMISS_MS);
	}
	worker_kill(w);
	return rc;
}
