// SPDX-License-Identifier: Apache-2.0
// Start-time fair queueing (Goyal, Vin, Cheng 1996): a flow's next job carries a start tag in
// virtual time, the lowest tag runs, and the tag advances by what the job is expected to cost,
// corrected when it is known. A flow that was idle starts at the present, so that nobody saves up.
#include "base/hash.h"
#include "orchestrator/admission/queue.h"

#include "base/util.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define BUCKETS       256
#define MAX_IDLE_KEYS 1024 // remembered for their tags and costs
#define FIRST_COST_MS 500.0
#define SMOOTHING     0.1

static const double weights[QUEUE_CLASSES] = {16, 4, 1};

struct flow {
	struct queue_item *head, *tail;
	size_t n;
	double tag;
};

struct queue_key {
	char *name;
	size_t max_running, running, queued;
	double cost_ms, deviation_ms;
	struct flow flows[QUEUE_CLASSES];
	struct queue_key *next_in_bucket;
	struct queue_key *next, *prev; // among those with waiting jobs
};

struct class {
	double tag; // of its next job
	double now; // start tag of the last one that ran
	size_t n;
};

struct queue {
	struct queue_key *buckets[BUCKETS];
	size_t n_keys;
	struct queue_key *active;
	struct queue_item *running;
	size_t n_running, n;
	struct class classes[QUEUE_CLASSES];
	double now;
	double cost_ms, deviation_ms; // over all keys
};

struct queue *
queue_new(void)
{
	struct queue *q = xcalloc(1, sizeof(*q));

	q->cost_ms = FIRST_COST_MS;
	q->deviation_ms = FIRST_COST_MS / 4;
	return q;
}

void
queue_free(struct queue *q)
{
	if (!q)
		return;
	assert(q->n == 0 && q->n_running == 0);
	for (size_t i = 0; i < BUCKETS; i++)
		while (q->buckets[i]) {
			struct queue_key *k = q->buckets[i];

			q->buckets[i] = k->next_in_bucket;
			free(k->name);
			free(k);
		}
	free(q);
}

// --- keys ---

static size_t
bucket_of(const char *name)
{
	return hash32(sv_from(name)) % BUCKETS;
}

static struct queue_key *
find_key(const struct queue *q, const char *name)
{
	for (struct queue_key *k = q->buckets[bucket_of(name)]; k; k = k->next_in_bucket)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

static void
forget_idle_keys(struct queue *q)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct queue_key **at = &q->buckets[i], *k; (k = *at);) {
			if (k->queued || k->running) {
				at = &k->next_in_bucket;
				continue;
			}
			*at = k->next_in_bucket;
			free(k->name);
			free(k);
			q->n_keys--;
		}
}

static struct queue_key *
get_key(struct queue *q, const char *name)
{
	struct queue_key *k = find_key(q, name);
	size_t b = bucket_of(name);

	if (k)
		return k;
	if (q->n_keys >= MAX_IDLE_KEYS)
		forget_idle_keys(q);
	k = xcalloc(1, sizeof(*k));
	k->name = xstrdup(name);
	k->cost_ms = q->cost_ms;
	k->deviation_ms = q->deviation_ms;
	k->next_in_bucket = q->buckets[b];
	q->buckets[b] = k;
	q->n_keys++;
	return k;
}

static void
activate(struct queue *q, struct queue_key *k)
{
	k->prev = NULL;
	k->next = q->active;
	if (k->next)
		k->next->prev = k;
	q->active = k;
}

static void
deactivate(struct queue *q, struct queue_key *k)
{
	if (k->prev)
		k->prev->next = k->next;
	else
		q->active = k->next;
	if (k->next)
		k->next->prev = k->prev;
}

// --- in and out ---

void
queue_push(
    struct queue *q, struct queue_item *it, const char *key, unsigned class, size_t max_running)
{
	struct queue_key *k = get_key(q, key);
	struct flow *f = &k->flows[class];
	struct class *c = &q->classes[class];

	k->max_running = max_running;
	if (f->n == 0)
		f->tag = fmax(f->tag, c->now);
	if (c->n == 0)
		c->tag = fmax(c->tag, q->now);
	if (k->queued == 0)
		activate(q, k);
	it->key = k;
	it->class = class;
	it->waits = true;
	it->next = NULL;
	it->prev = f->tail;
	if (f->tail)
		f->tail->next = it;
	else
		f->head = it;
	f->tail = it;
	f->n++;
	c->n++;
	k->queued++;
	q->n++;
}

void
queue_remove(struct queue *q, struct queue_item *it)
{
	struct queue_key *k = it->key;
	struct flow *f = &k->flows[it->class];

	assert(it->waits);
	it->waits = false;
	*(it->prev ? &it->prev->next : &f->head) = it->next;
	*(it->next ? &it->next->prev : &f->tail) = it->prev;
	it->next = it->prev = NULL;
	f->n--;
	q->classes[it->class].n--;
	q->n--;
	if (--k->queued == 0)
		deactivate(q, k);
}

bool
queue_serial_runs(const struct queue *q, uint64_t serial)
{
	for (const struct queue_item *r = q->running; serial && r; r = r->next)
		if (r->serial == serial)
			return true;
	return false;
}

static struct queue_item *
first_eligible(const struct queue *q, const struct flow *f)
{
	struct queue_item *it = f->head;

	while (it && queue_serial_runs(q, it->serial))
		it = it->next;
	return it;
}

