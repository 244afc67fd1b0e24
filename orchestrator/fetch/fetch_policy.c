// SPDX-License-Identifier: Apache-2.0
// What a fetch may reach: each hop's host before it is looked up, each address when it is dialled,
// and how many bytes all of them may have together. The rules are the egress guard's.
#include "base/url.h"
#include "orchestrator/fetch/fetch_priv.h"

#include <netdb.h>

int
fetch_judge_host(const struct fetch *f, struct err *err)
{
	const struct egress_policy *p = &f->o.policy;
	enum egress_verdict v;
	struct url u;

	if (!url_split(buf_view(&f->url), &u))
		return 0; // libcurl says so
	v = f->far ? egress_judge_far(p, u.host) : egress_judge_host(p, u.host);
	if (v == EGRESS_ALLOWED && !p->allow_private && host_is_private_literal(u.host))
		v = EGRESS_DENIED_ADDRESS;
	if (v == EGRESS_DENIED_HOST)
		return err_set(err, ERR_HOST_FORBIDDEN,
		    SV_FMT " is not let through by the request's network", SV_ARG(u.host));
	if (v != EGRESS_ALLOWED)
		return err_set(err, ERR_ADDRESS_FORBIDDEN,
		    SV_FMT " is private or loopback (see --allow-private)", SV_ARG(u.host));
	return 0;
}

// RFC 6555: it may dial several addresses of a name; what is refused here is passed over.
curl_socket_t
fetch_open_socket(void *arg, curlsocktype purpose UNUSED, struct curl_sockaddr *to)
{
	struct fetch *f = arg;
	enum egress_verdict verdict = EGRESS_DENIED_HOST;
	struct url u;
	char text[64] = "?";

	if (f->far)
		verdict = egress_judge_upstream(&f->o.policy, &to->addr);
	else if (url_split(buf_view(&f->url), &u))
		verdict = egress_judge_address(&f->o.policy, u.host, &to->addr);
	if (verdict == EGRESS_ALLOWED && !f->o.policy.allow_private && addr_is_own(&to->addr))
		verdict = EGRESS_DENIED_ADDRESS;
	if (verdict == EGRESS_ALLOWED)
		return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
	getnameinfo(&to->addr, to->addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
	if (verdict == EGRESS_DENIED_HOST)
		err_set(&f->denied, ERR_HOST_FORBIDDEN,
		    "%s is not let through by the request's network", text);
	else
		err_at(&f->denied, ERR_ADDRESS_FORBIDDEN, f->far ? "proxy_config.server" : "",
		    "%s is a private or loopback address, or this machine's own; "
		    "--allow-private lets it through",
		    text);
	return CURL_SOCKET_BAD;
}

uint64_t
fetch_bytes_now(const struct fetch *f)
{
	curl_off_t body = 0;
	long head = 0, asked = 0;

	f->curl->easy_getinfo(f->easy, CURLINFO_SIZE_DOWNLOAD_T, &body);
	f->curl->easy_getinfo(f->easy, CURLINFO_HEADER_SIZE, &head);
	f->curl->easy_getinfo(f->easy, CURLINFO_REQUEST_SIZE, &asked);
	return f->begun ? (uint64_t)(body + head + asked - f->to_proxy[0] - f->to_proxy[1]) : 0;
}

int
fetch_check_bytes(const struct fetch *f, uint64_t now, struct err *err)
{
	uint64_t max = f->o.policy.max_bytes;

	if (max == 0 || f->bytes + now <= max)
		return 0;
	return err_set(err, ERR_BYTE_LIMIT,
	    "the page has more than the %llu bytes of "
	    "network.max_bytes",
	    (unsigned long long)max);
}
