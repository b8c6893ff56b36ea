/* Networks in CIDR notation, IPv4 and IPv6: "10.0.0.0/8", "2001:db8::/32", "::1". */
#ifndef BASE_NET_H
#define BASE_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct net {
	int family; /* AF_INET or AF_INET6 */
	unsigned bits;
	uint8_t address[16]; /* in network order; behind bits all zero */
};

/*
 * A plain address is a network of one. Returns 0; -EINVAL when it is none; -ERANGE when
 * bits behind the prefix are set (10.0.0.1/8), with ret_net filled all the same.
 */
int net_parse(const char *text, struct net *ret_net) MUST_CHECK;
/* Whether the address (text) lies in net. IPv4 inside IPv6 (::ffff:a.b.c.d) is IPv4. */
bool net_contains(const struct net *net, const char *address);

#endif
