/*
 * JSON Web Tokens (RFC 7519) as JWS in the compact form (RFC 7515), with the algorithms
 * of RFC 7518 section 3 and RFC 8037.
 */
#ifndef VERIFY_JWT_H
#define VERIFY_JWT_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "verify/jwk.h"

struct jwt_claim {
	const char *name;
	const char *value;
};

/* What a token has to say; all borrowed. */
struct jwt_rules {
	const char *issuer;   /* NULL: any */
	const char *audience; /* NULL: a token that names one is not for us */
	const struct jwt_claim *claims;
	size_t n_claims;
};

/*
 * Returns 0; -EINVAL: not a token as it must be (also without an end of validity);
 * -EBADMSG: of no key of the set; -ETIME: not valid now; -EPERM: the claims are not those
 * that the rules want; -ENOMEM. Claims are looked at after the signature only.
 */
int jwt_verify(const struct jwk_set *set, const struct jwt_rules *rules,
	       struct slice token, int64_t now_us) MUST_CHECK;
/*
 * Appends a token that the rules take, by the first key. Returns 0, -EPERM when the key
 * only verifies, -ENOMEM, -EIO.
 */
int jwt_make(const struct jwk_set *set, const struct jwt_rules *rules, int64_t now_us,
	     struct buf *out) MUST_CHECK;

#endif
