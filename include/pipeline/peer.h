/* Who sent a request, and whether that address may. */
#ifndef PIPELINE_PEER_H
#define PIPELINE_PEER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "listen/server.h"
#include "model/conf.h"

/*
 * The sender's address: the peer, or what the configured proxies in front say. The last
 * address of X-Forwarded-For that is no trusted proxy counts; what stands before it
 * anybody may have written.
 */
void peer_address(const struct conf_listen *conf, const struct http_request *rq,
		  struct buf *out);
/* Whether address is in one of the networks (CIDR). */
bool peer_is_in(char *const *networks, size_t n, const char *address);

#endif
