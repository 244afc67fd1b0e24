// SPDX-License-Identifier: Apache-2.0
// Finds the first day in a text: each pattern of the table is tried at each number and at each
// month name before a number. Linear in the text; runs in the worker.
#include "extract/meta/dates/date_priv.h"
#include "extract/html/letters.h"

#define DATE_TEXT_MAX 20000
#define LEAD_BYTES    40 // a month name or an era stands at most that far before its number

// --- parts of a pattern ---

static const char *const link_words[] = {"de", "of", "del", "di", "do", "d", "g", "г", "в", "på",
    "den", "the", "gada", "ngày", "da", NULL};
static const char *const ordinals[] = {
    "st", "nd", "rd", "th", "er", "re", "e", "º", "ª", "ste", "de", "a", "o", "й", "го", "ই", NULL};
static const char *const year_words[] = {"年", "년", "năm", "р", "оны", NULL};
static const char *const month_words[] = {"月", "월", "tháng", "thg", "сарын", NULL};
static const char *const day_words[] = {"日", "号", "號", "일", NULL};

static void
skip_links(struct cursor *c)
{
	bool word = false; // d'agost: the apostrophe of a year has no word before it

	for (int i = 0; i < 5; i++) {
		if (!date_take_mark(c, word ? ",.-/'" : ",.-/") &&
		    !(word = date_take_word(c, link_words)))
			return;
	}
}

static int
month_of(const struct cursor *c, const struct date_opts *o)
{
	if (c->t->kind != TOK_WORD)
		return 0;
	return date_month_by_name((struct sv){c->t->word, c->t->word_len}, o->lang);
}

// Two months of the Levant have the same first word.
static bool
take_levantine(struct cursor *c, int *month)
{
	static const char *const tishrin[] = {"تشرين", NULL}, *const kanun[] = {"كانون", NULL};
	static const char *const first[] = {"الأول", "الاول", NULL};
	static const char *const second[] = {"الثاني", "الثانى", NULL};
	struct cursor at = *c;
	bool autumn = date_take_word(&at, tishrin);

	if (!autumn && !date_take_word(&at, kanun))
		return false;
	if (date_take_word(&at, first))
		*month = autumn ? 10 : 12;
	else if (date_take_word(&at, second))
		*month = autumn ? 11 : 1;
	else
		return false;
	*c = at;
	return true;
}

// ม.ค. is two words with a full stop between.
static bool
take_thai(struct cursor *c, const struct date_opts *o, int *month)
{
	struct cursor at = *c;
	char both[2 * DATE_WORD_MAX];
	size_t n = at.t->word_len;

	if (n < 3 ||
	    (memcmp(at.t->word, "\xe0\xb8", 2) != 0 && memcmp(at.t->word, "\xe0\xb9", 2) != 0))
		return false;
	memcpy(both, at.t->word, n);
	date_advance(&at);
	if (!date_take_mark(&at, ".") || at.t->kind != TOK_WORD)
		return false;
	memcpy(both + n, at.t->word, at.t->word_len);
	*month = date_month_by_name((struct sv){both, n + at.t->word_len}, o->lang);
	date_advance(&at);
	*c = at;
	return *month > 0;
}

static bool
take_month_name(struct cursor *c, const struct date_opts *o, int *month)
{
	if (c->t->kind != TOK_WORD)
		return false;
	*month = month_of(c, o);
	if (*month == 0)
		return take_levantine(c, month) || take_thai(c, o, month);
	date_advance(c);
	return true;
}

// آب/أغسطس, يناير (كانون الثاني): Arabic papers give both names of a month.
static void
skip_second_name(struct cursor *c, const struct date_opts *o, int month)
{
	struct cursor at = *c;
	int again = 0;
	bool bracket = date_take_mark(&at, "(");

	if (!bracket && !date_take_mark(&at, "/"))
		return;
	if (take_month_name(&at, o, &again) && again == month &&
	    (!bracket || date_take_mark(&at, ")")))
		*c = at;
}

// Months of the Iranian calendar come as DATE_JALALI + 1 … 12.
static bool
take_month(struct cursor *c, const struct date_opts *o, int *month)
{
	if (date_take_word(c, month_words)) // "tháng 3"
		return date_take_number(c, 1, 2, month);
	if (!take_month_name(c, o, month))
		return false;
	skip_second_name(c, o, *month);
	return true;
}

static int
full_year(int y, unsigned digits)
{
	return digits == 4 ? y : y < 70 ? 2000 + y : 1900 + y;
}

// "ค.ศ." and "พ.ศ.", of our era and of Buddha's.
static void
skip_thai_era(struct cursor *c)
{
	static const char *const first[] = {"ค", "พ", NULL}, *const second[] = {"ศ", NULL};
	struct cursor at = *c;

	if (date_take_word(&at, first) && date_take_mark(&at, ".") && date_take_word(&at, second) &&
	    date_take_mark(&at, "."))
		*c = at;
}

