/*
 * A stand-in for Forge inside the test's own loop: answers by rules, keeps what it was
 * asked, and can do what servers do at their worst. Raw sockets, so that an answer can be
 * lost, cut or held back.
 */
#ifndef FORGE_FAKE_H
#define FORGE_FAKE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

#include "forge/client.h"

enum fake_mode {
	FAKE_ANSWER,
	FAKE_LOSE,     /* read the request, close without a word */
	FAKE_HANG,     /* never answer */
	FAKE_TRUNCATE, /* announce more than is sent, then close */
	FAKE_CLOSE     /* answer, then close without having announced it */
};

struct fake_rule {
	const char *request; /* "GET /orgs/acme/servers?*": '*' at the end: any rest */
	unsigned times;	     /* 0: always */
	enum fake_mode mode;
	int status;	     /* 0: 200 */
	const char *headers; /* whole lines with CRLF; NULL */
	const char *body;    /* NULL: empty */
	size_t huge;	     /* instead of body: so many bytes */
};

struct fake;
struct fake *fake_new(struct event_base *base);
/* The same behind TLS, with a new certificate for name written to ca_file (PEM). */
struct fake *fake_new_tls(struct event_base *base, const char *name, const char *ca_file);
void fake_free(struct fake *f);
/* "http://127.0.0.1:PORT/api" */
const char *fake_url(const struct fake *f);
/* The first rule that fits and is not used up answers; none: 404. */
void fake_add(struct fake *f, struct fake_rule rule);
/* So many requests in each window of a second, with headers as Forge sends them. */
void fake_limit(struct fake *f, unsigned limit);
/* Requests that begin with prefix ("POST "), in all. */
unsigned fake_count(const struct fake *f, const char *prefix);
/* The n-th request: "POST /path body" and its headers; NULL. */
const char *fake_request(const struct fake *f, size_t n);
const char *fake_head(const struct fake *f, size_t n);
unsigned fake_refusals(const struct fake *f);

/* What a call told. */
struct got {
	unsigned times;
	enum forge_kind kind;
	long status;
	char *message;
	char *body;
	char *resource;
	bool accepted_only;
	long long retry_at_us;
	unsigned progress;
	char last_progress[64];
};
void got_result(const struct forge_result *r, void *arg);
void got_progress(const char *status, void *arg);
void got_done(struct got *g);

/* A loop, a server and a client of 6,000 requests a minute (so waits are 50 ms). */
struct bench {
	struct event_base *base;
	struct fake *fake;
	struct forge_client *client;
	char trace[65536];
};
int bench_setup(void **state);
int bench_teardown(void **state);
/* Replaces the client. */
void bench_client(struct bench *b, struct forge_options o);
/* Runs the loop until g has its result; fails after ten seconds. */
void bench_wait(struct bench *b, const struct got *g);
/* Makes a call and waits for its end; the caller frees with got_done. */
struct got bench_run(struct bench *b, const struct forge_request *rq);
/* The same, for its kind and message. */
void bench_expect(struct bench *b, const struct forge_request *rq, enum forge_kind kind,
		  const char *message);
/* Runs the loop until count requests have come, or fails. */
void bench_wait_requests(struct bench *b, unsigned count);

#endif
