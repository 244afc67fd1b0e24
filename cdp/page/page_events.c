// SPDX-License-Identifier: Apache-2.0
// What a page learns from its events, in the job's thread while it waits: the main document asked
// for and committed, its milestones, redirects and addresses that may not be shown. One table by
// method. The renderer's events may be missing for what happened before it heard of the set-up;
// lifecycle events are told again then, with their loader, so that they count and the *Fired events
// don't.
#include "base/mime.h"
#include "base/url.h"
#include "cdp/page/page_priv.h"

#include <stdio.h>

static void
copy_str(char *out, size_t size, const char *s)
{
	snprintf(out, size, "%s", s ? s : "");
}

static void __attribute__((format(printf, 3, 4)))
fail(struct cdp_page *p, int code, const char *fmt, ...)
{
	va_list ap;

	if (p->fatal)
		return;
	p->fatal = code;
	va_start(ap, fmt);
	vsnprintf(p->fatal_text, sizeof(p->fatal_text), fmt, ap);
	va_end(ap);
	(void)!cdp_send(p->client, p->session, "Page.stopLoading", NULL, NULL, NULL);
}

void
page_doc_reset(struct page_doc *d)
{
	struct buf url = d->url;

	buf_reset(&url);
	*d = (struct page_doc){.url = url};
}

static void
set_url(struct buf *out, const char *url, const char *fragment)
{
	buf_reset(out);
	url_add_public(sv_from(url ? url : ""), out);
	buf_str(out, fragment ? fragment : "");
}

// --- the document asked for ---

static bool
is_main_document(const struct cdp_page *p, const struct cdp_session *s, const cJSON *v)
{
	const char *frame = json_str(v, "frameId"), *type = json_str(v, "type");

	return s == p->session && frame && strcmp(frame, p->target_id) == 0 && type &&
	       strcmp(type, "Document") == 0;
}

static bool
is_next(const struct cdp_page *p, const cJSON *v)
{
	const char *id = json_str(v, "requestId");

	return id && p->next.loader_id[0] && strcmp(id, p->next.loader_id) == 0;
}

static void
check_hop(struct cdp_page *p, const char *url)
{
	struct url u;

	if (p->allow_private || !url || !url_split(sv_from(url), &u))
		return;
	if (!host_is_private_literal(u.host))
		return;
	p->private_blocked++;
	fail(p, ERR_ADDRESS_FORBIDDEN, "%s leads to a private address: %.120s",
	    p->next.redirects ? "a redirect" : "the navigation", url);
}

static void
on_request(struct cdp_page *p, struct cdp_session *s, const cJSON *v)
{
	const cJSON *request = json_get(v, "request");

	if (!is_main_document(p, s, v))
		return;
	if (!is_next(p, v)) {
		page_doc_reset(&p->next);
		copy_str(p->next.loader_id, sizeof(p->next.loader_id), json_str(v, "requestId"));
	}
	if (json_get(v, "redirectResponse"))
		p->next.redirects++;
	p->requests_seen++;
	set_url(&p->next.url, json_str(request, "url"), json_str(request, "urlFragment"));
	check_hop(p, json_str(request, "url"));
}

// A frame's document is read like the page's own, so it may not come from inside either. Where a
// proxy dials, that is the proxy's to see to.
static void
check_address(struct cdp_page *p, const cJSON *response)
{
	const char *ip = json_str(response, "remoteIPAddress");

	if (p->allow_private || p->dial || !ip || !ip[0] || addr_text_is_public(sv_from(ip)))
		return;
	p->private_blocked++;
	fail(p, ERR_ADDRESS_FORBIDDEN, "%.120s answers from the private address %s",
	    json_str(response, "url") ? json_str(response, "url") : "a document", ip);
}

// The type of the Content-Type header, and whether it names a charset.
static void
take_declared(struct page_doc *d, const cJSON *response)
{
	struct sv v = SV_NULL;
	const char *semicolon;

	json_foreach (h, json_get(response, "headers"))
		if (sv_ieq_str(sv_from(h->string), "content-type"))
			v = sv_from(cJSON_GetStringValue(h));
	semicolon = v.p ? memchr(v.p, ';', v.n) : NULL;
	d->declared_charset = semicolon && strcasestr(semicolon, "charset=");
	v = mime_essence(v);
	snprintf(d->declared, sizeof(d->declared), SV_FMT, (int)MIN(v.n, sizeof(d->declared) - 1),
	    v.p ? v.p : "");
}

static void
on_response(struct cdp_page *p, struct cdp_session *s, const cJSON *v)
{
	const cJSON *r = json_get(v, "response");
	const char *type = json_str(v, "type");

	if (!type || strcmp(type, "Document") != 0)
		return;
	check_address(p, r);
	if (s != p->session || !is_next(p, v))
		return;
	p->next.status = (int)json_int(r, "status", 0);
	copy_str(p->next.mime, sizeof(p->next.mime), json_str(r, "mimeType"));
	take_declared(&p->next, r);
	p->next.from_cache = json_bool(r, "fromDiskCache", false);
}

static void
on_failed(struct cdp_page *p, struct cdp_session *s, const cJSON *v)
{
	if (s == p->session && is_next(p, v))
		copy_str(p->next.error, sizeof(p->next.error), json_str(v, "errorText"));
}

