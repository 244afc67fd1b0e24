// SPDX-License-Identifier: Apache-2.0
// One Chromium from binary to connection: found, launched (once more when the first try died of
// something that may pass), connected, named; ended with a wait that has a limit. Job and
// supervisor threads.
#include "orchestrator/pool/browser_priv.h"

#include "base/log.h"
#include "orchestrator/egress/egress.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define START_MS     20000 // one try, from launcher to connection
#define RETRY_MIN_MS 1000  // no second try with less left
#define VERSION_MS   5000
#define END_MIN_MS   500 // the launcher gets this long even past the deadline

const char *const browser_kind_names[] = {"headless-shell", "chromium", NULL};

// /usr/bin/chromium is a shell script that adds flags of its own: the binary itself is run.
static const struct {
	const char *path;
	const char *package;
} installed[] = {
    [BROWSER_HEADLESS_SHELL] = {"/usr/lib/chromium/chromium-headless-shell",
	"chromium-headless-shell"},
    [BROWSER_CHROMIUM] = {"/usr/lib/chromium/chromium", "chromium"},
};

static int
copy_path(const char *path, char *out, size_t size, struct err *err)
{
	if ((size_t)snprintf(out, size, "%s", path) < size)
		return 0;
	return err_set(err, ERR_BROWSER_NOT_FOUND, "%s: path too long", path);
}

static int
find_named(const char *path, char *out, size_t size, struct err *err)
{
	if (path[0] != '/')
		return err_set(err, ERR_BROWSER_NOT_FOUND,
		    "RIPTIDE_BROWSER_PATH must be an absolute path, not %s", path);
	if (access(path, F_OK))
		return err_set(err, ERR_BROWSER_NOT_FOUND, "RIPTIDE_BROWSER_PATH: %s: %s", path,
		    strerror(errno));
	cleanup_free char *real = realpath(path, NULL);
	return copy_path(real ? real : path, out, size, err);
}

int
browser_find(int kind, char *out, size_t size, struct err *err)
{
	const char *named = getenv("RIPTIDE_BROWSER_PATH");
	if (named && named[0])
		return find_named(named, out, size, err);
	if (!access(installed[kind].path, X_OK))
		return copy_path(installed[kind].path, out, size, err);
	return err_set(err, ERR_BROWSER_NOT_FOUND,
	    "no Chromium at %s: apt-get install %s chromium-sandbox (or set RIPTIDE_BROWSER_PATH)",
	    installed[kind].path, installed[kind].package);
}

static int
read_version(struct browser *b, struct deadline dl, struct err *err)
{
	struct cdp_client *cl = cdp_client_new(b->conn, NULL, NULL);
	cJSON *version = NULL;
	int rc = cdp_call(
	    cl, NULL, "Browser.getVersion", NULL, deadline_step(dl, VERSION_MS), &version, err);
	cdp_client_free(cl);
	if (rc)
		return rc;
	const char *product = json_str(version, "product");
	b->product = xstrdup(product ? product : "");
	cJSON_Delete(version);
	return 0;
}

static int
connect_to(struct browser *b, struct loop *l, struct deadline dl, struct err *err)
{
	char address[32];
	snprintf(address, sizeof(address), "127.0.0.1:%d", (int)json_int(b->ready, "port", 0));
	struct cdp_endpoint ep = {
	    .address = address, .path = json_str(b->ready, "path"), .connected = &b->devtools};
	int rc = cdp_conn_open(l, &ep, dl, &b->conn, err);
	return rc ? rc : read_version(b, dl, err);
}

static int
start(struct browser *b, struct loop *l, const char *path, struct deadline dl, bool *transient,
    struct err *err)
{
	int rc = browser_launch(b, path, dl, transient, err);
	if (rc)
		return rc;
	*transient = true;
	return connect_to(b, l, dl, err);
}

// Was it aborted? From here on it can't be.
static bool
end_watch(struct browser *b)
{
	struct browser_abort *a = steal_ptr(b->abort);
	if (!a)
		return false;
	pthread_mutex_lock(&a->lock);
	a->control = -1;
	bool aborted = a->aborted;
	pthread_mutex_unlock(&a->lock);
	return aborted;
}

int
browser_open(struct loop *l, const struct browser_opts *o, struct deadline dl, struct browser **out,
    struct err *err)
{
	return browser_open_abortable(l, o, NULL, dl, out, err);
}

