// SPDX-License-Identifier: Apache-2.0
// `proxy_config`: the proxy that a page's connections go through, read as curl and Playwright read
// theirs. Errors never repeat what may hold a password. Any thread; no I/O.
#include "orchestrator/request/request_proxy.h"
#include "orchestrator/request/request_network.h"

#include "base/url.h"

#include <stdio.h>

static const struct param rows[] = {
    {.name = "server",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct request_proxy, server),
	.min = 1,
	.max = 4096,
	.doc =
	    "`http://host:port` or `socks5://host:port` (`socks5h://` is the same, and `host:port` means "
	    "http; without a port: 1080, as curl has it). `user:password@` may stand before the "
	    "host."},
    {.name = "username",
	.type = PARAM_STRING,
	.offset = offsetof(struct request_proxy, username),
	.min = 1,
	.max = PROXY_MAX_LOGIN,
	.doc = "Who asks it: HTTP's Basic, or SOCKS5's username and password."},
    {.name = "password",
	.type = PARAM_STRING,
	.offset = offsetof(struct request_proxy, password),
	.max = PROXY_MAX_LOGIN,
	.doc = "Goes with `username`."},
    {.name = "bypass",
	.type = PARAM_STRINGS,
	.offset = offsetof(struct request_proxy, bypass),
	.max = PROXY_MAX_HOSTS,
	.doc =
	    "Hosts that are connected to without it, as in `network.allow_hosts`. A network stands for "
	    "addresses, not for names that have one in it."},
};
const struct param_table request_proxy_table = {
    .name = "proxy_config",
    .doc =
	"The proxy that the page's connections go through, WebSockets too. It is asked to connect "
	"(HTTP CONNECT for every port, or SOCKS5), and resolves the names of hosts.",
    .size = sizeof(struct request_proxy),
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
};

// --- what stands in `server` ---

static const struct {
	const char *scheme;
	enum egress_way kind;
} schemes[] = {
    {"http", EGRESS_BY_HTTP},
    {"socks5", EGRESS_BY_SOCKS5},
    {"socks5h", EGRESS_BY_SOCKS5},
};

static int
bad_server(struct err *err, const char *why)
{
	return err_at(err, ERR_INVALID_REQUEST, "proxy_config.server",
	    "%s; expected \"http://host:port\" or \"socks5://host:port\"", why);
}

static int
read_scheme(struct sv scheme, struct request_proxy *p, struct err *err)
{
	char why[120];

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (sv_ieq_str(scheme, schemes[i].scheme)) {
			p->upstream.kind = schemes[i].kind;
			return 0;
		}
	if (sv_ieq_str(scheme, "https"))
		return bad_server(err, "proxies that are spoken to by TLS are not built");
	snprintf(why, sizeof(why), "no proxy is known by \"%.*s://\"",
	    (int)MIN(scheme.n, (size_t)40), scheme.p);
	return bad_server(err, why);
}

static int
read_host(const struct url *u, struct request_proxy *p, struct arena *a, struct err *err)
{
	cleanup_buf host = BUF_INIT_MAX(1024);
	int port = 0;

	if (u->host.n == 0)
		return bad_server(err, "there is no host in it");
	if (!host_canonical(u->host, &host) || host.n > 255)
		return bad_server(err, "its host is none");
	for (size_t i = 0; i < u->port.n; i++) {
		if (!sv_is_digit(u->port.p[i]) || port > UINT16_MAX)
			return bad_server(err, "its port is no number from 1 to 65535");
		port = port * 10 + (u->port.p[i] - '0');
	}
	if (u->port.n > 0 && (port < 1 || port > UINT16_MAX))
		return bad_server(err, "its port is no number from 1 to 65535");
	if ((u->path.n > 0 && !sv_eq_str(u->path, "/")) || u->query.p || u->fragment.p)
		return bad_server(err, "something stands behind its host and port");
	p->upstream.port = (uint16_t)(port ? port : PROXY_DEFAULT_PORT);
	p->upstream.host = arena_sv(a, host_bare(buf_view(&host)));
	return p->upstream.host ? 0 : err_set(err, ERR_TOO_LARGE, NULL);
}

static bool
is_utf8(const struct buf *b)
{
	for (size_t i = 0, n; i < b->n; i += n)
		if ((n = utf8_seq(b->p + i, b->n - i)) == 0)
			return false;
	return true;
}

