// SPDX-License-Identifier: Apache-2.0
// Dates as pages write them: ISO 8601, RFC 2822, d/m/y by language, month names of
// more than 40 languages, many scripts' digits, eras of East Asia, Thai and Iranian years, Unix
// time, URLs. Pure; no locale, no time zone database.
#ifndef EXTRACT_DATE_H
#define EXTRACT_DATE_H

#include "base/buf.h"

#include <stdint.h>

enum date_order {          // of a date of three numbers
	DATE_ORDER_CLEAR,  // it is none, or its day and month are the same number
	DATE_DAY_FIRST,    // 31/1/2024
	DATE_MONTH_FIRST,  // 1/31/2024
	DATE_ORDER_CHOSEN, // 3/4/2024, by date_opts
};
struct date {
	int year, month, day; // day 0: only the month is known
	uint8_t order;        // enum date_order
	bool has_time, has_zone;
	int hour, minute, second;
	int zone_min;       // offset from UTC
	uint16_t from, end; // of what date_find read in its text; 0, 0 when that is not known
};
struct date_opts {
	int64_t now_ms;   // dates later than one day after it are refused; 0: no upper bound
	int min_year;     // 1995 for "when was this page published"
	bool month_first; // 3/4/2024 is March 4
	struct sv
	    lang; // of the page, may be SV_NULL: decides between names that two languages share
};

// The first date in the text. False when there is none within the bounds.
bool date_find(struct sv text, const struct date_opts *o, struct date *out);
// A text that is a date value by itself (an attribute, a JSON string): also "2024", "20240131",
// "2015-11" and Unix seconds or milliseconds.
bool date_value(struct sv text, const struct date_opts *o, struct date *out);
// /2024/01/31/ or /2024-01-31- or /20240131/ or /2024/0131/ in the path.
bool date_from_url(struct sv url, const struct date_opts *o, struct date *out);
// /2024/01/ in the path; the day is 0.
bool date_month_from_url(struct sv url, const struct date_opts *o, struct date *out);
// Does a page in this language and on this host write the month first?
bool date_month_first(struct sv lang, struct sv host);
// "2024-01-31", "2015-11", "2024-01-31T09:05:00+01:00".
#define DATE_ISO_MAX 40
void date_iso(const struct date *d, char out[DATE_ISO_MAX]);
// -1, 0, 1 by calendar day.
int date_compare(const struct date *a, const struct date *b);

// The month (1-12) that a lower-case word names in the language given or else in any, DATE_JALALI +
// 1 to 12 for those of Iran, or 0; extract/meta/dates/date_names.c.
#define DATE_JALALI 12
int date_month_by_name(struct sv word, struct sv lang);

#endif
