/* Numbers and addresses as event patterns compare them. */
#ifndef MATCH_VALUES_H
#define MATCH_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/*
 * A JSON number as binary64. False when it is none that binary64 holds, that is when the
 * shortest decimal of the nearest double is another number (1E-325, 2.0e422, integers of
 * 20 digits): such ones are compared as text only.
 */
bool value_number(struct slice text, double *ret_number);

struct address {
	uint8_t size; /* 4 or 16 */
	uint8_t bytes[16];
};

/* IPv4 in four decimal parts, IPv6 without embedded IPv4; ::ffff:0:0/96 becomes IPv4. */
bool value_address(struct slice text, struct address *ret_address);

/* All bits behind the first `bits` cleared in low and set in high. */
struct address_range {
	struct address low;
	struct address high;
};

/* "10.0.0.0/8": bits below 32 (128 for IPv6). Returns NULL or what is wrong. */
const char *value_cidr(struct slice text, struct address_range *ret_range);
bool value_in_range(const struct address_range *range, const struct address *address);

#endif
