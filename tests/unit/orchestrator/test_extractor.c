// SPDX-License-Identifier: Apache-2.0
// The extractor's processes: what a worker taken over by a page can't do, how its end is reported,
// and that no process outlives its owner.
#include "orchestrator/pool/extractor.h"
#include "tests/unit/patience.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#ifdef RIPTIDE_SANITIZER
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
enum { PATIENCE_MS = 10000, SMALL_MEMORY_MB = 192 };

static const char page[] =
    "<!DOCTYPE html><html><head><title>Tide</title></head><body><article><p>The tide "
    "comes in, and the tide goes out again, twice a day.</p></article></body></html>";

static struct deadline
soon(void)
{
	return deadline_in_ms(PATIENCE_MS);
}

static int
setup(void **state)
{
	const struct extractor_opts o = {
	    .memory_mb = SMALL_MEMORY_MB, .max_documents = 5, .workers = 1};
	struct err err = ERR_INIT;
	struct extractor *x = NULL;

	if (extractor_open_with(&o, soon(), &x, &err) != 0)
		fail_msg("%s", err.message);
	*state = x;
	return 0;
}

static int
teardown(void **state)
{
	extractor_close(*state);
	return 0;
}

static int
run(struct extractor *x, const char *html, struct deadline dl, struct err *err)
{
	cJSON *head = json_obj(), *doc = NULL;
	int rc;

	json_set_str(head, "url", "https://example.com/");
	rc = extractor_run(x, NULL, head, sv_from(html), dl, -1, &doc, err);
	if (rc == 0) {
		assert_string_equal(json_str(doc, "url"), "https://example.com/");
		assert_non_null(json_str(doc, "text"));
		assert_non_null(strstr(json_str(doc, "text"), "twice a day"));
	}
	cJSON_Delete(doc);
	cJSON_Delete(head);
	return rc;
}

static void
assert_next_is_fine(struct extractor *x)
{
	struct err err = ERR_INIT;

	if (run(x, page, soon(), &err) != 0)
		fail_msg("the next document failed: %s", err.message);
}

static int64_t
status(struct extractor *x, const char *key)
{
	cJSON *v = extractor_status(x);
	int64_t n = json_int(v, key, -1);

	cJSON_Delete(v);
	return n;
}

// --- documents ---

static void
a_page_becomes_a_document(void **state)
{
	cJSON *v = extractor_status(*state);

	assert_string_equal(json_str(v, "filter"), SANITIZED ? "sanitizer" : "worker");
	cJSON_Delete(v);
	assert_next_is_fine(*state);
}

static void
a_worker_is_replaced_after_its_share(void **state)
{
	int64_t first = status(*state, "pid");

	for (int i = 0; i < 5; i++)
		assert_next_is_fine(*state);
	assert_int_not_equal(status(*state, "pid"), first);
	assert_next_is_fine(*state);
}

static void *
run_some(void *x)
{
	intptr_t failed = 0;

	for (int i = 0; i < 10; i++) {
		cJSON *head = json_obj(), *doc = NULL;

		failed += extractor_run(x, NULL, head, sv_from(page), soon(), -1, &doc, NULL) != 0;
		cJSON_Delete(doc);
		cJSON_Delete(head);
	}
	return (void *)failed;
}

static void
threads_take_turns(void **state)
{
	pthread_t t[4];

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, run_some, *state), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		void *failed;

		pthread_join(t[i], &failed);
		assert_null(failed);
	}
}

static void
a_large_document_passes(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct err err = ERR_INIT;
	cJSON *head = json_obj(), *doc = NULL;

	buf_str(&html, "<article>");
	for (int i = 0; i < 20000; i++)
		buf_fmt(&html, "<p>Sentence number %d of a long, long story.</p>", i);
	buf_str(&html, "</article>");
	if (extractor_run(*state, NULL, head, buf_view(&html), soon(), -1, &doc, &err) != 0)
		fail_msg("%s", err.message);
	assert_non_null(strstr(json_str(doc, "text"), "Sentence number 19999 "));
	cJSON_Delete(doc);
	cJSON_Delete(head);
}

