// SPDX-License-Identifier: Apache-2.0
// Where connections come in, who they are by the address that they come to, and what each may dial.
// What was granted is kept as the packet that says so, for a guard that is started anew. Any
// thread.
#include "orchestrator/egress/egress_priv.h"

#include "base/log.h"

#include <assert.h>
#include <stdio.h>

#define FIRST_ADDRESS 0x000100u // 127.0.0.x are others'
#define LAST_ADDRESS  0xfffffeu

struct egress_listener {
	struct egress_listener *next;
	struct egress *e;
	uint64_t id;
	int fd;
	uint16_t port;
	struct egress_slot *slots;
	uint32_t last_address;
};

struct egress_slot {
	struct egress_slot *next;
	struct egress_listener *l;
	uint32_t number;  // the last 24 bits of its address
	char address[16]; // "127.3.4.5"
	char proxy[40];
	struct buf grant; // empty: it may dial nothing
};

// --- listeners ---

static cJSON *
packet_of(const struct egress_listener *l, const char *op)
{
	cJSON *packet = json_obj();

	json_set_str(packet, "op", op);
	json_set_int(packet, "listener", l->id);
	return packet;
}

static void
put(const struct egress_listener *l, cJSON *packet, int fd)
{
	egress_put(l->e, packet, fd);
	cJSON_Delete(packet);
}

struct egress_listener *
egress_listen(struct egress *e, int fd, uint16_t port)
{
	struct egress_listener *l = xcalloc(1, sizeof(*l));

	l->e = e;
	l->fd = fd;
	l->port = port;
	l->last_address = FIRST_ADDRESS - 1;
	pthread_mutex_lock(&e->lock);
	e->refs++;
	l->id = ++e->last_listener;
	l->next = e->listeners;
	e->listeners = l;
	e->stats.listeners++;
	put(l, packet_of(l, "listen"), l->fd);
	egress_wait_put(e);
	pthread_mutex_unlock(&e->lock);
	return l;
}

void
egress_unlisten(struct egress_listener *l)
{
	struct egress_listener **at;
	struct egress *e;

	if (!l)
		return;
	assert(!l->slots);
	e = l->e;
	pthread_mutex_lock(&e->lock);
	for (at = &e->listeners; *at != l;)
		at = &(*at)->next;
	*at = l->next;
	e->stats.listeners--;
	put(l, packet_of(l, "unlisten"), -1);
	egress_wait_put(e);
	pthread_mutex_unlock(&e->lock);
	close(l->fd);
	free(l);
	egress_unref(e);
}

// --- slots ---

static bool
is_in_use(const struct egress_listener *l, uint32_t number)
{
	for (const struct egress_slot *s = l->slots; s; s = s->next)
		if (s->number == number)
			return true;
	return false;
}

// As late as can be the address of another one again: connections to it may still be under way.
static uint32_t
free_address(struct egress_listener *l)
{
	do
		l->last_address =
		    l->last_address < LAST_ADDRESS ? l->last_address + 1 : FIRST_ADDRESS;
	while (is_in_use(l, l->last_address));
	return l->last_address;
}

struct egress_slot *
egress_slot_new(struct egress_listener *l)
{
	struct egress_slot *s = xcalloc(1, sizeof(*s));

	s->l = l;
	s->grant.max = EGRESS_MAX_PACKET;
	pthread_mutex_lock(&l->e->lock);
	s->number = free_address(l);
	s->next = l->slots;
	l->slots = s;
	l->e->stats.slots++;
	pthread_mutex_unlock(&l->e->lock);
	snprintf(s->address, sizeof(s->address), "127.%u.%u.%u", s->number >> 16 & 255,
	    s->number >> 8 & 255, s->number & 255);
	snprintf(s->proxy, sizeof(s->proxy), "socks5://%s:%u", s->address, l->port);
	return s;
}

const char *
egress_slot_proxy(const struct egress_slot *s)
{
	return s->proxy;
}

