// SPDX-License-Identifier: Apache-2.0
// Screenshots: which part of the page, how large it gets, in one capture or as tiles for the
// stitcher. Job threads.
#include "cdp/capture/capture_priv.h"

#include "cdp/dom.h"
#include "cdp/image.h"
#include "cdp/page/page_inside.h"

#include "cdp_js.h"

#include <math.h>

#define TEXTURE_MAX 16384 // beyond it Chromium answers success with empty data
#define TILE_PX     8192
#define JPEG_MAX    65500
#define WEBP_MAX    16383
#define PIXELS_MAX  200e6
#define BYTES_MAX   ((size_t)512 << 20)
#define SEEN_MS     3000 // to say whether a part can be seen

const char *const image_format_names[] = {"png", "jpeg", "webp", NULL};
const char *const image_format_mime[] = {"image/png", "image/jpeg", "image/webp", NULL};

#define CLIP(member) offsetof(struct cdp_clip, member)
static const struct param clip_rows[] = {
    {.name = "x",
	.type = PARAM_NUM,
	.offset = CLIP(x),
	.min = 0,
	.max = 1e6,
	.def = "0",
	.doc = "Left edge in the document, in CSS pixels"},
    {.name = "y",
	.type = PARAM_NUM,
	.offset = CLIP(y),
	.min = 0,
	.max = 1e7,
	.def = "0",
	.doc = "Top edge in the document, in CSS pixels"},
    {.name = "width",
	.type = PARAM_NUM,
	.flags = PARAM_REQUIRED,
	.offset = CLIP(width),
	.min = 1,
	.max = 1e5,
	.doc = "In CSS pixels"},
    {.name = "height",
	.type = PARAM_NUM,
	.flags = PARAM_REQUIRED,
	.offset = CLIP(height),
	.min = 1,
	.max = 1e6,
	.doc = "In CSS pixels"},
};
static const struct param_table clip_table = {.name = "clip",
    .doc = "A rectangle of the document",
    .size = sizeof(struct cdp_clip),
    .rows = clip_rows,
    .n_rows = ARRAY_LEN(clip_rows)};

#define OFF(member) offsetof(struct cdp_screenshot, member)
static const struct param rows[] = {
    {.name = "format",
	.type = PARAM_ENUM,
	.offset = OFF(format),
	.names = image_format_names,
	.def = "\"png\"",
	.doc = "Image format"},
    {.name = "quality",
	.type = PARAM_INT,
	.offset = OFF(quality),
	.min = 1,
	.max = 100,
	.def = "80",
	.doc = "Of jpeg and webp"},
    {.name = "full_page",
	.type = PARAM_BOOL,
	.offset = OFF(full_page),
	.def = "false",
	.doc =
	    "The whole page; as before a `clip` or a PDF, it is scrolled through first, so that lazy images load"},
    {.name = "css",
	.type = PARAM_STRING,
	.offset = OFF(css),
	.min = 1,
	.max = 4096,
	.doc = "This element only"},
    {.name = "clip",
	.type = PARAM_OBJECT,
	.offset = OFF(clip),
	.table = &clip_table,
	.doc = "This rectangle of the document only"},
    {.name = "omit_background",
	.type = PARAM_BOOL,
	.offset = OFF(omit_background),
	.def = "false",
	.doc = "A transparent background where the page has none (png and webp)"},
    {.name = "dismiss_overlays",
	.type = PARAM_BOOL,
	.offset = OFF(dismiss_overlays),
	.def = "true",
	.doc = "Consent banners and overlays are dismissed first, and reported"},
    {.name = "scale",
	.type = PARAM_NUM,
	.offset = OFF(scale),
	.min = 0.1,
	.max = 4,
	.def = "1",
	.doc = "Scale of the picture"},
};

static int
check(void *obj, const char *path, struct err *err)
{
	const struct cdp_screenshot *o = obj;

	if (!!o->css + !!o->clip + o->full_page > 1)
		return err_at(
		    err, ERR_INVALID_REQUEST, path, "expected only one of full_page, css, clip");
	return 0;
}

const struct param_table cdp_screenshot_table = {.name = "screenshot",
    .doc = "Options of a picture",
    .size = sizeof(struct cdp_screenshot),
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
    .check = check};

// What is to be captured: a rectangle of the document in CSS pixels, and device pixels per CSS
// pixel.
struct shot {
	struct cdp_page *page;
	const struct cdp_screenshot *o;
	struct cdp_clip area;
	bool viewport_only;
	double ratio, scale;
	uint32_t width, height; // device pixels
};

static int
viewport_area(struct shot *s, struct deadline dl, struct err *err)
{
	cJSON *m = NULL;
	const cJSON *view;
	int rc =
	    cdp_call(s->page->client, s->page->session, "Page.getLayoutMetrics", NULL, dl, &m, err);

	if (rc != 0)
		return rc;
	view = json_get(m, s->viewport_only ? "cssVisualViewport" : "cssContentSize");
	s->area = (struct cdp_clip){json_num(view, "pageX", 0), json_num(view, "pageY", 0),
	    ceil(json_num(view, s->viewport_only ? "clientWidth" : "width", 0)),
	    ceil(json_num(view, s->viewport_only ? "clientHeight" : "height", 0))};
	cJSON_Delete(m);
	return 0;
}

