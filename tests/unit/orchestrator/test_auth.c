// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/service/auth_priv.h"

#include "base/clock.h"
#include "base/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <jwt.h>
#include <stdio.h>

#define SECRET "0123456789abcdef0123456789abcdef"

static char dir[] = "/tmp/riptide-auth-XXXXXX";
static struct store *store;
static struct settings settings;

static struct settings
load(const char *name, const char *value)
{
	const struct setting_source options[] = {{name, value}};
	struct settings s;
	struct err err = ERR_INIT;

	if (settings_load("/dev/null", options, name ? 1 : 0, &s, &err) != 0)
		fail_msg("%s", err.message);
	return s;
}

static struct auth *
start(const struct settings *s)
{
	struct err err = ERR_INIT;
	struct auth *a = auth_new(store, s, &err);

	if (!a)
		fail_msg("%s", err.message);
	return a;
}

// A request with one field; its error code, 0 when let in.
static int
ask_as(struct auth *a, const char *peer, const char *name, const char *value, uint64_t scopes,
    struct principal *who, struct auth_limits *limits)
{
	struct http_field field = {sv_from(name), sv_from(value)};
	struct http_request r = {.fields = &field, .n_fields = name ? 1 : 0, .peer = peer};
	struct err err = ERR_INIT;
	struct principal p;
	struct auth_limits l;

	return auth_check(a, &r, scopes, who ? who : &p, limits ? limits : &l, &err);
}

static int
ask(struct auth *a, const char *peer, const char *key)
{
	return ask_as(a, peer, "X-API-Key", key, SCOPE_BIT(RENDER), NULL, NULL);
}

static void
create(const char *name, const char *scopes, const char *limits, int64_t expires_ms,
    char secret[AUTH_SECRET_BYTES])
{
	cJSON *l = limits ? cJSON_Parse(limits) : NULL;
	struct store_key k;
	struct err err = ERR_INIT;
	uint64_t bits;

	assert_int_equal(auth_scopes_parse(scopes, &bits, &err), 0);
	if (auth_key_create(store, name, bits, l, expires_ms, &k, secret, &err) != 0)
		fail_msg("%s", err.message);
	store_key_done(&k);
	cJSON_Delete(l);
}

// Asks until the answer is `wanted`; false after 2.5 s (the keys' thread looks once a second).
static bool
comes_to(struct auth *a, const char *key, int wanted)
{
	struct deadline dl = deadline_in_ms(2500);

	while (ask(a, "unix", key) != wanted)
		if (deadline_passed(dl))
			return false;
	return true;
}

static void
without_keys_everybody_here_is_local(void **state)
{
	struct auth *a = start(&settings);
	struct principal who;

	(void)state;
	assert_false(auth_required(a));
	assert_int_equal(ask_as(a, "127.0.0.1", NULL, NULL, SCOPES_ALL, &who, NULL), 0);
	assert_string_equal(who.id, "local");
	assert_int_equal(who.scopes, SCOPES_ALL);
	auth_free(a);
}

static void
a_key_is_taken_from_each_usual_place(void **state)
{
	char secret[AUTH_SECRET_BYTES], text[128];
	cleanup_buf basic = BUF_INIT;
	struct principal who;
	struct auth *a;

	(void)state;
	create("places", "render,session", NULL, 0, secret);
	assert_int_equal(strlen(secret), 35);
	assert_int_equal(strncmp(secret, "rt_", 3), 0);
	a = start(&settings);
	assert_true(auth_required(a));
	assert_int_equal(ask_as(a, "::1", NULL, NULL, 0, &who, NULL), ERR_UNAUTHORIZED);
	assert_int_equal(ask_as(a, "::1", "X-API-Key", secret, 0, &who, NULL), 0);
	assert_string_equal(who.name, "places");
	assert_int_equal(strlen(who.id), 32);
	assert_int_equal(who.scopes, SCOPE_BIT(RENDER) | SCOPE_BIT(SESSION));
	snprintf(text, sizeof(text), "bearer  %s ", secret);
	assert_int_equal(ask_as(a, "::1", "Authorization", text, 0, &who, NULL), 0);
	snprintf(text, sizeof(text), "any:%s", secret);
	buf_str(&basic, "Basic ");
	buf_base64(&basic, text, strlen(text));
	assert_int_equal(ask_as(a, "::1", "authorization", basic.p, 0, &who, NULL), 0);
	snprintf(text, sizeof(text), "riptide.v1, riptide.key.%s", secret);
	assert_int_equal(ask_as(a, "::1", "sec-websocket-protocol", text, 0, &who, NULL), 0);
	assert_int_equal(
	    ask_as(a, "::1", "Authorization", "Digest x", 0, &who, NULL), ERR_UNAUTHORIZED);
	assert_int_equal(
	    ask_as(a, "::1", "Authorization", "Basic !", 0, &who, NULL), ERR_UNAUTHORIZED);
	assert_int_equal(
	    ask_as(a, "::1", "Authorization", "Bearer", 0, &who, NULL), ERR_UNAUTHORIZED);
	auth_free(a);
}

