#include "fake.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#define MAX_RULES    64
#define MAX_REQUESTS 4096
#define MAX_PEERS    256

struct fake {
	struct event_base *base;
	struct evconnlistener *listener;
	SSL_CTX *tls;
	struct bufferevent *peers[MAX_PEERS];
	char *url;
	struct fake_rule rules[MAX_RULES];
	unsigned used[MAX_RULES];
	size_t n_rules;
	char *requests[MAX_REQUESTS];
	char *heads[MAX_REQUESTS];
	size_t n_requests;
	unsigned limit;
	int64_t window; /* second since 1970 */
	unsigned in_window;
	unsigned refusals;
};

static void
close_peer(struct fake *f, struct bufferevent *peer)
{
	for (size_t i = 0; i < MAX_PEERS; i++) {
		if (f->peers[i] == peer)
			f->peers[i] = NULL;
	}
	bufferevent_free(peer);
}

static bool
fits(const char *pattern, const char *request)
{
	size_t n = strlen(pattern);
	if (n > 0 && pattern[n - 1] == '*')
		return strncmp(pattern, request, n - 1) == 0;
	return strncmp(pattern, request, n) == 0 && request[n] == ' ';
}

static const struct fake_rule *
find_rule(struct fake *f, const char *request)
{
	static const struct fake_rule none = {
		.status = 404, .body = "{\"message\":\"Resource not found.\"}"};
	for (size_t i = 0; i < f->n_rules; i++) {
		const struct fake_rule *r = &f->rules[i];
		if (!fits(r->request, request) || (r->times && f->used[i] >= r->times))
			continue;
		f->used[i]++;
		return r;
	}
	return &none;
}

/* Counts the request; false: over the limit. */
static bool
within_limit(struct fake *f, struct evbuffer *out)
{
	int64_t now = clock_wall_us() / 1000000;
	if (f->limit == 0)
		return true;
	if (now != f->window)
		f->in_window = 0;
	f->window = now;
	bool within = f->in_window < f->limit;
	f->in_window += within;
	f->refusals += !within;
	evbuffer_add_printf(out,
			    "HTTP/1.1 %d X\r\nX-RateLimit-Limit: %u\r\n"
			    "X-RateLimit-Remaining: %u\r\nX-RateLimit-Reset: %lld\r\n",
			    within ? 200 : 429, f->limit, f->limit - f->in_window,
			    (long long)now + 1);
	return within;
}

static void
put_body(struct evbuffer *out, const struct fake_rule *r)
{
	size_t len = r->huge ? r->huge : r->body ? strlen(r->body) : 0;
	size_t said = r->mode == FAKE_TRUNCATE ? len + 10 : len;
	evbuffer_add_printf(out, "Content-Length: %zu\r\n\r\n", said);
	for (size_t i = 0; r->huge && i < len; i += 1024)
		evbuffer_add_printf(out, "%1024s", "");
	if (!r->huge && len > 0)
		evbuffer_add(out, r->body, len);
}

static void
on_flushed(struct bufferevent *peer, void *arg)
{
	close_peer(arg, peer);
}

static void
on_event(struct bufferevent *peer, short what, void *arg)
{
	if (!(what & BEV_EVENT_CONNECTED))
		close_peer(arg, peer);
}

static void
answer(struct fake *f, struct bufferevent *peer, const struct fake_rule *r)
{
	struct evbuffer *out = bufferevent_get_output(peer);
	if (r->mode == FAKE_HANG)
		return;
	if (r->mode == FAKE_LOSE) {
		close_peer(f, peer);
		return;
	}
	struct evbuffer *head = evbuffer_new();
	if (!within_limit(f, head)) {
		static const struct fake_rule refusal = {
			.body = "{\"message\":\"Too Many Attempts.\"}"};
		r = &refusal;
	} else if (f->limit == 0) {
		evbuffer_add_printf(head, "HTTP/1.1 %d X\r\n",
				    r->status ? r->status : 200);
	}
	if (r->headers)
		evbuffer_add_printf(head, "%s", r->headers);
	put_body(head, r);
	evbuffer_add_buffer(out, head);
	evbuffer_free(head);
	if (r->mode == FAKE_TRUNCATE || r->mode == FAKE_CLOSE)
		bufferevent_setcb(peer, NULL, on_flushed, on_event, f);
}

static void
keep(struct fake *f, char *request, char *head)
{
	assert_true(f->n_requests < MAX_REQUESTS);
	f->requests[f->n_requests] = request;
	f->heads[f->n_requests++] = head;
}

