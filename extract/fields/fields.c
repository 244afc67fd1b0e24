// SPDX-License-Identifier: Apache-2.0
// Custom fields: every expression is compiled before the page is looked at, then each field finds
// its nodes or texts within its scope and turns them into values. Recursion follows nested fields,
// at most 8 deep.
#include "extract/fields/fields_priv.h"
#include "extract/fields/regex.h"
#include "extract/fields/selector/selector.h"
#include "extract/fields/xpath/xpath.h"

#include <stdio.h>

#define FIELD_VALUES_MAX 20000              // of one document
#define ROW_MEMBERS_MAX  200000             // of all its rows, null or not
#define FIELD_HITS_MAX   10000              // of one field
#define FIELD_BYTES_MAX  ((size_t)16 << 20) // of all texts of one document
#define ERRORS_MAX       200
#define PAGE_TEXT_MAX    ((size_t)4 << 20)

struct field_plan {
	const struct extract_field *f;
	struct selector *css;
	struct xpath *xpath;
	struct regex *regex;
	struct fields_plan *fields;
	struct found_list json; // what json_ld finds on the page, …
	bool has_json;          // … once it was asked for: it is the same for every row
};
struct fields_plan {
	struct field_plan *v;
	size_t n;
};
struct run {
	struct page *p;
	struct sel_engine sel;
	struct regex_budget regex;
	struct xpath_engine xpath;
	struct sv page_text; // SV_NULL until asked for
	cJSON *errors;
	size_t n_errors, values_left, members_left, bytes_left;
	struct buf path; // of the field at hand: "offers.2.price"
};

// --- compiling ---

static int
at_member(struct err *err, int rc, const struct extract_field *f, const char *member)
{
	if (rc != 0 && err)
		snprintf(
		    err->path, sizeof(err->path), "%s.%s", f->path ? f->path : f->name, member);
	return rc;
}

static int
field_compile(struct field_plan *plan, struct arena *a, struct err *err)
{
	const struct extract_field *f = plan->f;
	int rc = 0;

	if (f->css)
		rc =
		    at_member(err, selector_compile(sv_from(f->css), a, &plan->css, err), f, "css");
	if (rc == 0 && f->xpath)
		rc = at_member(err, xpath_compile(f->xpath, a, &plan->xpath, err), f, "xpath");
	if (rc == 0 && f->regex)
		rc =
		    at_member(err, regex_compile(sv_from(f->regex), &plan->regex, err), f, "regex");
	if (rc == 0 && f->n_fields > 0)
		rc = fields_compile(f->fields, f->n_fields, a, &plan->fields, err);
	return rc;
}

int
fields_compile(const struct extract_field *fields, size_t n, struct arena *a,
    struct fields_plan **out, struct err *err)
{
	struct fields_plan *plan = xcalloc(1, sizeof(*plan));

	plan->v = xcalloc(n ? n : 1, sizeof(*plan->v));
	for (size_t i = 0; i < n; i++) {
		int rc;

		plan->v[plan->n++].f = &fields[i];
		rc = field_compile(&plan->v[i], a, err);
		if (rc != 0) {
			fields_free(plan);
			return rc;
		}
	}
	*out = plan;
	return 0;
}

void
fields_free(struct fields_plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->n; i++) {
		regex_free(plan->v[i].regex);
		fields_free(plan->v[i].fields);
	}
	free(plan->v);
	free(plan);
}

// --- finding ---

bool
found_add(struct found_list *l, struct arena *a, struct found f)
{
	if (l->n == l->max)
		return true;
	if (l->n == l->cap) {
		size_t bigger = l->cap ? l->cap * 2 : 16;
		void *v = arena_grow(a, l->v, l->cap * sizeof(f), bigger * sizeof(f));

		if (!v)
			return false;
		l->v = v;
		l->cap = bigger;
	}
	l->v[l->n++] = f;
	return true;
}

static int
out_of_memory(struct err *err)
{
	return err_set(err, ERR_EXTRACTOR_OOM, NULL);
}

static bool
hit_found(struct run *r, const struct sel_hit *h, struct found *out)
{
	struct sv v;

	*out = (struct found){.kind = FOUND_NODE, .node = h->node};
	if (h->take == TAKE_ELEMENT)
		return true;
	out->kind = FOUND_TEXT;
	if (h->take == TAKE_TEXT) {
		out->text = page_own_text(r->p, h->node, PAGE_TEXT_MAX);
		return out->text.n > 0;
	}
	v = h->attr ? tree_get(r->p->t, h->node, h->attr) : SV_NULL;
	out->text = v;
	return v.p != NULL;
}

static int
find_css(
    struct run *r, struct field_plan *plan, node_id scope, struct found_list *out, struct err *err)
{
	struct sel_hits hits;
	int rc = selector_select(&r->sel, plan->css, scope, out->max, &hits, err);

	for (size_t i = 0; rc == 0 && i < hits.n; i++) {
		struct found f;

		if (hit_found(r, &hits.v[i], &f) && !found_add(out, r->p->a, f))
			return out_of_memory(err);
	}
	return rc;
}

