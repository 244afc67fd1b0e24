// SPDX-License-Identifier: Apache-2.0
// What no single value can show: settings that need each other, files that can't be read, lists
// with wrong members. Any thread.
#include "orchestrator/service/settings_priv.h"

#include "base/url.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static int __attribute__((format(printf, 4, 5)))
fail(const struct settings *s, enum setting_id id, struct err *err, const char *fmt, ...)
{
	cleanup_buf where = BUF_INIT, text = BUF_INIT;
	va_list ap;

	setting_where(s, &setting_rows[id], &where);
	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	return err_at(
	    err, ERR_CONFIG, where.p, "%s: %s", setting_rows[id].name, text.p ? text.p : "");
}

static const char *
string_of(const struct settings *s, enum setting_id id)
{
	return *(const char *const *)((const char *)s + setting_rows[id].offset);
}

static int
check_readable(const struct settings *s, enum setting_id id, struct err *err)
{
	const char *path = string_of(s, id);
	cleanup_close int fd = -1;

	if (!path[0])
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fail(s, id, err, "\"%s\": %s", path, strerror(errno));
	return 0;
}

// With `id` given, `other` must be, too.
static int
check_needs(const struct settings *s, enum setting_id id, enum setting_id other, struct err *err)
{
	if (!string_of(s, id)[0] || string_of(s, other)[0])
		return 0;
	return fail(s, id, err, "needs %s, too", setting_rows[other].name);
}

static const struct {
	enum setting_id id, needs;
} needs[] = {
    {SET_tls_cert, SET_tls_key},
    {SET_tls_key, SET_tls_cert},
    {SET_tls_client_ca, SET_tls_cert},
    {SET_jwt_issuer, SET_jwt_key_file},
    {SET_jwt_audience, SET_jwt_key_file},
    {SET_jwt_key_file, SET_jwt_issuer},
    {SET_jwt_key_file, SET_jwt_audience},
};
static const enum setting_id files[] = {
    SET_tls_cert, SET_tls_key, SET_tls_client_ca, SET_jwt_key_file};

// "host:port", "[::1]:port", "unix:/path".
static int
check_listen(const struct settings *s, struct err *err)
{
	const char *colon = strrchr(s->listen, ':');
	unsigned port = 0;
	size_t i = 1;

	if (strncmp(s->listen, "unix:/", 6) == 0)
		return 0;
	for (; colon && sv_is_digit(colon[i]) && i < 6; i++)
		port = port * 10 + (unsigned)(colon[i] - '0');
	if (!colon || colon == s->listen || i == 1 || colon[i] || port > 65535)
		return fail(s, SET_listen, err,
		    "expected HOST:PORT, [IPV6]:PORT or unix:/PATH, not \"%s\"", s->listen);
	if (memchr(s->listen, ':', (size_t)(colon - s->listen)) && s->listen[0] != '[')
		return fail(s, SET_listen, err, "an IPv6 address stands in brackets: [%.*s]%s",
		    (int)(colon - s->listen), s->listen, colon);
	return 0;
}

static int
check_origin(const struct settings *s, struct sv v, struct err *err)
{
	cleanup_buf origin = BUF_INIT;

	if (sv_eq_str(v, "*") || (url_origin(v, &origin) && sv_eq(buf_view(&origin), v)))
		return 0;
	return fail(s, SET_cors_origins, err,
	    "expected origins as a browser sends them (\"https://app.example\"), not \"" SV_FMT
	    "\"",
	    SV_ARG(v));
}

static bool
is_port(const char *p, const char *end)
{
	size_t n = (size_t)(end - p);

	for (; p < end && sv_is_digit(*p); p++)
		;
	return p == end && n > 0 && n <= 5;
}

static int
check_host(const struct settings *s, struct sv v, struct err *err)
{
	cleanup_buf host = BUF_INIT;
	struct sv name = v;
	const char *colon = v.n ? memrchr(v.p, ':', v.n) : NULL;

	if (colon && v.p[v.n - 1] != ']' && is_port(colon + 1, v.p + v.n))
		name.n = (size_t)(colon - v.p);
	if (host_canonical(name, &host))
		return 0;
	return fail(s, SET_allow_hosts, err, "\"" SV_FMT "\" is no host name", SV_ARG(v));
}

static int
check_list(const struct settings *s, const char *list,
    int (*check)(const struct settings *s, struct sv v, struct err *err), struct err *err)
{
	int rc = 0;

	for (const char *p = list; *p && rc == 0; p += *p == ',') {
		size_t n = strcspn(p, ",");
		struct sv v = sv_trim((struct sv){p, n});

		rc = v.n ? check(s, v, err) : 0;
		p += n;
	}
	return rc;
}

int
settings_check(const struct settings *s, struct err *err)
{
	int rc = check_listen(s, err);

	for (size_t i = 0; i < ARRAY_LEN(needs) && rc == 0; i++)
		rc = check_needs(s, needs[i].id, needs[i].needs, err);
	for (size_t i = 0; i < ARRAY_LEN(files) && rc == 0; i++)
		rc = check_readable(s, files[i], err);
	if (rc == 0)
		rc = check_list(s, s->cors_origins, check_origin, err);
	if (rc == 0)
		rc = check_list(s, s->allow_hosts, check_host, err);
	if (rc == 0 && s->state_dir[0] && s->state_dir[0] != '/')
		rc = fail(
		    s, SET_state_dir, err, "expected an absolute path, not \"%s\"", s->state_dir);
	return rc;
}
