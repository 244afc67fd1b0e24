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
};
static const struct rule origin_rules[] = {
    {"origin", is_origin, true, "an origin such as \"https://example.org\""},
    {"localStorage", is_array, false, "an array of {name, value}"},
};
static const struct rule item_rules[] = {
    {"name", is_string, true, "a string"},
    {"value", is_string, true, "a string"},
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

static int
check_cookie(const cJSON *v, const char *path, struct err *err)
{
	int rc = check_object(v, cookie_rules, ARRAY_LEN(cookie_rules), path, err);

	if (rc == 0 && !json_get(v, "domain") && !json_get(v, "url"))
		rc = err_at(err, ERR_INVALID_REQUEST, path, "needs a domain or a url");
	return rc;
}

static int
check_origin(const cJSON *v, const char *path, struct err *err)
{
	int rc = check_object(v, origin_rules, ARRAY_LEN(origin_rules), path, err), i = 0;
	char at[160];

	json_foreach (item, json_get(v, "localStorage")) {
		snprintf(at, sizeof(at), "%s.localStorage[%d]", path, i++);
		if (rc == 0)
			rc = check_object(item, item_rules, ARRAY_LEN(item_rules), at, err);
	}
	return rc;
}

static int
check_list(const cJSON *state, const char *key,
    int (*check)(const cJSON *v, const char *path, struct err *err), struct err *err)
{
	int rc = need(state, key, is_array, false, "", "an array", err), i = 0;
	char at[64];

	json_foreach (item, json_get(state, key)) {
		snprintf(at, sizeof(at), "%s[%d]", key, i++);
		if (rc == 0)
			rc = check(item, at, err);
	}
	return rc;
}

int
cdp_state_check(const cJSON *state, struct err *err)
{
	int rc;

	if (!cJSON_IsObject(state))
		return err_set(
		    err, ERR_INVALID_REQUEST, "expected an object with cookies and origins");
	rc = check_list(state, "cookies", check_cookie, err);
	return rc ? rc : check_list(state, "origins", check_origin, err);
}
