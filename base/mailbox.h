// SPDX-License-Identifier: Apache-2.0
// Bounded many-writer one-reader queue: the only way from the loop thread to a job thread.
// Two classes of message: `droppable` ones (console, data) are counted and dropped when the box is
// full; a full box refuses any other message and stays `overflowed`, which fails the reader's job.
#ifndef BASE_MAILBOX_H
#define BASE_MAILBOX_H

#include "base/clock.h"
#include "base/util.h"

#include <stdbool.h>
#include <stdint.h>

struct mail {
	struct mail *next;           // owned by the mailbox while queued
	void (*free)(struct mail *); // how the reader, or mailbox_free, gets rid of it
	size_t size_bytes;           // counted against the byte limit
};

struct mailbox;

// What is put beyond either limit is dropped, or marks the box overflowed. Never NULL.
struct mailbox *mailbox_new(size_t max_mails, size_t max_bytes);
void mailbox_free(struct mailbox *mb); // frees what is still queued

enum mailbox_put {
	MAILBOX_OK,
	MAILBOX_DROPPED,  // droppable and full; counted
	MAILBOX_OVERFLOW, // full; the box is marked overflowed
	MAILBOX_CLOSED,
};
// Takes `m` in every case (frees it when it is not queued). Any thread; never blocks.
enum mailbox_put mailbox_put(struct mailbox *mb, struct mail *m, bool droppable);
// As mailbox_put, but past the limits too: for replies the reader asked for and for end-of-life
// news.
enum mailbox_put mailbox_put_urgent(struct mailbox *mb, struct mail *m);

// The oldest mail (caller frees it with m->free), also past the deadline and after closing as long
// as there is one; NULL when there is none and the deadline passed, the box was closed, woken, or
// overflowed since the last take.
struct mail *mailbox_take(struct mailbox *mb, struct deadline dl);
// Wake the reader without mail (cancellation); the wake-up is remembered until the next take.
void mailbox_wake(struct mailbox *mb);
void mailbox_close(struct mailbox *mb);
bool mailbox_overflowed(const struct mailbox *mb);
uint64_t mailbox_dropped(const struct mailbox *mb);

#endif
