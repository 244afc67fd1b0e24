// SPDX-License-Identifier: Apache-2.0
// riptide-launch, init process: pid 1 of the browser's pid namespace (its death kills all in it),
// or, without namespaces, the keeper: a subreaper that kills what it has below it. Starts Chromium,
// reaps, ends when Chromium ends or the supervisor goes. Takes orders only over its socket.
#include "sandbox/launch_priv.h"

#include "base/clock.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define KILL_ALL_MS 2000

struct run {
	struct launch_init *in;
	const char *dir;
	pid_t browser;
	int signals; // signalfd
};

int
launch_msg_recv(int sock, struct launch_msg *m, int fds[LAUNCH_MAX_FDS], int flags)
{
	ssize_t n = launch_recv(sock, m, sizeof(*m), fds, flags);
	if (n == (ssize_t)sizeof(*m)) {
		m->text[sizeof(m->text) - 1] = 0;
		return 0;
	}
	for (size_t i = 0; i < LAUNCH_MAX_FDS; i++)
		util_closep(&fds[i]);
	return -1;
}

static void
report(const struct run *run, enum launch_msg_kind kind, int value, bool flag, const char *text)
{
	struct launch_msg m = {.kind = kind, .value = value, .flag = flag};
	snprintf(m.text, sizeof(m.text), "%s", text);
	// The supervisor gone is seen by poll, not here.
	(void)!launch_send(run->in->sock, &m, sizeof(m), NULL, 0, 0);
}

// The same with a descriptor, which is closed here.
static void
report_fd(const struct run *run, enum launch_msg_kind kind, int value, int fd)
{
	struct launch_msg m = {.kind = kind, .value = value};
	(void)!launch_send(run->in->sock, &m, sizeof(m), &fd, 1, 0);
	close(fd);
}

static void
set_limits(void)
{
	static const struct {
		__rlimit_resource_t what;
		rlim_t value;
	} rows[] = {
	    {RLIMIT_NOFILE, 4096},
	    {RLIMIT_CORE, 0},
	    {RLIMIT_FSIZE, (rlim_t)1 << 30},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct rlimit lim = {0};
		(void)getrlimit(rows[i].what, &lim);
		lim.rlim_max = MIN(lim.rlim_max, rows[i].value);
		lim.rlim_cur = lim.rlim_max;
		(void)setrlimit(rows[i].what, &lim);
	}
}

static void
reset_signals(void)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	for (int s = 1; s < NSIG; s++)
		(void)sigaction(s, &dfl, NULL);
	sigset_t none;
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int
make_dirs(const char *dir)
{
	static const char *const names[] = {"", "/profile", "/home", "/tmp", "/uploads"};
	char path[LAUNCH_PATH_BYTES];
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (snprintf(path, sizeof(path), "%s%s", dir, names[i]) >= (int)sizeof(path))
			return -1;
		if (mkdir(path, 0700) && errno != EEXIST)
			return -1;
	}
	return 0;
}

