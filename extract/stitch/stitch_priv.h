// SPDX-License-Identifier: Apache-2.0
// The two halves of stitching: a PNG tile read row by row, an image written row by row. libpng and
// libjpeg stay behind these. Rows are 8-bit RGB or RGBA.
#ifndef EXTRACT_STITCH_STITCH_PRIV_H
#define EXTRACT_STITCH_STITCH_PRIV_H

#include "extract/stitch/stitch.h"

struct tile;
// `bytes` is borrowed until tile_close. Sizes above the limits are refused before any row is
// decoded.
int tile_open(struct sv bytes, uint32_t max_width, uint32_t max_height, struct tile **out,
    struct err *err) MUST_CHECK;
uint32_t tile_width(const struct tile *t);
uint32_t tile_height(const struct tile *t);
bool tile_has_alpha(const struct tile *t);
// Fix the row layout (3 or 4 channels), then read `height` rows, then the end.
int tile_start(struct tile *t, unsigned channels, struct err *err) MUST_CHECK;
int tile_row(struct tile *t, uint8_t *row, struct err *err) MUST_CHECK;
int tile_end(struct tile *t, struct err *err) MUST_CHECK;
void tile_close(struct tile *t);

struct image_writer {
	const struct image_format_ops *ops;
	struct stitch_sink sink;
	uint32_t width, height;
	unsigned channels, quality;
	void *state;
};
struct image_format_ops {
	int (*begin)(struct image_writer *w, struct err *err);
	int (*row)(struct image_writer *w, uint8_t *row, struct err *err); // may change the row
	int (*end)(struct image_writer *w, struct err *err);
	void (*done)(struct image_writer *w);
};
extern const struct image_format_ops image_png, image_jpeg;

#endif
