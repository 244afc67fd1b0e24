// SPDX-License-Identifier: Apache-2.0
// The housekeeper's thread: ends jobs that never ran, lets waiting ones expire, forgets finished
// ones, watches the machine's pressure, judges the limit, joins threads that went home.
#include "base/log.h"
#include "base/metrics.h"
#include "orchestrator/job/jobs_priv.h"

#define TICK_US        1000000
#define RATE_SMOOTHING 0.2
#define EXPIRY_STEP_US 5000 // expiries nearer to each other than this are handled together

// --- expiry; under js->lock ---

// Waits for its session, or for a thread?
static void
expire(struct jobs *js, struct job_record *r)
{
	struct err err = ERR_INIT;

	if (r->item.serial && queue_serial_runs(r->lane->queue, r->item.serial))
		err_set(&err, ERR_SESSION_BUSY, "another job used the session all the time");
	else
		err_set(&err, ERR_TIMEOUT, "the job's time ended in the queue");
	queue_remove(r->lane->queue, &r->item);
	jobs_end_queued(js, r, &err);
}

static void
expire_queued(struct jobs *js, int64_t now_us)
{
	int64_t next = INT64_MAX;

	if (now_us < js->next_expiry_us)
		return;
	for (struct job_record *r = js->newest; r; r = r->older)
		if (r->item.waits && r->soft.at_us <= now_us)
			expire(js, r);
		else if (r->item.waits)
			next = MIN(next, r->soft.at_us);
	js->next_expiry_us = next == INT64_MAX ? next : MAX(next, now_us + EXPIRY_STEP_US);
}

// --- without the lock ---

static void
end_ended(struct jobs *js)
{
	struct job_record *r;

	while ((r = js->ended)) {
		js->ended = r->next;
		if (!js->ended)
			js->ended_end = &js->ended;
		pthread_mutex_unlock(&js->lock);
		jobs_end_without_run(js, r);
		job_record_unref(r);
		pthread_mutex_lock(&js->lock);
		js->ending--;
		jobs_note_idle(js);
	}
}

static void
join_dead(struct jobs *js)
{
	struct worker *w;

	while ((w = js->dead)) {
		js->dead = w->next;
		pthread_mutex_unlock(&js->lock);
		pthread_join(w->thread, NULL);
		free(w);
		pthread_mutex_lock(&js->lock);
	}
}

static void
show(struct jobs *js)
{
	const struct lane *pages = &js->lanes[LANE_PAGE], *fetches = &js->lanes[LANE_FETCH];

	metric_set(METRIC_JOBS_RUNNING, NULL, (double)queue_running(pages->queue));
	metric_set(METRIC_FETCHES_RUNNING, NULL, (double)queue_running(fetches->queue));
	metric_set(METRIC_JOBS_LIMIT, NULL, (double)limit_value(&pages->limit));
	for (unsigned c = 0; c < PRIORITY_COUNT; c++)
		metric_set(METRIC_JOBS_QUEUED, request_priority_names[c],
		    (double)jobs_waiting_class(js, c));
}

static void
log_changes(const struct jobs *js, bool shed, bool limit)
{
	if (shed && js->shed.level != SHED_NONE)
		log_warn("short of resources (%s): %s refused", js->shed.why,
		    js->shed.level == SHED_ALL ? "all new jobs are" : "bulk jobs are");
	else if (shed)
		log_info("resources are back: nothing is refused for them any more");
	if (limit)
		log_debug("up to %zu jobs at a time", limit_value(&js->lanes[LANE_PAGE].limit));
}

static void
learn_rate(struct lane *l, double seconds)
{
	double rate = (double)(l->n_finished - l->finished_at_tick) / seconds;

	l->finished_at_tick = l->n_finished;
	l->drain_per_s += RATE_SMOOTHING * (rate - l->drain_per_s);
}

// Once a second.
static void
tick(struct jobs *js, int64_t now_us, double seconds)
{
	struct shed next;
	struct shed_input in;
	bool shed, limit;

	next = js->shed; // only this thread changes it
	pthread_mutex_unlock(&js->lock);
	shed_read(&next, "", &in);
	shed = !js->blind && shed_judge(&next, &in);
	pthread_mutex_lock(&js->lock);
	if (!js->blind)
		js->shed = next;
	limit = limit_tick(&js->lanes[LANE_PAGE].limit, now_us, in.cpu_busy);
	for (size_t i = 0; i < LANE_COUNT; i++)
		learn_rate(&js->lanes[i], seconds);
	show(js);
	log_changes(js, shed, limit);
	if (limit)
		jobs_dispatch(js);
}

static void
sweep(struct jobs *js, int64_t now_us)
{
	struct job_record *gone = table_sweep(js, now_us);

	if (!gone)
		return;
	pthread_mutex_unlock(&js->lock);
	table_free_list(gone);
	pthread_mutex_lock(&js->lock);
}

void *
jobs_housekeeper(void *arg)
{
	struct jobs *js = arg;
	int64_t last_us = clock_us(), now_us;

	pthread_mutex_lock(&js->lock);
	for (;;) {
		now_us = clock_us();
		if (now_us - last_us >= TICK_US) {
			tick(js, now_us, (double)(now_us - last_us) / 1e6);
			last_us = now_us;
		}
		expire_queued(js, now_us);
		end_ended(js);
		join_dead(js);
		sweep(js, now_us);
		if (js->stop && !js->ended && !js->dead && js->workers == 0)
			break;
		if (!js->ended && !js->dead && clock_us() < js->next_expiry_us) {
			struct timespec at = deadline_timespec(
			    (struct deadline){MIN(last_us + TICK_US, js->next_expiry_us)});

			(void)pthread_cond_clockwait(&js->house, &js->lock, CLOCK_MONOTONIC, &at);
		}
	}
	pthread_mutex_unlock(&js->lock);
	return NULL;
}
