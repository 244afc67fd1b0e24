// SPDX-License-Identifier: Apache-2.0
// Reflexes: what must be answered the moment an event arrives, whether or not a job listens. One
// table says for each event what the loop thread does and who hears of it. Nothing here may block,
// and nothing here builds a tree of anything a page can make large.
#include "cdp/conn_priv.h"

#include <stdio.h>

// Handles one event. Returns whether the client must get it whatever the row's delivery says.
typedef bool reflex_fn(struct cdp_session *s, struct sv params);

// --- small helpers
// ------------------------------------------------------------------------------------

// The first bytes of a raw JSON string as text; escapes are kept whole.
static void
copy_text(struct sv raw, char *out, size_t size)
{
	cleanup_buf lit = BUF_INIT;
	size_t n = MIN(raw.n, size - 1);
	cJSON *v = NULL;

	if (n < raw.n)
		for (size_t i = 0; i < 12 && i < n; i++)
			if (raw.p[n - 1 - i] == '\\')
				n -= i + 1;
	while (n > 0 && n < raw.n && ((unsigned char)raw.p[n] & 0xc0) == 0x80)
		n--;
	while (n > 0 && n < raw.n && raw.p[n - 1] == '\\')
		n--;
	buf_ch(&lit, '"');
	buf_sv(&lit, (struct sv){raw.p, n});
	buf_ch(&lit, '"');
	if (json_parse_cdp(lit.p, lit.n, &v, NULL) == 0 && cJSON_IsString(v))
		snprintf(out, size, "%s", v->valuestring);
	cJSON_Delete(v);
}

// {"key": raw}, where `raw` is a JSON value as it was received.
static void
send_one(struct cdp_session *s, const char *method, const char *key, struct sv raw)
{
	cleanup_buf b = BUF_INIT;

	buf_fmt(&b, "{\"%s\":" SV_FMT "}", key, SV_ARG(raw));
	conn_send(s->conn, s, method, buf_view(&b));
}

// --- dialogs
// ------------------------------------------------------------------------------------------

// A beforeunload dialog is always accepted: to dismiss it would keep the page from leaving.
static bool
on_dialog(struct cdp_session *s, struct sv params)
{
	static const char *const keys[] = {"type", "message"};
	struct session_shared *sh = s->root->shared;
	struct sv v[ARRAY_LEN(keys)];
	bool accept, storm;

	if (json_skim_many(params, keys, ARRAY_LEN(keys), v) != 0)
		return false;
	pthread_mutex_lock(&sh->lock);
	storm = ++sh->counters.dialogs > sh->policy.max_dialogs;
	accept = sh->policy.accept_dialogs;
	copy_text(json_skim_str(v[0]), sh->counters.last_dialog_type,
	    sizeof(sh->counters.last_dialog_type));
	copy_text(json_skim_str(v[1]), sh->counters.last_dialog_text,
	    sizeof(sh->counters.last_dialog_text));
	accept |= strcmp(sh->counters.last_dialog_type, "beforeunload") == 0;
	pthread_mutex_unlock(&sh->lock);
	if (storm)
		conn_send(s->conn, s, "Runtime.terminateExecution", SV_NULL);
	conn_send(s->conn, s, "Page.handleJavaScriptDialog",
	    accept ? SV("{\"accept\":true}") : SV("{\"accept\":false}"));
	return false;
}

// --- paused requests and credentials
// -------------------------------------------------------------------

static bool
on_paused(struct cdp_session *s, struct sv params)
{
	struct session_shared *sh = s->root->shared;
	cleanup_buf method = BUF_INIT, reply = BUF_INIT;
	bool answered = false;

	pthread_mutex_lock(&sh->hook_lock);
	if (sh->paused)
		answered = sh->paused(sh->paused_arg, s, params.p, params.n, &method, &reply);
	pthread_mutex_unlock(&sh->hook_lock);
	if (answered && method.n)
		conn_send(s->conn, s, method.p, buf_view(&reply));
	else
		send_one(s, "Fetch.continueRequest", "requestId", json_skim(params, "requestId"));
	return false;
}

// The same request asking again means that the credentials are wrong.
static bool
asked_before(struct session_shared *sh, struct sv request_id)
{
	uint64_t h = htab_hash(request_id);

	for (size_t i = 0; i < ARRAY_LEN(sh->challenged); i++)
		if (sh->challenged[i] == h)
			return true;
	sh->challenged[sh->counters.auth_challenges % ARRAY_LEN(sh->challenged)] = h;
	return false;
}

