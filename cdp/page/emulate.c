// SPDX-License-Identifier: Apache-2.0
// What a page is told about its visitor: viewport, user agent with matching client hints,
// languages, time zone, media, colour scheme; and stealth mode, which takes back what says
// "headless" and nothing more. Out-of-process frames and workers get the same. Job threads only.
#include "cdp/page/page_priv.h"
#include "cdp_js.h"

#include <stdio.h>

#define VERSION_MS 2000

struct agent {
	char text[600];
	char version[32]; // "156.0.8078.79", empty when the agent is no Chromium
};

// Both to the page and to every later frame process.
static int
send_all(struct cdp_page *p, const char *method, unsigned kinds, cJSON *params, struct err *err)
{
	cleanup_buf text = BUF_INIT;

	json_print(&text, params, false);
	cdp_session_add_child_command(p->session, kinds, method, text.p);
	return page_setup_send(p, method, params, err);
}

static int
metrics(struct cdp_page *p, const struct cdp_page_opts *o, struct err *err)
{
	const struct cdp_viewport *v = &o->viewport;
	double scale = v->device_scale_factor > 0 ? v->device_scale_factor : 1;
	cJSON *params;

	if (v->width <= 0 || v->height <= 0 ||
	    (o->window_is_viewport && scale == 1 && !v->mobile && !o->stealth))
		return 0;
	params = json_obj();
	json_set_int(params, "width", v->width);
	json_set_int(params, "height", v->height);
	json_set_num(params, "deviceScaleFactor", scale);
	json_set_bool(params, "mobile", v->mobile);
	json_set_int(params, "screenWidth", v->mobile ? v->width : MAX(v->width, 1920));
	json_set_int(params, "screenHeight", v->mobile ? v->height : MAX(v->height, 1080));
	return page_setup_send(p, "Emulation.setDeviceMetricsOverride", params, err);
}

static int
touch(struct cdp_page *p, const struct cdp_page_opts *o, struct err *err)
{
	cJSON *params;

	if (!o->viewport.mobile)
		return 0;
	params = json_obj();
	json_set_bool(params, "enabled", true);
	return page_setup_send(p, "Emulation.setTouchEmulationEnabled", params, err);
}

// --- user agent ---

static void
read_version(struct agent *a)
{
	const char *at = strstr(a->text, "Chrome/");
	size_t n;

	if (!at)
		return;
	n = strspn(at + 7, "0123456789.");
	snprintf(
	    a->version, sizeof(a->version), "%.*s", (int)MIN(n, sizeof(a->version) - 1), at + 7);
}

static void
drop_word(char *text, const char *word)
{
	char *at = strstr(text, word);
	size_t n = strlen(word);

	if (at)
		memmove(at, at + n, strlen(at + n) + 1);
}

// The browser's own agent, without the word Headless when stealthy.
static int
own_agent(struct cdp_page *p, bool stealth, struct agent *a, struct err *err)
{
	cJSON *version = NULL;
	int rc = cdp_call(
	    p->client, NULL, "Browser.getVersion", NULL, deadline_in_ms(VERSION_MS), &version, err);

	if (rc != 0)
		return rc;
	snprintf(a->text, sizeof(a->text), "%s",
	    json_str(version, "userAgent") ? json_str(version, "userAgent") : "");
	if (stealth)
		drop_word(a->text, "Headless");
	cJSON_Delete(version);
	return 0;
}

struct platform {
	const char *word;      // in the user agent
	const char *hint;      // Sec-CH-UA-Platform
	const char *navigator; // navigator.platform
	const char *version;
};
static const struct platform platforms[] = {
    {"Android", "Android", "Linux armv8l", "14.0.0"},
    {"Windows NT", "Windows", "Win32", "10.0.0"},
    {"Macintosh", "macOS", "MacIntel", "14.5.0"},
    {"CrOS", "Chrome OS", "Linux x86_64", "16.0.0"},
    {"Linux", "Linux", "Linux x86_64", "6.1.0"},
};

static const struct platform *
platform_of(const char *agent)
{
	for (size_t i = 0; i < ARRAY_LEN(platforms); i++)
		if (strstr(agent, platforms[i].word))
			return &platforms[i];
	return NULL;
}

static void
push_brand(cJSON *list, const char *name, const char *version)
{
	cJSON *brand = json_obj();

	json_set_str(brand, "brand", name);
	json_set_str(brand, "version", version);
	json_push(list, brand);
}

static cJSON *
brands(const struct agent *a, bool full)
{
	cJSON *list = json_arr();
	char version[32];

	snprintf(version, sizeof(version), "%s", a->version);
	if (!full)
		version[strcspn(version, ".")] = '\0';
	push_brand(list, "Not:A-Brand", full ? "8.0.0.0" : "8");
	push_brand(list, "Chromium", version);
	if (strstr(a->text, "HeadlessChrome"))
		push_brand(list, "HeadlessChrome", version);
	return list;
}

