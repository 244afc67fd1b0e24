// SPDX-License-Identifier: Apache-2.0
// The pure parts of the pool: when a failed start is tried again, what process trees hold by /proc,
// where memory cgroups are made (v1 and v2, against pretended file systems).
#include "base/buf.h"
#include "orchestrator/pool/pool_backoff.h"
#include "orchestrator/pool/pool_cgroup.h"
#include "orchestrator/pool/pool_memory.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

// --- back-off and breaker ---

static void
delays_double_to_ten_seconds_with_jitter(void **state)
{
	static const int64_t full[] = {200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000};
	struct pool_backoff most = {0}, least = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(full); i++) {
		pool_backoff_failure(&most, 1000, 0);
		pool_backoff_failure(&least, 1000, 255);
		assert_int_equal(most.next_ms, 1000 + full[i]);
		assert_in_range(least.next_ms, 1000 + full[i] * 3 / 4, 1000 + full[i] * 4 / 5);
	}
	for (int i = 0; i < 100; i++)
		pool_backoff_failure(&most, 1000, 0);
	assert_int_equal(most.next_ms, 11000);
}

static void
one_try_at_a_time_after_a_failure(void **state)
{
	struct pool_backoff b = {0};

	(void)state;
	assert_int_equal(pool_backoff_allows(&b, 0, 3, 8), 8);
	pool_backoff_failure(&b, 1000, 0);
	assert_int_equal(pool_backoff_allows(&b, 1199, 0, 8), 0);
	assert_int_equal(pool_backoff_allows(&b, 1200, 0, 8), 1);
	assert_int_equal(pool_backoff_allows(&b, 1200, 1, 8), 0);
	assert_int_equal(pool_backoff_allows(&b, 1200, 0, 0), 0);
	pool_backoff_success(&b);
	assert_int_equal(pool_backoff_allows(&b, 1200, 1, 8), 8);
}

static void
the_breaker_opens_at_the_fifth_failure_until_the_next_try(void **state)
{
	struct pool_backoff b = {0};

	(void)state;
	for (int i = 0; i < BREAKER_FAILURES - 1; i++)
		pool_backoff_failure(&b, 0, 0);
	assert_false(pool_backoff_open(&b, 0));
	pool_backoff_failure(&b, 0, 0);
	assert_true(pool_backoff_open(&b, 0));
	assert_true(pool_backoff_open(&b, b.next_ms - 1));
	assert_false(pool_backoff_open(&b, b.next_ms)); // whoever asks now waits for the try
	pool_backoff_failure(&b, b.next_ms, 0);
	assert_true(pool_backoff_open(&b, b.next_ms - 1));
	pool_backoff_success(&b);
	assert_false(pool_backoff_open(&b, 0));
}

// --- pretended file systems ---

