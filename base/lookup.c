// SPDX-License-Identifier: Apache-2.0
// Names of hosts: a thread for each that is looked up, which answers through a socket pair if
// anybody is still there to hear it.
#include "base/lookup.h"

#include "base/thread.h"

#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define STACK_BYTES    ((size_t)256 << 10)
#define HOST_MAX_BYTES 512

static atomic_uint lookups; // threads that are at it

struct lookup {
	char *host;
	int fd; // this side's end of the pair
};

struct answer {
	int rc; // of getaddrinfo
	struct lookup_answer found;
};

// --- the thread ---

// Whatever there is room for; one that is not public is never left out.
static void
add_address(struct lookup_answer *out, const struct addrinfo *ai)
{
	union address a = {0};

	if ((ai->ai_family != AF_INET && ai->ai_family != AF_INET6) || ai->ai_addrlen > sizeof(a))
		return;
	memcpy(&a, ai->ai_addr, ai->ai_addrlen);
	if (out->n < LOOKUP_MAX_ADDRESSES)
		out->at[out->n++] = a;
	else if (!addr_is_public(&a.sa))
		out->at[LOOKUP_MAX_ADDRESSES - 1] = a;
}

static void
ask(const char *host, struct answer *out)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;

	out->rc = getaddrinfo(host, NULL, &hints, &list);
	if (out->rc != 0)
		return;
	for (const struct addrinfo *ai = list; ai; ai = ai->ai_next)
		add_address(&out->found, ai);
	freeaddrinfo(list);
	if (out->found.n == 0)
		out->rc = EAI_NONAME;
}

static void *
lookup_thread(void *arg)
{
	struct answer answer = {0};
	struct lookup *l = arg;

	ask(l->host, &answer);
	(void)!send(l->fd, &answer, sizeof(answer), MSG_NOSIGNAL);
	lookup_close(l);
	atomic_fetch_sub(&lookups, 1);
	return NULL;
}

// --- who waits for it ---

static struct lookup *
lookup_new(const char *host, int fd)
{
	struct lookup *l = xcalloc(1, sizeof(*l));

	l->host = xstrdup(host);
	l->fd = fd;
	return l;
}

void
lookup_close(struct lookup *l)
{
	if (!l)
		return;
	close(l->fd);
	free(l->host);
	free(l);
}

static int
start(const char *host, struct lookup **out, struct err *err)
{
	struct lookup *theirs;
	pthread_t thread;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) != 0)
		return err_set(err, ERR_INTERNAL, "no socket pair");
	theirs = lookup_new(host, fd[1]);
	if (thread_start(&thread, "riptide-dns", STACK_BYTES, lookup_thread, theirs) != 0) {
		lookup_close(theirs);
		close(fd[0]);
		return err_set(err, ERR_INTERNAL, "no thread for the resolver");
	}
	pthread_detach(thread);
	*out = lookup_new(host, fd[0]);
	return 0;
}

int
lookup_begin(const char *host, struct lookup **out, struct err *err)
{
	int rc = 0;

	if (atomic_fetch_add(&lookups, 1) >= LOOKUP_MAX)
		rc = err_set(err, ERR_OVERLOADED,
		    "%d host names wait for a name server that does not answer", LOOKUP_MAX);
	if (rc == 0)
		rc = start(host, out, err);
	if (rc != 0)
		atomic_fetch_sub(&lookups, 1);
	return rc;
}

int
lookup_fd(const struct lookup *l)
{
	return l->fd;
}

int
lookup_await(const struct lookup *l, struct deadline dl, int cancel_fd, struct lookup_answer *out,
    struct err *err)
{
	struct pollfd p[] = {{.fd = l->fd, .events = POLLIN}, {.fd = cancel_fd, .events = POLLIN}};
	struct answer answer;

	if (poll(p, 2, deadline_poll_ms(dl)) <= 0)
		return err_set(err, ERR_TIMEOUT, "the host name was not resolved in time");
	if (p[1].revents)
		return err_set(err, ERR_CANCELLED, NULL);
	if (recv(l->fd, &answer, sizeof(answer), 0) != (ssize_t)sizeof(answer))
		return err_set(err, ERR_INTERNAL, "the resolver gave no answer");
	if (answer.rc != 0)
		return err_set(err, ERR_DNS_FAILED, "%.200s: %s", l->host, gai_strerror(answer.rc));
	*out = answer.found;
	return 0;
}

bool
lookup_text(const union address *a, char out[INET6_ADDRSTRLEN])
{
	return getnameinfo(&a->sa, a->sa.sa_family == AF_INET ? sizeof(a->v4) : sizeof(a->v6), out,
		   INET6_ADDRSTRLEN, NULL, 0, NI_NUMERICHOST) == 0;
}

// --- who must know whether it is public ---

static int
check_host(struct sv url, struct buf *host, struct err *err)
{
	struct url u;

	if (!url_split(url, &u) || !host_canonical(u.host, host))
		return err_set(err, ERR_INVALID_URL, "no valid host in the URL");
	if (host_is_private_literal(buf_view(host)))
		return err_set(err, ERR_ADDRESS_FORBIDDEN,
		    "%s is a private or loopback address; --allow-private lets it through",
		    host->p);
	return 0;
}

int
lookup_check_literal(struct sv url, struct err *err)
{
	cleanup_buf host = BUF_INIT_MAX(HOST_MAX_BYTES);

	return check_host(url, &host, err);
}

int
lookup_begin_public(struct sv url, struct lookup **out, struct err *err)
{
	cleanup_buf host = BUF_INIT_MAX(HOST_MAX_BYTES);
	int rc = check_host(url, &host, err);

	if (rc != 0)
		return rc;
	if (!addr_text_is_public(buf_view(&host)))
		return lookup_begin(host.p, out, err);
	*out = NULL;
	return 0;
}

int
lookup_await_public(const struct lookup *l, struct deadline dl, int cancel_fd, struct err *err)
{
	struct lookup_answer found;
	int rc = lookup_await(l, dl, cancel_fd, &found, err);

	for (size_t i = 0; rc == 0 && i < found.n; i++) {
		char text[INET6_ADDRSTRLEN] = "?";

		if (addr_is_public(&found.at[i].sa))
			continue;
		(void)!lookup_text(&found.at[i], text);
		rc = err_set(err, ERR_ADDRESS_FORBIDDEN,
		    "%s is the private or loopback address %s; --allow-private lets it through",
		    l->host, text);
	}
	return rc;
}
