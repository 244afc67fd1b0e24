// SPDX-License-Identifier: Apache-2.0
// Why what came is no page: Chromium's net error names, by prefix, first match wins; and documents
// that Chromium shows by a viewer of its own.
#include "base/mime.h"
#include "cdp/page/page_priv.h"

static const struct {
	const char *prefix;
	int code;
} net_errors[] = {
    {"net::ERR_NAME_", ERR_DNS_FAILED},
    {"net::ERR_DNS_", ERR_DNS_FAILED},
    {"net::ERR_ICANN_NAME_COLLISION", ERR_DNS_FAILED},
    {"net::ERR_CONNECTION_", ERR_CONNECTION_FAILED},
    {"net::ERR_ADDRESS_", ERR_CONNECTION_FAILED},
    {"net::ERR_INTERNET_DISCONNECTED", ERR_CONNECTION_FAILED},
    {"net::ERR_NETWORK_", ERR_CONNECTION_FAILED},
    {"net::ERR_EMPTY_RESPONSE", ERR_CONNECTION_FAILED},
    {"net::ERR_TIMED_OUT", ERR_CONNECTION_FAILED},
    {"net::ERR_SOCKET_NOT_CONNECTED", ERR_CONNECTION_FAILED},
    {"net::ERR_SOCKS_", ERR_CONNECTION_FAILED},
    {"net::ERR_PROXY_", ERR_CONNECTION_FAILED},
    {"net::ERR_TUNNEL_", ERR_CONNECTION_FAILED},
    {"net::ERR_SSL_", ERR_TLS_FAILED},
    {"net::ERR_CERT_", ERR_TLS_FAILED},
    {"net::ERR_CERTIFICATE_", ERR_TLS_FAILED},
    {"net::ERR_BAD_SSL_", ERR_TLS_FAILED},
    {"net::ERR_ECH_", ERR_TLS_FAILED},
    {"net::", ERR_NAVIGATION_FAILED},
};

int
page_type_error(const char *mime, struct err *err)
{
	if (mime_is_page(sv_from(mime)))
		return 0;
	return err_set(err, ERR_NOT_HTML, "the address holds %s, not a page", mime);
}

static int
aborted(const struct page_doc *d, struct err *err)
{
	if (d->is_download && strcmp(d->mime, "application/pdf") == 0) // has no viewer here
		return page_type_error(d->mime, err);
	if (d->is_download)
		return err_set(err, ERR_DOWNLOAD, "the address is a download%s%s, not a page",
		    d->mime[0] ? " of type " : "", d->mime);
	if (d->status == 204 || d->status == 205)
		return err_set(
		    err, ERR_NO_CONTENT, "the server answered %d without content", d->status);
	return err_set(err, ERR_NAVIGATION_FAILED, "the navigation was aborted (net::ERR_ABORTED)");
}

// --- a proxy that dials for the browser ---

static bool
dial_of(struct cdp_page *p, const char *url, struct cdp_dial *out)
{
	*out = (struct cdp_dial){0};
	return p->dial && url && p->dial(p->dial_arg, url, out);
}

const char *
page_remote_address(struct cdp_page *p, const char *url, const cJSON *response, struct cdp_dial *d)
{
	const char *ip = json_str(response, "remoteIPAddress");

	if (!p->dial || !ip)
		return ip;
	return dial_of(p, url, d) && d->address[0] ? d->address : NULL;
}

// Whatever went wrong behind a SOCKS proxy is the same error to Chromium; without an answer the
// connection to the proxy was cut.
static bool
is_of_proxy(const char *net_error)
{
	static const char *const prefixes[] = {"net::ERR_SOCKS_", "net::ERR_PROXY_",
	    "net::ERR_TUNNEL_", "net::ERR_CONNECTION_", "net::ERR_EMPTY_RESPONSE"};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (strncmp(net_error, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

char *
page_failure(struct cdp_page *p, const char *url, const char *net_error)
{
	struct cdp_dial dial;

	if (is_of_proxy(net_error) && dial_of(p, url, &dial) && dial.code)
		return xasprintf("%s: %s", net_error, dial.text);
	return xstrdup(net_error);
}

int
page_nav_error(struct cdp_page *p, const char *net_error, struct err *err)
{
	const struct page_doc *d = &p->next;
	struct cdp_dial dial;

	if (strcmp(net_error, "net::ERR_ABORTED") == 0)
		return aborted(d, err);
	if (is_of_proxy(net_error) && dial_of(p, d->url.p, &dial) && dial.code)
		return err_set(err, dial.code, "%s", dial.text);
	for (size_t i = 0; i < ARRAY_LEN(net_errors); i++)
		if (strncmp(net_error, net_errors[i].prefix, strlen(net_errors[i].prefix)) == 0)
			return err_set(err, net_errors[i].code, "%s (%s)",
			    err_info(net_errors[i].code)->text, net_error);
	return err_set(err, ERR_NAVIGATION_FAILED, "%.200s", net_error);
}
