// SPDX-License-Identifier: Apache-2.0
// The daemon's side of the egress guard with a pretended guard: this program once more, which does
// as it is told in the patterns of a grant, and says in its ledger what it was told.
#include "egress_stage.h"
#include "sandbox/launch.h"

// --- the pretended guard ---

#define LEDGER_FMT                                                                                 \
	"{\"event\":\"ledger\",\"id\":%lld,\"bytes\":1,\"denied\":2,\"over\":true,\"hosts\":["

static struct buf told, next_ledger;

static void
say(const char *text, size_t n)
{
	(void)!send(EGRESS_CONTROL_FD, text, n, MSG_NOSIGNAL);
}

static void
obey(const char *order)
{
	static const char silent[] = "{\"event\":\"resolve\",\"id\":1,\"host\":\"silent.test\"}";
	const char *colon = strchr(order, ':'), *rest = colon ? colon + 1 : "";

	if (strncmp(order, "exit:", 5) == 0)
		_exit(atoi(rest));
	if (strcmp(order, "deaf") == 0)
		for (struct pollfd p = {.fd = EGRESS_CONTROL_FD, .events = POLLRDHUP};
		     poll(&p, 1, -1) < 1;)
			;
	if (strncmp(order, "send:", 5) == 0)
		say(rest, strlen(rest));
	for (int i = strncmp(order, "bad:", 4) == 0 ? atoi(rest) : 0; i > 0; i--)
		say("nonsense", 8);
	for (int i = strncmp(order, "silent:", 7) == 0 ? atoi(rest) : 0; i > 0; i--)
		say(silent, sizeof(silent) - 1);
	if (strncmp(order, "resolve:", 8) == 0) {
		char text[128];
		int n = snprintf(
		    text, sizeof(text), "{\"event\":\"resolve\",\"id\":7,\"host\":\"%s\"}", rest);

		say(text, (size_t)n);
	}
	if (strncmp(order, "ledger:", 7) == 0) {
		buf_reset(&next_ledger);
		buf_str(&next_ledger, rest);
	}
}

static void
note_row(const char *text)
{
	if (told.n > 20000)
		return;
	buf_fmt(&told,
	    "%s{\"host\":\"%s\",\"port\":1,\"verdict\":\"allowed\",\"connections\":1,\"bytes_in\":0,"
	    "\"bytes_out\":0}",
	    told.n > 0 ? "," : "", text);
}

static void
answer_ledger(const cJSON *v)
{
	cleanup_buf text = BUF_INIT;
	bool life = json_int(v, "listener", -1) == 0;
	long long id = json_int(v, "id", 0);

	if (!life && next_ledger.n > 0) {
		char *mark = strstr(next_ledger.p, "$ID");

		if (mark)
			buf_fmt(&text, "%.*s%lld%s", (int)(mark - next_ledger.p), next_ledger.p, id,
			    mark + 3);
		else
			buf_str(&text, next_ledger.p);
		say(text.p, text.n);
		buf_reset(&text);
	}
	buf_fmt(&text, LEDGER_FMT, id);
	if (!life && told.n > 0)
		buf_str(&text, told.p);
	buf_str(&text, "]}");
	say(text.p, text.n);
}

static void
hear(const cJSON *v, int fd)
{
	const char *op = json_str(v, "op"), *slot = json_str(v, "slot");
	const char *error = json_str(v, "error"), *first = NULL;
	const cJSON *addresses = json_get(v, "addresses");
	char text[128];

	if (addresses && addresses->child)
		first = addresses->child->valuestring;
	snprintf(text, sizeof(text), "%s %lld %s%s%s%s", op,
	    (long long)json_int(v, "listener", json_int(v, "id", 0)), slot ? slot : "",
	    error ? error : "", first ? first : "", fd >= 0 ? "fd" : "");
	if (strcmp(op, "ledger") == 0) {
		answer_ledger(v);
		return;
	}
	note_row(text);
	json_foreach (order, json_path(v, "policy.allow_hosts"))
		obey(order->valuestring);
}

