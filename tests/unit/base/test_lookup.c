// SPDX-License-Identifier: Apache-2.0
// Names and their addresses, with a resolver that this program replaces: no test asks DNS.
#include "base/lookup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

// --- the resolver: these definitions stand before libc's ---

static const struct {
	const char *host, *addresses[2];
} names[] = {
    {"public.test", {"8.8.8.8", "2606:4700::1111"}},
    {"rebinding.test", {"8.8.8.8", "::ffff:10.0.0.1"}},
    {"inside.test.", {"169.254.169.254", NULL}},
    {"xn--mnchen-3ya.test", {"1.1.1.1", NULL}},
    {"silent.test", {"8.8.8.8", NULL}},
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t let = PTHREAD_COND_INITIALIZER;
static bool hangs;

static void
set_hangs(bool on)
{
	pthread_mutex_lock(&lock);
	hangs = on;
	pthread_cond_broadcast(&let);
	pthread_mutex_unlock(&lock);
}

static struct addrinfo *
address(const char *text, struct addrinfo *next)
{
	struct addrinfo *ai = xcalloc(1, sizeof(*ai));
	struct sockaddr_in *a4 = xcalloc(1, sizeof(struct sockaddr_in6));
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)(void *)a4;

	a4->sin_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (a4->sin_family == AF_INET)
		inet_pton(AF_INET, text, &a4->sin_addr);
	else
		inet_pton(AF_INET6, text, &a6->sin6_addr);
	*ai = (struct addrinfo){.ai_family = a4->sin_family,
	    .ai_addr = (struct sockaddr *)(void *)a4,
	    .ai_addrlen = a4->sin_family == AF_INET ? sizeof(*a4) : sizeof(*a6),
	    .ai_next = next};
	return ai;
}

// Forty public addresses, and then one that is not.
static struct addrinfo *
many(void)
{
	struct addrinfo *list = address("10.0.0.1", NULL);
	char text[16];

	for (int i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "8.8.8.%d", i);
		list = address(text, list);
	}
	return list;
}

int
getaddrinfo(const char *restrict host, const char *restrict service UNUSED,
    const struct addrinfo *restrict hints UNUSED, struct addrinfo **restrict out)
{
	pthread_mutex_lock(&lock);
	while (hangs && strcmp(host, "silent.test") == 0)
		pthread_cond_wait(&let, &lock);
	pthread_mutex_unlock(&lock);
	if (strcmp(host, "many.test") == 0) {
		*out = many();
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *second = names[i].addresses[1];

		if (strcmp(host, names[i].host) != 0)
			continue;
		*out = address(names[i].addresses[0], second ? address(second, NULL) : NULL);
		return 0;
	}
	return EAI_NONAME;
}

void
freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;

		free(list->ai_addr);
		free(list);
		list = next;
	}
}

// --- lookups ---

#define LONG_MS 20000

static int
look_up(const char *host, int64_t ms, struct lookup_answer *out, struct err *err)
{
	cleanup_lookup *l = NULL;
	int rc = lookup_begin(host, &l, err);

	return rc == 0 ? lookup_await(l, deadline_in_ms(ms), -1, out, err) : rc;
}

static void
the_answer_lists_the_addresses(void **state)
{
	struct lookup_answer found = {0};
	struct err err = ERR_INIT;
	char text[INET6_ADDRSTRLEN];

	(void)state;
	assert_int_equal(look_up("public.test", LONG_MS, &found, &err), 0);
	assert_int_equal(found.n, 2);
	assert_true(lookup_text(&found.at[0], text));
	assert_string_equal(text, "8.8.8.8");
	assert_true(lookup_text(&found.at[1], text));
	assert_string_equal(text, "2606:4700::1111");
	assert_int_equal(look_up("missing.test", LONG_MS, &found, &err), ERR_DNS_FAILED);
	assert_non_null(strstr(err.message, "missing.test: "));
	assert_int_equal(found.n, 2); // untouched
}

static void
of_too_many_addresses_a_private_one_is_kept(void **state)
{
	struct lookup_answer found;
	struct err err = ERR_INIT;
	size_t n_private = 0;

	(void)state;
	assert_int_equal(look_up("many.test", LONG_MS, &found, &err), 0);
	assert_int_equal(found.n, LOOKUP_MAX_ADDRESSES);
	for (size_t i = 0; i < found.n; i++)
		n_private += !addr_is_public(&found.at[i].sa);
	assert_int_equal(n_private, 1);
}

static void
nobody_waits_longer_than_the_deadline_or_a_cancellation(void **state)
{
	struct lookup_answer found;
	struct err err = ERR_INIT;
	struct lookup *l;
	int64_t begin = clock_ms();
	int fd = eventfd(1, EFD_CLOEXEC);

	(void)state;
	set_hangs(true);
	assert_int_equal(look_up("silent.test", -5, &found, &err), ERR_TIMEOUT);
	assert_int_equal(look_up("silent.test", 20, &found, &err), ERR_TIMEOUT);
	assert_int_equal(lookup_begin("silent.test", &l, &err), 0);
	assert_int_equal(lookup_await(l, deadline_in_ms(LONG_MS), fd, &found, &err), ERR_CANCELLED);
	lookup_close(l);
	assert_true(clock_ms() - begin < LONG_MS);
	set_hangs(false);
	close(fd);
}

