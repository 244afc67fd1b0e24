// SPDX-License-Identifier: Apache-2.0
// Media: lazy and responsive images, captions, players, what is left out.
#include "page_fixture.h"

#include "extract/parts/parts.h"

static void
check(const char *html, const char *expected)
{
	struct fixture f;

	fixture_open(&f, html, "https://e.org/d/");
	assert_json(media_read(&f.p), expected);
	fixture_close(&f);
}

#define NONE "\"alt\":null,\"width\":null,\"height\":null,\"caption\":null,\"srcset\":null"

static void
an_image_has_url_alt_size_and_caption(void **state)
{
	(void)state;
	check(
	    "<figure><img src=i.png alt=' A  cat ' width=640 height=480px><figcaption>The <b>cat</b></figcaption></figure>"
	    "<img src=/j.png width=50% height=auto>",
	    "[{\"type\":\"image\",\"url\":\"https://e.org/d/i.png\",\"alt\":\"A cat\",\"width\":640,\"height\":480,"
	    "\"caption\":\"The cat\",\"srcset\":null},{\"type\":\"image\",\"url\":\"https://e.org/j.png\"," NONE
	    "}]");
}

static void
the_real_address_of_a_lazy_image_is_found(void **state)
{
	(void)state;
	check("<img src='data:image/gif;base64,R0lGOD' data-src=/real.jpg>",
	    "[{\"type\":\"image\",\"url\":\"https://e.org/real.jpg\"," NONE "}]");
	check("<img src='data:image/gif;base64,R0lGOD' data-srcset='/s.jpg 480w, /l.jpg 1200w'>",
	    "[{\"type\":\"image\",\"url\":\"https://e.org/l.jpg\",\"alt\":null,\"width\":null,\"height\":null,\"caption\":null,"
	    "\"srcset\":[{\"url\":\"https://e.org/s.jpg\",\"descriptor\":\"480w\"},"
	    "{\"url\":\"https://e.org/l.jpg\",\"descriptor\":\"1200w\"}]}]");
	check(
	    "<img nitro-lazy-src=/n.jpg alt=n.jpg><img alt=a/b.png title=x/y.png data-own-loader='/o.webp?w=1'>",
	    "[{\"type\":\"image\",\"url\":\"https://e.org/n.jpg\",\"alt\":\"n.jpg\",\"width\":null,\"height\":null,"
	    "\"caption\":null,\"srcset\":null},{\"type\":\"image\",\"url\":\"https://e.org/o.webp?w=1\",\"alt\":\"a/b.png\","
	    "\"width\":null,\"height\":null,\"caption\":null,\"srcset\":null}]");
	check("<img src='data:image/gif;base64,R0lGOD'><noscript><img src=/n.jpg></noscript>",
	    "[{\"type\":\"image\",\"url\":\"https://e.org/n.jpg\"," NONE "}]");
}

static void
srcset_and_picture_sources_are_read(void **state)
{
	(void)state;
	check("<picture><source srcset='/a,b.webp 2x,/c.webp'><img src=/f.jpg></picture>",
	    "[{\"type\":\"image\",\"url\":\"https://e.org/f.jpg\",\"alt\":null,\"width\":null,\"height\":null,\"caption\":null,"
	    "\"srcset\":[{\"url\":\"https://e.org/a,b.webp\",\"descriptor\":\"2x\"},"
	    "{\"url\":\"https://e.org/c.webp\",\"descriptor\":\"\"}]}]");
}

static void
captions_of_older_systems_are_found(void **state)
{
	(void)state;
	check(
	    "<div class=wp-caption><a href=/x><img src=/i.png></a><p class=wp-caption-text>A cat</p></div>",
	    "[{\"type\":\"image\",\"url\":\"https://e.org/i.png\",\"alt\":null,\"width\":null,\"height\":null,"
	    "\"caption\":\"A cat\",\"srcset\":null}]");
	check("<figure><img src=/i.png></figure><p class=caption>not its own</p>",
	    "[{\"type\":\"image\",\"url\":\"https://e.org/i.png\"," NONE "}]");
}

static void
templates_are_no_addresses(void **state)
{
	(void)state;
	check(
	    "<img data-src='/i_{width}x.jpg' src=/i_small.jpg><amp-img src=/amp.jpg width=4 height=3 alt=''></amp-img>",
	    "[{\"type\":\"image\",\"url\":\"https://e.org/i_small.jpg\"," NONE "},"
	    "{\"type\":\"image\",\"url\":\"https://e.org/amp.jpg\",\"alt\":\"\",\"width\":4,\"height\":3,"
	    "\"caption\":null,\"srcset\":null}]");
}

