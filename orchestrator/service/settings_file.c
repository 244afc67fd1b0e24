// SPDX-License-Identifier: Apache-2.0
// The settings file: `key = value` lines, `#` comments, values in quotes when they need them. Any
// thread.
#include "orchestrator/service/settings_priv.h"

#include "base/nearest.h"

#include <stdio.h>

#define MAX_FILE_BYTES ((size_t)1 << 20)

struct reader {
	struct settings *s;
	const char *path;
	unsigned line, seen[SETTING_COUNT];
	char where[160];
	struct err *err;
};

static int
unknown(const struct reader *r, struct sv name)
{
	const char *names[SETTING_COUNT], *near;
	cleanup_free char *word = sv_dup(name);

	for (size_t i = 0; i < SETTING_COUNT; i++)
		names[i] = setting_rows[i].name;
	near = nearest_word(word, names, SETTING_COUNT);
	return err_at(r->err, ERR_CONFIG, r->where, "unknown setting \"%.80s\"%s%s%s", word,
	    near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

// "a \"b\" \\" and then nothing but a comment. `text` begins with the quote.
static int
quoted(const struct reader *r, struct sv text, struct buf *out)
{
	size_t i = 1;
	struct sv rest;

	for (; i < text.n && text.p[i] != '"'; i++) {
		if (text.p[i] == '\\' && i + 1 < text.n && strchr("\"\\", text.p[i + 1]))
			i++;
		buf_ch(out, text.p[i]);
	}
	if (i == text.n)
		return err_at(r->err, ERR_CONFIG, r->where, "the quote of the value is not closed");
	rest = sv_trim((struct sv){text.p + i + 1, text.n - i - 1});
	if (rest.n > 0 && rest.p[0] != '#')
		return err_at(r->err, ERR_CONFIG, r->where,
		    "unexpected text after the closing quote: \"%.*s\"",
		    (int)MIN(rest.n, (size_t)40), rest.p);
	return 0;
}

// A '#' after white space begins a comment: "a#b" is a value.
static void
bare(struct sv text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '#' && (i == 0 || strchr(" \t", text.p[i - 1])))
			text.n = i;
	buf_sv(out, sv_trim(text));
}

static int
read_value(const struct reader *r, const struct setting *row, struct sv text)
{
	cleanup_buf value = BUF_INIT;
	int rc = 0;

	buf_str(&value, "");
	if (text.n > 0 && text.p[0] == '"')
		rc = quoted(r, text, &value);
	else
		bare(text, &value);
	return rc != 0 ? rc : setting_set(r->s, row, value.p, r->where, r->err);
}

static int
read_line(struct reader *r, struct sv line)
{
	const char *eq;
	const struct setting *row;
	struct sv name;
	size_t i;
	int rc;

	line = sv_trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return 0;
	eq = memchr(line.p, '=', line.n);
	if (!eq)
		return err_at(r->err, ERR_CONFIG, r->where, "expected \"name = value\"");
	name = sv_trim((struct sv){line.p, (size_t)(eq - line.p)});
	row = setting_find(name);
	if (!row)
		return unknown(r, name);
	i = (size_t)(row - setting_rows);
	if (r->seen[i])
		return err_at(r->err, ERR_CONFIG, r->where, "%s: is already set in line %u",
		    row->name, r->seen[i]);
	rc = read_value(r, row, sv_trim((struct sv){eq + 1, (size_t)(line.p + line.n - eq - 1)}));
	r->seen[i] = r->s->meta->line[i] = r->line;
	r->s->meta->origin[i] = FROM_FILE;
	return rc;
}

int
settings_read_text(struct settings *s, struct sv text, const char *path, struct err *err)
{
	struct reader r = {.s = s, .path = path, .err = err};

	if (text.n > 0 && memchr(text.p, '\0', text.n))
		return err_at(err, ERR_CONFIG, path, "the file has a NUL byte: it is no text");
	free(s->meta->file);
	s->meta->file = xstrdup(path);
	while (text.n > 0) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		int rc;

		snprintf(r.where, sizeof(r.where), "%.140s:%u", path, ++r.line);
		rc = read_line(&r, (struct sv){text.p, n});
		if (rc != 0)
			return rc;
		n += end ? 1 : 0;
		text = (struct sv){text.p + n, text.n - n};
	}
	return 0;
}

int
settings_read_file(struct settings *s, const char *path, struct err *err)
{
	cleanup_buf text = BUF_INIT_MAX(MAX_FILE_BYTES);
	struct err why = ERR_INIT;

	if (buf_read_file(&text, path, &why) != 0)
		return err_at(err, ERR_CONFIG, "", "%s", why.message);
	return settings_read_text(s, buf_view(&text), path, err);
}
