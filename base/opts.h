// SPDX-License-Identifier: Apache-2.0
// Option tables for command lines: one row per option says its name, argument, type, range and
// text; the same rows parse argv and print --help. Long options (--name VALUE, --name=VALUE,
// --no-name for flags), one-letter short ones, `--` ends options.
#ifndef BASE_OPTS_H
#define BASE_OPTS_H

#include "base/err.h"
#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

enum opt_type {
	OPT_FLAG,    // slot: int (0/1; -1 stays "not given" if the caller set it so)
	OPT_STRING,  // slot: const char * (points into argv)
	OPT_INT,     // slot: int64_t, min..max
	OPT_ENUM,    // slot: int, index in names
	OPT_STRINGS, // slot: struct opt_strings; may be given many times
};
#define OPT_STRINGS_MAX 64
struct opt_strings {
	const char *v[OPT_STRINGS_MAX];
	size_t n;
};

struct opt {
	const char *name;
	char letter; // 0: none
	enum opt_type type;
	size_t offset;
	int64_t min, max;
	const char *const *names; // OPT_ENUM, NULL-terminated
	const char *arg;          // placeholder in --help ("FILE")
	const char *doc;
};

struct opts_spec {
	const char *usage; // "riptide render URL [options]"
	const char *doc;
	const struct opt *rows;
	size_t n_rows;
	size_t min_args, max_args; // positional
	const char *many;          // what to do with more of them; NULL: nothing to say
};

#define OPTS_HELP 1 // returned when --help was given
// Parse argv[0..argc) (without the command's name) into `out`; positional arguments are moved to
// `args` (room for argc pointers) and counted in *n_args. 0, OPTS_HELP, or ERR_USAGE whose message
// names the option, and the nearest known one if it is unknown.
int opts_parse(const struct opts_spec *spec, int argc, char **argv, void *out, const char **args,
    size_t *n_args, struct err *err) MUST_CHECK;
void opts_help(const struct opts_spec *spec, struct buf *out);

#endif
