// SPDX-License-Identifier: Apache-2.0
// Selectors: what matches, in which order, what is an error and where, and that work is bounded.
#include "expression_table.h"

#include "extract/fields/selector/selector.h"

#define PLENTY 50000000u // of steps

static const char PAGE[] =
    "<!doctype html><html lang=en-US><head><title>T</title></head><body>"
    "<div id=main class='box wide'><p class=a>one</p><p class='a b' data-x='Foo bar'>two</p>"
    "<!-- c --><p>three</p><span></span></div>"
    "<ul id=list><li>1</li><li class=x>2<ul><li>2a</li></ul></li><li>3</li><li>4</li></ul>"
    "<a href='/p'>P</a><a>no</a><input type=checkbox checked disabled><input type=TEXT>"
    "<em>e\xc3\xa9</em><h2>A</h2><p>after</p></body></html>";

// "tag#id.class" of each hit, or the text of value selectors, joined by spaces.
static void
describe(const struct fixture *f, const struct sel_hit *h, struct buf *out)
{
	struct sv id = tree_get(&f->t, h->node, "id");

	if (out->n > 0)
		buf_ch(out, ' ');
	if (h->take == TAKE_TEXT) {
		buf_sv(out, page_own_text(&f->p, h->node, 100));
		return;
	}
	if (h->take == TAKE_ATTR) {
		buf_sv(out, tree_get(&f->t, h->node, h->attr));
		return;
	}
	buf_str(out, tree_name(&f->t, f->t.nodes[h->node].tag));
	if (id.p)
		buf_fmt(out, "#" SV_FMT, SV_ARG(id));
	buf_ch(out, ':');
	buf_sv(out, page_text(&f->p, h->node, 100));
}

static void
select_in(const struct fixture *f, const char *css, node_id scope, struct buf *out)
{
	struct arena a;
	struct selector *s = NULL;
	struct sel_engine e;
	struct sel_hits hits;
	struct err err = ERR_INIT;

	arena_init(&a, 0);
	buf_str(out, "");
	if (selector_compile(sv_from(css), &a, &s, &err) != 0) {
		assert_int_equal(err.code, ERR_INVALID_SELECTOR);
		buf_fmt(out, "error: %s", err.message);
	} else {
		sel_engine_init(&e, &f->t, &a);
		assert_int_equal(selector_select(&e, s, scope, 100, &hits, &err), 0);
		for (size_t i = 0; i < hits.n; i++)
			describe(f, &hits.v[i], out);
	}
	arena_done(&a);
}

static void
run(const struct fixture *f, const char *css, struct buf *out)
{
	struct arena a;
	struct selector *s = NULL;
	struct sel_engine e;
	struct sel_hits hits = {0};
	struct err err = ERR_INIT;

	arena_init(&a, 0);
	sel_engine_init(&e, &f->t, &a);
	if (selector_compile(sv_from(css), &a, &s, &err) != 0 ||
	    selector_select(&e, s, 0, 100, &hits, &err) != 0)
		buf_fmt(out, "error: %s", err.message);
	for (size_t i = 0; i < hits.n; i++) {
		struct sv id = tree_get(&f->t, hits.v[i].node, "id");

		buf_fmt(out, "%s<%s%s" SV_FMT ">", i ? " " : "",
		    tree_name(&f->t, f->t.nodes[hits.v[i].node].tag), id.p ? "#" : "", SV_ARG(id));
	}
	arena_done(&a);
}

static void
all_of_the_table_is_selected(void **state)
{
	(void)state;
	expression_table("selectors.tsv", run);
}

static void
check(const char *css, const char *expected)
{
	struct fixture f;
	cleanup_buf out = BUF_INIT;

	fixture_open(&f, PAGE, "https://example.org/");
	select_in(&f, css, 0, &out);
	if (strcmp(out.p ? out.p : "", expected) != 0)
		print_error("%s\n  got:      %s\n  expected: %s\n", css, out.p, expected);
	assert_string_equal(out.p ? out.p : "", expected);
	fixture_close(&f);
}

static void
type_id_and_class_select(void **state)
{
	(void)state;
	check("h2", "h2:A");
	check("H2", "h2:A");
	check("#main > .b", "p:two");
	check(".box.wide span", "span:");
	check(".Box", ""); // classes keep their case
	check("title, h2", "title:T h2:A");
	check("*:is(em)", "em:e\xc3\xa9");
	check("nosuchtag", "");
}

