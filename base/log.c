// SPDX-License-Identifier: Apache-2.0
// Log lines on stderr, one write(2) each. Any thread.
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>

#define LINE_BYTES 4096 // a longer text is cut

const char *const log_level_names[] = {"error", "warn", "info", "debug", NULL};
const char *const log_format_names[] = {"human", "json", NULL};

static atomic_int conf_level = LOG_WARN, conf_format = LOG_HUMAN;
static const char *_Atomic conf_program = "riptide";

#define CONTEXT_BYTES 64
enum { REQUEST_ID, JOB_ID, KEY, N_CONTEXT };
static const char *const context_names[] = {"request_id", "job_id", "key"};
static _Thread_local char context[N_CONTEXT][CONTEXT_BYTES + 1];

void
log_init(enum log_level level, enum log_format format, const char *program)
{
	conf_level = (int)level;
	conf_format = (int)format;
	conf_program = program;
}

bool
log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&conf_level, memory_order_relaxed);
}

void
log_context(const char *request_id, const char *job_id, const char *key)
{
	const char *const values[] = {request_id, job_id, key};

	for (int i = 0; i < N_CONTEXT; i++)
		snprintf(context[i], sizeof(context[i]), "%s", values[i] ? values[i] : "");
}

// Control characters (C0, DEL, C1) and bytes that are not UTF-8 as \xNN.
static void
add_escaped(struct buf *b, struct sv text)
{
	for (size_t i = 0, len; i < text.n; i += len) {
		unsigned char c = (unsigned char)text.p[i];
		bool c1;

		len = utf8_seq(text.p + i, text.n - i);
		c1 = len == 2 && c == 0xc2 && (unsigned char)text.p[i + 1] < 0xa0;
		if (len == 0 || c1 || c < 0x20 || c == 0x7f)
			buf_fmt(b, "\\x%02x", c1 ? (unsigned char)text.p[i + 1] : c);
		else
			buf_add(b, text.p + i, len);
		len = MAX(len, (size_t)1);
	}
}

static void
add_json(struct buf *line, const char *when, const char *level, struct sv text)
{
	buf_fmt(line, "{\"time\":\"%s\",\"level\":\"%s\",\"program\":", when, level);
	buf_json_str(line, sv_from(conf_program));
	for (int i = 0; i < N_CONTEXT; i++)
		if (context[i][0]) {
			buf_fmt(line, ",\"%s\":", context_names[i]);
			buf_json_str(line, sv_from(context[i]));
		}
	buf_str(line, ",\"message\":");
	buf_json_str(line, text);
	buf_str(line, "}\n");
}

static void
add_human(struct buf *line, const char *when, const char *level, struct sv text)
{
	buf_fmt(line, "%s %s: %s: ", when, conf_program, level);
	add_escaped(line, text);
	for (int i = 0; i < N_CONTEXT; i++)
		if (context[i][0]) {
			buf_fmt(line, " %s=", context_names[i]);
			add_escaped(line, sv_from(context[i]));
		}
	buf_ch(line, '\n');
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	cleanup_buf line = BUF_INIT;
	char text[LINE_BYTES], when[32];
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	va_end(ap);
	clock_iso(clock_wall_ms(), when);
	(conf_format == LOG_JSON ? add_json : add_human)(
	    &line, when, log_level_names[level], sv_from(text));
	if (util_write_all(STDERR_FILENO, line.p, line.n) != 0)
		return; // nowhere left to say it
}
