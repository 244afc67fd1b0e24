// SPDX-License-Identifier: Apache-2.0
// Dates that a reader of the page sees: time elements, elements whose names speak of dates, short
// texts. Each gets a cost by what it is, what stands beside it and how far from the heading it
// stands; the cheapest is taken.
#include "extract/meta/metadata_priv.h"

#define VISIBLE_MAX      600
#define LINE_MAX         160 // bytes of a text that is read for a date
#define PIECE_MAX        25  // bytes of a text that may be a part of a date
#define PART_MAX         60  // bytes of a parent's text that is read instead of a part of it
#define BESIDE_MAX       60
#define SHORT_MAX        40
#define PROSE_MIN        90 // bytes of a text that is a sentence
#define COST_PROSE       20
#define ITEM_LINK        20 // bytes of a link that makes a list item a teaser
#define NEAR_BEFORE      80 // nodes before the h1
#define NEAR_AFTER       200
#define OTHER_HEADING    12 // nodes from a linked heading: a teaser's date
#define COST_CLEAR       14
#define COST_CHANGE      15 // of a date that says it is of a change
#define COST_DATELESS    28
#define COST_OTHER_MONTH 30 // than the address names
#define COST_LIMIT       100

enum { KIND_ITEMPROP, KIND_TIME, KIND_HINTED, KIND_TEXT, KIND_META };
struct search {
	struct dates *d;
	struct visible_dates *seen;
	struct keywords labels;
	node_id h1, h1_end; // NODE_NONE: no heading
	struct date month;  // that the address names; year 0: none
};

// --- what stands beside ---

enum label { LABEL_NONE, LABEL_PUBLISHED, LABEL_MODIFIED, LABEL_OTHER };

