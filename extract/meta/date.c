// SPDX-License-Identifier: Apache-2.0
// Finds and reads dates: the text is read as tokens (numbers, words, marks), and each pattern of
// the table is tried at each number or month name. Linear in the text; runs in the worker.
#include "extract/meta/date.h"
#include "extract/html/letters.h"

#include <stdio.h>

#define DATE_TEXT_MAX 20000
#define WORD_MAX      40

enum token_kind { TOK_END, TOK_NUMBER, TOK_MONTH, TOK_WORD, TOK_MARK };
struct token {
	uint8_t kind;
	uint8_t digits; // TOK_NUMBER
	char mark;      // TOK_MARK: the ASCII character, 0 for others
	bool glued;     // no white space before it
	int64_t value;  // number or month
	char word[WORD_MAX];
	uint8_t word_len;
};
// --- characters ---

// ASCII, fullwidth, Arabic-Indic, Persian, Devanagari, Bengali, Thai digits.
static int
digit_of(uint32_t c)
{
	static const uint32_t zeros[] = {'0', 0xff10, 0x660, 0x6f0, 0x966, 0x9e6, 0xe50};

	for (size_t i = 0; i < ARRAY_LEN(zeros); i++)
		if (c >= zeros[i] && c < zeros[i] + 10)
			return (int)(c - zeros[i]);
	return -1;
}

static bool
is_letter(uint32_t c)
{
	if (c < 0x80)
		return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
	if (c < 0xc0)
		return c == 0xaa || c == 0xba; // ordinal marks
	return c != 0xd7 && c != 0xf7 && (c < 0x2000 || c > 0x206f) && (c < 0x3000 || c > 0x3004) &&
	       (c < 0xff00 || c > 0xff0f) && c != 0x60c;
}

static bool
is_blank(uint32_t c)
{
	return c <= ' ' || c == 0xa0 || c == 0x202f || c == 0x2009 || c == 0x3000 ||
	       (c >= 0x200b && c <= 0x200f);
}

static void
put(struct token *t, uint32_t c)
{
	char b[4];
	size_t n = letters_encode(c, b);

	if (t->word_len + n <= WORD_MAX) {
		memcpy(t->word + t->word_len, b, n);
		t->word_len = (uint8_t)(t->word_len + n);
	}
}

// --- tokens ---

static void
read_number(struct sv s, size_t *pos, struct token *t)
{
	t->kind = TOK_NUMBER;
	while (*pos < s.n) {
		size_t next = *pos;
		int d = digit_of(letters_decode(s, &next));

		if (d < 0)
			return;
		if (t->digits < 18)
			t->value = t->value * 10 + d;
		t->digits = (uint8_t)MIN(t->digits + 1, 200);
		*pos = next;
	}
}

static void
read_word(struct sv s, size_t *pos, struct token *t)
{
	size_t from = *pos;

	t->kind = TOK_WORD;
	while (*pos < s.n && *pos - from < 200) {
		size_t next = *pos;
		uint32_t c = letters_decode(s, &next);

		if (!is_letter(c) || digit_of(c) >= 0)
			break;
		put(t, letters_lower(c));
		*pos = next;
	}
	t->value = date_month_by_name((struct sv){t->word, t->word_len});
	if (t->value > 0)
		t->kind = TOK_MONTH;
}

// The token at *pos; moves behind it.
static struct token
next_token(struct sv s, size_t *pos)
{
	struct token t = {.glued = true};
	size_t next;
	uint32_t c;

	for (;;) {
		if (*pos >= s.n)
			return t;
		next = *pos;
		c = letters_decode(s, &next);
		if (!is_blank(c))
			break;
		t.glued = false;
		*pos = next;
	}
	if (digit_of(c) >= 0) {
		read_number(s, pos, &t);
	} else if (is_letter(c)) {
		read_word(s, pos, &t);
	} else {
		t.kind = TOK_MARK;
		t.mark = c < 0x80 ? (char)c : c == 0x2013 || c == 0x2010 ? '-' : '\0';
		*pos = next;
	}
	return t;
}

// --- a cursor over tokens ---

struct cursor {
	struct sv s;
	size_t pos;
	struct token t; // the current one
};

static void
advance(struct cursor *c)
{
	c->t = next_token(c->s, &c->pos);
}

static bool
take_mark(struct cursor *c, const char *marks)
{
	if (c->t.kind != TOK_MARK || !c->t.mark || !strchr(marks, c->t.mark))
		return false;
	advance(c);
	return true;
}

