/*
 * For kinds whose signature cannot be computed as the body arrives (it covers a part of
 * the body, or comes with a public key): begin, feed and abort of a provider's row that
 * only wait for the end. For this folder's files.
 */
#ifndef PROVIDER_WHOLE_H
#define PROVIDER_WHOLE_H

#include "provider/provider.h"

void *whole_begin(const struct provider_source *src, const struct provider_request *rq,
		  enum provider_verdict *ret_early);
void whole_feed(void *state, const void *data, size_t len);
void whole_abort(void *state);
/* For the row's end: frees state and gives its source. */
const struct provider_source *whole_end(void *state);

#endif
