// SPDX-License-Identifier: Apache-2.0
// JPEG written row by row to a sink, with libjpeg; transparency goes on white. Runs in
// riptide-stitch, confined.
#include "extract/stitch/stitch_priv.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

enum { OUT_BYTES = 64 << 10 };

struct jpeg_state {
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	struct jpeg_destination_mgr dest;
	struct image_writer *writer;
	jmp_buf jump;
	char why[JMSG_LENGTH_MAX];
	uint8_t out[OUT_BYTES];
};

static void
on_error(j_common_ptr c)
{
	struct jpeg_state *st = c->client_data;

	c->err->format_message(c, st->why);
	longjmp(st->jump, 1);
}

static void
on_message(j_common_ptr c UNUSED)
{
}

static void
deliver(struct jpeg_state *st, size_t n)
{
	if (st->writer->sink.write(st->writer->sink.arg, st->out, n) == 0)
		return;
	snprintf(st->why, sizeof(st->why), "the image can't be delivered");
	longjmp(st->jump, 1);
}

static void
dest_init(j_compress_ptr c)
{
	struct jpeg_state *st = c->client_data;

	st->dest.next_output_byte = st->out;
	st->dest.free_in_buffer = OUT_BYTES;
}

static boolean
dest_full(j_compress_ptr c)
{
	deliver(c->client_data, OUT_BYTES);
	dest_init(c);
	return TRUE;
}

static void
dest_end(j_compress_ptr c)
{
	struct jpeg_state *st = c->client_data;

	deliver(st, OUT_BYTES - st->dest.free_in_buffer);
}

static int
broken(const struct jpeg_state *st, struct err *err)
{
	return err_set(err, ERR_CAPTURE_FAILED, "JPEG: %s", st->why);
}

static void
wire(struct jpeg_state *st, struct image_writer *w)
{
	st->writer = w;
	st->c.err = jpeg_std_error(&st->errors);
	st->c.client_data = st;
	st->errors.error_exit = on_error;
	st->errors.output_message = on_message;
	st->dest.init_destination = dest_init;
	st->dest.empty_output_buffer = dest_full;
	st->dest.term_destination = dest_end;
}

static int
begin(struct image_writer *w, struct err *err)
{
	struct jpeg_state *st = w->state = xcalloc(1, sizeof(*st));

	wire(st, w);
	if (setjmp(st->jump))
		return broken(st, err);
	jpeg_create_compress(&st->c); // clears all but err and client_data
	st->c.dest = &st->dest;
	st->c.image_width = w->width;
	st->c.image_height = w->height;
	st->c.input_components = 3;
	st->c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&st->c);
	jpeg_set_quality(&st->c, (int)w->quality, TRUE);
	jpeg_start_compress(&st->c, TRUE);
	return 0;
}

static void
flatten(uint8_t *row, uint32_t width)
{
	for (uint32_t i = 0; i < width; i++) {
		const uint8_t *p = row + (size_t)i * 4;
		uint8_t *q = row + (size_t)i * 3;
		unsigned a = p[3], white = 255 * (255 - a);

		for (int k = 0; k < 3; k++)
			q[k] = (uint8_t)((p[k] * a + white + 127) / 255);
	}
}

static int
row_out(struct image_writer *w, uint8_t *row, struct err *err)
{
	struct jpeg_state *st = w->state;
	JSAMPROW rows[1] = {row};

	if (w->channels == 4)
		flatten(row, w->width);
	if (setjmp(st->jump))
		return broken(st, err);
	jpeg_write_scanlines(&st->c, rows, 1);
	return 0;
}

static int
end(struct image_writer *w, struct err *err)
{
	struct jpeg_state *st = w->state;

	if (setjmp(st->jump))
		return broken(st, err);
	jpeg_finish_compress(&st->c);
	return 0;
}

static void
done(struct image_writer *w)
{
	struct jpeg_state *st = w->state;

	if (st)
		jpeg_destroy_compress(&st->c);
	free(st);
	w->state = NULL;
}

const struct image_format_ops image_jpeg = {begin, row_out, end, done};