static void
a_missing_scope_is_403_and_admin_has_all(void **state)
{
	char reader[AUTH_SECRET_BYTES], admin[AUTH_SECRET_BYTES];
	struct principal who;
	struct auth *a;

	(void)state;
	create("reader", "artifacts", NULL, 0, reader);
	create("boss", "admin", NULL, 0, admin);
	a = start(&settings);
	assert_int_equal(ask(a, "::1", reader), ERR_FORBIDDEN);
	assert_int_equal(
	    ask_as(a, "::1", "x-api-key", reader, SCOPE_BIT(ARTIFACTS), &who, NULL), 0);
	assert_int_equal(ask_as(a, "::1", "x-api-key", admin, SCOPES_ALL, &who, NULL), 0);
	auth_free(a);
}

static void
keys_made_and_revoked_elsewhere_count_within_two_seconds(void **state)
{
	char secret[AUTH_SECRET_BYTES];
	struct auth *a = start(&settings);
	struct err err = ERR_INIT;

	(void)state;
	create("elsewhere", "render", NULL, 0, secret);
	assert_true(comes_to(a, secret, 0));
	assert_int_equal(store_key_revoke(store, "elsewhere", &err), 0);
	assert_true(comes_to(a, secret, ERR_UNAUTHORIZED));
	auth_free(a);
}

static void
an_expired_key_and_one_that_is_nearly_right_are_wrong(void **state)
{
	char old[AUTH_SECRET_BYTES], good[AUTH_SECRET_BYTES], near[AUTH_SECRET_BYTES];
	struct auth *a;

	(void)state;
	create("old", "render", NULL, clock_wall_ms() - 1, old);
	create("good", "render", NULL, clock_wall_ms() + 60000, good);
	a = start(&settings);
	assert_int_equal(ask(a, "unix", good), 0);
	assert_int_equal(ask(a, "unix", old), ERR_UNAUTHORIZED);
	for (size_t i = 0; i < strlen(good); i++) {
		memcpy(near, good, sizeof(near));
		near[i] = near[i] == 'x' ? 'y' : 'x';
		assert_int_equal(ask(a, "unix", near), ERR_UNAUTHORIZED);
	}
	good[34] = '\0';
	assert_int_equal(ask(a, "unix", good), ERR_UNAUTHORIZED);
	auth_free(a);
}

// H-15
static void
guessing_is_locked_out_with_back_off_but_a_right_key_is_let_in(void **state)
{
	char good[AUTH_SECRET_BYTES];
	struct auth_limits limits;
	struct auth *a;
	int codes[2] = {0, 0};

	(void)state;
	create("neighbour", "render", NULL, 0, good);
	a = start(&settings);
	for (int i = 0; i < 500; i++) {
		char guess[48];
		int rc;

		snprintf(guess, sizeof(guess), "rt_%032d", i);
		rc = ask(a, "192.0.2.1", guess);
		assert_true(rc == ERR_UNAUTHORIZED || rc == ERR_LOCKED_OUT);
		codes[rc == ERR_LOCKED_OUT]++;
	}
	assert_in_range(codes[0], 10, 11); // one more when a second went by
	assert_int_equal(
	    ask_as(a, "192.0.2.1", "x-api-key", "rt_x", 0, NULL, &limits), ERR_LOCKED_OUT);
	assert_in_range(limits.retry_after_ms, 1, 2000);
	assert_int_equal(ask(a, "192.0.2.1", good), 0);
	assert_int_equal(ask(a, "192.0.2.2", "rt_x"), ERR_UNAUTHORIZED);
	// An IPv6 customer has a whole /64.
	for (int i = 0; i < 10; i++) {
		char peer[40];

		snprintf(peer, sizeof(peer), "2001:db8:0:1::%x", i + 1);
		assert_int_equal(ask(a, peer, "rt_x"), ERR_UNAUTHORIZED);
	}
	assert_int_equal(ask(a, "2001:db8:0:1:ffff::1", "rt_x"), ERR_LOCKED_OUT);
	assert_int_equal(ask(a, "2001:db8:0:2::1", "rt_x"), ERR_UNAUTHORIZED);
	assert_int_equal(ask(a, "::ffff:192.0.2.1", "rt_x"), ERR_LOCKED_OUT);
	auth_free(a);
}

