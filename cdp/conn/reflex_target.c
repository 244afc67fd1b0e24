// SPDX-License-Identifier: Apache-2.0
// Reflexes for targets: adopt and resume children, close popups, notice crashes and detachments.
// Loop thread; nothing here may block.
#include "cdp/conn/conn_priv.h"

// --- children ---

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

// Over the cap, workers stay paused and never run (they can't be closed: Target.closeTarget fails).
// A paused frame would hold up the page's load event, and one let go would escape the page's
// interception: frames are set up whatever their number.
bool
reflex_child_attached(struct cdp_session *parent, struct sv params)
{
	static const char *const info_keys[] = {"targetId", "type"};
	struct sv id = json_skim(params, "sessionId"), v[ARRAY_LEN(info_keys)];
	struct cdp_session *s;

	if (json_skim_many(json_skim(params, "targetInfo"), info_keys, ARRAY_LEN(v), v) != 0)
		return false;
	if (over_target_cap(parent) && !sv_eq_str(json_skim_str(v[1]), "iframe")) {
		net_ignore_worker_scripts(parent);
		return false;
	}
	s = session_enter_child(
	    parent, json_skim_str(id), json_skim_str(v[0]), json_skim_str(v[1]));
	if (s)
		child_start(s);
	return false;
}

bool
reflex_child_detached(struct cdp_session *s, struct sv params)
{
	struct cdp_session *gone =
	    session_find(s->conn, json_skim_str(json_skim(params, "sessionId")));

	if (gone)
		session_end(gone, ERR_PAGE_DETACHED, true);
	return false;
}

bool
reflex_crashed(struct cdp_session *s, struct sv params UNUSED)
{
	struct session_shared *sh = s->root->shared;

	pthread_mutex_lock(&sh->lock);
	sh->counters.crashed |= s == s->root;
	pthread_mutex_unlock(&sh->lock);
	session_end(s, ERR_PAGE_CRASHED, false);
	return false;
}

// All that Chromium says of a renderer that went with the zygote which had forked it; calls to it
// are never answered.
bool
reflex_detached(struct cdp_session *s, struct sv params)
{
	if (sv_eq_str(json_skim_str(json_skim(params, "reason")), "Render process gone."))
		return reflex_crashed(s, params);
	return false;
}

// --- popups ---

#define POPUPS_MAX 20 // beyond: the page's scripts are terminated each time

// The first popup of a connection makes the browser announce new pages, so that they can be closed:
// pages that open none pay nothing. (With --block-new-web-contents none appears at all.)
bool
reflex_window_open(struct cdp_session *s, struct sv params UNUSED)
{
	struct session_shared *sh = s->root->shared;
	bool storm;

	pthread_mutex_lock(&sh->lock);
	storm = ++sh->counters.popups > POPUPS_MAX;
	pthread_mutex_unlock(&sh->lock);
	if (!s->conn->discovering)
		conn_send(s->conn, NULL, "Target.setDiscoverTargets",
		    SV("{\"discover\":true,\"filter\":[{\"type\":\"page\"}]}"));
	s->conn->discovering = true;
	if (storm)
		conn_send(s->conn, s, "Runtime.terminateExecution", SV_NULL);
	return false;
}

static void
on_target_created(struct cdp_conn *c, struct sv params)
{
	static const char *const keys[] = {"targetId", "openerId", "browserContextId"};
	struct sv v[ARRAY_LEN(keys)];
	cleanup_buf b = BUF_INIT;

	if (json_skim_many(json_skim(params, "targetInfo"), keys, ARRAY_LEN(keys), v) != 0 ||
	    !v[1].p)
		return;
	if (!session_by_target(c, json_skim_str(v[1])) &&
	    !session_in_context(c, json_skim_str(v[2])))
		return; // another client's
	buf_fmt(&b, "{\"targetId\":" SV_FMT "}", SV_ARG(v[0]));
	conn_send(c, NULL, "Target.closeTarget", buf_view(&b));
}

// --- browser-level events ---

static void
on_root_detached(struct cdp_conn *c, struct sv params)
{
	struct cdp_session *s = session_find(c, json_skim_str(json_skim(params, "sessionId")));

	if (s)
		session_end(s, ERR_PAGE_DETACHED, true);
}

static void
on_root_attached(struct cdp_conn *c, struct sv params)
{
	static const char *const keys[] = {"browserContextId", "type"};
	struct sv v[ARRAY_LEN(keys)];

	if (json_skim_many(json_skim(params, "targetInfo"), keys, ARRAY_LEN(keys), v) != 0)
		return;
	session_copy_id(c->news.session_id, sizeof(c->news.session_id),
	    json_skim_str(json_skim(params, "sessionId")));
	session_copy_id(c->news.context_id, sizeof(c->news.context_id), json_skim_str(v[0]));
	session_copy_id(c->news.type, sizeof(c->news.type), json_skim_str(v[1]));
}

static void
on_target_crashed(struct cdp_conn *c, struct sv params)
{
	struct cdp_session *s = session_by_target(c, json_skim_str(json_skim(params, "targetId")));

	if (s)
		reflex_crashed(s, params);
}

// Browser-level events have no client: they are for the reflexes only.
static const struct {
	const char *method;
	void (*fn)(struct cdp_conn *c, struct sv params);
} browser_reflexes[] = {
    {"Target.attachedToTarget", on_root_attached},
    {"Target.detachedFromTarget", on_root_detached},
    {"Target.targetCrashed", on_target_crashed},
    {"Target.targetCreated", on_target_created},
};

void
reflex_browser_event(struct cdp_conn *c, const struct envelope *e)
{
	for (size_t i = 0; i < ARRAY_LEN(browser_reflexes); i++)
		if (sv_eq_str(e->method, browser_reflexes[i].method))
			browser_reflexes[i].fn(c, e->body);
}

void
reflex_root_attached(struct cdp_session *root)
{
	conn_send(root->conn, root, "Target.setAutoAttach", SV(AUTO_ATTACH));
}
