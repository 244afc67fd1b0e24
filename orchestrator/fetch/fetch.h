// SPDX-License-Identifier: Apache-2.0
// One document over HTTP by libcurl, without a browser: a request in, bytes, address, status and
// headers out. Redirects are followed here, each hop judged anew; cookies live as long as the
// struct. Knows nothing of jobs. One thread at a time, which blocks no longer than the deadline.
#ifndef ORCHESTRATOR_FETCH_FETCH_H
#define ORCHESTRATOR_FETCH_FETCH_H

#include "base/clock.h"
#include "base/json.h"
#include "sandbox/egress/policy.h"

#define FETCH_MAX_REDIRECTS    20 // as browsers
#define FETCH_MAX_HEADER_BYTES ((size_t)256 << 10)
#define FETCH_ALL_BYTES        ((size_t)1 << 30) // of all bodies that are held at a time

struct fetch_opts {             // all borrowed
	const char *url;        // as url_check writes it; "user:password@" is for its origin
	const char *user_agent; // NULL: fetch_user_agent
	const char *locale;     // NULL: en-US
	const struct param_map *headers; // for the origin of `url` only
	const cJSON *cookies;            // as request_cookies writes them; NULL: none
	struct egress_policy policy;     // max_bytes: as sent, of all hops, without TLS
	size_t max_body_bytes;           // decoded
	int cancel_fd;                   // readable: give up; -1: none
};

struct fetch_answer {
	struct buf body;      // decoded; what came of it, if the answer was cut
	struct buf final_url; // without "user:password@"
	int http_status;      // 0: no answer
	struct buf content_type;
	struct buf refresh; // the header of that name
	bool attachment;
	char cut[160]; // why the body is not whole; "": it is
	uint32_t redirects, requests;
	uint64_t bytes_received;
};

extern const char fetch_user_agent[];

// What the network is spoken with ("libcurl 7.88.1, OpenSSL/3.0.22 …"), and whether this machine
// has certificates of authorities to trust. Or why nothing can be fetched.
int fetch_describe(struct buf *out, bool *certificates, struct err *err) MUST_CHECK;

struct fetch;
struct fetch *fetch_new(const struct fetch_opts *o);
void fetch_free(struct fetch *f);
// Load opts.url. On failure the answer holds what is known. ERR_NAVIGATION_TIMEOUT: the body may
// have begun. Others: ERR_ADDRESS_FORBIDDEN, _HOST_FORBIDDEN, _BYTE_LIMIT, _DNS_FAILED,
// _CONNECTION_FAILED, _TLS_FAILED, _NAVIGATION_FAILED (too many redirects, no HTTP …), _NOT_HTML,
// _DOWNLOAD, _NO_CONTENT, _RESULT_TOO_LARGE, _OVERLOADED, _CANCELLED.
int fetch_load(struct fetch *f, struct deadline dl, struct err *err) MUST_CHECK;
// The page sends its readers on: load that in its place. Counts as a redirect.
int fetch_follow(
    struct fetch *f, const char *reference, struct deadline dl, struct err *err) MUST_CHECK;
// The fetch's; `body` may be taken, and counts against FETCH_ALL_BYTES until fetch_free.
struct fetch_answer *fetch_answer(struct fetch *f);

#endif
