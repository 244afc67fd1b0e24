// SPDX-License-Identifier: Apache-2.0
// From what was found to a typed value: the text of a node by the field's type, the transforms in
// their order, and the conversion. Pure.
#include "extract/fields/fields_priv.h"
#include "extract/fields/number_text.h"
#include "extract/html/letters.h"
#include "extract/meta/dates/date.h"
#include "extract/meta/structured/structured.h"
#include "extract/parts/parts.h"

#include <stdio.h>

#define FIELD_TEXT_MAX ((size_t)1 << 20)
#define FIELD_HTML_MAX ((size_t)4 << 20)
#define URL_TEXT_MAX   8192
#define WHY_TEXT_MAX   60

// --- text of a node ---

static struct sv
first_attr(const struct tree *t, node_id i, const char *const *names)
{
	for (; *names; names++) {
		struct sv v = page_attr(t, i, *names);

		if (v.p)
			return v;
	}
	return SV_NULL;
}

static struct sv
node_html(struct page *p, node_id i)
{
	cleanup_buf b = BUF_INIT_MAX(FIELD_HTML_MAX);

	tree_serialise(p->t, i, &b);
	return b.overflow ? SV_NULL : page_dup(p, buf_view(&b));
}

static struct sv
raw_text(struct page *p, node_id i)
{
	cleanup_buf b = BUF_INIT_MAX(FIELD_HTML_MAX);

	tree_raw_text(p->t, i, &b);
	return b.n > 0 ? page_dup(p, buf_view(&b)) : SV("");
}

static struct sv
or_empty(struct sv v)
{
	return v.p ? v : SV("");
}

// What the element says: its text, or the attribute that stands for it.
static struct sv
node_text(struct page *p, node_id i)
{
	static const struct {
		uint32_t tag;
		const char *attr;
	} attrs[] = {{TAG_meta, "content"}, {TAG_input, "value"}, {TAG_img, "alt"}};

	if (tree_is(p->t, i, TAG_script) || tree_is(p->t, i, TAG_style))
		return raw_text(p, i);
	for (size_t k = 0; k < ARRAY_LEN(attrs); k++)
		if (tree_is(p->t, i, (enum tag_id)attrs[k].tag))
			return or_empty(page_attr(p->t, i, attrs[k].attr));
	return page_text(p, i, FIELD_TEXT_MAX);
}

static bool
has_blank(struct sv v)
{
	for (size_t k = 0; k < v.n; k++)
		if (sv_trim((struct sv){v.p + k, 1}).n == 0)
			return true;
	return false;
}

// The address that the element has; of one that is made to have none, its text may be one. An empty
// attribute is no address.
static struct sv
node_url(struct page *p, node_id i)
{
	static const char *const names[] = {"href", "src", "data-src", "data-href", "data-url",
	    "action", "data", "content", "url", NULL};
	static const uint16_t links[] = {TAG_a, TAG_area, TAG_img, TAG_script, TAG_iframe,
	    TAG_object, TAG_video, TAG_audio, TAG_form};
	struct sv v = media_src(p->t, i);

	if (!v.p)
		v = first_attr(p->t, i, names);
	for (size_t k = 0; k < ARRAY_LEN(links) && !v.p; k++)
		if (tree_is(p->t, i, (enum tag_id)links[k]))
			return SV_NULL;
	if (v.p)
		return v;
	v = page_text(p, i, URL_TEXT_MAX); // no more is read of what can be no address
	return has_blank(v) ? SV_NULL : v;
}

// The attribute that tells the date, unless it is none: <time datetime=P3D>.
static struct sv
node_date(struct page *p, node_id i)
{
	static const char *const names[] = {"datetime", "content", "data-datetime", NULL};
	static const struct date_opts any = {.min_year = 1};
	struct sv v = first_attr(p->t, i, names);
	struct date d;

	return v.p && (date_value(v, &any, &d) || date_find(v, &any, &d)) ? v : node_text(p, i);
}

static struct sv
node_value(struct page *p, node_id i, int type)
{
	switch (type) {
	case FIELD_HTML:
		return node_html(p, i);
	case FIELD_URL:
		return node_url(p, i);
	case FIELD_DATE:
		return node_date(p, i);
	default:
		return node_text(p, i);
	}
}

struct sv
field_text(struct page *p, const struct extract_field *f, const struct found *found)
{
	if (found->kind == FOUND_NODE)
		return node_value(p, found->node, f->type);
	return found->text;
}

// --- transforms ---

// What a text is converted with.
struct conversion {
	struct page *p;
	node_id node;   // it is of, or NODE_NONE
	struct sv lang; // it is in; by lang_of()
	bool has_lang;
	bool point_always; // it is of a program: "1.299" is no thousand
};