static cJSON *
slot_packet(const struct egress_slot *s, const char *op)
{
	cJSON *packet = packet_of(s->l, op);

	json_set_str(packet, "slot", s->address);
	return packet;
}

// With the lock held.
static void
take_back(struct egress_slot *s)
{
	if (s->grant.n == 0)
		return;
	buf_done(&s->grant);
	put(s->l, slot_packet(s, "revoke"), -1);
	egress_wait_put(s->l->e);
}

void
egress_revoke(struct egress_slot *s)
{
	pthread_mutex_lock(&s->l->e->lock);
	take_back(s);
	pthread_mutex_unlock(&s->l->e->lock);
}

void
egress_slot_free(struct egress_slot *s)
{
	struct egress_slot **at;
	struct egress *e;

	if (!s)
		return;
	e = s->l->e;
	pthread_mutex_lock(&e->lock);
	take_back(s);
	for (at = &s->l->slots; *at != s;)
		at = &(*at)->next;
	*at = s->next;
	e->stats.slots--;
	pthread_mutex_unlock(&e->lock);
	free(s);
}

// --- grants ---

static cJSON *
array_of(const struct param_strings *list)
{
	cJSON *v = json_arr();

	for (size_t i = 0; i < list->n; i++)
		json_push(v, json_of_str(list->v[i]));
	return v;
}

static cJSON *
upstream_of(const struct egress_upstream *u)
{
	cJSON *v = json_obj();

	json_set_str(v, "kind", u->kind == EGRESS_BY_HTTP ? "http" : "socks5");
	json_set_str(v, "host", u->host);
	json_set_int(v, "port", u->port);
	if (u->user)
		json_set_str(v, "user", u->user);
	if (u->password)
		json_set_str(v, "password", u->password);
	json_set(v, "bypass", array_of(&u->bypass));
	return v;
}

static void
write_grant(const struct egress_slot *s, const struct egress_policy *p, struct buf *out)
{
	cJSON *packet = slot_packet(s, "grant"), *policy = json_obj();

	json_set_bool(policy, "allow_private", p->allow_private);
	json_set(policy, "allow_hosts", array_of(&p->allow_hosts));
	json_set(policy, "deny_hosts", array_of(&p->deny_hosts));
	json_set_int(policy, "max_bytes", MIN(p->max_bytes, UINT64_C(1) << 53));
	if (p->upstream.kind != EGRESS_DIRECT)
		json_set(policy, "upstream", upstream_of(&p->upstream));
	json_set(packet, "policy", policy);
	json_print(out, packet, false);
	cJSON_Delete(packet);
}

void
egress_grant(struct egress_slot *s, const struct egress_policy *p)
{
	struct egress *e = s->l->e;
	struct buf grant = BUF_INIT_MAX(EGRESS_MAX_PACKET);

	write_grant(s, p, &grant);
	if (grant.overflow) { // nothing rather than all
		log_error("a policy with more than %d bytes grants nothing", EGRESS_MAX_PACKET);
		buf_done(&grant);
		egress_revoke(s);
		return;
	}
	pthread_mutex_lock(&e->lock);
	buf_done(&s->grant);
	s->grant = grant;
	egress_put_text(e, buf_view(&s->grant), -1);
	egress_wait_put(e);
	pthread_mutex_unlock(&e->lock);
}

void
egress_tell_all(struct egress *e)
{
	for (struct egress_listener *l = e->listeners; l; l = l->next) {
		put(l, packet_of(l, "listen"), l->fd);
		for (struct egress_slot *s = l->slots; s; s = s->next)
			if (s->grant.n > 0)
				egress_put_text(e, buf_view(&s->grant), -1);
	}
}

// --- what became of it ---

int
egress_ledger(struct egress_slot *s, struct deadline dl, struct egress_ledger *out, struct err *err)
{
	int rc = egress_ledger_of(s->l->e, s->l->id, s->address, dl, out);

	if (rc == ERR_SANDBOX)
		return err_set(err, rc, "the egress guard is being started anew");
	if (rc != 0)
		return err_set(err, rc, "the egress guard does not say what was dialled");
	return 0;
}
