// SPDX-License-Identifier: Apache-2.0
// The option table of `render` and `run`, and the way from options to a render request: each option
// sets the key that it stands for, so that one set of checks holds for command lines, files and,
// later, clients. Main thread.
#include "orchestrator/cli/render_args.h"

#include "base/log.h"
#include "cdp/page.h"
#include "orchestrator/pool/browser.h"
#include "orchestrator/request/request.h"
#include "orchestrator/request/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_FILE_BYTES ((size_t)32 << 20)

const char *const out_format_names[] = {"json", "markdown", "text", "html", "raw-html", NULL};

#define O(member) offsetof(struct render_args, member)
const struct opt render_opts[] = {
    {.name = "format",
	.letter = 'f',
	.type = OPT_ENUM,
	.offset = O(format),
	.names = out_format_names,
	.arg = "FORMAT",
	.doc = "what is written"},
    {.name = "output",
	.letter = 'o',
	.type = OPT_STRING,
	.offset = O(output),
	.arg = "FILE",
	.doc =
	    "write there, not to standard output, which is free for `--screenshot -` and the like"},
    {.name = "screenshot",
	.type = OPT_STRING,
	.offset = O(screenshot),
	.arg = "FILE",
	.doc = "save a picture of the page; .png, .jpg or .webp"},
    {.name = "full-page",
	.type = OPT_FLAG,
	.offset = O(full_page),
	.doc = "the screenshot shows the whole page, not the window"},
    {.name = "pdf",
	.type = OPT_STRING,
	.offset = O(pdf),
	.arg = "FILE",
	.doc = "print the page to PDF"},
    {.name = "mhtml",
	.type = OPT_STRING,
	.offset = O(mhtml),
	.arg = "FILE",
	.doc = "save the page with its resources as MHTML"},
    {.name = "har",
	.type = OPT_STRING,
	.offset = O(har),
	.arg = "FILE",
	.doc = "save the network log as HAR 1.2"},
    {.name = "output-dir",
	.type = OPT_STRING,
	.offset = O(output_dir),
	.arg = "DIR",
	.doc = "save all other artifacts there (those of actions)"},
    {.name = "inline",
	.type = OPT_FLAG,
	.offset = O(inline_artifacts),
	.doc = "put artifacts that have no file into the JSON, as base64"},
    {.name = "script",
	.type = OPT_STRING,
	.offset = O(script),
	.arg = "FILE",
	.doc = "run these actions (JSON or YAML; docs/ACTIONS.md)"},
    {.name = "fields",
	.type = OPT_STRING,
	.offset = O(fields),
	.arg = "FILE",
	.doc =
	    "custom fields (JSON or YAML, as in `extract.fields`; docs/FIELDS.md); JSON is written then"},
    {.name = "schema",
	.type = OPT_STRING,
	.offset = O(schema),
	.arg = "FILE",
	.doc = "JSON Schema of the fields' values, as in `extract.schema`"},
    {.name = "engine",
	.type = OPT_ENUM,
	.offset = O(engine),
	.names = request_engine_names,
	.arg = "ENGINE",
	.doc = "how the page is loaded; fetch: without a browser (auto, which is browser)"},
    {.name = "timeout",
	.type = OPT_INT,
	.offset = O(timeout_ms),
	.min = 1,
	.max = REQUEST_MAX_MS,
	.arg = "MS",
	.doc = "hard cap of the whole job in ms (30000)"},
    {.name = "wait-until",
	.type = OPT_ENUM,
	.offset = O(wait_until),
	.names = cdp_wait_until_names,
	.arg = "STATE",
	.doc = "when the page counts as loaded"},
    {.name = "viewport",
	.type = OPT_STRING,
	.offset = O(viewport),
	.arg = "WxH[@SCALE]",
	.doc = "size of the window in CSS pixels (1280x800)"},
    {.name = "user-agent",
	.type = OPT_STRING,
	.offset = O(user_agent),
	.arg = "TEXT",
	.doc = "the User-Agent"},
    {.name = "header",
	.type = OPT_STRINGS,
	.offset = O(headers),
	.arg = "'NAME: VALUE'",
	.doc = "send this header to the page's origin; may be repeated"},
    {.name = "cookie",
	.type = OPT_STRINGS,
	.offset = O(cookies),
	.arg = "NAME=VALUE",
	.doc = "set this cookie for the page's address; may be repeated"},
    {.name = "session-state",
	.type = OPT_STRING,
	.offset = O(session_state),
	.arg = "FILE",
	.doc =
	    "read cookies and storage from there if it exists, save them after (Playwright's storageState)"},
    {.name = "locale",
	.type = OPT_STRING,
	.offset = O(locale),
	.arg = "TAG",
	.doc = "language, as de-CH"},
    {.name = "timezone",
	.type = OPT_STRING,
	.offset = O(timezone),
	.arg = "ZONE",
	.doc = "as Europe/Zurich"},
    {.name = "color-scheme",
	.type = OPT_ENUM,
	.offset = O(color_scheme),
	.names = request_color_scheme_names,
	.arg = "SCHEME",
	.doc = "what prefers-color-scheme says"},
    {.name = "block",
	.type = OPT_STRINGS,
	.offset = O(block),
	.arg = "TYPE",
	.doc = "refuse requests of this type (image, font, media …), or of several: image,font"},
    {.name = "allow-host",
	.type = OPT_STRINGS,
	.offset = O(allow_hosts),
	.arg = "HOST",
	.doc =
	    "the page may reach this host (or *.example.com, or 10.0.0.0/8) and no other; many times"},
    {.name = "deny-host",
	.type = OPT_STRINGS,
	.offset = O(deny_hosts),
	.arg = "HOST",
	.doc = "it may not reach this one; many times"},
    {.name = "max-bytes",
	.type = OPT_INT,
	.offset = O(max_bytes),
	.min = 1,
	.max = 1000000000000,
	.arg = "BYTES",
	.doc = "stop its traffic there"},
    {.name = "proxy",
	.type = OPT_STRING,
	.offset = O(proxy),
	.arg = "URL",
	.doc = "load the page through this proxy: http://[USER:PASSWORD@]HOST:PORT or socks5://…"},
    {.name = "stealth",
	.type = OPT_FLAG,
	.offset = O(stealth),
	.doc = "don't say that the browser is headless"},
    {.name = "dismiss-overlays",
	.type = OPT_FLAG,
	.offset = O(dismiss_overlays),
	.doc = "close consent banners before a screenshot or PDF (on; --no-dismiss-overlays)"},
    {.name = "fail",
	.type = OPT_FLAG,
	.offset = O(fail),
	.doc = "an HTTP status of 400 and above is an error"},
    {.name = "allow-private",
	.type = OPT_FLAG,
	.offset = O(allow_private),
	.doc = "allow private and loopback addresses"},
    {.name = "browser",
	.type = OPT_ENUM,
	.offset = O(browser),
	.names = browser_kind_names,
	.arg = "KIND",
	.doc = "which Chromium"},
    {.name = "insecure-no-sandbox",
	.type = OPT_FLAG,
	.offset = O(insecure_no_sandbox),
	.doc = "run Chromium without its sandbox (dangerous)"},
    {.name = "repeat",
	.type = OPT_INT,
	.offset = O(repeat),
	.min = 1,
	.max = 1000000,
	.arg = "N",
	.doc = "render N times in this process, write the last result"},
    {.name = "log-level",
	.type = OPT_ENUM,
	.offset = O(log_level),
	.names = log_level_names,
	.arg = "LEVEL",
	.doc = "what is logged on standard error (warn)"},
    {.name = "log-format",
	.type = OPT_ENUM,
	.offset = O(log_format),
	.names = log_format_names,
	.arg = "FORMAT",
	.doc = "how"},
};
#undef O
const size_t render_n_opts = ARRAY_LEN(render_opts);

