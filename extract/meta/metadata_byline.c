// SPDX-License-Identifier: Apache-2.0
// The line that dates the text often names who wrote it: "Jane Doe | 3 May 2017", "3 May 2017, by
// jane". Read in the piece of text with the date and in those beside it; the last to be asked.
#include "extract/html/letters.h"
#include "extract/meta/metadata_date_priv.h"
#include "extract/meta/metadata_name.h"

#define LINE_BYTES   140
#define PERSON_WORDS 4
#define PERSON_BYTES 40
#define BESIDE_NODES 8   // to the text before or behind
#define BLOCK_LEVELS 3   // up from the date
#define KOREAN_NODES 200 // after the heading
#define KOREAN_BYTES 80

// --- what a name looks like ---

static bool
is_capital(struct sv w)
{
	size_t i = 0;
	uint32_t c = letters_decode(w, &i);

	return letters_lower(c) != c;
}

static bool
is_name_char(char c)
{
	return (unsigned char)c >= 0x80 || sv_is_alpha(c) || c == ' ' || c == '.' || c == '-' ||
	       c == '\'';
}

// Words that stand there with a capital and belong to no name.
static bool
is_other(struct sv w)
{
	static const char *const others[] = {"news", "new", "san", "los", "las", "st.", "saint",
	    "read", "min", "press", "release", "blog", "category", "company", "updates", "more",
	    "last", "first", "the", "our", "all", "your", "and", "for", "north", "south", "east",
	    "west", "united", "associated", "stand", "quelle", "bild", "foto", "article", "post",
	    "posts", "home", "page", "date", "time", "comments", "views", "share", "city", "guide",
	    "team", "staff", "thứ", "nr.", "no.", "pressemitteilung", "in", "on", "at", "to", "of",
	    "event", "events", "report", "media", "now", "today", "january", "february",
	    "september", "october", "november", "december"};

	for (size_t k = 0; k < ARRAY_LEN(others); k++)
		if (sv_ieq_str(w, others[k]))
			return true;
	return false;
}

// Two to four words with capitals.
static bool
is_person(struct sv v)
{
	size_t from = 0, words = 0;

	if (v.n < 5 || v.n > PERSON_BYTES || date_label(v) != LABEL_NONE)
		return false;
	for (size_t i = 0; i <= v.n; i++) {
		struct sv w;

		if (i < v.n && !is_name_char(v.p[i]))
			return false;
		if (i < v.n && v.p[i] != ' ')
			continue;
		w = sv_sub(v, from, i);
		from = i + 1;
		if (w.n < 2 || !is_capital(w) || is_other(w))
			return false;
		words++;
	}
	return words >= 2 && words <= PERSON_WORDS;
}

// --- the parts of a line ---

// Bytes of a mark between two parts at `i`, or 0.
static size_t
part_end(struct sv v, size_t i)
{
	static const char *const marks[] = {
	    "|", "·", "•", " - ", "–", "—", ",", "/", "\xe3\x80\x80", "»", "("};

	for (size_t k = 0; k < ARRAY_LEN(marks); k++)
		if (sv_starts(sv_sub(v, i, v.n), marks[k]))
			return strlen(marks[k]);
	return 0;
}

// Of what follows a date: without the time of day.
static struct sv
behind_time(struct sv v)
{
	static const char *const words[] = {"kl", "klo", "uhr", "um", "at", "ore", "alle", "saat"};

	for (bool again = true; again;) {
		again = false;
		while (v.n > 0 && (sv_is_space(v.p[0]) || strchr(",.:()0123456789", v.p[0])))
			v = sv_sub(v, 1, v.n);
		for (size_t i = 0; i < ARRAY_LEN(words); i++) {
			size_t n = strlen(words[i]);

			if (v.n > n && sv_istarts(v, words[i]) && strchr(" .,", v.p[n])) {
				v = sv_sub(v, n, v.n);
				again = true;
			}
		}
	}
	return v;
}

