// SPDX-License-Identifier: Apache-2.0
// The settings as text for people: in force, as an example file, as documentation.
#include "orchestrator/service/settings_priv.h"

#include <stdio.h>

static const char *const type_names[] = {[SETTING_STRING] = "text",
    [SETTING_INT] = "integer",
    [SETTING_MS] = "time",
    [SETTING_BYTES] = "size",
    [SETTING_BOOL] = "true or false",
    [SETTING_ENUM] = "name"};

void
setting_where(const struct settings *s, const struct setting *row, struct buf *out)
{
	size_t i = (size_t)(row - setting_rows);
	char name[64];

	switch (s->meta->origin[i]) {
	case FROM_DEFAULT:
		buf_str(out, "default");
		return;
	case FROM_FILE:
		buf_fmt(out, "%s:%u", s->meta->file, s->meta->line[i]);
		return;
	case FROM_ENVIRONMENT:
		setting_variable(row, name);
		buf_fmt(out, "$%s", name);
		return;
	case FROM_OPTION:
		buf_str(out, "--");
		for (const char *c = row->name; *c; c++)
			buf_ch(out, *c == '_' ? '-' : *c);
		return;
	}
	abort();
}

// In quotes where a bare value would be read otherwise.
static void
add_value(struct buf *out, struct sv v)
{
	bool plain = v.n == sv_trim(v).n && (v.n == 0 || (v.p[0] != '"' && v.p[0] != '#'));

	for (size_t i = 1; i < v.n; i++)
		plain = plain && !(v.p[i] == '#' && strchr(" \t", v.p[i - 1]));
	if (plain) {
		buf_sv(out, v);
		return;
	}
	buf_ch(out, '"');
	for (size_t i = 0; i < v.n; i++)
		buf_fmt(out, "%s%c", strchr("\"\\", v.p[i]) ? "\\" : "", v.p[i]);
	buf_ch(out, '"');
}

void
settings_print(const struct settings *s, struct buf *out)
{
	buf_fmt(
	    out, "# The settings in force. File: %s.\n", s->meta->file ? s->meta->file : "none");
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *row = &setting_rows[i];
		cleanup_buf text = BUF_INIT, where = BUF_INIT;
		size_t start = out->n;

		setting_text(s, row, &text);
		setting_where(s, row, &where);
		buf_fmt(out, "%s = ", row->name);
		add_value(out, buf_view(&text));
		buf_fmt(out, "%*s# %s\n", (int)MAX((int64_t)1, 44 - (int64_t)(out->n - start)), "",
		    where.p);
	}
}

static void
add_names(const struct setting *row, struct buf *out)
{
	const char *const *names = setting_names(row);

	for (size_t i = 0; names[i]; i++)
		buf_fmt(out, "%s%s", i ? ", " : "", names[i]);
}

// "0 to 64", "1s to 30d", "headless-shell, chromium"; nothing for text and booleans.
static void
add_range(const struct setting *row, struct buf *out)
{
	struct settings s = {0};
	int64_t *v = (int64_t *)((char *)&s + row->offset);

	if (row->type == SETTING_ENUM) {
		add_names(row, out);
		return;
	}
	if (row->type == SETTING_STRING || row->type == SETTING_BOOL)
		return;
	*v = row->min;
	setting_text(&s, row, out);
	buf_str(out, " to ");
	*v = row->max;
	setting_text(&s, row, out);
}

void
settings_example(struct buf *out)
{
	buf_str(out,
	    "# Settings of `riptide serve`: /etc/riptide/riptide.conf, or for one user\n"
	    "# ~/.config/riptide/riptide.conf. What stands here commented out is the default.\n"
	    "# RIPTIDE_NAME in the environment wins over this file, --name over both.\n"
	    "# Times take ms (default), s, m, h, d; sizes take k, M, G, T (powers of 1024).\n"
	    "# `riptide config check FILE` tries a file; SIGHUP reads it anew.\n");
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *row = &setting_rows[i];
		cleanup_buf range = BUF_INIT;

		add_range(row, &range);
		buf_fmt(out, "\n# %s\n", row->doc);
		if (range.n > 0)
			buf_fmt(out, "# (%s)\n", range.p);
		if (!row->reloadable)
			buf_str(out, "# Needs a restart.\n");
		buf_fmt(out, "#%s =%s%s\n", row->name, row->fallback[0] ? " " : "", row->fallback);
	}
}

void
settings_markdown(struct buf *out)
{
	buf_str(out,
	    "| setting | type | default | range | SIGHUP | meaning |\n|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *row = &setting_rows[i];
		const char *tick = row->fallback[0] ? "`" : "";

		buf_fmt(out, "| `%s` | %s | %s%s%s | ", row->name, type_names[row->type], tick,
		    row->fallback, tick);
		add_range(row, out);
		buf_fmt(out, " | %s | %s |\n", row->reloadable ? "yes" : "restart", row->doc);
	}
}
