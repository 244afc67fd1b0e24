// SPDX-License-Identifier: Apache-2.0
// The loop thread: tasks run there, in order, each once; it rests when there is nothing to do.
#include "cdp/loop.h"
#include "base/clock.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <cmocka.h>

#define N_TASKS 10000

static struct loop *loop;
static unsigned ran[4], out_of_order;
static sem_t done;

struct numbered {
	unsigned writer, number;
};

static void
run_numbered(void *arg)
{
	struct numbered *n = arg;

	out_of_order += ran[n->writer] != n->number || !loop_is_current(loop);
	if (++ran[n->writer] == N_TASKS)
		sem_post(&done);
	free(n);
}

static void *
post_many(void *arg)
{
	for (unsigned i = 0; i < N_TASKS; i++) {
		struct numbered *n = xmalloc(sizeof(*n));

		*n = (struct numbered){*(unsigned *)arg, i};
		loop_post(loop, run_numbered, n);
	}
	return NULL;
}

static void
await(sem_t *s)
{
	struct deadline dl = deadline_in_ms(10000);
	struct timespec ts = deadline_timespec(dl);

	assert_int_equal(sem_clockwait(s, CLOCK_MONOTONIC, &ts), 0);
}

static void
tasks_of_each_thread_run_in_order(void **state UNUSED)
{
	unsigned ids[ARRAY_LEN(ran)];
	pthread_t t[ARRAY_LEN(ran)];

	loop = loop_new(NULL);
	assert_non_null(loop);
	sem_init(&done, 0, 0);
	assert_false(loop_is_current(loop));
	for (unsigned i = 0; i < ARRAY_LEN(ran); i++) {
		ids[i] = i;
		assert_int_equal(pthread_create(&t[i], NULL, post_many, &ids[i]), 0);
	}
	for (unsigned i = 0; i < ARRAY_LEN(ran); i++)
		pthread_join(t[i], NULL);
	for (unsigned i = 0; i < ARRAY_LEN(ran); i++)
		await(&done);
	loop_free(loop);
	assert_int_equal(out_of_order, 0);
}

static void
count_one(void *arg)
{
	++*(unsigned *)arg;
}

static void
tasks_posted_before_the_end_still_run(void **state UNUSED)
{
	unsigned n = 0;

	for (int i = 0; i < 20; i++) {
		loop = loop_new(NULL);
		loop_post(loop, count_one, &n);
		loop_free(loop);
	}
	assert_int_equal(n, 20);
}

static void
post_done(void *arg UNUSED)
{
	sem_post(&done);
}

static void
post_again(void *arg)
{
	loop_post(loop, post_done, arg);
}

static void
a_task_may_post(void **state UNUSED)
{
	loop = loop_new(NULL);
	sem_init(&done, 0, 0);
	loop_post(loop, post_again, NULL);
	await(&done);
	loop_free(loop);
}

static void
the_process_keeps_its_signal_dispositions(void **state UNUSED)
{
	struct sigaction before, after;

	sigaction(SIGPIPE, NULL, &before);
	loop_free(loop_new(NULL));
	sigaction(SIGPIPE, NULL, &after);
	assert_ptr_equal(before.sa_handler, after.sa_handler);
}

static int64_t
cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static struct watched {
	struct loop_watch *watch;
	int fd;
	unsigned calls;
} watched;

static void
take_watched(void *arg)
{
	struct watched *w = arg;
	uint64_t n;

	assert_true(loop_is_current(loop));
	w->calls++;
	if (read(w->fd, &n, sizeof(n)) == sizeof(n) && n == 3)
		loop_unwatch(w->watch); // from its own callback
	sem_post(&done);
}

static void
begin_watch(void *arg)
{
	struct watched *w = arg;

	w->watch = loop_watch(loop, w->fd, take_watched, w);
	assert_non_null(w->watch);
	sem_post(&done);
}

static void
a_watched_descriptor_calls_until_it_is_unwatched(void **state UNUSED)
{
	uint64_t values[] = {1, 2, 3, 4};

	loop = loop_new(NULL);
	sem_init(&done, 0, 0);
	watched = (struct watched){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	loop_post(loop, begin_watch, &watched);
	await(&done);
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		assert_int_equal(write(watched.fd, &values[i], sizeof(values[i])), 8);
		if (values[i] <= 3)
			await(&done);
	}
	loop_post(loop, post_done, NULL);
	await(&done);
	loop_free(loop);
	assert_int_equal(watched.calls, 3);
	close(watched.fd); // still the caller's
}

static void
an_idle_loop_rests(void **state UNUSED)
{
	struct timespec until;
	struct rusage a, b;
	int64_t cpu;

	loop = loop_new(NULL);
	sem_init(&done, 0, 0);
	loop_post(loop, post_done, NULL);
	await(&done);
	until = deadline_timespec(deadline_in_ms(300));
	getrusage(RUSAGE_SELF, &a);
	cpu = cpu_us();
	sem_clockwait(&done, CLOCK_MONOTONIC, &until); // nobody posts
	getrusage(RUSAGE_SELF, &b);
	assert_in_range(b.ru_nvcsw - a.ru_nvcsw, 0, 10);
	assert_in_range(cpu_us() - cpu, 0, 20000);
	loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tasks_of_each_thread_run_in_order),
	    cmocka_unit_test(tasks_posted_before_the_end_still_run),
	    cmocka_unit_test(a_task_may_post),
	    cmocka_unit_test(the_process_keeps_its_signal_dispositions),
	    cmocka_unit_test(a_watched_descriptor_calls_until_it_is_unwatched),
	    cmocka_unit_test(an_idle_loop_rests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
