// SPDX-License-Identifier: Apache-2.0
// Raw JSON text without a tree: finding top-level keys, and making page-made text safe for cJSON.
// Runs in the loop thread on messages of up to hundreds of megabytes: linear, no allocation.
#include "base/json.h"

// --- skimmer ---

static size_t
skip_space(struct sv t, size_t i)
{
	while (i < t.n && (t.p[i] == ' ' || t.p[i] == '\t' || t.p[i] == '\n' || t.p[i] == '\r'))
		i++;
	return i;
}

// The index after the string that opens at i, or 0 when it does not end.
static size_t
skip_string(struct sv t, size_t i)
{
	for (i++; i < t.n;) {
		const char *q = memchr(t.p + i, '"', t.n - i);
		size_t at, back = 0;

		if (!q)
			return 0;
		at = (size_t)(q - t.p);
		while (back < at - i && t.p[at - 1 - back] == '\\')
			back++;
		if (back % 2 == 0)
			return at + 1;
		i = at + 1;
	}
	return 0;
}

// The index after the value at i, or 0 when the text is cut short.
static size_t
skip_value(struct sv t, size_t i)
{
	size_t depth = 0;

	while (i < t.n) {
		char c = t.p[i];

		if (c == '"') {
			i = skip_string(t, i);
			if (i == 0)
				return 0;
		} else if (c == '{' || c == '[') {
			depth++;
			i++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return i;
			depth--;
			i++;
		} else if (depth == 0) {
			while (i < t.n && !strchr(",}] \t\r\n", t.p[i]))
				i++;
			return i;
		} else {
			i++;
			continue;
		}
		if (depth == 0)
			return i;
	}
	return 0;
}

static void
note_key(struct sv t, size_t key, size_t key_end, size_t value, size_t end, const char *const *keys,
    size_t n, struct sv *out)
{
	struct sv name = {t.p + key + 1, key_end - key - 2};

	for (size_t k = 0; k < n; k++)
		if (!out[k].p && sv_eq_str(name, keys[k]))
			out[k] = (struct sv){t.p + value, end - value};
}

int
json_skim_many(struct sv t, const char *const *keys, size_t n, struct sv *out)
{
	size_t i = skip_space(t, 0);

	for (size_t k = 0; k < n; k++)
		out[k] = SV_NULL;
	if (i >= t.n || t.p[i] != '{')
		return -1;
	i = skip_space(t, i + 1);
	while (i < t.n && t.p[i] == '"') {
		size_t key = i, key_end = skip_string(t, i), value, end;

		value = key_end ? skip_space(t, key_end) : t.n;
		if (value >= t.n || t.p[value] != ':')
			return -1;
		value = skip_space(t, value + 1);
		end = skip_value(t, value);
		if (end == 0 || end == value)
			return -1;
		note_key(t, key, key_end, value, end, keys, n, out);
		i = skip_space(t, end);
		if (i < t.n && t.p[i] == ',')
			i = skip_space(t, i + 1);
	}
	return i < t.n && t.p[i] == '}' ? 0 : -1;
}

struct sv
json_skim(struct sv obj, const char *key)
{
	struct sv out;

	return json_skim_many(obj, &key, 1, &out) == 0 ? out : SV_NULL;
}

struct sv
json_skim_str(struct sv raw)
{
	if (raw.n < 2 || raw.p[0] != '"')
		return SV_NULL;
	return (struct sv){raw.p + 1, raw.n - 2};
}

int64_t
json_skim_int(struct sv raw, int64_t fallback)
{
	bool minus = raw.n && raw.p[0] == '-';
	int64_t v = 0;
	size_t i = minus;

	for (; i < raw.n && sv_is_digit(raw.p[i]); i++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, raw.p[i] - '0', &v))
			return fallback;
	if (i == (size_t)minus || (i < raw.n && !strchr(".eE", raw.p[i])))
		return fallback;
	return minus ? -v : v;
}

// --- repair ---

// The four hex digits of \uXXXX at p (p points at the backslash), or -1.
static int
unicode_escape(const char *p, const char *end)
{
	int v = 0;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int d = sv_hex(p[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

static size_t
repair_escapes(char *p, char *end)
{
	size_t changed = 0;

	while ((p = memchr(p, '\\', (size_t)(end - p))) != NULL) {
		int u = unicode_escape(p, end), low;

		if (u < 0) {
			p += MIN(2, end - p); // the escaped character is no start of another escape
			continue;
		}
		low = u >= 0xd800 && u < 0xdc00 ? unicode_escape(p + 6, end) : -1;
		if (low >= 0xdc00 && low < 0xe000) {
			p += 12;
			continue;
		}
		if (u == 0 || (u >= 0xd800 && u < 0xe000)) {
			memcpy(p, "\\ufffd", 6);
			changed++;
		}
		p += 6;
	}
	return changed;
}

// Bytes that are not UTF-8 become '?'.
static size_t
repair_utf8(char *p, size_t n)
{
	size_t changed = 0, i = 0;

	while (i < n) {
		uint64_t word;
		size_t len;

		if (i + sizeof(word) <= n) {
			memcpy(&word, p + i, sizeof(word));
			if (!(word & 0x8080808080808080u)) {
				i += sizeof(word);
				continue;
			}
		}
		len = utf8_seq(p + i, n - i);
		if (len == 0) {
			p[i] = '?';
			changed++;
			len = 1;
		}
		i += len;
	}
	return changed;
}

size_t
json_repair(char *p, size_t n)
{
	return n ? repair_escapes(p, p + n) + repair_utf8(p, n) : 0;
}

int
json_parse_cdp(char *p, size_t n, cJSON **out, struct err *err)
{
	const char *end;
	cJSON *v;

	json_repair(p, n);
	v = cJSON_ParseWithLengthOpts(p, n, &end, false);
	if (v && skip_space((struct sv){p, n}, (size_t)(end - p)) < n) {
		cJSON_Delete(v);
		v = NULL;
	}
	if (!v)
		return err_set(err, ERR_PROTOCOL, "the browser's answer is not JSON");
	*out = v;
	return 0;
}