static void
a_key_has_its_own_rate_and_concurrency(void **state)
{
	char slow[AUTH_SECRET_BYTES], plain[AUTH_SECRET_BYTES];
	struct auth_limits limits = {0};
	struct principal who = {.id = ""};
	struct settings s = load("key_concurrency", "7");
	struct auth *a;
	int n = 0;

	(void)state;
	create("slow", "render", "{\"rate\":0.01,\"burst\":3,\"concurrency\":2}", 0, slow);
	create("plain", "render", NULL, 0, plain);
	a = start(&s);
	while (ask_as(a, "unix", "x-api-key", slow, 0, &who, &limits) == 0)
		assert_int_equal(limits.remaining, 3 - ++n);
	assert_int_equal(n, 3);
	assert_int_equal(who.max_running, 2);
	assert_int_equal(limits.limit, 3);
	assert_int_equal(limits.remaining, 0);
	assert_in_range(limits.retry_after_ms, 99000, 100000);
	assert_in_range(limits.reset_s, 299, 300);
	assert_int_equal(ask_as(a, "unix", "x-api-key", plain, 0, &who, &limits), 0);
	assert_int_equal(limits.limit, 0);
	assert_int_equal(who.max_running, 7);
	auth_free(a);
	settings_done(&s);
}

static void
addresses_and_all_together_have_rates_that_reload(void **state)
{
	struct settings ip = load("rate_per_ip", "5"), all = load("rate_global", "3");
	struct http_request r = {.peer = "192.0.2.9"};
	struct auth_limits limits;
	struct auth *a = start(&ip);
	struct err err = ERR_INIT;
	int rc = 0;

	(void)state;
	for (int i = 0; i < 6 && rc == 0; i++)
		rc = auth_check_rate(a, &r, &limits, &err);
	assert_int_equal(rc, ERR_RATE_LIMITED);
	assert_int_equal(limits.limit, 5);
	r.peer = "192.0.2.10";
	assert_int_equal(auth_check_rate(a, &r, &limits, &err), 0);
	assert_int_equal(auth_reload(a, &all, &err), 0);
	for (int i = 0; i < 4; i++) {
		char peer[24];

		snprintf(peer, sizeof(peer), "198.51.100.%d", i);
		r.peer = peer;
		rc = auth_check_rate(a, &r, &limits, &err);
	}
	assert_int_equal(rc, ERR_RATE_LIMITED);
	assert_non_null(strstr(err.message, "by all clients"));
	auth_free(a);
	settings_done(&ip);
	settings_done(&all);
}

static char *
token(const char *sub, const char *secret)
{
	cleanup_free char *claims = xasprintf("{\"iss\":\"i\",\"aud\":\"a\",\"sub\":\"%s\","
					      "\"exp\":%lld,\"scope\":\"render\"}",
	    sub, (long long)clock_wall_ms() / 1000 + 60);
	jwt_t *jwt = NULL;
	char *text;

	assert_int_equal(jwt_new(&jwt), 0);
	assert_int_equal(jwt_add_grants_json(jwt, claims), 0);
	assert_int_equal(jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)secret, 32), 0);
	text = jwt_encode_str(jwt);
	jwt_free(jwt);
	return text;
}

static void
a_token_is_a_principal_and_a_seen_one_survives_a_lock_out(void **state)
{
	cleanup_free char *ann = token("ann", SECRET), *bob = token("bob", SECRET);
	cleanup_free char *fake = token("ann", "ffffffffffffffffffffffffffffffff");
	cleanup_free char *path = xasprintf("%s/jwt.key", dir);
	const struct setting_source options[] = {
	    {"jwt_key_file", path}, {"jwt_issuer", "i"}, {"jwt_audience", "a"}};
	FILE *f = fopen(path, "we");
	struct settings s;
	struct principal who = {.id = ""};
	struct err err = ERR_INIT;
	struct auth *a;

	(void)state;
	assert_non_null(f);
	fputs(SECRET "\n", f);
	fclose(f);
	assert_int_equal(settings_load("/dev/null", options, 3, &s, &err), 0);
	a = start(&s);
	assert_int_equal(
	    ask_as(a, "192.0.2.7", "x-api-key", ann, SCOPE_BIT(RENDER), &who, NULL), 0);
	assert_int_equal(strncmp(who.id, "jwt:", 4), 0);
	assert_int_equal(strlen(who.id), 32);
	assert_string_equal(who.name, "ann");
	assert_int_equal(who.scopes, SCOPE_BIT(RENDER));
	for (int i = 0; i < 10; i++)
		assert_int_equal(ask(a, "192.0.2.7", fake), ERR_UNAUTHORIZED);
	assert_int_equal(ask(a, "192.0.2.7", fake), ERR_LOCKED_OUT);
	assert_int_equal(ask(a, "192.0.2.7", ann), 0);
	assert_int_equal(ask(a, "192.0.2.7", bob), ERR_LOCKED_OUT);
	assert_int_equal(ask(a, "192.0.2.8", bob), 0);
	// Without its key no token is right, seen or not; a bad key file changes nothing.
	unlink(path);
	assert_int_equal(auth_reload(a, &s, &err), ERR_CONFIG);
	assert_int_equal(ask(a, "192.0.2.8", ann), 0);
	assert_int_equal(auth_reload(a, &settings, &err), 0);
	assert_int_equal(ask(a, "192.0.2.8", ann), ERR_UNAUTHORIZED);
	auth_free(a);
	settings_done(&s);
}

