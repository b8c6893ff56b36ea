/*
 * Digests of a whole text: keys of deliveries without an id, comparing tokens,
 * Content-Digest.
 */
#ifndef VERIFY_DIGEST_H
#define VERIFY_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

#define DIGEST_BYTES	 32 /* SHA-256 */
#define DIGEST_MAX_BYTES 64 /* SHA-512 */

/* Return 0 or -EIO when the library failed. */
int digest_sha256(const void *data, size_t len,
		  uint8_t ret_digest[DIGEST_BYTES]) MUST_CHECK;
int digest_sha512(const void *data, size_t len,
		  uint8_t ret_digest[DIGEST_MAX_BYTES]) MUST_CHECK;

#endif
