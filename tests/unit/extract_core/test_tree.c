// SPDX-License-Identifier: Apache-2.0
// The node tree: building in and out of document order, names, limits, walking, text, serialising.
#include "extract/html/tree_build.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdarg.h>
#include <cmocka.h>

static struct arena arena;
static struct tree t;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)32 << 20);
	return tree_init(&t, &arena, NULL);
}

static int
teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static void
names_are_interned_without_case(void **state)
{
	(void)state;
	assert_int_equal(tree_intern(&t, SV("DIV")), TAG_div);
	uint32_t id = tree_intern(&t, SV("My-Element"));
	assert_true(id >= TAG_KNOWN_COUNT);
	assert_int_equal(tree_intern(&t, SV("my-element")), id);
	assert_string_equal(tree_name(&t, id), "my-element");
	assert_int_equal(tree_name_id(&t, "nowhere"), 0);
}

static void
many_names_survive_rehashing(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_true(tree_intern(&t, sv_from(name)) != 0);
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_string_equal(tree_name(&t, tree_name_id(&t, name)), name);
	}
}

// Names of 16 bytes: whatever the first half becomes by a factor that is known, the second undoes.
static void
names_can_not_be_made_to_share_a_slot(void **state)
{
	const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
	char name[16];
	uint32_t id;
	uint64_t first = 0, same = 0, made = 0;

	(void)state;
	for (uint64_t i = 1; made < 50; i++) {
		uint64_t half = i, other = ((half ^ sizeof(name)) * factor);

		other ^= other >> 32;
		memcpy(name, &half, 8);
		memcpy(name + 8, &other, 8);
		if (name_lower(half) != half || name_lower(other) != other)
			continue;
		made++;
		id = tree_intern(&t, (struct sv){name, sizeof(name)});
		if (first == 0)
			first = t.name_keys[id];
		same += t.name_keys[id] == first;
	}
	assert_int_equal(same, 1);
}

static void
parse(const char *html)
{
	assert_int_equal(html_parse(&t, sv_from(html), &t.lim, NULL), 0);
}

static node_id
sample(void)
{
	parse("<div ID=a><p>one</p><p>two<b>three</b></p></div><hr>");
	return tree_find(&t, 0, TAG_div);
}

static void
a_subtree_is_a_range_and_siblings_are_linked(void **state)
{
	node_id div = sample(), p1 = tree_first_child(&t, div), p2 = t.nodes[p1].next;

	(void)state;
	assert_int_equal(t.nodes[div].end, div + 7);
	assert_int_equal(t.nodes[p1].end, p2);
	assert_int_equal(t.nodes[p2].next, NODE_NONE);
	assert_true(tree_is(&t, t.nodes[div].next, TAG_hr));
	assert_int_equal(t.nodes[0].end, t.n);
	assert_int_equal(t.nodes[p2].depth, t.nodes[div].depth + 1);
}

static node_id
add(struct tree_builder *b, const char *tag, node_id parent, node_id before)
{
	node_id i = build_node(b, NODE_ELEMENT);

	assert_true(i != NODE_NONE);
	t.nodes[i].tag = tree_intern(&t, sv_from(tag));
	build_insert(b, i, parent, before);
	return i;
}

static void
check_html(const char *want)
{
	cleanup_buf got = BUF_INIT;

	for (node_id i = tree_first_child(&t, 0); i != NODE_NONE; i = t.nodes[i].next)
		tree_serialise(&t, i, &got);
	assert_string_equal(got.p, want);
}

static void
neighbouring_texts_merge(void **state)
{
	static const char input[] = "abcd";
	struct tree_builder b;
	node_id p;

	(void)state;
	build_init(&b, &t, SV("abcd"));
	p = add(&b, "p", 0, NODE_NONE);
	build_text(&b, p, NODE_NONE, (struct span){0, 1});
	build_text(&b, p, NODE_NONE, (struct span){1, 1}); // right behind it in the input
	build_text(&b, p, NODE_NONE, (struct span){3, 1});
	build_text(&b, p, NODE_NONE, (struct span){2, 1});
	add(&b, "br", p, NODE_NONE);
	build_text(&b, p, NODE_NONE, (struct span){0, 1});
	build_finish(&b);
	assert_int_equal(t.n, 5);
	check_html("<p>abdc<br>a</p>");
	assert_string_equal(input, "abcd");
}

