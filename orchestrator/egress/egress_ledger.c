// SPDX-License-Identifier: Apache-2.0
// What was dialled by a slot: asked of the guard, awaited by the caller, read by the thread
// "riptide-egress" as what a page may have had its hands in.
#include "orchestrator/egress/egress_priv.h"

#include <stdio.h>

struct egress_waiter { // on the stack of who waits
	struct egress_waiter *next;
	uint64_t id;
	struct egress_ledger ledger;
	bool done;
	int rc;
	pthread_cond_t changed;
};

// --- reading ---

static bool
read_verdict(const cJSON *row, enum egress_verdict *out)
{
	const char *name = json_str(row, "verdict");

	for (size_t i = 0; name && i < EGRESS_VERDICTS; i++)
		if (strcmp(name, egress_verdict_names[i]) == 0) {
			*out = (enum egress_verdict)i;
			return true;
		}
	return false;
}

static bool
read_row(const cJSON *v, struct egress_row *out)
{
	const char *host = json_str(v, "host"), *address = json_str(v, "address"),
		   *detail = json_str(v, "detail");
	uint64_t port;

	if (!host || strlen(host) > EGRESS_MAX_HOST || !egress_count(v, "port", &port) ||
	    port > UINT16_MAX || !read_verdict(v, &out->verdict))
		return false;
	if ((json_get(v, "address") && !address) ||
	    (address && strlen(address) >= sizeof(out->address)))
		return false;
	if ((json_get(v, "detail") && !detail) || (detail && strlen(detail) >= sizeof(out->detail)))
		return false;
	if (!egress_count(v, "connections", &out->connections) ||
	    !egress_count(v, "bytes_in", &out->bytes_in) ||
	    !egress_count(v, "bytes_out", &out->bytes_out))
		return false;
	out->port = (uint16_t)port;
	snprintf(out->address, sizeof(out->address), "%s", address ? address : "");
	snprintf(out->detail, sizeof(out->detail), "%s", detail ? detail : "");
	out->host = xstrdup(host);
	return true;
}

static bool
read_rows(const cJSON *hosts, struct egress_ledger *out)
{
	int n = cJSON_IsArray(hosts) ? cJSON_GetArraySize(hosts) : -1;

	if (n < 0 || n > EGRESS_MAX_HOSTS)
		return false;
	out->rows = n > 0 ? xcalloc((size_t)n, sizeof(*out->rows)) : NULL;
	json_foreach (v, hosts) {
		if (!read_row(v, &out->rows[out->n_rows]))
			return false;
		out->n_rows++;
	}
	return true;
}

static bool
read_ledger(const cJSON *v, struct egress_ledger *out)
{
	const cJSON *over = json_get(v, "over");

	if (!egress_count(v, "bytes", &out->bytes) || !egress_count(v, "denied", &out->denied) ||
	    !cJSON_IsBool(over) ||
	    (json_get(v, "dropped") && !egress_count(v, "dropped", &out->dropped)))
		return false;
	out->over = cJSON_IsTrue(over);
	return read_rows(json_get(v, "hosts"), out);
}

void
egress_ledger_done(struct egress_ledger *l)
{
	for (size_t i = 0; i < l->n_rows; i++)
		free(l->rows[i].host);
	free(l->rows);
	*l = (struct egress_ledger){0};
}

// --- handing over ---

static void
finish(struct egress_waiter *w, int rc)
{
	w->rc = rc;
	w->done = true;
	pthread_cond_signal(&w->changed);
}

static void
hand_over(struct egress *e, uint64_t id, struct egress_ledger *ledger)
{
	for (struct egress_waiter *w = e->waiters; w; w = w->next)
		if (w->id == id && !w->done) {
			w->ledger = *ledger;
			*ledger = (struct egress_ledger){0};
			finish(w, 0);
		}
}

bool
egress_ledger_take(struct egress *e, const cJSON *event)
{
	struct egress_ledger ledger = {0};
	uint64_t id;
	bool good = egress_count(event, "id", &id) && read_ledger(event, &ledger);

	pthread_mutex_lock(&e->lock);
	good = good && id <= e->last_id;
	if (good && id == e->asked) {
		e->asked = 0;
		e->alive = true;
		pthread_cond_broadcast(&e->changed);
	} else if (good) {
		hand_over(e, id, &ledger);
	}
	pthread_mutex_unlock(&e->lock);
	egress_ledger_done(&ledger);
	return good;
}

void
egress_ledger_fail(struct egress *e)
{
	for (struct egress_waiter *w = e->waiters; w; w = w->next)
		if (!w->done)
			finish(w, ERR_SANDBOX);
}

// --- asking ---

uint64_t
egress_ledger_ask(struct egress *e, uint64_t listener, const char *slot)
{
	cJSON *packet = json_obj();
	uint64_t id = ++e->last_id;

	json_set_str(packet, "op", "ledger");
	json_set_int(packet, "listener", listener);
	json_set_str(packet, "slot", slot);
	json_set_int(packet, "id", id);
	egress_put(e, packet, -1);
	cJSON_Delete(packet);
	return id;
}

static void
unlink_waiter(struct egress *e, const struct egress_waiter *w)
{
	struct egress_waiter **at = &e->waiters;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
}

int
egress_ledger_of(struct egress *e, uint64_t listener, const char *slot, struct deadline dl,
    struct egress_ledger *out)
{
	struct egress_waiter w = {.rc = ERR_TIMEOUT};
	struct timespec until = deadline_timespec(dl);

	pthread_mutex_lock(&e->lock);
	if (e->wire.fd < 0) {
		pthread_mutex_unlock(&e->lock);
		return ERR_SANDBOX;
	}
	pthread_cond_init(&w.changed, NULL);
	w.id = egress_ledger_ask(e, listener, slot);
	w.next = e->waiters;
	e->waiters = &w;
	while (
	    !w.done && pthread_cond_clockwait(&w.changed, &e->lock, CLOCK_MONOTONIC, &until) == 0)
		;
	unlink_waiter(e, &w);
	pthread_mutex_unlock(&e->lock);
	pthread_cond_destroy(&w.changed);
	if (w.rc == 0)
		*out = w.ledger;
	return w.rc;
}
