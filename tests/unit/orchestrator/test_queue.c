// SPDX-License-Identifier: Apache-2.0
// The queue's fairness, simulated: no clock, no threads.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/util.h"
#include "orchestrator/admission/queue.h"

#define N 400

enum { INTERACTIVE, NORMAL, BULK };

struct sim {
	struct queue *q;
	struct queue_item items[4 * N];
	const char *keys[4 * N];
	size_t n;
};

static void
push(struct sim *s, const char *key, unsigned class, size_t count, size_t max_running)
{
	while (count-- > 0) {
		s->keys[s->n] = key;
		queue_push(s->q, &s->items[s->n++], key, class, max_running);
	}
}

static const char *
key_of(const struct sim *s, const struct queue_item *it)
{
	return s->keys[it - s->items];
}

static struct sim *
sim_new(void)
{
	struct sim *s = xcalloc(1, sizeof(*s));

	s->q = queue_new();
	return s;
}

static void
sim_free(struct sim *s)
{
	struct queue_item *it;

	while ((it = queue_pop(s->q)))
		queue_done(s->q, it, 1);
	queue_free(s->q);
	free(s);
}

static void
a_key_is_served_in_order_of_arrival(void **state)
{
	struct sim *s = sim_new();

	(void)state;
	push(s, "a", NORMAL, 10, 0);
	for (size_t i = 0; i < 10; i++) {
		struct queue_item *it = queue_pop(s->q);

		assert_ptr_equal(it, &s->items[i]);
		queue_done(s->q, it, 100);
	}
	assert_null(queue_pop(s->q));
	sim_free(s);
}

// A key that floods gets no more than one that sends a little.
static void
keys_share_alike_however_much_they_send(void **state)
{
	struct sim *s = sim_new();
	unsigned got[2] = {0};

	(void)state;
	push(s, "flood", NORMAL, N, 0);
	push(s, "few", NORMAL, 20, 0);
	for (int i = 0; i < 40; i++) {
		struct queue_item *it = queue_pop(s->q);

		got[key_of(s, it)[1] == 'e']++;
		queue_done(s->q, it, 100);
	}
	assert_in_range(got[1], 19, 20);
	sim_free(s);
}

// Fair is the time of job threads, not the number of jobs.
static void
keys_with_long_jobs_get_fewer_of_them(void **state)
{
	struct sim *s = sim_new();
	double used[2] = {0};

	(void)state;
	push(s, "short", NORMAL, N, 0);
	push(s, "long", NORMAL, N, 0);
	for (int i = 0; i < 300; i++) {
		struct queue_item *it = queue_pop(s->q);
		int is_long = key_of(s, it)[0] == 'l';

		used[is_long] += is_long ? 1000 : 100;
		queue_done(s->q, it, is_long ? 1000 : 100);
	}
	assert_true(used[0] > 0.85 * used[1] && used[0] < 1.15 * used[1]);
	sim_free(s);
}

static void
who_was_away_has_saved_nothing_up(void **state)
{
	struct sim *s = sim_new();
	unsigned late = 0;

	(void)state;
	push(s, "late", NORMAL, 1, 0);
	queue_done(s->q, queue_pop(s->q), 100);
	push(s, "busy", NORMAL, N, 0);
	for (int i = 0; i < 200; i++)
		queue_done(s->q, queue_pop(s->q), 100);
	push(s, "late", NORMAL, 100, 0);
	for (int i = 0; i < 20; i++) {
		struct queue_item *it = queue_pop(s->q);

		late += key_of(s, it)[0] == 'l';
		queue_done(s->q, it, 100);
	}
	assert_in_range(late, 9, 11);
	sim_free(s);
}

static void
priorities_share_by_weight_and_none_starves(void **state)
{
	struct sim *s = sim_new();
	unsigned got[QUEUE_CLASSES] = {0};

	(void)state;
	for (unsigned c = 0; c < QUEUE_CLASSES; c++)
		push(s, "a", c, N, 0);
	for (int i = 0; i < 210; i++) {
		struct queue_item *it = queue_pop(s->q);

		got[it->class]++;
		queue_done(s->q, it, 100);
	}
	assert_in_range(got[INTERACTIVE], 155, 165);
	assert_in_range(got[NORMAL], 37, 43);
	assert_in_range(got[BULK], 8, 12);
	sim_free(s);
}

static void
an_interactive_job_goes_before_a_backlog_of_bulk(void **state)
{
	struct sim *s = sim_new();

	(void)state;
	push(s, "a", BULK, N, 0);
	for (int i = 0; i < 50; i++)
		queue_done(s->q, queue_pop(s->q), 100);
	push(s, "b", INTERACTIVE, 1, 0);
	assert_int_equal(queue_pop(s->q)->class, INTERACTIVE);
	queue_done(s->q, &s->items[s->n - 1], 100);
	sim_free(s);
}

