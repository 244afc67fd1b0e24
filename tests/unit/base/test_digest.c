// SPDX-License-Identifier: Apache-2.0
// Hexadecimal text against known bytes, SHA-256 against the vectors of FIPS 180-4, random ids
// against each other.
#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static void
hex_has_two_digits_a_byte_and_an_end(void **state UNUSED)
{
	static const struct {
		struct sv in;
		const char *out;
	} rows[] = {
	    {SV(""), ""},
	    {SV("\x00"), "00"},
	    {SV("\x0f\xf0"), "0ff0"},
	    {SV("\x01\x23\x45\x67\x89\xab\xcd\xef\xff"), "0123456789abcdefff"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char out[32];

		memset(out, '?', sizeof(out));
		hex_encode(rows[i].in.p, rows[i].in.n, out);
		assert_string_equal(out, rows[i].out);
		assert_int_equal(out[2 * rows[i].in.n + 1], '?'); // nothing behind its NUL
	}
}

static void
sha256_gives_the_standard_s_digests(void **state UNUSED)
{
	static const struct {
		struct sv in;
		const char *hex;
	} rows[] = {
	    {SV(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	    {SV("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {SV("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), // two blocks
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned char raw[SHA256_BYTES];
		char hex[SHA256_HEX], of_raw[SHA256_HEX];

		sha256_hex(rows[i].in, hex);
		assert_string_equal(hex, rows[i].hex);
		sha256(rows[i].in, raw);
		hex_encode(raw, sizeof(raw), of_raw);
		assert_string_equal(of_raw, rows[i].hex);
	}
}

static void
sha256_takes_nul_long_and_absent_bytes(void **state UNUSED)
{
	static char million[1000000];
	char hex[SHA256_HEX];

	memset(million, 'a', sizeof(million));
	sha256_hex((struct sv){million, sizeof(million)}, hex);
	assert_string_equal(
	    hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	sha256_hex((struct sv){NULL, 0}, hex); // an empty buffer has no pointer
	assert_string_equal(
	    hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_hex(SV("\0"), hex);
	assert_string_equal(
	    hex, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

static void
random_bytes_fill_what_was_asked_and_no_more(void **state UNUSED)
{
	static const size_t sizes[] = {1, 7, 16, 33, RANDOM_MAX_BYTES};

	for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
		unsigned char seen[RANDOM_MAX_BYTES] = {0}, out[RANDOM_MAX_BYTES + 1];
		size_t n = sizes[s];

		memset(out, 0, sizeof(out));
		for (int round = 0; round < 64; round++) { // a byte stays 0 with 2^-512
			random_bytes(out, n);
			for (size_t i = 0; i < n; i++)
				seen[i] |= out[i];
		}
		for (size_t i = 0; i < n; i++)
			assert_int_not_equal(seen[i], 0);
		assert_int_equal(out[n], 0);
	}
}

static void
random_ids_are_lower_case_hex_and_differ(void **state UNUSED)
{
	char ids[200][RANDOM_ID];

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		random_hex(ids[i], (RANDOM_ID - 1) / 2);
		assert_int_equal(strlen(ids[i]), RANDOM_ID - 1);
		assert_int_equal(strspn(ids[i], "0123456789abcdef"), RANDOM_ID - 1);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(ids[i], ids[k]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hex_has_two_digits_a_byte_and_an_end),
	    cmocka_unit_test(sha256_gives_the_standard_s_digests),
	    cmocka_unit_test(sha256_takes_nul_long_and_absent_bytes),
	    cmocka_unit_test(random_bytes_fill_what_was_asked_and_no_more),
	    cmocka_unit_test(random_ids_are_lower_case_hex_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
