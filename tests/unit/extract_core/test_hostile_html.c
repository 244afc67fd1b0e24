// SPDX-License-Identifier: Apache-2.0
// Pages made to be slow or deep: each goes through parser, content and all writers in time, with
// bounded depth.
#include "content_testing.h"
#include "tests/unit/patience.h"

#define MEGABYTE ((size_t)1 << 20)
#define LIMIT_MS 2000

static const struct hostile {
	const char *name;
	const char *head, *unit, *tail; // `unit` again and again between the two
	size_t bytes;
} cases[] = {
    {"hundred_thousand_nested_divs", "", "<div>", "x", 500000},
    {"nested_divs_closed_again", "<p>", "<div>x</div><div>", "y", MEGABYTE},
    {"hundred_thousand_attributes", "<p ", "a%u=b ", ">x", MEGABYTE},
    {"same_attribute_again_and_again", "<p ", "a=b ", ">x", MEGABYTE},
    {"many_elements_with_many_attributes", "",
	"<i a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3 b4 b5 b6 b7 b8 b9 c1 c2 c3 c4>", "x", MEGABYTE},
    {"ampersands", "<p>", "&", "", MEGABYTE},
    {"half_references", "<p>", "&notinCaCounterClockwise", "", MEGABYTE},
    {"big_numbers", "<p>", "&#99999999999;", "", MEGABYTE},
    {"less_than_signs", "<p>", "<", "", MEGABYTE},
    {"open_quotes", "", "<a href=\"", "", MEGABYTE},
    {"comment_openings", "", "<!--", "", MEGABYTE},
    {"comment_dashes", "<!--", "--", "", MEGABYTE},
    {"script_ends_that_are_none", "<script>", "</scrip", "", MEGABYTE},
    {"nested_tables", "", "<table><tr><td>", "x", MEGABYTE},
    {"one_row_of_cells", "<table><tr>", "<td>x", "", MEGABYTE},
    {"huge_spans", "<table><tr><th>a<th>b", "<tr><td rowspan=99999 colspan=99999>x", "", MEGABYTE},
    {"nested_lists", "", "<ul><li>x", "", MEGABYTE},
    {"nested_quotes", "", "<blockquote>x", "", MEGABYTE},
    {"breaks_in_deep_quotes",
	"<blockquote><blockquote><blockquote><blockquote><blockquote><ul><li>", "x<br>", "",
	MEGABYTE},
    {"unclosed_formatting", "", "<b><i><u><font>", "x", MEGABYTE},
    {"formatting_ends_below_blocks", "<b>", "<p>x</b>", "", MEGABYTE},
    {"ends_without_start", "<div><b><i><u><div>", "</p></span></h1></li></a>", "x", MEGABYTE},
    {"list_items_in_deep_formatting", "<ul><li><b><b><b><b><b><b><b><b>", "<li>x", "", MEGABYTE},
    {"links_in_links", "", "<a href=x>y", "", MEGABYTE},
    {"long_address_around_blocks", "<a href='/%0100u'>", "<p>x", "", MEGABYTE},
    {"new_name_each_time", "", "<x%u>y</x%u>", "", MEGABYTE},
    {"new_class_each_time", "", "<p class='a%u sidebar b%u'>y", "", MEGABYTE},
    {"foreign_content", "<svg>", "<g>x", "", MEGABYTE},
    {"templates", "", "<template shadowrootmode=open><p>x", "", MEGABYTE},
    {"frames", "", "<iframe><template data-riptide-frame=x><body><p>x", "", MEGABYTE},
    {"code_fences", "<pre>", "``` ", "", MEGABYTE},
    {"code_spans", "<p>", "<code>`x`</code>", "", MEGABYTE},
    {"footnotes", "", "<sup><a href=#n%u>1</a></sup><p id=n%u>x", "", MEGABYTE},
    {"one_long_word", "<p>", "x", "", MEGABYTE},
    {"stars", "<p>", "*_`[", "", MEGABYTE},
    {"many_paragraphs", "",
	"<p>word and word, and another word to make it long enough to be prose.", "", 4 * MEGABYTE},
};

static void
build(const struct hostile *h, struct buf *b)
{
	buf_str(b, h->head);
	for (unsigned i = 0; b->n < h->bytes; i++) {
		const char *p = h->unit;

		for (; *p; p++)
			if (p[0] == '%' && p[1] == 'u') {
				buf_fmt(b, "%u", i);
				p++;
			} else {
				buf_ch(b, *p);
			}
	}
	buf_str(b, h->tail);
}

static void
is_done_in_time(void **state)
{
	const struct hostile *h = *state;
	const struct tree_limits *lim = &tree_limits_default;
	cleanup_buf html = BUF_INIT;
	struct page_fixture p;
	struct write_opts o = {.base = SV("https://example.org/")};
	int64_t started;

	build(h, &html);
	started = cpu_ms();
	page_open_sv(&p, buf_view(&html), false);
	p.out.max = (size_t)64 << 20;
	markdown_write(&p.t, &p.c, &o, &p.out);
	buf_reset(&p.out);
	text_write(&p.t, &p.c, &p.out);
	buf_reset(&p.out);
	clean_html_write(&p.t, &p.c, &o, &p.out);
	started = cpu_ms() - started;
	print_message("%s: %lld ms of CPU, %u nodes\n", h->name, (long long)started, p.t.n);
	for (node_id i = 0; i < p.t.n; i++)
		assert_true(p.t.nodes[i].depth <= lim->max_depth + 1);
	assert_true(started < patient_ms(LIMIT_MS));
	page_close(&p);
}

int
main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(cases)];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		tests[i] = (struct CMUnitTest){.name = cases[i].name,
		    .test_func = is_done_in_time,
		    .initial_state = (void *)&cases[i]};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
