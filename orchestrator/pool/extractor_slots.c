// SPDX-License-Identifier: Apache-2.0
// The slots of the extractor: a fork server and its worker each, taken by one thread at a time,
// first come, first served. A thread of its own starts the fork servers, because they are bound to
// the thread that does; it lives as long as the extractor.
#include "orchestrator/pool/extractor_priv.h"

#include "base/thread.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { MAX_SLOTS = 64, STATUS_MS = 1000 };

struct slot_waiter {
	struct slot_waiter *next;
	const char *principal;
	struct slot *slot; // once it has one
	int event_fd;
};

// --- fork servers ---

static struct slot *
without_server(struct extractor *x)
{
	for (size_t i = 0; i < x->n_slots; i++)
		if (x->slots[i].server_wanted)
			return &x->slots[i];
	return NULL;
}

static void *
starter(void *arg)
{
	struct extractor *x = arg;
	struct slot *s;

	pthread_mutex_lock(&x->lock);
	while (!x->stop) {
		struct err err = ERR_INIT;

		s = without_server(x);
		if (!s) {
			pthread_cond_wait(&x->changed, &x->lock);
			continue;
		}
		pthread_mutex_unlock(&x->lock);
		s->server_rc = server_start(&s->s, &err);
		pthread_mutex_lock(&x->lock);
		s->server_err = err;
		s->server_wanted = false;
		pthread_cond_broadcast(&x->changed);
	}
	pthread_mutex_unlock(&x->lock);
	return NULL;
}

int
slot_server(struct slot *s, struct err *err)
{
	struct extractor *x = s->x;
	int rc = 0;

	if (s->s.control >= 0)
		return 0;
	pthread_mutex_lock(&x->lock);
	s->server_wanted = true;
	pthread_cond_broadcast(&x->changed);
	// Spawning takes milliseconds; who left earlier would leave the slot to two threads.
	while (s->server_wanted && x->started)
		pthread_cond_wait(&x->changed, &x->lock);
	if (!x->started)
		rc = err_set(err, ERR_SANDBOX, "no thread for the extractor");
	else if ((rc = s->server_rc) != 0 && err)
		*err = s->server_err;
	pthread_mutex_unlock(&x->lock);
	return rc;
}

// --- taking turns ---

// Of the free ones: that of the same principal, one that nobody has used, any; the first, so that
// later ones start only when they are needed.
static struct slot *
choose(struct extractor *x, const char *principal)
{
	struct slot *best = NULL;
	int best_score = -1;

	for (size_t i = 0; i < x->n_slots; i++) {
		struct slot *s = &x->slots[i];
		int score;

		if (s->taken)
			continue;
		if (s->used)
			score = strcmp(s->principal, principal) == 0 ? 3 : 0;
		else
			score = s->w.sock >= 0 ? 2 : 1;
		if (score > best_score) {
			best = s;
			best_score = score;
		}
	}
	return best;
}

static int
wait_turn(
    struct extractor *x, struct slot_waiter *w, struct deadline dl, int cancel_fd, struct err *err)
{
	struct pollfd p[] = {
	    {.fd = w->event_fd, .events = POLLIN}, {.fd = cancel_fd, .events = POLLIN}};
	int rc = 0;

	while (rc == 0) {
		int n = poll(p, 2, deadline_poll_ms(dl));

		if (n > 0 && p[0].revents)
			break;
		if (n > 0 && p[1].revents)
			rc = err_set(err, ERR_CANCELLED, NULL);
		else if (deadline_passed(dl))
			rc = err_set(err, ERR_EXTRACTOR_TIMEOUT,
			    "the extractor was busy with other documents");
	}
	pthread_mutex_lock(&x->lock);
	if (!w->slot)
		for (struct slot_waiter **at = &x->waiters; *at; at = &(*at)->next)
			if (*at == w) {
				*at = w->next;
				if (!*at)
					x->waiters_tail = at;
				break;
			}
	pthread_mutex_unlock(&x->lock);
	close(w->event_fd);
	return w->slot ? 0 : rc;
}

