// SPDX-License-Identifier: Apache-2.0
// What can be taken from a loaded page: HTML, screenshot, PDF, MHTML. All have size caps and
// deadlines.
#ifndef CDP_CAPTURE_H
#define CDP_CAPTURE_H

#include "cdp/page.h"

// The document as HTML text: open and closed shadow roots as <template shadowrootmode>,
// same-process and out-of-process frames of the page inlined as <iframe srcdoc> is not: they become
// <iframe …><template data-riptide-frame="URL">…</template></iframe>, form values as attributes
// left alone. ERR_RESULT_TOO_LARGE above max_bytes. Where our script fails in the page, the text is
// that of Chromium's DOM domain, without frames, and the report's html_lacks says so.
int cdp_capture_html(struct cdp_page *p, size_t max_bytes, struct deadline dl, struct buf *out,
    struct err *err) MUST_CHECK;
// The same text, and what the browser knows of its elements (the object of extract/facts.h, the
// caller's; NULL when there is none): which are shown, what stands in form controls, and, with
// `boxes`, where they are, which takes as long again.
int cdp_capture_html_facts(struct cdp_page *p, size_t max_bytes, bool boxes, struct deadline dl,
    struct buf *out, cJSON **facts, struct err *err) MUST_CHECK;

enum image_format { IMAGE_PNG, IMAGE_JPEG, IMAGE_WEBP };
extern const char *const image_format_names[]; // png jpeg webp
extern const char *const image_format_mime[];

struct cdp_clip {
	double x, y, width, height;
};
struct cdp_screenshot {
	int format;      // enum image_format
	int64_t quality; // 0..100, jpeg and webp; 0: 80
	bool full_page;
	const char *css;       // this element only
	struct cdp_clip *clip; // NULL: none
	bool omit_background;
	bool dismiss_overlays; // read by the caller, not here
	double scale;          // 0: 1
};
extern const struct param_table cdp_screenshot_table; // keys of an artifact / action object
// Images above Chromium's 16,384 px limit arrive as PNG tiles (rows of tiles, top to bottom, left
// to right) and are put together by the stitcher the caller supplies (a confined helper process).
struct cdp_stitcher {
	void *arg;
	int (*begin)(void *arg, enum image_format f, int quality, uint32_t width, uint32_t height,
	    uint32_t columns, uint32_t rows, struct deadline dl, struct err *err);
	int (*tile)(void *arg, const void *png, size_t n, struct deadline dl, struct err *err);
	int (*finish)(void *arg, struct buf *out, struct deadline dl, struct err *err);
};
struct cdp_image {
	struct buf bytes;
	uint32_t width, height; // device pixels, from the image header
};
// ERR_IMAGE_TOO_TALL (WebP above 16,383, JPEG above 65,500, or above 200 M pixels),
// ERR_CAPTURE_FAILED (empty data), ERR_ELEMENT_NOT_FOUND.
int cdp_capture_screenshot(struct cdp_page *p, const struct cdp_screenshot *o,
    const struct cdp_stitcher *st, struct deadline dl, struct cdp_image *out,
    struct err *err) MUST_CHECK;

struct cdp_pdf { // Page.printToPDF, same names in snake_case; lengths in inches
	bool landscape, display_header_footer, print_background, prefer_css_page_size;
	bool generate_tagged_pdf, generate_document_outline;
	bool dismiss_overlays; // read by the caller, not here
	double scale, paper_width, paper_height, margin_top, margin_bottom, margin_left,
	    margin_right;
	const char *page_ranges, *header_template, *footer_template;
	int paper; // named format: letter legal tabloid ledger a0..a6, index in names; -1 none
};
extern const struct param_table cdp_pdf_table;
// Streamed (transferMode ReturnAsStream, IO.read).
int cdp_capture_pdf(struct cdp_page *p, const struct cdp_pdf *o, size_t max_bytes,
    struct deadline dl, struct buf *out, struct err *err) MUST_CHECK;
// The bytes of the page's document as they came, or (*decoded) as UTF-8.
int cdp_capture_source(struct cdp_page *p, size_t max_bytes, struct deadline dl, struct buf *out,
    bool *decoded, struct err *err) MUST_CHECK;
int cdp_capture_mhtml(struct cdp_page *p, size_t max_bytes, struct deadline dl, struct buf *out,
    struct err *err) MUST_CHECK;

// The request log as HAR 1.2 (needs want_network_log) of the browser "Name/1.2.3": *out owned by
// the caller.
int cdp_page_har(struct cdp_page *p, const char *browser, cJSON **out, struct err *err) MUST_CHECK;

#endif
