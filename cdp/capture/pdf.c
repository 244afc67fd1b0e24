// SPDX-License-Identifier: Apache-2.0
// The page on paper (Page.printToPDF, streamed) and as one archive file (Page.captureSnapshot). Job
// threads.
#include "cdp/capture/capture_priv.h"

#include "cdp/page/page_inside.h"

#define READ_BYTES 524288

static const char *const paper_names[] = {"letter", "legal", "tabloid", "ledger", "a0", "a1", "a2",
    "a3", "a4", "a5", "a6", "custom", NULL};
#define PAPER_CUSTOM 11

static const struct {
	double width, height; // inches
} papers[PAPER_CUSTOM] = {
    {8.5, 11},
    {8.5, 14},
    {11, 17},
    {17, 11},
    {33.11, 46.81},
    {23.39, 33.11},
    {16.54, 23.39},
    {11.69, 16.54},
    {8.27, 11.69},
    {5.83, 8.27},
    {4.13, 5.83},
};

#define OFF(member) offsetof(struct cdp_pdf, member)
static const struct param rows[] = {
    {.name = "paper",
	.type = PARAM_ENUM,
	.offset = OFF(paper),
	.names = paper_names,
	.def = "\"a4\"",
	.doc = "Paper size; `custom` takes `paper_width` and `paper_height`"},
    {.name = "paper_width",
	.type = PARAM_NUM,
	.flags = PARAM_LENGTH,
	.offset = OFF(paper_width),
	.min = 0.1,
	.max = 200,
	.doc = "Width of custom paper, in inches"},
    {.name = "paper_height",
	.type = PARAM_NUM,
	.flags = PARAM_LENGTH,
	.offset = OFF(paper_height),
	.min = 0.1,
	.max = 200,
	.doc = "Height of custom paper, in inches"},
    {.name = "landscape",
	.type = PARAM_BOOL,
	.offset = OFF(landscape),
	.def = "false",
	.doc = "The paper's long side across"},
    {.name = "print_background",
	.type = PARAM_BOOL,
	.offset = OFF(print_background),
	.def = "true",
	.doc = "Print background colours and pictures"},
    {.name = "scale",
	.type = PARAM_NUM,
	.offset = OFF(scale),
	.min = 0.1,
	.max = 2,
	.def = "1",
	.doc = "Scale of the page on the paper"},
    {.name = "margin_top",
	.type = PARAM_NUM,
	.flags = PARAM_LENGTH,
	.offset = OFF(margin_top),
	.min = 0,
	.max = 100,
	.def = "0.4",
	.doc = "In inches (in, cm, mm, px, pt and pc as text)"},
    {.name = "margin_bottom",
	.type = PARAM_NUM,
	.flags = PARAM_LENGTH,
	.offset = OFF(margin_bottom),
	.min = 0,
	.max = 100,
	.def = "0.4",
	.doc = "In inches (in, cm, mm, px, pt and pc as text)"},
    {.name = "margin_left",
	.type = PARAM_NUM,
	.flags = PARAM_LENGTH,
	.offset = OFF(margin_left),
	.min = 0,
	.max = 100,
	.def = "0.4",
	.doc = "In inches (in, cm, mm, px, pt and pc as text)"},
    {.name = "margin_right",
	.type = PARAM_NUM,
	.flags = PARAM_LENGTH,
	.offset = OFF(margin_right),
	.min = 0,
	.max = 100,
	.def = "0.4",
	.doc = "In inches (in, cm, mm, px, pt and pc as text)"},
    {.name = "page_ranges",
	.type = PARAM_STRING,
	.offset = OFF(page_ranges),
	.min = 1,
	.max = 1000,
	.doc = "Pages to print, such as `1-5, 8`"},
    {.name = "display_header_footer",
	.type = PARAM_BOOL,
	.offset = OFF(display_header_footer),
	.def = "false",
	.doc = "Print Chromium's header and footer; a template is printed without it"},
    {.name = "header_template",
	.type = PARAM_STRING,
	.offset = OFF(header_template),
	.min = 0,
	.max = 65536,
	.doc =
	    "HTML; elements of class `date`, `title`, `url`, `pageNumber`, `totalPages` are filled in. "
	    "It stands in the margin, which must have room for it, and says its own `font-size`"},
    {.name = "footer_template",
	.type = PARAM_STRING,
	.offset = OFF(footer_template),
	.min = 0,
	.max = 65536,
	.doc = "HTML, as `header_template`"},
    {.name = "dismiss_overlays",
	.type = PARAM_BOOL,
	.offset = OFF(dismiss_overlays),
	.def = "true",
	.doc =
	    "Consent banners and overlays are dismissed first, and reported; fixed ones would be on every page"},
    {.name = "prefer_css_page_size",
	.type = PARAM_BOOL,
	.offset = OFF(prefer_css_page_size),
	.def = "false",
	.doc = "A paper size in the page's own `@page` rule wins"},
    {.name = "generate_tagged_pdf",
	.type = PARAM_BOOL,
	.offset = OFF(generate_tagged_pdf),
	.def = "true",
	.doc = "Tags for screen readers"},
    {.name = "generate_document_outline",
	.type = PARAM_BOOL,
	.offset = OFF(generate_document_outline),
	.def = "false",
	.doc = "Bookmarks from the headings"},
};