static int
pretend(void)
{
	static char packet[EGRESS_MAX_PACKET];
	int fds[LAUNCH_MAX_FDS];
	ssize_t n;

	while ((n = launch_recv(EGRESS_CONTROL_FD, packet, sizeof(packet), fds, 0)) > 0) {
		cJSON *v = cJSON_ParseWithLength(packet, (size_t)n);

		hear(v, fds[0]);
		if (fds[0] >= 0)
			close(fds[0]);
		cJSON_Delete(v);
	}
	buf_done(&told);
	buf_done(&next_ledger);
	return 0;
}

// --- the stage ---

#define ME TEST_BIN "/test_egress"

static struct egress *
open_pretended(int64_t stall_ms)
{
	return open_egress(&(struct egress_opts){
	    .path = ME, .stall_ms = stall_ms, .lookup_ms = patient_ms(300), .pause_ms = 1});
}

static void
order(struct egress_slot *s, const char *text)
{
	const struct egress_policy p = {
	    .allow_hosts = {.v = &text, .n = 1}, .max_bytes = UINT64_MAX};

	egress_grant(s, &p);
}

// What this guard was told, as "listen 1 fd;grant 1 127.0.1.0;".
static void
read_told(struct egress_slot *s, struct buf *out)
{
	struct egress_ledger ledger = {0};
	struct err err = ERR_INIT;

	buf_reset(out);
	if (egress_ledger(s, deadline_in_ms(LONG_MS), &ledger, &err) != 0)
		fail_msg("%s", err.message);
	for (size_t i = 0; i < ledger.n_rows; i++)
		buf_fmt(out, "%s;", ledger.rows[i].host);
	egress_ledger_done(&ledger);
}

static void
await_told(struct egress_slot *s, const char *what)
{
	struct deadline dl = deadline_in_ms(LONG_MS);
	cleanup_buf all = BUF_INIT;

	do {
		read_told(s, &all);
		if (all.p && strstr(all.p, what))
			return;
		(void)poll(NULL, 0, 2);
	} while (!deadline_passed(dl));
	fail_msg("not told: %s, but: %s", what, all.p);
}

static void
assert_told(struct egress_slot *s, const char *what)
{
	cleanup_buf all = BUF_INIT;

	read_told(s, &all);
	assert_string_equal(all.p, what);
}

// --- life ---

static void
the_guard_is_told_in_order_and_the_next_one_what_still_counts(void **state)
{
	struct egress *e = open_pretended(0);
	struct egress_listener *l = new_listener(e);
	struct egress_slot *a = egress_slot_new(l), *b = egress_slot_new(l);
	struct egress_stats s;

	(void)state;
	order(a, "x");
	order(b, "x");
	egress_revoke(a);
	assert_told(a, "listen 1 fd;grant 1 127.0.1.0;grant 1 127.0.1.1;revoke 1 127.0.1.0;");
	s = stats_of(e);
	assert_true(s.alive && s.pid > 0 && s.restarts == 0 && s.listeners == 1 && s.slots == 2);
	assert_int_equal(kill(s.pid, SIGKILL), 0);
	await_restart(e, 1);
	assert_int_not_equal(stats_of(e).pid, s.pid);
	assert_told(a, "listen 1 fd;grant 1 127.0.1.1;");
	egress_slot_free(a);
	egress_slot_free(b);
	egress_unlisten(l);
	s = stats_of(e);
	assert_true(s.listeners == 0 && s.slots == 0);
	egress_close(e);
	egress_close(NULL);
	egress_slot_free(NULL);
	egress_unlisten(NULL);
}

