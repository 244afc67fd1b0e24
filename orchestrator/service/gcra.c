// SPDX-License-Identifier: Apache-2.0
// The cell rate algorithm, and a hash table with an LRU list through it. Indices instead of
// pointers, 0 for none: the table is one array that grows to its maximum.
#include "orchestrator/service/gcra.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#include <sys/random.h>

struct gcra_answer
gcra_take(int64_t *tat_ns, struct gcra_rate rate, int64_t now_ns)
{
	double step = 1e9 / rate.per_second, burst = MAX(rate.burst, 1.0);
	double full = step * burst; // how far ahead of now the client may get
	double tat = (double)MAX(*tat_ns, now_ns) - (double)now_ns + step;
	bool allowed = tat <= full + 1; // a nanosecond for rounding

	if (allowed)
		*tat_ns = now_ns + (int64_t)tat;
	else
		tat -= step;
	return (struct gcra_answer){
	    .allowed = allowed,
	    .limit = (int64_t)burst,
	    .remaining = (int64_t)floor(MAX(0.0, (full - tat + 1) / step)),
	    .reset_ms = (int64_t)ceil(tat / 1e6),
	    .retry_ms = allowed ? 0 : MAX((int64_t)1, (int64_t)ceil((tat + step - full) / 1e6)),
	};
}

// --- the table ---

struct gcra_table {
	struct gcra_client *clients; // [0] is no client
	uint32_t *heads;             // chains by hash
	uint32_t max, cap, n;        // of clients, without [0]
	uint32_t n_heads;            // a power of two
	uint32_t newest, oldest;
	uint64_t seed[2];
};

struct gcra_table *
gcra_table_new(uint32_t max)
{
	struct gcra_table *t = xcalloc(1, sizeof(*t));
	ssize_t got = getrandom(t->seed, sizeof(t->seed), 0);

	assert(got == sizeof(t->seed));
	t->max = max;
	t->n_heads = 16;
	while (t->n_heads < max)
		t->n_heads *= 2;
	t->heads = xcalloc(t->n_heads, sizeof(*t->heads));
	return t;
}

void
gcra_table_free(struct gcra_table *t)
{
	if (!t)
		return;
	free(t->clients);
	free(t->heads);
	free(t);
}

// Mixed with a seed, so that nobody can choose addresses that share a chain (the finaliser is
// MurmurHash3's).
static uint32_t *
head_of(const struct gcra_table *t, struct gcra_id id)
{
	uint64_t h[2];

	memcpy(h, id.b, sizeof(h));
	for (int i = 0; i < 2; i++) {
		h[i] ^= t->seed[i] ^ (i ? h[0] : 0);
		h[i] = (h[i] ^ (h[i] >> 33)) * 0xff51afd7ed558ccdULL;
		h[i] = (h[i] ^ (h[i] >> 33)) * 0xc4ceb9fe1a85ec53ULL;
		h[i] ^= h[i] >> 33;
	}
	return &t->heads[h[1] & (t->n_heads - 1)];
}

static void
unlink_age(struct gcra_table *t, uint32_t i)
{
	struct gcra_client *c = &t->clients[i];

	*(c->newer ? &t->clients[c->newer].older : &t->newest) = c->older;
	*(c->older ? &t->clients[c->older].newer : &t->oldest) = c->newer;
}

static void
link_newest(struct gcra_table *t, uint32_t i)
{
	t->clients[i].newer = 0;
	t->clients[i].older = t->newest;
	*(t->newest ? &t->clients[t->newest].newer : &t->oldest) = i;
	t->newest = i;
}

static uint32_t
evict(struct gcra_table *t)
{
	uint32_t i = t->oldest, *at = head_of(t, t->clients[i].id);

	while (*at != i)
		at = &t->clients[*at].next;
	*at = t->clients[i].next;
	unlink_age(t, i);
	return i;
}

static uint32_t
free_slot(struct gcra_table *t)
{
	if (t->n == t->max)
		return evict(t);
	if (t->n == t->cap) {
		t->cap = MIN(t->max, t->cap ? 2 * t->cap : 64U);
		t->clients = xrealloc(t->clients, ((size_t)t->cap + 1) * sizeof(*t->clients));
	}
	return ++t->n;
}

struct gcra_client *
gcra_client(struct gcra_table *t, struct gcra_id id)
{
	uint32_t *head = head_of(t, id), i = *head;

	while (i && memcmp(&t->clients[i].id, &id, sizeof(id)) != 0)
		i = t->clients[i].next;
	if (i) {
		unlink_age(t, i);
	} else {
		i = free_slot(t); // may change *head
		t->clients[i] = (struct gcra_client){.id = id, .next = *head};
		*head = i;
	}
	link_newest(t, i);
	return &t->clients[i];
}
