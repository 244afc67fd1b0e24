// SPDX-License-Identifier: Apache-2.0
// A host's addresses for libcurl. getaddrinfo knows no deadline: it is asked in a detached thread,
// which a load that is out of time leaves behind. libcurl would do so, too, but leave any number of
// them where a name server is silent; here they are counted, and bounded.
#include "base/thread.h"
#include "base/url.h"
#include "orchestrator/fetch/fetch_priv.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define STACK_BYTES   ((size_t)256 << 10)
#define MAX_ADDRESSES 16

static atomic_uint lookups; // threads that are at it

struct lookup {
	char *host;
	int fd;
};

struct addresses {
	int rc;             // of getaddrinfo
	char text[16 * 48]; // "192.0.2.1,2001:db8::1"
};

// --- the thread ---

static void
list_addresses(const struct addrinfo *list, struct addresses *out)
{
	char one[INET6_ADDRSTRLEN];
	size_t n = 0, used = 0;

	for (; list && n < MAX_ADDRESSES; list = list->ai_next)
		if (getnameinfo(list->ai_addr, list->ai_addrlen, one, sizeof(one), NULL, 0,
			NI_NUMERICHOST) == 0 &&
		    !strchr(one, '%')) // link-local: of no use without its interface
			used += (size_t)snprintf(out->text + used, sizeof(out->text) - used, "%s%s",
			    n++ > 0 ? "," : "", one);
	if (n == 0)
		out->rc = EAI_NONAME;
}

static void *
lookup_thread(void *arg)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
	struct addresses answer = {0};
	struct lookup *l = arg;

	answer.rc = getaddrinfo(l->host, NULL, &hints, &list);
	if (answer.rc == 0) {
		list_addresses(list, &answer);
		freeaddrinfo(list);
	}
	(void)!send(l->fd, &answer, sizeof(answer), MSG_NOSIGNAL);
	close(l->fd);
	free(l->host);
	free(l);
	atomic_fetch_sub(&lookups, 1);
	return NULL;
}

static int
start(const char *host, int fd)
{
	struct lookup *l = xcalloc(1, sizeof(*l));
	pthread_t thread;

	l->host = xstrdup(host);
	l->fd = fd;
	if (thread_start(&thread, "riptide-dns", STACK_BYTES, lookup_thread, l) == 0) {
		pthread_detach(thread);
		return 0;
	}
	free(l->host);
	free(l);
	return -1;
}

// --- who waits for it ---

static int
await(struct fetch *f, int fd, const char *host, struct addresses *out, struct err *err)
{
	struct pollfd p[] = {
	    {.fd = fd, .events = POLLIN}, {.fd = f->o.cancel_fd, .events = POLLIN}};

	if (poll(p, 2, deadline_poll_ms(f->dl)) <= 0)
		return err_set(err, ERR_NAVIGATION_TIMEOUT, NULL);
	if (p[1].revents)
		return err_set(err, ERR_CANCELLED, NULL);
	if (recv(fd, out, sizeof(*out), 0) != (ssize_t)sizeof(*out))
		return err_set(err, ERR_INTERNAL, "the resolver gave no answer");
	if (out->rc != 0)
		return err_set(err, ERR_DNS_FAILED, "%s (%.200s: %s)",
		    err_info(ERR_DNS_FAILED)->text, host, gai_strerror(out->rc));
	return 0;
}

static int
look_up(struct fetch *f, const char *host, struct addresses *out, struct err *err)
{
	int fd[2], rc;

	if (atomic_fetch_add(&lookups, 1) >= FETCH_MAX_LOOKUPS) {
		atomic_fetch_sub(&lookups, 1);
		return err_set(err, ERR_OVERLOADED,
		    "%d host names wait for a name server that does not answer", FETCH_MAX_LOOKUPS);
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) != 0) {
		atomic_fetch_sub(&lookups, 1);
		return err_set(err, ERR_INTERNAL, "no socket pair");
	}
	if (start(host, fd[1]) == 0) {
		rc = await(f, fd[0], host, out, err);
	} else {
		atomic_fetch_sub(&lookups, 1);
		close(fd[1]);
		rc = err_set(err, ERR_INTERNAL, "no thread for the resolver");
	}
	close(fd[0]);
	return rc;
}

// Literals, and what libcurl knows of itself.
static bool
needs_no_lookup(struct sv host)
{
	return host.n == 0 || host.p[0] == '[' || host_is_private_literal(host) ||
	       addr_text_is_public(host);
}

int
fetch_resolve(struct fetch *f, struct err *err)
{
	cleanup_buf host = BUF_INIT, entry = BUF_INIT;
	struct addresses found = {0};
	struct curl_slist *list;
	struct url u;
	int rc;

	if (!url_split(buf_view(&f->url), &u) || !host_canonical(u.host, &host) ||
	    needs_no_lookup(buf_view(&host)))
		return 0;
	buf_fmt(&entry, "%s:" SV_FMT ":", host.p,
	    SV_ARG(u.port.n                       ? u.port
		   : sv_eq_str(u.scheme, "https") ? SV("443")
						  : SV("80")));
	if (f->resolve && strncmp(f->resolve->data, entry.p, entry.n) == 0)
		return 0; // by the hop before
	rc = look_up(f, host.p, &found, err);
	if (rc != 0)
		return rc;
	buf_str(&entry, found.text);
	list = f->curl->slist_append(NULL, entry.p);
	f->curl->easy_setopt(f->easy, CURLOPT_RESOLVE, list);
	f->curl->slist_free_all(f->resolve);
	f->resolve = list;
	return 0;
}
