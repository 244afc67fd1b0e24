// SPDX-License-Identifier: Apache-2.0
// `riptide render URL`: one page from the command line. Main thread until render_execute.
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/render_args.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

// What is no address may be a page that lies here.
static int
say_file(const char *arg, int code)
{
	const char *path = strncmp(arg, "file://", 7) == 0 ? arg + 7 : arg;
	struct stat st;

	if ((code == (int)err_info(ERR_INVALID_URL)->cli_exit ||
		code == (int)err_info(ERR_DNS_FAILED)->cli_exit) &&
	    stat(path, &st) == 0 && S_ISREG(st.st_mode))
		fprintf(stderr,
		    "riptide: %s is a file here: `riptide extract` reads it; "
		    "`jq -Rs '{html: .}' FILE | riptide run -` renders it\n",
		    path);
	return code;
}

int
cmd_render(int argc, char **argv)
{
	static const char doc[] =
	    "Render a page in Chromium and write its document: Markdown to standard output unless told otherwise.";
	const struct opts_spec spec = {
	    .usage = "riptide render URL [options]",
	    .doc = doc,
	    .rows = render_opts,
	    .n_rows = render_n_opts,
	    .min_args = 1,
	    .max_args = 1,
	    .many =
		"one address at a time; `riptide serve` takes many (POST /v1/batch, docs/GUIDE.md)",
	};
	cleanup_free const char **args = xcalloc((size_t)argc + 1, sizeof(*args));
	struct render_args a;
	struct err err = ERR_INIT;
	cJSON *req;
	size_t n;
	int rc;

	render_args_defaults(&a);
	rc = cli_parse(&spec, argc, argv, &a, args, &n);
	if (rc >= 0)
		return rc;
	a.bare_address = strstr(args[0], "://") ? NULL : args[0];
	req = json_obj();
	json_set_str(req, "url", args[0]);
	rc = render_args_apply(&a, req, &err);
	render_args_hide(&a);
	if (rc != 0) {
		cJSON_Delete(req);
		return say_file(args[0], cli_error(&err));
	}
	return say_file(
	    args[0], render_execute(&a, req, a.fields || a.schema ? FORMAT_JSON : FORMAT_MARKDOWN));
}