static void
attributes_select_by_every_operator(void **state)
{
	(void)state;
	check("[data-x]", "p:two");
	check("[data-x='Foo bar']", "p:two");
	check("[data-x=\"foo bar\" i]", "p:two");
	check("[data-x='foo bar']", "");
	check("[data-x~=bar]", "p:two");
	check("[data-x^=Foo]", "p:two");
	check("[data-x$=bar]", "p:two");
	check("[data-x*='o b']", "p:two");
	check("[data-x*='']", "");
	check("html[lang|=en]", "html:T one two three 1 2 2a 3 4 Pno e\xc3\xa9 A after");
	check("[type=text]", "input:"); // HTML: type ignores case
	check("[type=text s]", "");
}

static void
combinators_select(void **state)
{
	(void)state;
	check("div p", "p:one p:two p:three");
	check("body > p", "p:after");
	check("h2 + p", "p:after");
	check("em ~ p", "p:after");
	check("p ~ p", "p:two p:three");
	check("ul li ul li", "li:2a");
	check("> html > body > em", "em:e\xc3\xa9");
}

static void
positions_select(void **state)
{
	(void)state;
	check("#list > li:nth-child(2n+1)", "li:1 li:3");
	check("#list > li:nth-child(odd)", "li:1 li:3");
	check("#list > li:nth-child(even)", "li:2 2a li:4");
	check("#list > li:nth-child(-n+2)", "li:1 li:2 2a");
	check("#list > li:nth-child(n + 3)", "li:3 li:4");
	check("#list > li:nth-last-child(1)", "li:4");
	check("#main p:nth-of-type(3)", "p:three");
	check("#main :last-of-type", "p:three span:");
	check("#main :first-child", "p:one");
	check("ul ul li:only-child", "li:2a");
	check("body > em:only-of-type", "em:e\xc3\xa9");
	check("#list > li:nth-child(1 of .x)", "li:2 2a");
	check("#main :nth-child(4):last-child", "span:");
}

static void
logical_pseudo_classes_select(void **state)
{
	(void)state;
	check("p:not(.a)", "p:three p:after");
	check("p:not(.a, #main > p)", "p:after");
	check(":is(h2, em)", "em:e\xc3\xa9 h2:A");
	check("p:where(.b)", "p:two");
	check("li:has(ul)", "li:2 2a");
	check("li:has(> ul > li)", "li:2 2a");
	check("h2:has(+ p)", "h2:A");
	check("em:has(~ p)", "em:e\xc3\xa9");
	check("div:has(.nope)", "");
	check("p:contains('wo')", "p:two");
	check("p:contains(thr)", "p:three");
	check("p:contains(thr", "p:three");
	check("p:contains(a (b) c), p:contains((thr))", "");
	check("p:contains(thr), em:contains( e )", "p:three em:e\xc3\xa9");
	check("span:empty", "span:");
	check(":root > head > title", "title:T");
	check("a:any-link", "a:P");
	check("input:checked", "input:");
	check("input:enabled", "input:");
}

static void
value_selectors_take_text_and_attributes(void **state)
{
	(void)state;
	check("li.x::text", "2");
	check("a::attr(href)", "/p");
	check("p.b::attr(DATA-X)", "Foo bar");
	check("p.b::attr( 'data-x' )", "Foo bar");
	check("p.b::attr(data-x", "Foo bar");
	check("p.b::/* c */text", "two");
	check("h2::text, em::text", "e\xc3\xa9 A");
	check("#main ::text", "one two three");
}

static void
escapes_name_what_they_spell(void **state)
{
	struct fixture f;
	cleanup_buf out = BUF_INIT;

	(void)state;
	fixture_open(&f, "<p class='1a md:x'>y</p><p id='a.b'>z</p>", NULL);
	select_in(&f, ".\\31 a", 0, &out);
	assert_string_equal(out.p, "p:y");
	buf_reset(&out);
	select_in(&f, ".md\\:x", 0, &out);
	assert_string_equal(out.p, "p:y");
	buf_reset(&out);
	select_in(&f, "#a\\.b", 0, &out);
	assert_string_equal(out.p, "p#a.b:z");
	fixture_close(&f);
}

static void
scope_is_relative(void **state)
{
	struct fixture f;
	cleanup_buf out = BUF_INIT;
	node_id list;

	(void)state;
	fixture_open(&f, PAGE, NULL);
	list = tree_find(&f.t, 0, TAG_ul);
	select_in(&f, "> li > ul li, :scope", list, &out);
	assert_string_equal(out.p, "ul#list:1 2 2a 3 4 li:2a");
	buf_reset(&out);
	select_in(&f, "p", list, &out);
	assert_string_equal(out.p, "");
	fixture_close(&f);
}

