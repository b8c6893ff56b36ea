/*
 * Standard Webhooks and Svix, which it came from: "id.timestamp.body" is signed, with
 * HMAC-SHA256 (v1) or Ed25519 (v1a); the signature header is a list "v1,BASE64
 * v1a,BASE64", of which one has to be right.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec
 * Members of a provider's row. For this folder's files.
 */
#ifndef PROVIDER_ID_SIGNATURE_H
#define PROVIDER_ID_SIGNATURE_H

#include "provider/provider.h"

#define ID_SIGNATURE_ALGORITHM                                                           \
	"HMAC-SHA256 (v1) or Ed25519 (v1a) over \"id.timestamp.body\", base64, one or "  \
	"several in a list, within 5 minutes. The secret is `whsec_...` or its base64 "  \
	"alone for v1, the public key `whpk_...` for v1a (the private `whsk_...` does, " \
	"too, and can sign)"

/* The names of the headers. */
struct id_headers {
	const char *id;
	const char *time;
	const char *signature;
};

/* For a kind's prepare; sets is static, ends with id NULL: the first whose id is there
 * counts, and signing takes the first. */
int id_signature_prepare(struct provider_source *src, const struct conf_source *conf,
			 const struct id_headers *sets,
			 struct diag_list *diags) MUST_CHECK;
void id_signature_release(void *data);
void *id_signature_begin(const struct provider_source *src,
			 const struct provider_request *rq,
			 enum provider_verdict *ret_early);
void id_signature_feed(void *state, const void *data, size_t len);
enum provider_verdict id_signature_end(void *state, const struct provider_request *rq);
void id_signature_abort(void *state);
/* The type is what the payload tells, if anything. */
enum provider_action id_signature_read(const struct provider_source *src,
				       const struct provider_request *rq,
				       struct delivery *d,
				       struct provider_answer *answer);
int id_signature_sign(const struct provider_source *src, const char *type, const char *id,
		      struct slice body, int64_t now_us, struct buf *out) MUST_CHECK;

#endif
