// SPDX-License-Identifier: Apache-2.0
// Links: resolved against the base, with text, attributes and landmark; what is no link; the cap.
#include "page_fixture.h"

#include "extract/parts/parts.h"

static void
check(const char *html, const char *url, const char *expected)
{
	struct fixture f;

	fixture_open(&f, html, url);
	assert_json(links_read(&f.p), expected);
	fixture_close(&f);
}

static void
a_link_has_url_text_title_rel_and_section(void **state)
{
	(void)state;
	check(
	    "<nav><a href='/a?x=1&amp;y=2#z' title=' T  t ' rel='nofollow  noopener'>One <b>two</b>\n</a></nav>",
	    "https://e.org/dir/page",
	    "[{\"url\":\"https://e.org/a?x=1&y=2#z\",\"text\":\"One two\",\"title\":\"T t\","
	    "\"rel\":\"nofollow noopener\",\"section\":\"nav\"}]");
}

static void
a_link_of_a_sign_has_the_name_of_the_sign(void **state)
{
	(void)state;
	check(
	    "<a href=/f><svg><title>Facebook</title><path/></svg></a><a href=/x><i aria-label='X'></i></a>"
	    "<a href=/y><span></span></a>",
	    "https://e.org/",
	    "[{\"url\":\"https://e.org/f\",\"text\":\"Facebook\",\"title\":null,\"rel\":null,\"section\":null},"
	    "{\"url\":\"https://e.org/x\",\"text\":\"X\",\"title\":null,\"rel\":null,\"section\":null},"
	    "{\"url\":\"https://e.org/y\",\"text\":\"\",\"title\":null,\"rel\":null,\"section\":null}]");
}

// `expected`: of each link in order; NULL: none.
static void
check_sections(const char *html, const char *const *expected, size_t n)
{
	struct fixture f;
	cJSON *links;
	size_t i = 0;

	fixture_open(&f, html, "https://e.org/");
	links = links_read(&f.p);
	assert_int_equal(cJSON_GetArraySize(links), n);
	json_foreach (link, links) {
		const char *section = json_str(link, "section");

		if (expected[i])
			assert_string_equal(section, expected[i]);
		else
			assert_null(section);
		i++;
	}
	cJSON_Delete(links);
	fixture_close(&f);
}

static void
the_section_is_the_nearest_landmark(void **state)
{
	static const char *const expected[] = {
	    "header", "nav", "main", "aside", "footer", "nav", NULL};

	(void)state;
	check_sections(
	    "<header><a href=1>1</a><nav><a href=2>2</a></nav></header><main><a href=3>3</a><aside><a href=4>4</a>"
	    "</aside></main><div role=contentinfo><a href=5>5</a></div><div role=navigation><a href=6>6</a></div>"
	    "<a href=7>7</a>",
	    expected, ARRAY_LEN(expected));
}

static void
without_landmarks_the_section_is_told_by_names(void **state)
{
	static const char *const expected[] = {
	    "header", "nav", "main", NULL, "aside", "aside", "footer", NULL};

	(void)state;
	check_sections(
	    "<html id=menu><body class='page sidebar'><div id=header><a href=1>1</a><ul class='top menu'><li><a href=2>2</a></ul></div><div id=main>"
	    "<a href=3>3</a></div><div><div class='box header'><a href=4>4</a></div></div><div class=sidebar>"
	    "<div><p><a href=5>5</a></p></div><p><a href=6>6</a></p></div><div id=footer><a href=7>7</a></div>"
	    "<div class='menubar'><a href=8>8</a></div>",
	    expected, ARRAY_LEN(expected));
}

static void
a_header_within_an_article_is_not_the_pages(void **state)
{
	struct fixture f;
	cJSON *links;

	(void)state;
	fixture_open(&f,
	    "<main><article><header><a href=1>1</a></header><footer><a href=2>2</a></footer></article></main>"
	    "<article><header><a href=3>3</a></header></article><footer><a href=4>4</a></footer>",
	    "https://e.org/");
	links = links_read(&f.p);
	assert_string_equal(json_str(cJSON_GetArrayItem(links, 0), "section"), "main");
	assert_string_equal(json_str(cJSON_GetArrayItem(links, 1), "section"), "main");
	assert_null(json_str(cJSON_GetArrayItem(links, 2), "section"));
	assert_string_equal(json_str(cJSON_GetArrayItem(links, 3), "section"), "footer");
	cJSON_Delete(links);
	fixture_close(&f);
}