static void
words_end_at_the_white_space_of_html(void **state)
{
	struct fixture f;
	cleanup_buf out = BUF_INIT;

	(void)state;
	fixture_open(&f, "<b class='x\fy'>1</b><b class='x\vy'>2</b>", NULL);
	select_in(&f, ".x", 0, &out);
	assert_string_equal(out.p, "b:1");
	fixture_close(&f);
}

static void
errors_say_what_and_where(void **state)
{
	(void)state;
	check("div]", "error: unexpected \"]\" at character 4");
	check("div [a=]", "error: unexpected \"]\" at character 8");
	check("\xc3\xa9\xc3\xa9 > > p", "error: unexpected \">\" at character 6");
	check("a[href=", "error: unexpected end at character 8");
	check("", "error: unexpected end at character 1");
	check("p:hover", "error: unknown pseudo-class \"hover\" at character 3");
	check("p:aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffg",
	    "error: unknown pseudo-class "
	    "\"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff…\" at character 3");
	check("p::before", "error: unknown pseudo-element \"before\" at character 2");
	check("p::text b", "error: unexpected \"b\" at character 9");
	check("p:not(", "error: unexpected end at character 7");
	check("p:nth-child(x)", "error: unexpected \"x\" at character 13");
	check(".5a", "error: unexpected \"5\" at character 2");
	check("a,,b", "error: unexpected \",\" at character 3");
	check("svg|a", "error: unknown namespace prefix \"svg\" at character 1");
	check("#", "error: unexpected end at character 2");
	check("#-1", "error: unexpected \"-\" at character 2");
	check("p:has(:not(a:has(b)))", "error: :has() inside :has() at character 14");
	check("p:not(::text)", "error: unexpected \":\" at character 7");
	check(
	    ":is(:is(:is(:is(:is(:is(:is(:is(a))))))))", "error: nested too deep at character 33");
}

// Selects in a page, with how many steps; the error.
static int
spend(const struct fixture *f, const char *css, uint64_t max_steps, uint64_t *steps, size_t *hits)
{
	struct selector *s = NULL;
	struct sel_engine e;
	struct sel_hits found = {0};
	struct err err = ERR_INIT;
	struct arena a;
	int rc;

	arena_init(&a, 0);
	rc = selector_compile(sv_from(css), &a, &s, &err);
	if (rc == 0) {
		sel_engine_init(&e, &f->t, &a);
		e.max_steps = max_steps;
		rc = selector_select(&e, s, 0, 1000000, &found, &err);
		*steps = e.steps;
	}
	*hits = found.n;
	arena_done(&a);
	return rc;
}

static void
work_ends_at_the_budget(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct fixture f;
	uint64_t steps = 0;
	size_t hits;

	(void)state;
	for (int i = 0; i < 300; i++)
		buf_str(&html, "<div><b></b>");
	fixture_open(&f, html.p, NULL);
	assert_int_equal(spend(&f, ":not(:has(i, u, s)):has(~ b div > i)", 100000, &steps, &hits),
	    ERR_TOO_LARGE);
	assert_true(steps < 200000);
	fixture_close(&f);
}

// None of them tries every choice of ancestors or siblings.
static void
backtracking_is_bounded(void **state)
{
	static const char *const bombs[] = {"i * * * * * * * * * * * * * *",
	    "i div div div div div div div div b", "i ~ * ~ * ~ * ~ * ~ * ~ *",
	    "i > * * > * * > * * > * * > * * > *", "u + * ~ * ~ * ~ * + * ~ * ~ *",
	    ":not(:not(:not(:not(i * * *)))) * * * i", "i:is(:is(i * * *) * * *) * * *",
	    ":is(:is(i * * *) * * *) * * *", "b:has(i ~ b b ~ i) * * *"};
	cleanup_buf html = BUF_INIT;
	struct fixture f;

	(void)state;
	for (int i = 0; i < 300; i++)
		buf_str(&html, "<div><b></b>");
	for (int i = 0; i < 300; i++)
		buf_str(&html, "<b></b>");
	fixture_open(&f, html.p, NULL);
	for (size_t i = 0; i < ARRAY_LEN(bombs); i++) {
		uint64_t steps = 0;
		size_t hits;

		assert_int_equal(spend(&f, bombs[i], PLENTY, &steps, &hits), 0);
		assert_int_equal(hits, 0);
		if (steps > 12000000)
			print_error("%s: %llu steps\n", bombs[i], (unsigned long long)steps);
		assert_true(steps <= 12000000);
	}
	fixture_close(&f);
}

