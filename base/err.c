// SPDX-License-Identifier: Apache-2.0
// The error table and the filling of struct err. No allocation.
#include "base/err.h"

#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct err_info table[] = {
#define X(sym, type, code, http, retry, exit, text)                                                \
	[ERR_IDX_##sym] = {#sym, type, code, http, retry, exit, text},
    ERR_TABLE(X)
#undef X
};

const struct err_info *
err_info(int code)
{
	int i = -code - 1;

	return &table[i >= 0 && i < ERR_COUNT ? i : ERR_IDX_INTERNAL];
}

int
err_by_name(const char *name)
{
	for (int i = 0; i < ERR_COUNT; i++)
		if (strcmp(table[i].code, name) == 0)
			return -(i + 1);
	return 0;
}

// Control characters (C0 and C1) would forge log lines and terminal output; what was cut in the
// middle of a character would make a reply that is no JSON.
static void
clean(char *s)
{
	for (size_t n = strlen(s), len; n > 0; s += len, n -= len) {
		len = utf8_seq(s, n);
		if (len == 0 || (len == 1 && ((unsigned char)*s < 0x20 || *s == 0x7f))) {
			*s = len == 0 ? '?' : ' ';
			len = 1;
		} else if (len == 2 && (unsigned char)s[0] == 0xc2 && (unsigned char)s[1] < 0xa0) {
			s[0] = s[1] = ' ';
		}
	}
}

static int __attribute__((format(printf, 4, 0)))
fill(struct err *e, int code, const char *path, const char *fmt, va_list ap)
{
	char text[sizeof(e->message)];

	if (!e)
		return code;
	if (fmt)
		vsnprintf(text, sizeof(text), fmt, ap);
	else
		snprintf(text, sizeof(text), "%s", err_info(code)->text);
	clean(text);
	e->code = code;
	memcpy(e->message, text, sizeof(text));
	snprintf(e->path, sizeof(e->path), "%s", path);
	clean(e->path);
	return code;
}

int
err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, code, "", fmt, ap);
	va_end(ap);
	return code;
}

int
err_at(struct err *e, int code, const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, code, path, fmt, ap);
	va_end(ap);
	return code;
}

void
err_prefix(struct err *e, const char *prefix)
{
	char joined[sizeof(e->path)];
	const char *dot = e && e->path[0] && e->path[0] != '[' && prefix[0] ? "." : "";

	if (!e)
		return;
	if (snprintf(joined, sizeof(joined), "%s%s%s", prefix, dot, e->path) >= (int)sizeof(joined))
		joined[sizeof(joined) - 1] = '\0';
	memcpy(e->path, joined, sizeof(joined));
}

int
err_from_errno(int errnum, int other)
{
	if (errnum == EPIPE)
		return ERR_OUTPUT_CLOSED;
	return errnum == ENOSPC || errnum == EDQUOT ? ERR_STORAGE_FULL : other;
}
