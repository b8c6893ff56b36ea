#include "base/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"

static unsigned
family_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

/* Clears the bits behind the prefix; returns whether any was set. */
static bool
mask(struct net *n)
{
	bool any = false;
	for (unsigned bit = n->bits; bit < family_bits(n->family); bit++) {
		uint8_t one = (uint8_t)(0x80U >> (bit % 8));
		any = any || (n->address[bit / 8] & one) != 0;
		n->address[bit / 8] = (uint8_t)(n->address[bit / 8] & ~one);
	}
	return any;
}

static int
parse_address(const char *text, struct net *n)
{
	static const uint8_t v4_mapped[12] = {[10] = 0xff, [11] = 0xff};
	*n = (struct net){0};
	n->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(n->family, text, n->address) != 1)
		return -EINVAL;
	if (n->family == AF_INET6 && memcmp(n->address, v4_mapped, 12) == 0) {
		memmove(n->address, n->address + 12, 4);
		memset(n->address + 4, 0, 12);
		n->family = AF_INET;
	}
	n->bits = family_bits(n->family);
	return 0;
}

int
net_parse(const char *text, struct net *ret_net)
{
	char address[INET6_ADDRSTRLEN + 1];
	size_t len = text ? strcspn(text, "/") : 0;
	if (len == 0 || len >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, len);
	address[len] = '\0';
	struct net n;
	if (parse_address(address, &n) < 0)
		return -EINVAL;
	bool is_mapped = n.family == AF_INET && strchr(address, ':');
	if (text[len] == '/') {
		uint32_t bits = 0;
		unsigned extra = is_mapped ? 96 : 0;
		if (parse_u32(text + len + 1, extra, family_bits(n.family) + extra,
			      &bits) < 0)
			return -EINVAL;
		n.bits = bits - extra;
	}
	bool has_host_bits = mask(&n);
	*ret_net = n;
	return has_host_bits ? -ERANGE : 0;
}

bool
net_contains(const struct net *net, const char *address)
{
	struct net n;
	if (!address || parse_address(address, &n) < 0 || n.family != net->family)
		return false;
	n.bits = net->bits;
	(void)mask(&n);
	return memcmp(n.address, net->address, sizeof(n.address)) == 0;
}
