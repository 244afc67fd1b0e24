// SPDX-License-Identifier: Apache-2.0
// XPath 1.0's core function library as a table. Each function is linear in what it reads, and
// counts it.
#include "extract/fields/xpath/xpath_priv.h"

#include <math.h>

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

// --- functions of nodes ---

#define FUNCTION(name)                                                                             \
	static struct xvalue call_##name(struct xpath_engine *e UNUSED,                            \
	    const struct xcontext *c UNUSED, const struct xvalue *args UNUSED, unsigned n UNUSED)

FUNCTION(last)
{
	return xvalue_number((double)c->size);
}
FUNCTION(position)
{
	return xvalue_number((double)c->position);
}
FUNCTION(count)
{
	return xvalue_number((double)args[0].set.n);
}

static bool
has_word(struct sv list, struct sv word)
{
	for (size_t i = 0; i < list.n;) {
		size_t from = i;

		while (i < list.n && !xpath_is_space(list.p[i]))
			i++;
		if (i > from && sv_eq((struct sv){list.p + from, i - from}, word))
			return true;
		i++;
	}
	return false;
}

static void
add_ids(struct xpath_engine *e, struct sv wanted, struct xset *out)
{
	for (node_id i = 1; i < e->t->n && xpath_step(e, 1); i++) {
		struct sv id = SV_NULL;

		if (e->t->nodes[i].kind == NODE_ELEMENT && e->t->nodes[i].n_attrs > 0)
			id = tree_get_id(e->t, i, ATTR_id);
		if (id.n > 0 && xpath_count_bytes(e, wanted.n * 2) && has_word(wanted, id))
			xset_add(e, out, xnode_of(i));
	}
}

static struct sv
all_strings(struct xpath_engine *e, const struct xset *s)
{
	size_t n = 0, cap = 0;
	char *p;

	for (size_t i = 0; i < s->n && xpath_step(e, 1); i++)
		cap += xpath_node_string(e, s->v[i]).n + 1;
	p = xpath_count_bytes(e, cap) ? xpath_alloc(e, cap + 1) : NULL;
	for (size_t i = 0; p && i < s->n && xpath_step(e, 1); i++) {
		struct sv v = xpath_node_string(e, s->v[i]);

		if (n + v.n + 1 > cap)
			break;
		memcpy(p + n, v.p ? v.p : "", v.n);
		n += v.n;
		p[n++] = ' ';
	}
	return p ? (struct sv){p, n} : SV("");
}

FUNCTION(id)
{
	struct xvalue out = {.type = XV_SET};

	add_ids(e,
	    args[0].type == XV_SET ? all_strings(e, &args[0].set) : xpath_string(e, &args[0]),
	    &out.set);
	return out;
}

FUNCTION(name)
{
	const struct tree *t = e->t;
	xnode x = n == 0 ? c->node : 0;
	uint32_t name = 0;

	if (n > 0 && args[0].set.n > 0)
		x = args[0].set.v[0];
	else if (n > 0)
		return xvalue_string(SV(""));
	if (xnode_is_attr(x))
		name = t->attrs[t->nodes[xnode_id(x)].attr + xnode_attr_index(x)].name;
	else if (t->nodes[xnode_id(x)].kind == NODE_ELEMENT)
		name = t->nodes[xnode_id(x)].tag;
	return xvalue_string(name ? sv_from(tree_name(t, name)) : SV(""));
}
FUNCTION(local_name)
{
	struct xvalue v = call_name(e, c, args, n);
	const char *colon = v.string.n > 0 ? memchr(v.string.p, ':', v.string.n) : NULL;

	if (colon)
		v.string = (struct sv){colon + 1, (size_t)(v.string.p + v.string.n - colon - 1)};
	return v;
}
FUNCTION(namespace_uri)
{
	return xvalue_string(SV(""));
}

static struct sv
first_string(
    struct xpath_engine *e, const struct xcontext *c, const struct xvalue *args, unsigned n)
{
	return n > 0 ? xpath_string(e, &args[0]) : xpath_node_string(e, c->node);
}

FUNCTION(lang)
{
	struct sv want = xpath_string(e, &args[0]);

	for (node_id i = xnode_id(c->node); i != 0 && xpath_step(e, 1); i = e->t->nodes[i].parent) {
		struct sv v = SV_NULL;

		if (e->t->nodes[i].kind == NODE_ELEMENT) {
			v = tree_get(e->t, i, "xml:lang");
			v = v.p ? v : tree_get(e->t, i, "lang");
		}
		if (v.p)
			return xvalue_bool(v.n >= want.n && (v.n == want.n || v.p[want.n] == '-') &&
					   strncasecmp(v.p, want.p, want.n) == 0);
	}
	return xvalue_bool(false);
}

// --- functions of strings ---

FUNCTION(string)
{
	return xvalue_string(first_string(e, c, args, n));
}

