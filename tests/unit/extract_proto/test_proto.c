// SPDX-License-Identifier: Apache-2.0
// Frames: what goes in comes out, what is malformed is refused before memory is taken, nothing
// blocks past its deadline, a peer that is gone is an error and no signal.
#include "extract/proto.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

enum { PATIENCE_MS = 5000 };

static struct deadline
soon(void)
{
	return deadline_in_ms(PATIENCE_MS);
}

struct pair {
	int a, b;
};

static int
setup(void **state)
{
	static struct pair p;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	p = (struct pair){fds[0], fds[1]};
	*state = &p;
	return 0;
}

static int
teardown(void **state)
{
	struct pair *p = *state;

	if (p->a >= 0)
		close(p->a);
	if (p->b >= 0)
		close(p->b);
	return 0;
}

static void
put(int fd, const void *p, size_t n)
{
	assert_int_equal(send(fd, p, n, MSG_NOSIGNAL), n);
}

static void
a_frame_comes_out_as_it_went_in(void **state)
{
	struct pair *p = *state;
	struct err err = ERR_INIT;
	struct proto_frame f = {0};

	assert_int_equal(
	    proto_send(p->a, PROTO_EXTRACT, 77, SV("{\"a\":1}"), SV("<p>x\0y"), soon(), &err), 0);
	assert_int_equal(proto_recv(p->b, &f, 100, soon(), &err), 0);
	assert_int_equal(f.type, PROTO_EXTRACT);
	assert_int_equal(f.id, 77);
	assert_true(sv_eq_str(buf_view(&f.head), "{\"a\":1}"));
	assert_int_equal(f.body.n, 6);
	assert_memory_equal(f.body.p, "<p>x\0y", 6);
	assert_false(proto_pending(p->b));
	proto_frame_done(&f);
}

static void
frames_follow_one_another(void **state)
{
	struct pair *p = *state;

	for (uint64_t i = 0; i < 50; i++)
		assert_int_equal(
		    proto_send(p->a, PROTO_PING, i, SV_NULL, SV("x"), soon(), NULL), 0);
	for (uint64_t i = 0; i < 50; i++) {
		struct proto_frame f = {0};

		assert_int_equal(proto_recv(p->b, &f, 1, soon(), NULL), 0);
		assert_int_equal(f.id, i);
		proto_frame_done(&f);
	}
}

static void *
send_large(void *arg)
{
	struct pair *p = arg;
	cleanup_buf body = BUF_INIT;

	for (int i = 0; i < 3000000; i++)
		buf_add(&body, &i, sizeof(i));
	return (void *)(intptr_t)proto_send(
	    p->a, PROTO_DOCUMENT, 1, SV("head"), buf_view(&body), soon(), NULL);
}

static void
a_frame_larger_than_the_socket_s_buffer_passes(void **state)
{
	struct pair *p = *state;
	struct proto_frame f = {0};
	pthread_t t;
	void *rc;
	int last;

	assert_int_equal(pthread_create(&t, NULL, send_large, p), 0);
	assert_int_equal(proto_recv(p->b, &f, 16 << 20, soon(), NULL), 0);
	pthread_join(t, &rc);
	assert_null(rc);
	assert_int_equal(f.body.n, 12000000);
	memcpy(&last, f.body.p + f.body.n - sizeof(last), sizeof(last));
	assert_int_equal(last, 2999999);
	proto_frame_done(&f);
}

static void
a_bad_header_is_refused(void **state UNUSED)
{
	const struct proto_header good = {PROTO_MAGIC, PROTO_VERSION, PROTO_DOCUMENT, 1, 0, 10};
	struct proto_header h;

	assert_int_equal(proto_header_check(&good, 10, NULL), 0);
	assert_int_equal(proto_header_check(&good, 9, NULL), ERR_TOO_LARGE);
	h = good, h.magic ^= 1;
	assert_int_equal(proto_header_check(&h, 10, NULL), ERR_EXTRACTOR_PROTOCOL);
	h = good, h.version++;
	assert_int_equal(proto_header_check(&h, 10, NULL), ERR_EXTRACTOR_PROTOCOL);
	h = good, h.type = 0;
	assert_int_equal(proto_header_check(&h, 10, NULL), ERR_EXTRACTOR_PROTOCOL);
	h = good, h.type = PROTO_TYPE_END;
	assert_int_equal(proto_header_check(&h, 10, NULL), ERR_EXTRACTOR_PROTOCOL);
	h = good, h.head_len = PROTO_MAX_HEAD + 1;
	assert_int_equal(proto_header_check(&h, 10, NULL), ERR_TOO_LARGE);
	h = good, h.body_len = UINT64_MAX;
	assert_int_equal(proto_header_check(&h, UINT64_MAX, NULL), ERR_TOO_LARGE);
}

static void
a_lying_length_takes_no_memory(void **state)
{
	struct pair *p = *state;
	struct proto_header h = {PROTO_MAGIC, PROTO_VERSION, PROTO_DOCUMENT, 1, 0, PROTO_MAX_BODY};
	struct proto_reader r;
	struct err err = ERR_INIT;

	put(p->a, &h, sizeof(h));
	put(p->a, "abc", 3);
	proto_reader_init(&r, PROTO_MAX_BODY);
	assert_int_equal(proto_reader_step(&r, p->b, &err), 0);
	assert_int_equal(r.frame.body.n, 3);
	assert_true(r.frame.body.cap < 1 << 20);
	proto_reader_done(&r);
}

