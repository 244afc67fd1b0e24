// SPDX-License-Identifier: Apache-2.0
// Which waiting job is next: start-time fair queueing on two levels, first over the priorities (by
// weight, so that none starves), then over the keys of a priority (equal shares of the job threads'
// time); in order of arrival within a key. Pure bookkeeping, no clock and no lock: the caller's.
#ifndef ORCHESTRATOR_ADMISSION_QUEUE_H
#define ORCHESTRATOR_ADMISSION_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_CLASSES 3 // enum request_priority

// Embedded in what waits; the queue's while it waits and runs.
struct queue_item {
	uint64_t serial; // items of equal serial run one at a time; 0: none
	struct queue_key *key;
	struct queue_item *next, *prev; // in its flow, or among the running
	unsigned class;
	double charged_ms;
	bool waits;
};

struct queue;
struct queue *queue_new(void);
void queue_free(struct queue *q); // nothing waits or runs

// `max_running` of this key, from now on; 0: no limit of its own.
void queue_push(
    struct queue *q, struct queue_item *it, const char *key, unsigned class, size_t max_running);
// The next one, which counts as running until queue_done; NULL: none may run now.
struct queue_item *queue_pop(struct queue *q);
void queue_done(struct queue *q, struct queue_item *it, double used_ms);
void queue_remove(struct queue *q, struct queue_item *it); // it waits no more

size_t queue_len(const struct queue *q);
size_t queue_class_len(const struct queue *q, unsigned class);
size_t queue_key_len(const struct queue *q, const char *key); // waiting ones
bool queue_serial_runs(const struct queue *q, uint64_t serial);
size_t queue_running(const struct queue *q);

// What a job would wait for if it came now.
struct queue_ahead {
	size_t jobs;           // waiting ones that would go first
	double work_ms;        // their expected time in a job thread
	double own_wait_ms;    // what the key's own limit makes it wait, at least
	double serial_wait_ms; // those of its serial that go first take so long
	double service_ms;     // expected of a job of this key
	double deviation_ms;   // mean deviation of that
};
void queue_ahead(const struct queue *q, const char *key, unsigned class, size_t max_running,
    uint64_t serial, struct queue_ahead *out);

#endif
