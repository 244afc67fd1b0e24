// SPDX-License-Identifier: Apache-2.0
// What the compilers of selectors and of XPath (and, of errors, of patterns) share: the text and
// the place in it, memory for what it becomes, and the first error with the character at which it
// stands. Pure; any thread.
#ifndef EXTRACT_EXPRESSION_H
#define EXTRACT_EXPRESSION_H

#include "base/arena.h"
#include "base/err.h"

struct expression {
	struct sv s;
	size_t pos;
	struct arena *a;
	int invalid;     // the code of its errors
	struct err *err; // may be NULL
	unsigned depth;  // of brackets
	int rc;          // the first error; what is read behind it is of no use
};

void *expr_make(struct expression *x, size_t size); // zeroed; NULL sets ERR_EXTRACTOR_OOM

size_t expr_character(struct sv s, size_t at); // the number of the one with the byte `at`, from 1
// "`what` at character N", of the byte `at`.
void expr_fail_at(struct expression *x, size_t at, const char *what);
void expr_fail(struct expression *x, const char *what); // where it stands
void expr_fail_unexpected(struct expression *x);        // the character where it stands, or the end
// "unknown `what` "name" at character N"; a long name is cut.
void expr_fail_name(struct expression *x, size_t at, const char *what, struct sv name);

static inline char
expr_peek_at(const struct expression *x, size_t ahead)
{
	return x->pos + ahead < x->s.n ? x->s.p[x->pos + ahead] : '\0';
}
static inline char
expr_peek(const struct expression *x)
{
	return expr_peek_at(x, 0);
}

static inline struct sv
expr_rest(const struct expression *x)
{
	return (struct sv){x->s.p + x->pos, x->s.n - x->pos};
}

static inline bool
expr_is_name_start(char c) // of both languages, to what HTML has
{
	return sv_is_alpha(c) || c == '_' || (unsigned char)c >= 0x80;
}

#endif
