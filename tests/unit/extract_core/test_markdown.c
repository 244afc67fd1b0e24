// SPDX-License-Identifier: Apache-2.0
// The Markdown writer, one construct a row: HTML in, exact Markdown out.
#include "content_testing.h"
#include "tests/unit/patience.h"

#define BASE "https://example.org/dir/page.html"

static const struct md_case {
	const char *name, *html, *markdown;
} cases[] = {
    {"paragraphs_are_split_by_an_empty_line", "<p>One\n two</p><p>Three</p>", "One two\n\nThree\n"},
    {"text_between_blocks_is_a_paragraph", "a<div>b</div>c", "a\n\nb\n\nc\n"},
    {"headings_have_their_level", "<h1>A</h1><h2>B</h2><h6>F</h6>", "# A\n\n## B\n\n###### F\n"},
    {"heading_is_one_line", "<h2>A<br>B <div>C</div></h2>", "## A B C\n"},
    {"heading_is_not_bold_again", "<h2><b>A</b> b</h2>", "## A b\n"},
    {"heading_permalink_is_left_out", "<h2>A <a class=headerlink href='#a'>¶</a></h2>", "## A\n"},
    {"heading_that_links_to_itself_is_text", "<h2><a href='#a'>Title here</a></h2>",
	"## Title here\n"},
    {"heading_keeps_other_links", "<h2><a href='/x'>T</a></h2>", "## [T](https://example.org/x)\n"},
    {"empty_heading_is_nothing", "<h2> </h2><p>x</p>", "x\n"},
    {"trailing_hash_of_heading_is_escaped", "<h2>C#</h2>", "## C\\#\n"},
    {"strong_and_emphasis", "<p>a <b>b</b> <i>c</i> <strong><em>d</em></strong></p>",
	"a **b** *c* ***d***\n"},
    {"spaces_move_out_of_emphasis", "<p>a<b> b </b>c</p>", "a **b** c\n"},
    {"empty_emphasis_is_nothing", "<p>a<b> </b>b<i></i></p>", "a b\n"},
    {"adjacent_emphasis_is_one", "<p><b>a</b><b>b</b></p>", "**ab**\n"},
    {"emphasis_in_the_same_emphasis_is_one", "<p><b>a <strong>b</strong> c</b></p>", "**a b c**\n"},
    {"emphasis_ends_with_its_block", "<b><p>a</p><p>b</p></b>", "**a**\n\n**b**\n"},
    {"stop_at_the_end_of_emphasis_moves_out", "<p><b>Note:</b>text <b>Note:</b> text</p>",
	"**Note**:text **Note:** text\n"},
    {"stop_at_the_start_of_emphasis_moves_out", "<p>real<b>: Those</b> top<i>.</i></p>",
	"real: **Those** top.\n"},
    {"bracket_and_paren_of_two_nodes_are_no_link", "<p>[a]<span>(b)</span></p>", "[a]\\(b)\n"},
    {"deleted_text", "<p><del>a</del> <s>b</s></p>", "~~a~~ ~~b~~\n"},
    {"superscript_stays_html", "<p>10<sup>3</sup> H<sub>2</sub>O</p>",
	"10<sup>3</sup> H<sub>2</sub>O\n"},
    {"quotation_marks", "<p><q>a</q></p>", "“a”\n"},
    {"ruby_text_in_parentheses", "<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby></p>",
	"漢(kan)\n"},
    {"link_is_absolute", "<p><a href='../x?y=1#z'>t</a></p>", "[t](https://example.org/x?y=1#z)\n"},
    {"link_title", "<p><a href='/x' title='More'>t</a></p>",
	"[t](https://example.org/x \"More\")\n"},
    {"script_link_is_text",
	"<p><a href='javascript:alert(1)'>t</a> <a href='JaVa\tScript:x'>u</a></p>", "t u\n"},
    {"data_link_is_text", "<p><a href='data:text/html,x'>t</a></p>", "t\n"},
    {"mail_link", "<p><a href='mailto:a@b.c'>m</a></p>", "[m](mailto:a@b.c)\n"},
    {"empty_link_is_nothing", "<p>a<a href='/x'></a>b</p>", "ab\n"},
    {"link_whose_text_is_its_address",
	"<p><a href='https://a.example/b'>https://a.example/b</a></p>", "<https://a.example/b>\n"},
    {"link_around_blocks_is_split", "<a href='/x'><h3>A</h3><p>b</p></a>",
	"### [A](https://example.org/x)\n\n[b](https://example.org/x)\n"},
    {"address_with_space_and_parens", "<p><a href='/a b(c'>t</a></p>",
	"[t](https://example.org/a%20b%28c)\n"},
    {"balanced_parens_stay", "<p><a href='/a_(b)'>t</a></p>", "[t](https://example.org/a_(b))\n"},
    {"brackets_in_link_text_are_escaped", "<p><a href='/x'>[1]</a></p>",
	"[\\[1\\]](https://example.org/x)\n"},
    {"formula_after_an_empty_one", "<p>a <math><math></math></math> <math><mi>x</mi></math></p>",
	"a $x$\n"},
    {"surrogate_is_no_character",
	"<p>a <mjx-math><mjx-mi><mjx-c class=mjx-cD800></mjx-c></mjx-mi><mjx-mi><mjx-c "
	"class=mjx-c78></mjx-c></mjx-mi></mjx-math></p>",
	"a $x$\n"},
    {"image", "<p><img src='i.png' alt='A'></p>", "![A](https://example.org/dir/i.png)\n"},
    {"image_without_alt", "<p><img src=i.png></p>", "![](https://example.org/dir/i.png)\n"},
    {"linked_image", "<a href='/x'><img src='/i.png' alt=A></a>",
	"[![A](https://example.org/i.png)](https://example.org/x)\n"},
    {"lazy_image", "<img src='data:image/gif;base64,R0' data-src='/real.jpg' alt=A>",
	"![A](https://example.org/real.jpg)\n"},
    {"largest_of_srcset", "<img srcset='/s.jpg 320w, /l.jpg 1280w, /m.jpg 640w' alt=A>",
	"![A](https://example.org/l.jpg)\n"},
    {"tracking_pixel_is_nothing", "<p>a<img src='/p.gif' width=1 height=1></p>", "a\n"},
    {"figure_with_caption", "<figure><img src='/i.png' alt=A><figcaption>Cap</figcaption></figure>",
	"![A](https://example.org/i.png)\n\nCap\n"},
    {"line_break", "<p>a<br>b</p>", "a  \nb\n"},
    {"two_line_breaks_are_a_paragraph", "<p>a<br><br>b</p>", "a\n\nb\n"},
    {"rule", "<p>a</p><hr><p>b</p>", "a\n\n---\n\nb\n"},
    {"quote", "<blockquote><p>a</p><p>b</p></blockquote><p>c</p>", "> a\n>\n> b\n\nc\n"},
    {"quote_in_quote", "<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b\n"},
    {"bullets", "<ul><li>a</li><li>b</li></ul>", "- a\n- b\n"},
    {"numbers", "<ol><li>a<li>b</ol>", "1. a\n2. b\n"},
    {"numbers_start", "<ol start=9><li>a</li><li value=20>b</li><li>c</li></ol>",
	"9. a\n20. b\n21. c\n"},
    {"nested_lists", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>",
	"- a\n  - b\n    - c\n- d\n"},
    {"list_indent_is_the_marker_width", "<ol start=10><li>a<ul><li>b</li></ul></li></ol>",
	"10. a\n    - b\n"},
    {"list_directly_in_list", "<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>",
	"- a\n  - b\n- c\n"},
    {"item_with_one_paragraph_is_tight", "<ul><li><p>a</p></li><li><p>b</p></li></ul>",
	"- a\n- b\n"},
    {"item_with_two_paragraphs_is_loose", "<ul><li><p>a</p><p>b</p></li><li>c</li></ul>",
	"- a\n\n  b\n\n- c\n"},
    {"code_in_item", "<ul><li>a<pre>x\ny</pre></li></ul>", "- a\n\n  ```\n  x\n  y\n  ```\n"},
    {"quote_in_item", "<ul><li>a<blockquote>b</blockquote></li></ul>", "- a\n\n  > b\n"},
    {"list_after_paragraph", "<p>a</p><ul><li>b</li></ul><p>c</p>", "a\n\n- b\n\nc\n"},
    {"list_in_white_space", "<p>a</p>\n<ul>\n<li>b</li>\n<li>c</li>\n</ul>\n<p>d</p>",
	"a\n\n- b\n- c\n\nd\n"},
    {"heading_inside_its_own_link", "<a href='#t'><h2>T</h2></a>", "## T\n"},
    {"list_in_quote", "<blockquote><ul><li>a</li><li>b</li></ul></blockquote>", "> - a\n> - b\n"},
    {"empty_item_is_nothing", "<ul><li></li><li>b</li></ul>", "- b\n"},
    {"task_list",
	"<ul><li><input type=checkbox checked> a</li><li><input type=checkbox> b</li></ul>",
	"- [x] a\n- [ ] b\n"},
    {"definitions", "<dl><dt>T</dt><dd>d</dd><dt>U</dt><dd>e</dd></dl>", "T\n: d\n\nU\n: e\n"},
    {"code_span", "<p>use <code>a b</code>.</p>", "use `a b`.\n"},
    {"code_span_with_backticks", "<p><code>a `b` c</code></p>", "``a `b` c``\n"},
    {"code_span_that_ends_with_a_backtick", "<p><code>a`</code></p>", "`` a` ``\n"},
    {"code_span_is_not_escaped", "<p><code>*a* &lt;b> [c](d)</code></p>", "`*a* <b> [c](d)`\n"},
    {"keyboard_is_code", "<p><kbd>Ctrl</kbd></p>", "`Ctrl`\n"},
    {"code_block", "<pre><code>a\n  b\n</code></pre>", "```\na\n  b\n```\n"},
    {"language_class", "<pre><code class='language-js'>x</code></pre>", "```js\nx\n```\n"},
    {"lang_class", "<pre class='prettyprint lang-c'>x</pre>", "```c\nx\n```\n"},
    {"highlight_source", "<div class='highlight highlight-source-shell'><pre>x</pre></div>",
	"```shell\nx\n```\n"},
    {"brush", "<pre class='brush: python; gutter: false'>x</pre>", "```python\nx\n```\n"},
    {"hljs", "<pre><code class='hljs css'>x</code></pre>", "```css\nx\n```\n"},
    {"fence_is_longer_than_what_is_inside", "<pre>a\n```\nb</pre>", "````\na\n```\nb\n````\n"},
    {"span_per_line_and_br", "<pre><span>a</span><br><span>b</span></pre>", "```\na\nb\n```\n"},
    {"div_per_line", "<pre><div>a</div><div>b</div></pre>", "```\na\nb\n```\n"},
    {"line_numbers_are_left_out",
	"<table class=highlighttable><tr><td class=linenos><pre>1\n2</pre></td><td class=code><pre>a\nb</pre></td>"
	"</tr></table>",
	"```\na\nb\n```\n"},
    {"table", "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>",
	"| A | B |\n| --- | --- |\n| 1 | 2 |\n"},
    {"table_without_th",
	"<table><tr><td>A</td><td>B</td></tr><tr><td>1</td><td>2</td></tr></table>",
	"| A | B |\n| --- | --- |\n| 1 | 2 |\n"},
    {"table_cells_are_escaped", "<table><tr><th>a|b<th>c<tr><td><code>x|y</code><td>d<br>e</table>",
	"| a\\|b | c |\n| --- | --- |\n| `x\\|y` | d<br>e |\n"},
    {"table_spans_are_padded",
	"<table><tr><th colspan=2>A</th><th>B</th></tr><tr><td rowspan=2>1</td><td>2</td><td>3</td></tr>"
	"<tr><td>4</td><td>5</td></tr></table>",
	"| A | | B |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| | 4 | 5 |\n"},
    {"short_rows_are_padded", "<table><tr><th>A<th>B<th>C<tr><td>1</table>",
	"| A | B | C |\n| --- | --- | --- |\n| 1 | | |\n"},
    {"caption_stands_before_the_table",
	"<table><caption>Cap</caption><tr><th>A<th>B<tr><td>1<td>2</table>",
	"Cap\n\n| A | B |\n| --- | --- |\n| 1 | 2 |\n"},
    {"layout_table_is_unwrapped",
	"<table role=presentation><tr><td><p>a</p></td><td>b</td></tr></table>", "a\n\nb\n"},
    {"table_with_one_column_is_unwrapped", "<table><tr><td>a</td></tr><tr><td>b</td></tr></table>",
	"a\n\nb\n"},
    {"blocks_in_a_cell_are_broken_lines",
	"<table><tr><th>A<th>B<tr><td><p>a</p><p>b</p><td>c</table>",
	"| A | B |\n| --- | --- |\n| a<br>b | c |\n"},
    {"hash_at_line_start", "<p># a</p>", "\\# a\n"},
    {"hash_without_space_stays", "<p>#tag</p>", "#tag\n"},
    {"dash_and_plus_at_line_start", "<p>- a</p><p>+ b</p><p>---</p>", "\\- a\n\n\\+ b\n\n\\---\n"},
    {"number_at_line_start", "<p>1. a</p><p>2) b</p><p>3.5 c</p>", "1\\. a\n\n2\\) b\n\n3.5 c\n"},
    {"greater_at_line_start", "<p>> a</p>", "\\> a\n"},
    {"setext_line", "<p>a<br>===</p>", "a  \n\\===\n"},
    {"asterisk", "<p>*a* 2 * 3</p>", "\\*a\\* 2 * 3\n"},
    {"underscore_in_a_word_stays", "<p>snake_case _a_</p>", "snake_case \\_a\\_\n"},
    {"backtick", "<p>a `b`</p>", "a \\`b\\`\n"},
    {"brackets", "<p>[a] [b](c)</p>", "[a] [b\\](c)\n"},
    {"angle_bracket", "<p>&lt;b> 1 &lt; 2</p>", "\\<b> 1 < 2\n"},
    {"entity_in_text", "<p>&amp;amp; &amp; a&b</p>", "\\&amp; & a&b\n"},
    {"backslash", "<p>\\* C:\\dir</p>", "\\\\\\* C:\\dir\n"},
    {"pipe_outside_tables_stays", "<p>a | b</p>", "a | b\n"},
    {"no_break_space_is_a_space", "<p>a&nbsp;b</p>", "a b\n"},
    {"soft_hyphen_and_zero_width_space_are_nothing", "<p>a&shy;b&ZeroWidthSpace;c</p>", "abc\n"},
    {"words_without_width_are_nothing", "<p>a \ue900 b \u200d c</p>", "a b c\n"},
    {"zero_width_non_joiner_stays", "<p>a&zwnj;b</p>", "a\u200cb\n"},
    {"formula",
	"<p>x <math><semantics><mi>y</mi><annotation encoding='application/x-tex'>y^2</annotation>"
	"</semantics></math></p>",
	"x $y^2$\n"},
    {"formula_script", "<p>x <script type='math/tex'>a_b</script></p>", "x $a_b$\n"},
    {"footnotes",
	"<p>a<sup><a href='#fn1' id=r1>1</a></sup></p><ol><li id=fn1>note <a class=footnote-backref href='#r1'>"
	"↩</a></li></ol>",
	"a[^1]\n\n[^1]: note\n"},
    {"scripts_and_styles_are_nothing",
	"<p>a</p><script>x()</script><style>y</style><template>z</template>", "a\n"},
    {"hidden_is_nothing",
	"<p>a</p><p hidden>b</p><p style='display: none'>c</p><p aria-hidden=true>d</p>", "a\n"},
    {"shadow_root_is_content", "<x-a><template shadowrootmode=open><p>in</p></template></x-a>",
	"in\n"},
    {"frame_is_content",
	"<iframe src=/f><template data-riptide-frame='https://f'><html><head><title>t</title></head><body>"
	"<p>in</p></body></html></template></iframe><p>after</p>",
	"in\n\nafter\n"},
};

