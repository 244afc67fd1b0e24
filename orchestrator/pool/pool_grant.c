// SPDX-License-Identifier: Apache-2.0
// Who gets a place at which browser: first come, first served, but for those for whom a browser has
// to be kept for itself or for its principal. Part of the plan, under the pool's lock.
#include "orchestrator/pool/pool_priv.h"

#include <string.h>

#define MAX_PROMISES 64
#define SLICE_MS     1000

bool
pool_takes_leases(const struct pool_browser *pb)
{
	return pb->state == POOL_READY && !pb->suspect && !pb->exclusive &&
	       cdp_conn_alive(browser_conn(pb->b));
}

static bool
is_new(const struct pool_browser *pb)
{
	return !pb->principal && pb->leases == 0;
}

static bool
may_share(const struct pool *p, const struct pool_browser *pb, const struct pool_waiter *w)
{
	if (w->want->isolation == ISOLATION_BROWSER)
		return is_new(pb);
	return !p->o.isolate_principals || !pb->principal ||
	       strcmp(pb->principal, w->principal) == 0;
}

// Of two that will do: its own before a new one, warm before cold, the emptier one.
static int
preference(const struct pool_browser *pb, const struct pool_waiter *w)
{
	bool own = pb->principal && strcmp(pb->principal, w->principal) == 0;

	return (own ? 4000 : 0) + (pb->retire_cause ? 0 : 2000) + (pb->n_warm ? 1000 : 0) -
	       (int)MIN(pb->leases, (size_t)900);
}

static struct pool_browser *
choose(struct pool *p, const struct pool_waiter *w)
{
	struct pool_browser *best = NULL;

	if (w->want->context) {
		struct pool_browser *pb = w->want->context->pb;

		return pool_takes_leases(pb) && pb->leases < p->o.pages_per_browser ? pb : NULL;
	}
	for (struct pool_browser *pb = p->browsers; pb; pb = pb->next) {
		if (!pool_takes_leases(pb) || pb->reserved ||
		    pb->leases >= p->o.pages_per_browser || !may_share(p, pb, w))
			continue;
		if (!best || preference(pb, w) > preference(best, w))
			best = pb;
	}
	return best;
}

static void
discard(struct pool_browser *pb, struct pool_page *page)
{
	pb->closing++;
	pool_task_add(pb->pool, pb, &(struct pool_task){.run = pool_task_close, .page = page});
}

// A page that stood ready; those that died meanwhile make the browser suspect. Another viewport
// than its window's is emulated.
static struct pool_page *
take_warm(struct pool_browser *pb, const struct pool_waiter *w)
{
	struct pool_page *page;

	if (w->want->context)
		return NULL;
	while ((page = pb->warm)) {
		pb->warm = page->next;
		pb->n_warm--;
		if (cdp_session_state(cdp_page_session(page->page)) == 0)
			return page;
		pb->suspect = true;
		discard(pb, page);
	}
	return NULL;
}

static void
grant(struct pool *p, struct pool_waiter *w, struct pool_browser *pb)
{
	w->pb = pb;
	w->granted_us = clock_us();
	pb->leases++;
	pb->exclusive = w->want->isolation == ISOLATION_BROWSER;
	if (!pb->principal)
		pb->principal = xstrdup(w->principal);
	if (w->want->context)
		w->want->context->pages++;
	w->page = take_warm(pb, w);
	w->warm = w->page != NULL;
	if (w->page) {
		pool_waiter_finish(w, NULL);
		return;
	}
	w->next = NULL;
	*pb->granted_tail = w;
	pb->granted_tail = &w->next;
	pb->opening++;
	pool_task_add(
	    p, pb, &(struct pool_task){.run = pool_task_open, .context = w->want->context});
}

// A browser that is not there yet, or not free yet, and for whom.
struct promise {
	const char *principal;
	size_t places;
};
struct pass {
	struct promise v[MAX_PROMISES];
	size_t n;
	size_t starting; // not promised to anybody
};

static bool
is_promised(struct pass *pass, const struct pool_waiter *w)
{
	for (size_t i = 0; i < pass->n; i++) {
		struct promise *q = &pass->v[i];

		if (q->places > 0 && strcmp(q->principal, w->principal) == 0) {
			q->places--;
			return true;
		}
	}
	return false;
}

static void
promise(const struct pool *p, struct pass *pass, const struct pool_waiter *w)
{
	bool alone = w->want->isolation == ISOLATION_BROWSER;

	if (pass->n < MAX_PROMISES)
		pass->v[pass->n++] =
		    (struct promise){w->principal, alone ? 0 : p->o.pages_per_browser - 1};
}

// Changing hands costs a browser its life. For a while it goes on with whom it serves, if he has
// more to do.
static bool
goes_on(const struct pool *p, const struct pool_browser *pb, const struct pool_waiter *w)
{
	if (clock_ms() - w->since_ms >= SLICE_MS)
		return false;
	if (!pool_browser_idle(pb))
		return true;
	for (const struct pool_waiter *v = w->next; v; v = v->next)
		if (!v->want->context && may_share(p, pb, v))
			return true;
	return false;
}

// One who may use none of the browsers as they are: an idle one is ended for him, or the emptiest
// is kept from others until it is idle.
static void
make_room(struct pool *p, struct pass *pass, const struct pool_waiter *w)
{
	bool alone = w->want->isolation == ISOLATION_BROWSER;
	struct pool_browser *best = NULL;

	if ((!alone && !p->o.isolate_principals) || w->want->context)
		return;
	if (!alone && is_promised(pass, w))
		return;
	if (pass->starting > 0) {
		pass->starting--;
		promise(p, pass, w);
		return;
	}
	for (struct pool_browser *pb = p->browsers; pb; pb = pb->next) {
		if (pb->state != POOL_READY || pb->reserved)
			continue;
		if (may_share(p, pb, w) && !pb->exclusive)
			return; // it only has to have a place again
		if (!best || pb->leases + pb->closing < best->leases + best->closing)
			best = pb;
	}
	if (!best || goes_on(p, best, w))
		return;
	best->reserved = true;
	promise(p, pass, w);
	if (pool_browser_idle(best))
		pool_end_browser(best, &p->st.restarts_principal);
}

static bool
context_is_lost(const struct pool_waiter *w)
{
	return w->want->context && w->want->context->pb->state != POOL_READY;
}

void
pool_grant(struct pool *p)
{
	struct pass pass = {.n = 0};
	struct err lost = ERR_INIT;

	err_set(&lost, ERR_BROWSER_CRASHED, "the session's browser has gone");
	for (struct pool_browser *pb = p->browsers; pb; pb = pb->next) {
		pb->reserved = false;
		pass.starting += pb->state == POOL_STARTING && !pb->abandon;
	}
	for (struct pool_waiter **at = &p->waiters; *at;) {
		struct pool_waiter *w = *at;
		struct pool_browser *pb = choose(p, w);

		if (!pb && !context_is_lost(w)) {
			make_room(p, &pass, w);
			at = &w->next;
			continue;
		}
		*at = w->next;
		if (!*at)
			p->waiters_tail = at;
		if (pb)
			grant(p, w, pb);
		else
			pool_waiter_finish(w, &lost);
	}
}
