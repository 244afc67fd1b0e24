// SPDX-License-Identifier: Apache-2.0
// What the processes of a browser use, looked up in /proc. Supervisor thread.
#ifndef ORCHESTRATOR_POOL_POOL_MEMORY_H
#define ORCHESTRATOR_POOL_POOL_MEMORY_H

#include "base/err.h"
#include "base/util.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// A process tree: how much it holds that is nobody else's, which process holds most, what it has
// worked.
struct pool_usage {
	pid_t root;
	int64_t kb;
	int64_t cpu_ticks;      // CPU time of the tree, of processes that have ended, too
	pid_t largest_renderer; // 0: none
	int64_t largest_kb;
};
// Fill in the trees below each `root` with one walk through `proc` ("/proc").
void pool_usage_read(const char *proc, struct pool_usage *v, size_t n);

#endif
