// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>

static bool
prints(const char *line)
{
	cleanup_buf text = BUF_INIT, wanted = BUF_INIT;

	buf_fmt(&wanted, "\n%s\n", line);
	metrics_print(&text);
	return strstr(text.p, wanted.p) != NULL;
}

static void
nothing_happens_before_init(void **state)
{
	cleanup_buf text = BUF_INIT;

	(void)state;
	metric_add(METRIC_BYTES_IN, NULL, 5);
	metric_observe_ms(METRIC_JOB_MS, NULL, 5);
	metrics_print(&text);
	assert_int_equal(text.n, 0);
	metrics_init();
	metrics_init();
	assert_true(prints("riptide_http_received_bytes_total 0"));
}

static void
counters_only_grow_and_gauges_move(void **state)
{
	(void)state;
	metric_add(METRIC_JOBS, "complete", 1);
	metric_add(METRIC_JOBS, "complete", 1.5);
	metric_add(METRIC_JOBS, "complete", -1);
	metric_set(METRIC_JOBS_QUEUED, "normal", 7);
	metric_add(METRIC_JOBS_QUEUED, "normal", -3);
	assert_true(prints("riptide_jobs_total{status=\"complete\"} 2.5"));
	assert_true(prints("riptide_jobs_queued{priority=\"normal\"} 4"));
}

static void
two_labels_are_one_text(void **state)
{
	(void)state;
	metric_add(METRIC_REQUESTS, "/v1/render 200", 1);
	assert_true(prints("riptide_http_requests_total{route=\"/v1/render\",code=\"200\"} 1"));
}

static void
label_values_are_escaped_and_bounded(void **state)
{
	cleanup_buf line = BUF_INIT;
	char big[300];

	(void)state;
	metric_add(METRIC_ERRORS, "a\"b\\c\nd\xff\xc3\xa9", 1);
	assert_true(prints("riptide_errors_total{code=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\xc3\xa9\"} 1"));
	memset(big, 'x', sizeof(big));
	big[METRIC_MAX_LABEL_BYTES - 1] = '\xc3'; // the cut falls into this character
	big[METRIC_MAX_LABEL_BYTES] = '\xa9';
	big[sizeof(big) - 1] = '\0';
	metric_add(METRIC_ERRORS, big, 1);
	big[METRIC_MAX_LABEL_BYTES - 1] = '\0';
	buf_fmt(&line, "riptide_errors_total{code=\"%s\"} 1", big);
	assert_true(prints(line.p));
}

static void
a_histogram_is_cumulative_and_in_seconds(void **state)
{
	(void)state;
	metric_observe_ms(METRIC_PHASE_MS, "load", 1);
	metric_observe_ms(METRIC_PHASE_MS, "load", 99);
	metric_observe_ms(METRIC_PHASE_MS, "load", 500000);
	assert_true(
	    prints("riptide_job_phase_duration_seconds_bucket{phase=\"load\",le=\"0.001\"} 1"));
	assert_true(
	    prints("riptide_job_phase_duration_seconds_bucket{phase=\"load\",le=\"0.05\"} 1"));
	assert_true(
	    prints("riptide_job_phase_duration_seconds_bucket{phase=\"load\",le=\"0.1\"} 2"));
	assert_true(
	    prints("riptide_job_phase_duration_seconds_bucket{phase=\"load\",le=\"120\"} 2"));
	assert_true(
	    prints("riptide_job_phase_duration_seconds_bucket{phase=\"load\",le=\"+Inf\"} 3"));
	assert_true(prints("riptide_job_phase_duration_seconds_count{phase=\"load\"} 3"));
	assert_true(prints("riptide_job_phase_duration_seconds_sum{phase=\"load\"} 500.1"));
	assert_true(prints("riptide_job_duration_seconds_bucket{le=\"+Inf\"} 0"));
}

static void *
count(void *arg)
{
	int from = *(int *)arg;
	char label[16];

	for (int i = 0; i < 20000; i++) {
		snprintf(label, sizeof(label), "k%d", (from + i) % 400);
		metric_add(METRIC_KEY_BYTES, label, 1);
		metric_observe_ms(METRIC_REQUEST_MS, "/x", 3);
	}
	return NULL;
}

static double
sum_of(const char *name)
{
	cleanup_buf text = BUF_INIT;
	double sum = 0;

	metrics_print(&text);
	for (const char *p = text.p; (p = strstr(p, name)); p++)
		if (p[-1] == '\n')
			sum += strtod(strchr(p, '}') + 1, NULL);
	return sum;
}

static void
nothing_is_lost_between_threads_and_labels_past_the_bound_are_other(void **state)
{
	int from[] = {0, 100, 200, 300};
	pthread_t t[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, count, &from[i]), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	assert_true(sum_of("riptide_key_received_bytes_total{") == 80000);
	assert_true(sum_of("riptide_key_received_bytes_total{key=\"other\"}") > 0);
	assert_true(prints("riptide_http_request_duration_seconds_count{route=\"/x\"} 80000"));
	assert_true(prints("riptide_http_request_duration_seconds_sum{route=\"/x\"} 240"));
}

// Runs `promtool check metrics` on the exposition; its exit code.
static int
promtool(struct buf *says)
{
	cleanup_buf text = BUF_INIT;
	int in[2], out[2], status;
	pid_t pid;

	metrics_print(&text);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		execlp("promtool", "promtool", "check", "metrics", (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	assert_int_equal(util_write_all(in[1], text.p, text.n), 0);
	close(in[1]);
	assert_int_equal(buf_read_fd(says, out[0], "promtool", NULL), 0);
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void
promtool_finds_nothing_to_say(void **state)
{
	cleanup_buf says = BUF_INIT;
	int rc;

	(void)state;
	if (access("/usr/bin/promtool", X_OK) != 0)
		skip();
#define X(sym, kind, name, label, help)                                                            \
	if (#kind[0] == 'G')                                                                       \
		metric_set(METRIC_##sym, label, 1);                                                \
	else if (#kind[0] == 'C')                                                                  \
		metric_add(METRIC_##sym, label, 1);                                                \
	else                                                                                       \
		metric_observe_ms(METRIC_##sym, label, 1);
	METRICS_TABLE(X)
#undef X
	rc = promtool(&says);
	if (rc != 0 || says.n > 0)
		fail_msg("promtool: %d: %s", rc, says.p ? says.p : "");
}

static void
the_process_tells_about_itself(void **state)
{
	cleanup_buf text = BUF_INIT;
	const char *p;

	(void)state;
	metrics_print(&text);
	p = strstr(text.p, "\nprocess_resident_memory_bytes ");
	assert_non_null(p);
	assert_true(strtod(strchr(p, ' '), NULL) > 100000);
	p = strstr(text.p, "\nprocess_start_time_seconds ");
	assert_non_null(p);
	assert_true(strtod(strchr(p, ' '), NULL) > 1.6e9);
	p = strstr(text.p, "\nprocess_open_fds ");
	assert_non_null(p);
	assert_true(strtod(strchr(p, ' '), NULL) >= 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_happens_before_init),
	    cmocka_unit_test(counters_only_grow_and_gauges_move),
	    cmocka_unit_test(two_labels_are_one_text),
	    cmocka_unit_test(label_values_are_escaped_and_bounded),
	    cmocka_unit_test(a_histogram_is_cumulative_and_in_seconds),
	    cmocka_unit_test(nothing_is_lost_between_threads_and_labels_past_the_bound_are_other),
	    cmocka_unit_test(the_process_tells_about_itself),
	    cmocka_unit_test(promtool_finds_nothing_to_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