static void
one_case(void **state)
{
	const struct md_case *c = *state;
	struct page_fixture p;
	struct write_opts o = {.base = SV(BASE)};

	page_open(&p, c->html, true);
	markdown_write(&p.t, &p.c, &o, &p.out);
	assert_string_equal(p.out.p ? p.out.p : "", c->markdown);
	page_close(&p);
}

// Where the model keeps the words of a button, they are words of their own.
static void
buttons_side_by_side_are_not_one_word(void **state)
{
	struct write_opts o = {.base = SV_NULL};
	struct page_fixture p;

	(void)state;
	page_open(&p, "<p>Tabs:<button>Python</button><button>Node</button></p>", true);
	memset(p.c.keep, 1, p.t.n);
	markdown_write(&p.t, &p.c, &o, &p.out);
	assert_string_equal(p.out.p, "Tabs: Python Node\n");
	buf_reset(&p.out);
	text_write(&p.t, &p.c, &p.out);
	assert_string_equal(p.out.p, "Tabs: Python Node");
	buf_reset(&p.out);
	clean_html_write(&p.t, &p.c, &o, &p.out);
	assert_string_equal(p.out.p, "<p>Tabs: Python Node</p>\n");
	page_close(&p);
}

// Each formula in one without a word would look through all that is in it.
static void
empty_formulas_are_looked_through_once(void **state)
{
	static const char *const starts[] = {"<math>", "<mjx-math>"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		struct write_opts o = {.base = SV_NULL};
		cleanup_buf html = BUF_INIT;
		struct page_fixture p;
		int64_t started;

		for (int k = 0; k < 10 * 4500; k++) {
			if (k % 4500 == 0)
				buf_str(&html, "</math><p>x");
			buf_str(&html, k % 4500 < 480 ? starts[i] : "<mi></mi>");
		}
		page_open(&p, html.p, true);
		started = cpu_ms();
		markdown_write(&p.t, &p.c, &o, &p.out);
		assert_true(cpu_ms() - started < patient_ms(500));
		assert_int_equal(p.out.p[0], 'x');
		page_close(&p);
	}
}