static void
many_are_waited_for_by_poll(void **state)
{
	static const char *const hosts[] = {"public.test", "missing.test"};
	struct lookup_answer found;
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		struct pollfd p = {.events = POLLIN};
		struct lookup *l;

		assert_int_equal(lookup_begin(hosts[i], &l, &err), 0);
		p.fd = lookup_fd(l);
		assert_int_equal(poll(&p, 1, LONG_MS), 1);
		assert_int_equal(lookup_await(l, (struct deadline){0}, -1, &found, &err),
		    i == 0 ? 0 : ERR_DNS_FAILED);
		lookup_close(l);
	}
}

static int
descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 4 * LOOKUP_MAX; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

// Tried until those who were left behind have ended.
static int
try_until_let(struct lookup_answer *found, struct err *err)
{
	int rc = ERR_OVERLOADED;

	for (int i = 0; i < 4000 && rc == ERR_OVERLOADED; i++) {
		rc = look_up("public.test", LONG_MS, found, err);
		if (rc == ERR_OVERLOADED)
			(void)poll(NULL, 0, 5);
	}
	return rc;
}

static void
those_left_behind_are_counted_and_bounded(void **state)
{
	struct lookup_answer found;
	struct lookup *l[LOOKUP_MAX];
	struct err err = ERR_INIT;
	int n = 0, before;

	(void)state;
	assert_int_equal(try_until_let(&found, &err), 0);
	before = descriptors();
	set_hangs(true);
	while (n < LOOKUP_MAX && lookup_begin("silent.test", &l[n], &err) == 0)
		n++;
	// Those before may need a moment to end.
	assert_in_range(n, LOOKUP_MAX - 4, LOOKUP_MAX);
	for (int i = 0; i < n; i++)
		lookup_close(l[i]);
	while (lookup_begin("silent.test", &l[0], &err) == 0)
		lookup_close(l[0]);
	assert_in_range(descriptors(), before, before + LOOKUP_MAX);
	assert_int_equal(lookup_begin("public.test", &l[0], &err), ERR_OVERLOADED);
	assert_non_null(strstr(err.message, "256"));
	set_hangs(false);
	assert_int_equal(try_until_let(&found, &err), 0);
}

// --- whether they are public ---

static int
check_public(const char *url, struct err *err)
{
	cleanup_lookup *l = NULL;
	int rc = lookup_begin_public(sv_from(url), &l, err);

	return l ? lookup_await_public(l, deadline_in_ms(LONG_MS), -1, err) : rc;
}

static void
checking_a_url_refuses_private_targets(void **state)
{
	static const char *const urls[] = {"http://127.0.0.1/", "http://localhost:8080/",
	    "https://[::1]/", "http://2130706433/", "http://user@10.0.0.1/x",
	    "http:\\\\127.1\\@example.org/"};
	struct err err = ERR_INIT;
	struct lookup *l;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		assert_int_equal(check_public(urls[i], &err), ERR_ADDRESS_FORBIDDEN);
	assert_non_null(strstr(err.message, "127.0.0.1"));
	assert_int_equal(check_public("http://8.8.8.8/", &err), 0); // no name to resolve
	assert_int_equal(check_public("http://[2606:4700::1111]/", &err), 0);
	assert_int_equal(lookup_begin_public(SV("http://134744072/"), &l, &err), 0);
	assert_null(l);
	assert_int_equal(check_public("nonsense", &err), ERR_INVALID_URL);
	assert_int_equal(check_public("http://a b/", &err), ERR_INVALID_URL);
}

static void
every_address_of_a_name_must_be_public(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(check_public("http://public.test/x", &err), 0);
	assert_int_equal(check_public("http://PUBLIC.test:81/x", &err), 0);
	assert_int_equal(check_public("http://m\xc3\xbcnchen.test/", &err), 0);
	assert_int_equal(check_public("http://rebinding.test/", &err), ERR_ADDRESS_FORBIDDEN);
	assert_non_null(strstr(err.message, "rebinding.test"));
	assert_non_null(strstr(err.message, "::ffff:10.0.0.1"));
	assert_int_equal(check_public("http://inside.test./", &err), ERR_ADDRESS_FORBIDDEN);
	assert_int_equal(check_public("http://many.test/", &err), ERR_ADDRESS_FORBIDDEN);
	assert_int_equal(check_public("http://missing.test/", &err), ERR_DNS_FAILED);
	assert_non_null(strstr(err.message, "missing.test"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_answer_lists_the_addresses),
	    cmocka_unit_test(of_too_many_addresses_a_private_one_is_kept),
	    cmocka_unit_test(nobody_waits_longer_than_the_deadline_or_a_cancellation),
	    cmocka_unit_test(many_are_waited_for_by_poll),
	    cmocka_unit_test(those_left_behind_are_counted_and_bounded),
	    cmocka_unit_test(checking_a_url_refuses_private_targets),
	    cmocka_unit_test(every_address_of_a_name_must_be_public),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