// Of the element or of the nearest that it stands in that says so, else of the page.
static struct sv
lang_of(struct conversion *c)
{
	const struct tree *t = c->p->t;
	node_id i = c->node == NODE_NONE ? tree_find(t, 0, TAG_html) : c->node;

	if (c->has_lang)
		return c->lang;
	for (; i != NODE_NONE && i != 0 && !c->lang.p; i = t->nodes[i].parent)
		c->lang = page_attr(t, i, "lang");
	c->has_lang = true;
	return c->lang;
}

// Languages that write a comma before the fraction, and the regions where some of them do not
// (CLDR 41; regions with a comma of languages with a point are left aside).
static const char *const commas[] = {"af", "agq", "ast", "az", "bas", "be", "bg", "br", "bs", "ca",
    "cs", "da", "de", "dsb", "dua", "dyo", "el", "eo", "es", "et", "eu", "ewo", "ff", "fi", "fo",
    "fr", "fy", "gl", "hr", "hsb", "hu", "hy", "ia", "id", "is", "it", "jgo", "jv", "ka", "kab",
    "kea", "kgp", "kk", "kkj", "kl", "km", "ksf", "ku", "ky", "lb", "ln", "lo", "lt", "lu", "lv",
    "mgh", "mk", "mua", "nb", "nl", "nmg", "nn", "nnh", "no", "pl", "ps", "pt", "rn", "ro", "ru",
    "rw", "sah", "sc", "se", "seh", "sg", "shi", "sk", "sl", "smn", "sq", "sr", "su", "sv", "tg",
    "tk", "tr", "tt", "tzm", "uk", "uz", "vi", "wo", "yav", "yrl", "zgh", NULL};
static const char *const point_in_german[] = {"CH", "LI", NULL};
static const char *const point_in_italian[] = {"CH", NULL};
static const char *const point_in_spanish[] = {
    "419", "BR", "BZ", "CU", "DO", "GT", "HN", "MX", "NI", "PA", "PE", "PR", "SV", "US", NULL};
static const struct {
	const char *lang;
	const char *const *regions;
} points[] = {{"de", point_in_german}, {"it", point_in_italian}, {"es", point_in_spanish}};

static bool
is_listed(struct sv v, const char *const *list)
{
	while (*list && !sv_ieq_str(v, *list))
		list++;
	return *list != NULL;
}

// The part before the next "-" or "_", which is taken off.
static struct sv
take_subtag(struct sv *tag)
{
	size_t n = 0;
	struct sv v;

	while (n < tag->n && tag->p[n] != '-' && tag->p[n] != '_')
		n++;
	v = (struct sv){tag->p, n};
	*tag = sv_sub(*tag, MIN(n + 1, tag->n), tag->n);
	return v;
}

static bool
comma_decimal(struct conversion *c)
{
	struct sv tag = lang_of(c), lang = take_subtag(&tag), region = take_subtag(&tag);

	if (c->point_always || !is_listed(lang, commas))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(points); i++)
		if (sv_ieq_str(lang, points[i].lang) && is_listed(region, points[i].regions))
			return false;
	return true;
}

static struct sv
map_letters(struct conversion *c, struct sv v, uint32_t (*map)(uint32_t))
{
	char *out = arena_alloc(c->p->a, v.n * 2 + 4);
	size_t n = 0;

	if (!out)
		return SV("");
	for (size_t i = 0; i < v.n;)
		n += letters_encode(map(letters_decode(v, &i)), out + n);
	out[n] = '\0';
	return (struct sv){out, n};
}

static struct sv
apply_trim(struct conversion *c UNUSED, struct sv v)
{
	return sv_trim(v);
}

static struct sv
apply_collapse(struct conversion *c, struct sv v)
{
	return page_collapse(c->p, v);
}

static struct sv
apply_lower(struct conversion *c, struct sv v)
{
	return map_letters(c, v, letters_lower);
}

static struct sv
apply_upper(struct conversion *c, struct sv v)
{
	return map_letters(c, v, letters_upper);
}

static struct sv
apply_number(struct conversion *c, struct sv v)
{
	char text[NUMBER_TEXT_MAX];
	double number;

	if (!number_find(v, comma_decimal(c), &number))
		return SV_NULL;
	c->point_always = true;
	return page_dup(c->p, (struct sv){text, number_text(number, text)});
}

static struct sv
apply_date(struct conversion *c, struct sv v)
{
	struct date_opts o = {.min_year = 1,
	    .lang = lang_of(c),
	    .month_first = date_month_first(lang_of(c), page_host(c->p->url))};
	char iso[DATE_ISO_MAX];
	struct date d;

	if (!date_value(v, &o, &d) && !date_find(v, &o, &d))
		return SV_NULL;
	date_iso(&d, iso);
	return page_dup(c->p, sv_from(iso));
}