static void
a_guard_that_does_not_start_is_an_error(void **state)
{
	static const struct {
		const char *path, *says;
	} cases[] = {{"/bin/false", "exit status 1"}, {"/nonexistent/guard", "No such file"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct egress_opts o = {.path = cases[i].path};
		struct err err = ERR_INIT;
		struct egress *e = NULL;

		assert_int_equal(egress_open_with(&o, &e, &err), ERR_SANDBOX);
		assert_null(e);
		if (!strstr(err.message, cases[i].says))
			fail_msg("%s", err.message);
	}
}

static void
a_guard_that_never_answers_does_not_open(void **state)
{
	const struct egress_opts o = {.path = "/usr/bin/yes", .stall_ms = 50};
	struct err err = ERR_INIT;
	struct egress *e = NULL;

	(void)state; // it has other things to say
	assert_int_equal(egress_open_with(&o, &e, &err), ERR_SANDBOX);
}

static void
a_guard_that_keeps_ending_is_started_until_it_stays(void **state)
{
	struct egress *e = open_pretended(0);
	struct egress_listener *l = new_listener(e);
	struct egress_slot *s = egress_slot_new(l);
	struct egress_ledger ledger;
	struct err err = ERR_INIT;

	(void)state;
	order(s, "exit:3");
	for (struct deadline dl = deadline_in_ms(LONG_MS);
	     stats_of(e).restarts < 3 && !deadline_passed(dl);)
		(void)poll(NULL, 0, 2);
	assert_int_equal(egress_ledger(s, deadline_in_ms(LONG_MS), &ledger, &err), ERR_SANDBOX);
	egress_revoke(s);
	await_restart(e, 3);
	assert_told(s, "listen 1 fd;");
	egress_slot_free(s);
	egress_unlisten(l);
	egress_close(e);
}

static void
a_deaf_guard_is_killed_and_nobody_waits_for_it(void **state)
{
	struct egress *e = open_pretended(patient_ms(200));
	struct egress_listener *l = new_listener(e);
	struct egress_slot *deaf = egress_slot_new(l), *other = egress_slot_new(l);
	struct egress_ledger ledger;
	struct err err = ERR_INIT;
	int64_t begin = clock_ms();

	(void)state;
	order(deaf, "deaf");
	assert_int_equal(egress_ledger(other, deadline_in_ms(1), &ledger, &err), ERR_TIMEOUT);
	for (int i = 0; stats_of(e).restarts == 0 && i < 100000; i++) // more than the socket holds
		order(other, "x");
	assert_true(stats_of(e).restarts > 0);
	assert_true(clock_ms() - begin < patient_ms(2000) + GROSS_MS);
	egress_revoke(deaf);
	await_restart(e, 1);
	await_told(other, "grant 1 127.0.1.1;");
	egress_slot_free(deaf);
	egress_slot_free(other);
	egress_unlisten(l);
	egress_close(e);
}

static void
a_stopped_guard_is_replaced_though_nobody_asks_it(void **state)
{
	struct egress *e = open_pretended(patient_ms(200));

	(void)state;
	assert_int_equal(kill(stats_of(e).pid, SIGSTOP), 0);
	await_restart(e, 1);
	egress_close(e);
}

static void
nonsense_ends_a_guard_when_it_is_much(void **state)
{
	struct egress *e = open_pretended(0);
	struct egress_listener *l = new_listener(e);
	struct egress_slot *s = egress_slot_new(l);

	(void)state;
	order(s, "bad:99");
	await_told(s, "grant 1");
	assert_int_equal(stats_of(e).restarts, 0);
	order(s, "send:{\"event\":\"unheard of\"}");
	await_restart(e, 1);
	assert_told(s, "listen 1 fd;grant 1 127.0.1.0;");
	egress_slot_free(s);
	egress_unlisten(l);
	egress_close(e);
}

// --- ledgers ---

#define ROW_END "\"connections\":1,\"bytes_in\":5,\"bytes_out\":6}"
#define HEAD                                                                                       \
	"ledger:{\"event\":\"ledger\",\"id\":$ID,\"bytes\":4,\"denied\":0,\"over\":false,\"hosts\":["

static void
a_ledger_is_read_row_by_row(void **state)
{
	struct egress *e = open_pretended(0);
	struct egress_listener *l = new_listener(e);
	struct egress_slot *s = egress_slot_new(l);
	struct egress_ledger ledger = {0};
	struct err err = ERR_INIT;

	(void)state;
	order(s, HEAD "{\"host\":\"a.test\",\"port\":443,\"address\":\"192.0.2.1\",\"verdict\":"
		      "\"refused\"," ROW_END
		      ",{\"host\":\"\",\"port\":0,\"verdict\":\"overloaded\"," ROW_END
		      ",{\"host\":\"b\",\"port\":1,\"verdict\":\"proxy_failed\",\"detail\":"
		      "\"answered 407\"," ROW_END "],\"dropped\":3}");
	assert_int_equal(egress_ledger(s, deadline_in_ms(LONG_MS), &ledger, &err), 0);
	assert_true(ledger.bytes == 4 && ledger.denied == 0 && !ledger.over);
	assert_true(ledger.n_rows == 3 && ledger.dropped == 3);
	assert_string_equal(ledger.rows[0].detail, "");
	assert_int_equal(ledger.rows[2].verdict, EGRESS_PROXY_FAILED);
	assert_string_equal(ledger.rows[2].detail, "answered 407");
	assert_string_equal(ledger.rows[0].host, "a.test");
	assert_string_equal(ledger.rows[0].address, "192.0.2.1");
	assert_true(ledger.rows[0].port == 443 && ledger.rows[0].verdict == EGRESS_REFUSED);
	assert_true(ledger.rows[0].connections == 1 && ledger.rows[0].bytes_in == 5 &&
		    ledger.rows[0].bytes_out == 6);
	assert_string_equal(ledger.rows[1].address, "");
	assert_int_equal(ledger.rows[1].verdict, EGRESS_OVERLOADED);
	egress_ledger_done(&ledger);
	assert_null(ledger.rows);
	egress_slot_free(s);
	egress_unlisten(l);
	egress_close(e);
}

#define TEN         "0123456789"
#define LONG_DETAIL TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "01234567"

// After each of them comes a good one, which is what is read: of 2 denied.
static void
a_hostile_ledger_is_none(void **state)
{
	static const char *const texts[] = {
	    "ledger:{\"event\":\"ledger\",\"id\":$ID}",
	    "ledger:{\"event\":\"ledger\",\"id\":\"$ID\",\"bytes\":4,\"denied\":0,\"over\":false,\"hosts\":[]}",
	    "ledger:{\"event\":\"ledger\",\"id\":$ID,\"bytes\":-1,\"denied\":0,\"over\":false,\"hosts\":[]}",
	    "ledger:{\"event\":\"ledger\",\"id\":$ID,\"bytes\":1e300,\"denied\":0,\"over\":false,\"hosts\":[]}",
	    "ledger:{\"event\":\"ledger\",\"id\":$ID,\"bytes\":0.5,\"denied\":0,\"over\":false,\"hosts\":[]}",
	    "ledger:{\"event\":\"ledger\",\"id\":$ID,\"bytes\":4,\"denied\":0,\"over\":1,\"hosts\":[]}",
	    "ledger:{\"event\":\"ledger\",\"id\":$ID,\"bytes\":4,\"denied\":0,\"over\":false,\"hosts\":{}}",
	    "ledger:{\"event\":\"ledger\",\"id\":$ID,\"bytes\":4,\"bytes\":4,\"denied\":0,\"over\":false,\"hosts\":[]}",
	    "ledger:{\"event\":\"ledger\",\"id\":99$ID,\"bytes\":4,\"denied\":0,\"over\":false,\"hosts\":[]}",
	    "ledger:[$ID]",
	    "ledger:{\"event\":7,\"id\":$ID}",
	    HEAD "7]}",
	    HEAD "{}]}",
	    HEAD "{\"host\":\"a\",\"port\":65536,\"verdict\":\"refused\"," ROW_END "]}",
	    HEAD "{\"host\":\"a\",\"port\":1,\"verdict\":\"fine\"," ROW_END "]}",
	    HEAD "{\"host\":\"a\",\"port\":1," ROW_END "]}",
	    HEAD "{\"host\":\"a\\u0000b\",\"port\":1,\"verdict\":\"refused\"," ROW_END "]}",
	    HEAD "{\"host\":\"a\",\"address\":7,\"port\":1,\"verdict\":\"refused\"," ROW_END "]}",
	    HEAD "{\"host\":\"a\",\"address\":\"0123456789012345678901234567890123456789012345\","
		 "\"port\":1,\"verdict\":\"refused\"," ROW_END "]}",
	    HEAD "{\"host\":\"a\",\"port\":1,\"verdict\":\"refused\"," ROW_END
		 ",{\"host\":\"b\",\"port\":1,\"verdict\":\"refused\"}]}",
	    HEAD "{\"host\":\"a\",\"port\":1,\"verdict\":\"proxy_failed\",\"detail\":1," ROW_END
		 "]}",
	    HEAD "{\"host\":\"a\",\"port\":1,\"verdict\":\"proxy_failed\",\"detail\":\"" LONG_DETAIL
		 "\"," ROW_END "]}",
	};
	struct egress *e = open_pretended(0);
	struct egress_listener *l = new_listener(e);
	struct egress_slot *s = egress_slot_new(l);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct egress_ledger ledger = {0};
		struct err err = ERR_INIT;

		order(s, texts[i]);
		assert_int_equal(egress_ledger(s, deadline_in_ms(LONG_MS), &ledger, &err), 0);
		if (ledger.denied != 2)
			fail_msg("%s", texts[i]);
		egress_ledger_done(&ledger);
	}
	assert_int_equal(stats_of(e).restarts, 0);
	egress_slot_free(s);
	egress_unlisten(l);
	egress_close(e);
}