static const struct keyword labels[] = {
    {"updated", LABEL_MODIFIED},
    {"modified", LABEL_MODIFIED},
    {"modification", LABEL_MODIFIED},
    {"last edit", LABEL_MODIFIED},
    {"edited", LABEL_MODIFIED},
    {"last-mod", LABEL_MODIFIED},
    {"lastmod", LABEL_MODIFIED},
    {"last review", LABEL_MODIFIED},
    {"reviewed on", LABEL_MODIFIED},
    {"last change", LABEL_MODIFIED},
    {"update", LABEL_MODIFIED},
    {"aktualisiert", LABEL_MODIFIED},
    {"zuletzt ge", LABEL_MODIFIED},
    {"geändert", LABEL_MODIFIED},
    {"mis à jour", LABEL_MODIFIED},
    {"mise à jour", LABEL_MODIFIED},
    {"modifié", LABEL_MODIFIED},
    {"actualizad", LABEL_MODIFIED},
    {"actualizaci", LABEL_MODIFIED},
    {"atualizad", LABEL_MODIFIED},
    {"aggiornat", LABEL_MODIFIED},
    {"aggiornamento", LABEL_MODIFIED},
    {"bijgewerkt", LABEL_MODIFIED},
    {"gewijzigd", LABEL_MODIFIED},
    {"uppdaterad", LABEL_MODIFIED},
    {"opdateret", LABEL_MODIFIED},
    {"oppdatert", LABEL_MODIFIED},
    {"päivitetty", LABEL_MODIFIED},
    {"zaktualizowano", LABEL_MODIFIED},
    {"aktualizac", LABEL_MODIFIED},
    {"aktualizov", LABEL_MODIFIED},
    {"frissít", LABEL_MODIFIED},
    {"módosít", LABEL_MODIFIED},
    {"actualizat", LABEL_MODIFIED},
    {"güncelle", LABEL_MODIFIED},
    {"обновл", LABEL_MODIFIED},
    {"измен", LABEL_MODIFIED},
    {"оновл", LABEL_MODIFIED},
    {"更新", LABEL_MODIFIED},
    {"수정", LABEL_MODIFIED},
    {"diperbarui", LABEL_MODIFIED},
    {"cập nhật", LABEL_MODIFIED},
    {"ενημερώ", LABEL_MODIFIED},
    {"تحديث", LABEL_MODIFIED},
    {"עודכן", LABEL_MODIFIED},
    {"publi", LABEL_PUBLISHED},
    {"posted", LABEL_PUBLISHED},
    {"pubdate", LABEL_PUBLISHED},
    {"written", LABEL_PUBLISHED},
    {"created", LABEL_PUBLISHED},
    {"started", LABEL_PUBLISHED},
    {"first seen", LABEL_PUBLISHED},
    {"released", LABEL_PUBLISHED},
    {"submitted", LABEL_PUBLISHED},
    {"veröffentlicht", LABEL_PUBLISHED},
    {"erstellt", LABEL_PUBLISHED},
    {"stand:", LABEL_PUBLISHED},
    {"datum:", LABEL_PUBLISHED},
    {"pubblica", LABEL_PUBLISHED},
    {"geplaatst", LABEL_PUBLISHED},
    {"publicera", LABEL_PUBLISHED},
    {"udgivet", LABEL_PUBLISHED},
    {"julkais", LABEL_PUBLISHED},
    {"opublik", LABEL_PUBLISHED},
    {"dodano", LABEL_PUBLISHED},
    {"zveřejn", LABEL_PUBLISHED},
    {"megjelen", LABEL_PUBLISHED},
    {"yayın", LABEL_PUBLISHED},
    {"публик", LABEL_PUBLISHED},
    {"發布", LABEL_PUBLISHED},
    {"发布", LABEL_PUBLISHED},
    {"公開", LABEL_PUBLISHED},
    {"掲載", LABEL_PUBLISHED},
    {"投稿", LABEL_PUBLISHED},
    {"입력", LABEL_PUBLISHED},
    {"등록", LABEL_PUBLISHED},
    {"diterbitkan", LABEL_PUBLISHED},
    {"نشر", LABEL_PUBLISHED},
    {"פורסם", LABEL_PUBLISHED},
    {"joined", LABEL_OTHER},
    {"member since", LABEL_OTHER},
    {"registered", LABEL_OTHER},
    {"registriert", LABEL_OTHER},
    {"beigetreten", LABEL_OTHER},
    {"mitglied seit", LABEL_OTHER},
    {"inscrit", LABEL_OTHER},
    {"expires", LABEL_OTHER},
    {"deadline", LABEL_OTHER},
    {"birth", LABEL_OTHER},
    {"born", LABEL_OTHER},
    {"copyright", LABEL_OTHER},
    {"last visit", LABEL_OTHER},
    {"last active", LABEL_OTHER},
    {"last seen", LABEL_OTHER},
    {"last reply", LABEL_OTHER},
    {"valid until", LABEL_OTHER},
    {"retrieved", LABEL_OTHER},
    {"accessed", LABEL_OTHER},
    {"data as of", LABEL_OTHER},
    {"last post", LABEL_OTHER},
    {"founded", LABEL_OTHER},
    {"community for", LABEL_OTHER},
    {"recorded on", LABEL_OTHER},
};

// The first of the table that occurs: "Last updated" beats "posted".
static enum label
label_of(const struct keywords *k, struct sv v)
{
	const struct keyword *hit, *best = NULL;
	size_t pos = 0;

	while ((hit = keywords_next(k, v, &pos)) != NULL)
		if (!best || hit < best)
			best = hit;
	return best ? best->value : LABEL_NONE;
}

static enum label
label_of_names(const struct search *s, node_id i)
{
	static const char *const attrs[] = {"class", "itemprop", "id", "data-testid"};
	enum label l = LABEL_NONE;

	for (size_t k = 0; k < ARRAY_LEN(attrs) && l == LABEL_NONE; k++) {
		struct sv v = tree_get(s->d->s->p->t, i, attrs[k]);

		if (v.n < 300)
			l = label_of(&s->labels, v);
	}
	return l;
}

// The short text just before: "Updated" in <b>Updated</b> <time>.
static struct sv
text_before(const struct page *p, node_id i)
{
	const struct tree *t = p->t;

	for (node_id k = i - 1; k > 0 && i - k < 8; k--)
		if (t->nodes[k].kind == NODE_TEXT && sv_trim(tree_text(t, k)).n > 0) {
			struct sv v = sv_trim(tree_text(t, k));

			return v.n <= BESIDE_MAX ? v : sv_sub(v, v.n - 20, v.n);
		}
	return SV_NULL;
}

