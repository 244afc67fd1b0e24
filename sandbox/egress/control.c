// SPDX-License-Identifier: Apache-2.0
// The control socket: riptide's packets read and done, ours sent, in a queue while it is full.
#include "sandbox/egress/guard.h"
#include "sandbox/launch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/epoll.h>

// Of answers that riptide does not read: more are dropped.
#define OUTBOX_MAX_BYTES ((size_t)4 << 20)

struct packet {
	TAILQ_ENTRY(packet) at;
	size_t n;
	char text[];
};

// --- to riptide ---

static bool
send_now(const char *p, size_t n)
{
	ssize_t sent = send(EGRESS_CONTROL_FD, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

	return sent >= 0 || (errno != EAGAIN && errno != EINTR && errno != ENOBUFS);
}

static void
watch_control(struct guard *g, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = &g->control};

	(void)epoll_ctl(g->epoll, EPOLL_CTL_MOD, g->control.fd, &e);
}

static void
outbox_flush(struct guard *g)
{
	struct packet *p;

	while ((p = TAILQ_FIRST(&g->outbox)) && send_now(p->text, p->n)) {
		TAILQ_REMOVE(&g->outbox, p, at);
		g->outbox_bytes -= p->n;
		free(p);
	}
	if (!p)
		watch_control(g, EPOLLIN);
}

static void
post(struct guard *g, const struct buf *text)
{
	struct packet *p;

	if (TAILQ_EMPTY(&g->outbox) && send_now(text->p, text->n))
		return;
	if (g->outbox_bytes + text->n > OUTBOX_MAX_BYTES) {
		guard_say("riptide does not read: a packet is dropped");
		return;
	}
	if (TAILQ_EMPTY(&g->outbox))
		watch_control(g, EPOLLIN | EPOLLOUT);
	p = xmalloc(sizeof(*p) + text->n);
	p->n = text->n;
	memcpy(p->text, text->p, text->n);
	TAILQ_INSERT_TAIL(&g->outbox, p, at);
	g->outbox_bytes += p->n;
}

void
control_ask(struct guard *g, int64_t id, const char *host)
{
	cleanup_buf text = BUF_INIT;

	buf_fmt(&text, "{\"event\":\"resolve\",\"id\":%jd,\"host\":", (intmax_t)id);
	buf_json_str(&text, sv_from(host));
	buf_ch(&text, '}');
	post(g, &text);
}

// --- from riptide ---

struct order {
	const cJSON *packet;
	int64_t listener, id; // -1: not said
	uint32_t address;     // of the slot
	bool has_slot;
	int *fd;
};

static bool
op_listen(struct guard *g, struct order *o)
{
	if (o->listener < 0 || *o->fd < 0 || listener_by_id(g, o->listener))
		return false;
	listener_open(g, o->listener, steal_fd(*o->fd));
	return true;
}

static bool
op_unlisten(struct guard *g, struct order *o)
{
	struct listener *l = listener_by_id(g, o->listener);

	if (l)
		listener_close(g, l);
	return l != NULL;
}

// A list of patterns that are all good.
static bool
read_patterns(const cJSON *v, struct param_strings *out)
{
	int n = cJSON_GetArraySize(v);

	if (!v || cJSON_IsNull(v))
		return true;
	if (!cJSON_IsArray(v))
		return false;
	out->v = xcalloc((size_t)n + 1, sizeof(*out->v));
	json_foreach (item, v) {
		if (!cJSON_IsString(item) ||
		    egress_pattern_check(sv_from(item->valuestring), NULL) != 0)
			return false;
		out->v[out->n++] = xstrdup(item->valuestring);
	}
	return true;
}

// A text that has to be there, or may be; false: it is none.
static bool
read_text(const cJSON *obj, const char *key, bool required, const char **out)
{
	const cJSON *v = json_get(obj, key);

	if (!v || !cJSON_IsString(v))
		return !v && !required;
	*out = xstrdup(v->valuestring);
	return true;
}

static bool
read_upstream(const cJSON *v, struct egress_upstream *out)
{
	const char *kind = json_str(v, "kind");
	int64_t port = json_int(v, "port", -1);

	if (!v)
		return true;
	if (!kind || port < 1 || port > UINT16_MAX)
		return false;
	out->port = (uint16_t)port;
	if (strcmp(kind, "http") == 0)
		out->kind = EGRESS_BY_HTTP;
	else if (strcmp(kind, "socks5") == 0)
		out->kind = EGRESS_BY_SOCKS5;
	return out->kind && read_text(v, "host", true, &out->host) &&
	       read_text(v, "user", false, &out->user) &&
	       read_text(v, "password", false, &out->password) &&
	       read_patterns(json_get(v, "bypass"), &out->bypass);
}

