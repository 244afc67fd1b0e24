// SPDX-License-Identifier: Apache-2.0
// Confine the calling process: rlimits, no_new_privs, Landlock (by the ABI found), seccomp filters by
// name. One interface for every helper; called by single-threaded helper processes only, never by riptide.
#ifndef SANDBOX_CONFINE_H
#define SANDBOX_CONFINE_H

#include "base/err.h"
#include "base/util.h"

#include <stdbool.h>
#include <stddef.h>

enum confine_filter {
	CONFINE_WORKER,      // extractor worker, stitcher: read, write, exit, memory without PROT_EXEC
	CONFINE_FORK_SERVER, // the above + fork, wait, socketpair, sendmsg/recvmsg, pidfd, seccomp, prctl, close
	CONFINE_SANITIZER,   // the worker's filter widened for ASan/UBSan/TSan builds
};

struct confine_limits {
	size_t address_space_bytes; // 0: none (sanitizer builds)
	unsigned cpu_s;             // 0: none
	unsigned nofile;
	unsigned nproc;
	size_t fsize_bytes;
	size_t stack_bytes;
};

int confine_rlimits(const struct confine_limits *lim, struct err *err) MUST_CHECK;
// Deny every file-system right that the kernel's Landlock ABI knows. *abi gets the ABI (0: not there,
// which is not an error).
int confine_landlock(int *abi, struct err *err) MUST_CHECK;
// PR_SET_NO_NEW_PRIVS, DUMPABLE 0, then the filter (default: kill the process).
int confine_seccomp(enum confine_filter f, struct err *err) MUST_CHECK;
// The filter this build must use for `f`: CONFINE_SANITIZER in sanitizer builds.
enum confine_filter confine_filter_for_build(enum confine_filter f);
// Close every fd >= 3 that is not in keep[].
void confine_close_fds(const int *keep, size_t n);

#endif