// What stands before the date speaks of it: "Created 3 May 2017, updated 4 May 2018". What stands
// behind it does so in a short text: "3 May 2017 (updated)".
static enum label
label_in(const struct search *s, struct sv text)
{
	size_t digit = 0, letters = 0;

	for (; digit < text.n && !(text.p[digit] >= '0' && text.p[digit] <= '9'); digit++)
		letters += (unsigned char)text.p[digit] > ' ' && !strchr(":-|.,", text.p[digit]);
	if (letters > 2)
		return label_of(&s->labels, sv_sub(text, 0, digit));
	return text.n <= SHORT_MAX ? label_of(&s->labels, text) : LABEL_NONE;
}

static enum label
label_around(const struct search *s, node_id i, struct sv text)
{
	const struct page *p = s->d->s->p;
	node_id parent = p->t->nodes[i].parent;
	enum label l = label_in(s, sv_sub(text, 0, LINE_MAX));

	if (l == LABEL_NONE && p->t->nodes[i].kind == NODE_ELEMENT)
		l = label_of_names(s, i);
	if (l == LABEL_NONE)
		l = label_of(&s->labels, text_before(p, i));
	if (l == LABEL_NONE && !tree_is(p->t, parent, TAG_body))
		l = label_of_names(s, parent);
	return l;
}

// --- the cost ---

// A date in a link, or in a list item with a linked heading, is that of another page.
static bool
is_teaser(const struct search *s, node_id i)
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
distance_cost(const struct search *s, node_id i)
{
	if (s->h1 == NODE_NONE)
		return 20;
	if (i >= s->h1)
		return i <= s->h1_end + NEAR_AFTER ? 0 : 25;
	return s->h1 - i <= NEAR_BEFORE ? 8 : 30;
}

static int
cost_of(const struct search *s, node_id i, int kind, enum label label, size_t text_bytes)
{
	static const int by_kind[] = {0, 3, 5, 8, 10};
	static const int by_place[] = {0, 15, 60};
	static const int by_label[] = {6, 0, 6 + COST_CHANGE, COST_LIMIT};
	int cost = by_kind[kind] + by_label[label] + distance_cost(s, i) +
		   by_place[meta_place(s->d->s, i)];

	if (kind >= KIND_TEXT && text_bytes > PROSE_MIN)
		cost += COST_PROSE;

	return cost + (is_teaser(s, i) ? 40 : 0);
}

// --- candidates ---

static void
add(struct search *s, node_id i, int kind, struct sv text)
{
	enum label label;
	bool other_month = false;

	if (s->seen->n == VISIBLE_MAX)
		return;
	label = label_around(s, i, text);
	if (s->month.year != 0)
		other_month =
		    s->d->found.year != s->month.year || s->d->found.month != s->month.month;
	s->seen->v[s->seen->n++] = (struct visible_date){s->d->found, i,
	    cost_of(s, i, kind, label, text.n) + (other_month ? COST_OTHER_MONTH : 0),
	    label == LABEL_MODIFIED};
}

static bool
read_attributes(struct dates *d, node_id i)
{
	static const char *const attrs[] = {"datetime", "content", "data-datetime", "data-time",
	    "data-utime", "data-date", "data-timestamp", "title", "ts"};
	const struct page *p = d->s->p;

	for (size_t k = 0; k < ARRAY_LEN(attrs); k++) {
		struct sv v = page_attr(p->t, i, attrs[k]);

		if (v.n > 5 && v.n < 100 && dates_parse(d, v))
			return true;
	}
	return false;
}

static void
from_element(struct search *s, node_id i, int kind)
{
	const struct page *p = s->d->s->p;
	struct sv text = meta_may_have_date(s->d->s, i) ? page_text(p, i, LINE_MAX) : SV("");

	if (page_has_word(p->t, i, "itemprop", "datePublished") || page_attr(p->t, i, "pubdate").p)
		kind = KIND_ITEMPROP;
	if (read_attributes(s->d, i) || date_find(text, &s->d->o, &s->d->found))
		add(s, i, kind, text);
}

static void
from_list(struct search *s, const struct node_list *l, int kind)
{
	for (size_t i = 0; i < l->n; i++)
		from_element(s, l->v[i], kind);
}

