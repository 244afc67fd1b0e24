// SPDX-License-Identifier: Apache-2.0
#include "base/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const char *const private_addresses[] = {
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.0.0",
    "169.254.169.254",
    "169.254.255.255",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.0",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.255",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:8.8.8.8",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.1.2.3",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001::1",
    "2001:1::1",
    "2001:1ff::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:0a00:0001::1",
    "3fff::1",
    "3fff:0fff:ffff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fdff::1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "4000::1",
    "1::1",
    "e000::1",
    // Teredo: server 8.8.8.8 and client 127.0.0.1 (inverted); server 10.0.0.1 and client 8.8.8.8
    "2001:0:808:808:0:0:80ff:fffe",
    "2001:0:a00:1:0:0:f7f7:f7f7",
};

static const char *const public_addresses[] = {
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "192.0.3.1",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "168.63.129.15",
    "2000::1",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "2a00::1",
    "3ffe:ffff::1",
    "3fff:1000::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
    "2001:0:808:808:0:0:f7f7:f7f7",
};

static void
addresses_are_judged_by_the_registries(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(private_addresses); i++)
		if (addr_text_is_public(sv_from(private_addresses[i])))
			fail_msg("%s passes for public", private_addresses[i]);
	for (size_t i = 0; i < ARRAY_LEN(public_addresses); i++)
		if (!addr_text_is_public(sv_from(public_addresses[i])))
			fail_msg("%s passes for private", public_addresses[i]);
}

static void
socket_addresses_are_judged_alike(void **state)
{
	struct sockaddr_in a4 = {.sin_family = AF_INET};
	struct sockaddr_in6 a6 = {.sin6_family = AF_INET6};
	struct sockaddr other = {.sa_family = AF_UNIX};

	(void)state;
	inet_pton(AF_INET, "8.8.8.8", &a4.sin_addr);
	assert_true(addr_is_public((struct sockaddr *)&a4));
	inet_pton(AF_INET, "127.9.9.9", &a4.sin_addr);
	assert_false(addr_is_public((struct sockaddr *)&a4));
	inet_pton(AF_INET6, "2606:4700::1111", &a6.sin6_addr);
	assert_true(addr_is_public((struct sockaddr *)&a6));
	inet_pton(AF_INET6, "::ffff:192.168.1.1", &a6.sin6_addr);
	assert_false(addr_is_public((struct sockaddr *)&a6));
	assert_false(addr_is_public(&other));
}

static void
what_is_no_address_is_not_public(void **state)
{
	static const char *const bad[] = {"", "[]", "[", "example.org", "8.8.8", "8.8.8.8.8",
	    "08.8.8.8", "[8.8.8.8", "fe80::1%eth0", "2606:4700::1111x", "::ffff:8.8.8.8.",
	    "1111111111111111111111111111111111111111111111111111111111111111111111"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(addr_text_is_public(sv_from(bad[i])));
	assert_false(addr_text_is_public(SV_NULL));
	assert_true(addr_text_is_public(SV("[2606:4700::1111]")));
}

static void
private_hosts_are_known_in_any_spelling(void **state)
{
	static const char *const hosts[] = {"localhost", "LOCALHOST", "localhost.", "a.localhost",
	    "a.b.LocalHost.", "127.1", "0x7f000001", "0X7F.0.0.1", "2130706433", "0177.0.0.1", "0",
	    "0.0.0.0", "127.0.0.1.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::FFFF:7f00:1]",
	    "[64:ff9b::7f00:1]", "[fe80::1]", "10.1", "192.168.257", "0xa9fea9fe",
	    "169.254.169.254", "%6c%6fcalhost",
	    "loc\xc2\xad"
	    "alhost",
	    "\xe2\x93\x9b\xe2\x93\x9e\xe2\x93\x92\xe2\x93\x90lhost", "[fe80::1%25eth0]",
	    "[nonsense]", "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1",
	    "127\xe3\x80\x82"
	    "1",
	    "1.2.3.4.5", "a b", ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		if (!host_is_private_literal(sv_from(hosts[i])))
			fail_msg("%s is not recognised", hosts[i]);
}

static void
other_hosts_need_dns(void **state)
{
	static const char *const hosts[] = {"example.org", "localhost.example.org", "notlocalhost",
	    "8.8.8.8", "134744072", "[2606:4700::1111]", "m\xc3\xbcnchen.de", "a_b.example",
	    "127.0.0.1.nip.io", "0x.example"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		if (host_is_private_literal(sv_from(hosts[i])))
			fail_msg("%s passes for private", hosts[i]);
}

static bool
is_own(const char *text)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(80)};
	struct sockaddr_in6 a6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &a.sin_addr) == 1)
		return addr_is_own((const struct sockaddr *)&a);
	assert_int_equal(inet_pton(AF_INET6, text, &a6.sin6_addr), 1);
	return addr_is_own((const struct sockaddr *)&a6);
}

static void
the_kernel_knows_its_own_addresses(void **state UNUSED)
{
	const struct sockaddr other = {.sa_family = AF_UNIX};

	assert_true(is_own("127.0.0.1"));
	assert_true(is_own("127.1.2.3")); // of the whole network, without being anybody's source
	assert_false(is_own("8.8.8.8"));
	assert_false(is_own("2606:4700::1111"));
	assert_false(addr_is_own(&other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_are_judged_by_the_registries),
	    cmocka_unit_test(socket_addresses_are_judged_alike),
	    cmocka_unit_test(what_is_no_address_is_not_public),
	    cmocka_unit_test(private_hosts_are_known_in_any_spelling),
	    cmocka_unit_test(other_hosts_need_dns),
	    cmocka_unit_test(the_kernel_knows_its_own_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
