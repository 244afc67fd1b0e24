// SPDX-License-Identifier: Apache-2.0
// The names that requests and answers use, apart from the jobs themselves: the CLI reads requests,
// too.
#include "orchestrator/job/jobs.h"

const char *const job_priority_names[] = {"interactive", "normal", "bulk", NULL};
const char *const job_state_names[] = {"queued", "running", "finished", NULL};
