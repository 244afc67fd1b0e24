// SPDX-License-Identifier: Apache-2.0
// How the service is: liveness, readiness, health by component, pressure as browserless tells it,
// and metrics. Liveness answers from the loop thread and asks nobody.
#include "orchestrator/api/api_priv.h"

#include "base/metrics.h"
#include "version.h"

#include <stdio.h>
#include <string.h>

#define HEALTHY 0.5 // the least score that is answered with 200

int
api_live(struct call *c, struct err *err UNUSED)
{
	call_text(c, 200, "ok\n");
	return 0;
}

// --- readiness ---

// NULL: ready; else why not.
static const char *
not_ready(const struct api *a)
{
	struct err err = ERR_INIT;

	if (atomic_load(&a->draining))
		return "shutting down";
	if (!pool_ready(runtime_pool(a->p.rt)))
		return "no browser is ready";
	if (store_check(a->p.store, &err) != 0)
		return "the state directory can't be written";
	return NULL;
}

int
api_ready(struct call *c, struct err *err UNUSED)
{
	const char *why = not_ready(c->api);
	cleanup_free char *text = xasprintf("%s\n", why ? why : "ready");

	call_text(c, why ? 503 : 200, text);
	return 0;
}

// --- health ---

struct component {
	const char *name;
	double weight; // share of the score
	bool ok;
	char reason[512];
};

static struct component
browsers_health(const struct api *a)
{
	struct component h = {.name = "browsers", .weight = 0.3};
	struct pool_stats st;

	pool_stats(runtime_pool(a->p.rt), &st);
	h.ok = pool_ready(runtime_pool(a->p.rt));
	if (!h.ok)
		snprintf(h.reason, sizeof(h.reason), "%s",
		    st.breaker_until_ms ? "Chromium failed to start several times in a row"
					: "none is ready");
	return h;
}

// Is there a browser that only Chromium's proxy settings lead through the guard?
static bool
shares_network(const struct api *a)
{
	cJSON *browsers = pool_describe(runtime_pool(a->p.rt));
	bool found = false;

	json_foreach (b, browsers)
		found |= !json_bool(json_get(b, "isolation"), "network_namespace", true);
	cJSON_Delete(browsers);
	return found;
}

static struct component
egress_health(const struct api *a)
{
	struct component h = {.name = "egress", .weight = 0.1};
	struct egress_stats st;
	struct err err = ERR_INIT;

	h.ok = runtime_guard(a->p.rt, &st, &err) == 0 && st.alive;
	if (!h.ok)
		snprintf(h.reason, sizeof(h.reason), "%s",
		    err.code ? err.message : "the guard is being started anew");
	else if (shares_network(a))
		snprintf(h.reason, sizeof(h.reason),
		    "browsers share the machine's network: see riptide doctor");
	return h;
}

static struct component
extractor_health(const struct api *a)
{
	struct component h = {.name = "extractor", .weight = 0.2};
	struct extractor *x = NULL;
	struct err err = ERR_INIT;

	h.ok = runtime_extractor(a->p.rt, deadline_in_ms(50), &x, &err) == 0;
	if (!h.ok)
		snprintf(h.reason, sizeof(h.reason), "%s", err.message);
	return h;
}

static struct component
store_health(const struct api *a)
{
	struct component h = {.name = "store", .weight = 0.2};
	struct artifacts_stats st;
	struct err err = ERR_INIT;

	artifacts_stats(a->p.artifacts, &st);
	h.ok = store_check(a->p.store, &err) == 0 && !st.low_disk;
	if (!h.ok)
		snprintf(h.reason, sizeof(h.reason), "%s",
		    st.low_disk ? "the disk is nearly full" : err.message);
	return h;
}

static struct component
admission_health(const struct api *a)
{
	struct component h = {.name = "admission", .weight = 0.2};
	struct jobs_pressure p;

	jobs_pressure(a->p.jobs, &p);
	h.ok = !p.shedding && p.queued < p.max_queued && !atomic_load(&a->draining);
	if (!h.ok)
		snprintf(h.reason, sizeof(h.reason), "%s",
		    p.shedding ? p.shedding : "the queue is full");
	return h;
}