static void
a_position_among_many_is_counted_on(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct fixture f;
	uint64_t steps = 0;
	size_t hits;

	(void)state;
	buf_str(&html, "<ul>");
	for (int i = 0; i < 10000; i++)
		buf_str(&html, i % 2 ? "<li><b>x</b>" : "<li class=x><b>x</b><b>y</b>");
	fixture_open(&f, html.p, NULL);
	assert_int_equal(spend(&f, "li:nth-child(2n of .x)", PLENTY, &steps, &hits), 0);
	assert_int_equal(hits, 2500);
	assert_true(steps < 400000);
	assert_int_equal(spend(&f, "li:nth-last-child(2n+1 of .x)", PLENTY, &steps, &hits), 0);
	assert_int_equal(hits, 2500);
	assert_true(steps < 400000);
	fixture_close(&f);
}

static void
templates_are_documents_of_their_own(void **state)
{
	struct fixture f;
	cleanup_buf out = BUF_INIT;

	(void)state;
	fixture_open(
	    &f, "<!doctype html><div><template><p>in</p></template></div><p>out</p>", NULL);
	select_in(&f, "p, template:empty, div:has(p), template > p", 0, &out);
	assert_string_equal(out.p, "template:in p:out");
	fixture_close(&f);
}

static void
names_ignore_case_in_svg_too(void **state)
{
	struct fixture f;
	cleanup_buf out = BUF_INIT;

	(void)state;
	fixture_open(&f,
	    "<!doctype html><svg viewBox='0 0 1 1' id=s><linearGradient id=g /></svg><p ID=x>p</p>",
	    NULL);
	select_in(&f, "linearGradient, [VIEWBOX], P[iD]", 0, &out);
	assert_string_equal(out.p, "svg#s: lineargradient#g: p#x:p");
	fixture_close(&f);
}

static void
without_a_doctype_classes_ignore_case(void **state)
{
	struct fixture f;
	cleanup_buf out = BUF_INIT;

	(void)state;
	fixture_open(&f, "<p class=Lead>a</p><p id=Two>b</p>", NULL);
	select_in(&f, ".lEAD, #tWO", 0, &out);
	assert_string_equal(out.p, "p:a p#Two:b");
	fixture_close(&f);
}

static void
an_nth_of_a_long_table_is_linear(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct fixture f;
	struct selector *s = NULL;
	struct sel_engine e;
	struct sel_hits hits;
	struct err err = ERR_INIT;

	(void)state;
	buf_str(&html, "<table>");
	for (int i = 0; i < 20000; i++)
		buf_str(&html, "<tr><td>x");
	fixture_open(&f, html.p, NULL);
	assert_int_equal(selector_compile(SV("tr:nth-last-of-type(19999)"), &f.a, &s, &err), 0);
	sel_engine_init(&e, &f.t, &f.a);
	assert_int_equal(selector_select(&e, s, 0, 10, &hits, &err), 0);
	assert_int_equal(hits.n, 1);
	assert_true(e.steps < 400000);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_of_the_table_is_selected),
	    cmocka_unit_test(type_id_and_class_select),
	    cmocka_unit_test(attributes_select_by_every_operator),
	    cmocka_unit_test(combinators_select),
	    cmocka_unit_test(positions_select),
	    cmocka_unit_test(logical_pseudo_classes_select),
	    cmocka_unit_test(value_selectors_take_text_and_attributes),
	    cmocka_unit_test(escapes_name_what_they_spell),
	    cmocka_unit_test(scope_is_relative),
	    cmocka_unit_test(words_end_at_the_white_space_of_html),
	    cmocka_unit_test(errors_say_what_and_where),
	    cmocka_unit_test(work_ends_at_the_budget),
	    cmocka_unit_test(backtracking_is_bounded),
	    cmocka_unit_test(a_position_among_many_is_counted_on),
	    cmocka_unit_test(templates_are_documents_of_their_own),
	    cmocka_unit_test(names_ignore_case_in_svg_too),
	    cmocka_unit_test(without_a_doctype_classes_ignore_case),
	    cmocka_unit_test(an_nth_of_a_long_table_is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