static int
find_page_text(struct run *r, struct found_list *out, struct err *err)
{
	struct found f = {.kind = FOUND_TEXT, .node = NODE_NONE};

	if (!r->page_text.p) {
		node_id body = tree_find(r->p->t, 0, TAG_body);

		r->page_text = page_text(r->p, body == NODE_NONE ? 0 : body, PAGE_TEXT_MAX);
	}
	f.text = r->page_text;
	return found_add(out, r->p->a, f) ? 0 : out_of_memory(err);
}

static int
find_scope_text(struct run *r, node_id scope, struct found_list *out, struct err *err)
{
	struct found f = {.kind = FOUND_NODE, .node = scope};

	if (scope == 0)
		return find_page_text(r, out, err);
	return found_add(out, r->p->a, f) ? 0 : out_of_memory(err);
}

// Texts that are put together for a field, transformed ones once more for each step, count against
// the bytes of the document. Nothing is read when these are spent.
static struct sv
read_text(struct run *r, const struct extract_field *f, const struct found *found)
{
	struct sv v;
	size_t copies = f->transform.n + (found->kind == FOUND_NODE);

	if (r->bytes_left == 0) {
		r->p->truncated |= 1u << PAGE_CAP_FIELDS;
		return SV_NULL;
	}
	v = field_text(r->p, f, found);
	r->bytes_left -= MIN(r->bytes_left, v.n * copies);
	return v;
}

// What the regular expression finds in what was found before.
static int
narrow(struct run *r, struct field_plan *plan, struct found_list *list, struct err *err)
{
	struct found_list out = {.max = plan->f->many ? FIELD_HITS_MAX : 1};

	for (size_t i = 0; i < list->n && out.n < out.max; i++) {
		struct sv text = read_text(r, plan->f, &list->v[i]), value;
		size_t pos = 0;
		int rc = text.p ? 1 : 0; // 0: there is no text, or no more of it is read

		while (rc == 1 && out.n < out.max &&
		       (rc = regex_next(plan->regex, text, &r->regex, &pos, &value, err)) == 1) {
			struct found f = {.kind = FOUND_TEXT, .node = NODE_NONE, .text = value};

			if (!found_add(&out, r->p->a, f))
				return out_of_memory(err);
		}
		if (rc < 0)
			return rc;
	}
	*list = out;
	return 0;
}

static int
find_json(struct run *r, struct field_plan *plan, struct found_list *out, struct err *err)
{
	plan->json.max = out->max;
	if (!plan->has_json && !field_jsonld(r->p, plan->f->json_ld, &plan->json))
		return out_of_memory(err);
	plan->has_json = true;
	*out = plan->json;
	return 0;
}

static int
find(struct run *r, struct field_plan *plan, node_id scope, struct found_list *out, struct err *err)
{
	const struct extract_field *f = plan->f;
	int rc = 0;

	out->max = f->many || f->regex ? FIELD_HITS_MAX : 1;
	if (plan->css)
		rc = at_member(err, find_css(r, plan, scope, out, err), f, "css");
	else if (plan->xpath)
		rc = at_member(
		    err, xpath_select(&r->xpath, plan->xpath, scope, out, err), f, "xpath");
	else if (f->json_ld)
		rc = find_json(r, plan, out, err);
	else
		rc = find_scope_text(r, scope, out, err);
	if (rc == 0 && plan->regex)
		rc = at_member(err, narrow(r, plan, out, err), f, "regex");
	if (out->n == FIELD_HITS_MAX)
		r->p->truncated |= 1u << PAGE_CAP_FIELDS;
	return rc;
}

// --- values ---

// Goes to a field, or an object of a list; to go back, path_cut().
static size_t
path_add(struct run *r, const char *name)
{
	size_t before = r->path.n;

	buf_fmt(&r->path, "%s%s", before > 0 ? "." : "", name);
	return before;
}

static void
path_cut(struct run *r, size_t n)
{
	r->path.n = n;
	r->path.p[n] = '\0';
}

// Of the field at hand.
static void
report(struct run *r, const char *text)
{
	cJSON *o;

	if (r->n_errors++ >= ERRORS_MAX)
		return;
	o = json_obj();
	json_set_str(o, "name", r->path.p);
	json_set_str(o, "error", text);
	json_push(r->errors, o);
}

static int read_plan(
    struct run *r, struct fields_plan *plan, node_id scope, cJSON *values, struct err *err);

static void
spend_bytes(struct run *r, const cJSON *v)
{
	size_t n = cJSON_IsString(v) ? strlen(v->valuestring) : 0;

	r->bytes_left -= MIN(r->bytes_left, n);
}

// Memory of a JSON value, as far as `max`. Recursion is as deep as a request or structured data may
// be.
static size_t
json_weight(const cJSON *v, size_t max)
{
	size_t n = sizeof(*v) + (v->string ? strlen(v->string) : 0) +
		   (cJSON_IsString(v) ? strlen(v->valuestring) : 0);

	json_foreach (child, v) {
		if (n >= max)
			break;
		n += json_weight(child, max - n);
	}
	return n;
}

