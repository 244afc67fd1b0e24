// SPDX-License-Identifier: Apache-2.0
// The queue of actions between a connection and its job. Any thread.
#include "orchestrator/job/feed.h"

#include <pthread.h>

struct feed {
	pthread_mutex_t lock;
	unsigned refs;
	cJSON *waiting; // array
	int taken;      // in all
	bool ended;
	void (*wake)(void *arg);
	void *arg;
};

struct feed *
feed_new(void)
{
	struct feed *f = xcalloc(1, sizeof(*f));

	pthread_mutex_init(&f->lock, NULL);
	f->refs = 1;
	f->waiting = json_arr();
	return f;
}

struct feed *
feed_ref(struct feed *f)
{
	pthread_mutex_lock(&f->lock);
	f->refs++;
	pthread_mutex_unlock(&f->lock);
	return f;
}

void
feed_unref(struct feed *f)
{
	bool last;

	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	last = --f->refs == 0;
	pthread_mutex_unlock(&f->lock);
	if (!last)
		return;
	cJSON_Delete(f->waiting);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

int
feed_put(struct feed *f, cJSON *action, struct err *err)
{
	int rc = 0;

	pthread_mutex_lock(&f->lock);
	if (f->ended)
		rc = err_set(err, ERR_CONFLICT, "the job takes no more actions");
	else if (cJSON_GetArraySize(f->waiting) >= FEED_MAX_WAITING || f->taken >= FEED_MAX_ACTIONS)
		rc = err_set(err, ERR_QUEUE_FULL, "%d actions may wait, %d may come in all",
		    FEED_MAX_WAITING, FEED_MAX_ACTIONS);
	if (rc == 0) {
		f->taken++;
		json_push(f->waiting, steal_ptr(action));
		if (f->wake)
			f->wake(f->arg);
	}
	pthread_mutex_unlock(&f->lock);
	cJSON_Delete(action);
	return rc;
}

void
feed_end(struct feed *f)
{
	pthread_mutex_lock(&f->lock);
	f->ended = true;
	if (f->wake)
		f->wake(f->arg);
	pthread_mutex_unlock(&f->lock);
}

void
feed_attach(struct feed *f, void (*wake)(void *arg), void *arg)
{
	pthread_mutex_lock(&f->lock);
	f->wake = wake;
	f->arg = arg;
	pthread_mutex_unlock(&f->lock);
}

bool
feed_ready(void *feed)
{
	struct feed *f = feed;
	bool ready;

	pthread_mutex_lock(&f->lock);
	ready = f->ended || f->waiting->child;
	pthread_mutex_unlock(&f->lock);
	return ready;
}

cJSON *
feed_take(struct feed *f)
{
	cJSON *action;

	pthread_mutex_lock(&f->lock);
	action = cJSON_DetachItemFromArray(f->waiting, 0);
	pthread_mutex_unlock(&f->lock);
	return action;
}
