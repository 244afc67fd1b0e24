// SPDX-License-Identifier: Apache-2.0
// Command lines by option tables. Main thread, before anything is started.
#include "base/opts.h"

#include "base/nearest.h"

#include <errno.h>
#include <stdio.h>

struct parse {
	const struct opts_spec *spec;
	char **argv;
	int argc, i;
	void *out;
	struct err *err;
};

static const struct opt *
by_name(const struct opts_spec *spec, struct sv name)
{
	for (size_t i = 0; i < spec->n_rows; i++)
		if (sv_eq_str(name, spec->rows[i].name))
			return &spec->rows[i];
	return NULL;
}

static const struct opt *
by_letter(const struct opts_spec *spec, char letter)
{
	for (size_t i = 0; i < spec->n_rows; i++)
		if (spec->rows[i].letter == letter)
			return &spec->rows[i];
	return NULL;
}

static int
unknown(struct parse *p, const char *arg, struct sv name)
{
	const char *names[128], *near;
	cleanup_free char *word = sv_dup(name);
	size_t n = 0;

	for (size_t i = 0; i < p->spec->n_rows && n < ARRAY_LEN(names); i++)
		names[n++] = p->spec->rows[i].name;
	near = nearest_word(word, names, n);
	if (near)
		return err_set(
		    p->err, ERR_USAGE, "unknown option \"%s\"; did you mean \"--%s\"?", arg, near);
	return err_set(p->err, ERR_USAGE, "unknown option \"%s\"", arg);
}

static int
set_int(struct parse *p, const struct opt *o, const char *text)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 10);
	// strtoll would also take leading white space and '+'.
	if (!strchr("-0123456789", text[0]) || errno || *end || end == text || v < o->min ||
	    v > o->max)
		return err_set(p->err, ERR_USAGE,
		    "--%s: expected an integer from %lld to %lld, not \"%s\"", o->name,
		    (long long)o->min, (long long)o->max, text);
	*(int64_t *)((char *)p->out + o->offset) = v;
	return 0;
}

