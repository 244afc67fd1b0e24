// SPDX-License-Identifier: Apache-2.0
// Tiles of known colours become one image with the right pixels; anything else is a typed error.
#include "extract/stitch/stitch.h"
#include "tests/unit/tile_png.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>
#include <png.h>

enum {
	COLUMNS = 2,
	ROWS = 3,
	W0 = 7,
	W1 = 5,
	H = 11,
	LAST_H = 4,
	WIDTH = W0 + W1,
	HEIGHT = 2 * H + LAST_H
};

static const uint8_t colours[ROWS][COLUMNS][4] = {
    {{250, 10, 20, 255}, {20, 240, 30, 255}},
    {{10, 30, 245, 255}, {250, 250, 10, 255}},
    {{0, 0, 0, 255}, {128, 64, 200, 255}},
};

static int
to_buf(void *arg, const void *p, size_t n)
{
	buf_add(arg, p, n);
	return 0;
}

static void
make_tile(int row, int column, bool alpha, struct buf *out)
{
	struct tile_spec s = {
	    .width = column ? W1 : W0, .height = row == ROWS - 1 ? LAST_H : H, .alpha = alpha};

	memcpy(s.rgba, colours[row][column], 4);
	tile_png(&s, out);
}

// All tiles, but the one at `odd` (-1: none) replaced by `with`.
static int
stitch(uint32_t format, bool alpha, int odd, struct sv with, struct buf *out, struct err *err)
{
	const struct proto_stitch_plan plan = {format, 95, WIDTH, HEIGHT, COLUMNS, ROWS};
	const struct stitch_sink sink = {out, to_buf};
	struct stitch *s;
	int rc = stitch_new(&plan, &sink, &s, err);

	assert_int_equal(rc, 0);
	for (int i = 0; i < ROWS * COLUMNS && rc == 0; i++) {
		cleanup_buf png = BUF_INIT;

		if (i == odd)
			buf_sv(&png, with);
		else
			make_tile(i / COLUMNS, i % COLUMNS, alpha, &png);
		rc = stitch_tile(s, &png, err);
	}
	if (rc == 0)
		rc = stitch_finish(s, err);
	stitch_free(s);
	return rc;
}

static void
assert_near(const uint8_t *got, int x, int y, int tolerance)
{
	const uint8_t *want = colours[y / H][x >= W0];

	for (int k = 0; k < 3; k++)
		if (abs(got[k] - want[k]) > tolerance)
			fail_msg("pixel %d,%d channel %d: %d, not %d", x, y, k, got[k], want[k]);
}

static void
check_png(const struct buf *b, bool alpha)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	uint8_t pixels[WIDTH * HEIGHT * 4];

	assert_true(png_image_begin_read_from_memory(&image, b->p, b->n));
	assert_int_equal(image.width, WIDTH);
	assert_int_equal(image.height, HEIGHT);
	assert_int_equal(!!(image.format & PNG_FORMAT_FLAG_ALPHA), alpha);
	image.format = PNG_FORMAT_RGBA;
	assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++)
			assert_near(pixels + (y * WIDTH + x) * 4, x, y, 0);
}

static void
tiles_become_the_right_png(void **state UNUSED)
{
	for (int alpha = 0; alpha < 2; alpha++) {
		cleanup_buf out = BUF_INIT;
		struct err err = ERR_INIT;

		if (stitch(PROTO_STITCH_PNG, alpha, -1, SV_NULL, &out, &err) != 0)
			fail_msg("%s", err.message);
		check_png(&out, alpha);
	}
}

