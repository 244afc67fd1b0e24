// SPDX-License-Identifier: Apache-2.0
// The fields' values against `extract.schema`: one function for each keyword, which the table names
// (extract/options.c refuses others). Recursion is bounded by the schema's depth, at most
// EXTRACT_MAX_SCHEMA_DEPTH. Pure.
#include "extract/fields/result_schema.h"

#include "extract/document.h"

#include <math.h>
#include <stdio.h>

#define NAME_SHOWN     128 // bytes of a name in a path
#define ERRORS_MAX     200
#define STEPS_MAX      1000000 // comparisons: a schema and a page may hold many values each
#define NAMES_MAX      200     // bytes of the types that were expected
#define MEMBERS_A_STEP 16      // of an object, looked at for one by name

struct check {
	cJSON *errors;
	size_t n_errors, steps;
	struct buf path; // "offers.0.price"
};

static void check_value(struct check *c, const cJSON *schema, const cJSON *v);

static void fail(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
fail(struct check *c, const char *fmt, ...)
{
	cleanup_buf text = BUF_INIT;
	va_list ap;
	cJSON *o;

	if (c->n_errors++ >= ERRORS_MAX)
		return;
	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	o = json_obj();
	json_set_str(o, "name", c->path.n > 0 ? c->path.p : "");
	json_set_str(o, "error", text.p);
	json_push(c->errors, o);
}

// False when there was enough to do; told once.
static bool
step(struct check *c)
{
	if (c->steps++ == STEPS_MAX)
		fail(c, "the schema needs more than %d comparisons; the rest is not checked",
		    STEPS_MAX);
	return c->steps <= STEPS_MAX;
}

static bool
is_spent(const struct check *c)
{
	return c->steps > STEPS_MAX;
}

// NULL, too, when there was enough to do.
static const cJSON *
member_of(struct check *c, const cJSON *v, const char *name)
{
	unsigned looked = 0;

	if (!step(c))
		return NULL;
	json_foreach (member, v) {
		if (++looked % MEMBERS_A_STEP == 0 && !step(c))
			return NULL;
		if (strcmp(member->string, name) == 0)
			return member;
	}
	return NULL;
}

// Goes to a member, whose name is cut at a character when it is long; to go back, path_cut().
static size_t
path_add(struct check *c, const char *name)
{
	size_t before = c->path.n, n = 0;
	struct sv shown;

	while (n <= NAME_SHOWN && name[n])
		n++;
	shown = sv_cut((struct sv){name, n}, NAME_SHOWN);
	buf_fmt(&c->path, "%s" SV_FMT "%s", before > 0 ? "." : "", SV_ARG(shown),
	    shown.n < n ? "…" : "");
	return before;
}

static void
path_cut(struct check *c, size_t n)
{
	c->path.n = n;
	c->path.p[n] = '\0';
}

static void
check_member(struct check *c, const char *name, const cJSON *schema, const cJSON *v)
{
	size_t before = path_add(c, name);

	check_value(c, schema, v);
	path_cut(c, before);
}

// --- keywords ---

static const char *
type_of(const cJSON *v)
{
	if (cJSON_IsNumber(v))
		return "number";
	if (cJSON_IsString(v))
		return "string";
	if (cJSON_IsBool(v))
		return "boolean";
	if (cJSON_IsArray(v))
		return "array";
	return cJSON_IsObject(v) ? "object" : "null";
}

static bool
has_type(const cJSON *v, const char *type)
{
	if (strcmp(type, "integer") == 0)
		return cJSON_IsNumber(v) && v->valuedouble == floor(v->valuedouble);
	return strcmp(type, type_of(v)) == 0;
}

static void
check_type(struct check *c, const cJSON *arg, const cJSON *v)
{
	cleanup_buf names = BUF_INIT_MAX(NAMES_MAX);

	if (cJSON_IsString(arg)) {
		if (!has_type(v, arg->valuestring))
			fail(c, "expected %s, found %s", arg->valuestring, type_of(v));
		return;
	}
	json_foreach (one, arg) {
		if (!step(c) || has_type(v, one->valuestring))
			return;
		buf_fmt(&names, "%s%s", names.n > 0 ? " or " : "", one->valuestring);
	}
	fail(c, "expected %s, found %s", names.p ? names.p : "nothing", type_of(v));
}

// A field that found nothing is null in the result: for `required` it is not there.
static void
check_required(struct check *c, const cJSON *arg, const cJSON *v)
{
	if (!cJSON_IsObject(v))
		return;
	json_foreach (name, arg) {
		const cJSON *member = member_of(c, v, name->valuestring);
		size_t before;

		if ((member && !cJSON_IsNull(member)) || is_spent(c))
			continue;
		before = path_add(c, name->valuestring);
		fail(c, "required, but not there");
		path_cut(c, before);
	}
}

static void
check_properties(struct check *c, const cJSON *arg, const cJSON *v)
{
	json_foreach (schema, arg) {
		const cJSON *member = cJSON_IsObject(v) ? member_of(c, v, schema->string) : NULL;

		if (member && !cJSON_IsNull(member))
			check_member(c, schema->string, schema, member);
	}
}

static void
check_items(struct check *c, const cJSON *arg, const cJSON *v)
{
	unsigned i = 0;

	if (!cJSON_IsArray(v))
		return;
	json_foreach (item, v) {
		char name[16];

		snprintf(name, sizeof(name), "%u", i++);
		check_member(c, name, arg, item);
	}
}

// cJSON_Compare() compares the members of objects twice, in each object that is one anew. Recursion
// is bounded by the depth of a request.
static bool
is_same(struct check *c, const cJSON *a, const cJSON *b)
{
	bool object = cJSON_IsObject(a) && cJSON_IsObject(b);
	const cJSON *next = b->child;

	if (!step(c))
		return false;
	if (!object && !(cJSON_IsArray(a) && cJSON_IsArray(b)))
		return cJSON_Compare(a, b, true);
	json_foreach (item, a) {
		const cJSON *other = next && object ? member_of(c, b, item->string) : next;

		if (!other || !is_same(c, item, other))
			return false;
		next = next->next;
	}
	return !next;
}

static void
check_enum(struct check *c, const cJSON *arg, const cJSON *v)
{
	json_foreach (one, arg)
		if (is_same(c, one, v) || is_spent(c))
			return;
	fail(c, "not one of the values of the schema's enum");
}

static void
check_minimum(struct check *c, const cJSON *arg, const cJSON *v)
{
	if (cJSON_IsNumber(v) && v->valuedouble < arg->valuedouble)
		fail(c, "%g is less than %g", v->valuedouble, arg->valuedouble);
}

static void
check_maximum(struct check *c, const cJSON *arg, const cJSON *v)
{
	if (cJSON_IsNumber(v) && v->valuedouble > arg->valuedouble)
		fail(c, "%g is more than %g", v->valuedouble, arg->valuedouble);
}

static double
characters(const char *s)
{
	double n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
check_min_length(struct check *c, const cJSON *arg, const cJSON *v)
{
	if (cJSON_IsString(v) && characters(v->valuestring) < arg->valuedouble)
		fail(c, "shorter than %g characters", arg->valuedouble);
}

static void
check_max_length(struct check *c, const cJSON *arg, const cJSON *v)
{
	if (cJSON_IsString(v) && characters(v->valuestring) > arg->valuedouble)
		fail(c, "longer than %g characters", arg->valuedouble);
}

static void
check_min_items(struct check *c, const cJSON *arg, const cJSON *v)
{
	if (cJSON_IsArray(v) && cJSON_GetArraySize(v) < arg->valuedouble)
		fail(c, "fewer than %g items", arg->valuedouble);
}

static void
check_max_items(struct check *c, const cJSON *arg, const cJSON *v)
{
	if (cJSON_IsArray(v) && cJSON_GetArraySize(v) > arg->valuedouble)
		fail(c, "more than %g items", arg->valuedouble);
}

static const struct {
	const char *name;
	void (*check)(struct check *c, const cJSON *arg, const cJSON *v);
} keywords[] = {{"type", check_type}, {"required", check_required},
    {"properties", check_properties}, {"items", check_items}, {"enum", check_enum},
    {"minimum", check_minimum}, {"maximum", check_maximum}, {"minLength", check_min_length},
    {"maxLength", check_max_length}, {"minItems", check_min_items}, {"maxItems", check_max_items}};

static void
check_value(struct check *c, const cJSON *schema, const cJSON *v)
{
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
		const cJSON *arg = json_get(schema, keywords[i].name);

		if (arg)
			keywords[i].check(c, arg, v);
	}
}

void
result_schema_check(const cJSON *schema, const cJSON *values, cJSON *errors)
{
	struct check c = {.errors = errors};

	buf_str(&c.path, "");
	check_value(&c, schema, values);
	buf_done(&c.path);
}
