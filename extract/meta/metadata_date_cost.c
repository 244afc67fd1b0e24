// SPDX-License-Identifier: Apache-2.0
// What the words beside a date that is seen say of it, and what the date costs: by what it is, by
// these words, by the place it stands in and how far from the heading.
#include "extract/meta/metadata_date_priv.h"
#include "extract/meta/metadata_name.h"

#define BESIDE_MAX      60
#define BEHIND_MAX      40
#define UNTIL_MAX       12 // from "until" to the day
#define PROSE_MIN       90 // characters of a text that is a sentence
#define LEAD_MAX        40 // before a date that opens a text
#define DATELINE_MAX    30 // from the date to the dash
#define SENTENCE_WORDS  3  // before its date
#define COST_PROSE      32
#define ITEM_LINK       20 // bytes of a link that makes a list item a teaser
#define COST_AT_HEAD    4u // of a date right before the h1
#define NODES_BEFORE    3  // that cost one more
#define COST_FAR_BEFORE 30u
#define NEAR_AFTER      200
#define NODES_OF_COST   40
#define OTHER_HEADING   12 // nodes from a linked heading: a teaser's date

// --- what stands beside ---

static enum label
label_of_names(const struct date_search *s, node_id i)
{
	const uint32_t attrs[] = {ATTR_class, ATTR_itemprop, ATTR_id, s->testid};
	enum label l = LABEL_NONE;

	for (size_t k = 0; k < ARRAY_LEN(attrs) && l == LABEL_NONE; k++) {
		struct sv v = tree_get_id(s->d->s->p->t, i, attrs[k]);

		if (v.n < 300)
			l = date_label(v);
	}
	return l;
}

// The short text just before: "Updated" in <b>Updated</b> <time>. One with a date of its own, as in
// "Joined: May 3, 2007", speaks of that.
static struct sv
text_before(const struct date_search *s, node_id i)
{
	const struct tree *t = s->d->s->p->t;
	struct date other;

	for (node_id k = i - 1; k > 0 && i - k < 8; k--)
		if (t->nodes[k].kind == NODE_TEXT && sv_trim(tree_text(t, k)).n > 0) {
			struct sv v = sv_trim(tree_text(t, k));

			if (v.n <= BESIDE_MAX && date_find(v, &s->d->o, &other))
				return SV_NULL;
			return v.n <= BESIDE_MAX ? v : sv_sub(v, v.n - 20, v.n);
		}
	return SV_NULL;
}

// Where a part of a line ends: "… | …", "… / …".
static bool
ends_part(char c)
{
	return c == '|' || c == '/';
}

// "bis", "to" and the like at the start, before other letters.
static size_t
until_word(struct sv v)
{
	static const char *const words[] = {"bis", "to", "until", "till", "au", "al", "hasta",
	    "jusqu'au", "tot", "t/m", "t.o.m.", "do", "a", "até", "ao", "по", "до"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t n = strlen(words[i]);

		if (sv_istarts(v, words[i]) && (v.n == n || v.p[n] == ' '))
			return n;
	}
	return 0;
}

// "bis 5. Mai", "to 5 May" behind a date: what it is of began then.
static bool
goes_until(struct sv behind)
{
	size_t i;

	behind = sv_trim(behind);
	i = until_word(behind);
	for (size_t end = i + UNTIL_MAX; i > 0 && i < MIN(behind.n, end); i++)
		if (sv_is_digit(behind.p[i]))
			return true;
	return false;
}

// "on 3 May 2017 (updated)", "am 3. Mai 2017 aktualisiert": unless another date follows in the same
// part of the line. "3 May to 5 May" is when something happens.
static enum label
label_behind(struct sv text, size_t end)
{
	struct sv behind = sv_sub(text, end, end + BEHIND_MAX);
	size_t part = 0;

	if (goes_until(behind))
		return LABEL_OTHER;
	for (size_t i = 0; i < behind.n; i++) {
		if (part == 0 && ends_part(behind.p[i]))
			part = i;
		if (behind.p[i] < '0' || behind.p[i] > '9')
			continue;
		if (part == 0)
			return LABEL_NONE;
		behind.n = part;
	}
	return date_label(behind);
}

// What stands before a date and, when it is not the line's first, in its part of the line.
static struct sv
part_before(struct sv text, struct date_span at)
{
	size_t from = 0;

	for (size_t i = 0; at.of > text.n && i < at.from; i++)
		if (ends_part(text.p[i]))
			from = i + 1;
	return sv_sub(text, from, at.from);
}

// What stands before the date speaks of it: "Created 3 May 2017, updated 4 May 2018". What stands
// behind it does so when nothing stands before.
static enum label
label_in(struct sv text, struct date_span at)
{
	size_t letters = 0;
	enum label l, behind;
	struct sv before;

	if (at.end == 0)
		while (at.from < text.n && !(text.p[at.from] >= '0' && text.p[at.from] <= '9'))
			at.end = ++at.from;
	before = part_before(text, at);
	if (at.of > text.n && until_word(sv_trim(before)) > 0 && before.n <= UNTIL_MAX)
		return LABEL_OTHER;
	for (size_t i = 0; i < before.n; i++)
		letters += (unsigned char)before.p[i] > ' ' && !strchr(":-|.,", before.p[i]);
	l = letters > 2 ? date_label(before) : LABEL_NONE;
	if (l != LABEL_NONE && l != LABEL_ENTRY)
		return l;
	behind = label_behind(text, at.end);
	return behind == LABEL_MODIFIED || l == LABEL_NONE ? behind : l;
}

