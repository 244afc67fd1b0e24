// SPDX-License-Identifier: Apache-2.0
// Reflexes for what happens inside a page: dialogs, paused requests, credentials, the main
// document's milestones, downloads. Loop thread; nothing here may block or build a tree of what a
// page can make large.
#include "cdp/conn/conn_priv.h"

#include <stdio.h>

// The first bytes of a raw JSON string as text; escapes are kept whole.
static void
copy_text(struct sv raw, char *out, size_t size)
{
	cleanup_buf lit = BUF_INIT;
	size_t n = MIN(raw.n, size - 1);
	struct sv cut;
	cJSON *v = NULL;

	if (n < raw.n)
		for (size_t i = 0; i < 12 && i < n; i++)
			if (raw.p[n - 1 - i] == '\\')
				n -= i + 1;
	cut = sv_cut(raw, n);
	while (cut.n > 0 && cut.n < raw.n && cut.p[cut.n - 1] == '\\')
		cut.n--;
	buf_ch(&lit, '"');
	buf_sv(&lit, cut);
	buf_ch(&lit, '"');
	if (json_parse_cdp(lit.p, lit.n, &v, NULL) == 0 && cJSON_IsString(v))
		snprintf(out, size, "%s", v->valuestring);
	cJSON_Delete(v);
}

// --- dialogs ---

// A beforeunload dialog is always accepted: to dismiss it would keep the page from leaving.
bool
reflex_dialog(struct cdp_session *s, struct sv params)
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

// --- paused requests and credentials ---

bool
reflex_paused(struct cdp_session *s, struct sv params)
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
		reflex_send_one(
		    s, "Fetch.continueRequest", "requestId", json_skim(params, "requestId"));
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

// A page embeds what it likes: other servers that ask get nothing.
static bool
may_know(const struct cdp_policy *p, struct sv challenge)
{
	struct sv source = json_skim_str(json_skim(challenge, "source"));
	struct sv origin = json_skim_str(json_skim(challenge, "origin"));

	return p->auth_user && !sv_eq_str(source, "Proxy") &&
	       (!p->auth_origin || sv_eq_str(origin, p->auth_origin));
}

bool
reflex_auth(struct cdp_session *s, struct sv params)
{
	struct session_shared *sh = s->root->shared;
	struct sv id = json_skim(params, "requestId");
	struct sv challenge = json_skim(params, "authChallenge");
	cleanup_buf b = BUF_INIT;

	pthread_mutex_lock(&sh->lock);
	buf_fmt(
	    &b, "{\"requestId\":" SV_FMT ",\"authChallengeResponse\":{\"response\":", SV_ARG(id));
	if (!asked_before(sh, id) && may_know(&sh->policy, challenge)) {
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

// --- the main document's life ---

bool
reflex_frame_navigated(struct cdp_session *s, struct sv params)
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

bool
reflex_dcl(struct cdp_session *s, struct sv params UNUSED)
{
	stamp(s, offsetof(struct cdp_counters, dcl_event_us));
	return false;
}

bool
reflex_load(struct cdp_session *s, struct sv params UNUSED)
{
	stamp(s, offsetof(struct cdp_counters, load_event_us));
	return false;
}

bool
reflex_download(struct cdp_session *s, struct sv params UNUSED)
{
	struct session_shared *sh = s->root->shared;

	pthread_mutex_lock(&sh->lock);
	sh->counters.downloads++;
	pthread_mutex_unlock(&sh->lock);
	return false;
}
