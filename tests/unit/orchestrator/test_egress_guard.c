// SPDX-License-Identifier: Apache-2.0
// The daemon and riptide-egress together: clients that speak SOCKS5 (RFC 1928) to a slot's address,
// a server that echoes, all of it on loopback.
#include "egress_stage.h"

#include <arpa/inet.h>
#include <sys/time.h>

// --- the server: sends back what it gets ---

static struct {
	int fd;
	uint16_t port;
	pthread_t thread;
} echo;

static void *
echo_one(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char text[4096];
	ssize_t n;

	while ((n = recv(fd, text, sizeof(text), 0)) > 0)
		(void)!send(fd, text, (size_t)n, MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

static void *
echo_all(void *arg UNUSED)
{
	int fd;

	while ((fd = accept4(echo.fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, echo_one, (void *)(intptr_t)fd), 0);
		pthread_detach(thread);
	}
	return NULL;
}

static int
start(void **state)
{
	(void)state;
	echo.fd = listening(&echo.port);
	assert_int_equal(fcntl(echo.fd, F_SETFL, 0), 0);
	return pthread_create(&echo.thread, NULL, echo_all, NULL);
}

static int
stop(void **state)
{
	(void)state;
	shutdown(echo.fd, SHUT_RDWR);
	pthread_join(echo.thread, NULL);
	return close(echo.fd);
}

// --- the client ---

enum { SUCCEEDED = 0, NOT_ALLOWED = 2, UNREACHABLE = 4, REFUSED = 5, CUT = -1 };

static int
connect_slot(const struct egress_slot *s)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	struct timeval patience = {.tv_sec = LONG_MS / 1000};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char address[16];
	unsigned port;

	assert_int_equal(sscanf(egress_slot_proxy(s), "socks5://%15[0-9.]:%u", address, &port), 2);
	a.sin_port = htons((uint16_t)port);
	assert_int_equal(inet_pton(AF_INET, address, &a.sin_addr), 1);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void
ask(int fd, const char *host, uint16_t port)
{
	unsigned char text[300] = {5, 1, 0, 5, 1, 0, 3, (unsigned char)strlen(host)};
	size_t n = 8 + strlen(host);

	memcpy(text + 8, host, strlen(host));
	text[n++] = (unsigned char)(port >> 8);
	text[n++] = (unsigned char)port;
	assert_int_equal(send(fd, text, n, MSG_NOSIGNAL), n);
}

// The reply's code, or CUT.
static int
reply(int fd)
{
	unsigned char text[2 + 10];

	if (recv(fd, text, sizeof(text), MSG_WAITALL) != sizeof(text))
		return CUT;
	assert_true(text[0] == 5 && text[1] == 0 && text[2] == 5);
	return text[3];
}

static int
dial(const struct egress_slot *s, const char *host, uint16_t port, int *code)
{
	int fd = connect_slot(s);

	ask(fd, host, port);
	*code = reply(fd);
	return fd;
}

static bool
echoes(int fd)
{
	char text[6] = "";

	return send(fd, "hello", 5, MSG_NOSIGNAL) == 5 && recv(fd, text, 5, MSG_WAITALL) == 5 &&
	       strcmp(text, "hello") == 0;
}

// What comes of a connection to the server by that name; an echo where there is one.
static int
outcome(const struct egress_slot *s, const char *host)
{
	int code, fd = dial(s, host, echo.port, &code);

	if (code == SUCCEEDED && !echoes(fd))
		code = CUT;
	close(fd);
	return code;
}

// A guard that was just started anew may have cut a connection that was made meanwhile.
static void
await_outcome(const struct egress_slot *s, const char *host, int want)
{
	int code = CUT;

	for (int i = 0; i < 50 && code == CUT; i++)
		code = outcome(s, host);
	assert_int_equal(code, want);
}

// --- what all tests begin with ---

static const struct egress_policy lan = {.allow_private = true};

struct stage {
	struct egress *e;
	struct egress_listener *l;
	struct egress_slot *s;
};

static struct stage
stage_of(int64_t stall_ms)
{
	struct stage t;

	t.e = open_egress(&(struct egress_opts){.stall_ms = stall_ms, .pause_ms = 1});
	t.l = new_listener(t.e);
	t.s = egress_slot_new(t.l);
	return t;
}

static void
leave(struct stage *t)
{
	egress_slot_free(t->s);
	egress_unlisten(t->l);
	egress_close(t->e);
}

static struct egress_ledger
ledger_of(struct egress_slot *s)
{
	struct egress_ledger ledger = {0};
	struct err err = ERR_INIT;

	if (egress_ledger(s, deadline_in_ms(LONG_MS), &ledger, &err) != 0)
		fail_msg("%s", err.message);
	return ledger;
}

static const struct egress_row *
row_of(const struct egress_ledger *l, const char *host, enum egress_verdict verdict)
{
	for (size_t i = 0; i < l->n_rows; i++)
		if (strcmp(l->rows[i].host, host) == 0 && l->rows[i].verdict == verdict)
			return &l->rows[i];
	fail_msg("no row for %s, %s", host, egress_verdict_names[verdict]);
	return NULL;
}

// --- the tests ---

static void
who_has_a_grant_gets_through(void **state)
{
	struct stage t = stage_of(0);
	int fd, code;

	(void)state;
	assert_int_equal(outcome(t.s, "127.0.0.1"), NOT_ALLOWED);
	egress_grant(t.s, &lan);
	assert_int_equal(outcome(t.s, "127.0.0.1"), SUCCEEDED);
	fd = dial(t.s, "127.0.0.1", echo.port, &code);
	assert_true(code == SUCCEEDED && echoes(fd));
	egress_revoke(t.s);
	assert_false(recv(fd, &code, 1, 0) > 0); // closed
	close(fd);
	assert_int_equal(outcome(t.s, "127.0.0.1"), NOT_ALLOWED);
	egress_grant(t.s, &(struct egress_policy){0});
	assert_int_equal(outcome(t.s, "127.0.0.1"), NOT_ALLOWED); // loopback
	leave(&t);
}

static void
each_slot_has_a_policy_of_its_own(void **state)
{
	static const char *here[] = {"here.test"}, *local[] = {"localhost"};
	struct stage t = stage_of(0);
	struct egress_slot *other = egress_slot_new(t.l);

	(void)state;
	egress_grant(t.s,
	    &(struct egress_policy){.allow_private = true, .allow_hosts = {.v = here, .n = 1}});
	egress_grant(other,
	    &(struct egress_policy){.allow_private = true, .allow_hosts = {.v = local, .n = 1}});
	assert_int_equal(outcome(t.s, "here.test"), SUCCEEDED);
	assert_int_equal(outcome(t.s, "localhost"), NOT_ALLOWED);
	assert_int_equal(outcome(other, "here.test"), NOT_ALLOWED);
	assert_int_equal(outcome(other, "localhost"), SUCCEEDED);
	egress_slot_free(other);
	leave(&t);
}

static void
the_ledger_holds_what_happened(void **state)
{
	static const char *bad[] = {"*.bad.test"};
	struct egress_policy p = {.allow_private = true, .deny_hosts = {.v = bad, .n = 1}};
	struct stage t = stage_of(0);
	struct egress_ledger ledger;
	const struct egress_row *row;

	(void)state;
	egress_grant(t.s, &p);
	assert_int_equal(outcome(t.s, "here.test"), SUCCEEDED);
	assert_int_equal(outcome(t.s, "here.test"), SUCCEEDED);
	assert_int_equal(outcome(t.s, "a.bad.test"), NOT_ALLOWED);
	assert_int_equal(outcome(t.s, "missing.test"), UNREACHABLE);
	ledger = ledger_of(t.s);
	row = row_of(&ledger, "here.test", EGRESS_ALLOWED);
	assert_string_equal(row->address, "127.0.0.1");
	assert_true(row->port == echo.port && row->connections == 2);
	assert_true(row->bytes_in == 10 && row->bytes_out == 10 && ledger.bytes == 20);
	assert_int_equal(row_of(&ledger, "a.bad.test", EGRESS_DENIED_HOST)->connections, 1);
	assert_string_equal(row_of(&ledger, "missing.test", EGRESS_DNS_FAILED)->address, "");
	assert_true(ledger.denied == 1 && !ledger.over && ledger.dropped == 0);
	egress_ledger_done(&ledger);
	p.max_bytes = 7;
	egress_grant(t.s, &p);
	assert_int_equal(outcome(t.s, "here.test"), CUT);
	ledger = ledger_of(t.s);
	assert_true(ledger.over);
	egress_ledger_done(&ledger);
	leave(&t);
}

static void
a_guard_that_was_killed_is_replaced_with_all_it_knew(void **state)
{
	struct stage t = stage_of(0);
	struct egress_slot *none = egress_slot_new(t.l);
	int fd, code;

	(void)state;
	egress_grant(t.s, &lan);
	fd = dial(t.s, "here.test", echo.port, &code);
	assert_int_equal(code, SUCCEEDED);
	for (uint64_t i = 1; i <= 3; i++) {
		assert_int_equal(kill(stats_of(t.e).pid, SIGKILL), 0);
		// Not waited for: until there is a new one, connections wait for it.
		await_outcome(t.s, "here.test", SUCCEEDED);
		await_restart(t.e, i);
	}
	assert_false(recv(fd, &code, 1, 0) > 0);
	close(fd);
	assert_int_equal(outcome(none, "here.test"), NOT_ALLOWED);
	egress_slot_free(none);
	leave(&t);
}

static void
a_guard_that_hangs_is_replaced_within_its_limit(void **state)
{
	struct stage t = stage_of(patient_ms(400));
	struct egress_ledger ledger;
	struct err err = ERR_INIT;
	int64_t begin = clock_ms();
	pid_t pid = stats_of(t.e).pid;

	(void)state;
	egress_grant(t.s, &lan);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(egress_ledger(t.s, deadline_in_ms(LONG_MS), &ledger, &err), ERR_SANDBOX);
	await_outcome(t.s, "here.test", SUCCEEDED);
	await_restart(t.e, 1);
	assert_int_not_equal(stats_of(t.e).pid, pid);
	assert_true(clock_ms() - begin < patient_ms(1000) + GROSS_MS);
	leave(&t);
}

static void
lookups_hold_up_neither_others_nor_the_end(void **state)
{
	struct stage t = stage_of(0);
	int waiting[8];
	int64_t begin;

	(void)state;
	set_hangs(true);
	egress_grant(t.s, &lan);
	for (size_t i = 0; i < ARRAY_LEN(waiting); i++) {
		waiting[i] = connect_slot(t.s);
		ask(waiting[i], "silent.test", echo.port);
	}
	assert_int_equal(outcome(t.s, "here.test"), SUCCEEDED);
	begin = clock_ms();
	leave(&t);
	assert_true(clock_ms() - begin < patient_ms(500) + GROSS_MS);
	for (size_t i = 0; i < ARRAY_LEN(waiting); i++) {
		assert_int_equal(reply(waiting[i]), CUT);
		close(waiting[i]);
	}
	set_hangs(false);
}

static int
descriptors_of(pid_t pid)
{
	char path[64];
	int n = 0;

	for (int fd = 0; fd < 4096; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		n += faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	}
	return n;
}

static void
a_thousand_slots_leave_nothing(void **state)
{
	enum { N = 1000, USED = 50 };
	struct stage t = stage_of(0);
	struct egress_ledger ledger;
	struct egress_slot *s[N];
	int here, there;

	(void)state;
	egress_grant(t.s, &lan);
	assert_int_equal(outcome(t.s, "here.test"), SUCCEEDED);
	here = descriptors();
	for (size_t i = 0; i < N; i++) {
		s[i] = egress_slot_new(t.l);
		egress_grant(s[i], &lan);
		if (i < USED)
			assert_int_equal(outcome(s[i], "here.test"), SUCCEEDED);
	}
	for (size_t i = 0; i < N; i++)
		egress_slot_free(s[i]);
	egress_revoke(t.s); // closes what the first one had
	ledger = ledger_of(t.s);
	assert_true(ledger.n_rows == 0 && ledger.bytes == 0);
	egress_ledger_done(&ledger);
	there = descriptors_of(stats_of(t.e).pid);
	assert_true(there <= 8);
	for (int i = 0; i < 1000 && descriptors() > here; i++) // the server's ends
		(void)poll(NULL, 0, 5);
	assert_true(descriptors() <= here);
	assert_int_equal(stats_of(t.e).slots, 1);
	leave(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_has_a_grant_gets_through),
	    cmocka_unit_test(each_slot_has_a_policy_of_its_own),
	    cmocka_unit_test(the_ledger_holds_what_happened),
	    cmocka_unit_test(a_guard_that_was_killed_is_replaced_with_all_it_knew),
	    cmocka_unit_test(a_guard_that_hangs_is_replaced_within_its_limit),
	    cmocka_unit_test(lookups_hold_up_neither_others_nor_the_end),
	    cmocka_unit_test(a_thousand_slots_leave_nothing),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
