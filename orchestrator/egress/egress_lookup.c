// SPDX-License-Identifier: Apache-2.0
// Names that the guard wants to know the addresses of: many lookups at a time, none of them waited
// for. One that is out of time is answered, but keeps its place until the resolver lets go of it:
// so many threads at most hang on silent name servers for the guard. The thread "riptide-egress".
#include "orchestrator/egress/egress_priv.h"

// Link-local addresses are of no use without their interface.
static cJSON *
addresses_of(const struct lookup_answer *found)
{
	cJSON *list = json_arr();
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < found->n; i++)
		if (lookup_text(&found->at[i], text) && !strchr(text, '%'))
			json_push(list, json_of_str(text));
	return list;
}

static void
answer(struct egress *e, uint64_t id, int rc, const struct lookup_answer *found)
{
	cJSON *packet = json_obj(), *list = rc == 0 ? addresses_of(found) : NULL;

	if (rc == 0 && !list->child)
		rc = ERR_DNS_FAILED;
	json_set_str(packet, "op", "resolved");
	json_set_int(packet, "id", id);
	if (rc == 0)
		json_set(packet, "addresses", steal_ptr(list));
	else
		json_set_str(packet, "error", err_info(rc)->code);
	cJSON_Delete(list);
	pthread_mutex_lock(&e->lock);
	e->stats.lookups++;
	e->stats.lookups_failed += rc != 0;
	egress_put(e, packet, -1);
	pthread_mutex_unlock(&e->lock);
	cJSON_Delete(packet);
}

bool
egress_lookup_begin(struct egress *e, const cJSON *event)
{
	struct egress_lookup *at = &e->lookups.at[e->lookups.n];
	const char *host = json_str(event, "host");
	uint64_t id;
	int rc = ERR_OVERLOADED;

	if (!egress_count(event, "id", &id) || !host || !host[0] || strlen(host) > EGRESS_MAX_HOST)
		return false;
	if (e->lookups.n < EGRESS_MAX_LOOKUPS)
		rc = lookup_begin(host, &at->l, NULL);
	if (rc != 0) {
		answer(e, id, rc, NULL);
		return true;
	}
	at->id = id;
	at->left = false;
	at->dl = deadline_in_ms(e->o.lookup_ms);
	e->lookups.n++;
	return true;
}

size_t
egress_lookup_poll(const struct egress *e, struct pollfd *p)
{
	for (size_t i = 0; i < e->lookups.n; i++)
		p[i] = (struct pollfd){.fd = lookup_fd(e->lookups.at[i].l), .events = POLLIN};
	return e->lookups.n;
}

struct deadline
egress_lookup_deadline(const struct egress *e, struct deadline other)
{
	for (size_t i = 0; i < e->lookups.n; i++)
		if (!e->lookups.at[i].left)
			other = deadline_min(other, e->lookups.at[i].dl);
	return other;
}

void
egress_lookup_finish(struct egress *e)
{
	const struct deadline now = {0};

	for (size_t i = e->lookups.n; i-- > 0;) {
		struct egress_lookup *at = &e->lookups.at[i];
		struct lookup_answer found;
		int rc = lookup_await(at->l, now, -1, &found, NULL);

		if (rc == ERR_TIMEOUT && (at->left || !deadline_passed(at->dl)))
			continue;
		if (!at->left)
			answer(e, at->id, rc, &found);
		at->left = true;
		if (rc == ERR_TIMEOUT)
			continue;
		lookup_close(at->l);
		*at = e->lookups.at[--e->lookups.n];
	}
}

void
egress_lookup_leave(struct egress *e)
{
	for (size_t i = 0; i < e->lookups.n; i++)
		e->lookups.at[i].left = true;
}

void
egress_lookup_close(struct egress *e)
{
	while (e->lookups.n > 0)
		lookup_close(e->lookups.at[--e->lookups.n].l);
}
