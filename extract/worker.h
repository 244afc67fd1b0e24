// SPDX-License-Identifier: Apache-2.0
// riptide-extract from within: the fork server and its workers. Linked by riptide-extract only.
#ifndef EXTRACT_WORKER_H
#define EXTRACT_WORKER_H

#include "extract/proto.h"

#include <stdatomic.h>

struct worker_opts {
	size_t memory_bytes; // address space of a worker; half of it is the document's arena
};

// Run the throw-away document and everything else that happens once in a process, so that a worker
// needs none of it under its filter.
int worker_warm_up(struct err *err) MUST_CHECK;
// Confine this process and serve documents on `fd` until it closes. Never returns.
void worker_main(int fd, const struct worker_opts *o) __attribute__((noreturn));
// Set in workers: a failed malloc ends the process with PROTO_EXIT_OOM (extract_main.c), so that no
// library can go on with half a tree.
extern atomic_bool worker_dies_of_oom;

// Confine this process as fork server and serve `fd` until riptide closes it; its workers are gone
// when it returns. The exit status.
int server_run(int fd, const struct worker_opts *o);

// {"code", "message", "path"} on the socket.
int worker_send_failure(int fd, uint64_t id, const struct err *e) MUST_CHECK;
// Builds with RIPTIDE_TEST_OPS: do the named thing; *name of an unknown op is answered by
// ERR_INTERNAL.
int worker_test_op(int fd, uint64_t id, struct sv name) MUST_CHECK;

// A helper waits for its peer as long as that lives; a day is the deadline that every wait has.
#define WORKER_WAIT_MS ((int64_t)24 * 3600 * 1000)
#define WORKER_SEND_MS ((int64_t)600 * 1000)

#endif
