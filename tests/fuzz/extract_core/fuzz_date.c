// SPDX-License-Identifier: Apache-2.0
// Any text: a date found in it is a day that exists, within the bounds, and its ISO form reads as
// the same day. The first byte chooses language and order.
#include "extract/meta/dates/date.h"
#include "base/util.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const langs[] = {"", "en-US", "en-GB", "de", "fr", "pl", "hr", "ru", "ar", "fa",
    "th", "ja", "zh", "vi", "hu", "lv"};

static bool
is_leap(int y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static void
check(const struct date *d, const struct date_opts *o, bool may_lack_day)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	char iso[DATE_ISO_MAX];
	struct date again;

	assert(d->year >= o->min_year && d->year <= 2026 && d->month >= 1 && d->month <= 12);
	assert(d->day >= (may_lack_day ? 0 : 1) && d->day <= days[d->month - 1]);
	assert(d->month != 2 || d->day < 29 || is_leap(d->year));
	assert(d->hour >= 0 && d->hour < 24 && d->minute >= 0 && d->minute < 60 && d->second >= 0 &&
	       d->second < 60 && d->zone_min >= -14 * 60 - 59 && d->zone_min <= 14 * 60 + 59);
	date_iso(d, iso);
	assert(date_value(sv_from(iso), o, &again));
	assert(date_compare(d, &again) == 0 && d->has_time == again.has_time);
	assert(!d->has_time || (d->hour == again.hour && d->minute == again.minute));
	assert(!d->has_zone || !d->has_time || d->zone_min == again.zone_min);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct date_opts o = {.now_ms = 1767225600000, .min_year = 1995}; // 2026-01-01
	struct sv text;
	struct date d;

	if (size == 0)
		return 0;
	o.lang = sv_from(langs[data[0] % ARRAY_LEN(langs)]);
	o.month_first = data[0] & 0x80;
	text = (struct sv){(const char *)data + 1, size - 1};
	if (date_find(text, &o, &d))
		check(&d, &o, false);
	if (date_value(text, &o, &d))
		check(&d, &o, true);
	if (date_from_url(text, &o, &d))
		check(&d, &o, false);
	return 0;
}
