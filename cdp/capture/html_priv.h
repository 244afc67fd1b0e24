// SPDX-License-Identifier: Apache-2.0
// Between the files that capture HTML: one document (html.c), and the frames in it that the pass
// over it can't read (html_frames.c).
#ifndef CDP_HTML_PRIV_H
#define CDP_HTML_PRIV_H

#include "cdp/capture.h"
#include "cdp/page/page_inside.h"

enum html_facts {
	FACTS_NONE,
	FACTS_SHOWN,
	FACTS_BOXES
}; // of elements: nothing; are they shown; and
   // where

enum html_depth {
	HTML_BARE,  // the document alone
	HTML_SEEN,  // with the frames that can be seen
	HTML_WHOLE, // and with shadow roots
};

struct html_job { // a document
	struct cdp_page *page;
	struct page_world *world;
	size_t max_bytes;
	struct deadline dl;
	enum html_facts want_facts;
	cJSON *facts;  // of the last pass; NULL: none
	int64_t nodes; // that the last pass saw
	int64_t blind; // frames that it could not look into
};
void html_job_done(struct html_job *j);

// With what html_frames.c hands over first. What is too large or too late with its frames and
// shadow roots is given without them (page_html_lacks), unless the deadline has passed.
int html_document(struct html_job *j, struct buf *out, struct err *err) MUST_CHECK;
// One pass without counting; `timeout_ms` 0: only the deadline limits it. *out changes only with
// success.
int html_once(struct html_job *j, enum html_depth depth, int64_t timeout_ms, struct buf *out,
    struct err *err) MUST_CHECK;

// html_frames.c: hand over the documents of frames of other processes, and (after a pass that was
// blind) of frames of other origins in the document's own process.
void html_far_frames(const struct html_job *top, struct deadline dl);
void html_near_frames(struct html_job *j);

#endif
