// SPDX-License-Identifier: Apache-2.0
// What process trees hold, from one walk through /proc: anonymous and shared memory (file pages are
// everybody's), and the largest renderer. Pure but for reading files.
#include "orchestrator/pool/pool_memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 32

struct proc {
	pid_t pid, parent;
};

static ssize_t
read_file(int dir, pid_t pid, const char *name, char *out, size_t size)
{
	char path[48];
	size_t got = 0;

	snprintf(path, sizeof(path), "%d/%s", pid, name);
	cleanup_close int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || util_read_all(fd, out, size - 1, &got))
		return -1;
	out[got] = '\0';
	return (ssize_t)got;
}

static pid_t
parent_of(int dir, pid_t pid)
{
	char stat[1024];
	const char *end;
	int parent = 0;

	if (read_file(dir, pid, "stat", stat, sizeof(stat)) <= 0)
		return 0;
	end = strrchr(stat, ')');
	return end && sscanf(end, ") %*c %d", &parent) == 1 ? parent : 0;
}

static size_t
list_all(int dir, struct proc **out)
{
	struct proc *v = NULL;
	size_t n = 0, cap = 0;
	DIR *d = fdopendir(dup(dir));

	for (struct dirent *e; d && (e = readdir(d));) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid <= 1)
			continue;
		if (n == cap) {
			cap = cap ? 2 * cap : 256;
			v = xrealloc(v, cap * sizeof(*v));
		}
		v[n++] = (struct proc){pid, parent_of(dir, pid)};
	}
	if (d)
		closedir(d);
	*out = v;
	return n;
}

static int
by_pid(const void *a, const void *b)
{
	pid_t x = ((const struct proc *)a)->pid, y = ((const struct proc *)b)->pid;

	return (x > y) - (x < y);
}

static struct pool_usage *
tree_of(const struct proc *all, size_t n_all, pid_t pid, struct pool_usage *v, size_t n)
{
	for (int depth = 0; pid > 1 && depth < MAX_DEPTH; depth++) {
		const struct proc key = {.pid = pid};
		const struct proc *p;

		for (size_t i = 0; i < n; i++)
			if (v[i].root == pid)
				return &v[i];
		p = bsearch(&key, all, n_all, sizeof(*all), by_pid);
		pid = p ? p->parent : 0;
	}
	return NULL;
}

static int64_t
field_kb(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? strtoll(at + strlen(name), NULL, 10) : 0;
}

static bool
is_renderer(int dir, pid_t pid)
{
	static const char type[] = "--type=renderer";
	char line[8192];
	ssize_t n = read_file(dir, pid, "cmdline", line, sizeof(line));

	return n > 0 && memmem(line, (size_t)n, type, sizeof(type) - 1);
}

static void
add_process(int dir, pid_t pid, struct pool_usage *u)
{
	char status[4096];
	int64_t kb;

	if (read_file(dir, pid, "status", status, sizeof(status)) <= 0)
		return;
	kb = field_kb(status, "\nRssAnon:") + field_kb(status, "\nRssShmem:");
	u->kb += kb;
	if (kb > u->largest_kb && is_renderer(dir, pid)) {
		u->largest_kb = kb;
		u->largest_renderer = pid;
	}
}

void
pool_usage_read(const char *proc, struct pool_usage *v, size_t n)
{
	cleanup_close int dir = open(proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct proc *all = NULL;
	size_t n_all = dir >= 0 ? list_all(dir, &all) : 0;

	if (n_all > 0)
		qsort(all, n_all, sizeof(*all), by_pid);
	for (size_t i = 0; i < n; i++)
		v[i].kb = v[i].largest_kb = v[i].largest_renderer = 0;
	for (size_t i = 0; i < n_all; i++) {
		struct pool_usage *u = tree_of(all, n_all, all[i].pid, v, n);

		if (u)
			add_process(dir, all[i].pid, u);
	}
	free(all);
}
