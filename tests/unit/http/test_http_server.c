// SPDX-License-Identifier: Apache-2.0
// What other threads may do with an exchange: answer late, twice or never, wait for the client to
// go, hold it longer than the server lives. The client is this thread, over a Unix socket.
#include "base/clock.h"
#include "orchestrator/http/http.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <cmocka.h>

#define WAIT_MS 20000

static struct loop *loop;
static struct http_server *server;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct http_exchange *held[64]; // under lock: requests that nobody has answered yet
static size_t n_held;
static atomic_int gone, freed, closed;
static char path[108];

// --- the server's side ---

static void
hold_request(void *arg, struct http_exchange *x)
{
	assert_ptr_equal(arg, held);
	assert_true(loop_is_current(loop));
	pthread_mutex_lock(&lock);
	assert_true(n_held < ARRAY_LEN(held));
	held[n_held++] = http_exchange_ref(x);
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

static struct http_exchange *
take_request(void)
{
	struct timespec until = deadline_timespec(deadline_in_ms(WAIT_MS));
	struct http_exchange *x;

	pthread_mutex_lock(&lock);
	while (n_held == 0)
		assert_int_equal(
		    pthread_cond_clockwait(&changed, &lock, CLOCK_MONOTONIC, &until), 0);
	x = held[--n_held];
	pthread_mutex_unlock(&lock);
	return x;
}

static int
start(void **state UNUSED)
{
	struct http_opts o = {.listen_fd = -1, .limits = http_limits_default};
	struct err err = ERR_INIT;

	snprintf(path, sizeof(path), "unix:/tmp/riptide-http-%d.sock", (int)getpid());
	o.listen = path;
	o.hooks = (struct http_hooks){.on_request = hold_request, .arg = held};
	loop = loop_new(&err);
	if (!loop || http_server_open(loop, &o, &server, &err) != 0) {
		fprintf(stderr, "%s\n", err.message);
		return -1;
	}
	atomic_store(&gone, 0);
	atomic_store(&freed, 0);
	atomic_store(&closed, 0);
	return 0;
}

static int
stop(void **state UNUSED)
{
	http_server_free(server);
	loop_free(loop);
	return access(path + 5, F_OK) == 0; // the socket's file is gone, too
}

// --- the client's side ---

static int
connect_client(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(sa.sun_path, path + 5, strlen(path + 5));
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static int
ask(const char *fields)
{
	int fd = connect_client();
	cleanup_free char *text = xasprintf("GET / HTTP/1.1\r\nHost: x\r\n%s\r\n", fields);

	assert_int_equal(util_write_all(fd, text, strlen(text)), 0);
	return fd;
}

// All that comes until the answer's end is there, or the end of the connection.
static void
read_answer(int fd, const char *end, struct buf *out)
{
	struct deadline dl = deadline_in_ms(WAIT_MS);

	buf_reset(out);
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		assert_int_equal(poll(&p, 1, deadline_poll_ms(dl)), 1);
		n = read(fd, buf_reserve(out, 65536), 65536);
		if (n <= 0)
			return;
		out->n += (size_t)n;
		out->p[out->n] = '\0';
		if (end && strstr(out->p, end))
			return;
	}
}

static void
await_count(atomic_int *count, int want)
{
	struct deadline dl = deadline_in_ms(WAIT_MS);

	while (atomic_load(count) != want) {
		assert_false(deadline_passed(dl));
		sched_yield();
	}
}

static void
count(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void
reply(struct http_exchange *x, const char *text)
{
	struct http_reply r = {.status = 200, .content_type = "text/plain"};

	buf_str(&r.body, text);
	http_reply(x, &r);
}

// --- answers ---

static void
the_first_answer_counts(void **state UNUSED)
{
	cleanup_buf got = BUF_INIT;
	cleanup_close int fd = ask("");
	struct http_exchange *x = take_request();

	reply(x, "first\n");
	reply(x, "second\n");
	http_stream(x, &(struct http_reply){.status = 200},
	    &(struct http_source){.closed = count, .arg = &closed});
	assert_int_equal(atomic_load(&closed), 1);
	http_exchange_unref(x);
	read_answer(fd, "first\n", &got);
	assert_null(strstr(got.p, "second"));
}

static void
the_last_user_without_an_answer_answers_500(void **state UNUSED)
{
	cleanup_buf got = BUF_INIT;
	cleanup_close int fd = ask("");
	struct http_exchange *x = take_request();

	http_exchange_set_user(x, &freed, count);
	assert_ptr_equal(http_exchange_user(x), &freed);
	http_exchange_unref(http_exchange_ref(x));
	assert_int_equal(atomic_load(&freed), 0);
	http_exchange_unref(x);
	read_answer(fd, "\r\n\r\n", &got);
	assert_true(sv_starts(buf_view(&got), "HTTP/1.1 500 "));
	await_count(&freed, 1);
}

static void
no_field_can_split_an_answer(void **state UNUSED)
{
	struct http_reply r = {.status = 204};
	cleanup_buf got = BUF_INIT;
	cleanup_close int fd = ask("Connection: close\r\n");
	struct http_exchange *x = take_request();

	http_reply_field(&r, "X-Request-Id", "a\r\nSet-Cookie: b\r\n\r\n<html>\x7f");
	http_reply(x, &r);
	http_exchange_unref(x);
	read_answer(fd, NULL, &got);
	assert_non_null(strstr(got.p, "X-Request-Id: a  Set-Cookie: b    <html> \r\n"));
	assert_null(strstr(got.p, "\nSet-Cookie"));
	assert_null(strstr(got.p, "Content-Length"));
	assert_true(sv_starts(buf_view(&got), "HTTP/1.1 204 No Content\r\n"));
}

// --- clients that go ---

static void
who_waits_for_the_end_hears_of_it_once(void **state UNUSED)
{
	int fd = ask("");
	struct http_exchange *x = take_request();

	http_exchange_on_gone(x, count, &gone);
	assert_false(http_exchange_gone(x));
	close(fd);
	await_count(&gone, 1);
	assert_true(http_exchange_gone(x));
	http_exchange_on_gone(x, count, &gone); // it has gone already
	await_count(&gone, 2);
	reply(x, "nobody hears this");
	http_exchange_unref(x);
}

static void
an_answered_exchange_does_not_go(void **state UNUSED)
{
	cleanup_buf got = BUF_INIT;
	int fd = ask("");
	struct http_exchange *x = take_request();

	http_exchange_on_gone(x, count, &gone);
	reply(x, "done\n");
	read_answer(fd, "done\n", &got);
	close(fd);
	fd = ask(""); // served after the end of the first was seen
	http_exchange_unref(take_request());
	read_answer(fd, "\r\n\r\n", &got);
	close(fd);
	assert_int_equal(atomic_load(&gone), 0);
	assert_false(http_exchange_gone(x));
	http_exchange_unref(x);
}

static void
after_taking_it_back_nothing_is_called(void **state UNUSED)
{
	for (int i = 0; i < 200; i++) {
		atomic_int *calls = xcalloc(1, sizeof(*calls));
		int fd = ask("");
		struct http_exchange *x = take_request();

		http_exchange_on_gone(x, count, calls);
		close(fd);
		if (i % 2)
			await_count(calls, 1);
		http_exchange_on_gone(x, NULL, NULL);
		free(calls); // ASan and TSan see a late call
		http_exchange_unref(x);
	}
}

// --- streams ---

struct numbers {
	atomic_int next, limit; // pulled up to limit
};

static enum http_pull
pull_numbers(void *arg, struct buf *out, size_t room UNUSED)
{
	struct numbers *k = arg;
	int at = atomic_fetch_add(&k->next, 1);

	assert_true(loop_is_current(loop));
	if (at >= atomic_load(&k->limit)) {
		atomic_fetch_sub(&k->next, 1);
		return HTTP_PULL_WAIT;
	}
	buf_fmt(out, "<%d>", at);
	return at == 999 ? HTTP_PULL_END : HTTP_PULL_MORE;
}

static void
closed_numbers(void *arg)
{
	assert_int_equal(atomic_load(&((struct numbers *)arg)->next), 1000);
	atomic_fetch_add(&closed, 1);
}

static void
wakes_are_never_lost(void **state UNUSED)
{
	struct http_reply r = {.status = 200, .content_type = "text/plain"};
	struct numbers k = {0};
	cleanup_buf got = BUF_INIT;
	cleanup_close int fd = ask("");
	struct http_exchange *x = take_request();
	char mark[20];

	http_stream(x, &r,
	    &(struct http_source){.pull = pull_numbers, .closed = closed_numbers, .arg = &k});
	for (int i = 1; i <= 1000; i++) {
		atomic_store(&k.limit, i);
		http_wake(x);
		if (i % 100)
			continue;
		snprintf(mark, sizeof(mark), "<%d>", i - 1);
		read_answer(fd, mark, &got);
	}
	while (!strstr(got.p, "0\r\n\r\n"))
		read_answer(fd, "0\r\n\r\n", &got);
	http_exchange_unref(x);
	await_count(&closed, 1);
}

// --- the server's end ---

static void
exchanges_may_outlive_the_server(void **state UNUSED)
{
	struct http_exchange *x;
	int fd;

	assert_int_equal(start(NULL), 0);
	fd = ask("");
	x = take_request();
	http_exchange_on_gone(x, count, &gone);
	assert_int_equal(stop(NULL), 0);
	assert_int_equal(atomic_load(&gone), 1);
	assert_true(http_exchange_gone(x));
	http_exchange_on_gone(x, NULL, NULL);
	http_wake(x);
	http_stream(x, &(struct http_reply){.status = 200},
	    &(struct http_source){.closed = count, .arg = &closed});
	assert_int_equal(atomic_load(&closed), 1);
	assert_true(sv_eq_str(http_exchange_request(x)->path, "/"));
	http_exchange_unref(x);
	close(fd);
}

struct answering {
	atomic_bool ending;
	unsigned answered;
};

// Holds some, answers some, streams some.
static void *
answer_all(void *arg)
{
	struct answering *a = arg;

	while (!atomic_load(&a->ending)) {
		struct http_exchange *x = NULL;

		pthread_mutex_lock(&lock);
		if (n_held)
			x = held[--n_held];
		pthread_mutex_unlock(&lock);
		if (!x) {
			sched_yield();
			continue;
		}
		http_exchange_on_gone(x, count, &gone);
		if (a->answered++ % 3)
			reply(x, "answer\n");
		http_exchange_on_gone(x, NULL, NULL);
		http_exchange_unref(x);
	}
	return NULL;
}

static void
the_server_may_end_while_it_is_used(void **state UNUSED)
{
	for (int round = 0; round < 20; round++) {
		struct answering a = {0};
		int fds[20];
		pthread_t t;

		assert_int_equal(start(NULL), 0);
		pthread_create(&t, NULL, answer_all, &a);
		for (size_t i = 0; i < ARRAY_LEN(fds); i++)
			fds[i] = ask(i % 2 ? "Connection: close\r\n" : "");
		assert_int_equal(stop(NULL), 0);
		atomic_store(&a.ending, true);
		pthread_join(t, NULL);
		while (n_held)
			http_exchange_unref(held[--n_held]);
		for (size_t i = 0; i < ARRAY_LEN(fds); i++)
			close(fds[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_first_answer_counts, start, stop),
	    cmocka_unit_test_setup_teardown(
		the_last_user_without_an_answer_answers_500, start, stop),
	    cmocka_unit_test_setup_teardown(no_field_can_split_an_answer, start, stop),
	    cmocka_unit_test_setup_teardown(who_waits_for_the_end_hears_of_it_once, start, stop),
	    cmocka_unit_test_setup_teardown(an_answered_exchange_does_not_go, start, stop),
	    cmocka_unit_test_setup_teardown(after_taking_it_back_nothing_is_called, start, stop),
	    cmocka_unit_test_setup_teardown(wakes_are_never_lost, start, stop),
	    cmocka_unit_test(exchanges_may_outlive_the_server),
	    cmocka_unit_test(the_server_may_end_while_it_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
