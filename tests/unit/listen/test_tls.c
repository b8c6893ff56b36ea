#include <event2/bufferevent.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/str.h"
#include "http_fixture.h"

static char folder[] = "/tmp/forgebridge-tls-XXXXXX";
static char certificate[128];
static char key[128];
static SSL_CTX *client;

static void
write_certificate(EVP_PKEY *pkey)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, pkey);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(x, name);
	assert_true(X509_sign(x, pkey, EVP_sha256()) > 0);
	FILE *f = fopen(certificate, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, x), 1);
	fclose(f);
	X509_free(x);
}

static int
make_files(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(certificate, sizeof(certificate), "%s/cert.pem", folder);
	snprintf(key, sizeof(key), "%s/key.pem", folder);
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	assert_non_null(pkey);
	write_certificate(pkey);
	FILE *f = fopen(key, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, pkey, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	EVP_PKEY_free(pkey);
	client = SSL_CTX_new(TLS_client_method());
	assert_non_null(client);
	return 0;
}

static int
remove_files(void **state)
{
	(void)state;
	SSL_CTX_free(client);
	unlink(certificate);
	unlink(key);
	return rmdir(folder);
}

static int
setup(void **state)
{
	static struct fixture f;
	fixture_init(&f);
	f.options.tls_certificate = certificate;
	f.options.tls_key = key;
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	fixture_done(*state);
	return 0;
}

static void
serves_over_tls_and_keeps_the_connection(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	SSL *ssl = SSL_new(client);
	struct peer *p = peer_new_tls(f, ssl);
	assert_true(p->connected);
	assert_true(SSL_version(ssl) >= TLS1_2_VERSION);
	for (int i = 0; i < 2; i++) {
		peer_expect(p,
			    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: "
			    "5\r\n\r\nhello",
			    200);
		peer_await(p, "\r\n\r\nhello");
	}
	peer_free(p);
}

static void
long_bodies_pass_both_ways(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	struct peer *p = peer_new_tls(f, SSL_new(client));
	auto_buf body = BUF_INIT(MIB);
	for (unsigned i = 0; i < 500000; i++)
		buf_putc(&body, (char)('a' + i % 23));
	peer_send(p, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n");
	peer_send_bytes(p, body.data, body.len);
	peer_await(p, body.data);
	peer_free(p);
}

static void
a_held_request_is_answered_and_pipelining_goes_on(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	struct peer *p = peer_new_tls(f, SSL_new(client));
	peer_send(p, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /empty HTTP/1.1\r\n"
		     "Host: a\r\n\r\n");
	fixture_wait_held(f);
	for (int i = 0; i < 10; i++)
		fixture_turn(f);
	assert_int_equal(f->heads, 1);
	http_reply(f->held, 202, NULL, NULL, 0);
	peer_await_answers(p, 2);
	peer_free(p);
}

static void
a_refusal_reaches_who_is_still_sending(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	struct peer *p = peer_new_tls(f, SSL_new(client));
	auto_buf rest = BUF_INIT(4 * MIB);
	for (int i = 0; i < 2 * (int)MIB; i++)
		buf_putc(&rest, 'x');
	peer_send(p, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2097152\r\n\r\n");
	peer_send_bytes(p, rest.data, rest.len);
	peer_await(p, "HTTP/1.1 413 ");
	peer_await_closed(p);
	peer_free(p);
}

static void
answering_who_is_gone_ends_the_request(void **state)
{
	struct linger hard = {1, 0};
	struct fixture *f = *state;
	fixture_start(f);
	struct peer *p = peer_new_tls(f, SSL_new(client));
	peer_send(p, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	fixture_wait_held(f);
	int fd = bufferevent_getfd(p->bev);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(dup2(other, fd) == fd); /* closes it, and the loop sees nothing */
	close(other);
	http_reply(f->held, 202, NULL, NULL, 0);
	assert_int_equal(f->ends, 0);
	peer_free(p);
	fixture_wait_ends(f, 1);
	fixture_wait_connections(f, 0);
}

static void
speaks_http_1_1_by_alpn_and_nothing_else(void **state)
{
	static const unsigned char both[] = "\x02h2\x08http/1.1";
	static const unsigned char h2[] = "\x02h2";
	const unsigned char *chosen = NULL;
	unsigned len = 0;
	struct fixture *f = *state;
	fixture_start(f);
	SSL *ssl = SSL_new(client);
	SSL_set_alpn_protos(ssl, both, sizeof(both) - 1);
	struct peer *p = peer_new_tls(f, ssl);
	SSL_get0_alpn_selected(ssl, &chosen, &len);
	assert_int_equal(len, 8);
	assert_memory_equal(chosen, "http/1.1", 8);
	peer_free(p);
	ssl = SSL_new(client);
	SSL_set_alpn_protos(ssl, h2, sizeof(h2) - 1);
	p = peer_new_tls(f, ssl);
	assert_false(p->connected);
	peer_free(p);
}

static void
a_handshake_has_no_longer_than_a_head(void **state)
{
	struct fixture *f = *state;
	f->options.header_ms = 100;
	fixture_start(f);
	struct peer *p = peer_new(f);
	fixture_wait_connections(f, 1);
	peer_await_closed(p);
	assert_int_equal(p->in.len, 0);
	peer_free(p);
}

static void
plain_http_on_a_tls_port_is_closed(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	struct peer *p = peer_new(f);
	peer_send(p, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	peer_await_closed(p);
	assert_int_equal(f->heads, 0);
	peer_free(p);
}

static void
tells_what_is_wrong_with_the_files(void **state)
{
	struct event_base *base = event_base_new();
	static const struct http_handler handler = {0};
	struct http_server_options options = {.host = "127.0.0.1",
					      .tls_certificate = "/nonexistent/cert.pem",
					      .tls_key = key};
	char *error = NULL;
	(void)state;
	assert_null(http_server_new(base, &options, &handler, NULL, &error));
	assert_non_null(strstr(error, "certificate /nonexistent/cert.pem: "));
	str_free(error);
	options.tls_certificate = certificate;
	options.tls_key = certificate;
	error = NULL;
	assert_null(http_server_new(base, &options, &handler, NULL, &error));
	assert_non_null(strstr(error, "key "));
	str_free(error);
	event_base_free(base);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(serves_over_tls_and_keeps_the_connection),
		test(long_bodies_pass_both_ways),
		test(a_held_request_is_answered_and_pipelining_goes_on),
		test(a_refusal_reaches_who_is_still_sending),
		test(answering_who_is_gone_ends_the_request),
		test(speaks_http_1_1_by_alpn_and_nothing_else),
		test(a_handshake_has_no_longer_than_a_head),
		test(plain_http_on_a_tls_port_is_closed),
		cmocka_unit_test(tells_what_is_wrong_with_the_files),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
