#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/net.h"

static bool
contains(const char *net, const char *address)
{
	struct net n;
	assert_int_equal(net_parse(net, &n), 0);
	return net_contains(&n, address);
}

static void
a_plain_address_is_a_network_of_one(void **state)
{
	(void)state;
	assert_true(contains("10.0.0.1", "10.0.0.1"));
	assert_false(contains("10.0.0.1", "10.0.0.2"));
	assert_true(contains("::1", "::1"));
	assert_false(contains("::1", "::2"));
}

static void
a_prefix_decides(void **state)
{
	(void)state;
	assert_true(contains("10.0.0.0/8", "10.255.0.1"));
	assert_false(contains("10.0.0.0/8", "11.0.0.1"));
	assert_true(contains("192.168.4.0/22", "192.168.7.255"));
	assert_false(contains("192.168.4.0/22", "192.168.8.0"));
	assert_true(contains("2001:db8::/32", "2001:db8:1::1"));
	assert_false(contains("2001:db8::/32", "2001:db9::1"));
	assert_true(contains("0.0.0.0/0", "1.2.3.4"));
	assert_false(contains("0.0.0.0/0", "::1"));
}

static void
ipv4_inside_ipv6_is_ipv4(void **state)
{
	(void)state;
	assert_true(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
	assert_true(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
	assert_false(contains("::ffff:10.0.0.0/104", "11.1.2.3"));
}

static void
what_is_no_address_lies_nowhere(void **state)
{
	(void)state;
	assert_false(contains("0.0.0.0/0", "unix"));
	assert_false(contains("0.0.0.0/0", ""));
}

static void
refuses_what_is_no_network(void **state)
{
	static const char *const bad[] = {"",	      "x",	     "10.0.0.0/33",
					  "10.0.0/8", "10.0.0.0/",   "10.0.0.0/-1",
					  "::1/129",  "10.0.0.0/8 ", "::ffff:1.2.3.4/95",
					  "[::1]",    "/8"};
	struct net n;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(net_parse(bad[i], &n), -EINVAL);
	assert_int_equal(net_parse(NULL, &n), -EINVAL);
}

static void
tells_bits_behind_the_prefix(void **state)
{
	struct net n;
	(void)state;
	assert_int_equal(net_parse("10.0.0.1/8", &n), -ERANGE);
	assert_true(net_contains(&n, "10.9.9.9"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_address_is_a_network_of_one),
		cmocka_unit_test(a_prefix_decides),
		cmocka_unit_test(ipv4_inside_ipv6_is_ipv4),
		cmocka_unit_test(what_is_no_address_lies_nowhere),
		cmocka_unit_test(refuses_what_is_no_network),
		cmocka_unit_test(tells_bits_behind_the_prefix),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
