// SPDX-License-Identifier: Apache-2.0
// Keys by name, and image headers.
#include "cdp/image.h"
#include "cdp/input.h"
#include "cdp/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void
characters_have_the_codes_of_a_us_keyboard(void **state UNUSED)
{
	struct key_def k;

	assert_true(key_lookup(SV("a"), &k));
	assert_string_equal(k.code, "KeyA");
	assert_int_equal(k.vk, 'A');
	assert_false(k.shift);
	assert_true(key_lookup(SV("A"), &k));
	assert_string_equal(k.key, "A");
	assert_true(k.shift);
	assert_true(key_lookup(SV("%"), &k));
	assert_string_equal(k.code, "Digit5");
	assert_true(k.shift);
	assert_true(key_lookup(SV("Space"), &k));
	assert_string_equal(k.key, " ");
	assert_false(key_lookup(SV("\xc3\xa9"), &k));
	assert_false(key_lookup(SV(""), &k));
}

static void
every_printable_ascii_character_has_a_key_that_types_it(void **state UNUSED)
{
	for (char c = 0x20; c < 0x7f; c++) {
		struct key_def k;

		assert_true(key_lookup((struct sv){&c, 1}, &k));
		assert_int_equal(k.text[0], c);
		assert_int_equal(k.text[1], 0);
		assert_true(k.code[0] != 0);
	}
}

static void
modifiers_come_before_the_key(void **state UNUSED)
{
	struct key_def k;
	int bits;

	assert_true(key_parse("Control+Shift+ArrowLeft", &bits, &k));
	assert_int_equal(bits, KEY_CONTROL | KEY_SHIFT);
	assert_string_equal(k.key, "ArrowLeft");
	assert_true(key_parse("Control++", &bits, &k));
	assert_string_equal(k.key, "+");
	assert_true(key_parse("+", &bits, &k));
	assert_int_equal(bits, 0);
	for (size_t i = 0; i < 6; i++) {
		const char *const bad[] = {
		    "", "Control+", "A+B", "Entre", "Control+Nope", "control+a"};

		assert_false(cdp_input_key_known(bad[i]));
	}
}

static void
image_sizes_are_read_from_headers(void **state UNUSED)
{
	static const char png[] =
	    "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x05\0\0\0\x03\x20\x08\x06\0\0\0";
	static const char jpeg[] = "\xff\xd8\xff\xe0\0\x04xx\xff\xc0\0\x11\x08\x01\x2c\x02\x58\x03";
	static const char vp8x[] = "RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x1f\x03\0\x57\x02\0";
	uint32_t w = 0, h = 0;

	assert_true(image_size((struct sv){png, sizeof(png) - 1}, &w, &h));
	assert_int_equal(w, 1280);
	assert_int_equal(h, 800);
	assert_true(image_size((struct sv){jpeg, sizeof(jpeg) - 1}, &w, &h));
	assert_int_equal(w, 600);
	assert_int_equal(h, 300);
	assert_true(image_size((struct sv){vp8x, sizeof(vp8x) - 1}, &w, &h));
	assert_int_equal(w, 800);
	assert_int_equal(h, 600);
}

static void
cut_or_foreign_headers_have_no_size(void **state UNUSED)
{
	static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x05\0\0\0\x03\x20";
	uint32_t w, h;

	for (size_t n = 0; n < sizeof(png) - 1; n++)
		assert_false(image_size((struct sv){png, n}, &w, &h));
	assert_false(
	    image_size(SV("GIF89a\1\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), &w, &h));
	assert_false(image_size(SV("\xff\xd8\xff\xe0\xff\xff xxxxxxxxxxxx"), &w, &h));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(characters_have_the_codes_of_a_us_keyboard),
	    cmocka_unit_test(every_printable_ascii_character_has_a_key_that_types_it),
	    cmocka_unit_test(modifiers_come_before_the_key),
	    cmocka_unit_test(image_sizes_are_read_from_headers),
	    cmocka_unit_test(cut_or_foreign_headers_have_no_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
