// SPDX-License-Identifier: Apache-2.0
// What a page says about its own encoding before it is parsed: the prescan of the HTML standard
// (13.2.3.2) with its own small reading of attributes. Linear in the first bytes.
#include "extract/html/charset_priv.h"
#include "extract/html/parse_bytes.h"

#define PRESCAN_BYTES 4096 // the standard asks for 1,024; pages put the tag later, too

struct attribute {
	struct sv name, value;
};

// Past one attribute at *i; false at the end of the tag.
static bool
next_attribute(struct sv v, size_t *i, struct attribute *a)
{
	size_t k = *i, from;

	while (k < v.n && (byte_is(v.p[k], BYTE_SPACE) || v.p[k] == '/'))
		k++;
	*i = k;
	if (k >= v.n || v.p[k] == '>')
		return false;
	from = k++;
	while (k < v.n && !byte_is(v.p[k], BYTE_ENDS_TAG | BYTE_EQUALS))
		k++;
	*a = (struct attribute){bytes_slice(v, from, k), SV("")};
	*i = k;
	k += bytes_space(bytes_slice(v, k, v.n));
	if (k >= v.n || v.p[k] != '=')
		return true;
	k++;
	k += bytes_space(bytes_slice(v, k, v.n));
	if (k < v.n && (v.p[k] == '"' || v.p[k] == '\'')) {
		size_t end = bytes_find(v, k + 1, v.p[k]);

		a->value = bytes_slice(v, k + 1, end);
		*i = MIN(end + 1, v.n);
		return true;
	}
	for (from = k; k < v.n && !byte_is(v.p[k], BYTE_SPACE | BYTE_GREATER);)
		k++;
	a->value = bytes_slice(v, from, k);
	*i = k;
	return true;
}

// `charset=` in the content of a <meta http-equiv> (HTML standard, 2.4.4).
static const char *
from_content(struct sv v)
{
	for (size_t i = 0; i + 7 < v.n; i++) {
		size_t k = i + 7, end;

		if (!sv_istarts(bytes_slice(v, i, v.n), "charset"))
			continue;
		k += bytes_space(bytes_slice(v, k, v.n));
		if (k >= v.n || v.p[k] != '=')
			continue;
		k++;
		k += bytes_space(bytes_slice(v, k, v.n));
		if (k < v.n && (v.p[k] == '"' || v.p[k] == '\'')) {
			end = bytes_find(v, k + 1, v.p[k]);
			return end < v.n ? charset_of_label(bytes_slice(v, k + 1, end)) : NULL;
		}
		for (end = k; end < v.n && !byte_is(v.p[end], BYTE_SPACE) && v.p[end] != ';';)
			end++;
		return charset_of_label(bytes_slice(v, k, end));
	}
	return NULL;
}

// At the attributes of a <meta>; *i is moved behind them.
static const char *
from_meta(struct sv v, size_t *i)
{
	const char *direct = NULL, *content = NULL;
	bool pragma = false, seen_charset = false;
	struct attribute a;

	while (next_attribute(v, i, &a)) {
		if (sv_ieq_str(a.name, "http-equiv"))
			pragma |= sv_ieq_str(a.value, "content-type");
		else if (sv_ieq_str(a.name, "content") && !content)
			content = from_content(a.value);
		else if (sv_ieq_str(a.name, "charset") && !seen_charset) {
			direct = charset_of_label(a.value);
			seen_charset = true;
		}
	}
	return seen_charset ? direct : pragma ? content : NULL;
}

// A page whose tags can be read in ASCII is not UTF-16.
static const char *
readable(const char *name)
{
	if (name && strncmp(name, "utf-16", 6) == 0)
		return "utf-8";
	return name && strcmp(name, "x-user-defined") == 0 ? "windows-1252" : name;
}

static const char *
from_xml_declaration(struct sv v)
{
	size_t end = bytes_find(v, 0, '>'), i, k;
	struct sv d = bytes_slice(v, 0, end);

	if (!sv_starts(v, "<?xml") || end == v.n)
		return NULL;
	for (i = 5; i + 8 < d.n && !sv_starts(bytes_slice(d, i, d.n), "encoding");)
		i++;
	i += 8;
	if (i >= d.n)
		return NULL;
	i += bytes_space(bytes_slice(d, i, d.n));
	if (i >= d.n || d.p[i] != '=')
		return NULL;
	i++;
	i += bytes_space(bytes_slice(d, i, d.n));
	if (i >= d.n || (d.p[i] != '"' && d.p[i] != '\''))
		return NULL;
	k = bytes_find(d, i + 1, d.p[i]);
	return k < d.n ? readable(charset_of_label(bytes_slice(d, i + 1, k))) : NULL;
}

static size_t
past_comment(struct sv v, size_t i)
{
	const char *p = i + 2 < v.n ? memmem(v.p + i + 2, v.n - i - 2, "-->", 3) : NULL;

	return p ? (size_t)(p - v.p) + 3 : v.n;
}

static size_t
past_tag(struct sv v, size_t i)
{
	struct attribute a;

	while (i < v.n && !byte_is(v.p[i], BYTE_SPACE | BYTE_GREATER))
		i++;
	while (next_attribute(v, &i, &a))
		;
	return i;
}

const char *
charset_prescan(struct sv bytes)
{
	struct sv v = {bytes.p, MIN(bytes.n, (size_t)PRESCAN_BYTES)};

	if (v.n >= 6 && memcmp(v.p, "<\0?\0x\0", 6) == 0)
		return "utf-16le";
	if (v.n >= 6 && memcmp(v.p, "\0<\0?\0x", 6) == 0)
		return "utf-16be";
	for (size_t i = bytes_find(v, 0, '<'); i < v.n; i = bytes_find(v, i, '<')) {
		struct sv r = bytes_slice(v, i, v.n);
		const char *name;

		if (sv_starts(r, "<!--")) {
			i = past_comment(v, i);
		} else if (sv_istarts(r, "<meta") && r.n > 5 &&
			   (byte_is(r.p[5], BYTE_SPACE) || r.p[5] == '/')) {
			i += 5;
			name = readable(from_meta(v, &i));
			if (name)
				return name;
		} else if (r.n > 1 &&
			   (byte_is(r.p[1], BYTE_ALPHA) ||
			       (r.n > 2 && r.p[1] == '/' && byte_is(r.p[2], BYTE_ALPHA)))) {
			i = past_tag(v, i + 1);
		} else if (r.n > 1 && (r.p[1] == '!' || r.p[1] == '/' || r.p[1] == '?')) {
			i = bytes_find(v, i, '>');
		} else {
			i++;
		}
	}
	return from_xml_declaration(v);
}
