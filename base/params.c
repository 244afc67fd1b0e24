// SPDX-License-Identifier: Apache-2.0
// Reading JSON objects into structs by parameter tables: strict, and every error names its path.
#include "base/params.h"

#include "base/nearest.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#define INT_LIMIT 9007199254740992.0 // 2^53: beyond it a double is no exact integer

typedef int read_fn(const struct param *p, const cJSON *v, void *slot, struct arena *a,
    const char *path, struct err *err);
static read_fn *const readers[];

static void
join(char *out, size_t size, const char *path, const char *key)
{
	snprintf(out, size, "%s%s%s", path, path[0] ? "." : "", key);
}

static int
expected(struct err *err, const char *path, const char *what)
{
	return err_at(err, ERR_INVALID_REQUEST, path, "expected %s", what);
}

// The rule of params.h: both 0, no limit; a maximum below the minimum, no upper limit.
static bool
in_range(const struct param *p, double v)
{
	if (p->min == 0 && p->max == 0)
		return true;
	return v >= p->min && (p->max < p->min || v <= p->max);
}

// "an integer", "an integer from 1 to 600000", "a string of at least 1 byte".
static int
out_of_range(struct err *err, const char *path, const struct param *p, const char *what,
    const char *link, const char *unit)
{
	if (p->min == 0 && p->max == 0)
		return err_at(err, ERR_INVALID_REQUEST, path, "expected %s", what);
	if (p->max < p->min)
		return err_at(err, ERR_INVALID_REQUEST, path, "expected %s of at least %.10g%s",
		    what, p->min, unit);
	return err_at(err, ERR_INVALID_REQUEST, path, "expected %s%s %.10g to %.10g%s", what, link,
	    p->min, p->max, unit);
}

static int
no_memory(struct err *err, const char *path)
{
	return err_at(err, ERR_TOO_LARGE, path, "the request needs too much memory");
}

static int
check_count(
    const struct param *p, const cJSON *v, const char *what, const char *path, struct err *err)
{
	if (in_range(p, cJSON_GetArraySize(v)))
		return 0;
	return out_of_range(err, path, p, what, " of", " items");
}

static int
read_string(const struct param *p, const cJSON *v, void *slot, struct arena *a, const char *path,
    struct err *err)
{
	const char *s = cJSON_GetStringValue(v);

	if (!s || !in_range(p, (double)strlen(s)))
		return s ? out_of_range(err, path, p, "a string", " of", " bytes")
			 : expected(err, path, "a string");
	*(const char **)slot = arena_strdup(a, s);
	return *(const char **)slot ? 0 : no_memory(err, path);
}

static int
read_int(const struct param *p, const cJSON *v, void *slot, struct arena *a UNUSED,
    const char *path, struct err *err)
{
	double d = cJSON_IsNumber(v) ? v->valuedouble : NAN;

	if (!(fabs(d) <= INT_LIMIT) || d != floor(d) || !in_range(p, d))
		return out_of_range(err, path, p, "an integer", " from", "");
	*(int64_t *)slot = (int64_t)d;
	return 0;
}

// Digits with a point, and one of CSS's absolute units, in inches. NAN: it is not a length.
static double
length(const char *text)
{
	static const struct {
		const char *unit;
		double per_inch;
	} units[] = {{"in", 1}, {"cm", 2.54}, {"mm", 25.4}, {"px", 96}, {"pt", 72}, {"pc", 6}};
	char *end;
	double d;

	if (!text)
		return NAN;
	d = strtod(text, &end);
	if (end == text || end != text + strspn(text, "0123456789."))
		return NAN; // nor "1e1", "0x1" and the like
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strcmp(end, units[i].unit) == 0)
			return d / units[i].per_inch;
	return NAN;
}

static int
read_num(const struct param *p, const cJSON *v, void *slot, struct arena *a UNUSED,
    const char *path, struct err *err)
{
	bool units = p->flags & PARAM_LENGTH;
	double d = cJSON_IsNumber(v) ? v->valuedouble
		   : units           ? length(cJSON_GetStringValue(v))
				     : NAN;

	if (!isfinite(d) || !in_range(p, d))
		return out_of_range(err, path, p, "a number", " from",
		    units ? " (inches), or text as \"2.5cm\"" : "");
	*(double *)slot = d;
	return 0;
}

static int
read_bool(const struct param *p UNUSED, const cJSON *v, void *slot, struct arena *a UNUSED,
    const char *path, struct err *err)
{
	if (!cJSON_IsBool(v))
		return expected(err, path, "true or false");
	*(bool *)slot = cJSON_IsTrue(v);
	return 0;
}

static void
list_names(const char *const *names, struct buf *out)
{
	for (size_t i = 0; names[i]; i++)
		buf_fmt(out, "%s%s", i ? ", " : "", names[i]);
}