// Before a part of the page is measured, which may lie outside of the window.
static int
load_part(struct shot *s, const struct cdp_element *el, struct deadline dl, struct err *err)
{
	static const char seen[] = "function () { const r = Element.prototype.getBoundingClientRect"
				   ".call(this); return r.top >= 0 && r.bottom <= innerHeight }";
	cJSON *v = NULL;
	int rc = cdp_dom_call(s->page, el, seen, NULL, dl, &v, err);

	if (rc == 0 && !cJSON_IsTrue(v))
		rc = capture_load_lazy(s->page, dl, err);
	cJSON_Delete(v);
	return rc;
}

static int
load_clip(struct shot *s, struct deadline dl, struct err *err)
{
	static const char seen[] =
	    "(top, bottom) => top >= scrollY && bottom <= scrollY + innerHeight";
	cJSON *args = json_arr(), *v = NULL;
	int rc;

	json_push(args, cJSON_CreateNumber(s->area.y));
	json_push(args, cJSON_CreateNumber(s->area.y + s->area.height));
	rc = cdp_page_call(s->page, WORLD_ISOLATED, seen, args, SEEN_MS, dl, &v, err);
	if (rc == 0 && !cJSON_IsTrue(v))
		rc = capture_load_lazy(s->page, dl, err);
	cJSON_Delete(v);
	return rc;
}

static int
element_area(struct shot *s, struct deadline dl, struct err *err)
{
	struct cdp_element el;
	int rc = cdp_dom_query(s->page, s->o->css, dl, &el, err);

	if (rc != 0)
		return rc;
	rc = load_part(s, &el, dl, err);
	if (rc == 0)
		rc = cdp_dom_box(
		    s->page, &el, dl, &s->area.x, &s->area.y, &s->area.width, &s->area.height, err);
	cdp_dom_release(s->page, &el);
	if (rc == 0 && (s->area.width < 1 || s->area.height < 1))
		return err_set(err, ERR_ELEMENT_NOT_VISIBLE, "\"%s\" has no area", s->o->css);
	return rc;
}

static int
find_area(struct shot *s, struct deadline dl, struct err *err)
{
	int rc = 0;

	if (s->o->css)
		return element_area(s, dl, err);
	if (s->o->clip) {
		s->area = *s->o->clip;
		return load_clip(s, dl, err);
	}
	s->viewport_only = !s->o->full_page;
	if (s->o->full_page)
		rc = capture_load_lazy(s->page, dl, err);
	return rc ? rc : viewport_area(s, dl, err);
}

static int
find_ratio(struct shot *s, struct deadline dl, struct err *err)
{
	cJSON *v = NULL;
	int rc = cdp_page_eval(s->page, WORLD_ISOLATED, "devicePixelRatio", 0, dl, &v, err);

	if (rc == 0)
		s->ratio = cJSON_IsNumber(v) && v->valuedouble > 0 ? v->valuedouble : 1;
	cJSON_Delete(v);
	return rc;
}

static int
check_size(struct shot *s, struct err *err)
{
	double w = round(s->area.width * s->ratio * s->scale),
	       h = round(s->area.height * s->ratio * s->scale);
	double max = s->o->format == IMAGE_JPEG   ? JPEG_MAX
		     : s->o->format == IMAGE_WEBP ? WEBP_MAX
						  : 1e9;

	if (w < 1 || h < 1)
		return err_set(err, ERR_CAPTURE_FAILED, "the page has no area to capture");
	if (w > max || h > max)
		return err_set(err, ERR_IMAGE_TOO_TALL, "%.0fx%.0f pixels; %s allows %.0f a side",
		    w, h, image_format_names[s->o->format], max);
	if (w * h > PIXELS_MAX)
		return err_set(err, ERR_IMAGE_TOO_TALL,
		    "%.0fx%.0f pixels; at most %.0f million are captured", w, h, PIXELS_MAX / 1e6);
	s->width = (uint32_t)w;
	s->height = (uint32_t)h;
	return 0;
}

static cJSON *
capture_params(const struct shot *s, const struct cdp_clip *area, bool tile)
{
	int format = tile ? IMAGE_PNG : s->o->format;
	cJSON *p = json_obj(), *clip;

	json_set_str(p, "format", image_format_names[format]);
	if (format != IMAGE_PNG)
		json_set_int(p, "quality", s->o->quality ? s->o->quality : 80);
	json_set_bool(p, "optimizeForSpeed", tile); // the stitcher packs it again
	if (s->viewport_only && s->scale == 1 && !tile)
		return p;
	clip = json_obj();
	json_set_num(clip, "x", area->x);
	json_set_num(clip, "y", area->y);
	json_set_num(clip, "width", area->width);
	json_set_num(clip, "height", area->height);
	json_set_num(clip, "scale", s->scale);
	json_set(p, "clip", clip);
	json_set_bool(p, "captureBeyondViewport", true);
	return p;
}