static void
paper_size(const struct cdp_pdf *o, double *width, double *height)
{
	double w = o->paper == PAPER_CUSTOM ? o->paper_width : papers[o->paper].width,
	       h = o->paper == PAPER_CUSTOM ? o->paper_height : papers[o->paper].height;

	*width = o->landscape ? h : w;
	*height = o->landscape ? w : h;
}

static int
check_margins(const struct cdp_pdf *o, const char *path, struct err *err)
{
	double width, height;

	paper_size(o, &width, &height);
	if (!o->prefer_css_page_size && (o->margin_left + o->margin_right >= width ||
					    o->margin_top + o->margin_bottom >= height))
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "the margins leave nothing of the paper, which has %.4g x %.4g inches", width,
		    height);
	return 0;
}

static int
check(void *obj, const char *path, struct err *err)
{
	struct cdp_pdf *p = obj;
	bool custom = p->paper == PAPER_CUSTOM;

	if (custom != (p->paper_width > 0) || custom != (p->paper_height > 0))
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "paper_width and paper_height go with \"paper\": \"custom\", and it with them");
	if (!p->display_header_footer && (p->header_template || p->footer_template)) {
		p->display_header_footer = true; // of the one that is not given, nothing
		p->header_template = p->header_template ? p->header_template : "<span></span>";
		p->footer_template = p->footer_template ? p->footer_template : "<span></span>";
	}
	return check_margins(p, path, err);
}

const struct param_table cdp_pdf_table = {.name = "pdf",
    .doc = "Options of a PDF",
    .size = sizeof(struct cdp_pdf),
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
    .check = check};

static cJSON *
print_params(const struct cdp_pdf *o)
{
	bool custom = o->paper == PAPER_CUSTOM;
	cJSON *p = json_obj();

	json_set_bool(p, "landscape", o->landscape);
	json_set_bool(p, "displayHeaderFooter", o->display_header_footer);
	json_set_bool(p, "printBackground", o->print_background);
	json_set_num(p, "scale", o->scale);
	json_set_num(p, "paperWidth", custom ? o->paper_width : papers[o->paper].width);
	json_set_num(p, "paperHeight", custom ? o->paper_height : papers[o->paper].height);
	json_set_num(p, "marginTop", o->margin_top);
	json_set_num(p, "marginBottom", o->margin_bottom);
	json_set_num(p, "marginLeft", o->margin_left);
	json_set_num(p, "marginRight", o->margin_right);
	if (o->page_ranges)
		json_set_str(p, "pageRanges", o->page_ranges);
	if (o->header_template)
		json_set_str(p, "headerTemplate", o->header_template);
	if (o->footer_template)
		json_set_str(p, "footerTemplate", o->footer_template);
	json_set_bool(p, "preferCSSPageSize", o->prefer_css_page_size);
	json_set_bool(p, "generateTaggedPDF", o->generate_tagged_pdf);
	json_set_bool(p, "generateDocumentOutline", o->generate_document_outline);
	json_set_str(p, "transferMode", "ReturnAsStream");
	return p;
}

