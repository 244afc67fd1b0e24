// SPDX-License-Identifier: Apache-2.0
// Inside of `render` and `run`: one process, one request, its outputs. The main thread waits for
// signals, the job's thread does everything else.
#ifndef ORCHESTRATOR_CLI_RENDER_PRIV_H
#define ORCHESTRATOR_CLI_RENDER_PRIV_H

#include "orchestrator/cli/output.h"
#include "orchestrator/cli/render_args.h"
#include "orchestrator/job/job.h"

#include <pthread.h>
#include <stdatomic.h>

enum { OUT_MAIN, OUT_SCREENSHOT, OUT_PDF, OUT_MHTML, OUT_HAR, OUT_STATE, OUT_COUNT };

struct render {
	const struct render_args *args;
	enum out_format format;
	struct request *req;
	cJSON *state_in; // --session-state as it was; NULL: none yet
	struct output out[OUT_COUNT];

	pthread_mutex_t lock; // guards job
	struct job *job;      // the one that runs now
	atomic_bool interrupted;
	atomic_bool delivering; // outputs are being written: only the job's thread may touch them
	int done_fd;            // readable when the job's thread has ended
	int code;               // exit code, when it has
};

// render_outputs.c
int render_open_outputs(struct render *r, struct err *err) MUST_CHECK;
void render_close_outputs(struct render *r);
// Write everything that the job gave, and say on standard error what is to be said. The exit code.
int render_deliver(struct render *r, struct job *j);

// progress.c: lines for a terminal
job_event_fn *render_progress(const struct render_args *a); // NULL: none wanted

#endif
