// SPDX-License-Identifier: Apache-2.0
// API keys: making them, and the sorted copy of the store's that requests are compared with.
//
// A secret has 192 random bits, so its plain SHA-256 can be kept: no list of likely secrets exists
// that a slow hash would have to hold up, and a slow hash would let anybody spend the daemon's CPU.
// The look-up is by the digest, whose bits an asker can't choose; what its time tells about the
// digests of others leads to no secret. The last comparison is constant-time all the same.
#include "orchestrator/service/auth_priv.h"
#include "base/digest.h"

#include "base/clock.h"
#include "base/nearest.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdio.h>

const char *const auth_scope_names[] = {
#define X(sym, name, ...) name,
    AUTH_SCOPES(X)
#undef X
	NULL};

static bool
from_hex(const char *hex, unsigned char *out, size_t n)
{
	if (strlen(hex) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &out[i]) != 1)
			return false;
	return true;
}

// --- scopes ---

void
auth_scopes_text(uint64_t scopes, struct buf *out)
{
	const char *comma = "";

	buf_str(out, "");
	for (int i = 0; i < SCOPE_COUNT; i++)
		if (scopes & 1ULL << i) {
			buf_fmt(out, "%s%s", comma, auth_scope_names[i]);
			comma = ",";
		}
}

static int
bad_scope(struct sv name, struct err *err)
{
	cleanup_free char *word = sv_dup(name);
	const char *near = nearest_word(word, auth_scope_names, SCOPE_COUNT);
	cleanup_buf all = BUF_INIT;

	auth_scopes_text(SCOPES_ALL, &all);
	return err_at(err, ERR_INVALID_REQUEST, "scopes", "expected some of %s, not \"%s\"%s%s%s",
	    all.p, word, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

int
auth_scopes_parse(const char *text, uint64_t *out, struct err *err)
{
	uint64_t all = 0;

	for (const char *p = text;; p++) {
		struct sv name = sv_trim((struct sv){p, strcspn(p, ",")});
		int i = 0;

		while (i < SCOPE_COUNT && !sv_eq_str(name, auth_scope_names[i]))
			i++;
		if (i == SCOPE_COUNT)
			return bad_scope(name, err);
		all |= 1ULL << i;
		p += strcspn(p, ",");
		if (!*p)
			break;
	}
	*out = all;
	return 0;
}

// --- limits ---

static const char *const limit_names[] = {"rate", "burst", "concurrency", "artifact_bytes"};

static int
check_limits(const cJSON *limits, struct err *err)
{
	json_foreach (item, limits) {
		bool known = false;

		for (size_t i = 0; i < ARRAY_LEN(limit_names); i++)
			known = known || strcmp(item->string, limit_names[i]) == 0;
		if (!known)
			return err_at(err, ERR_INVALID_REQUEST, "limits", "unknown limit \"%.60s\"",
			    item->string);
		if (!cJSON_IsNumber(item) || !(item->valuedouble > 0) || item->valuedouble > 1e15)
			return err_at(err, ERR_INVALID_REQUEST, "limits",
			    "%s: expected a number above 0", item->string);
	}
	if (json_get(limits, "burst") && !json_get(limits, "rate"))
		return err_at(err, ERR_INVALID_REQUEST, "limits", "burst needs rate, too");
	return 0;
}

static void
read_limits(struct auth_key *k, const cJSON *limits)
{
	k->rate.per_second = json_num(limits, "rate", 0);
	k->rate.burst = json_num(limits, "burst", MAX(k->rate.per_second, 1.0));
	k->concurrency = json_int(limits, "concurrency", 0);
	k->artifact_bytes = json_int(limits, "artifact_bytes", 0);
}

// --- the ring ---

static int
by_digest(const void *a, const void *b)
{
	return memcmp(a, b, SHA256_BYTES); // the first member of both
}

static bool
read_key(const struct store_key *from, struct auth_key *k)
{
	*k = (struct auth_key){
	    .scopes = from->scopes & SCOPE_BIT(ADMIN) ? SCOPES_ALL : from->scopes,
	    .expires_ms = from->expires_ms,
	    .revoked = from->revoked_ms != 0,
	};
	memcpy(k->id, from->id, sizeof(k->id));
	memcpy(k->name, from->name, sizeof(k->name));
	read_limits(k, from->limits);
	return from_hex(from->hash, k->digest, sizeof(k->digest));
}

int
auth_ring_read(struct store *st, struct auth_ring *out, struct err *err)
{
	struct auth_ring r = {0};
	struct store_key *list = NULL;
	size_t n = 0;
	int rc = store_key_list(st, &list, &n, err);

	if (rc != 0)
		return rc;
	r.listed = n;
	r.keys = xcalloc(n + 1, sizeof(*r.keys));
	for (size_t i = 0; i < n; i++) {
		r.n += read_key(&list[i], &r.keys[r.n]);
		store_key_done(&list[i]);
	}
	free(list);
	qsort(r.keys, r.n, sizeof(*r.keys), by_digest);
	*out = r;
	return 0;
}

void
auth_ring_done(struct auth_ring *r)
{
	free(r->keys);
	*r = (struct auth_ring){0};
}

struct auth_key *
auth_ring_find(const struct auth_ring *r, struct sv secret)
{
	unsigned char digest[SHA256_BYTES];
	struct auth_key *k;

	sha256(secret, digest);
	k = r->n ? bsearch(digest, r->keys, r->n, sizeof(*r->keys), by_digest) : NULL;
	return k && CRYPTO_memcmp(k->digest, digest, sizeof(digest)) == 0 ? k : NULL;
}

// --- making one ---

// Names stand in logs, metrics and tables.
static int
check_name(const char *name, struct err *err)
{
	static const char other[] = "._@-";
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++) {
		if (!sv_is_alnum(name[i]) && (i == 0 || !strchr(other, name[i])))
			n = 0;
	}
	if (n > 0 && n <= 64)
		return 0;
	return err_at(err, ERR_INVALID_REQUEST, "name",
	    "expected 1 to 64 letters, digits and \"%s\", beginning with a letter or digit, not "
	    "\"%.80s\"",
	    other, name);
}

static void
new_secret(char secret[AUTH_SECRET_BYTES], char hash[65])
{
	unsigned char raw[24], digest[SHA256_BYTES];
	cleanup_buf text = BUF_INIT;

	random_bytes(raw, sizeof(raw));
	buf_base64(&text, raw, sizeof(raw)); // 32 characters, no padding
	for (size_t i = 0; i < text.n; i++)
		text.p[i] = text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i];
	snprintf(secret, AUTH_SECRET_BYTES, "rt_%s", text.p);
	sha256(sv_from(secret), digest);
	hex_encode(digest, sizeof(digest), hash);
	explicit_bzero(raw, sizeof(raw));
	explicit_bzero(text.p, text.n);
}

int
auth_key_create(struct store *st, const char *name, uint64_t scopes, const cJSON *limits,
    int64_t expires_ms, struct store_key *out, char secret[AUTH_SECRET_BYTES], struct err *err)
{
	struct store_key k = {
	    .scopes = scopes, .created_ms = clock_wall_ms(), .expires_ms = expires_ms};
	int rc = check_name(name, err);

	if (rc == 0 && limits)
		rc = check_limits(limits, err);
	if (rc != 0)
		return rc;
	snprintf(k.name, sizeof(k.name), "%s", name);
	random_hex(k.id, 16);
	new_secret(secret, k.hash);
	k.limits = limits ? cJSON_Duplicate(limits, true) : NULL;
	rc = store_key_add(st, &k, err);
	if (rc == 0)
		*out = k;
	else
		store_key_done(&k);
	return rc;
}
