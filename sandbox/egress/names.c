// SPDX-License-Identifier: Apache-2.0
// Names of hosts: riptide is asked for each once, for so many at a time, and for so many of one
// slot; the others wait in line. Answers are kept for a short while. What a name came to is judged
// whenever it is dialled, so that it does not matter who asked first.
#include "sandbox/egress/guard.h"

#include "base/hash.h"

static void
set_state(struct guard *g, struct name *n, enum name_state state, int64_t for_ms)
{
	TAILQ_REMOVE(&g->by_state[n->state], n, in_state);
	g->n_by_state[n->state]--;
	n->state = state;
	n->due_us = for_ms ? g->now_us + for_ms * 1000 : 0;
	TAILQ_INSERT_TAIL(&g->by_state[state], n, in_state);
	g->n_by_state[state]++;
}

static size_t
bucket(const char *host)
{
	return hash32(sv_from(host)) % NAME_BUCKETS;
}

static struct name *
find(struct guard *g, const char *host)
{
	struct name *n;

	LIST_FOREACH(n, &g->names[bucket(host)], in_table)
	if (strcmp(n->host, host) == 0)
		return n;
	return NULL;
}

static struct name *
name_new(struct guard *g, const char *host, struct slot *asker)
{
	struct name *n = xcalloc(1, sizeof(*n));

	n->host = xstrdup(host);
	n->asker = asker;
	LIST_INIT(&n->waiting);
	LIST_INSERT_HEAD(&g->names[bucket(host)], n, in_table);
	TAILQ_INSERT_TAIL(&g->by_state[NAME_QUEUED], n, in_state);
	g->n_by_state[NAME_QUEUED]++;
	return n;
}

// Nobody waits for it, riptide is not asked for it.
static void
name_free(struct guard *g, struct name *n)
{
	TAILQ_REMOVE(&g->by_state[n->state], n, in_state);
	g->n_by_state[n->state]--;
	LIST_REMOVE(n, in_table);
	free(n->host);
	free(n);
}

// --- the line ---

static bool
may_ask(const struct guard *g, const struct slot *asker)
{
	return g->n_by_state[NAME_ASKED] < g->limits.lookups &&
	       asker->n_lookups < g->limits.slot_lookups;
}

static void
ask(struct guard *g, struct name *n)
{
	n->id = ++g->last_id;
	n->asker->n_lookups++;
	set_state(g, n, NAME_ASKED, g->limits.dial_ms);
	control_ask(g, n->id, n->host);
}

// Others in the line may have their turn.
static void
advance(struct guard *g)
{
	struct name *next;

	for (struct name *n = TAILQ_FIRST(&g->by_state[NAME_QUEUED]);
	     n && g->n_by_state[NAME_ASKED] < g->limits.lookups; n = next) {
		next = TAILQ_NEXT(n, in_state);
		if (may_ask(g, n->asker))
			ask(g, n);
	}
}

static void
no_longer_asked(struct name *n)
{
	if (n->asker)
		n->asker->n_lookups--;
	n->asker = NULL;
}

// --- answers ---

static void
drop_old(struct guard *g)
{
	while (g->n_by_state[NAME_KNOWN] + g->n_by_state[NAME_FAILED] >= g->limits.names) {
		struct name *known = TAILQ_FIRST(&g->by_state[NAME_KNOWN]),
			    *failed = TAILQ_FIRST(&g->by_state[NAME_FAILED]);

		name_free(g, failed ? failed : known);
	}
}

static void
answered(struct guard *g, struct name *n)
{
	struct conn *c;

	no_longer_asked(n);
	drop_old(g);
	if (n->n)
		set_state(g, n, NAME_KNOWN, g->limits.name_ms);
	else
		set_state(g, n, NAME_FAILED, g->limits.name_failed_ms);
	while ((c = LIST_FIRST(&n->waiting))) {
		LIST_REMOVE(c, in_name);
		c->name = NULL;
		conn_resolved(c, n);
	}
	advance(g);
}

void
names_answer(struct guard *g, int64_t id, const cJSON *addresses)
{
	struct name *n;

	TAILQ_FOREACH(n, &g->by_state[NAME_ASKED], in_state)
	if (n->id == id)
		break;
	if (!n) // too late
		return;
	n->n = 0;
	json_foreach (item, addresses)
		if (n->n < ARRAY_LEN(n->at) && cJSON_IsString(item) &&
		    address_read(sv_from(item->valuestring), &n->at[n->n]))
			n->n++;
	answered(g, n);
}

// --- who asks ---

static bool
is_stale(const struct guard *g, const struct name *n)
{
	return (n->state == NAME_KNOWN || n->state == NAME_FAILED) && n->due_us <= g->now_us;
}

const struct name *
names_ask(struct guard *g, struct conn *c, const char *host)
{
	struct name *n = find(g, host);

	if (n && is_stale(g, n)) {
		name_free(g, n);
		n = NULL;
	}
	if (!n)
		n = name_new(g, host, c->slot);
	if (n->state == NAME_KNOWN || n->state == NAME_FAILED)
		return n;
	c->name = n;
	LIST_INSERT_HEAD(&n->waiting, c, in_name);
	if (n->state == NAME_QUEUED && may_ask(g, c->slot)) {
		n->asker = c->slot; // who has room, though another came first
		ask(g, n);
	}
	return NULL;
}

void
names_unwait(struct guard *g, struct conn *c)
{
	struct name *n = c->name;

	if (!n)
		return;
	LIST_REMOVE(c, in_name);
	c->name = NULL;
	if (n->state == NAME_QUEUED && LIST_EMPTY(&n->waiting))
		name_free(g, n);
}

// Its connections are gone, so that others wait for what it has in the line.
void
names_forget_slot(struct guard *g, const struct slot *s)
{
	struct name *n;

	TAILQ_FOREACH(n, &g->by_state[NAME_ASKED], in_state)
	if (n->asker == s)
		no_longer_asked(n);
	TAILQ_FOREACH(n, &g->by_state[NAME_QUEUED], in_state)
	if (n->asker == s)
		n->asker = LIST_FIRST(&n->waiting)->slot;
}

// --- time ---

void
names_tick(struct guard *g)
{
	struct name *n;

	while ((n = TAILQ_FIRST(&g->by_state[NAME_ASKED])) && n->due_us <= g->now_us)
		answered(g, n);
	for (int state = NAME_KNOWN; state <= NAME_FAILED; state++)
		while ((n = TAILQ_FIRST(&g->by_state[state])) && n->due_us <= g->now_us)
			name_free(g, n);
}

int64_t
names_due_us(const struct guard *g)
{
	int64_t due = INT64_MAX;

	for (int state = NAME_ASKED; state <= NAME_FAILED; state++)
		if (!TAILQ_EMPTY(&g->by_state[state]))
			due = MIN(due, TAILQ_FIRST(&g->by_state[state])->due_us);
	return due;
}

void
names_done(struct guard *g)
{
	for (size_t i = 0; i < ARRAY_LEN(g->by_state); i++)
		while (!TAILQ_EMPTY(&g->by_state[i]))
			name_free(g, TAILQ_FIRST(&g->by_state[i]));
}