void
render_args_defaults(struct render_args *a)
{
	*a = (struct render_args){
	    .format = FORMAT_DEFAULT,
	    .color_scheme = -1,
	    .wait_until = -1,
	    .engine = -1,
	    .dismiss_overlays = 1,
	    .repeat = 1,
	    .log_level = LOG_WARN,
	};
}

// --- files ---

// "s.json: line 1, column 1: …": the file is named even when the error has a path of its own.
int
cli_name_file(struct err *err, const char *path)
{
	struct err e = *err;

	return err_set(err, e.code, "%s: %s%s%s", path, e.path, e.path[0] ? ": " : "", e.message);
}

int
cli_read_json_file(const char *path, cJSON **out, struct err *err)
{
	cleanup_buf text = BUF_INIT_MAX(MAX_FILE_BYTES);
	bool standard = strcmp(path, "-") == 0;
	int rc = standard ? buf_read_fd(&text, STDIN_FILENO, "standard input", err)
			  : buf_read_file(&text, path, err);

	if (rc != 0)
		return rc;
	rc = request_text_to_json(buf_view(&text), path, out, err);
	return rc == 0 ? 0 : cli_name_file(err, standard ? "standard input" : path);
}

static int
apply_script(const char *path, cJSON *req, struct err *err)
{
	cJSON *v = NULL, *actions;
	int rc = cli_read_json_file(path, &v, err);

	if (rc != 0)
		return rc;
	if (cJSON_IsObject(v) && cJSON_GetArraySize(v) == 1 && json_get(v, "actions")) {
		actions = cJSON_DetachItemFromObjectCaseSensitive(v, "actions");
		cJSON_Delete(v);
	} else {
		actions = v;
	}
	if (!cJSON_IsArray(actions)) {
		cJSON_Delete(actions);
		return err_set(err, ERR_INVALID_REQUEST,
		    "%s: expected an array of actions, or an object with nothing but `actions`",
		    path);
	}
	cJSON_DeleteItemFromObjectCaseSensitive(req, "actions");
	json_set(req, "actions", actions);
	return 0;
}

