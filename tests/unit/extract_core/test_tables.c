// SPDX-License-Identifier: Apache-2.0
// Tables: headers and rows as a filled grid, what counts as data, the caps.
#include "page_fixture.h"

#include "extract/parts/parts.h"

static void
check(const char *html, const char *expected)
{
	struct fixture f;

	fixture_open(&f, html, NULL);
	assert_json(tables_read(&f.p), expected);
	fixture_close(&f);
}

static void
headers_come_from_thead_or_the_first_th_row(void **state)
{
	(void)state;
	check(
	    "<table><caption> My <b>table</b></caption><thead><tr><th>A<th>B</thead><tbody><tr><td>1<td>2</table>",
	    "[{\"caption\":\"My table\",\"headers\":[\"A\",\"B\"],\"rows\":[[\"1\",\"2\"]]}]");
	check("<table><tr><th>A<th>B<tr><td>1<td>2<tr><td>3</table>",
	    "[{\"caption\":null,\"headers\":[\"A\",\"B\"],\"rows\":[[\"1\",\"2\"],[\"3\",\"\"]]}]");
	check("<table><thead><tr><td>A<td>B</thead><tr><td>1<td>2</table>",
	    "[{\"caption\":null,\"headers\":[\"A\",\"B\"],\"rows\":[[\"1\",\"2\"]]}]");
	check("<table><tr><th>k<td>v<tr><th>l<td>w</table>",
	    "[{\"caption\":null,\"headers\":[],\"rows\":[[\"k\",\"v\"],[\"l\",\"w\"]]}]");
	check(
	    "<table><thead><tr><th colspan=2>2024<th rowspan=2>Sum<tr><th>Q1<th>Q2</thead><tr><td>1<td>2<td>3</table>",
	    "[{\"caption\":null,\"headers\":[\"2024 Q1\",\"2024 Q2\",\"Sum\"],\"rows\":[[\"1\",\"2\",\"3\"]]}]");
}

static void
spans_are_filled(void **state)
{
	(void)state;
	check("<table><tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td>d<tr><td>e<td>f<td>g</table>",
	    "[{\"caption\":null,\"headers\":[],\"rows\":[[\"a\",\"b\",\"b\"],[\"a\",\"c\",\"d\"],[\"e\",\"f\",\"g\"]]}]");
	// a rowspan ends with its section; absurd spans are clipped
	check(
	    "<table><thead><tr><th rowspan=9>h<th>i</thead><tbody><tr><td>1<td>2<tr><td colspan=1>3<td rowspan=65000>4</table>",
	    "[{\"caption\":null,\"headers\":[\"h\",\"i\"],\"rows\":[[\"1\",\"2\"],[\"3\",\"4\"]]}]");
}

static void
layout_tables_are_left_out(void **state)
{
	(void)state;
	check("<table role=presentation><tr><td>a<td>b<tr><td>c<td>d</table>", "[]");
	check("<table><tr><td>only one cell</table>", "[]");
	check("<table><tr><td>one<td>row</table>", "[]");
	check("<table><tr><td>one</td></tr><tr><td>column</td></tr></table>", "[]");
	check("<table><tr><td> <td><tr><td><td></table>", "[]");
	check(
	    "<table><tr><td><table><tr><td>1<td>2<tr><td>3<td>4</table><td>x<tr><td>y<td>z</table>",
	    "[{\"caption\":null,\"headers\":[],\"rows\":[[\"1\",\"2\"],[\"3\",\"4\"]]}]");
}

static void
cells_are_capped_and_said(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct fixture f;
	cJSON *tables;

	(void)state;
	buf_str(&html, "<table>");
	for (int i = 0; i < 300; i++)
		buf_str(&html, "<tr><td colspan=1000>x<td>y");
	fixture_open(&f, html.p, NULL);
	tables = tables_read(&f.p);
	assert_int_equal(cJSON_GetArraySize(tables), 0);
	assert_int_equal(f.p.truncated, 1u << PAGE_CAP_TABLES);
	cJSON_Delete(tables);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers_come_from_thead_or_the_first_th_row),
	    cmocka_unit_test(spans_are_filled),
	    cmocka_unit_test(layout_tables_are_left_out),
	    cmocka_unit_test(cells_are_capped_and_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