static bool
word_is(const struct token *t, const char *const *list)
{
	struct sv w = {t->word, t->word_len};

	for (; *list; list++)
		if (sv_eq_str(w, *list))
			return true;
	return false;
}

static bool
take_word(struct cursor *c, const char *const *list)
{
	if ((c->t.kind != TOK_WORD && c->t.kind != TOK_MONTH) || !word_is(&c->t, list))
		return false;
	advance(c);
	return true;
}

static bool
take_number(struct cursor *c, unsigned min_digits, unsigned max_digits, int *out)
{
	if (c->t.kind != TOK_NUMBER || c->t.digits < min_digits || c->t.digits > max_digits)
		return false;
	*out = (int)c->t.value;
	advance(c);
	return true;
}

static const char *const link_words[] = {
    "de", "of", "del", "di", "do", "d", "g", "г", "в", "på", "den", "the", NULL};
static const char *const ordinals[] = {
    "st", "nd", "rd", "th", "er", "re", "e", "º", "ª", "ste", "de", "a", "o", "й", "го", NULL};
static const char *const year_words[] = {"年", "년", "năm", NULL};
static const char *const month_words[] = {"月", "월", "tháng", NULL};
static const char *const day_words[] = {"日", "号", "號", "일", "ngày", NULL};

static void
skip_links(struct cursor *c)
{
	for (int i = 0; i < 3; i++)
		if (!take_word(c, link_words) && !take_mark(c, ",.-/"))
			return;
}

// --- bounds ---

static int64_t
day_number(int y, int m, int d) // days since 1970-01-01 (civil from days, proleptic Gregorian)
{
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

static void
from_day_number(int64_t z, struct date *d)
{
	int64_t era, doe, yoe, doy, mp;

	z += 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	d->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	d->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	d->year = (int)(yoe + era * 400 + (d->month <= 2));
}

static int
days_in_month(int y, int m)
{
	static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0))
		return 29;
	return days[m - 1];
}

static bool
plausible(const struct date *d, const struct date_opts *o)
{
	int64_t limit = o->now_ms / 86400000 + 1;

	if (d->year < MAX(o->min_year, 1) || d->year > 9999 || d->month < 1 || d->month > 12)
		return false;
	if (d->day < 0 || d->day > days_in_month(d->year, d->month))
		return false;
	return o->now_ms == 0 || day_number(d->year, d->month, MAX(d->day, 1)) <= limit;
}

// --- time of day ---

static const struct {
	const char *name;
	int minutes;
} zones[] = {{"z", 0}, {"utc", 0}, {"gmt", 0}, {"est", -300}, {"edt", -240}, {"cst", -360},
    {"cdt", -300}, {"mst", -420}, {"mdt", -360}, {"pst", -480}, {"pdt", -420}, {"bst", 60},
    {"cet", 60}, {"cest", 120}, {"msk", 180}, {"ist", 330}, {"jst", 540}};

static void
read_zone(struct cursor c, struct date *d)
{
	int sign, h, m = 0;

	for (size_t i = 0; c.t.kind == TOK_WORD && i < ARRAY_LEN(zones); i++)
		if (sv_eq_str((struct sv){c.t.word, c.t.word_len}, zones[i].name)) {
			d->has_zone = true;
			d->zone_min = zones[i].minutes;
			return;
		}
	if (c.t.kind != TOK_MARK || (c.t.mark != '+' && c.t.mark != '-'))
		return;
	sign = c.t.mark == '-' ? -1 : 1;
	advance(&c);
	if (c.t.kind == TOK_NUMBER && c.t.glued && c.t.digits == 4) {
		h = (int)c.t.value / 100;
		m = (int)c.t.value % 100;
	} else if (c.t.glued && take_number(&c, 1, 2, &h)) {
		if (take_mark(&c, ":") && !take_number(&c, 2, 2, &m))
			return;
	} else {
		return;
	}
	if (h > 14 || m > 59)
		return;
	d->has_zone = true;
	d->zone_min = sign * (h * 60 + m);
}

static void
read_half_day(struct cursor *c, struct date *d)
{
	static const char *const am[] = {"am", "a", NULL};
	static const char *const pm[] = {"pm", "p", NULL};

	if (take_word(c, pm)) {
		if (d->hour < 12)
			d->hour += 12;
	} else if (take_word(c, am) && d->hour == 12) {
		d->hour = 0;
	}
}

