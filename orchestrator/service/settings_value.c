// SPDX-License-Identifier: Apache-2.0
// One setting as text and as a value: units, ranges, names. Any thread.
#include "orchestrator/service/settings_priv.h"

#include "base/log.h"
#include "base/nearest.h"
#include "orchestrator/pool/browser.h"

#include <assert.h>
#include <stdio.h>

const struct setting setting_rows[SETTING_COUNT] = {
#define X(TYPE, name, ctype, fallback, min, max, reloadable, doc)                                  \
	{#name, SETTING_##TYPE, offsetof(struct settings, name), fallback, (int64_t)(min),         \
	    (int64_t)(max), reloadable, doc},
    SETTINGS_TABLE(X)
#undef X
};

struct unit {
	const char *name;
	int64_t factor;
};
// Largest first: a value is printed in the first that divides it.
static const struct unit time_units[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}, {"", 1}, {NULL, 0}};
static const struct unit byte_units[] = {{"T", 1LL << 40}, {"G", 1 << 30}, {"M", 1 << 20},
    {"k", 1 << 10}, {"", 1}, {"K", 1 << 10}, {NULL, 0}};
static const struct unit plain_units[] = {{"", 1}, {NULL, 0}};

static const struct unit *
units_of(const struct setting *row)
{
	if (row->type == SETTING_MS)
		return time_units;
	return row->type == SETTING_BYTES ? byte_units : plain_units;
}

const char *const *
setting_names(const struct setting *row)
{
	if (row->type != SETTING_ENUM)
		return NULL;
	if (row == &setting_rows[SET_browser])
		return browser_kind_names;
	if (row == &setting_rows[SET_log_format])
		return log_format_names;
	assert(row == &setting_rows[SET_log_level]);
	return log_level_names;
}

static bool
same_name(const char *name, struct sv text)
{
	size_t i = 0;

	for (; i < text.n && name[i]; i++)
		if ((text.p[i] == '-' ? '_' : text.p[i]) != name[i])
			return false;
	return i == text.n && name[i] == '\0';
}

const struct setting *
setting_find(struct sv name)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (same_name(setting_rows[i].name, name))
			return &setting_rows[i];
	return NULL;
}

void
setting_variable(const struct setting *row, char out[64])
{
	size_t n = (size_t)snprintf(out, 64, "RIPTIDE_%s", row->name);

	assert(n < 64);
	for (char *c = out; *c; c++)
		*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
}

static void *
slot(const struct settings *s, const struct setting *row)
{
	return (char *)(uintptr_t)s + row->offset;
}

// --- reading ---

static void
add_number(struct buf *out, int64_t v, const struct unit *units)
{
	while (v == 0 ? units->factor != 1 : v % units->factor != 0)
		units++;
	buf_fmt(out, "%lld%s", (long long)(v / units->factor), units->name);
}

static int
bad_number(const struct setting *row, const char *text, const char *where, struct err *err)
{
	static const char *const kinds[] = {[SETTING_INT] = "an integer",
	    [SETTING_MS] = "a time (ms, s, m, h, d)",
	    [SETTING_BYTES] = "a size (k, M, G, T)"};
	cleanup_buf from = BUF_INIT, to = BUF_INIT;

	add_number(&from, row->min, units_of(row));
	add_number(&to, row->max, units_of(row));
	return err_at(err, ERR_CONFIG, where, "%s: expected %s from %s to %s, not \"%.80s\"",
	    row->name, kinds[row->type], from.p, to.p, text);
}

// A number and its unit; false: it is none, or too large for 64 bits.
static bool
read_number(const char *text, const struct unit *unit, int64_t *out)
{
	const char *p = text;
	int64_t v = 0;

	for (; sv_is_digit(*p); p++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *p - '0', &v))
			return false;
	if (p == text)
		return false;
	p += strspn(p, " ");
	while (unit->name && strcmp(unit->name, p) != 0)
		unit++;
	return unit->name && !__builtin_mul_overflow(v, unit->factor, out);
}

bool
settings_read_time(const char *text, int64_t *out_ms)
{
	return read_number(text, time_units, out_ms);
}

bool
settings_read_size(const char *text, int64_t *out_bytes)
{
	return read_number(text, byte_units, out_bytes);
}

static int
set_number(struct settings *s, const struct setting *row, const char *text, const char *where,
    struct err *err)
{
	int64_t v;

