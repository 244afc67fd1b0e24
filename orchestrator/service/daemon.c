// SPDX-License-Identifier: Apache-2.0
// The wiring diagram of the service. Everything is started here, in the order in which one part
// needs the other, and ended in the opposite order, whatever failed on the way. Main thread.
#include "orchestrator/service/daemon.h"

#include "base/log.h"
#include "base/metrics.h"
#include "base/thread.h"
#include "orchestrator/api/api.h"
#include "orchestrator/job/runtime.h"
#include "orchestrator/service/notify.h"
#include "version.h"

#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/sysinfo.h>

#define BROWSER_NICE  5 // pages give way to the daemon: it answers while they work
#define TICK_MS       250
#define SWEEP_MS      30000
#define TELL_MS       1000 // between looks at what systemd is told
#define CANCEL_MS     3000
#define LOOP_HANGS_MS 10000 // without a turn of the loop: no more signs of life to systemd
#define OTHER_FILES   1024
#define MALLOC_ARENAS 4 // threads are many and short of memory of their own

struct service {
	struct store *store;
	struct artifacts *artifacts;
	struct auth *auth;
	struct runtime *rt;
	struct sessions *sessions;
	struct jobs *jobs;
	struct api *api;
	struct http_server *server;
	int signal_fd;
	int listen_fd;  // handed over by systemd, until the server has it; -1: none
	bool activated; // there was one
	int64_t swept_ms, told_ms;
	// Signs of life of the loop thread: asked for, given, and when the last was asked for.
	uint32_t loop_asked;
	_Atomic uint32_t loop_answers;
	int64_t loop_asked_ms;
};

// --- what `auto` means ---

static size_t
auto_pages(const struct settings *s)
{
	return s->pages_per_browser > 0 ? (size_t)s->pages_per_browser
					: (size_t)MAX(2, get_nprocs());
}

// A browser for each four cores and each 2 GB, at least one.
static size_t
auto_browsers(const struct settings *s)
{
	struct sysinfo si;
	long by_cores = (get_nprocs() + 3) / 4, by_memory = 1;

	if (s->browsers > 0)
		return (size_t)s->browsers;
	if (sysinfo(&si) == 0)
		by_memory = (long)(si.totalram * si.mem_unit >> 31);
	return (size_t)MAX(1L, MIN(by_cores, by_memory));
}

static struct pool_opts
pool_opts(const struct settings *s)
{
	return (struct pool_opts){
	    .browser =
		{
		    .kind = (int)s->browser,
		    .insecure_no_sandbox = s->insecure_no_sandbox,
		    .nice = BROWSER_NICE,
		    .window_width = 1280,
		    .window_height = 800,
		},
	    .browsers = auto_browsers(s),
	    .pages_per_browser = auto_pages(s),
	    .warm_pages = (size_t)s->warm_pages,
	    .recycle_jobs = s->recycle_jobs,
	    .recycle_age_ms = s->recycle_age,
	    .recycle_crashes = s->recycle_crashes,
	    .memory_limit_mb = s->browser_memory >> 20,
	    .idle_shutdown_ms = s->browser_idle,
	    .canary_ms = s->canary_interval,
	    .isolate_principals = s->isolate_principals,
	};
}

static struct jobs_opts
jobs_opts(const struct settings *s)
{
	return (struct jobs_opts){
	    .max_running = auto_browsers(s) * auto_pages(s),
	    .max_fetching = (size_t)s->max_fetching,
	    .max_queued = (size_t)s->max_queue,
	    .max_queued_per_key = (size_t)s->max_queue_per_key,
	    .keep_finished_ms = s->job_retention,
	    .keep_finished_bytes = (size_t)s->job_retention_bytes,
	    .adaptive = s->adaptive_concurrency,
	};
}

// --- start ---

static bool
is_loopback(const char *listen)
{
	return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]", 5) == 0 ||
	       strncmp(listen, "localhost:", 10) == 0 || strncmp(listen, "unix:", 5) == 0;
}

