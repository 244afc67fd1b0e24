// SPDX-License-Identifier: Apache-2.0
// Records of elements from the browser are laid beside the elements of the tree. Most pages are
// the same in both; where a parser makes another tree of what was serialised (a <p> in a <p>) some
// are left out on either side until the names agree again. Runs in the extractor's worker; linear.
#include "extract/facts.h"
#include "extract/html/tree_build.h"

enum {
	RUN = 6,           // names that must agree for the two to be together again
	WINDOW = 40,       // elements left out at once
	RESYNCS_MAX = 300, // so often
	OFFSET_X = 16384,
	OFFSET_Y = 65536,
	HASH_SIZE = 61,
	WORD = 2, // bytes
	TEXT_MAX = FACTS_ELEMENTS_MAX * 7 * WORD * 4 / 3 + 4,
	VALUES_MAX = 500,
	PLACE_MAX = 1 << 24,
};

struct record {
	struct box box;
	uint8_t name;
	uint16_t up;
	node_id node; // its element; NODE_NONE: none
};

struct facts {
	struct tree *t;
	struct record *list;
	uint32_t n;
	node_id *elements; // of the tree, that can have a record
	uint32_t n_elements;
	uint8_t *hashes; // per name of the tree
};

// --- the bytes ---

struct reader {
	const unsigned char *p, *end;
	bool bad;
};

static uint32_t
word(struct reader *r)
{
	const unsigned char *p = r->p;

	if (r->end - p < 2) {
		r->bad = true;
		return 0;
	}
	r->p += 2;
	return p[0] | (uint32_t)p[1] << 8;
}

static void
read_record(struct reader *r, struct record *out)
{
	uint32_t head = word(r), low;

	*out = (struct record){.name = head & 63, .node = NODE_NONE};
	out->box.state = head >> 6 & 0xff;
	r->bad |= out->name >= HASH_SIZE || head >> 14 != 0;
	if (out->box.state & BOX_MEASURED) {
		out->box.x = (int32_t)word(r) - OFFSET_X;
		out->box.width = word(r);
		low = word(r);
		out->box.y = (int32_t)(MIN(word(r), 0x7fffu) << 16 | low) - OFFSET_Y;
		out->box.y = MIN(out->box.y, PLACE_MAX); // a frame's is added
		out->box.height = word(r);
	}
	if (out->box.state & BOX_FONT)
		out->box.font = (uint8_t)MIN(word(r), 255u);
	if (out->box.state & BOX_UP)
		out->up = (uint16_t)word(r);
}

static bool
read_records(struct facts *f, const char *text)
{
	cleanup_buf bytes = BUF_INIT;
	size_t n = text ? strlen(text) : 0;
	struct reader r;

	if (n == 0 || n > TEXT_MAX || buf_unbase64(&bytes, (struct sv){text, n}) != 0 ||
	    bytes.n < WORD)
		return false;
	r = (struct reader){
	    (const unsigned char *)bytes.p, (const unsigned char *)bytes.p + bytes.n, false};
	f->list = arena_array(
	    f->t->arena, MIN(bytes.n / WORD, (size_t)FACTS_ELEMENTS_MAX), sizeof(*f->list));
	while (f->list && !r.bad && r.p < r.end && f->n < FACTS_ELEMENTS_MAX)
		read_record(&r, &f->list[f->n++]);
	return f->list && !r.bad && r.p == r.end;
}

// --- side by side ---

static uint8_t
hash_of(const char *name)
{
	uint32_t h = 0;

	for (; *name; name++)
		h = (h * 31 + (unsigned char)*name) & 0xffff;
	return (uint8_t)(h % HASH_SIZE);
}

static bool
is_frame(const struct facts *f, node_id i)
{
	return f->t->nodes[i].tag == TAG_div && tree_get_id(f->t, i, ATTR_frame_url).p;
}

static bool
has_own_text(const struct tree *t, node_id i)
{
	for (node_id k = tree_first_child(t, i); k != NODE_NONE; k = t->nodes[k].next)
		if (t->nodes[k].kind == NODE_TEXT) {
			struct sv v = tree_text(t, k);

			for (size_t c = 0; c < v.n; c++)
				if (!memchr(" \t\n\r", v.p[c], 4))
					return true;
		}
	return false;
}

