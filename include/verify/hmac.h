/*
 * HMAC (RFC 2104) over a body that arrives in pieces, with several secrets at once: while
 * a secret is rotated any of them is right. A key holds what can be prepared once a
 * source; a computation is a copy of it, so that a request neither looks up an algorithm
 * nor hashes the secret again.
 */
#ifndef VERIFY_HMAC_H
#define VERIFY_HMAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/secret.h"

enum hmac_algorithm { HMAC_SHA1, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512 };

#define HMAC_MAX_BYTES 64 /* of the longest MAC */

struct hmac_key; /* immutable, shared by all computations */
struct hmac;	 /* one running computation */

/* "sha1", "sha256", "sha512". Returns 0 or -ENOENT. */
int hmac_algorithm_from(const char *name, enum hmac_algorithm *ret_algorithm) MUST_CHECK;
/* Bytes of a MAC. */
size_t hmac_length(enum hmac_algorithm algorithm);

/*
 * Copies what it needs of the n secrets (1 to LIMIT_SECRETS, none empty). NULL when that
 * is not so, memory is short or the library refuses the algorithm.
 */
struct hmac_key *hmac_key_new(enum hmac_algorithm algorithm, const struct secret *secrets,
			      size_t n) MUST_CHECK;
void hmac_key_free(struct hmac_key *key);

/* key must outlive the computation. NULL when memory is short. */
struct hmac *hmac_new(const struct hmac_key *key) MUST_CHECK;
void hmac_free(struct hmac *h);
void hmac_update(struct hmac *h, const void *data, size_t len);
/*
 * Ends the computation. Returns 0 when mac is that of one of the secrets; -EBADMSG when
 * it is of none (also when its length is wrong), -EIO when the library failed. Which
 * secret it was and where the bytes differ does not show in the time taken.
 */
int hmac_compare(struct hmac *h, const void *mac, size_t len) MUST_CHECK;
/* Likewise for any of n MACs of len bytes each, one behind the other. */
int hmac_compare_any(struct hmac *h, const void *macs, size_t n, size_t len) MUST_CHECK;
/* Ends the computation with the MAC of the first secret. Returns its length or -EIO. */
int hmac_final(struct hmac *h, uint8_t ret_mac[HMAC_MAX_BYTES]) MUST_CHECK;

#endif
