// SPDX-License-Identifier: Apache-2.0
// Puts the pieces of a received WebSocket message together, in the loop thread. A message above the
// connection's limit is read to its end but not kept; its first and last bytes tell whose it was.
#include "cdp/conn/conn_priv.h"

#define RX_FIRST_BYTES  ((size_t)64 << 10)
#define RX_DIRECT_BYTES ((size_t)16 << 10)

static void
rx_reset(struct rx *rx)
{
	free(rx->p);
	*rx = (struct rx){0};
}

// The last bytes of all that was skipped, in order.
static void
tail_keep(struct rx *rx, struct sv in)
{
	size_t max = sizeof(rx->tail), keep;

	if (in.n >= max) {
		memcpy(rx->tail, in.p + in.n - max, max);
		rx->tail_n = max;
		return;
	}
	keep = MIN(rx->tail_n, max - in.n);
	memmove(rx->tail, rx->tail + rx->tail_n - keep, keep);
	memcpy(rx->tail + keep, in.p, in.n);
	rx->tail_n = keep + in.n;
}

static void
rx_skip(struct rx *rx, struct sv in)
{
	size_t n = MIN(in.n, sizeof(rx->head) - rx->head_n);

	memcpy(rx->head + rx->head_n, in.p, n);
	rx->head_n += n;
	tail_keep(rx, in);
}

static void
rx_start_skipping(struct rx *rx)
{
	rx->skipping = true;
	if (rx->n)
		rx_skip(rx, (struct sv){rx->p, rx->n});
	free(rx->p);
	rx->p = NULL;
	rx->n = rx->cap = 0;
}

// Room for n more bytes, and for `coming` bytes that the frame's header announced: one allocation
// for a message in one frame, as Chromium sends them.
static bool
rx_reserve(struct rx *rx, size_t n, size_t coming)
{
	size_t need = rx->n + n + 1, cap;
	char *p;

	if (need <= rx->cap)
		return true;
	cap = MAX(MAX(rx->cap * 2, RX_FIRST_BYTES), need + coming);
	p = realloc(rx->p, cap);
	if (!p)
		return false;
	rx->p = p;
	rx->cap = cap;
	return true;
}

static void
rx_finish(struct cdp_conn *c)
{
	struct rx *rx = &c->rx;

	if (rx->skipping) {
		conn_receive_oversize(
		    c, (struct sv){rx->head, rx->head_n}, (struct sv){rx->tail, rx->tail_n});
		rx_reset(rx);
		return;
	}
	rx->p[rx->n] = '\0';
	conn_receive(c, rx->p, rx->n, &rx->p);
	if (!rx->p || rx->cap > 4 * RX_FIRST_BYTES)
		rx_reset(rx);
	rx->n = 0;
}

size_t
rx_room(struct cdp_conn *c, size_t coming, char **at)
{
	struct rx *rx = &c->rx;

	if (rx->skipping || coming < RX_DIRECT_BYTES || rx->cap - rx->n <= coming)
		return 0;
	*at = rx->p + rx->n;
	return coming;
}

void
rx_advance(struct cdp_conn *c, size_t n, bool final)
{
	c->rx.n += n;
	if (final)
		rx_finish(c);
}

void
rx_receive(struct cdp_conn *c, struct sv in, bool first, bool final, size_t coming)
{
	struct rx *rx = &c->rx;

	if (first && final && in.n <= c->max_message) {
		char *none = NULL;

		conn_receive(c, (char *)(uintptr_t)in.p, in.n, &none);
		return;
	}
	if (!rx->skipping && (coming > c->max_message || rx->n + in.n + coming > c->max_message ||
				 !rx_reserve(rx, in.n, coming)))
		rx_start_skipping(rx);
	if (rx->skipping) {
		rx_skip(rx, in);
	} else {
		memcpy(rx->p + rx->n, in.p, in.n);
		rx->n += in.n;
	}
	if (final)
		rx_finish(c);
}
