// SPDX-License-Identifier: Apache-2.0
// Addresses of links and images as the writers may show them. Pure.
#include "extract/content/blocks/content_url.h"
#include "base/url.h"

// The scheme as a browser would read it: tabs, line ends and leading control characters do not
// count. Empty for a relative reference; of a long one the beginning.
static struct sv
scheme_of(struct sv v, char *room, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++) {
		char c = sv_lower(v.p[i]);

		if (c == '\t' || c == '\n' || c == '\r' || (n == 0 && (unsigned char)c <= ' '))
			continue;
		if (c == ':' && n > 0)
			return (struct sv){room, n};
		if (!(sv_is_alpha(c) || (n > 0 && (sv_is_digit(c) || strchr("+-.", c)))))
			return SV_NULL;
		if (n < size)
			room[n++] = c;
	}
	return SV_NULL;
}

static bool
is_harmless(struct sv v, bool image)
{
	static const char *const schemes[] = {"http", "https", "mailto", "tel"};
	char room[16];
	struct sv scheme = scheme_of(v, room, sizeof(room));

	for (size_t i = 0; i < (image ? 2 : ARRAY_LEN(schemes)); i++)
		if (sv_eq_str(scheme, schemes[i]))
			return true;
	return scheme.n == 0;
}

bool
content_url(struct sv base, struct sv ref, bool image, struct buf *out)
{
	struct sv v = sv_trim(ref);
	size_t from = out->n;

	if (v.n == 0 || !is_harmless(v, image) || (image && v.p[0] == '#'))
		return false;
	if (base.n == 0 || !url_resolve(base, v, out)) {
		out->n = from;
		if (base.n > 0 && !sv_istarts(v, "mailto:") && !sv_istarts(v, "tel:"))
			return false; // no address to a browser either
		buf_sv(out, v);
	}
	v = (struct sv){out->p + from, out->n - from};
	if (v.n > 0 && !out->overflow && is_harmless(v, image))
		return true;
	out->n = from;
	return false;
}

// --- images ---

struct candidate {
	struct sv url;
	double size;
};

static size_t
skip_space(struct sv v, size_t i)
{
	while (i < v.n && sv_is_space(v.p[i]))
		i++;
	return i;
}

// The descriptor after a srcset candidate's address: "2x", "640w"; 1 without one.
static size_t
read_size(struct sv v, size_t i, double *size)
{
	double n = 0, unit = 1;
	bool any = false, fraction = false;

	i = skip_space(v, i);
	for (; i < v.n && (sv_is_digit(v.p[i]) || v.p[i] == '.'); i++) {
		if (v.p[i] == '.') {
			fraction = true;
			continue;
		}
		n = n * 10 + (v.p[i] - '0');
		unit *= fraction ? 10 : 1;
		any = true;
	}
	*size = any ? n / unit : 1;
	while (i < v.n && v.p[i] != ',')
		i++;
	return i;
}

// The next candidate of a srcset; *set becomes the rest.
static struct candidate
next_candidate(struct sv *set)
{
	struct candidate c = {.size = 1};
	size_t i = 0, from;

	while (i < set->n && (set->p[i] == ',' || sv_is_space(set->p[i])))
		i++;
	from = i;
	while (i < set->n && !sv_is_space(set->p[i]))
		i++;
	c.url = (struct sv){set->p + from, i - from};
	if (c.url.n > 0 && c.url.p[c.url.n - 1] == ',')
		c.url.n--;
	else
		i = read_size(*set, i, &c.size);
	*set = (struct sv){set->p + i, set->n - i};
	return c;
}

static struct sv
largest_of(struct sv set)
{
	struct candidate best = {.url = SV_NULL, .size = -1};

	while (set.n > 0) {
		struct candidate c = next_candidate(&set);

		if (c.url.n > 0 && c.size > best.size)
			best = c;
	}
	return best.url;
}

