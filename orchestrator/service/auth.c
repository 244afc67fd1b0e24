// SPDX-License-Identifier: Apache-2.0
// Letting requests in. One lock, held for look-ups only; the thread here reads the keys anew when
// another process changed them, and tells the store which keys were used.
#include "orchestrator/service/auth_priv.h"

#include "base/thread.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "orchestrator/service/jwt.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define MAX_ADDRESSES  16384
#define MAX_PRINCIPALS 16384
#define REFRESH_MS     1000  // a revoked key stops working within this and a query's time
#define USED_MS        60000 // how often the store hears of last uses
#define SEEN_TOKENS    1024

struct seen_token { // right when it was last looked at
	unsigned char digest[SHA256_BYTES];
	struct jwt_claims claims;
	bool set;
};

struct auth {
	struct store *store;
	pthread_t thread;
	pthread_cond_t wake;
	pthread_mutex_t lock; // guards all below
	bool stop;
	struct auth_ring ring;
	struct jwt_verifier *jwt;  // NULL: no tokens
	struct seen_token *tokens; // SEEN_TOKENS by the digest's first bytes; made with the first
	struct gcra_rate per_ip, global, per_key;
	int64_t key_concurrency;
	int64_t global_tat_ns;
	struct gcra_table *addresses, *principals;
	atomic_bool required;
};

// --- the keys' thread ---

// One key that was used since the store was told; false: none is left.
static bool
next_used(struct auth *a, size_t *from, char id[33], int64_t *when)
{
	bool found = false;

	pthread_mutex_lock(&a->lock);
	for (; *from < a->ring.n && !found; (*from)++) {
		struct auth_key *k = &a->ring.keys[*from];

		found = k->used_ms != 0;
		*when = k->used_ms;
		memcpy(id, k->id, sizeof(k->id));
		k->used_ms = 0;
	}
	pthread_mutex_unlock(&a->lock);
	return found;
}

static void
tell_used(struct auth *a)
{
	int64_t when;
	size_t i = 0;
	char id[33];

	while (next_used(a, &i, id, &when))
		store_key_used(a->store, id, when);
}

// The store is asked without the lock.
static int
refresh(struct auth *a, int64_t *generation, struct err *err)
{
	int64_t now = store_key_generation(a->store);
	struct auth_ring fresh, old;
	int rc;

	if (now == *generation)
		return 0;
	tell_used(a); // the new ring begins without them
	rc = auth_ring_read(a->store, &fresh, err);
	if (rc != 0)
		return rc;
	pthread_mutex_lock(&a->lock);
	old = a->ring;
	a->ring = fresh;
	atomic_store(&a->required, a->jwt || fresh.listed > 0);
	pthread_mutex_unlock(&a->lock);
	auth_ring_done(&old);
	*generation = now;
	return 0;
}

static bool
wait_tick(struct auth *a)
{
	struct timespec until = deadline_timespec(deadline_in_ms(REFRESH_MS));
	bool stop;
	int rc = 0;

	pthread_mutex_lock(&a->lock);
	while (!a->stop && rc == 0)
		rc = pthread_cond_clockwait(&a->wake, &a->lock, CLOCK_MONOTONIC, &until);
	stop = a->stop;
	pthread_mutex_unlock(&a->lock);
	return !stop;
}

static void *
keep_fresh(void *arg)
{
	struct auth *a = arg;
	int64_t generation = -1, told_ms = clock_ms();
	bool failed = false;

	while (wait_tick(a)) {
		struct err err = ERR_INIT;
		bool fails;

		if (clock_ms() - told_ms >= USED_MS) {
			tell_used(a);
			told_ms = clock_ms();
		}
		fails = refresh(a, &generation, &err) != 0;
		if (fails && !failed)
			log_error("API keys can't be read, the old ones stay: %s", err.message);
		failed = fails;
	}
	tell_used(a);
	return NULL;
}

// --- making and reloading ---

static struct gcra_rate
rate_of(int64_t per_second)
{
	return (struct gcra_rate){(double)per_second, (double)per_second};
}

static int
load_verifier(const struct settings *s, struct jwt_verifier **out, struct err *err)
{
	struct jwt_verifier *v = NULL;

	if (s->jwt_key_file[0]) {
		v = jwt_verifier_new(s->jwt_key_file, s->jwt_issuer, s->jwt_audience, err);
		if (!v)
			return ERR_CONFIG;
	}
	*out = v;
	return 0;
}

