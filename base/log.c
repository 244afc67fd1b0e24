// SPDX-License-Identifier: Apache-2.0
// Log lines on stderr, one write(2) each. Any thread.
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"

#include <stdio.h>

static const char *const level_names[] = {"error", "warn", "info", "debug"};

static struct {
	enum log_level level;
	enum log_format format;
	const char *program;
} conf = {LOG_WARN, LOG_HUMAN, "riptide"};

void
log_init(enum log_level level, enum log_format format, const char *program)
{
	conf.level = level;
	conf.format = format;
	conf.program = program;
}

bool
log_enabled(enum log_level level)
{
	return level <= conf.level;
}

int
log_level_by_name(const char *name)
{
	for (int i = 0; i < (int)ARRAY_LEN(level_names); i++)
		if (strcmp(name, level_names[i]) == 0)
			return i;
	return -1;
}

static void
add_escaped(struct buf *b, struct sv text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c == 0x7f)
			buf_fmt(b, "\\x%02x", c);
		else
			buf_ch(b, (char)c);
	}
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	cleanup_buf text = BUF_INIT_MAX(65536);
	cleanup_buf line = BUF_INIT;
	char when[32];
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	clock_iso(clock_wall_ms(), when);
	if (conf.format == LOG_JSON) {
		buf_fmt(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"program\":", when,
		    level_names[level]);
		buf_json_str(&line, sv_from(conf.program));
		buf_str(&line, ",\"message\":");
		buf_json_str(&line, buf_view(&text));
		buf_str(&line, "}\n");
	} else {
		buf_fmt(&line, "%s: %s: ", conf.program, level_names[level]);
		add_escaped(&line, buf_view(&text));
		buf_ch(&line, '\n');
	}
	if (util_write_all(STDERR_FILENO, line.p, line.n) != 0)
		return; // nowhere left to say it
}
