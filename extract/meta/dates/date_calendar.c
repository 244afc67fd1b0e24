// SPDX-License-Identifier: Apache-2.0
// Days by number, the Iranian calendar, Thai years, and which dates are plausible.
#include "extract/meta/dates/date_priv.h"

static int64_t
date_day_number(int y, int m, int d) // civil from days
{
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

void
date_from_day_number(int64_t z, struct date *d)
{
	int64_t era, doe, yoe, doy, mp;

	z += 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	d->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	d->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	d->year = (int)(yoe + era * 400 + (d->month <= 2));
}

// By its 33-year cycle; right for the years that are taken.
bool
date_from_jalali(struct date *d)
{
	int y = d->year - 979, m = d->month, day = d->day;
	int64_t days;

	if (d->year < DATE_JALALI_FIRST || d->year > DATE_JALALI_LAST || m < 1 || m > 12 ||
	    day < 1 || day > (m <= 6 ? 31 : 30))
		return false;
	days = 365 * (int64_t)y + y / 33 * 8 + (y % 33 + 3) / 4;
	days += m <= 7 ? (m - 1) * 31 : 186 + (m - 7) * 30;
	date_from_day_number(date_day_number(1600, 1, 1) + 79 + days + day - 1, d);
	return true;
}

static int
days_in_month(int y, int m)
{
	static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0))
		return 29;
	return days[m - 1];
}

bool
date_plausible(const struct date *d, const struct date_opts *o)
{
	int64_t limit = o->now_ms / 86400000 + 1;

	if (d->year < MAX(o->min_year, 1) || d->year > 9999 || d->month < 1 || d->month > 12)
		return false;
	if (d->day < 0 || d->day > days_in_month(d->year, d->month))
		return false;
	return o->now_ms == 0 || date_day_number(d->year, d->month, MAX(d->day, 1)) <= limit;
}

#define BUDDHIST_OFFSET 543
#define BUDDHIST_FIRST  (1995 + BUDDHIST_OFFSET)
#define BUDDHIST_LAST   (2100 + BUDDHIST_OFFSET)

bool
date_settle(struct date *d, const struct date_opts *o)
{
	if (date_plausible(d, o))
		return true;
	if (d->year < BUDDHIST_FIRST || d->year > BUDDHIST_LAST)
		return false;
	d->year -= BUDDHIST_OFFSET;
	return date_plausible(d, o);
}