// A socket that was handed over is bound to whatever its unit says.
static bool
fd_is_loopback(int fd)
{
	struct sockaddr_storage a = {0};
	socklen_t n = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		return false;
	if (a.ss_family == AF_INET)
		return ntohl(((struct sockaddr_in *)&a)->sin_addr.s_addr) >> 24 == 127;
	if (a.ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&a)->sin6_addr);
	return a.ss_family == AF_UNIX;
}

static int
check_exposure(const struct service *v, const struct settings *s, struct err *err)
{
	bool handed = v->listen_fd >= 0;

	if ((handed ? fd_is_loopback(v->listen_fd) : is_loopback(s->listen)) ||
	    auth_required(v->auth))
		return 0;
	return err_set(err, ERR_CONFIG,
	    "%s can be reached by others and no API key is configured: make one with `riptide keys "
	    "create NAME`, or listen on 127.0.0.1",
	    handed ? "the socket that was handed over" : s->listen);
}

static struct artifacts_opts
artifacts_opts(const struct settings *s)
{
	return (struct artifacts_opts){.ttl_ms = s->artifact_ttl,
	    .quota_bytes = s->artifact_quota,
	    .min_free_bytes = s->min_free_disk};
}

static struct sessions_opts
sessions_opts(const struct settings *s)
{
	return (struct sessions_opts){.max_per_key = (size_t)s->session_max_per_key,
	    .max_live = (size_t)s->session_max_live,
	    .idle_timeout_ms = s->session_idle,
	    .max_lifetime_ms = s->session_lifetime};
}

static void
configure_state(struct service *v, const struct settings *s)
{
	const struct artifacts_opts ao = artifacts_opts(s);
	const struct sessions_opts so = sessions_opts(s);
	const struct jobs_opts jo = jobs_opts(s);
	const struct pool_opts po = pool_opts(s);

	jobs_reload(v->jobs, &jo);
	pool_configure(runtime_pool(v->rt), &po);
	artifacts_configure(v->artifacts, &ao);
	sessions_configure(v->sessions, &so);
}

static int
open_state(struct service *v, const struct settings *s, struct err *err)
{
	const struct artifacts_opts ao = artifacts_opts(s);
	cleanup_buf dir = BUF_INIT_MAX(4096);
	int rc = 0;

	if (s->state_dir[0])
		buf_str(&dir, s->state_dir);
	else
		rc = store_default_dir(&dir, err);
	if (rc == 0)
		rc = store_open(dir.p, &v->store, err);
	if (rc == 0)
		rc = artifacts_open(v->store, &ao, &v->artifacts, err);
	return rc;
}

static int
open_server(struct service *v, const struct settings *s, struct err *err)
{
	struct http_opts o = {.listen = s->listen,
	    .listen_fd = steal_fd(v->listen_fd),
	    .tls = {s->tls_cert, s->tls_key, s->tls_client_ca},
	    .limits = http_limits_default};
	int rc;

	o.limits.max_connections = (size_t)s->max_connections;
	o.limits.max_connections_per_peer = (size_t)s->max_connections_per_ip;
	o.limits.max_body_bytes = (size_t)s->max_body;
	api_hooks(v->api, &o.hooks);
	rc = http_server_open(runtime_loop(v->rt), &o, &v->server, err);
	if (rc == 0)
		api_set_server(v->api, v->server);
	return rc;
}

// Before the loop is made: it can hold as many descriptors as the limit is then. Shells and old
// init scripts give 1024, less than the connections alone.
static void
raise_file_limit(const struct settings *s)
{
	rlim_t want = (rlim_t)s->max_connections + OTHER_FILES;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want)
		return;
	r.rlim_cur = MIN(want, r.rlim_max);
	setrlimit(RLIMIT_NOFILE, &r);
	if (r.rlim_cur < want)
		log_warn(
		    "no more than %llu open files are allowed: max_connections can't be reached",
		    (unsigned long long)r.rlim_cur);
}

