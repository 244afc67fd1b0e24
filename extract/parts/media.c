// SPDX-License-Identifier: Apache-2.0
// Images, video, audio and embedded players of a page: the real address of lazy images, srcset,
// size and figure caption. Each URL once, in document order. One pass over the tree.
#include "base/hash.h"
#include "extract/content/blocks/content_url.h"
#include "extract/html/unescape.h"
#include "extract/parts/parts.h"

#define CAPTION_MAX    2000
#define SRCSET_MAX     64
#define CHILD_SCAN_MAX 500
#define CAPTION_UP     3  // ancestors of an image that may hold its caption
#define CAPTION_NODES  20 // behind it, and in it

struct candidate {
	struct sv url;        // as written
	struct sv descriptor; // "2x", "800w" or empty
};
struct media_list {
	struct page *p;
	cJSON *out;
	size_t n;
	struct sv *seen; // open addressing
	uint32_t mask;   // slots less one
};

// --- srcset ---

// HTML "parse a srcset attribute", without its parentheses state: commas inside a URL stay.
static size_t
srcset_parse(struct sv v, struct candidate *out, size_t max)
{
	size_t i = 0, n = 0;

	while (i < v.n && n < max) {
		size_t from, end;

		while (i < v.n && (sv_is_space(v.p[i]) || v.p[i] == ','))
			i++;
		for (from = i; i < v.n && !sv_is_space(v.p[i]);)
			i++;
		for (end = i; end > from && v.p[end - 1] == ',';)
			end--;
		if (end == from)
			break;
		out[n].url = sv_sub(v, from, end);
		from = i;
		if (end == i)
			while (i < v.n && v.p[i] != ',')
				i++;
		out[n++].descriptor = sv_trim(sv_sub(v, from, i));
	}
	return n;
}

static double
descriptor_value(struct sv d)
{
	double v = 0;

	for (size_t i = 0; i < d.n && sv_is_digit(d.p[i]) && v < 1e6; i++)
		v = v * 10 + (d.p[i] - '0');
	return v > 0 ? v : 1;
}

static struct sv
srcset_largest(struct sv srcset)
{
	struct candidate list[SRCSET_MAX];
	size_t n = srcset_parse(srcset, list, SRCSET_MAX), best = 0;

	for (size_t i = 1; i < n; i++)
		if (descriptor_value(list[i].descriptor) > descriptor_value(list[best].descriptor))
			best = i;
	return n > 0 ? list[best].url : SV_NULL;
}

static cJSON *
srcset_json(const struct page *p, node_id i, struct sv srcset)
{
	struct candidate list[SRCSET_MAX];
	size_t n = srcset_parse(srcset, list, SRCSET_MAX);
	cJSON *out = n > 0 ? json_arr() : cJSON_CreateNull();

	for (size_t k = 0; k < n; k++) {
		struct sv url = page_resolve_at(p, i, list[k].url);
		cJSON *o;

		if (!url.p || sv_istarts(url, "data:"))
			continue;
		o = json_obj();
		json_set_sv(o, "url", url);
		json_set_sv(o, "descriptor", list[k].descriptor);
		json_push(out, o);
	}
	return out;
}

// --- what an element offers ---

static bool
usable(struct sv v)
{
	return v.n > 0 && !sv_istarts(v, "data:") && !sv_istarts(v, "blob:") &&
	       !sv_istarts(v, "about:") && !sv_istarts(v, "javascript:") &&
	       !memchr(v.p, '{', v.n); // a template that a script fills in: /img_{width}x.jpg
}

static struct sv
attr_of(const struct tree *t, node_id i, const char *const *names)
{
	for (; *names; names++) {
		struct sv v = page_attr(t, i, *names);

		if (usable(v))
			return v;
	}
	return SV_NULL;
}

static struct sv
srcset_of(const struct tree *t, node_id i)
{
	static const char *const lazy[] = {
	    "data-srcset", "data-lazy-srcset", "nitro-lazy-srcset", NULL};
	static const char *const plain[] = {"srcset", NULL};
	struct sv v = content_may_be_lazy(t, i) ? attr_of(t, i, lazy) : SV_NULL;

	return v.p ? v : attr_of(t, i, plain);
}

// <picture><source srcset> before the image.
static struct sv
picture_srcset(const struct tree *t, node_id img)
{
	node_id parent = t->nodes[img].parent;
	node_id k = tree_is(t, parent, TAG_picture) ? tree_first_child(t, parent) : NODE_NONE;

	for (unsigned steps = 0; k != NODE_NONE && steps < CHILD_SCAN_MAX;
	     k = t->nodes[k].next, steps++)
		if (tree_is(t, k, TAG_source) && srcset_of(t, k).p)
			return srcset_of(t, k);
	return SV_NULL;
}

