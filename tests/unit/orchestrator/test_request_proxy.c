// SPDX-License-Identifier: Apache-2.0
// `proxy_config`: what a proxy's address and login may look like, and what they become.
#include "orchestrator/request/request.h"
#include "orchestrator/request/request_network.h"
#include "orchestrator/request/request_proxy.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int
read_config(const char *config, struct request **out, struct err *err)
{
	cleanup_free char *text =
	    xasprintf("{\"url\": \"http://a.example/\", \"proxy_config\": %s}", config);
	cJSON *v = NULL;

	assert_int_equal(json_parse_api(sv_from(text), &request_json_limits, &v, err), 0);
	return request_from_json(v, out, err);
}

static void
addresses_are_read_as_curl_reads_them(void **state UNUSED)
{
	static const struct {
		const char *config;
		enum egress_way kind;
		const char *host;
		uint16_t port;
		const char *user, *password, *shown;
	} rows[] = {
	    {"{\"server\": \"http://p.example:3128\"}", EGRESS_BY_HTTP, "p.example", 3128, NULL,
		NULL, "http://p.example:3128"},
	    {"{\"server\": \"p.example:3128\"}", EGRESS_BY_HTTP, "p.example", 3128, NULL, NULL,
		"http://p.example:3128"},
	    {"{\"server\": \"P.example/\"}", EGRESS_BY_HTTP, "p.example", 1080, NULL, NULL,
		"http://p.example:1080"},
	    {"{\"server\": \"SOCKS5://192.0.2.1\"}", EGRESS_BY_SOCKS5, "192.0.2.1", 1080, NULL,
		NULL, "socks5://192.0.2.1:1080"},
	    {"{\"server\": \"socks5h://[2001:DB8::1]:9\"}", EGRESS_BY_SOCKS5, "2001:db8::1", 9,
		NULL, NULL, "socks5://[2001:db8::1]:9"},
	    {"{\"server\": \"http://me:p%40ss%3a@p.example:1\"}", EGRESS_BY_HTTP, "p.example", 1,
		"me", "p@ss:", "http://p.example:1"},
	    {"{\"server\": \"me:@p.example:1\"}", EGRESS_BY_HTTP, "p.example", 1, "me", "",
		"http://p.example:1"},
	    {"{\"server\": \"me@p.example:1\"}", EGRESS_BY_HTTP, "p.example", 1, "me", NULL,
		"http://p.example:1"},
	    {"{\"server\": \"socks5://p.example\", \"username\": \"a:b\", \"password\": \"c\"}",
		EGRESS_BY_SOCKS5, "p.example", 1080, "a:b", "c", "socks5://p.example:1080"},
	    {"{\"server\": \"http://b\xc3\xbc"
	     "cher.example:65535\"}",
		EGRESS_BY_HTTP, "xn--bcher-kva.example", 65535, NULL, NULL,
		"http://xn--bcher-kva.example:65535"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = ERR_INIT;
		struct request *r = NULL;
		struct egress_policy p;

		assert_int_equal(read_config(rows[i].config, &r, &err), 0);
		p = request_policy(NULL, r->proxy, false);
		assert_int_equal(p.upstream.kind, rows[i].kind);
		assert_string_equal(p.upstream.host, rows[i].host);
		assert_int_equal(p.upstream.port, rows[i].port);
		assert_string_equal(
		    p.upstream.user ? p.upstream.user : "-", rows[i].user ? rows[i].user : "-");
		assert_string_equal(p.upstream.password ? p.upstream.password : "-",
		    rows[i].password ? rows[i].password : "-");
		assert_string_equal(r->proxy->shown, rows[i].shown);
		request_free(r);
	}
}

static void
bad_ones_are_refused_where_they_are_bad(void **state UNUSED)
{
	static const struct {
		const char *config, *path, *says;
	} rows[] = {
	    {"{\"server\": \"https://a\"}", "proxy_config.server", "TLS are not built"},
	    {"{\"server\": \"socks4a://a\"}", "proxy_config.server", "\"socks4a://\""},
	    {"{\"server\": \"http://hidden:hidden@\"}", "proxy_config.server", "no host"},
	    {"{\"server\": \"http://a:0\"}", "proxy_config.server", "port"},
	    {"{\"server\": \"http://a:99999999999999999999\"}", "proxy_config.server", "port"},
	    {"{\"server\": \"http://a:1/hidden\"}", "proxy_config.server", "behind"},
	    {"{\"server\": \"http://a:1#hidden\"}", "proxy_config.server", "behind"},
	    {"{\"server\": \"http://:hidden@a:1\"}", "proxy_config.server", "username"},
	    {"{\"server\": \"http://hidden:%0@a:1\"}", "proxy_config.server", "%25"},
	    {"{\"server\": \"http://hidden:%00@a:1\"}", "proxy_config.server", "no text"},
	    {"{\"server\": \"http://hidden:%c3@a:1\"}", "proxy_config.server", "no text"},
	    {"{\"server\": \"http://a:hidden%0d@a:1\"}", "proxy_config.password", "control"},
	    {"{\"server\": \"http://hidden@a:1\", \"username\": \"b\"}", "proxy_config.username",
		"already"},
	    {"{\"server\": \"http://hidden@a:1\", \"password\": \"b\"}", "proxy_config.password",
		"already"},
	    {"{\"server\": \"http://hid%3aden:hidden@a:1\"}", "proxy_config.username", "colon"},
	    {"{\"server\": \"a:1\", \"password\": \"hidden\"}", "proxy_config.password",
		"username"},
	    {"{\"server\": \"a:1\", \"bypass\": [\"b\", \"a b\"]}", "proxy_config.bypass[1]",
		"pattern"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = ERR_INIT;
		struct request *r = NULL;

		assert_int_equal(read_config(rows[i].config, &r, &err), ERR_INVALID_REQUEST);
		assert_string_equal(err.path, rows[i].path);
		assert_non_null(strstr(err.message, rows[i].says));
		assert_null(strstr(err.message, "hidden"));
	}
}

static void
check_length(const char *scheme, size_t n, int want)
{
	struct err err = ERR_INIT;
	struct request *r = NULL;
	cleanup_buf config = BUF_INIT;

	buf_fmt(&config, "{\"server\": \"%s://a:1\", \"username\": \"", scheme);
	while (n-- > 0)
		buf_ch(&config, 'x');
	buf_str(&config, "\"}");
	assert_int_equal(read_config(config.p, &r, &err), want);
	request_free(r);
}

static void
socks_has_room_for_255_bytes(void **state UNUSED)
{
	check_length("socks5", 255, 0);
	check_length("socks5", 256, ERR_INVALID_REQUEST);
	check_length("http", 1024, 0);
	check_length("http", 1025, ERR_INVALID_REQUEST);
}

static void
bypass_has_a_limit(void **state UNUSED)
{
	struct err err = ERR_INIT;
	struct request *r = NULL;
	cleanup_buf config = BUF_INIT;

	buf_str(&config, "{\"server\": \"a:1\", \"bypass\": [");
	for (int i = 0; i < 200; i++)
		buf_fmt(&config, "%s\"%s%d.example\"", i ? "," : "",
		    "a123456789012345678901234567890123456789", i);
	buf_str(&config, "]}");
	assert_int_equal(read_config(config.p, &r, &err), ERR_INVALID_REQUEST);
	assert_non_null(strstr(err.message, "8192"));
	assert_non_null(strstr(err.path, "proxy_config.bypass["));
}

static void
the_host_of_the_page_is_judged_as_what_goes_by_a_proxy(void **state UNUSED)
{
	static const struct {
		const char *text;
		int want;
	} rows[] = {
	    {"{\"url\": \"http://a.example/\", \"network\": {\"allow_hosts\": [\"10.0.0.0/8\"]}}",
		0},
	    {"{\"url\": \"http://a.example/\", \"network\": {\"allow_hosts\": [\"10.0.0.0/8\"]}, "
	     "\"proxy_config\": {\"server\": \"p\"}}",
		ERR_HOST_FORBIDDEN},
	    {"{\"url\": \"http://a.example/\", \"network\": {\"allow_hosts\": [\"10.0.0.0/8\"]}, "
	     "\"proxy_config\": {\"server\": \"p\", \"bypass\": [\"a.example\"]}}",
		0},
	    // The proxy itself need not be among the hosts.
	    {"{\"url\": \"http://a.example/\", \"network\": {\"allow_hosts\": [\"a.example\"]}, "
	     "\"proxy_config\": {\"server\": \"p\"}}",
		0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = ERR_INIT;
		struct request *r = NULL;
		cJSON *v = NULL;

		assert_int_equal(
		    json_parse_api(sv_from(rows[i].text), &request_json_limits, &v, &err), 0);
		assert_int_equal(request_from_json(v, &r, &err), rows[i].want);
		request_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_are_read_as_curl_reads_them),
	    cmocka_unit_test(bad_ones_are_refused_where_they_are_bad),
	    cmocka_unit_test(socks_has_room_for_255_bytes),
	    cmocka_unit_test(bypass_has_a_limit),
	    cmocka_unit_test(the_host_of_the_page_is_judged_as_what_goes_by_a_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
