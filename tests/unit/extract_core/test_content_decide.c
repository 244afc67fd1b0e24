// SPDX-License-Identifier: Apache-2.0
// From probabilities to kept blocks: the threshold, copies, headings, things that are whole.
#include "content_testing.h"
#include "extract/content/keep/keep.h"

struct blocks_fixture {
	struct page_fixture page;
	struct finder d;
	uint8_t p[32], kept[32];
};

static void
blocks_open(struct blocks_fixture *f, const char *html)
{
	struct err err = ERR_INIT;

	memset(f, 0, sizeof(*f));
	page_open(&f->page, html, true);
	f->d.t = &f->page.t;
	assert_int_equal(features_init(&f->d.f, &f->page.t, &f->page.a, &f->d.blocks, &err), 0);
	assert_true(f->d.blocks.n <= sizeof(f->p));
}

static void
assert_kept(const struct blocks_fixture *f, const char *expected) // "101": a digit per block
{
	char got[33] = "";

	for (uint32_t i = 0; i < f->d.blocks.n; i++)
		got[i] = (char)('0' + f->kept[i]);
	assert_string_equal(got, expected);
}

static void
set(uint8_t *bytes, const char *digits, uint8_t unit)
{
	for (size_t i = 0; digits[i]; i++)
		bytes[i] = (uint8_t)((digits[i] - '0') * unit);
}

static void
texts_become_blocks_at_block_level_tags(void **state)
{
	struct blocks_fixture f;

	(void)state;
	blocks_open(&f, "<p>one <b>two</b><br>three</p><div>four<p>five</p>six</div>- <p>|</p>"
			"<script>no</script><button>seven</button><select><option>no</select>");
	assert_int_equal(f.d.blocks.n, 5);
	assert_int_equal(f.d.blocks.list[0].s.words, 3);
	assert_int_equal(f.d.blocks.list[3].s.words, 1);
	assert_true(f.d.blocks.list[4].circumstances & IN_CONTROL);
	page_close(&f.page);
}

