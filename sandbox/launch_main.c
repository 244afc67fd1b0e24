// SPDX-License-Identifier: Apache-2.0
// riptide-launch, the supervisor: one process per browser, started by riptide with the control
// socket as fd 3. Makes the init process with as many namespaces as can be had, reads Chromium's
// stderr for the DevTools address, has init connect to it, passes orders on, and ends with
// everything below it when any side goes away. Single-threaded; keeps nothing open that riptide
// would wait for.
#include "base/clock.h"
#include "base/json.h"
#include "sandbox/launch_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NAMESPACES (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS)

// From the best to the least; each is tried when the one before can't be had.
static const struct rung {
	unsigned long flags;
	bool root_only;
} rungs[] = {
    {NAMESPACES | CLONE_NEWNET, true},
    {NAMESPACES | CLONE_NEWNET | CLONE_NEWUSER, false},
    {NAMESPACES, true},
    {NAMESPACES | CLONE_NEWUSER, false},
    {0, false},
};

struct supervisor {
	struct launch_request req;
	struct launch_uid who;
	struct launch_dir dir;
	size_t rung;
	pid_t init;
	int init_fd; // pidfd
	int sock;    // to init
	int stderr_fd;
	pid_t browser;
	bool no_new_privs;
	char path[256]; // of DevTools
	int port;       // its port; 0: not told yet
	int listener;   // for the egress guard, until it is handed over; -1: none
	int egress_port;
	bool ready;
	bool failed; // an error was sent: no exit event
	bool stop;
	int status;
	char why[256]; // not the namespaces that were asked for: why not
	struct launch_tail tail;
};

static void
send_event(cJSON *event, const int *fds, size_t n_fds)
{
	cleanup_buf text = BUF_INIT;
	json_print(&text, event, false);
	cJSON_Delete(event);
	(void)!launch_send(LAUNCH_CONTROL_FD, text.p, text.n, fds, n_fds, MSG_DONTWAIT);
}

static cJSON *
event_new(const char *name)
{
	cJSON *event = json_obj();
	json_set_str(event, "event", name);
	return event;
}

static void
send_error(struct supervisor *s, int code, const char *message, bool transient)
{
	if (s->failed)
		return;
	cJSON *event = event_new("error");
	json_set_str(event, "code", err_info(code)->code);
	json_set_str(event, "message", message);
	if (transient)
		json_set_bool(event, "transient", true);
	send_event(event, NULL, 0);
	s->failed = true;
	s->stop = true;
}

static void
send_ready(struct supervisor *s, int devtools)
{
	unsigned long flags = rungs[s->rung].flags;
	bool isolated = flags != 0, own_network = (flags & CLONE_NEWNET) != 0;
	int fds[] = {devtools, s->listener};
	cJSON *event = event_new("ready");
	json_set_int(event, "port", s->port);
	json_set_str(event, "path", s->path);
	json_set_int(event, "pid", s->browser);
	json_set_int(event, "uid", s->who.uid);
	json_set_int(event, "init_pid", s->init);
	json_set_bool(event, "pid_namespace", isolated);
	json_set_bool(event, "mount_namespace", isolated);
	json_set_bool(event, "user_namespace", (flags & CLONE_NEWUSER) != 0);
	json_set_bool(event, "network_namespace", own_network);
	json_set_bool(event, "no_new_privs", s->no_new_privs);
	json_set_str(event, "dir", isolated ? LAUNCH_NS_DIR : s->dir.path);
	if (s->req.egress)
		json_set_int(event, "egress_port", s->egress_port);
	if (!isolated || (s->req.egress && !own_network))
		json_set_str(event, "degraded", s->why);
	send_event(event, fds, s->listener >= 0 ? 2 : 1);
	util_closep(&s->listener);
	s->ready = true;
}

static void
send_exit(struct supervisor *s)
{
	cleanup_buf text = BUF_INIT;
	launch_tail_text(&s->tail, &text);
	cJSON *event = event_new("exit");
	json_set_int(event, "status", s->status);
	json_set_sv(event, "stderr", buf_view(&text));
	send_event(event, NULL, 0);
}

