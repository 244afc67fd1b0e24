// SPDX-License-Identifier: Apache-2.0
// Clean HTML can be embedded anywhere: nothing that runs, no address that does, everything escaped.
#include "content_testing.h"

static const struct clean_case {
	const char *name, *html, *clean;
} cases[] = {
    {"paragraphs_and_headings", "<h1>A</h1><p>b <b>c</b></p>", "<h1>A</h1>\n<p>b <b>c</b></p>\n"},
    {"script_style_and_template_vanish",
	"<p>a<script>x</script><style>y</style><template>z</template></p>", "<p>a</p>\n"},
    {"event_handlers_vanish", "<p onclick='x()' OnMouseOver=y>a</p><img src=/i.png onerror=z>",
	"<p>a</p>\n<img src=\"https://example.org/i.png\">"},
    {"style_class_and_id_vanish", "<p style='x' class=c id=i data-x=1>a</p>", "<p>a</p>\n"},
    {"javascript_address_vanishes", "<a href='javascript:alert(1)'>a</a>", "<a>a</a>"},
    {"javascript_in_any_spelling_vanishes",
	"<a href='JaVaScRiPt:x'>a</a><a href=' &#10;java&#9;script:x'>b</a><a href='&#1;javascript:x'>c</a>",
	"<a>a</a> <a>b</a> <a>c</a>"},
    {"vbscript_data_file_and_blob_vanish",
	"<a href='vbscript:x'>a</a><a href='data:text/html,x'>b</a><a href='file:///etc'>c</a><a href='blob:x'>d</a>",
	"<a>a</a> <a>b</a> <a>c</a> <a>d</a>"},
    {"data_image_vanishes", "<p>a<img src='data:text/html,x'></p>", "<p>a</p>\n"},
    {"link_is_absolute", "<a href='../x' target=_blank>t</a>",
	"<a href=\"https://example.org/x\">t</a>"},
    {"a_long_name_is_no_scheme",
	"<a href='getting-started-with-it.html'>a</a><a href='x-very-long-scheme-of-an-app:x'>b</a>",
	"<a href=\"https://example.org/dir/getting-started-with-it.html\">a</a> <a>b</a>"},
    {"mail_link_stays", "<a href='mailto:a@b.c'>t</a>", "<a href=\"mailto:a@b.c\">t</a>"},
    {"link_in_link_is_unwrapped", "<a href=/x><table><tr><td>a<a href=/y>b</a></table></a>",
	"<a href=\"https://example.org/x\"><table><tbody><tr><td>ab</td>\n</tr>\n</tbody>\n</table>\n</a>"},
    {"text_is_escaped", "<p>&lt;script&gt; &amp;amp; \"q\"</p>",
	"<p>&lt;script&gt; &amp;amp; \"q\"</p>\n"},
    {"attributes_are_escaped", "<img src=/i alt='\"&gt;&lt;script&gt;`'>",
	"<img alt=\"&quot;&gt;&lt;script&gt;&#96;\" src=\"https://example.org/i\">"},
    {"unknown_elements_leave_their_content", "<my-el><font>a</font></my-el><marquee>b</marquee>",
	"ab"},
    {"svg_and_math_vanish_or_unwrap",
	"<p><svg onload=x><a xlink:href='javascript:x'>b</a></svg></p>", ""},
    {"frames_objects_and_forms_vanish",
	"<iframe src='javascript:x'></iframe><object data=x></object><embed src=x><form action=x><input></form>",
	""},
    {"base_meta_and_link_vanish",
	"<p>a</p><base href='//evil'><meta http-equiv=refresh><link rel=stylesheet>", "<p>a</p>\n"},
    {"table_spans_are_numbers", "<table><tr><td colspan=2 rowspan='x y'>a</td></tr></table>",
	"<table><tbody><tr><td colspan=\"2\">a</td>\n</tr>\n</tbody>\n</table>\n"},
    {"code_keeps_white_space_and_language",
	"<pre><code class='x language-c++ y'>a\n  b</code></pre>",
	"<pre><code class=\"language-c++\">a\n  b</code></pre>\n"},
    {"lazy_image", "<img data-src=/r.jpg src='data:image/gif;base64,x' alt=A>",
	"<img alt=\"A\" src=\"https://example.org/r.jpg\">"},
    {"hidden_vanishes", "<p>a</p><p hidden>b</p>", "<p>a</p>\n"},
    {"comments_vanish", "<p>a<!-- <script>x</script> --></p>", "<p>a</p>\n"},
    {"empty_elements_vanish_and_cells_stay",
	"<div><p> </p><h3></h3><ul><li><a href=/x></a></li></ul></div><p>a<b></b></p><table><tr><td></td><td>b</td></tr></table><hr>",
	"<p>a</p>\n<table><tbody><tr><td></td>\n<td>b</td>\n</tr>\n</tbody>\n</table>\n<hr>"},
    {"paragraphs_of_fixed_blanks_are_empty",
	"<p>&nbsp;</p><h2><p>\u00a0 &nbsp;</p></h2><p>5&nbsp;km <b>far</b>&nbsp;<i>away</i></p>",
	"<p>5\u00a0km <b>far</b> <i>away</i></p>\n"},
    {"words_that_the_style_parts_stay_apart",
	"<p><a href=/x><span class=b>ACMe</span><span class=n>Sandpiper 130</span></a><span class=y>You</span><span class=z>Tube</span></p>",
	"<p><a href=\"https://example.org/x\">ACMe Sandpiper 130</a> YouTube</p>\n"},
    {"labels_stand_apart",
	"<h1><span class=d>Title:</span>Aa</h1><p>By:<b>Valve</b> <b>its words</b>Of it</p><pre>a:<b>B</b></pre>",
	"<h1>Title: Aa</h1>\n<p>By:<b> Valve</b> <b>its words</b> Of it</p>\n<pre>a:<b>B</b></pre>\n"},
    {"divs_around_one_block_vanish",
	"<div class=a><div> <div><h2>a</h2></div> </div></div><div lang=de><p>b</p></div><div><div>c</div></div>"
	"<div><b>d</b></div><div><p>e</p>f</div><div><p>g</p><p>h</p></div>",
	"<h2>a</h2>\n<div lang=\"de\"><p>b</p>\n</div>\n<div>c</div>\n<div><b>d</b></div>\n"
	"<div><p>e</p>\nf</div>\n<div><p>g</p>\n<p>h</p>\n</div>\n"},
    {"pictures_and_breaks_are_not_empty", "<p><b><img src=/i.png></b></p><p><br></p>",
	"<p><b><img src=\"https://example.org/i.png\"></b></p>\n<p><br></p>\n"},
    {"films_are_links_to_their_names",
	"<p>a</p><iframe src='https://www.youtube.com/embed/a-B_1&#10;x?y'></iframe>"
	"<iframe src='https://www.youtube.com/embed/?list=c'></iframe>",
	"<p>a</p>\n<a href=\"https://www.youtube.com/watch?v=a-B_1\">Video</a>"},
    {"line_numbers_vanish_with_their_tags",
	"<pre class=lineno>1\n2</pre><p>a</p><pre class=lineno>3 b</pre><p>c</p>",
	"<p>a</p>\n<pre>3 b</pre>\n<p>c</p>\n"},
    {"words_without_width_vanish", "<p>\u200d</p><p><b>\u200d</b>a\u200db</p>",
	"<p>a\u200db</p>\n"},
    {"permalinks_vanish",
	"<h2>A <a class=headerlink href='#a'>\u00b6</a></h2><p><a href='#'>#</a>1</p>",
	"<h2>A</h2>\n<p><a href=\"https://example.org/dir/page.html#\">#</a>1</p>\n"},
    {"formulas_are_tex",
	"<p>If <span class=katex><span class=katex-mathml><math><semantics><mrow><mi>a</mi><mo>&lt;</mo><mfrac><mi>b</mi><mi>c</mi></mfrac></mrow><annotation encoding='application/x-tex'>a&lt;\\frac{b}{c}</annotation></semantics></math></span><span class=katex-html aria-hidden=true><span>a&lt;cb</span></span></span>, then</p><math><math></math></math>",
	"<p>If \\(a&lt;\\frac{b}{c}\\), then</p>\n"},
    {"line_numbers_vanish",
	"<table><tr><td class=gutter><pre>1\n2\n</pre></td><td><pre>a\nb</pre></td></tr></table>",
	"<table><tbody><tr><td><pre>a\nb</pre>\n</td>\n</tr>\n</tbody>\n</table>\n"},
    {"films_are_links",
	"<p>a</p><div><video src=/v.mp4 poster=/p.jpg title='\"T\"'></video></div><audio src=/a.mp3>x</audio>"
	"<iframe src='//www.youtube.com/embed/x?y'></iframe><noscript><iframe src='//www.youtube.com/embed/x'></iframe></noscript><video src='javascript:x'></video>"
	"<video autoplay src=/b.mp4></video><iframe src=/x></iframe>",
	"<p>a</p>\n<div><a href=\"https://example.org/v.mp4\"><img alt=\"&quot;T&quot;\" "
	"src=\"https://example.org/p.jpg\"></a></div>\n"
	"<a href=\"https://example.org/a.mp3\">Audio</a> "
	"<a href=\"https://www.youtube.com/watch?v=x\">Video</a>"},
    {"white_space_collapses", "<p> a \n b <i> c</i> d </p>", "<p>a b <i> c</i> d</p>\n"},
};