// Without user namespaces Chromium's sandbox needs its setuid helper, which no_new_privs would
// disarm.
static bool
keep_privileges_away(const struct launch_request *r)
{
	if (!r->no_sandbox && !launch_uid_can_userns())
		return false;
	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int
wire_fds(int stderr_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(stderr_fd, 2) < 0)
		return -1;
	return close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

static int
become_browser(const struct run *run, pid_t parent, struct err *err)
{
	struct launch_init *in = run->in;
	if (setsid() < 0)
		return err_set(err, ERR_BROWSER_START, "setsid: %s", strerror(errno));
	if (!in->isolated) {
		int rc = launch_uid_become(in->who, err);
		if (rc)
			return rc;
	}
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		return err_set(err, ERR_BROWSER_START, "the launcher is gone");
	if (make_dirs(run->dir) || chdir(run->dir))
		return err_set(err, err_from_errno(errno, ERR_BROWSER_START), "%s: %s", run->dir,
		    strerror(errno));
	set_limits();
	(void)setpriority(PRIO_PROCESS, 0, in->req->nice);
	reset_signals();
	return 0;
}

static void
run_browser(const struct run *run, pid_t parent)
{
	const struct launch_request *r = run->in->req;
	struct err err = ERR_INIT;
	int rc = become_browser(run, parent, &err);
	if (rc) {
		report(run, MSG_FAILED, rc, false, err.message);
		_exit(127);
	}
	bool nnp = keep_privileges_away(r);
	if (nnp)
		(void)!launch_filter_sockets(); // fails where the kernel has no seccomp
	report(run, MSG_STARTED, getpid(), nnp, "");
	if (!wire_fds(run->in->stderr_fd))
		execve(r->argv[0], r->argv, r->env);
	int code = errno == ENOENT ? ERR_BROWSER_NOT_FOUND : ERR_BROWSER_START;
	err_set(&err, code, "%s: %s", r->argv[0], strerror(errno));
	report(run, MSG_FAILED, code, false, err.message);
	_exit(127);
}

// A new directory per upload, so that a page sees the file's own name.
static int
open_upload(const struct run *run, const char *name, char *path, size_t size)
{
	static unsigned count;
	char dir[LAUNCH_PATH_BYTES];
	int dir_len = snprintf(dir, sizeof(dir), "%s/uploads/%u", run->dir, count++);
	int len = snprintf(path, size, "%s/%s", dir, name);
	if (dir_len >= (int)sizeof(dir) || len >= (int)size || strchr(name, '/')) {
		errno = ENAMETOOLONG;
		return -1;
	}
	const struct launch_uid *who = run->in->who;
	bool give = !run->in->isolated && who->drop;
	if (mkdir(dir, 0700) || (give && chown(dir, who->uid, who->gid)))
		return -1;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	if (fd >= 0 && give && fchown(fd, who->uid, who->gid))
		close(steal_fd(fd));
	return fd;
}

static int
copy_file(int from, int to)
{
	struct stat st;
	if (fstat(from, &st))
		return -1;
	errno = EFBIG;
	if (!S_ISREG(st.st_mode) || st.st_size > LAUNCH_UPLOAD_BYTES)
		return -1;
	for (off_t at = 0; at < st.st_size;) {
		ssize_t n = sendfile(to, from, &at, (size_t)(st.st_size - at));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
	}
	return 0;
}

static void
upload(const struct run *run, const char *name, int file, int answer)
{
	char path[LAUNCH_PATH_BYTES];
	cleanup_close int to = open_upload(run, name, path, sizeof(path));
	cJSON *out = json_obj();
	if (to >= 0 && !copy_file(file, to)) {
		json_set_str(out, "path", path);
	} else {
		int code = errno == EFBIG ? ERR_TOO_LARGE : err_from_errno(errno, ERR_INPUT);
		json_set_str(out, "code", err_info(code)->code);
		json_set_str(out, "message", strerror(errno));
	}
	cleanup_buf text = BUF_INIT;
	json_print(&text, out, false);
	cJSON_Delete(out);
	(void)!launch_send(answer, text.p, text.n, NULL, 0, MSG_DONTWAIT);
}

static void
dial(const struct run *run, int port)
{
	char text[128];
	int fd = launch_net_dial(port, run->in->sock);
	if (fd >= 0) {
		report_fd(run, MSG_DIALLED, port, fd);
		return;
	}
	snprintf(text, sizeof(text), "DevTools at 127.0.0.1:%d: %s", port, strerror(errno));
	report(run, MSG_FAILED, ERR_BROWSER_START, true, text);
}

// False when the supervisor is gone.
static bool
take_order(const struct run *run)
{
	struct launch_msg m;
	int fds[LAUNCH_MAX_FDS];
	if (launch_msg_recv(run->in->sock, &m, fds, 0))
		return false;
	if (m.kind == MSG_UPLOAD && fds[0] >= 0 && fds[1] >= 0)
		upload(run, m.text, fds[0], fds[1]);
	else if (m.kind == MSG_DIAL)
		dial(run, m.value);
	for (size_t i = 0; i < LAUNCH_MAX_FDS; i++)
		util_closep(&fds[i]);
	return true;
}

// False when the browser ended.
static bool
reap(const struct run *run)
{
	struct signalfd_siginfo info;
	bool alive = true;
	(void)!read(run->signals, &info, sizeof(info));
	for (pid_t pid;;) {
		int status;
		pid = waitpid(-1, &status, WNOHANG);
		if (pid <= 0)
			return alive;
		if (pid == run->browser) {
			report(run, MSG_EXITED, status, false, "");
			alive = false;
		}
	}
}

static void
keep_running(const struct run *run)
{
	struct pollfd p[] = {
	    {.fd = run->signals, .events = POLLIN},
	    {.fd = run->in->sock, .events = POLLIN},
	};
	for (;;) {
		if (poll(p, ARRAY_LEN(p), -1) < 0 && errno != EINTR)
			return;
		if (p[1].revents && !take_order(run))
			return;
		if (p[0].revents && !reap(run))
			return;
	}
}

static void
kill_each_child(void)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	FILE *f = fopen(path, "re");
	if (!f)
		return;
	for (int pid; fscanf(f, "%d", &pid) == 1;)
		(void)kill(pid, SIGKILL);
	fclose(f);
}

