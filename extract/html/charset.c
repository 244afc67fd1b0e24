// SPDX-License-Identifier: Apache-2.0
// Bytes of any web encoding -> UTF-8 (Encoding standard). Single-byte encodings and UTF-16 by
// tables of our own; the multi-byte ones of East Asia by iconv converters that charset_init opened
// before the process was confined (converting needs no system call, opening does).
#include "extract/html/charset.h"

#include <errno.h>
#include <iconv.h>

#define PRESCAN_BYTES 4096 // the standard asks for 1,024; pages put the tag later, too

struct single_byte {
	const char *name;
	uint16_t upper[128];
};
static const struct single_byte single_bytes[] = {
#include "extract/html/charset_tables.h"
};

static const struct {
	const char *label, *name;
} labels[] = {
#define L(label, name) {label, name},
#include "extract/html/charset_labels.h"
#undef L
};

static struct multi_byte {
	const char *name, *iconv_name;
	iconv_t cd;
	bool open;
} multi_bytes[] = {
    {.name = "gbk", .iconv_name = "GB18030"},
    {.name = "gb18030", .iconv_name = "GB18030"},
    {.name = "big5", .iconv_name = "BIG5-HKSCS"},
    {.name = "euc-jp", .iconv_name = "EUC-JP-MS"},
    {.name = "shift_jis", .iconv_name = "CP932"},
    {.name = "iso-2022-jp", .iconv_name = "ISO-2022-JP"},
    {.name = "euc-kr", .iconv_name = "UHC"},
};

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
own_name(struct sv label)
{
	static const char *const unicode[] = {"utf-8", "utf-16le", "utf-16be"};

	for (size_t i = 0; i < ARRAY_LEN(unicode); i++)
		if (sv_ieq_str(label, unicode[i]))
			return unicode[i];
	for (size_t i = 0; i < ARRAY_LEN(single_bytes); i++)
		if (sv_ieq_str(label, single_bytes[i].name))
			return single_bytes[i].name;
	for (size_t i = 0; i < ARRAY_LEN(multi_bytes); i++)
		if (sv_ieq_str(label, multi_bytes[i].name))
			return multi_bytes[i].name;
	return NULL;
}

// The encoding's name, or NULL for an unknown label.
static const char *
name_of_label(struct sv label)
{
	label = sv_trim(label);
	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (sv_ieq_str(label, labels[i].label))
			return labels[i].name;
	return own_name(label);
}

static const char *
from_bom(struct sv v)
{
	if (v.n >= 3 && memcmp(v.p, "\xef\xbb\xbf", 3) == 0)
		return "utf-8";
	if (v.n >= 2 && memcmp(v.p, "\xff\xfe", 2) == 0)
		return "utf-16le";
	return v.n >= 2 && memcmp(v.p, "\xfe\xff", 2) == 0 ? "utf-16be" : NULL;
}

static const char *
label_after_equals(struct sv v)
{
	size_t i = 0, from;

	while (i < v.n && (v.p[i] == ' ' || v.p[i] == '\t' || v.p[i] == '\n' || v.p[i] == '\r'))
		i++;
	if (i == v.n || v.p[i] != '=')
		return NULL;
	do
		i++;
	while (i < v.n && (v.p[i] == ' ' || v.p[i] == '"' || v.p[i] == '\''));
	from = i;
	while (i < v.n && !strchr(" \"';>/\t\r\n", v.p[i]))
		i++;
	return name_of_label((struct sv){v.p + from, i - from});
}

// `charset=` inside one of the first <meta> tags, in either form.
static const char *
from_meta(struct sv v)
{
	const char *p, *end = v.p + MIN(v.n, (size_t)PRESCAN_BYTES);

	for (size_t i = 0; v.p + i < end; i++) {
		struct sv tag = {v.p + i, (size_t)(end - v.p) - i};

		if (v.p[i] != '<' || !sv_istarts(tag, "<meta"))
			continue;
		p = memchr(tag.p, '>', tag.n);
		tag.n = p ? (size_t)(p - tag.p) : tag.n;
		for (size_t k = 5; k + 7 < tag.n; k++) {
			struct sv at = {tag.p + k, tag.n - k};
			const char *name = sv_istarts(at, "charset")
					       ? label_after_equals((struct sv){at.p + 7, at.n - 7})
					       : NULL;

			if (name) // a page whose tag can be read in ASCII is not UTF-16
				return sv_starts(sv_from(name), "utf-16") ? "utf-8" : name;
		}
	}
	return NULL;
}

// --- UTF-8 ---

