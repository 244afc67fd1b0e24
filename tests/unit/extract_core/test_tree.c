// SPDX-License-Identifier: Apache-2.0
// The node tree: building in document order, names, limits, walking, text, serialising.
#include "extract/html/tree.h"

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

// <div id=a><p>one</p><p>two<b>three</b></p></div><hr>
static node_id
sample(void)
{
	node_id div = tree_open(&t, 0, SV("div")), p, b;

	assert_true(tree_attr(&t, div, SV("ID"), SV("a")));
	p = tree_open(&t, div, SV("p"));
	tree_add_text(&t, p, SV("one"));
	tree_close(&t, p);
	p = tree_open(&t, div, SV("p"));
	tree_add_text(&t, p, SV("two"));
	b = tree_open(&t, p, SV("b"));
	tree_add_text(&t, b, SV("three"));
	tree_close(&t, b);
	tree_close(&t, p);
	tree_close(&t, div);
	tree_close(&t, tree_open(&t, 0, SV("hr")));
	tree_finish(&t);
	return div;
}

static void
a_subtree_is_a_range_and_siblings_are_linked(void **state)
{
	node_id div = sample(), p1 = tree_first_child(&t, div), p2 = t.nodes[p1].next;

	(void)state;
	assert_int_equal(t.nodes[div].end, 8);
	assert_int_equal(t.nodes[p1].end, p2);
	assert_int_equal(t.nodes[p2].next, NODE_NONE);
	assert_true(tree_is(&t, t.nodes[div].next, TAG_hr));
	assert_int_equal(t.nodes[0].end, t.n);
	assert_int_equal(t.nodes[p2].depth, 2);
}

static void
neighbouring_texts_merge(void **state)
{
	node_id p = tree_open(&t, 0, SV("p")), text = tree_add_text(&t, p, SV("a"));

	(void)state;
	assert_int_equal(tree_add_text(&t, p, SV("b")), text);
	tree_close(&t, tree_open(&t, p, SV("br")));
	assert_int_not_equal(tree_add_text(&t, p, SV("c")), text);
	assert_true(sv_eq_str(tree_text(&t, text), "ab"));
}

static void
the_first_of_two_equal_attributes_counts(void **state)
{
	node_id p = tree_open(&t, 0, SV("p"));

	(void)state;
	assert_true(tree_attr(&t, p, SV("a"), SV("1")) && tree_attr(&t, p, SV("A"), SV("2")));
	assert_true(tree_attr(&t, p, SV("b"), SV("")));
	assert_int_equal(t.nodes[p].n_attrs, 2);
	assert_true(sv_eq_str(tree_get(&t, p, "a"), "1"));
	assert_non_null(tree_get(&t, p, "b").p);
	assert_null(tree_get(&t, p, "c").p);
}

static void
attributes_past_the_limit_are_left_out(void **state)
{
	node_id p = tree_open(&t, 0, SV("p"));
	char name[16];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		assert_true(tree_attr(&t, p, sv_from(name), SV("v")));
	}
	assert_int_equal(t.nodes[p].n_attrs, tree_limits_default.max_attrs);
}

static void
too_deep_elements_become_siblings_and_lose_nothing(void **state)
{
	node_id parent = 0;
	cleanup_buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		parent = tree_open(&t, parent, SV("i"));
		assert_true(parent != NODE_NONE);
		tree_add_text(&t, parent, SV("x"));
	}
	tree_finish(&t);
	assert_true(t.depth_limited);
	for (node_id i = 0; i < t.n; i++)
		assert_true(t.nodes[i].depth <= tree_limits_default.max_depth + 1);
	tree_raw_text(&t, 0, &b);
	assert_int_equal(b.n, 2000);
}

static void
the_node_limit_is_an_error_not_a_shorter_page(void **state)
{
	(void)state;
	t.lim.max_nodes = 3;
	assert_true(tree_open(&t, 0, SV("p")) != NODE_NONE);
	assert_true(tree_open(&t, 0, SV("p")) != NODE_NONE);
	assert_true(tree_open(&t, 0, SV("p")) == NODE_NONE);
	assert_true(t.node_limited);
}

static void
memory_shortage_gives_no_node(void **state)
{
	struct arena small;
	struct tree s;
	node_id last = 0;

	(void)state;
	arena_init(&small, (size_t)256 << 10);
	assert_int_equal(tree_init(&s, &small, NULL), 0);
	while (last != NODE_NONE && s.n < 1000000)
		last = tree_open(&s, 0, SV("p"));
	assert_true(last == NODE_NONE);
	assert_false(s.node_limited);
	assert_true(small.oom);
	arena_done(&small);
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
	node_id p = tree_open(&t, 0, SV("p"));
	cleanup_buf b = BUF_INIT;

	(void)state;
	assert_true(tree_attr(&t, p, SV("title"), SV("a\"<&>")));
	tree_add_text(&t, p, SV("1 < 2 & \"3\""));
	tree_close(&t, tree_open(&t, p, SV("br")));
	node_id s = tree_open(&t, p, SV("script"));
	tree_add_text(&t, s, SV("a<b"));
	tree_close(&t, s);
	tree_finish(&t);
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

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		node_id p = tree_open(&t, 0, SV("p"));

		assert_true(tree_attr(&t, p, sv_from(cases[i].name), sv_from(cases[i].value)));
		tree_close(&t, p);
	}
	tree_finish(&t);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(t.nodes[i + 1].flags & NODE_F_HIDDEN ? 1 : 0, cases[i].hidden);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	    T(names_are_interned_without_case),
	    T(many_names_survive_rehashing),
	    T(a_subtree_is_a_range_and_siblings_are_linked),
	    T(neighbouring_texts_merge),
	    T(the_first_of_two_equal_attributes_counts),
	    T(attributes_past_the_limit_are_left_out),
	    T(too_deep_elements_become_siblings_and_lose_nothing),
	    T(the_node_limit_is_an_error_not_a_shorter_page),
	    T(memory_shortage_gives_no_node),
	    T(the_walk_enters_and_leaves_every_node_once),
	    T(the_walk_can_pass_over_children),
	    T(inner_text_has_spaces_between_blocks),
	    T(serialising_escapes_and_closes),
	    T(hidden_by_attribute_or_style),
#undef T
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
