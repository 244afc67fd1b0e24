// SPDX-License-Identifier: Apache-2.0
// Dates that a reader of the page sees: time elements, elements whose names speak of dates, short
// texts. Each gets a cost (metadata_date_cost.c), which the others may
// raise (metadata_date_settle.c); the cheapest is taken.
#include "base/hash.h"
#include "extract/meta/metadata_date_priv.h"

#include <stdio.h>

#define PIECE_MAX        25 // bytes of a text that may be a part of a date
#define PART_MAX         60 // bytes of a parent's text that is read instead of a part of it
#define DATES_OF_TEXT    4  // that are read
#define BOX_MAX          40 // bytes of a date whose parts stand in elements of their own
#define BOX_NODES        16
#define ENDS_MAX         60 // bytes at the ends of a long text that are read
#define LEAD_MAX         40 // before a date that opens it
#define TAIL_MAX         2  // behind one that closes it
#define COST_CLEAR       14
#define COST_NEAR        18
#define COST_DATELESS    28
#define COST_OTHER_MONTH 30 // than the address names
#define SHAPE_LEVELS     3

// --- candidates ---

// Of the element and those it is in: tags and classes.
static uint32_t
shape_of(const struct tree *t, node_id i)
{
	uint32_t h = HASH32_START;

	for (unsigned n = 0; n < SHAPE_LEVELS && i != 0; n++, i = t->nodes[i].parent) {
		h = (h ^ (t->nodes[i].tag + 1)) * 16777619u;
		if (t->nodes[i].kind == NODE_ELEMENT)
			h ^= (uint32_t)(hash_ends(tree_get_id(t, i, ATTR_class)) >> 32);
	}
	return h;
}

static void
add(struct date_search *s, node_id i, int kind, struct sv text, struct date_span at)
{
	enum label label;
	bool other_month = false;

	if (s->seen->n == s->seen->cap)
		return;
	label = date_label_around(s, i, text, at);
	if (s->month.year != 0)
		other_month =
		    s->d->found.year != s->month.year || s->d->found.month != s->month.month;
	s->seen->v[s->seen->n++] = (struct visible_date){s->d->found, i,
	    date_cost(s, i, kind, label, text, at) + (other_month ? COST_OTHER_MONTH : 0),
	    shape_of(s->d->s->p->t, i), label == LABEL_MODIFIED, (uint8_t)label};
}

static bool
read_attributes(struct date_search *s, node_id i)
{
	const struct tree *t = s->d->s->p->t;

	for (size_t k = 0; t->nodes[i].n_attrs > 0 && k < s->n_attrs; k++) {
		struct sv v = tree_get_id(t, i, s->attrs[k]);

		if (v.n > 5 && v.n < 100 && dates_parse(s->d, v))
			return true;
	}
	return false;
}

// The dates of a text one after the other, each with the words since the one before.
static bool
add_all(struct date_search *s, node_id i, int kind, struct sv text)
{
	const struct date_opts *o = &s->d->o;
	bool cut = text.n >= META_LINE_MAX; // perhaps amid a year
	size_t n = 0, all = text.n;

	for (; n < DATES_OF_TEXT && date_find(text, o, &s->d->found); n++) {
		struct date_span at = {s->d->found.from, s->d->found.end, all};

		if (cut && at.end == text.n)
			return n > 0;
		add(s, i, kind, text, at);
		text = sv_sub(text, at.end, text.n);
	}
	return n > 0;
}

// The texts in the element with blanks between them: <b>Jul</b><b>09</b><b>2012</b>. Nothing when
// that is more than a date.
static struct sv
box_text(const struct page *p, node_id i, char out[BOX_MAX])
{
	const struct tree *t = p->t;
	size_t n = 0;

	if (t->nodes[i].end - i > BOX_NODES)
		return SV("");
	for (node_id k = i; k < t->nodes[i].end; k++) {
		struct sv v = t->nodes[k].kind == NODE_TEXT ? sv_trim(tree_text(t, k)) : SV("");

		if (v.n + 1 > BOX_MAX - n)
			return SV("");
		if (v.n == 0)
			continue;
		memcpy(out + n, v.p, v.n);
		n += v.n;
		out[n++] = ' ';
	}
	return (struct sv){out, n};
}

// "12 03 2014 " as 12/03/2014; nothing when it is not three numbers.
static struct sv
with_slashes(struct sv box, char out[BOX_MAX])
{
	unsigned blanks = 0;

	for (size_t i = 0; i + 1 < box.n; i++) {
		if (out[i] == ' ') {
			out[i] = '/';
			blanks++;
		} else if (out[i] < '0' || out[i] > '9') {
			return SV("");
		}
	}
	return blanks == 2 ? box : SV("");
}

