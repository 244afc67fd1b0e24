// SPDX-License-Identifier: Apache-2.0
// Bytes of any web encoding -> UTF-8 (Encoding standard). Single-byte encodings and UTF-16 by
// tables of our own; the multi-byte ones of East Asia by iconv converters that charset_init opened
// before the process was confined (converting needs no system call, opening does).
#include "extract/html/charset_priv.h"

#include <errno.h>
#include <iconv.h>

#define UTF8_CHARACTERS 3 // that are no chance

static const struct single_byte single_bytes[] = {
#include "extract/html/charset_tables.h"
};

static struct multi_byte {
	const char *name, *iconv_name;
	uint32_t byte_80; // what the byte 0x80 means, which iconv refuses
	iconv_t cd;
	bool open;
} multi_bytes[] = {
    {.name = "gbk", .iconv_name = "GB18030", .byte_80 = 0x20ac},
    {.name = "gb18030", .iconv_name = "GB18030", .byte_80 = 0x20ac},
    {.name = "big5", .iconv_name = "BIG5-HKSCS", .byte_80 = 0xfffd},
    {.name = "euc-jp", .iconv_name = "EUC-JP-MS", .byte_80 = 0xfffd},
    {.name = "shift_jis", .iconv_name = "CP932", .byte_80 = 0x80},
    {.name = "iso-2022-jp", .iconv_name = "ISO-2022-JP", .byte_80 = 0xfffd},
    {.name = "euc-kr", .iconv_name = "UHC", .byte_80 = 0xfffd},
};

const struct single_byte *
charset_single_byte(const char *name)
{
	if (strcmp(name, "iso-8859-8-i") == 0) // differs in the direction of lines only
		name = "iso-8859-8";
	for (size_t i = 0; i < ARRAY_LEN(single_bytes); i++)
		if (strcmp(single_bytes[i].name, name) == 0)
			return &single_bytes[i];
	return NULL;
}

void
charset_init(void)
{
	for (size_t i = 0; i < ARRAY_LEN(multi_bytes); i++) {
		struct multi_byte *m = &multi_bytes[i];

		if (m->open)
			continue;
		m->cd = iconv_open("UTF-8", m->iconv_name);
		m->open = m->cd != (iconv_t)-1;
	}
}

// --- which encoding ---

static const char *
from_bom(struct sv v)
{
	if (v.n >= 3 && memcmp(v.p, "\xef\xbb\xbf", 3) == 0)
		return "utf-8";
	if (v.n >= 2 && memcmp(v.p, "\xff\xfe", 2) == 0)
		return "utf-16le";
	return v.n >= 2 && memcmp(v.p, "\xfe\xff", 2) == 0 ? "utf-16be" : NULL;
}

static void
add_utf8(struct buf *out, uint32_t c)
{
	char u[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = n; i-- > 1; c >>= 6)
		u[i] = (char)(0x80 | (c & 63));
	u[0] = (char)(lead[n] | c);
	buf_add(out, u, n);
}

// --- the other encodings ---

static void
from_utf16(struct sv v, bool big, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)v.p;
	uint32_t high = 0;

	for (size_t i = 0; i + 1 < v.n; i += 2) {
		uint32_t c = big ? (uint32_t)p[i] << 8 | p[i + 1] : (uint32_t)p[i + 1] << 8 | p[i];

		if (high && c >= 0xdc00 && c <= 0xdfff) {
			add_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (c - 0xdc00));
			high = 0;
			continue;
		}
		if (high)
			add_utf8(out, 0xfffd);
		high = c >= 0xd800 && c <= 0xdbff ? c : 0;
		if (!high)
			add_utf8(out, c >= 0xdc00 && c <= 0xdfff ? 0xfffd : c);
	}
	if (high || v.n % 2)
		add_utf8(out, 0xfffd);
}

static void
from_single_byte(struct sv v, const struct single_byte *e, struct buf *out)
{
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if (c < 0x80)
			buf_ch(out, (char)c);
		else
			add_utf8(out, e->upper[c - 0x80]);
	}
}

static void
from_user_defined(struct sv v, struct buf *out)
{
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		add_utf8(out, c < 0x80 ? c : 0xf700u + c);
	}
}

static void
from_multi_byte(struct sv v, struct multi_byte *m, struct buf *out)
{
	char *in = (char *)v.p;
	size_t left = v.n;

	iconv(m->cd, NULL, NULL, NULL, NULL);
	while (left > 0) {
		char *to = buf_reserve(out, 8192), *start = to;
		size_t room = 8191;
		size_t rc;

		if (!to)
			return;
		rc = iconv(m->cd, &in, &left, &to, &room);
		out->n += (size_t)(to - start);
		*to = '\0';
		if (rc != (size_t)-1 || errno == E2BIG)
			continue;
		if (errno == EINVAL) { // cut in the middle of a character
			add_utf8(out, 0xfffd);
			return;
		}
		add_utf8(out, (unsigned char)*in == 0x80 ? m->byte_80 : 0xfffd);
		in++;
		left--;
	}
}

// A known encoding without a converter: ASCII stays, the rest is lost, and the name says so.
static void
from_unreadable(struct sv v, struct buf *out)
{
	bool gap = false;

	for (size_t i = 0; i < v.n; i++) {
		if ((unsigned char)v.p[i] < 0x80)
			buf_ch(out, v.p[i]);
		else if (!gap)
			add_utf8(out, 0xfffd);
		gap = (unsigned char)v.p[i] >= 0x80;
	}
}

