// SPDX-License-Identifier: Apache-2.0
// Lanes: bounded queues of tasks with a few threads each, so that what takes long (extraction) does
// not hold up what is quick. Threads are made once and end with the lane.
#include "orchestrator/api/api_priv.h"

#include "base/log.h"
#include "base/thread.h"

#define STACK_BYTES ((size_t)512 << 10)

struct task {
	struct task *next;
	void (*fn)(void *arg);
	void *arg;
};

struct lane {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct task *head, **tail;
	size_t queued, max_queue;
	bool stop;
	size_t n_threads;
	pthread_t threads[];
};

static struct task *
lane_take(struct lane *l)
{
	struct task *t;

	pthread_mutex_lock(&l->lock);
	while (!l->head && !l->stop)
		pthread_cond_wait(&l->changed, &l->lock);
	t = l->head;
	if (t) {
		l->head = t->next;
		if (!l->head)
			l->tail = &l->head;
		l->queued--;
	}
	pthread_mutex_unlock(&l->lock);
	return t;
}

static void *
lane_main(void *arg)
{
	struct lane *l = arg;
	struct task *t;

	while ((t = lane_take(l)) != NULL) {
		t->fn(t->arg);
		free(t);
	}
	return NULL;
}

static bool
lane_start_thread(struct lane *l, const char *name)
{
	if (thread_start(&l->threads[l->n_threads], name, STACK_BYTES, lane_main, l) != 0)
		return false;
	l->n_threads++;
	return true;
}

struct lane *
lane_new(const char *name, size_t threads, size_t max_queue)
{
	struct lane *l = xcalloc(1, sizeof(*l) + threads * sizeof(l->threads[0]));

	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->changed, NULL);
	l->tail = &l->head;
	l->max_queue = max_queue;
	while (l->n_threads < threads && lane_start_thread(l, name))
		;
	if (l->n_threads < threads)
		log_warn("%zu of %zu threads of %s were started", l->n_threads, threads, name);
	return l;
}

bool
lane_put(struct lane *l, void (*fn)(void *arg), void *arg)
{
	struct task *t = xmalloc(sizeof(*t));
	bool ok;

	*t = (struct task){.fn = fn, .arg = arg};
	pthread_mutex_lock(&l->lock);
	ok = !l->stop && l->queued < l->max_queue && l->n_threads > 0;
	if (ok) {
		*l->tail = t;
		l->tail = &t->next;
		l->queued++;
		pthread_cond_signal(&l->changed);
	}
	pthread_mutex_unlock(&l->lock);
	if (!ok)
		free(t);
	return ok;
}

// What still waits is run to its answer: its clients are gone when the daemon ends.
void
lane_free(struct lane *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
	for (size_t i = 0; i < l->n_threads; i++)
		pthread_join(l->threads[i], NULL);
	pthread_cond_destroy(&l->changed);
	pthread_mutex_destroy(&l->lock);
	free(l);
}
