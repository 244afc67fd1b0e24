// SPDX-License-Identifier: Apache-2.0
// `riptide version`: what this is made of. Asks Chromium and riptide-extract for theirs by running
// them with --version, under a deadline. Main thread.
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/probe.h"

#include "orchestrator/pool/browser.h"
#include "version.h"

#include <cjson/cJSON.h>
#include <libwebsockets.h>
#include <seccomp.h>
#include <stdio.h>
#include <yaml.h>

static void
add_extractor_libraries(cJSON *libraries)
{
	cleanup_free char *text = probe_extractor_version();
	cJSON *v = text ? cJSON_Parse(text) : NULL;

	json_foreach (item, v)
		if (cJSON_IsString(item))
			json_set_str(libraries, item->string, item->valuestring);
	cJSON_Delete(v);
}

// "4.1.6-" or "4.1.6-v4.1.6": what follows the hyphen names a git commit.
static struct sv
lws_version(void)
{
	const char *text = lws_get_library_version();

	return (struct sv){text, strcspn(text, "-")};
}

static cJSON *
library_versions(void)
{
	const struct scmp_version *seccomp = seccomp_version();
	cleanup_free char *seccomp_text =
	    xasprintf("%u.%u.%u", seccomp->major, seccomp->minor, seccomp->micro);
	cJSON *v = json_obj();

	json_set_sv(v, "libwebsockets", lws_version());
	json_set_str(v, "cjson", cJSON_Version());
	json_set_str(v, "libyaml", yaml_get_version_string());
	json_set_str(v, "libseccomp", seccomp_text);
	add_extractor_libraries(v);
	return v;
}

static cJSON *
versions(void)
{
	cleanup_free char *chromium = probe_browser_version(BROWSER_HEADLESS_SHELL, NULL);
	cJSON *v = json_obj();

	json_set_str(v, "version", RIPTIDE_VERSION);
	json_set_str(v, "git_sha", RIPTIDE_GIT_SHA);
	json_set_str(v, "chromium", chromium);
	json_set(v, "libraries", library_versions());
	return v;
}

static int
print_text(const cJSON *v)
{
	cleanup_buf text = BUF_INIT;
	const char *chromium = json_str(v, "chromium");

	buf_fmt(&text, "riptide %s (%s)\nchromium %s\n", json_str(v, "version"),
	    json_str(v, "git_sha"), chromium ? chromium : "not found");
	json_foreach (lib, json_get(v, "libraries"))
		buf_fmt(&text, "%s %s\n", lib->string, lib->valuestring);
	return cli_print(buf_view(&text));
}

int
cmd_version(int argc, char **argv)
{
	static const struct opt rows[] = {{.name = "json", .type = OPT_FLAG, .doc = "as JSON"}};
	const struct opts_spec spec = {
	    .usage = "riptide version [--json]",
	    .doc = "Print the versions of Riptide, Chromium and the libraries.",
	    .rows = rows,
	    .n_rows = ARRAY_LEN(rows),
	};
	cleanup_free const char **args = xcalloc((size_t)argc + 1, sizeof(*args));
	int as_json = 0;
	size_t n;
	int rc = cli_parse(&spec, argc, argv, &as_json, args, &n);
	cJSON *v;

	if (rc >= 0)
		return rc;
	v = versions();
	rc = as_json ? cli_print_json(v) : print_text(v);
	cJSON_Delete(v);
	return rc;
}
