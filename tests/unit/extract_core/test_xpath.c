// SPDX-License-Identifier: Apache-2.0
// XPath over the tree: what is found, as what, and which errors are told.
#include "page_fixture.h"

#include "extract/fields/xpath.h"

static const char PAGE[] =
    "<html><body><div class=box><h1>Title</h1><p id=a>one <b>1</b></p><p>two</p></div>"
    "<a href='/x?a=1&amp;b=2'>link</a><svg><circle r=3 /></svg></body></html>";

static int
select_in(
    const struct fixture *f, const char *expr, node_id scope, struct buf *out, struct err *err)
{
	struct arena a;
	struct xpath *x = NULL;
	struct xpath_doc *d = NULL;
	struct found_list list = {.max = 100};
	int rc;

	arena_init(&a, 0);
	rc = xpath_compile(expr, &x, err);
	if (rc == 0)
		rc = xpath_doc_new(&f->t, &d, err);
	if (rc == 0)
		rc = xpath_select(d, x, scope, &a, &list, err);
	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		if (i > 0)
			buf_ch(out, ' ');
		if (list.v[i].kind == FOUND_NODE)
			buf_fmt(out, "<%s>", tree_name(&f->t, f->t.nodes[list.v[i].node].tag));
		else
			buf_sv(out, list.v[i].text);
	}
	xpath_doc_free(d);
	xpath_free(x);
	arena_done(&a);
	return rc;
}

static void
check(const char *expr, const char *expected)
{
	struct fixture f;
	cleanup_buf out = BUF_INIT;
	struct err err = ERR_INIT;
	int rc;

	fixture_open(&f, PAGE, NULL);
	rc = select_in(&f, expr, 0, &out, &err);
	if (rc != 0)
		buf_fmt(&out, "error %s: %s", err_info(rc)->code, err.message);
	assert_string_equal(out.p ? out.p : "", expected);
	fixture_close(&f);
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
	check("//p[2]/preceding-sibling::*", "<h1> <p>");
	check("//b/ancestor::div | //a", "<div> <a>");
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
	check("//p[", "error invalid_xpath: invalid expression at character 5");
	check("//p[1", "error invalid_xpath: invalid predicate at character 6");
	check("//p[@id='a]", "error invalid_xpath: unfinished string at character 12");
	check("//p]", "error invalid_xpath: invalid expression at character 4");
	check("", "error invalid_xpath: invalid expression at character 1");
	check("nope(//p)", "error invalid_xpath: unknown function");
	check("//x:p", "error invalid_xpath: unknown namespace prefix");
	check("$v", "error invalid_xpath: undefined variable");
	check("document('/etc/passwd')", "error invalid_xpath: unknown function");
}

static void
deep_brackets_are_refused(void **state)
{
	cleanup_buf expr = BUF_INIT;
	struct xpath *x = NULL;
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 2000; i++)
		buf_ch(&expr, '(');
	assert_int_equal(xpath_compile(expr.p, &x, &err), ERR_INVALID_XPATH);
	assert_string_equal(err.message, "brackets may be nested at most 40 deep");
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
	    cmocka_unit_test(nodes_attributes_and_scalars_are_found),
	    cmocka_unit_test(scope_is_the_context_node),
	    cmocka_unit_test(errors_say_what_and_where),
	    cmocka_unit_test(deep_brackets_are_refused),
	    cmocka_unit_test(work_ends_at_the_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
