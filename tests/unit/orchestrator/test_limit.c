// SPDX-License-Identifier: Apache-2.0
// The adaptive limit on a simulated machine: jobs wait for the network, then share the processors.
// What must come out: the machine is full, local work is not stretched without end, and slow pages
// are nobody's reason to work on fewer of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/util.h"
#include "orchestrator/admission/limit.h"

#define CORES    2
#define MAX_JOBS 32

struct kind {
	double network_ms; // the page's server
	double page_ms;    // the page's own scripts: processor time that is no local phase
	double local_ms;   // opening, capturing, extracting: processor time
	bool fails;
};

struct running {
	double network, page, local; // left
	double in_local;             // time spent in it
	bool used;
};

struct plant {
	struct limit limit;
	struct running jobs[MAX_JOBS];
	size_t n;
	int64_t now_ms;
	double busy_ms; // of the cores, since the last tick
	unsigned done;
	double local_sum; // of those done
	uint32_t seed;
};

// 0.75 to 1.25
static double
about(struct plant *p)
{
	p->seed = p->seed * 1664525u + 1013904223u;
	return 0.75 + 0.5 * (double)(p->seed >> 8) / (double)(1 << 24);
}

static void
fill(struct plant *p, const struct kind *k)
{
	for (size_t i = 0; i < MAX_JOBS && p->n < limit_value(&p->limit); i++) {
		double f = about(p);

		if (p->jobs[i].used)
			continue;
		p->jobs[i] =
		    (struct running){k->network_ms * f, k->page_ms * f, k->local_ms * f, 0, true};
		p->n++;
	}
	limit_filled(&p->limit); // there is always more
}

static void
end(struct plant *p, struct running *r, const struct kind *k)
{
	r->used = false;
	p->n--;
	p->done++;
	p->local_sum += r->in_local;
	limit_sample(&p->limit, k->fails ? -1 : r->in_local, k->fails);
}

static void
step_job(struct plant *p, struct running *r, const struct kind *k, double share)
{
	if (r->network > 0) {
		r->network -= 1;
	} else if (r->page > 0) {
		r->page -= share;
	} else {
		r->in_local += 1;
		r->local -= share;
		if (r->local <= 0)
			end(p, r, k);
	}
}

static void
step(struct plant *p, const struct kind *k)
{
	double on_cpu = 0, share;

	fill(p, k);
	for (size_t i = 0; i < MAX_JOBS; i++)
		on_cpu += p->jobs[i].used && p->jobs[i].network <= 0;
	share = on_cpu > CORES ? CORES / on_cpu : 1;
	p->busy_ms += MIN(on_cpu, (double)CORES) / CORES;
	for (size_t i = 0; i < MAX_JOBS; i++)
		if (p->jobs[i].used)
			step_job(p, &p->jobs[i], k, share);
	p->now_ms++;
	if (p->now_ms % 1000 == 0) {
		limit_tick(&p->limit, p->now_ms * 1000, p->busy_ms / 1000);
		p->busy_ms = 0;
	}
	assert_in_range(limit_value(&p->limit), 1, MAX_JOBS);
}

// Jobs done in a second, on average over these.
static double
run(struct plant *p, const struct kind *k, int seconds)
{
	p->done = 0;
	p->local_sum = 0;
	for (int i = 0; i < 1000 * seconds; i++)
		step(p, k);
	return (double)p->done / seconds;
}

static void
plant_init(struct plant *p)
{
	*p = (struct plant){.seed = 7};
	limit_init(&p->limit, CORES, MAX_JOBS, true, 0);
}

static void
show(const char *what, const struct plant *p, double rate)
{
	print_message("%s: limit %zu, %.1f jobs/s, local work %.0f ms\n", what,
	    limit_value(&p->limit), rate, p->local_sum / p->done);
}

static const struct kind heavy = {.network_ms = 50, .page_ms = 100, .local_ms = 60};
static const struct kind slow = {.network_ms = 5000, .page_ms = 20, .local_ms = 60};

static void
processors_are_full_and_local_work_is_not_stretched(void **state)
{
	const double capacity = CORES * 1000 / (heavy.page_ms + heavy.local_ms);
	struct plant p;
	double rate;

	(void)state;
	plant_init(&p);
	run(&p, &heavy, 30);
	rate = run(&p, &heavy, 120);
	show("processors", &p, rate);
	assert_true(rate > 0.95 * capacity);
	assert_true(p.local_sum / p.done < 4.5 * heavy.local_ms);
	assert_in_range(limit_value(&p.limit), CORES, 5 * CORES);
}

