// SPDX-License-Identifier: Apache-2.0
// A PNG tile of unknown honesty, read row by row with libpng. Runs in riptide-stitch, confined.
// Every call into libpng sits in a function of its own that it may leave by longjmp.
#include "extract/stitch/stitch_priv.h"

#include <png.h>

enum { MAX_CHUNK = 1 << 20 };

struct tile {
	png_structp png;
	png_infop info;
	struct sv left; // bytes not read yet
	uint32_t width, height;
	bool alpha;
	char why[96];
};

static void
on_error(png_structp png, png_const_charp text)
{
	struct tile *t = png_get_error_ptr(png);

	snprintf(t->why, sizeof(t->why), "%s", text);
	png_longjmp(png, 1);
}

static void
on_warning(png_structp png UNUSED, png_const_charp text UNUSED)
{
}

static void
on_read(png_structp png, png_bytep out, size_t n)
{
	struct tile *t = png_get_io_ptr(png);

	if (n > t->left.n)
		png_error(png, "cut short");
	memcpy(out, t->left.p, n);
	t->left.p += n;
	t->left.n -= n;
}

static int
broken(const struct tile *t, struct err *err)
{
	return err_set(err, ERR_CAPTURE_FAILED, "a tile is not a good PNG: %s", t->why);
}

static int
read_info(struct tile *t, uint32_t max_width, uint32_t max_height, struct err *err)
{
	if (setjmp(png_jmpbuf(t->png)))
		return broken(t, err);
	png_set_read_fn(t->png, t, on_read);
	png_set_user_limits(t->png, max_width, max_height);
	png_set_chunk_malloc_max(t->png, MAX_CHUNK);
	// Text, colour profiles and the like: not even looked at.
	png_set_keep_unknown_chunks(t->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
	png_read_info(t->png, t->info);
	if (png_get_interlace_type(t->png, t->info) != PNG_INTERLACE_NONE)
		png_error(t->png, "interlaced");
	t->width = png_get_image_width(t->png, t->info);
	t->height = png_get_image_height(t->png, t->info);
	t->alpha = (png_get_color_type(t->png, t->info) & PNG_COLOR_MASK_ALPHA) ||
		   png_get_valid(t->png, t->info, PNG_INFO_tRNS);
	return 0;
}

int
tile_open(
    struct sv bytes, uint32_t max_width, uint32_t max_height, struct tile **out, struct err *err)
{
	struct tile *t = xcalloc(1, sizeof(*t));
	int rc;

	t->left = bytes;
	t->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, t, on_error, on_warning);
	t->info = t->png ? png_create_info_struct(t->png) : NULL;
	if (!t->info) {
		tile_close(t);
		return err_set(err, ERR_CAPTURE_FAILED, "no memory for a tile");
	}
	rc = read_info(t, max_width, max_height, err);
	if (rc != 0) {
		tile_close(t);
		return rc;
	}
	*out = t;
	return 0;
}

void
tile_close(struct tile *t)
{
	if (!t)
		return;
	png_destroy_read_struct(&t->png, &t->info, NULL);
	free(t);
}

uint32_t
tile_width(const struct tile *t)
{
	return t->width;
}

uint32_t
tile_height(const struct tile *t)
{
	return t->height;
}

bool
tile_has_alpha(const struct tile *t)
{
	return t->alpha;
}

int
tile_start(struct tile *t, unsigned channels, struct err *err)
{
	if (setjmp(png_jmpbuf(t->png)))
		return broken(t, err);
	png_set_expand(t->png);
	png_set_strip_16(t->png);
	png_set_gray_to_rgb(t->png);
	if (channels == 3 && t->alpha)
		png_set_strip_alpha(t->png);
	if (channels == 4 && !t->alpha)
		png_set_add_alpha(t->png, 0xff, PNG_FILLER_AFTER);
	png_read_update_info(t->png, t->info);
	if (png_get_rowbytes(t->png, t->info) != (size_t)t->width * channels)
		png_error(t->png, "an unknown pixel layout");
	return 0;
}

int
tile_row(struct tile *t, uint8_t *row, struct err *err)
{
	if (setjmp(png_jmpbuf(t->png)))
		return broken(t, err);
	png_read_row(t->png, row, NULL);
	return 0;
}

int
tile_end(struct tile *t, struct err *err)
{
	if (setjmp(png_jmpbuf(t->png)))
		return broken(t, err);
	png_read_end(t->png, NULL);
	return 0;
}
