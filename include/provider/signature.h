/*
 * The most frequent way to sign: an HMAC over the raw body in one header. The functions
 * feed, end and abort fit into a provider's table row. For this folder's files.
 */
#ifndef PROVIDER_SIGNATURE_H
#define PROVIDER_SIGNATURE_H

#include "base/limits.h"
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

/* MACs of one length, any of which may be the right one. */
struct signature_list {
	size_t n;
	size_t len;
	uint8_t bytes[LIMIT_SIGNATURES * HMAC_MAX_BYTES]; /* one behind the other */
};

/* How a MAC is written. */
typedef enum provider_verdict signature_from_fn(const char *text, const char *prefix,
						size_t len,
						struct signature_mac *ret_mac);
/*
 * Reads the entries of a list, of which any of the separators stand between, that are
 * prefix + MAC; others are somebody else's. VERDICT_MALFORMED when none is left or there
 * are more than LIMIT_SIGNATURES. list->len says how long a MAC has to be.
 */
enum provider_verdict signature_list_from(const char *text, const char *separators,
					  const char *prefix, signature_from_fn *from,
					  struct signature_list *list);

/*
 * Whether a time in seconds since 1970, as a header says it, is at most
 * SIGNATURE_WINDOW_S from now, either way: VERDICT_GENUINE, VERDICT_STALE or
 * VERDICT_MALFORMED.
 */
enum provider_verdict signature_time(const char *text, int64_t now_us);

/* Begins the HMAC that has to come out as mac. key must outlive it. */
void *signature_begin(const struct hmac_key *key, const struct signature_mac *mac,
		      enum provider_verdict *ret_early);
/* Likewise for one of the list; ret_early as in begin. */
void *signature_begin_any(const struct hmac_key *key, const struct signature_list *list,
			  enum provider_verdict *ret_early);
void signature_feed(void *state, const void *data, size_t len);
enum provider_verdict signature_end(void *state, const struct provider_request *rq);
void signature_abort(void *state);

/* The MAC of a whole body with the first secret. Returns 0, -ENOMEM or -EIO. */
int signature_make(const struct hmac_key *key, struct slice body,
		   struct signature_mac *ret_mac) MUST_CHECK;

#endif