static void
set_time(struct cursor *c, int h, int m, int s, struct date *d)
{
	if (h > 24 || m > 59 || s > 60)
		return;
	d->hour = h % 24;
	d->minute = m;
	d->second = MIN(s, 59);
	d->has_time = true;
	read_half_day(c, d);
	read_zone(*c, d);
}

// "T10:30:00.123Z", "at 10:30 pm", ", 10:30:00 +0200"; the cursor stands behind the day.
static void
read_time(struct cursor c, struct date *d)
{
	static const char *const lead[] = {"t", "at", "um", "à", "a", "alle", "ore", "kl", "klo",
	    "à", "às", "om", "в", "о", "las", "les", NULL};
	int h, m, s = 0, fraction;

	for (int i = 0; i < 3; i++)
		if (!take_word(&c, lead) && !take_mark(&c, ",-|.@"))
			break;
	if (c.t.kind == TOK_NUMBER && c.t.digits == 6 && c.t.glued) { // 20240131T101112
		h = (int)(c.t.value / 10000);
		m = (int)(c.t.value / 100 % 100);
		s = (int)(c.t.value % 100);
		advance(&c);
		set_time(&c, h, m, s, d);
		return;
	}
	if (!take_number(&c, 1, 2, &h) || !take_mark(&c, ":") || !take_number(&c, 2, 2, &m))
		return;
	if (take_mark(&c, ":") && !take_number(&c, 2, 2, &s))
		return;
	if (c.t.kind == TOK_MARK && (c.t.mark == '.' || c.t.mark == ',') && c.t.glued) {
		struct cursor after = c;

		advance(&after);
		if (after.t.glued && take_number(&after, 1, 9, &fraction))
			c = after;
	}
	set_time(&c, h, m, s, d);
}

// --- patterns ---
// Each stands at a number or month name and moves the cursor behind the day; false when it does not
// fit.

static bool
same_separator(struct cursor *c, const char *marks, char *sep)
{
	char mark = c->t.kind == TOK_MARK ? c->t.mark : '\0';

	if (*sep && mark != *sep)
		return false;
	*sep = mark;
	return take_mark(c, marks);
}

// 2024-01-31, 2024/1/31, 2024.01.31, 2024年1月31日
static bool
read_ymd(struct cursor *c, const struct date_opts *o UNUSED, struct date *d)
{
	char sep = '\0';

	if (!take_number(c, 4, 4, &d->year))
		return false;
	if (take_word(c, year_words))
		return take_number(c, 1, 2, &d->month) && take_word(c, month_words) &&
		       take_number(c, 1, 2, &d->day) && (take_word(c, day_words) || true);
	return same_separator(c, "-/.", &sep) && take_number(c, 1, 2, &d->month) &&
	       same_separator(c, "-/.", &sep) && take_number(c, 1, 2, &d->day);
}

static int
full_year(int y, unsigned digits)
{
	return digits == 4 ? y : y < 70 ? 2000 + y : 1900 + y;
}

// 31/1/2024, 1/31/2024, 31.01.24
static bool
read_dmy(struct cursor *c, const struct date_opts *o, struct date *d)
{
	char sep = '\0';
	int a, b;
	unsigned digits;
	bool month_first;

	if (!take_number(c, 1, 2, &a) || !same_separator(c, "/.-", &sep) ||
	    !take_number(c, 1, 2, &b) || !same_separator(c, "/.-", &sep))
		return false;
	digits = c->t.digits;
	if ((digits != 2 && digits != 4) || !take_number(c, 2, 4, &d->year))
		return false;
	month_first = sep != '.' && o->month_first;
	if (a > 12 || b > 12)
		month_first = b > 12;
	d->year = full_year(d->year, digits);
	d->month = month_first ? a : b;
	d->day = month_first ? b : a;
	return true;
}

static bool
take_month(struct cursor *c, int *month)
{
	if (take_word(c, month_words)) // "tháng 3"
		return take_number(c, 1, 2, month);
	if (c->t.kind != TOK_MONTH)
		return false;
	*month = (int)c->t.value;
	advance(c);
	return true;
}

// 31 January 2024, 31st of January, 2024, 31. Januar 2024, 31 de enero de 2024, 31-Jan-24
static bool
read_day_month_year(struct cursor *c, const struct date_opts *o UNUSED, struct date *d)
{
	if (!take_number(c, 1, 2, &d->day))
		return false;
	take_word(c, ordinals);
	skip_links(c);
	if (!take_month(c, &d->month))
		return false;
	skip_links(c);
	take_word(c, year_words);
	return take_number(c, 4, 4, &d->year);
}

