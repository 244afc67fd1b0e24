// SPDX-License-Identifier: Apache-2.0
// What libcurl is told: limits once, headers for each hop, the cookies that the jar begins with.
#include "base/url.h"
#include "orchestrator/fetch/fetch_priv.h"
#include "version.h"

#include <stdio.h>
#include <strings.h>

const char fetch_user_agent[] = "Mozilla/5.0 (compatible; Riptide/" RIPTIDE_VERSION ")";

// --- headers ---

static void
add_header(struct fetch *f, const char *line)
{
	struct curl_slist *list = f->curl->slist_append(f->headers, line);

	if (list)
		f->headers = list;
}

// "de-CH" -> "de-CH,de;q=0.9", as Chromium writes it.
static void
add_language(struct fetch *f)
{
	const char *locale = f->o.locale ? f->o.locale : "en-US";
	size_t n = strcspn(locale, "-_");
	cleanup_buf line = BUF_INIT;

	buf_fmt(&line, "Accept-Language: %s", locale);
	if (locale[n])
		buf_fmt(&line, ",%.*s;q=0.9", (int)n, locale);
	add_header(f, line.p);
}

static bool
has_header(const struct param_map *m, const char *name)
{
	for (size_t i = 0; m && i < m->n; i++)
		if (strcasecmp(m->v[i].key, name) == 0)
			return true;
	return false;
}

static bool
is_first_origin(const struct fetch *f)
{
	cleanup_buf origin = BUF_INIT;

	return url_origin(buf_view(&f->url), &origin) &&
	       sv_eq(buf_view(&origin), buf_view(&f->origin));
}

// libcurl takes "Name;" for a header without a value.
static void
add_own_headers(struct fetch *f, const struct param_map *m)
{
	for (size_t i = 0; m && i < m->n; i++) {
		const struct param_pair *h = &m->v[i];
		cleanup_free char *line =
		    h->value[0] ? xasprintf("%s: %s", h->key, h->value) : xasprintf("%s;", h->key);

		add_header(f, line);
	}
}

// A password in the address is for its origin: hops there have it, too.
static void
set_password(struct fetch *f, bool first_origin)
{
	struct url first, now;
	bool has = url_split(sv_from(f->o.url), &first) && first.user.p;
	bool own = url_split(buf_view(&f->url), &now) && now.user.p;
	cleanup_free char *user = has && first_origin && !own ? sv_dup(first.user) : NULL;

	if (user) {
		struct sv host = {now.host.p, f->url.n - (size_t)(now.host.p - f->url.p)};
		cleanup_buf with = BUF_INIT;

		buf_fmt(&with, SV_FMT "://%s@" SV_FMT, SV_ARG(now.scheme), user, SV_ARG(host));
		f->curl->easy_setopt(f->easy, CURLOPT_URL, with.p);
	} else {
		f->curl->easy_setopt(f->easy, CURLOPT_URL, f->url.p);
	}
}

void
fetch_set_request(struct fetch *f)
{
	bool first = is_first_origin(f);
	const struct param_map *own = first ? f->o.headers : NULL;

	f->curl->slist_free_all(f->headers);
	f->headers = NULL;
	if (!has_header(own, "accept"))
		add_header(
		    f, "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
	if (!has_header(own, "accept-language"))
		add_language(f);
	add_own_headers(f, own);
	f->curl->easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->headers);
	set_password(f, first);
}

// --- cookies ---

// Where a cookie without a domain belongs: the host of its address, and no other.
static void
add_host(struct buf *line, const cJSON *c)
{
	const char *domain = json_str(c, "domain");
	struct url u = {0};

	if (!domain && url_split(sv_from(json_str(c, "url")), &u)) {
		if (u.host.n > 2 && u.host.p[0] == '[')
			u.host = (struct sv){u.host.p + 1, u.host.n - 2};
		buf_fmt(line, SV_FMT "\tFALSE", SV_ARG(u.host));
	} else if (domain) {
		buf_fmt(line, "%s\t%s", domain, domain[0] == '.' ? "TRUE" : "FALSE");
	}
}

// What libcurl would drop without a word; NULL: nothing.
static const char *
why_not(const cJSON *c, const char *path)
{
	const char *name = json_str(c, "name"), *domain = json_str(c, "domain");
	bool secure = json_bool(c, "secure", false);
	bool host = secure && strcmp(path, "/") == 0 && (!domain || domain[0] != '.');

	if (strchr(name, '\t') || strchr(json_str(c, "value"), '\t') || strchr(path, '\t'))
		return "a cookie with a tab in it can't be sent by engine \"fetch\"";
	if (strncasecmp(name, "__Secure-", 9) == 0 && !secure)
		return "a cookie whose name begins with __Secure- must be secure";
	if (strncasecmp(name, "__Host-", 7) == 0 && !host)
		return "a cookie whose name begins with __Host- must be secure, of path / and of "
		       "one host";
	return NULL;
}

// A line of Netscape's cookie file, which has the tab between its columns.
static int
set_cookie(struct fetch *f, const cJSON *c, struct err *err)
{
	const char *path = json_str(c, "path") ? json_str(c, "path") : "/";
	const char *problem = why_not(c, path);
	cleanup_buf line = BUF_INIT;

	if (problem)
		return err_at(err, ERR_INVALID_REQUEST, "cookies", "%s", problem);
	if (json_bool(c, "httpOnly", false))
		buf_str(&line, "#HttpOnly_");
	add_host(&line, c);
	buf_fmt(&line, "\t%s\t%s\t%.0f\t%s\t%s", path,
	    json_bool(c, "secure", false) ? "TRUE" : "FALSE", json_num(c, "expires", 0),
	    json_str(c, "name"), json_str(c, "value"));
	f->curl->easy_setopt(f->easy, CURLOPT_COOKIELIST, line.p);
	return 0;
}

int
fetch_set_cookies(struct fetch *f, struct err *err)
{
	int rc = 0;

	f->curl->easy_setopt(f->easy, CURLOPT_COOKIEFILE, ""); // a jar in memory
	json_foreach (c, f->o.cookies)
		if (rc == 0)
			rc = set_cookie(f, c, err);
	return rc;
}
