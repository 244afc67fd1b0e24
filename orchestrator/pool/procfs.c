// SPDX-License-Identifier: Apache-2.0
// Reading /proc. Any thread.
#include "orchestrator/pool/procfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 64

ssize_t
proc_read(const char *proc, pid_t pid, const char *name, char *out, size_t size)
{
	char path[512];
	size_t got = 0;

	snprintf(path, sizeof(path), "%s/%d/%s", proc, pid, name);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || util_read_all(fd, out, size - 1, &got))
		return -1;
	out[got] = '\0';
	return (ssize_t)got;
}

// The name of a program may hold spaces and parentheses: what counts begins behind the last one.
pid_t
proc_parent(const char *proc, pid_t pid)
{
	char stat[1024];
	const char *end;
	int parent = 0;

	if (proc_read(proc, pid, "stat", stat, sizeof(stat)) <= 0)
		return 0;
	end = strrchr(stat, ')');
	return end && sscanf(end, ") %*c %d", &parent) == 1 ? parent : 0;
}

bool
proc_is_below(const char *proc, pid_t pid, pid_t ancestor)
{
	for (int depth = 0; pid > 1 && pid != ancestor && depth < MAX_DEPTH; depth++)
		pid = proc_parent(proc, pid);
	return pid == ancestor;
}

// Arguments are NUL-separated, or one string with spaces once the process has set its title.
bool
proc_is_renderer(const char *proc, pid_t pid)
{
	static const char type[] = "--type=renderer";
	char line[8192];
	ssize_t n = proc_read(proc, pid, "cmdline", line, sizeof(line));

	return n > 0 && memmem(line, (size_t)n, type, sizeof(type) - 1);
}