/* One whole request out of in; false: more must come. */
static bool
take_request(struct fake *f, struct bufferevent *peer)
{
	struct evbuffer *in = bufferevent_get_input(peer);
	size_t have = evbuffer_get_length(in);
	char *text = str_ndup((const char *)evbuffer_pullup(in, -1), have);
	char *end = text ? strstr(text, "\r\n\r\n") : NULL;
	if (!end) {
		str_free(text);
		return false;
	}
	const char *length = strcasestr(text, "\r\nContent-Length:");
	size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
	size_t whole = (size_t)(end + 4 - text) + body;
	if (have < whole) {
		str_free(text);
		return false;
	}
	text[whole] = '\0';
	/* "GET /api/me HTTP/1.1" is kept as "GET /me BODY" */
	size_t method = strcspn(text, " ");
	const char *path = text + method + 1;
	path += str_starts(path, "/api") ? strlen("/api") : 0;
	keep(f,
	     str_format("%.*s %.*s %s", (int)method, text, (int)strcspn(path, " "), path,
			end + 4),
	     str_ndup(text, (size_t)(end - text)));
	evbuffer_drain(in, whole);
	str_free(text);
	answer(f, peer, find_rule(f, f->requests[f->n_requests - 1]));
	return true;
}

static void
on_read(struct bufferevent *peer, void *arg)
{
	take_request(arg, peer);
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *a, int n,
	  void *arg)
{
	(void)l;
	(void)a;
	(void)n;
	struct fake *f = arg;
	struct bufferevent *peer =
		f->tls ? bufferevent_openssl_socket_new(f->base, fd, SSL_new(f->tls),
							BUFFEREVENT_SSL_ACCEPTING,
							BEV_OPT_CLOSE_ON_FREE)
		       : bufferevent_socket_new(f->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(peer, on_read, NULL, on_event, f);
	bufferevent_enable(peer, EV_READ | EV_WRITE);
	for (size_t i = 0; i < MAX_PEERS; i++) {
		if (!f->peers[i]) {
			f->peers[i] = peer;
			return;
		}
	}
	fail_msg("too many connections");
}

struct fake *
fake_new(struct event_base *base)
{
	struct fake *f = x_new(struct fake);
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	f->base = base;
	f->listener = evconnlistener_new_bind(base, on_accept, f, LEV_OPT_CLOSE_ON_FREE,
					      64, (struct sockaddr *)&a, sizeof(a));
	assert_non_null(f->listener);
	socklen_t len = sizeof(a);
	getsockname(evconnlistener_get_fd(f->listener), (struct sockaddr *)&a, &len);
	f->url = str_format("http://127.0.0.1:%u/api", ntohs(a.sin_port));
	return f;
}

/* A certificate that signs itself, good for name and an hour. */
static X509 *
make_certificate(EVP_PKEY *key, const char *name)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);
	X509V3_CTX ctx;
	auto_str names = str_format(
		"%s:%s", strchr(name, ':') || *name == '1' ? "IP" : "DNS", name);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_set_version(cert, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
				   (const unsigned char *)"fake", -1, -1, 0);
	X509_set_issuer_name(cert, subject);
	X509_set_pubkey(cert, key);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	X509_EXTENSION *ext =
		X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, names);
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	return cert;
}

struct fake *
fake_new_tls(struct event_base *base, const char *name, const char *ca_file)
{
	struct fake *f = fake_new(base);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = make_certificate(key, name);
	FILE *out = fopen(ca_file, "w");
	assert_non_null(out);
	assert_int_equal(PEM_write_X509(out, cert), 1);
	fclose(out);
	f->tls = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(f->tls, cert);
	SSL_CTX_use_PrivateKey(f->tls, key);
	X509_free(cert);
	EVP_PKEY_free(key);
	auto_str plain = steal_ptr(&f->url);
	f->url = str_format("https%s", plain + strlen("http"));
	return f;
}

void
fake_free(struct fake *f)
{
	for (size_t i = 0; i < MAX_PEERS; i++) {
		if (f->peers[i])
			bufferevent_free(f->peers[i]);
	}
	for (size_t i = 0; i < f->n_requests; i++) {
		str_free(f->requests[i]);
		str_free(f->heads[i]);
	}
	evconnlistener_free(f->listener);
	SSL_CTX_free(f->tls);
	str_free(f->url);
	mem_free(f);
}

