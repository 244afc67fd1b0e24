// SPDX-License-Identifier: Apache-2.0
// YAML events of libyaml -> cJSON, with a stack of at most 64 open collections. Nothing is expanded
// (aliases are refused), so the tree is never larger than the text. Any thread.
#include "orchestrator/request/yaml.h"
#include "orchestrator/request/request.h"

#include <math.h>
#include <yaml.h>

#define MAX_DEPTH 64

struct level {
	cJSON *node;
	char *key; // of a mapping: the key whose value comes next
	unsigned n;
};

struct reader {
	yaml_parser_t parser;
	struct level stack[MAX_DEPTH];
	unsigned depth, max_depth;
	unsigned values, max_values;
	cJSON *root;
	bool done; // the one document has ended
	struct err *err;
};

static int
fail_at(struct reader *r, yaml_mark_t at, const char *why)
{
	return err_set(
	    r->err, ERR_INVALID_YAML, "line %zu, column %zu: %s", at.line + 1, at.column + 1, why);
}

// --- scalars (YAML 1.2 core schema, §10.3.2) ---

static bool
one_of(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(s, *words) == 0)
			return true;
	return false;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
static bool
is_number(const char *s)
{
	size_t whole, frac = 0, n;

	s += *s == '-' || *s == '+';
	whole = strspn(s, "0123456789");
	s += whole;
	if (*s == '.') {
		frac = strspn(s + 1, "0123456789");
		s += 1 + frac;
	}
	if (whole + frac == 0)
		return false;
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '-' || *s == '+';
		n = strspn(s, "0123456789");
		if (n == 0)
			return false;
		s += n;
	}
	return *s == '\0';
}

static bool
radix_number(const char *s, double *out)
{
	bool hex = strncmp(s, "0x", 2) == 0, octal = strncmp(s, "0o", 2) == 0;
	const char *digits = hex ? "0123456789abcdefABCDEF" : "01234567";

	if ((!hex && !octal) || s[2] == '\0' || s[2 + strspn(s + 2, digits)] != '\0' ||
	    strlen(s) > 14)
		return false;
	*out = (double)strtoull(s + 2, NULL, hex ? 16 : 8);
	return true;
}

static cJSON *
plain_scalar(const char *s)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const trues[] = {"true", "True", "TRUE", NULL};
	static const char *const falses[] = {"false", "False", "FALSE", NULL};
	double d;

	if (one_of(s, nulls))
		return cJSON_CreateNull();
	if (one_of(s, trues))
		return cJSON_CreateBool(true);
	if (one_of(s, falses))
		return cJSON_CreateBool(false);
	if (radix_number(s, &d))
		return cJSON_CreateNumber(d);
	if (is_number(s)) {
		d = strtod(s, NULL);
		return isfinite(d) ? cJSON_CreateNumber(d) : NULL;
	}
	return cJSON_CreateString(s);
}

// --- the tree ---

static struct level *
top(struct reader *r)
{
	return r->depth > 0 ? &r->stack[r->depth - 1] : NULL;
}

static bool
wants_key(struct reader *r)
{
	struct level *l = top(r);

	return l && cJSON_IsObject(l->node) && !l->key;
}

static int
take_key(struct reader *r, const yaml_event_t *ev)
{
	struct level *l = top(r);
	const char *key = (const char *)ev->data.scalar.value;

	if (++l->n > YAML_MAX_KEYS)
		return fail_at(r, ev->start_mark, "too many keys in one mapping");
	if (json_get(l->node, key))
		return err_set(r->err, ERR_INVALID_YAML,
		    "line %zu, column %zu: duplicate key \"%s\"", ev->start_mark.line + 1,
		    ev->start_mark.column + 1, key);
	l->key = xstrdup(key);
	return 0;
}

// Takes `v`.
static void
put(struct reader *r, cJSON *v)
{
	struct level *l = top(r);

	if (!l) {
		r->root = v;
	} else if (l->key) {
		json_set(l->node, l->key, v);
		free(steal_ptr(l->key));
	} else {
		json_push(l->node, v);
	}
}

