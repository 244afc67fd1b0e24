// SPDX-License-Identifier: Apache-2.0
// XPath over the tree: what is found, as what, and which errors are told.
#include "expression_table.h"

#include "extract/fields/xpath/xpath.h"

static const char PAGE[] =
    "<html><body><div class=box><h1>Title</h1><p id=a>one <b>1</b></p><p>two</p></div>"
    "<a href='/x?a=1&amp;b=2'>link</a><svg><circle r=3 /></svg></body></html>";

static int
select_in(
    const struct fixture *f, const char *expr, node_id scope, struct buf *out, struct err *err)
{
	struct arena a;
	struct xpath *x = NULL;
	struct xpath_engine e;
	struct found_list list = {.max = 100};
	int rc;

	arena_init(&a, 0);
	xpath_engine_init(&e, &f->t, &a);
	rc = xpath_compile(expr, &a, &x, err);
	if (rc == 0)
		rc = xpath_select(&e, x, scope, &list, err);
	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		if (i > 0)
			buf_ch(out, ' ');
		if (list.v[i].kind == FOUND_NODE)
			buf_fmt(out, "<%s>", tree_name(&f->t, f->t.nodes[list.v[i].node].tag));
		else
			buf_sv(out, list.v[i].text);
	}
	xpath_engine_done(&e);
	arena_done(&a);
	return rc;
}

static void
run(const struct fixture *f, const char *expr, struct buf *out)
{
	struct err err = ERR_INIT;

	if (select_in(f, expr, 0, out, &err) != 0)
		buf_fmt(out, "error: %s", err.message);
}

static void
all_of_the_table_is_found(void **state)
{
	(void)state;
	expression_table("xpath.tsv", run);
}

static void
check_on(const char *page, const char *expr, const char *expected)
{
	struct fixture f;
	cleanup_buf out = BUF_INIT;
	struct err err = ERR_INIT;
	int rc;

	fixture_open(&f, page, NULL);
	rc = select_in(&f, expr, 0, &out, &err);
	if (rc != 0)
		buf_fmt(&out, "error %s: %s", err_info(rc)->code, err.message);
	assert_string_equal(out.p ? out.p : "", expected);
	fixture_close(&f);
}

static void
check(const char *expr, const char *expected)
{
	check_on(PAGE, expr, expected);
}

static void
prefixes_are_a_part_of_the_name(void **state)
{
	static const char page[] =
	    "<dc:creator>Ann</dc:creator><svg><use xlink:href='#c' /></svg><p>x</p>";

	(void)state;
	check_on(page, "//dc:creator/text()", "Ann");
	check_on(page, "//dc:* | //x:*", "<dc:creator>");
	check_on(page, "name(//DC:creator)", "dc:creator");
	check_on(page, "local-name(//dc:creator)", "creator");
	check_on(page, "//use/@xlink:href", "#c");
	check_on(page, "//use/@xlink:*", "#c");
	check_on(page, "//x:p", "");
	check_on("<html xmlns=h><svg xmlns=s xmlns:xlink=x id=i>", "//@*", "h i");
	check_on(page, "//p/self::p/child::text()", "x");
}

static void
nodes_attributes_and_scalars_are_found(void **state)
{
	(void)state;
	check("//p", "<p> <p>");
	check("//p[@id='a']", "<p>");
	check("//p/text()", "one  two");
	check("//a/@href", "/x?a=1&b=2");
	check("count(//p)", "2");
	check("string(//h1)", "Title");
	check("//h1 = 'Title'", "true");
	check("normalize-space(//p[1])", "one 1");
	check("//svg/circle/@r", "3");
	check("//nothing", "");
	check("//H1 | //svg/CIRCLE/@R", "<h1> 3");
	check("//p[2]/preceding-sibling::*", "<h1> <p>");
	check("//b/ancestor::div | //a", "<div> <a>");
}

static void
axes_count_from_the_nearest(void **state)
{
	(void)state;
	check("//b/ancestor::*[1]", "<p>");
	check("//b/ancestor::*[last()]", "<html>");
	check("//a/preceding::*[1]", "<p>");
	check("(//a/preceding::*)[1]", "<head>");
	check("//p[last()]/text()", "two");
	check("//p[position() < 2]/@id", "a");
	check("//div/*[2][self::p]/@id", "a");
	check("//h1/following-sibling::p[2]", "<p>");
	check("//p[2]/preceding-sibling::*[1]/@id", "a");
	check("//@id/following::p", "<p>");
	check("//b/following::*", "<p> <a> <svg> <circle>");
	check("//p[b]/following-sibling::*[1] | //h1", "<h1> <p>");
	check("//*[@id]/descendant-or-self::node()", "<p> one  <b> 1");
	check("//p[1][2]", "");
	check("/*/*[2]/div/../svg", "<svg>");
	check("//circle/../../@*", "");
	check("//@*/..", "<div> <p> <a> <circle>");
}