static int
enum_index(const struct param *p, const cJSON *v, const char *path, struct err *err)
{
	const char *s = cJSON_GetStringValue(v), *near;
	cleanup_buf list = BUF_INIT_MAX(512);
	size_t n = 0;

	for (; p->names[n]; n++)
		if (s && strcmp(s, p->names[n]) == 0)
			return (int)n;
	list_names(p->names, &list);
	near = s ? nearest_word(s, p->names, n) : NULL;
	return err_at(err, ERR_INVALID_REQUEST, path, "expected one of %s%s%s%s", list.p,
	    near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int
read_enum(const struct param *p, const cJSON *v, void *slot, struct arena *a UNUSED,
    const char *path, struct err *err)
{
	int i = enum_index(p, v, path, err);

	if (i < 0)
		return i;
	*(int *)slot = i;
	return 0;
}

static int
read_strings(const struct param *p, const cJSON *v, void *slot, struct arena *a, const char *path,
    struct err *err)
{
	struct param_strings out = {0};
	size_t i = 0;

	if (!cJSON_IsArray(v))
		return expected(err, path, "an array of strings");
	if (check_count(p, v, "an array", path, err) != 0)
		return ERR_INVALID_REQUEST;
	out.n = (size_t)cJSON_GetArraySize(v);
	out.v = arena_array(a, out.n, sizeof(*out.v));
	if (!out.v)
		return no_memory(err, path);
	json_foreach (item, v) {
		char at[192];

		snprintf(at, sizeof(at), "%s[%zu]", path, i);
		if (!cJSON_IsString(item))
			return expected(err, at, "a string");
		out.v[i] = arena_strdup(a, item->valuestring);
		if (!out.v[i++])
			return no_memory(err, path);
	}
	*(struct param_strings *)slot = out;
	return 0;
}

static int
read_enums(const struct param *p, const cJSON *v, void *slot, struct arena *a UNUSED,
    const char *path, struct err *err)
{
	uint64_t bits = 0;
	size_t i = 0;

	if (!cJSON_IsArray(v))
		return expected(err, path, "an array of names");
	if (check_count(p, v, "an array", path, err) != 0)
		return ERR_INVALID_REQUEST;
	json_foreach (item, v) {
		char at[192];
		int k;

		snprintf(at, sizeof(at), "%s[%zu]", path, i++);
		k = enum_index(p, item, at, err);
		if (k < 0)
			return k;
		bits |= (uint64_t)1 << k;
	}
	*(uint64_t *)slot = bits;
	return 0;
}

static int
read_map(const struct param *p, const cJSON *v, void *slot, struct arena *a, const char *path,
    struct err *err)
{
	struct param_map out = {0};
	size_t i = 0;

	if (!cJSON_IsObject(v))
		return expected(err, path, "an object of strings");
	if (check_count(p, v, "an object", path, err) != 0)
		return ERR_INVALID_REQUEST;
	out.n = (size_t)cJSON_GetArraySize(v);
	out.v = arena_array(a, out.n, sizeof(*out.v));
	if (!out.v)
		return no_memory(err, path);
	json_foreach (item, v) {
		char at[192];

		join(at, sizeof(at), path, item->string);
		if (!cJSON_IsString(item))
			return expected(err, at, "a string");
		out.v[i].key = arena_strdup(a, item->string);
		out.v[i].value = arena_strdup(a, item->valuestring);
		if (!out.v[i].key || !out.v[i].value)
			return no_memory(err, path);
		i++;
	}
	*(struct param_map *)slot = out;
	return 0;
}

static int
read_object(const struct param *p, const cJSON *v, void *slot, struct arena *a, const char *path,
    struct err *err)
{
	void *obj = arena_alloc(a, p->table->size);
	int rc;

	if (!obj)
		return no_memory(err, path);
	rc = params_read(p->table, v, obj, a, path, err);
	if (rc == 0)
		*(void **)slot = obj;
	return rc;
}

static int
read_object_or_bool(const struct param *p, const cJSON *v, void *slot, struct arena *a,
    const char *path, struct err *err)
{
	if (cJSON_IsFalse(v)) {
		*(void **)slot = NULL;
		return 0;
	}
	if (cJSON_IsTrue(v)) {
		void *obj = arena_alloc(a, p->table->size);

		if (!obj)
			return no_memory(err, path);
		params_defaults(p->table, obj, a);
		*(void **)slot = obj;
		return 0;
	}
	if (!cJSON_IsObject(v))
		return expected(err, path, "true, false or an object of options");
	return read_object(p, v, slot, a, path, err);
}

static int
read_array(const struct param *p, const cJSON *v, void *slot, struct arena *a, const char *path,
    struct err *err)
{
	struct param_array out = {0};
	size_t i = 0;
	int rc;

	if (!cJSON_IsArray(v))
		return expected(err, path, "an array of objects");
	if (check_count(p, v, "an array", path, err) != 0)
		return ERR_INVALID_REQUEST;
	out.n = (size_t)cJSON_GetArraySize(v);
	out.v = arena_array(a, out.n, p->table->size);
	if (!out.v)
		return no_memory(err, path);
	json_foreach (item, v) {
		char at[192];

		snprintf(at, sizeof(at), "%s[%zu]", path, i);
		rc = params_read(p->table, item, (char *)out.v + i++ * p->table->size, a, at, err);
		if (rc != 0)
			return rc;
	}
	*(struct param_array *)slot = out;
	return 0;
}

static int
read_json(const struct param *p UNUSED, const cJSON *v, void *slot, struct arena *a UNUSED,
    const char *path UNUSED, struct err *err UNUSED)
{
	*(const cJSON **)slot = v;
	return 0;
}

static int
read_custom(const struct param *p, const cJSON *v, void *slot, struct arena *a, const char *path,
    struct err *err)
{
	return p->custom->read(v, slot, a, path, err);
}

static read_fn *const readers[] = {
    [PARAM_STRING] = read_string,
    [PARAM_INT] = read_int,
    [PARAM_NUM] = read_num,
    [PARAM_BOOL] = read_bool,
    [PARAM_ENUM] = read_enum,
    [PARAM_STRINGS] = read_strings,
    [PARAM_ENUMS] = read_enums,
    [PARAM_MAP] = read_map,
    [PARAM_OBJECT] = read_object,
    [PARAM_OBJECT_OR_BOOL] = read_object_or_bool,
    [PARAM_ARRAY] = read_array,
    [PARAM_JSON] = read_json,
    [PARAM_CUSTOM] = read_custom,
};

static const struct param *
find_row(const struct param_table *t, const char *key)
{
	for (size_t i = 0; t && i < t->n_rows; i++)
		if (strcmp(t->rows[i].name, key) == 0)
			return &t->rows[i];
	return NULL;
}

static size_t
known_names(const struct param_table *t, const char **names, size_t n, size_t max)
{
	for (size_t i = 0; t && i < t->n_rows && n < max; i++)
		if (!(t->rows[i].flags & PARAM_HIDDEN))
			names[n++] = t->rows[i].name;
	return n;
}

// Those that may be given, for who comes with the names of another tool.
static void
add_keys(const struct param_table *t, struct buf *out)
{
	for (size_t i = 0; t && i < t->n_rows; i++)
		if (!(t->rows[i].flags & (PARAM_HIDDEN | PARAM_UNBUILT)))
			buf_fmt(out, "%s%s", out->n ? ", " : "", t->rows[i].name);
}

// "paperWidth" -> "paper_width"
static void
snake(const char *key, char *out, size_t size)
{
	size_t n = 0;

	for (const char *c = key; *c && n + 2 < size; c++) {
		if (*c >= 'A' && *c <= 'Z' && c > key)
			out[n++] = '_';
		out[n++] = sv_lower(*c);
	}
	out[n] = '\0';
}

// Objects below this one that have the key: where it was meant to be.
static void
add_homes(
    const struct param_table *t, const char *key, const char *prefix, int depth, struct buf *out)
{
	for (size_t i = 0; t && i < t->n_rows && depth > 0; i++) {
		const struct param *row = &t->rows[i];
		char path[128];

		if ((row->type != PARAM_OBJECT && row->type != PARAM_OBJECT_OR_BOOL) || !row->table)
			continue;
		snprintf(path, sizeof(path), "%s%s%s", prefix, prefix[0] ? "." : "", row->name);
		if (find_row(row->table, key))
			buf_fmt(out, "%s%s", out->n ? " or " : "", path);
		add_homes(row->table, key, path, depth - 1, out);
	}
}

static int
unknown_key(const struct param_table *t1, const struct param_table *t2, const char *key,
    const char *path, struct err *err)
{
	const char *names[256], *near;
	cleanup_buf list = BUF_INIT;
	char name[64];
	size_t n = 0;

	n = known_names(t1, names, n, ARRAY_LEN(names));
	n = known_names(t2, names, n, ARRAY_LEN(names));
	snake(key, name, sizeof(name));
	if (!find_row(t1, name))
		add_homes(t1, name, "", 2, &list);
	if (list.n)
		return err_at(err, ERR_INVALID_REQUEST, path, "unknown key \"%s\"; %s goes into %s",
		    key, strcmp(key, name) == 0 ? "it" : name, list.p);
	near = nearest_word(key, names, n);
	if (near)
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "unknown key \"%s\"; did you mean \"%s\"?", key, near);
	add_keys(t1, &list);
	add_keys(t2, &list);
	return err_at(err, ERR_INVALID_REQUEST, path, "unknown key \"%s\"%s%s", key,
	    list.n ? "; known are " : "", list.n ? list.p : "");
}

static int
no_object(
    const struct param_table *t1, const struct param_table *t2, const char *path, struct err *err)
{
	cleanup_buf list = BUF_INIT;

	add_keys(t1, &list);
	add_keys(t2, &list);
	return err_at(err, ERR_INVALID_REQUEST, path, "expected an object%s%s",
	    list.n ? ", its keys are " : "", list.n ? list.p : "");
}

static int
read_row(const struct param *p, const cJSON *v, void *obj, struct arena *a, const char *path,
    struct err *err)
{
	if (p->flags & PARAM_UNBUILT)
		return err_at(err, ERR_NOT_IMPLEMENTED, path, NULL);
	if (cJSON_IsNull(v) && (p->flags & PARAM_NULLABLE))
		return 0;
	return readers[p->type](p, v, (char *)obj + p->offset, a, path, err);
}

static int
check_required(const struct param_table *t, const cJSON *v, const char *path, struct err *err)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		char at[192];

		if (!(t->rows[i].flags & PARAM_REQUIRED) || json_get(v, t->rows[i].name))
			continue;
		join(at, sizeof(at), path, t->rows[i].name);
		return err_at(err, ERR_INVALID_REQUEST, at, "is required: %s", t->rows[i].doc);
	}
	return 0;
}

