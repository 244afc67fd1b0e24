// SPDX-License-Identifier: Apache-2.0
// Files that a command writes: checked before the work, complete or absent after it. A regular file
// is written without a name (O_TMPFILE) or under a temporary one, and takes its place by rename;
// pipes, devices and "-" are written straight. One thread at a time, but output_close may come
// from another one when the program ends.
#ifndef ORCHESTRATOR_CLI_OUTPUT_H
#define ORCHESTRATOR_CLI_OUTPUT_H

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

struct output {
	char *path; // as given; NULL: not open
	char *dest; // where the file goes: symlinks resolved; NULL: written straight to fd
	char *temp; // its name while it has one, else NULL
	int fd;
	mode_t mode;
	bool written;
};
#define OUTPUT_INIT                                                                                \
	{                                                                                          \
		.fd = -1                                                                           \
	}

// Open for writing; nothing that is there changes yet. `private_file`: mode 0600. ERR_OUTPUT names
// the path.
int output_open(struct output *o, const char *path, bool private_file, struct err *err) MUST_CHECK;
int output_write(struct output *o, struct sv bytes, struct err *err) MUST_CHECK;
// Let the file take its place. Only after output_write.
int output_commit(struct output *o, struct err *err) MUST_CHECK;
// Give up what was not committed. Idempotent; always called.
void output_close(struct output *o);
// Do both go to the same file or stream?
bool output_same(const struct output *a, const struct output *b);

#endif
