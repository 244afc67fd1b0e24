// SPDX-License-Identifier: Apache-2.0
// The words with riptide-launch (sandbox/launch.h): request, ready, upload, kill, the end. Any
// thread but the loop's; one conversation at a time.
#include "orchestrator/pool/browser_priv.h"

#include "base/log.h"
#include "orchestrator/egress/egress.h"
#include "orchestrator/pool/pool_cgroup.h"
#include "sandbox/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define SHM_BYTES      ((int64_t)512 << 20)
#define LAST_WORDS_MS  1000 // for the stderr tail of a browser that did not start
#define STDERR_IN_TEXT 300  // of it, in an error message

static const struct {
	const char *name;
	const char *value;
} environment[] = {
    {"PATH", "/usr/bin:/bin"},
    {"LANG", "C.UTF-8"},
    {"HOME", LAUNCH_DIR "/home"},
    {"TMPDIR", LAUNCH_DIR "/tmp"},
    {"XDG_CACHE_HOME", LAUNCH_DIR "/home/.cache"},
    {"XDG_CONFIG_HOME", LAUNCH_DIR "/home/.config"},
    {"DBUS_SESSION_BUS_ADDRESS", "disabled:"},
    {"DBUS_SYSTEM_BUS_ADDRESS", "disabled:"},
};

static bool
shm_is_small(void)
{
	struct statvfs fs;
	return statvfs("/dev/shm", &fs) ||
	       (uint64_t)fs.f_blocks * fs.f_frsize < (uint64_t)SHM_BYTES;
}

static cJSON *
request_argv(const struct browser_opts *o, const char *path)
{
	cleanup_buf text = BUF_INIT;
	cJSON *argv = json_arr();
	json_push(argv, cJSON_CreateString(path));
	browser_flags_for(o, FLAG_ALWAYS, argv);
	if (o->insecure_no_sandbox)
		browser_flags_for(o, FLAG_NO_SANDBOX, argv);
	if (o->egress)
		browser_flags_for(o, FLAG_EGRESS, argv);
	browser_flags_features(o, &text);
	json_push(argv, cJSON_CreateString(text.p));
	if (o->window_width > 0 && o->window_height > 0) {
		buf_reset(&text);
		buf_fmt(&text, "--window-size=%lld,%lld", (long long)o->window_width,
		    (long long)o->window_height);
		json_push(argv, cJSON_CreateString(text.p));
	}
	return argv;
}

cJSON *
browser_launch_request(const struct browser_opts *o, const char *path, const char *profile_root)
{
	cJSON *request = json_obj(), *shared = json_arr(), *env = json_obj();
	if (shm_is_small())
		browser_flags_for(o, FLAG_SMALL_SHM, shared);
	for (size_t i = 0; i < ARRAY_LEN(environment); i++)
		json_set_str(env, environment[i].name, environment[i].value);
	json_set(request, "argv", request_argv(o, path));
	json_set(request, "argv_shared", shared);
	json_set(request, "env", env);
	json_set_str(request, "profile_root", profile_root);
	json_set_int(request, "shm_bytes", SHM_BYTES);
	json_set_int(request, "nice", o->nice);
	json_set_bool(request, "no_sandbox", o->insecure_no_sandbox);
	json_set_bool(request, "egress", o->egress != NULL);
	return request;
}

static int
send_packet(struct browser *b, cJSON *packet, const int *fds, size_t n_fds, struct err *err)
{
	cleanup_buf text = BUF_INIT;
	json_print(&text, packet, false);
	cJSON_Delete(packet);
	if (!launch_send(b->control, text.p, text.n, fds, n_fds, MSG_DONTWAIT))
		return 0;
	return err_set(
	    err, ERR_BROWSER_CRASHED, "no word reaches the launcher: %s", strerror(errno));
}

// The next event of the launcher and what came with it (-1: nothing). 0 with *event (owned by the
// caller), ERR_TIMEOUT, or ERR_BROWSER_START when the launcher is gone.
static int
next_event_fds(
    int sock, struct deadline dl, cJSON **event, int fds[LAUNCH_MAX_FDS], struct err *err)
{
	struct pollfd p = {.fd = sock, .events = POLLIN};
	int n;
	while ((n = poll(&p, 1, deadline_poll_ms(dl))) < 0 && errno == EINTR)
		;
	if (n == 0)
		return err_set(err, ERR_TIMEOUT, NULL);
	cleanup_free char *text = xmalloc(LAUNCH_MAX_PACKET);
	ssize_t got = launch_recv(sock, text, LAUNCH_MAX_PACKET, fds, MSG_DONTWAIT);
	if (got <= 0)
		return err_set(err, ERR_BROWSER_START, "the launcher ended without a word");
	return json_parse_cdp(text, (size_t)got, event, err);
}

