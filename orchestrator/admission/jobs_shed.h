// SPDX-License-Identifier: Apache-2.0
// When the machine itself is short of memory or time, new jobs are refused: first bulk ones, then
// all. Read from /proc (pressure stall information, meminfo) and the own cgroup's limit; what is
// absent says nothing. Judging is pure; reading is the housekeeper's.
#ifndef ORCHESTRATOR_ADMISSION_JOBS_SHED_H
#define ORCHESTRATOR_ADMISSION_JOBS_SHED_H

#include <stdbool.h>
#include <stdint.h>

enum shed_level { SHED_NONE, SHED_BULK, SHED_ALL };

struct shed_input {                                // negative: not known
	double memory_some, memory_full, cpu_some; // avg10, percent
	double memory_left;                        // available share of all memory, 0 to 1
	double cpu_busy;                           // since the last reading, 0 to 1
};

struct shed {
	enum shed_level level;
	const char *why;             // "memory", "psi" (processor time); NULL: nothing is shed
	unsigned calm;               // readings in a row that would let it go
	int64_t cpu_total, cpu_idle; // at the last reading of /proc/stat
};

// `root` is "" (a test has another). Blocks for a few small files.
void shed_read(struct shed *s, const char *root, struct shed_input *out);
// True: the level changed.
bool shed_judge(struct shed *s, const struct shed_input *in);

#endif