static void
the_poster_of_a_video_is_a_picture(void **state)
{
	(void)state;
	check("<video src=/v.mp4 poster=p.jpg></video>",
	    "[{\"type\":\"video\",\"url\":\"https://e.org/v.mp4\",\"alt\":null,\"width\":null,\"height\":null,"
	    "\"caption\":null,\"srcset\":null},{\"type\":\"image\",\"url\":\"https://e.org/d/p.jpg\",\"alt\":null,"
	    "\"width\":null,\"height\":null,\"caption\":null,\"srcset\":null}]");
}

static void
video_audio_and_players_are_listed(void **state)
{
	(void)state;
	check(
	    "<video title=V width=320><source src=v.webm><source src=v.mp4></video><audio src=/a.mp3></audio>"
	    "<iframe src='https://www.youtube.com/embed/xyz'></iframe><iframe src='https://ads.example/'></iframe>",
	    "[{\"type\":\"video\",\"url\":\"https://e.org/d/v.webm\",\"alt\":\"V\",\"width\":320,\"height\":null,"
	    "\"caption\":null,\"srcset\":null},{\"type\":\"audio\",\"url\":\"https://e.org/a.mp3\"," NONE
	    "},"
	    "{\"type\":\"embed\",\"url\":\"https://www.youtube.com/embed/xyz\"," NONE "}]");
}

static void
pixels_repeats_and_data_urls_are_left_out(void **state)
{
	(void)state;
	check(
	    "<img src=/t.gif width=1 height=1><img src=/a.png><img src=/a.png><img src='data:image/png;base64,AAAA'>"
	    "<img src='blob:https://e.org/1'><img>",
	    "[{\"type\":\"image\",\"url\":\"https://e.org/a.png\"," NONE "}]");
}

static void
calls_of_counters_are_left_out(void **state)
{
	(void)state;
	check("<p><noscript><img src='/p?c1=2&c2=3' alt=''></noscript>", "[]");
	check(
	    "<p><noscript><div><img src='/watch/23' style='position:absolute; left:-9999px' alt=''></div></noscript>",
	    "[]");
	check("<p><noscript><img src='/image?url=a.jpg&w=3'></noscript>",
	    "[{\"type\":\"image\",\"url\":\"https://e.org/image?url=a.jpg&w=3\"," NONE "}]");
	check("<img src='/image?id=3'>",
	    "[{\"type\":\"image\",\"url\":\"https://e.org/image?id=3\"," NONE "}]");
}

static void
a_text_that_was_escaped_twice_is_read(void **state)
{
	static const struct {
		const char *escaped, *alt;
	} cases[] = {{"Mac &amp;amp; i", "Mac & i"}, {"it&amp;#146;s", "it\u2019s"},
	    {"a&amp;#0;b", "a\uFFFDb"}, {"&amp;#x41;&amp;#66;", "AB"},
	    {"&amp;#; &amp;#x; &amp;", "&#; &#x; &"}, {"&amp;copy 2", "&copy 2"},
	    {"&amp;nope; &amp;#1", "&nope; &#1"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup_buf html = BUF_INIT, json = BUF_INIT;

		buf_fmt(&html, "<img src=/j.png alt='%s'>", cases[i].escaped);
		buf_fmt(&json,
		    "[{\"type\":\"image\",\"url\":\"https://e.org/j.png\",\"alt\":\"%s\",\"width\":null,"
		    "\"height\":null,\"caption\":null,\"srcset\":null}]",
		    cases[i].alt);
		check(html.p, json.p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_image_has_url_alt_size_and_caption),
	    cmocka_unit_test(the_real_address_of_a_lazy_image_is_found),
	    cmocka_unit_test(srcset_and_picture_sources_are_read),
	    cmocka_unit_test(captions_of_older_systems_are_found),
	    cmocka_unit_test(templates_are_no_addresses),
	    cmocka_unit_test(the_poster_of_a_video_is_a_picture),
	    cmocka_unit_test(video_audio_and_players_are_listed),
	    cmocka_unit_test(pixels_repeats_and_data_urls_are_left_out),
	    cmocka_unit_test(calls_of_counters_are_left_out),
	    cmocka_unit_test(a_text_that_was_escaped_twice_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