static cJSON *
client_hints(const struct agent *a, const struct platform *os)
{
	bool mobile = strstr(a->text, "Mobile") != NULL;
	cJSON *m = json_obj();

	json_set(m, "brands", brands(a, false));
	json_set(m, "fullVersionList", brands(a, true));
	json_set_str(m, "platform", os->hint);
	json_set_str(m, "platformVersion", os->version);
	json_set_str(m, "architecture", mobile ? "" : "x86");
	json_set_str(m, "bitness", mobile ? "" : "64");
	json_set_str(m, "model", "");
	json_set_bool(m, "mobile", mobile);
	json_set_bool(m, "wow64", false);
	return m;
}

// "de-DE" -> "de-DE,de": Chromium adds the weights.
static void
accept_language(const char *locale, char *out, size_t size)
{
	size_t n = strcspn(locale, "-_");

	if (locale[n])
		snprintf(out, size, "%s,%.*s", locale, (int)n, locale);
	else
		snprintf(out, size, "%s", locale);
}

static int
send_agent(struct cdp_page *p, const struct agent *a, const char *locale, struct err *err)
{
	const struct platform *os = platform_of(a->text);
	cJSON *params = json_obj();
	cleanup_buf text = BUF_INIT;
	char languages[100];

	json_set_str(params, "userAgent", a->text);
	if (locale) {
		accept_language(locale, languages, sizeof(languages));
		json_set_str(params, "acceptLanguage", languages);
	}
	if (os)
		json_set_str(params, "platform", os->navigator);
	if (os && a->version[0])
		json_set(params, "userAgentMetadata", client_hints(a, os));
	json_print(&text, params, false);
	cdp_session_add_child_command(
	    p->session, CDP_CHILD_WORKER, "Network.setUserAgentOverride", text.p);
	return send_all(p, "Emulation.setUserAgentOverride", CDP_CHILD_IFRAME, params, err);
}

static int
user_agent(struct cdp_page *p, const struct cdp_page_opts *o, struct err *err)
{
	const char *locale = o->locale ? o->locale : o->stealth ? "en-US" : NULL;
	struct agent a = {0};
	int rc = 0;

	if (!o->user_agent && !locale)
		return 0;
	if (o->user_agent)
		snprintf(a.text, sizeof(a.text), "%s", o->user_agent);
	else
		rc = own_agent(p, o->stealth, &a, err);
	read_version(&a);
	return rc ? rc : send_agent(p, &a, locale, err);
}

// --- the rest ---

static int
send_str(
    struct cdp_page *p, const char *method, const char *key, const char *value, struct err *err)
{
	cJSON *params;

	if (!value)
		return 0;
	params = json_obj();
	json_set_str(params, key, value);
	return send_all(p, method, CDP_CHILD_IFRAME, params, err);
}

static int
media(struct cdp_page *p, const struct cdp_page_opts *o, struct err *err)
{
	cJSON *params, *feature;

	if (!o->color_scheme && !o->media)
		return 0;
	params = json_obj();
	if (o->media)
		json_set_str(params, "media", o->media);
	json_set(params, "features", json_arr());
	if (o->color_scheme) {
		feature = json_obj();
		json_set_str(feature, "name", "prefers-color-scheme");
		json_set_str(feature, "value", o->color_scheme);
		json_push(cJSON_GetObjectItemCaseSensitive(params, "features"), feature);
	}
	return send_all(p, "Emulation.setEmulatedMedia", CDP_CHILD_IFRAME, params, err);
}

static int
stealth(struct cdp_page *p, struct err *err)
{
	cJSON *params = json_obj();

	json_set_str(params, "source", js_stealth);
	return send_all(p, "Page.addScriptToEvaluateOnNewDocument", CDP_CHILD_IFRAME, params, err);
}

int
page_emulate(struct cdp_page *p, const struct cdp_page_opts *o, struct err *err)
{
	int rc = metrics(p, o, err);

	if (rc == 0)
		rc = touch(p, o, err);
	if (rc == 0)
		rc = user_agent(p, o, err);
	if (rc == 0)
		rc = send_str(p, "Emulation.setLocaleOverride", "locale", o->locale, err);
	if (rc == 0)
		rc = send_str(p, "Emulation.setTimezoneOverride", "timezoneId", o->timezone, err);
	if (rc == 0)
		rc = media(p, o, err);
	if (rc == 0 && o->stealth)
		rc = stealth(p, err);
	return rc;
}