// The text node, or its parent's text when that is short and says more: <span>3</span> May 2024.
static void
from_text(struct search *s, node_id i)
{
	const struct page *p = s->d->s->p;
	struct sv text = tree_text(p->t, i);
	node_id up = p->t->nodes[i].parent;

	if (text.n > LINE_MAX)
		return;

	if (date_find(text, &s->d->o, &s->d->found)) {
		add(s, i, KIND_TEXT, text);
		return;
	}
	for (unsigned steps = 0; text.n <= PIECE_MAX && steps < 2 && up != 0;
	     steps++, up = p->t->nodes[up].parent) {
		if (tree_is(p->t, up, TAG_body) || p->t->nodes[up].end - up > 12)
			return;
		text = page_text(p, up, PART_MAX + 1);
		if (text.n <= PART_MAX && date_find(text, &s->d->o, &s->d->found)) {
			add(s, up, KIND_TEXT, text);
			return;
		}
	}
}

static struct date
swapped(struct date d)
{
	int day = d.day;

	d.day = d.month;
	d.month = day;
	return d;
}

// 3/4/2024 was read by the page's language. Other dates of the page may tell better: 31/1/2024 has
// the day first, and so has 3/4/2024 beside "3 April 2024".
static void
settle_order(struct visible_dates *seen)
{
	int swap = 0;

	for (size_t i = 0; i < seen->n; i++) {
		struct date chosen = seen->v[i].date, other = swapped(chosen);

		if (chosen.order != DATE_ORDER_CHOSEN)
			continue;
		for (size_t k = 0; k < seen->n && swap < VISIBLE_MAX; k++) {
			const struct date *d = &seen->v[k].date;
			bool clear = d->order != DATE_ORDER_CHOSEN;

			swap += clear && date_compare(d, &other) == 0;
			swap -= clear && date_compare(d, &chosen) == 0;
		}
	}
	for (size_t i = 0; swap > 0 && i < seen->n; i++)
		if (seen->v[i].date.order == DATE_ORDER_CHOSEN)
			seen->v[i].date = swapped(seen->v[i].date);
}

// A block whose date is that of an element in it which says it is of a change.
static void
settle_changes(const struct tree *t, struct visible_dates *seen)
{
	for (size_t i = 0; i < seen->n; i++) {
		const struct visible_date *change = &seen->v[i];

		for (size_t k = 0; change->modified && k < seen->n; k++) {
			struct visible_date *block = &seen->v[k];

			if (block->modified || block->node > change->node ||
			    t->nodes[block->node].end <= change->node ||
			    date_compare(&block->date, &change->date) != 0)
				continue;
			block->modified = true;
			block->cost += COST_CHANGE;
		}
	}
}

static void
collect(struct dates *d)
{
	const struct meta_scan *m = d->s;
	struct search s = {.d = d, .seen = m->seen, .h1 = m->heading};
	size_t max;

	m->seen->read = true;
	max = MIN(m->times.n + m->dates.n + m->digits.n + m->metas.n, (size_t)VISIBLE_MAX);
	m->seen->v = arena_array(m->p->a, MAX(max, (size_t)1), sizeof(*m->seen->v));
	if (!m->seen->v)
		return;
	keywords_init(&s.labels, labels, ARRAY_LEN(labels));
	if (s.h1 != NODE_NONE)
		s.h1_end = m->p->t->nodes[s.h1].end;
	if (!date_month_from_url(m->p->url, &d->o, &s.month))
		date_month_from_url(m->canonical, &d->o, &s.month);
	from_list(&s, &m->times, KIND_TIME);
	from_list(&s, &m->dates, KIND_HINTED);
	for (size_t i = 0; i < m->digits.n; i++)
		from_text(&s, m->digits.v[i]);
	from_list(&s, &m->metas, KIND_META);
	settle_order(m->seen);
	settle_changes(m->p->t, m->seen);
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

bool
dates_visible(struct dates *d, enum dates_wanted wanted)
{
	const struct visible_dates *seen = d->s->seen;
	int limit = wanted == DATES_CLEAR  ? COST_CLEAR + 1
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
	if (best)
		d->found = best->date;
	return best != NULL;
}
