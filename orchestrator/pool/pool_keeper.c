// SPDX-License-Identifier: Apache-2.0
// The pool's task queue and the threads that work on it: made when a task finds nobody idle, kept
// until the pool ends (helper processes are bound to the thread that starts them).
#include "orchestrator/pool/pool_priv.h"

#include "base/thread.h"

#define STACK_BYTES ((size_t)512 << 10)

static struct pool_task *
next_task(struct pool *p)
{
	struct pool_task *t = p->tasks;

	if (!t)
		return NULL;
	p->tasks = t->next;
	if (!p->tasks)
		p->tasks_tail = &p->tasks;
	return t;
}

static void *
keeper(void *arg)
{
	struct pool *p = arg;
	struct pool_task *t;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		p->idle_keepers++;
		while (!p->tasks && !(p->stop && p->n_tasks == 0))
			pthread_cond_wait(&p->work, &p->lock);
		p->idle_keepers--;
		t = next_task(p);
		if (!t)
			break;
		pthread_mutex_unlock(&p->lock);
		t->run(t);
		pthread_mutex_lock(&p->lock);
		if (t->pb)
			t->pb->tasks--;
		p->n_tasks--;
		pthread_cond_broadcast(&p->changed);
		if (p->stop && p->n_tasks == 0)
			pthread_cond_broadcast(&p->work);
		free(t);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void
add_keeper(struct pool *p)
{
	if (thread_start(&p->keepers[p->n_keepers], "riptide-keeper", STACK_BYTES, keeper, p) == 0)
		p->n_keepers++;
	else
		log_error("no thread for the pool");
}

void
pool_task_add(struct pool *p, struct pool_browser *pb, const struct pool_task *t)
{
	struct pool_task *own = xmalloc(sizeof(*own));
	size_t queued = 0;

	*own = *t;
	own->next = NULL;
	own->pool = p;
	own->pb = pb;
	if (pb)
		pb->tasks++;
	*p->tasks_tail = own;
	p->tasks_tail = &own->next;
	p->n_tasks++;
	for (const struct pool_task *q = p->tasks; q; q = q->next)
		queued++;
	if (queued > p->idle_keepers && p->n_keepers < p->max_keepers)
		add_keeper(p);
	pthread_cond_signal(&p->work);
}

void
pool_keepers_join(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->n_keepers; i++)
		pthread_join(p->keepers[i], NULL);
}
