// SPDX-License-Identifier: Apache-2.0
// The shape of a storageState file, checked before anything is started: errors name the path. Keys
// that we don't know are left alone (other tools write more). Any thread.
#include "base/url.h"
#include "cdp/state.h"

#include <stdio.h>

static int
need(const cJSON *obj, const char *key, bool (*is)(const cJSON *v), bool required, const char *path,
    const char *what, struct err *err)
{
	const cJSON *v = json_get(obj, key);
	char at[160];

	if ((v && is(v)) || (!v && !required))
		return 0;
	snprintf(at, sizeof(at), "%s%s%s", path, path[0] ? "." : "", key);
	return err_at(err, ERR_INVALID_REQUEST, at, "expected %s", what);
}

static bool
is_string(const cJSON *v)
{
	return cJSON_IsString(v);
}

static bool
is_filled(const cJSON *v)
{
	return cJSON_IsString(v) && v->valuestring[0];
}

static bool
is_number(const cJSON *v)
{
	return cJSON_IsNumber(v);
}

static bool
is_bool(const cJSON *v)
{
	return cJSON_IsBool(v);
}

static bool
is_array(const cJSON *v)
{
	return cJSON_IsArray(v);
}

static bool
is_version(const cJSON *v)
{
	return cJSON_IsNumber(v) && v->valuedouble >= 1 && v->valuedouble <= 9007199254740991.0 &&
	       v->valuedouble == (double)(int64_t)v->valuedouble;
}

static bool
is_strings(const cJSON *v)
{
	if (!cJSON_IsArray(v))
		return false;
	json_foreach (item, v)
		if (!cJSON_IsString(item))
			return false;
	return true;
}

static bool
is_same_site(const cJSON *v)
{
	static const char *const names[] = {"Strict", "Lax", "None"};

	for (size_t i = 0; cJSON_IsString(v) && i < ARRAY_LEN(names); i++)
		if (strcmp(v->valuestring, names[i]) == 0)
			return true;
	return false;
}

static bool
is_origin(const cJSON *v)
{
	cleanup_buf origin = BUF_INIT_MAX(1 << 20);

	return cJSON_IsString(v) && url_origin(sv_from(v->valuestring), &origin) &&
	       strcmp(origin.p, v->valuestring) == 0;
}

struct rule {
	const char *key;
	bool (*is)(const cJSON *v);
	bool required;
	const char *what;
};
static const struct rule cookie_rules[] = {
    {"name", is_filled, true, "a cookie's name"},
    {"value", is_string, true, "a string"},
    {"domain", is_filled, false, "a host name"},
    {"url", is_filled, false, "a URL"},
    {"path", is_string, false, "a path"},
    {"expires", is_number, false, "seconds since 1970, or -1"},
    {"httpOnly", is_bool, false, "true or false"},
    {"secure", is_bool, false, "true or false"},
    {"sameSite", is_same_site, false, "\"Strict\", \"Lax\" or \"None\""},
    {"partitionKey", is_string, false, "a site such as \"https://example.org\""},
    {"_crHasCrossSiteAncestor", is_bool, false, "true or false"},
};
static const struct rule origin_rules[] = {
    {"origin", is_origin, true, "an origin such as \"https://example.org\""},
};
static const struct rule item_rules[] = {
    {"name", is_string, true, "a string"},
    {"value", is_string, true, "a string"},
    {"utf16", is_string, false, "base64 of UTF-16LE"},
};
static const struct rule database_rules[] = {
    {"name", is_string, true, "a string"},
    {"version", is_version, true, "a whole number from 1"},
    {"stores", is_array, true, "an array"},
};
static const struct rule store_rules[] = {
    {"name", is_string, true, "a string"},
    {"autoIncrement", is_bool, true, "true or false"},
    {"keyPath", is_string, false, "a string"},
    {"keyPathArray", is_strings, false, "an array of strings"},
    {"records", is_array, true, "an array"},
    {"indexes", is_array, true, "an array"},
};
static const struct rule index_rules[] = {
    {"name", is_string, true, "a string"},
    {"keyPath", is_string, false, "a string"},
    {"keyPathArray", is_strings, false, "an array of strings"},
    {"multiEntry", is_bool, true, "true or false"},
    {"unique", is_bool, true, "true or false"},
};

