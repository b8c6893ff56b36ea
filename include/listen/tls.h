/* Private to listen/. The TLS side of a listener: OpenSSL's context, from PEM files. */
#ifndef LISTEN_TLS_H
#define LISTEN_TLS_H

#include "base/attr.h"

struct ssl_ctx_st;
struct ssl_st;

/*
 * TLS 1.2 or later, ALPN http/1.1, buffers released while idle. NULL on failure with the
 * reason in *ret_error (str_free).
 */
struct ssl_ctx_st *tls_new(const char *certificate, const char *key,
			   char **ret_error) MUST_CHECK;
void tls_free(struct ssl_ctx_st *ctx);
struct ssl_st *tls_session(struct ssl_ctx_st *ctx) MUST_CHECK;
/* Tells the peer that nothing more comes. */
void tls_close_notify(struct ssl_st *session);

#endif