static struct sv
apply_url(struct conversion *c, struct sv v)
{
	return page_resolve_at(c->p, c->node == NODE_NONE ? 0 : c->node, v);
}

static const struct {
	struct sv (*apply)(struct conversion *, struct sv);
	const char *gives; // unless it always does
} transforms[] = {
    [TRANSFORM_TRIM] = {apply_trim, NULL},
    [TRANSFORM_COLLAPSE] = {apply_collapse, NULL},
    [TRANSFORM_LOWER] = {apply_lower, NULL},
    [TRANSFORM_UPPER] = {apply_upper, NULL},
    [TRANSFORM_NUMBER] = {apply_number, "number"},
    [TRANSFORM_DATE] = {apply_date, "date"},
    [TRANSFORM_URL] = {apply_url, "URL"},
};

// --- conversion ---

static cJSON *
json_text(struct sv v)
{
	cleanup_free char *s = sv_dup(v);

	return cJSON_CreateString(s ? s : "");
}

static cJSON *
to_string(struct conversion *c, struct sv v)
{
	v = page_collapse(c->p, v);
	return v.n > 0 ? json_text(v) : NULL;
}

static cJSON *
to_number(struct conversion *c, struct sv v)
{
	double number;

	return number_find(v, comma_decimal(c), &number) ? cJSON_CreateNumber(number) : NULL;
}

// Words that say no are false; anything else, the empty element too, is there and so true.
static cJSON *
to_boolean(struct conversion *c UNUSED, struct sv v)
{
	static const char *const no[] = {"false", "no", "0", "off", "n", "none", "null"};

	v = sv_trim(v);
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (sv_ieq_str(v, no[i]))
			return cJSON_CreateBool(false);
	return cJSON_CreateBool(true);
}

static cJSON *
to_date(struct conversion *c, struct sv v)
{
	v = apply_date(c, v);
	return v.p ? json_text(v) : NULL;
}

static cJSON *
to_url(struct conversion *c, struct sv v)
{
	v = apply_url(c, v);
	return v.p ? json_text(v) : NULL;
}

static cJSON *
to_html(struct conversion *c UNUSED, struct sv v)
{
	return v.n > 0 ? json_text(v) : NULL;
}

static const struct {
	const char *name;
	cJSON *(*convert)(struct conversion *, struct sv);
} types[] = {
    [FIELD_STRING] = {"text", to_string},
    [FIELD_NUMBER] = {"number", to_number},
    [FIELD_BOOLEAN] = {"boolean", to_boolean},
    [FIELD_DATE] = {"date", to_date},
    [FIELD_URL] = {"URL", to_url},
    [FIELD_HTML] = {"HTML", to_html},
    [FIELD_OBJECT] = {"object", NULL},
};

static struct sv
json_as_text(struct page *p, const cJSON *v)
{
	if (cJSON_IsString(v))
		return sv_from(v->valuestring);
	if (cJSON_IsBool(v))
		return cJSON_IsTrue(v) ? SV("true") : SV("false");
	return schema_text(p, v);
}

static void
say_why(char why[128], const char *type, struct sv v)
{
	struct sv shown = sv_cut(v, WHY_TEXT_MAX);

	if (v.n > 0)
		snprintf(why, 128, "no %s in \"" SV_FMT "\"", type, SV_ARG(shown));
	else
		snprintf(why, 128, "the value is empty or no %s", type);
}

// SV_NULL when one gives nothing.
static struct sv
transformed(struct conversion *c, const struct extract_field *f, struct sv v, char why[128])
{
	for (size_t i = 0; i < f->transform.n && v.p; i++) {
		enum extract_transform how = f->transform.v[i];
		struct sv before = v;

		v = transforms[how].apply(c, before);
		if (!v.p && transforms[how].gives)
			say_why(why, transforms[how].gives, sv_trim(before));
	}
	return v;
}

cJSON *
field_value(struct page *p, const struct extract_field *f, const struct found *found,
    struct sv text, char why[128])
{
	bool json = found->kind == FOUND_JSON;
	struct conversion c = {.p = p,
	    .node = json ? NODE_NONE : found->node,
	    .point_always = json || found->computed};
	struct sv v;
	cJSON *out;

	why[0] = '\0';
	if (json && f->type == FIELD_NUMBER && cJSON_IsNumber(found->json))
		return cJSON_CreateNumber(found->json->valuedouble);
	v = json ? json_as_text(p, found->json) : text;
	v = transformed(&c, f, v, why);
	out = v.p ? types[f->type].convert(&c, v) : NULL;
	if (!out && !why[0] && (found->kind != FOUND_NODE || f->type != FIELD_STRING))
		say_why(why, types[f->type].name, sv_trim(v));
	return out;
}
