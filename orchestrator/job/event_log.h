// SPDX-License-Identifier: Apache-2.0
// A job's event log: a ring of encoded events with increasing ids, written by the job's thread,
// read by any number of cursors. NDJSON, SSE and WebSocket are three encoders over it. Nobody waits
// for a reader: what falls out of the ring is reported to a late cursor as a gap.
#ifndef ORCHESTRATOR_JOB_EVENT_LOG_H
#define ORCHESTRATOR_JOB_EVENT_LOG_H

#include "base/json.h"

struct event_log;

// Bounds of the ring; the newest event is always kept. Counted references.
struct event_log *event_log_new(const char *job_id, size_t max_events, size_t max_bytes);
struct event_log *event_log_ref(struct event_log *l);
void event_log_unref(struct event_log *l);

// {"id": 3, "job_id": "…", "type": "navigated", "at_ms": 120, "data": {…}} is encoded at once;
// `data` (object or NULL) is borrowed. Returns the id; 0: the log has ended. Any thread.
uint64_t event_log_add(struct event_log *l, const char *type, int64_t at_ms, const cJSON *data);
size_t event_log_bytes(struct event_log *l); // memory that the log holds

// One event as its readers see it: shared, immutable, counted.
struct event_text {
	unsigned refs; // private
	uint64_t id;
	const char *type;
	struct sv json; // one line, no newline
};
struct event_text *event_text_ref(struct event_text *e);
void event_text_unref(struct event_text *e);
// The log's last event, with `data` as JSON text, and its end in one. publish(arg, e) runs when the
// event is made and before anybody can read it. False: the log had ended.
bool event_log_finish(struct event_log *l, const char *type, int64_t at_ms, struct sv data,
    void (*publish)(void *arg, struct event_text *e), void *arg);

enum event_next { EVENT_ITEM, EVENT_GAP, EVENT_WAIT, EVENT_END };
// What comes after event *last (0: from the beginning). EVENT_ITEM: *out is a new reference and
// *last its id. EVENT_GAP: events up to the returned *last are gone from the ring (n = how many).
// EVENT_WAIT: nothing yet. EVENT_END: the log ended and all was read.
enum event_next event_log_next(
    struct event_log *l, uint64_t *last, struct event_text **out, uint64_t *gap);

// wake(arg) after each add and at the end, in the writer's thread, outside of the lock; must not
// block, watch or unwatch. Who watches reads first what is there: there is no wake for the past.
// event_log_unwatch returns when it is not running and will not run.
struct event_watch;
struct event_watch *event_log_watch(struct event_log *l, void (*wake)(void *arg), void *arg);
void event_log_unwatch(struct event_watch *w);

#endif