// Length of the valid UTF-8 character at p, or minus the length of what can't be one.
static int
utf8_char(const unsigned char *p, size_t n)
{
	static const unsigned char lows[] = {[0xe0 & 31] = 0xa0, [0xf0 & 31] = 0x90};
	unsigned lead = p[0], low = 0x80, high = 0xbf;
	int want = lead < 0x80   ? 1
		   : lead < 0xc2 ? 0
		   : lead < 0xe0 ? 2
		   : lead < 0xf0 ? 3
		   : lead < 0xf5 ? 4
				 : 0;

	if (want <= 1)
		return want == 1 ? 1 : -1;
	if (lead == 0xe0 || lead == 0xf0)
		low = lows[lead & 31];
	if (lead == 0xed || lead == 0xf4)
		high = lead == 0xed ? 0x9f : 0x8f;
	for (int i = 1; i < want; i++) {
		if ((size_t)i >= n || p[i] < low || p[i] > high)
			return -i;
		low = 0x80;
		high = 0xbf;
	}
	return want;
}

// Past the ASCII at i, eight bytes at a time.
static size_t
skip_ascii(struct sv v, size_t i)
{
	uint64_t eight;

	for (; i + sizeof(eight) <= v.n; i += sizeof(eight)) {
		memcpy(&eight, v.p + i, sizeof(eight));
		if (eight & 0x8080808080808080u)
			break;
	}
	while (i < v.n && (unsigned char)v.p[i] < 0x80)
		i++;
	return i;
}

static bool
is_utf8(struct sv v, bool *ascii)
{
	const unsigned char *p = (const unsigned char *)v.p;

	*ascii = true;
	for (size_t i = 0; (i = skip_ascii(v, i)) < v.n;) {
		int k = utf8_char(p + i, v.n - i);

		*ascii = false;
		if (k < 0)
			return false;
		i += (size_t)k;
	}
	return true;
}

static void
repair_utf8(struct sv v, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)v.p;

	for (size_t i = 0, from = 0; from < v.n;) {
		int k = 1;

		while ((i = skip_ascii(v, i)) < v.n && (k = utf8_char(p + i, v.n - i)) > 0)
			i += (size_t)k;
		buf_add(out, v.p + from, i - from);
		if (i < v.n) {
			buf_str(out, "\xef\xbf\xbd");
			i += (size_t)-k;
		}
		from = i;
	}
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
		add_utf8(out, 0xfffd);
		if (errno == EINVAL) // cut in the middle of a character
			return;
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
	for (size_t i = 0; i < ARRAY_LEN(single_bytes); i++)
		if (strcmp(single_bytes[i].name, name) == 0) {
			from_single_byte(v, &single_bytes[i], out);
			return;
		}
	for (size_t i = 0; i < ARRAY_LEN(multi_bytes); i++)
		if (strcmp(multi_bytes[i].name, name) == 0 && multi_bytes[i].open) {
			from_multi_byte(v, &multi_bytes[i], out);
			return;
		}
	if (sv_starts(sv_from(name), "utf-16"))
		from_utf16(v, strcmp(name, "utf-16be") == 0, out);
	else
		from_unreadable(v, out);
}

const char *
charset_sniff(struct sv bytes, const char *header)
{
	const char *name = from_bom(bytes);
	bool ascii, utf8;

	if (!name && header)
		name = name_of_label(sv_from(header));
	if (name)
		return name;
	utf8 = is_utf8(bytes, &ascii);
	if (utf8 && !ascii) // what a transcoding proxy or archive left as <meta> is wrong then
		return "utf-8";
	name = from_meta(bytes);
	if (name)
		return name;
	return utf8 ? "utf-8" : "windows-1252";
}

static struct sv
without_bom(struct sv v, const char *name)
{
	size_t n = strcmp(name, "utf-8") == 0 ? 3 : 2;
	const char *bom = from_bom(v);

	return bom && strcmp(bom, name) == 0 ? (struct sv){v.p + n, v.n - n} : v;
}

int
charset_to_utf8(
    struct sv bytes, const char *charset, struct buf *out, const char **name, struct err *err)
{
	const char *found = charset_sniff(bytes, charset);

	bytes = without_bom(bytes, found);
	if (strcmp(found, "utf-8") == 0)
		repair_utf8(bytes, out);
	else
		convert(bytes, found, out);
	if (out->overflow)
		return err_set(err, ERR_TOO_LARGE, "the page is larger than %zu bytes",
		    out->max ? out->max : BUF_MAX_DEFAULT);
	*name = found;
	return 0;
}
