// SPDX-License-Identifier: Apache-2.0
// The origins of a page's frames. A frame of another site has storage of its own, partitioned by
// the page's site: what is there is not the origin's, and is left alone. Job threads only.
#include "cdp/state/state_priv.h"

#define DEPTH_MAX 32

struct found {
	struct cdp_page *page;
	struct cdp_session *session;
	struct deadline dl;
	const char *main_origin;
	char **out;
	size_t n, max;
};

// Chromium writes "https://a.example/" for an origin's own storage, more after it for a partition.
static bool
is_unpartitioned(struct found *f, const char *frame_id, const char *origin)
{
	cJSON *params = json_obj(), *result = NULL;
	const char *key;
	size_t n = strlen(origin);
	bool own;

	json_set_str(params, "frameId", frame_id);
	if (cdp_call(f->page->client, f->session, "Storage.getStorageKeyForFrame", params, f->dl,
		&result, NULL) != 0)
		return false;
	key = json_str(result, "storageKey");
	own = key && strncmp(key, origin, n) == 0 && strcmp(key + n, "/") == 0;
	cJSON_Delete(result);
	return own;
}

static bool
is_new(const struct found *f, const char *origin)
{
	if (strncmp(origin, "http", 4) != 0 ||
	    (f->main_origin && strcmp(origin, f->main_origin) == 0))
		return false;
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->out[i], origin) == 0)
			return false;
	return true;
}

static void
walk(struct found *f, const cJSON *tree, unsigned depth)
{
	const cJSON *frame = json_get(tree, "frame");
	const char *origin = json_str(frame, "securityOrigin"), *id = json_str(frame, "id");

	if (origin && id && f->n < f->max && is_new(f, origin) && is_unpartitioned(f, id, origin))
		f->out[f->n++] = xstrdup(origin);
	json_foreach (child, json_get(tree, "childFrames"))
		if (depth > 0)
			walk(f, child, depth - 1);
}

size_t
state_frame_origins(struct cdp_page *p, struct deadline dl, char **out, size_t max)
{
	struct cdp_session *frames[PAGE_FRAMES_MAX];
	size_t n = cdp_session_children(p->session, frames, ARRAY_LEN(frames));
	struct found f = {.page = p, .dl = dl, .out = out, .max = max};

	for (size_t i = 0; i <= n; i++) {
		cJSON *result = NULL;

		f.session = i == 0 ? p->session : frames[i - 1];
		if (i > 0 && strcmp(cdp_session_target_type(f.session), "iframe") != 0)
			continue;
		if (cdp_call(p->client, f.session, "Page.getFrameTree", NULL, dl, &result, NULL) ==
		    0)
			walk(&f, json_get(result, "frameTree"), DEPTH_MAX);
		cJSON_Delete(result);
	}
	return f.n;
}