	if (!read_number(text, units_of(row), &v) || v < row->min || v > row->max)
		return bad_number(row, text, where, err);
	*(int64_t *)slot(s, row) = v;
	return 0;
}

static int
set_bool(struct settings *s, const struct setting *row, const char *text, const char *where,
    struct err *err)
{
	static const char *const words[] = {
	    "false", "true", "no", "yes", "off", "on", "0", "1"}; // odd: true

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(text, words[i]) == 0) {
			*(bool *)slot(s, row) = i % 2;
			return 0;
		}
	return err_at(
	    err, ERR_CONFIG, where, "%s: expected true or false, not \"%.80s\"", row->name, text);
}

static int
set_enum(struct settings *s, const struct setting *row, const char *text, const char *where,
    struct err *err)
{
	const char *const *names = setting_names(row);
	cleanup_buf list = BUF_INIT;
	const char *near;
	size_t n = 0;

	for (; names[n]; n++) {
		if (strcmp(names[n], text) == 0) {
			*(int64_t *)slot(s, row) = (int64_t)n;
			return 0;
		}
		buf_fmt(&list, "%s%s", n ? ", " : "", names[n]);
	}
	near = nearest_word(text, names, n);
	return err_at(err, ERR_CONFIG, where, "%s: expected one of %s, not \"%.80s\"%s%s%s",
	    row->name, list.p, text, near ? "; did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
}

// Control characters would be a forged line in the log or in a header that the value goes into.
static int
check_text(const struct setting *row, const char *text, const char *where, struct err *err)
{
	size_t n = strlen(text);

	if (n > SETTING_MAX_TEXT)
		return err_at(err, ERR_CONFIG, where, "%s: expected at most %d bytes, not %zu",
		    row->name, SETTING_MAX_TEXT, n);
	for (size_t i = 0, len; i < n; i += len) {
		len = utf8_seq(text + i, n - i);
		if (len == 0)
			return err_at(
			    err, ERR_CONFIG, where, "%s: the value is not UTF-8", row->name);
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return err_at(err, ERR_CONFIG, where,
			    "%s: the value has a control character (0x%02x)", row->name,
			    (unsigned char)text[i]);
	}
	return 0;
}

static void
set_string(struct settings *s, const struct setting *row, const char *text)
{
	char **p = slot(s, row);

	free(*p);
	*p = xstrdup(text);
}

int
setting_set(struct settings *s, const struct setting *row, const char *text, const char *where,
    struct err *err)
{
	int rc = check_text(row, text, where, err);

	if (rc != 0)
		return rc;
	switch (row->type) {
	case SETTING_STRING:
		set_string(s, row, text);
		return 0;
	case SETTING_INT:
	case SETTING_MS:
	case SETTING_BYTES:
		return set_number(s, row, text, where, err);
	case SETTING_BOOL:
		return set_bool(s, row, text, where, err);
	case SETTING_ENUM:
		return set_enum(s, row, text, where, err);
	}
	abort();
}

// --- writing ---

void
setting_text(const struct settings *s, const struct setting *row, struct buf *out)
{
	const void *p = slot(s, row);

	switch (row->type) {
	case SETTING_STRING:
		buf_str(out, *(const char *const *)p);
		return;
	case SETTING_INT:
	case SETTING_MS:
	case SETTING_BYTES:
		add_number(out, *(const int64_t *)p, units_of(row));
		return;
	case SETTING_BOOL:
		buf_str(out, *(const bool *)p ? "true" : "false");
		return;
	case SETTING_ENUM:
		buf_str(out, setting_names(row)[*(const int64_t *)p]);
		return;
	}
	abort();
}

bool
setting_same(const struct settings *a, const struct settings *b, const struct setting *row)
{
	cleanup_buf x = BUF_INIT, y = BUF_INIT;

	setting_text(a, row, &x);
	setting_text(b, row, &y);
	return sv_eq(buf_view(&x), buf_view(&y));
}

void
setting_copy(struct settings *to, const struct settings *from, const struct setting *row)
{
	if (row->type == SETTING_STRING)
		set_string(to, row, *(const char *const *)slot(from, row));
	else if (row->type == SETTING_BOOL)
		*(bool *)slot(to, row) = *(const bool *)slot(from, row);
	else
		*(int64_t *)slot(to, row) = *(const int64_t *)slot(from, row);
}