// Chromium has told the address of DevTools: init connects to it.
static void
dial(struct supervisor *s, int port, const char *path)
{
	struct launch_msg m = {.kind = MSG_DIAL, .value = port};
	s->port = port;
	snprintf(s->path, sizeof(s->path), "%s", path);
	(void)!launch_send(s->sock, &m, sizeof(m), NULL, 0, MSG_DONTWAIT);
}

// False when there is nothing to read (now, or ever again: the fd is closed then).
static bool
read_stderr(struct supervisor *s)
{
	char bytes[4096], path[256];
	ssize_t n = read(s->stderr_fd, bytes, sizeof(bytes));
	if (n > 0) {
		int port = launch_tail_add(&s->tail, bytes, (size_t)n, path, sizeof(path));
		if (port && !s->port && s->sock >= 0)
			dial(s, port, path);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(steal_fd(s->stderr_fd));
	}
	return n > 0;
}

static int
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int rc = util_write_all(fd, text, strlen(text));
	close(fd);
	return rc;
}

// The user keeps its numbers where it can: as 0 Chromium would think it is root.
static int
write_id_maps(const struct supervisor *s)
{
	char path[64], text[64];
	snprintf(path, sizeof(path), "/proc/%d/setgroups", s->init);
	if (write_file(path, "deny"))
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/uid_map", s->init);
	snprintf(text, sizeof(text), "%u %u 1\n", s->who.uid, s->who.outer_uid);
	if (write_file(path, text))
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/gid_map", s->init);
	snprintf(text, sizeof(text), "%u %u 1\n", s->who.gid, s->who.outer_gid);
	return write_file(path, text);
}

static void
run_init(struct supervisor *s, unsigned long flags, int sock, int stderr_fd)
{
	close(LAUNCH_CONTROL_FD);
	close(s->sock);
	close(s->stderr_fd);
	launch_request_place(&s->req, flags ? LAUNCH_NS_DIR : s->dir.path, flags != 0);
	struct launch_init in = {.req = &s->req,
	    .who = &s->who,
	    .dir = &s->dir,
	    .isolated = flags != 0,
	    .own_network = (flags & CLONE_NEWNET) != 0,
	    .sock = sock,
	    .stderr_fd = stderr_fd};
	launch_init_run(&in);
}

static int
clone_init(struct supervisor *s, unsigned long flags, int sock, int stderr_fd)
{
	// Not clone3: container runtimes' filters refuse it even where they allow clone.
	s->init =
	    (pid_t)syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, NULL, &s->init_fd, NULL, 0);
	if (s->init == 0)
		run_init(s, flags, sock, stderr_fd);
	if (s->init < 0)
		return -1;
	if ((flags & CLONE_NEWUSER) && write_id_maps(s))
		return -1;
	struct launch_msg go = {.kind = MSG_GO};
	return launch_send(s->sock, &go, sizeof(go), NULL, 0, 0);
}

static void
reap_init(struct supervisor *s)
{
	if (s->init <= 0)
		return;
	(void)syscall(SYS_pidfd_send_signal, s->init_fd, SIGKILL, NULL, 0);
	while (waitpid(s->init, NULL, 0) < 0 && errno == EINTR)
		;
	close(steal_fd(s->init_fd));
	s->init = 0;
}

static void
close_channels(struct supervisor *s)
{
	if (s->sock >= 0)
		close(steal_fd(s->sock));
	if (s->stderr_fd >= 0)
		close(steal_fd(s->stderr_fd));
	util_closep(&s->listener);
}

// Start the init of the present rung. -1 with the reason in s->why.
static int
start_rung(struct supervisor *s)
{
	unsigned long flags = rungs[s->rung].flags;
	int pair[2], pipefd[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) || pipe2(pipefd, O_CLOEXEC))
		return -1;
	s->sock = pair[0];
	s->stderr_fd = pipefd[0];
	(void)fcntl(s->stderr_fd, F_SETFL, O_NONBLOCK);
	int rc = clone_init(s, flags, pair[1], pipefd[1]);
	if (rc)
		snprintf(s->why, sizeof(s->why), "namespaces: %s", strerror(errno));
	close(pair[1]);
	close(pipefd[1]);
	if (rc) {
		reap_init(s);
		close_channels(s);
	}
	return rc;
}