static int
set_enum(struct parse *p, const struct opt *o, const char *text)
{
	cleanup_buf list = BUF_INIT_MAX(400);
	const char *near;
	int n = 0;

	for (; o->names[n]; n++) {
		if (strcmp(o->names[n], text) == 0) {
			*(int *)((char *)p->out + o->offset) = n;
			return 0;
		}
		buf_fmt(&list, "%s%s", n ? ", " : "", o->names[n]);
	}
	near = nearest_word(text, o->names, (size_t)n);
	return err_set(p->err, ERR_USAGE, "--%s: expected one of %s, not \"%s\"%s%s%s", o->name,
	    list.p, text, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int
set_value(struct parse *p, const struct opt *o, const char *text)
{
	void *slot = (char *)p->out + o->offset;
	struct opt_strings *list = slot;

	switch (o->type) {
	case OPT_FLAG:
		*(int *)slot = 1;
		return 0;
	case OPT_STRING:
		*(const char **)slot = text;
		return 0;
	case OPT_INT:
		return set_int(p, o, text);
	case OPT_ENUM:
		return set_enum(p, o, text);
	case OPT_STRINGS:
		if (list->n == OPT_STRINGS_MAX)
			return err_set(p->err, ERR_USAGE, "--%s: given more than %d times", o->name,
			    OPT_STRINGS_MAX);
		list->v[list->n++] = text;
		return 0;
	}
	abort();
}

// "--output --format json": the value was forgotten. (--output=--format is still possible.)
static bool
is_option(const struct parse *p, const char *arg)
{
	const char *name = arg + 2;

	return strncmp(arg, "--", 2) == 0 && name[0] &&
	       by_name(p->spec, (struct sv){name, strcspn(name, "=")});
}

// `inline_value` is what follows '=' or the letter, or NULL.
static int
apply(struct parse *p, const struct opt *o, const char *inline_value)
{
	if (o->type == OPT_FLAG && inline_value)
		return err_set(p->err, ERR_USAGE, "--%s takes no value", o->name);
	if (o->type != OPT_FLAG && !inline_value) {
		if (p->i >= p->argc || is_option(p, p->argv[p->i]))
			return err_set(p->err, ERR_USAGE, "--%s: expected %s after it", o->name,
			    o->arg ? o->arg : "a value");
		inline_value = p->argv[p->i++];
	}
	return set_value(p, o, inline_value);
}

// The flag that "no-NAME" turns off, or NULL.
static const struct opt *
negated(const struct opts_spec *spec, struct sv name)
{
	const struct opt *o = NULL;

	if (sv_starts(name, "no-"))
		o = by_name(spec, (struct sv){name.p + 3, name.n - 3});
	return o && o->type == OPT_FLAG ? o : NULL;
}

static int
long_option(struct parse *p, const char *arg)
{
	const char *eq = strchr(arg, '=');
	struct sv name = {arg + 2, eq ? (size_t)(eq - arg - 2) : strlen(arg + 2)};
	const struct opt *o = by_name(p->spec, name);

	if (o)
		return apply(p, o, eq ? eq + 1 : NULL);
	if (sv_eq_str(name, "help"))
		return OPTS_HELP;
	o = negated(p->spec, name);
	if (!o)
		return unknown(p, arg, name);
	if (eq)
		return err_set(p->err, ERR_USAGE, "--no-%s takes no value", o->name);
	*(int *)((char *)p->out + o->offset) = 0;
	return 0;
}

static int
short_options(struct parse *p, const char *arg)
{
	for (const char *c = arg + 1; *c; c++) {
		const struct opt *o = by_letter(p->spec, *c);
		int rc;

		if (*c == 'h' && !o)
			return OPTS_HELP;
		if (!o)
			return unknown(p, arg, SV_NULL);
		if (o->type != OPT_FLAG)
			return apply(p, o, c[1] ? c + 1 : NULL);
		rc = apply(p, o, NULL);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
check_args(struct parse *p, const char **args, size_t n)
{
	if (n < p->spec->min_args)
		return err_set(p->err, ERR_USAGE, "usage: %s", p->spec->usage);
	if (n > p->spec->max_args)
		return err_set(p->err, ERR_USAGE, "unexpected argument \"%s\"; %s%s",
		    args[p->spec->max_args],
		    p->spec->many ? "" : "usage: ", p->spec->many ? p->spec->many : p->spec->usage);
	return 0;
}

int
opts_parse(const struct opts_spec *spec, int argc, char **argv, void *out, const char **args,
    size_t *n_args, struct err *err)
{
	struct parse p = {spec, argv, argc, 0, out, err};
	bool options = true;
	size_t n = 0;

	while (p.i < argc) {
		const char *arg = argv[p.i++];
		int rc = 0;

		if (options && strcmp(arg, "--") == 0)
			options = false;
		else if (options && arg[0] == '-' && arg[1] == '-')
			rc = long_option(&p, arg);
		else if (options && arg[0] == '-' && arg[1])
			rc = short_options(&p, arg);
		else
			args[n++] = arg;
		if (rc != 0)
			return rc;
	}
	*n_args = n;
	return check_args(&p, args, n);
}

static void
help_row(const struct opt *o, struct buf *out)
{
	size_t start = out->n;

	if (o->letter)
		buf_fmt(out, "  -%c, --%s", o->letter, o->name);
	else
		buf_fmt(out, "      --%s", o->name);
	if (o->type != OPT_FLAG)
		buf_fmt(out, " %s", o->arg ? o->arg : "VALUE");
	if (out->n - start > 32)
		buf_fmt(out, "\n%34s", "");
	else
		buf_fmt(out, "%*s", (int)(34 - (out->n - start)), "");
	buf_str(out, o->doc);
	for (size_t i = 0; o->names && o->names[i]; i++)
		buf_fmt(out, "%s%s", i ? "|" : ": ", o->names[i]);
	buf_ch(out, '\n');
}

void
opts_help(const struct opts_spec *spec, struct buf *out)
{
	buf_fmt(out, "usage: %s\n\n%s\n\n", spec->usage, spec->doc);
	for (size_t i = 0; i < spec->n_rows; i++)
		help_row(&spec->rows[i], out);
	buf_str(out, "  -h, --help                      this text\n");
}