// January 31, 2024; Jan. 31st 2024
static bool
read_month_day_year(struct cursor *c, const struct date_opts *o UNUSED, struct date *d)
{
	if (!take_month(c, &d->month))
		return false;
	skip_links(c);
	if (!take_number(c, 1, 2, &d->day))
		return false;
	take_word(c, ordinals);
	skip_links(c);
	return take_number(c, 4, 4, &d->year);
}

// 2024. január 31., 2024 m. sausio 31 d., 31 in 2024-Jan-31
static bool
read_year_month_day(struct cursor *c, const struct date_opts *o UNUSED, struct date *d)
{
	static const char *const m[] = {"m", NULL};

	if (!take_number(c, 4, 4, &d->year))
		return false;
	take_word(c, m);
	skip_links(c);
	if (!take_month(c, &d->month))
		return false;
	skip_links(c);
	return take_number(c, 1, 2, &d->day);
}

static bool (*const patterns[])(struct cursor *, const struct date_opts *, struct date *) = {
    read_ymd, read_dmy, read_day_month_year, read_month_day_year, read_year_month_day};

// 1.2.2024.5 and 2024-01-3123 are something else.
static bool
goes_on(struct cursor c)
{
	if (c.t.kind == TOK_MARK && c.t.glued && c.t.mark && strchr("./-", c.t.mark))
		advance(&c);
	return c.t.kind == TOK_NUMBER && c.t.glued;
}

static bool
read_date(struct cursor at, const struct date_opts *o, struct date *out)
{
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		struct cursor c = at;
		struct date d = {0};

		if (!patterns[i](&c, o, &d) || d.day == 0 || !plausible(&d, o))
			continue;
		if (goes_on(c))
			continue;
		read_time(c, &d);
		*out = d;
		return true;
	}
	return false;
}

bool
date_find(struct sv text, const struct date_opts *o, struct date *out)
{
	struct cursor c = {.s = text};
	bool in_number = false; // the token before was a number or "1.2." of a longer one

	c.s.n = MIN(text.n, (size_t)DATE_TEXT_MAX);
	for (advance(&c); c.t.kind != TOK_END; advance(&c)) {
		bool number = c.t.kind == TOK_NUMBER;

		if ((number && !(in_number && c.t.glued)) || c.t.kind == TOK_MONTH ||
		    (c.t.kind == TOK_WORD && word_is(&c.t, month_words)))
			if (read_date(c, o, out))
				return true;
		in_number = c.t.glued && c.t.kind == TOK_MARK && in_number;
		in_number |= number && c.t.digits > 4;
	}
	return false;
}

// --- values ---

static bool
from_unix(int64_t s, const struct date_opts *o, struct date *out)
{
	struct date d = {.has_time = true, .has_zone = true};
	int64_t in_day = s % 86400;

	from_day_number(s / 86400, &d);
	d.hour = (int)(in_day / 3600);
	d.minute = (int)(in_day / 60 % 60);
	d.second = (int)(in_day % 60);
	if (!plausible(&d, o))
		return false;
	*out = d;
	return true;
}

static bool
from_digits(int64_t v, unsigned digits, const struct date_opts *o, struct date *out)
{
	struct date d = {0};

	if (digits == 10 || digits == 13)
		return from_unix(digits == 13 ? v / 1000 : v, o, out);
	if (digits == 14)
		v /= 1000000;
	if (digits != 8 && digits != 14)
		return false;
	d.year = (int)(v / 10000);
	d.month = (int)(v / 100 % 100);
	d.day = (int)(v % 100);
	if (d.day == 0 || !plausible(&d, o))
		return false;
	*out = d;
	return true;
}

// "2015-11", "November 2015"
static bool
read_month_only(struct cursor c, const struct date_opts *o, struct date *out)
{
	struct date d = {0};

	if (take_number(&c, 4, 4, &d.year)) {
		if (!take_mark(&c, "-/") || !take_number(&c, 1, 2, &d.month))
			return false;
	} else if (!take_month(&c, &d.month) || (skip_links(&c), !take_number(&c, 4, 4, &d.year))) {
		return false;
	}
	if (c.t.kind != TOK_END || !plausible(&d, o))
		return false;
	*out = d;
	return true;
}