static int
prepare_rung(struct supervisor *s, struct err *err)
{
	bool isolated = rungs[s->rung].flags != 0;
	bool own_network = (rungs[s->rung].flags & CLONE_NEWNET) != 0;
	if (own_network && !s->req.egress)
		return -1;
	if ((isolated && s->req.degrade) || (own_network && s->req.degrade_network)) {
		snprintf(s->why, sizeof(s->why), "asked for by a test");
		return -1;
	}
	if (rungs[s->rung].root_only && !s->who.drop)
		return -1;
	if (!isolated && launch_dir_make(s->req.profile_root, &s->who, &s->dir, err))
		return -1;
	return 0;
}

// The best rung from s->rung on that starts.
static void
start_init(struct supervisor *s)
{
	struct err err = ERR_INIT;
	for (; s->rung < ARRAY_LEN(rungs); s->rung++)
		if (!prepare_rung(s, &err) && !start_rung(s))
			return;
	s->rung = ARRAY_LEN(rungs) - 1;
	send_error(s, err.code ? err.code : ERR_SANDBOX, err.code ? err.message : s->why, false);
}

static void
on_setup_failed(struct supervisor *s, const struct launch_msg *m, int fds[] UNUSED)
{
	snprintf(s->why, sizeof(s->why), "%.250s", m->text);
	reap_init(s);
	close_channels(s);
	if (++s->rung < ARRAY_LEN(rungs))
		start_init(s);
	else
		send_error(s, m->value, m->text, false);
}

static void
on_failed(struct supervisor *s, const struct launch_msg *m, int fds[] UNUSED)
{
	send_error(s, m->value, m->text, m->flag != 0);
}

static void
on_listening(struct supervisor *s, const struct launch_msg *m, int fds[])
{
	s->listener = steal_fd(fds[0]);
	s->egress_port = m->value;
}

static void
on_started(struct supervisor *s, const struct launch_msg *m, int fds[] UNUSED)
{
	s->browser = m->value;
	s->no_new_privs = m->flag != 0;
}

static void
on_dialled(struct supervisor *s, const struct launch_msg *m UNUSED, int fds[])
{
	if (fds[0] >= 0)
		send_ready(s, fds[0]);
	else
		send_error(s, ERR_BROWSER_START, "the socket of DevTools got lost", true);
}

static void
on_exited(struct supervisor *s, const struct launch_msg *m, int fds[] UNUSED)
{
	s->status = m->value;
	s->stop = true;
}

// What is to outlast the call is taken out of `fds`.
static void (*const on_msg[])(struct supervisor *s, const struct launch_msg *m, int fds[]) = {
    [MSG_SETUP_FAILED] = on_setup_failed,
    [MSG_FAILED] = on_failed,
    [MSG_LISTENING] = on_listening,
    [MSG_STARTED] = on_started,
    [MSG_DIALLED] = on_dialled,
    [MSG_EXITED] = on_exited,
};

static void
close_fds(int fds[LAUNCH_MAX_FDS])
{
	for (size_t i = 0; i < LAUNCH_MAX_FDS; i++)
		util_closep(&fds[i]);
}

static bool
read_msg(struct supervisor *s)
{
	struct launch_msg m;
	int fds[LAUNCH_MAX_FDS];
	if (launch_msg_recv(s->sock, &m, fds, MSG_DONTWAIT))
		return false;
	if (m.kind >= 0 && (size_t)m.kind < ARRAY_LEN(on_msg) && on_msg[m.kind])
		on_msg[m.kind](s, &m, fds);
	close_fds(fds);
	return true;
}