// Reading a page must need no file: charsets (iconv would read modules), dates, selectors,
// patterns.
static void
no_page_makes_a_worker_open_a_file(void **state)
{
	static const char *const charsets[] = {"shift_jis", "euc-jp", "utf-7", "iso-2022-kr",
	    "gb18030", "windows-1251", "utf-16", "../../tmp/evil", "x-user-defined"};
	static const char extract[] =
	    "{\"fields\": {\"a\": {\"css\": \"p:nth-child(odd) > b\"}, \"b\": {\"xpath\": \"//p[1]\"},"
	    "\"c\": {\"regex\": \"(\\\\w+) day\"}, \"d\": {\"css\": \"time\", \"type\": \"date\"}}}";

	for (size_t i = 0; i < ARRAY_LEN(charsets); i++) {
		cleanup_free char *html = xasprintf(
		    "<?xml version='1.0' encoding='%s'?><!DOCTYPE html SYSTEM 'file:///etc/passwd'>"
		    "<html><head><meta charset='%s'><title>\xe3\x81\x82</title></head><body><p>Twice a day"
		    "<b>x</b><time>3 May 2021</time>&euml;<svg><use href='file:///x'/></svg></body></html>",
		    charsets[i], charsets[i]);
		cJSON *head = json_obj(), *doc = NULL;
		struct err err = ERR_INIT;
		int rc;

		json_set_str(head, "content_type", "text/xml");
		json_set_str(head, "url", "https://example.com/");
		json_set(head, "extract", cJSON_Parse(extract));
		rc = extractor_run(*state, NULL, head, sv_from(html), soon(), -1, &doc, &err);
		if (rc != 0 && rc != ERR_INVALID_REQUEST) // a charset it does not know
			fail_msg("%s: %s: %s", charsets[i], err_info(rc)->code, err.message);
		cJSON_Delete(doc);
		cJSON_Delete(head);
	}
}

static void
a_bad_selector_is_the_callers_error(void **state)
{
	cJSON *head = json_obj(), *doc = NULL;
	struct err err = ERR_INIT;

	json_set(head, "extract", cJSON_Parse("{\"fields\": {\"a\": {\"css\": \"p >> [\"}}}"));
	assert_int_equal(extractor_run(*state, NULL, head, sv_from(page), soon(), -1, &doc, &err),
	    ERR_INVALID_SELECTOR);
	assert_non_null(strstr(err.path, "fields.a"));
	cJSON_Delete(head);
	assert_next_is_fine(*state);
}

// Pages that need more memory than there is: an error of its own, or all of the page; never a part
// of it.
static void
a_starved_worker_says_so(void **state)
{
	if (SANITIZED)
		skip();
	for (size_t mb = 1; mb <= 16; mb *= 2) {
		cleanup_buf html = BUF_INIT;
		struct err err = ERR_INIT;
		cJSON *head = json_obj(), *doc = NULL;
		int rc;

		buf_str(&html, "<article>");
		while (html.n < mb << 20)
			buf_str(&html, "<p>Some words in a <a href=x>row</a>, and more.");
		buf_str(&html, "<p>The last sentence of all.</article>");
		rc = extractor_run(*state, NULL, head, buf_view(&html), soon(), -1, &doc, &err);
		print_message("%zu MB: %s\n", mb, rc ? err_info(rc)->code : "all");
		if (rc == 0)
			assert_non_null(strstr(json_str(doc, "text"), "The last sentence of all."));
		else if (rc != ERR_EXTRACTOR_OOM && rc != ERR_TOO_LARGE &&
			 rc != ERR_EXTRACTOR_TIMEOUT)
			fail_msg("%zu MB: %s: %s", mb, err_info(rc)->code, err.message);
		cJSON_Delete(doc);
		cJSON_Delete(head);
	}
	assert_next_is_fine(*state);
}

// --- forbidden things ---

#ifdef RIPTIDE_TEST_OPS

