// SPDX-License-Identifier: Apache-2.0
// For tests: a real headless shell under an unprivileged uid, and what a program of tests shares
// with it: a connection, the server of real_server.h, a page in a context of its own for each test.
#ifndef TESTS_REAL_CHROMIUM_H
#define TESTS_REAL_CHROMIUM_H

#include "base/json.h"
#include "base/log.h"
#include "cdp/capture.h"
#include "cdp/conn.h"
#include "cdp/page.h"
#include "real_server.h"
#include "tests/unit/patience.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#define CHROMIUM "/usr/lib/chromium/chromium-headless-shell"
#define NOBODY   65534

// --- the browser ---

struct test_browser {
	pid_t pid;
	char dir[64], address[64], path[128];
};

static int
remove_entry(const char *path, const struct stat *st UNUSED, int kind UNUSED, struct FTW *f UNUSED)
{
	return remove(path);
}

static void
browser_child(const char *dir, int err_fd)
{
	char profile[128], home[128];
	char *const env[] = {home, (char[]){"PATH=/usr/bin:/bin"}, (char[]){"LANG=C.UTF-8"}, NULL};
	char *const argv[] = {(char[]){CHROMIUM}, profile, (char[]){"--remote-debugging-port=0"},
	    (char[]){"--disable-quic"}, (char[]){"--disable-background-networking"},
	    (char[]){"--disable-component-update"}, (char[]){"--disable-sync"},
	    (char[]){"--no-first-run"}, (char[]){"--hide-scrollbars"},
	    (char[]){"--disable-back-forward-cache"}, (char[]){"--mute-audio"},
	    (char[]){"--site-per-process"}, NULL};

	snprintf(profile, sizeof(profile), "--user-data-dir=%s", dir);
	snprintf(home, sizeof(home), "HOME=%s", dir);
	setpgid(0, 0);
	if (getuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(err_fd, 2);
	execve(CHROMIUM, argv, env);
	_exit(127);
}

static bool
browser_read_endpoint(struct test_browser *b, int fd)
{
	struct deadline dl = deadline_in_ms(20000);
	cleanup_buf text = BUF_INIT;
	char chunk[1024];

	while (!deadline_passed(dl)) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		const char *at;
		ssize_t n;

		if (poll(&p, 1, deadline_poll_ms(dl)) <= 0 ||
		    (n = read(fd, chunk, sizeof(chunk))) <= 0)
			return false;
		buf_add(&text, chunk, (size_t)n);
		at = strstr(text.p, "ws://");
		if (at && strchr(at, '\n'))
			return sscanf(at, "ws://%63[^/]%127[^\n]", b->address, b->path) == 2;
	}
	return false;
}

// False when no browser can be started here.
static bool
browser_start(struct test_browser *b)
{
	int fds[2];
	bool ok;

	*b = (struct test_browser){.dir = "/tmp/riptide-test-XXXXXX"};
	if (access(CHROMIUM, X_OK) != 0 || !mkdtemp(b->dir) || pipe2(fds, O_CLOEXEC) != 0)
		return false;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (getuid() == 0 && chown(b->dir, NOBODY, NOBODY) != 0)
		return false;
	b->pid = fork();
	if (b->pid == 0)
		browser_child(b->dir, fds[1]);
	close(fds[1]);
	ok = browser_read_endpoint(b, fds[0]);
	close(fds[0]);
	return ok;
}

static void
browser_stop(struct test_browser *b)
{
	if (b->pid > 0) {
		kill(-b->pid, SIGKILL);
		waitpid(b->pid, NULL, 0);
	}
	while (waitpid(-1, NULL, 0) > 0) // its children are ours now
		;
	(void)nftw(b->dir, remove_entry, 32, FTW_DEPTH | FTW_PHYS);
}

// --- what the tests of a program share: a browser with a connection, a server ---

static struct test_server server;
static struct test_browser browser;
static struct loop *loop;
static struct cdp_conn *conn;

// For the program's set-up: 0, or -1 when there is no browser here.
static int
real_start(const struct test_page *pages)
{
	struct err err = ERR_INIT;
	struct cdp_endpoint ep;

	log_init(LOG_ERROR, LOG_HUMAN, "test");
	server_start(&server, pages);
	if (!browser_start(&browser))
		return -1;
	loop = loop_new(&err);
	ep = (struct cdp_endpoint){.address = browser.address, .path = browser.path};
	return loop ? cdp_conn_open(loop, &ep, deadline_in_ms(10000), &conn, &err) : -1;
}

static int
real_stop(void **state UNUSED)
{
	cdp_conn_close(conn);
	loop_free(loop);
	browser_stop(&browser);
	server_stop(&server);
	return 0;
}

static const struct test_page *real_pages; // of the group

static UNUSED int
real_setup(void **state UNUSED)
{
	return real_start(real_pages);
}

// The whole of main() where the pages are all that a group needs; an argument chooses tests by
// name.
#define run_in_chromium(tests, pages, argc, argv)                                                  \
	(real_pages = (pages), cmocka_set_test_filter((argc) > 1 ? (argv)[1] : NULL),              \
	    cmocka_run_group_tests(tests, real_setup, real_stop))

