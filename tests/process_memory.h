// SPDX-License-Identifier: Apache-2.0
// For tests and benchmarks: what memory this process takes.
#ifndef TESTS_PROCESS_MEMORY_H
#define TESTS_PROCESS_MEMORY_H

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

// A line of /proc/self/status, in bytes; "VmHWM" is the most there was.
static inline size_t
memory_of(const char *name)
{
	cleanup_buf b = BUF_INIT;
	const char *at;

	if (buf_read_file(&b, "/proc/self/status", NULL) != 0 || !(at = strstr(b.p, name)))
		return 0;
	return strtoul(at + strlen(name) + 1, NULL, 10) << 10;
}

#endif