static bool
on_auth(struct cdp_session *s, struct sv params)
{
	struct session_shared *sh = s->root->shared;
	struct sv id = json_skim(params, "requestId");
	struct sv source = json_skim_str(json_skim(json_skim(params, "authChallenge"), "source"));
	cleanup_buf b = BUF_INIT;

	pthread_mutex_lock(&sh->lock);
	buf_fmt(
	    &b, "{\"requestId\":" SV_FMT ",\"authChallengeResponse\":{\"response\":", SV_ARG(id));
	if (!asked_before(sh, id) && sh->policy.auth_user && !sv_eq_str(source, "Proxy")) {
		buf_str(&b, "\"ProvideCredentials\",\"username\":");
		buf_json_str(&b, sv_from(sh->policy.auth_user));
		buf_str(&b, ",\"password\":");
		buf_json_str(&b, sv_from(sh->policy.auth_password ? sh->policy.auth_password : ""));
		buf_str(&b, "}}");
	} else {
		buf_str(&b, "\"CancelAuth\"}}");
	}
	sh->counters.auth_challenges++;
	pthread_mutex_unlock(&sh->lock);
	conn_send(s->conn, s, "Fetch.continueWithAuth", buf_view(&b));
	return false;
}

// --- children
// -----------------------------------------------------------------------------------------

#define AUTO_ATTACH "{\"autoAttach\":true,\"waitForDebuggerOnStart\":true,\"flatten\":true}"

static unsigned
child_kind(const struct cdp_session *s)
{
	if (strcmp(s->type, "iframe") == 0)
		return CDP_CHILD_IFRAME;
	return strstr(s->type, "worker") ? CDP_CHILD_WORKER : 0;
}

static void
send_child_commands(struct cdp_session *s)
{
	struct session_shared *sh = s->root->shared;
	unsigned kind = child_kind(s);

	pthread_mutex_lock(&sh->lock);
	for (size_t i = 0; i < sh->n_commands; i++)
		if (sh->commands[i].kinds & kind)
			conn_send(
			    s->conn, s, sh->commands[i].method, sv_from(sh->commands[i].params));
	pthread_mutex_unlock(&sh->lock);
}

static void
child_start(struct cdp_session *s)
{
	conn_send(s->conn, s, "Network.enable", SV_NULL);
	if (child_kind(s) == CDP_CHILD_IFRAME)
		conn_send(s->conn, s, "Page.enable", SV_NULL);
	conn_send(s->conn, s, "Target.setAutoAttach", SV(AUTO_ATTACH));
	send_child_commands(s);
	conn_send(s->conn, s, "Runtime.runIfWaitingForDebugger", SV_NULL);
}

static bool
over_target_cap(struct cdp_session *parent)
{
	struct session_shared *sh = parent->root->shared;
	bool over;

	pthread_mutex_lock(&sh->lock);
	over = sh->n_children >= sh->policy.max_targets;
	if (over)
		sh->counters.targets_over_cap++;
	pthread_mutex_unlock(&sh->lock);
	return over;
}

static bool
on_child_attached(struct cdp_session *parent, struct sv params)
{
	static const char *const info_keys[] = {"targetId", "type"};
	struct sv id = json_skim(params, "sessionId"), v[ARRAY_LEN(info_keys)];
	struct cdp_session *s;

	if (json_skim_many(json_skim(params, "targetInfo"), info_keys, ARRAY_LEN(v), v) != 0)
		return false;
	if (over_target_cap(parent)) {
		send_one(parent, "Target.detachFromTarget", "sessionId", id);
		return false;
	}
	s = session_enter_child(
	    parent, json_skim_str(id), json_skim_str(v[0]), json_skim_str(v[1]));
	if (s)
		child_start(s);
	return false;
}

static bool
on_child_detached(struct cdp_session *s, struct sv params)
{
	struct cdp_session *gone =
	    session_find(s->conn, json_skim_str(json_skim(params, "sessionId")));

	if (gone)
		session_end(gone, ERR_PAGE_DETACHED, true);
	return false;
}

static bool
on_crashed(struct cdp_session *s, struct sv params UNUSED)
{
	struct session_shared *sh = s->root->shared;

	pthread_mutex_lock(&sh->lock);
	sh->counters.crashed |= s == s->root;
	pthread_mutex_unlock(&sh->lock);
	session_end(s, ERR_PAGE_CRASHED, false);
	return false;
}

// --- the main document's life
// ----------------------------------------------------------------------------