// Rows of a group's pages: an open and a closed shadow root beside frames of both kinds, the
// document in such frames, a page with one of another process.
#define PAGES_OF_ROOTS_AND_FRAMES                                                                                                 \
	{"/shadow", NULL,                                                                                                         \
	    "<!doctype html><title>s</title><body><open-el><span slot=s>slotted</span></open-el><div id=shut></div>"              \
	    "<iframe src=/frame style='margin:30px;border:5px solid;padding:3px'></iframe>"                                       \
	    "<iframe src='http://127.0.0.1:%P/frame'></iframe><script>"                                                           \
	    "customElements.define('open-el', class extends HTMLElement { constructor() { super(); "                              \
	    "this.attachShadow({mode: 'open'}).innerHTML = '<b id=in>in open</b><button id=go>go</button><slot name=s></slot>'; " \
	    "this.shadowRoot.getElementById('go').onclick = e => { document.body.dataset.clicked = e.isTrusted; }; } });"         \
	    "shut.attachShadow({mode: 'closed'}).innerHTML = '<p>in closed <i id=deep>deep</i></p>';</script>",                   \
	    0},                                                                                                                   \
	    {"/frame", NULL,                                                                                                      \
		"<!doctype html><body style='margin:0'><p>in the frame</p><button id=fb>press</button><input id=fi><script>"      \
		"fb.onclick = e => { document.body.dataset.clicked = e.isTrusted; parent.postMessage('clicked', '*') }</script>", \
		0},                                                                                                               \
	{                                                                                                                         \
		"/oopif", NULL,                                                                                                   \
		    "<!doctype html><p>top<iframe src='http://localhost:%P/frame'></iframe><script>"                              \
		    "onmessage = e => { document.body.dataset.got = e.data }</script>",                                           \
		    0                                                                                                             \
	}

// An address on the server; the eight last ones stay readable.
static UNUSED const char *
on(const char *host, int port, const char *path)
{
	static char buf[8][256];
	static unsigned i;
	char *out = buf[i++ % 8];

	snprintf(out, sizeof(buf[0]), "http://%s:%d%s", host, port, path);
	return out;
}

static UNUSED const char *
at(const char *path)
{
	return on("127.0.0.1", server.port, path);
}

// --- a page in a context of its own ---

struct fixture {
	struct cdp_client *client;
	char context[64];
	struct cdp_page *page;
	struct cdp_nav nav;
	struct err err;
};

static const struct cdp_wait_opts settled = {WAIT_SETTLED, 150, 250, 1500};
static const struct cdp_wait_opts until_load = {WAIT_LOAD, 150, 250, 1500};

static void
new_page(struct fixture *f, struct cdp_page_opts *o)
{
	o->context_id = f->context;
	if (cdp_page_open(conn, o, deadline_in_ms(10000), &f->page, &f->err) != 0)
		fail_msg("open: %s", f->err.message);
}

static void
open_with(struct fixture *f, struct cdp_page_opts *o)
{
	*f = (struct fixture){.err = ERR_INIT};
	f->client = cdp_client_new(conn, NULL, NULL);
	if (cdp_context_create(f->client, NULL, deadline_in_ms(10000), f->context,
		sizeof(f->context), &f->err) != 0)
		fail_msg("context: %s", f->err.message);
	new_page(f, o);
}

static UNUSED void
open_page(struct fixture *f)
{
	struct cdp_page_opts o = {
	    .viewport = {.width = 1000, .height = 700}, .allow_private = true};

	open_with(f, &o);
}

static enum cdp_close_rung
shut_page(struct fixture *f)
{
	struct cdp_page *page = steal_ptr(f->page);

	return page ? cdp_page_close(page, deadline_in_ms(5000)) : CLOSE_CLEAN;
}

static enum cdp_close_rung
shut(struct fixture *f)
{
	enum cdp_close_rung rung = shut_page(f);

	cdp_context_dispose(f->client, f->context, deadline_in_ms(3000));
	cdp_client_free(f->client);
	cdp_nav_done(&f->nav);
	return rung;
}

static int
go(struct fixture *f, const char *url, const struct cdp_wait_opts *w, int64_t ms)
{
	return cdp_page_navigate(f->page, url, NULL, w, deadline_in_ms(ms), &f->nav, &f->err);
}

static UNUSED void
must_go(struct fixture *f, const char *url)
{
	if (go(f, url, &settled, 10000) != 0)
		fail_msg("%s: %s", url, f->err.message);
}

static UNUSED void
must_load(struct fixture *f, const char *url)
{
	if (go(f, url, &until_load, 10000) != 0)
		fail_msg("%s: %s", url, f->err.message);
}

static cJSON *
eval(struct fixture *f, const char *js)
{
	cJSON *v = NULL;

	if (cdp_page_eval(f->page, WORLD_MAIN, js, 4000, deadline_in_ms(5000), &v, &f->err) != 0)
		fail_msg("%s: %s", js, f->err.message);
	return v;
}

static UNUSED void
run(struct fixture *f, const char *js)
{
	cJSON_Delete(eval(f, js));
}

static void
expect_json(const cJSON *v, const char *json)
{
	cleanup_buf text = BUF_INIT;

	assert_non_null(v);
	json_print(&text, v, false);
	assert_string_equal(text.p, json);
}

static UNUSED void
expect_eval(struct fixture *f, const char *js, const char *json)
{
	cJSON *v = eval(f, js);

	expect_json(v, json);
	cJSON_Delete(v);
}

static UNUSED void
expect_html(struct fixture *f, const char *part)
{
	cleanup_buf out = BUF_INIT;

	if (cdp_capture_html(f->page, 10 << 20, deadline_in_ms(5000), &out, &f->err) != 0)
		fail_msg("html: %s", f->err.message);
	if (!strstr(out.p, part))
		fail_msg("no %s in %s", part, out.p);
}

#endif
