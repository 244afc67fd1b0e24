// SPDX-License-Identifier: Apache-2.0
// What stands around a name in a byline: labels before it, roles, degrees and dates behind it.
#include "extract/meta/metadata_name.h"

#include <strings.h>

#define NAME_MAX_BYTES 100
#define NAME_MAX_WORDS 7
#define TEXT_MAX_BYTES 4096 // of a list of names
#define SIDE_MAX_BYTES 400  // of a name and what stands around it, on either side of "and"

// --- tables ---

// Longest first, so that "written by" is not cut to "by".
static const char *const lead_words[] = {"medically reviewed by", "view all posts by",
    "see all articles by", "more articles by", "all articles by", "all posts by", "articles by",
    "recommended by", "contributed by", "published by", "submitted by", "presented by",
    "article by", "reviewed by", "created by", "started by", "written by", "posts by", "posted by",
    "updated by", "edited by", "author(s)", "contributors", "contributor", "more from", "words by",
    "story by", "text by", "authors", "author", "written", "geschrieben von", "verfasst von",
    "gepostet von", "eingestellt von", "veröffentlicht von", "rédigé par", "posté par",
    "soumis par", "postado por", "pubblicato da", "inviato da", "geplaatst door", "escrito por",
    "publicado por", "écrit par", "publié par", "scritto da", "di", "geschreven door", "skrevet av",
    "skriven av", "skrevet af", "ein beitrag von", "beitrag von", "text von", "eingetragen von",
    "a cura di", "inserito da", "postato da", "publicerad av", "publisert av", "scris de",
    "publicat de", "postat de", "escrit per", "publicat per", "ditulis oleh", "diposting oleh",
    "tác giả", "autorin", "verfasser", "auteure", "autora", "forfatter", "författare",
    "kirjoittanut", "kirjoittaja", "teksti", "tekst", "autorka", "napisał", "napisała", "dodał",
    "dodała", "napsal", "napsala", "vložil", "vložila", "napísal", "piše", "napisao", "napisala",
    "avtor", "írta", "szerző", "Írta", "Szerző", "yazan", "yazar", "написал", "написала", "Написал",
    "Пише", "пише", "Аутор", "аутор", "Написав", "Текст", "текст", "γράφει ο", "γράφει η",
    "Γράφει ο", "Γράφει η", "Από", "από", "كتبت", "كتب", "بقلم", "نویسنده", "מאת", "लेखक", "ผู้เขียน",
    "โดย", "penulis", "oleh", "著者", "投稿者", "執筆", "작성자", "글쓴이", "przez", "per",
    "autores", "autor", "auteur", "autore", "автор", "Автор", "от", "by", "von", "par", "por", "da",
    "door", "av", "af", "from", "text", "文", "作者", NULL};

// The name ends where a date, a role or another field begins.
static const char *const ends[] = {" | ", " • ", " · ", " on ", " updated", " published", " – ",
    " — ", " - ", " / ", " in ", " posted", " at ", " last ", " follow", " view ", " read ",
    " is a ", " is an ", " is the ", " (@", " @", " reviewed by", " edited by", " fact checked",
    " medically reviewed", " with ", " photography by", " photos by", " via ", " on behalf of ",
    " joined ", " courtesy of ", NULL};

static const char *const refused[] = {"admin", "administrator", "author", "unknown", "anonymous",
    "guest", "staff", "editor", "share", "home", "about", "comments", "subscribe", "login",
    "register", "website", "null", "undefined", "none", "n/a", "more", "follow", "contact", "by",
    "post", "posts", "topic author", "written by", "written", "articles", "all articles", "profile",
    "reply", "the author", "view more posts", "sign in", "sign up", "log in", "learn more",
    "read more", "about the author", "about the authors", "here", "editorial", "blog", "view all",
    "wordpress", "user", "show more", "bio", "read full bio", "full bio", "website link", "email",
    "twitter", "facebook", "linkedin", "instagram", "read bio", "view profile", "newsletter",
    "search", "menu", "advertisement", "updated", "published", "continue reading", "see all",
    "the editors", "join us", "der redaktion", "die redaktion", "la rédaction", "la redacción",
    "la redazione", "da redação", "de redactie", "администратор", "Администратор", "адміністратор",
    "webmaster", "administrador", "administrateur", "amministratore", "beheerder", "yönetici",
    "관리자", "管理员", "管理者", NULL};