int
api_health(struct call *c, struct err *err UNUSED)
{
	const struct api *a = c->api;
	struct component all[] = {browsers_health(a), egress_health(a), extractor_health(a),
	    store_health(a), admission_health(a)};
	cJSON *v = json_obj(), *list = json_arr();
	double score = 0;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		cJSON *o = json_obj();

		json_set_str(o, "name", all[i].name);
		json_set_str(o, "status", all[i].ok ? "ok" : "failing");
		json_set_num(o, "weight", all[i].weight);
		json_set_str(o, "reason", all[i].reason[0] ? all[i].reason : NULL);
		json_push(list, o);
		score += all[i].ok ? all[i].weight : 0;
	}
	json_set_str(v, "status", score > 0.99 ? "ok" : score >= HEALTHY ? "degraded" : "failing");
	json_set_num(v, "score", (double)(int)(score * 100 + 0.5) / 100);
	json_set_str(v, "version", RIPTIDE_VERSION);
	json_set_int(v, "uptime_s", (clock_us() - a->started_us) / 1000000);
	json_set(v, "components", list);
	call_json(c, score >= HEALTHY ? 200 : 503, v);
	return 0;
}

// --- pressure ---

static const char *
pressure_reason(const struct jobs_pressure *p, const char *unready)
{
	if (p->shedding)
		return p->shedding;
	if (p->queued >= p->max_queued)
		return "full";
	return unready ? "not_ready" : "";
}

int
api_pressure(struct call *c, struct err *err UNUSED)
{
	const char *unready = not_ready(c->api), *reason;
	cJSON *v, *p;
	struct jobs_pressure jp;
	char now[32];
	bool free_;

	jobs_pressure(c->api->p.jobs, &jp);
	reason = pressure_reason(&jp, unready);
	free_ = !*reason;
	if (call_accepts(c, "text/plain")) {
		call_text(c, free_ ? 200 : 503, free_ ? "ok\n" : "busy\n");
		return 0;
	}
	v = json_obj();
	p = json_obj();
	clock_iso(clock_wall_ms(), now);
	json_set_bool(p, "isAvailable", free_);
	json_set_str(p, "reason", reason);
	json_set_str(p, "message", unready ? unready : "");
	json_set_int(p, "running", (int64_t)jp.running);
	json_set_int(p, "maxConcurrent", (int64_t)jp.max_running);
	json_set_int(p, "concurrencyLimit", (int64_t)jp.limit);
	json_set_int(p, "fetching", (int64_t)jp.fetching);
	json_set_int(p, "maxFetching", (int64_t)jp.max_fetching);
	json_set_int(p, "queued", (int64_t)jp.queued);
	json_set_int(p, "maxQueued", (int64_t)jp.max_queued);
	json_set_int(p, "recentlyRejected", (int64_t)jp.rejected);
	json_set_num(p, "drainPerSecond", jp.drain_per_s);
	json_set_int(p, "expectedWaitMs", jp.wait_ms);
	json_set_str(p, "date", now);
	json_set(v, "pressure", p);
	call_json(c, free_ ? 200 : 503, v);
	return 0;
}

// --- browsers ---

int
api_browsers(struct call *c, struct err *err UNUSED)
{
	cJSON *v = json_obj();

	json_set(v, "browsers", pool_describe(runtime_pool(c->api->p.rt)));
	call_json(c, 200, v);
	return 0;
}

// --- metrics: gauges are read when they are asked for ---