int
browser_open_abortable(struct loop *l, const struct browser_opts *o, struct browser_abort *a,
    struct deadline dl, struct browser **out, struct err *err)
{
	char path[4096];
	int rc = browser_find(o->kind, path, sizeof(path), err);
	if (rc)
		return rc;
	for (int tries = 1;; tries++) {
		struct browser *b = xcalloc(1, sizeof(*b));
		bool transient = false;
		*b = (struct browser){
		    .opts = *o, .launcher = CHILD_INIT, .control = -1, .devtools = -1, .abort = a};
		rc = start(b, l, path, deadline_step(dl, START_MS), &transient, err);
		bool aborted = end_watch(b);
		if (!rc && !aborted) {
			*out = b;
			return 0;
		}
		browser_close(b, dl);
		if (aborted)
			return err_set(err, ERR_CANCELLED, NULL);
		if (tries == 2 || !transient || deadline_left_ms(dl) < RETRY_MIN_MS)
			return rc;
		log_info("Chromium is started once more: %s", err ? err->message : "");
	}
}

void
browser_end(struct browser *b, struct deadline dl)
{
	struct deadline least = deadline_in_ms(END_MIN_MS);
	if (b->conn)
		cdp_conn_shutdown(b->conn);
	browser_launch_end(b, least.at_us > dl.at_us ? least : dl);
}

void
browser_close(struct browser *b, struct deadline dl)
{
	if (!b)
		return;
	browser_end(b, dl);
	if (b->conn)
		cdp_conn_close(b->conn);
	egress_unlisten(b->listener);
	util_closep(&b->control);
	util_closep(&b->devtools);
	cJSON_Delete(b->ready);
	free(b->product);
	free(b);
}

int
browser_control_fd(const struct browser *b)
{
	return b->control;
}

int64_t
browser_pid(const struct browser *b)
{
	return json_int(b->ready, "pid", 0);
}

pid_t
browser_launcher_pid(const struct browser *b)
{
	return b->launcher_pid;
}

bool
browser_window_is(const struct browser *b, int64_t width, int64_t height)
{
	return b->opts.kind == BROWSER_HEADLESS_SHELL && b->opts.window_width == width &&
	       b->opts.window_height == height;
}

struct cdp_conn *
browser_conn(struct browser *b)
{
	return b->conn;
}

struct egress_listener *
browser_egress(struct browser *b)
{
	return b->listener;
}

const char *
browser_product(const struct browser *b)
{
	return b->product;
}

// It has neither ended (the launcher says a word after `ready` only then) nor lost its connection.
static bool
is_alive(const struct browser *b)
{
	struct pollfd p = {.fd = b->control, .events = POLLIN};
	return cdp_conn_alive(b->conn) && poll(&p, 1, 0) == 0;
}

static void
copy_bool(cJSON *to, const cJSON *from, const char *key)
{
	json_set_bool(to, key, json_bool(from, key, false));
}

cJSON *
browser_status(struct browser *b)
{
	cJSON *status = json_obj(), *isolation = json_obj();
	copy_bool(isolation, b->ready, "pid_namespace");
	copy_bool(isolation, b->ready, "mount_namespace");
	copy_bool(isolation, b->ready, "network_namespace");
	copy_bool(isolation, b->ready, "user_namespace");
	copy_bool(isolation, b->ready, "no_new_privs");
	json_set_int(isolation, "uid", json_int(b->ready, "uid", -1));
	json_set_bool(isolation, "sandbox", !b->opts.insecure_no_sandbox);
	if (json_str(b->ready, "degraded"))
		json_set_str(isolation, "degraded", json_str(b->ready, "degraded"));
	json_set(status, "isolation", isolation);
	json_set_str(status, "product", b->product);
	json_set_str(status, "kind", browser_kind_names[b->opts.kind]);
	json_set_int(status, "pid", json_int(b->ready, "pid", 0));
	json_set_int(status, "init_pid", json_int(b->ready, "init_pid", 0));
	json_set_int(status, "launcher_pid", b->launcher_pid);
	json_set_int(status, "port", json_int(b->ready, "port", 0));
	json_set_str(status, "dir", json_str(b->ready, "dir"));
	json_set_bool(status, "alive", is_alive(b));
	return status;
}
