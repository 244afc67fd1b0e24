// SPDX-License-Identifier: Apache-2.0
// Rows of limits, each with where shedding of bulk and of everything begins and where it ends.
#include "orchestrator/admission/jobs_shed.h"

#include "base/buf.h"
#include "base/err.h"

#include <stdio.h>
#include <string.h>

#define CALM_READINGS 3 // one a second: shedding outlasts the pressure a little

// --- reading ---

static bool
read_text(const char *root, const char *path, struct buf *out)
{
	cleanup_buf full = BUF_INIT;
	struct err err = ERR_INIT;

	buf_reset(out);
	buf_fmt(&full, "%s%s", root, path);
	return buf_read_file(out, full.p, &err) == 0 && out->n > 0;
}

// "some avg10=1.23 avg60=…"
static double
avg10(const struct buf *text, const char *line)
{
	char pattern[32];
	const char *at;
	double v;

	snprintf(pattern, sizeof(pattern), "%s avg10=", line);
	at = strstr(text->p, pattern);
	return at && sscanf(at + strlen(pattern), "%lf", &v) == 1 ? v : -1;
}

// "MemAvailable:   123 kB"
static double
kilobytes(const struct buf *text, const char *name)
{
	const char *at = strstr(text->p, name);
	double v;

	return at && sscanf(at + strlen(name), ": %lf", &v) == 1 ? v : -1;
}

static double
number_in(const char *root, const char *path)
{
	cleanup_buf text = BUF_INIT_MAX(4096);
	double v;

	return read_text(root, path, &text) && sscanf(text.p, "%lf", &v) == 1 ? v : -1;
}

// What the cgroup leaves (v2, then v1), as seen from within a container; page cache that could be
// given up counts as left.
static double
cgroup_left(const char *root)
{
	static const struct {
		const char *limit, *used, *stat, *cache;
	} rows[] = {{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current",
			"/sys/fs/cgroup/memory.stat", "\ninactive_file"},
	    {"/sys/fs/cgroup/memory/memory.limit_in_bytes",
		"/sys/fs/cgroup/memory/memory.usage_in_bytes", "/sys/fs/cgroup/memory/memory.stat",
		"\ntotal_inactive_file"}};
	cleanup_buf stat = BUF_INIT_MAX(1 << 16);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		double limit = number_in(root, rows[i].limit), used = number_in(root, rows[i].used);
		double cache = 0;
		const char *at;

		if (limit <= 0 || limit > 1e15 || used < 0)
			continue;
		if (read_text(root, rows[i].stat, &stat) && (at = strstr(stat.p, rows[i].cache)))
			(void)!sscanf(at + strlen(rows[i].cache), "%lf", &cache);
		return (limit - used + cache) / limit;
	}
	return -1;
}

static double
memory_left(const char *root)
{
	cleanup_buf text = BUF_INIT_MAX(1 << 16);
	double total, available, host = -1, group = cgroup_left(root);

	if (read_text(root, "/proc/meminfo", &text)) {
		total = kilobytes(&text, "MemTotal");
		available = kilobytes(&text, "MemAvailable");
		host = total > 0 && available >= 0 ? available / total : -1;
	}
	return group >= 0 && (host < 0 || group < host) ? group : host;
}

static double
cpu_busy(struct shed *s, const char *root)
{
	cleanup_buf text = BUF_INIT_MAX(1 << 20);
	long long v[8] = {0}, total = 0, idle, d_total, d_idle;

	if (!read_text(root, "/proc/stat", &text) ||
	    sscanf(text.p, "cpu %lld %lld %lld %lld %lld %lld %lld %lld", &v[0], &v[1], &v[2],
		&v[3], &v[4], &v[5], &v[6], &v[7]) < 5)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		total += v[i];
	idle = v[3] + v[4];
	d_total = total - s->cpu_total;
	d_idle = idle - s->cpu_idle;
	if (s->cpu_total == 0)
		d_total = 0;
	s->cpu_total = total;
	s->cpu_idle = idle;
	return d_total > 0 ? 1 - (double)d_idle / (double)d_total : -1;
}

void
shed_read(struct shed *s, const char *root, struct shed_input *out)
{
	cleanup_buf text = BUF_INIT_MAX(4096);

	*out = (struct shed_input){.memory_some = -1, .memory_full = -1, .cpu_some = -1};
	if (read_text(root, "/proc/pressure/memory", &text)) {
		out->memory_some = avg10(&text, "some");
		out->memory_full = avg10(&text, "full");
	}
	if (read_text(root, "/proc/pressure/cpu", &text))
		out->cpu_some = avg10(&text, "some");
	out->memory_left = memory_left(root);
	out->cpu_busy = cpu_busy(s, root);
}

// --- judging ---

// `used` is the share of memory that is not available: all rows shed above their limits.
static const struct {
	const char *why;
	enum { MEMORY_USED, MEMORY_SOME, MEMORY_FULL, CPU_SOME } what;
	double bulk, all, calm; // shed bulk from here, all from here, no more below there
} rows[] = {
    {"memory", MEMORY_USED, 92, 96, 88},
    {"memory", MEMORY_FULL, 5, 20, 2},
    {"memory", MEMORY_SOME, 20, 50, 10},
    {"psi", CPU_SOME, 95, 1000, 80},
};

static double
value_of(const struct shed_input *in, int what)
{
	const double v[] = {
	    [MEMORY_USED] = in->memory_left >= 0 ? 100 * (1 - in->memory_left) : -1,
	    [MEMORY_SOME] = in->memory_some,
	    [MEMORY_FULL] = in->memory_full,
	    [CPU_SOME] = in->cpu_some,
	};

	return v[what];
}

bool
shed_judge(struct shed *s, const struct shed_input *in)
{
	enum shed_level was = s->level, now = SHED_NONE;
	const char *why = NULL;
	bool calm = true;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		double v = value_of(in, rows[i].what);
		enum shed_level level = v >= rows[i].all    ? SHED_ALL
					: v >= rows[i].bulk ? SHED_BULK
							    : SHED_NONE;

		calm = calm && v < rows[i].calm;
		if (level > now) {
			now = level;
			why = rows[i].why;
		}
	}
	s->calm = calm ? s->calm + 1 : 0;
	if (now > s->level) {
		s->level = now;
		s->why = why;
	} else if (s->level > SHED_NONE && s->calm >= CALM_READINGS) {
		s->level = SHED_NONE;
		s->why = NULL;
	} else if (now == SHED_BULK && s->level == SHED_ALL) {
		s->level = SHED_BULK; // better, not yet well
		s->why = why;
	}
	return s->level != was;
}
