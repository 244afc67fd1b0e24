// SPDX-License-Identifier: Apache-2.0
// A memory cgroup for each browser, below the one that this process is in: v1's memory hierarchy,
// or v2 where the controller can be handed down. At the limit the kernel ends a renderer (Chromium
// offers it those first), not the browser. Where none can be made, pool_memory.h watches instead.
#ifndef ORCHESTRATOR_POOL_POOL_CGROUP_H
#define ORCHESTRATOR_POOL_POOL_CGROUP_H

#include "base/err.h"
#include "base/util.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CGROUP_PATH_BYTES 512

struct cgroup_parent {
	int version;                 // 0: there is none to be had
	char dir[CGROUP_PATH_BYTES]; // below which browsers get theirs
	char why[200];               // version 0: why not
};
// `root` is "/sys/fs/cgroup", `proc` "/proc". Removes what earlier processes left, and for v2 hands
// the memory controller down, which takes moving this process and its children into a leaf. Only
// where all processes of the cgroup are ours.
void cgroup_find(const char *root, const char *proc, struct cgroup_parent *out);
// The directory of a new cgroup with that limit; owned by the caller. NULL: it can't be made.
char *cgroup_make(const struct cgroup_parent *p, uint64_t id, int64_t limit_bytes);
int cgroup_enter(const char *dir, pid_t pid) MUST_CHECK; // 0 or -1 with errno
void cgroup_remove(const char *dir);                     // its processes are gone

#endif
