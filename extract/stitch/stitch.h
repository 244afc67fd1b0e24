// SPDX-License-Identifier: Apache-2.0
// One tall image out of PNG tiles: decoded row by row, a band of tiles at a time, and encoded row
// by row, so that memory is the tiles of one band and a row, never the image. Runs in
// riptide-stitch, confined: tiles come from a page. Pure: bytes in, bytes to a sink.
#ifndef EXTRACT_STITCH_STITCH_H
#define EXTRACT_STITCH_STITCH_H

#include "base/buf.h"
#include "base/err.h"
#include "extract/proto.h"

#define STITCH_MAX_PIXELS  ((uint64_t)200000000)
#define STITCH_MAX_JPEG    65500u
#define STITCH_MAX_COLUMNS 64u
#define STITCH_MAX_ROWS    4096u
#define STITCH_MAX_TILE    ((uint64_t)256 << 20)

struct stitch_sink {
	void *arg;
	int (*write)(void *arg, const void *p, size_t n); // not 0: the image can't be delivered
};

struct stitch;
// ERR_IMAGE_TOO_TALL, ERR_CAPTURE_FAILED (a plan that makes no sense).
int stitch_new(const struct proto_stitch_plan *plan, const struct stitch_sink *sink,
    struct stitch **out, struct err *err) MUST_CHECK;
void stitch_free(struct stitch *s);
// The next tile, left to right, then top to bottom. Takes the bytes. ERR_CAPTURE_FAILED when it is
// no PNG, is cut short or has another size than the plan has room for; the stitch is of no use
// then.
int stitch_tile(struct stitch *s, struct buf *png, struct err *err) MUST_CHECK;
// All tiles were given: the end of the image goes to the sink. ERR_CAPTURE_FAILED when rows are
// missing.
int stitch_finish(struct stitch *s, struct err *err) MUST_CHECK;
// A tiny image through everything, so that libraries do what they do once before the filter is on.
int stitch_warm_up(struct err *err) MUST_CHECK;

#endif
