// SPDX-License-Identifier: Apache-2.0
// The plan of a tall image and its bands: as soon as a band has all its tiles, its rows go through
// to the writer. Runs in riptide-stitch, confined.
#include "extract/stitch/stitch_priv.h"

struct stitch {
	struct proto_stitch_plan plan;
	struct image_writer writer;
	bool begun;
	uint32_t widths[STITCH_MAX_COLUMNS]; // of the columns, fixed by the first band
	uint32_t tiles;                      // given so far
	uint32_t y;                          // rows written
	struct buf band[STITCH_MAX_COLUMNS]; // PNGs of the present band
	uint8_t *row;
};

static int
check_plan(const struct proto_stitch_plan *p, struct err *err)
{
	bool jpeg = p->format == PROTO_STITCH_JPEG;

	if (p->width == 0 || p->height == 0 || p->format > PROTO_STITCH_JPEG || p->columns == 0 ||
	    p->rows == 0 || p->columns > MIN(STITCH_MAX_COLUMNS, p->width) ||
	    p->rows > MIN(STITCH_MAX_ROWS, p->height))
		return err_set(err, ERR_CAPTURE_FAILED, "an image of %ux%u pixels in %ux%u tiles",
		    p->width, p->height, p->columns, p->rows);
	if ((uint64_t)p->width * p->height > STITCH_MAX_PIXELS)
		return err_set(err, ERR_IMAGE_TOO_TALL, "%ux%u is more than 200 million pixels",
		    p->width, p->height);
	if (jpeg && MAX(p->width, p->height) > STITCH_MAX_JPEG)
		return err_set(err, ERR_IMAGE_TOO_TALL, "%ux%u: JPEG ends at %u pixels", p->width,
		    p->height, STITCH_MAX_JPEG);
	return 0;
}

int
stitch_new(const struct proto_stitch_plan *plan, const struct stitch_sink *sink,
    struct stitch **out, struct err *err)
{
	int rc = check_plan(plan, err);
	struct stitch *s;

	if (rc != 0)
		return rc;
	s = xcalloc(1, sizeof(*s));
	s->plan = *plan;
	s->writer = (struct image_writer){
	    .ops = plan->format == PROTO_STITCH_JPEG ? &image_jpeg : &image_png,
	    .sink = *sink,
	    .width = plan->width,
	    .height = plan->height,
	    .quality = MAX(1u, MIN(100u, plan->quality)),
	};
	*out = s;
	return 0;
}

void
stitch_free(struct stitch *s)
{
	if (!s)
		return;
	if (s->begun)
		s->writer.ops->done(&s->writer);
	for (size_t i = 0; i < ARRAY_LEN(s->band); i++)
		buf_done(&s->band[i]);
	free(s->row);
	free(s);
}

// The first tile says whether the image has transparency.
static int
begin(struct stitch *s, const struct tile *first, struct err *err)
{
	if (s->begun)
		return 0;
	s->writer.channels = tile_has_alpha(first) ? 4 : 3;
	s->row =
	    xmalloc((size_t)s->plan.width * 4); // the plan was checked: at most 800 MB, for one row
	s->begun = true;
	return s->writer.ops->begin(&s->writer, err);
}

static int
check_tile(
    struct stitch *s, const struct tile *t, uint32_t column, uint32_t height, struct err *err)
{
	uint32_t w = tile_width(t), h = tile_height(t);

	if (s->y == 0)
		s->widths[column] = w;
	if (w == s->widths[column] && h == height && h <= s->plan.height - s->y)
		return 0;
	return err_set(err, ERR_CAPTURE_FAILED,
	    "a tile has %ux%u pixels, the plan has %ux%u at row %u", w, h, s->widths[column],
	    height, s->y);
}