// A part after a comma that says what the person is.
static const char *const roles[] = {"editor", "writer", "reporter", "founder", "director",
    "manager", "contributor", "correspondent", "staff", "ceo", "head of", "marketing", "specialist",
    "president", "senior", "expert", "chief", "officer", "professor", "attorney", "analyst",
    "engineer", "author", "columnist", "journalist", "assistant", "coach", "university",
    "institute", "strategist", "consultant", "head ", "grader", "team lead", "updated", "published",
    "redakteur", "rédacteur", NULL};

static const char *const separators[] = {", and ", " and ", " & ", ", ", " und ", " et ", " y ",
    " og ", " och ", " en ", " e ", "; ", ";", " / ", NULL};

static const char *const particles[] = {"de", "van", "von", "der", "den", "la", "le", "di", "da",
    "del", "della", "dos", "do", "du", "bin", "ibn", "al", "el", "y", "e", "zu", "af", "av", "ter",
    "ten", "of", "the", "and", "for", "d", NULL};

// --- questions ---

static bool
starts_with_word(struct sv v, const char *word)
{
	size_t n;

	if (!sv_istarts(v, word))
		return false;
	n = strlen(word);
	return v.n == n || strchr(" :,-", v.p[n]) || (v.p[n] & 0x80);
}

static bool
is_one_of(struct sv v, const char *const *list)
{
	for (; *list; list++)
		if (sv_ieq_str(v, *list))
			return true;
	return false;
}

static bool
has_one_of(struct sv v, const char *const *list)
{
	for (; *list; list++)
		if (sv_ifind(v, *list) >= 0)
			return true;
	return false;
}

size_t
names_words(struct sv v)
{
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++)
		n += v.p[i] != ' ' && (i == 0 || v.p[i - 1] == ' ');
	return n;
}

static struct sv
next_word(struct sv v, size_t *pos)
{
	size_t from;

	while (*pos < v.n && v.p[*pos] == ' ')
		++*pos;
	from = *pos;
	while (*pos < v.n && v.p[*pos] != ' ')
		++*pos;
	return sv_sub(v, from, *pos);
}

bool
names_is_capital(struct sv v)
{
	size_t pos = 0, capitals = 0;

	v = sv_trim(v);
	for (struct sv w = next_word(v, &pos); w.n > 0; w = next_word(v, &pos)) {
		bool lower = w.p[0] >= 'a' && w.p[0] <= 'z';

		if (lower && !is_one_of(w, particles))
			return capitals >= 2; // behind a name there may be anything
		capitals += !lower;
	}
	return capitals > 0;
}

bool
names_is_site(const struct meta_scan *s, struct sv v)
{
	return sv_ieq_str(v, s->site_name.p ? s->site_name.p : "") || sv_eq(v, s->host);
}

// "… , USA Today" on usatoday.com, behind a name
static bool
names_publisher(const struct meta_scan *s, struct sv v)
{
	char squeezed[64];
	size_t n = 0;

	for (size_t i = 0; i < v.n && n + 2 < sizeof(squeezed); i++)
		if (v.p[i] != ' ')
			squeezed[n++] = v.p[i];
	squeezed[n++] = '.';
	squeezed[n] = '\0';
	return names_is_site(s, v) || (n > 3 && sv_istarts(s->host, squeezed));
}

enum place
names_place(const struct meta_scan *s, node_id i)
{
	for (node_id up = i, steps = 0; steps < 40 && up != 0;
	     steps++, up = s->p->t->nodes[up].parent)
		if (s->p->t->nodes[up].flags & NODE_F_HIDDEN)
			return PLACE_BAD;
	return meta_place(s, i);
}