int
slot_take(struct extractor *x, const char *principal, struct deadline dl, int cancel_fd,
    struct slot **out, struct err *err)
{
	struct slot_waiter w = {.principal = principal};
	bool waits;
	int rc = 0;

	pthread_mutex_lock(&x->lock);
	w.slot = x->waiters ? NULL : choose(x, principal);
	waits = !w.slot;
	if (!waits) {
		w.slot->taken = true;
	} else {
		w.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		*x->waiters_tail = &w;
		x->waiters_tail = &w.next;
	}
	pthread_mutex_unlock(&x->lock);
	if (waits)
		rc = wait_turn(x, &w, dl, cancel_fd, err);
	if (rc == 0)
		*out = w.slot;
	return rc;
}

void
slot_give(struct slot *s)
{
	struct extractor *x = s->x;
	struct slot_waiter *w;

	pthread_mutex_lock(&x->lock);
	s->taken = false;
	w = x->waiters;
	if (w) {
		x->waiters = w->next;
		if (!x->waiters)
			x->waiters_tail = &x->waiters;
		s->taken = true;
		w->slot = s;
		(void)!write(w->event_fd, &(uint64_t){1}, sizeof(uint64_t));
	}
	pthread_mutex_unlock(&x->lock);
}

// --- life ---

static size_t
count_of(const struct extractor_opts *o)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = o->workers ? o->workers : (size_t)MAX(cores, 1L);

	return MIN(n, (size_t)MAX_SLOTS);
}

struct extractor *
slots_new(const struct extractor_opts *o, unsigned memory_mb)
{
	struct extractor *x = xcalloc(1, sizeof(*x));

	x->n_slots = count_of(o);
	x->slots = xcalloc(x->n_slots, sizeof(*x->slots));
	x->waiters_tail = &x->waiters;
	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->changed, NULL);
	for (size_t i = 0; i < x->n_slots; i++)
		x->slots[i] = (struct slot){
		    .x = x,
		    .s = {.server = CHILD_INIT, .control = -1, .memory_mb = memory_mb},
		    .w = {.pidfd = -1, .sock = -1},
		};
	x->started = thread_start(&x->starter, "riptide-starter", 0, starter, x) == 0;
	return x;
}

void
slots_free(struct extractor *x)
{
	pthread_mutex_lock(&x->lock);
	x->stop = true;
	pthread_cond_broadcast(&x->changed);
	pthread_mutex_unlock(&x->lock);
	for (size_t i = 0; i < x->n_slots; i++) {
		workers_stop(&x->slots[i].s, &x->slots[i].w);
		free(x->slots[i].principal);
	}
	if (x->started)
		pthread_join(x->starter, NULL);
	pthread_cond_destroy(&x->changed);
	pthread_mutex_destroy(&x->lock);
	free(x->slots);
	free(x);
}

// The first slot is asked for all that is told of one; `workers` counts those of all.
cJSON *
extractor_status(struct extractor *x)
{
	struct slot *s = NULL;
	cJSON *v = json_obj();
	unsigned started = 0;

	if (slot_take(x, "", deadline_in_ms(STATUS_MS), -1, &s, NULL) != 0) {
		json_set_bool(v, "busy", true);
		return v;
	}
	json_set_int(v, "pid", s->w.pid);
	json_set_int(v, "server_pid", s->s.server.pid);
	json_set_str(v, "filter", s->s.filter);
	json_set_int(v, "landlock_abi", s->s.landlock_abi);
	json_set_int(v, "documents", s->w.documents);
	pthread_mutex_lock(&x->lock);
	for (size_t i = 0; i < x->n_slots; i++)
		started += x->slots[i].s.started;
	pthread_mutex_unlock(&x->lock);
	json_set_int(v, "workers", started);
	json_set_int(v, "slots", (int64_t)x->n_slots);
	slot_give(s);
	return v;
}
