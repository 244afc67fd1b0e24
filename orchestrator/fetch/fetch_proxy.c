// SPDX-License-Identifier: Apache-2.0
// The request's proxy, as libcurl is told of it for each hop, and what it did wrong. Those of the
// environment are never asked.
#include "base/url.h"
#include "orchestrator/fetch/fetch_priv.h"

static const struct egress_upstream *
proxy_of(const struct fetch *f)
{
	return &f->o.policy.upstream;
}

static void
set_none(const struct fetch *f)
{
	f->curl->easy_setopt(f->easy, CURLOPT_PROXY, "");
	f->curl->easy_setopt(f->easy, CURLOPT_NOPROXY, "*");
}

void
fetch_set_proxy(struct fetch *f)
{
	const struct egress_upstream *u = proxy_of(f);
	const struct curl *c = f->curl;
	CURL *h = f->easy;
	cleanup_buf host = BUF_INIT;
	struct url url;

	f->far = url_split(buf_view(&f->url), &url) && egress_by_upstream(&f->o.policy, url.host);
	if (!f->far) {
		set_none(f);
		return;
	}
	buf_fmt(&host, strchr(u->host, ':') ? "[%s]" : "%s", u->host);
	c->easy_setopt(h, CURLOPT_PROXY, host.p);
	c->easy_setopt(h, CURLOPT_NOPROXY, "");
	c->easy_setopt(h, CURLOPT_PROXYPORT, (long)u->port);
	c->easy_setopt(h, CURLOPT_PROXYTYPE,
	    (long)(u->kind == EGRESS_BY_HTTP ? CURLPROXY_HTTP : CURLPROXY_SOCKS5_HOSTNAME));
	c->easy_setopt(h, CURLOPT_HTTPPROXYTUNNEL, 1L);
	c->easy_setopt(h, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	c->easy_setopt(h, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	c->easy_setopt(h, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
	c->easy_setopt(h, CURLOPT_SOCKS5_AUTH, (long)CURLAUTH_BASIC);
	c->easy_setopt(h, CURLOPT_PROXYUSERNAME, u->user);
	c->easy_setopt(h, CURLOPT_PROXYPASSWORD, u->user && !u->password ? "" : u->password);
}

// Called when there is a connection to the server, by the proxy or not.
int
fetch_on_begin(
    void *arg, char *to_ip UNUSED, char *from_ip UNUSED, int to_port UNUSED, int from_port UNUSED)
{
	struct fetch *f = arg;

	if (f->begun) // once more, with a password
		return CURL_PREREQFUNC_OK;
	f->begun = true;
	f->curl->easy_getinfo(f->easy, CURLINFO_HEADER_SIZE, &f->to_proxy[0]);
	f->curl->easy_getinfo(f->easy, CURLINFO_REQUEST_SIZE, &f->to_proxy[1]);
	return CURL_PREREQFUNC_OK;
}

// --- what went wrong ---

static const char *
words_for(const struct fetch *f, long status)
{
	if (status != 407)
		return "";
	return proxy_of(f)->user ? ": it does not take the username and password"
				 : ": it wants a username and password";
}

int
fetch_proxy_error(const struct fetch *f, CURLcode code, struct err *err)
{
	cleanup_buf name = BUF_INIT;
	long status = 0;

	if (!f->far)
		return 0;
	egress_upstream_name(proxy_of(f), &name);
	f->curl->easy_getinfo(f->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	if (status >= 100 && (status < 200 || status >= 300))
		return err_set(err, ERR_PROXY_FAILED, "the proxy %.150s answered %ld%s", name.p,
		    status, words_for(f, status));
	if (code != CURLE_PROXY && code != CURLE_COULDNT_CONNECT &&
	    code != CURLE_COULDNT_RESOLVE_PROXY && !strstr(f->text, "CONNECT"))
		return 0;
	return err_set(err, ERR_PROXY_FAILED, "the proxy %.150s does not connect (%.200s)", name.p,
	    f->text[0] ? f->text : f->curl->easy_strerror(code));
}
