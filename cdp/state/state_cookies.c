// SPDX-License-Identifier: Apache-2.0
// Cookies of a browser context, in and out, through the Storage domain. Job threads only.
#include "cdp/state/state_priv.h"

#include <stdio.h>

static cJSON *
context_params(const struct cdp_page *p)
{
	cJSON *params = json_obj();

	if (p->context_id)
		json_set_str(params, "browserContextId", p->context_id);
	return params;
}

static void
copy_key(cJSON *to, const cJSON *from, const char *key)
{
	const cJSON *v = json_get(from, key);

	if (v && !cJSON_IsNull(v))
		json_set(to, key, cJSON_Duplicate(v, true));
}

// --- in ---

// Playwright writes the partition's site as a string, and Chromium's own bit beside it.
static void
set_partition(cJSON *out, const cJSON *c)
{
	const char *site = json_str(c, "partitionKey");
	cJSON *key;

	if (!site)
		return;
	key = json_obj();
	json_set_str(key, "topLevelSite", site);
	json_set_bool(key, "hasCrossSiteAncestor", json_bool(c, "_crHasCrossSiteAncestor", true));
	json_set(out, "partitionKey", key);
}

static cJSON *
cookie_param(const cJSON *c)
{
	static const char *const keys[] = {
	    "name", "value", "url", "domain", "path", "secure", "httpOnly", "sameSite"};
	cJSON *out = json_obj();

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		copy_key(out, c, keys[i]);
	if (json_num(c, "expires", -1) > 0)
		copy_key(out, c, "expires");
	set_partition(out, c);
	return out;
}

static int
set_list(struct cdp_page *p, cJSON *list, struct deadline dl, struct err *err)
{
	cJSON *params = context_params(p);

	json_set(params, "cookies", list);
	return cdp_call(p->client, NULL, "Storage.setCookies", params, dl, NULL, err);
}

// Chromium refuses the list for one bad cookie and does not say which: they are tried alone.
static int
name_bad_one(struct cdp_page *p, const cJSON *cookies, struct deadline dl, struct err *err)
{
	char path[32];
	int i = 0;

	json_foreach (c, cookies) {
		cJSON *list = json_arr();

		json_push(list, cookie_param(c));
		snprintf(path, sizeof(path), "cookies[%d]", i++);
		if (set_list(p, list, dl, NULL) == ERR_CDP)
			return err_at(
			    err, ERR_INVALID_REQUEST, path, "Chromium does not take this cookie");
	}
	return ERR_CDP; // err says what it was
}

int
cdp_state_set_cookies(struct cdp_page *p, const cJSON *cookies, struct deadline dl, struct err *err)
{
	cJSON *list = json_arr();
	int rc;

	json_foreach (c, cookies)
		json_push(list, cookie_param(c));
	rc = set_list(p, list, dl, err);
	return rc == ERR_CDP ? name_bad_one(p, cookies, dl, err) : rc;
}

// --- out ---

static cJSON *
cookie_out(const cJSON *c)
{
	static const char *const keys[] = {
	    "name", "value", "domain", "path", "expires", "httpOnly", "secure"};
	const cJSON *partition = json_get(c, "partitionKey");
	cJSON *out = json_obj();

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		copy_key(out, c, keys[i]);
	// Playwright's schema wants one; a cookie without SameSite behaves as Lax.
	json_set_str(out, "sameSite", json_str(c, "sameSite") ? json_str(c, "sameSite") : "Lax");
	if (partition) {
		json_set_str(out, "partitionKey", json_str(partition, "topLevelSite"));
		json_set_bool(out, "_crHasCrossSiteAncestor",
		    json_bool(partition, "hasCrossSiteAncestor", true));
	}
	return out;
}

int
state_export_cookies(struct cdp_page *p, struct deadline dl, cJSON *out, struct err *err)
{
	cJSON *got = NULL, *list;
	int rc = cdp_call(p->client, NULL, "Storage.getCookies", context_params(p), dl, &got, err);

	if (rc != 0)
		return rc;
	list = json_arr();
	json_foreach (c, json_get(got, "cookies"))
		if (!json_bool(c, "partitionKeyOpaque", false)) // of a page that can't come again
			json_push(list, cookie_out(c));
	json_set(out, "cookies", list);
	cJSON_Delete(got);
	return 0;
}