bool
names_out_of_place(const struct meta_scan *s, node_id i)
{
	return names_place(s, i) != PLACE_GOOD;
}

// --- labels ---

static struct sv
strip_marks(struct sv v)
{
	while (v.n > 0 && strchr(":-,.|", v.p[0]))
		v = sv_trim(sv_sub(v, 1, v.n));
	return sv_starts(v, "：") ? sv_trim(sv_sub(v, strlen("："), v.n)) : v;
}

static struct sv
strip_lead(struct sv v)
{
	for (size_t i = 0; lead_words[i]; i++)
		if (starts_with_word(v, lead_words[i]) && v.n > strlen(lead_words[i]))
			return strip_marks(sv_trim(sv_sub(v, strlen(lead_words[i]), v.n)));
	return v;
}

bool
names_is_label(struct sv v)
{
	while (v.n > 0 && strchr(": -,", v.p[v.n - 1]))
		v.n--;
	if (v.n == 0)
		return true;
	for (size_t i = 0; lead_words[i]; i++)
		if (sv_ieq_str(v, lead_words[i]))
			return true;
	return false;
}

// By the last five bits of their first byte.
static const struct {
	const char *word, *lang;
} by_words[32][33] = {
    [0] = {{"लेखक", NULL}, {"ผู้เขียน", NULL}, {"โดย", "th"}},
    ['a' & 31] = {{"author", NULL}, {"authors", NULL}, {"author(s)", NULL}, {"article by", NULL},
	{"autor", NULL}, {"auteur", NULL}, {"autore", NULL}, {"a cura di", NULL}, {"autorin", NULL},
	{"auteure", NULL}, {"autora", NULL}, {"autorka", NULL}, {"avtor", NULL}, {"av", "sv"},
	{"av", "no"}, {"av", "nb"}, {"av", "nn"}, {"af", "da"}},
    ['b' & 31] = {{"by", NULL}, {"beitrag von", NULL}},
    ['c' & 31] = {{"contributors", NULL}, {"contributor", NULL}, {"écrit par", NULL},
	{"írta", NULL}, {"Írta", NULL}},
    ['d' & 31] = {{"door", NULL}, {"ditulis oleh", NULL}, {"diposting oleh", NULL}, {"作者", NULL},
	{"di", "it"}, {"da", "it"}, {"de", "ro"}},
    ['e' & 31] = {{"escrito por", NULL}, {"eingestellt von", NULL}, {"ein beitrag von", NULL},
	{"eingetragen von", NULL}, {"escrit per", NULL}, {"執筆", NULL}},
    ['f' & 31] = {{"forfatter", NULL}, {"författare", NULL}, {"投稿者", NULL}, {"文", "zh"},
	{"撰文", "zh"}, {"文", "ja"}},
    ['g' & 31] = {{"geschreven door", NULL}, {"geschrieben von", NULL}, {"gepostet von", NULL},
	{"geplaatst door", NULL}},
    ['h' & 31] = {{"著者", NULL}},
    ['i' & 31] = {{"inviato da", NULL}, {"inserito da", NULL}},
    ['j' & 31] = {{"글쓴이", NULL}},
    ['k' & 31] = {{"kirjoittanut", NULL}, {"kirjoittaja", NULL}},
    ['l' & 31] = {{"작성자", NULL}},
    ['n' & 31] = {{"napisał", NULL}, {"napisała", NULL}, {"napsal", NULL}, {"napsala", NULL},
	{"napísal", NULL}, {"napisao", NULL}, {"napisala", NULL}, {"γράφει ο", NULL},
	{"γράφει η", NULL}, {"Γράφει ο", NULL}, {"Γράφει η", NULL}, {"Από", "el"}, {"από", "el"}},
    ['o' & 31] = {{"oleh", NULL}},
    ['p' & 31] = {{"par", NULL}, {"por", NULL}, {"posted by", NULL}, {"published by", NULL},
	{"publié par", NULL}, {"posté par", NULL}, {"publicado por", NULL}, {"postado por", NULL},
	{"pubblicato da", NULL}, {"Автор", NULL}, {"автор", NULL}, {"postato da", NULL},
	{"publicerad av", NULL}, {"publisert av", NULL}, {"publicat de", NULL}, {"postat de", NULL},
	{"publicat per", NULL}, {"piše", NULL}, {"написал", NULL}, {"написала", NULL},
	{"Написал", NULL}, {"Пише", NULL}, {"пише", NULL}, {"Аутор", NULL}, {"аутор", NULL},
	{"Написав", NULL}, {"penulis", NULL}, {"per", "ca"}, {"przez", "pl"}, {"от", "ru"},
	{"Текст", "ru"}, {"от", "bg"}},
    ['r' & 31] = {{"recommended by", NULL}, {"rédigé par", NULL}},
    ['s' & 31] = {{"started by", NULL}, {"story by", NULL}, {"submitted by", NULL},
	{"scritto da", NULL}, {"soumis par", NULL}, {"skrevet av", NULL}, {"skriven av", NULL},
	{"skrevet af", NULL}, {"scris de", NULL}, {"szerző", NULL}},
    ['t' & 31] = {{"text by", NULL}, {"text von", NULL}, {"tác giả", NULL}, {"text", "sv"},
	{"tekst", "no"}, {"tekst", "nb"}, {"tekst", "da"}, {"tekst", "pl"}, {"text", "de"},
	{"teksti", "fi"}, {"text", "cs"}, {"text", "sk"}},
    ['v' & 31] = {{"von", NULL}, {"verfasst von", NULL}, {"veröffentlicht von", NULL},
	{"vložil", "cs"}, {"vložila", "cs"}},
    ['w' & 31] = {{"written by", NULL}, {"words by", NULL}, {"מאת", NULL}},
    ['x' & 31] = {{"بقلم", NULL}},
    ['y' & 31] = {{"yazan", NULL}, {"yazar", NULL}, {"نویسنده", NULL}, {"كتب", "ar"},
	{"كتبت", "ar"}},
};