static void
forbidden_calls_are_violations(void **state)
{
	static const char *const ops[] = {"open", "openat", "socket", "connect", "sendmsg", "fork",
	    "vfork", "clone3", "execve", "ptrace", "kill", "tgkill", "io_uring_setup",
	    "memfd_create", "unlink", "bpf", "setuid", "prctl", "seccomp", "dup", "pidfd_open",
	    "process_vm_readv", "nanosleep", "mprotect-exec", "int80", "x32"};

	if (SANITIZED)
		skip();
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		struct err err = ERR_INIT;
		int64_t started = status(*state, "workers");
		int rc = extractor_test_op(*state, ops[i], soon(), &err);

		if (rc != ERR_EXTRACTOR_VIOLATION)
			fail_msg("%s: %s: %s", ops[i], err_info(rc)->code, err.message);
		assert_int_equal(status(*state, "workers"), started + 1); // replaced, not retried
	}
	assert_next_is_fine(*state);
}

static void
executable_memory_is_refused_without_a_kill(void **state)
{
	struct err err = ERR_INIT;

	if (SANITIZED)
		skip();
	assert_int_equal(extractor_test_op(*state, "mmap-exec", soon(), &err), ERR_INTERNAL);
	assert_non_null(strstr(err.message, "EPERM"));
}

static void
a_crash_is_tried_twice(void **state)
{
	static const char *const ops[] = {"segv", "abort"};

	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		struct err err = ERR_INIT;
		int64_t started = status(*state, "workers");

		assert_int_equal(
		    extractor_test_op(*state, ops[i], soon(), &err), ERR_EXTRACTOR_CRASHED);
		assert_int_equal(status(*state, "workers"), started + 2);
		assert_next_is_fine(*state);
	}
}

static void
a_busy_loop_ends_at_the_deadline(void **state)
{
	struct err err = ERR_INIT;
	int64_t t = clock_ms();

	assert_int_equal(
	    extractor_test_op(*state, "spin", deadline_in_ms(300), &err), ERR_EXTRACTOR_TIMEOUT);
	t = clock_ms() - t;
	print_message("spin: %d ms over\n", (int)t - 300);
	assert_in_range(t, 300, 300 + 2000);
	assert_next_is_fine(*state);
}

static void
memory_shortage_has_its_own_error(void **state)
{
	struct err err = ERR_INIT;

	if (SANITIZED)
		skip();
	assert_int_equal(extractor_test_op(*state, "alloc-bomb", soon(), &err), ERR_EXTRACTOR_OOM);
	assert_next_is_fine(*state);
}

static void
broken_answers_are_protocol_errors(void **state)
{
	static const char *const ops[] = {"garbage", "huge", "half", "wrong-id", "wrong-type",
	    "twice", "not-json", "not-utf8", "unknown-key", "bad-type", "not-object", "odd-code"};

	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		struct err err = ERR_INIT;
		int64_t started = status(*state, "workers");
		int rc = extractor_test_op(*state, ops[i], soon(), &err);

		if (rc != ERR_EXTRACTOR_PROTOCOL || err.code != rc)
			fail_msg("%s: %s: %s", ops[i], err_info(rc)->code, err.message);
		assert_null(strchr(err.message, '\x1b'));
		assert_int_equal(status(*state, "workers"), started + 1);
		assert_next_is_fine(*state);
	}
}

#endif

// --- processes ---