// Those that were hashed as the texts were read, and those of texts that have to be read again.
static void
words_of_blocks_are_those_between_their_ends(void **state)
{
	static const struct {
		const char *html, *words; // of the last block
		bool again;
	} cases[] = {
	    {"<p>One <b>TWO</b>thr33 <i>| -</i>", "one two thr33", false},
	    {"<p>x y<p>a b c d e f g h i <b>j k l</b> m n", "a b c d e f g h i j k l m n", false},
	    {"<div>x<p>- |</p>y z</div>", "y z", false},
	    {"<p>one <script>no</script>two", "two", false}, // <script> parts blocks
	    {"<p>caf\xc3\xa9 x", "caf\xc3\xa9 x", true},
	    {"<p>one\xc2\xa0two x", "one\xc2\xa0two x", true}, // one word
	    {"<p>one <canvas>no</canvas> two", "one no two", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t wanted[32], got[32];
		size_t n = text_words(sv_from(cases[i].words), wanted, ARRAY_LEN(wanted));
		struct blocks_fixture f;
		uint32_t last;

		blocks_open(&f, cases[i].html);
		last = f.d.blocks.n - 1;
		assert_int_equal(
		    f.d.blocks.list[last].passed || f.d.blocks.list[last].s.wide, cases[i].again);
		assert_int_equal(blocks_words(&f.d.blocks, last, got, ARRAY_LEN(got)), n);
		assert_memory_equal(got, wanted, n * sizeof(*got));
		assert_int_equal(blocks_words(&f.d.blocks, last, got, 1), 1);
		page_close(&f.page);
	}
}

// More words than there is room for at first, in one text and in many.
static void
many_words_are_kept(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct page_fixture p;
	struct blocks b;
	struct features f;
	struct err err = ERR_INIT;
	uint32_t word, got[10001];

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		buf_str(&html, "a ");
	for (unsigned i = 0; i < 10000; i++)
		buf_str(&html, "<p>b");
	page_open_sv(&p, buf_view(&html), true);
	assert_int_equal(features_init(&f, &p.t, &p.a, &b, &err), 0);
	assert_int_equal(b.n, 10001);
	assert_int_equal(blocks_words(&b, 0, got, ARRAY_LEN(got)), 10000);
	assert_int_equal(text_words(SV("a"), &word, 1), 1);
	assert_int_equal(got[0], word);
	assert_int_equal(got[9999], word);
	assert_int_equal(blocks_words(&b, 10000, got, ARRAY_LEN(got)), 1);
	assert_int_equal(text_words(SV("b"), &word, 1), 1);
	assert_int_equal(got[0], word);
	page_close(&p);
}

#define W4 "<p>a b c d</p>"

static void
the_threshold_is_lower_where_the_model_is_unsure(void **state)
{
	struct blocks_fixture f;
	double expected;

	(void)state;
	blocks_open(&f, W4 W4 W4);
	set(f.p, "953", 25); // .9 .5 .3: what is sure makes .3 not worth it
	content_decide(&f.d.blocks, f.p, false, f.kept, &expected);
	assert_kept(&f, "110");
	assert_true(expected > 0.7 && expected < 0.9);
	set(f.p, "444", 25);
	content_decide(&f.d.blocks, f.p, false, f.kept, &expected);
	assert_kept(&f, "111");
	set(f.p, "222", 25); // but never so low
	content_decide(&f.d.blocks, f.p, false, f.kept, &expected);
	assert_kept(&f, "000");
	page_close(&f.page);
}

static void
articles_are_cut_closer_where_that_costs_nothing(void **state)
{
	struct blocks_fixture f;
	double expected;

	(void)state;
	blocks_open(&f, "<p>a b c d e f g h i j k l m n o p q r s t</p><p>u</p>");
	set(f.p, "96", 25);
	content_decide(&f.d.blocks, f.p, false, f.kept, &expected);
	assert_kept(&f, "11");
	content_decide(&f.d.blocks, f.p, true, f.kept, &expected);
	assert_kept(&f, "10");
	set(f.p, "59", 25); // most of the page is unsure
	content_decide(&f.d.blocks, f.p, true, f.kept, &expected);
	assert_kept(&f, "11");
	page_close(&f.page);
}

static void
an_empty_mount_beside_nothing_sure_is_a_shell(void **state)
{
	static const struct {
		const char *html, *probabilities;
		bool shell;
	} cases[] = {
	    {"<div id=root> <!-- --> </div><p>a b c d</p><p>e f g h</p>", "37", true},
	    {"<div id=root> <!-- --> </div><p>a b c d</p><p>e f g h</p>", "38", false},
	    {"<div id=root><p>a b c d</p></div><p>e f g h</p>", "33", false},
	    {"<div id=root><img></div><p>e f g h</p>", "3", false},
	    {"<div id=toast></div><p>a b c d</p><p>e f g h</p>", "33", false},
	    {"<main id=__NEXT></main><p>a b c d</p>", "3", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct blocks_fixture f;

		blocks_open(&f, cases[i].html);
		assert_int_equal(f.d.blocks.n, strlen(cases[i].probabilities));
		set(f.p, cases[i].probabilities, 25);
		assert_int_equal(content_is_shell(&f.d, f.p), cases[i].shell);
		page_close(&f.page);
	}
}

static void
the_likeliest_of_equal_blocks_stays(void **state)
{
	struct blocks_fixture f;
	struct groups texts;
	uint32_t keys[32];

	(void)state;
#define LONG "one two three four five six seven eight nine"
	blocks_open(&f, "<div><p>" LONG "</p></div><div><p>" LONG "</p><p>" LONG
			"</p></div><p>x</p><p>x</p><table><tr><td>" LONG "<td>" LONG "</table>");
	for (uint32_t i = 0; i < f.d.blocks.n; i++)
		keys[i] = f.d.blocks.list[i].s.hash;
	assert_true(groups_by(&texts, &f.d.blocks, keys, &f.page.a));
	set(f.p, "5655555", 25);
	set(f.kept, "1111111", 1);
	assert_true(content_drop_copies(&f.d.blocks, &texts, f.p, f.kept, &f.page.a));
	assert_kept(&f, "0111111"); // side by side they were written so, and so in a table
	page_close(&f.page);
}

static void
what_a_longer_block_says_too_goes(void **state)
{
	static const struct {
		const char *html, *expected;
	} cases[] = {
	    {"<div><p>" LONG "</p></div><div><p>zero " LONG " ten</p></div>", "01"},
	    {"<div><p>zero " LONG " ten</p></div><div><p>" LONG "</p></div>", "10"},
	    {"<div><p>" LONG "</p><p>zero " LONG " ten</p></div>", "11"},         // side by side
	    {"<div><p>five six seven</p></div><div><p>" LONG "</p></div>", "11"}, // short
	    {"<div><p>" LONG "</p></div><div><p>one two three four five and six seven eight nine"
	     "</p></div>",
		"11"},
	    {"<div><p>" LONG "</p></div><div><p>x one two three four five six y</p></div>"
	     "<div><p>z four five six seven eight nine w</p></div>",
		"111"}, // two halves
	    {"<div><p>" LONG "</p></div><div><p>x " LONG "</p></div><div><p>x " LONG " y</p></div>",
		"001"},
	    {"<div><p>" LONG " \u2013 \u2013 \u2013 \u2013 z</p></div><div><p>x " LONG
	     " y</p></div>"
	     "<div><p>" LONG " and four words more</p></div>",
		"111"}, // dashes take no room from the last
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct blocks_fixture f;

		blocks_open(&f, cases[i].html);
		set(f.p, "555", 25);
		set(f.kept, "111", 1);
		assert_true(content_drop_contained(&f.d.blocks, f.kept, &f.page.a));
		assert_kept(&f, cases[i].expected);
		page_close(&f.page);
	}
}

// Of a page as long as a book, too; what lies beyond that stays.
static void
so_does_what_a_long_page_says_twice(void **state)
{
	static const struct {
		uint32_t words;
		const char *expected;
	} cases[] = {{100000, "1101"}, {1100000, "1111"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup_buf html = BUF_INIT;
		struct blocks_fixture f;

		buf_str(&html, "<div><p>some words that nobody says a second time</p></div><p>");
		for (uint32_t k = 0; k < cases[i].words; k++)
			buf_fmt(&html, "w%u ", k);
		buf_str(&html, "</p><div><p>" LONG "</p></div><div><p>x " LONG " y</p></div>");
		blocks_open(&f, html.p);
		set(f.kept, "1111", 1);
		assert_true(content_drop_contained(&f.d.blocks, f.kept, &f.page.a));
		assert_kept(&f, cases[i].expected);
		page_close(&f.page);
	}
}

// What is unsure may be content all together or not at all: much that is a little less likely than
// not is left out, though a mean would have it.
static void
much_that_is_unsure_together_is_left_out(void **state)
{
	struct blocks_fixture f;
	double expected;

	(void)state;
	blocks_open(&f, "<p>a b c d</p>"
			"<p>a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f</p>");
	set(f.p, "93", 25); // each by itself, both would be kept: .54 against .42
	content_decide(&f.d.blocks, f.p, false, f.kept, &expected);
	assert_kept(&f, "10");
	page_close(&f.page);
}

static void
repair(const char *html, const char *probabilities, const char *kept, const char *expected)
{
	struct blocks_fixture f;

	blocks_open(&f, html);
	set(f.p, probabilities, 25);
	set(f.kept, kept, 1);
	assert_int_equal(f.d.blocks.n, strlen(kept));
	assert_true(content_repair(&f.d.f, f.p, f.kept, &f.page.a));
	assert_kept(&f, expected);
	page_close(&f.page);
}

static void
headings_stay_with_what_they_head(void **state)
{
	(void)state;
	repair("<h2>A</h2><p>x</p><h2>B</h2><h2>C</h2><p>y</p>", "99599", "11111", "11011");
	repair("<h2>A</h2><h3>B</h3><p>x</p>", "999", "111", "111");
	repair("<h2>A</h2><p>x</p>", "49", "01", "11");
	repair("<h2>A</h2><p>x</p>", "19", "01", "01");
	repair("<h1>A</h1><p>x</p>", "90", "10", "10"); // a title needs nothing below it
}

static void
tables_and_lists_are_whole_or_not_there(void **state)
{
	(void)state;
#define TEXT "<p>a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f</p>"
	repair(TEXT "<ul><li>a b<li>c d<li>e f<li>g h</ul>", "99919", "11101", "11111");
	repair(
	    TEXT "<ul><li>a b c d e f g h i j k<li>c<li>e f g h i j</ul>", "9191", "1010", "1000");
	repair(TEXT "<ul><li>a b<li>c d</ul>", "991", "110", "110");
	// a table with most of the page is its layout
	repair("<table><tr><td>a b c d e f<td>g</table>", "91", "10", "10");
}

static void
between(const char *html, const char *probabilities, const char *kept, const char *expected)
{
	struct blocks_fixture f;

	blocks_open(&f, html);
	set(f.p, probabilities, 25);
	set(f.kept, kept, 1);
	assert_int_equal(f.d.blocks.n, strlen(kept));
	assert_true(content_between(&f.d.f, f.p, f.kept, &f.page.a));
	assert_kept(&f, expected);
	page_close(&f.page);
}

static void
what_stands_between_kept_blocks_is_kept(void **state)
{
	(void)state;
	between("<p>a</p><pre>x = 1</pre><p>b</p>", "939", "101", "111");
	between("<p>a</p><div><figure><pre>x</pre></figure></div><figure>y</figure><p>b</p>",
	    "9349", "1001", "1111");
	between("<p>a</p><p>x</p><p>x</p><p>b</p>", "9449", "1001", "1111");
	between("<div hidden><p>a</p><pre>x</pre><p>b</p></div>", "939", "101", "111");
	between("<p>a</p><pre hidden>x</pre><p>b</p>", "939", "101", "101");
	between("<p>a</p><p>x</p><p>b</p>", "939", "101", "101"); // of code the models know less
	between("<p>a</p><pre>x</pre><p>b</p>", "919", "101", "101"); // surely none
	between("<p>a</p><pre>x</pre><p>b</p>", "939", "100", "100"); // at an end of it
	between("<p>a</p><div>x</div><p>b</p>", "939", "101", "101");
	between("<p>a</p><figure><a href=/>x</a></figure><p>b</p>", "939", "101", "101");
	// the next kept block is elsewhere
	between("<div><p>a</p><pre>x</pre></div><p>b</p>", "939", "101", "101");
}

static void
posts_of_social_networks_stay_with_what_is_around_them(void **state)
{
#define TWEET                                                                                      \
	"<blockquote class='twitter-tweet x'><p>a b c</p>\u2014 Ann <a href=/1>May 2</a></blockquote>"
	static const struct {
		const char *html, *kept, *expected;
	} cases[] = {
	    {"<p>x</p>" TWEET "<script></script><p>y</p>", "1001", "1111"},
	    {"<p>x</p><figure><div>" TWEET "</div></figure><p>y</p>", "1001", "1111"},
	    {"<p>x</p>" TWEET TWEET "<p>y</p>", "100001", "111111"},
	    {"<div><p>x</p>" TWEET "</div><p>y</p>", "1000", "1110"},           // the last
	    {"<p>x</p>" TWEET "<p>y</p>", "1000", "1000"},                      // where it ends
	    {"<p>x</p><div>" TWEET "</div><div>y</div>", "1010", "1110"},       // half of it
	    {"<p>x</p><div>" TWEET "<p>z</p></div><p>y</p>", "10001", "10001"}, // something else
	    {"<p>x</p><blockquote hidden class=twitter-tweet><p>a</p></blockquote><p>y</p>", "101",
		"101"},
	    {"<p>x</p><blockquote class=pull><p>a</p></blockquote><p>y</p>", "101", "101"},
	    {TWEET, "00", "00"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct blocks_fixture f;

		blocks_open(&f, cases[i].html);
		assert_int_equal(f.d.blocks.n, strlen(cases[i].kept));
		set(f.kept, cases[i].kept, 1);
		content_keep_posts(&f.d.f, f.kept);
		assert_kept(&f, cases[i].expected);
		page_close(&f.page);
	}
}

// Below enough words of the page's own, comments are what readers added.
static void
comments_go_when_the_page_says_something_itself(void **state)
{
	static const struct {
		unsigned words; // of the page's own paragraph
		const char *expected;
	} cases[] = {{100, "1001"}, {20, "1111"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup_buf html = BUF_INIT;
		cleanup_free uint8_t *rows = xcalloc(4, SECOND_COUNT);
		struct blocks_fixture f;
		struct signals s = {.b = &f.d.blocks, .rows = rows};

		buf_str(&html, "<p>");
		for (unsigned k = 0; k < cases[i].words; k++)
			buf_str(&html, "word ");
		buf_str(&html, "</p><p>a reader</p><p>another</p><p>the end</p>");
		blocks_open(&f, html.p);
		rows[1 * SECOND_COUNT + BLOCK_marks + KW_COMMENT] = 1;
		rows[2 * SECOND_COUNT + BLOCK_marks + KW_COMMENT] = 3;
		set(f.kept, "1111", 1);
		content_drop_comments(&s, f.kept);
		assert_kept(&f, cases[i].expected);
		page_close(&f.page);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_become_blocks_at_block_level_tags),
	    cmocka_unit_test(words_of_blocks_are_those_between_their_ends),
	    cmocka_unit_test(many_words_are_kept),
	    cmocka_unit_test(the_threshold_is_lower_where_the_model_is_unsure),
	    cmocka_unit_test(articles_are_cut_closer_where_that_costs_nothing),
	    cmocka_unit_test(an_empty_mount_beside_nothing_sure_is_a_shell),
	    cmocka_unit_test(the_likeliest_of_equal_blocks_stays),
	    cmocka_unit_test(what_a_longer_block_says_too_goes),
	    cmocka_unit_test(so_does_what_a_long_page_says_twice),
	    cmocka_unit_test(comments_go_when_the_page_says_something_itself),
	    cmocka_unit_test(posts_of_social_networks_stay_with_what_is_around_them),
	    cmocka_unit_test(much_that_is_unsure_together_is_left_out),
	    cmocka_unit_test(headings_stay_with_what_they_head),
	    cmocka_unit_test(tables_and_lists_are_whole_or_not_there),
	    cmocka_unit_test(what_stands_between_kept_blocks_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
