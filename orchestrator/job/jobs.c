// SPDX-License-Identifier: Apache-2.0
// All jobs of the daemon: admission, queue, threads, table. Thread-safe; see jobs.h.
#include "orchestrator/job/jobs.h"

const char *const job_priority_names[] = {"interactive", "normal", "bulk", NULL};
const char *const job_state_names[] = {"queued", "running", "finished", NULL};
