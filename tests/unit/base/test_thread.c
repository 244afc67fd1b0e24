// SPDX-License-Identifier: Apache-2.0
// Threads begin with signals blocked and leave their parent's mask alone; signals come out of the
// descriptor.
#include "base/thread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>

static bool
blocked(int signal)
{
	sigset_t now;

	pthread_sigmask(SIG_SETMASK, NULL, &now);
	return sigismember(&now, signal) == 1;
}

static void *
look(void *arg)
{
	*(bool *)arg = blocked(SIGTERM) && blocked(SIGCHLD) && blocked(SIGUSR1) &&
		       !blocked(SIGSEGV) && !blocked(SIGABRT);
	return NULL;
}

static void
a_thread_has_signals_blocked_its_parent_not(void **state UNUSED)
{
	static const size_t stacks[] = {0, (size_t)512 << 10};

	for (size_t i = 0; i < ARRAY_LEN(stacks); i++) {
		bool all = false;
		pthread_t t;

		assert_int_equal(thread_start(&t, "looker", stacks[i], look, &all), 0);
		pthread_join(t, NULL);
		assert_true(all);
		assert_false(blocked(SIGTERM) || blocked(SIGUSR1));
	}
}

static void *
wait_for_name(void *arg)
{
	pthread_barrier_wait(arg);
	return NULL;
}

static void
a_thread_has_its_name(void **state UNUSED)
{
	pthread_barrier_t end;
	char name[16] = "";
	pthread_t t;

	pthread_barrier_init(&end, NULL, 2);
	assert_int_equal(thread_start(&t, "fifteen-bytes-x", 0, wait_for_name, &end), 0);
	assert_int_equal(pthread_getname_np(t, name, sizeof(name)), 0);
	assert_string_equal(name, "fifteen-bytes-x");
	pthread_barrier_wait(&end);
	pthread_join(t, NULL);
	pthread_barrier_destroy(&end);
}

static int
next_signal(int fd)
{
	struct signalfd_siginfo si;

	return read(fd, &si, sizeof(si)) == (ssize_t)sizeof(si) ? (int)si.ssi_signo : -errno;
}

static void
signals_come_from_the_descriptor(void **state UNUSED)
{
	cleanup_close int fd = signals_open(SIGHUP);
	static const int sent[] = {SIGTERM, SIGINT, SIGHUP};

	assert_true(fd >= 0);
	assert_false(blocked(SIGUSR1));
	assert_int_equal(next_signal(fd), -EAGAIN); // it never blocks
	for (size_t i = 0; i < ARRAY_LEN(sent); i++) {
		raise(sent[i]);
		assert_int_equal(next_signal(fd), sent[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_thread_has_signals_blocked_its_parent_not),
	    cmocka_unit_test(a_thread_has_its_name),
	    cmocka_unit_test(signals_come_from_the_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
