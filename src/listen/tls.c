#include "listen/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/str.h"

/* The one protocol spoken here (RFC 7301); others are told so in the handshake. */
static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
	const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char spoken[] = "\x08http/1.1\x08http/1.0";
	(void)ssl;
	(void)arg;
	unsigned char *chosen = NULL;
	int rc = SSL_select_next_proto(&chosen, out_len, spoken, sizeof(spoken) - 1, in,
				       in_len);
	*out = chosen;
	return rc == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
					    : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static char *
tls_error(const char *what, const char *file)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	ERR_clear_error();
	return str_format("%s %s: %s", what, file, reason ? reason : "not usable");
}

static SSL_CTX *
new_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	if (!ctx)
		return NULL;
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA);
	/* Thousands of idle connections: their buffers are 32 KiB each otherwise. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	/* Resumption by tickets alone: no memory here for each client seen. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	return ctx;
}

struct ssl_ctx_st *
tls_new(const char *certificate, const char *key, char **ret_error)
{
	char *error = NULL;
	ERR_clear_error();
	SSL_CTX *ctx = new_context();
	if (!ctx)
		error = tls_error("TLS for", certificate);
	else if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1)
		error = tls_error("certificate", certificate);
	else if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		error = tls_error("key", key);
	else if (SSL_CTX_check_private_key(ctx) != 1)
		error = tls_error("key", key);
	else
		return ctx;
	SSL_CTX_free(ctx);
	*ret_error = error;
	return NULL;
}

void
tls_free(struct ssl_ctx_st *ctx)
{
	SSL_CTX_free(ctx);
}

struct ssl_st *
tls_session(struct ssl_ctx_st *ctx)
{
	SSL *ssl = SSL_new(ctx);
	ERR_clear_error();
	return ssl;
}

void
tls_close_notify(struct ssl_st *session)
{
	SSL_shutdown(session);
	ERR_clear_error(); /* a peer that is gone is no news */
}