static void
close_fds(int fds[LAUNCH_MAX_FDS])
{
	for (size_t i = 0; i < LAUNCH_MAX_FDS; i++)
		util_closep(&fds[i]);
}

static int
next_event(int sock, struct deadline dl, cJSON **event, struct err *err)
{
	int fds[LAUNCH_MAX_FDS] = {-1, -1};
	int rc = next_event_fds(sock, dl, event, fds, err);
	close_fds(fds);
	return rc;
}

static bool
is_event(const cJSON *event, const char *name)
{
	const char *s = json_str(event, "event");
	return s && !strcmp(s, name);
}

// What Chromium last wrote, as far as it fits into a message: its last lines say why it ended.
static struct sv
tail_of(const cJSON *event)
{
	struct sv text = sv_trim(sv_from(json_str(event, "stderr")));
	if (!text.n)
		return SV("nothing on stderr");
	size_t n = MIN(text.n, (size_t)STDERR_IN_TEXT);
	return (struct sv){text.p + text.n - n, n};
}

// Chromium's own words when its sandbox can't be.
static bool
refused_sandbox(const char *text)
{
	static const char *const words[] = {"No usable sandbox",
	    "Running as root without --no-sandbox",
	    "The SUID sandbox helper binary was found, but is not configured correctly"};
	for (size_t i = 0; text && i < ARRAY_LEN(words); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

static int
error_of_exit(const cJSON *event, struct err *err)
{
	char how[64] = "killed";
	int status = (int)json_int(event, "status", -1);
	struct sv tail = tail_of(event);
	if (status >= 0)
		child_status_text(status, how, sizeof(how));
	int code = refused_sandbox(json_str(event, "stderr")) ? ERR_SANDBOX : ERR_BROWSER_START;
	return err_set(err, code, "Chromium ended at once (%s): " SV_FMT, how, SV_ARG(tail));
}

static int
error_of_event(const cJSON *event, struct err *err)
{
	const char *name = json_str(event, "code"), *message = json_str(event, "message");
	int code = name ? err_by_name(name) : 0;
	return err_set(err, code ? code : ERR_BROWSER_START, "%s", message ? message : "");
}

// The start limit has passed: end it and say what Chromium wrote meanwhile.
static int
error_of_timeout(struct browser *b, int64_t waited_ms, struct err *err)
{
	cJSON *event = NULL;
	struct err ignored = ERR_INIT;
	(void)shutdown(b->control, SHUT_WR);
	int rc = next_event(b->control, deadline_in_ms(LAST_WORDS_MS), &event, &ignored);
	struct sv tail = rc ? SV("no word from the launcher") : tail_of(event);
	err_set(err, ERR_BROWSER_START, "Chromium did not get ready within %lld ms: " SV_FMT,
	    (long long)waited_ms, SV_ARG(tail));
	cJSON_Delete(event);
	return ERR_BROWSER_START;
}

// It is ready: what came with that is ours. Takes `event` and `fds`.
static int
take_ready(struct browser *b, cJSON *event, int fds[LAUNCH_MAX_FDS], struct err *err)
{
	cleanup_close int listener = fds[1];
	b->ready = event;
	b->devtools = fds[0];
	if (!b->opts.egress)
		return 0;
	if (listener < 0)
		return err_set(err, ERR_SANDBOX, "the egress guard has nothing to listen on");
	int64_t port = json_int(event, "egress_port", 0);
	b->listener = egress_listen(b->opts.egress, steal_fd(listener), (uint16_t)port);
	return 0;
}

static int
wait_ready(struct browser *b, struct deadline dl, bool *transient, struct err *err)
{
	int64_t from = clock_ms();
	int fds[LAUNCH_MAX_FDS] = {-1, -1};
	cJSON *event = NULL;
	*transient = true;
	int rc = next_event_fds(b->control, dl, &event, fds, err);
	if (!rc && is_event(event, "ready"))
		return take_ready(b, event, fds, err);
	close_fds(fds);
	if (rc == ERR_TIMEOUT)
		return error_of_timeout(b, clock_ms() - from, err);
	if (rc)
		return rc;
	bool exited = is_event(event, "exit");
	rc = exited ? error_of_exit(event, err) : error_of_event(event, err);
	*transient = (exited || json_bool(event, "transient", false)) && rc == ERR_BROWSER_START;
	cJSON_Delete(event);
	return rc;
}

static int
spawn_launcher(struct browser *b, struct err *err)
{
	char path[4096];
	int pair[2];
	int rc = spawn_helper_path("riptide-launch", path, sizeof(path), err);
	if (rc)
		return rc;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_set(err, ERR_BROWSER_START, "socketpair: %s", strerror(errno));
	const char *argv[] = {"riptide-launch", NULL};
	struct spawn_fd fds[] = {{pair[1], LAUNCH_CONTROL_FD}};
	struct spawn s = {.path = path, .argv = argv, .fds = fds, .n_fds = ARRAY_LEN(fds)};
	rc = spawn_child(&s, &b->launcher, err);
	close(pair[1]);
	b->control = pair[0];
	return rc;
}

static const char *
profile_root_of(const struct browser_opts *o)
{
	const char *tmp = getenv("TMPDIR");
	if (o->profile_root)
		return o->profile_root;
	return tmp && tmp[0] == '/' ? tmp : "/tmp";
}

// False: aborted already.
static bool
watch_abort(struct browser *b)
{
	if (!b->abort)
		return true;
	pthread_mutex_lock(&b->abort->lock);
	bool aborted = b->abort->aborted;
	b->abort->control = b->control;
	pthread_mutex_unlock(&b->abort->lock);
	return !aborted;
}

void
browser_abort(struct browser_abort *a)
{
	pthread_mutex_lock(&a->lock);
	a->aborted = true;
	if (a->control >= 0)
		(void)shutdown(a->control, SHUT_RDWR);
	pthread_mutex_unlock(&a->lock);
}

int
browser_launch(
    struct browser *b, const char *path, struct deadline dl, bool *transient, struct err *err)
{
	*transient = false;
	int rc = spawn_launcher(b, err);
	if (rc)
		return rc;
	b->launcher_pid = b->launcher.pid;
	if (!watch_abort(b))
		return err_set(err, ERR_CANCELLED, NULL);
	if (b->opts.cgroup && cgroup_enter(b->opts.cgroup, b->launcher.pid))
		log_warn("%s: %s", b->opts.cgroup, strerror(errno));
	cJSON *request = browser_launch_request(&b->opts, path, profile_root_of(&b->opts));
	rc = send_packet(b, request, NULL, 0, err);
	return rc ? rc : wait_ready(b, dl, transient, err);
}

void
browser_launch_end(struct browser *b, struct deadline dl)
{
	int status;
	if (b->control >= 0)
		(void)shutdown(b->control, SHUT_WR);
	if (b->launcher.pid && !child_wait(&b->launcher, dl, &status)) {
		log_warn(
		    "riptide-launch (pid %d) did not end in time and is killed", b->launcher.pid);
		child_kill(&b->launcher);
	}
}

bool
browser_last_words(struct browser *b, struct buf *out)
{
	cJSON *event = NULL;
	int rc = next_event(b->control, (struct deadline){0}, &event, NULL);
	if (rc == ERR_TIMEOUT)
		return false;
	char how[64] = "killed";
	struct sv tail = tail_of(event);
	int status = (int)json_int(event, "status", -1);
	if (status >= 0)
		child_status_text(status, how, sizeof(how));
	buf_fmt(out, "%s; " SV_FMT, how, SV_ARG(tail));
	cJSON_Delete(event);
	return true;
}

// Its answer is one packet; no packet means that the browser ended.
static int
await_answer(int sock, struct deadline dl, struct buf *path, struct err *err)
{
	cJSON *answer = NULL;
	int rc = next_event(sock, dl, &answer, err);
	if (rc == ERR_BROWSER_START)
		rc = err_set(err, ERR_BROWSER_CRASHED, NULL);
	if (rc)
		return rc;
	const char *name = json_str(answer, "path");
	if (name)
		buf_str(path, name);
	else
		rc = error_of_event(answer, err);
	cJSON_Delete(answer);
	return rc;
}

static int
open_upload(const char *file, struct err *err)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	if (fd < 0 || fstat(fd, &st)) {
		int e = errno;
		util_closep(&fd);
		return err_set(err, ERR_INPUT, "%s: %s", file, strerror(e));
	}
	if (S_ISREG(st.st_mode) && st.st_size <= LAUNCH_UPLOAD_BYTES)
		return fd;
	close(fd);
	if (S_ISREG(st.st_mode))
		return err_set(err, ERR_TOO_LARGE, "%s: an upload has at most %lld bytes", file,
		    (long long)LAUNCH_UPLOAD_BYTES);
	return err_set(err, ERR_INPUT, "%s: not a regular file", file);
}

int
browser_upload(
    struct browser *b, const char *file, struct deadline dl, struct buf *path, struct err *err)
{
	cleanup_close int fd = open_upload(file, err);
	int pair[2];
	if (fd < 0)
		return fd;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_set(err, ERR_INTERNAL, "socketpair: %s", strerror(errno));
	const char *slash = strrchr(file, '/');
	cJSON *packet = json_obj();
	json_set_str(packet, "op", "upload");
	json_set_str(packet, "name", slash ? slash + 1 : file);
	int rc = send_packet(b, packet, (int[]){fd, pair[1]}, 2, err);
	close(pair[1]);
	if (!rc)
		rc = await_answer(pair[0], dl, path, err);
	close(pair[0]);
	return rc;
}
