// SPDX-License-Identifier: Apache-2.0
// Typed getters and builders over cJSON. Any thread; a tree belongs to one at a time.
#include "base/json.h"

#include <math.h>
#include <stdio.h>

const cJSON *
json_get(const cJSON *obj, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(obj, key);
}

const char *
json_str(const cJSON *obj, const char *key)
{
	return cJSON_GetStringValue(json_get(obj, key));
}

double
json_num(const cJSON *obj, const char *key, double fallback)
{
	const cJSON *v = json_get(obj, key);

	return cJSON_IsNumber(v) ? v->valuedouble : fallback;
}

int64_t
json_int(const cJSON *obj, const char *key, int64_t fallback)
{
	double v = json_num(obj, key, NAN);

	// 2^53: beyond it a double is no exact integer.
	return fabs(v) <= 9007199254740992.0 ? (int64_t)v : fallback;
}

bool
json_bool(const cJSON *obj, const char *key, bool fallback)
{
	const cJSON *v = json_get(obj, key);

	return cJSON_IsBool(v) ? cJSON_IsTrue(v) : fallback;
}

static const cJSON *
step(const cJSON *at, struct sv key)
{
	cleanup_free char *name = sv_dup(key);
	char *end;
	long i;

	if (!cJSON_IsArray(at))
		return json_get(at, name);
	i = strtol(name, &end, 10);
	return *end || end == name || i < 0 ? NULL : cJSON_GetArrayItem(at, (int)i);
}

const cJSON *
json_path(const cJSON *root, const char *path)
{
	const cJSON *at = root;

	while (at && *path) {
		size_t n = strcspn(path, ".");

		at = step(at, (struct sv){path, n});
		path += n + (path[n] == '.');
	}
	return at;
}

static cJSON *
must(cJSON *v)
{
	if (!v)
		abort();
	return v;
}

cJSON *
json_obj(void)
{
	return must(cJSON_CreateObject());
}

cJSON *
json_arr(void)
{
	return must(cJSON_CreateArray());
}

void
json_add(cJSON *obj, const char *key, bool literal, cJSON *item)
{
	if (!(literal ? cJSON_AddItemToObjectCS(obj, key, must(item))
		      : cJSON_AddItemToObject(obj, key, must(item))))
		abort();
}

cJSON *
json_of_str(const char *s)
{
	return must(s ? cJSON_CreateString(s) : cJSON_CreateNull());
}

// The bytes of a cJSON string; U+0000 becomes U+FFFD, since cJSON would end the string there.
static char *
string_of(struct sv v)
{
	size_t nuls = 0, n = 0;
	char *s;

	for (const char *nul = v.p; v.n && (nul = memchr(nul, '\0', (size_t)(v.p + v.n - nul)));
	     nul++)
		nuls++;
	s = cJSON_malloc(v.n + 2 * nuls + 1);
	if (!s)
		abort();
	if (nuls == 0 && v.n > 0) {
		memcpy(s, v.p, v.n);
		n = v.n;
	}
	for (size_t i = 0; nuls > 0 && i < v.n; i++) {
		if (v.p[i]) {
			s[n++] = v.p[i];
			continue;
		}
		memcpy(s + n, "\xef\xbf\xbd", 3);
		n += 3;
	}
	s[n] = '\0';
	return s;
}

cJSON *
json_of_sv(struct sv v)
{
	cJSON *item = must(cJSON_CreateNull());

	if (v.p) {
		item->type = cJSON_String;
		item->valuestring = string_of(v);
	}
	return item;
}

cJSON *
json_of_num(double v)
{
	return must(isfinite(v) ? cJSON_CreateNumber(v) : cJSON_CreateNull());
}

void
json_push(cJSON *arr, cJSON *item)
{
	if (!cJSON_AddItemToArray(arr, must(item)))
		abort();
}

// What most numbers are: whole, or of at most three decimals. False: neither.
static bool
print_thousandths(struct buf *b, double v)
{
	char text[32], *at = text + sizeof(text);
	bool negative = signbit(v), any = false;
	uint64_t n;

	if (!(fabs(v) < 1e9))
		return false;
	n = (uint64_t)(fabs(v) * 1000 + 0.5);
	if ((double)n / 1000 != fabs(v))
		return false;
	for (int i = 0; i < 3; i++, n /= 10) {
		any |= n % 10 != 0;
		if (any)
			*--at = (char)('0' + n % 10);
	}
	if (any)
		*--at = '.';
	do
		*--at = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	if (negative)
		*--at = '-';
	buf_add(b, at, (size_t)(text + sizeof(text) - at));
	return true;
}

static void
print_number(struct buf *b, double v)
{
	char text[32];

	if (print_thousandths(b, v))
		return;
	if (!isfinite(v))
		snprintf(text, sizeof(text), "null");
	else if (fabs(v) < 9007199254740992.0 && v == floor(v))
		snprintf(text, sizeof(text), "%.0f", v);
	else if (snprintf(text, sizeof(text), "%.15g", v) > 0 && strtod(text, NULL) != v)
		snprintf(text, sizeof(text), "%.17g", v);
	buf_str(b, text);
}

static void
indent(struct buf *b, bool pretty, unsigned depth)
{
	if (!pretty)
		return;
	buf_ch(b, '\n');
	for (unsigned i = 0; i < depth; i++)
		buf_str(b, "  ");
}

static void
print_scalar(struct buf *b, const cJSON *v)
{
	if (cJSON_IsString(v))
		buf_json_str(b, sv_from(v->valuestring));
	else if (cJSON_IsNumber(v))
		print_number(b, v->valuedouble);
	else if (cJSON_IsBool(v))
		buf_str(b, cJSON_IsTrue(v) ? "true" : "false");
	else
		buf_str(b, cJSON_IsRaw(v) ? v->valuestring : "null");
}

// Our own depth is bounded: what is printed was built by us, or parsed under the depth limit.
static void
print_value(struct buf *b, const cJSON *v, bool pretty, unsigned depth)
{
	bool object = cJSON_IsObject(v);

	if (!object && !cJSON_IsArray(v)) {
		print_scalar(b, v);
		return;
	}
	buf_ch(b, object ? '{' : '[');
	json_foreach (item, v) {
		indent(b, pretty, depth + 1);
		if (object) {
			buf_json_str(b, sv_from(item->string));
			buf_str(b, pretty ? ": " : ":");
		}
		print_value(b, item, pretty, depth + 1);
		if (item->next)
			buf_ch(b, ',');
	}
	if (v->child)
		indent(b, pretty, depth);
	buf_ch(b, object ? '}' : ']');
}

void
json_print(struct buf *b, const cJSON *v, bool pretty)
{
	print_value(b, v, pretty, 0);
}