// --- names ---

static void
names_are_looked_up(void **state)
{
	struct egress *e = open_pretended(0);
	struct egress_listener *l = new_listener(e);
	struct egress_slot *s = egress_slot_new(l);
	struct deadline dl = deadline_in_ms(LONG_MS);
	struct egress_stats stats;

	(void)state;
	order(s, "resolve:here.test");
	await_told(s, "resolved 7 127.0.0.1;");
	order(s, "resolve:missing.test");
	await_told(s, "resolved 7 dns_failed;");
	set_hangs(true);
	order(s, "resolve:silent.test");
	await_told(s, "resolved 7 timeout;"); // meanwhile the guard was heard
	stats = stats_of(e);
	assert_true(stats.lookups == 3 && stats.lookups_failed == 2 && stats.restarts == 0);
	order(s, "silent:150");
	await_told(s, "resolved 1 overloaded;");
	while (stats_of(e).lookups_failed < 2 + 150 && !deadline_passed(dl))
		(void)poll(NULL, 0, 2);
	order(s, "resolve:here.test"); // those that are out of time keep their places
	await_told(s, "resolved 7 overloaded;");
	stats = stats_of(e);
	assert_true(stats.lookups == 3 + 150 + 1 && stats.lookups_failed == 2 + 150 + 1);
	set_hangs(false);
	while (stats.lookups == stats.lookups_failed + 1 && !deadline_passed(dl)) {
		order(s, "resolve:here.test");
		(void)poll(NULL, 0, 2);
		stats = stats_of(e);
	}
	assert_true(stats.lookups > stats.lookups_failed + 1);
	egress_slot_free(s);
	egress_unlisten(l);
	egress_close(e);
}