static void
base_href_is_honoured(void **state)
{
	(void)state;
	check("<base target=_top><base href='/b/'><base href='/no/'><a href=x>x</a>",
	    "https://e.org/dir/page",
	    "[{\"url\":\"https://e.org/b/x\",\"text\":\"x\",\"title\":null,\"rel\":null,\"section\":null}]");
	check("<base href='https://cdn.org/q/'><a href=../x>x</a>", NULL,
	    "[{\"url\":\"https://cdn.org/x\",\"text\":\"x\",\"title\":null,\"rel\":null,\"section\":null}]");
	check("<base href='javascript:1'><a href=x>x</a>", "https://e.org/",
	    "[{\"url\":\"https://e.org/x\",\"text\":\"x\",\"title\":null,\"rel\":null,\"section\":null}]");
}

static void
a_link_in_a_frame_resolves_against_the_frame(void **state)
{
	(void)state;
	check(
	    "<iframe src=/f><template data-riptide-frame='https://frame.org/d/'><a href=x>x</a></template></iframe>"
	    "<a href=y>y</a>",
	    "https://e.org/",
	    "[{\"url\":\"https://frame.org/d/x\",\"text\":\"x\",\"title\":null,\"rel\":null,\"section\":null},"
	    "{\"url\":\"https://e.org/y\",\"text\":\"y\",\"title\":null,\"rel\":null,\"section\":null}]");
}

static void
what_leads_nowhere_is_left_out(void **state)
{
	(void)state;
	check(
	    "<a>x</a><a href=''>x</a><a href='#'>x</a><a href=' JavaScript:void(0)'>x</a><a name=y>x</a>"
	    "<template><a href=/t>t</a></template>",
	    "https://e.org/", "[]");
}

static void
a_picture_link_speaks_by_its_label_or_alt(void **state)
{
	(void)state;
	check(
	    "<a href=/1 aria-label=Home><i></i></a><a href=/2><img src=x alt=' The  logo '></a><map><area href=/3></map>",
	    "https://e.org/",
	    "[{\"url\":\"https://e.org/1\",\"text\":\"Home\",\"title\":null,\"rel\":null,\"section\":null},"
	    "{\"url\":\"https://e.org/2\",\"text\":\"The logo\",\"title\":null,\"rel\":null,\"section\":null},"
	    "{\"url\":\"https://e.org/3\",\"text\":\"\",\"title\":null,\"rel\":null,\"section\":null}]");
}

static void
too_many_links_are_cut_and_said(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct fixture f;
	cJSON *links;

	(void)state;
	for (int i = 0; i < LINKS_MAX + 5; i++)
		buf_str(&html, "<a href=x>x</a>");
	fixture_open(&f, html.p, "https://e.org/");
	links = links_read(&f.p);
	assert_int_equal(cJSON_GetArraySize(links), LINKS_MAX);
	assert_int_equal(f.p.truncated, 1u << PAGE_CAP_LINKS);
	cJSON_Delete(links);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_link_has_url_text_title_rel_and_section),
	    cmocka_unit_test(a_link_of_a_sign_has_the_name_of_the_sign),
	    cmocka_unit_test(the_section_is_the_nearest_landmark),
	    cmocka_unit_test(without_landmarks_the_section_is_told_by_names),
	    cmocka_unit_test(a_header_within_an_article_is_not_the_pages),
	    cmocka_unit_test(base_href_is_honoured),
	    cmocka_unit_test(a_link_in_a_frame_resolves_against_the_frame),
	    cmocka_unit_test(what_leads_nowhere_is_left_out),
	    cmocka_unit_test(a_picture_link_speaks_by_its_label_or_alt),
	    cmocka_unit_test(too_many_links_are_cut_and_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
