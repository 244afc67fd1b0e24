// SPDX-License-Identifier: Apache-2.0
// Reading and checking tokens. The header is looked at before libjwt sees the token: libjwt takes
// the algorithm from the token, so a public key would do as an HMAC secret.
#include "orchestrator/service/jwt.h"

#include "base/json.h"
#include "orchestrator/service/auth.h"

#include <jwt.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>

#define MAX_KEY_BYTES ((size_t)64 << 10)
#define MIN_RSA_BITS  2048

struct jwt_verifier {
	struct buf key;
	const char *alg;
	char *issuer, *audience;
};

// --- the key ---

static int
pem_alg(const struct buf *key, const char *file, const char **out, struct err *err)
{
	BIO *bio = BIO_new_mem_buf(key->p, (int)key->n);
	EVP_PKEY *pkey = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
	int type = pkey ? EVP_PKEY_base_id(pkey) : 0, bits = pkey ? EVP_PKEY_bits(pkey) : 0;
	char group[32] = "";
	size_t n;
	int rc = 0;

	if (type == EVP_PKEY_EC)
		(void)EVP_PKEY_get_group_name(pkey, group, sizeof(group), &n);
	if (type == EVP_PKEY_RSA && bits >= MIN_RSA_BITS)
		*out = "RS256";
	else if (type == EVP_PKEY_EC && strcmp(group, "prime256v1") == 0)
		*out = "ES256";
	else
		rc = err_set(err, ERR_CONFIG,
		    "%s: expected a PEM public key, RSA of at least %d bits or EC P-256", file,
		    MIN_RSA_BITS);
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	return rc;
}

static int
read_key(struct jwt_verifier *v, const char *file, struct err *err)
{
	struct err why = ERR_INIT;

	if (buf_read_file(&v->key, file, &why) != 0)
		return err_set(err, ERR_CONFIG, "%s", why.message);
	buf_str(&v->key, "");
	if (sv_has(buf_view(&v->key), "PRIVATE KEY-----"))
		return err_set(err, ERR_CONFIG,
		    "%s: a private key does not belong here, only the issuer needs it; give the "
		    "public one (openssl pkey -pubout)",
		    file);
	if (sv_has(buf_view(&v->key), "-----BEGIN "))
		return pem_alg(&v->key, file, &v->alg, err);
	while (v->key.n > 0 && strchr("\r\n", v->key.p[v->key.n - 1]))
		v->key.n--;
	v->alg = "HS256";
	if (v->key.n < JWT_MIN_SECRET)
		return err_set(err, ERR_CONFIG,
		    "%s: expected a PEM public key, or a secret of at least %d bytes, not %zu",
		    file, JWT_MIN_SECRET, v->key.n);
	return 0;
}

struct jwt_verifier *
jwt_verifier_new(const char *key_file, const char *issuer, const char *audience, struct err *err)
{
	struct jwt_verifier *v = xcalloc(1, sizeof(*v));

	v->key.max = MAX_KEY_BYTES;
	v->issuer = xstrdup(issuer);
	v->audience = xstrdup(audience);
	if (read_key(v, key_file, err) == 0)
		return v;
	jwt_verifier_free(v);
	return NULL;
}

void
jwt_verifier_free(struct jwt_verifier *v)
{
	if (!v)
		return;
	if (v->key.p)
		explicit_bzero(v->key.p, v->key.n);
	buf_done(&v->key);
	free(v->issuer);
	free(v->audience);
	free(v);
}

// --- the token ---

static int __attribute__((format(printf, 2, 3))) refuse(struct err *err, const char *fmt, ...)
{
	cleanup_buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	return err_set(err, ERR_UNAUTHORIZED, "token: %s", text.p);
}

// A part of a token: base64url without padding (RFC 7515 2) of a JSON object.
static cJSON *
read_part(struct sv part)
{
	static const struct json_limits limits = {JWT_MAX_BYTES, 8, 200};
	cleanup_buf base64 = BUF_INIT, text = BUF_INIT;
	cJSON *v = NULL;

	for (size_t i = 0; i < part.n; i++) {
		if (strchr("+/=", part.p[i]))
			return NULL;
		buf_ch(&base64, part.p[i] == '-' ? '+' : part.p[i] == '_' ? '/' : part.p[i]);
	}
	while (base64.n % 4 != 0)
		buf_ch(&base64, '=');
	if (buf_unbase64(&text, buf_view(&base64)) != 0 ||
	    json_parse_api(buf_view(&text), &limits, &v, NULL) != 0)
		return NULL;
	if (cJSON_IsObject(v))
		return v;
	cJSON_Delete(v);
	return NULL;
}