static void
convert(struct sv v, const char *name, struct buf *out)
{
	const struct single_byte *e = charset_single_byte(name);

	for (size_t i = 0; i < ARRAY_LEN(multi_bytes); i++)
		if (strcmp(multi_bytes[i].name, name) == 0 && multi_bytes[i].open) {
			from_multi_byte(v, &multi_bytes[i], out);
			return;
		}
	if (e)
		from_single_byte(v, e, out);
	else if (strncmp(name, "utf-16", 6) == 0)
		from_utf16(v, strcmp(name, "utf-16be") == 0, out);
	else if (strcmp(name, "x-user-defined") == 0)
		from_user_defined(v, out);
	else if (strcmp(name, "replacement") == 0) // encodings that no browser reads any more
		buf_str(out, v.n > 0 ? "\xef\xbf\xbd" : "");
	else
		from_unreadable(v, out);
}

// ISO-2022-JP is ASCII to the eye; its escapes tell it.
static bool
has_japanese_escape(struct sv v)
{
	return v.n > 0 && (memmem(v.p, v.n, "\x1b$B", 3) || memmem(v.p, v.n, "\x1b$@", 3));
}

// UTF-16 without a mark: markup begins with ASCII, every other byte of which is zero (as in the
// prescan's `<?x`).
static const char *
utf16_without_bom(struct sv v)
{
	bool big = true, little = true;

	if (v.n < 8)
		return NULL;
	for (size_t i = 0; i < 8; i += 2) {
		little = little && v.p[i] > 0 && v.p[i + 1] == 0;
		big = big && v.p[i] == 0 && v.p[i + 1] > 0;
	}
	return little ? "utf-16le" : big ? "utf-16be" : NULL;
}

// A page whose server declared another encoding than the page itself: saved, it is only declared
// wrongly.
static bool
is_not_what_it_declares(const char *name, struct sv v)
{
	return strcmp(name, "utf-8") == 0 && !charset_has_utf8(v, 1);
}

// What servers say of all their pages when nobody told them better. Of a text that is in it, not
// every letter with an accent stands before a sign that makes a character of UTF-8 with it; one or
// two may (\xdf\x93 is "ß“").
static bool
is_utf8_for_all_that(struct sv v, const char *header)
{
	bool ascii;

	return (strcmp(header, "windows-1252") == 0 || strcmp(header, "iso-8859-15") == 0) &&
	       charset_is_utf8(v, &ascii) && charset_beyond_ascii(v, UTF8_CHARACTERS);
}

// *valid: it is UTF-8 throughout.
static const char *
sniff(struct sv bytes, const char *said, bool sure, bool *valid)
{
	const char *bom = from_bom(bytes), *name = bom;
	bool ascii;

	*valid = false;
	if (!name && said)
		name = charset_of_label(sv_from(said));
	if (name && strcmp(name, "utf-8") != 0) {
		*valid = name != bom && !sure && is_utf8_for_all_that(bytes, name);
		return *valid ? "utf-8" : name;
	}
	if (!name && (name = utf16_without_bom(bytes)))
		return name;
	*valid = charset_is_utf8(bytes, &ascii);
	if (name)
		return name;
	if (*valid && !ascii) // what a transcoding proxy or archive left as <meta> is wrong then
		return "utf-8";
	name = charset_prescan(bytes);
	if (name && (*valid || !is_not_what_it_declares(name, bytes)))
		return name;
	if (ascii)
		return has_japanese_escape(bytes) ? "iso-2022-jp" : "utf-8";
	return charset_detect(bytes);
}

static struct sv
without_bom(struct sv v, const char *name)
{
	size_t n = strcmp(name, "utf-8") == 0 ? 3 : 2;
	const char *bom = from_bom(v);

	return bom && strcmp(bom, name) == 0 ? (struct sv){v.p + n, v.n - n} : v;
}

static int
view(struct sv bytes, const char *charset, bool sure, struct buf *scratch, struct sv *utf8,
    const char **name, struct err *err)
{
	size_t max = scratch->max ? scratch->max : BUF_MAX_DEFAULT;
	bool valid;
	const char *found = sniff(bytes, charset, sure, &valid);

	bytes = without_bom(bytes, found);
	valid = valid && strcmp(found, "utf-8") == 0;
	if (!valid && strcmp(found, "utf-8") == 0)
		charset_repair_utf8(bytes, scratch);
	else if (!valid)
		convert(bytes, found, scratch);
	if (scratch->overflow || (valid && bytes.n > max))
		return err_set(err, ERR_TOO_LARGE, "the page is larger than %zu bytes", max);
	*utf8 = valid ? bytes : buf_view(scratch);
	*name = found;
	return 0;
}

int
charset_view(struct sv bytes, const char *charset, struct buf *scratch, struct sv *utf8,
    const char **name, struct err *err)
{
	return view(bytes, charset, false, scratch, utf8, name, err);
}

int
charset_view_as(struct sv bytes, const char *charset, struct buf *scratch, struct sv *utf8,
    const char **name, struct err *err)
{
	return view(bytes, charset, true, scratch, utf8, name, err);
}

int
charset_to_utf8(
    struct sv bytes, const char *charset, struct buf *out, const char **name, struct err *err)
{
	struct sv utf8;
	int rc = charset_view(bytes, charset, out, &utf8, name, err);

	if (rc == 0 && out->n == 0)
		buf_sv(out, utf8);
	return rc;
}
