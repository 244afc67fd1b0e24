// SPDX-License-Identifier: Apache-2.0
// HTML in, the tree as HTML out: implied tags, scopes, raw text, references, foreign content,
// templates.
#include "content_testing.h"

static const struct parse_case {
	const char *name, *html, *tree; // inside <body>; with the head when it begins with "<head"
} cases[] = {
    {"text_makes_a_body", "x", "x"},
    {"head_elements_make_a_head", "<title>a &amp; b</title><p>x",
	"<head><title>a &amp; b</title></head><body><p>x</p></body>"},
    {"noscript_ends_what_is_open_in_it",
	"<body><noscript><textarea></noscript><noscript><iframe src=x /></noscript><p>a</p><noscript><iframe>b</iframe></noscript><p>c",
	"<noscript><textarea></textarea></noscript><noscript><iframe src=\"x\"></iframe></noscript><p>a</p><noscript><iframe>b</iframe>"
	"</noscript><p>c</p>"},
    {"noscript_ends_a_script_and_a_comment_in_it",
	"<body><noscript><script>a</noscript><p>b</p><noscript><!-- c</noscript><p>d",
	"<noscript><script>a</script></noscript><p>b</p><noscript><!-- c--></noscript><p>d</p>"},
    {"noscript_ends_a_cut_tag_and_elements_in_it",
	"<body><noscript>a<img alt='x</noscript><p>b</p><noscript><div><b>c</noscript>d",
	"<noscript>a</noscript><p>b</p><noscript><div><b>c</b></div></noscript>d"},
    {"noscript_closes_nothing_around_it",
	"<body><div><p>a<noscript></div><p>b</p></body></noscript>c<noscript><pre></noscript>\nd</div>e",
	"<div><p>a<noscript><p>b</p></noscript>c<noscript><pre></pre></noscript>\nd</p></div>e"},
    {"noscript_in_a_table_leaves_its_rows",
	"<body><table><tr><td>a<noscript><table><td>b</table></td><tr></noscript>c</td><td>d</table>",
	"<table><tbody><tr><td>a<noscript><table><tbody><tr><td>b</td></tr></tbody></table></noscript>"
	"c</td><td>d</td></tr></tbody></table>"},
    {"noscript_that_never_ends_is_an_element", "<body><noscript><p>a</p><noscript>b",
	"<noscript><p>a</p><noscript>b</noscript></noscript>"},
    {"noscript_leaves_templates_forms_and_frames",
	"<body><noscript><template><form></noscript><form>a</form><noscript><frameset></noscript>b",
	"<noscript><template><form></form></template></noscript><form>a</form><noscript></noscript>b"},
    {"noscript_in_head_is_text", "<noscript><img src=x></noscript><p>x",
	"<head><noscript>&lt;img src=x&gt;</noscript></head><body><p>x</p></body>"},
    {"noscript_in_body_is_elements", "<p>a</p><noscript><p>b</p></noscript>",
	"<p>a</p><noscript><p>b</p></noscript>"},
    {"body_attributes_are_kept", "<html lang=en><head></head><body class=c><p>x",
	"<head></head><body class=\"c\"><p>x</p></body>"},
    {"block_ends_paragraph", "<p>a<section>b</section>", "<p>a</p><section>b</section>"},
    {"paragraph_ends_paragraph", "<p>a<p>b", "<p>a</p><p>b</p>"},
    {"heading_may_hold_a_paragraph", "<h1><p>a</p></h1>", "<h1><p>a</p></h1>"},
    {"heading_ends_heading", "<h1>a<h2>b</h2>", "<h1>a</h1><h2>b</h2>"},
    {"items_end_items", "<ul><li>a<li>b<ul><li>c</ul><li>d</ul>",
	"<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>"},
    {"definitions_end_definitions", "<dl><dt>a<dd>b<dt>c<dd>d</dl>",
	"<dl><dt>a</dt><dd>b</dd><dt>c</dt><dd>d</dd></dl>"},
    {"options", "<select><option>a<option>b<optgroup><option>c</select>",
	"<select><option>a</option><option>b</option><optgroup><option>c</option></optgroup></select>"},
    {"table_parts_are_implied", "<table><td>a<td>b<tr><td>c</table>",
	"<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>"},
    {"row_in_a_cell_ends_the_cell", "<table><tr><td><div>a<tr><td>b</table>",
	"<table><tbody><tr><td><div>a</div></td></tr><tr><td>b</td></tr></tbody></table>"},
    {"end_tag_does_not_leave_a_cell", "<div><table><tr><td>a</div>b</table>c</div>",
	"<div><table><tbody><tr><td>ab</td></tr></tbody></table>c</div>"},
    {"cell_outside_a_table_is_nothing", "<td>a</td>b", "ab"},
    {"nested_table", "<table><tr><td><table><tr><td>a</table>b</table>",
	"<table><tbody><tr><td><table><tbody><tr><td>a</td></tr></tbody></table>b</td></tr></tbody></table>"},
    {"link_ends_link", "<a href=1>a<a href=2>b</a>", "<a href=\"1\">a</a><a href=\"2\">b</a>"},
    {"misnested_formatting_is_adopted", "<b><p>a</b>b</p>c", "<b></b><p><b>a</b>b</p>c"},
    {"inline_end_does_not_close_a_block", "<span><div>a</span>b</div>",
	"<span><div>ab</div></span>"},
    {"nested_form_is_nothing", "<form><form>a</form>b</form>", "<form>a</form>b"},
    {"stray_ends_are_nothing", "</div></span>a</b>", "a"},
    {"br_end_is_br", "a</br>b", "a<br>b"},
    {"void_elements_have_no_content", "<img src=a>b<hr>c<input>d", "<img src=\"a\">b<hr>c<input>d"},
    {"slash_closes_nothing_in_html", "<div/>a</div>", "<div>a</div>"},
    {"slash_closes_in_svg", "<svg><path/><g>a</g></svg>b", "<svg><path></path><g>a</g></svg>b"},
    {"html_breaks_out_of_svg", "<svg><g><p>a", "<svg><g></g></svg><p>a</p>"},
    {"title_in_svg_is_no_page_title", "<svg><title>a<b>c</b></title></svg>",
	"<svg><title>a<b>c</b></title></svg>"},
    {"cdata_is_text_in_svg", "<svg><text><![CDATA[a<b>]]></text></svg>",
	"<svg><text>a&lt;b&gt;</text></svg>"},
    {"script_keeps_tags_inside", "<p>a<script>{\"d\":\"<b>x</b>\"}</script>",
	"<p>a<script>{\"d\":\"<b>x</b>\"}</script></p>"},
    {"script_end_with_space", "<p>a<script>x</script >b", "<p>a<script>x</script>b</p>"},
    {"textarea_decodes_references", "<p><textarea>\n<b>&lt;</textarea>",
	"<p><textarea>&lt;b&gt;&lt;</textarea></p>"},
    {"style_in_body", "<p>a<style>b>c{}</style>", "<p>a<style>b>c{}</style></p>"},
    {"frame_fallback_is_text", "<p><iframe src=x><b>y</b></iframe>",
	"<p><iframe src=\"x\"><b>y</b></iframe></p>"},
    {"at_and_colon_attributes_are_kept", "<a @click=x :href='y' #ref v-on:a.b=1>t</a>",
	"<a @click=\"x\" :href=\"y\" #ref=\"\" v-on:a.b=\"1\">t</a>"},
    {"attributes_without_space_or_quotes", "<a b='1'c=2 d>t</a>",
	"<a b=\"1\" c=\"2\" d=\"\">t</a>"},
    {"references", "&lt;&eacute;&#233;&#xE9;&notin;&hellip;&copy x&amp", "&lt;ééé∉…© x&amp;"},
    {"reference_without_semicolon_in_attribute", "<a href='?a=1&copy=2&lt;'>t</a>",
	"<a href=\"?a=1&amp;copy=2&lt;\">t</a>"},
    {"longest_reference", "&notit;&not;", "¬it;¬"},
    {"bad_numbers_are_replaced", "&#0;&#xD800;&#x110000;&#150;", "\uFFFD\uFFFD\uFFFD–"},
    {"unknown_reference_stays", "&nosuch;&", "&amp;nosuch;&amp;"},
    {"less_than_is_text", "a < b <3 c<", "a &lt; b &lt;3 c&lt;"},
    {"line_ends_are_normalised", "<pre>a\r\nb\rc</pre>", "<pre>a\nb\nc</pre>"},
    {"first_newline_in_pre_is_nothing", "<pre>\n\na</pre>", "<pre>\na</pre>"},
    {"comments", "a<!-- b --><!-->c<!--d--!>e<?php x?>",
	"a<!-- b --><!---->c<!--d-->e<!--?php x?-->"},
    {"custom_elements", "<my-el a=1><p>x</p></my-el>", "<my-el a=\"1\"><p>x</p></my-el>"},
    {"template_is_an_element", "<p>a</p><template><p>b</p></template>",
	"<p>a</p><template><p>b</p></template>"},
    {"shadow_root_is_unwrapped",
	"<x-a><template shadowrootmode=open><p>in</p></template><i>light</i></x-a>b",
	"<x-a><p>in</p><i>light</i></x-a>b"},
    {"frame_is_unwrapped",
	"<iframe src=f><template data-riptide-frame=U><!doctype html><html><head><title>t</title></head>"
	"<body class=c><p>in</body></html></template></iframe>out",
	"<iframe src=\"f\"><div data-riptide-frame=\"U\"><!doctype html><head><title>t</title></head>"
	"<div class=\"c\"><p>in</p></div></div></iframe>out"},
    {"end_of_document_tags_come_too_early", "<p>a</body></html><p>b", "<p>a</p><p>b</p>"},
    {"unfinished_tag_is_nothing", "a<b c", "a"},
    {"image_is_img", "<image src=x>", "<img src=\"x\">"},
    {"links_around_blocks_are_adopted", "<a href=1>a<div>b<a href=2>c",
	"<a href=\"1\">a</a><div><a href=\"1\">b</a><a href=\"2\">c</a></div>"},
    {"formatting_goes_on_in_the_next_block", "<p><b>a<p>b</b>c", "<p><b>a</b></p><p><b>b</b>c</p>"},
    {"three_equal_formatting_elements_go_on", "<p><b><b><b><b>a<p>b",
	"<p><b><b><b><b>a</b></b></b></b></p><p><b><b><b>b</b></b></b></p>"},
    {"what_a_table_may_not_hold_stands_before_it", "<table>a<tr><p>b<td>c</table>d",
	"a<p>b</p><table><tbody><tr><td>c</td></tr></tbody></table>d"},
    {"formatting_does_not_leave_a_cell", "<table><td><b>a<td>b</table>c",
	"<table><tbody><tr><td><b>a</b></td><td>b</td></tr></tbody></table>c"},
    {"form_in_a_table_stands_there", "<table><form><tr><td><input></form></table>",
	"<table><form></form><tbody><tr><td><input></td></tr></tbody></table>"},
    {"form_that_ends_inside_a_block", "<form><div>a</form>b</div>c", "<form><div>ab</div></form>c"},
    {"table_in_a_paragraph_without_doctype", "<p>a<table><td>b</table>",
	"<p>a<table><tbody><tr><td>b</td></tr></tbody></table></p>"},
    {"table_ends_a_paragraph_in_a_document_of_today", "<!doctype html><p>a<table><td>b</table>",
	"<p>a</p><table><tbody><tr><td>b</td></tr></tbody></table>"},
    {"rows_in_a_template", "x<template><tr><td>a</template>b",
	"x<template><tr><td>a</td></tr></template>b"},
    {"select_holds_elements", "<select><div><option>a<option><b>b</b></div></select>",
	"<select><div><option>a</option><option><b>b</b></option></div></select>"},
    {"select_ends_at_an_input", "<select><option>a<input>b",
	"<select><option>a</option></select><input>b"},
    {"ruby", "<ruby>a<rt>b<rp>c<rb>d", "<ruby>a<rt>b</rt><rp>c</rp><rb>d</rb></ruby>"},
    {"text_behind_the_body_comes_before_comments", "a</body><!--b--></html><!--c-->d", "ad"},
    {"attributes_of_a_second_body_are_added", "<body a=1><p>x<body a=2 b=3>", "<p>x</p>"},
    {"html_in_foreign_content", "<svg><foreignObject><p>a</p></foreignObject><g>b</svg>c",
	"<svg><foreignobject><p>a</p></foreignobject><g>b</g></svg>c"},
    {"nul_bytes_are_nothing", "a&#0;b", "a\uFFFDb"},
    {"script_with_a_script_in_a_comment", "<p><script><!--<script></script>--></script>a",
	"<p><script><!--<script></script>--></script>a</p>"},
    {"plaintext_never_ends", "a<plaintext></plaintext><b>",
	"a<plaintext>&lt;/plaintext&gt;&lt;b&gt;</plaintext>"},
    {"frame_with_tables_and_nested_frames",
	"<iframe><template data-riptide-frame=U><html><head></head><body><table><tr><td>a</table>b"
	"<iframe><template data-riptide-frame=V><html><body><p>c</body></html></template></iframe>d"
	"</body></html></template></iframe>e",
	"<iframe><div data-riptide-frame=\"U\"><head></head><div><table><tbody><tr><td>a</td></tr></tbody></table>b"
	"<iframe><div data-riptide-frame=\"V\"><div><p>c</p></div></div></iframe>d</div></div></iframe>e"},
    {"shadow_root_with_rows_and_slots",
	"<x-a><template shadowrootmode=open><table><tr><td><slot></slot></table><b>x</template><p>y</p></x-a>z",
	"<x-a><table><tbody><tr><td><slot></slot></td></tr></tbody></table><b>x</b><p>y</p></x-a>z"},
    {"formatting_does_not_leave_a_shadow_root",
	"<x-a><template shadowrootmode=open><b>x</template>y</x-a></b>z", "<x-a><b>x</b>y</x-a>z"},
};

