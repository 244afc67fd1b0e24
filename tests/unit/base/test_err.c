// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

static void
the_table_is_complete_and_codes_are_unique(void **state)
{
	(void)state;
	for (int i = 1; i <= ERR_COUNT; i++) {
		const struct err_info *info = err_info(-i);

		assert_true(info->type[0] && info->code[0] && info->text[0] && info->symbol[0]);
		assert_in_range(info->http_status, 400, 599);
		assert_int_not_equal(info->cli_exit, EXIT_COMPLETE);
		assert_int_equal(err_by_name(info->code), -i); // the first of that name
	}
	assert_int_equal(err_by_name("nonsense"), 0);
	assert_string_equal(err_info(0)->code, "internal");
	assert_string_equal(err_info(-10000)->code, "internal");
	assert_string_equal(err_info(7)->code, "internal");
	assert_string_equal(err_info(ERR_TIMEOUT)->code, "timeout");
}

static void
setting_fills_and_returns_the_code(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(
	    err_at(&e, ERR_INVALID_REQUEST, "a[1].b", "expected %d", 7), ERR_INVALID_REQUEST);
	assert_int_equal(e.code, ERR_INVALID_REQUEST);
	assert_string_equal(e.path, "a[1].b");
	assert_string_equal(e.message, "expected 7");
	assert_int_equal(err_set(&e, ERR_TIMEOUT, NULL), ERR_TIMEOUT);
	assert_string_equal(e.path, "");
	assert_string_equal(e.message, err_info(ERR_TIMEOUT)->text);
	assert_int_equal(err_set(NULL, ERR_TIMEOUT, "x"), ERR_TIMEOUT);
	assert_int_equal(err_at(NULL, ERR_TIMEOUT, "p", "x"), ERR_TIMEOUT);
	err_prefix(NULL, "x");
}

static void
a_message_may_quote_itself(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	err_set(&e, ERR_CDP, "inner");
	err_set(&e, ERR_ACTION_FAILED, "outer: %s", e.message);
	assert_string_equal(e.message, "outer: inner");
}

static void
page_made_text_is_cleaned_and_cut(void **state)
{
	struct err e = ERR_INIT;
	char big[2000];

	(void)state;
	err_at(&e, ERR_CDP, "k\ney", "a\x1b[2J\nb\x7f\xc2\x9b\xff\xc3\xa9");
	assert_string_equal(e.path, "k ey");
	assert_string_equal(e.message, "a [2J b   ?\xc3\xa9");
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	err_at(&e, ERR_CDP, big, "%s", big);
	assert_int_equal(strlen(e.message), sizeof(e.message) - 1);
	assert_int_equal(strlen(e.path), sizeof(e.path) - 1);
	for (size_t i = 0; i + 2 < sizeof(big); i += 2)
		memcpy(big + i, "\xc3\xa9", 2);
	err_set(&e, ERR_CDP, "%s", big);
	assert_int_equal(e.message[sizeof(e.message) - 2], '?'); // half a character
}

static void
prefixes_join_paths(void **state)
{
	static const struct {
		const char *prefix, *path, *want;
	} cases[] = {{"actions[2]", "timeout_ms", "actions[2].timeout_ms"},
	    {"actions", "[2]", "actions[2]"}, {"actions", "", "actions"}, {"", "a", "a"},
	    {"", "", ""}};
	struct err e = ERR_INIT;
	char big[300];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err_at(&e, ERR_INVALID_REQUEST, cases[i].path, "x");
		err_prefix(&e, cases[i].prefix);
		assert_string_equal(e.path, cases[i].want);
	}
	memset(big, 'p', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	err_prefix(&e, big);
	assert_int_equal(strlen(e.path), sizeof(e.path) - 1);
}

static void
full_disks_and_closed_pipes_have_their_own_codes(void **state)
{
	(void)state;
	assert_int_equal(err_from_errno(ENOSPC, ERR_OUTPUT), ERR_STORAGE_FULL);
	assert_int_equal(err_from_errno(EDQUOT, ERR_OUTPUT), ERR_STORAGE_FULL);
	assert_int_equal(err_from_errno(EPIPE, ERR_OUTPUT), ERR_OUTPUT_CLOSED);
	assert_int_equal(err_from_errno(EACCES, ERR_OUTPUT), ERR_OUTPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_is_complete_and_codes_are_unique),
	    cmocka_unit_test(setting_fills_and_returns_the_code),
	    cmocka_unit_test(a_message_may_quote_itself),
	    cmocka_unit_test(page_made_text_is_cleaned_and_cut),
	    cmocka_unit_test(prefixes_join_paths),
	    cmocka_unit_test(full_disks_and_closed_pipes_have_their_own_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
