// SPDX-License-Identifier: Apache-2.0
// The first number in a text as people write it: groups of thousands, points or commas, signs
// before a currency. Pure.
#include "extract/fields/fields_priv.h"
#include "extract/html/letters.h"
#include "extract/page.h"

#include <math.h>

#define NUMBER_MAX 320 // digits and separators: no double has more before its point

// The one of the NULL-ended list that the text has at i, as its length, or 0.
static size_t
any_at(struct sv s, size_t i, const char *const *list)
{
	for (; *list; list++)
		if (sv_starts(sv_sub(s, i, s.n), *list))
			return strlen(*list);
	return 0;
}

// The same for what ends before i.
static size_t
any_before(struct sv s, size_t i, const char *const *list)
{
	for (; *list; list++) {
		size_t n = strlen(*list);

		if (i >= n && memcmp(s.p + i - n, *list, n) == 0)
			return n;
	}
	return 0;
}

// --- what stands before ---

static const char *const blanks[] = {" ", "\t", "\n", "\xc2\xa0", "\xe2\x80\xaf", NULL};
static const char *const currencies[] = {"$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₴", "₪", "฿",
    "₫", "₦", "R$", "kr", "zł", "Kč", "Ft", "CHF", "EUR", "USD", "GBP", NULL};
static const char *const signs[] = {"-", "−", "–", "－", NULL};

// Is it a part of a word: "COVID-19", "No.5"?
static bool
after_word(struct sv s, size_t i)
{
	static const char *const no_letters[] = {"$", "€", "£", "¥", "\xc2\xa0", "\xe2\x80\xaf",
	    "–", "—", "„", "“", "”", "«", "»", "‘", "’", "…", "×", "≈", "±", "·", "•", "→", NULL};
	char c = i > 0 ? s.p[i - 1] : ' ';

	if (c & 0x80)
		return any_before(s, i, no_letters) == 0;
	return sv_is_alnum(c) || c == '.' || c == '_';
}

// A sign, perhaps with a currency behind it. One with a blank behind it is a dash, unless the text
// begins with it.
static bool
is_negative(struct sv s, size_t i)
{
	size_t n;

	while ((n = any_before(s, i, blanks)) || (n = any_before(s, i, currencies)))
		i -= n;
	n = any_before(s, i, signs);
	if (n == 0)
		return false;
	return i == n || (!after_word(s, i - n) && any_at(s, i, blanks) == 0);
}

// --- digits ---

struct digits {
	char text[NUMBER_MAX]; // digits, and '.' or ',' where the page has them
	size_t n;
};

static size_t
digit_run(struct sv s, size_t i)
{
	size_t n = 0;

	while (i + n < s.n && sv_is_digit(s.p[i + n]))
		n++;
	return n;
}

// Blanks and apostrophes between groups of three are left out. False: it is too long.
static bool
collect_digits(struct sv s, size_t i, struct digits *d)
{
	static const char *const gaps[] = {
	    " ", "'", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", "’", NULL};
	bool separated = false;

	while (i < s.n && d->n < NUMBER_MAX) {
		size_t gap = any_at(s, i, gaps);

		if (sv_is_digit(s.p[i])) {
			d->text[d->n++] = s.p[i++];
		} else if ((s.p[i] == '.' || s.p[i] == ',') && digit_run(s, i + 1) > 0) {
			separated = true;
			d->text[d->n++] = s.p[i++];
		} else if (!separated && gap > 0 && digit_run(s, i + gap) == 3) {
			i += gap;
		} else {
			return true;
		}
	}
	return i == s.n;
}

// --- other scripts ---

static size_t
first_digit(struct sv s)
{
	size_t at = 0;

	for (size_t next = 0; at < s.n; at = next)
		if (letters_digit(letters_decode(s, &next)) >= 0)
			break;
	return at;
}

// Digits, points and commas of other scripts, as far as a number may reach, as their ASCII ones.
// The Arabic point is one even before three digits.
static struct sv
in_ascii(struct sv s, bool comma_decimal, char out[NUMBER_MAX])
{
	size_t n = 0;

	for (size_t i = 0, next = 0; i < s.n && n + 4 <= NUMBER_MAX; i = next) {
		uint32_t c = letters_decode(s, &next);
		int digit = letters_digit(c);

		if (digit >= 0) {
			out[n++] = (char)('0' + digit);
		} else if (c == 0x66b) {
			out[n++] = comma_decimal ? ',' : '.';
		} else if (c == 0x66c) {
			out[n++] = '\'';
		} else if (c == 0x60c || c == 0xff0c) {
			out[n++] = ',';
		} else if (c == 0xff0e) {
			out[n++] = '.';
		} else {
			memcpy(out + n, s.p + i, next - i);
			n += next - i;
		}
	}
	return (struct sv){out, n};
}

// --- points and commas ---

static size_t
next_separator(const struct digits *d, size_t i)
{
	while (i < d->n && sv_is_digit(d->text[i]))
		i++;
	return i;
}

// "1.234,56", "1,234,567", "1,23,456.78": every separator but perhaps the last stands before a
// group of three (Indian ones of two), the last may be another one.
static bool
are_groups(const struct digits *d, size_t first, size_t *fraction)
{
	char kind = d->text[first];
	size_t at = first;

	while (at < d->n && d->text[at] == kind) {
		size_t next = next_separator(d, at + 1), length = next - at - 1;
		bool indian = length == 2 && kind == ',' && next < d->n && d->text[next] == ',';

		if (length != 3 && !indian)
			return false;
		at = next;
	}
	*fraction = at;
	return at == d->n || next_separator(d, at + 1) == d->n;
}

// A point or comma alone before three digits may be either.
static bool
is_group(const struct digits *d, size_t at, bool comma_decimal)
{
	bool leading_zero = at == 1 && d->text[0] == '0';

	return d->n - at - 1 == 3 && at >= 1 && at <= 3 && !leading_zero &&
	       (d->text[at] == ',') != comma_decimal;
}

// Where the fraction begins, or d->n. What stands behind a second separator that makes no sense, as
// in a date, is cut.
static size_t
fraction_at(struct digits *d, bool comma_decimal)
{
	size_t first = next_separator(d, 0), fraction;
	size_t second = first < d->n ? next_separator(d, first + 1) : d->n;

	if (second < d->n && first >= 1 && first <= 3 && are_groups(d, first, &fraction))
		return fraction;
	d->n = second;
	return first < d->n && is_group(d, first, comma_decimal) ? d->n : first;
}

bool
number_find(struct sv s, bool comma_decimal, double *out)
{
	char clean[NUMBER_MAX + 3], ascii[NUMBER_MAX];
	struct digits d = {.n = 0};
	size_t i, n = 0, fraction;
	double value;

	s = sv_trim(s);
	i = first_digit(s);
	if (i == s.n)
		return false;
	if (i > 0 && s.p[i - 1] == '.' && !after_word(s, i - 1)) // ".5"
		i--;
	if (!(s.p[i] & 0x80
		    ? collect_digits(in_ascii(sv_sub(s, i, s.n), comma_decimal, ascii), 0, &d)
		    : collect_digits(s, i, &d)))
		return false;
	fraction = fraction_at(&d, comma_decimal);
	if (is_negative(s, i))
		clean[n++] = '-';
	for (size_t k = 0; k < d.n; k++)
		if (k == fraction)
			clean[n++] = '.';
		else if (sv_is_digit(d.text[k]))
			clean[n++] = d.text[k];
	clean[n] = '\0';
	value = strtod(clean, NULL);
	if (!isfinite(value))
		return false;
	*out = value;
	return true;
}