enum label
date_label_around(const struct date_search *s, node_id i, struct sv text, struct date_span at)
{
	const struct page *p = s->d->s->p;
	node_id parent = p->t->nodes[i].parent;
	enum label l = label_in(text, at);

	if (l == LABEL_NONE && p->t->nodes[i].kind == NODE_ELEMENT)
		l = label_of_names(s, i);
	if (l == LABEL_NONE)
		l = date_label(text_before(s, i));
	if (l == LABEL_NONE && !tree_is(p->t, parent, TAG_body))
		l = label_of_names(s, parent);
	return l;
}

// --- the cost ---

// A date in a link, or in a list item with a linked heading, is that of another page.
static bool
is_teaser(const struct date_search *s, node_id i)
{
	const struct tree *t = s->d->s->p->t;
	node_id up = i;

	for (unsigned steps = 0; steps < 8 && up != 0; steps++, up = t->nodes[up].parent) {
		if (s->h1 != NODE_NONE && s->h1 >= up && s->h1 < t->nodes[up].end)
			return false;
		if (tree_is(t, up, TAG_a) && t->nodes[up].end - up > OTHER_HEADING)
			return true;
		if (!tree_is(t, up, TAG_li) && !tree_is(t, up, TAG_article))
			continue;
		for (node_id k = up; k < MIN(t->nodes[up].end, up + 60); k++)
			if (tag_flags(t->nodes[k].tag) & TAGF_HEADING ||
			    (tree_is(t, up, TAG_li) && tree_is(t, k, TAG_a) &&
				page_text(s->d->s->p, k, ITEM_LINK + 1).n > ITEM_LINK))
				return true;
		if (tree_is(t, up, TAG_article))
			return false;
	}
	return false;
}

static int
distance_cost(const struct date_search *s, node_id i)
{
	if (s->h1 == NODE_NONE)
		return 20;
	if (i >= s->h1 && i <= s->h1_end + NEAR_AFTER)
		return i <= s->h1_end ? 0 : (int)((i - s->h1_end) / NODES_OF_COST);
	if (i >= s->h1)
		return 25;
	return (int)MIN(COST_AT_HEAD + (s->h1 - i) / NODES_BEFORE, COST_FAR_BEFORE);
}

// "The study will be shown on 3 May 2017." in one piece, with nothing that says what day that is.
static bool
is_sentence(const struct meta_scan *m, enum label label, struct sv text, struct date_span at)
{
	size_t words = 0;

	text = sv_trim(text);
	if (label != LABEL_NONE || at.end == 0 || text.n <= at.end ||
	    !strchr(".!?", text.p[text.n - 1]))
		return false;
	for (size_t i = 0; i < at.from; i++)
		words += text.p[i] == ' ';
	if (sv_is_digit(text.p[text.n - 2]) &&
	    (text.n > at.end + 1 || words < 2 * SENTENCE_WORDS - 1)) // "2012. május 15."
		return false;
	return words >= SENTENCE_WORDS && !memchr(text.p, '|', text.n) && !names_begins_by(m, text);
}

// More than a line of facts? Of what is cut off only the bytes are known.
static bool
is_long(struct sv text, size_t all)
{
	size_t n = all > text.n ? all - text.n : 0;

	for (size_t i = 0; i < text.n && n <= PROSE_MIN; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n > PROSE_MIN;
}

// "COLUMBUS, Ohio, Oct. 24, 2016 /Newswire/ -- The …": what opens an agency's text ends with a
// dash.
static bool
is_dateline(struct sv text, struct date_span at)
{
	static const char *const dashes[] = {" -- ", " - ", " – ", " — "};

	if (at.from > LEAD_MAX || at.end == 0 || !is_long(text, at.of))
		return false;
	text = sv_sub(text, at.end, at.end + DATELINE_MAX);
	for (size_t i = 0; i < ARRAY_LEN(dashes); i++)
		if (sv_ifind(text, dashes[i]) >= 0)
			return true;
	return false;
}

int
date_cost(const struct date_search *s, node_id i, int kind, enum label label, struct sv text,
    struct date_span at)
{
	static const int by_kind[] = {0, 3, 5, 8, 10, 12};
	static const int by_place[] = {0, 15, 60};
	static const int by_label[] = {6, 0, 6 + COST_CHANGE, COST_LIMIT, 0};
	bool whole = at.end == 0 && meta_holds_heading(s->d->s, i); // <article data-published=…>
	int cost;

	if (kind == KIND_TEXT && is_dateline(text, at))
		kind = KIND_LINE;
	cost = by_kind[kind] + by_label[label] + (whole ? 0 : distance_cost(s, i)) +
	       by_place[meta_place(s->d->s, i)];

	if ((kind == KIND_TEXT || kind == KIND_META) && label != LABEL_ENTRY &&
	    (is_long(text, at.of) || is_sentence(s->d->s, label, text, at)))
		cost += COST_PROSE;

	return cost + (is_teaser(s, i) ? 40 : 0);
}
