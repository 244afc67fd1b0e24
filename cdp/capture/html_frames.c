// SPDX-License-Identifier: Apache-2.0
// Frames whose documents a pass over the page can't read: those of other processes, which have
// sessions of their own, and those of other origins in the same process, whose worlds can be made
// but not entered from outside. Each is captured where it is, innermost first, and handed to the
// world that has its <iframe>. Job threads only.
#include "cdp/capture/html_priv.h"

#include <stdio.h>

#define FRAME_MS 1500 // for one frame

// --- handing over ---

static cJSON *
argument(cJSON *value)
{
	cJSON *arg = json_obj();

	json_set(arg, "value", value);
	return arg;
}

// `near`: the frame's nodes are counted with those of the document around it.
static int
hand_frame(
    struct html_job *j, struct page_world *to, const char *frame_id, const char *html, bool near)
{
	struct cdp_page *p = j->page;
	cleanup_buf function = BUF_INIT;
	cJSON *args = json_arr(), *remote = NULL, *url = NULL;
	char owner[96];
	int rc = page_world_ready(p, to, 1u << LIB_TREE | 1u << LIB_HTML, j->dl, NULL);

	if (rc == 0)
		rc = page_frame_owner(p, to, frame_id, j->dl, owner, sizeof(owner));
	if (rc == 0)
		rc = page_lib_call(
		    p, j->world, 1u << LIB_TREE, "%T.dom.URL(document)", 0, j->dl, &url, NULL);
	json_push(args, argument(url ? url : cJSON_CreateString("")));
	json_push(args, argument(cJSON_CreateString(html)));
	json_push(args, argument(j->facts ? steal_ptr(j->facts) : cJSON_CreateNull()));
	json_push(args, argument(cJSON_CreateNumber(near ? (double)j->nodes : -1)));
	buf_fmt(&function,
	    "function (url, html, facts, nodes) { %s.addFrame(this, url, html, facts, nodes, %u); }",
	    p->token, p->captures);
	if (rc == 0)
		rc = page_call_on(
		    p, to->session, owner, function.p, steal_ptr(args), true, j->dl, &remote, NULL);
	cJSON_Delete(args);
	cJSON_Delete(remote);
	return rc;
}

// --- of other processes ---

static int
capture_far(const struct html_job *top, struct cdp_session *child, size_t *left, struct deadline dl)
{
	struct cdp_page *p = top->page;
	struct cdp_session *parent = cdp_session_parent(child);
	cleanup_buf html = BUF_INIT_MAX(*left);
	struct html_job j = {.page = p,
	    .world = page_world(p, child),
	    .max_bytes = *left,
	    .dl = dl,
	    .want_facts = top->want_facts};
	int rc = html_document(&j, &html, NULL);

	if (rc == 0 && html.n > 0)
		rc = hand_frame(&j, page_world(p, parent ? parent : p->session),
		    cdp_session_target_id(child), html.p, false);
	html_job_done(&j);
	if (rc == 0)
		*left -= MIN(html.n, *left);
	return rc;
}

static size_t
depth_of(const struct cdp_session *s)
{
	size_t depth = 0;

	while ((s = cdp_session_parent(s)))
		depth++;
	return depth;
}

static int
compare_depth(const void *a, const void *b)
{
	size_t x = depth_of(*(struct cdp_session *const *)a),
	       y = depth_of(*(struct cdp_session *const *)b);

	return (x < y) - (x > y);
}

void
html_far_frames(const struct html_job *top, struct deadline dl)
{
	struct cdp_page *p = top->page;
	struct cdp_session *children[PAGE_FRAMES_MAX];
	size_t n = cdp_session_children(p->session, children, ARRAY_LEN(children)),
	       left = top->max_bytes / 2;

	qsort(children, n, sizeof(children[0]), compare_depth);
	p->frames_missing = 0;
	for (size_t i = 0; i < n; i++)
		if (capture_far(top, children[i], &left, deadline_step(dl, FRAME_MS)) != 0)
			p->frames_missing++;
}

// --- of other origins in this process ---

struct near_frame {
	const char *id;
	struct page_world world, *to; // its own, and the one that has its <iframe>
};

static int
capture_near(const struct html_job *top, struct near_frame *f, size_t *left, struct deadline dl)
{
	cleanup_buf html = BUF_INIT_MAX(*left);
	struct html_job j = {.page = top->page,
	    .world = &f->world,
	    .max_bytes = *left,
	    .dl = dl,
	    .want_facts = top->want_facts};
	int rc = html_once(&j, HTML_WHOLE, 0, &html, NULL);

	if (rc == 0 && html.n > 0)
		rc = hand_frame(&j, f->to, f->id, html.p, true);
	html_job_done(&j);
	if (rc == 0)
		*left -= MIN(html.n, *left);
	return rc;
}

void
html_near_frames(struct html_job *j)
{
	struct page_near_frames found;
	struct near_frame frames[PAGE_NEAR_MAX];
	struct deadline dl = deadline_step(j->dl, deadline_left_ms(j->dl) / 2);
	size_t left = j->max_bytes / 2;

	if (page_near_frames(j->page, j->world->session, dl, &found) != 0)
		return;
	for (size_t i = 0; i < found.n; i++)
		frames[i] = (struct near_frame){.id = found.v[i].id,
		    .world = {.session = j->world->session, .frame_id = found.v[i].id},
		    .to = found.v[i].parent < 0 ? j->world : &frames[found.v[i].parent].world};
	for (size_t i = found.n; i-- > 0;)
		if (capture_near(j, &frames[i], &left, deadline_step(dl, FRAME_MS)) != 0)
			j->page->frames_missing++;
}