static int
on_scalar(struct reader *r, const yaml_event_t *ev)
{
	const char *s = (const char *)ev->data.scalar.value;
	cJSON *v;

	if (memchr(s, '\0', ev->data.scalar.length))
		return fail_at(r, ev->start_mark, "a NUL character is not allowed");
	if (wants_key(r))
		return take_key(r, ev);
	if (ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		v = plain_scalar(s);
	else
		v = cJSON_CreateString(s);
	if (!v)
		return fail_at(r, ev->start_mark, "the number is out of range");
	put(r, v);
	return 0;
}

static int
on_open(struct reader *r, const yaml_event_t *ev, cJSON *node)
{
	if (wants_key(r) || r->depth >= r->max_depth) {
		bool as_key = wants_key(r);

		cJSON_Delete(node);
		return fail_at(r, ev->start_mark,
		    as_key ? "a key must be a plain or quoted text" : "nested too deep");
	}
	put(r, node);
	r->stack[r->depth++] = (struct level){.node = node};
	return 0;
}

static const yaml_char_t *
event_tag(const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return ev->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return ev->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return ev->data.mapping_start.tag;
	default:
		return NULL;
	}
}

static const yaml_char_t *
event_anchor(const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return ev->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT:
		return ev->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT:
		return ev->data.mapping_start.anchor;
	default:
		return NULL;
	}
}

static int
refuse_extras(struct reader *r, const yaml_event_t *ev)
{
	if (ev->type == YAML_ALIAS_EVENT)
		return fail_at(r, ev->start_mark, "an alias (*name) is not allowed");
	if (event_anchor(ev))
		return fail_at(r, ev->start_mark, "an anchor (&name, for an alias) is not allowed");
	if (event_tag(ev))
		return fail_at(r, ev->start_mark, "a tag (!name) is not allowed");
	if (ev->type == YAML_DOCUMENT_START_EVENT && r->root)
		return fail_at(r, ev->start_mark, "only one document is allowed");
	return 0;
}

static int
on_event(struct reader *r, const yaml_event_t *ev)
{
	int rc = refuse_extras(r, ev);

	if (rc != 0)
		return rc;
	if (ev->type >= YAML_SCALAR_EVENT && ++r->values > r->max_values)
		return err_set(r->err, ERR_TOO_LARGE, "more than %u values", r->max_values);
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(r, ev);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(r, ev, json_arr());
	case YAML_MAPPING_START_EVENT:
		return on_open(r, ev, json_obj());
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return 0;
	case YAML_STREAM_END_EVENT:
		r->done = true;
		return 0;
	default:
		return 0;
	}
}

static int
parse_error(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	yaml_mark_t at = p->problem_mark;
	const char *why = p->problem ? p->problem : "not valid YAML";

	if (p->error == YAML_READER_ERROR)
		return err_set(r->err, ERR_INVALID_YAML, "byte %zu: %s", p->problem_offset, why);
	return fail_at(r, at, why);
}

static int
read_events(struct reader *r)
{
	while (!r->done) {
		yaml_event_t ev;
		int rc;

		if (!yaml_parser_parse(&r->parser, &ev))
			return parse_error(r);
		rc = on_event(r, &ev);
		yaml_event_delete(&ev);
		if (rc != 0)
			return rc;
	}
	return r->root ? 0 : err_set(r->err, ERR_INVALID_YAML, "the text holds no document");
}

int
yaml_to_json(struct sv text, const struct json_limits *lim, cJSON **out, struct err *err)
{
	struct reader r = {.max_depth = MIN(lim->max_depth, (unsigned)MAX_DEPTH),
	    .max_values = lim->max_values,
	    .err = err};
	int rc;

	if (text.n > lim->max_bytes)
		return err_set(
		    err, ERR_TOO_LARGE, "the text is larger than %zu bytes", lim->max_bytes);
	if (!yaml_parser_initialize(&r.parser))
		return err_set(err, ERR_INTERNAL, "out of memory");
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p, text.n);
	rc = read_events(&r);
	yaml_parser_delete(&r.parser);
	for (unsigned i = 0; i < r.depth; i++)
		free(r.stack[i].key);
	if (rc == 0)
		*out = r.root;
	else
		cJSON_Delete(r.root);
	return rc;
}

// --- files of either kind ---

static bool
ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);

	return n >= m && strcasecmp(s + n - m, tail) == 0;
}

static bool
looks_like_yaml(struct sv text, const char *name)
{
	struct sv t = sv_trim(text);

	if (ends_with(name, ".yaml") || ends_with(name, ".yml"))
		return true;
	if (ends_with(name, ".json") || t.n == 0)
		return false;
	return !strchr("{[\"", t.p[0]) && (unsigned char)t.p[0] >= 0x20 &&
	       (unsigned char)t.p[0] < 0x7f;
}

int
request_text_to_json(struct sv text, const char *name, cJSON **out, struct err *err)
{
	if (looks_like_yaml(text, name))
		return yaml_to_json(text, &request_json_limits, out, err);
	return json_parse_api(text, &request_json_limits, out, err);
}