static int
check_header(const struct jwt_verifier *v, const cJSON *header, struct err *err)
{
	const char *alg = json_str(header, "alg"), *typ = json_str(header, "typ");

	if (!alg || strcmp(alg, v->alg) != 0)
		return refuse(err, "the algorithm must be %s", v->alg);
	if (json_get(header, "crit")) // RFC 7515 4.1.11: we understand no extensions
		return refuse(err, "it has critical extensions");
	if (typ && strcasecmp(typ, "JWT") != 0 && strcasecmp(typ, "at+jwt") != 0)
		return refuse(err, "the type must be JWT");
	return 0;
}

static int
check_signature(const struct jwt_verifier *v, struct sv token, struct err *err)
{
	cleanup_free char *text = sv_dup(token);
	jwt_t *jwt = NULL;
	int rc = jwt_decode(&jwt, text, (const unsigned char *)v->key.p, (int)v->key.n);
	bool same = rc == 0 && strcmp(jwt_alg_str(jwt_get_alg(jwt)), v->alg) == 0;

	jwt_free(jwt);
	return same ? 0 : refuse(err, "the signature is wrong");
}

static bool
has_audience(const cJSON *aud, const char *wanted)
{
	if (cJSON_IsString(aud))
		return strcmp(aud->valuestring, wanted) == 0;
	if (cJSON_IsArray(aud))
		json_foreach (item, aud)
			if (cJSON_IsString(item) && strcmp(item->valuestring, wanted) == 0)
				return true;
	return false;
}

// A time claim that is no number is no absent one.
static int
check_times(const cJSON *claims, int64_t wall_s, struct err *err)
{
	const cJSON *exp = json_get(claims, "exp"), *nbf = json_get(claims, "nbf");
	double now = (double)wall_s;

	if (!cJSON_IsNumber(exp))
		return refuse(err, "it has no expiry (exp)");
	if (now >= exp->valuedouble + JWT_LEEWAY_S)
		return refuse(err, "it has expired");
	if (nbf && (!cJSON_IsNumber(nbf) || now < nbf->valuedouble - JWT_LEEWAY_S))
		return refuse(err, "it is not valid yet (nbf)");
	return 0;
}

static int
check_claims(const struct jwt_verifier *v, const cJSON *claims, int64_t wall_s, struct err *err)
{
	const char *iss = json_str(claims, "iss"), *sub = json_str(claims, "sub");

	if (!iss || strcmp(iss, v->issuer) != 0)
		return refuse(err, "the issuer (iss) is another");
	if (!has_audience(json_get(claims, "aud"), v->audience))
		return refuse(err, "the audience (aud) is another");
	if (!sub || !sub[0] || strlen(sub) > 128)
		return refuse(err, "it has no subject (sub) of 1 to 128 bytes");
	return check_times(claims, wall_s, err);
}

// RFC 8693 4.2: names separated by spaces. Names that are not ours are other services'.
static uint64_t
scopes_of(const char *list)
{
	uint64_t all = 0;

	for (size_t n; list && *list; list += n + strspn(list + n, " ")) {
		n = strcspn(list, " ");
		for (int i = 0; i < SCOPE_COUNT; i++)
			if (sv_eq_str((struct sv){list, n}, auth_scope_names[i]))
				all |= 1ULL << i;
	}
	return all & SCOPE_BIT(ADMIN) ? SCOPES_ALL : all;
}

static int
verify_parts(const struct jwt_verifier *v, struct sv token, const cJSON *header,
    const cJSON *claims, int64_t wall_s, struct err *err)
{
	int rc;

	if (!header || !claims)
		return refuse(err, "it is not a JSON Web Token");
	rc = check_header(v, header, err);
	if (rc == 0)
		rc = check_signature(v, token, err);
	return rc != 0 ? rc : check_claims(v, claims, wall_s, err);
}

int
jwt_verify(const struct jwt_verifier *v, struct sv token, int64_t wall_s, struct jwt_claims *out,
    struct err *err)
{
	const char *dot = token.n ? memchr(token.p, '.', token.n) : NULL;
	const char *dot2 = dot ? memchr(dot + 1, '.', (size_t)(token.p + token.n - dot - 1)) : NULL;
	cJSON *header, *claims;
	int rc;

	if (!dot2 || token.n > JWT_MAX_BYTES || memchr(token.p, '\0', token.n))
		return refuse(err, "it is not a JSON Web Token");
	header = read_part((struct sv){token.p, (size_t)(dot - token.p)});
	claims = read_part((struct sv){dot + 1, (size_t)(dot2 - dot - 1)});
	rc = verify_parts(v, token, header, claims, wall_s, err);
	if (rc == 0) {
		double exp = MIN(json_num(claims, "exp", 0), 1e15);

		*out = (struct jwt_claims){
		    .scopes = scopes_of(json_str(claims, "scope")), .expires_s = (int64_t)exp};
		snprintf(out->subject, sizeof(out->subject), "%s", json_str(claims, "sub"));
	}
	cJSON_Delete(header);
	cJSON_Delete(claims);
	return rc;
}
