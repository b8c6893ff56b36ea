/*
 * Ed25519 (RFC 8032): who has the public key can verify, only who has the private one
 * can sign. A message is needed as a whole.
 */
#ifndef VERIFY_ED25519_H
#define VERIFY_ED25519_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

#define ED25519_KEY_BYTES	32 /* of a public key, and of the seed of a private one */
#define ED25519_SIGNATURE_BYTES 64

struct ed25519_key; /* immutable */

/* Verifies only. NULL when memory is short or the library refuses the key. */
struct ed25519_key *
ed25519_key_new(const uint8_t public_key[ED25519_KEY_BYTES]) MUST_CHECK;
/* Signs and verifies; the public key follows from the seed. */
struct ed25519_key *
ed25519_key_from_seed(const uint8_t seed[ED25519_KEY_BYTES]) MUST_CHECK;
void ed25519_key_free(struct ed25519_key *key);
/* Returns 0 or -EIO. */
int ed25519_public(const struct ed25519_key *key,
		   uint8_t ret_public[ED25519_KEY_BYTES]) MUST_CHECK;
/* Returns 0 when the signature is right, -EBADMSG when not, -ENOMEM. */
int ed25519_verify(const struct ed25519_key *key, const void *message, size_t len,
		   const uint8_t signature[ED25519_SIGNATURE_BYTES]) MUST_CHECK;
/* Returns 0, -EPERM when the key only verifies, -ENOMEM, -EIO. */
int ed25519_sign(const struct ed25519_key *key, const void *message, size_t len,
		 uint8_t ret_signature[ED25519_SIGNATURE_BYTES]) MUST_CHECK;

#endif