// Five seconds of a server are no load.
static void
slow_pages_are_no_reason_for_fewer(void **state)
{
	struct plant p;
	double rate;

	(void)state;
	plant_init(&p);
	run(&p, &slow, 60);
	rate = run(&p, &slow, 60);
	show("slow servers", &p, rate);
	assert_int_equal(limit_value(&p.limit), MAX_JOBS);
	assert_true(rate > 0.95 * MAX_JOBS * 1000 / (slow.network_ms + 80));
}

static void
pages_that_change_are_followed(void **state)
{
	const double capacity = CORES * 1000 / (heavy.page_ms + heavy.local_ms);
	struct plant p;
	double rate;

	(void)state;
	plant_init(&p);
	run(&p, &slow, 60);
	run(&p, &heavy, 20);
	rate = run(&p, &heavy, 60);
	show("slow, then heavy", &p, rate);
	assert_true(rate > 0.95 * capacity);
	assert_true(limit_value(&p.limit) <= 5 * CORES);
	run(&p, &slow, 200);
	rate = run(&p, &slow, 60);
	show("and slow again", &p, rate);
	assert_int_equal(limit_value(&p.limit), MAX_JOBS);
}

static void
errors_of_this_machine_bring_it_down_and_it_comes_back(void **state)
{
	const struct kind failing = {.network_ms = 500, .page_ms = 1, .local_ms = 1, .fails = true};
	const struct kind light = {.network_ms = 500, .page_ms = 1, .local_ms = 1};
	struct plant p;

	(void)state;
	plant_init(&p);
	run(&p, &light, 30);
	assert_int_equal(limit_value(&p.limit), MAX_JOBS);
	run(&p, &failing, 60);
	show("errors", &p, 0);
	assert_true(limit_value(&p.limit) <= 2);
	run(&p, &light, 60);
	assert_int_equal(limit_value(&p.limit), MAX_JOBS);
}

// Large pages take long to capture and extract; that alone is no crowd.
static void
large_pages_on_idle_processors_are_no_crowd(void **state)
{
	const struct kind small_page = {.network_ms = 2000, .local_ms = 5};
	const struct kind large = {.network_ms = 20000, .local_ms = 60};
	struct plant p;

	(void)state;
	plant_init(&p);
	run(&p, &small_page, 60);
	run(&p, &large, 120);
	show("large pages", &p, 0);
	assert_int_equal(limit_value(&p.limit), MAX_JOBS);
}

static void
without_knowledge_of_the_processors_nothing_is_taken_away(void **state)
{
	struct limit l;

	(void)state;
	limit_init(&l, 4, 8, true, 0);
	for (int w = 1; w < 20; w++) {
		for (int i = 0; i < 10; i++)
			limit_sample(&l, w < 5 ? 10 : 1000, false);
		limit_tick(&l, w * 1000000, -1);
	}
	assert_int_equal(limit_value(&l), 4);
}

static void
a_fixed_limit_stays(void **state)
{
	struct limit l;

	(void)state;
	limit_init(&l, 2, 8, false, 0);
	assert_int_equal(limit_value(&l), 8);
	for (int w = 1; w < 20; w++) {
		for (int i = 0; i < 10; i++)
			limit_sample(&l, -1, true);
		limit_tick(&l, w * 1000000, 1);
	}
	assert_int_equal(limit_value(&l), 8);
	limit_set_adaptive(&l, true);
	for (int i = 0; i < 10; i++)
		limit_sample(&l, -1, true);
	assert_true(limit_tick(&l, 100000000, 1));
	assert_int_equal(limit_value(&l), 5);
	limit_set_adaptive(&l, false);
	assert_int_equal(limit_value(&l), 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(processors_are_full_and_local_work_is_not_stretched),
	    cmocka_unit_test(slow_pages_are_no_reason_for_fewer),
	    cmocka_unit_test(pages_that_change_are_followed),
	    cmocka_unit_test(errors_of_this_machine_bring_it_down_and_it_comes_back),
	    cmocka_unit_test(large_pages_on_idle_processors_are_no_crowd),
	    cmocka_unit_test(without_knowledge_of_the_processors_nothing_is_taken_away),
	    cmocka_unit_test(a_fixed_limit_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
