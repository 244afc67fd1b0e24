// SPDX-License-Identifier: Apache-2.0
// What the tests of the egress guard have in common: a resolver that asks nobody, waiting for what
// the statistics say, and short ways to grant.
#ifndef TESTS_EGRESS_STAGE_H
#define TESTS_EGRESS_STAGE_H

#include "orchestrator/egress/egress_priv.h"
#include "tests/unit/patience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LONG_MS 20000

// --- the resolver: these definitions stand before libc's ---

static pthread_mutex_t resolver_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t resolver_let = PTHREAD_COND_INITIALIZER;
static bool resolver_hangs; // for silent.test

static inline void
set_hangs(bool on)
{
	pthread_mutex_lock(&resolver_lock);
	resolver_hangs = on;
	pthread_cond_broadcast(&resolver_let);
	pthread_mutex_unlock(&resolver_lock);
}

int
getaddrinfo(const char *restrict host, const char *restrict service UNUSED,
    const struct addrinfo *restrict hints UNUSED, struct addrinfo **restrict out)
{
	struct {
		struct addrinfo ai;
		struct sockaddr_in a;
	} * both;

	pthread_mutex_lock(&resolver_lock);
	while (resolver_hangs && strcmp(host, "silent.test") == 0)
		pthread_cond_wait(&resolver_let, &resolver_lock);
	pthread_mutex_unlock(&resolver_lock);
	if (strcmp(host, "localhost") != 0 && strcmp(host, "here.test") != 0)
		return EAI_NONAME;
	both = xcalloc(1, sizeof(*both));
	both->a = (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	both->ai = (struct addrinfo){.ai_family = AF_INET,
	    .ai_addr = (struct sockaddr *)&both->a,
	    .ai_addrlen = sizeof(both->a)};
	*out = &both->ai;
	return 0;
}

void
freeaddrinfo(struct addrinfo *list)
{
	free(list);
}

// --- waiting ---

static inline struct egress_stats
stats_of(struct egress *e)
{
	struct egress_stats s;

	egress_stats(e, &s);
	return s;
}

// Until so many guards were started after the first, and the last of them is alive.
static inline void
await_restart(struct egress *e, uint64_t restarts)
{
	struct deadline dl = deadline_in_ms(LONG_MS);
	struct egress_stats s = stats_of(e);

	while ((s.restarts < restarts || !s.alive) && !deadline_passed(dl)) {
		(void)poll(NULL, 0, 2);
		s = stats_of(e);
	}
	assert_true(s.alive);
	assert_true(s.restarts >= restarts);
}

static inline struct egress *
open_egress(const struct egress_opts *o)
{
	struct err err = ERR_INIT;
	struct egress *e = NULL;

	if (egress_open_with(o, &e, &err) != 0)
		fail_msg("%s", err.message);
	return e;
}

// A socket that listens, for egress_listen; its port.
static inline int
listening(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static inline struct egress_listener *
new_listener(struct egress *e)
{
	uint16_t port;
	int fd = listening(&port);

	return egress_listen(e, fd, port);
}

// What this process has open.
static inline int
descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 4096; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

#endif
