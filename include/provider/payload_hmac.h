/*
 * Gitea and what it came from or became (Gogs, Forgejo): the HMAC is over the JSON
 * payload, also where that travels in the field `payload` of a form or, with GET, of the
 * query. https://github.com/go-gitea/gitea/blob/main/services/webhook/deliver.go
 * Members of a provider's row; prepare is that of plain_hmac.h. For this folder's files.
 */
#ifndef PROVIDER_PAYLOAD_HMAC_H
#define PROVIDER_PAYLOAD_HMAC_H

#include "provider/fields.h"
#include "provider/plain_hmac.h"

#define PAYLOAD_HMAC_METHODS "POST, GET"
#define PAYLOAD_HMAC_ALGORITHM                                                         \
	"HMAC-SHA256 over the JSON payload, hex; of a form or a query over its field " \
	"payload, decoded"
#define PAYLOAD_HMAC_FIELDS "git: push, create, delete, pull_request, release"

void *payload_hmac_begin(const struct provider_source *src,
			 const struct provider_request *rq,
			 enum provider_verdict *ret_early);
void payload_hmac_feed(void *state, const void *data, size_t len);
enum provider_verdict payload_hmac_end(void *state, const struct provider_request *rq);
void payload_hmac_abort(void *state);
enum provider_action payload_hmac_read(const struct provider_source *src,
				       const struct provider_request *rq,
				       struct delivery *d,
				       struct provider_answer *answer);
void payload_hmac_normalise(const struct delivery *d, struct json_value payload,
			    struct provider_fields *out);
/* A body that is a form is signed as one. */
int payload_hmac_sign(const struct provider_source *src, const char *type, const char *id,
		      struct slice body, int64_t now_us, struct buf *out) MUST_CHECK;

#endif