// NULL: "%" without two digits, NUL, or what is no text.
static const char *
decoded(struct sv text, struct arena *a)
{
	cleanup_buf out = BUF_INIT_MAX(8192);

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '%') {
			if (text.n - i < 3 || sv_hex(text.p[i + 1]) < 0 ||
			    sv_hex(text.p[i + 2]) < 0)
				return NULL;
			c = (char)(sv_hex(text.p[i + 1]) << 4 | sv_hex(text.p[i + 2]));
			i += 2;
		}
		if (c == '\0')
			return NULL;
		buf_ch(&out, c);
	}
	return is_utf8(&out) ? arena_sv(a, buf_view(&out)) : NULL;
}

// "user:password@" in the address becomes username and password.
static int
read_user(const struct url *u, struct request_proxy *p, struct arena *a, struct err *err)
{
	const char *colon = u->user.n ? memchr(u->user.p, ':', u->user.n) : NULL;
	size_t n = colon ? (size_t)(colon - u->user.p) : u->user.n;

	if (u->user.n == 0)
		return 0;
	if (p->username || p->password)
		return err_at(err, ERR_INVALID_REQUEST,
		    p->username ? "proxy_config.username" : "proxy_config.password",
		    "server has a username in it already");
	if (n == 0)
		return bad_server(err, "there is a password in it without a username");
	p->username = decoded(sv_sub(u->user, 0, n), a);
	if (p->username && colon)
		p->password = decoded(sv_sub(u->user, n + 1, u->user.n), a);
	if (!p->username || (colon && !p->password))
		return bad_server(
		    err, "its username and password are no text: a \"%\" stands there as \"%25\"");
	return 0;
}

static int
read_server(struct request_proxy *p, struct arena *a, struct err *err)
{
	cleanup_buf text = BUF_INIT_MAX(8192), name = BUF_INIT;
	struct url u;
	int rc;

	buf_str(&text, strstr(p->server, "://") ? "" : "http://");
	buf_str(&text, p->server);
	if (!url_split(buf_view(&text), &u))
		return bad_server(err, "that is no address");
	rc = read_scheme(u.scheme, p, err);
	if (rc == 0)
		rc = read_host(&u, p, a, err);
	if (rc == 0)
		rc = read_user(&u, p, a, err);
	if (rc != 0)
		return rc;
	egress_upstream_name(&p->upstream, &name);
	p->shown = arena_sv(a, buf_view(&name));
	return 0;
}

// --- the rest ---

static bool
has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static int
check_text(const struct request_proxy *p, const char *text, const char *path, struct err *err)
{
	size_t max = p->upstream.kind == EGRESS_BY_SOCKS5 ? PROXY_MAX_SOCKS_LOGIN : PROXY_MAX_LOGIN;

	if (!text)
		return 0;
	if (has_control(text))
		return err_at(
		    err, ERR_INVALID_REQUEST, path, "expected text without control characters");
	if (strlen(text) > max)
		return err_at(err, ERR_INVALID_REQUEST, path, "expected at most %zu bytes%s", max,
		    max == PROXY_MAX_SOCKS_LOGIN ? ", which is all that SOCKS5 has room for" : "");
	return 0;
}

static int
check_login(const struct request_proxy *p, struct err *err)
{
	int rc = check_text(p, p->username, "proxy_config.username", err);

	if (rc == 0)
		rc = check_text(p, p->password, "proxy_config.password", err);
	if (rc == 0 && p->password && !p->username)
		rc = err_at(
		    err, ERR_INVALID_REQUEST, "proxy_config.password", "goes with username only");
	if (rc == 0 && p->username && p->upstream.kind == EGRESS_BY_HTTP &&
	    strchr(p->username, ':'))
		rc = err_at(err, ERR_INVALID_REQUEST, "proxy_config.username",
		    "HTTP has no usernames with a colon in them");
	return rc;
}

int
request_proxy_read(struct request_proxy *p, struct arena *a, struct err *err)
{
	size_t bytes = 0;
	int rc = read_server(p, a, err);

	if (rc == 0)
		rc = check_login(p, err);
	if (rc == 0)
		rc = request_check_patterns(
		    &p->bypass, "proxy_config.bypass", PROXY_MAX_BYPASS_BYTES, &bytes, err);
	p->upstream.user = p->username;
	p->upstream.password = p->password;
	p->upstream.bypass = p->bypass;
	return rc;
}
