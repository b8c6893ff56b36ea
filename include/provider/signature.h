/*
 * The most frequent way to sign: an HMAC over the raw body in one header. The functions
 * feed, end and abort fit into a provider's table row. For this folder's files.
 */
#ifndef PROVIDER_SIGNATURE_H
#define PROVIDER_SIGNATURE_H

#include "provider/provider.h"
#include "verify/hmac.h"

struct signature_mac {
	size_t len;
	uint8_t bytes[HMAC_MAX_BYTES];
};

/*
 * Reads prefix + MAC. len is how long the MAC has to be. One spelling
 * a signature is enough: signature_from_hex takes lower case only, as the senders of the
 * named kinds write it. Base64 may have either alphabet. Returns VERDICT_GENUINE or
 * VERDICT_MALFORMED.
 */
enum provider_verdict signature_from_hex(const char *text, const char *prefix, size_t len,
					 struct signature_mac *ret_mac);
enum provider_verdict signature_from_upper_hex(const char *text, const char *prefix,
					       size_t len, struct signature_mac *ret_mac);
enum provider_verdict signature_from_base64(const char *text, const char *prefix,
					    size_t len, struct signature_mac *ret_mac);

/* Begins the HMAC that has to come out as mac. key must outlive it. */
void *signature_begin(const struct hmac_key *key, const struct signature_mac *mac,
		      enum provider_verdict *ret_early);
void signature_feed(void *state, const void *data, size_t len);
enum provider_verdict signature_end(void *state, const struct provider_request *rq);
void signature_abort(void *state);

/* The MAC of a whole body with the first secret. Returns 0, -ENOMEM or -EIO. */
int signature_make(const struct hmac_key *key, struct slice body,
		   struct signature_mac *ret_mac) MUST_CHECK;

#endif
