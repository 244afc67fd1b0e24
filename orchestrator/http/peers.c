// SPDX-License-Identifier: Apache-2.0
// How many connections each address has; of IPv6 each /64, which is what one client can choose
// from. Loop thread.
#include "orchestrator/http/http_priv.h"

#include <arpa/inet.h>
#include <stdio.h>

struct peer {
	struct peer *next;
	uint64_t key;
	size_t n;
};

static bool
is_mapped(const struct sockaddr_storage *sa)
{
	return sa->ss_family == AF_INET6 &&
	       IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *)sa)->sin6_addr);
}

void
hpeer_text(const struct sockaddr_storage *sa, char out[INET6_ADDRSTRLEN])
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)sa;

	if (sa->ss_family == AF_INET)
		inet_ntop(
		    AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, out, INET6_ADDRSTRLEN);
	else if (is_mapped(sa))
		inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], out, INET6_ADDRSTRLEN);
	else if (sa->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &six->sin6_addr, out, INET6_ADDRSTRLEN);
	else
		snprintf(out, INET6_ADDRSTRLEN, "unix");
}

// 0: an address that has no number.
static uint64_t
key_of(const struct sockaddr_storage *sa)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)sa;
	uint64_t key = 0;

	if (sa->ss_family == AF_INET)
		memcpy(&key, &((const struct sockaddr_in *)sa)->sin_addr, 4);
	else if (is_mapped(sa))
		memcpy(&key, &six->sin6_addr.s6_addr[12], 4);
	else if (sa->ss_family == AF_INET6)
		memcpy(&key, &six->sin6_addr, 8);
	return key;
}

static struct peer **
slot_of(struct peers *p, uint64_t key)
{
	return &p->slots[(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (p->n_slots - 1)];
}

static void
grow(struct peers *p)
{
	struct peers old = *p;

	p->n_slots = old.n_slots ? old.n_slots * 2 : 64;
	p->slots = xcalloc(p->n_slots, sizeof(struct peer *));
	for (size_t i = 0; i < old.n_slots; i++) {
		for (struct peer *e = old.slots[i], *next; e; e = next) {
			struct peer **slot = slot_of(p, e->key);

			next = e->next;
			e->next = *slot;
			*slot = e;
		}
	}
	free(old.slots);
}

int
hpeers_enter(struct peers *p, const struct sockaddr_storage *sa, size_t max, struct peer **out)
{
	uint64_t key = key_of(sa);
	struct peer **slot, *e;

	*out = NULL;
	if (!key || !max)
		return 0;
	if (p->n >= p->n_slots)
		grow(p);
	slot = slot_of(p, key);
	for (e = *slot; e && e->key != key;)
		e = e->next;
	if (e && e->n >= max)
		return -1;
	if (!e) {
		e = xmalloc(sizeof(*e));
		*e = (struct peer){.next = *slot, .key = key};
		*slot = e;
		p->n++;
	}
	e->n++;
	*out = e;
	return 0;
}

void
hpeers_leave(struct peers *p, struct peer *peer)
{
	if (!peer || --peer->n > 0)
		return;
	for (struct peer **at = slot_of(p, peer->key); *at; at = &(*at)->next) {
		if (*at == peer) {
			*at = peer->next;
			break;
		}
	}
	p->n--;
	free(peer);
}

void
hpeers_done(struct peers *p)
{
	free(p->slots);
	*p = (struct peers){0};
}