static void
from_part(struct names *out, struct sv v)
{
	v = names_cut(sv_trim(v));
	if (names_begins_by(out->s, v)) {
		v = names_after_by(out->s, v);
		if (names_is_capital(v) || names_words(v) == 1)
			names_add_text(out, v);
	} else if (is_person(v)) {
		names_add_text(out, v);
	}
}

static void
from_parts(struct names *out, struct sv v)
{
	size_t from = 0;

	for (size_t i = 0; i <= v.n && out->n == 0; i++) {
		size_t n = i < v.n ? part_end(v, i) : 1;

		if (n == 0)
			continue;
		from_part(out, sv_sub(v, from, i));
		from = i + n;
	}
}

static void
from_text(struct names *out, const struct dates *d, struct sv v)
{
	struct date found;

	if (v.n == 0 || v.n > LINE_BYTES || out->n > 0)
		return;
	if (!date_find(v, &d->o, &found)) {
		from_parts(out, v);
		return;
	}
	from_parts(out, names_before_date(sv_sub(v, 0, found.from)));
	if (out->n == 0)
		from_parts(out, behind_time(sv_sub(v, found.end, v.n)));
}

// What the node and its neighbours stand in, but not the whole body.
static node_id
block_of(const struct tree *t, node_id i)
{
	for (unsigned n = 0; n < BLOCK_LEVELS && t->nodes[i].parent != 0 &&
			     !tree_is(t, t->nodes[i].parent, TAG_body);
	     n++)
		i = t->nodes[i].parent;
	return i;
}

// The text before or behind the node, in the same or the next element.
static struct sv
text_beside(const struct page *p, node_id from, node_id end, int step)
{
	char line[META_LINE_MAX];
	node_id block = block_of(p->t, from), i = step < 0 ? from - 1 : end;

	for (unsigned n = 0; n < BESIDE_NODES && i > block && i < p->t->nodes[block].end;
	     n++, i += (node_id)step) {
		struct sv v = p->t->nodes[i].kind == NODE_TEXT ? tree_text(p->t, i) : SV_NULL;

		if (tag_flags(p->t->nodes[i].tag) & TAGF_HEADING ||
		    tag_flags(p->t->nodes[p->t->nodes[i].parent].tag) & TAGF_HEADING)
			return SV_NULL;
		v = v.n <= LINE_BYTES ? meta_line(v, line) : SV_NULL;
		if (v.n > 2)
			return page_dup(p, v);
	}
	return SV_NULL;
}

// "홍길동 기자 kim@…": a reporter of that name.
static void
from_korean(struct names *out)
{
	static const char role[] = " 기자";
	const struct tree *t = out->s->p->t;
	node_id from = out->s->heading == NODE_NONE ? 1 : out->s->heading;

	if (!sv_istarts(out->s->lang, "ko"))
		return;
	for (node_id i = from; i < MIN(t->n, from + KOREAN_NODES) && out->n == 0; i++) {
		struct sv v = t->nodes[i].kind == NODE_TEXT ? sv_trim(tree_text(t, i)) : SV_NULL;
		ptrdiff_t at = v.n <= KOREAN_BYTES ? sv_ifind(v, role) : -1;
		size_t begin = at > 0 ? (size_t)at : 0;

		while (begin > 0 && !strchr(" ]=|", v.p[begin - 1]))
			begin--;
		if (at > 0)
			names_add_handle(out, sv_sub(v, begin, (size_t)at));
	}
}

void
names_from_dated_line(struct names *out)
{
	const struct page *p = out->s->p;
	struct dates d = dates_init(out->s);
	node_id i = dates_visible_node(&d), end;
	char line[META_LINE_MAX];

	from_korean(out);
	if (i == NODE_NONE || out->n > 0)
		return;
	end = MAX(p->t->nodes[i].end, i + 1);
	if (p->t->nodes[i].kind == NODE_TEXT)
		from_text(out, &d, meta_line(tree_text(p->t, i), line));
	else
		from_text(out, &d, page_text(p, i, LINE_BYTES + 1));
	from_text(out, &d, text_beside(p, i, end, -1));
	from_text(out, &d, text_beside(p, i, end, 1));
}
