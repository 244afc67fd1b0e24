// SPDX-License-Identifier: Apache-2.0
// A line on the terminal for each step of a render. Nothing is printed when standard error is not a
// terminal. Job thread.
#include "orchestrator/cli/render_priv.h"

#include "base/log.h"

#include <stdio.h>

typedef void describe_fn(const cJSON *data, struct buf *out);

static void
navigated(const cJSON *d, struct buf *out)
{
	buf_fmt(out, "loaded %s", json_str(d, "url"));
	if (json_int(d, "http_status", 0))
		buf_fmt(out, " (HTTP %lld)", (long long)json_int(d, "http_status", 0));
}

static void
action(const cJSON *d, struct buf *out)
{
	buf_fmt(out, "action %lld %s: %s", (long long)json_int(d, "index", 0), json_str(d, "type"),
	    json_str(d, "status"));
}

static void
artifact(const cJSON *d, struct buf *out)
{
	buf_fmt(out, "%s, %lld bytes", json_str(d, "name"), (long long)json_int(d, "bytes", 0));
}

static void
warning(const cJSON *d, struct buf *out)
{
	buf_fmt(out, "warning: %s", json_str(d, "message"));
}

static void
done(const cJSON *d, struct buf *out)
{
	buf_str(out, json_str(d, "status"));
}

static const struct {
	const char *type;
	describe_fn *describe;
} lines[] = {{"navigated", navigated}, {"fetched", navigated}, {"action", action},
    {"artifact", artifact}, {"warning", warning}, {"done", done}};

// Text of the page must not move the cursor.
static void
print_clean(const struct buf *line)
{
	for (size_t i = 0; i + 1 < line->n; i++)
		if ((unsigned char)line->p[i] < 0x20 || line->p[i] == 0x7f)
			line->p[i] = ' ';
	(void)!util_write_all(STDERR_FILENO, line->p, line->n);
}

// A step that begins: its end is worth a line.
static bool
begins_only(const struct job_event *ev)
{
	const char *status = json_str(ev->data, "status");

	return status && strcmp(status, "running") == 0;
}

static void
progress(void *arg UNUSED, const struct job_event *ev)
{
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		cleanup_buf line = BUF_INIT_MAX(4096);

		if (strcmp(ev->type, lines[i].type) != 0 || begins_only(ev))
			continue;
		buf_fmt(&line, "%6.2f s  ", (double)ev->at_ms / 1000);
		lines[i].describe(ev->data, &line);
		buf_ch(&line, '\n');
		if (!line.overflow)
			print_clean(&line);
	}
}

job_event_fn *
render_progress(const struct render_args *a)
{
	bool terminal = isatty(STDERR_FILENO) == 1;

	return terminal && a->log_level >= LOG_WARN && a->log_format == LOG_HUMAN ? progress : NULL;
}