static void
a_cell_that_is_not_kept_leaves_its_place(void **state)
{
	struct write_opts o = {.base = SV("https://example.org/")};
	struct page_fixture p;

	(void)state;
	page_open(&p,
	    "<table><tr><th>A<th>B<th>C</tr><tr><td>1<td>2<td>3</tr><tr><td hidden>0<td>4<td>5<td>6</tr></table>",
	    true);
	for (node_id i = 0; i < p.t.n; i++)
		if (p.t.nodes[i].kind == NODE_TEXT && sv_eq_str(tree_text(&p.t, i), "2"))
			p.c.keep[i] = p.c.keep[p.t.nodes[i].parent] = 0;
	markdown_write(&p.t, &p.c, &o, &p.out);
	assert_string_equal(
	    p.out.p, "| A | B | C |\n| --- | --- | --- |\n| 1 | | 3 |\n| 4 | 5 | 6 |\n");
	buf_reset(&p.out);
	clean_html_write(&p.t, &p.c, &o, &p.out);
	assert_non_null(strstr(p.out.p, "<td>1</td>\n<td></td>\n<td>3</td>"));
	assert_non_null(strstr(p.out.p, "<tr><td>4</td>"));
	page_close(&p);
}

int
main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(cases) + 3];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		tests[i] = (struct CMUnitTest){.name = cases[i].name,
		    .test_func = one_case,
		    .initial_state = (void *)&cases[i]};
	tests[ARRAY_LEN(cases)] =
	    (struct CMUnitTest)cmocka_unit_test(buttons_side_by_side_are_not_one_word);
	tests[ARRAY_LEN(cases) + 1] =
	    (struct CMUnitTest)cmocka_unit_test(empty_formulas_are_looked_through_once);
	tests[ARRAY_LEN(cases) + 2] =
	    (struct CMUnitTest)cmocka_unit_test(a_cell_that_is_not_kept_leaves_its_place);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
