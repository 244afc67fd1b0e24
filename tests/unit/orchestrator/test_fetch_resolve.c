// SPDX-License-Identifier: Apache-2.0
// Host names of a fetch, with a resolver that this program replaces: one that never answers is left
// behind in time, and not any number of times.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lookup.h"
#include "orchestrator/fetch/fetch.h"

// --- the resolver ---

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t let = PTHREAD_COND_INITIALIZER;
static bool hangs = true;
static atomic_uint asked;

struct entry {
	struct addrinfo ai;
	struct sockaddr_in sa;
};

int
getaddrinfo(const char *restrict host, const char *restrict service UNUSED,
    const struct addrinfo *restrict hints UNUSED, struct addrinfo **restrict out)
{
	struct entry *e = calloc(1, sizeof(*e));

	assert_non_null(e);
	atomic_fetch_add(&asked, 1);
	pthread_mutex_lock(&lock);
	while (hangs && strstr(host, "silent"))
		pthread_cond_wait(&let, &lock);
	pthread_mutex_unlock(&lock);
	e->sa =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	e->ai = (struct addrinfo){.ai_family = AF_INET,
	    .ai_socktype = SOCK_STREAM,
	    .ai_addr = (struct sockaddr *)&e->sa,
	    .ai_addrlen = sizeof(e->sa)};
	*out = &e->ai;
	if (strstr(host, "unknown")) {
		free(e);
		return EAI_NONAME;
	}
	return 0;
}

void
freeaddrinfo(struct addrinfo *ai)
{
	free(ai); // the first member of its entry
}

// --- loads ---

static int
load(const char *url, int64_t ms, bool allow_private, struct err *err)
{
	struct fetch_opts o = {.url = url,
	    .policy = {.allow_private = allow_private},
	    .max_body_bytes = 1 << 20,
	    .cancel_fd = -1};
	struct fetch *f = fetch_new(&o);
	int rc;

	*err = (struct err)ERR_INIT;
	rc = fetch_load(f, deadline_in_ms(ms), err);
	fetch_free(f);
	return rc;
}

// Port 1: nobody listens there.
static void
names_are_looked_up_and_judged(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(load("http://known.example:1/", 5000, true, &err), ERR_CONNECTION_FAILED);
	assert_non_null(strstr(err.message, "known.example port 1")); // was dialled
	assert_int_equal(load("http://known.example:1/", 5000, false, &err), ERR_ADDRESS_FORBIDDEN);
	assert_int_equal(
	    load("http://known_2.example.:1/", 5000, true, &err), ERR_CONNECTION_FAILED);
	assert_int_equal(load("http://unknown.example/", 5000, true, &err), ERR_DNS_FAILED);
	assert_non_null(strstr(err.message, "unknown.example"));
	assert_int_equal(atomic_load(&asked), 4);
}

static void
silent_name_servers_hold_no_more_than_so_many(void **state)
{
	struct err err;
	int64_t begin;
	int rc = ERR_OVERLOADED;

	(void)state;
	for (int i = 0; i < LOOKUP_MAX; i++)
		assert_int_equal(
		    load("http://silent.example/", 1, true, &err), ERR_NAVIGATION_TIMEOUT);
	begin = clock_ms();
	assert_int_equal(load("http://known.example:1/", 9000, true, &err), ERR_OVERLOADED);
	assert_true(clock_ms() - begin < 5000);
	assert_int_equal(load("http://127.0.0.1:1/", 5000, true, &err), ERR_CONNECTION_FAILED);
	pthread_mutex_lock(&lock);
	hangs = false;
	pthread_cond_broadcast(&let);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < 1000 && rc == ERR_OVERLOADED; i++) {
		rc = load("http://known.example:1/", 5000, true, &err);
		(void)poll(NULL, 0, 5);
	}
	assert_int_equal(rc, ERR_CONNECTION_FAILED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_looked_up_and_judged),
	    cmocka_unit_test(silent_name_servers_hold_no_more_than_so_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
