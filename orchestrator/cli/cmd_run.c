// SPDX-License-Identifier: Apache-2.0
// `riptide run FILE`: a whole render request from a file; options add to it or override it. Main
// thread until render_execute.
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/render_args.h"

int
cmd_run(int argc, char **argv)
{
	static const char doc[] =
	    "Do the render request in FILE (JSON or YAML; - for standard input) and write the "
	    "whole answer as JSON. Options override what the file says.";
	const struct opts_spec spec = {
	    .usage = "riptide run FILE|- [options]",
	    .doc = doc,
	    .rows = render_opts,
	    .n_rows = render_n_opts,
	    .min_args = 1,
	    .max_args = 1,
	};
	cleanup_free const char **args = xcalloc((size_t)argc + 1, sizeof(*args));
	struct render_args a;
	struct err err = ERR_INIT;
	cJSON *req = NULL;
	size_t n;
	int rc;

	render_args_defaults(&a);
	rc = cli_parse(&spec, argc, argv, &a, args, &n);
	if (rc >= 0)
		return rc;
	rc = cli_read_json_file(args[0], &req, &err);
	if (rc == 0)
		rc = render_args_apply(&a, req, &err);
	render_args_hide(&a);
	if (rc != 0) {
		cJSON_Delete(req);
		return cli_error(&err);
	}
	return render_execute(&a, req, FORMAT_JSON);
}