// iframes are raw text to the serialiser, and the doctype is no node: compare without either.
static void
drop(struct buf *b, const char *what)
{
	char *p;

	while ((p = b->p ? strstr(b->p, what) : NULL)) {
		memmove(p, p + strlen(what), strlen(p + strlen(what)) + 1);
		b->n -= strlen(what);
	}
}

static void
one_case(void **state)
{
	const struct parse_case *c = *state;
	struct arena a;
	struct tree t;
	struct err err = ERR_INIT;
	cleanup_buf got = BUF_INIT, want = BUF_INIT;
	node_id body;

	arena_init(&a, 0);
	assert_int_equal(tree_init(&t, &a, &err), 0);
	assert_int_equal(html_parse(&t, sv_from(c->html), &tree_limits_default, &err), 0);
	body = tree_find(&t, 0, TAG_body);
	assert_true(body != NODE_NONE);
	if (strncmp(c->tree, "<head", 5) == 0)
		body = tree_find(&t, 0, TAG_html);
	for (node_id i = tree_first_child(&t, body); i != NODE_NONE; i = t.nodes[i].next)
		tree_serialise(&t, i, &got);
	buf_str(&want, c->tree);
	drop(&want, "<!doctype html>");
	assert_string_equal(got.p ? got.p : "", want.p);
	arena_done(&a);
}