static int
capture(struct shot *s, const struct cdp_clip *area, bool tile, struct deadline dl, struct buf *out,
    struct err *err)
{
	cJSON *result = NULL;
	const char *data;
	int rc = cdp_call(s->page->client, s->page->session, "Page.captureScreenshot",
	    capture_params(s, area, tile), dl, &result, err);

	if (rc != 0)
		return rc == ERR_CDP ? (err->code = ERR_CAPTURE_FAILED) : rc;
	data = json_str(result, "data");
	out->max = BYTES_MAX;
	if (!data || !data[0])
		rc = err_set(err, ERR_CAPTURE_FAILED, "Chromium delivered an empty image");
	else if (buf_unbase64(out, sv_from(data)) != 0)
		rc = err_set(err, out->overflow ? ERR_RESULT_TOO_LARGE : ERR_PROTOCOL,
		    "Page.captureScreenshot: the image can't be read");
	cJSON_Delete(result);
	return rc;
}

// How many CSS pixels a tile covers on one axis: a multiple of 16, so that its device pixels are
// whole for every usual ratio.
static double
tile_step(const struct shot *s)
{
	return MAX(16.0, floor(TILE_PX / (s->ratio * s->scale) / 16) * 16);
}

static int
one_tile(struct shot *s, const struct cdp_stitcher *st, double x, double y, double step,
    struct deadline dl, struct err *err)
{
	struct cdp_clip area = {s->area.x + x, s->area.y + y, MIN(step, s->area.width - x),
	    MIN(step, s->area.height - y)};
	cleanup_buf png = BUF_INIT;
	int rc = capture(s, &area, true, dl, &png, err);

	return rc ? rc : st->tile(st->arg, png.p, png.n, dl, err);
}

static int
capture_tiles(struct shot *s, const struct cdp_stitcher *st, struct deadline dl, struct buf *out,
    struct err *err)
{
	double step = tile_step(s);
	uint32_t columns = (uint32_t)ceil(s->area.width / step),
		 lines = (uint32_t)ceil(s->area.height / step);
	int rc;

	if (!st)
		return err_set(err, ERR_IMAGE_TOO_TALL, NULL);
	rc = st->begin(st->arg, (enum image_format)s->o->format, (int)s->o->quality, s->width,
	    s->height, columns, lines, dl, err);
	for (uint32_t i = 0; i < columns * lines && rc == 0; i++)
		rc = one_tile(s, st, i % columns * step, i / columns * step, step, dl, err);
	return rc ? rc : st->finish(st->arg, out, dl, err);
}

static int
set_background(struct cdp_page *p, bool transparent, struct err *err)
{
	cJSON *params = json_obj(), *color;

	if (transparent) {
		color = json_obj();
		json_set_int(color, "r", 0);
		json_set_int(color, "g", 0);
		json_set_int(color, "b", 0);
		json_set_int(color, "a", 0);
		json_set(params, "color", color);
	}
	return cdp_send(p->client, p->session, "Emulation.setDefaultBackgroundColorOverride",
	    params, NULL, err);
}

static int
take(struct shot *s, const struct cdp_stitcher *st, struct deadline dl, struct cdp_image *out,
    struct err *err)
{
	int rc;

	if (s->width > TEXTURE_MAX || s->height > TEXTURE_MAX)
		rc = capture_tiles(s, st, dl, &out->bytes, err);
	else
		rc = capture(s, &s->area, false, dl, &out->bytes, err);
	if (rc == 0 && !image_size(buf_view(&out->bytes), &out->width, &out->height))
		rc = err_set(err, ERR_CAPTURE_FAILED, "Chromium delivered no image");
	return rc;
}

int
cdp_capture_screenshot(struct cdp_page *p, const struct cdp_screenshot *o,
    const struct cdp_stitcher *st, struct deadline dl, struct cdp_image *out, struct err *err)
{
	struct shot s = {.page = p, .o = o, .ratio = 1, .scale = o->scale > 0 ? o->scale : 1};
	bool transparent = o->omit_background && o->format != IMAGE_JPEG;
	struct err ignored = ERR_INIT;
	int rc = page_ready(p, err);

	if (rc == 0)
		rc = find_area(&s, dl, err);
	if (rc == 0)
		rc = find_ratio(&s, dl, err);
	if (rc == 0)
		rc = check_size(&s, err);
	if (rc == 0 && transparent)
		rc = set_background(p, true, err);
	if (rc != 0)
		return rc;
	rc = take(&s, st, dl, out, err);
	if (transparent)
		(void)!set_background(p, false, &ignored);
	if (rc != 0)
		buf_done(&out->bytes);
	return rc;
}