static void
tiles_become_a_jpeg_close_to_it(void **state UNUSED)
{
	cleanup_buf out = BUF_INIT;
	struct err err = ERR_INIT;
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr errors;
	uint8_t row[WIDTH * 3];
	JSAMPROW rows[1] = {row};

	if (stitch(PROTO_STITCH_JPEG, false, -1, SV_NULL, &out, &err) != 0)
		fail_msg("%s", err.message);
	d.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, (const unsigned char *)out.p, out.n);
	assert_int_equal(jpeg_read_header(&d, TRUE), JPEG_HEADER_OK);
	assert_int_equal(d.image_width, WIDTH);
	assert_int_equal(d.image_height, HEIGHT);
	jpeg_start_decompress(&d);
	for (int y = 0; y < HEIGHT; y++) {
		jpeg_read_scanlines(&d, rows, 1);
		// Colours bleed where blocks hold two tiles: look at the middle of each.
		if (y % H == 2)
			for (int x = 2; x < WIDTH; x += W0)
				assert_near(row + x * 3, x, y, 40);
	}
	jpeg_destroy_decompress(&d);
}

static void
transparency_goes_on_white_in_jpeg(void **state UNUSED)
{
	const struct proto_stitch_plan plan = {PROTO_STITCH_JPEG, 95, 16, 16, 1, 1};
	const struct tile_spec clear = {.width = 16, .height = 16, .alpha = true};
	cleanup_buf out = BUF_INIT, png = BUF_INIT;
	const struct stitch_sink sink = {&out, to_buf};
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr errors;
	uint8_t row[16 * 3];
	JSAMPROW rows[1] = {row};
	struct stitch *s;

	tile_png(&clear, &png);
	assert_int_equal(stitch_new(&plan, &sink, &s, NULL), 0);
	assert_int_equal(stitch_tile(s, &png, NULL), 0);
	assert_int_equal(stitch_finish(s, NULL), 0);
	stitch_free(s);
	d.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, (const unsigned char *)out.p, out.n);
	jpeg_read_header(&d, TRUE);
	jpeg_start_decompress(&d);
	jpeg_read_scanlines(&d, rows, 1);
	assert_true(row[0] > 250 && row[1] > 250 && row[2] > 250);
	jpeg_destroy_decompress(&d);
}

static void
assert_refused(int odd, struct sv with, const char *says)
{
	cleanup_buf out = BUF_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(
	    stitch(PROTO_STITCH_PNG, false, odd, with, &out, &err), ERR_CAPTURE_FAILED);
	if (!strstr(err.message, says))
		fail_msg("\"%s\" does not say \"%s\"", err.message, says);
}

static void
a_bad_tile_is_a_typed_error(void **state UNUSED)
{
	cleanup_buf good = BUF_INIT, flipped = BUF_INIT;

	make_tile(1, 1, false, &good);
	assert_refused(3, SV_NULL, "cut short");
	assert_refused(3, SV("GIF89a, and not even that"), "Not a PNG");
	for (size_t n = 1; n < good.n; n += 7)
		assert_refused(3, (struct sv){good.p, n}, "not a good PNG");
	buf_sv(&flipped, buf_view(&good));
	flipped.p[60] ^= 0x55;
	assert_refused(3, buf_view(&flipped), "not a good PNG");
}

static void
a_tile_of_another_size_is_refused(void **state UNUSED)
{
	static const struct tile_spec specs[] = {
	    {.width = W1 + 1, .height = H},
	    {.width = W1 - 1, .height = H},
	    {.width = W1, .height = H + 1},
	    {.width = W1, .height = 1},
	    {.width = 100, .height = 100},
	};

	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		cleanup_buf png = BUF_INIT;

		tile_png(&specs[i], &png);
		for (int odd = 1; odd < ROWS * COLUMNS; odd += COLUMNS)
			assert_refused(odd, buf_view(&png), "");
	}
}

