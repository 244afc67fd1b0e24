// SPDX-License-Identifier: Apache-2.0
// From what was found to a typed value: the text of a node by the field's type, the transforms in
// their order, and the conversion. Pure.
#include "extract/meta/date.h"
#include "extract/fields/fields_priv.h"
#include "extract/html/letters.h"
#include "extract/meta/structured.h"

#include <stdio.h>

#define FIELD_TEXT_MAX ((size_t)1 << 20)
#define FIELD_HTML_MAX ((size_t)4 << 20)
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
			return page_attr(p->t, i, attrs[k].attr);
	return page_text(p, i, FIELD_TEXT_MAX);
}

static struct sv
node_value(struct page *p, node_id i, int type)
{
	static const char *const urls[] = {"href", "src", "data-src", "action", "content", NULL};
	static const char *const dates[] = {"datetime", "content", "data-datetime", NULL};
	struct sv v = SV_NULL;

	if (type == FIELD_HTML)
		return node_html(p, i);
	if (type == FIELD_URL)
		v = first_attr(p->t, i, urls);
	else if (type == FIELD_DATE)
		v = first_attr(p->t, i, dates);
	return v.p ? v : node_text(p, i);
}

struct sv
field_text(struct page *p, const struct extract_field *f, const struct found *found)
{
	if (found->kind == FOUND_NODE)
		return node_value(p, found->node, f->type);
	return found->text;
}

// --- numbers ---

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

