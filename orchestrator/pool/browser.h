// SPDX-License-Identifier: Apache-2.0
// One Chromium: found, started through riptide-launch with the flags of the one table, connected,
// ended for sure. The launcher's control socket closing (this process gone for whatever reason)
// ends it all.
#ifndef ORCHESTRATOR_POOL_BROWSER_H
#define ORCHESTRATOR_POOL_BROWSER_H

#include "cdp/conn.h"

#include <pthread.h>
#include <sys/types.h>

enum browser_kind { BROWSER_HEADLESS_SHELL, BROWSER_CHROMIUM };
extern const char *const browser_kind_names[]; // "headless-shell", "chromium"

struct egress;
struct egress_listener;

struct browser_opts {
	int kind;
	bool insecure_no_sandbox;
	int64_t window_width, window_height;
	int nice;                 // its processes give way to ours: 0 (not at all) to 19
	const char *profile_root; // NULL: $TMPDIR or /tmp
	const char *cgroup;       // directory of one that it is to be in; NULL: as it comes
	struct egress *egress;    // its only network, where that can be had; NULL: the host's
};
struct browser;
// Launch and connect; once more where the first failure may pass, if the deadline has room for it.
// ERR_BROWSER_NOT_FOUND, ERR_BROWSER_START, ERR_SANDBOX, ERR_TIMEOUT. *out is the caller's.
int browser_open(struct loop *l, const struct browser_opts *o, struct deadline dl,
    struct browser **out, struct err *err) MUST_CHECK;

// The same, but another thread can put an end to it: ERR_CANCELLED.
struct browser_abort {
	pthread_mutex_t lock;
	int control; // of the launcher at work; -1: none
	bool aborted;
};
#define BROWSER_ABORT_INIT                                                                         \
	{                                                                                          \
		PTHREAD_MUTEX_INITIALIZER, -1, false                                               \
	}
int browser_open_abortable(struct loop *l, const struct browser_opts *o, struct browser_abort *a,
    struct deadline dl, struct browser **out, struct err *err) MUST_CHECK;
void browser_abort(struct browser_abort *a);
struct cdp_conn *browser_conn(struct browser *b);
// Where its contexts get their slots; NULL without a guard. Its own, until browser_close: slots are
// to be freed before.
struct egress_listener *browser_egress(struct browser *b);
// Do new pages have a viewport of this size? The full Chromium's windows have a frame around it.
bool browser_window_is(const struct browser *b, int64_t width, int64_t height);
const char *browser_product(const struct browser *b); // "HeadlessChrome/156.0…"
// Ends all its processes and the connection, and waits for that; SIGKILL at the deadline at the
// latest. Whoever still uses the struct gets errors. Once, one thread.
void browser_end(struct browser *b, struct deadline dl);
void browser_close(struct browser *b, struct deadline dl); // ends it if need be, and frees
// Readable when the launcher has had its last word: what browser_last_words reads, once.
int browser_control_fd(const struct browser *b);
// How it ended and what Chromium last wrote, for an error message. False: it goes on.
bool browser_last_words(struct browser *b, struct buf *out);
pid_t browser_launcher_pid(const struct browser *b);
int64_t browser_pid(const struct browser *b); // in its own namespace
// {"isolation": {"pid_namespace", "mount_namespace", "network_namespace", "uid", "sandbox"}, "pid",
// "launcher_pid", …}
cJSON *browser_status(struct browser *b);
// Path of the binary: $RIPTIDE_BROWSER_PATH, then /usr/lib/chromium/…; ERR_BROWSER_NOT_FOUND says
// what to install.
int browser_find(int kind, char *out, size_t size, struct err *err) MUST_CHECK;
// Copy a file to where the browser's user can read it (upload action). Appends the path that the
// browser is to be given. ERR_INPUT, ERR_TOO_LARGE, ERR_STORAGE_FULL, ERR_TIMEOUT. Any thread.
int browser_upload(struct browser *b, const char *file, struct deadline dl, struct buf *path,
    struct err *err) MUST_CHECK;
// Opens a page and looks at its renderer in /proc: 0, or ERR_SANDBOX when it is not confined by
// seccomp (Seccomp: 2) and by a pid namespace of its own.
int browser_check_sandbox(struct browser *b, struct deadline dl, struct err *err) MUST_CHECK;
// The flag table as Markdown (docs) and the reasons.
void browser_flags_markdown(struct buf *out);

#endif