static struct queue_item *
best_of_class(const struct queue *q, unsigned class)
{
	struct queue_item *best = NULL;

	for (struct queue_key *k = q->active; k; k = k->next) {
		const struct flow *f = &k->flows[class];
		struct queue_item *it;

		if (f->n == 0 || (k->max_running && k->running >= k->max_running))
			continue;
		if (best && f->tag >= best->key->flows[class].tag)
			continue;
		it = first_eligible(q, f);
		best = it ? it : best;
	}
	return best;
}

// Of the classes that have one, the one with the lowest tag; the higher priority among equals.
static struct queue_item *
choose(const struct queue *q)
{
	struct queue_item *best = NULL;

	for (unsigned c = 0; c < QUEUE_CLASSES; c++) {
		struct queue_item *it;

		if (q->classes[c].n == 0)
			continue;
		if (best && q->classes[c].tag >= q->classes[best->class].tag)
			continue;
		it = best_of_class(q, c);
		best = it ? it : best;
	}
	return best;
}

struct queue_item *
queue_pop(struct queue *q)
{
	struct queue_item *it = choose(q);
	struct class *c;
	struct flow *f;

	if (!it)
		return NULL;
	c = &q->classes[it->class];
	f = &it->key->flows[it->class];
	queue_remove(q, it);
	it->charged_ms = it->key->cost_ms;
	c->now = f->tag;
	q->now = c->tag;
	f->tag += it->charged_ms;
	c->tag += it->charged_ms / weights[it->class];
	it->key->running++;
	it->next = q->running;
	if (it->next)
		it->next->prev = it;
	q->running = it;
	q->n_running++;
	return it;
}

static void
learn(double *mean, double *deviation, double ms)
{
	*deviation += SMOOTHING * (fabs(ms - *mean) - *deviation);
	*mean += SMOOTHING * (ms - *mean);
}

void
queue_done(struct queue *q, struct queue_item *it, double used_ms)
{
	struct queue_key *k = it->key;
	double more = used_ms - it->charged_ms;

	assert(!it->waits && k->running > 0);
	k->flows[it->class].tag += more;
	q->classes[it->class].tag += more / weights[it->class];
	learn(&k->cost_ms, &k->deviation_ms, used_ms);
	learn(&q->cost_ms, &q->deviation_ms, used_ms);
	k->running--;
	*(it->prev ? &it->prev->next : &q->running) = it->next;
	if (it->next)
		it->next->prev = it->prev;
	q->n_running--;
	it->key = NULL;
}

// --- counts ---

size_t
queue_len(const struct queue *q)
{
	return q->n;
}

size_t
queue_class_len(const struct queue *q, unsigned class)
{
	return q->classes[class].n;
}

size_t
queue_key_len(const struct queue *q, const char *key)
{
	const struct queue_key *k = find_key(q, key);

	return k ? k->queued : 0;
}

size_t
queue_running(const struct queue *q)
{
	return q->n_running;
}

// --- what a new job would wait for ---

// How many of n jobs, one each `cost` from `tag`, start no later than `mine`.
static double
starts_before(double tag, size_t n, double cost, double mine)
{
	double fit = mine < tag ? 0 : floor((mine - tag) / cost) + 1;

	return fmin(fit, (double)n);
}

static void
add_ahead(struct queue_ahead *out, double jobs, double cost_ms)
{
	out->jobs += (size_t)jobs;
	out->work_ms += jobs * cost_ms;
}

static size_t
count_serial(const struct queue *q, const struct queue_key *k, uint64_t serial)
{
	size_t n = queue_serial_runs(q, serial);

	for (unsigned c = 0; k && serial && c < QUEUE_CLASSES; c++)
		for (const struct queue_item *it = k->flows[c].head; it; it = it->next)
			n += it->serial == serial;
	return n;
}

static void
own_limits(const struct queue *q, const struct queue_key *k, size_t max_running, uint64_t serial,
    struct queue_ahead *out)
{
	out->serial_wait_ms = (double)count_serial(q, k, serial) * out->service_ms;
	if (k && max_running && k->running + k->queued >= max_running)
		out->own_wait_ms = (double)(k->running + k->queued + 1 - max_running) *
				   out->service_ms / (double)max_running;
}

void
queue_ahead(const struct queue *q, const char *key, unsigned class, size_t max_running,
    uint64_t serial, struct queue_ahead *out)
{
	const struct queue_key *mine = find_key(q, key);
	const struct class *c = &q->classes[class];
	const struct flow *f = mine ? &mine->flows[class] : NULL;
	double cost = fmax(mine ? mine->cost_ms : q->cost_ms, 1), tag, class_tag;

	*out = (struct queue_ahead){
	    .service_ms = cost, .deviation_ms = mine ? mine->deviation_ms : q->deviation_ms};
	tag = fmax(f ? f->tag : 0, c->now) + (f ? (double)f->n * cost : 0);
	for (const struct queue_key *k = q->active; k; k = k->next) {
		const struct flow *other = &k->flows[class];
		double each = fmax(k->cost_ms, 1);

		add_ahead(out,
		    k == mine ? (double)other->n : starts_before(other->tag, other->n, each, tag),
		    each);
	}
	class_tag = (c->n ? c->tag : fmax(c->tag, q->now)) + out->work_ms / weights[class];
	for (unsigned d = 0; d < QUEUE_CLASSES; d++)
		if (d != class)
			add_ahead(out,
			    starts_before(q->classes[d].tag, q->classes[d].n,
				fmax(q->cost_ms, 1) / weights[d], class_tag),
			    q->cost_ms);
	own_limits(q, mine, max_running, serial, out);
}