static bool
on_frame_navigated(struct cdp_session *s, struct sv params)
{
	static const char *const keys[] = {"parentId", "loaderId"};
	struct session_shared *sh = s->root->shared;
	struct sv v[ARRAY_LEN(keys)];

	if (s != s->root ||
	    json_skim_many(json_skim(params, "frame"), keys, ARRAY_LEN(v), v) != 0 || v[0].p)
		return false;
	net_main_committed(s, json_skim_str(v[1]));
	pthread_mutex_lock(&sh->lock);
	sh->counters.load_event_us = sh->counters.dcl_event_us = 0;
	pthread_mutex_unlock(&sh->lock);
	return false;
}

static void
stamp(struct cdp_session *s, size_t offset)
{
	struct session_shared *sh = s->root->shared;

	if (s != s->root)
		return;
	pthread_mutex_lock(&sh->lock);
	*(int64_t *)((char *)&sh->counters + offset) = clock_us();
	pthread_mutex_unlock(&sh->lock);
}

static bool
on_dcl(struct cdp_session *s, struct sv params UNUSED)
{
	stamp(s, offsetof(struct cdp_counters, dcl_event_us));
	return false;
}

static bool
on_load(struct cdp_session *s, struct sv params UNUSED)
{
	stamp(s, offsetof(struct cdp_counters, load_event_us));
	return false;
}

static bool
on_download(struct cdp_session *s, struct sv params UNUSED)
{
	struct session_shared *sh = s->root->shared;

	pthread_mutex_lock(&sh->lock);
	sh->counters.downloads++;
	pthread_mutex_unlock(&sh->lock);
	return false;
}

// --- the table
// ------------------------------------------------------------------------------------------

struct reflex {
	const char *method;
	reflex_fn *fn; // may be NULL
	enum reflex_delivery delivery;
	bool droppable;
};

// Sorted by method. What is not listed is delivered and may not be dropped.
static const struct reflex reflexes[] = {
    {"Fetch.authRequired", on_auth, DELIVER_NEVER, false},
    {"Fetch.requestPaused", on_paused, DELIVER_NEVER, false},
    {"Inspector.targetCrashed", on_crashed, DELIVER_ALWAYS, false},
    {"Log.entryAdded", NULL, DELIVER_CONSOLE, true},
    {"Network.dataReceived", NULL, DELIVER_NEVER, true},
    {"Network.loadingFailed", net_failed, DELIVER_NETWORK, true},
    {"Network.loadingFinished", net_finished, DELIVER_NETWORK, true},
    {"Network.requestWillBeSent", net_request_sent, DELIVER_NETWORK, true},
    {"Network.responseReceived", net_response, DELIVER_NETWORK, true},
    {"Page.domContentEventFired", on_dcl, DELIVER_ALWAYS, false},
    {"Page.downloadWillBegin", on_download, DELIVER_ALWAYS, false},
    {"Page.frameNavigated", on_frame_navigated, DELIVER_ALWAYS, false},
    {"Page.javascriptDialogClosed", NULL, DELIVER_NEVER, false},
    {"Page.javascriptDialogOpening", on_dialog, DELIVER_NEVER, false},
    {"Page.loadEventFired", on_load, DELIVER_ALWAYS, false},
    {"Runtime.consoleAPICalled", NULL, DELIVER_CONSOLE, true},
    {"Runtime.exceptionThrown", NULL, DELIVER_CONSOLE, true},
    {"Target.attachedToTarget", on_child_attached, DELIVER_ALWAYS, false},
    {"Target.detachedFromTarget", on_child_detached, DELIVER_ALWAYS, false},
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

// Browser-level events have no client of their own.
static void
browser_event(struct cdp_conn *c, const struct envelope *e)
{
	struct cdp_session *s;

	if (!sv_eq_str(e->method, "Target.detachedFromTarget"))
		return;
	s = session_find(c, json_skim_str(json_skim(e->body, "sessionId")));
	if (s)
		session_end(s, ERR_PAGE_DETACHED, true);
}

void
reflex_event(struct cdp_conn *c, struct cdp_session *s, const struct envelope *e, char **own)
{
	const struct reflex *r;
	bool forced;

	if (!s) {
		browser_event(c, e);
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

void
reflex_root_attached(struct cdp_session *root)
{
	conn_send(root->conn, root, "Target.setAutoAttach", SV(AUTO_ATTACH));
}

void
reflex_conn_opened(struct cdp_conn *c UNUSED)
{
}
