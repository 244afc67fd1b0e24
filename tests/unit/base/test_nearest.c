// SPDX-License-Identifier: Apache-2.0
#include "base/nearest.h"

#include "base/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void
nearest_is_close_or_nothing(void **state UNUSED)
{
	static const char *const words[] = {"timeout_ms", "css", "url", "viewport"};

	assert_string_equal(nearest_word("timout_ms", words, 4), "timeout_ms");
	assert_string_equal(nearest_word("timeoutMs", words, 4), "timeout_ms");
	assert_string_equal(nearest_word("uri", words, 4), "url");
	assert_null(nearest_word("", words, 4));
	assert_null(nearest_word("x", words, 4));
	assert_null(nearest_word("something_else", words, 4));
	assert_null(nearest_word(
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", words, 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nearest_is_close_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