static void
memory_shortage_is_an_error(void **state)
{
	struct arena a;
	struct tree t;
	struct err err = ERR_INIT;
	cleanup_buf html = BUF_INIT;

	(void)state;
	for (int i = 0; i < 20000; i++)
		buf_str(&html, "<p>text</p>");
	arena_init(&a, (size_t)1 << 20);
	assert_int_equal(tree_init(&t, &a, &err), 0);
	assert_int_equal(
	    html_parse(&t, buf_view(&html), &tree_limits_default, &err), ERR_EXTRACTOR_OOM);
	arena_done(&a);
}

static void
too_many_nodes_is_an_error(void **state)
{
	struct tree_limits lim = tree_limits_default;
	struct arena a;
	struct tree t;
	struct err err = ERR_INIT;

	(void)state;
	lim.max_nodes = 10;
	arena_init(&a, 0);
	assert_int_equal(tree_init(&t, &a, &err), 0);
	assert_int_equal(
	    html_parse(&t, SV("<p>a<p>b<p>c<p>d<p>e<p>f<p>g"), &lim, &err), ERR_TOO_LARGE);
	assert_string_equal(err.message, "the page has more than 10 nodes");
	arena_done(&a);
}

int
main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(cases) + 2];
	size_t n = 0;

	for (; n < ARRAY_LEN(cases); n++)
		tests[n] = (struct CMUnitTest){.name = cases[n].name,
		    .test_func = one_case,
		    .initial_state = (void *)&cases[n]};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(memory_shortage_is_an_error);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(too_many_nodes_is_an_error);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
