// SPDX-License-Identifier: Apache-2.0
// <title> taken apart: the page's own title, marks between, the names of the site and its sections.
#include "extract/meta/metadata_priv.h"

#define SITE_MAX_BYTES 60
#define SITE_MAX_WORDS 6
#define TRIED_MAX      8 // places of a text in <title>

// Those of `loose` stand within words as well: only between blanks or beside letters that are not
// ASCII do they part anything.
static const struct {
	const char *mark;
	bool loose;
} marks[] = {{"|", false}, {"–", false}, {"—", false}, {"·", false}, {"•", false}, {"»", false},
    {"«", false}, {"›", false}, {"｜", false}, {"︱", false}, {"：", false}, {"::", false},
    {":", true}, {">", true}, {"~", true}, {"-", true}, {"/", true}, {"_", true}};

static bool
is_wide(struct sv v, size_t i)
{
	return i < v.n && (unsigned char)v.p[i] >= 0x80;
}

// Bytes of blanks and a mark that end before `i`, or start at it; 0: the words go on.
static size_t
mark_before(struct sv v, size_t i)
{
	size_t at = i;

	while (at > 0 && v.p[at - 1] == ' ')
		at--;
	for (size_t k = 0; k < ARRAY_LEN(marks); k++) {
		size_t n = strlen(marks[k].mark), from;

		if (at < n || memcmp(v.p + at - n, marks[k].mark, n) != 0)
			continue;
		from = at - n;
		if (marks[k].loose && at == i && !is_wide(v, i) &&
		    !(from > 0 && (is_wide(v, from - 1) || (i == v.n && v.p[from - 1] == ' '))))
			return 0;
		while (from > 0 && v.p[from - 1] == ' ')
			from--;
		return i - from;
	}
	return 0;
}

static size_t
mark_behind(struct sv v, size_t i)
{
	size_t at = i;

	while (at < v.n && v.p[at] == ' ')
		at++;
	for (size_t k = 0; k < ARRAY_LEN(marks); k++) {
		size_t n = strlen(marks[k].mark), end = at + n;

		if (end > v.n || memcmp(v.p + at, marks[k].mark, n) != 0)
			continue;
		if (marks[k].loose && at == i && *marks[k].mark != ':' && !is_wide(v, end) &&
		    !(i > 0 && is_wide(v, i - 1)))
			return 0;
		while (end < v.n && v.p[end] == ' ')
			end++;
		return end - i;
	}
	return 0;
}

struct sv
meta_before_mark(struct sv v)
{
	size_t n = mark_before(v, v.n);

	return sv_trim(n < v.n ? sv_sub(v, 0, v.n - n) : v);
}

bool
meta_is_title_part(struct sv tag, struct sv text)
{
	if (text.n == 0 || text.n >= tag.n)
		return false;
	for (size_t i = 0, tried = 0; i + text.n <= tag.n && tried < TRIED_MAX; i++, tried++) {
		const char *p = memmem(tag.p + i, tag.n - i, text.p, text.n);

		if (!p)
			return false;
		i = (size_t)(p - tag.p);
		if ((i == 0 || mark_before(tag, i) > 0) &&
		    (i + text.n == tag.n || mark_behind(tag, i + text.n) > 0))
			return true;
	}
	return false;
}

static size_t
count_words(struct sv v)
{
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++)
		n += v.p[i] != ' ' && (i == 0 || v.p[i - 1] == ' ');
	return n;
}

static struct sv
last_part(struct sv v)
{
	for (size_t i = v.n; i-- > 0;)
		if (i + 1 < v.n && v.p[i] != ' ' && mark_before(v, i) > 0)
			return sv_sub(v, i, v.n);
	return v;
}

static struct sv
first_part(struct sv v)
{
	for (size_t i = 1; i < v.n; i++)
		if (mark_behind(v, i) > 0)
			return sv_sub(v, 0, i);
	return v;
}

struct sv
meta_beside_title(struct sv tag, struct sv title)
{
	struct sv v = SV_NULL;
	size_t n;

	if (title.n == 0 || title.n >= tag.n)
		return SV_NULL;
	if (memcmp(tag.p, title.p, title.n) == 0 && (n = mark_behind(tag, title.n)) > 0)
		v = last_part(sv_sub(tag, title.n + n, tag.n));
	else if (memcmp(tag.p + tag.n - title.n, title.p, title.n) == 0 &&
		 (n = mark_before(tag, tag.n - title.n)) > 0)
		v = first_part(sv_sub(tag, 0, tag.n - title.n - n));
	v = sv_trim(v);
	for (size_t i = 0; i < v.n; i++) // "page 2"
		if (sv_is_digit(v.p[i]) && count_words(v) > 1)
			return SV_NULL;
	return v.n > 1 && v.n <= SITE_MAX_BYTES && count_words(v) <= SITE_MAX_WORDS ? v : SV_NULL;
}

// What phpBB and its kin write before a thread's name.
struct sv
meta_behind_topic(struct sv tag)
{
	static const char *const leads[] = {"View topic - ", "Thema anzeigen - ",
	    "Voir le sujet - ", "Afficher le sujet - ", "Ver tema - ", "Ver Tópico - ",
	    "Exibir tópico - ", "Leggi argomento - ", "Bekijk onderwerp - ", "Toon onderwerp - ",
	    "Zobacz temat - ", "Zobrazit téma - ", "Téma megtekintése - ", "Visa ämne - ",
	    "Visa tråd - ", "Vis emne - ", "Näytä aihe - ", "Konu görüntüle - ",
	    "Başlık görüntüle - ", "Vezi subiect - ", "Просмотр темы - ", "Перегляд теми - ",
	    "Преглед на тема - ", "Pogled teme - ", "トピックを表示 - ", "查看主题 - ",
	    "檢視主題 - "};
	static const char *const first[] = {"Topic: ", "Thread: ", "Thema: "};

	for (size_t i = 0; sv_has(tag, " - ") && i < ARRAY_LEN(leads); i++) {
		ptrdiff_t at = sv_ifind(tag, leads[i]);

		if (at == 0 || (at > 0 && mark_before(tag, (size_t)at) > 0))
			return sv_sub(tag, (size_t)at + strlen(leads[i]), tag.n);
	}
	for (size_t i = 0; i < ARRAY_LEN(first); i++)
		if (sv_istarts(tag, first[i]))
			return sv_sub(tag, strlen(first[i]), tag.n);
	return tag;
}