// Some are words of another meaning elsewhere: only in the page's own language.
bool
names_begins_by(const struct meta_scan *s, struct sv v)
{
	unsigned group;

	if (v.n == 0)
		return false;
	group = (unsigned char)v.p[0] & 31;
	for (size_t i = 0; by_words[group][i].word; i++)
		if ((!by_words[group][i].lang || sv_istarts(s->lang, by_words[group][i].lang)) &&
		    starts_with_word(v, by_words[group][i].word))
			return true;
	return false;
}

struct sv
names_after_by(const struct meta_scan *s, struct sv v)
{
	v = sv_trim(v);
	for (int n = 0; n < 2 && names_begins_by(s, v); n++)
		v = strip_lead(v);
	return v;
}

// --- one name ---

static const char *const before_dates[] = {" il ", " le ", " el ", " am ", " um ", " op ", " den ",
    " vom ", " on ", " em ", " kl ", " kl. ", " dne ", " w dniu ", NULL};

static struct sv
without_last(struct sv v, const char *const *words)
{
	for (; *words; words++) {
		size_t n = strlen(*words);

		if (v.n > n && strncasecmp(v.p + v.n - n, *words, n) == 0)
			return sv_sub(v, 0, v.n - n);
	}
	return v;
}

struct sv
names_before_date(struct sv v)
{
	for (const char *const *w = before_dates; *w; w++) {
		ptrdiff_t at = sv_ifind(v, *w);

		if (at > 0 && names_words(sv_sub(v, (size_t)at + strlen(*w), v.n)) <= 1)
			return sv_sub(v, 0, (size_t)at);
	}
	return without_last(v, before_dates);
}

