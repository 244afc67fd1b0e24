// SPDX-License-Identifier: Apache-2.0
// Intrusive chained hash table for the loop thread's own maps (pending calls, sessions, requests).
#include "cdp/conn/conn_priv.h"

static struct hnode **
htab_slot(const struct htab *t, uint64_t key)
{
	return &t->slots[(key * 0x9e3779b97f4a7c15u >> 32) & (t->n_slots - 1)];
}

static void
htab_link(struct htab *t, struct hnode *n)
{
	struct hnode **slot = htab_slot(t, n->key);

	n->next = *slot;
	*slot = n;
}

static void
htab_resize(struct htab *t, size_t n_slots)
{
	struct htab old = *t;

	t->slots = xcalloc(n_slots, sizeof(*t->slots));
	t->n_slots = n_slots;
	for (size_t i = 0; i < old.n_slots; i++) {
		for (struct hnode *n = old.slots[i], *next; n; n = next) {
			next = n->next;
			htab_link(t, n);
		}
	}
	free(old.slots);
}

void
htab_done(struct htab *t)
{
	free(t->slots);
	*t = (struct htab){0};
}

void
htab_put(struct htab *t, struct hnode *n, uint64_t key)
{
	if (t->n >= t->n_slots)
		htab_resize(t, t->n_slots ? t->n_slots * 2 : 16);
	n->key = key;
	htab_link(t, n);
	t->n++;
}

static struct hnode *
htab_match(struct hnode *n, uint64_t key)
{
	while (n && n->key != key)
		n = n->next;
	return n;
}

struct hnode *
htab_find(const struct htab *t, uint64_t key)
{
	return t->n_slots ? htab_match(*htab_slot(t, key), key) : NULL;
}

struct hnode *
htab_find_next(const struct hnode *n)
{
	return htab_match(n->next, n->key);
}

void
htab_del(struct htab *t, struct hnode *n)
{
	for (struct hnode **p = htab_slot(t, n->key); *p; p = &(*p)->next) {
		if (*p == n) {
			*p = n->next;
			t->n--;
			return;
		}
	}
}

void
htab_each(struct htab *t, void (*fn)(struct hnode *n, void *arg), void *arg)
{
	for (size_t i = 0; i < t->n_slots; i++) {
		for (struct hnode *n = t->slots[i], *next; n; n = next) {
			next = n->next;
			fn(n, arg);
		}
	}
}

// FNV-1a.
uint64_t
htab_hash(struct sv text)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (unsigned char)text.p[i]) * 0x100000001b3u;
	return h;
}
