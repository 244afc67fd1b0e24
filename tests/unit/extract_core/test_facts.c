// SPDX-License-Identifier: Apache-2.0
// What a browser says of elements is laid beside the elements of the tree; what does not fit is not
// believed, and nothing that stands there can do harm.
#include "extract/facts.h"
#include "base/clock.h"
#include "extract/document.h"
#include "page_fixture.h"
#include "tests/unit/patience.h"

#include <stdio.h>

// --- writing facts as the capture does ---

struct said {
	struct buf bytes;
	uint32_t n;
};

static void
put_word(struct said *s, uint32_t v)
{
	buf_ch(&s->bytes, (char)(v & 255));
	buf_ch(&s->bytes, (char)(v >> 8 & 255));
}

static void
say(struct said *s, const char *name, unsigned state)
{
	uint32_t h = 0;

	for (; *name; name++)
		h = (h * 31 + (unsigned char)*name) & 0xffff;
	put_word(s, h % 61 | state << 6);
	s->n++;
}

static void
say_box(
    struct said *s, const char *name, unsigned state, int x, int y, unsigned width, unsigned height)
{
	say(s, name, state | BOX_MEASURED);
	put_word(s, (uint32_t)(x + 16384));
	put_word(s, width);
	put_word(s, (uint32_t)(y + 65536) & 65535);
	put_word(s, (uint32_t)(y + 65536) >> 16);
	put_word(s, height);
}

static void
say_all(struct said *s, const char *names, unsigned state)
{
	cleanup_free char *copy = xstrdup(names);

	for (char *save = NULL, *name = strtok_r(copy, " ", &save); name;
	     name = strtok_r(NULL, " ", &save))
		say(s, name, state);
}

// The object, and the bytes are done with.
static cJSON *
facts_of(struct said *s, const char *values)
{
	cleanup_buf text = BUF_INIT;
	cJSON *o = json_obj(), *v = cJSON_Parse(values ? values : "[]");

	buf_base64(&text, s->bytes.p, s->bytes.n);
	json_set_sv(o, "elements", buf_view(&text));
	json_set(o, "values", v);
	json_set(o, "viewport", cJSON_Parse("[1280, 800, 1280, 3000]"));
	buf_done(&s->bytes);
	return o;
}

static const struct boxes *
apply(struct fixture *f, struct said *s, const char *values)
{
	cJSON *facts = facts_of(s, values);
	const struct boxes *b = facts_apply(facts, &f->t);

	cJSON_Delete(facts);
	return b;
}

static bool
is_hidden(const struct fixture *f, enum tag_id tag)
{
	return f->t.nodes[tree_find(&f->t, 0, tag)].flags & NODE_F_HIDDEN;
}

// --- what is believed ---

static void
marks_what_is_not_shown(void **state UNUSED)
{
	struct said s = {0};
	struct fixture f;
	const struct boxes *b;

	fixture_open(&f, "<body><p>a</p><div>b</div><nav><a>c</a></nav>", NULL);
	say_box(&s, "p", BOX_SEEN | BOX_FONT, 8, 21, 1264, 37);
	put_word(&s, 32);
	say(&s, "div", BOX_NONE);
	say(&s, "a", BOX_NONE | BOX_UP);
	put_word(&s, 1);
	b = apply(&f, &s, NULL);
	assert_non_null(b);
	assert_false(is_hidden(&f, TAG_p));
	assert_true(is_hidden(&f, TAG_div));
	assert_true(is_hidden(&f, TAG_nav));
	{
		const struct box *p = &b->of[tree_find(&f.t, 0, TAG_p)];

		assert_int_equal(p->x, 8);
		assert_int_equal(p->y, 21);
		assert_int_equal(p->width, 1264);
		assert_int_equal(p->height, 37);
		assert_int_equal(p->font, 32);
	}
	assert_int_equal(b->width, 1280);
	assert_int_equal(b->page_height, 3000);
	fixture_close(&f);
}

static void
the_visible_in_the_invisible_stays(void **state UNUSED)
{
	struct said s = {0};
	struct fixture f;

	fixture_open(&f, "<body><div>b<p>a</p></div><nav>c<a>d</a></nav>", NULL);
	say(&s, "div", BOX_UNSEEN);
	say(&s, "p", BOX_SEEN);
	say_all(&s, "nav a", BOX_UNSEEN);
	assert_non_null(apply(&f, &s, NULL));
	assert_false(is_hidden(&f, TAG_div));
	assert_true(is_hidden(&f, TAG_nav));
	fixture_close(&f);
}

static void
boxes_in_frames_are_told_from_their_corner(void **state UNUSED)
{
	struct said s = {0};
	struct fixture f;
	const struct boxes *b;

	fixture_open(&f,
	    "<body><iframe><template data-riptide-frame=\"http://a/\"><html><head></head><body>"
	    "<p>a</p></body></html></template></iframe>",
	    NULL);
	say_box(&s, "div", BOX_FRAME, 100, 200, 300, 400);
	say_box(&s, "p", 0, 10, 20, 30, 40);
	b = apply(&f, &s, NULL);
	assert_non_null(b);
	assert_int_equal(b->of[tree_find(&f.t, 0, TAG_p)].x, 110);
	assert_int_equal(b->of[tree_find(&f.t, 0, TAG_p)].y, 220);
	fixture_close(&f);
}

