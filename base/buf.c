// SPDX-License-Identifier: Apache-2.0
// Views and the growable buffer. Any thread; a buffer belongs to one at a time.
#include "base/buf.h"

#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

char *
sv_dup(struct sv a)
{
	return xstrndup(a.p ? a.p : "", a.n);
}

#define SHORT_TEXT 256

// memmem makes a table first, which is worth it for long texts only.
const char *
sv_find(struct sv a, struct sv part)
{
	const char *p = a.p, *end;

	if (a.n < part.n) // may be no view at all
		return NULL;
	if (a.n >= SHORT_TEXT)
		return memmem(a.p, a.n, part.p, part.n);
	for (end = a.p + a.n; (size_t)(end - p) >= part.n; p++) {
		p = memchr(p, part.p[0], (size_t)(end - p) - part.n + 1);
		if (!p || memcmp(p, part.p, part.n) == 0)
			return p;
	}
	return NULL;
}

ptrdiff_t
sv_ifind(struct sv a, const char *part)
{
	size_t n = strlen(part);
	char first = sv_lower(part[0]);

	for (size_t i = 0; n > 0 && i + n <= a.n; i++)
		if (sv_lower(a.p[i]) == first && sv_imemeq(a.p + i, part, n))
			return (ptrdiff_t)i;
	return -1;
}

bool
sv_has_word(struct sv list, const char *word)
{
	size_t i = 0;

	while (i < list.n) {
		size_t from;

		while (i < list.n && sv_is_space(list.p[i]))
			i++;
		from = i;
		while (i < list.n && !sv_is_space(list.p[i]))
			i++;
		if (i > from && sv_ieq_str(sv_sub(list, from, i), word))
			return true;
	}
	return false;
}

void
buf_done(struct buf *b)
{
	free(b->p);
	*b = (struct buf){.max = b->max};
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->overflow = false;
	if (b->p)
		b->p[0] = '\0';
}

#define SMALL_BYTES 4096 // below it a buffer grows faster

char *
buf_grow(struct buf *b, size_t n)
{
	size_t max = b->max ? b->max : BUF_MAX_DEFAULT, cap;
	char *p;

	if (b->overflow || n > max || b->n > max - n) {
		b->overflow = true;
		return NULL;
	}
	cap = b->cap < SMALL_BYTES ? b->cap * 4 : b->cap * 2;
	cap = MAX(b->n + n + 1, MIN(MAX(cap, (size_t)64), max + 1));
	p = realloc(b->p, cap);
	if (!p) {
		b->overflow = true;
		return NULL;
	}
	b->p = p;
	b->cap = cap;
	return b->p + b->n;
}