// --- single options ---

// The object under `key`, made if absent. What is not an object stays: the request's own check
// names it.
static cJSON *
sub_object(cJSON *obj, const char *key)
{
	cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

	if (!v) {
		v = json_obj();
		json_set(obj, key, v);
	}
	return v;
}

static cJSON *
sub_array(cJSON *obj, const char *key)
{
	cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

	if (!v) {
		v = json_arr();
		json_set(obj, key, v);
	}
	return v;
}

static void
replace(cJSON *obj, const char *key, cJSON *v)
{
	cJSON_DeleteItemFromObjectCaseSensitive(obj, key);
	json_set(obj, key, v);
}

static void
replace_str(cJSON *obj, const char *key, const char *s)
{
	if (s)
		replace(obj, key, cJSON_CreateString(s));
}

static int
apply_viewport(const char *text, cJSON *req, struct err *err)
{
	int width, height, end = 0;
	double scale = 1;
	cJSON *v;

	if (sscanf(text, "%5dx%5d%n", &width, &height, &end) != 2 || end == 0)
		goto bad;
	if (text[end] == '@') {
		int n = 0;

		if (sscanf(text + end + 1, "%8lf%n", &scale, &n) != 1 || text[end + 1 + n] != '\0')
			goto bad;
	} else if (text[end] != '\0') {
		goto bad;
	}
	v = sub_object(req, "viewport");
	replace(v, "width", cJSON_CreateNumber(width));
	replace(v, "height", cJSON_CreateNumber(height));
	replace(v, "device_scale_factor", cJSON_CreateNumber(scale));
	return 0;
bad:
	return err_set(err, ERR_USAGE,
	    "--viewport: expected WIDTHxHEIGHT or WIDTHxHEIGHT@SCALE, not \"%s\"", text);
}

static int
apply_headers(const struct opt_strings *list, cJSON *req, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *colon = strchr(list->v[i], ':');
		cleanup_free char *name = NULL, *value = NULL;
		cJSON *headers;

		if (!colon || colon == list->v[i])
			return err_set(err, ERR_USAGE,
			    "--header: expected 'Name: value', not \"%s\"", list->v[i]);
		name = sv_dup(sv_trim((struct sv){list->v[i], (size_t)(colon - list->v[i])}));
		value = sv_dup(sv_trim(sv_from(colon + 1)));
		headers = sub_object(req, "headers");
		replace_str(headers, name, value);
	}
	return 0;
}

static int
apply_cookies(const struct opt_strings *list, cJSON *req, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *eq = strchr(list->v[i], '=');
		cJSON *c;

		if (!eq || eq == list->v[i])
			return err_set(err, ERR_USAGE, "--cookie: expected NAME=VALUE, not \"%s\"",
			    list->v[i]);
		c = json_obj();
		json_set_sv(c, "name", (struct sv){list->v[i], (size_t)(eq - list->v[i])});
		json_set_str(c, "value", eq + 1);
		json_push(sub_array(req, "cookies"), c);
	}
	return 0;
}

static const struct {
	const char *ext;
	enum image_format format;
} image_exts[] = {
    {".png", IMAGE_PNG}, {".jpg", IMAGE_JPEG}, {".jpeg", IMAGE_JPEG}, {".webp", IMAGE_WEBP}};

static const char *
format_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < ARRAY_LEN(image_exts); i++)
		if (strcasecmp(dot, image_exts[i].ext) == 0)
			return image_format_names[image_exts[i].format];
	return NULL;
}

// Ask for an artifact, keeping options that the request has for it.
static cJSON *
ask_artifact(cJSON *req, const char *kind)
{
	cJSON *artifacts = sub_object(req, "artifacts");
	cJSON *v = cJSON_GetObjectItemCaseSensitive(artifacts, kind);

	if (!cJSON_IsObject(v)) {
		v = json_obj();
		replace(artifacts, kind, v);
	}
	return v;
}