const char *
fake_url(const struct fake *f)
{
	return f->url;
}

void
fake_add(struct fake *f, struct fake_rule rule)
{
	assert_true(f->n_rules < MAX_RULES);
	f->rules[f->n_rules++] = rule;
}

void
fake_limit(struct fake *f, unsigned limit)
{
	f->limit = limit;
}

unsigned
fake_count(const struct fake *f, const char *prefix)
{
	unsigned n = 0;
	for (size_t i = 0; i < f->n_requests; i++)
		n += str_starts(f->requests[i], prefix);
	return n;
}

const char *
fake_request(const struct fake *f, size_t n)
{
	return n < f->n_requests ? f->requests[n] : NULL;
}

const char *
fake_head(const struct fake *f, size_t n)
{
	return n < f->n_requests ? f->heads[n] : NULL;
}

unsigned
fake_refusals(const struct fake *f)
{
	return f->refusals;
}

/* --- calls ---------------------------------------------------------------------------
 */

void
got_result(const struct forge_result *r, void *arg)
{
	struct got *g = arg;
	g->times++;
	g->kind = r->kind;
	g->status = r->status;
	g->retry_at_us = r->retry_at_us;
	g->accepted_only = r->accepted_only;
	str_set(&g->message, r->message) < 0 ? abort() : (void)0;
	str_set(&g->body, r->body) < 0 ? abort() : (void)0;
	str_set(&g->resource, r->resource) < 0 ? abort() : (void)0;
}

void
got_progress(const char *status, void *arg)
{
	struct got *g = arg;
	g->progress++;
	snprintf(g->last_progress, sizeof(g->last_progress), "%s", status);
}

void
got_done(struct got *g)
{
	str_free(g->message);
	str_free(g->body);
	str_free(g->resource);
	*g = (struct got){0};
}

static void
on_trace(const char *line, void *arg)
{
	struct bench *b = arg;
	size_t used = strlen(b->trace);
	snprintf(b->trace + used, sizeof(b->trace) - used, "%s\n", line);
}

void
bench_client(struct bench *b, struct forge_options o)
{
	forge_client_free(b->client);
	o.url = o.url ? o.url : fake_url(b->fake);
	o.token = "secret-token";
	o.organization = "acme";
	o.requests_per_minute = o.requests_per_minute ? o.requests_per_minute : 6000;
	o.on_trace = on_trace;
	o.trace_arg = b;
	b->client = forge_client_new(b->base, &o);
	assert_non_null(b->client);
}

int
bench_setup(void **state)
{
	struct bench *b = x_new(struct bench);
	b->base = event_base_new();
	b->fake = fake_new(b->base);
	bench_client(b, (struct forge_options){0});
	*state = b;
	return 0;
}

int
bench_teardown(void **state)
{
	struct bench *b = *state;
	forge_client_free(b->client);
	fake_free(b->fake);
	event_base_free(b->base);
	mem_free(b);
	return 0;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* One turn of the loop, at most 20 ms; fails when deadline is over. */
static void
turn(struct bench *b, uint64_t deadline, const char *waiting_for)
{
	struct timeval tv = {0, 20000};
	if (clock_mono_us() > deadline)
		fail_msg("waited ten seconds for %s\n%s", waiting_for, b->trace);
	event_base_once(b->base, -1, EV_TIMEOUT, on_tick, NULL, &tv);
	event_base_loop(b->base, EVLOOP_ONCE);
}

void
bench_wait(struct bench *b, const struct got *g)
{
	uint64_t deadline = clock_mono_us() + 10000000;
	while (g->times == 0)
		turn(b, deadline, "the result of a call");
}

void
bench_wait_requests(struct bench *b, unsigned count)
{
	uint64_t deadline = clock_mono_us() + 10000000;
	while (fake_count(b->fake, "") < count)
		turn(b, deadline, "requests");
}

struct got
bench_run(struct bench *b, const struct forge_request *rq)
{
	struct got g = {0};
	assert_non_null(forge_call(b->client, rq, got_result, &g));
	assert_int_equal(g.times, 0);
	bench_wait(b, &g);
	assert_int_equal(g.times, 1);
	return g;
}

void
bench_expect(struct bench *b, const struct forge_request *rq, enum forge_kind kind,
	     const char *message)
{
	struct got g = bench_run(b, rq);
	assert_string_equal(g.message, message);
	assert_string_equal(forge_kind_name(g.kind), forge_kind_name(kind));
	got_done(&g);
}
