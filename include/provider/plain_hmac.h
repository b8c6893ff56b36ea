/*
 * Kinds that put the HMAC over the raw body into one header and say type and id in two
 * others or in the payload: their files hold the names, the rows of their providers point
 * here. For this folder's files.
 */
#ifndef PROVIDER_PLAIN_HMAC_H
#define PROVIDER_PLAIN_HMAC_H

#include "provider/provider.h"

struct plain_hmac {
	const char *signature_header;
	const char *prefix;	 /* before the MAC; "" for none */
	const char *type_header; /* NULL: the payload tells it */
	const char *id_header;
	const char *type;      /* what signing says when no type is given */
	const char *type_path; /* in the payload; both or none of the headers */
	const char *id_path;
	bool sha1;    /* SHA-256 otherwise */
	bool base64;  /* hex otherwise */
	bool several; /* a list "PREFIX...,PREFIX...", any of which may be right */
};

/* For a kind's prepare; scheme is static. */
int plain_hmac_prepare(struct provider_source *src, const struct conf_source *conf,
		       const struct plain_hmac *scheme) MUST_CHECK;
/* Members of a provider's row; feed, end and abort are those of signature.h. */
void plain_hmac_release(void *data);
void *plain_hmac_begin(const struct provider_source *src,
		       const struct provider_request *rq,
		       enum provider_verdict *ret_early);
enum provider_action plain_hmac_read(const struct provider_source *src,
				     const struct provider_request *rq,
				     struct delivery *d, struct provider_answer *answer);
int plain_hmac_sign(const struct provider_source *src, const char *type, const char *id,
		    struct slice body, int64_t now_us, struct buf *out) MUST_CHECK;

/* For kinds that have more to do than that. */
const struct hmac_key *plain_hmac_key(const struct provider_source *src);
/* Takes type (which must be there) and id from their headers. */
enum provider_action plain_hmac_read_names(const struct provider_source *src,
					   const struct provider_request *rq,
					   struct delivery *d,
					   struct provider_answer *answer);

#endif
