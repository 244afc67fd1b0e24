// SPDX-License-Identifier: Apache-2.0
// Confine the calling process: rlimits, no_new_privs, Landlock (by the ABI found), seccomp filters
// by name. One interface for every helper; called by single-threaded helper processes only, never
// by riptide. The order is the caller's: drop root, close fds, Landlock, rlimits, seccomp.
#ifndef SANDBOX_CONFINE_H
#define SANDBOX_CONFINE_H

#include "base/err.h"
#include "base/util.h"

#include <stdbool.h>
#include <stddef.h>

enum confine_filter {
	CONFINE_WORKER, // extractor worker, stitcher: frames on a socket, memory without PROT_EXEC,
			// exit
	CONFINE_FORK_SERVER, // the above + fork, wait, socketpair, sendmsg, pidfd, seccomp, prctl,
			     // close
	CONFINE_EGRESS,      // egress guard: epoll, accept, connect, no files, no listening
	CONFINE_SANITIZER,   // worker and fork server, widened for ASan/UBSan/TSan builds
	CONFINE_EGRESS_SANITIZER, // the same for the egress guard
};
// "worker", "fork-server", "egress", "sanitizer", "egress-sanitizer"
extern const char *const confine_filter_names[];

struct confine_limits {
	size_t address_space_bytes; // 0: none (sanitizer builds)
	unsigned cpu_s;             // 0: none
	unsigned nofile;            // poll(2) wants at least as many as it is given
	unsigned nproc;
	bool set_nproc; // false: as inherited (a fork server counts its uid's other processes too)
	size_t fsize_bytes;
	size_t stack_bytes; // 0: as inherited
};

// Also: no core files.
int confine_rlimits(const struct confine_limits *lim, struct err *err) MUST_CHECK;
// Started as root: become `nobody` for good, without capabilities; where the user namespace has no
// such uid, drop the capabilities only. Otherwise nothing.
int confine_drop_root(struct err *err) MUST_CHECK;
// Deny every right that the kernel's Landlock ABI knows: files, TCP, abstract sockets, signals to
// outside. Sets PR_SET_NO_NEW_PRIVS. *abi gets the ABI (0: not there, which is not an error).
int confine_landlock(int *abi, struct err *err) MUST_CHECK;
// The same, but TCP connections may be made.
int confine_landlock_client(int *abi, struct err *err) MUST_CHECK;
// PR_SET_NO_NEW_PRIVS, DUMPABLE 0, MDWE, then the filter (default: kill the process). For good.
int confine_seccomp(enum confine_filter f, struct err *err) MUST_CHECK;
// The filter this build must use for `f`: in sanitizer builds a wider one.
enum confine_filter confine_filter_for_build(enum confine_filter f);
// The filter's table for the docs.
struct buf;
void confine_markdown(enum confine_filter f, struct buf *out);
// Close every fd >= 3 that is not in keep[] (at most 8).
void confine_close_fds(const int *keep, size_t n);

#endif