static bool
from_box(struct date_search *s, node_id i, int kind)
{
	char out[BOX_MAX];
	struct sv text = box_text(s->d->s->p, i, out);

	if (!date_find(text, &s->d->o, &s->d->found) &&
	    !(kind < KIND_TEXT && date_find(with_slashes(text, out), &s->d->o, &s->d->found)))
		return false;
	add(s, i, kind, text, (struct date_span){.end = text.n});
	return true;
}

// "May 23" on a page whose address says /2011/05/.
static void
from_day_and_month(struct date_search *s, node_id i)
{
	char out[BOX_MAX], whole[BOX_MAX + 16];
	struct sv text = box_text(s->d->s->p, i, out);
	struct date *d = &s->d->found;

	if (text.n < 4)
		return;
	snprintf(whole, sizeof(whole), SV_FMT "%d", SV_ARG(text), s->month.year);
	if (date_find(sv_from(whole), &s->d->o, d) && d->year == s->month.year &&
	    d->month == s->month.month)
		add(s, i, KIND_HINTED, text, (struct date_span){.end = text.n});
}

static void
from_element(struct date_search *s, node_id i, int kind)
{
	const struct page *p = s->d->s->p;
	bool may = meta_may_have_date(s->d->s, i);
	struct sv text = may ? page_text(p, i, META_LINE_MAX) : SV("");

	if (sv_has_word(tree_get_id(p->t, i, ATTR_itemprop), "datePublished") ||
	    sv_trim(tree_get_id(p->t, i, s->pubdate)).n > 0)
		kind = KIND_ITEMPROP;
	if (read_attributes(s, i))
		add(s, i, kind, text, (struct date_span){0});
	else if (!add_all(s, i, kind, text) && !(may && from_box(s, i, kind)) && s->month.year != 0)
		from_day_and_month(s, i);
}

static void
from_list(struct date_search *s, const struct node_list *l, int kind)
{
	for (size_t i = 0; i < l->n; i++)
		from_element(s, l->v[i], kind);
}

// Of a text too long to be a line of dates: "Berlin, 3 May 2024 - The minister said …", "… as he
// said. (ab, 3.5.2024)".
static void
from_long_text(struct date_search *s, node_id i, struct sv text)
{
	struct sv head = sv_sub(text, 0, ENDS_MAX), tail;
	struct date *d = &s->d->found;

	if (date_find(head, &s->d->o, d) && d->from < LEAD_MAX && d->end < head.n) {
		int kind = strchr("-|:\xe2", head.p[d->end]) ? KIND_LINE : KIND_TEXT;

		add(s, i, kind, text, (struct date_span){.from = d->from, .end = d->end});
		return;
	}
	text = sv_trim(text);
	tail = sv_sub(text, text.n - ENDS_MAX, text.n);
	if (date_find(tail, &s->d->o, d) && (size_t)d->end + TAIL_MAX >= tail.n)
		add(s, i, strchr(")]", text.p[text.n - 1]) ? KIND_LINE : KIND_TEXT, text,
		    (struct date_span){.from = text.n - ENDS_MAX + d->from, .end = text.n});
}

// The text node, or its parent's text when that is short and says more: <span>3</span> May 2024.
static void
from_text(struct date_search *s, node_id i)
{
	const struct page *p = s->d->s->p;
	char line[META_LINE_MAX];
	struct sv text = tree_text(p->t, i);
	node_id up = p->t->nodes[i].parent;

	if (text.n > META_LINE_MAX)
		text = meta_line(text, line);
	if (text.n > META_LINE_MAX) {
		from_long_text(s, i, text);
		return;
	}
	if (add_all(s, i, KIND_TEXT, text))
		return;
	for (unsigned steps = 0; text.n <= PIECE_MAX && steps < 2 && up != 0;
	     steps++, up = p->t->nodes[up].parent) {
		if (tree_is(p->t, up, TAG_body) || p->t->nodes[up].end - up > 12)
			return;
		text = page_text(p, up, PART_MAX + 1);
		if ((text.n <= PART_MAX && add_all(s, up, KIND_TEXT, text)) ||
		    from_box(s, up, KIND_TEXT))
			return;
	}
}