static void
gather_pool(const struct api *a)
{
	struct pool_stats st;

	pool_stats(runtime_pool(a->p.rt), &st);
	for (int i = 0; i < POOL_STATES; i++)
		metric_set(METRIC_BROWSERS, pool_state_names[i], (double)st.browsers[i]);
	metric_set(METRIC_LEASES, NULL, (double)st.leases);
	metric_set(METRIC_BROWSER_RSS, NULL, (double)st.rss_kb * 1024);
	metric_set(METRIC_LEASES_TOTAL, "warm", (double)st.leases_warm);
	metric_set(METRIC_LEASES_TOTAL, "cold", (double)(st.leases_total - st.leases_warm));
	metric_set(METRIC_BROWSER_STARTS, "ok", (double)st.launches);
	metric_set(METRIC_BROWSER_STARTS, "failed", (double)st.launch_failures);
	metric_set(METRIC_BROWSER_RESTARTS, "jobs", (double)st.restarts_jobs);
	metric_set(METRIC_BROWSER_RESTARTS, "age", (double)st.restarts_age);
	metric_set(METRIC_BROWSER_RESTARTS, "memory", (double)st.restarts_memory);
	metric_set(METRIC_BROWSER_RESTARTS, "crash", (double)st.restarts_crash);
	metric_set(METRIC_BROWSER_RESTARTS, "hung", (double)st.restarts_hung);
	metric_set(METRIC_BROWSER_RESTARTS, "idle", (double)st.restarts_idle);
	metric_set(METRIC_BROWSER_RESTARTS, "principal", (double)st.restarts_principal);
	metric_set(METRIC_BROWSER_RESTARTS, "canary", (double)st.canary_failures);
}

static void
gather_egress(const struct api *a)
{
	struct egress_stats st;
	struct err err = ERR_INIT;

	(void)!runtime_guard(a->p.rt, &st, &err);
	metric_set(METRIC_EGRESS_RESTARTS, NULL, (double)st.restarts);
	metric_set(METRIC_EGRESS_LOOKUPS, "ok", (double)(st.lookups - st.lookups_failed));
	metric_set(METRIC_EGRESS_LOOKUPS, "failed", (double)st.lookups_failed);
}

static void
gather_http(const struct api *a)
{
	struct http_stats st;

	if (!a->server)
		return;
	http_server_stats(a->server, &st);
	metric_set(METRIC_CONNECTIONS, NULL, st.open);
	metric_set(METRIC_STREAMS, NULL, (double)st.streams + st.websockets);
	metric_set(METRIC_BYTES_IN, NULL, (double)st.bytes_in);
	metric_set(METRIC_BYTES_OUT, NULL, (double)st.bytes_out);
	metric_set(METRIC_PROTOCOL_ERRORS, NULL, (double)st.protocol_errors);
}

static void
gather_rest(const struct api *a)
{
	struct jobs_pressure p;
	struct artifacts_stats as;
	struct sessions_stats ss;

	jobs_pressure(a->p.jobs, &p);
	artifacts_stats(a->p.artifacts, &as);
	sessions_stats(a->p.sessions, &ss);
	metric_set(METRIC_JOBS_RUNNING, NULL, (double)p.running);
	metric_set(METRIC_FETCHES_RUNNING, NULL, (double)p.fetching);
	metric_set(METRIC_JOBS_LIMIT, NULL, (double)p.limit);
	metric_set(METRIC_ARTIFACTS, NULL, (double)as.count);
	metric_set(METRIC_ARTIFACT_BYTES, NULL, (double)as.bytes);
	metric_set(METRIC_DISK_FREE, NULL, (double)as.disk_free_bytes);
	metric_set(METRIC_SESSIONS, "stored", (double)ss.stored);
	metric_set(METRIC_SESSIONS, "live", (double)ss.live);
	metric_set(METRIC_UPTIME, NULL, (double)(clock_us() - a->started_us) / 1e6);
}

int
api_metrics(struct call *c, struct err *err UNUSED)
{
	struct buf text = BUF_INIT;

	gather_pool(c->api);
	gather_egress(c->api);
	gather_http(c->api);
	gather_rest(c->api);
	metrics_print(&text);
	call_send(c, 200, "text/plain; version=0.0.4; charset=utf-8", &text);
	return 0;
}