static int
open_band(struct stitch *s, struct tile **tiles, struct err *err)
{
	uint64_t width = 0;

	for (uint32_t i = 0; i < s->plan.columns; i++) {
		int rc =
		    tile_open(buf_view(&s->band[i]), s->plan.width, s->plan.height, &tiles[i], err);

		if (rc == 0)
			rc = check_tile(s, tiles[i], i, tile_height(tiles[0]), err);
		if (rc == 0)
			rc = begin(s, tiles[0], err);
		if (rc == 0)
			rc = tile_start(tiles[i], s->writer.channels, err);
		if (rc != 0)
			return rc;
		width += tile_width(tiles[i]);
	}
	if (width != s->plan.width)
		return err_set(err, ERR_CAPTURE_FAILED,
		    "the tiles of a row are %llu pixels wide, the image %u",
		    (unsigned long long)width, s->plan.width);
	return 0;
}

static int
write_band(struct stitch *s, struct tile **tiles, struct err *err)
{
	uint32_t height = tile_height(tiles[0]);
	int rc = 0;

	for (uint32_t y = 0; y < height && rc == 0; y++) {
		size_t at = 0;

		for (uint32_t i = 0; i < s->plan.columns && rc == 0; i++) {
			rc = tile_row(tiles[i], s->row + at, err);
			at += (size_t)s->widths[i] * s->writer.channels;
		}
		if (rc == 0)
			rc = s->writer.ops->row(&s->writer, s->row, err);
	}
	for (uint32_t i = 0; i < s->plan.columns && rc == 0; i++)
		rc = tile_end(tiles[i], err);
	s->y += height;
	return rc;
}

static int
finish_band(struct stitch *s, struct err *err)
{
	struct tile *tiles[STITCH_MAX_COLUMNS] = {NULL};
	int rc = open_band(s, tiles, err);

	if (rc == 0)
		rc = write_band(s, tiles, err);
	for (uint32_t i = 0; i < s->plan.columns; i++) {
		tile_close(tiles[i]);
		buf_done(&s->band[i]);
	}
	return rc;
}

int
stitch_tile(struct stitch *s, struct buf *png, struct err *err)
{
	uint32_t column = s->tiles % s->plan.columns;

	if (s->tiles >= s->plan.columns * s->plan.rows)
		return err_set(err, ERR_CAPTURE_FAILED, "more tiles than the plan has");
	s->band[column] = *png;
	*png = (struct buf)BUF_INIT;
	s->tiles++;
	return column + 1 == s->plan.columns ? finish_band(s, err) : 0;
}

int
stitch_finish(struct stitch *s, struct err *err)
{
	if (s->tiles != s->plan.columns * s->plan.rows || s->y != s->plan.height)
		return err_set(err, ERR_CAPTURE_FAILED,
		    "%u tiles with %u rows make no image of %u rows", s->tiles, s->y,
		    s->plan.height);
	return s->writer.ops->end(&s->writer, err);
}

// --- warm-up ---

static int
sink_to_buf(void *arg, const void *p, size_t n)
{
	struct buf *b = arg;

	buf_add(b, p, n);
	return b->overflow;
}

static int
one_pixel(struct buf *png, struct err *err)
{
	uint8_t row[3] = {1, 2, 3};
	struct image_writer w = {
	    .ops = &image_png, .sink = {png, sink_to_buf}, .width = 1, .height = 1, .channels = 3};
	int rc = w.ops->begin(&w, err);

	if (rc == 0)
		rc = w.ops->row(&w, row, err);
	if (rc == 0)
		rc = w.ops->end(&w, err);
	w.ops->done(&w);
	return rc;
}

int
stitch_warm_up(struct err *err)
{
	const struct proto_stitch_plan plan = {PROTO_STITCH_JPEG, 80, 1, 1, 1, 1};
	cleanup_buf png = BUF_INIT, jpeg = BUF_INIT;
	const struct stitch_sink sink = {&jpeg, sink_to_buf};
	struct stitch *s = NULL;
	int rc = one_pixel(&png, err);

	if (rc == 0)
		rc = stitch_new(&plan, &sink, &s, err);
	if (rc == 0)
		rc = stitch_tile(s, &png, err);
	if (rc == 0)
		rc = stitch_finish(s, err);
	stitch_free(s);
	return rc;
}
