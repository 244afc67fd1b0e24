// SPDX-License-Identifier: Apache-2.0
// The process_* metrics that every Prometheus client library has: CPU, memory, files, start. Any
// thread; reads /proc.
#include "base/metrics.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

static void
add(struct buf *out, const char *name, const char *type, const char *help, double v)
{
	buf_fmt(out, "# HELP process_%s %s\n# TYPE process_%s %s\nprocess_%s %.15g\n", name, help,
	    name, type, name, v);
}

static int
open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (!d)
		return -1;
	while (readdir(d))
		n++;
	closedir(d);
	return n - 3; // ".", "..", and the folder's own
}

static double
boot_time(void)
{
	struct timespec wall, boot;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (double)(wall.tv_sec - boot.tv_sec) + (double)(wall.tv_nsec - boot.tv_nsec) / 1e9;
}

// proc(5): fields 14, 15 (CPU ticks), 20 (threads), 22 (start, ticks since boot), 23 (virtual
// memory), 24 (resident pages), counted behind the name in parentheses.
static void
add_stat(struct buf *out)
{
	double hz = (double)sysconf(_SC_CLK_TCK);
	unsigned long user, system, start, virtual;
	cleanup_buf text = BUF_INIT_MAX(4096);
	long threads, pages;
	const char *p;

	if (buf_read_file(&text, "/proc/self/stat", NULL) != 0)
		return;
	p = strrchr(text.p, ')');
	if (!p ||
	    sscanf(p + 1, // every number is the kernel's own
		" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %ld %*d %lu "
		"%lu %ld",
		&user, &system, &threads, &start, &virtual, &pages) != 6)
		return;
	add(out, "cpu_seconds_total", "counter", "CPU time of the daemon in user and kernel",
	    (double)(user + system) / hz);
	add(out, "threads", "gauge", "Threads of the daemon", (double)threads);
	add(out, "start_time_seconds", "gauge", "Start of the daemon since the epoch",
	    boot_time() + (double)start / hz);
	add(out, "virtual_memory_bytes", "gauge", "Address space of the daemon", (double)virtual);
	add(out, "resident_memory_bytes", "gauge", "Resident memory of the daemon",
	    (double)pages * (double)sysconf(_SC_PAGESIZE));
}

void
metrics_print_process(struct buf *out)
{
	struct rlimit files;

	add_stat(out);
	add(out, "open_fds", "gauge", "Open file descriptors of the daemon", open_files());
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		add(out, "max_fds", "gauge", "Limit of open file descriptors",
		    (double)files.rlim_cur);
}
