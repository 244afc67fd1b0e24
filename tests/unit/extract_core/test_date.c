// SPDX-License-Identifier: Apache-2.0
// Dates in the spellings of pages, with the bounds and what is no date.
#include "page_fixture.h"

#include "extract/meta/dates/date.h"

static const struct date_opts publication = {
    .now_ms = FIXTURE_NOW, .min_year = 1995, .month_first = true};

static void
check_with(const struct date_opts *o, const char *text, const char *expected)
{
	char iso[DATE_ISO_MAX] = "none";
	struct date d;

	if (date_value(sv_from(text), o, &d))
		date_iso(&d, iso);
	if (strcmp(iso, expected) != 0)
		print_error("%s\n", text);
	assert_string_equal(iso, expected);
}

static void
check(const char *text, const char *expected)
{
	check_with(&publication, text, expected);
}

static void
iso_8601_is_read(void **state)
{
	(void)state;
	check("2024-01-31", "2024-01-31");
	check("2024-1-3", "2024-01-03");
	check("2024-01-31T09:05:07Z", "2024-01-31T09:05:07Z");
	check("2024-01-31T09:05:07.123+05:30", "2024-01-31T09:05:07+05:30");
	check("2024-01-31 09:05", "2024-01-31T09:05:00");
	check("2024-01-31T09:05:07-0800", "2024-01-31T09:05:07-08:00");
	check("2024/01/31", "2024-01-31");
	check("20240131", "2024-01-31");
	check("20240131T101112Z", "2024-01-31T10:11:12Z");
	check("2015-11", "2015-11");
	check("1706691907", "2024-01-31T09:05:07Z");
	check("1706691907000", "2024-01-31T09:05:07Z");
}

static void
rfc_2822_and_english_are_read(void **state)
{
	(void)state;
	check("Tue, 03 Jun 2008 11:05:30 GMT", "2008-06-03T11:05:30Z");
	check("Tue, 3 Jun 2008 11:05:30 +0200", "2008-06-03T11:05:30+02:00");
	check("January 31, 2024", "2024-01-31");
	check("Jan. 31st, 2024 at 9:05 pm", "2024-01-31T21:05:00");
	check("Published on 1 March 2024", "2024-03-01");
	check("31st of January, 2024", "2024-01-31");
	check("Sept 5 2023", "2023-09-05");
	check("September 2023", "2023-09");
	check("31-Jan-2024", "2024-01-31");
	check("Thu Jan 11, 2024 12:30 am", "2024-01-11T00:30:00");
}

static void
the_language_decides_what_comes_first(void **state)
{
	struct date_opts day_first = publication;

	(void)state;
	day_first.month_first = false;
	check("3/4/2024", "2024-03-04");
	check_with(&day_first, "3/4/2024", "2024-04-03");
	check("31/12/2023", "2023-12-31");
	check_with(&day_first, "12/31/2023", "2023-12-31");
	check("03.04.2024", "2024-04-03"); // dots: always day first
	check("3.4.24", "2024-04-03");
	assert_true(date_month_first(SV("en-US"), SV("example.com")));
	assert_true(date_month_first(SV("en"), SV("example.com")));
	assert_false(date_month_first(SV("en-GB"), SV("example.com")));
	assert_false(date_month_first(SV("en"), SV("example.co.uk")));
	assert_false(date_month_first(SV("de"), SV("example.com")));
}

