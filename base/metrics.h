// SPDX-License-Identifier: Apache-2.0
// The one metrics table: counters, gauges and histograms with at most two labels, updated by
// atomics from any thread, printed as Prometheus text (exposition format 0.0.4). Label values come
// from code or are bounded in number: the rest counts as "other".
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include "base/buf.h"

#include <stdint.h>

// X(SYMBOL, KIND, "name without riptide_", "label", "label label" or NULL, "help")
// Two labels are given as one text: metric_add(METRIC_REQUESTS, "/v1/render 200", 1).
// Histograms are in milliseconds given and seconds printed.
#define METRICS_TABLE(X)                                                                           \
	X(REQUESTS, COUNTER, "http_requests_total", "route code",                                  \
	    "HTTP requests by route and status")                                                   \
	X(REQUEST_MS, HISTOGRAM, "http_request_duration_seconds", "route",                         \
	    "Time from the request's head to the end of its answer")                               \
	X(CONNECTIONS, GAUGE, "http_connections", NULL, "Open client connections")                 \
	X(STREAMS, GAUGE, "http_streams", NULL, "Open event streams and WebSockets")               \
	X(BYTES_IN, COUNTER, "http_received_bytes_total", NULL, "Bytes received from clients")     \
	X(BYTES_OUT, COUNTER, "http_sent_bytes_total", NULL, "Bytes sent to clients")              \
	X(PROTOCOL_ERRORS, COUNTER, "http_protocol_errors_total", NULL,                            \
	    "Requests that broke HTTP or WebSocket framing")                                       \
	X(JOBS, COUNTER, "jobs_total", "status", "Finished jobs by status")                        \
	X(JOBS_REJECTED, COUNTER, "jobs_rejected_total", "code", "Jobs that were not admitted")    \
	X(JOBS_RUNNING, GAUGE, "jobs_running", NULL, "Jobs at work in browsers")                   \
	X(FETCHES_RUNNING, GAUGE, "fetches_running", NULL, "Jobs at work without a browser")       \
	X(JOBS_QUEUED, GAUGE, "jobs_queued", "priority", "Jobs that wait")                         \
	X(JOBS_LIMIT, GAUGE, "jobs_concurrency_limit", NULL,                                       \
	    "The adaptive limit of jobs at a time")                                                \
	X(JOB_MS, HISTOGRAM, "job_duration_seconds", NULL,                                         \
	    "Time from admission to the end of a job")                                             \
	X(PHASE_MS, HISTOGRAM, "job_phase_duration_seconds", "phase",                              \
	    "Time in each phase of a job")                                                         \
	X(ACTION_MS, HISTOGRAM, "action_duration_seconds", "action", "Time of script actions")     \
	X(ERRORS, COUNTER, "errors_total", "code", "Errors answered, by code")                     \
	X(BROWSERS, GAUGE, "browsers", "state", "Browsers by state")                               \
	X(EGRESS_RESTARTS, COUNTER, "egress_restarts_total", NULL,                                 \
	    "Guards started in place of one that ended")                                           \
	X(EGRESS_LOOKUPS, COUNTER, "egress_lookups_total", "result",                               \
	    "Host names resolved for pages")                                                       \
	X(LEASES, GAUGE, "page_leases", NULL, "Pages in use")                                      \
	X(LEASES_TOTAL, COUNTER, "page_leases_total", "kind", "Pages given out, warm or cold")     \
	X(BROWSER_STARTS, COUNTER, "browser_starts_total", "result", "Chromium starts")            \
	X(BROWSER_RESTARTS, COUNTER, "browser_restarts_total", "cause",                            \
	    "Browsers replaced, by cause")                                                         \
	X(BROWSER_RSS, GAUGE, "browser_resident_bytes", NULL, "Memory of all browsers")            \
	X(EXTRACTIONS, COUNTER, "extractions_total", "result", "Documents extracted")              \
	X(EXTRACT_MS, HISTOGRAM, "extraction_duration_seconds", NULL, "Time in the extractor")     \
	X(ARTIFACTS, GAUGE, "artifacts", NULL, "Artifacts stored")                                 \
	X(ARTIFACT_BYTES, GAUGE, "artifact_bytes", NULL, "Bytes of artifacts stored")              \
	X(DISK_FREE, GAUGE, "disk_free_bytes", NULL, "Free space of the state directory")          \
	X(SESSIONS, GAUGE, "sessions", "state", "Sessions, stored and live")                       \
	X(KEY_CPU, COUNTER, "key_cpu_seconds_total", "key",                                        \
	    "CPU time of browsers by the API key whose pages they had; \"shared\" unless "         \
	    "isolate_principals")                                                                  \
	X(KEY_BYTES, COUNTER, "key_received_bytes_total", "key",                                   \
	    "Bytes that pages of an API key received")                                             \
	X(EVENT_GAPS, COUNTER, "stream_gaps_total", NULL, "Gaps told to slow readers of streams")  \
	X(AUTH_FAILURES, COUNTER, "auth_failures_total", "reason",                                 \
	    "Requests refused for their key")                                                      \
	X(RELOADS, COUNTER, "config_reloads_total", "result",                                      \
	    "Reloads of the settings (SIGHUP), ok or refused")                                     \
	X(UPTIME, GAUGE, "uptime_seconds", NULL, "Time since the start")                           \
	X(BUILD, GAUGE, "build_info", "version", "1, with the version as label")

enum metric {
#define X(sym, ...) METRIC_##sym,
	METRICS_TABLE(X)
#undef X
	    METRIC_COUNT
};

#define METRIC_MAX_LABELS      256 // values of one metric; the next ones count as "other"
#define METRIC_MAX_LABEL_BYTES 128 // longer values are cut

void metrics_init(void); // once; until then, and in programs that never call it, all is a no-op
// label NULL when it has none. A counter ignores what would make it smaller.
void metric_add(enum metric m, const char *label, double by);
// Of a gauge, or of a counter whose total is kept elsewhere (it must not fall).
void metric_set(enum metric m, const char *label, double v);
void metric_observe_ms(enum metric m, const char *label, double ms);
// The whole exposition, with the process_* metrics that every exporter has.
void metrics_print(struct buf *out);
void metrics_print_process(struct buf *out);
void metrics_markdown(struct buf *out); // docs/METRICS.md

#endif