static int
not_one(const struct param_table *t, const char *key, const char *path, struct err *err)
{
	cleanup_buf keys = BUF_INIT;
	char at[192];

	for (size_t i = 0; t->one_of[i]; i++)
		buf_fmt(&keys, "%s%s", i ? ", " : "", t->one_of[i]);
	join(at, sizeof(at), path, key);
	return err_at(err, ERR_INVALID_REQUEST, at, "expected exactly one of %s", keys.p);
}

static int
check_one_of(const struct param_table *t, const cJSON *v, const char *path, struct err *err)
{
	bool seen = false;

	for (size_t i = 0; t->one_of && t->one_of[i]; i++) {
		const cJSON *item = json_get(v, t->one_of[i]);

		if (!item || cJSON_IsNull(item))
			continue;
		if (seen)
			return not_one(t, t->one_of[i], path, err);
		seen = true;
	}
	return seen || !t->one_of ? 0 : not_one(t, t->one_of[0], path, err);
}

static int
finish(const struct param_table *t, void *out, const cJSON *v, const char *path, struct err *err)
{
	int rc = check_required(t, v, path, err);

	if (rc == 0)
		rc = check_one_of(t, v, path, err);
	return rc == 0 && t->check ? t->check(out, path, err) : rc;
}

int
params_read2(const struct param_table *t1, void *out1, const struct param_table *t2, void *out2,
    const cJSON *v, struct arena *a, const char *path, struct err *err)
{
	int rc;

	if (!cJSON_IsObject(v))
		return no_object(t1, t2, path, err);
	params_defaults(t1, out1, a);
	if (t2)
		params_defaults(t2, out2, a);
	if (a->oom)
		return no_memory(err, path);
	json_foreach (item, v) {
		const struct param *p = find_row(t1, item->string);
		void *obj = p ? out1 : out2;
		char at[192];

		if (!p)
			p = find_row(t2, item->string);
		join(at, sizeof(at), path, item->string);
		rc = p ? read_row(p, item, obj, a, at, err)
		       : unknown_key(t1, t2, item->string, at, err);
		if (rc != 0)
			return rc;
	}
	rc = finish(t1, out1, v, path, err);
	return rc == 0 && t2 ? finish(t2, out2, v, path, err) : rc;
}

int
params_read(const struct param_table *t, const cJSON *v, void *out, struct arena *a,
    const char *path, struct err *err)
{
	return params_read2(t, out, NULL, NULL, v, a, path, err);
}

// A default is our own text: that it reads is an invariant, which the unit tests of each table
// hold.
void
params_defaults(const struct param_table *t, void *out, struct arena *a)
{
	memset(out, 0, t->size);
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct param *p = &t->rows[i];
		cJSON *v;
		int rc;

		if (!p->def || (p->flags & PARAM_UNBUILT) || p->type == PARAM_JSON)
			continue;
		v = cJSON_Parse(p->def);
		rc = readers[p->type](p, v, (char *)out + p->offset, a, p->name, NULL);
		assert((v && rc == 0) || a->oom);
		cJSON_Delete(v);
	}
}