// 2024, or '24
static bool
take_year(struct cursor *c, struct date *d)
{
	unsigned digits;

	skip_thai_era(c);
	if (date_take_number(c, 4, 4, &d->year))
		return true;
	if (!date_take_mark(c, "'"))
		return false;
	digits = c->t->digits;
	if (!c->t->glued || !date_take_number(c, 2, 2, &d->year))
		return false;
	d->year = full_year(d->year, digits);
	return true;
}

// 10:30 behind white space.
static bool
is_time(struct cursor c)
{
	if (c.t->kind != TOK_NUMBER || c.t->glued || c.t->digits > 2)
		return false;
	date_advance(&c);
	return c.t->kind == TOK_MARK && c.t->mark == ':' && c.t->glued;
}

// The year behind a day: also 24 at the end of the text or before the time of day.
static bool
take_last_year(struct cursor *c, struct date *d)
{
	struct cursor at = *c;

	if (take_year(c, d))
		return true;
	if (!date_take_number(&at, 2, 2, &d->year) || !(at.t->kind == TOK_END || is_time(at)))
		return false;
	d->year = full_year(d->year, 2);
	*c = at;
	return true;
}

static bool
same_separator(struct cursor *c, const char *marks, char *sep)
{
	char mark = c->t->kind == TOK_MARK ? c->t->mark : '\0';

	if (*sep && mark != *sep)
		return false;
	*sep = mark;
	return date_take_mark(c, marks);
}

// --- patterns ---
// Each stands at a number or month name and moves the cursor behind the day; false when it does not
// fit.

// Offices in Taiwan count from 1911, often without naming the era: 105年3月22日, 105.03.22.
static bool
counts_from_1911(const struct date_opts *o)
{
	return sv_istarts(o->lang, "zh-tw") || sv_istarts(o->lang, "zh-hant") ||
	       sv_istarts(o->lang, "zh_tw");
}

#define REPUBLIC 1911

// 2024年1月31日, 令和6年1月31日
static bool
read_cjk(struct cursor *c, const struct date_opts *o, struct date *d)
{
	int era = c->era;

	if (era == 0 && c->t->digits < 4 && counts_from_1911(o))
		era = REPUBLIC;
	if (era > 0 ? !date_take_number(c, 1, 3, &d->year) : !date_take_number(c, 4, 4, &d->year))
		return false;
	d->year += era;
	return date_take_word(c, year_words) && date_take_number(c, 1, 2, &d->month) &&
	       date_take_word(c, month_words) && date_take_number(c, 1, 2, &d->day) &&
	       (date_take_word(c, day_words) || true);
}

// 2024-01-31, 2024/1/31, 2024.01.31; 2024/31/01; ۱۴۰۲/۱۱/۱۱
static bool
read_ymd(struct cursor *c, const struct date_opts *o, struct date *d)
{
	bool foreign = c->t->foreign || sv_istarts(o->lang, "fa");
	char sep = '\0';

	if (c->t->digits == 3 && counts_from_1911(o) && date_take_number(c, 3, 3, &d->year))
		d->year += REPUBLIC;
	else if (!date_take_number(c, 4, 4, &d->year))
		return false;
	if (!same_separator(c, "-/.", &sep) || !date_take_number(c, 1, 2, &d->month) ||
	    !same_separator(c, "-/.", &sep) || !date_take_number(c, 1, 2, &d->day))
		return false;
	if (sep != '-' && d->month > 12 && d->day <= 12) {
		int m = d->day;

		d->day = d->month;
		d->month = m;
	}
	return !foreign || d->year > DATE_JALALI_LAST || date_from_jalali(d);
}

// 31/1/2024, 1/31/2024, 31.01.24; the other order when the first gives no date within the bounds
static bool
read_dmy(struct cursor *c, const struct date_opts *o, struct date *d)
{
	char sep = '\0';
	int a, b;
	unsigned digits;
	bool month_first;

	if (!date_take_number(c, 1, 2, &a) || !same_separator(c, "/.-", &sep) ||
	    !date_take_number(c, 1, 2, &b) || !same_separator(c, "/.-", &sep))
		return false;
	digits = c->t->digits;
	if ((digits != 2 && digits != 4) || !date_take_number(c, 2, 4, &d->year))
		return false;
	month_first = sep != '.' && o->month_first;
	if (a > 12 || b > 12) {
		month_first = b > 12;
		if (sep != '.') // 31.1.2024 says nothing of 3/4/2024
			d->order = month_first ? DATE_MONTH_FIRST : DATE_DAY_FIRST;
	} else if (sep != '.' && a != b) {
		d->order = DATE_ORDER_CHOSEN;
	}
	d->year = full_year(d->year, digits);
	d->month = month_first ? a : b;
	d->day = month_first ? b : a;
	if (!date_settle(d, o)) {
		d->month = month_first ? b : a;
		d->day = month_first ? a : b;
	}
	return true;
}