int
auth_reload(struct auth *a, const struct settings *s, struct err *err)
{
	struct jwt_verifier *fresh, *old;
	int rc = load_verifier(s, &fresh, err);

	if (rc != 0)
		return rc;
	pthread_mutex_lock(&a->lock);
	old = a->jwt;
	a->jwt = fresh;
	free(a->tokens); // of the old key
	a->tokens = NULL;
	a->per_ip = rate_of(s->rate_per_ip);
	a->global = rate_of(s->rate_global);
	a->per_key = rate_of(s->key_rate);
	a->key_concurrency = s->key_concurrency;
	atomic_store(&a->required, fresh || a->ring.listed > 0);
	pthread_mutex_unlock(&a->lock);
	jwt_verifier_free(old);
	return 0;
}

struct auth *
auth_new(struct store *st, const struct settings *s, struct err *err)
{
	struct auth *a = xcalloc(1, sizeof(*a));

	a->store = st;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->wake, NULL);
	a->addresses = gcra_table_new(MAX_ADDRESSES);
	a->principals = gcra_table_new(MAX_PRINCIPALS);
	if (auth_ring_read(st, &a->ring, err) == 0 && auth_reload(a, s, err) == 0) {
		int rc = thread_start(&a->thread, "riptide-keys", 0, keep_fresh, a);

		assert(rc == 0);
		return a;
	}
	auth_ring_done(&a->ring);
	gcra_table_free(a->addresses);
	gcra_table_free(a->principals);
	free(a);
	return NULL;
}

void
auth_free(struct auth *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->wake);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	auth_ring_done(&a->ring);
	jwt_verifier_free(a->jwt);
	free(a->tokens);
	gcra_table_free(a->addresses);
	gcra_table_free(a->principals);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->wake);
	free(a);
}

bool
auth_required(const struct auth *a)
{
	return atomic_load(&a->required);
}

// --- rates ---

static int
take_address(
    struct auth *a, const struct http_request *r, struct auth_limits *limits, struct err *err)
{
	struct gcra_id id;

	if (a->per_ip.per_second <= 0 || !auth_address(r, &id))
		return 0;
	return auth_take(
	    &gcra_client(a->addresses, id)->tat_ns, a->per_ip, "from this address", limits, err);
}

static int
take_all(struct auth *a, struct auth_limits *limits, struct err *err)
{
	return auth_take(&a->global_tat_ns, a->global, "by all clients together", limits, err);
}

int
auth_check_rate(
    struct auth *a, const struct http_request *r, struct auth_limits *limits, struct err *err)
{
	struct auth_limits l = {0};
	int rc;

	pthread_mutex_lock(&a->lock);
	rc = take_address(a, r, &l, err);
	if (rc == 0)
		rc = take_all(a, &l, err);
	pthread_mutex_unlock(&a->lock);
	*limits = l;
	return rc;
}

// --- who ---

struct who {
	struct principal p;
	struct gcra_rate rate;
	struct gcra_id id;
};

static void
copy_name(char out[65], const char *name)
{
	struct sv cut = sv_cut(sv_from(name), 64);

	memcpy(out, cut.p, cut.n);
	out[cut.n] = '\0';
}

static int
check_key(struct auth *a, struct sv secret, struct gcra_client *c, struct who *out,
    struct auth_limits *limits, struct err *err)
{
	struct auth_key *k = auth_ring_find(&a->ring, secret);
	int64_t now = clock_wall_ms();
	int rc;

	if (!k) {
		rc = auth_locked_out(c, limits, err);
		return rc ? rc : auth_wrong(c, "unknown", err, "the API key is not known");
	}
	if (k->revoked || (k->expires_ms && now >= k->expires_ms)) {
		rc = auth_locked_out(c, limits, err);
		if (rc != 0)
			return rc;
		return k->revoked ? auth_wrong(c, "revoked", err, "the API key was revoked")
				  : auth_wrong(c, "expired", err, "the API key has expired");
	}
	k->used_ms = now;
	memcpy(out->p.id, k->id, sizeof(k->id));
	memcpy(out->p.name, k->name, sizeof(k->name));
	memcpy(out->id.b, k->digest, sizeof(out->id.b));
	out->p.scopes = k->scopes;
	out->p.max_running = k->concurrency ? k->concurrency : a->key_concurrency;
	out->p.max_bytes = k->artifact_bytes;
	out->rate = k->rate.per_second > 0 ? k->rate : a->per_key;
	return 0;
}

