// SPDX-License-Identifier: Apache-2.0
// Actions that a job is handed while it runs (WebSocket op `action`): a bounded queue between the
// connection and the job's thread. Thread-safe; counted references.
#ifndef ORCHESTRATOR_JOB_FEED_H
#define ORCHESTRATOR_JOB_FEED_H

#include "base/json.h"

#define FEED_MAX_WAITING 64
#define FEED_MAX_ACTIONS 1000 // of one job

struct feed;
struct feed *feed_new(void);
struct feed *feed_ref(struct feed *f);
void feed_unref(struct feed *f);

// Takes `action`, also on error. ERR_QUEUE_FULL, ERR_CONFLICT (ended).
int feed_put(struct feed *f, cJSON *action, struct err *err) MUST_CHECK;
void feed_end(struct feed *f); // no more come: the job goes on to its capture

// --- the job's side ---
// wake(arg) after each feed_put and feed_end, under the feed's lock: it must not block. NULL: no
// more; when it returns, wake is not running.
void feed_attach(struct feed *f, void (*wake)(void *arg), void *arg);
bool feed_ready(void *feed);      // there is an action, or the end
cJSON *feed_take(struct feed *f); // owned by the caller; NULL: none

#endif