// "Jane Doe 3 January", "Jane Doe. She …"; not "Dr. Jane", "A. B. Doe".
static struct sv
cut_sentence(struct sv v)
{
	for (size_t i = 4; i < v.n; i++) {
		bool number = v.p[i] >= '0' && v.p[i] <= '9' && v.p[i - 1] == ' ';
		bool stop = v.p[i] == ' ' && v.p[i - 1] == '.' &&
			    memchr(v.p + i - 4, ' ', 3) == NULL &&
			    memchr(v.p + i - 4, '.', 3) == NULL;

		if (number)
			return without_last(sv_sub(v, 0, i), before_dates);
		if (stop)
			return sv_sub(v, 0, i);
	}
	return v;
}

struct sv
names_cut(struct sv v)
{
	for (size_t i = 0; ends[i]; i++) {
		ptrdiff_t at = sv_ifind(v, ends[i]);

		if (at > 1)
			v = sv_sub(v, 0, (size_t)at);
	}
	v = cut_sentence(v);
	while (v.n > 0 && strchr(" ,|-:;*", v.p[v.n - 1]))
		v.n--;
	return v;
}

// "Jul", "May 25, 2023", "2015": what is left of a date.
static bool
is_date_part(struct sv v)
{
	static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun",
	    "updated", "am", "pm", "uhr", "at", "utc", "gmt", "bst", "est", "edt", "cst", "cdt",
	    "mst", "mdt", "pst", "pdt", "cet", "cest", "ist", NULL};
	size_t from = 0, others = 0;

	for (size_t i = 0; i <= v.n; i++) {
		struct sv w;
		char lower[32];

		if (i < v.n && v.p[i] != ' ' && v.p[i] != ',' && v.p[i] != '.')
			continue;
		w = sv_sub(v, from, MIN(i, from + sizeof(lower)));
		for (size_t k = 0; k < w.n; k++)
			lower[k] = (char)(w.p[k] >= 'A' && w.p[k] <= 'Z' ? w.p[k] + 32 : w.p[k]);
		if (w.n > 0 && (w.p[0] < '0' || w.p[0] > '9') && !is_one_of(w, days) &&
		    date_month_by_name((struct sv){lower, w.n}, SV_NULL) == 0)
			others++;
		from = i + 1;
	}
	return others == 0;
}

static bool
is_refused(struct sv v)
{
	static const char *const parts[] = {
	    "://", "www.", ".com/", "{{", "}}", "<", ">", "⟨", " version", NULL};

	if (is_one_of(v, refused) || has_one_of(v, parts))
		return true;
	return strchr("@{#", v.p[0]) || memchr(v.p, '?', v.n) || memchr(v.p, '=', v.n);
}

// page.head.author: a template that was not filled in.
static bool
is_placeholder(struct sv v)
{
	return !memchr(v.p, ' ', v.n) && memchr(v.p, '.', v.n) && sv_ifind(v, "author") >= 0;
}

static bool
is_sentence(struct sv v, size_t words)
{
	size_t pos = 0;

	return words > 2 && v.p[0] >= 'a' && v.p[0] <= 'z' &&
	       !is_one_of(next_word(v, &pos), particles);
}

static bool
is_name(struct sv v)
{
	size_t words = names_words(v);

	return v.n >= 2 && v.n <= NAME_MAX_BYTES && words <= NAME_MAX_WORDS && !is_refused(v) &&
	       !is_placeholder(v) && !is_sentence(v, words) && !is_date_part(v);
}

// --- lists ---

static bool
known(const struct names *out, struct sv v)
{
	for (size_t i = 0; i < out->n; i++)
		if (sv_ieq_str(out->v[i], v.p))
			return true;
	return false;
}

static void
add_name(struct names *out, struct sv v)
{
	v = page_dup(out->s->p, v);
	if (is_name(v) && out->n < METADATA_MAX_AUTHORS && !known(out, v))
		out->v[out->n++] = v;
}

