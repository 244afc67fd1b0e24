// SPDX-License-Identifier: Apache-2.0
// The addresses of a host name, asked of the system's resolver, which knows no deadline: in a
// detached thread, which is left behind by who is out of time. Such threads are counted, and
// bounded: a silent name server holds no more than so many. Any thread.
#ifndef BASE_LOOKUP_H
#define BASE_LOOKUP_H

#include "base/address.h"
#include "base/url.h"

#define LOOKUP_MAX           256 // in the process, those left behind counted
#define LOOKUP_MAX_ADDRESSES 16

struct lookup;

struct lookup_answer {
	size_t n; // at least 1. Of more than fit, one that is not public is among these.
	union address at[LOOKUP_MAX_ADDRESSES];
};

// Begin to look up `host`, a name. *out is the caller's, for lookup_close. ERR_OVERLOADED,
// ERR_INTERNAL.
int lookup_begin(const char *host, struct lookup **out, struct err *err) MUST_CHECK;
int lookup_fd(const struct lookup *l); // for poll(2): readable once lookup_await need not wait
// Once. ERR_DNS_FAILED, ERR_TIMEOUT, ERR_CANCELLED (cancel_fd became readable; -1: none),
// ERR_INTERNAL.
int lookup_await(const struct lookup *l, struct deadline dl, int cancel_fd,
    struct lookup_answer *out, struct err *err) MUST_CHECK;
void lookup_close(struct lookup *l); // a thread that is still at it ends by itself

static inline void
lookup_closep(struct lookup **p)
{
	lookup_close(*p);
	*p = NULL;
}
#define cleanup_lookup __attribute__((cleanup(lookup_closep))) struct lookup

// As text, with the scope of a link-local one; false when that does not fit.
bool lookup_text(const union address *a, char out[INET6_ADDRSTRLEN]);

// Is the host of `url` public? *out is NULL where that is known without a lookup: of an address.
// ERR_INVALID_URL, ERR_ADDRESS_FORBIDDEN, and those of lookup_begin.
int lookup_begin_public(struct sv url, struct lookup **out, struct err *err) MUST_CHECK;
// The same where somebody else looks names up: only addresses are judged.
int lookup_check_literal(struct sv url, struct err *err) MUST_CHECK;
// ERR_ADDRESS_FORBIDDEN names the first address that is not, and those of lookup_await.
int lookup_await_public(
    const struct lookup *l, struct deadline dl, int cancel_fd, struct err *err) MUST_CHECK;

#endif
