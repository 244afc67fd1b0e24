// SPDX-License-Identifier: Apache-2.0
// `network`: which hosts the page may reach, and how much it may load. The guard keeps to it
// (sandbox/egress/policy.h), and so do Riptide's own fetches. Any thread; no I/O.
#include "orchestrator/request/request_network.h"
#include "orchestrator/request/request_proxy.h"

#include "base/url.h"

#include <stdio.h>

static int network_check(void *obj, const char *path, struct err *err);

#define HOST_DOC                                                                                   \
	"Each is a host name, `*.example.com` for all names below one, an address, or a network "  \
	"(`10.0.0.0/8`)."
static const struct param rows[] = {
    {.name = "allow_hosts",
	.type = PARAM_STRINGS,
	.offset = offsetof(struct request_network, allow_hosts),
	.max = NETWORK_MAX_HOSTS,
	.doc = "The only hosts that the page may reach, that of `url` among them. " HOST_DOC},
    {.name = "deny_hosts",
	.type = PARAM_STRINGS,
	.offset = offsetof(struct request_network, deny_hosts),
	.max = NETWORK_MAX_HOSTS,
	.doc = "Hosts that it may not reach, whatever `allow_hosts` says. " HOST_DOC},
    {.name = "max_bytes",
	.type = PARAM_INT,
	.offset = offsetof(struct request_network, max_bytes),
	.min = 1,
	.max = 1e12,
	.doc =
	    "How much may go over its connections, both ways, TLS and headers counted. Then they are closed, and the result is `partial`."},
};
const struct param_table request_network_table = {
    .name = "network",
    .doc = "Which hosts the page may reach, and how many bytes it may load.",
    .size = sizeof(struct request_network),
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
    .check = network_check,
};

int
request_check_patterns(const struct param_strings *list, const char *path, size_t max_bytes,
    size_t *bytes, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		char at[160];
		int rc = egress_pattern_check(sv_from(list->v[i]), err);

		*bytes += strlen(list->v[i]);
		if (rc == 0 && *bytes > max_bytes)
			rc = err_set(err, ERR_INVALID_REQUEST,
			    "the hosts take more than %zu bytes together", max_bytes);
		if (rc == 0)
			continue;
		snprintf(at, sizeof(at), "%.130s[%zu]", path, i);
		err_prefix(err, at);
		return rc;
	}
	return 0;
}

static int
network_check(void *obj, const char *path UNUSED, struct err *err)
{
	const struct request_network *n = obj;
	size_t bytes = 0;
	int rc = request_check_patterns(
	    &n->allow_hosts, "network.allow_hosts", NETWORK_MAX_BYTES, &bytes, err);

	return rc == 0 ? request_check_patterns(
			     &n->deny_hosts, "network.deny_hosts", NETWORK_MAX_BYTES, &bytes, err)
		       : rc;
}

struct egress_policy
request_policy(
    const struct request_network *n, const struct request_proxy *proxy, bool allow_private)
{
	struct egress_policy p = {.allow_private = allow_private};

	if (n) {
		p.allow_hosts = n->allow_hosts;
		p.deny_hosts = n->deny_hosts;
		p.max_bytes = (uint64_t)n->max_bytes;
	}
	if (proxy)
		p.upstream = proxy->upstream;
	return p;
}

int
request_check_host(const struct request_network *n, const struct request_proxy *proxy,
    const char *url, const char *path, struct err *err)
{
	const struct egress_policy p = request_policy(n, proxy, true);
	cleanup_buf host = BUF_INIT_MAX(1 << 10);
	enum egress_verdict v;
	struct sv bare;
	struct url u;

	if (!n || !url || !url_split(sv_from(url), &u) || !host_canonical(u.host, &host))
		return 0;
	bare = host_bare(buf_view(&host));
	v = egress_by_upstream(&p, bare) ? egress_judge_far(&p, bare) : egress_judge_host(&p, bare);
	if (v == EGRESS_ALLOWED)
		return 0;
	return err_at(err, ERR_HOST_FORBIDDEN, path, "%s is not among the hosts that network.%s",
	    host.p,
	    n->allow_hosts.n ? "allow_hosts and deny_hosts let through"
			     : "deny_hosts lets through");
}