void
names_add_handle(struct names *out, struct sv v)
{
	v = page_collapse(out->s->p, v);
	if (sv_istarts(v, "by "))
		v = sv_sub(v, 3, v.n);
	if (v.n > 0 && v.n <= NAME_MAX_BYTES && !is_refused(v))
		add_name(out, v);
}

void
names_add_whole(struct names *out, struct sv v)
{
	add_name(out, strip_lead(page_collapse(out->s->p, v)));
}

// MD, Ph.D., RDN, MBA: a degree; Jr., III
static bool
is_degree(struct sv v)
{
	static const char *const others[] = {"phd", "ph.d.", "ph.d", "jr", "jr.", "sr", "sr.",
	    "esq", "esq.", "inc", "inc.", "llc", "ltd", NULL};
	size_t letters = 0;

	if (is_one_of(v, others))
		return true;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] >= 'A' && v.p[i] <= 'Z')
			letters++;
		else if (!strchr(".- ", v.p[i]) &&
			 !(v.p[i] == 'h' || v.p[i] == 's' || v.p[i] == 'c'))
			return false;
	}
	return v.n > 0 && letters >= 1 && v.n <= 8;
}

static size_t
separator_at(struct sv v, size_t i)
{
	for (size_t k = 0; separators[k]; k++)
		if (sv_starts(sv_sub(v, i, v.n), separators[k]))
			return strlen(separators[k]);
	return 0;
}

// Organisations have "and" in their names: both sides of it must look like a person's.
static bool
splits_here(struct sv v, size_t from, size_t i, size_t len)
{
	struct sv left = sv_trim(sv_sub(v, from, i)), right = sv_trim(sv_sub(v, i + len, v.n));
	size_t end = 0;

	if (memchr(v.p + i, ',', len) || memchr(v.p + i, ';', len) || memchr(v.p + i, '/', len))
		return true;
	if (left.n > SIDE_MAX_BYTES)
		return false;
	while (end < MIN(right.n, (size_t)SIDE_MAX_BYTES) && separator_at(right, end) == 0)
		end++;
	right = names_cut(sv_sub(right, 0, end));
	return names_words(left) >= 2 && names_words(left) <= 4 && names_words(right) >= 2 &&
	       names_words(right) <= 4 && names_is_capital(right);
}

static void
add_degree(struct names *out, struct sv v)
{
	cleanup_buf b = BUF_INIT;

	buf_sv(&b, out->degrees[out->n - 1]);
	buf_str(&b, ", ");
	buf_sv(&b, v);
	out->degrees[out->n - 1] = page_dup(out->s->p, buf_view(&b));
}

static bool
has_digit(struct sv v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] >= '0' && v.p[i] <= '9')
			return true;
	return false;
}

static void
add_part(struct names *out, struct sv v, bool first)
{
	v = names_cut(strip_lead(sv_trim(v)));
	if (!first && out->n > 0 && names_words(out->v[out->n - 1]) > 1 &&
	    names_publisher(out->s, v))
		return;
	if (!first && out->n > 0 && is_degree(v)) {
		add_degree(out, v);
		return;
	}
	if (v.n == 0 || (!first && (has_one_of(v, roles) || !names_is_capital(v) || has_digit(v))))
		return;
	add_name(out, v);
}

void
names_add_text(struct names *out, struct sv v)
{
	size_t from = 0, i = 0;

	v = page_collapse(out->s->p, meta_unescaped(out->s->p, sv_cut(v, TEXT_MAX_BYTES)));
	for (int n = 0; n < 3; n++)
		v = strip_lead(v);
	while (i < v.n && out->n < METADATA_MAX_AUTHORS) {
		size_t len = separator_at(v, i);

		if (len > 0 && splits_here(v, from, i, len)) {
			add_part(out, sv_sub(v, from, i), from == 0);
			from = i + len;
			i = from;
		} else {
			i += MAX(len, (size_t)1);
		}
	}
	add_part(out, sv_sub(v, from, v.n), from == 0);
}
