// SPDX-License-Identifier: Apache-2.0
// Packets to the guard and from it. To send never blocks: what finds no room in the socket waits
// here, and who put it waits for it, so that no more wait than there are callers. What comes is
// judged as hostile: the guard talks to the web.
#include "orchestrator/egress/egress_priv.h"

#include "base/log.h"
#include "sandbox/launch.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

enum {
	HEAR_AT_ONCE = 64,
	MAX_BAD = 100,     // packets, then it is taken for broken
	MAX_VALUES = 4096, // EGRESS_MAX_HOSTS rows of 8, and some
	MAX_DEPTH = 4,
};

struct egress_packet {
	struct egress_packet *next;
	int fd;
	size_t n;
	char text[];
};

// --- to the guard ---

static void
packet_free(struct egress_packet *p)
{
	util_closep(&p->fd);
	free(p);
}

static void
queue(struct egress *e, struct sv text, int fd)
{
	struct egress_packet *p = xmalloc(sizeof(*p) + text.n);

	p->next = NULL;
	p->n = text.n;
	memcpy(p->text, text.p, text.n);
	p->fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0 && p->fd < 0)
		log_error("riptide-egress is not told of a listener: %s", strerror(errno));
	*e->wire.tail = p;
	e->wire.tail = &p->next;
	e->wire.waiting++;
	e->wire.queued++;
	(void)!write(e->wake, &(uint64_t){1}, sizeof(uint64_t));
}

// 0, EAGAIN, or 0 where the packet is lost, because the guard is: its end shows by itself.
static int
try_send(struct egress *e, struct sv text, int fd)
{
	if (launch_send(e->wire.fd, text.p, text.n, &fd, fd >= 0, MSG_DONTWAIT) == 0)
		return 0;
	if (errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS)
		return EAGAIN;
	if (errno != EPIPE && errno != ECONNRESET)
		log_error("no word reaches riptide-egress: %s", strerror(errno));
	return 0;
}

void
egress_put_text(struct egress *e, struct sv text, int fd)
{
	assert(text.n <= EGRESS_MAX_PACKET);
	if (e->wire.fd < 0)
		return;
	if (e->wire.head || try_send(e, text, fd) == EAGAIN)
		queue(e, text, fd);
}

void
egress_put(struct egress *e, const cJSON *packet, int fd)
{
	cleanup_buf text = BUF_INIT;

	if (e->wire.fd < 0)
		return;
	json_print(&text, packet, false);
	egress_put_text(e, buf_view(&text), fd);
}

void
egress_wait_put(struct egress *e)
{
	// A guard that reads nothing for half as long is killed, and who waits is woken.
	struct timespec until = deadline_timespec(deadline_in_ms(4 * e->o.stall_ms));
	uint64_t last = e->wire.queued, ends = e->ends;

	while (e->wire.sent < last && e->ends == ends && !e->closing)
		if (pthread_cond_clockwait(&e->changed, &e->lock, CLOCK_MONOTONIC, &until) != 0)
			break;
}

static void
pop(struct egress *e)
{
	struct egress_packet *p = e->wire.head;

	e->wire.head = p->next;
	if (!e->wire.head)
		e->wire.tail = &e->wire.head;
	e->wire.waiting--;
	e->wire.sent++;
	packet_free(p);
}

void
egress_flush(struct egress *e)
{
	struct egress_packet *p;

	while ((p = e->wire.head) && try_send(e, (struct sv){p->text, p->n}, p->fd) == 0)
		pop(e);
	pthread_cond_broadcast(&e->changed);
}

void
egress_drop(struct egress *e)
{
	while (e->wire.head)
		pop(e);
	pthread_cond_broadcast(&e->changed);
}

// --- from the guard ---

bool
egress_count(const cJSON *obj, const char *key, uint64_t *out)
{
	const cJSON *v = json_get(obj, key);

	if (!cJSON_IsNumber(v) || !(v->valuedouble >= 0 && v->valuedouble <= 0x1p53) ||
	    v->valuedouble != (double)(uint64_t)v->valuedouble)
		return false;
	*out = (uint64_t)v->valuedouble;
	return true;
}

static const struct {
	const char *name;
	bool (*take)(struct egress *e, const cJSON *event);
} events[] = {
    {"resolve", egress_lookup_begin},
    {"ledger", egress_ledger_take},
};

static bool
take(struct egress *e, struct sv text)
{
	const struct json_limits lim = {
	    .max_bytes = EGRESS_MAX_PACKET, .max_depth = MAX_DEPTH, .max_values = MAX_VALUES};
	cJSON *event = NULL;
	const char *name;
	bool good = false;

	if (text.n > EGRESS_MAX_PACKET || json_parse_api(text, &lim, &event, NULL) != 0)
		return false;
	name = json_str(event, "event");
	for (size_t i = 0; name && i < ARRAY_LEN(events); i++)
		if (strcmp(name, events[i].name) == 0)
			good = events[i].take(e, event);
	cJSON_Delete(event);
	return good;
}

// False: that was one too many.
static bool
note_bad(struct egress *e, struct sv text)
{
	struct sv begin = sv_cut(text, 200);

	e->bad++;
	if (e->bad == 1)
		log_warn("riptide-egress sent what makes no sense: " SV_FMT, SV_ARG(begin));
	if (e->bad < MAX_BAD)
		return true;
	log_error("riptide-egress sent %u packets that make no sense and is ended", e->bad);
	return false;
}

bool
egress_hear(struct egress *e)
{
	for (int i = 0; i < HEAR_AT_ONCE; i++) {
		ssize_t n = recv(e->wire.fd, e->in, EGRESS_MAX_PACKET, MSG_DONTWAIT | MSG_TRUNC);
		struct sv text = {e->in, (size_t)MAX(n, (ssize_t)0)};

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n <= 0)
			return false;
		if (!take(e, text) && !note_bad(e, sv_sub(text, 0, EGRESS_MAX_PACKET)))
			return false;
	}
	return true;
}
