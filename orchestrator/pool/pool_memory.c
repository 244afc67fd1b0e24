// SPDX-License-Identifier: Apache-2.0
// What process trees hold, from one walk through /proc: anonymous and shared memory (file pages are
// everybody's), and the largest renderer. Pure but for reading files.
#include "orchestrator/pool/pool_memory.h"

#include "orchestrator/pool/procfs.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 32

struct proc {
	pid_t pid, parent;
};

static size_t
list_all(const char *proc, struct proc **out)
{
	struct proc *v = NULL;
	size_t n = 0, cap = 0;
	DIR *d = opendir(proc);

	for (struct dirent *e; d && (e = readdir(d));) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid <= 1)
			continue;
		if (n == cap) {
			cap = cap ? 2 * cap : 256;
			v = xrealloc(v, cap * sizeof(*v));
		}
		v[n++] = (struct proc){pid, proc_parent(proc, pid)};
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

// Of the process and of its children that have ended and were waited for.
static int64_t
cpu_ticks(const char *proc, pid_t pid)
{
	long long user, system, ended_user, ended_system;
	char stat[1024];
	const char *end;

	if (proc_read(proc, pid, "stat", stat, sizeof(stat)) <= 0)
		return 0;
	end = strrchr(stat, ')');
	if (!end || sscanf(end, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld %lld",
			&user, &system, &ended_user, &ended_system) != 4)
		return 0;
	return user + system + ended_user + ended_system;
}

static void
add_process(const char *proc, pid_t pid, struct pool_usage *u)
{
	char status[4096];
	int64_t kb;

	if (proc_read(proc, pid, "status", status, sizeof(status)) <= 0)
		return;
	kb = field_kb(status, "\nRssAnon:") + field_kb(status, "\nRssShmem:");
	u->kb += kb;
	u->cpu_ticks += cpu_ticks(proc, pid);
	if (kb > u->largest_kb && proc_is_renderer(proc, pid)) {
		u->largest_kb = kb;
		u->largest_renderer = pid;
	}
}

void
pool_usage_read(const char *proc, struct pool_usage *v, size_t n)
{
	struct proc *all = NULL;
	size_t n_all = list_all(proc, &all);

	if (n_all > 0)
		qsort(all, n_all, sizeof(*all), by_pid);
	for (size_t i = 0; i < n; i++)
		v[i] = (struct pool_usage){.root = v[i].root};
	for (size_t i = 0; i < n_all; i++) {
		struct pool_usage *u = tree_of(all, n_all, all[i].pid, v, n);

		if (u)
			add_process(proc, all[i].pid, u);
	}
	free(all);
}