static int
verify_token(struct auth *a, struct sv token, struct gcra_client *c, struct jwt_claims *out,
    struct auth_limits *limits, struct err *err)
{
	int64_t now = clock_wall_ms() / 1000;
	unsigned char digest[SHA256_BYTES];
	struct seen_token *seen;
	uint16_t at;
	int rc;

	sha256(token, digest);
	memcpy(&at, digest, sizeof(at));
	if (!a->tokens)
		a->tokens = xcalloc(SEEN_TOKENS, sizeof(*a->tokens));
	seen = &a->tokens[at % SEEN_TOKENS];
	if (seen->set && memcmp(seen->digest, digest, sizeof(digest)) == 0 &&
	    now < seen->claims.expires_s) {
		*out = seen->claims;
		return 0;
	}
	rc = auth_locked_out(c, limits, err);
	if (rc == 0)
		rc = jwt_verify(a->jwt, token, now, out, err);
	if (rc == ERR_UNAUTHORIZED) {
		auth_note_wrong(c);
		metric_add(METRIC_AUTH_FAILURES, "token", 1);
	}
	if (rc != 0)
		return rc;
	seen->set = true;
	seen->claims = *out;
	memcpy(seen->digest, digest, sizeof(digest));
	return 0;
}

static int
check_token(struct auth *a, struct sv token, struct gcra_client *c, struct who *out,
    struct auth_limits *limits, struct err *err)
{
	unsigned char digest[SHA256_BYTES];
	struct jwt_claims claims;
	int rc = verify_token(a, token, c, &claims, limits, err);

	if (rc != 0)
		return rc;
	sha256(sv_from(claims.subject), digest); // there is one issuer only
	memcpy(out->id.b, digest, sizeof(out->id.b));
	snprintf(out->p.id, sizeof(out->p.id), "jwt:");
	hex_encode(digest, 14, out->p.id + 4);
	copy_name(out->p.name, claims.subject);
	out->p.scopes = claims.scopes;
	out->p.max_running = a->key_concurrency;
	out->rate = a->per_key;
	return 0;
}

// A key has no dots, a token has two.
static int
identify(struct auth *a, const struct http_request *r, struct who *out, struct auth_limits *limits,
    struct err *err)
{
	cleanup_buf secret = BUF_INIT_MAX(16384);
	struct gcra_client *c = NULL;
	struct gcra_id address;
	int rc;

	if (!auth_credential(r, &secret)) {
		metric_add(METRIC_AUTH_FAILURES, "missing", 1);
		return err_set(err, ERR_UNAUTHORIZED,
		    "an API key is needed: Authorization: Bearer KEY, or X-API-Key");
	}
	if (auth_address(r, &address))
		c = gcra_client(a->addresses, address);
	rc = (a->jwt && memchr(secret.p, '.', secret.n) ? check_token : check_key)(
	    a, buf_view(&secret), c, out, limits, err);
	explicit_bzero(secret.p, secret.n);
	return rc;
}

static int
check_scopes(const struct principal *p, uint64_t scopes, struct err *err)
{
	cleanup_buf missing = BUF_INIT;

	if ((p->scopes & scopes) == scopes)
		return 0;
	auth_scopes_text(scopes & ~p->scopes, &missing);
	metric_add(METRIC_AUTH_FAILURES, "scope", 1);
	return err_set(err, ERR_FORBIDDEN, "the key does not have the scope %s", missing.p);
}

static int
check(struct auth *a, const struct http_request *r, uint64_t scopes, struct who *who,
    struct auth_limits *limits, struct err *err)
{
	int rc = take_address(a, r, limits, err);

	if (rc != 0)
		return rc;
	if (!auth_required(a)) {
		who->p = (struct principal){.id = "local", .name = "local", .scopes = SCOPES_ALL};
		return take_all(a, limits, err);
	}
	rc = identify(a, r, who, limits, err);
	if (rc == 0)
		rc = auth_take(&gcra_client(a->principals, who->id)->tat_ns, who->rate,
		    "by this key", limits, err);
	if (rc == 0)
		rc = take_all(a, limits, err);
	return rc != 0 ? rc : check_scopes(&who->p, scopes, err);
}

int
auth_check(struct auth *a, const struct http_request *r, uint64_t scopes, struct principal *out,
    struct auth_limits *limits, struct err *err)
{
	struct auth_limits l = {0};
	struct who who = {0};
	int rc;

	pthread_mutex_lock(&a->lock);
	rc = check(a, r, scopes, &who, &l, err);
	pthread_mutex_unlock(&a->lock);
	*limits = l;
	if (rc == 0)
		*out = who.p;
	return rc;
}
