// SPDX-License-Identifier: Apache-2.0
// Plain text: a line per block, an empty line between paragraphs.
#include "content_testing.h"

static const struct text_case {
	const char *name, *html, *text;
} cases[] = {
    {"paragraphs_are_split_by_an_empty_line", "<h1>A</h1><p>b\n c</p><p>d</p>", "A\n\nb c\n\nd"},
    {"items_and_rows_are_lines",
	"<ul><li>a</li><li>b</li></ul><table><tr><td>c</td><td>d</td></tr><tr><td>e</table>",
	"a\nb\n\nc d\ne"},
    {"line_breaks", "<p>a<br>b</p>", "a\nb"},
    {"code_keeps_its_lines", "<pre>a\n  b</pre>", "a\n  b"},
    {"inline_elements_do_not_split_words", "<p>a<b>b</b>c</p>", "abc"},
    {"no_break_space_is_a_space", "<p>a&nbsp; b</p>", "a b"},
    {"ideographic_space_is_a_space", "<p>\u3000\u3000\u6f22\u3000b</p>", "\u6f22 b"},
    {"hidden_and_scripts_are_nothing", "<p>a<script>x</script><span hidden>y</span></p>", "a"},
    {"two_line_breaks_part_paragraphs", "a<br><br>b<br>c<br> <br><br>d", "a\n\nb\nc\n\nd"},
    {"line_ends_around_code_are_the_paragraphs", "<p>a</p><pre>\n\n  b\n\n</pre>c<pre>d\n</pre>",
	"a\n\n  b\n\nc\n\nd"},
    {"ruby_is_in_parentheses", "<ruby>\u6f22<rp>(</rp><rt>kan</rt><rp>)</rp></ruby> a",
	"\u6f22(kan) a"},
    {"quotes_have_their_marks", "a <q>b <i>c</i></q>.", "a “b c”."},
    {"words_without_width_are_nothing", "<p>a</p><p>\u200d</p><p>b \u200b\ufeff c</p>", "a\n\nb c"},
    {"permalinks_are_nothing", "<h2>A <a href='#a'>\u00b6</a></h2><p>b</p>", "A\n\nb"},
    {"formulas_are_tex",
	"<p>If <span class=katex><span class=katex-mathml><math><semantics><mrow><mi>a</mi><mo>&lt;</mo><mfrac><mi>b</mi><mi>c</mi></mfrac></mrow><annotation encoding='application/x-tex'>a&lt;\\frac{b}{c}</annotation></semantics></math></span><span class=katex-html aria-hidden=true><span>a&lt;cb</span></span></span>, then</p><p>or <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> and <img class=mwe-math-fallback-image-inline alt='{\\displaystyle x^{2}}' src=/x.svg>.</p>",
	"If a<\\frac{b}{c}, then\n\nor \\frac{1}{2} and x^{2}."},
    {"line_numbers_are_no_code",
	"<table><tr><td class=gutter><pre>1\n2\n</pre></td><td><pre>a\nb\n</pre></td></tr></table>"
	"<pre><span class=lineno>1 </span>c\n<span class=lineno>2 </span>d</pre>",
	"a\nb\n\nc\nd"},
    {"line_numbers_by_themselves_are_nothing", "<pre class=lineno>1\n2</pre><p>a\n b</p>", "a b"},
    {"what_holds_letters_is_no_line_number",
	"<pre><b class=ln>1 <b class=ln>2 <b class=ln>3</b></b> a</b> <b class=ln>4</b>\n"
	"<b class=ln>5</b>b</pre>",
	"1  a \nb"},
    {"letters_beyond_ascii_are_no_line_number",
	"<table><tr><td>a</td><td style='user-select:none'>5 \u20ac</td></tr></table>"
	"<pre><b class=ln>1&nbsp;\u200b</b>c <b class=ln>\u043a\u043e\u0434 2</b></pre>",
	"a 5 \u20ac\n\nc \u043a\u043e\u0434 2"},
    {"signs_of_icon_fonts_are_nothing", "<h2>A <a href='#a'>\uf0c1</a></h2><p>\ue900 b</p>",
	"A\n\nb"},
    {"pictures_of_emoji_are_emoji",
	"<p>a<img class=emoji alt=\U0001F60A src=/1> b <img class=smilie alt=':-)'><img class=smilie alt=Like> c <img alt=x>",
	"a\U0001F60A b :-) c"},
    {"words_that_the_style_parts_stay_apart",
	"<p><span class=s>In stock</span><a href=x class=b>Buy</a> <span class=y>You</span><span class=z>Tube</span></p>",
	"In stock Buy YouTube"},
    {"labels_stand_apart", "<h1><span class=d>Title:</span>Aa</h1><p>By:<b>Valve</b></p>",
	"Title: Aa\n\nBy: Valve"},
    {"raised_cents_are_cents", "<p>$<b>1,619</b><sup>00</sup>, 5<sup>12</sup>, $5 <sup>12</sup>",
	"$1,619.00, 512, $5 12"},
    {"empty_page_is_empty", "", ""},
};

static void
one_case(void **state)
{
	const struct text_case *c = *state;
	struct page_fixture p;

	page_open(&p, c->html, true);
	text_write(&p.t, &p.c, &p.out);
	assert_string_equal(p.out.p ? p.out.p : "", c->text);
	page_close(&p);
}

int
main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(cases)];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		tests[i] = (struct CMUnitTest){.name = cases[i].name,
		    .test_func = one_case,
		    .initial_state = (void *)&cases[i]};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
