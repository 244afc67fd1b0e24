// SPDX-License-Identifier: Apache-2.0
// The commands of the program `riptide`: one table row and one file each, and what they share. Main
// thread.
#ifndef ORCHESTRATOR_CLI_CLI_H
#define ORCHESTRATOR_CLI_CLI_H

#include "base/json.h"
#include "base/opts.h"

struct cli_command {
	const char *name;
	int (*run)(
	    int argc, char **argv); // argv begins after the command's name; returns the exit code
	const char *doc;
	bool hidden;
};
extern const struct cli_command cli_commands[];
extern const size_t cli_n_commands;

int cmd_render(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_extract(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_keys(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_docs(int argc, char **argv);

// The whole program after main: standard streams, signals, the command. Returns the exit code.
int cli_main(int argc, char **argv);

// "riptide: actions[2].timeout_ms: expected … (invalid_request)" on stderr; returns the error's
// exit code. Silent when nobody reads the output any more.
int cli_error(const struct err *err);
// Parse options; prints --help or the error itself. -1: go on, else the exit code.
int cli_parse(const struct opts_spec *spec, int argc, char **argv, void *out, const char **args,
    size_t *n_args);
// Write to stdout, all of it. The exit code: EXIT_COMPLETE, or what the error (EPIPE, ENOSPC)
// means.
int cli_print(struct sv text);
int cli_print_json(const cJSON *v); // with a line end

#endif
