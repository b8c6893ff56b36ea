/*
 * Kinds whose senders show a JSON Web Token: "Authorization: Bearer TOKEN" (RFC 6750).
 * The headers decide, the body is not looked at. For this folder's files.
 */
#ifndef PROVIDER_BEARER_H
#define PROVIDER_BEARER_H

#include "base/limits.h"
#include "provider/generic.h"
#include "provider/provider.h"
#include "verify/jwt.h"

struct bearer {
	struct jwk_set keys;	/* owned */
	struct jwt_rules rules; /* borrows of the source and of what follows */
	struct jwt_claim claims[LIMIT_CLAIMS];
	char *claims_text; /* owned; cut into claims */
	struct generic_names names;
};

/* Rows of the option table. */
#define BEARER_JWKS_OPTION                                                            \
	{                                                                             \
		"jwks", false, NULL, NULL,                                            \
			"keys cannot be fetched from a URL; give the JWKS itself as " \
			"the secret, \"${file:...}\" for one in a file",              \
			SHAPE_NEVER                                                   \
	}
#define BEARER_CLAIMS_HELP                                                   \
	"claims that the token must hold: \"name=value, name=value\", each " \
	"exactly so or among others in a list"

/*
 * For a kind's prepare: reads the keys and the options issuer, audience and claims, where
 * the kind has them, into src->data. Returns as prepare does.
 */
int bearer_prepare(struct provider_source *src, const struct conf_source *conf,
		   struct diag_list *diags) MUST_CHECK;
/* Members of a provider's row; feed, end and abort are those of shown.h. */
void bearer_release(void *data);
void *bearer_begin(const struct provider_source *src, const struct provider_request *rq,
		   enum provider_verdict *ret_early);
/* With the options of generic.h. */
enum provider_action bearer_read(const struct provider_source *src,
				 const struct provider_request *rq, struct delivery *d,
				 struct provider_answer *answer);
/* A token of the first key, which must be shared or a private one. */
int bearer_sign(const struct provider_source *src, const char *type, const char *id,
		struct slice body, int64_t now_us, struct buf *out) MUST_CHECK;

#endif
