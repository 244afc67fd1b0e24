// SPDX-License-Identifier: Apache-2.0
// What a film or a recording is called and where it is found. Runs in the extractor's worker.
#include "extract/write/films.h"
#include "extract/content/blocks/content_url.h"

#define MAX_URL     4096
#define MAX_TITLE   200
#define MAX_SOURCES 16 // nodes looked through for one

// --- players in frames ---

static const struct {
	const char *in, *out; // what stands before the film's name
} sites[] = {
    {"youtube.com/embed/", "https://www.youtube.com/watch?v="},
    {"youtube-nocookie.com/embed/", "https://www.youtube.com/watch?v="},
    {"player.vimeo.com/video/", "https://vimeo.com/"},
    {"dailymotion.com/embed/video/", "https://www.dailymotion.com/video/"},
};

static bool
is_name_byte(char c)
{
	return sv_is_alnum(c) || c == '-' || c == '_';
}

static bool
site_url(struct sv src, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(sites) && src.n > 0 && src.n <= MAX_URL; i++) {
		const char *p = memmem(src.p, src.n, sites[i].in, strlen(sites[i].in));
		const char *end = src.p + src.n, *from;

		if (!p)
			continue;
		from = p += strlen(sites[i].in);
		while (p < end && is_name_byte(*p))
			p++;
		if (p == from)
			return false;
		buf_str(out, sites[i].out);
		buf_add(out, from, (size_t)(p - from));
		return true;
	}
	return false;
}

// --- elements of HTML ---

static struct sv
source_of(const struct tree *t, node_id i)
{
	struct sv v = sv_trim(tree_get(t, i, "src"));

	if (v.n == 0)
		v = sv_trim(tree_get(t, i, "data-src"));
	for (node_id k = i + 1; v.n == 0 && k < MIN(t->nodes[i].end, i + MAX_SOURCES); k++)
		if (tree_is(t, k, TAG_source))
			v = sv_trim(tree_get(t, k, "src"));
	return v;
}

// What plays by itself and can't be stopped is a background.
static bool
element_url(const struct tree *t, node_id i, struct sv base, struct film *out)
{
	struct sv src = source_of(t, i), poster = tree_get(t, i, "poster");

	if ((tree_get(t, i, "autoplay").p && !tree_get(t, i, "controls").p) || src.n > MAX_URL ||
	    !content_url(base, src, false, &out->url))
		return false;
	if (poster.n <= MAX_URL && !content_url(base, poster, true, &out->poster))
		buf_reset(&out->poster);
	return true;
}

static struct sv
title_of(const struct tree *t, node_id i)
{
	struct sv v = sv_trim(tree_get(t, i, "title"));

	if (v.n == 0)
		v = sv_trim(tree_get(t, i, "aria-label"));
	if (v.n == 0 || v.n > MAX_TITLE || memchr(v.p, '\n', v.n))
		v = tree_is(t, i, TAG_audio) ? SV("Audio") : SV("Video");
	return v;
}

bool
film_read(const struct tree *t, node_id i, struct sv base, struct film *out)
{
	bool found = false;

	*out = (struct film){.title = SV_NULL};
	if (tree_is(t, i, TAG_iframe))
		found = site_url(tree_get(t, i, "src"), &out->url) ||
			site_url(tree_get(t, i, "data-src"), &out->url);
	else if (tree_is(t, i, TAG_video) || tree_is(t, i, TAG_audio))
		found = element_url(t, i, base, out);
	if (!found) {
		film_done(out);
		return false;
	}
	out->title = title_of(t, i);
	return true;
}

void
film_done(struct film *f)
{
	buf_done(&f->url);
	buf_done(&f->poster);
}
