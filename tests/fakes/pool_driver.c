// SPDX-License-Identifier: Apache-2.0
// The pool on a line protocol, for tests/integration/test_pool.py: a JSON object a line in, with
// "op" and "seq"; an answer with the same "seq" out, in any order: each op runs in a thread of its
// own, so that many can wait for a page. The end of the input ends all.
#include "base/log.h"
#include "orchestrator/pool/pool.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#define MAX_NAMED 256

// Leases and contexts by name.
static struct named {
	char name[32];
	struct lease *lease;
	struct pool_context *context;
	int cancel_fd;
	bool used;
} named[MAX_NAMED];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static size_t at_work;
static struct pool *pool;

static struct named *
by_name(const char *name)
{
	struct named *n = NULL;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; name && i < MAX_NAMED; i++)
		if (named[i].used && strcmp(named[i].name, name) == 0)
			n = &named[i];
	for (size_t i = 0; name && !n && i < MAX_NAMED; i++)
		if (!named[i].used) {
			n = &named[i];
			*n = (struct named){
			    .used = true, .cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
			snprintf(n->name, sizeof(n->name), "%s", name);
		}
	pthread_mutex_unlock(&lock);
	return n;
}

static void
say_error(cJSON *out, int rc, const struct err *err)
{
	json_set_str(out, "code", rc ? err_info(rc)->code : "ok");
	if (rc)
		json_set_str(out, "message", err->message);
}

// --- ops ---

static void
op_new(const cJSON *in, cJSON *out)
{
	const struct pool_opts o = {
	    .browser = {.window_width = json_int(in, "width", 800),
		.window_height = json_int(in, "height", 600)},
	    .browsers = (size_t)json_int(in, "browsers", 1),
	    .pages_per_browser = (size_t)json_int(in, "pages", 4),
	    .warm_pages = (size_t)json_int(in, "warm", 1),
	    .recycle_jobs = json_int(in, "recycle_jobs", 0),
	    .recycle_age_ms = json_int(in, "recycle_age_ms", 0),
	    .recycle_crashes = json_int(in, "recycle_crashes", 0),
	    .memory_limit_mb = json_int(in, "memory_limit_mb", 0),
	    .idle_shutdown_ms = json_int(in, "idle_shutdown_ms", 0),
	    .canary_ms = json_int(in, "canary_ms", 0),
	    .isolate_principals = json_bool(in, "isolate", false),
	    .lazy = json_bool(in, "lazy", false),
	    .no_cgroups = json_bool(in, "no_cgroups", false),
	};

	pool = pool_new(&o);
	json_set_str(out, "code", "ok");
}

static void
op_lease(const cJSON *in, cJSON *out)
{
	struct named *n = by_name(json_str(in, "id"));
	struct cdp_page_opts page = {
	    .viewport = {.width = json_int(in, "width", 800),
		.height = json_int(in, "height", 600)},
	    .allow_private = true,
	};
	const struct lease_want want = {
	    .isolation = (enum pool_isolation)json_int(in, "isolation", 0),
	    .principal = json_str(in, "principal"),
	    .context = json_str(in, "context") ? by_name(json_str(in, "context"))->context : NULL,
	    .page = &page,
	};
	struct err err = ERR_INIT;
	int64_t at = clock_us();
	int rc = pool_lease(pool, &want, deadline_in_ms(json_int(in, "timeout_ms", 20000)),
	    n->cancel_fd, &n->lease, &err);

	say_error(out, rc, &err);
	json_set_num(out, "ms", (double)(clock_us() - at) / 1000);
	if (rc == 0) {
		cJSON *status = browser_status(n->lease->browser);

		json_set_bool(out, "warm", n->lease->warm);
		json_set(out, "browser", status);
	}
}

static void
op_html(const cJSON *in, cJSON *out)
{
	const struct cdp_wait_opts wait = {.until = WAIT_LOAD};
	struct named *n = by_name(json_str(in, "id"));
	struct cdp_nav nav = {0};
	struct err err = ERR_INIT;
	int rc = cdp_page_set_content(n->lease->page, sv_from(json_str(in, "html")), NULL, &wait,
	    deadline_in_ms(json_int(in, "timeout_ms", 10000)), &nav, &err);

	cdp_nav_done(&nav);
	rc = lease_explain(n->lease, rc, &err);
	say_error(out, rc, &err);
}

static void
op_eval(const cJSON *in, cJSON *out)
{
	struct named *n = by_name(json_str(in, "id"));
	struct deadline dl = deadline_in_ms(json_int(in, "timeout_ms", 10000));
	struct err err = ERR_INIT;
	cJSON *value = NULL;
	int rc = cdp_page_eval(
	    n->lease->page, WORLD_MAIN, json_str(in, "expression"), 0, dl, &value, &err);

	rc = lease_explain(n->lease, rc, &err);
	say_error(out, rc, &err);
	if (rc == 0)
		json_set(out, "value", value);
}