static void
an_image_must_be_complete(void **state UNUSED)
{
	const struct proto_stitch_plan plan = {PROTO_STITCH_PNG, 0, WIDTH, HEIGHT, COLUMNS, ROWS};
	cleanup_buf out = BUF_INIT;
	const struct stitch_sink sink = {&out, to_buf};
	struct stitch *s;

	assert_int_equal(stitch_new(&plan, &sink, &s, NULL), 0);
	for (int i = 0; i < 3; i++) {
		cleanup_buf png = BUF_INIT;

		make_tile(i / COLUMNS, i % COLUMNS, false, &png);
		assert_int_equal(stitch_tile(s, &png, NULL), 0);
	}
	assert_int_equal(stitch_finish(s, NULL), ERR_CAPTURE_FAILED);
	stitch_free(s);
}

static void
a_senseless_plan_is_refused(void **state UNUSED)
{
	static const struct {
		struct proto_stitch_plan plan;
		int rc;
	} cases[] = {
	    {{PROTO_STITCH_PNG, 0, 0, 10, 1, 1}, ERR_CAPTURE_FAILED},
	    {{PROTO_STITCH_PNG, 0, 10, 10, 0, 1}, ERR_CAPTURE_FAILED},
	    {{PROTO_STITCH_PNG, 0, 10, 10, 1, 11}, ERR_CAPTURE_FAILED},
	    {{PROTO_STITCH_PNG, 0, 10000, 10, 65, 1}, ERR_CAPTURE_FAILED},
	    {{7, 0, 10, 10, 1, 1}, ERR_CAPTURE_FAILED},
	    {{PROTO_STITCH_PNG, 0, UINT32_MAX, UINT32_MAX, 1, 1}, ERR_IMAGE_TOO_TALL},
	    {{PROTO_STITCH_PNG, 0, 2000, 100001, 1, 1}, ERR_IMAGE_TOO_TALL},
	    {{PROTO_STITCH_JPEG, 80, 100, 65501, 1, 1}, ERR_IMAGE_TOO_TALL},
	    {{PROTO_STITCH_JPEG, 80, 100, 65500, 1, 1}, 0},
	    {{PROTO_STITCH_PNG, 0, 2000, 100000, 1, 1}, 0},
	};
	const struct stitch_sink sink = {NULL, to_buf};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct stitch *s = NULL;

		assert_int_equal(stitch_new(&cases[i].plan, &sink, &s, NULL), cases[i].rc);
		stitch_free(s);
	}
}

static int
refuse(void *arg UNUSED, const void *p UNUSED, size_t n UNUSED)
{
	return -1;
}

static void
a_full_sink_is_an_error(void **state UNUSED)
{
	for (uint32_t f = PROTO_STITCH_PNG; f <= PROTO_STITCH_JPEG; f++) {
		const struct proto_stitch_plan plan = {f, 90, W0, H, 1, 1};
		const struct stitch_sink sink = {NULL, refuse};
		cleanup_buf png = BUF_INIT;
		struct err err = ERR_INIT;
		struct stitch *s;
		int rc;

		make_tile(0, 0, false, &png);
		assert_int_equal(stitch_new(&plan, &sink, &s, NULL), 0);
		rc = stitch_tile(s, &png, &err);
		if (rc == 0)
			rc = stitch_finish(s, &err);
		assert_int_equal(rc, ERR_CAPTURE_FAILED);
		assert_non_null(strstr(err.message, "delivered"));
		stitch_free(s);
	}
}

static void
warm_up_works(void **state UNUSED)
{
	struct err err = ERR_INIT;

	assert_int_equal(stitch_warm_up(&err), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tiles_become_the_right_png),
	    cmocka_unit_test(tiles_become_a_jpeg_close_to_it),
	    cmocka_unit_test(transparency_goes_on_white_in_jpeg),
	    cmocka_unit_test(a_bad_tile_is_a_typed_error),
	    cmocka_unit_test(a_tile_of_another_size_is_refused),
	    cmocka_unit_test(an_image_must_be_complete),
	    cmocka_unit_test(a_senseless_plan_is_refused),
	    cmocka_unit_test(a_full_sink_is_an_error),
	    cmocka_unit_test(warm_up_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