static void
wait_gone(pid_t pid)
{
	int fd = pidfd_open(pid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (fd < 0) {
		assert_int_equal(errno, ESRCH);
		return;
	}
	if (poll(&p, 1, PATIENCE_MS) != 1)
		fail_msg("process %d is still there", (int)pid);
	close(fd);
}

static void
a_worker_killed_between_documents_is_not_noticed(void **state)
{
	pid_t pid = (pid_t)status(*state, "pid");

	assert_int_equal(kill(pid, SIGKILL), 0);
	wait_gone(pid);
	assert_next_is_fine(*state);
}

static void
a_stopped_worker_is_a_timeout(void **state)
{
	struct err err = ERR_INIT;

	assert_int_equal(kill((pid_t)status(*state, "pid"), SIGSTOP), 0);
	assert_int_equal(run(*state, page, deadline_in_ms(200), &err), ERR_EXTRACTOR_TIMEOUT);
	assert_next_is_fine(*state);
}

static void
killing_the_server_ends_its_workers(void **state)
{
	pid_t server = (pid_t)status(*state, "server_pid"), worker = (pid_t)status(*state, "pid");

	assert_int_equal(kill(server, SIGKILL), 0);
	wait_gone(worker);
	assert_next_is_fine(*state); // by a new server
	assert_int_not_equal(status(*state, "server_pid"), server);
}

// --- several at a time, several owners ---

static struct extractor *
open_wide(unsigned workers)
{
	const struct extractor_opts o = {.memory_mb = SMALL_MEMORY_MB, .workers = workers};
	struct extractor *x = NULL;
	struct err err = ERR_INIT;

	if (extractor_open_with(&o, soon(), &x, &err) != 0)
		fail_msg("%s", err.message);
	return x;
}

static void
run_for(struct extractor *x, const char *principal)
{
	cJSON *head = json_obj(), *doc = NULL;
	struct err err = ERR_INIT;

	if (extractor_run(x, principal, head, sv_from(page), soon(), -1, &doc, &err) != 0)
		fail_msg("%s", err.message);
	cJSON_Delete(doc);
	cJSON_Delete(head);
}

static void
a_worker_sees_one_principal_only(void **state UNUSED)
{
	struct extractor *x = open_wide(1);

	assert_int_equal(status(x, "workers"), 1);
	run_for(x, "a");
	run_for(x, "a");
	assert_int_equal(status(x, "workers"), 1);
	run_for(x, "b");
	assert_int_equal(status(x, "workers"), 2);
	run_for(x, NULL);
	assert_int_equal(status(x, "workers"), 3);
	extractor_close(x);
}

static void
a_principal_finds_its_worker_again(void **state UNUSED)
{
	struct extractor *x = open_wide(2);

	for (int i = 0; i < 5; i++) {
		run_for(x, "a");
		run_for(x, "b");
	}
	assert_int_equal(status(x, "workers"), 2);
	assert_int_equal(status(x, "slots"), 2);
	extractor_close(x);
}

struct deaf {
	struct extractor *x;
	int rc, cancel[2];
	atomic_bool ended;
};

static void *
ask_deaf(void *arg)
{
	struct deaf *d = arg;
	cJSON *head = json_obj(), *doc = NULL;

	d->rc = extractor_run(d->x, "a", head, sv_from(page), soon(), d->cancel[0], &doc, NULL);
	atomic_store(&d->ended, true);
	cJSON_Delete(doc);
	cJSON_Delete(head);
	return NULL;
}

// The worker is stopped: nothing but the cancellation can end the call.
static void
a_cancelled_document_ends_at_once(void **state UNUSED)
{
	struct deaf d = {.x = open_wide(1)};
	pid_t worker = (pid_t)status(d.x, "pid");
	pthread_t t;
	int64_t at;

	run_for(d.x, "a");
	assert_int_equal(pipe(d.cancel), 0);
	assert_int_equal(kill(worker, SIGSTOP), 0);
	assert_int_equal(pthread_create(&t, NULL, ask_deaf, &d), 0);
	at = clock_ms();
	assert_int_equal(write(d.cancel[1], "x", 1), 1);
	pthread_join(t, NULL);
	assert_int_equal(d.rc, ERR_CANCELLED);
	assert_in_range(clock_ms() - at, 0, GROSS_MS);
	wait_gone(worker);
	run_for(d.x, "a");
	close(d.cancel[0]);
	close(d.cancel[1]);
	extractor_close(d.x);
}

// One of two workers is stopped while somebody waits for it: the other goes on.
static void
a_stopped_worker_holds_up_nobody_else(void **state UNUSED)
{
	struct deaf d = {.x = open_wide(2)};
	pid_t worker = (pid_t)status(d.x, "pid");
	pthread_t t;

	run_for(d.x, "a");
	assert_int_equal(pipe(d.cancel), 0);
	assert_int_equal(kill(worker, SIGSTOP), 0);
	assert_int_equal(pthread_create(&t, NULL, ask_deaf, &d), 0);
	for (int i = 0; i < 3; i++)
		run_for(d.x, "b");
	assert_false(atomic_load(&d.ended));
	assert_int_equal(write(d.cancel[1], "x", 1), 1);
	pthread_join(t, NULL);
	close(d.cancel[0]);
	close(d.cancel[1]);
	extractor_close(d.x);
}

static void
close_leaves_no_process(void **state UNUSED)
{
	struct extractor *x;
	struct err err = ERR_INIT;
	pid_t server, worker;

	assert_int_equal(extractor_open(soon(), &x, &err), 0);
	server = (pid_t)status(x, "server_pid");
	worker = (pid_t)status(x, "pid");
	assert_true(server > 0 && worker > 0);
	extractor_close(x);
	assert_int_equal(kill(worker, 0), -1);
	assert_int_equal(kill(server, 0), -1);
}

// The child opens an extractor, tells its pids, and is killed.
static void
owner(int out)
{
	struct extractor *x = NULL;
	struct err err = ERR_INIT;
	pid_t pids[2] = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (extractor_open(soon(), &x, &err) == 0) {
		pids[0] = (pid_t)status(x, "server_pid");
		pids[1] = (pid_t)status(x, "pid");
	}
	if (util_write_all(out, pids, sizeof(pids)) == 0)
		pause();
	_exit(1);
}

static void
a_killed_owner_takes_all_with_it(void **state UNUSED)
{
	pid_t pids[2], child;
	size_t got;
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(pipes[0]);
		owner(pipes[1]);
	}
	close(pipes[1]);
	assert_int_equal(util_read_all(pipes[0], pids, sizeof(pids), &got), 0);
	assert_int_equal(got, sizeof(pids));
	assert_true(pids[0] > 0 && pids[1] > 0);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	wait_gone(pids[0]);
	wait_gone(pids[1]);
	close(pipes[0]);
}