static bool
has_record(const struct facts *f, node_id i)
{
	switch (f->t->nodes[i].tag) {
	case TAG_input:
	case TAG_option:
	case TAG_textarea:
		return true;
	case TAG_iframe:
	case TAG_noembed:
	case TAG_noframes:
	case TAG_noscript:
	case TAG_script:
	case TAG_style:
	case TAG_template:
	case TAG_title:
		return false;
	default:
		return has_own_text(f->t, i) || is_frame(f, i);
	}
}

// What the browser has as text, or in a fragment of its own.
static bool
is_opaque(uint32_t tag)
{
	return tag == TAG_noscript || tag == TAG_template || tag == TAG_noembed ||
	       tag == TAG_noframes;
}

static bool
list_elements(struct facts *f)
{
	struct tree *t = f->t;

	f->elements = arena_array(t->arena, t->n, sizeof(*f->elements));
	f->hashes = arena_array(t->arena, t->n_names, sizeof(*f->hashes));
	if (!f->elements || !f->hashes)
		return false;
	for (uint32_t i = 1; i < t->n_names; i++)
		f->hashes[i] = hash_of(tree_name(t, i));
	for (node_id i = 1; i < t->n; i++) {
		if (t->nodes[i].kind != NODE_ELEMENT)
			continue;
		if (has_record(f, i))
			f->elements[f->n_elements++] = i;
		if (is_opaque(t->nodes[i].tag))
			i = t->nodes[i].end - 1;
	}
	return true;
}

// The <body> of a frame's document stands in the tree as <div>.
static bool
agree(const struct facts *f, uint32_t r, uint32_t e)
{
	const struct record *rec = &f->list[r];
	node_id i = f->elements[e];
	uint32_t tag = f->t->nodes[i].tag;

	if (rec->name == f->hashes[tag])
		return !(rec->box.state & BOX_FRAME) || is_frame(f, i);
	return tag == TAG_div && rec->name == f->hashes[TAG_body] && !is_frame(f, i);
}

static bool
run_agrees(const struct facts *f, uint32_t r, uint32_t e)
{
	uint32_t k = 0;

	while (k < RUN && r + k < f->n && e + k < f->n_elements && agree(f, r + k, e + k))
		k++;
	return k == RUN || (k > 0 && r + k == f->n);
}

static bool
resync(const struct facts *f, uint32_t *r, uint32_t *e)
{
	for (uint32_t sum = 1; sum <= WINDOW; sum++)
		for (uint32_t k = 0; k <= sum; k++)
			if (run_agrees(f, *r + k, *e + sum - k)) {
				*r += k;
				*e += sum - k;
				return true;
			}
	return false;
}

// True when nearly all records have found their elements.
static bool
align(struct facts *f)
{
	uint32_t r = 0, e = 0, found = 0, resyncs = 0;

	while (r < f->n && e < f->n_elements) {
		if (agree(f, r, e)) {
			f->list[r++].node = f->elements[e++];
			found++;
		} else if (++resyncs > RESYNCS_MAX || !resync(f, &r, &e)) {
			break;
		}
	}
	return found > 0 && (uint64_t)found * 10 >= (uint64_t)f->n * 9;
}

// --- boxes ---

static void
place_one(const struct facts *f, const struct record *rec, struct boxes *b)
{
	node_id i = rec->node;

	b->of[i] = rec->box;
	b->measured |= (rec->box.state & (BOX_MEASURED | BOX_FRAME)) == BOX_MEASURED;
	if (!(rec->box.state & BOX_NONE))
		return;
	for (uint32_t k = 0; k < rec->up && f->t->nodes[i].parent != 0; k++)
		i = f->t->nodes[i].parent;
	b->of[i].state |= BOX_NONE;
}

static void
place(const struct facts *f, struct boxes *b)
{
	for (uint32_t k = 0; k < f->n; k++)
		if (f->list[k].node != NODE_NONE)
			place_one(f, &f->list[k], b);
}

// Boxes in a frame are told from its corner.
static bool
shift_frames(const struct tree *t, struct boxes *b)
{
	struct shift {
		int32_t x, y;
	} *by =
	    arena_array(t->arena, t->n, sizeof(*by)); // per node: where its own box is told from

	for (node_id i = 1; by && i < t->n; i++) {
		node_id up = t->nodes[i].parent;

		by[i] = by[up];
		if (b->of[up].state & BOX_FRAME)
			by[i] = (struct shift){b->of[up].x, b->of[up].y};
		b->of[i].x = MAX(MIN(b->of[i].x + by[i].x, PLACE_MAX), -PLACE_MAX);
		b->of[i].y = MAX(MIN(b->of[i].y + by[i].y, PLACE_MAX), -PLACE_MAX);
	}
	return by != NULL;
}