static int
apply_screenshot(const struct render_args *a, cJSON *req, struct err *err)
{
	const cJSON *asked = json_path(req, "artifacts.screenshot");
	const char *format = a->screenshot ? format_of(a->screenshot) : NULL;
	cJSON *shot;

	if (a->screenshot && !format && strcmp(a->screenshot, "-") != 0)
		return err_set(err, ERR_USAGE,
		    "--screenshot: %s: expected a name that ends in .png, .jpg or .webp",
		    a->screenshot);
	if (a->full_page && !a->screenshot && (!asked || cJSON_IsFalse(asked)))
		return err_set(err, ERR_USAGE, "--full-page goes with --screenshot");
	if (!a->screenshot && !a->full_page)
		return 0;
	shot = ask_artifact(req, "screenshot");
	replace_str(shot, "format", format);
	if (a->full_page)
		replace(shot, "full_page", cJSON_CreateBool(true));
	return 0;
}

static int
apply_extract(const char *path, const char *key, cJSON *req, struct err *err)
{
	cJSON *v = NULL;
	int rc = path ? cli_read_json_file(path, &v, err) : 0;

	if (v)
		replace(sub_object(req, "extract"), key, v);
	return rc;
}

static void
add_types(cJSON *list, const char *types)
{
	for (const char *p = types, *end; p; p = *end ? end + 1 : NULL) {
		cleanup_free char *type = xstrndup(p, strcspn(p, ","));

		end = p + strlen(type);
		json_push(list, cJSON_CreateString(type));
	}
}

static void
add_hosts(const struct opt_strings *hosts, const char *key, cJSON *req)
{
	for (size_t i = 0; i < hosts->n; i++)
		json_push(
		    sub_array(sub_object(req, "network"), key), cJSON_CreateString(hosts->v[i]));
}

static void
apply_network(const struct render_args *a, cJSON *req)
{
	add_hosts(&a->allow_hosts, "allow_hosts", req);
	add_hosts(&a->deny_hosts, "deny_hosts", req);
	if (a->proxy)
		replace_str(sub_object(req, "proxy_config"), "server", a->proxy);
	if (a->max_bytes)
		replace(sub_object(req, "network"), "max_bytes",
		    cJSON_CreateNumber((double)a->max_bytes));
}

static void
apply_plain(const struct render_args *a, cJSON *req)
{
	replace_str(req, "user_agent", a->user_agent);
	replace_str(req, "locale", a->locale);
	replace_str(req, "timezone", a->timezone);
	if (a->color_scheme >= 0)
		replace_str(req, "color_scheme", request_color_scheme_names[a->color_scheme]);
	if (a->wait_until >= 0)
		replace_str(req, "wait_until", cdp_wait_until_names[a->wait_until]);
	if (a->engine >= 0)
		replace_str(req, "engine", request_engine_names[a->engine]);
	if (a->stealth)
		replace(req, "stealth_mode", cJSON_CreateBool(true));
	if (a->timeout_ms)
		replace(sub_object(req, "timeouts"), "hard_cap_ms",
		    cJSON_CreateNumber((double)a->timeout_ms));
	for (size_t i = 0; i < a->block.n; i++)
		add_types(sub_array(sub_object(req, "block"), "resource_types"), a->block.v[i]);
	apply_network(a, req);
	if (a->pdf)
		ask_artifact(req, "pdf");
	if (a->mhtml)
		ask_artifact(req, "mhtml");
	if (a->har)
		ask_artifact(req, "har");
}

void
render_args_hide(const struct render_args *a)
{
	char *proxy = (char *)(uintptr_t)a->proxy, *at = proxy ? strrchr(proxy, '@') : NULL;
	char *scheme = proxy ? strstr(proxy, "://") : NULL, *colon;
	char *from = scheme && scheme < at ? scheme + 3 : proxy;

	if (!at)
		return;
	colon = memchr(from, ':', (size_t)(at - from));
	for (char *p = colon ? colon + 1 : at; p < at; p++)
		*p = 'x';
}

int
render_args_apply(const struct render_args *a, cJSON *req, struct err *err)
{
	int rc = 0;

	if (!cJSON_IsObject(req))
		return err_set(err, ERR_INVALID_REQUEST, "expected an object with `url` or `html`");
	apply_plain(a, req);
	if (a->viewport)
		rc = apply_viewport(a->viewport, req, err);
	if (rc == 0)
		rc = apply_headers(&a->headers, req, err);
	if (rc == 0)
		rc = apply_cookies(&a->cookies, req, err);
	if (rc == 0)
		rc = apply_screenshot(a, req, err);
	if (rc == 0)
		rc = apply_extract(a->fields, "fields", req, err);
	if (rc == 0)
		rc = apply_extract(a->schema, "schema", req, err);
	return rc == 0 && a->script ? apply_script(a->script, req, err) : rc;
}
