// SPDX-License-Identifier: Apache-2.0
// JSON: a strict RFC 8259 validator in front of cJSON, a pre-pass that makes Chromium's messages
// safe for cJSON, and a skimmer that finds keys in raw text without building a tree.
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"
#include "base/err.h"

#include <cjson/cJSON.h>

#define json_foreach(item, parent)                                                                 \
	for (cJSON *item = (parent) ? (parent)->child : NULL; item; item = item->next)

enum json_mode {
	JSON_GRAMMAR, // RFC 8259 only
	JSON_API,     // also refuses duplicate keys and \u0000, and unpaired surrogates
};
struct json_limits {
	size_t max_bytes;
	unsigned max_depth; // <= 64
	unsigned max_values;
};
extern const struct json_limits json_limits_default; // 16 MB, 64, 50,000

// 0, ERR_INVALID_JSON, ERR_DUPLICATE_KEY, ERR_NULL_CHARACTER (line, column, byte offset in the
// message) or ERR_TOO_LARGE. No recursion.
int json_validate(
    struct sv text, enum json_mode mode, const struct json_limits *lim, struct err *err) MUST_CHECK;
// json_validate(JSON_API) + cJSON. *out is owned by the caller (cJSON_Delete).
int json_parse_api(
    struct sv text, const struct json_limits *lim, cJSON **out, struct err *err) MUST_CHECK;

// Chromium's messages (page-controlled strings): rewrite in place each unpaired \uD800-\uDFFF
// escape and each \u0000 to \uFFFD (same length), and raw bytes that are not UTF-8 to '?'. Returns
// how many places were changed.
size_t json_repair(char *p, size_t n);
// json_repair + cJSON for a trusted grammar: ERR_PROTOCOL when it is not JSON. Changes the text.
int json_parse_cdp(char *p, size_t n, cJSON **out, struct err *err) MUST_CHECK;

// --- typed getters on a parsed object; absent keys are not errors ---
const cJSON *json_get(const cJSON *obj, const char *key); // case-sensitive; NULL when absent
const char *json_str(const cJSON *obj, const char *key);  // NULL unless a string
double json_num(const cJSON *obj, const char *key, double fallback);
int64_t json_int(const cJSON *obj, const char *key, int64_t fallback);
bool json_bool(const cJSON *obj, const char *key, bool fallback);
// "a.b.0.c" through objects and arrays; NULL when absent.
const cJSON *json_path(const cJSON *root, const char *path);

// --- building ---
cJSON *json_obj(void); // never NULL
cJSON *json_arr(void);
void json_add(cJSON *obj, const char *key, bool literal, cJSON *item); // a literal is not copied
cJSON *json_of_str(const char *s);                                     // NULL -> null
cJSON *json_of_sv(struct sv v);                                        // SV_NULL -> null
cJSON *json_of_num(double v);
// Take the item; add, never replace.
#define json_set(obj, key, ...)      json_add(obj, key, __builtin_constant_p(key), __VA_ARGS__)
#define json_set_str(obj, key, ...)  json_set(obj, key, json_of_str(__VA_ARGS__))
#define json_set_sv(obj, key, ...)   json_set(obj, key, json_of_sv(__VA_ARGS__))
#define json_set_num(obj, key, ...)  json_set(obj, key, json_of_num(__VA_ARGS__))
#define json_set_int(obj, key, ...)  json_set(obj, key, json_of_num((double)(int64_t)(__VA_ARGS__)))
#define json_set_bool(obj, key, ...) json_set(obj, key, cJSON_CreateBool(__VA_ARGS__))
#define json_set_null(obj, key)      json_set(obj, key, cJSON_CreateNull())
void json_push(cJSON *arr, cJSON *item);
// Print into b, compact or with two-space indent.
void json_print(struct buf *b, const cJSON *v, bool pretty);

// --- skimmer: raw text, no tree; the text must be an object ---
// The raw value of a top-level key ("\"abc\"", "12", "{…}"), or SV_NULL. Does not validate;
// keys spelt with escapes are not found (Chromium writes none).
struct sv json_skim(struct sv obj, const char *key);
// Several keys in one pass; out[i] is SV_NULL when keys[i] is absent. 0, or -1 if the text is no
// object or is cut short.
int json_skim_many(struct sv obj, const char *const *keys, size_t n, struct sv *out);
// A raw JSON string without its quotes; SV_NULL when `raw` is not a string. Escapes stay.
struct sv json_skim_str(struct sv raw);
int64_t json_skim_int(struct sv raw, int64_t fallback);

#endif
