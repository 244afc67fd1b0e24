// SPDX-License-Identifier: Apache-2.0
// A host's addresses for libcurl. Left to itself, that would look them up in threads, too, but
// leave any number of them behind where a name server is silent.
#include "base/lookup.h"
#include "orchestrator/fetch/fetch_priv.h"

static int
no_such_host(const char *why, struct err *err)
{
	return err_set(err, ERR_DNS_FAILED, "%s (%s)", err_info(ERR_DNS_FAILED)->text, why);
}

static int
no_such_proxy(const struct fetch *f, struct err *err)
{
	cleanup_buf name = BUF_INIT;

	egress_upstream_name(&f->o.policy.upstream, &name);
	return err_set(err, ERR_PROXY_FAILED, "the proxy %.300s does not resolve", name.p);
}

static int
look_up(struct fetch *f, const char *host, struct lookup_answer *out, struct err *err)
{
	cleanup_lookup *l = NULL;
	struct err why = ERR_INIT;
	int rc = lookup_begin(host, &l, &why);

	if (rc == 0)
		rc = lookup_await(l, f->dl, f->o.cancel_fd, out, &why);
	if (rc == ERR_TIMEOUT)
		return err_set(err, ERR_NAVIGATION_TIMEOUT, NULL);
	if (rc == ERR_DNS_FAILED)
		return no_such_host(why.message, err);
	if (rc != 0)
		*err = why;
	return rc;
}

// Append "192.0.2.1,2001:db8::1"; false when there is none to dial.
static bool
add_addresses(const struct lookup_answer *found, struct buf *entry)
{
	char one[INET6_ADDRSTRLEN];
	size_t n = 0;

	for (size_t i = 0; i < found->n; i++)
		if (lookup_text(&found->at[i], one) &&
		    !strchr(one, '%')) // link-local: of no use without its interface
			buf_fmt(entry, "%s%s", n++ > 0 ? "," : "", one);
	return n > 0;
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
	struct lookup_answer found;
	struct curl_slist *list;
	struct url u;
	int rc;

	if (f->far)
		buf_str(&host, f->o.policy.upstream.host);
	else if (!url_split(buf_view(&f->url), &u) || !host_canonical(u.host, &host))
		return 0;
	if (needs_no_lookup(buf_view(&host)))
		return 0;
	buf_fmt(&entry, "%s:%d:", host.p, f->far ? f->o.policy.upstream.port : url_port(&u));
	if (f->resolve && strncmp(f->resolve->data, entry.p, entry.n) == 0)
		return 0; // by the hop before
	rc = look_up(f, host.p, &found, err);
	if (rc == ERR_DNS_FAILED && f->far)
		return no_such_proxy(f, err);
	if (rc != 0)
		return rc;
	if (!add_addresses(&found, &entry))
		return no_such_host("it has link-local addresses only", err);
	list = f->curl->slist_append(NULL, entry.p);
	f->curl->easy_setopt(f->easy, CURLOPT_RESOLVE, list);
	f->curl->slist_free_all(f->resolve);
	f->resolve = list;
	return 0;
}
