// SPDX-License-Identifier: Apache-2.0
#include "base/opts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static const char *const formats[] = {"json", "markdown", "text", NULL};

struct args {
	int verbose, color, format;
	const char *output;
	int64_t timeout;
	struct opt_strings headers;
};
#define A(m) offsetof(struct args, m)
static const struct opt rows[] = {
    {.name = "verbose", .letter = 'v', .type = OPT_FLAG, .offset = A(verbose), .doc = "say more"},
    {.name = "color", .letter = 'c', .type = OPT_FLAG, .offset = A(color), .doc = "colors"},
    {.name = "output",
	.letter = 'o',
	.type = OPT_STRING,
	.offset = A(output),
	.arg = "FILE",
	.doc = "where to"},
    {.name = "timeout",
	.type = OPT_INT,
	.offset = A(timeout),
	.min = 1,
	.max = 600000,
	.arg = "MS",
	.doc = "limit"},
    {.name = "format", .type = OPT_ENUM, .offset = A(format), .names = formats, .doc = "format"},
    {.name = "header", .letter = 'H', .type = OPT_STRINGS, .offset = A(headers), .doc = "a header"},
};
static const struct opts_spec spec = {.usage = "prog URL",
    .doc = "Does things.",
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
    .min_args = 0,
    .max_args = 2};

static struct err err;
static struct args out;
static const char *rest[80];
static size_t n_rest;

static int
parse(int argc, const char **argv)
{
	err = (struct err)ERR_INIT;
	out = (struct args){.color = -1, .format = -1};
	return opts_parse(&spec, argc, (char **)(uintptr_t)argv, &out, rest, &n_rest, &err);
}
#define PARSE(...)                                                                                 \
	parse((int)ARRAY_LEN(((const char *[]){__VA_ARGS__})), (const char *[]){__VA_ARGS__})

static void
all_spellings_are_read(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--verbose", "a", "--output", "f", "--timeout=250", "--format",
			     "text", "-H", "A: 1", "--header=B: 2", "-HC: 3", "b"),
	    0);
	assert_int_equal(out.verbose, 1);
	assert_int_equal(out.color, -1); // not given stays as the caller set it
	assert_string_equal(out.output, "f");
	assert_int_equal(out.timeout, 250);
	assert_int_equal(out.format, 2);
	assert_int_equal(out.headers.n, 3);
	assert_string_equal(out.headers.v[1], "B: 2");
	assert_string_equal(out.headers.v[2], "C: 3");
	assert_int_equal(n_rest, 2);
	assert_string_equal(rest[0], "a");
	assert_string_equal(rest[1], "b");
}

static void
flags_take_no_and_letters_cluster(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--no-color"), 0);
	assert_int_equal(out.color, 0);
	assert_int_equal(PARSE("-vc"), 0);
	assert_true(out.verbose == 1 && out.color == 1);
	assert_int_equal(PARSE("-vofile"), 0);
	assert_string_equal(out.output, "file");
	assert_int_equal(PARSE("-vo", "file"), 0);
	assert_string_equal(out.output, "file");
	assert_int_equal(PARSE("--output="), 0);
	assert_string_equal(out.output, "");
}

static void
a_dash_and_what_follows_two_dashes_are_arguments(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-", "--", "--verbose"), 0);
	assert_int_equal(out.verbose, 0);
	assert_int_equal(n_rest, 2);
	assert_string_equal(rest[0], "-");
	assert_string_equal(rest[1], "--verbose");
	assert_int_equal(parse(0, NULL), 0);
	assert_int_equal(n_rest, 0);
}

static void
refused(int rc, const char *message)
{
	if (rc != ERR_USAGE || !strstr(err.message, message))
		fail_msg("%d \"%s\", wanted \"%s\"", rc, err.message, message);
}

static void
errors_name_the_option(void **state)
{
	(void)state;
	refused(PARSE("--timout", "1"), "unknown option \"--timout\"; did you mean \"--timeout\"?");
	refused(PARSE("--zzzzzz"), "unknown option \"--zzzzzz\"");
	refused(PARSE("-x"), "unknown option \"-x\"");
	refused(PARSE("-vx"), "unknown option");
	refused(
	    PARSE("--timeout", "0"), "--timeout: expected an integer from 1 to 600000, not \"0\"");
	refused(PARSE("--timeout", "600001"), "from 1 to 600000");
	refused(PARSE("--timeout", "99999999999999999999"), "from 1 to 600000");
	refused(PARSE("--timeout", "1x"), "from 1 to 600000");
	refused(PARSE("--timeout", " 1"), "from 1 to 600000");
	refused(PARSE("--timeout", "+1"), "from 1 to 600000");
	refused(PARSE("--timeout="), "from 1 to 600000");
	refused(PARSE("--timeout"), "--timeout: expected MS");
	refused(PARSE("--format", "jsn"),
	    "--format: expected one of json, markdown, text, not \"jsn\"");
	refused(PARSE("-o"), "--output: expected FILE");
	refused(PARSE("--output", "--format", "json"), "--output: expected FILE");
	refused(PARSE("--verbose=1"), "--verbose takes no value");
	refused(PARSE("--no-output"), "unknown option");
	refused(PARSE("--no-color=1"), "takes no value");
	refused(PARSE("a", "b", "c"), "unexpected argument \"c\"");
}

static void
the_number_of_arguments_and_values_is_limited(void **state)
{
	struct opts_spec one = spec;
	const char *many[2 * (OPT_STRINGS_MAX + 1)];

	(void)state;
	one.min_args = 1;
	assert_int_equal(opts_parse(&one, 0, NULL, &out, rest, &n_rest, &err), ERR_USAGE);
	assert_non_null(strstr(err.message, "usage: prog URL"));
	for (size_t i = 0; i < ARRAY_LEN(many); i += 2) {
		many[i] = "-H";
		many[i + 1] = "x";
	}
	refused(parse(ARRAY_LEN(many), many), "more than 64 times");
}

static void
help_is_asked_for_by_name_and_letter(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--help"), OPTS_HELP);
	assert_int_equal(PARSE("-h"), OPTS_HELP);
	assert_int_equal(PARSE("-vh"), OPTS_HELP);
	assert_int_equal(PARSE("a", "b", "c", "--help"), OPTS_HELP);
}

static void
help_shows_every_row(void **state)
{
	cleanup_buf b = BUF_INIT;

	(void)state;
	opts_help(&spec, &b);
	assert_true(sv_starts(buf_view(&b), "usage: prog URL\n"));
	assert_non_null(strstr(b.p, "Does things."));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char name[64];

		snprintf(name, sizeof(name), "--%s", rows[i].name);
		assert_non_null(strstr(b.p, name));
		assert_non_null(strstr(b.p, rows[i].doc));
	}
	assert_non_null(strstr(b.p, "-o, --output FILE"));
	assert_non_null(strstr(b.p, "json|markdown|text"));
	assert_non_null(strstr(b.p, "--help"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_spellings_are_read),
	    cmocka_unit_test(flags_take_no_and_letters_cluster),
	    cmocka_unit_test(a_dash_and_what_follows_two_dashes_are_arguments),
	    cmocka_unit_test(errors_name_the_option),
	    cmocka_unit_test(the_number_of_arguments_and_values_is_limited),
	    cmocka_unit_test(help_is_asked_for_by_name_and_letter),
	    cmocka_unit_test(help_shows_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
