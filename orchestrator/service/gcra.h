// SPDX-License-Identifier: Apache-2.0
// Rates by the generic cell rate algorithm (ITU-T I.371), and a bounded table of who is limited.
// One number a client: the time at which its bucket would be empty again. Pure; the caller locks.
#ifndef ORCHESTRATOR_SERVICE_GCRA_H
#define ORCHESTRATOR_SERVICE_GCRA_H

#include "base/util.h"

#include <stdbool.h>
#include <stdint.h>

struct gcra_rate {
	double per_second; // 0: no limit
	double burst;      // at once; at least 1
};
struct gcra_answer {
	bool allowed;
	int64_t limit, remaining; // of the burst
	int64_t reset_ms;         // until all of it is there again
	int64_t retry_ms;         // until one more is allowed; 0 when allowed
};
// One more at `now_ns` (monotonic). *tat_ns is the client's own, 0 at first; it stays as it was
// when refused.
struct gcra_answer gcra_take(int64_t *tat_ns, struct gcra_rate rate, int64_t now_ns);

// --- who: at most `max`, the one not seen for longest gives way ---
struct gcra_id { // an address or a principal, as a digest
	unsigned char b[16];
};
struct gcra_client {
	struct gcra_id id;
	int64_t tat_ns;
	// Wrong keys: how many lately, when the last was, and until when no other is looked at.
	int64_t last_wrong_ns, locked_until_ns;
	uint32_t wrong;
	uint32_t next, newer, older; // the table's own
};
struct gcra_table;
struct gcra_table *gcra_table_new(uint32_t max);
void gcra_table_free(struct gcra_table *t);
// The client of that id, made when it is new; valid until the next call.
struct gcra_client *gcra_client(struct gcra_table *t, struct gcra_id id);

#endif
