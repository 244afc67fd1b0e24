// SPDX-License-Identifier: Apache-2.0
#include "base/mailbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

struct note {
	struct mail mail; // first: freed as one
	int writer, serial;
};

static atomic_int alive;

static void
free_note(struct mail *m)
{
	atomic_fetch_sub(&alive, 1);
	free(m);
}

static struct mail *
note(int writer, int serial, size_t bytes)
{
	struct note *n = xcalloc(1, sizeof(*n));

	atomic_fetch_add(&alive, 1);
	n->mail = (struct mail){.free = free_note, .size_bytes = bytes};
	n->writer = writer;
	n->serial = serial;
	return &n->mail;
}

static int
take_serial(struct mailbox *mb, int64_t ms)
{
	struct mail *m = mailbox_take(mb, deadline_in_ms(ms));
	int serial = m ? ((struct note *)m)->serial : -1;

	if (m)
		m->free(m);
	return serial;
}

static void
mail_comes_out_in_order(void **state)
{
	struct mailbox *mb = mailbox_new(10, 1000);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(mailbox_put(mb, note(0, i, 1), false), MAILBOX_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    take_serial(mb, 0), i); // a passed deadline still hands out what is there
	assert_int_equal(take_serial(mb, 0), -1);
	assert_int_equal(mailbox_put(mb, note(0, 7, 1), false), MAILBOX_OK);
	assert_int_equal(take_serial(mb, 1000), 7);
	mailbox_free(mb);
	assert_int_equal(atomic_load(&alive), 0);
}

static void
a_full_box_drops_or_overflows(void **state)
{
	struct mailbox *mb = mailbox_new(2, 100);

	(void)state;
	assert_int_equal(mailbox_put(mb, note(0, 1, 60), true), MAILBOX_OK);
	assert_int_equal(mailbox_put(mb, note(0, 2, 60), true), MAILBOX_DROPPED); // bytes
	assert_int_equal(mailbox_put(mb, note(0, 3, 40), true), MAILBOX_OK);
	assert_int_equal(mailbox_put(mb, note(0, 4, 0), true), MAILBOX_DROPPED); // count
	assert_int_equal(mailbox_dropped(mb), 2);
	assert_false(mailbox_overflowed(mb));
	assert_int_equal(mailbox_put(mb, note(0, 5, 0), false), MAILBOX_OVERFLOW);
	assert_true(mailbox_overflowed(mb));
	assert_int_equal(mailbox_put_urgent(mb, note(0, 6, 1000)), MAILBOX_OK);
	assert_int_equal(take_serial(mb, 0), 1);
	assert_int_equal(take_serial(mb, 0), 3);
	assert_int_equal(take_serial(mb, 0), 6);
	assert_true(mailbox_overflowed(mb)); // for good
	assert_int_equal(mailbox_put(mb, note(0, 8, 100), false), MAILBOX_OK);
	mailbox_free(mb); // with mail in it
	assert_int_equal(atomic_load(&alive), 0);
}

static void
an_overflow_wakes_the_reader_once(void **state)
{
	struct mailbox *mb = mailbox_new(2, 100);
	int64_t start;

	(void)state;
	assert_int_equal(mailbox_put(mb, note(0, 1, 101), false), MAILBOX_OVERFLOW);
	start = clock_ms();
	assert_null(mailbox_take(mb, deadline_in_ms(5000)));
	assert_true(clock_ms() - start < 2000);
	start = clock_ms();
	assert_null(mailbox_take(mb, deadline_in_ms(30))); // and it does not spin afterwards
	assert_true(clock_ms() - start >= 29);
	mailbox_free(mb);
}

static void
waits_end_at_the_deadline(void **state)
{
	struct mailbox *mb = mailbox_new(2, 100);
	int64_t start = clock_us();

	(void)state;
	assert_null(mailbox_take(mb, deadline_in_ms(20)));
	assert_true(clock_us() - start >= 20000);
	assert_null(mailbox_take(mb, deadline_in_ms(-1000000000)));
	mailbox_free(mb);
}

static void
a_wake_up_is_remembered_until_the_next_take(void **state)
{
	struct mailbox *mb = mailbox_new(2, 100);
	int64_t start = clock_ms();

	(void)state;
	mailbox_wake(mb);
	assert_null(mailbox_take(mb, deadline_in_ms(5000)));
	assert_true(clock_ms() - start < 2000);
	mailbox_free(mb);
}