static void
nodes_that_move_end_up_in_document_order(void **state)
{
	struct tree_builder b;
	node_id div, p, table, i;

	(void)state;
	build_init(&b, &t, SV("xy"));
	div = add(&b, "div", 0, NODE_NONE);
	table = add(&b, "table", div, NODE_NONE);
	p = add(&b, "p", div, table);
	build_text(&b, p, NODE_NONE, (struct span){0, 1});
	build_text(&b, div, table, (struct span){1, 1});
	i = add(&b, "i", table, NODE_NONE);
	assert_int_equal(build_move_children(&b, p, i), 1);
	build_remove(&b, p);
	build_insert(&b, p, 0, div);
	build_finish(&b);
	assert_false(b.failed);
	check_html("<p></p><div>y<table><i>x</i></table></div>");
	for (i = 1; i < t.n; i++)
		assert_true(t.nodes[i].parent < i && t.nodes[i].end > i);
}

static void
elements_of_one_name_are_chained_in_document_order(void **state)
{
	static const char html[] = "<p>1<table><p>2<tr><td><p>3</table><p>4<x-y><svg><p></svg>";
	uint32_t n = 0;

	(void)state;
	parse(html); // the second stands before the table
	for (node_id i = 1, p = tree_first_same(&t, TAG_p); i < t.n; i++) {
		if (!tree_is(&t, i, TAG_p))
			continue;
		assert_int_equal(p, i);
		p = tree_next_same(&t, p);
		n++;
	}
	assert_int_equal(n, 5);
	assert_int_equal(t.same[TAG_p].n, n);
	assert_int_equal(tree_first_same(&t, TAG_h1), NODE_NONE);
}

static void
the_first_of_two_equal_attributes_counts(void **state)
{
	node_id p;

	(void)state;
	parse("<p a=1 A=2 b=''>");
	p = tree_find(&t, 0, TAG_p);
	assert_int_equal(t.nodes[p].n_attrs, 2);
	assert_true(sv_eq_str(tree_get(&t, p, "a"), "1"));
	assert_non_null(tree_get(&t, p, "b").p);
	assert_null(tree_get(&t, p, "c").p);
}

static void
attributes_past_the_limit_are_left_out(void **state)
{
	cleanup_buf html = BUF_INIT;

	(void)state;
	buf_str(&html, "<p ");
	for (int i = 0; i < 2000; i++)
		buf_fmt(&html, "a%d=v a%d=w ", i, i / 2);
	buf_str(&html, ">");
	parse(html.p);
	assert_int_equal(t.nodes[tree_find(&t, 0, TAG_p)].n_attrs, tree_limits_default.max_attrs);
	assert_true(sv_eq_str(tree_get(&t, tree_find(&t, 0, TAG_p), "a511"), "v"));
	assert_null(tree_get(&t, tree_find(&t, 0, TAG_p), "a512").p);
}

static void
too_deep_elements_become_siblings_and_lose_nothing(void **state)
{
	cleanup_buf b = BUF_INIT, html = BUF_INIT;

	(void)state;
	for (int i = 0; i < 2000; i++)
		buf_str(&html, "<div>x");
	for (int i = 0; i < 2000; i++)
		buf_str(&html, "</div>y");
	parse(html.p);
	assert_true(t.depth_limited);
	for (node_id i = 0; i < t.n; i++)
		assert_true(t.nodes[i].depth <= tree_limits_default.max_depth + 1 &&
			    (t.nodes[i].kind == NODE_TEXT ||
				t.nodes[i].depth <= tree_limits_default.max_depth));
	tree_raw_text(&t, 0, &b);
	assert_int_equal(b.n, 4000);
}