static bool
read_policy(const cJSON *v, struct egress_policy *out)
{
	const cJSON *max = json_get(v, "max_bytes"), *private = json_get(v, "allow_private");

	*out = (struct egress_policy){0};
	if (!cJSON_IsObject(v) || (private && !cJSON_IsBool(private)) ||
	    (max && (!cJSON_IsNumber(max) || max->valuedouble < 0 || max->valuedouble > 0x1p53)))
		return false;
	out->allow_private = cJSON_IsTrue(private);
	out->max_bytes = max ? (uint64_t)max->valuedouble : 0;
	return read_patterns(json_get(v, "allow_hosts"), &out->allow_hosts) &&
	       read_patterns(json_get(v, "deny_hosts"), &out->deny_hosts) &&
	       read_upstream(json_get(v, "upstream"), &out->upstream);
}

// Of a grant that can't be read nothing is granted.
static bool
op_grant(struct guard *g, struct order *o)
{
	struct listener *l = listener_by_id(g, o->listener);
	struct egress_policy policy = {0};
	bool good = read_policy(json_get(o->packet, "policy"), &policy);

	if (l && o->has_slot && good) {
		slot_grant(g, l, o->address, &policy);
		return true;
	}
	policy_done(&policy);
	if (l && o->has_slot && slot_find(g, l, o->address))
		slot_revoke(g, slot_find(g, l, o->address));
	return false;
}

static bool
op_revoke(struct guard *g, struct order *o)
{
	struct listener *l = listener_by_id(g, o->listener);
	struct slot *s = l && o->has_slot ? slot_find(g, l, o->address) : NULL;

	if (s)
		slot_revoke(g, s);
	return l && o->has_slot;
}

static bool
op_ledger(struct guard *g, struct order *o)
{
	static const struct ledger empty;
	cleanup_buf text = BUF_INIT;
	struct listener *l = listener_by_id(g, o->listener);
	struct slot *s = l && o->has_slot ? slot_find(g, l, o->address) : NULL;

	if (o->id < 0)
		return false;
	ledger_print(s ? &s->ledger : &empty, o->id, EGRESS_MAX_PACKET, &text);
	post(g, &text);
	return true;
}

static bool
op_resolved(struct guard *g, struct order *o)
{
	names_answer(g, o->id, json_get(o->packet, "addresses"));
	return o->id >= 0;
}

static const struct {
	const char *name;
	bool (*run)(struct guard *g, struct order *o);
} ops[] = {
    {"listen", op_listen},
    {"unlisten", op_unlisten},
    {"grant", op_grant},
    {"revoke", op_revoke},
    {"ledger", op_ledger},
    {"resolved", op_resolved},
};

static bool
run_order(struct guard *g, const cJSON *packet, int *fd)
{
	const char *op = json_str(packet, "op"), *slot = json_str(packet, "slot");
	struct order o = {.packet = packet,
	    .listener = json_int(packet, "listener", -1),
	    .id = json_int(packet, "id", -1),
	    .fd = fd};

	o.has_slot = slot && inet_pton(AF_INET, slot, &o.address) == 1;
	for (size_t i = 0; op && i < ARRAY_LEN(ops); i++)
		if (strcmp(op, ops[i].name) == 0)
			return ops[i].run(g, &o);
	return false;
}

void
control_read(struct guard *g)
{
	static char text[EGRESS_MAX_PACKET + 1];
	int fds[LAUNCH_MAX_FDS];
	ssize_t n = -1;

	while (!g->ended &&
	       (n = launch_recv(EGRESS_CONTROL_FD, text, sizeof(text), fds, MSG_DONTWAIT)) > 0) {
		cJSON *packet = NULL;

		if (json_parse_api(
			(struct sv){text, (size_t)n}, &json_limits_default, &packet, NULL) != 0 ||
		    !run_order(g, packet, &fds[0]))
			guard_say("a packet of riptide's is not understood: %zd bytes, op %.20s", n,
			    json_str(packet, "op") ? json_str(packet, "op") : "?");
		cJSON_Delete(packet);
		for (size_t i = 0; i < LAUNCH_MAX_FDS; i++)
			util_closep(&fds[i]);
	}
	if (!g->ended && (n == 0 || (errno != EAGAIN && errno != EINTR)))
		g->ended = true;
}

static void
on_control(struct guard *g, struct source *s UNUSED, uint32_t events)
{
	if (events & EPOLLOUT)
		outbox_flush(g);
	if (events & ~(uint32_t)EPOLLOUT)
		control_read(g);
}

int
control_open(struct guard *g)
{
	g->control.on = on_control;
	return source_add(g, &g->control, EPOLLIN);
}

void
control_done(struct guard *g)
{
	struct packet *p;

	while ((p = TAILQ_FIRST(&g->outbox))) {
		TAILQ_REMOVE(&g->outbox, p, at);
		free(p);
	}
}
