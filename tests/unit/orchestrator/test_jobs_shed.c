// SPDX-License-Identifier: Apache-2.0
// What jobs are refused for: a machine that is short of memory or time, addresses that crash
// browsers. Judged without threads.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/util.h"
#include "orchestrator/admission/jobs_poison.h"
#include "orchestrator/admission/jobs_shed.h"

#define SOON_MS 5000

static void
a_quarantine_grows_and_one_success_ends_it(void **state)
{
	struct poison *p = xcalloc(1, sizeof(*p));
	int64_t now = 1000000;

	(void)state;
	for (int i = 1; i < POISON_CRASHES; i++)
		assert_false(poison_note(p, "k", "u", true, now));
	assert_int_equal(poison_left_ms(p, "k", "u", now), 0);
	assert_true(poison_note(p, "k", "u", true, now));
	assert_int_equal(poison_left_ms(p, "k", "u", now), POISON_FIRST_MS);
	now += POISON_FIRST_MS * 1000 + 1;
	assert_int_equal(poison_left_ms(p, "k", "u", now), 0); // one may try
	assert_true(poison_note(p, "k", "u", true, now));
	assert_int_equal(poison_left_ms(p, "k", "u", now), 2 * POISON_FIRST_MS);
	assert_false(poison_note(p, "k", "u", true, now)); // began before the quarantine
	assert_int_equal(poison_left_ms(p, "k", "u", now), 2 * POISON_FIRST_MS);
	for (int i = 0; i < 40; i++)
		poison_note(p, "k", "u", true, now += POISON_MOST_MS * 1000 + 1);
	assert_int_equal(poison_left_ms(p, "k", "u", now), POISON_MOST_MS);
	poison_note(p, "k", "u", false, now);
	assert_false(poison_known(p, "k", "u"));
	for (int i = 0; i < 3 * POISON_ENTRIES; i++) { // bounded
		char url[16];

		snprintf(url, sizeof(url), "u%d", i);
		poison_note(p, "k", url, true, now + i);
	}
	assert_false(poison_known(p, "k", "u0"));
	assert_true(poison_known(p, "k", "u767"));
	poison_done(p);
	free(p);
}

static void
pressure_sheds_with_hysteresis(void **state)
{
	struct shed s = {0};
	struct shed_input none = {-1, -1, -1, -1, -1}, in = none;

	(void)state;
	assert_false(shed_judge(&s, &none)); // nothing is known: nothing is shed
	in.memory_left = 0.07;
	assert_true(shed_judge(&s, &in));
	assert_int_equal(s.level, SHED_BULK);
	in.memory_left = 0.10; // neither bad nor calm
	for (int i = 0; i < 10; i++)
		assert_false(shed_judge(&s, &in));
	in.memory_full = 25;
	assert_true(shed_judge(&s, &in));
	assert_int_equal(s.level, SHED_ALL);
	in = (struct shed_input){0, 0, 0, 0.5, 0};
	assert_false(shed_judge(&s, &in));
	assert_false(shed_judge(&s, &in));
	assert_true(shed_judge(&s, &in));
	assert_int_equal(s.level, SHED_NONE);
	assert_null(s.why);
}

static void
put(const char *root, const char *path, const char *text)
{
	char full[512];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *slash = strchr(full + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(full, 0700);
		*slash = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int
remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED, struct FTW *f UNUSED)
{
	return remove(path);
}

static void
near(double got, double expected)
{
	if (got < expected - 0.001 || got > expected + 0.001)
		fail_msg("%f instead of %f", got, expected);
}

static void
pressure_is_read_from_the_kernels_files(void **state)
{
	char root[] = "/tmp/riptide-test-XXXXXX";
	struct shed s = {0};
	struct shed_input in;

	(void)state;
	assert_non_null(mkdtemp(root));
	put(root, "/proc/pressure/memory",
	    "some avg10=12.50 avg60=1.00 avg300=0.00 total=1\n"
	    "full avg10=3.25 avg60=0.00 avg300=0.00 total=1\n");
	put(root, "/proc/pressure/cpu", "some avg10=99.00 avg60=1.00 avg300=0.00 total=1\n");
	put(root, "/proc/meminfo", "MemTotal:    1000 kB\nMemFree: 1 kB\nMemAvailable:   400 kB\n");
	put(root, "/proc/stat", "cpu  10 0 10 80 0 0 0 0 0 0\ncpu0 1 1 1 1\n");
	shed_read(&s, root, &in);
	near(in.memory_some, 12.5);
	near(in.memory_full, 3.25);
	near(in.cpu_some, 99);
	near(in.memory_left, 0.4);
	assert_true(in.cpu_busy < 0);
	put(root, "/proc/stat", "cpu  85 0 10 105 0 0 0 0 0 0\n");
	put(root, "/sys/fs/cgroup/memory.max", "max\n");
	put(root, "/sys/fs/cgroup/memory.current", "1000\n");
	shed_read(&s, root, &in);
	near(in.cpu_busy, 0.75);
	near(in.memory_left, 0.4);
	put(root, "/sys/fs/cgroup/memory.max", "1000\n");
	put(root, "/sys/fs/cgroup/memory.current", "900\n");
	put(root, "/sys/fs/cgroup/memory.stat", "anon 5\ninactive_file 100\n");
	shed_read(&s, root, &in);
	near(in.memory_left, 0.2); // the narrower of the two
	put(root, "/proc/pressure/memory", "nonsense");
	put(root, "/proc/meminfo", "");
	shed_read(&s, root, &in);
	assert_true(in.memory_some < 0);
	assert_int_equal(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void
the_machines_state_is_read(void **state)
{
	struct shed s = {0};
	struct shed_input in;

	(void)state;
	shed_read(&s, "/nonexistent", &in);
	assert_true(in.memory_some < 0 && in.cpu_some < 0 && in.memory_left < 0 && in.cpu_busy < 0);
	shed_read(&s, "", &in);
	assert_true(in.memory_left > 0 && in.memory_left <= 1);
	assert_true(in.cpu_busy < 0); // there is no share before the second reading
	for (struct deadline dl = deadline_in_ms(SOON_MS); in.cpu_busy < 0 && !deadline_passed(dl);)
		shed_read(&s, "", &in); // until the clock of the processors ticks
	assert_true(in.cpu_busy >= 0 && in.cpu_busy <= 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_quarantine_grows_and_one_success_ends_it),
	    cmocka_unit_test(pressure_sheds_with_hysteresis),
	    cmocka_unit_test(pressure_is_read_from_the_kernels_files),
	    cmocka_unit_test(the_machines_state_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