static void
a_frame_cut_short_is_a_protocol_error(void **state)
{
	struct pair *p = *state;
	struct proto_header h = {PROTO_MAGIC, PROTO_VERSION, PROTO_DOCUMENT, 1, 0, 100};
	struct proto_frame f = {0};

	put(p->a, &h, sizeof(h));
	put(p->a, "{", 1);
	close(steal_fd(p->a));
	assert_int_equal(proto_recv(p->b, &f, 100, soon(), NULL), ERR_EXTRACTOR_PROTOCOL);
}

static void
a_header_cut_short_is_a_protocol_error(void **state)
{
	struct pair *p = *state;
	struct proto_frame f = {0};

	put(p->a, "TPIR", 3);
	close(steal_fd(p->a));
	assert_int_equal(proto_recv(p->b, &f, 100, soon(), NULL), ERR_EXTRACTOR_PROTOCOL);
}

static void
a_peer_that_is_gone_is_an_error_not_a_signal(void **state)
{
	struct pair *p = *state;
	struct proto_frame f = {0};
	int rc;

	close(steal_fd(p->a));
	assert_int_equal(proto_recv(p->b, &f, 100, soon(), NULL), ERR_EXTRACTOR_CRASHED);
	rc = proto_send(p->b, PROTO_PING, 1, SV_NULL, SV_NULL, soon(), NULL);
	assert_int_equal(rc, ERR_EXTRACTOR_CRASHED);
	assert_true(proto_pending(p->b));
}

static void
silence_ends_at_the_deadline(void **state)
{
	struct pair *p = *state;
	struct proto_frame f = {0};
	int64_t t = clock_ms();

	put(p->a, "TP", 2);
	assert_int_equal(proto_recv(p->b, &f, 100, deadline_in_ms(50), NULL), ERR_TIMEOUT);
	assert_in_range(clock_ms() - t, 50, 2050);
}

static void
a_peer_that_does_not_read_ends_at_the_deadline(void **state)
{
	struct pair *p = *state;
	cleanup_buf body = BUF_INIT;
	int rc;

	while (body.n < 8 << 20)
		buf_str(&body, "some bytes that nobody reads, ");
	rc =
	    proto_send(p->a, PROTO_DOCUMENT, 1, SV_NULL, buf_view(&body), deadline_in_ms(50), NULL);
	assert_int_equal(rc, ERR_TIMEOUT);
}

static void
unasked_bytes_are_seen(void **state)
{
	struct pair *p = *state;

	assert_false(proto_pending(p->b));
	put(p->a, "x", 1);
	assert_true(proto_pending(p->b));
}

static void
fds_travel_with_a_frame(void **state)
{
	struct pair *p = *state;
	struct proto_frame f = {0};
	int pipes[2], got[2];
	size_t n;
	char c = 0;

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(proto_send_fds(p->a, PROTO_SPAWNED, 5, SV("abcd"), pipes, 2, NULL), 0);
	assert_int_equal(proto_recv_fds(p->b, &f, got, 2, &n, soon(), NULL), 0);
	assert_int_equal(n, 2);
	assert_true(sv_eq_str(buf_view(&f.body), "abcd"));
	assert_true(fcntl(got[0], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(pipes[1], "z", 1), 1);
	assert_int_equal(read(got[0], &c, 1), 1);
	assert_int_equal(c, 'z');
	for (int i = 0; i < 2; i++) {
		close(pipes[i]);
		close(got[i]);
	}
	proto_frame_done(&f);
}

static void
more_fds_than_asked_for_are_refused_and_closed(void **state)
{
	struct pair *p = *state;
	struct proto_frame f = {0};
	int three[3] = {0, 0, 0}, got[2], before = dup(0), after;
	size_t n = 9;

	close(before);
	assert_int_equal(proto_send_fds(p->a, PROTO_SPAWNED, 5, SV_NULL, three, 3, NULL), 0);
	assert_int_equal(
	    proto_recv_fds(p->b, &f, got, 2, &n, soon(), NULL), ERR_EXTRACTOR_PROTOCOL);
	assert_int_equal(n, 9);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(a_frame_comes_out_as_it_went_in),
	    T(frames_follow_one_another),
	    T(a_frame_larger_than_the_socket_s_buffer_passes),
	    T(a_bad_header_is_refused),
	    T(a_lying_length_takes_no_memory),
	    T(a_frame_cut_short_is_a_protocol_error),
	    T(a_header_cut_short_is_a_protocol_error),
	    T(a_peer_that_is_gone_is_an_error_not_a_signal),
	    T(silence_ends_at_the_deadline),
	    T(a_peer_that_does_not_read_ends_at_the_deadline),
	    T(unasked_bytes_are_seen),
	    T(fds_travel_with_a_frame),
	    T(more_fds_than_asked_for_are_refused_and_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
