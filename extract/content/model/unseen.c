// SPDX-License-Identifier: Apache-2.0
// Which blocks a browser does not show. Runs in the extractor's worker; linear.
#include "extract/content/model/unseen.h"

#define UNSEEN_SHARE 4 // a quarter of the content: such a page is not what its authors meant
#define OPENED_BITS  8192
struct opened {
	uint64_t bits[OPENED_BITS / 64];
};

struct view {
	struct opened *opened;
	uint64_t panels; // families of names that say the same
	const struct boxes *x;
	const struct signals *s;
};

// --- what a click opens ---

// Tab panels, accordions and menus are hidden until a control opens them, and what such a control
// may name is no less content than the rest. The ids that controls name, as bits of their hashes.
static uint32_t
id_bit(struct sv id)
{
	uint32_t h = WORD_HASH_START;

	for (size_t i = 0; i < id.n; i++)
		h = word_hash_add(h, (unsigned char)id.p[i]);
	return h % OPENED_BITS;
}

static void
note_ids(struct opened *o, struct sv list)
{
	while (list.n > 0) {
		size_t n = 0;

		while (n < list.n && list.p[n] != ' ')
			n++;
		if (n > 0) {
			uint32_t bit = id_bit((struct sv){list.p, n});

			o->bits[bit / 64] |= UINT64_C(1) << bit % 64;
		}
		n += n < list.n;
		list = (struct sv){list.p + n, list.n - n};
	}
}

static void
find_opened(const struct tree *t, struct opened *o)
{
	const uint32_t names[] = {tree_name_id(t, "aria-controls"), tree_name_id(t, "data-target"),
	    tree_name_id(t, "data-bs-target"), ATTR_href};

	for (uint32_t k = 0; k < t->n_attrs; k++) {
		struct sv v = tree_attr_value(t, &t->attrs[k]);

		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			if (t->attrs[k].name != names[i] || names[i] == 0 || v.n < 2)
				continue;
			if (v.p[0] == '#')
				note_ids(o, (struct sv){v.p + 1, v.n - 1});
			else if (i == 0)
				note_ids(o, v);
		}
	}
}

static bool
is_opened(const struct view *v, node_id i)
{
	struct sv id = tree_get_id(v->s->b->t, i, ATTR_id);
	uint32_t bit = id.n > 0 ? id_bit(id) : 0;

	if (v->s->d->f.families[i] & v->panels)
		return true;
	return id.n > 0 && v->opened->bits[bit / 64] >> bit % 64 & 1;
}

// --- what is not shown ---

// The next element around it that is known to be shown, or not to be; or the root.
static node_id
known_around(const struct boxes *x, const struct tree *t, node_id i)
{
	do
		i = t->nodes[i].parent;
	while (i != 0 && i != NODE_NONE && !(x->of[i].state & (BOX_NONE | BOX_UNSEEN | BOX_SEEN)));
	return i;
}

// An element that is not shown, up to the next one whose state was asked for.
static bool
is_unseen(const struct boxes *x, const struct tree *t, node_id text)
{
	node_id i = known_around(x, t, text);

	return i != 0 && i != NODE_NONE && x->of[i].state & (BOX_NONE | BOX_UNSEEN);
}

static bool
all_unseen(const struct boxes *x, const struct tree *t, const struct block *k)
{
	for (node_id n = k->first; n <= k->last; n++)
		if (t->nodes[n].kind == NODE_TEXT && sv_trim(tree_text(t, n)).n > 0 &&
		    !is_unseen(x, t, n))
			return false;
	return true;
}

// Something between the text and the element for which it is not shown is what a control opens.
static bool
may_be_opened(const struct view *v, node_id text)
{
	const struct tree *t = v->s->b->t;
	node_id known = text;

	for (node_id i = t->nodes[text].parent; i != 0 && i != NODE_NONE; i = t->nodes[i].parent) {
		if (is_opened(v, i))
			return true;
		if (known >= i) // each is looked for once: pages may nest deep
			known = known_around(v->x, t, i);
		if (!((v->x->of[i].state | v->x->of[known].state) & (BOX_NONE | BOX_UNSEEN)))
			return false;
	}
	return false;
}

bool
unseen_find(const struct boxes *x, const struct signals *s, uint8_t *state, struct arena *a)
{
	struct view v = {.x = x,
	    .s = s,
	    .panels = class_families(SV("accordion tabpanel carousel more")),
	    .opened = arena_array(a, 1, sizeof(*v.opened))};

	if (!v.opened)
		return false;
	find_opened(s->b->t, v.opened);
	for (uint32_t i = 0; i < s->b->n; i++) {
		const struct block *k = &s->b->list[i];

		state[i] = !all_unseen(x, s->b->t, k)    ? UNSEEN_NOT
			   : may_be_opened(&v, k->first) ? UNSEEN_UNTIL_A_CLICK
							 : UNSEEN_FOR_GOOD;
	}
	return true;
}

void
unseen_drop(const uint8_t *state, const struct blocks *b, uint8_t *both)
{
	uint64_t kept = 0, unseen = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		uint64_t words = (uint64_t)b->list[i].s.words * both[i];

		kept += words;
		unseen += state[i] == UNSEEN_FOR_GOOD ? words : 0;
	}
	for (uint32_t i = 0; UNSEEN_SHARE * unseen < kept && i < b->n; i++)
		if (state[i] == UNSEEN_FOR_GOOD)
			both[i] = 0;
}

void
unseen_unmark(const struct boxes *x, const struct blocks *b, const uint8_t *kept, uint8_t *keep)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct block *k = &b->list[i];

		if (!kept[i] || k->first == k->last || all_unseen(x, b->t, k))
			continue;
		for (node_id n = k->first; n <= k->last; n++)
			if (keep[n] && b->t->nodes[n].kind == NODE_TEXT && is_unseen(x, b->t, n))
				keep[n] = 0;
	}
}
