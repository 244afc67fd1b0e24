// SPDX-License-Identifier: Apache-2.0
// The one growable byte buffer, with a maximum, and the length-carrying view for input.
// A buffer that would pass its maximum sets `overflow` and ignores all later appends, so that a
// writer may append freely and check once at the end.
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/util.h"

#include <stdbool.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

// A borrowed slice; not NUL-terminated. {NULL, 0} means absent.
struct sv {
	const char *p;
	size_t n;
};
#define SV(lit) ((struct sv){(lit), sizeof(lit) - 1})
// The same in tables, whose values have to be constant.
#define SV_INIT(lit)                                                                               \
	{                                                                                          \
		(lit), sizeof(lit) - 1                                                             \
	}
#define SV_NULL   ((struct sv){NULL, 0})
#define SV_FMT    "%.*s"
#define SV_ARG(v) (int)(v).n, (v).p

// NULL gives SV_NULL.
static inline struct sv
sv_from(const char *s)
{
	return s ? (struct sv){s, strlen(s)} : SV_NULL;
}
static inline bool
sv_eq(struct sv a, struct sv b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool
sv_eq_str(struct sv a, const char *s)
{
	if (s && a.n > 0 && a.p[0] != s[0]) // mostly
		return false;
	return sv_eq(a, sv_from(s));
}
// Do n > 0 bytes agree, ASCII case ignored? The first one mostly says no.
static inline bool
sv_imemeq(const char *a, const char *b, size_t n)
{
	return ((a[0] ^ b[0]) & ~0x20) == 0 && strncasecmp(a, b, n) == 0;
}
// Do both begin with a byte, and with different ones, ASCII case ignored? Of words in a table most
// do, and are not measured.
static inline bool
sv_idiffers(struct sv a, const char *s)
{
	return a.n > 0 && s[0] != '\0' && ((a.p[0] ^ s[0]) & ~0x20) != 0;
}
// ASCII case ignored.
static inline bool
sv_ieq_str(struct sv a, const char *s)
{
	if (sv_idiffers(a, s))
		return false;
	return a.n == strlen(s) && (a.n == 0 || sv_imemeq(a.p, s, a.n));
}
static inline bool
sv_starts(struct sv a, const char *prefix)
{
	size_t n;

	if (sv_idiffers(a, prefix))
		return false;
	n = strlen(prefix);
	return a.n >= n && (n == 0 || memcmp(a.p, prefix, n) == 0);
}
static inline bool
sv_istarts(struct sv a, const char *prefix)
{
	size_t n;

	if (sv_idiffers(a, prefix))
		return false;
	n = strlen(prefix);
	return a.n >= n && (n == 0 || sv_imemeq(a.p, prefix, n));
}
// Where `part`, which is not empty, begins in it, byte for byte; NULL: nowhere.
const char *sv_find(struct sv a, struct sv part);
static inline bool
sv_has(struct sv a, const char *part)
{
	return sv_find(a, sv_from(part)) != NULL;
}
// The same with ASCII case ignored, as an offset; -1: nowhere.
ptrdiff_t sv_ifind(struct sv a, const char *part);
// Is it one of the words that white space parts, ASCII case ignored?
bool sv_has_word(struct sv list, const char *word);
static inline struct sv
sv_sub(struct sv v, size_t from, size_t to)
{
	if (to > v.n)
		to = v.n;
	if (from > to)
		from = to;
	return (struct sv){v.p ? v.p + from : NULL, to - from};
}
// Bytes: all of it in ASCII, whatever the locale.
static inline bool
sv_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}
static inline bool
sv_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static inline bool
sv_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool
sv_is_alnum(char c)
{
	return sv_is_digit(c) || sv_is_alpha(c);
}
static inline char
sv_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}
// The value of a hexadecimal digit of either case; -1: it is none.
static inline int
sv_hex(char c)
{
	if (sv_is_digit(c))
		return c - '0';
	c = sv_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
// Without ASCII white space at its ends.
static inline struct sv
sv_trim(struct sv a)
{
	while (a.n > 0 && sv_is_space(a.p[0])) {
		a.p++;
		a.n--;
	}
	while (a.n > 0 && sv_is_space(a.p[a.n - 1]))
		a.n--;
	return a;
}
// Its first `max` bytes, without a character of UTF-8 that would be cut.
static inline struct sv
sv_cut(struct sv v, size_t max)
{
	size_t n = v.n < max ? v.n : max;

	while (n > 0 && n < v.n && ((unsigned char)v.p[n] & 0xc0) == 0x80)
		n--;
	return (struct sv){v.p, n};
}
char *sv_dup(struct sv a); // malloc'd, NUL-terminated

struct buf {
	char *p; // always NUL-terminated once anything was appended
	size_t n;
	size_t cap;
	size_t max; // 0 means BUF_MAX_DEFAULT
	bool overflow;
};
#define BUF_MAX_DEFAULT ((size_t)1 << 30)
#define BUF_INIT                                                                                   \
	{                                                                                          \
		0                                                                                  \
	}
#define BUF_INIT_MAX(m)                                                                            \
	{                                                                                          \
		.max = (m)                                                                         \
	}

void buf_done(struct buf *b); // frees, leaves an empty buffer with the same max
#define cleanup_buf __attribute__((cleanup(buf_done))) struct buf
void buf_reset(struct buf *b);           // empties, keeps the memory
char *buf_grow(struct buf *b, size_t n); // buf_reserve where there is no room yet
// Room for n more bytes at b->p + b->n, or NULL (overflow set). The caller adds to b->n.
static inline char *
buf_reserve(struct buf *b, size_t n)
{
	return n < b->cap - b->n && !b->overflow ? b->p + b->n : buf_grow(b, n);
}
static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	char *at = buf_reserve(b, n);

	if (!at)
		return;
	if (n)
		memcpy(at, p, n);
	at[n] = '\0';
	b->n += n;
}
static inline void
buf_sv(struct buf *b, struct sv v)
{
	buf_add(b, v.p, v.n);
}
static inline void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}
static inline void
buf_ch(struct buf *b, char c)
{
	char *at = buf_reserve(b, 1);

	if (!at)
		return;
	at[0] = c;
	at[1] = '\0';
	b->n++;
}
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vfmt(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
// The length of the UTF-8 sequence at p (RFC 3629: no overlongs, no surrogates), 0 when there is
// none. n > 0.
size_t utf8_seq(const char *p, size_t n);
void utf8_add(struct buf *b, unsigned code_point); // U+FFFD for what is no scalar value
// A JSON string literal, quotes included; bytes that are not UTF-8 become U+FFFD.
void buf_json_str(struct buf *b, struct sv v);
// The bytes as malloc'd NUL-terminated string, ownership to the caller; the buffer is empty after.
char *buf_take(struct buf *b);
struct sv buf_view(const struct buf *b);

// RFC 4648 base64. Decode refuses what is not canonical (0 or -1).
void buf_base64(struct buf *b, const void *p, size_t n);
int buf_unbase64(struct buf *b, struct sv text) MUST_CHECK;

// The whole file into `b` (its max is the limit). 0, ERR_INPUT, ERR_TOO_LARGE.
struct err;
int buf_read_file(struct buf *b, const char *path, struct err *err) MUST_CHECK;
int buf_read_fd(struct buf *b, int fd, const char *name, struct err *err) MUST_CHECK;

#endif
