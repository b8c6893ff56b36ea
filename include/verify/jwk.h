/*
 * JSON Web Keys (RFC 7517, 7518 section 6, 8037 section 2): the keys of a JWKS, of a
 * single JWK, or of a PEM text.
 */
#ifndef VERIFY_JWK_H
#define VERIFY_JWK_H

#include "base/attr.h"
#include "base/str.h"
#include "verify/key.h"

struct jwk {
	struct key *key; /* owned */
	char *kid;	 /* owned; NULL: none */
	char *alg;	 /* owned; NULL: all that the key takes */
};

struct jwk_set {
	struct jwk *keys; /* owned */
	size_t n;
	size_t cap;
};

void jwk_set_done(struct jwk_set *set);
/*
 * Adds the keys of a text. Keys of a kind that is not known, and those for encryption,
 * are left out (RFC 7517 section 5). Returns 0, -ENOMEM, or -EINVAL with what is wrong in
 * *ret_problem (static): also when a known key is malformed, weak, or none is left.
 */
int jwk_set_add(struct jwk_set *set, struct slice text,
		const char **ret_problem) MUST_CHECK;

#endif