static int
start(struct service *v, const struct settings *s, struct err *err)
{
	struct pool_opts po = pool_opts(s);
	struct jobs_opts jo = jobs_opts(s);
	struct sessions_opts so = sessions_opts(s);
	struct egress_stats guard;
	struct api_parts parts;
	char path[4096];
	int rc = browser_find(po.browser.kind, path, sizeof(path), err);

	if (rc == 0)
		rc = open_state(v, s, err);
	if (rc != 0)
		return rc;
	raise_file_limit(s);
	v->auth = auth_new(v->store, s, err);
	rc = v->auth ? check_exposure(v, s, err) : err->code;
	if (rc != 0)
		return rc;
	v->rt = runtime_new(&po);
	rc = runtime_guard(v->rt, &guard, err);
	if (rc != 0)
		return rc;
	v->sessions = sessions_new(v->store, &so);
	v->jobs = jobs_new(&jo, v->rt, v->sessions);
	parts = (struct api_parts){.rt = v->rt,
	    .jobs = v->jobs,
	    .sessions = v->sessions,
	    .store = v->store,
	    .artifacts = v->artifacts,
	    .auth = v->auth};
	v->api = api_new(&parts);
	return open_server(v, s, err);
}

static void
stop(struct service *v)
{
	http_server_free(v->server);
	api_free(v->api);
	jobs_free(v->jobs);
	sessions_free(v->sessions);
	runtime_free(v->rt);
	auth_free(v->auth);
	artifacts_close(v->artifacts);
	store_close(v->store);
	util_closep(&v->signal_fd);
	util_closep(&v->listen_fd);
}

// --- run ---

static void
reload(struct service *v, const struct settings_args *args)
{
	cleanup_buf changed = BUF_INIT, ignored = BUF_INIT;
	struct settings next = {0};
	struct err err = ERR_INIT;

	notify_reloading();
	if (settings_load_args(args, &next, &err) != 0) {
		log_error("the settings stay as they are: %s: %s", err.path, err.message);
		metric_add(METRIC_RELOADS, "refused", 1);
	} else {
		cleanup_settings *now =
		    (settings_reload(&next, &changed, &ignored), settings_current());
		const struct http_tls tls = {now->tls_cert, now->tls_key, now->tls_client_ca};

		if (auth_reload(v->auth, now, &err) != 0)
			log_error("keys and rates stay as they are: %s", err.message);
		if (http_server_renew_tls(v->server, &tls, &err) != 0)
			log_error("the certificate stays as it is: %s", err.message);
		configure_state(v, now);
		log_init(
		    (enum log_level)now->log_level, (enum log_format)now->log_format, "riptide");
		metric_add(METRIC_RELOADS, "ok", 1);
		log_info("settings reloaded; changed: %s", changed.n ? changed.p : "none");
		if (ignored.n > 0)
			log_warn("these need a restart: %s", ignored.p);
	}
	notify_send("READY=1");
}

static void // loop thread
note_loop(void *arg)
{
	struct service *v = arg;

	atomic_fetch_add(&v->loop_answers, 1);
}

// The watchdog hears of this thread and, through it, of the loop: a loop that hangs serves nobody.
static void
beat(struct service *v, int64_t now)
{
	if (atomic_load(&v->loop_answers) == v->loop_asked) {
		v->loop_asked++;
		v->loop_asked_ms = now;
		loop_post(runtime_loop(v->rt), note_loop, v);
	}
	if (now - v->loop_asked_ms < LOOP_HANGS_MS)
		notify_watchdog();
}

// For `systemctl status`.
static void
tell_status(struct service *v, int64_t now)
{
	struct jobs_pressure p;
	struct pool_stats st;

	if (now - v->told_ms < TELL_MS)
		return;
	v->told_ms = now;
	jobs_pressure(v->jobs, &p);
	pool_stats(runtime_pool(v->rt), &st);
	notify_status("%zu jobs running, %zu waiting; %zu browsers ready%s%s",
	    p.running + p.fetching, p.queued, st.browsers[POOL_READY],
	    p.shedding ? "; no new jobs: " : "", p.shedding ? p.shedding : "");
}

