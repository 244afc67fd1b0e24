// SPDX-License-Identifier: Apache-2.0
// How a text is read for dates: as tokens (numbers, words, marks), each made once, under a cursor
// that can be copied and thrown away. date_lex.c makes the tokens, date_time.c reads the time of
// day, date.c the day; date_calendar.c knows the calendars.
#ifndef EXTRACT_DATE_PRIV_H
#define EXTRACT_DATE_PRIV_H

#include "extract/meta/dates/date.h"

#define DATE_WORD_MAX 40

enum token_kind { TOK_END, TOK_NUMBER, TOK_WORD, TOK_MARK };
struct token {
	uint8_t kind;
	uint8_t digits; // TOK_NUMBER
	char mark;      // TOK_MARK: the ASCII character it stands for, 0 for others
	bool glued;     // no white space before it
	bool foreign;   // TOK_NUMBER: not ASCII digits
	uint8_t word_len;
	uint16_t from; // where it begins, of texts that date_find takes
	size_t end;    // behind it
	int64_t value; // TOK_NUMBER
	char word[DATE_WORD_MAX];
};
#define DATE_LOOK_AHEAD 64 // tokens; more than any date has
struct date_tokens {
	struct sv s;
	size_t pos; // behind the last one made
	uint32_t n; // of those made; the last ones are kept
	struct token t[DATE_LOOK_AHEAD];
};
struct cursor {
	struct date_tokens *tokens;
	const struct token *t; // the current one
	uint32_t i;            // its number
	int era; // added to a year of one to three digits that starts here (令和 6年)
};

// At the first token at or behind `pos`.
struct cursor date_cursor(struct date_tokens *tokens, struct sv s, size_t pos);
// The token at or behind `pos` comes next, instead of that behind the current one.
void date_skip(struct cursor *c, size_t pos);
void date_advance(struct cursor *c);
// Each takes the token and moves on, or leaves the cursor where it is.
bool date_take_mark(struct cursor *c, const char *marks);
bool date_take_word(struct cursor *c, const char *const *list);
bool date_take_number(struct cursor *c, unsigned min_digits, unsigned max_digits, int *out);

// "T10:30:00.123Z", "at 10:30 pm", ", 10:30:00 +0200" behind the day. True when there was one.
bool date_read_time(struct cursor *c, struct date *d);

// --- calendars (date_calendar.c) ---
// From the number of days since 1970-01-01 in the proleptic Gregorian calendar.
void date_from_day_number(int64_t day, struct date *d);
// A day of the Iranian calendar to ours; false when it is none of the years below.
#define DATE_JALALI_FIRST 1350
#define DATE_JALALI_LAST  1450
bool date_from_jalali(struct date *d);
bool date_plausible(const struct date *d, const struct date_opts *o);
// The same, of Buddha's era when nothing else can be meant: that becomes ours.
bool date_settle(struct date *d, const struct date_opts *o);

// A month only: "2015-11", "November 2015", 11/2015; the whole text.
bool date_read_month_only(struct cursor c, const struct date_opts *o, struct date *out);

#endif
