/*
 * Tokens that a sender repeats as they are. Digests are compared, so that neither the
 * length nor the place of the first wrong letter of a secret shows in the time taken.
 */
#ifndef VERIFY_TOKEN_H
#define VERIFY_TOKEN_H

#include <stddef.h>

#include "base/attr.h"
#include "base/secret.h"

struct token_set; /* immutable */

/* Keeps digests of the n secrets (1 to LIMIT_SECRETS, none empty). NULL: as
 * hmac_key_new. */
struct token_set *token_set_new(const struct secret *secrets, size_t n) MUST_CHECK;
void token_set_free(struct token_set *set);
/* Returns 0 when given is one of them, -EBADMSG when not, -EIO when the library failed.
 */
int token_set_compare(const struct token_set *set, const void *given,
		      size_t len) MUST_CHECK;

#endif
