// SPDX-License-Identifier: Apache-2.0
// The request log of one page: recorded by network.c in the job thread, printed by har.c.
#ifndef CDP_PAGE_NETLOG_H
#define CDP_PAGE_NETLOG_H

#include "cdp/page/page_inside.h"

#define NETLOG_MAX 5000 // requests kept; more are counted

// What Chromium tells apart from the request, before or after it: cookies are only in there.
enum netlog_wire { WIRE_REQUEST, WIRE_RESPONSE };
#define NETLOG_EARLY 64
struct netlog_early {
	char id[PAGE_ID_MAX];
	enum netlog_wire which;
	cJSON *headers; // NULL: free
};

struct netreq {
	char id[PAGE_ID_MAX];
	struct cdp_session *session;
	cJSON *request;  // CDP Network.Request
	cJSON *response; // CDP Network.Response, or NULL
	cJSON *wire[2];  // headers as they went over the wire, by enum netlog_wire; NULL: not told
	bool wire_done[2];
	uint16_t hop_before; // request of the same id that was redirected to this one, 1-based
	char type[24];
	char error[96];
	double wall_s;            // of the start, since 1970
	double start_s, end_s;    // CDP's monotonic time; 0: not yet
	int64_t encoded, decoded; // bytes
	bool from_cache, redirected, body_asked;
	struct cdp_ticket body;
};

struct netlog {
	struct cdp_page *page;
	struct netreq *v;
	size_t n, cap;
	uint16_t *index; // open addressing by id: the newest request of an id, 1-based
	uint64_t budget; // bytes of bodies still allowed
	uint64_t not_kept;
	struct netlog_early early[NETLOG_EARLY]; // came before their request
	size_t next_early;
};

// Keeps bodies up to so many bytes in all.
struct netlog *netlog_new(struct cdp_page *p, uint64_t body_budget);
void netlog_free(struct netlog *log);
// Events of other domains are passed over.
void netlog_event(
    struct netlog *log, struct cdp_session *s, const char *method, char *params, size_t n);

// URL of the newest request that counts and has not ended, or NULL; borrowed.
const char *netlog_pending_url(const struct netlog *log);

#endif