static void
months_are_known_in_many_languages(void **state)
{
	static const struct {
		const char *text, *iso;
	} rows[] = {
	    {"3. M\xc3\xa4rz 2024", "2024-03-03"},       // de
	    {"1er f\xc3\xa9vrier 2024", "2024-02-01"},   // fr
	    {"3 de junio de 2024", "2024-06-03"},        // es
	    {"15 gennaio 2024", "2024-01-15"},           // it
	    {"3 de dezembro de 2023", "2023-12-03"},     // pt
	    {"5 mei 2024", "2024-05-05"},                // nl
	    {"den 5 maj 2024", "2024-05-05"},            // sv
	    {"5. desember 2023", "2023-12-05"},          // no
	    {"12. kes\xc3\xa4kuuta 2024", "2024-06-12"}, // fi
	    {"12 pa\xc5\xba"
	     "dziernika 2023",
		"2023-10-12"},                                                           // pl
	    {"12. \xc5\x99\xc3\xadjna 2023", "2023-10-12"},                              // cs
	    {"2024. janu\xc3\xa1r 31.", "2024-01-31"},                                   // hu
	    {"7 septembrie 2023", "2023-09-07"},                                         // ro
	    {"7 A\xc4\x9fustos 2023", "2023-08-07"},                                     // tr
	    {"17 Agustus 2023", "2023-08-17"},                                           // id
	    {"5 \xd0\xbc\xd0\xb0\xd1\x80\xd1\x82\xd0\xb0 2024 \xd0\xb3.", "2024-03-05"}, // ru
	    {"5 \xd0\x9c\xd0\x90\xd0\xa0\xd0\xa2\xd0\x90 2024", "2024-03-05"}, // ru, capitals
	    {"5 \xd0\xbb\xd1\x8e\xd1\x82\xd0\xbe\xd0\xb3\xd0\xbe 2024", "2024-02-05"}, // uk
	    {"5 \xce\x99\xce\xb1\xce\xbd\xce\xbf\xcf\x85\xce\xb1\xcf\x81\xce\xaf\xce\xbf\xcf\x85 2024",
		"2024-01-05"}, // el
	    {"2024\xe5\xb9\xb4"
	     "1\xe6\x9c\x88"
	     "31\xe6\x97\xa5 10:20",
		"2024-01-31T10:20:00"},                                      // zh, ja
	    {"2024\xeb\x85\x84 1\xec\x9b\x94 31\xec\x9d\xbc", "2024-01-31"}, // ko
	    {"5 \xd9\x85\xd8\xa7\xd8\xb1\xd8\xb3 2024", "2024-03-05"},       // ar
	    {"\xd9\xa5 \xd9\x85\xd8\xa7\xd8\xb1\xd8\xb3 \xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa4",
		"2024-03-05"},                        // ar digits
	    {"31 th\xc3\xa1ng 1 2024", "2024-01-31"}, // vi
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(rows[i].text, rows[i].iso);
}

static void
what_is_no_date_is_refused(void **state)
{
	(void)state;
	check("", "none");
	check("2024", "none");
	check("2024-02-30", "none");
	check("2023-02-29", "none");
	check("2024-13-01", "none");
	check("version 1.2.2024.5", "none");
	check("10.0.12.2024", "none");
	check("call 555-12-3456", "none");
	check("1994-12-31", "none");       // before the web
	check("2026-02-01", "none");       // after now + 1 day
	check("2026-01-02", "2026-01-02"); // within it
	check("market 12, 2024", "none");
}

static void
urls_hold_dates(void **state)
{
	static const struct {
		const char *url, *iso;
	} rows[] = {
	    {"https://e.org/2024/01/31/title", "2024-01-31"},
	    {"https://e.org/news/2024-01-03-title.html", "2024-01-03"},
	    {"https://e.org/news/2024-1-3-title.html", "none"}, // a version
	    {"https://e.org/2023/october/03/wine/", "2023-10-03"},
	    {"https://e.org/world/2023/oct/3/wine", "2023-10-03"},
	    {"https://e.org/a/2024/1/3/title", "2024-01-03"},
	    {"https://e.org/img_20240131.html", "2024-01-31"},
	    {"https://e.org/20240131123/", "none"},
	    {"https://e.org/a/20240131/x", "2024-01-31"},
	    {"https://e.org/2024/01/title", "none"},
	    {"https://e.org/12345678901/", "none"},
	    {"https://e.org/x?d=/2024/01/31/", "none"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char iso[DATE_ISO_MAX] = "none";
		struct date d;

		if (date_from_url(sv_from(rows[i].url), &publication, &d))
			date_iso(&d, iso);
		assert_string_equal(iso, rows[i].iso);
	}
}

static void
the_place_of_a_date_in_its_text_is_known(void **state)
{
	static const struct {
		const char *text;
		int from, end;
	} rows[] = {
	    {"2024-01-31", 0, 10},
	    {"Posted on 31 January 2024 by Kim", 10, 26},
	    {"am 31.1.2024 um 10:30 Uhr, Wien", 3, 22},
	    {"\xd8\x8c January 31, 2024", 3, 19},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct date d;

		assert_true(date_find(sv_from(rows[i].text), &publication, &d));
		assert_int_equal(d.from, rows[i].from);
		assert_int_equal(d.end, rows[i].end);
	}
}

static void
a_year_may_have_two_digits_at_the_end(void **state)
{
	(void)state;
	check("31 Jan 24", "2024-01-31");
	check("Jan 31, 24", "2024-01-31");
	check("31 Jan 24 dogs", "none");
	check("31 Jan 24:10", "none");
	check("Apr 12", "none");
	check("see example.org/2024/01/31/x of it", "none");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(iso_8601_is_read),
	    cmocka_unit_test(rfc_2822_and_english_are_read),
	    cmocka_unit_test(the_language_decides_what_comes_first),
	    cmocka_unit_test(months_are_known_in_many_languages),
	    cmocka_unit_test(what_is_no_date_is_refused),
	    cmocka_unit_test(urls_hold_dates),
	    cmocka_unit_test(the_place_of_a_date_in_its_text_is_known),
	    cmocka_unit_test(a_year_may_have_two_digits_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