static void
one_case(void **state)
{
	const struct clean_case *c = *state;
	struct page_fixture p;
	struct write_opts o = {.base = SV("https://example.org/dir/page.html")};
	const char *got;

	page_open(&p, c->html, true);
	clean_html_write(&p.t, &p.c, &o, &p.out);
	got = p.out.p ? p.out.p : "";
	assert_string_equal(got, c->clean);
	page_close(&p);
}

static void
relative_addresses_stay_without_a_base(void **state)
{
	struct page_fixture p;
	struct write_opts o = {.base = SV_NULL};

	(void)state;
	page_open(&p, "<a href='x/y?z'>a</a><a href='java\tscript:x'>b</a>", true);
	clean_html_write(&p.t, &p.c, &o, &p.out);
	assert_string_equal(p.out.p, "<a href=\"x/y?z\">a</a> <a>b</a>");
	page_close(&p);
}

// What comes out goes in again unchanged: there is nothing in it that a parser reads differently.
static void
output_is_a_fixed_point(void **state)
{
	struct write_opts o = {.base = SV("https://example.org/")};
	struct page_fixture p, q;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		page_open(&p, cases[i].clean, true);
		clean_html_write(&p.t, &p.c, &o, &p.out);
		page_open(&q, p.out.p ? p.out.p : "", true);
		clean_html_write(&q.t, &q.c, &o, &q.out);
		assert_string_equal(q.out.p ? q.out.p : "", p.out.p ? p.out.p : "");
		page_close(&p);
		page_close(&q);
	}
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
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(relative_addresses_stay_without_a_base);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(output_is_a_fixed_point);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