static struct sv
image_src(const struct tree *t, node_id i, struct sv *srcset)
{
	static const char *const plain[] = {"src", NULL};
	struct sv v = content_lazy_source(t, i);

	*srcset = srcset_of(t, i);
	if (!srcset->p)
		*srcset = picture_srcset(t, i);
	if (!v.p)
		v = attr_of(t, i, plain);
	if (!v.p)
		v = srcset_largest(*srcset);
	return v.p ? v : content_source_anywhere(t, i);
}

static struct sv
source_src(const struct tree *t, node_id i)
{
	static const char *const names[] = {"src", "data-src", NULL};
	struct sv v = attr_of(t, i, names);
	node_id k = tree_first_child(t, i);

	for (unsigned steps = 0; !v.p && k != NODE_NONE && steps < CHILD_SCAN_MAX; steps++) {
		if (tree_is(t, k, TAG_source))
			v = attr_of(t, k, names);
		k = t->nodes[k].next;
	}
	return v;
}

struct sv
media_src(const struct tree *t, node_id i)
{
	struct sv srcset;

	if (tree_is(t, i, TAG_img))
		return image_src(t, i, &srcset);
	if (tree_is(t, i, TAG_video) || tree_is(t, i, TAG_audio) || tree_is(t, i, TAG_source))
		return source_src(t, i);
	return SV_NULL;
}

// "640", "640px"; anything else is unknown.
static int64_t
pixels(const struct tree *t, node_id i, const char *name)
{
	struct sv v = page_attr(t, i, name);
	int64_t n = 0;
	size_t k = 0;

	for (; k < v.n && k < 6 && sv_is_digit(v.p[k]); k++)
		n = n * 10 + (v.p[k] - '0');
	return k > 0 && (k == v.n || sv_eq_str(sv_sub(v, k, v.n), "px")) ? n : -1;
}

static node_id
figure_of(const struct tree *t, node_id i)
{
	for (unsigned up = 0; up < 8 && i != 0; up++, i = t->nodes[i].parent)
		if (tree_is(t, i, TAG_figure))
			return i;
	return NODE_NONE;
}

// <div class=wp-caption><img><p class=wp-caption-text>: WordPress, MediaWiki and others before
// HTML5.
static struct sv
caption_by_class(const struct page *p, node_id i)
{
	const struct tree *t = p->t;
	node_id box = t->nodes[i].parent;

	for (unsigned up = 0; up < CAPTION_UP && !tree_is(t, box, TAG_body) && box != 0; up++) {
		node_id end = MIN(t->nodes[box].end, i + CAPTION_NODES);

		for (node_id k = t->nodes[i].end; k < end; k++) {
			struct sv text;

			if (t->nodes[k].end - k > CAPTION_NODES ||
			    sv_ifind(tree_get_id(t, k, ATTR_class), "caption") < 0)
				continue;
			text = page_text(p, k, CAPTION_MAX);
			if (text.n > 0)
				return text;
		}
		box = t->nodes[box].parent;
	}
	return SV_NULL;
}

static struct sv
caption_of(const struct page *p, node_id i)
{
	node_id fig = figure_of(p->t, i), end = fig == NODE_NONE ? 0 : p->t->nodes[fig].end;

	for (node_id k = fig; k < end && k < fig + CHILD_SCAN_MAX; k++)
		if (tree_is(p->t, k, TAG_figcaption))
			return page_text(p, k, CAPTION_MAX);
	return fig == NODE_NONE ? caption_by_class(p, i) : SV_NULL;
}

// --- the list ---

static bool
seen_before(struct media_list *m, struct sv url)
{
	uint32_t h = hash32(url);

	for (h &= m->mask; m->seen[h].p; h = (h + 1) & m->mask)
		if (sv_eq(m->seen[h], url))
			return true;
	m->seen[h] = url;
	return false;
}

static void
set_pixels(cJSON *o, const char *key, int64_t v)
{
	if (v >= 0)
		json_set_int(o, key, v);
	else
		json_set_null(o, key);
}

static void
media_add(struct media_list *m, node_id i, const char *type, struct sv src, struct sv srcset)
{
	struct page *p = m->p;
	struct sv url = usable(src) ? page_resolve_at(p, i, src) : SV_NULL, alt, caption;
	cleanup_buf name = BUF_INIT;
	cJSON *o;

	if (!url.p || seen_before(m, url))
		return;
	o = json_obj();
	alt = tree_get(p->t, i, strcmp(type, "image") == 0 ? "alt" : "title");
	if (!alt.p)
		alt = tree_get(p->t, i, "aria-label");
	caption = caption_of(p, i);
	json_set_str(o, "type", type);
	json_set_sv(o, "url", url);
	html_unescape(alt, &name);
	if (alt.p)
		json_set_sv(o, "alt", page_collapse(p, buf_view(&name)));
	else
		json_set_null(o, "alt");
	set_pixels(o, "width", pixels(p->t, i, "width"));
	set_pixels(o, "height", pixels(p->t, i, "height"));
	json_set_sv(o, "caption", caption.n > 0 ? caption : SV_NULL);
	json_set(o, "srcset", srcset_json(p, i, srcset));
	json_push(m->out, o);
	m->n++;
}

