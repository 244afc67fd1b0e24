// SPDX-License-Identifier: Apache-2.0
// Reflexes: what must be answered the moment an event arrives, whether or not a job listens. One
// table says for each event what the loop thread does and who hears of it.
#include "cdp/conn/conn_priv.h"

void
reflex_send_one(struct cdp_session *s, const char *method, const char *key, struct sv raw)
{
	cleanup_buf b = BUF_INIT;

	buf_fmt(&b, "{\"%s\":" SV_FMT "}", key, SV_ARG(raw));
	conn_send(s->conn, s, method, buf_view(&b));
}

struct reflex {
	const char *method;
	reflex_fn *fn; // may be NULL
	enum reflex_delivery delivery;
	bool droppable;
};

// Sorted by method. What is not listed is delivered and may not be dropped.
static const struct reflex reflexes[] = {
    {"Fetch.authRequired", reflex_auth, DELIVER_NEVER, false},
    {"Fetch.requestPaused", reflex_paused, DELIVER_NEVER, false},
    {"Inspector.detached", reflex_detached, DELIVER_ALWAYS, false},
    {"Inspector.targetCrashed", reflex_crashed, DELIVER_ALWAYS, false},
    {"Log.entryAdded", NULL, DELIVER_CONSOLE, true},
    {"Network.dataReceived", NULL, DELIVER_NETWORK, true},
    {"Network.loadingFailed", net_failed, DELIVER_NETWORK, true},
    {"Network.loadingFinished", net_finished, DELIVER_NETWORK, true},
    {"Network.requestWillBeSent", net_request_sent, DELIVER_NETWORK, true},
    {"Network.responseReceived", net_response, DELIVER_NETWORK, true},
    {"Page.domContentEventFired", reflex_dcl, DELIVER_ALWAYS, false},
    {"Page.downloadWillBegin", reflex_download, DELIVER_ALWAYS, false},
    {"Page.frameNavigated", reflex_frame_navigated, DELIVER_ALWAYS, false},
    {"Page.javascriptDialogClosed", NULL, DELIVER_NEVER, false},
    {"Page.javascriptDialogOpening", reflex_dialog, DELIVER_NEVER, false},
    {"Page.loadEventFired", reflex_load, DELIVER_ALWAYS, false},
    {"Page.windowOpen", reflex_window_open, DELIVER_NEVER, false},
    {"Runtime.consoleAPICalled", NULL, DELIVER_CONSOLE, true},
    {"Runtime.exceptionThrown", NULL, DELIVER_CONSOLE, true},
    {"Target.attachedToTarget", reflex_child_attached, DELIVER_ALWAYS, false},
    {"Target.detachedFromTarget", reflex_child_detached, DELIVER_ALWAYS, false},
};
static const struct reflex reflex_network = {"Network.", NULL, DELIVER_NETWORK, true};
static const struct reflex reflex_other = {"", NULL, DELIVER_ALWAYS, false};

static int
reflex_compare(const void *key, const void *row)
{
	const struct sv *method = key;
	const char *name = ((const struct reflex *)row)->method;
	size_t n = strlen(name);
	int d = memcmp(method->p, name, MIN(method->n, n));

	return d ? d : (method->n > n) - (method->n < n);
}

static const struct reflex *
reflex_find(struct sv method)
{
	const struct reflex *r =
	    bsearch(&method, reflexes, ARRAY_LEN(reflexes), sizeof(reflexes[0]), reflex_compare);

	if (r)
		return r;
	return sv_starts(method, reflex_network.method) ? &reflex_network : &reflex_other;
}

static bool
wanted(struct cdp_session *s, enum reflex_delivery d)
{
	struct session_shared *sh = s->root->shared;
	bool yes = d == DELIVER_ALWAYS;

	if (d == DELIVER_NETWORK || d == DELIVER_CONSOLE) {
		pthread_mutex_lock(&sh->lock);
		yes = d == DELIVER_NETWORK ? sh->policy.network_events : sh->policy.console_events;
		pthread_mutex_unlock(&sh->lock);
	}
	return yes;
}

void
reflex_event(struct cdp_conn *c, struct cdp_session *s, const struct envelope *e, char **own)
{
	const struct reflex *r;
	bool forced;

	if (!s) {
		reflex_browser_event(c, e);
		return;
	}
	r = reflex_find(e->method);
	session_ref(s);
	forced = r->fn && r->fn(s, e->body);
	if (s->client && (forced || wanted(s, r->delivery)))
		client_deliver_event(s->client, s, e, own, r->droppable && !forced);
	session_unref(s);
}

void
reflex_event_lost(struct cdp_conn *c UNUSED, struct cdp_session *s, struct sv method)
{
	const struct reflex *r = reflex_find(method);

	if (s && s->client && !r->droppable && wanted(s, r->delivery))
		client_overflow(s->client);
}
