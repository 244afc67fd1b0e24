// SPDX-License-Identifier: Apache-2.0
// A job's event log: order, bounds, gaps, ends, many readers, watchers that leave while they are
// woken.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/clock.h"
#include "orchestrator/job/event_log.h"
#include "tests/unit/patience.h"

#define LARGE ((size_t)1 << 20)

static enum event_next
next(struct event_log *l, uint64_t *last, uint64_t *gap)
{
	struct event_text *e = NULL;
	enum event_next what = event_log_next(l, last, &e, gap);

	assert_int_equal(e != NULL, what == EVENT_ITEM);
	if (e)
		assert_int_equal(e->id, *last);
	event_text_unref(e);
	return what;
}

static void
unseen(void *arg UNUSED, struct event_text *e UNUSED)
{
}

static void
an_event_is_one_line_of_json_with_its_id(void **state)
{
	struct event_log *l = event_log_new("ab\"c", 10, LARGE);
	cJSON *data = json_obj(), *v = NULL;
	struct event_text *e = NULL;
	struct err err = ERR_INIT;
	uint64_t last = 0, gap;

	(void)state;
	json_set_str(data, "text", "two\nlines");
	assert_int_equal(event_log_add(l, "navigated", 12, data), 1);
	assert_int_equal(event_log_add(l, "started", 13, NULL), 2);
	assert_int_equal(event_log_next(l, &last, &e, &gap), EVENT_ITEM);
	assert_string_equal(e->type, "navigated");
	assert_null(memchr(e->json.p, '\n', e->json.n));
	assert_int_equal(json_parse_api(e->json, NULL, &v, &err), 0);
	assert_int_equal(json_int(v, "id", 0), 1);
	assert_string_equal(json_str(v, "job_id"), "ab\"c");
	assert_string_equal(json_str(v, "type"), "navigated");
	assert_int_equal(json_int(v, "at_ms", 0), 12);
	assert_string_equal(json_str(json_get(v, "data"), "text"), "two\nlines");
	cJSON_Delete(v);
	cJSON_Delete(data);
	event_text_unref(e);
	assert_int_equal(event_log_next(l, &last, &e, &gap), EVENT_ITEM);
	assert_non_null(strstr(e->json.p, "\"data\":{}}"));
	event_text_unref(e);
	event_log_unref(l);
}

static void
a_reader_waits_at_the_end_and_ends_with_the_log(void **state)
{
	struct event_log *l = event_log_new("a", 10, LARGE);
	uint64_t last = 0, gap;

	(void)state;
	assert_int_equal(next(l, &last, &gap), EVENT_WAIT);
	event_log_add(l, "started", 0, NULL);
	assert_int_equal(next(l, &last, &gap), EVENT_ITEM);
	assert_int_equal(next(l, &last, &gap), EVENT_WAIT);
	assert_true(event_log_finish(l, "done", 1, SV("{}"), unseen, NULL));
	assert_int_equal(next(l, &last, &gap), EVENT_ITEM);
	assert_int_equal(next(l, &last, &gap), EVENT_END);
	assert_int_equal(event_log_add(l, "late", 2, NULL), 0);
	assert_int_equal(next(l, &last, &gap), EVENT_END);
	event_log_unref(l);
}

static void
a_late_reader_is_told_how_much_it_missed(void **state)
{
	struct event_log *l = event_log_new("a", 4, LARGE);
	uint64_t last = 0, gap = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		event_log_add(l, "action", i, NULL);
	assert_int_equal(next(l, &last, &gap), EVENT_GAP);
	assert_int_equal(gap, 6);
	assert_int_equal(last, 6);
	for (int i = 0; i < 4; i++)
		assert_int_equal(next(l, &last, &gap), EVENT_ITEM);
	assert_int_equal(next(l, &last, &gap), EVENT_WAIT);
	last = 2; // resumed
	assert_int_equal(next(l, &last, &gap), EVENT_GAP);
	assert_int_equal(gap, 4);
	event_log_unref(l);
}

static void
an_id_from_the_future_is_no_way_to_read_the_past(void **state)
{
	static const uint64_t ids[] = {2, 1000, UINT64_MAX};
	struct event_log *l = event_log_new("a", 4, LARGE);

	(void)state;
	event_log_add(l, "started", 0, NULL);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		uint64_t last = ids[i], gap = 0;

		assert_int_equal(next(l, &last, &gap), EVENT_WAIT);
		assert_int_equal(last, ids[i]);
	}
	event_log_unref(l);
}

static void
bytes_are_bounded_but_the_newest_stays(void **state)
{
	struct event_log *l = event_log_new("a", 1000, 4096);
	char *big = xcalloc(1, 100001);
	cJSON *data = json_obj();
	uint64_t last = 0, gap = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		event_log_add(l, "action", i, NULL);
	assert_true(event_log_bytes(l) < 4096 + 1000 * sizeof(void *) + 1024);
	memset(big, 'x', 100000);
	json_set_str(data, "html", big);
	event_log_add(l, "done", 5, data);
	assert_int_equal(next(l, &last, &gap), EVENT_GAP);
	assert_int_equal(gap, 1000);
	assert_int_equal(next(l, &last, &gap), EVENT_ITEM);
	cJSON_Delete(data);
	free(big);
	event_log_unref(l);
}

struct seen {
	struct event_log *log;
	struct event_text *e;
};

static void
look(void *arg, struct event_text *e)
{
	struct seen *s = arg;
	uint64_t last = 0, gap;

	s->e = event_text_ref(e);
	assert_int_equal(next(s->log, &last, &gap), EVENT_ITEM);
	assert_int_equal(next(s->log, &last, &gap), EVENT_WAIT); // not to be read yet
}

