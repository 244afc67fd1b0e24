// SPDX-License-Identifier: Apache-2.0
// The stitcher as captures use it: a real helper process, both directions full at once, and no
// helper left behind after an error.
#include "orchestrator/pool/stitcher.h"
#include "tests/unit/tile_png.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PATIENCE_MS = 30000, RSS_LIMIT_KB = 48 << 10 };

static struct deadline
soon(void)
{
	return deadline_in_ms(PATIENCE_MS);
}

// The first child process of this one, 0: none.
static pid_t
helper(void)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	int pid = 0;

	assert_non_null(f);
	if (fscanf(f, "%d", &pid) != 1)
		pid = 0;
	fclose(f);
	return pid;
}

static long
peak_rss_kb(pid_t pid)
{
	char path[64], line[256];
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kb = strtol(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return kb;
}

static int
setup(void **state)
{
	*state = stitcher_new();
	return 0;
}

static int
teardown(void **state)
{
	stitcher_free(*state);
	assert_int_equal(helper(), 0);
	return 0;
}

static const struct cdp_stitcher *
iface(void **state)
{
	return stitcher_iface(*state);
}

static uint32_t
be32(const char *p)
{
	const uint8_t *u = (const uint8_t *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static void
tiles_go_in_and_a_png_comes_out(void **state)
{
	const struct cdp_stitcher *st = iface(state);
	cleanup_buf out = BUF_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(st->begin(st->arg, IMAGE_PNG, 0, 40, 50, 2, 2, soon(), &err), 0);
	for (int i = 0; i < 4; i++) {
		cleanup_buf png = BUF_INIT;

		tile_png(
		    &(struct tile_spec){.width = 20, .height = 25, .rgba = {(uint8_t)(60 * i)}},
		    &png);
		if (st->tile(st->arg, png.p, png.n, soon(), &err) != 0)
			fail_msg("%s", err.message);
	}
	if (st->finish(st->arg, &out, soon(), &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(be32(out.p + 16), 40);
	assert_int_equal(be32(out.p + 20), 50);
	assert_memory_equal(out.p + out.n - 8, "IEND", 4);
	assert_int_equal(helper(), 0);
}

// Noise can't be compressed: what comes out is as much as goes in.
static void
both_directions_may_be_full(void **state)
{
	const struct cdp_stitcher *st = iface(state);
	cleanup_buf out = BUF_INIT, png = BUF_INIT;
	struct err err = ERR_INIT;

	tile_png(&(struct tile_spec){.width = 1000, .height = 500, .noise = true}, &png);
	assert_int_equal(st->begin(st->arg, IMAGE_PNG, 0, 2000, 3000, 2, 6, soon(), &err), 0);
	for (int i = 0; i < 12; i++)
		if (st->tile(st->arg, png.p, png.n, soon(), &err) != 0)
			fail_msg("%s", err.message);
	assert_int_equal(st->finish(st->arg, &out, soon(), &err), 0);
	assert_true(out.n > 2000 * 3000);
	assert_int_equal(be32(out.p + 20), 3000);
}

static void
a_tall_image_needs_little_memory(void **state)
{
	const struct cdp_stitcher *st = iface(state);
	cleanup_buf out = BUF_INIT, png = BUF_INIT;
	struct err err = ERR_INIT;
	int64_t t = clock_ms();
	long kb;

	tile_png(&(struct tile_spec){.width = 2000, .height = 1000, .rgba = {90, 120, 200}}, &png);
	assert_int_equal(st->begin(st->arg, IMAGE_JPEG, 80, 2000, 30000, 1, 30, soon(), &err), 0);
	for (int i = 0; i < 30; i++)
		if (st->tile(st->arg, png.p, png.n, soon(), &err) != 0)
			fail_msg("%s", err.message);
	kb = peak_rss_kb(helper());
	assert_int_equal(st->finish(st->arg, &out, soon(), &err), 0);
	print_message(
	    "2000x30000: peak RSS %ld kB, %d ms, %zu bytes\n", kb, (int)(clock_ms() - t), out.n);
	assert_true(out.n > 1000 && memcmp(out.p, "\xff\xd8\xff", 3) == 0);
#ifndef RIPTIDE_SANITIZER
	assert_in_range(kb, 1, RSS_LIMIT_KB);
#endif
}

// The error may show at the tile or, when the helper is slow, at the next call.
static int
give(const struct cdp_stitcher *st, struct sv bytes, struct err *err)
{
	cleanup_buf out = BUF_INIT;
	int rc = st->begin(st->arg, IMAGE_PNG, 0, 30, 60, 1, 2, soon(), err);

	for (int i = 0; i < 2 && rc == 0; i++)
		rc = st->tile(st->arg, bytes.p, bytes.n, soon(), err);
	return rc ? rc : st->finish(st->arg, &out, soon(), err);
}

static void
a_bad_tile_is_a_typed_error_and_ends_the_helper(void **state)
{
	const struct cdp_stitcher *st = iface(state);
	cleanup_buf good = BUF_INIT, wide = BUF_INIT;
	const struct sv bad[] = {SV("not a PNG"), SV(""), {NULL, 0}, {NULL, 0}};

	tile_png(&(struct tile_spec){.width = 30, .height = 30}, &good);
	tile_png(&(struct tile_spec){.width = 31, .height = 30}, &wide);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct sv bytes = i == 2   ? (struct sv){good.p, good.n - 30}
				  : i == 3 ? buf_view(&wide)
					   : bad[i];
		struct err err = ERR_INIT;
		int rc = give(st, bytes, &err);

		if (rc != ERR_CAPTURE_FAILED)
			fail_msg("case %zu: %s: %s", i, err_info(rc)->code, err.message);
		assert_int_equal(helper(), 0);
	}
	assert_int_equal(give(st, buf_view(&good), NULL), 0);
}

static void
large_tiles_after_the_end_say_why(void **state)
{
	const struct cdp_stitcher *st = iface(state);
	cleanup_buf noise = BUF_INIT;
	struct err err = ERR_INIT;

	tile_png(&(struct tile_spec){.width = 1000, .height = 1000, .noise = true}, &noise);
	assert_int_equal(give(st, buf_view(&noise), &err), ERR_CAPTURE_FAILED);
	assert_non_null(strstr(err.message, "a tile"));
}

static void
what_a_format_can_t_hold_is_refused(void **state)
{
	const struct cdp_stitcher *st = iface(state);
	struct err err = ERR_INIT;
	cleanup_buf out = BUF_INIT;
	int rc = st->begin(st->arg, IMAGE_WEBP, 80, 100, 20000, 1, 2, soon(), &err);

	assert_int_equal(rc, ERR_IMAGE_TOO_TALL);
	rc = st->begin(st->arg, IMAGE_JPEG, 80, 100, 70000, 1, 2, soon(), &err);
	if (rc == 0)
		rc = st->finish(st->arg, &out, soon(), &err);
	assert_int_equal(rc, ERR_IMAGE_TOO_TALL);
	rc = st->begin(st->arg, IMAGE_PNG, 0, 20000, 20000, 1, 2, soon(), &err);
	if (rc == 0)
		rc = st->finish(st->arg, &out, soon(), &err);
	assert_int_equal(rc, ERR_IMAGE_TOO_TALL);
}

static void
a_stopped_helper_is_a_timeout(void **state)
{
	const struct cdp_stitcher *st = iface(state);
	struct err err = ERR_INIT;
	cleanup_buf png = BUF_INIT;
	int64_t t;

	tile_png(&(struct tile_spec){.width = 1000, .height = 1000, .noise = true}, &png);
	assert_int_equal(st->begin(st->arg, IMAGE_PNG, 0, 1000, 1000, 1, 1, soon(), &err), 0);
	assert_int_equal(kill(helper(), SIGSTOP), 0);
	t = clock_ms();
	assert_int_equal(st->tile(st->arg, png.p, png.n, deadline_in_ms(200), &err), ERR_TIMEOUT);
	assert_in_range(clock_ms() - t, 200, 2200);
	assert_int_equal(helper(), 0);
}

static void
a_killed_helper_is_told(void **state)
{
	const struct cdp_stitcher *st = iface(state);
	struct err err = ERR_INIT;
	cleanup_buf out = BUF_INIT;

	assert_int_equal(st->begin(st->arg, IMAGE_PNG, 0, 1000, 1000, 1, 1, soon(), &err), 0);
	assert_int_equal(kill(helper(), SIGKILL), 0);
	assert_int_equal(st->finish(st->arg, &out, soon(), &err), ERR_CAPTURE_FAILED);
	assert_non_null(strstr(err.message, "signal 9"));
	assert_int_equal(st->finish(st->arg, &out, soon(), &err), ERR_CAPTURE_FAILED);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(tiles_go_in_and_a_png_comes_out),
	    T(both_directions_may_be_full),
	    T(a_tall_image_needs_little_memory),
	    T(a_bad_tile_is_a_typed_error_and_ends_the_helper),
	    T(large_tiles_after_the_end_say_why),
	    T(what_a_format_can_t_hold_is_refused),
	    T(a_stopped_helper_is_a_timeout),
	    T(a_killed_helper_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
