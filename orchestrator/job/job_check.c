// SPDX-License-Identifier: Apache-2.0
// What is checked before a page is loaded: the address is public, the field patterns compile; and
// after: that what came is a page. Runs in the job's thread; DNS is asked in a detached thread,
// because getaddrinfo knows no deadline.
#include "base/url.h"
#include "orchestrator/job/job_priv.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

struct address_check {
	char *url;
	int fd;
};

// The answer is one struct err, sent whole or not at all.
static void *
address_thread(void *arg)
{
	struct address_check *c = arg;
	struct err err = ERR_INIT;

	if (url_check_public(sv_from(c->url), &err) == 0)
		err = (struct err)ERR_INIT;
	(void)!send(c->fd, &err, sizeof(err), MSG_NOSIGNAL);
	close(c->fd);
	free(c->url);
	free(c);
	return NULL;
}

static int
start_address_thread(struct address_check *c)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, (size_t)256 << 10);
	rc = pthread_create(&thread, &attr, address_thread, c);
	pthread_attr_destroy(&attr);
	return rc;
}

int
job_check_address(struct job *j, struct err *err)
{
	const char *url = j->req->url ? j->req->url : j->req->base_url;
	struct address_check *c;
	struct url parts;
	int fd[2];

	if (!url || j->opts.allow_private || !url_split(sv_from(url), &parts))
		return 0;
	if (host_is_private_literal(parts.host))
		return err_set(err, ERR_ADDRESS_FORBIDDEN,
		    SV_FMT " is private or loopback (see --allow-private)", SV_ARG(parts.host));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) != 0)
		return err_set(err, ERR_INTERNAL, "no socket pair");
	c = xcalloc(1, sizeof(*c));
	c->url = xstrdup(url);
	c->fd = fd[1];
	j->address_fd = fd[0];
	if (start_address_thread(c) == 0)
		return 0;
	close(c->fd);
	free(c->url);
	free(c);
	return err_set(err, ERR_INTERNAL, "no thread for the address check");
}

int
job_await_address(struct job *j, struct err *err)
{
	struct pollfd p[] = {
	    {.fd = j->address_fd, .events = POLLIN}, {.fd = j->cancel_fd, .events = POLLIN}};
	struct err answer = ERR_INIT;

	if (j->address_fd < 0)
		return 0;
	if (poll(p, 2, deadline_poll_ms(j->soft)) <= 0)
		return err_set(err, ERR_TIMEOUT, "the host name was not resolved in time");
	if (p[1].revents)
		return err_set(err, ERR_CANCELLED, NULL);
	if (recv(j->address_fd, &answer, sizeof(answer), 0) != (ssize_t)sizeof(answer))
		return err_set(err, ERR_INTERNAL, "the address check gave no answer");
	if (answer.code != ERR_OK)
		*err = answer;
	return answer.code;
}

// An empty page is enough to compile every selector, XPath and regular expression.
int
job_check_fields(struct job *j, struct err *err)
{
	const struct extract_options *o = j->req->extract.options;
	cJSON *document = NULL;
	int rc;

	if (!o || o->n_fields == 0)
		return 0;
	rc = job_extract_html(j, SV("<!doctype html><title></title>"), NULL, j->req->extract.json,
	    j->soft, &document, err);
	cJSON_Delete(document);
	return rc;
}

static bool
is_page_type(struct sv mime)
{
	static const char *const exact[] = {"application/xhtml+xml", "application/xml",
	    "application/json", "application/javascript", "multipart/related"};

	if (mime.n == 0 || sv_istarts(mime, "text/"))
		return true;
	if (sv_istarts(mime, "image/"))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(exact); i++)
		if (sv_ieq_str(mime, exact[i]))
			return true;
	return (mime.n > 4 && strncasecmp(mime.p + mime.n - 4, "+xml", 4) == 0) ||
	       (mime.n > 5 && strncasecmp(mime.p + mime.n - 5, "+json", 5) == 0);
}

int
job_check_document(const struct cdp_nav *nav, struct err *err)
{
	if (is_page_type(sv_from(nav->mime)))
		return 0;
	return err_set(err, ERR_NOT_HTML, "the address holds %s, not a page", nav->mime);
}