// An element with visibility:hidden may hold others that are visible.
static bool
mark_hidden(struct tree *t, const struct boxes *b)
{
	uint8_t *seen = arena_array(t->arena, t->n, 1);

	if (!seen)
		return false;
	for (node_id i = t->n; i-- > 1;) {
		uint8_t state = b->of[i].state;

		if (state & BOX_SEEN)
			seen[i] = 1;
		seen[t->nodes[i].parent] |= seen[i];
		if (state & BOX_NONE || (state & BOX_UNSEEN && !seen[i]))
			t->nodes[i].flags |= NODE_F_HIDDEN;
	}
	return true;
}

// --- form controls ---

static struct sv
sv_of(const cJSON *v)
{
	return cJSON_IsString(v) ? sv_from(v->valuestring) : SV_NULL;
}

// As its text where it has one, and as an attribute, which an empty one may have as well.
static void
set_text(struct tree *t, node_id i, struct sv text)
{
	node_id child = tree_first_child(t, i);
	uint32_t at = side_at(t);

	if (!tree_set_attr(t, i, SV("value"), text) || child == NODE_NONE ||
	    t->nodes[child].kind != NODE_TEXT)
		return;
	t->nodes[child].flags &= (uint8_t)~NODE_F_BLANK;
	t->nodes[child].text = at;
	t->nodes[child].text_len = (uint32_t)text.n;
}

static void
set_value(struct tree *t, node_id i, const char *kind, struct sv text)
{
	if (strcmp(kind, "value") == 0 && tree_is(t, i, TAG_input))
		(void)!tree_set_attr(t, i, SV("value"), text);
	else if (strcmp(kind, "text") == 0 && tree_is(t, i, TAG_textarea))
		set_text(t, i, text);
	else if (strcmp(kind, "checked") == 0 && tree_is(t, i, TAG_input))
		(void)!tree_set_attr(t, i, SV("checked"), SV(""));
	else if (strcmp(kind, "unchecked") == 0 && tree_is(t, i, TAG_input))
		tree_drop_attr(t, i, SV("checked"));
	else if (strcmp(kind, "selected") == 0 && tree_is(t, i, TAG_option))
		(void)!tree_set_attr(t, i, SV("selected"), SV(""));
	else if (strcmp(kind, "unselected") == 0 && tree_is(t, i, TAG_option))
		tree_drop_attr(t, i, SV("selected"));
}

static void
set_values(const struct facts *f, const cJSON *values)
{
	uint32_t n = 0;

	json_foreach (v, values) {
		const cJSON *at = cJSON_GetArrayItem(v, 0);
		struct sv kind = sv_of(cJSON_GetArrayItem(v, 1));
		struct sv text = sv_of(cJSON_GetArrayItem(v, 2));

		if (++n > VALUES_MAX)
			return;
		if (!cJSON_IsNumber(at) || !kind.p || !text.p || at->valuedouble < 0 ||
		    at->valuedouble >= f->n)
			continue;
		if (f->list[(uint32_t)at->valuedouble].node != NODE_NONE)
			set_value(f->t, f->list[(uint32_t)at->valuedouble].node, kind.p, text);
	}
}

// --- all of it ---

static uint32_t
number_at(const cJSON *list, int i)
{
	const cJSON *v = cJSON_GetArrayItem(list, i);

	if (!cJSON_IsNumber(v) || !(v->valuedouble > 0))
		return 0;
	return (uint32_t)MIN(v->valuedouble, 1e7);
}

const struct boxes *
facts_apply(const cJSON *facts, struct tree *t)
{
	struct facts f = {.t = t};
	const cJSON *viewport = json_get(facts, "viewport");
	struct boxes *b;

	if (!facts || !read_records(&f, json_str(facts, "elements")) || !list_elements(&f) ||
	    !align(&f))
		return NULL;
	b = arena_array(t->arena, 1, sizeof(*b));
	if (!b || !(b->of = arena_array(t->arena, t->n, sizeof(*b->of))))
		return NULL;
	b->width = number_at(viewport, 0);
	b->height = number_at(viewport, 1);
	b->page_height = number_at(viewport, 3);
	place(&f, b);
	set_values(&f, json_get(facts, "values"));
	return shift_frames(t, b) && mark_hidden(t, b) ? b : NULL;
}