static void
order(struct supervisor *s, const cJSON *packet, const int fds[LAUNCH_MAX_FDS])
{
	const char *op = json_str(packet, "op"), *name = json_str(packet, "name");
	struct launch_msg m = {.kind = MSG_UPLOAD};
	if (!op || strcmp(op, "upload") != 0 || fds[0] < 0 || fds[1] < 0 || s->sock < 0)
		return;
	snprintf(m.text, sizeof(m.text), "%s", name && name[0] ? name : "file");
	(void)!launch_send(s->sock, &m, sizeof(m), fds, LAUNCH_MAX_FDS, MSG_DONTWAIT);
}

static void
read_order(struct supervisor *s)
{
	static char text[LAUNCH_MAX_PACKET];
	int fds[LAUNCH_MAX_FDS];
	cJSON *packet = NULL;
	ssize_t n = launch_recv(LAUNCH_CONTROL_FD, text, sizeof(text), fds, 0);
	if (n <= 0)
		s->stop = true;
	else if (!json_parse_api((struct sv){text, (size_t)n}, &json_limits_default, &packet, NULL))
		order(s, packet, fds);
	cJSON_Delete(packet);
	close_fds(fds);
}

static void
watch(struct supervisor *s)
{
	struct pollfd p[] = {
	    {.fd = LAUNCH_CONTROL_FD, .events = POLLIN},
	    {.fd = s->sock, .events = POLLIN},
	    {.fd = s->stderr_fd, .events = POLLIN},
	    {.fd = s->init_fd, .events = POLLIN},
	};
	if (poll(p, ARRAY_LEN(p), -1) < 0)
		return;
	if (p[0].revents)
		read_order(s);
	if (p[2].revents)
		(void)read_stderr(s);
	// The end of the socket, or of init, counts once everything it said has been read.
	if (p[1].revents ? !read_msg(s) : p[3].revents != 0)
		s->stop = true;
}

// The end of everything below. In a pid namespace, init reaped means that all in it are gone.
static void
end_all(struct supervisor *s)
{
	reap_init(s);
	if (rungs[s->rung].flags == 0)
		launch_kill_children();
	launch_dir_remove(&s->dir);
}

static void
send_last_words(struct supervisor *s)
{
	while (s->sock >= 0 && read_msg(s))
		;
	while (s->stderr_fd >= 0 && read_stderr(s))
		;
	if (!s->failed)
		send_exit(s);
}

static int
read_request(struct supervisor *s)
{
	static char text[LAUNCH_MAX_PACKET];
	struct err err = ERR_INIT;
	int fds[LAUNCH_MAX_FDS];
	ssize_t n = launch_recv(LAUNCH_CONTROL_FD, text, sizeof(text), fds, 0);
	close_fds(fds);
	if (n <= 0)
		return -1;
	int rc = launch_request_read((struct sv){text, (size_t)n}, &s->req, &err);
	if (!rc)
		rc = launch_uid_choose(s->req.profile_root, &s->who, &err);
	if (rc) {
		cleanup_free char *message =
		    xasprintf("%s%s%s", err.path, err.path[0] ? ": " : "", err.message);
		send_error(s, rc, message, false);
	}
	return rc;
}

static void
run(struct supervisor *s)
{
	bool swept = false;
	start_init(s);
	while (!s->stop) {
		watch(s);
		if (s->ready && !swept) {
			launch_dir_sweep(s->req.profile_root, &s->who);
			swept = true;
		}
	}
	end_all(s);
	send_last_words(s);
	close_channels(s);
}

static bool
is_seqpacket(int fd)
{
	int type = 0;
	socklen_t n = sizeof(type);
	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) && type == SOCK_SEQPACKET;
}

int
main(void)
{
	struct supervisor s = {
	    .dir.fd = -1, .init_fd = -1, .sock = -1, .stderr_fd = -1, .status = -1, .listener = -1};
	if (!is_seqpacket(LAUNCH_CONTROL_FD)) {
		static const char text[] = "riptide-launch is started by riptide\n";
		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
		return EXIT_USAGE;
	}
	(void)fcntl(LAUNCH_CONTROL_FD, F_SETFD, FD_CLOEXEC);
	(void)setsid(); // Ctrl-C is riptide's to handle
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	int rc = read_request(&s);
	if (!rc)
		run(&s);
	launch_request_done(&s.req);
	return rc ? 1 : 0;
}