static void
boxes_far_down_stay_in_range(void **state UNUSED)
{
	struct said s = {0};
	struct fixture f;
	const struct boxes *b;

	fixture_open(
	    &f, "<iframe><template data-riptide-frame=x><p>a</p></template></iframe>", NULL);
	say_box(&s, "div", BOX_FRAME, 0, 2000000000, 300, 200);
	say_box(&s, "p", BOX_SEEN, 0, 2147000000, 300, 20);
	b = apply(&f, &s, NULL);
	assert_non_null(b);
	assert_int_equal(b->of[tree_find(&f.t, 0, TAG_p)].y, 1 << 24);
	fixture_close(&f);
}

// Texts in a <table> that a script put there stand before it after parsing.
static void
elements_in_other_places_are_passed_over(void **state UNUSED)
{
	struct said s = {0};
	struct fixture f;

	fixture_open(&f,
	    "<body><b>c</b><ul><li>c<li>d<li>e<li>f<li>g<li>h<li>i<li>j<li>k</ul><noscript><b>x</b>"
	    "</noscript><p> </p><script>s</script><h1>i</h1>",
	    NULL);
	say_all(&s, "em b li li li li li li li li li", BOX_SEEN);
	say(&s, "h1", BOX_NONE);
	assert_non_null(apply(&f, &s, NULL));
	assert_true(is_hidden(&f, TAG_h1));
	assert_false(is_hidden(&f, TAG_ul));
	fixture_close(&f);
}

static void
form_controls_have_the_values_of_now(void **state UNUSED)
{
	struct said s = {0};
	struct fixture f;
	node_id input, text, option;

	fixture_open(&f,
	    "<body><input id=a value=old checked><textarea>old</textarea><select><option>o</select>",
	    NULL);
	say_all(&s, "input textarea option", 0);
	assert_non_null(apply(&f, &s,
	    "[[0,\"value\",\"new\"],[0,\"unchecked\",\"\"],[1,\"text\",\"typed\"],[2,\"selected\",\"\"]]"));
	input = tree_find(&f.t, 0, TAG_input);
	text = tree_find(&f.t, 0, TAG_textarea);
	option = tree_find(&f.t, 0, TAG_option);
	assert_sv(tree_get(&f.t, input, "value"), "new");
	assert_sv(tree_get(&f.t, input, "id"), "a");
	assert_null(tree_get(&f.t, input, "checked").p);
	assert_sv(tree_get(&f.t, text, "value"), "typed");
	assert_sv(tree_text(&f.t, text + 1), "typed");
	assert_non_null(tree_get(&f.t, option, "selected").p);
	fixture_close(&f);
}

static void
what_is_typed_into_blanks_is_no_blank(void **state UNUSED)
{
	struct said s = {0};
	struct fixture f;
	node_id text;

	fixture_open(&f, "<body><textarea>  \t </textarea>", NULL);
	text = tree_find(&f.t, 0, TAG_textarea) + 1;
	assert_true(f.t.nodes[text].flags & NODE_F_BLANK);
	say_all(&s, "textarea", 0);
	assert_non_null(apply(&f, &s, "[[0,\"text\",\"typed\"]]"));
	assert_sv(tree_text(&f.t, text), "typed");
	assert_false(f.t.nodes[text].flags & NODE_F_BLANK);
	fixture_close(&f);
}

// --- what is not ---

static void
nothing_is_believed_of_another_document(void **state UNUSED)
{
	struct said s = {0};
	struct fixture f;

	fixture_open(&f, "<body><p>a</p><p>b</p><p>c</p><p>d</p>", NULL);
	say_all(&s, "td td td td h1 h2 h3", BOX_NONE);
	assert_null(apply(&f, &s, NULL));
	assert_false(is_hidden(&f, TAG_p));
	assert_false(is_hidden(&f, TAG_body));
	fixture_close(&f);
}

static void
marks_of_the_page_are_no_facts(void **state UNUSED)
{
	struct said s = {0};
	struct fixture f;

	// A page's own <template> of that name becomes a <div>; the browser says what it is.
	fixture_open(&f,
	    "<body><iframe><template data-riptide-frame=\"http://a/\"><p>a</p></template></iframe>"
	    "<p data-riptide-hidden=\"1\">b</p>",
	    NULL);
	say_all(&s, "p p", BOX_SEEN);
	(void)apply(&f, &s, NULL);
	assert_false(is_hidden(&f, TAG_p));
	fixture_close(&f);
}

