// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/service/auth.h"
#include "orchestrator/service/jwt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>

#define NOW    1800000000
#define SECRET "0123456789abcdef0123456789abcdef"

static char dir[] = "/tmp/riptide-jwt-XXXXXX";

struct pair { // a key of the issuer
	char private_pem[4096], public_pem[2048];
};
static struct pair rsa, other_rsa, ec;

static void
make_pair(EVP_PKEY *key, struct pair *out)
{
	BIO *priv = BIO_new(BIO_s_mem()), *pub = BIO_new(BIO_s_mem());

	assert_non_null(key);
	assert_int_equal(PEM_write_bio_PrivateKey(priv, key, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(PEM_write_bio_PUBKEY(pub, key), 1);
	memset(out, 0, sizeof(*out));
	assert_true(BIO_read(priv, out->private_pem, sizeof(out->private_pem) - 1) > 0);
	assert_true(BIO_read(pub, out->public_pem, sizeof(out->public_pem) - 1) > 0);
	BIO_free(priv);
	BIO_free(pub);
	EVP_PKEY_free(key);
}

static const char *
write_key(const char *text)
{
	static char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/key", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static struct jwt_verifier *
verifier(const char *key)
{
	struct err err = ERR_INIT;
	struct jwt_verifier *v = jwt_verifier_new(write_key(key), "https://id.example", "rt", &err);

	if (!v)
		fail_msg("%s", err.message);
	return v;
}

#define GOOD                                                                                       \
	"{\"iss\":\"https://id.example\",\"aud\":\"rt\",\"sub\":\"ann\",\"exp\":1800000100,"       \
	"\"scope\":\"render other session\"}"

static char *
token(const char *claims, jwt_alg_t alg, const char *key)
{
	jwt_t *jwt = NULL;
	char *text;

	assert_int_equal(jwt_new(&jwt), 0);
	assert_int_equal(jwt_add_grants_json(jwt, claims), 0);
	assert_int_equal(
	    jwt_set_alg(jwt, alg, (const unsigned char *)key, key ? (int)strlen(key) : 0), 0);
	text = jwt_encode_str(jwt);
	assert_non_null(text);
	jwt_free(jwt);
	return text;
}

static int
verify(const struct jwt_verifier *v, const char *text, struct jwt_claims *out, struct err *err)
{
	return jwt_verify(v, sv_from(text), NOW, out, err);
}

// A token of `claims` signed with SECRET is refused, and why.
static void
refused(const char *claims, const char *why)
{
	struct jwt_verifier *v = verifier(SECRET "\n");
	cleanup_free char *text = token(claims, JWT_ALG_HS256, SECRET);
	struct jwt_claims out;
	struct err err = ERR_INIT;

	if (verify(v, text, &out, &err) != ERR_UNAUTHORIZED || !strstr(err.message, why))
		fail_msg("%s: \"%s\"", claims, err.message);
	jwt_verifier_free(v);
}

static void
each_kind_of_key_checks_its_own_algorithm(void **state)
{
	const struct {
		const char *file, *sign, *name;
		jwt_alg_t alg;
	} kinds[] = {
	    {SECRET "\n", SECRET, "HS256", JWT_ALG_HS256},
	    {rsa.public_pem, rsa.private_pem, "RS256", JWT_ALG_RS256},
	    {ec.public_pem, ec.private_pem, "ES256", JWT_ALG_ES256},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct jwt_verifier *v = verifier(kinds[i].file);
		cleanup_free char *good = token(GOOD, kinds[i].alg, kinds[i].sign);
		struct jwt_claims out = {.subject = ""};
		struct err err = ERR_INIT;

		if (verify(v, good, &out, &err) != 0)
			fail_msg("%s: %s", kinds[i].name, err.message);
		assert_string_equal(out.subject, "ann");
		assert_int_equal(out.scopes, SCOPE_BIT(RENDER) | SCOPE_BIT(SESSION));
		assert_int_equal(out.expires_s, 1800000100);
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
			cleanup_free char *wrong = token(GOOD, kinds[k].alg, kinds[k].sign);

			if (k != i)
				assert_int_equal(verify(v, wrong, &out, &err), ERR_UNAUTHORIZED);
		}
		jwt_verifier_free(v);
	}
}

// RFC 8725 2.1: the public key, which everybody has, as HMAC secret; and no signature at all.
static void
the_algorithm_is_not_the_tokens_to_choose(void **state)
{
	struct jwt_verifier *v = verifier(rsa.public_pem);
	cleanup_free char *confused = token(GOOD, JWT_ALG_HS256, rsa.public_pem);
	cleanup_free char *none = token(GOOD, JWT_ALG_NONE, NULL);
	cleanup_free char *other = token(GOOD, JWT_ALG_RS256, other_rsa.private_pem);
	cleanup_free char *stronger = token(GOOD, JWT_ALG_RS512, rsa.private_pem);
	struct jwt_claims out;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(verify(v, confused, &out, &err), ERR_UNAUTHORIZED);
	assert_non_null(strstr(err.message, "the algorithm must be RS256"));
	assert_int_equal(verify(v, none, &out, &err), ERR_UNAUTHORIZED);
	assert_int_equal(verify(v, stronger, &out, &err), ERR_UNAUTHORIZED);
	assert_int_equal(verify(v, other, &out, &err), ERR_UNAUTHORIZED);
	assert_non_null(strstr(err.message, "the signature is wrong"));
	jwt_verifier_free(v);
}

static void
a_changed_token_is_refused(void **state)
{
	struct jwt_verifier *v = verifier(SECRET);
	cleanup_free char *good = token(GOOD, JWT_ALG_HS256, SECRET);
	struct jwt_claims out;
	struct err err = ERR_INIT;
	size_t n = strlen(good);

	(void)state;
	for (size_t i = 0; i < n - 1; i++) { // the last character has bits that say nothing
		char old = good[i];

		good[i] = old == 'A' ? 'B' : 'A';
		if (verify(v, good, &out, &err) == 0)
			fail_msg("byte %zu changed: let in", i);
		good[i] = old;
	}
	assert_int_equal(
	    jwt_verify(v, (struct sv){good, n / 2}, NOW, &out, &err), ERR_UNAUTHORIZED);
	assert_int_equal(verify(v, "a.b.c", &out, &err), ERR_UNAUTHORIZED);
	assert_int_equal(verify(v, "..", &out, &err), ERR_UNAUTHORIZED);
	assert_int_equal(verify(v, "", &out, &err), ERR_UNAUTHORIZED);
	assert_int_equal(verify(v, good, &out, &err), 0);
	jwt_verifier_free(v);
}

static void
claims_are_checked(void **state)
{
	(void)state;
#define HEAD "{\"iss\":\"https://id.example\",\"aud\":\"rt\",\"sub\":\"a\","
	refused(
	    "{\"iss\":\"https://evil.example\",\"aud\":\"rt\",\"sub\":\"a\",\"exp\":1900000000}",
	    "the issuer (iss) is another");
	refused("{\"aud\":\"rt\",\"sub\":\"a\",\"exp\":1900000000}", "issuer");
	refused("{\"iss\":\"https://id.example\",\"aud\":\"rtx\",\"sub\":\"a\",\"exp\":1900000000}",
	    "the audience (aud) is another");
	refused(
	    "{\"iss\":\"https://id.example\",\"aud\":[\"x\",1],\"sub\":\"a\",\"exp\":1900000000}",
	    "the audience (aud) is another");
	refused("{\"iss\":\"https://id.example\",\"aud\":\"rt\",\"exp\":1900000000}", "no subject");
	refused(HEAD "\"scope\":\"admin\"}", "it has no expiry");
	refused(HEAD "\"exp\":\"1900000000\"}", "it has no expiry");
	refused(HEAD "\"exp\":1799999940}", "it has expired");
	refused(HEAD "\"exp\":1900000000,\"nbf\":1800000061}", "it is not valid yet");
	refused(HEAD "\"exp\":1900000000,\"nbf\":\"soon\"}", "it is not valid yet");
}

static void
clocks_may_differ_by_a_minute(void **state)
{
	struct jwt_verifier *v = verifier(SECRET);
	cleanup_free char *text = token(
	    "{\"iss\":\"https://id.example\",\"aud\":[\"x\",\"rt\"],\"sub\":\"a\",\"exp\":1799999941,"
	    "\"nbf\":1800000060,\"scope\":\"admin\"}",
	    JWT_ALG_HS256, SECRET);
	struct jwt_claims out = {.scopes = 0};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(verify(v, text, &out, &err), 0);
	assert_int_equal(out.scopes, SCOPES_ALL);
	jwt_verifier_free(v);
}

static void
keys_that_are_too_weak_or_not_public_are_refused(void **state)
{
	const struct {
		const char *text, *why;
	} cases[] = {
	    {"short", "a secret of at least 32 bytes, not 5"},
	    {rsa.private_pem, "a private key does not belong here"},
	    {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "expected a PEM"},
	};
	struct pair weak;
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_null(jwt_verifier_new(write_key(cases[i].text), "i", "a", &err));
		assert_int_equal(err.code, ERR_CONFIG);
		if (!strstr(err.message, cases[i].why))
			fail_msg("%s", err.message);
	}
	make_pair(EVP_RSA_gen(1024), &weak);
	assert_null(jwt_verifier_new(write_key(weak.public_pem), "i", "a", &err));
	make_pair(EVP_EC_gen("P-384"), &weak);
	assert_null(jwt_verifier_new(write_key(weak.public_pem), "i", "a", &err));
	assert_null(jwt_verifier_new("/nowhere", "i", "a", &err));
}

static int
set_up(void **state)
{
	(void)state;
	make_pair(EVP_RSA_gen(2048), &rsa);
	make_pair(EVP_RSA_gen(2048), &other_rsa);
	make_pair(EVP_EC_gen("P-256"), &ec);
	return mkdtemp(dir) ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(write_key(""));
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_kind_of_key_checks_its_own_algorithm),
	    cmocka_unit_test(the_algorithm_is_not_the_tokens_to_choose),
	    cmocka_unit_test(a_changed_token_is_refused),
	    cmocka_unit_test(claims_are_checked),
	    cmocka_unit_test(clocks_may_differ_by_a_minute),
	    cmocka_unit_test(keys_that_are_too_weak_or_not_public_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