static int
add_chunk(const cJSON *chunk, struct buf *out, size_t max_bytes, struct err *err)
{
	const char *data = json_str(chunk, "data");

	if (!data)
		return err_set(err, ERR_PROTOCOL, "IO.read: no data");
	if (!json_bool(chunk, "base64Encoded", false))
		buf_str(out, data);
	else if (buf_unbase64(out, sv_from(data)) != 0 && !out->overflow)
		return err_set(err, ERR_PROTOCOL, "IO.read: data is not base64");
	if (out->overflow || out->n > max_bytes)
		return err_set(
		    err, ERR_RESULT_TOO_LARGE, "the PDF is larger than %zu bytes", max_bytes);
	return 0;
}

static int
read_stream(struct cdp_page *p, const char *handle, size_t max_bytes, struct deadline dl,
    struct buf *out, struct err *err)
{
	bool eof = false;
	int rc = 0;

	while (!eof && rc == 0) {
		cJSON *params = json_obj(), *chunk = NULL;

		json_set_str(params, "handle", handle);
		json_set_int(params, "size", READ_BYTES);
		rc = cdp_call(p->client, p->session, "IO.read", params, dl, &chunk, err);
		if (rc == 0)
			rc = add_chunk(chunk, out, max_bytes, err);
		eof = json_bool(chunk, "eof", true);
		cJSON_Delete(chunk);
	}
	return rc;
}

static void
close_stream(struct cdp_page *p, const char *handle)
{
	cJSON *params = json_obj();

	json_set_str(params, "handle", handle);
	(void)!cdp_send(p->client, p->session, "IO.close", params, NULL, NULL);
}

// "Printing failed" is all that Chromium says of a bad page range and of a lack of memory alike.
static int
print_error(int rc, const struct cdp_pdf *o, struct err *err)
{
	if (rc != ERR_CDP)
		return rc;
	if (o->page_ranges && strstr(err->message, "age range"))
		return err_set(
		    err, ERR_INVALID_REQUEST, "page_ranges \"%s\": no such pages", o->page_ranges);
	if (strstr(err->message, "content area is empty"))
		return err_set(
		    err, ERR_INVALID_REQUEST, "the margins leave nothing of the page's own paper");
	err->code = ERR_CAPTURE_FAILED;
	return err->code;
}

int
cdp_capture_pdf(struct cdp_page *p, const struct cdp_pdf *o, size_t max_bytes, struct deadline dl,
    struct buf *out, struct err *err)
{
	cJSON *result = NULL;
	const char *handle;
	int rc = page_ready(p, err);

	if (rc == 0)
		rc = capture_load_lazy(p, dl, err);
	if (rc == 0)
		rc = cdp_call(
		    p->client, p->session, "Page.printToPDF", print_params(o), dl, &result, err);
	if (rc != 0)
		return print_error(rc, o, err);
	handle = json_str(result, "stream");
	rc = handle ? read_stream(p, handle, max_bytes, dl, out, err)
		    : err_set(err, ERR_PROTOCOL, "Page.printToPDF: no stream");
	if (handle)
		close_stream(p, handle);
	cJSON_Delete(result);
	if (rc == 0 && !sv_starts(buf_view(out), "%PDF-"))
		return err_set(err, ERR_CAPTURE_FAILED, "Chromium delivered no PDF");
	return rc;
}

int
cdp_capture_mhtml(
    struct cdp_page *p, size_t max_bytes, struct deadline dl, struct buf *out, struct err *err)
{
	cJSON *params = json_obj(), *result = NULL;
	int rc = page_ready(p, err);

	json_set_str(params, "format", "mhtml");
	if (rc == 0)
		rc = cdp_call(p->client, p->session, "Page.captureSnapshot", steal_ptr(params), dl,
		    &result, err);
	cJSON_Delete(params);
	if (rc != 0)
		return rc;
	if (!json_str(result, "data") || !json_str(result, "data")[0])
		rc = err_set(err, ERR_CAPTURE_FAILED, "Chromium delivered an empty archive");
	else if (strlen(json_str(result, "data")) > max_bytes)
		rc = err_set(
		    err, ERR_RESULT_TOO_LARGE, "the archive is larger than %zu bytes", max_bytes);
	else
		buf_str(out, json_str(result, "data"));
	cJSON_Delete(result);
	return rc;
}
