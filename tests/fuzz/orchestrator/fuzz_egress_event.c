// SPDX-License-Identifier: Apache-2.0
// What the egress guard tells the daemon: any bytes, a line a packet. Names are never looked up:
// there is no room for one more.
#include "orchestrator/egress/egress_priv.h"

#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct egress e;
static int guard; // its end of the socket pair

static void
prepare(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) != 0)
		abort();
	e = (struct egress){.wire = {.fd = pair[0], .tail = &e.wire.head},
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	    .changed = PTHREAD_COND_INITIALIZER,
	    .in = xmalloc(EGRESS_MAX_PACKET),
	    .last_id = 9,
	    .lookups = {.n = EGRESS_MAX_LOOKUPS}};
	guard = pair[1];
}

static void
send_lines(struct sv text)
{
	while (text.n > 0) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;

		if (n > 0)
			(void)!send(guard, text.p, n, MSG_NOSIGNAL);
		text = sv_sub(text, n + (end != NULL), text.n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char answer[4096];

	if (!e.in)
		prepare();
	e.bad = 1; // the first is logged
	e.asked = 7;
	send_lines((struct sv){(const char *)data, size});
	(void)!egress_hear(&e);
	for (ssize_t n; (n = recv(guard, answer, sizeof(answer), 0)) > 0;)
		if (json_validate(
			(struct sv){answer, (size_t)n}, JSON_API, &json_limits_default, NULL) != 0)
			abort();
	while (recv(e.wire.fd, answer, sizeof(answer), 0) > 0) // what it was not heard for
		;
	return 0;
}