static void
wrong_names_limits_and_scopes_are_refused(void **state)
{
	static const struct {
		const char *name, *limits;
	} cases[] = {{"", NULL}, {".x", NULL}, {"a b", NULL}, {"a\nb", NULL}, {"a", "{\"rate\":0}"},
	    {"a", "{\"rats\":1}"}, {"a", "{\"rate\":\"1\"}"}, {"a", "{\"burst\":1}"}};
	char secret[AUTH_SECRET_BYTES];
	struct store_key k;
	struct err err = ERR_INIT;
	uint64_t bits;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cJSON *l = cases[i].limits ? cJSON_Parse(cases[i].limits) : NULL;

		assert_int_equal(auth_key_create(store, cases[i].name, 1, l, 0, &k, secret, &err),
		    ERR_INVALID_REQUEST);
		cJSON_Delete(l);
	}
	assert_int_equal(auth_scopes_parse("render,sesion", &bits, &err), ERR_INVALID_REQUEST);
	assert_non_null(strstr(err.message, "did you mean \"session\"?"));
	assert_int_equal(auth_scopes_parse("", &bits, &err), ERR_INVALID_REQUEST);
	assert_int_equal(auth_scopes_parse("render,", &bits, &err), ERR_INVALID_REQUEST);
	assert_int_equal(auth_scopes_parse(" render , admin", &bits, &err), 0);
	assert_int_equal(bits, SCOPE_BIT(RENDER) | SCOPE_BIT(ADMIN));
}

static void
the_store_hears_of_uses_and_never_of_secrets(void **state)
{
	char secret[AUTH_SECRET_BYTES];
	struct store_key *list;
	struct auth *a;
	struct err err = ERR_INIT;
	bool used = false;
	size_t n;

	(void)state;
	create("used", "render", NULL, 0, secret);
	a = start(&settings);
	assert_int_equal(ask(a, "unix", secret), 0);
	auth_free(a);
	assert_int_equal(store_key_list(store, &list, &n, &err), 0);
	for (size_t i = 0; i < n; i++) {
		used = used || (strcmp(list[i].name, "used") == 0 && list[i].last_used_ms > 0);
		assert_null(strstr(list[i].hash, secret + 3));
		store_key_done(&list[i]);
	}
	free(list);
	assert_true(used);
}

static int
set_up(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	metrics_init();
	if (!mkdtemp(dir) || store_open(dir, &store, &err) != 0)
		return -1;
	settings = load(NULL, NULL);
	return 0;
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int
tear_down(void **state)
{
	(void)state;
	store_close(store);
	settings_done(&settings);
	return nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_keys_everybody_here_is_local),
	    cmocka_unit_test(a_key_is_taken_from_each_usual_place),
	    cmocka_unit_test(a_missing_scope_is_403_and_admin_has_all),
	    cmocka_unit_test(keys_made_and_revoked_elsewhere_count_within_two_seconds),
	    cmocka_unit_test(an_expired_key_and_one_that_is_nearly_right_are_wrong),
	    cmocka_unit_test(guessing_is_locked_out_with_back_off_but_a_right_key_is_let_in),
	    cmocka_unit_test(a_key_has_its_own_rate_and_concurrency),
	    cmocka_unit_test(addresses_and_all_together_have_rates_that_reload),
	    cmocka_unit_test(a_token_is_a_principal_and_a_seen_one_survives_a_lock_out),
	    cmocka_unit_test(wrong_names_limits_and_scopes_are_refused),
	    cmocka_unit_test(the_store_hears_of_uses_and_never_of_secrets),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
