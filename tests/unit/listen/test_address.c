#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "listen/address.h"
#include "listen/bind.h"

static struct sockaddr_storage
address(const char *text)
{
	struct sockaddr_storage ss = {0};
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1)
		ss.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1)
		ss.ss_family = AF_INET6;
	return ss;
}

static struct address_entry *
take(struct address_table *t, const char *text, uint32_t max)
{
	struct sockaddr_storage ss = address(text);
	return address_take(t, (const struct sockaddr *)&ss, max);
}

static void
counts_each_address_up_to_its_share(void **state)
{
	struct address_table *t = address_table_new();
	(void)state;
	struct address_entry *a = take(t, "192.0.2.1", 2);
	assert_non_null(a);
	assert_ptr_equal(take(t, "192.0.2.1", 2), a);
	assert_null(take(t, "192.0.2.1", 2));
	assert_non_null(take(t, "192.0.2.2", 2));
	address_release(t, a);
	assert_non_null(take(t, "192.0.2.1", 2));
	address_table_free(t);
}

static void
forgets_an_address_without_connections(void **state)
{
	struct address_table *t = address_table_new();
	(void)state;
	struct address_entry *a = take(t, "2001:db8::1", 5);
	assert_int_equal(address_count(t), 1);
	address_release(t, a);
	assert_int_equal(address_count(t), 0);
	address_release(t, NULL);
	address_table_free(t);
}

static void
a_prefix_of_ipv6_is_one_address(void **state)
{
	struct address_table *t = address_table_new();
	(void)state;
	struct address_entry *a = take(t, "2001:db8:1:2::1", 9);
	assert_ptr_equal(take(t, "2001:db8:1:2:ffff::9", 9), a);
	assert_ptr_not_equal(take(t, "2001:db8:1:3::1", 9), a);
	address_table_free(t);
}

static void
ipv4_is_the_same_mapped_into_ipv6(void **state)
{
	struct address_table *t = address_table_new();
	(void)state;
	struct address_entry *a = take(t, "192.0.2.1", 9);
	assert_ptr_equal(take(t, "::ffff:192.0.2.1", 9), a);
	assert_ptr_not_equal(take(t, "::1", 9), take(t, "0.0.0.1", 9));
	address_table_free(t);
}

static void
holds_more_addresses_than_it_began_with(void **state)
{
	enum { MANY = 5000 };
	static struct address_entry *entries[MANY];
	struct address_table *t = address_table_new();
	struct sockaddr_in in = {.sin_family = AF_INET};
	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		in.sin_addr.s_addr = htonl(0x0a000000 + i);
		entries[i] = address_take(t, (const struct sockaddr *)&in, 1);
		assert_non_null(entries[i]);
	}
	assert_int_equal(address_count(t), MANY);
	in.sin_addr.s_addr = htonl(0x0a000000 + 77);
	assert_null(address_take(t, (const struct sockaddr *)&in, 1));
	for (uint32_t i = 0; i < MANY; i++)
		address_release(t, entries[i]);
	assert_int_equal(address_count(t), 0);
	address_table_free(t);
}

static void
names_peers(void **state)
{
	static const char *const names[][2] = {{"192.0.2.1", "192.0.2.1"},
					       {"2001:db8::1", "2001:db8::1"},
					       {"::ffff:192.0.2.1", "192.0.2.1"}};
	char text[INET6_ADDRSTRLEN];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct sockaddr_storage ss = address(names[i][0]);
		bind_peer_name((const struct sockaddr *)&ss, text, sizeof(text));
		assert_string_equal(text, names[i][1]);
	}
	bind_peer_name(&(struct sockaddr){.sa_family = AF_UNIX}, text, sizeof(text));
	assert_string_equal(text, "unix");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_each_address_up_to_its_share),
		cmocka_unit_test(forgets_an_address_without_connections),
		cmocka_unit_test(a_prefix_of_ipv6_is_one_address),
		cmocka_unit_test(ipv4_is_the_same_mapped_into_ipv6),
		cmocka_unit_test(holds_more_addresses_than_it_began_with),
		cmocka_unit_test(names_peers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
