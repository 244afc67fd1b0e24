// SPDX-License-Identifier: Apache-2.0
// The time of day and its zone, as they stand behind a date.
#include "extract/meta/dates/date_priv.h"

static const struct {
	const char *name;
	int minutes;
} zones[] = {{"z", 0}, {"utc", 0}, {"gmt", 0}, {"est", -300}, {"edt", -240}, {"cst", -360},
    {"cdt", -300}, {"mst", -420}, {"mdt", -360}, {"pst", -480}, {"pdt", -420}, {"bst", 60},
    {"cet", 60}, {"cest", 120}, {"mez", 60}, {"mesz", 120}, {"eet", 120}, {"eest", 180},
    {"msk", 180}, {"ist", 330}, {"jst", 540}, {"kst", 540}, {"aest", 600}, {"aedt", 660}};

static bool
read_offset(struct cursor *c, struct date *d)
{
	struct cursor at = *c;
	int sign, h, m = 0;

	if (at.t->kind != TOK_MARK || (at.t->mark != '+' && at.t->mark != '-'))
		return false;
	sign = at.t->mark == '-' ? -1 : 1;
	date_advance(&at);
	if (at.t->kind == TOK_NUMBER && at.t->glued && at.t->digits == 4) {
		h = (int)at.t->value / 100;
		m = (int)at.t->value % 100;
		date_advance(&at);
	} else if (at.t->glued && date_take_number(&at, 1, 2, &h)) {
		if (date_take_mark(&at, ":") && !date_take_number(&at, 2, 2, &m))
			return false;
	} else {
		return false;
	}
	if (h > 14 || m > 59)
		return false;
	d->has_zone = true;
	d->zone_min = sign * (h * 60 + m);
	*c = at;
	return true;
}

static void
read_zone(struct cursor *c, struct date *d)
{
	for (size_t i = 0; c->t->kind == TOK_WORD && i < ARRAY_LEN(zones); i++)
		if (sv_eq_str((struct sv){c->t->word, c->t->word_len}, zones[i].name)) {
			d->has_zone = true;
			d->zone_min = zones[i].minutes;
			date_advance(c);
			if (d->zone_min == 0) // GMT+0200
				read_offset(c, d);
			return;
		}
	read_offset(c, d);
}

static void
read_half_day(struct cursor *c, struct date *d)
{
	static const char *const am[] = {"am", "a", NULL};
	static const char *const pm[] = {"pm", "p", NULL};

	if (date_take_word(c, pm)) {
		if (d->hour < 12)
			d->hour += 12;
	} else if (date_take_word(c, am) && d->hour == 12) {
		d->hour = 0;
	}
}

static bool
set_time(struct cursor *c, int h, int m, int s, struct date *d)
{
	if (h > 24 || m > 59 || s > 60)
		return false;
	d->hour = h % 24;
	d->minute = m;
	d->second = MIN(s, 59);
	d->has_time = true;
	read_half_day(c, d);
	read_zone(c, d);
	return true;
}

// 10:30 or 10h30, and :15 behind it; 10時30分
static bool
read_hms(struct cursor *c, int *h, int *m, int *s)
{
	static const char *const hours[] = {"h", "時", "时", "点", "點", "시", NULL};

	if (!date_take_number(c, 1, 2, h))
		return false;
	if (!date_take_mark(c, ":") && !date_take_word(c, hours))
		return false;
	return date_take_number(c, 2, 2, m) &&
	       (!date_take_mark(c, ":") || date_take_number(c, 2, 2, s));
}

static void
skip_fraction(struct cursor *c)
{
	struct cursor after = *c;
	int fraction;

	if (date_take_mark(&after, ".,") && after.t->glued &&
	    date_take_number(&after, 1, 9, &fraction))
		*c = after;
}

// （木）, (화): the day of the week between the day and its time.
static void
skip_bracketed_word(struct cursor *c)
{
	struct cursor after = *c;

	if (!date_take_mark(&after, "(") || after.t->kind != TOK_WORD)
		return;
	date_advance(&after);
	if (date_take_mark(&after, ")"))
		*c = after;
}

bool
date_read_time(struct cursor *at, struct date *d)
{
	static const char *const lead[] = {"t", "at", "um", "à", "a", "alle", "ore", "kl", "klo",
	    "às", "as", "om", "o", "ob", "las", "les", "в", "о", "у", "saat", NULL};
	struct cursor c = *at;
	int h, m, s = 0;

	skip_bracketed_word(&c);
	for (int i = 0; i < 3; i++)
		if (!date_take_word(&c, lead) && !date_take_mark(&c, ",-|.@("))
			break;
	if (c.t->kind == TOK_NUMBER && c.t->digits == 6 && c.t->glued) { // 20240131T101112
		h = (int)(c.t->value / 10000);
		m = (int)(c.t->value / 100 % 100);
		s = (int)(c.t->value % 100);
		date_advance(&c);
	} else if (!read_hms(&c, &h, &m, &s)) {
		return false;
	}
	skip_fraction(&c);
	if (!set_time(&c, h, m, s, d))
		return false;
	*at = c;
	return true;
}