static int
check_object(const cJSON *v, const struct rule *rules, size_t n, const char *path, struct err *err)
{
	int rc = 0;

	if (!cJSON_IsObject(v))
		return err_at(err, ERR_INVALID_REQUEST, path, "expected an object");
	for (size_t i = 0; i < n && rc == 0; i++)
		rc =
		    need(v, rules[i].key, rules[i].is, rules[i].required, path, rules[i].what, err);
	return rc;
}

typedef int check_fn(const cJSON *v, const char *path, struct err *err);

// The array `key` of `obj`, if it is there, element by element.
static int
check_list(const cJSON *obj, const char *key, const char *path, size_t max, check_fn *check,
    struct err *err)
{
	const cJSON *list = json_get(obj, key);
	int rc = need(obj, key, is_array, false, path, "an array", err), i = 0;
	char at[160];

	if (rc == 0 && max > 0 && (size_t)cJSON_GetArraySize(list) > max) {
		snprintf(at, sizeof(at), "%s%s%s", path, path[0] ? "." : "", key);
		return err_at(err, ERR_TOO_LARGE, at, "more than %zu", max);
	}
	json_foreach (item, list) {
		snprintf(at, sizeof(at), "%s%s%s[%d]", path, path[0] ? "." : "", key, i++);
		if (rc == 0)
			rc = check(item, at, err);
	}
	return rc;
}

static int
check_cookie(const cJSON *v, const char *path, struct err *err)
{
	int rc = check_object(v, cookie_rules, ARRAY_LEN(cookie_rules), path, err);

	if (rc == 0 && !json_get(v, "domain") && !json_get(v, "url"))
		rc = err_at(err, ERR_INVALID_REQUEST, path, "needs a domain or a url");
	return rc;
}

static int
check_item(const cJSON *v, const char *path, struct err *err)
{
	return check_object(v, item_rules, ARRAY_LEN(item_rules), path, err);
}

static int
check_record(const cJSON *v, const char *path, struct err *err)
{
	if (!cJSON_IsObject(v) || (!json_get(v, "value") && !json_get(v, "valueEncoded")))
		return err_at(
		    err, ERR_INVALID_REQUEST, path, "expected {key, value} or their encoded forms");
	return 0;
}

static int
check_index(const cJSON *v, const char *path, struct err *err)
{
	return check_object(v, index_rules, ARRAY_LEN(index_rules), path, err);
}

static int
check_store(const cJSON *v, const char *path, struct err *err)
{
	int rc = check_object(v, store_rules, ARRAY_LEN(store_rules), path, err);

	if (rc == 0)
		rc = check_list(v, "indexes", path, 0, check_index, err);
	return rc ? rc : check_list(v, "records", path, 0, check_record, err);
}

static int
check_database(const cJSON *v, const char *path, struct err *err)
{
	int rc = check_object(v, database_rules, ARRAY_LEN(database_rules), path, err);

	return rc ? rc : check_list(v, "stores", path, 0, check_store, err);
}

static int
check_origin(const cJSON *v, const char *path, struct err *err)
{
	int rc = check_object(v, origin_rules, ARRAY_LEN(origin_rules), path, err);

	if (rc == 0)
		rc = check_list(v, "localStorage", path, 0, check_item, err);
	if (rc == 0)
		rc = check_list(v, "sessionStorage", path, 0, check_item, err);
	return rc ? rc : check_list(v, "indexedDB", path, 0, check_database, err);
}

int
cdp_state_check(const cJSON *state, struct err *err)
{
	bool other = cJSON_IsObject(state) && state->child && !json_get(state, "cookies") &&
		     !json_get(state, "origins");
	int rc;

	if (!cJSON_IsObject(state) || other) // that would empty what is there
		return err_set(
		    err, ERR_INVALID_REQUEST, "expected an object with cookies and origins");
	rc = check_list(state, "cookies", "", STATE_MAX_COOKIES, check_cookie, err);
	return rc ? rc : check_list(state, "origins", "", STATE_MAX_ORIGINS, check_origin, err);
}
