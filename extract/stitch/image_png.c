// SPDX-License-Identifier: Apache-2.0
// PNG written row by row to a sink, with libpng. Runs in riptide-stitch, confined.
#include "extract/stitch/stitch_priv.h"

#include <png.h>

// Chromium's own encoder is of the fast kind too; level 3 with the cheap filters costs a third of
// the default for a tenth more bytes.
enum { LEVEL = 3, IDAT_BYTES = 64 << 10 };

struct png_state {
	png_structp png;
	png_infop info;
	char why[96];
};

static void
on_error(png_structp png, png_const_charp text)
{
	struct png_state *st = png_get_error_ptr(png);

	snprintf(st->why, sizeof(st->why), "%s", text);
	png_longjmp(png, 1);
}

static void
on_warning(png_structp png UNUSED, png_const_charp text UNUSED)
{
}

static void
on_write(png_structp png, png_bytep p, size_t n)
{
	struct image_writer *w = png_get_io_ptr(png);

	if (w->sink.write(w->sink.arg, p, n) != 0)
		png_error(png, "the image can't be delivered");
}

static void
on_flush(png_structp png UNUSED)
{
}

static int
broken(const struct png_state *st, struct err *err)
{
	return err_set(err, ERR_CAPTURE_FAILED, "PNG: %s", st->why);
}

static int
begin(struct image_writer *w, struct err *err)
{
	struct png_state *st = w->state = xcalloc(1, sizeof(*st));

	st->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, st, on_error, on_warning);
	st->info = st->png ? png_create_info_struct(st->png) : NULL;
	if (!st->info)
		return err_set(err, ERR_CAPTURE_FAILED, "no memory for the image");
	if (setjmp(png_jmpbuf(st->png)))
		return broken(st, err);
	png_set_write_fn(st->png, w, on_write, on_flush);
	png_set_user_limits(st->png, w->width, w->height);
	png_set_compression_level(st->png, LEVEL);
	png_set_compression_buffer_size(st->png, IDAT_BYTES);
	png_set_filter(st->png, PNG_FILTER_TYPE_BASE, PNG_FAST_FILTERS);
	png_set_IHDR(st->png, st->info, w->width, w->height, 8,
	    w->channels == 4 ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
	    PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(st->png, st->info);
	return 0;
}

static int
row_out(struct image_writer *w, uint8_t *row, struct err *err)
{
	struct png_state *st = w->state;

	if (setjmp(png_jmpbuf(st->png)))
		return broken(st, err);
	png_write_row(st->png, row);
	return 0;
}

static int
end(struct image_writer *w, struct err *err)
{
	struct png_state *st = w->state;

	if (setjmp(png_jmpbuf(st->png)))
		return broken(st, err);
	png_write_end(st->png, NULL);
	return 0;
}

static void
done(struct image_writer *w)
{
	struct png_state *st = w->state;

	if (st)
		png_destroy_write_struct(&st->png, &st->info);
	free(st);
	w->state = NULL;
}

const struct image_format_ops image_png = {begin, row_out, end, done};
