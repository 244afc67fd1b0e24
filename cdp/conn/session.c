// SPDX-License-Identifier: Apache-2.0
// Sessions: which targets the connection is attached to, who owns them, what state they are in, and
// the counters and policy that a root session shares with its children. The loop thread enters and
// ends them; other threads read states (atomic) and what lies under the root's lock.
#include "cdp/conn/conn_priv.h"

#include <stdio.h>

#define MAX_DIALOGS_DEFAULT 50
#define MAX_TARGETS_DEFAULT 200

static struct session_shared *
shared_new(void)
{
	struct session_shared *sh = xcalloc(1, sizeof(*sh));

	pthread_mutex_init(&sh->lock, NULL);
	pthread_mutex_init(&sh->hook_lock, NULL);
	sh->counters.network_quiet_since_us = clock_us();
	sh->policy.max_dialogs = MAX_DIALOGS_DEFAULT;
	sh->policy.max_targets = MAX_TARGETS_DEFAULT;
	return sh;
}

static void
policy_done(struct cdp_policy *p)
{
	free((char *)(uintptr_t)p->auth_user);
	free((char *)(uintptr_t)p->auth_password);
	free((char *)(uintptr_t)p->auth_origin);
}

static void
shared_free(struct session_shared *sh)
{
	net_done(sh);
	policy_done(&sh->policy);
	for (size_t i = 0; i < sh->n_commands; i++) {
		free(sh->commands[i].method);
		free(sh->commands[i].params);
	}
	pthread_mutex_destroy(&sh->lock);
	pthread_mutex_destroy(&sh->hook_lock);
	free(sh);
}

void
session_ref(struct cdp_session *s)
{
	atomic_fetch_add(&s->refs, 1);
}

