// SPDX-License-Identifier: Apache-2.0
// Whether a job may wait, and how long who was refused should stay away. Everything is refused at
// once that could not be done in time: an answer within a millisecond helps a client more than a
// timeout after thirty seconds. Under js->lock.
#include "orchestrator/job/jobs_priv.h"

#include <math.h>

#define RESERVED       8 // a share of the queue that only keys without a waiting job get
#define WAITING_BYTES  ((size_t)256 << 20) // of requests that bring their page along
#define RETRY_MIN_MS   1000
#define RETRY_MAX_MS   120000
#define RETRY_SHED_MS  5000
#define RETRY_DRAIN_MS 10000
#define WAIT_SAFETY    2.0 // the machine may get twice as slow and still keep the promise
#define DEVIATIONS     2

// Jobs a second that leave the queue: as measured while it is not empty, else as expected.
static double
drain_rate(const struct lane *l, const struct queue_ahead *a)
{
	double expected = (double)limit_value(&l->limit) * 1000 / fmax(a->service_ms, 1);

	return queue_len(l->queue) > 0 && l->drain_per_s > 0 ? l->drain_per_s : expected;
}

static int64_t
until_drained(const struct lane *l, const struct queue_ahead *a, double jobs)
{
	double ms = jobs * 1000 / drain_rate(l, a);

	return (int64_t)fmin(fmax(ms, RETRY_MIN_MS), RETRY_MAX_MS);
}

int64_t
jobs_expected_wait(struct lane *l, const char *key, unsigned class, size_t max_running,
    uint64_t serial, struct queue_ahead *a)
{
	size_t limit = limit_value(&l->limit);
	double wait = 0;

	queue_ahead(l->queue, key, class, max_running, serial, a);
	if (queue_running(l->queue) >= limit)
		wait = (a->work_ms + a->service_ms) / (double)limit;
	return (int64_t)fmax(wait, a->own_wait_ms);
}

static int
refuse_shed(struct jobs *js, const struct job_record *r, int64_t *retry_ms, struct err *err)
{
	bool bulk = r->submit.priority == PRIORITY_BULK;
	bool memory = js->shed.why && strcmp(js->shed.why, "memory") == 0;

	if (js->shed.level == SHED_NONE || (js->shed.level == SHED_BULK && !bulk))
		return 0;
	// Short of processor time only: bulk gives way to others that wait, else the queue's own
	// bounds are enough.
	if (!memory && jobs_waiting(js) == jobs_waiting_class(js, PRIORITY_BULK))
		return 0;
	*retry_ms = RETRY_SHED_MS;
	return err_set(err, ERR_OVERLOADED, "the machine is short of %s: %s are refused",
	    memory ? "memory" : "processor time",
	    js->shed.level == SHED_ALL ? "new jobs" : "bulk jobs");
}

static int
refuse_poison(struct jobs *js, const struct job_record *r, int64_t *retry_ms, struct err *err)
{
	bool page = r->url && r->lane == &js->lanes[LANE_PAGE];
	int64_t left = page ? poison_left_ms(&js->poison, r->key, r->url, clock_us()) : 0;

	if (left == 0)
		return 0;
	*retry_ms = MAX(left, (int64_t)RETRY_MIN_MS);
	return err_set(err, ERR_QUARANTINED,
	    "jobs with this address crashed the browser several times in a row; it is refused for "
	    "%lld s more",
	    (long long)((left + 999) / 1000));
}

static size_t
waiting_of(const struct jobs *js, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < LANE_COUNT; i++)
		n += queue_key_len(js->lanes[i].queue, key);
	return n;
}

static int
refuse_full(struct jobs *js, const struct job_record *r, const struct queue_ahead *a,
    int64_t *retry_ms, struct err *err)
{
	size_t mine = waiting_of(js, r->key), all = jobs_waiting(js);
	size_t room = js->opts.max_queued - (mine > 0 ? js->opts.max_queued / RESERVED : 0);

	if (mine >= js->opts.max_queued_per_key) {
		*retry_ms = until_drained(r->lane, a, (double)mine / 2);
		return err_set(err, ERR_QUEUE_FULL, "%zu jobs of this key are waiting", mine);
	}
	if (js->waiting_bytes + record_request_bytes(r) > WAITING_BYTES && all > 0) {
		*retry_ms = until_drained(r->lane, a, (double)all / 2);
		return err_set(err, ERR_OVERLOADED, "%zu jobs with %zu MB of pages are waiting",
		    all, js->waiting_bytes >> 20);
	}
	if (all >= MAX(room, (size_t)1)) {
		*retry_ms = until_drained(r->lane, a, (double)all / 2);
		return err_set(err, ERR_OVERLOADED, "%zu jobs are waiting", all);
	}
	return 0;
}

static int
refuse_late(const struct job_record *r, const struct queue_ahead *a, int64_t wait,
    int64_t *retry_ms, struct err *err)
{
	double need = (double)wait * WAIT_SAFETY + a->service_ms + DEVIATIONS * a->deviation_ms;
	double left = (double)deadline_left_ms(r->soft);

	if (a->serial_wait_ms > left) {
		*retry_ms = (int64_t)fmin(fmax(a->serial_wait_ms, RETRY_MIN_MS), RETRY_MAX_MS);
		return err_set(err, ERR_SESSION_BUSY, "other jobs of the session come first");
	}
	if (wait == 0 || need <= left)
		return 0;
	*retry_ms = (int64_t)fmin(fmax(need - left, RETRY_MIN_MS), RETRY_MAX_MS);
	*retry_ms = MAX(*retry_ms, MIN(wait, until_drained(r->lane, a, (double)a->jobs)));
	return err_set(err, ERR_DEADLINE_UNMEETABLE,
	    "the job would wait about %lld ms and take %.0f, but has only %.0f left",
	    (long long)wait, a->service_ms, left);
}

// The "queued" event says what the client has to expect.
static void
note_queued(struct job_record *r, const struct queue_ahead *a, int64_t wait)
{
	cJSON *data = json_obj();

	json_set_int(data, "position", (int64_t)a->jobs);
	json_set_int(data, "expected_wait_ms", MAX(wait, (int64_t)a->serial_wait_ms));
	json_set_str(data, "priority", request_priority_names[r->submit.priority]);
	event_log_add(r->log, "queued", (clock_us() - r->received_us) / 1000, data);
	cJSON_Delete(data);
}

int
jobs_admit(struct jobs *js, struct job_record *r, int64_t *retry_ms, struct err *err)
{
	struct queue_ahead a;
	bool waits;
	int64_t wait = jobs_expected_wait(
	    r->lane, r->key, r->submit.priority, r->submit.key_max_running, r->item.serial, &a);
	int rc;

	if (js->draining) {
		*retry_ms = RETRY_DRAIN_MS;
		return err_set(err, ERR_SHUTTING_DOWN, NULL);
	}
	rc = refuse_poison(js, r, retry_ms, err);
	if (rc == 0)
		rc = refuse_shed(js, r, retry_ms, err);
	waits = wait > 0 || a.serial_wait_ms > 0 ||
		queue_running(r->lane->queue) >= limit_value(&r->lane->limit);
	if (rc == 0 && waits)
		rc = refuse_full(js, r, &a, retry_ms, err);
	if (rc == 0)
		rc = refuse_late(r, &a, wait, retry_ms, err);
	if (rc == 0)
		note_queued(r, &a, wait);
	return rc;
}