void
buf_vfmt(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = b->overflow ? 0 : b->cap - b->n;
	va_list again;
	char *at;
	int n;

	va_copy(again, ap);
	n = vsnprintf(room > 0 ? b->p + b->n : NULL, room, fmt, again);
	va_end(again);
	if (room > 0)
		b->p[n >= 0 && (size_t)n < room ? b->n + (size_t)n : b->n] = '\0';
	if (n < 0 || !(at = buf_reserve(b, (size_t)n)))
		return;
	if ((size_t)n >= room)
		vsnprintf(at, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(b, fmt, ap);
	va_end(ap);
}

size_t
utf8_seq(const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned char c = p[0];
	size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) ||
	    (c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

void
utf8_add(struct buf *b, unsigned cp)
{
	if (cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		cp = 0xfffd;
	if (cp < 0x80) {
		buf_ch(b, (char)cp);
		return;
	}
	if (cp < 0x800) {
		buf_ch(b, (char)(0xc0 | cp >> 6));
	} else if (cp < 0x10000) {
		buf_ch(b, (char)(0xe0 | cp >> 12));
		buf_ch(b, (char)(0x80 | (cp >> 6 & 0x3f)));
	} else {
		buf_ch(b, (char)(0xf0 | cp >> 18));
		buf_ch(b, (char)(0x80 | (cp >> 12 & 0x3f)));
		buf_ch(b, (char)(0x80 | (cp >> 6 & 0x3f)));
	}
	buf_ch(b, (char)(0x80 | (cp & 0x3f)));
}

static void
json_escape(struct buf *b, unsigned char c)
{
	static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *s = shorts; *s; s += 2) {
		if ((unsigned char)*s == c) {
			buf_add(b, (char[]){'\\', s[1]}, 2);
			return;
		}
	}
	buf_fmt(b, "\\u%04x", c);
}

static bool
is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

// The first byte at or after i that is not plain, or v.n.
static size_t
plain_end(struct sv v, size_t i)
{
#ifdef __SSE2__
	const __m128i first = _mm_set1_epi8(0x20), quote = _mm_set1_epi8('"'),
		      slash = _mm_set1_epi8('\\');

	for (; i + 16 <= v.n; i += 16) {
		__m128i p = _mm_loadu_si128((const __m128i *)(const void *)(v.p + i));
		// As signed numbers, bytes beyond ASCII are below those that are plain.
		__m128i special = _mm_or_si128(_mm_cmplt_epi8(p, first),
		    _mm_or_si128(_mm_cmpeq_epi8(p, quote), _mm_cmpeq_epi8(p, slash)));
		unsigned hit = (unsigned)_mm_movemask_epi8(special);

		if (hit)
			return i + (unsigned)__builtin_ctz(hit);
	}
#endif
	while (i < v.n && is_plain(v.p[i]))
		i++;
	return i;
}

void
buf_json_str(struct buf *b, struct sv v)
{
	size_t i = 0, plain = 0;

	buf_reserve(b, v.n + 2);
	buf_ch(b, '"');
	while ((i = plain_end(v, i)) < v.n) {
		size_t len = utf8_seq(v.p + i, v.n - i);

		if (len > 1) {
			i += len;
			continue;
		}
		buf_add(b, v.p + plain, i - plain);
		if (len)
			json_escape(b, (unsigned char)v.p[i]);
		else
			buf_str(b, "\xef\xbf\xbd");
		plain = ++i;
	}
	if (i > plain)
		buf_add(b, v.p + plain, i - plain);
	buf_ch(b, '"');
}

char *
buf_take(struct buf *b)
{
	char *p = b->p ? b->p : xstrdup("");

	*b = (struct buf){.max = b->max};
	return p;
}

struct sv
buf_view(const struct buf *b)
{
	return (struct sv){b->p ? b->p : "", b->n};
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
buf_base64(struct buf *b, const void *data, size_t n)
{
	const unsigned char *p = data;
	char *at = buf_reserve(b, (n + 2) / 3 * 4);

	if (!at)
		return;
	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)p[i] << 16 | (i + 1 < n ? (unsigned)p[i + 1] << 8 : 0) |
			     (i + 2 < n ? p[i + 2] : 0);

		*at++ = base64_digits[v >> 18];
		*at++ = base64_digits[v >> 12 & 63];
		*at++ = i + 1 < n ? base64_digits[v >> 6 & 63] : '=';
		*at++ = i + 2 < n ? base64_digits[v & 63] : '=';
	}
	*at = '\0';
	b->n = (size_t)(at - b->p);
}

static void
base64_table(signed char t[256])
{
	memset(t, -1, 256);
	for (signed char i = 0; i < 64; i++)
		t[(unsigned char)base64_digits[i]] = i;
}

static int
refuse(struct buf *b)
{
	b->p[b->n] = '\0';
	return -1;
}

int
buf_unbase64(struct buf *b, struct sv text)
{
	signed char t[256];
	size_t pad = 0, out;
	char *at;

	if (text.n % 4 != 0)
		return -1;
	while (pad < 2 && text.n > pad && text.p[text.n - 1 - pad] == '=')
		pad++;
	base64_table(t);
	out = text.n / 4 * 3 - pad;
	at = buf_reserve(b, out + 3);
	if (!at)
		return -1;
	for (size_t i = 0; i < text.n; i += 4) {
		size_t use = i + 4 == text.n ? 4 - pad : 4;
		unsigned v = 0;

		for (size_t k = 0; k < 4; k++) {
			int d = k < use ? t[(unsigned char)text.p[i + k]] : 0;

			if (d < 0)
				return refuse(b);
			v = v << 6 | (unsigned)d;
		}
		if ((use == 3 && (v & 0xff)) || (use == 2 && (v & 0xffff)))
			return refuse(b); // stray bits: not canonical
		*at++ = (char)(v >> 16);
		*at++ = (char)(v >> 8);
		*at++ = (char)v;
	}
	b->n += out;
	b->p[b->n] = '\0';
	return 0;
}

int
buf_read_fd(struct buf *b, int fd, const char *name, struct err *err)
{
	size_t max = b->max ? b->max : BUF_MAX_DEFAULT;
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uintmax_t)st.st_size > max)
		return err_set(err, ERR_TOO_LARGE, "%s: larger than %zu bytes", name, max);
	for (;;) {
		size_t want = MIN((size_t)65536, max - b->n + 1), got;
		cleanup_free char *chunk = xmalloc(want);

		if (util_read_all(fd, chunk, want, &got) != 0)
			return err_set(err, ERR_INPUT, "%s: %s", name, strerror(errno));
		buf_add(b, chunk, got);
		if (b->overflow)
			return err_set(err, ERR_TOO_LARGE, "%s: larger than %zu bytes", name, max);
		if (got < want)
			return 0;
	}
}

int
buf_read_file(struct buf *b, const char *path, struct err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_set(err, ERR_INPUT, "%s: %s", path, strerror(errno));
	return buf_read_fd(b, fd, path, err);
}
