// SPDX-License-Identifier: Apache-2.0
// Between browser.c (life), browser_launch.c (words with the launcher), browser_check.c (what /proc
// says) and browser_flags.c (the table).
#ifndef ORCHESTRATOR_POOL_BROWSER_PRIV_H
#define ORCHESTRATOR_POOL_BROWSER_PRIV_H

#include "base/json.h"
#include "orchestrator/pool/browser.h"
#include "sandbox/spawn.h"

#define BROWSER_FLAG_KIND(kind) (1U << (kind))

enum browser_flag_when {
	FLAG_ALWAYS,
	FLAG_NO_SANDBOX,
	FLAG_SMALL_SHM, // the launcher adds it when there is no mount namespace
	FLAG_FEATURES,  // a name in the one --disable-features list
	FLAG_EGRESS,
};
extern const char *const browser_flag_when_names[];

struct browser_flag {
	const char *flag;
	unsigned kinds; // bits BROWSER_FLAG_KIND
	enum browser_flag_when when;
	const char *reason;
};
extern const struct browser_flag browser_flags[];
extern const size_t browser_flags_count;

// Append the flags of one condition to a JSON array of strings.
void browser_flags_for(const struct browser_opts *o, enum browser_flag_when when, cJSON *argv);
void browser_flags_features(const struct browser_opts *o, struct buf *out);

struct browser {
	struct browser_opts opts;
	struct child launcher;
	pid_t launcher_pid; // stays when it has been waited for
	int control;        // socket to the launcher
	cJSON *ready;       // the launcher's ready event
	int devtools;       // the socket that came with it, until the connection has it; -1: none
	struct cdp_conn *conn;
	struct egress_listener *listener; // NULL: no guard
	struct browser_abort *abort;      // while it starts, may be NULL
	char *product;
};

// The first packet (owned by the caller).
cJSON *browser_launch_request(
    const struct browser_opts *o, const char *path, const char *profile_root);
// Start the launcher and wait for `ready`. *transient says whether another try may help.
int browser_launch(struct browser *b, const char *path, struct deadline dl, bool *transient,
    struct err *err) MUST_CHECK;
// End everything and wait for it; the launcher itself is killed when it is not gone by `dl`. The
// control socket stays open: other threads may be sending on it.
void browser_launch_end(struct browser *b, struct deadline dl);

#endif
