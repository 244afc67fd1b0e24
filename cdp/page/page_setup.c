// SPDX-License-Identifier: Apache-2.0
// The set-up of a page, sent without waiting between. What every page needs: domains, refused
// downloads. What a request wants: network buffers, emulation, interception (only when asked for).
// Runtime.enable is left out on purpose: console storms would reach us, and pages can notice it.
#include "cdp/page/page_priv.h"

#define BUFFER_BYTES    (1 << 20)   // of bodies Chromium keeps for nobody but cdp_capture_source
#define BODY_BUFFER_MAX (100 << 20) // with HAR bodies
#define BODY_BUFFER_MIN (4 << 20)

static int
send_flag(struct cdp_page *p, const char *method, const char *key, struct err *err)
{
	cJSON *params = json_obj();

	if (key)
		json_set_bool(params, key, true);
	return page_setup_send(p, method, params, err);
}

static int
network_enable(struct cdp_page *p, uint64_t body_budget, struct err *err)
{
	cJSON *params = json_obj();
	int64_t bytes = BUFFER_BYTES;

	if (body_budget > 0)
		bytes = (int64_t)MAX(
		    MIN(body_budget, (uint64_t)BODY_BUFFER_MAX), (uint64_t)BODY_BUFFER_MIN);
	json_set_int(params, "maxTotalBufferSize", bytes);
	json_set_int(params, "maxResourceBufferSize", bytes);
	return page_setup_send(p, "Network.enable", params, err);
}

// A command for the browser, about the page's context.
static int
deny_downloads(struct cdp_page *p, struct err *err)
{
	cJSON *params = json_obj();

	json_set_str(params, "behavior", "deny");
	json_set_bool(params, "eventsEnabled", true);
	if (p->context_id)
		json_set_str(params, "browserContextId", p->context_id);
	return cdp_send(p->client, NULL, "Browser.setDownloadBehavior", params, NULL, err);
}

int
page_listen(struct cdp_page *p, struct err *err)
{
	int rc = send_flag(p, "Page.enable", NULL, err);

	if (rc == 0)
		rc = send_flag(p, "Page.setLifecycleEventsEnabled", "enabled", err);
	if (rc == 0)
		rc = send_flag(p, "Inspector.enable", NULL, err);
	return rc == 0 ? deny_downloads(p, err) : rc;
}

int
page_setup(struct cdp_page *p, const struct cdp_page_opts *o, struct err *err)
{
	int rc = network_enable(p, o->har_body_budget_bytes, err);

	if (rc == 0)
		rc = page_emulate(p, o, err);
	return rc == 0 ? page_fetch_setup(p, o, err) : rc;
}