bool
date_value(struct sv text, const struct date_opts *o, struct date *out)
{
	struct cursor c = {.s = sv_trim(text)}, next;

	advance(&c);
	next = c;
	advance(&next);
	if (c.t.kind == TOK_NUMBER && c.t.digits >= 8 && c.t.digits <= 14 &&
	    from_digits(c.t.value, c.t.digits, o, out)) {
		if (next.t.kind == TOK_WORD && c.t.digits == 8)
			read_time(next, out);
		return true;
	}
	return date_find(text, o, out) || read_month_only(c, o, out);
}

// --- URLs ---

static bool
url_number(struct sv s, size_t *i, size_t min, size_t max, int *out)
{
	size_t from = *i;
	int v = 0;

	while (*i < s.n && *i - from <= max && s.p[*i] >= '0' && s.p[*i] <= '9')
		v = v * 10 + (s.p[(*i)++] - '0');
	*out = v;
	return *i - from >= min && *i - from <= max;
}

static bool
url_date_at(struct sv s, size_t i, const struct date_opts *o, struct date *out)
{
	struct date d = {0};
	int packed;
	size_t k = i;
	char sep;

	if (url_number(s, &k, 8, 8, &packed))
		return from_digits(packed, 8, o, out);
	k = i;
	if (!url_number(s, &k, 4, 4, &d.year) || k >= s.n || !strchr("/-_", s.p[k]))
		return false;
	sep = s.p[k++];
	if (!url_number(s, &k, 1, 2, &d.month) || k >= s.n || s.p[k++] != sep ||
	    !url_number(s, &k, 1, 2, &d.day) || d.day == 0 || !plausible(&d, o))
		return false;
	*out = d;
	return true;
}

bool
date_from_url(struct sv url, const struct date_opts *o, struct date *out)
{
	ptrdiff_t scheme = url.n > 3 && memmem(url.p, url.n, "://", 3)
			       ? (char *)memmem(url.p, url.n, "://", 3) - url.p + 3
			       : 0;

	for (size_t i = (size_t)scheme; i + 1 < MIN(url.n, (size_t)2000); i++) {
		if (url.p[i] == '?' || url.p[i] == '#')
			return false;
		if (strchr("/-_", url.p[i]) && url_date_at(url, i + 1, o, out))
			return true;
	}
	return false;
}

// --- output and questions ---

bool
date_month_first(struct sv lang, struct sv host)
{
	static const char *const day_first[] = {".uk", ".au", ".nz", ".ie", ".in", ".za", ".eu",
	    ".sg", ".hk", ".ng", ".my", ".de", ".fr", ".nl", ".it", ".es"};

	for (size_t i = 0; i < ARRAY_LEN(day_first); i++) {
		size_t n = strlen(day_first[i]);

		if (host.n > n && memcmp(host.p + host.n - n, day_first[i], n) == 0)
			return false;
	}
	if (sv_istarts(lang, "en-") || sv_istarts(lang, "en_"))
		return sv_ieq_str((struct sv){lang.p + 3, lang.n - 3}, "us");
	return lang.n == 0 || sv_ieq_str(lang, "en");
}

void
date_iso(const struct date *d, char out[DATE_ISO_MAX])
{
	char day[8] = "", zone[12] = "";
	int off = d->zone_min < 0 ? -d->zone_min : d->zone_min;

	if (d->day > 0)
		snprintf(day, sizeof(day), "-%02d", d->day % 100);
	if (d->has_zone && d->zone_min == 0)
		snprintf(zone, sizeof(zone), "Z");
	else if (d->has_zone)
		snprintf(zone, sizeof(zone), "%c%02d:%02d", d->zone_min < 0 ? '-' : '+',
		    off / 60 % 100, off % 60);
	if (d->has_time)
		snprintf(out, DATE_ISO_MAX, "%04d-%02d%sT%02d:%02d:%02d%s", d->year % 10000,
		    d->month % 100, day, d->hour % 100, d->minute % 100, d->second % 100, zone);
	else
		snprintf(out, DATE_ISO_MAX, "%04d-%02d%s", d->year % 10000, d->month % 100, day);
}

int
date_compare(const struct date *a, const struct date *b)
{
	int x = a->year * 10000 + a->month * 100 + a->day;
	int y = b->year * 10000 + b->month * 100 + b->day;

	return (x > y) - (x < y);
}