static bool
day_of_jalali(struct date *d)
{
	if (d->month <= DATE_JALALI)
		return true;
	d->month -= DATE_JALALI;
	return date_from_jalali(d);
}

// 31 January 2024, 31st of January, 2024, 31. Januar 2024, 31 de enero de 2024, 31-Jan-24
static bool
read_day_month_year(struct cursor *c, const struct date_opts *o, struct date *d)
{
	struct cursor sep;

	if (!date_take_number(c, 1, 2, &d->day))
		return false;
	date_take_word(c, ordinals);
	sep = *c;
	skip_links(c);
	if (!take_month(c, o, &d->month))
		return false;
	if (sep.t->kind == TOK_MARK && sep.t->mark == '-' && c->t->kind == TOK_MARK &&
	    c->t->mark == '-' && date_take_mark(c, "-") && c->t->digits == 2 && c->t->glued) {
		d->year = full_year((int)c->t->value, 2);
		date_advance(c);
		return day_of_jalali(d);
	}
	skip_links(c);
	date_take_word(c, year_words);
	return take_last_year(c, d) && day_of_jalali(d);
}

// Jan 31 10:30:00 UTC 2024, Jan 31 10:30:00 +0000 2024: date(1), feeds of old
static bool
read_time_year(struct cursor *c, struct date *d)
{
	struct cursor at = *c;
	struct date timed = *d;

	if (!date_read_time(&at, &timed) || !date_take_number(&at, 4, 4, &timed.year))
		return false;
	*c = at;
	*d = timed;
	return true;
}

// January 31, 2024; Jan. 31st 2024
static bool
read_month_day_year(struct cursor *c, const struct date_opts *o, struct date *d)
{
	if (!take_month(c, o, &d->month))
		return false;
	skip_links(c);
	if (!date_take_number(c, 1, 2, &d->day))
		return false;
	if (read_time_year(c, d))
		return day_of_jalali(d);
	date_take_word(c, ordinals);
	skip_links(c);
	return take_last_year(c, d) && day_of_jalali(d);
}

// "… of 2024 January 31st, 2023": the first year belongs to what stands before.
static bool
before_year(struct cursor c)
{
	date_take_word(&c, ordinals);
	skip_links(&c);
	return c.t->kind == TOK_NUMBER && c.t->digits == 4;
}

// 2024. január 31., 2024 m. sausio 31 d., 2024. gada 31. janvārī, 31 in 2024-Jan-31
static bool
read_year_month_day(struct cursor *c, const struct date_opts *o, struct date *d)
{
	static const char *const m[] = {"m", "ж", "թ", "ko", NULL};
	bool day_first;

	if (!date_take_number(c, 4, 4, &d->year))
		return false;
	date_take_word(c, m);
	skip_links(c);
	day_first = date_take_number(c, 1, 2, &d->day);
	if (day_first)
		skip_links(c);
	if (!take_month(c, o, &d->month))
		return false;
	skip_links(c);
	return (day_first || date_take_number(c, 1, 2, &d->day)) && !before_year(*c) &&
	       day_of_jalali(d);
}

static bool (*const by_number[])(struct cursor *, const struct date_opts *, struct date *) = {
    read_ymd, read_cjk, read_dmy, read_day_month_year, read_year_month_day};
static bool (*const by_word[])(struct cursor *, const struct date_opts *, struct date *) = {
    read_month_day_year};

// The token before the current one.
static const struct token *
token_before(const struct cursor *c)
{
	return &c->tokens->t[(c->i - 1) % DATE_LOOK_AHEAD];
}

// 1.2.2024.5 and 2024-01-3123 are something else; 31.1.2024-10:30 and 2024年1月31日10時 are not.
static bool
goes_on(struct cursor c)
{
	bool dash = c.t->kind == TOK_MARK && c.t->mark == '-';

	if (token_before(&c)->kind == TOK_WORD)
		return false;
	if (c.t->kind == TOK_MARK && c.t->glued && c.t->mark && strchr("./-", c.t->mark))
		date_advance(&c);
	if (c.t->kind != TOK_NUMBER || !c.t->glued)
		return false;
	if (!dash || c.t->digits > 2)
		return true;
	date_advance(&c);
	return c.t->kind != TOK_MARK || c.t->mark != ':';
}

