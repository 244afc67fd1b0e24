// SPDX-License-Identifier: Apache-2.0
// Tables: headers and rows as a filled grid, what counts as data, the caps.
#include "page_fixture.h"

#include "extract/parts/parts.h"

static void
check(const char *html, const char *expected)
{
	struct fixture f;
	cJSON *tables;

	fixture_open(&f, html, NULL);
	tables = tables_read(&f.p);
	json_foreach (table, tables) // has tests of its own
		cJSON_DeleteItemFromObject(table, "csv");
	assert_json(tables, expected);
	fixture_close(&f);
}

static void
csv_is(const char *html, const char *expected)
{
	struct fixture f;
	cJSON *tables;

	fixture_open(&f, html, NULL);
	tables = tables_read(&f.p);
	assert_non_null(tables->child);
	assert_string_equal(json_str(tables->child, "csv"), expected);
	cJSON_Delete(tables);
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
csv_says_the_same_as_the_grid(void **state)
{
	(void)state;
	csv_is("<table><tr><th>A<th>B<tr><td>1<td>2<tr><td>3</table>", "A,B\r\n1,2\r\n3,\r\n");
	csv_is("<table><tr><td>a,b<td>say \"hi\"<tr><td colspan=2>c</table>",
	    "\"a,b\",\"say \"\"hi\"\"\"\r\nc,c\r\n");
	csv_is("<table><thead><tr><th colspan=2>2024<tr><th>Q1<th>Q2</thead><tr><td>1<td>2</table>",
	    "2024 Q1,2024 Q2\r\n1,2\r\n");
}

static void
a_rowspan_of_zero_reaches_to_the_end_of_its_section(void **state)
{
	(void)state;
	check(
	    "<table><tbody><tr><td rowspan=0>a<td>1<tr><td>2<tr><td>3<tbody><tr><td>b<td>4</table>",
	    "[{\"caption\":null,\"headers\":[],\"rows\":[[\"a\",\"1\"],[\"a\",\"2\"],[\"a\",\"3\"],[\"b\",\"4\"]]}]");
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

static void
signs_and_pictures_have_their_names(void **state)
{
	(void)state;
	csv_is(
	    "<table><tr><th>A<th>B<th>C</tr><tr><td>x<td><i class='fa fa-check'></i><td><img src=/no.png></tr>"
	    "<tr><td><img alt='A  cat'><td><b title=Yes></b><td><i class=star></i></tr></table>",
	    "A,B,C\r\nx,✓,✗\r\nA cat,Yes,\r\n");
}

static void
a_figure_has_the_caption_of_its_table(void **state)
{
	(void)state;
	check(
	    "<figure><div><table><tr><td>1<td>2</tr><tr><td>3<td>4</tr></table></div><figcaption>Two <i>by</i> two</figcaption></figure>",
	    "[{\"caption\":\"Two by two\",\"headers\":[],\"rows\":[[\"1\",\"2\"],[\"3\",\"4\"]]}]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers_come_from_thead_or_the_first_th_row),
	    cmocka_unit_test(spans_are_filled),
	    cmocka_unit_test(csv_says_the_same_as_the_grid),
	    cmocka_unit_test(a_rowspan_of_zero_reaches_to_the_end_of_its_section),
	    cmocka_unit_test(layout_tables_are_left_out),
	    cmocka_unit_test(cells_are_capped_and_said),
	    cmocka_unit_test(signs_and_pictures_have_their_names),
	    cmocka_unit_test(a_figure_has_the_caption_of_its_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