static void
on_download(struct cdp_page *p, struct cdp_session *s, const cJSON *v)
{
	const char *frame = json_str(v, "frameId");

	if (s == p->session && frame && strcmp(frame, p->target_id) == 0)
		p->next.is_download = true;
}

// --- the document committed ---

static void
commit(struct cdp_page *p, const char *loader_id)
{
	struct page_doc *d = &p->next;
	bool known = strcmp(d->loader_id, loader_id) == 0;

	copy_str(p->loader_id, sizeof(p->loader_id), loader_id);
	p->commits++;
	p->dcl_us = p->load_us = 0;
	p->nav.dcl_ms = p->nav.load_ms = -1;
	page_world_lost(p, p->session);
	copy_str(p->doc_error, sizeof(p->doc_error), known ? d->error : NULL);
	p->nav.http_status = known ? d->status : 0;
	copy_str(p->nav.mime, sizeof(p->nav.mime), known ? d->mime : NULL);
	copy_str(p->nav.declared, sizeof(p->nav.declared), known ? d->declared : NULL);
	p->nav.declared_charset = known && d->declared_charset;
	p->nav.from_cache = known && d->from_cache;
	p->nav.redirects = known ? d->redirects : 0;
	if (known)
		set_url(&p->nav.final_url, d->url.p, NULL);
}

static void
on_frame_navigated(struct cdp_page *p, struct cdp_session *s, const cJSON *v)
{
	const cJSON *f = json_get(v, "frame");
	const char *id = json_str(f, "id"), *loader = json_str(f, "loaderId");

	if (s != p->session) {
		if (id && strcmp(id, cdp_session_target_id(s)) == 0)
			page_world_lost(p, s);
		return;
	}
	if (!id || !loader || strcmp(id, p->target_id) != 0)
		return;
	if (strcmp(p->loader_id, loader) != 0)
		commit(p, loader);
	if (json_str(f, "unreachableUrl"))
		set_url(&p->nav.final_url, json_str(f, "unreachableUrl"), NULL);
	else
		set_url(&p->nav.final_url, json_str(f, "url"), json_str(f, "urlFragment"));
	if (!json_str(f, "unreachableUrl"))
		page_tab_committed(p, json_str(f, "url"));
	if (!p->nav.mime[0])
		copy_str(p->nav.mime, sizeof(p->nav.mime), json_str(f, "mimeType"));
}

static void
on_same_document(struct cdp_page *p, struct cdp_session *s, const cJSON *v)
{
	const char *frame = json_str(v, "frameId");

	if (s != p->session || !frame || strcmp(frame, p->target_id) != 0)
		return;
	p->commits++;
	set_url(&p->nav.final_url, json_str(v, "url"), NULL);
}

static void
milestone(struct cdp_page *p, int64_t *at_us, int64_t *ms)
{
	if (*at_us)
		return;
	*at_us = clock_us();
	*ms = p->start_us ? (*at_us - p->start_us) / 1000 : 0;
}

static void
on_lifecycle(struct cdp_page *p, struct cdp_session *s, const cJSON *v)
{
	const char *frame = json_str(v, "frameId"), *loader = json_str(v, "loaderId"),
		   *name = json_str(v, "name");

	if (s != p->session || !frame || !loader || !name || strcmp(frame, p->target_id) != 0)
		return;
	if (strcmp(loader, p->loader_id) != 0) {
		if (strcmp(loader, p->next.loader_id) != 0)
			return; // about:blank of the start, told late
		commit(p, loader);
	}
	if (strcmp(name, "DOMContentLoaded") == 0) {
		milestone(p, &p->dcl_us, &p->nav.dcl_ms);
		page_tab_loaded(p);
	} else if (strcmp(name, "load") == 0) {
		milestone(p, &p->dcl_us, &p->nav.dcl_ms);
		milestone(p, &p->load_us, &p->nav.load_ms);
	}
}

// Sorted by method.
static const struct page_event {
	const char *method;
	void (*fn)(struct cdp_page *p, struct cdp_session *s, const cJSON *v);
} events[] = {
    {"Network.loadingFailed", on_failed},
    {"Network.requestWillBeSent", on_request},
    {"Network.responseReceived", on_response},
    {"Page.downloadWillBegin", on_download},
    {"Page.frameNavigated", on_frame_navigated},
    {"Page.lifecycleEvent", on_lifecycle},
    {"Page.navigatedWithinDocument", on_same_document},
};

static int
compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct page_event *)row)->method);
}

// Of requests and responses only documents are of interest here: the others are not worth a tree.
static bool
worth_parsing(const char *method, const char *params, size_t n)
{
	struct sv text = {params, n};

	if (strncmp(method, "Network.", 8) != 0)
		return true;
	return sv_eq_str(json_skim_str(json_skim(text, "type")), "Document");
}

void
page_on_event(void *arg, struct cdp_session *s, const char *method, char *params, size_t n)
{
	struct cdp_page *p = arg;
	const struct page_event *e =
	    bsearch(method, events, ARRAY_LEN(events), sizeof(events[0]), compare);
	cJSON *v = NULL;

	if (!s)
		return;
	if (p->log)
		netlog_event(p->log, s, method, params, n);
	if (!e || !worth_parsing(method, params, n) || json_parse_cdp(params, n, &v, NULL) != 0)
		return;
	e->fn(p, s, v);
	cJSON_Delete(v);
}