static bool
is_tracking_pixel(const struct tree *t, node_id i)
{
	int64_t w = pixels(t, i, "width"), h = pixels(t, i, "height");

	return (w == 0 || w == 1) && (h == 0 || h == 1);
}

static bool
in_noscript(const struct tree *t, node_id i)
{
	for (unsigned up = 0; up < 3 && i != 0; up++, i = t->nodes[i].parent)
		if (tree_is(t, t->nodes[i].parent, TAG_noscript))
			return true;
	return false;
}

static bool
has_image_name(struct sv src)
{
	for (const char *const *end = content_image_ends; *end; end++)
		if (sv_ifind(src, *end) >= 0)
			return true;
	return false;
}

// Without a text: moved out of sight, or for browsers without scripts and with a question for an
// address.
static bool
is_unseen_call(const struct tree *t, node_id i, struct sv src)
{
	struct sv style = tree_get(t, i, "style");

	if (page_attr(t, i, "alt").n > 0)
		return false;
	if (sv_ifind(style, "left:-9999") >= 0 || sv_ifind(style, "left: -9999") >= 0)
		return true;
	return src.n > 0 && memchr(src.p, '?', src.n) && in_noscript(t, i) && !has_image_name(src);
}

static void
add_image(struct media_list *m, node_id i)
{
	struct sv srcset, src = image_src(m->p->t, i, &srcset);

	if (!is_tracking_pixel(m->p->t, i) && (srcset.p || !is_unseen_call(m->p->t, i, src)))
		media_add(m, i, "image", src, srcset);
}

static void
add_video(struct media_list *m, node_id i)
{
	media_add(m, i, "video", source_src(m->p->t, i), SV_NULL);
	if (m->n < MEDIA_MAX)
		media_add(m, i, "image", page_attr(m->p->t, i, "poster"), SV_NULL);
}

static void
add_audio(struct media_list *m, node_id i)
{
	media_add(m, i, "audio", source_src(m->p->t, i), SV_NULL);
}

static void
add_embed(struct media_list *m, node_id i)
{
	static const char *const players[] = {"youtube.com/embed", "youtube-nocookie.com/embed",
	    "player.vimeo.com", "dailymotion.com/embed", "open.spotify.com/embed",
	    "w.soundcloud.com/player", "player.twitch.tv", "fast.wistia.net/embed"};
	struct sv src = source_src(m->p->t, i);

	for (size_t k = 0; k < ARRAY_LEN(players); k++)
		if (sv_ifind(src, players[k]) >= 0) {
			media_add(m, i, "embed", src, SV_NULL);
			return;
		}
}

typedef void add_fn(struct media_list *m, node_id i);
static add_fn *const adders[TAG_KNOWN_COUNT] = {
    [TAG_img] = add_image,
    [TAG_video] = add_video,
    [TAG_audio] = add_audio,
    [TAG_iframe] = add_embed,
    [TAG_embed] = add_embed,
};

static add_fn *
adder_of(uint32_t tag, uint32_t amp_img)
{
	if (tag < TAG_KNOWN_COUNT)
		return adders[tag];
	return tag == amp_img ? add_image : NULL;
}

// Twice as many slots as there can be entries, a power of two.
static uint32_t
slots_for(const struct tree *t, uint32_t amp_img)
{
	uint32_t n = 0, slots = 16;

	for (node_id i = 1; i < t->n; i++)
		if (adder_of(t->nodes[i].tag, amp_img))
			n += tree_is(t, i, TAG_video) ? 2 : 1; // and its poster
	while (slots < 2 * MIN(n, (uint32_t)MEDIA_MAX))
		slots *= 2;
	return slots;
}

cJSON *
media_read(struct page *p)
{
	struct media_list m = {.p = p, .out = json_arr()};
	uint32_t amp_img = tree_name_id(p->t, "amp-img"); // TAG_NONE: the page has none

	m.mask = slots_for(p->t, amp_img) - 1;
	m.seen = arena_array(p->a, m.mask + 1, sizeof(*m.seen));
	for (node_id i = 1; m.seen && i < p->t->n; i++) {
		add_fn *add = adder_of(p->t->nodes[i].tag, amp_img);

		if (m.n == MEDIA_MAX) {
			p->truncated |= 1u << PAGE_CAP_MEDIA;
			break;
		}
		if (tree_is(p->t, i, TAG_template)) // inert
			i = p->t->nodes[i].end - 1;
		else if (add)
			add(&m, i);
	}
	return m.out;
}
