/*
 * Private to listen/. How many connections each address holds: a hash table with a secret
 * seed, so that nobody can choose addresses that collide. An IPv4 address counts alone,
 * an IPv6 address with its /64, which is what one customer has.
 */
#ifndef LISTEN_ADDRESS_H
#define LISTEN_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct sockaddr;
struct address_table;
struct address_entry;

struct address_table *address_table_new(void) MUST_CHECK;
void address_table_free(struct address_table *t);
/*
 * Counts one more connection of that address. NULL over max or when memory is short;
 * otherwise give it back with address_release.
 */
struct address_entry *address_take(struct address_table *t, const struct sockaddr *sa,
				   uint32_t max) MUST_CHECK;
void address_release(struct address_table *t, struct address_entry *e); /* NULL is fine */
size_t address_count(const struct address_table *t); /* addresses that hold any */

#endif