static void
a_worker_is_seen_confined(void **state)
{
	char path[64], line[256];
	bool filtered = false, no_new_privs = false, no_caps = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)status(*state, "pid"));
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		filtered |= strncmp(line, "Seccomp:\t2", 10) == 0;
		no_new_privs |= strncmp(line, "NoNewPrivs:\t1", 13) == 0;
		no_caps |= strncmp(line, "CapEff:\t0000000000000000", 24) == 0;
	}
	fclose(f);
	assert_true(filtered && no_new_privs && no_caps);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(a_page_becomes_a_document),
	    T(a_worker_is_replaced_after_its_share),
	    T(threads_take_turns),
	    T(a_large_document_passes),
	    T(no_page_makes_a_worker_open_a_file),
	    T(a_bad_selector_is_the_callers_error),
	    T(a_starved_worker_says_so),
#ifdef RIPTIDE_TEST_OPS
	    T(forbidden_calls_are_violations),
	    T(executable_memory_is_refused_without_a_kill),
	    T(a_crash_is_tried_twice),
	    T(a_busy_loop_ends_at_the_deadline),
	    T(memory_shortage_has_its_own_error),
	    T(broken_answers_are_protocol_errors),
#endif
	    T(a_worker_killed_between_documents_is_not_noticed),
	    T(a_stopped_worker_is_a_timeout),
	    T(killing_the_server_ends_its_workers),
	    T(a_worker_is_seen_confined),
	    cmocka_unit_test(a_worker_sees_one_principal_only),
	    cmocka_unit_test(a_principal_finds_its_worker_again),
	    cmocka_unit_test(a_cancelled_document_ends_at_once),
	    cmocka_unit_test(a_stopped_worker_holds_up_nobody_else),
	    cmocka_unit_test(close_leaves_no_process),
	    cmocka_unit_test(a_killed_owner_takes_all_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
