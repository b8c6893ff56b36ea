/* SHA-256 of a whole text: keys of deliveries without an id, comparing tokens. */
#ifndef VERIFY_DIGEST_H
#define VERIFY_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

#define DIGEST_BYTES 32 /* SHA-256 */

/* Returns 0 or -EIO when the library failed. */
int digest_sha256(const void *data, size_t len,
		  uint8_t ret_digest[DIGEST_BYTES]) MUST_CHECK;

#endif