// Length of a group separator at i ("'", space, no-break and thin spaces), 0 if there is none.
static size_t
group_gap(struct sv s, size_t i)
{
	static const char *const gaps[] = {
	    " ", "'", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", "\xe2\x80\x99"};

	for (size_t k = 0; k < ARRAY_LEN(gaps); k++)
		if (sv_starts(sv_sub(s, i, s.n), gaps[k]))
			return strlen(gaps[k]);
	return 0;
}

static size_t
digit_run(struct sv s, size_t i)
{
	size_t n = 0;

	while (i + n < s.n && is_digit(s.p[i + n]))
		n++;
	return n;
}

struct digits {
	char text[64]; // digits, and '.' or ',' where the page has them
	size_t n;
	unsigned dots, commas;
	size_t last_sep; // index in text
};

static size_t
collect_digits(struct sv s, size_t i, struct digits *d)
{
	while (i < s.n && d->n + 1 < sizeof(d->text)) {
		size_t gap;

		if (is_digit(s.p[i])) {
			d->text[d->n++] = s.p[i++];
		} else if ((s.p[i] == '.' || s.p[i] == ',') && digit_run(s, i + 1) > 0) {
			d->dots += s.p[i] == '.';
			d->commas += s.p[i] == ',';
			d->last_sep = d->n;
			d->text[d->n++] = s.p[i++];
		} else if (d->dots + d->commas == 0 && (gap = group_gap(s, i)) &&
			   digit_run(s, i + gap) == 3) {
			i += gap;
		} else {
			break;
		}
	}
	return i;
}

// Where the fraction begins, or d->n when there is none.
static size_t
fraction_at(const struct digits *d, bool comma_decimal)
{
	unsigned seps = d->dots + d->commas;
	size_t after = d->n - d->last_sep - 1;
	bool leading_zero = d->last_sep == 1 && d->text[0] == '0';

	if (seps == 0)
		return d->n;
	if (d->dots > 0 && d->commas > 0)
		return (d->text[d->last_sep] == '.' ? d->dots : d->commas) == 1 ? d->last_sep
										: d->n;
	if (seps > 1)
		return d->n;
	if (after == 3 && d->last_sep <= 3 && !leading_zero &&
	    (d->text[d->last_sep] == ',' || comma_decimal))
		return d->text[d->last_sep] == ',' && comma_decimal ? d->last_sep : d->n;
	return d->last_sep;
}

static double
digits_value(const struct digits *d, bool negative, bool comma_decimal)
{
	char clean[sizeof(d->text) + 2];
	size_t n = 0, fraction = fraction_at(d, comma_decimal);

	if (negative)
		clean[n++] = '-';
	for (size_t i = 0; i < d->n; i++) {
		if (is_digit(d->text[i]))
			clean[n++] = d->text[i];
		else if (i == fraction)
			clean[n++] = '.';
	}
	clean[n] = '\0';
	return strtod(clean, NULL);
}

static bool
minus_before(struct sv s, size_t i)
{
	static const char minus[] = "\xe2\x88\x92"; // U+2212
	bool ascii = i >= 1 && s.p[i - 1] == '-';
	bool at_start = ascii ? i == 1 || !is_digit(s.p[i - 2]) : true;

	return (ascii && at_start) || (i >= 3 && memcmp(s.p + i - 3, minus, 3) == 0);
}

bool
number_find(struct sv s, bool comma_decimal, double *out)
{
	struct digits d = {0};
	size_t i = 0;

	while (i < s.n && !is_digit(s.p[i]))
		i++;
	if (i == s.n)
		return false;
	collect_digits(s, i, &d);
	if (i >= 1 && s.p[i - 1] == '.' && d.dots + d.commas == 0) { // ".5"
		memmove(d.text + 1, d.text, d.n);
		d.text[0] = '.';
		d.n++;
		d.dots = 1;
	}
	*out = digits_value(&d, minus_before(s, i), comma_decimal);
	return true;
}

static bool
comma_decimal(const struct page *p)
{
	static const char *const langs[] = {"de", "fr", "es", "it", "pt", "nl", "da", "sv", "nb",
	    "no", "nn", "fi", "pl", "cs", "sk", "hu", "ro", "bg", "el", "tr", "ru", "uk", "id",
	    "hr", "sl"};
	node_id html = tree_find(p->t, 0, TAG_html);
	struct sv lang = html == NODE_NONE ? SV_NULL : page_attr(p->t, html, "lang");

	lang.n = MIN(lang.n, (size_t)2);
	for (size_t i = 0; i < ARRAY_LEN(langs); i++)
		if (sv_ieq_str(lang, langs[i]))
			return true;
	return false;
}

// --- transforms ---

static struct sv
map_letters(struct page *p, struct sv v, uint32_t (*map)(uint32_t))
{
	char *out = arena_alloc(p->a, v.n * 2 + 4);
	size_t n = 0;

	if (!out)
		return SV("");
	for (size_t i = 0; i < v.n;)
		n += letters_encode(map(letters_decode(v, &i)), out + n);
	out[n] = '\0';
	return (struct sv){out, n};
}

static struct sv
apply_trim(struct page *p UNUSED, struct sv v)
{
	return sv_trim(v);
}

static struct sv
apply_collapse(struct page *p, struct sv v)
{
	return page_collapse(p, v);
}

static struct sv
apply_lower(struct page *p, struct sv v)
{
	return map_letters(p, v, letters_lower);
}

static struct sv
apply_upper(struct page *p, struct sv v)
{
	return map_letters(p, v, letters_upper);
}

static struct sv
apply_number(struct page *p, struct sv v)
{
	char text[40];
	double number;
	int n;

	if (!number_find(v, comma_decimal(p), &number))
		return SV_NULL;
	n = snprintf(text, sizeof(text), "%.15g", number);
	return page_dup(p, (struct sv){text, (size_t)n});
}

static struct sv
apply_date(struct page *p, struct sv v)
{
	struct date_opts o = {.min_year = 1, .month_first = !comma_decimal(p)};
	char iso[DATE_ISO_MAX];
	struct date d;

	if (!date_value(v, &o, &d))
		return SV_NULL;
	date_iso(&d, iso);
	return page_dup(p, sv_from(iso));
}

static struct sv
apply_url(struct page *p, struct sv v)
{
	return page_resolve(p, v);
}

static struct sv (*const transforms[])(struct page *, struct sv) = {
    [TRANSFORM_TRIM] = apply_trim,
    [TRANSFORM_COLLAPSE] = apply_collapse,
    [TRANSFORM_LOWER] = apply_lower,
    [TRANSFORM_UPPER] = apply_upper,
    [TRANSFORM_NUMBER] = apply_number,
    [TRANSFORM_DATE] = apply_date,
    [TRANSFORM_URL] = apply_url,
};

static struct sv
transformed(struct page *p, const struct extract_field *f, struct sv v)
{
	for (size_t i = 0; i < f->transform.n && v.p; i++)
		v = transforms[f->transform.v[i]](p, v);
	return v;
}

// --- conversion ---

static cJSON *
json_text(struct sv v)
{
	cleanup_free char *s = sv_dup(v);

	return cJSON_CreateString(s ? s : "");
}

static cJSON *
to_string(struct page *p, struct sv v)
{
	v = page_collapse(p, v);
	return v.n > 0 ? json_text(v) : NULL;
}

static cJSON *
to_number(struct page *p, struct sv v)
{
	double number;

	return number_find(v, comma_decimal(p), &number) ? cJSON_CreateNumber(number) : NULL;
}

// Words that say no are false; anything else, the empty element too, is there and so true.
static cJSON *
to_boolean(struct page *p UNUSED, struct sv v)
{
	static const char *const no[] = {"false", "no", "0", "off", "n", "none", "null"};

	v = sv_trim(v);
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (sv_ieq_str(v, no[i]))
			return cJSON_CreateBool(false);
	return cJSON_CreateBool(true);
}

static cJSON *
to_date(struct page *p, struct sv v)
{
	v = apply_date(p, v);
	return v.p ? json_text(v) : NULL;
}

static cJSON *
to_url(struct page *p, struct sv v)
{
	v = page_resolve(p, v);
	return v.p ? json_text(v) : NULL;
}

static cJSON *
to_html(struct page *p UNUSED, struct sv v)
{
	return v.n > 0 ? json_text(v) : NULL;
}

static const struct {
	const char *name;
	cJSON *(*convert)(struct page *, struct sv);
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
	size_t n = MIN(v.n, (size_t)WHY_TEXT_MAX);

	while (n < v.n && n > 0 && ((unsigned char)v.p[n] & 0xc0) == 0x80)
		n--;
	if (v.n > 0)
		snprintf(why, 128, "no %s in \"%.*s\"", type, (int)n, v.p);
	else
		snprintf(why, 128, "the value is empty or no %s", type);
}

cJSON *
field_value(struct page *p, const struct extract_field *f, const struct found *found,
    struct sv text, char why[128])
{
	struct sv v;
	cJSON *out;

	why[0] = '\0';
	if (found->kind == FOUND_JSON && f->type == FIELD_OBJECT)
		return cJSON_Duplicate(found->json, true);
	if (found->kind == FOUND_JSON && f->type == FIELD_NUMBER && cJSON_IsNumber(found->json))
		return cJSON_CreateNumber(found->json->valuedouble);
	v = found->kind == FOUND_JSON ? json_as_text(p, found->json) : text;
	v = transformed(p, f, v);
	out = v.p ? types[f->type].convert(p, v) : NULL;
	if (!out)
		say_why(why, types[f->type].name, sv_trim(v));
	return out;
}
