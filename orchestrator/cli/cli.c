// SPDX-License-Identifier: Apache-2.0
// The table of commands, and what all of them do the same way: errors, help, standard output.
#include "orchestrator/cli/cli.h"
#include "base/nearest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

const struct cli_command cli_commands[] = {
    {"render", cmd_render, "Render a page, run actions on it, extract it.", false},
    {"run", cmd_run, "Do a whole render request from a JSON or YAML file.", false},
    {"extract", cmd_extract, "Extract a document from an HTML file, without a browser.", false},
    {"serve", cmd_serve, "Serve the API: jobs, sessions, artifacts, live streams.", false},
    {"keys", cmd_keys, "Make, list and revoke API keys of the service; who did so.", false},
    {"config", cmd_config, "Check and print the settings of the service.", false},
    {"doctor", cmd_doctor, "Check that everything Riptide needs is here and works.", false},
    {"version", cmd_version, "Print the versions of Riptide, Chromium and the libraries.", false},
    {"docs", cmd_docs, "Print generated documentation: actions, schema, errors, flags.", true},
};
const size_t cli_n_commands = ARRAY_LEN(cli_commands);

int
cli_error(const struct err *err)
{
	const struct err_info *info = err_info(err->code);
	cleanup_buf line = BUF_INIT;

	if (err->code == ERR_OUTPUT_CLOSED) // `| head` has what it wanted
		return (int)info->cli_exit;
	buf_fmt(&line, "riptide: %s%s%s (%s)\n", err->path, err->path[0] ? ": " : "",
	    err->message[0] ? err->message : info->text, info->code);
	(void)!util_write_all(STDERR_FILENO, line.p, line.n);
	return (int)info->cli_exit;
}

int
cli_print(struct sv text)
{
	struct err err = ERR_INIT;

	if (util_write_all(STDOUT_FILENO, text.p, text.n) == 0)
		return EXIT_COMPLETE;
	err_set(&err, err_from_errno(errno, ERR_OUTPUT), "standard output: %s", strerror(errno));
	return cli_error(&err);
}

int
cli_print_json(const cJSON *v)
{
	cleanup_buf text = BUF_INIT;

	json_print(&text, v, true);
	buf_ch(&text, '\n');
	return cli_print(buf_view(&text));
}

int
cli_parse(const struct opts_spec *spec, int argc, char **argv, void *out, const char **args,
    size_t *n_args)
{
	cleanup_buf help = BUF_INIT;
	struct err err = ERR_INIT;
	int rc = opts_parse(spec, argc, argv, out, args, n_args, &err);

	if (rc == 0)
		return -1;
	if (rc != OPTS_HELP)
		return cli_error(&err);
	opts_help(spec, &help);
	return cli_print(buf_view(&help));
}

// --- the program ---

static void
add_overview(struct buf *out)
{
	buf_str(out, "usage: riptide COMMAND [options]\n\n");
	for (size_t i = 0; i < cli_n_commands; i++)
		if (!cli_commands[i].hidden)
			buf_fmt(out, "  %-9s %s\n", cli_commands[i].name, cli_commands[i].doc);
	buf_str(out, "\n`riptide COMMAND --help` lists a command's options.\n");
}

static int
usage(int code)
{
	cleanup_buf text = BUF_INIT;

	add_overview(&text);
	if (code == EXIT_COMPLETE)
		return cli_print(buf_view(&text));
	(void)!util_write_all(STDERR_FILENO, text.p, text.n);
	return code;
}

static int
unknown_command(const char *name)
{
	const char *names[ARRAY_LEN(cli_commands)];
	struct err err = ERR_INIT;
	const char *near;

	for (size_t i = 0; i < cli_n_commands; i++)
		names[i] = cli_commands[i].name;
	near = nearest_word(name, names, cli_n_commands);
	if (near)
		err_set(
		    &err, ERR_USAGE, "unknown command \"%s\"; did you mean \"%s\"?", name, near);
	else
		err_set(&err, ERR_USAGE, "unknown command \"%s\"; see riptide --help", name);
	return cli_error(&err);
}

// A standard stream that was closed gets an fd that fails when it is used, so that no other file
// takes its number.
static void
fill_closed_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_OTHER);
}

int
cli_main(int argc, char **argv)
{
	fill_closed_streams();
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2)
		return usage(EXIT_USAGE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return usage(EXIT_COMPLETE);
	if (strcmp(argv[1], "--version") == 0)
		return cmd_version(0, argv + 2);
	for (size_t i = 0; i < cli_n_commands; i++)
		if (strcmp(argv[1], cli_commands[i].name) == 0)
			return cli_commands[i].run(argc - 2, argv + 2);
	return unknown_command(argv[1]);
}
