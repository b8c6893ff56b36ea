/*
 * Chats that sign nothing and show a secret as it is: in a header or, without that
 * header, in a field of the body. For this folder's files.
 */
#ifndef PROVIDER_BODY_TOKEN_H
#define PROVIDER_BODY_TOKEN_H

#include "provider/provider.h"
#include "provider/whole.h"

struct body_token {
	const char *header;
	const char *scheme;  /* before the token, with its blank; "" for none */
	const char *field;   /* of a form */
	const char *members; /* of a JSON body, paths as fields_find takes them */
};

/* For a kind's prepare; scheme is static. */
int body_token_prepare(struct provider_source *src, const struct conf_source *conf,
		       const struct body_token *scheme) MUST_CHECK;
/* Members of a provider's row; begin, feed and abort are those of whole.h. */
void body_token_release(void *data);
/* A body over LIMIT_SHOWN_BYTES is not looked into: it counts as one without a
 * token. */
enum provider_verdict body_token_end(void *state, const struct provider_request *rq);
/* Shows the first secret in the header. */
int body_token_sign(const struct provider_source *src, const char *type, const char *id,
		    struct slice body, int64_t now_us, struct buf *out) MUST_CHECK;

#endif
