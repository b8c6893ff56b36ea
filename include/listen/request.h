/* Private to listen/. Requests, and the few that a server keeps for the next ones. */
#ifndef LISTEN_REQUEST_H
#define LISTEN_REQUEST_H

#include "listen/state.h"

/* NULL when memory is short. */
struct http_request *request_take(struct conn *c) MUST_CHECK;
/* Back to the pool, its body no longer counted. */
void request_give(struct http_server *s, struct http_request *rq);
void request_free_pool(struct http_server *s);
/*
 * Room for len more bytes of body, taken as they arrive and not by what a length
 * announces. 0, -ENOMEM, or -EDQUOT when all bodies in flight are too many bytes.
 */
int request_reserve_body(struct http_request *rq, size_t len) MUST_CHECK;

#endif