static bool
read_date(struct cursor at, const struct date_opts *o, struct date *out)
{
	bool number = at.t->kind == TOK_NUMBER;
	size_t n = number ? ARRAY_LEN(by_number) : ARRAY_LEN(by_word);

	for (size_t i = 0; i < n; i++) {
		struct cursor c = at;
		struct date d = {0};

		if (!(number ? by_number[i] : by_word[i])(&c, o, &d) || d.day == 0 ||
		    !date_settle(&d, o))
			continue;
		if (goes_on(c))
			continue;
		if (!d.has_time)
			date_read_time(&c, &d);
		d.from = at.t->from;
		d.end = c.t->from;
		*out = d;
		return true;
	}
	return false;
}

// --- the search ---

// 令和6年 is 2024, 民國113年 too.
static int
era_of(const struct token *t)
{
	static const struct {
		const char *name;
		int before_first;
	} eras[] = {{"令和", 2018}, {"平成", 1988}, {"民國", REPUBLIC}, {"民国", REPUBLIC}};

	for (size_t i = 0; t->kind == TOK_WORD && i < ARRAY_LEN(eras); i++) {
		size_t n = strlen(eras[i].name);

		if (t->word_len >= n && memcmp(t->word + t->word_len - n, eras[i].name, n) == 0)
			return eras[i].before_first;
	}
	return 0;
}

// Where the first digit stands, of any script; s.n when there is none. The digits beyond ASCII that
// are known begin with the bytes listed.
static size_t
first_digit(struct sv s, size_t from)
{
	for (size_t i = from; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= '0' && c <= '9') || c == 0xd9 || c == 0xdb || c == 0xe0 || c == 0xe1 ||
		    c == 0xef)
			return i;
	}
	return s.n;
}

// A place before `digit` where a word begins.
static size_t
lead_in(struct sv s, size_t from, size_t digit)
{
	size_t i = digit > LEAD_BYTES ? MAX(digit - LEAD_BYTES, from) : from, k = i;

	while (k < digit && k > from && (unsigned char)s.p[k - 1] > ' ')
		k++;
	if (k < digit)
		return k;
	while (i < digit && ((unsigned char)s.p[i] & 0xc0) == 0x80) // no blanks: at a character
		i++;
	return i;
}

// Does a number follow, after blanks, full stops and the like? Only then can a word be a month.
static bool
before_number(const struct cursor *c)
{
	struct cursor next = *c;

	date_advance(&next);
	for (int i = 0;
	     i < 2 && (date_take_mark(&next, ".,-/") || date_take_word(&next, link_words)); i++)
		;
	return next.t->kind == TOK_NUMBER;
}

static bool
may_begin(const struct cursor *c, bool in_number)
{
	if (c->t->kind == TOK_NUMBER)
		return c->t->digits <= 4 && !(in_number && c->t->glued);
	if (c->t->kind != TOK_WORD)
		return false;
	return before_number(c);
}

// example.org/2024/01/31/x in a text: that of something else.
static bool
in_address(struct sv s, const struct date *d)
{
	return d->from > 0 && s.p[d->from - 1] == '/' && d->end < s.n && s.p[d->end] == '/';
}

bool
date_find(struct sv text, const struct date_opts *o, struct date *out)
{
	struct sv s = {text.p, MIN(text.n, (size_t)DATE_TEXT_MAX)};
	struct date_tokens tokens;
	struct cursor c;
	bool in_number = false; // the tokens before are "1.2." of a longer number
	size_t digit = first_digit(s, 0);

	if (digit == s.n)
		return false;
	c = date_cursor(&tokens, s, lead_in(s, 0, digit));
	for (; c.t->kind != TOK_END; date_advance(&c)) {
		bool number = c.t->kind == TOK_NUMBER;

		if (may_begin(&c, in_number) && read_date(c, o, out) && !in_address(s, out))
			return true;
		c.era = era_of(c.t);
		in_number = number || (in_number && c.t->glued && c.t->kind == TOK_MARK &&
					  c.t->mark && strchr("./-", c.t->mark));
		if (c.t->kind == TOK_WORD && c.t->end > digit) { // on to the next number
			digit = first_digit(s, c.t->end);
			if (digit == s.n)
				return false;
			date_skip(&c, lead_in(s, c.t->end, digit));
		}
	}
	return false;
}

bool
date_read_month_only(struct cursor c, const struct date_opts *o, struct date *out)
{
	struct date d = {0};

	if (date_take_number(&c, 4, 4, &d.year)) {
		if (!date_take_mark(&c, "-/") || !date_take_number(&c, 1, 2, &d.month))
			return false;
	} else if (!take_month(&c, o, &d.month) || d.month > DATE_JALALI) {
		return false;
	} else {
		skip_links(&c);
		if (!take_year(&c, &d))
			return false;
	}
	if (c.t->kind != TOK_END || !date_plausible(&d, o))
		return false;
	*out = d;
	return true;
}