// A copy counts against the bytes of the document; NULL when they are spent.
static cJSON *
copy_json(struct run *r, const cJSON *v)
{
	size_t left = r->bytes_left, n = json_weight(v, left + 1);

	r->bytes_left -= MIN(left, n);
	if (n <= left)
		return cJSON_Duplicate(v, true);
	r->p->truncated |= 1u << PAGE_CAP_FIELDS;
	return NULL;
}

// One value of what was found; NULL with rc 0 when it does not convert.
static int
convert(
    struct run *r, struct field_plan *plan, const struct found *found, cJSON **out, struct err *err)
{
	char why[128];
	size_t members = plan->fields ? plan->fields->n : 0;
	int rc;

	*out = NULL;
	if (r->values_left == 0 || r->bytes_left == 0 || r->members_left < members) {
		r->p->truncated |= 1u << PAGE_CAP_FIELDS;
		return 0;
	}
	r->values_left--;
	r->members_left -= members;
	if (found->kind == FOUND_JSON && plan->f->type == FIELD_OBJECT) {
		*out = copy_json(r, found->json);
		return 0;
	}
	if (!plan->fields) {
		*out = field_value(r->p, plan->f, found, read_text(r, plan->f, found), why);
		if (found->kind != FOUND_NODE)
			spend_bytes(r, *out);
		if (!*out && why[0])
			report(r, why);
		return 0;
	}
	if (found->kind != FOUND_NODE) {
		report(r, "nested fields need an element, but a text was found");
		return 0;
	}
	*out = json_obj();
	rc = read_plan(r, plan->fields, found->node, *out, err);
	if (rc != 0)
		cJSON_Delete(steal_ptr(*out));
	return rc;
}

static cJSON *
fallback(struct run *r, const struct extract_field *f, bool reported)
{
	cJSON *def = f->def ? copy_json(r, f->def) : NULL;

	if (f->required && !reported)
		report(r, "required, but not found");
	if (def)
		return def;
	return f->many ? json_arr() : cJSON_CreateNull();
}

static int
read_many(struct run *r, struct field_plan *plan, const struct found_list *list, cJSON **out,
    struct err *err)
{
	cJSON *values = json_arr();
	unsigned n = 0;

	for (size_t i = 0; i < list->n; i++) {
		size_t before = r->path.n;
		char index[16];
		cJSON *v;
		int rc;

		snprintf(index, sizeof(index), "%u", n);
		if (plan->fields)
			path_add(r, index);
		rc = convert(r, plan, &list->v[i], &v, err);
		path_cut(r, before);
		n += v != NULL;
		if (rc != 0) {
			cJSON_Delete(values);
			return rc;
		}
		if (v)
			json_push(values, v);
	}
	if (!values->child) {
		cJSON_Delete(values);
		values = NULL;
	}
	*out = values;
	return 0;
}

// Limits that the page or the expression reach cost the field, not the document.
static bool
costs_the_field(int rc)
{
	return rc == ERR_TOO_LARGE;
}

static int
read_field(struct run *r, struct field_plan *plan, node_id scope, cJSON **out, struct err *err)
{
	struct found_list list = {0};
	size_t errors_before = r->n_errors;
	int rc = find(r, plan, scope, &list, err);

	*out = NULL;
	if (costs_the_field(rc)) {
		report(r, err->message);
		*err = (struct err)ERR_INIT;
		rc = 0;
	} else if (rc == 0 && plan->f->many) {
		rc = read_many(r, plan, &list, out, err);
	} else if (rc == 0 && list.n > 0) {
		rc = convert(r, plan, &list.v[0], out, err);
	}
	if (rc == 0 && !*out)
		*out = fallback(r, plan->f, r->n_errors > errors_before);
	return rc;
}

static int
read_plan(struct run *r, struct fields_plan *plan, node_id scope, cJSON *values, struct err *err)
{
	for (size_t i = 0; i < plan->n; i++) {
		size_t before = path_add(r, plan->v[i].f->name);
		cJSON *v = NULL;
		int rc = read_field(r, &plan->v[i], scope, &v, err);

		path_cut(r, before);
		if (rc != 0)
			return rc;
		json_set(values, plan->v[i].f->name, v);
	}
	return 0;
}

int
fields_read(struct page *p, struct fields_plan *plan, cJSON *values, cJSON *errors, struct err *err)
{
	struct run r = {.p = p,
	    .errors = errors,
	    .values_left = FIELD_VALUES_MAX,
	    .members_left = ROW_MEMBERS_MAX,
	    .bytes_left = FIELD_BYTES_MAX};
	struct err unseen = ERR_INIT;
	int rc;

	if (!err)
		err = &unseen;
	sel_engine_init(&r.sel, p->t, p->a);
	xpath_engine_init(&r.xpath, p->t, p->a);
	regex_budget_init(&r.regex);
	rc = read_plan(&r, plan, 0, values, err);
	xpath_engine_done(&r.xpath);
	buf_done(&r.path);
	if (rc == 0 && r.sel.oom)
		rc = out_of_memory(err);
	return rc;
}