FUNCTION(concat)
{
	struct sv parts[XPATH_MAX_ARGS];
	size_t total = 0, at = 0;
	char *p;

	for (unsigned i = 0; i < n; i++) {
		parts[i] = xpath_string(e, &args[i]);
		total += parts[i].n;
	}
	p = xpath_count_bytes(e, total) ? xpath_alloc(e, total + 1) : NULL;
	if (!p)
		return xvalue_string(SV(""));
	for (unsigned i = 0; i < n; i++) {
		memcpy(p + at, parts[i].p ? parts[i].p : "", parts[i].n);
		at += parts[i].n;
	}
	return xvalue_string((struct sv){p, at});
}

static bool
starts(struct sv s, struct sv with)
{
	return s.n >= with.n && (with.n == 0 || memcmp(s.p, with.p, with.n) == 0);
}

// Where it is found, or s.n.
static size_t
find(struct xpath_engine *e, struct sv s, struct sv what)
{
	const char *hit = what.n > 0 ? memmem(s.p ? s.p : "", s.n, what.p, what.n) : s.p;

	(void)xpath_count_bytes(e, s.n + what.n);
	return hit ? (size_t)(hit - s.p) : s.n;
}

FUNCTION(starts_with)
{
	struct sv s = xpath_string(e, &args[0]), with = xpath_string(e, &args[1]);

	(void)xpath_count_bytes(e, MIN(s.n, with.n));
	return xvalue_bool(starts(s, with));
}
FUNCTION(contains)
{
	struct sv s = xpath_string(e, &args[0]), what = xpath_string(e, &args[1]);

	return xvalue_bool(what.n == 0 || find(e, s, what) < s.n);
}
FUNCTION(substring_before)
{
	struct sv s = xpath_string(e, &args[0]), what = xpath_string(e, &args[1]);
	size_t at = find(e, s, what);

	return xvalue_string(at < s.n ? (struct sv){s.p, at} : SV(""));
}
FUNCTION(substring_after)
{
	struct sv s = xpath_string(e, &args[0]), what = xpath_string(e, &args[1]);
	size_t at = find(e, s, what);

	if (what.n == 0)
		return xvalue_string(s);
	at += what.n;
	return xvalue_string(at <= s.n ? (struct sv){s.p + at, s.n - at} : SV(""));
}

// The nearest integer, of two the one closer to +Infinity (section 4.4); -0.5 to -0 are -0.
static double
rounded(double d)
{
	double down = floor(d);

	return copysign(d - down >= 0.5 ? down + 1 : down, d);
}

// Characters at positions p with round(from) <= p < round(from) + round(length), counted from 1.
FUNCTION(substring)
{
	struct sv s = xpath_string(e, &args[0]);
	double from = rounded(xpath_number(e, &args[1]));
	double end = n > 2 ? from + rounded(xpath_number(e, &args[2])) : INFINITY;
	size_t first = s.n, last = s.n;
	double position = 0;

	(void)xpath_count_bytes(e, s.n);
	for (size_t i = 0; i < s.n; i++) {
		if (is_continuation(s.p[i]))
			continue;
		position++;
		if (first == s.n && position >= from && position < end)
			first = i;
		if (first < s.n && !(position < end)) {
			last = i;
			break;
		}
	}
	return xvalue_string(first < s.n ? (struct sv){s.p + first, last - first} : SV(""));
}

FUNCTION(string_length)
{
	struct sv s = first_string(e, c, args, n);
	size_t length = 0;

	(void)xpath_count_bytes(e, s.n);
	for (size_t i = 0; i < s.n; i++)
		length += !is_continuation(s.p[i]);
	return xvalue_number((double)length);
}

FUNCTION(normalize_space)
{
	struct sv s = first_string(e, c, args, n);
	char *p = xpath_step(e, s.n / 2) ? xpath_alloc(e, s.n + 1) : NULL;
	size_t out = 0;

	for (size_t i = 0; p && i < s.n; i++)
		if (!xpath_is_space(s.p[i]))
			p[out++] = s.p[i];
		else if (out > 0 && p[out - 1] != ' ')
			p[out++] = ' ';
	out -= out > 0 && p[out - 1] == ' ';
	return xvalue_string(p ? (struct sv){p, out} : SV(""));
}

static struct sv
character_at(struct sv s, size_t i)
{
	size_t n = 1;

	while (i + n < s.n && is_continuation(s.p[i + n]))
		n++;
	return (struct sv){s.p + i, n};
}

// What the character becomes: itself when it is not in `from`, nothing when `to` is too short.
static struct sv
translated(struct sv ch, struct sv from, struct sv to)
{
	size_t i = 0, k = 0;

	while (i < from.n) {
		struct sv f = character_at(from, i), t = k < to.n ? character_at(to, k) : SV("");

		if (sv_eq(f, ch))
			return t;
		i += f.n;
		k += t.n;
	}
	return ch;
}