void
launch_kill_children(void)
{
	sigset_t chld;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &chld, NULL);
	struct deadline dl = deadline_in_ms(KILL_ALL_MS);
	while (!deadline_passed(dl)) {
		kill_each_child();
		pid_t pid;
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0)
			return;
		// A child's end may make its children ours: look again at each SIGCHLD.
		struct timespec wait = {.tv_nsec = 20 * 1000 * 1000};
		(void)sigtimedwait(&chld, NULL, &wait);
	}
}

static int
set_up_egress(struct run *run, struct err *err)
{
	struct launch_init *in = run->in;
	int port;
	int rc = in->own_network ? launch_net_up(err) : 0;
	if (rc)
		return rc;
	if (in->own_network)
		(void)launch_link_make();
	int fd = launch_net_listen(in->own_network, &port, err);
	if (fd < 0)
		return fd;
	launch_request_place_egress(in->req, port);
	report_fd(run, MSG_LISTENING, port, fd);
	return 0;
}

static int
set_up(struct run *run, struct err *err)
{
	struct launch_init *in = run->in;
	struct launch_msg go;
	int fds[LAUNCH_MAX_FDS];
	if (launch_msg_recv(in->sock, &go, fds, 0) || go.kind != MSG_GO)
		return err_set(err, ERR_SANDBOX, "the launcher is gone");
	int rc = in->req->egress ? set_up_egress(run, err) : 0;
	if (rc)
		return rc;
	if (!in->isolated)
		return prctl(PR_SET_CHILD_SUBREAPER, 1) ? err_set(err, ERR_SANDBOX, "subreaper")
							: 0;
	rc = launch_ns_enter(in->req, err);
	if (!rc)
		rc = launch_uid_become(in->who, err);
	if (!rc && (prctl(PR_SET_PDEATHSIG, SIGKILL) || prctl(PR_SET_DUMPABLE, 0)))
		rc = err_set(err, ERR_SANDBOX, "prctl: %s", strerror(errno));
	return rc;
}

static void
watch_children(struct run *run)
{
	sigset_t chld;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &chld, NULL);
	run->signals = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
}

void
launch_init_run(struct launch_init *in)
{
	struct run run = {.in = in, .dir = in->isolated ? LAUNCH_NS_DIR : in->dir->path};
	struct err err = ERR_INIT;
	(void)prctl(PR_SET_NAME, in->isolated ? "riptide-init" : "riptide-keeper");
	if (in->isolated)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	int rc = set_up(&run, &err);
	if (rc) {
		report(&run, MSG_SETUP_FAILED, rc, false, err.message);
		_exit(1);
	}
	watch_children(&run);
	pid_t self = getpid();
	run.browser = fork();
	if (run.browser == 0)
		run_browser(&run, self);
	if (run.browser < 0)
		report(&run, MSG_FAILED, ERR_BROWSER_START, false, strerror(errno));
	else
		keep_running(&run);
	if (!in->isolated) {
		launch_kill_children();
		launch_dir_remove(in->dir);
	}
	_exit(0);
}