static void
a_closed_box_gives_what_it_has_and_takes_no_more(void **state)
{
	struct mailbox *mb = mailbox_new(2, 100);
	int64_t start = clock_ms();

	(void)state;
	assert_int_equal(mailbox_put(mb, note(0, 1, 1), false), MAILBOX_OK);
	mailbox_close(mb);
	assert_int_equal(mailbox_put(mb, note(0, 2, 1), false), MAILBOX_CLOSED);
	assert_int_equal(mailbox_put_urgent(mb, note(0, 3, 1)), MAILBOX_CLOSED);
	assert_int_equal(take_serial(mb, 5000), 1);
	assert_int_equal(take_serial(mb, 5000), -1);
	assert_true(clock_ms() - start < 2000);
	mailbox_free(mb);
	mailbox_free(NULL);
	assert_int_equal(atomic_load(&alive), 0);
}

#define WRITERS  4
#define PER_WRIT 5000

struct writer {
	pthread_t thread;
	struct mailbox *mb;
	int id, ok, dropped;
};

static void *
write_many(void *arg)
{
	struct writer *w = arg;

	for (int i = 0; i < PER_WRIT; i++) {
		enum mailbox_put v = mailbox_put(w->mb, note(w->id, i, 8), true);

		w->ok += v == MAILBOX_OK;
		w->dropped += v == MAILBOX_DROPPED;
	}
	mailbox_put_urgent(w->mb, note(w->id, -1, 0)); // the end
	return NULL;
}

// Run under ThreadSanitizer too: each writer's order holds and nothing is lost uncounted.
static void
many_writers_one_reader(void **state)
{
	struct mailbox *mb = mailbox_new(64, 4096);
	struct writer w[WRITERS] = {0};
	int last[WRITERS], ends = 0, got = 0, ok = 0, dropped = 0;

	(void)state;
	for (int i = 0; i < WRITERS; i++) {
		w[i] = (struct writer){.mb = mb, .id = i};
		last[i] = -1;
		assert_int_equal(pthread_create(&w[i].thread, NULL, write_many, &w[i]), 0);
	}
	while (ends < WRITERS) {
		struct mail *m = mailbox_take(mb, deadline_in_ms(20000));
		struct note *n = (struct note *)m;

		assert_non_null(m);
		if (n->serial < 0) {
			ends++;
		} else {
			assert_true(n->serial > last[n->writer]);
			last[n->writer] = n->serial;
			got++;
		}
		m->free(m);
	}
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(w[i].thread, NULL);
		ok += w[i].ok;
		dropped += w[i].dropped;
	}
	assert_int_equal(got, ok);
	assert_int_equal(ok + dropped, WRITERS * PER_WRIT);
	assert_int_equal(mailbox_dropped(mb), dropped);
	mailbox_free(mb);
	assert_int_equal(atomic_load(&alive), 0);
}

static void *
wake_later(void *arg)
{
	struct mailbox **boxes = arg;

	assert_null(mailbox_take(boxes[1], deadline_in_ms(20))); // a timer without sleeping
	mailbox_wake(boxes[0]);
	return NULL;
}

static void
a_sleeping_reader_is_woken(void **state)
{
	struct mailbox *boxes[2] = {mailbox_new(2, 100), mailbox_new(2, 100)};
	int64_t start = clock_ms();
	pthread_t t;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, wake_later, boxes), 0);
	assert_null(mailbox_take(boxes[0], deadline_in_ms(10000)));
	assert_true(clock_ms() - start < 5000);
	pthread_join(t, NULL);
	mailbox_free(boxes[0]);
	mailbox_free(boxes[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mail_comes_out_in_order),
	    cmocka_unit_test(a_full_box_drops_or_overflows),
	    cmocka_unit_test(an_overflow_wakes_the_reader_once),
	    cmocka_unit_test(waits_end_at_the_deadline),
	    cmocka_unit_test(a_wake_up_is_remembered_until_the_next_take),
	    cmocka_unit_test(a_closed_box_gives_what_it_has_and_takes_no_more),
	    cmocka_unit_test(many_writers_one_reader),
	    cmocka_unit_test(a_sleeping_reader_is_woken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