FUNCTION(translate)
{
	struct sv s = xpath_string(e, &args[0]), from = xpath_string(e, &args[1]),
		  to = xpath_string(e, &args[2]), ascii[128];
	cleanup_buf out = BUF_INIT_MAX((size_t)64 << 20);

	for (size_t i = 0; i < ARRAY_LEN(ascii); i++)
		ascii[i] = SV_NULL;
	for (size_t i = 0; i < s.n && xpath_step(e, 1);) {
		struct sv ch = character_at(s, i);
		size_t known = ch.n == 1 ? (unsigned char)ch.p[0] & 127 : 0;

		if (ch.n > 1 || !ascii[known].p) {
			(void)xpath_count_bytes(e, from.n * 8);
			ascii[known] = translated(ch, from, to);
		}
		buf_sv(&out, ascii[known]);
		if (ch.n > 1)
			ascii[known] = SV_NULL;
		i += ch.n;
	}
	return xvalue_string(xpath_copy(e, buf_view(&out)));
}

// --- functions of booleans and numbers ---

FUNCTION(boolean)
{
	return xvalue_bool(xpath_bool(&args[0]));
}
FUNCTION(not )
{
	return xvalue_bool(!xpath_bool(&args[0]));
}
FUNCTION(true)
{
	return xvalue_bool(true);
}
FUNCTION(false)
{
	return xvalue_bool(false);
}
FUNCTION(number)
{
	if (n == 0)
		return xvalue_number(xpath_node_number(e, c->node));
	return xvalue_number(xpath_number(e, &args[0]));
}
FUNCTION(sum)
{
	double sum = 0;

	for (size_t i = 0; i < args[0].set.n && xpath_step(e, 8); i++)
		sum += xpath_node_number(e, args[0].set.v[i]);
	return xvalue_number(sum);
}
FUNCTION(floor)
{
	return xvalue_number(floor(xpath_number(e, &args[0])));
}
FUNCTION(ceiling)
{
	return xvalue_number(ceil(xpath_number(e, &args[0])));
}
FUNCTION(round)
{
	return xvalue_number(rounded(xpath_number(e, &args[0])));
}

#define ROW(n, least, most, t, f)                                                                  \
	.name = n, .min_args = least, .max_args = most, .type = t, .call = f
static const struct xfunction functions[] = {
    {ROW("last", 0, 0, XV_NUMBER, call_last), .asks_position = true},
    {ROW("position", 0, 0, XV_NUMBER, call_position), .asks_position = true},
    {ROW("count", 1, 1, XV_NUMBER, call_count), .wants_set = true},
    {ROW("id", 1, 1, XV_SET, call_id)},
    {ROW("local-name", 0, 1, XV_STRING, call_local_name), .wants_set = true},
    {ROW("namespace-uri", 0, 1, XV_STRING, call_namespace_uri), .wants_set = true},
    {ROW("name", 0, 1, XV_STRING, call_name), .wants_set = true},
    {ROW("string", 0, 1, XV_STRING, call_string)},
    {ROW("concat", 2, XPATH_MAX_ARGS, XV_STRING, call_concat)},
    {ROW("starts-with", 2, 2, XV_BOOL, call_starts_with)},
    {ROW("contains", 2, 2, XV_BOOL, call_contains)},
    {ROW("substring-before", 2, 2, XV_STRING, call_substring_before)},
    {ROW("substring-after", 2, 2, XV_STRING, call_substring_after)},
    {ROW("substring", 2, 3, XV_STRING, call_substring)},
    {ROW("string-length", 0, 1, XV_NUMBER, call_string_length)},
    {ROW("normalize-space", 0, 1, XV_STRING, call_normalize_space)},
    {ROW("translate", 3, 3, XV_STRING, call_translate)},
    {ROW("boolean", 1, 1, XV_BOOL, call_boolean)},
    {ROW("not", 1, 1, XV_BOOL, call_not)},
    {ROW("true", 0, 0, XV_BOOL, call_true)},
    {ROW("false", 0, 0, XV_BOOL, call_false)},
    {ROW("lang", 1, 1, XV_BOOL, call_lang)},
    {ROW("number", 0, 1, XV_NUMBER, call_number)},
    {ROW("sum", 1, 1, XV_NUMBER, call_sum), .wants_set = true},
    {ROW("floor", 1, 1, XV_NUMBER, call_floor)},
    {ROW("ceiling", 1, 1, XV_NUMBER, call_ceiling)},
    {ROW("round", 1, 1, XV_NUMBER, call_round)},
};
#undef ROW

const struct xfunction *
xpath_function(struct sv name)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		if (sv_eq_str(name, functions[i].name))
			return &functions[i];
	return NULL;
}