static void
closing_waits_for_no_lookup(void **state)
{
	struct egress *e =
	    open_egress(&(struct egress_opts){.path = ME, .lookup_ms = 10 * LONG_MS});
	struct egress_listener *l = new_listener(e);
	struct egress_slot *s = egress_slot_new(l);
	int64_t begin;

	(void)state;
	set_hangs(true);
	order(s, "silent:20");
	await_told(s, "grant 1");
	begin = clock_ms();
	egress_close(e);
	assert_true(clock_ms() - begin < patient_ms(500) + GROSS_MS);
	set_hangs(false);
	egress_slot_free(s);
	egress_unlisten(l);
}

// --- slots ---

static void
addresses_are_unique_and_late_to_come_again(void **state)
{
	enum { N = 1000 };
	struct egress *e = open_pretended(0);
	struct egress_listener *l = new_listener(e), *other = new_listener(e);
	struct egress_slot *s[N], *first = egress_slot_new(other);
	int before = descriptors();

	(void)state;
	assert_non_null(strstr(egress_slot_proxy(first), "socks5://127.0.1.0:"));
	for (size_t i = 0; i < N; i++) {
		char expected[32];

		s[i] = egress_slot_new(l);
		snprintf(
		    expected, sizeof(expected), "socks5://127.0.%zu.%zu:", 1 + i / 256, i % 256);
		assert_non_null(strstr(egress_slot_proxy(s[i]), expected));
		order(s[i], "x");
	}
	assert_int_equal(stats_of(e).slots, N + 1);
	egress_slot_free(s[0]);
	s[0] = egress_slot_new(l);
	assert_non_null(strstr(egress_slot_proxy(s[0]), "127.0.4.232:"));
	for (size_t i = 0; i < N; i++)
		egress_slot_free(s[i]);
	assert_int_equal(stats_of(e).slots, 1);
	assert_int_equal(descriptors(), before);
	egress_slot_free(first);
	egress_unlisten(l);
	egress_unlisten(other);
	assert_int_equal(descriptors(), before - 2);
	egress_close(e);
}