static void
values_are_converted_as_the_standard_says(void **state)
{
	(void)state;
	check("1 div 3", "0.3333333333333333");
	check("1 div 0", "Infinity");
	check("- 1 div 0", "-Infinity");
	check("0 div 0", "NaN");
	check("-0", "0");
	check("1000000000000 * 1000000", "1000000000000000000");
	check("0.0000001", "0.0000001");
	check("7 mod -2", "1");
	check("-7 mod 2", "-1");
	check("2 + 3 * 4 - 1", "13");
	check("10 - 4 - 3", "3");
	check("1 < 2 = true()", "true");
	check("number(' 12 ') + number('x')", "NaN");
	check("round(2.5) + round(-2.5)", "1");
	check("substring('12345', 1.5, 2.6)", "234");
	check("substring('12345', 0, 3)", "12");
	check("substring('12345', -42, 1 div 0)", "12345");
	check("substring('h\xc3\xa9llo', 2, 2)", "\xc3\xa9l");
	check("string-length('h\xc3\xa9')", "2");
	check("translate('b\xc3\xa9-a', 'ab\xc3\xa9-', 'AB\xc3\x89')", "B\xc3\x89"
								       "A");
	check("substring-before('a=b', '=')", "a");
	check("substring-after('a=b', '=')", "b");
	check("substring-after('a', 'x')", "");
	check("concat(name(//a), '/', local-name(//a/@href), '/', count(//*))", "a/href/11");
	check("not(//nothing) and boolean(//p) and not('')", "true");
	check("string(true()) = 'true'", "true");
	check("sum(//b) + sum(//circle/@r)", "4");
	check("id('a x')", "<p>");
}

// Some node of the one and some of the other.
static void
sets_are_compared_by_any_of_theirs(void **state)
{
	(void)state;
	check("//p = 'two'", "true");
	check("//p != 'two'", "true");
	check("//p/text() = //a/text()", "false");
	check("//b = //b", "true");
	check("//b != //b", "false");
	check("//p != //p", "true");
	check("//circle/@r > //b", "true");
	check("//circle/@r < //b", "false");
	check("//b < 2", "true");
	check("2 > //b", "true");
	check("//nothing = //nothing", "false");
	check("//nothing = false()", "true");
	check("//nothing != ''", "false");
}

static void
scope_is_the_context_node(void **state)
{
	struct fixture f;
	cleanup_buf out = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	fixture_open(&f, PAGE, NULL);
	assert_int_equal(select_in(&f, "./b", tree_find(&f.t, 0, TAG_p), &out, &err), 0);
	assert_string_equal(out.p, "<b>");
	fixture_close(&f);
}

static void
errors_say_what_and_where(void **state)
{
	(void)state;
	check("//p[", "error invalid_xpath: unexpected end at character 5");
	check("//p[1", "error invalid_xpath: unexpected end at character 6");
	check("//p[@id='a]", "error invalid_xpath: unfinished string at character 12");
	check("//p]", "error invalid_xpath: unexpected \"]\" at character 4");
	check("//p/é!", "error invalid_xpath: unexpected \"!\" at character 6");
	check("", "error invalid_xpath: unexpected end at character 1");
	check("nope(//p)", "error invalid_xpath: unknown function at character 1");
	check("//p[nope()]", "error invalid_xpath: unknown function at character 5");
	check("//x:", "error invalid_xpath: unexpected \":\" at character 4");
	check("$v", "error invalid_xpath: undefined variable at character 1");
	check("document('/etc/passwd')", "error invalid_xpath: unknown function at character 1");
	check("count()", "error invalid_xpath: wrong number of arguments at character 1");
	check("count(1)", "error invalid_xpath: the argument is no set of nodes at character 1");
	check("'a'/b",
	    "error invalid_xpath: only sets of nodes have predicates and steps at character 1");
	check("1 | //p", "error invalid_xpath: only sets of nodes can be united at character 1");
	check("//p/sideways::p", "error invalid_xpath: unknown axis at character 5");
}

static void
deep_brackets_are_refused(void **state)
{
	cleanup_buf expr = BUF_INIT;
	struct xpath *x = NULL;
	struct err err = ERR_INIT;
	struct arena a;

	(void)state;
	arena_init(&a, 0);
	for (int i = 0; i < 2000; i++)
		buf_ch(&expr, '(');
	assert_int_equal(xpath_compile(expr.p, &a, &x, &err), ERR_INVALID_XPATH);
	assert_string_equal(err.message, "brackets may be nested at most 40 deep at character 41");
	arena_done(&a);
}

static void
work_ends_at_the_budget(void **state)
{
	cleanup_buf html = BUF_INIT;
	cleanup_buf out = BUF_INIT;
	struct fixture f;
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 6000; i++)
		buf_str(&html, "<i></i>");
	fixture_open(&f, html.p, NULL);
	assert_int_equal(select_in(&f, "count(//i[count(//i[count(//i) > 1]) > 1])", 0, &out, &err),
	    ERR_TOO_LARGE);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_of_the_table_is_found),
	    cmocka_unit_test(nodes_attributes_and_scalars_are_found),
	    cmocka_unit_test(prefixes_are_a_part_of_the_name),
	    cmocka_unit_test(axes_count_from_the_nearest),
	    cmocka_unit_test(values_are_converted_as_the_standard_says),
	    cmocka_unit_test(sets_are_compared_by_any_of_theirs),
	    cmocka_unit_test(scope_is_the_context_node),
	    cmocka_unit_test(errors_say_what_and_where),
	    cmocka_unit_test(deep_brackets_are_refused),
	    cmocka_unit_test(work_ends_at_the_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
