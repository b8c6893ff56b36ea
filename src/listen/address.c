#include "listen/address.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/mem.h"

struct address_entry {
	struct address_entry *next; /* in the bucket, owned */
	uint64_t key[2];
	uint32_t count;
};

struct address_table {
	struct address_entry **buckets; /* a power of two of them */
	size_t mask;
	size_t used;
	uint64_t seed[2];
};

#define FIRST_BUCKETS 64

struct address_table *
address_table_new(void)
{
	struct address_table *t = x_new(struct address_table);
	if (!t)
		return NULL;
	t->mask = FIRST_BUCKETS - 1;
	t->buckets = x_new_array(struct address_entry *, FIRST_BUCKETS);
	if (!t->buckets ||
	    getrandom(t->seed, sizeof(t->seed), 0) != (ssize_t)sizeof(t->seed)) {
		address_table_free(t);
		return NULL;
	}
	return t;
}

void
address_table_free(struct address_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; t->buckets && i <= t->mask; i++) {
		struct address_entry *e = t->buckets[i];
		while (e) {
			struct address_entry *next = e->next;
			mem_free(e);
			e = next;
		}
	}
	mem_free(t->buckets);
	mem_free(t);
}

/* The bytes that count, with the family in front so that ::1 is not 0.0.0.1. */
static void
key_of(const struct sockaddr *sa, uint64_t key[2])
{
	key[0] = key[1] = 0;
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;
		key[1] = in->sin_addr.s_addr;
		return;
	}
	if (sa->sa_family != AF_INET6)
		return;
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const uint8_t *bytes = in6->sin6_addr.s6_addr;
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		memcpy(&key[1], bytes + 12, 4);
		return;
	}
	memcpy(&key[0], bytes, 8);
	key[1] = AF_INET6;
}

/* The finaliser of MurmurHash3, over both halves with the seed. */
static size_t
bucket_of(const struct address_table *t, const uint64_t key[2])
{
	uint64_t h = t->seed[0];
	for (int i = 0; i < 2; i++) {
		h ^= key[i] + t->seed[1];
		h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdULL;
		h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53ULL;
		h ^= h >> 33;
	}
	return (size_t)h & t->mask;
}

/* Twice the buckets; without the memory for them the chains just grow longer. */
static void
grow(struct address_table *t)
{
	size_t old = t->mask + 1;
	struct address_entry **before = t->buckets;
	struct address_entry **buckets = x_new_array(struct address_entry *, old * 2);
	if (!buckets)
		return;
	t->buckets = buckets;
	t->mask = old * 2 - 1;
	for (size_t i = 0; i < old; i++) {
		struct address_entry *e = before[i];
		while (e) {
			struct address_entry *next = e->next;
			struct address_entry **to = &t->buckets[bucket_of(t, e->key)];
			e->next = *to;
			*to = e;
			e = next;
		}
	}
	mem_free(before);
}

struct address_entry *
address_take(struct address_table *t, const struct sockaddr *sa, uint32_t max)
{
	uint64_t key[2];
	key_of(sa, key);
	struct address_entry *e = t->buckets[bucket_of(t, key)];
	while (e && (e->key[0] != key[0] || e->key[1] != key[1]))
		e = e->next;
	if (e) {
		if (e->count >= max)
			return NULL;
		e->count++;
		return e;
	}
	e = max > 0 ? x_new(struct address_entry) : NULL;
	if (!e)
		return NULL;
	if (t->used > t->mask)
		grow(t);
	struct address_entry **to = &t->buckets[bucket_of(t, key)];
	*e = (struct address_entry){*to, {key[0], key[1]}, 1};
	*to = e;
	t->used++;
	return e;
}

void
address_release(struct address_table *t, struct address_entry *e)
{
	if (!e || --e->count > 0)
		return;
	struct address_entry **at = &t->buckets[bucket_of(t, e->key)];
	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	mem_free(e);
	t->used--;
}

size_t
address_count(const struct address_table *t)
{
	return t->used;
}