static bool
is_real_source(struct sv v)
{
	return v.n > 0 && is_harmless(v, true);
}

// Of the <picture> around an image that says nothing itself.
static struct sv
picture_source(const struct tree *t, node_id img)
{
	node_id picture = t->nodes[img].parent;

	if (!tree_is(t, picture, TAG_picture))
		return SV_NULL;
	for (node_id i = picture + 1; i < img; i++) {
		struct sv v = SV_NULL;

		if (tree_is(t, i, TAG_source))
			v = largest_of(tree_get(t, i, "srcset"));
		if (is_real_source(v))
			return v;
	}
	return SV_NULL;
}

// An address, not "true", and no template that a script fills in: /img_{width}x.jpg
static bool
is_written_out(struct sv v)
{
	return is_real_source(v) && !memchr(v.p, '{', v.n) &&
	       (memchr(v.p, '/', v.n) || memchr(v.p, '.', v.n));
}

bool
content_may_be_lazy(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i];

	for (uint32_t k = n->attr; k < n->attr + n->n_attrs; k++) {
		const char *name = tree_name(t, t->attrs[k].name);

		if (t->attrs[k].name < NAME_KNOWN_COUNT)
			continue;
		if (strncmp(name, "data-", 5) == 0 || strncmp(name, "nitro-", 6) == 0)
			return true;
	}
	return false;
}

struct sv
content_lazy_source(const struct tree *t, node_id img)
{
	static const char *const names[] = {"data-src", "data-original", "data-lazy-src",
	    "data-lazy", "data-original-src", "data-hi-res-src", "data-full-src", "data-lazyload",
	    "nitro-lazy-src", "data-ezsrc", "data-wpfc-original-src", "data-delayed-url",
	    "data-src-delay", "data-image-loader"};

	if (!content_may_be_lazy(t, img))
		return SV_NULL;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct sv v = sv_trim(tree_get(t, img, names[i]));

		if (is_written_out(v))
			return v;
	}
	return SV_NULL;
}

const char *const content_image_ends[] = {
    ".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".svg", NULL};

static bool
ends_as_image(struct sv v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] == '?' || v.p[i] == '#')
			v.n = i;
	for (const char *const *end = content_image_ends; *end; end++) {
		size_t n = strlen(*end);

		if (v.n > n && sv_istarts((struct sv){v.p + v.n - n, n}, *end))
			return true;
	}
	return false;
}

struct sv
content_source_anywhere(const struct tree *t, node_id img)
{
	const struct node *n = &t->nodes[img];
	uint32_t alt = tree_name_id(t, "alt");

	for (uint32_t k = 0; k < n->n_attrs; k++) {
		const struct attr *a = &t->attrs[n->attr + k];
		struct sv v = sv_trim(tree_attr_value(t, a));

		if (a->name != TAG_title && a->name != alt && is_written_out(v) &&
		    ends_as_image(v) && !memchr(v.p, ' ', v.n) && memchr(v.p, '/', v.n))
			return v;
	}
	return SV_NULL;
}

struct sv
content_image_source(const struct tree *t, node_id img)
{
	static const char *const sets[] = {"srcset", "data-srcset", "data-lazy-srcset"};
	struct sv lazy = content_lazy_source(t, img), src = sv_trim(tree_get(t, img, "src")), v;

	if (lazy.p || is_real_source(src))
		return lazy.p ? lazy : src;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		v = largest_of(tree_get(t, img, sets[i]));
		if (is_real_source(v))
			return v;
	}
	v = picture_source(t, img);
	return v.p ? v : content_source_anywhere(t, img);
}

bool
content_is_pixel(const struct tree *t, node_id img)
{
	static const char *const names[] = {"width", "height"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct sv v = sv_trim(tree_get(t, img, names[i]));

		if (sv_eq_str(v, "0") || sv_eq_str(v, "1"))
			return true;
	}
	return false;
}