static void
op_release(const cJSON *in, cJSON *out)
{
	struct named *n = by_name(json_str(in, "id"));

	lease_release(steal_ptr(n->lease), json_bool(in, "spoilt", false));
	json_set_str(out, "code", "ok");
}

static void
op_cancel(const cJSON *in, cJSON *out)
{
	(void)!write(by_name(json_str(in, "id"))->cancel_fd, &(uint64_t){1}, sizeof(uint64_t));
	json_set_str(out, "code", "ok");
}

static void
op_keep(const cJSON *in, cJSON *out)
{
	struct named *n = by_name(json_str(in, "id"));

	by_name(json_str(in, "context"))->context = lease_keep_context(n->lease);
	json_set_str(out, "code", "ok");
}

static void
op_alive(const cJSON *in, cJSON *out)
{
	struct named *n = by_name(json_str(in, "context"));

	json_set_bool(out, "alive", n->context && pool_context_alive(n->context));
}

static void
op_close(const cJSON *in, cJSON *out)
{
	pool_context_close(steal_ptr(by_name(json_str(in, "context"))->context));
	json_set_str(out, "code", "ok");
}

static void
op_describe(const cJSON *in UNUSED, cJSON *out)
{
	json_set(out, "browsers", pool_describe(pool));
	json_set_bool(out, "ready", pool_ready(pool));
}

static void
op_stats(const cJSON *in UNUSED, cJSON *out)
{
	struct pool_stats st;
	cJSON *states = json_obj();

	pool_stats(pool, &st);
	for (size_t i = 0; i < POOL_STATES; i++)
		json_set_int(states, pool_state_names[i], (int64_t)st.browsers[i]);
	json_set(out, "browsers", states);
#define N(name) json_set_int(out, #name, (int64_t)st.name)
	N(leases), N(warm), N(waiting), N(launches), N(launch_failures), N(canary_failures);
	N(restarts_jobs), N(restarts_age), N(restarts_memory), N(restarts_crash), N(restarts_hung);
	N(restarts_idle), N(restarts_principal), N(leases_total), N(leases_warm), N(rss_kb);
	N(breaker_until_ms), N(last_canary_ms);
#undef N
}

static const struct {
	const char *name;
	void (*run)(const cJSON *in, cJSON *out);
} ops[] = {
    {"new", op_new},
    {"lease", op_lease},
    {"html", op_html},
    {"eval", op_eval},
    {"release", op_release},
    {"cancel", op_cancel},
    {"keep", op_keep},
    {"alive", op_alive},
    {"close", op_close},
    {"describe", op_describe},
    {"stats", op_stats},
};

// --- lines ---

static void
answer(cJSON *out)
{
	char *text = cJSON_PrintUnformatted(out);

	pthread_mutex_lock(&lock);
	puts(text);
	fflush(stdout);
	pthread_mutex_unlock(&lock);
	free(text);
	cJSON_Delete(out);
}

static void *
work(void *arg)
{
	cJSON *in = arg, *out = json_obj();
	const char *name = json_str(in, "op");

	json_set_int(out, "seq", json_int(in, "seq", 0));
	for (size_t i = 0; name && i < ARRAY_LEN(ops); i++)
		if (strcmp(ops[i].name, name) == 0)
			ops[i].run(in, out);
	answer(out);
	cJSON_Delete(in);
	pthread_mutex_lock(&lock);
	at_work--;
	pthread_cond_broadcast(&ended);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void
begin(const char *line)
{
	cJSON *in = cJSON_Parse(line);
	pthread_t t;

	pthread_mutex_lock(&lock);
	at_work++;
	pthread_mutex_unlock(&lock);
	if (!in || pthread_create(&t, NULL, work, in) != 0)
		abort();
	pthread_detach(t);
}

static void
end(void)
{
	pthread_mutex_lock(&lock);
	while (at_work > 0)
		pthread_cond_wait(&ended, &lock);
	pthread_mutex_unlock(&lock);
	for (size_t i = 0; i < MAX_NAMED; i++) {
		if (named[i].lease)
			lease_release(named[i].lease, false);
		pool_context_close(named[i].context);
		if (named[i].used)
			close(named[i].cancel_fd);
	}
	pool_free(pool);
}

int
main(void)
{
	char *line = NULL;
	size_t cap = 0;

	log_init(LOG_INFO, LOG_HUMAN, "pool_driver");
	while (getline(&line, &cap, stdin) > 0)
		begin(line);
	free(line);
	end();
	return 0;
}