static void
malformed_facts_are_none(void **state UNUSED)
{
	static const char *const cases[] = {
	    "null",
	    "[]",
	    "{}",
	    "{\"elements\": 5}",
	    "{\"elements\": \"\"}",
	    "{\"elements\": \"A\"}",
	    "{\"elements\": \"AAAA\"}",     // odd bytes
	    "{\"elements\": \"!!!!\"}",     // no base64
	    "{\"elements\": \"//8=\"}",     // no name, no state
	    "{\"elements\": \"AAgAAA==\"}", // a box without its numbers
	    "{\"elements\": {\"a\": 1}, \"values\": 7, \"viewport\": \"x\"}",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f;
		cJSON *v = cJSON_Parse(cases[i]);

		fixture_open(&f, "<body><p>a</p>", NULL);
		if (facts_apply(v, &f.t))
			fail_msg("%s is believed", cases[i]);
		assert_false(is_hidden(&f, TAG_p));
		cJSON_Delete(v);
		fixture_close(&f);
	}
}

static void
values_that_make_no_sense_change_nothing(void **state UNUSED)
{
	static const char *const cases[] = {"[[-1,\"value\",\"x\"]]", "[[1e300,\"value\",\"x\"]]",
	    "[[3.7e9,\"value\",\"x\"]]", "[[\"0\",\"value\",\"x\"]]", "[[0,\"value\"]]",
	    "[[0,\"onclick\",\"x\"]]", "[[2,\"value\",\"x\"]]", "[[0,\"text\",\"x\"]]", "[3,4]",
	    "{\"a\":[0,\"unchecked\",5]}"};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct said s = {0};
		struct fixture f;

		fixture_open(&f, "<body><input value=old>", NULL);
		say_all(&s, "input", 0);
		assert_non_null(apply(&f, &s, cases[i]));
		assert_sv(tree_get(&f.t, tree_find(&f.t, 0, TAG_input), "value"), "old");
		fixture_close(&f);
	}
}

static void
records_beyond_the_limit_are_refused(void **state UNUSED)
{
	struct said s = {0};
	struct fixture f;

	fixture_open(&f, "<body><p>a</p>", NULL);
	for (uint32_t i = 0; i <= FACTS_ELEMENTS_MAX; i++)
		say(&s, "p", BOX_NONE);
	assert_null(apply(&f, &s, NULL));
	fixture_close(&f);
}

// Two documents that agree nowhere for long must not cost more than their length.
static void
what_never_agrees_ends_soon(void **state UNUSED)
{
	cleanup_buf html = BUF_INIT;
	struct said s = {0};
	struct fixture f;
	int64_t start;

	for (int i = 0; i < 14000; i++) {
		buf_str(&html, i % 2 ? "<p>a</p>" : "<b></b>");
		say(&s, i % 3 ? "p" : "i", 0);
	}
	fixture_open(&f, html.p, NULL);
	start = cpu_ms();
	(void)apply(&f, &s, NULL);
	assert_true(cpu_ms() - start < patient_ms(500));
	fixture_close(&f);
}

// Deep in an element that is not shown, what a click may open is looked for in linear time.
static void
what_is_deep_in_the_hidden_ends_soon(void **state UNUSED)
{
	cleanup_buf html = BUF_INIT;
	struct extract_input in = {.url = "https://example.org/", .charset = "utf-8"};
	cJSON *none = json_obj(), *facts = NULL, *doc = NULL;
	struct extract_options *options = NULL;
	struct said s = {0};
	struct arena a;
	int64_t start;

	for (int i = 0; i < 480; i++)
		buf_str(&html, "<div>");
	for (int i = 0; i < 9000; i++)
		buf_str(&html, "<p>x y");
	say(&s, "p", BOX_NONE | BOX_UP);
	put_word(&s, 480);
	for (int i = 1; i < 9000; i++)
		say(&s, "p", 0);
	facts = facts_of(&s, NULL);
	arena_init(&a, (size_t)1 << 30);
	assert_int_equal(extract_options_read(none, &a, "extract", &options, NULL), 0);
	in.html = buf_view(&html);
	in.facts = facts;
	in.options = options;
	start = cpu_ms();
	assert_int_equal(extract_document(&in, &a, &doc, NULL), 0);
	assert_true(cpu_ms() - start < patient_ms(1000));
	cJSON_Delete(doc);
	cJSON_Delete(facts);
	cJSON_Delete(none);
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(marks_what_is_not_shown),
	    cmocka_unit_test(the_visible_in_the_invisible_stays),
	    cmocka_unit_test(boxes_in_frames_are_told_from_their_corner),
	    cmocka_unit_test(boxes_far_down_stay_in_range),
	    cmocka_unit_test(elements_in_other_places_are_passed_over),
	    cmocka_unit_test(form_controls_have_the_values_of_now),
	    cmocka_unit_test(what_is_typed_into_blanks_is_no_blank),
	    cmocka_unit_test(nothing_is_believed_of_another_document),
	    cmocka_unit_test(marks_of_the_page_are_no_facts),
	    cmocka_unit_test(malformed_facts_are_none),
	    cmocka_unit_test(values_that_make_no_sense_change_nothing),
	    cmocka_unit_test(records_beyond_the_limit_are_refused),
	    cmocka_unit_test(what_never_agrees_ends_soon),
	    cmocka_unit_test(what_is_deep_in_the_hidden_ends_soon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