static int
setup(void **state)
{
	char *dir = strdup("/tmp/riptide-test-XXXXXX");

	*state = dir;
	return mkdtemp(dir) ? 0 : -1;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
teardown(void **state)
{
	int rc = nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return rc;
}

// Writes `text` to root/path, making the directories on the way.
static void
put(const char *root, const char *path, const char *text)
{
	cleanup_free char *full = xasprintf("%s/%s", root, path);
	FILE *f;

	(void)mkdir(root, 0755);
	for (char *c = full + strlen(root) + 1; (c = strchr(c, '/')); c++) {
		*c = '\0';
		(void)mkdir(full, 0755);
		*c = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	fclose(f);
}

static void
assert_holds(const char *root, const char *path, const char *text)
{
	cleanup_free char *full = xasprintf("%s/%s", root, path);
	char got[256] = "";
	size_t n = 0;
	cleanup_close int fd = open(full, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_msg("%s is not there", path);
	assert_int_equal(util_read_all(fd, got, sizeof(got) - 1, &n), 0);
	assert_string_equal(got, text);
}

static bool
exists(const char *root, const char *path)
{
	cleanup_free char *full = xasprintf("%s/%s", root, path);

	return access(full, F_OK) == 0;
}

// --- memory by /proc ---

static void
process(const char *root, int pid, int parent, const char *args, int anon_kb, int shmem_kb)
{
	cleanup_buf text = BUF_INIT;
	char path[64];

	buf_fmt(
	    &text, "%d (a) b) S %d 1 1 0 -1 4194560 5 6 7 8 %d 2 100 1000 20 0", pid, parent, pid);
	snprintf(path, sizeof(path), "%d/stat", pid);
	put(root, path, text.p);
	buf_reset(&text);
	buf_fmt(&text,
	    "Name:\tx\nVmRSS:\t  999999 kB\nRssAnon:\t  %d kB\nRssFile:\t 5 kB\n"
	    "RssShmem:\t  %d kB\nThreads: 1\n",
	    anon_kb, shmem_kb);
	snprintf(path, sizeof(path), "%d/status", pid);
	put(root, path, text.p);
	snprintf(path, sizeof(path), "%d/cmdline", pid);
	put(root, path, args);
}

static void
a_tree_holds_what_its_processes_hold(void **state)
{
	struct pool_usage v[] = {{.root = 10}, {.root = 20}, {.root = 99}};

	process(*state, 10, 2, "riptide-launch", 1, 0);
	process(*state, 11, 10, "chromium", 100, 10);
	process(*state, 12, 11, "chromium --type=renderer", 30, 1);
	process(*state, 13, 12, "chromium --type=renderer", 70, 2);
	process(*state, 20, 2, "riptide-launch", 7, 0);
	process(*state, 30, 2, "else --type=renderer", 5000, 0);
	put(*state, "31/stat", "31 (no parent"); // gone half-way
	put(*state, "self/stat", "1 (x) S 10");
	pool_usage_read(*state, v, ARRAY_LEN(v));
	assert_int_equal(v[0].kb, 1 + 110 + 31 + 72);
	assert_int_equal(v[0].largest_renderer, 13);
	assert_int_equal(v[0].largest_kb, 72);
	assert_int_equal(v[1].kb, 7);
	assert_int_equal(v[1].largest_renderer, 0);
	assert_int_equal(v[2].kb, 0);
	assert_int_equal(v[0].cpu_ticks, 10 + 11 + 12 + 13 + 4 * 1102);
	assert_int_equal(v[1].cpu_ticks, 20 + 1102);
	assert_int_equal(v[2].cpu_ticks, 0);
}

static void
a_ring_of_parents_ends(void **state)
{
	struct pool_usage v[] = {{.root = 10}};

	process(*state, 11, 12, "a", 1, 1);
	process(*state, 12, 11, "b", 1, 1);
	pool_usage_read(*state, v, 1);
	assert_int_equal(v[0].kb, 0);
	pool_usage_read("/nonexistent", v, 1);
	assert_int_equal(v[0].kb, 0);
}

// --- cgroups ---

struct roots {
	char cgroup[64], proc[64];
};

static struct roots
roots(void **state, const char *lines)
{
	struct roots r;

	snprintf(r.cgroup, sizeof(r.cgroup), "%.40s/cgroup", (char *)*state);
	snprintf(r.proc, sizeof(r.proc), "%.40s/proc", (char *)*state);
	put(*state, "proc/self/cgroup", lines);
	return r;
}

static void
v1_browsers_get_a_limit_below_our_own_cgroup(void **state)
{
	struct roots r = roots(state, "11:cpuset:/\n4:name=x,memory,pids:/our/own\n0::/\n");
	struct cgroup_parent p;
	char *dir, path[256];

	put(r.cgroup, "memory/our/own/cgroup.procs", "");
	put(r.cgroup, "memory/our/own/riptide-browser-1-1/x", ""); // not empty: stays
	snprintf(path, sizeof(path), "%s/memory/our/own/riptide-browser-1-2", r.cgroup);
	assert_int_equal(mkdir(path, 0755), 0);
	cgroup_find(r.cgroup, r.proc, &p);
	assert_int_equal(p.version, 1);
	assert_true(exists(r.cgroup, "memory/our/own/riptide-browser-1-1"));
	assert_false(exists(r.cgroup, "memory/our/own/riptide-browser-1-2"));
	// The kernel makes the files; here their absence makes setting the limit fail.
	dir = cgroup_make(&p, 7, 1 << 20);
	assert_null(dir);
	snprintf(path, sizeof(path), "riptide-browser-%d-7", getpid());
	assert_false(exists(p.dir, path));
}

static void
a_path_of_the_host_means_the_root(void **state)
{
	struct roots r = roots(state, "4:memory:/docker/0123\n");
	struct cgroup_parent p;

	put(r.cgroup, "memory/cgroup.procs", "");
	cgroup_find(r.cgroup, r.proc, &p);
	assert_int_equal(p.version, 1);
	assert_string_equal(p.dir + strlen(r.cgroup), "/memory");
}

static void
v2_hands_the_controller_down(void **state)
{
	struct roots r = roots(state, "0::/system.slice/riptide.service\n");
	struct cgroup_parent p;

	put(r.cgroup, "system.slice/riptide.service/cgroup.controllers", "cpu memory pids\n");
	put(r.cgroup, "system.slice/riptide.service/cgroup.subtree_control", "");
	cgroup_find(r.cgroup, r.proc, &p);
	assert_int_equal(p.version, 2);
	assert_holds(p.dir, "cgroup.subtree_control", "+memory");
}

static void
v2_without_the_controller_is_none(void **state)
{
	struct roots r = roots(state, "0::/\n");
	struct cgroup_parent p;

	put(r.cgroup, "cgroup.controllers", "cpu pids memoryless\n");
	cgroup_find(r.cgroup, r.proc, &p);
	assert_int_equal(p.version, 0);
	assert_non_null(strstr(p.why, "no memory controller"));
	assert_null(cgroup_make(&p, 1, 1));
}

static void
what_is_handed_down_already_is_not_written(void **state)
{
	struct roots r = roots(state, "0::/\n");
	struct cgroup_parent p;

	put(r.cgroup, "cgroup.controllers", "memory\n");
	put(r.cgroup, "cgroup.subtree_control", "cpu memory\n");
	cgroup_find(r.cgroup, r.proc, &p);
	assert_int_equal(p.version, 2);
	assert_holds(r.cgroup, "cgroup.subtree_control", "cpu memory\n");
}

static void
no_cgroups_is_said(void **state)
{
	struct roots r = roots(state, "");
	struct cgroup_parent p;

	cgroup_find(r.cgroup, r.proc, &p);
	assert_int_equal(p.version, 0);
	assert_string_not_equal(p.why, "");
	cgroup_find("/nonexistent", "/nonexistent", &p);
	assert_int_equal(p.version, 0);
}

static void
a_process_is_entered_by_its_number(void **state)
{
	put(*state, "c/cgroup.procs", "");
	cleanup_free char *dir = xasprintf("%s/c", (char *)*state);

	assert_int_equal(cgroup_enter(dir, 4711), 0);
	assert_holds(*state, "c/cgroup.procs", "4711");
	assert_int_equal(cgroup_enter("/nonexistent", 4711), -1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(delays_double_to_ten_seconds_with_jitter),
	    cmocka_unit_test(one_try_at_a_time_after_a_failure),
	    cmocka_unit_test(the_breaker_opens_at_the_fifth_failure_until_the_next_try),
	    T(a_tree_holds_what_its_processes_hold),
	    T(a_ring_of_parents_ends),
	    T(v1_browsers_get_a_limit_below_our_own_cgroup),
	    T(a_path_of_the_host_means_the_root),
	    T(v2_hands_the_controller_down),
	    T(v2_without_the_controller_is_none),
	    T(what_is_handed_down_already_is_not_written),
	    T(no_cgroups_is_said),
	    T(a_process_is_entered_by_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