void
session_unref(struct cdp_session *s)
{
	if (atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	if (s->shared)
		shared_free(s->shared);
	if (s->root != s)
		session_unref(s->root);
	if (s->parent && s->parent != s->root)
		session_unref(s->parent);
	free(s);
}

void
session_copy_id(char *out, size_t size, struct sv id)
{
	size_t n = id.n < size ? id.n : 0;

	if (n)
		memcpy(out, id.p, n);
	out[n] = '\0';
}

static bool
copy_id(char out[SESSION_ID_MAX], struct sv id)
{
	session_copy_id(out, SESSION_ID_MAX, id);
	return out[0] != '\0';
}

struct cdp_session *
session_new_root(struct cdp_client *cl, const char *target_id)
{
	struct cdp_session *s = xcalloc(1, sizeof(*s));

	atomic_init(&s->refs, 1);
	s->conn = cl->conn;
	s->client = cl;
	s->root = s;
	s->shared = shared_new();
	snprintf(s->target_id, sizeof(s->target_id), "%s", target_id);
	snprintf(s->type, sizeof(s->type), "page");
	return s;
}

// --- entering and leaving, loop thread ---

static struct cdp_session *
session_of(struct hnode *n, size_t offset)
{
	return n ? (struct cdp_session *)((char *)n - offset) : NULL;
}

struct cdp_session *
session_find(struct cdp_conn *c, struct sv id)
{
	for (struct hnode *n = htab_find(&c->sessions, htab_hash(id)); n; n = htab_find_next(n)) {
		struct cdp_session *s = session_of(n, offsetof(struct cdp_session, by_id));

		if (sv_eq_str(id, s->id))
			return s;
	}
	return NULL;
}

struct cdp_session *
session_by_target(struct cdp_conn *c, struct sv target_id)
{
	for (struct hnode *n = htab_find(&c->targets, htab_hash(target_id)); n;
	     n = htab_find_next(n)) {
		struct cdp_session *s = session_of(n, offsetof(struct cdp_session, by_target));

		if (sv_eq_str(target_id, s->target_id))
			return s;
	}
	return NULL;
}

struct context_search {
	struct sv context_id;
	bool found;
};

static void
match_context(struct hnode *n, void *arg)
{
	const struct cdp_session *s = session_of(n, offsetof(struct cdp_session, by_id));
	struct context_search *q = arg;

	q->found |= s->root == s && sv_eq_str(q->context_id, s->context_id);
}

bool
session_in_context(struct cdp_conn *c, struct sv context_id)
{
	struct context_search q = {context_id, false};

	if (context_id.n)
		htab_each(&c->sessions, match_context, &q);
	return q.found;
}

static void
session_enter(struct cdp_session *s)
{
	struct cdp_conn *c = s->conn;

	s->attached = true;
	session_ref(s);
	htab_put(&c->sessions, &s->by_id, htab_hash(sv_from(s->id)));
	htab_put(&c->targets, &s->by_target, htab_hash(sv_from(s->target_id)));
	if (!s->client)
		return;
	session_ref(s);
	client_ref(s->client);
	s->client_next = s->client->sessions;
	s->client->sessions = s;
}

void
session_enter_root(struct cdp_session *s, struct sv id)
{
	if (!copy_id(s->id, id) || session_find(s->conn, id)) {
		atomic_store(&s->state, ERR_PROTOCOL);
		return;
	}
	if (strcmp(s->conn->news.session_id, s->id) == 0) {
		memcpy(s->context_id, s->conn->news.context_id, sizeof(s->context_id));
		memcpy(s->type, s->conn->news.type, sizeof(s->type));
	}
	session_enter(s);
	reflex_root_attached(s);
}

struct cdp_session *
session_enter_child(struct cdp_session *parent, struct sv id, struct sv target_id, struct sv type)
{
	struct cdp_session *s = xcalloc(1, sizeof(*s));
	struct session_shared *sh = parent->root->shared;

	atomic_init(&s->refs, 1);
	if (!copy_id(s->id, id) || !copy_id(s->target_id, target_id) ||
	    session_find(parent->conn, id)) {
		free(s);
		return NULL;
	}
	snprintf(s->type, sizeof(s->type), SV_FMT, SV_ARG(type));
	s->conn = parent->conn;
	s->client = parent->client;
	s->parent = parent;
	s->root = parent->root;
	session_ref(s->root);
	if (s->parent != s->root)
		session_ref(s->parent);
	session_enter(s);
	pthread_mutex_lock(&sh->lock);
	s->sibling = s->root->children;
	s->root->children = s;
	pthread_mutex_unlock(&sh->lock);
	sh->n_children++;
	session_unref(s);
	return s;
}

static void
wake(struct cdp_session *s)
{
	if (s->client)
		mailbox_wake(s->client->box);
}

// Its client is being freed: reflexes go on, deliveries end.
void
session_orphan(struct cdp_session *s)
{
	struct cdp_client *cl = s->client;

	s->client = NULL;
	client_unref(cl);
	session_unref(s);
}

static void
unlink_child(struct cdp_session *s)
{
	struct session_shared *sh = s->root->shared;

	pthread_mutex_lock(&sh->lock);
	for (struct cdp_session **p = &s->root->children; *p; p = &(*p)->sibling) {
		if (*p == s) {
			*p = s->sibling;
			break;
		}
	}
	pthread_mutex_unlock(&sh->lock);
	sh->n_children--;
}

static void
session_leave(struct cdp_session *s)
{
	struct cdp_conn *c = s->conn;

	s->attached = false;
	htab_del(&c->sessions, &s->by_id);
	htab_del(&c->targets, &s->by_target);
	if (s->root != s)
		unlink_child(s);
	session_unref(s);
}

static struct cdp_session *
any_child_of(struct cdp_session *s)
{
	struct cdp_session *child = s->root->children;

	while (child && child->parent != s)
		child = child->sibling;
	return child;
}

// The protocol ends child sessions with their parent's.
void
session_end(struct cdp_session *s, int code, bool detach)
{
	struct cdp_session *child;
	int usable = 0;

	session_ref(s);
	while (detach && (child = any_child_of(s)))
		session_end(child, code, true);
	atomic_compare_exchange_strong(&s->state, &usable, code);
	net_session_ended(s);
	conn_fail_pending(s->conn, s, code);
	wake(s);
	if (detach && s->attached)
		session_leave(s);
	session_unref(s);
}

static void
pick_one(struct hnode *n, void *arg)
{
	*(struct hnode **)arg = n;
}

void
session_end_all(struct cdp_conn *c, int code)
{
	while (c->sessions.n > 0) {
		struct hnode *n = NULL;

		htab_each(&c->sessions, pick_one, &n);
		session_end(session_of(n, offsetof(struct cdp_session, by_id)), code, true);
	}
}

// --- asked by other threads ---

const char *
cdp_session_target_id(const struct cdp_session *s)
{
	return s->target_id;
}

const char *
cdp_session_target_type(const struct cdp_session *s)
{
	return s->type;
}

struct cdp_session *
cdp_session_parent(const struct cdp_session *s)
{
	return s->parent;
}

int
cdp_session_state(const struct cdp_session *s)
{
	return atomic_load(&s->state);
}

size_t
cdp_session_children(const struct cdp_session *root, struct cdp_session **out, size_t n)
{
	struct session_shared *sh = root->root->shared;
	size_t k = 0;

	pthread_mutex_lock(&sh->lock);
	for (struct cdp_session *s = root->root->children; s && k < n; s = s->sibling)
		if (strcmp(s->type, "iframe") == 0)
			out[k++] = s;
	pthread_mutex_unlock(&sh->lock);
	return k;
}

void
cdp_session_counters(const struct cdp_session *root, struct cdp_counters *out)
{
	struct session_shared *sh = root->root->shared;

	pthread_mutex_lock(&sh->lock);
	*out = sh->counters;
	pthread_mutex_unlock(&sh->lock);
}

void
cdp_session_set_policy(struct cdp_session *root, const struct cdp_policy *p)
{
	struct session_shared *sh = root->root->shared;
	struct cdp_policy fresh = *p, old;

	fresh.auth_user = p->auth_user ? xstrdup(p->auth_user) : NULL;
	fresh.auth_password = p->auth_password ? xstrdup(p->auth_password) : NULL;
	fresh.auth_origin = p->auth_origin ? xstrdup(p->auth_origin) : NULL;
	fresh.max_dialogs = p->max_dialogs ? p->max_dialogs : MAX_DIALOGS_DEFAULT;
	fresh.max_targets = p->max_targets ? p->max_targets : MAX_TARGETS_DEFAULT;
	pthread_mutex_lock(&sh->lock);
	old = sh->policy;
	sh->policy = fresh;
	pthread_mutex_unlock(&sh->lock);
	policy_done(&old);
}

void
cdp_session_add_child_command(
    struct cdp_session *root, unsigned kinds, const char *method, const char *params)
{
	struct session_shared *sh = root->root->shared;

	pthread_mutex_lock(&sh->lock);
	if (sh->n_commands < CHILD_COMMANDS_MAX)
		sh->commands[sh->n_commands++] =
		    (struct child_command){kinds, xstrdup(method), xstrdup(params ? params : "{}")};
	pthread_mutex_unlock(&sh->lock);
}

void
cdp_session_set_paused_hook(struct cdp_session *root, cdp_paused_fn *fn, void *arg)
{
	struct session_shared *sh = root->root->shared;

	pthread_mutex_lock(&sh->hook_lock);
	sh->paused = fn;
	sh->paused_arg = arg;
	pthread_mutex_unlock(&sh->hook_lock);
}