static void
a_policy_that_fits_into_no_packet_grants_nothing(void **state)
{
	enum { N = 7000 };
	struct egress *e = open_pretended(0);
	struct egress_listener *l = new_listener(e);
	struct egress_slot *s = egress_slot_new(l);
	const char **v = xcalloc(N, sizeof(*v));
	const struct egress_policy p = {.deny_hosts = {.v = v, .n = N}};

	(void)state;
	for (size_t i = 0; i < N; i++)
		v[i] = "abcde.test";
	order(s, "x");
	egress_grant(s, &p);
	assert_told(s, "listen 1 fd;grant 1 127.0.1.0;revoke 1 127.0.1.0;");
	free(v);
	egress_slot_free(s);
	egress_unlisten(l);
	egress_close(e);
}

static void
a_listener_may_outlive_the_guard(void **state)
{
	struct egress *e = open_pretended(0);
	struct egress_listener *l = new_listener(e);
	struct egress_slot *s = egress_slot_new(l), *late;
	struct egress_ledger ledger;
	struct err err = ERR_INIT;

	(void)state;
	order(s, "x");
	egress_close(e);
	order(s, "y");
	late = egress_slot_new(l);
	order(late, "x");
	assert_int_equal(egress_ledger(s, deadline_in_ms(LONG_MS), &ledger, &err), ERR_SANDBOX);
	egress_revoke(s);
	egress_slot_free(s);
	egress_slot_free(late);
	egress_unlisten(l);
}

static void *
work(void *arg)
{
	struct egress_listener *l = new_listener(arg);

	for (int i = 0; i < 60; i++) {
		struct egress_slot *s = egress_slot_new(l);
		struct egress_ledger ledger = {0};

		order(s, "resolve:here.test");
		if (egress_ledger(s, deadline_in_ms(LONG_MS), &ledger, NULL) == 0)
			egress_ledger_done(&ledger);
		egress_revoke(s);
		egress_slot_free(s);
	}
	egress_unlisten(l);
	return NULL;
}

static void
many_threads_use_it_while_guards_come_and_go(void **state)
{
	struct egress *e = open_pretended(0);
	pthread_t threads[6];
	struct egress_stats s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, e), 0);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(kill(stats_of(e).pid, SIGKILL), 0);
		await_restart(e, i + 1);
	}
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	s = stats_of(e);
	assert_true(s.slots == 0 && s.listeners == 0);
	egress_close(e);
}

int
main(int argc UNUSED, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_guard_is_told_in_order_and_the_next_one_what_still_counts),
	    cmocka_unit_test(a_guard_that_does_not_start_is_an_error),
	    cmocka_unit_test(a_guard_that_never_answers_does_not_open),
	    cmocka_unit_test(a_guard_that_keeps_ending_is_started_until_it_stays),
	    cmocka_unit_test(a_deaf_guard_is_killed_and_nobody_waits_for_it),
	    cmocka_unit_test(a_stopped_guard_is_replaced_though_nobody_asks_it),
	    cmocka_unit_test(nonsense_ends_a_guard_when_it_is_much),
	    // counts descriptors: before lookups are left behind
	    cmocka_unit_test(addresses_are_unique_and_late_to_come_again),
	    cmocka_unit_test(a_ledger_is_read_row_by_row),
	    cmocka_unit_test(a_hostile_ledger_is_none),
	    cmocka_unit_test(names_are_looked_up),
	    cmocka_unit_test(closing_waits_for_no_lookup),
	    cmocka_unit_test(a_policy_that_fits_into_no_packet_grants_nothing),
	    cmocka_unit_test(a_listener_may_outlive_the_guard),
	    cmocka_unit_test(many_threads_use_it_while_guards_come_and_go),
	};

	if (strcmp(argv[0], "riptide-egress") == 0)
		return pretend();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