static void
the_last_event_is_published_before_it_is_read_and_outlives_its_log(void **state)
{
	struct event_log *l = event_log_new("a", 2, LARGE);
	struct seen s = {.log = l};
	uint64_t last = 1, gap;

	(void)state;
	event_log_add(l, "started", 0, NULL);
	assert_true(event_log_finish(l, "done", 3, SV("{\"a\":1}"), look, &s));
	assert_false(event_log_finish(l, "done", 3, SV("{}"), look, &s));
	assert_int_equal(next(l, &last, &gap), EVENT_ITEM);
	assert_int_equal(next(l, &last, &gap), EVENT_END);
	event_log_unref(l);
	assert_non_null(strstr(s.e->json.p, "{\"a\":1}}"));
	event_text_unref(s.e);
}

// --- many threads ---

#define WRITERS      2
#define READERS      8
#define EACH         500
#define READ_WAIT_MS 20000

struct reader {
	struct event_log *log;
	pthread_mutex_t lock;
	pthread_cond_t woken;
	unsigned news;
	uint64_t items, missed;
	bool ended;
};

static void
wake(void *arg)
{
	struct reader *r = arg;

	pthread_mutex_lock(&r->lock);
	r->news++;
	pthread_cond_signal(&r->woken);
	pthread_mutex_unlock(&r->lock);
}

static bool
wait_news(struct reader *r)
{
	struct timespec at = deadline_timespec(deadline_in_ms(patient_ms(READ_WAIT_MS)));
	int rc = 0;

	pthread_mutex_lock(&r->lock);
	while (r->news == 0 && rc == 0)
		rc = pthread_cond_clockwait(&r->woken, &r->lock, CLOCK_MONOTONIC, &at);
	r->news = 0;
	pthread_mutex_unlock(&r->lock);
	return rc == 0;
}

static void *
read_all(void *arg)
{
	struct reader *r = arg;
	struct event_watch *w = event_log_watch(r->log, wake, r);
	uint64_t last = 0, gap = 0;

	while (!r->ended) {
		struct event_text *e = NULL;

		switch (event_log_next(r->log, &last, &e, &gap)) {
		case EVENT_ITEM:
			r->items++;
			event_text_unref(e);
			break;
		case EVENT_GAP:
			r->missed += gap;
			break;
		case EVENT_WAIT:
			if (!wait_news(r))
				goto out;
			break;
		case EVENT_END:
			r->ended = true;
		}
	}
out:
	event_log_unwatch(w);
	return NULL;
}

static void *
write_each(void *arg)
{
	for (int i = 0; i < EACH; i++)
		event_log_add(arg, "action", i, NULL);
	return NULL;
}

// Watches come and go while events are written.
static void *
come_and_go(void *arg)
{
	struct reader r = {
	    .log = arg, .lock = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER};

	for (int i = 0; i < EACH; i++)
		event_log_unwatch(event_log_watch(arg, wake, &r));
	return NULL; // r ends here: a wake after unwatch would be seen by the sanitizers
}

static void
every_reader_accounts_for_every_event(void **state)
{
	struct event_log *l = event_log_new("a", 64, LARGE);
	struct reader readers[READERS];
	pthread_t threads[READERS], writers[WRITERS], flighty;

	(void)state;
	for (int i = 0; i < READERS; i++) {
		readers[i] = (struct reader){
		    .log = l, .lock = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER};
		assert_int_equal(pthread_create(&threads[i], NULL, read_all, &readers[i]), 0);
	}
	assert_int_equal(pthread_create(&flighty, NULL, come_and_go, l), 0);
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&writers[i], NULL, write_each, l), 0);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	assert_true(event_log_finish(l, "done", EACH, SV("{}"), unseen, NULL));
	pthread_join(flighty, NULL);
	for (int i = 0; i < READERS; i++) {
		pthread_join(threads[i], NULL);
		assert_true(readers[i].ended);
		assert_int_equal(readers[i].items + readers[i].missed, WRITERS * EACH + 1);
	}
	event_log_unref(l);
}

static void
count_wake(void *arg)
{
	(*(unsigned *)arg)++;
}

static void
a_thousand_readers_that_never_read_cost_the_writer_little(void **state)
{
	struct event_log *l = event_log_new("a", 64, LARGE);
	struct event_watch *watches[1000];
	unsigned woken = 0;
	int64_t begin;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(watches); i++)
		watches[i] = event_log_watch(l, count_wake, &woken);
	begin = cpu_ms();
	for (int i = 0; i < 100; i++)
		event_log_add(l, "action", i, NULL);
	assert_true(cpu_ms() - begin < patient_ms(500));
	assert_int_equal(woken, 100 * ARRAY_LEN(watches));
	for (size_t i = 0; i < ARRAY_LEN(watches); i++)
		event_log_unwatch(watches[i]);
	event_log_add(l, "action", 0, NULL);
	assert_int_equal(woken, 100 * ARRAY_LEN(watches));
	event_log_unref(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_event_is_one_line_of_json_with_its_id),
	    cmocka_unit_test(a_reader_waits_at_the_end_and_ends_with_the_log),
	    cmocka_unit_test(a_late_reader_is_told_how_much_it_missed),
	    cmocka_unit_test(an_id_from_the_future_is_no_way_to_read_the_past),
	    cmocka_unit_test(bytes_are_bounded_but_the_newest_stays),
	    cmocka_unit_test(the_last_event_is_published_before_it_is_read_and_outlives_its_log),
	    cmocka_unit_test(every_reader_accounts_for_every_event),
	    cmocka_unit_test(a_thousand_readers_that_never_read_cost_the_writer_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
