// SPDX-License-Identifier: Apache-2.0
// Bounded many-writer one-reader queue. Writers: any thread, never blocked but for the lock's few
// instructions. The lock is never held across a wait other than the condition's own.
#include "base/mailbox.h"

#include <pthread.h>

struct mailbox {
	pthread_mutex_t lock;
	pthread_cond_t news;
	struct mail *head, **tail;
	size_t n, bytes, max_mails, max_bytes;
	uint64_t dropped;
	bool overflowed, closed, woken;
};

struct mailbox *
mailbox_new(size_t max_mails, size_t max_bytes)
{
	struct mailbox *mb = xcalloc(1, sizeof(*mb));

	mb->tail = &mb->head;
	mb->max_mails = max_mails;
	mb->max_bytes = max_bytes;
	pthread_mutex_init(&mb->lock, NULL);
	pthread_cond_init(&mb->news, NULL);
	return mb;
}

void
mailbox_free(struct mailbox *mb)
{
	if (!mb)
		return;
	for (struct mail *m = mb->head, *next; m; m = next) {
		next = m->next;
		m->free(m);
	}
	pthread_cond_destroy(&mb->news);
	pthread_mutex_destroy(&mb->lock);
	free(mb);
}

static enum mailbox_put
verdict(struct mailbox *mb, const struct mail *m, bool droppable, bool urgent)
{
	if (mb->closed)
		return MAILBOX_CLOSED;
	if (urgent || (mb->n < mb->max_mails &&
			  m->size_bytes <= mb->max_bytes - MIN(mb->bytes, mb->max_bytes)))
		return MAILBOX_OK;
	if (droppable) {
		mb->dropped++;
		return MAILBOX_DROPPED;
	}
	mb->overflowed = mb->woken = true;
	return MAILBOX_OVERFLOW;
}

static enum mailbox_put
put(struct mailbox *mb, struct mail *m, bool droppable, bool urgent)
{
	enum mailbox_put v;

	pthread_mutex_lock(&mb->lock);
	v = verdict(mb, m, droppable, urgent);
	if (v == MAILBOX_OK) {
		m->next = NULL;
		*mb->tail = m;
		mb->tail = &m->next;
		mb->n++;
		mb->bytes += m->size_bytes;
	}
	if (v == MAILBOX_OK || v == MAILBOX_OVERFLOW)
		pthread_cond_signal(&mb->news);
	pthread_mutex_unlock(&mb->lock);
	if (v != MAILBOX_OK)
		m->free(m);
	return v;
}

enum mailbox_put
mailbox_put(struct mailbox *mb, struct mail *m, bool droppable)
{
	return put(mb, m, droppable, false);
}

enum mailbox_put
mailbox_put_urgent(struct mailbox *mb, struct mail *m)
{
	return put(mb, m, false, true);
}

static struct mail *
pop(struct mailbox *mb)
{
	struct mail *m = mb->head;

	if (!m)
		return NULL;
	mb->head = m->next;
	if (!mb->head)
		mb->tail = &mb->head;
	mb->n--;
	mb->bytes -= m->size_bytes;
	m->next = NULL;
	return m;
}

struct mail *
mailbox_take(struct mailbox *mb, struct deadline dl)
{
	struct timespec until = deadline_timespec(dl);
	struct mail *m;

	pthread_mutex_lock(&mb->lock);
	while (!(m = pop(mb)) && !mb->woken && !mb->closed)
		if (pthread_cond_clockwait(&mb->news, &mb->lock, CLOCK_MONOTONIC, &until) != 0 &&
		    !mb->head)
			break;
	if (!m)
		mb->woken = false;
	pthread_mutex_unlock(&mb->lock);
	return m;
}

void
mailbox_wake(struct mailbox *mb)
{
	pthread_mutex_lock(&mb->lock);
	mb->woken = true;
	pthread_cond_signal(&mb->news);
	pthread_mutex_unlock(&mb->lock);
}

void
mailbox_close(struct mailbox *mb)
{
	pthread_mutex_lock(&mb->lock);
	mb->closed = true;
	pthread_cond_signal(&mb->news);
	pthread_mutex_unlock(&mb->lock);
}

bool
mailbox_overflowed(const struct mailbox *mb)
{
	struct mailbox *m = (struct mailbox *)(uintptr_t)mb;
	bool v;

	pthread_mutex_lock(&m->lock);
	v = m->overflowed;
	pthread_mutex_unlock(&m->lock);
	return v;
}

uint64_t
mailbox_dropped(const struct mailbox *mb)
{
	struct mailbox *m = (struct mailbox *)(uintptr_t)mb;
	uint64_t v;

	pthread_mutex_lock(&m->lock);
	v = m->dropped;
	pthread_mutex_unlock(&m->lock);
	return v;
}
