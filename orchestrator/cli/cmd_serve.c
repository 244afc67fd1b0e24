// SPDX-License-Identifier: Apache-2.0
// `riptide serve`: every setting is an option. Main thread.
#include "orchestrator/cli/cli.h"
#include "orchestrator/service/daemon.h"

int
cmd_serve(int argc, char **argv)
{
	cleanup_free const char **args = xcalloc((size_t)argc + 1, sizeof(*args));
	struct opts_spec spec = {
	    .usage = "riptide serve [--listen HOST:PORT] [--state-dir DIR] [options]",
	    .doc =
		"Serve the API. Settings come from a file, the environment (RIPTIDE_NAME) and these options, "
		"the later winning; docs/SETTINGS.md lists them.",
	};
	struct settings_args settings;
	struct err err = ERR_INIT;
	size_t n;
	int rc;

	spec.rows = settings_opts(&spec.n_rows);
	settings_args_init(&settings);
	rc = cli_parse(&spec, argc, argv, &settings, args, &n);
	if (rc >= 0)
		return rc;
	rc = daemon_run(&settings, &err);
	if (rc != EXIT_COMPLETE && err.code != ERR_OK)
		cli_error(&err);
	return rc;
}