static void
collect(struct dates *d)
{
	const struct meta_scan *m = d->s;
	struct date_search s = {.d = d, .seen = m->seen, .h1 = m->heading};
	size_t max;

	m->seen->read = true;
	max = m->times.n + m->dates.n + m->digits.n + m->metas.n;
	m->seen->cap = MIN(max * DATES_OF_TEXT, (size_t)DATES_VISIBLE_MAX);
	m->seen->v = arena_array(m->p->a, MAX(m->seen->cap, (size_t)1), sizeof(*m->seen->v));
	if (!m->seen->v)
		return;
	s.n_attrs = date_attributes(m->p->t, false, s.attrs);
	s.pubdate = tree_name_id(m->p->t, "pubdate");
	s.testid = tree_name_id(m->p->t, "data-testid");
	if (s.h1 != NODE_NONE)
		s.h1_end = m->p->t->nodes[s.h1].end;
	if (!date_month_from_url(m->p->url, &d->o, &s.month))
		date_month_from_url(m->canonical, &d->o, &s.month);
	from_list(&s, &m->times, KIND_TIME);
	from_list(&s, &m->dates, KIND_HINTED);
	for (size_t i = 0; i < m->digits.n; i++)
		from_text(&s, m->digits.v[i]);
	from_list(&s, &m->metas, KIND_META);
	dates_settle(m, d->o.month_first);
}

bool
dates_expected(const struct meta_scan *m)
{
	static const char *const types[] = {"Product", "ItemList", "CollectionPage", "OfferCatalog",
	    "ProductGroup", "SearchResultsPage"};
	static const char *const og[] = {"og:type", NULL};
	struct sv type = page_meta_get(m->p, og), url = m->p->url;
	ptrdiff_t host = sv_ifind(url, "://");

	if (m->article || sv_istarts(type, "article"))
		return true;
	if (sv_istarts(type, "product") || sv_istarts(type, "og:product"))
		return false;
	if (host > 0) { // no path
		const char *slash = memchr(url.p + host + 3, '/', url.n - (size_t)host - 3);

		if (!slash || slash + 1 == url.p + url.n || slash[1] == '?')
			return false;
	}
	json_foreach (item, m->p->schema)
		for (size_t i = 0; i < ARRAY_LEN(types); i++)
			if (schema_is(item, types[i]))
				return false;
	return true;
}

// The same element within the same elements, as one post of a thread is like the next. Those apart,
// on either side of a heading but in one element, must have a class to be told by.
static bool
same_shape(const struct tree *t, node_id a, node_id b, bool apart)
{
	unsigned i;

	for (i = 0; i < SHAPE_LEVELS && a != b; i++) {
		struct sv class = tree_get_id(t, a, ATTR_class);

		if (t->nodes[a].kind != t->nodes[b].kind || t->nodes[a].tag != t->nodes[b].tag)
			return false;
		if (t->nodes[a].kind == NODE_ELEMENT &&
		    !sv_eq(class, tree_get_id(t, b, ATTR_class)))
			return false;
		apart &= t->nodes[a].kind != NODE_ELEMENT || class.n == 0;
		a = t->nodes[a].parent;
		b = t->nodes[b].parent;
	}
	return !(apart && a == b);
}

// Two lines of text are alike when the words beside them say the same.
static bool
same_words(const struct tree *t, const struct visible_date *a, const struct visible_date *b)
{
	return a->label == b->label ||
	       (a->modified == b->modified && tree_is(t, a->node, TAG_time));
}

// A thread's first post may be dated above the heading, and only the others below it.
static const struct visible_date *
first_like(
    const struct meta_scan *m, const struct visible_dates *seen, const struct visible_date *best)
{
	const struct tree *t = m->p->t;
	node_id h = m->heading;
	const struct visible_date *first = best;

	if (h != NODE_NONE && best->node < h) // above it the last is the nearest
		return best;

	for (size_t i = 0; i < seen->n; i++)
		if (seen->v[i].node < first->node && seen->v[i].cost <= best->cost + COST_BEFORE &&
		    same_words(t, &seen->v[i], best) &&
		    same_shape(t, seen->v[i].node, best->node,
			h != NODE_NONE && seen->v[i].node < h && h < best->node))
			first = &seen->v[i];
	return first;
}

static const struct visible_date *
find_visible(struct dates *d, enum dates_wanted wanted)
{
	const struct visible_dates *seen = d->s->seen;
	int limit = wanted == DATES_CLEAR  ? COST_CLEAR + 1
		    : wanted == DATES_NEAR ? COST_NEAR + 1
		    : dates_expected(d->s) ? COST_LIMIT
					   : COST_DATELESS;
	const struct visible_date *best = NULL;

	if (!seen->read)
		collect(d);
	for (size_t i = 0; i < seen->n; i++)
		if (seen->v[i].cost < limit && (wanted != DATES_CHANGE || seen->v[i].modified)) {
			best = &seen->v[i];
			limit = best->cost;
		}
	return best ? first_like(d->s, seen, best) : NULL;
}

bool
dates_visible(struct dates *d, enum dates_wanted wanted)
{
	const struct visible_date *v = find_visible(d, wanted);

	if (v)
		d->found = v->date;
	return v != NULL;
}

node_id
dates_visible_node(struct dates *d)
{
	const struct visible_date *v = find_visible(d, DATES_NEAR);

	return v ? v->node : NODE_NONE;
}
