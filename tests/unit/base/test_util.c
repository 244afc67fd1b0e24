// SPDX-License-Identifier: Apache-2.0
#include "base/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static void
min_and_max_evaluate_once_and_nest(void **state)
{
	int calls = 0, a = MIN(calls++, 5), b = MAX(MIN(3, 7), MAX(2, MIN(9, 4)));

	(void)state;
	assert_int_equal(a, 0);
	assert_int_equal(calls, 1);
	assert_int_equal(b, 4);
}

static void
stealing_leaves_nothing_to_clean(void **state)
{
	char *p = xstrdup("x"), *q = steal_ptr(p);
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), kept = steal_fd(fd);

	(void)state;
	assert_null(p);
	assert_int_equal(fd, -1);
	assert_true(kept >= 0);
	close(kept);
	free(q);
}

static void
cleanup_closes_and_keeps_errno(void **state)
{
	int copy;

	(void)state;
	{
		cleanup_close int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		cleanup_close int none UNUSED = -1;
		cleanup_free char *text UNUSED = xasprintf("%d-%s", 7, "x");

		copy = fd;
		assert_string_equal(text, "7-x");
		errno = ENOENT;
	}
	assert_int_equal(errno, ENOENT);
	assert_int_equal(fcntl(copy, F_GETFD), -1);
}

static void
a_closed_member_is_not_closed_again(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), other;

	(void)state;
	util_closep(&fd);
	assert_int_equal(fd, -1);
	other = open("/dev/null", O_RDONLY | O_CLOEXEC); // takes the number
	util_closep(&fd);
	assert_int_equal(fcntl(other, F_GETFD), FD_CLOEXEC);
	close(other);
}

static void
nothing_is_something(void **state)
{
	void *p[] = {xmalloc(0), xcalloc(0, 0), xrealloc(NULL, 0), xstrndup("abc", 0)};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		assert_non_null(p[i]);
		free(p[i]);
	}
}

static void
whole_writes_and_reads(void **state)
{
	char out[8] = "";
	size_t got = 99;
	int p[2];

	(void)state;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	assert_int_equal(util_write_all(p[1], "abc", 3), 0);
	assert_int_equal(util_write_all(p[1], "defg", 4), 0);
	assert_int_equal(util_read_all(p[0], out, 2, &got), 0);
	assert_int_equal(got, 2);
	close(p[1]);
	assert_int_equal(util_read_all(p[0], out, sizeof(out), &got), 0);
	assert_int_equal(got, 5); // the end of the file
	assert_memory_equal(out, "cdefg", 5);
	close(p[0]);
	assert_int_equal(util_read_all(-1, out, 1, &got), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(util_write_all(-1, "x", 1), -1);
	assert_int_equal(util_write_all(-1, "x", 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(min_and_max_evaluate_once_and_nest),
	    cmocka_unit_test(stealing_leaves_nothing_to_clean),
	    cmocka_unit_test(cleanup_closes_and_keeps_errno),
	    cmocka_unit_test(a_closed_member_is_not_closed_again),
	    cmocka_unit_test(nothing_is_something),
	    cmocka_unit_test(whole_writes_and_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