static void
a_keys_own_limit_blocks_only_itself(void **state)
{
	struct sim *s = sim_new();
	struct queue_item *a, *b, *c;

	(void)state;
	push(s, "a", NORMAL, 5, 1);
	push(s, "b", BULK, 5, 0);
	a = queue_pop(s->q);
	assert_string_equal(key_of(s, a), "a");
	b = queue_pop(s->q);
	c = queue_pop(s->q);
	assert_string_equal(key_of(s, b), "b");
	assert_string_equal(key_of(s, c), "b");
	queue_done(s->q, a, 100);
	a = queue_pop(s->q);
	assert_string_equal(key_of(s, a), "a");
	queue_done(s->q, a, 1);
	queue_done(s->q, b, 1);
	queue_done(s->q, c, 1);
	sim_free(s);
}

// The jobs of a session follow each other; those behind them are not held up.
static void
equal_serials_never_run_together(void **state)
{
	struct sim *s = sim_new();
	struct queue_item *first, *other;
	struct queue_ahead ahead;

	(void)state;
	s->items[0].serial = s->items[1].serial = 7;
	push(s, "a", NORMAL, 3, 0);
	first = queue_pop(s->q);
	assert_ptr_equal(first, &s->items[0]);
	other = queue_pop(s->q);
	assert_ptr_equal(other, &s->items[2]);
	assert_null(queue_pop(s->q));
	assert_true(queue_serial_runs(s->q, 7));
	queue_ahead(s->q, "a", NORMAL, 0, 7, &ahead);
	assert_true(ahead.serial_wait_ms > 1.9 * ahead.service_ms);
	queue_ahead(s->q, "a", NORMAL, 0, 8, &ahead);
	assert_true(ahead.serial_wait_ms <= 0);
	queue_done(s->q, first, 100);
	assert_ptr_equal(queue_pop(s->q), &s->items[1]);
	queue_done(s->q, &s->items[1], 100);
	queue_done(s->q, other, 100);
	sim_free(s);
}

static void
what_is_removed_is_not_served(void **state)
{
	struct sim *s = sim_new();

	(void)state;
	push(s, "a", NORMAL, 3, 0);
	queue_remove(s->q, &s->items[1]);
	assert_int_equal(queue_len(s->q), 2);
	assert_int_equal(queue_key_len(s->q, "a"), 2);
	queue_remove(s->q, &s->items[0]);
	assert_ptr_equal(queue_pop(s->q), &s->items[2]);
	queue_done(s->q, &s->items[2], 1);
	assert_int_equal(queue_len(s->q) + queue_running(s->q), 0);
	sim_free(s);
}

// What queue_ahead foretells is what then happens.
static void
the_work_ahead_is_foretold(void **state)
{
	struct sim *s = sim_new();
	struct queue_ahead ahead;
	struct queue_item *it;
	size_t before = 0;

	(void)state;
	for (int i = 0; i < 100; i++) { // so that costs are known
		push(s, "a", NORMAL, 1, 0);
		queue_done(s->q, queue_pop(s->q), 200);
	}
	push(s, "a", NORMAL, 100, 0);
	push(s, "b", BULK, 100, 0);
	push(s, "c", NORMAL, 3, 0);
	queue_ahead(s->q, "d", NORMAL, 0, 0, &ahead);
	push(s, "d", NORMAL, 1, 0);
	while ((it = queue_pop(s->q))) {
		bool mine = key_of(s, it)[0] == 'd';

		queue_done(s->q, it, 200);
		if (mine)
			break;
		before++;
	}
	assert_true(before <= ahead.jobs + 1 && ahead.jobs <= before + 2);
	assert_true(ahead.service_ms > 180 && ahead.service_ms < 220);
	queue_ahead(s->q, "a", NORMAL, 0, 0, &ahead);
	assert_true(ahead.jobs >= queue_key_len(s->q, "a"));
	queue_ahead(s->q, "a", NORMAL, 2, 0, &ahead);
	assert_true(ahead.own_wait_ms >= 45 * ahead.service_ms);
	sim_free(s);
}

static void
keys_come_and_go_in_bounded_memory(void **state)
{
	struct queue *q = queue_new();
	struct queue_item it = {0};
	char key[16];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		for (int d = 0, v = i; d < 8; d++, v /= 10)
			key[d] = (char)('0' + v % 10);
		key[8] = '\0';
		it = (struct queue_item){0};
		queue_push(q, &it, key, NORMAL, 0);
		assert_ptr_equal(queue_pop(q), &it);
		queue_done(q, &it, 10);
	}
	queue_free(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_key_is_served_in_order_of_arrival),
	    cmocka_unit_test(keys_share_alike_however_much_they_send),
	    cmocka_unit_test(keys_with_long_jobs_get_fewer_of_them),
	    cmocka_unit_test(who_was_away_has_saved_nothing_up),
	    cmocka_unit_test(priorities_share_by_weight_and_none_starves),
	    cmocka_unit_test(an_interactive_job_goes_before_a_backlog_of_bulk),
	    cmocka_unit_test(a_keys_own_limit_blocks_only_itself),
	    cmocka_unit_test(equal_serials_never_run_together),
	    cmocka_unit_test(what_is_removed_is_not_served),
	    cmocka_unit_test(the_work_ahead_is_foretold),
	    cmocka_unit_test(keys_come_and_go_in_bounded_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