static void
the_node_limit_is_an_error_not_a_shorter_page(void **state)
{
	struct tree_builder b;

	(void)state;
	t.lim.max_nodes = 3;
	build_init(&b, &t, SV(""));
	add(&b, "p", 0, NODE_NONE);
	add(&b, "p", 0, NODE_NONE);
	assert_true(build_node(&b, NODE_ELEMENT) == NODE_NONE);
	assert_true(t.node_limited && b.failed);
}

static void
the_walk_enters_and_leaves_every_node_once(void **state)
{
	node_id div = sample();
	struct tree_walk w = tree_walk_init(&t, div);
	cleanup_buf b = BUF_INIT;

	(void)state;
	for (enum walk_event e; (e = tree_walk_next(&w)) != WALK_END;) {
		const struct node *n = &t.nodes[w.i];

		buf_ch(&b, e == WALK_ENTER ? '(' : ')');
		buf_str(&b, n->kind == NODE_TEXT ? "#" : tree_name(&t, n->tag));
	}
	assert_string_equal(b.p, "(div(p(#)#)p(p(#)#(b(#)#)b)p)div");
}

static void
the_walk_can_pass_over_children(void **state)
{
	struct tree_walk w = tree_walk_init(&t, sample());
	int entered = 0;

	(void)state;
	for (enum walk_event e; (e = tree_walk_next(&w)) != WALK_END;) {
		entered += e == WALK_ENTER;
		w.skip = e == WALK_ENTER && tree_is(&t, w.i, TAG_p);
	}
	assert_int_equal(entered, 3);
}

static void
inner_text_has_spaces_between_blocks(void **state)
{
	node_id div = sample();
	cleanup_buf b = BUF_INIT;

	(void)state;
	tree_inner_text(&t, div, &b);
	assert_string_equal(b.p, "one twothree");
}

static void
serialising_escapes_and_closes(void **state)
{
	node_id p;
	cleanup_buf b = BUF_INIT;

	(void)state;
	parse("<p title='a&quot;<&amp;>'>1 &lt; 2 & \"3\"<br><script>a<b</script>");
	p = tree_find(&t, 0, TAG_p);
	tree_serialise(&t, p, &b);
	assert_string_equal(b.p,
	    "<p title=\"a&quot;&lt;&amp;&gt;\">1 &lt; 2 &amp; \"3\"<br><script>a<b</script></p>");
}

static void
hidden_by_attribute_or_style(void **state)
{
	static const struct {
		const char *name, *value;
		bool hidden;
	} cases[] = {
	    {"hidden", "", true},
	    {"hidden", "until-found", false},
	    {"aria-hidden", "true", true},
	    {"aria-hidden", "false", false},
	    {"style", "color:red;DISPLAY : none !important", true},
	    {"style", "visibility:hidden", true},
	    {"style", "display:block", false},
	    {"style", "x-display:none", false},
	};

	cleanup_buf html = BUF_INIT;
	node_id p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		buf_fmt(&html, "<p %s='%s'>", cases[i].name, cases[i].value);
	parse(html.p);
	p = tree_find(&t, 0, TAG_p);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++, p = t.nodes[p].next)
		assert_int_equal(t.nodes[p].flags & NODE_F_HIDDEN ? 1 : 0, cases[i].hidden);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	    T(names_are_interned_without_case),
	    T(many_names_survive_rehashing),
	    T(names_can_not_be_made_to_share_a_slot),
	    T(a_subtree_is_a_range_and_siblings_are_linked),
	    T(neighbouring_texts_merge),
	    T(nodes_that_move_end_up_in_document_order),
	    T(elements_of_one_name_are_chained_in_document_order),
	    T(the_first_of_two_equal_attributes_counts),
	    T(attributes_past_the_limit_are_left_out),
	    T(too_deep_elements_become_siblings_and_lose_nothing),
	    T(the_node_limit_is_an_error_not_a_shorter_page),
	    T(the_walk_enters_and_leaves_every_node_once),
	    T(the_walk_can_pass_over_children),
	    T(inner_text_has_spaces_between_blocks),
	    T(serialising_escapes_and_closes),
	    T(hidden_by_attribute_or_style),
#undef T
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
