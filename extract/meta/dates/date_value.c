// SPDX-License-Identifier: Apache-2.0
// Texts that are a date by themselves, dates in URLs, and what is asked of and written from a date.
#include "extract/meta/dates/date_priv.h"

#include <stdio.h>

// --- values ---

static bool
from_unix(int64_t s, const struct date_opts *o, struct date *out)
{
	struct date d = {.has_time = true, .has_zone = true};
	int64_t in_day = s % 86400;

	date_from_day_number(s / 86400, &d);
	d.hour = (int)(in_day / 3600);
	d.minute = (int)(in_day / 60 % 60);
	d.second = (int)(in_day % 60);
	if (!date_plausible(&d, o))
		return false;
	*out = d;
	return true;
}

static bool
from_digits(int64_t v, unsigned digits, const struct date_opts *o, struct date *out)
{
	struct date d = {0};

	if (digits == 10 || digits == 13)
		return from_unix(digits == 13 ? v / 1000 : v, o, out);
	if (digits == 14)
		v /= 1000000;
	else if (digits == 12)
		v /= 10000;
	else if (digits != 8)
		return false;
	d.year = (int)(v / 10000);
	d.month = (int)(v / 100 % 100);
	d.day = (int)(v % 100);
	if (d.day == 0 || !date_plausible(&d, o))
		return false;
	*out = d;
	return true;
}

bool
date_value(struct sv text, const struct date_opts *o, struct date *out)
{
	struct date_tokens tokens;
	struct cursor c = date_cursor(&tokens, sv_trim(text), 0), next = c;

	date_advance(&next);
	if (c.t->kind == TOK_NUMBER && c.t->digits >= 8 && c.t->digits <= 14 &&
	    from_digits(c.t->value, c.t->digits, o, out)) {
		if (next.t->kind == TOK_WORD && c.t->digits == 8)
			date_read_time(&next, out);
		return true;
	}
	return date_find(text, o, out) || date_read_month_only(c, o, out);
}

// --- URLs ---

static bool
url_number(struct sv s, size_t *i, size_t min, size_t max, int *out)
{
	size_t from = *i;
	int v = 0;

	while (*i < s.n && *i - from <= max && sv_is_digit(s.p[*i]))
		v = v * 10 + (s.p[(*i)++] - '0');
	*out = v;
	return *i - from >= min && *i - from <= max;
}

// 01 or oct or october
static bool
url_month(struct sv s, size_t *i, int *out)
{
	size_t from = *i;

	if (url_number(s, i, 1, 2, out))
		return true;
	*i = from;
	while (*i < s.n && sv_is_alpha(s.p[*i]))
		(*i)++;
	*out = date_month_by_name((struct sv){s.p + from, *i - from}, SV_NULL);
	return *out > 0 && *out <= 12;
}

// A packed or a long date only counts when it is whole.
static bool
url_ends(struct sv s, size_t i)
{
	return i >= s.n || strchr("/-_.?#&", s.p[i]);
}

static bool
url_date_at(struct sv s, size_t i, const struct date_opts *o, struct date *out)
{
	struct date d = {0};
	int packed;
	size_t k = i, month, day;
	char sep;

	if (url_number(s, &k, 8, 8, &packed))
		return url_ends(s, k) && from_digits(packed, 8, o, out);
	k = i;
	if (!url_number(s, &k, 4, 4, &d.year) || k >= s.n || !strchr("/-_", s.p[k]))
		return false;
	sep = s.p[k++];
	month = k;
	if (sep == '/' && url_number(s, &k, 4, 4, &packed) && k < s.n && s.p[k] == '/')
		return from_digits((int64_t)d.year * 10000 + packed, 8, o, out);
	k = month;
	if (!url_month(s, &k, &d.month) || k >= s.n || s.p[k] != sep)
		return false;
	day = ++k;
	if (!url_number(s, &k, 1, 2, &d.day) || d.day == 0 || !date_plausible(&d, o))
		return false;
	if (sep != '/' && (day - month < 3 || k - day < 2)) // release-2024-4-1 is a version
		return false;
	*out = d;
	return true;
}

bool
date_from_url(struct sv url, const struct date_opts *o, struct date *out)
{
	const char *colon = url.n > 3 ? memmem(url.p, url.n, "://", 3) : NULL;
	size_t from = colon ? (size_t)(colon - url.p) + 3 : 0;

	for (size_t i = from; i + 1 < MIN(url.n, (size_t)2000); i++) {
		if (url.p[i] == '?' || url.p[i] == '#')
			return false;
		if (strchr("/-_", url.p[i]) && url_date_at(url, i + 1, o, out))
			return true;
	}
	return false;
}

bool
date_month_from_url(struct sv url, const struct date_opts *o, struct date *out)
{
	for (size_t i = 0; i + 1 < MIN(url.n, (size_t)2000) && url.p[i] != '?'; i++) {
		struct date d = {0};
		size_t k = i + 1;

		if (url.p[i] != '/' || !url_number(url, &k, 4, 4, &d.year) || k >= url.n ||
		    url.p[k++] != '/' || !url_month(url, &k, &d.month) || k >= url.n ||
		    url.p[k] != '/' || !date_plausible(&d, o))
			continue;
		*out = d;
		return true;
	}
	return false;
}

// --- output and questions ---

bool
date_month_first(struct sv lang, struct sv host)
{
	static const char *const day_first[] = {".uk", ".au", ".nz", ".ie", ".in", ".za", ".eu",
	    ".sg", ".hk", ".ng", ".my", ".ke", ".pk", ".de", ".fr", ".nl", ".it", ".es", ".at",
	    ".ch", ".be", ".br", ".mx", ".pl", ".ru", ".se", ".no", ".dk", ".fi", ".pt", ".gr",
	    ".tr", ".id", ".vn", ".ar"};

	for (size_t i = 0; i < ARRAY_LEN(day_first); i++) {
		size_t n = strlen(day_first[i]);

		if (host.n > n && memcmp(host.p + host.n - n, day_first[i], n) == 0)
			return false;
	}
	if (sv_istarts(lang, "en-") || sv_istarts(lang, "en_")) {
		struct sv region = {lang.p + 3, lang.n - 3};

		return sv_ieq_str(region, "us") || sv_ieq_str(region, "ph");
	}
	return lang.n == 0 || sv_ieq_str(lang, "en") || sv_istarts(lang, "fil");
}

void
date_iso(const struct date *d, char out[DATE_ISO_MAX])
{
	char day[8] = "", zone[12] = "";
	int off = d->zone_min < 0 ? -d->zone_min : d->zone_min;

	if (d->day > 0)
		snprintf(day, sizeof(day), "-%02d", d->day % 100);
	if (d->has_zone && d->zone_min == 0)
		snprintf(zone, sizeof(zone), "Z");
	else if (d->has_zone)
		snprintf(zone, sizeof(zone), "%c%02d:%02d", d->zone_min < 0 ? '-' : '+',
		    off / 60 % 100, off % 60);
	if (d->has_time)
		snprintf(out, DATE_ISO_MAX, "%04d-%02d%sT%02d:%02d:%02d%s", d->year % 10000,
		    d->month % 100, day, d->hour % 100, d->minute % 100, d->second % 100, zone);
	else
		snprintf(out, DATE_ISO_MAX, "%04d-%02d%s", d->year % 10000, d->month % 100, day);
}

int
date_compare(const struct date *a, const struct date *b)
{
	int x = a->year * 10000 + a->month * 100 + a->day;
	int y = b->year * 10000 + b->month * 100 + b->day;

	return (x > y) - (x < y);
}