static void
tick(struct service *v)
{
	int64_t now = clock_ms();

	api_tick(v->api);
	beat(v, now);
	tell_status(v, now);
	if (now - v->swept_ms < SWEEP_MS)
		return;
	v->swept_ms = now;
	(void)artifacts_sweep(v->artifacts);
	(void)sessions_sweep(v->sessions);
	(void)store_idem_sweep(v->store);
}

// The number of the next signal, or 0 when there was none for a tick.
static int
next_signal(struct service *v, int wait_ms)
{
	struct pollfd p = {.fd = v->signal_fd, .events = POLLIN};
	struct signalfd_siginfo si;

	if (poll(&p, 1, wait_ms) > 0 && read(v->signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si))
		return (int)si.ssi_signo;
	return 0;
}

static void
run_until_signal(struct service *v, const struct settings_args *args)
{
	for (;;) {
		int sig = next_signal(v, TICK_MS);

		if (sig == SIGHUP)
			reload(v, args);
		else if (sig != 0)
			return;
		tick(v);
	}
}

// The launchers see this process go and end their browsers.
static void
end_at_once(void)
{
	log_warn("a second signal: ending at once");
	_exit(EXIT_INTERRUPTED);
}

static bool
wait_jobs(struct service *v, struct deadline dl)
{
	while (!jobs_wait_idle(v->jobs, deadline_min(dl, deadline_in_ms(50)))) {
		int sig = next_signal(v, 0);

		if (sig == SIGTERM || sig == SIGINT)
			end_at_once();
		if (deadline_passed(dl))
			return false;
		tick(v);
	}
	return true;
}

// What was answered last is still on its way to who reads slowly.
static void
wait_answers(struct service *v, struct deadline dl)
{
	struct http_stats st;

	for (http_server_stats(v->server, &st); st.open > 0 && !deadline_passed(dl);
	     http_server_stats(v->server, &st)) {
		int sig = next_signal(v, 10);

		if (sig == SIGTERM || sig == SIGINT)
			return; // no job is left: an orderly end is as quick
	}
}

static void
drain(struct service *v)
{
	cleanup_settings *s = settings_current();

	notify_send("STOPPING=1");
	log_info("shutting down: no new jobs, up to %lld ms for the running ones",
	    (long long)s->drain_grace);
	api_drain(v->api);
	jobs_drain(v->jobs);
	// On a socket of systemd's who connects now waits for the next process; on one of our own
	// he is told, and may ask how his jobs are doing.
	if (v->activated)
		http_server_drain(v->server);
	if (!wait_jobs(v, deadline_in_ms(s->drain_grace))) {
		log_warn("the grace is over: cancelling what still runs");
		jobs_cancel_all(v->jobs);
		(void)wait_jobs(v, deadline_in_ms(CANCEL_MS));
	}
	http_server_drain(v->server);
	wait_answers(v, deadline_in_ms(CANCEL_MS));
}

int
daemon_run(const struct settings_args *args, struct err *err)
{
	struct service v = {.signal_fd = -1, .listen_fd = -1};
	const struct settings *s;
	struct settings first = {0};
	int rc = settings_load_args(args, &first, err);

	if (rc != 0)
		return (int)err_info(rc)->cli_exit;
	mallopt(M_ARENA_MAX, MALLOC_ARENAS);
	log_init((enum log_level)first.log_level, (enum log_format)first.log_format, "riptide");
	settings_say_strays();
	metrics_init();
	settings_publish(&first);
	v.signal_fd = signals_open(SIGHUP);
	v.listen_fd = notify_listen_fd();
	v.activated = v.listen_fd >= 0;
	s = settings_current();
	rc = start(&v, s, err);
	if (rc == 0) {
		log_info("riptide %s listens on %s, state in %s", RIPTIDE_VERSION,
		    http_server_address(v.server), store_dir(v.store));
		notify_send("READY=1");
		run_until_signal(&v, args);
		drain(&v);
	}
	settings_release(s);
	stop(&v);
	if (rc == 0)
		log_info("ended");
	return rc == 0 ? EXIT_COMPLETE : (int)err_info(rc)->cli_exit;
}
