/*
 * A server and its clients on one loop. The handler does what the path says:
 *   /echo     takes a body of up to `limit` bytes and sends it back
 *   /deny     answers 403 on the headers
 *   /hold     keeps the request in `held`, once it is complete
 *   /undecided the same, but on the headers: neither answered nor a body wanted
 *   /stop     answers 401 on the first piece of the body
 *   /empty    answers 204 on the headers
 *   /large    answers `large` bytes
 *   /abort    cuts the connection
 *   anything else: 404
 */
#ifndef TESTS_HTTP_FIXTURE_H
#define TESTS_HTTP_FIXTURE_H

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "listen/server.h"

struct fixture {
	struct event_base *base;
	struct http_server *server;
	struct http_server_options options;
	struct http_request *held;
	uint64_t limit;
	size_t large;
	unsigned heads;	    /* calls of on_headers */
	unsigned pieces;    /* of on_body */
	unsigned completes; /* of on_complete */
	unsigned ends;	    /* of on_end */
	unsigned pauses;    /* of on_pause */
	unsigned fulls;	    /* of on_full */
	bool drained;
	struct event *alarm;
	bool late;
};

struct peer {
	struct fixture *fixture;
	struct bufferevent *bev;
	struct buf in;
	bool connected;
	bool closed;
};

/* options are those of f->options, changed before; port 0. */
void fixture_init(struct fixture *f);
void fixture_start(struct fixture *f);
void fixture_done(struct fixture *f);
/* Runs the loop until done(arg); fails with what after ten seconds. */
void fixture_wait(struct fixture *f, bool (*done)(void *arg), void *arg,
		  const char *what);
void fixture_wait_held(struct fixture *f);
void fixture_wait_ends(struct fixture *f, unsigned n);
void fixture_wait_connections(struct fixture *f, unsigned n);
/* Lets what is ready happen, without waiting. */
void fixture_turn(struct fixture *f);
struct http_server_stats fixture_stats(const struct fixture *f);

/* Connects, waits until the server took it. */
struct peer *peer_new(struct fixture *f);
struct peer *peer_new_tls(struct fixture *f, void *ssl);
void peer_free(struct peer *p);
void peer_send(struct peer *p, const char *text);
void peer_send_bytes(struct peer *p, const void *data, size_t len);
void peer_half_close(struct peer *p);
void peer_await(struct peer *p, const char *text);
void peer_await_answers(struct peer *p, unsigned n);
void peer_await_closed(struct peer *p);
/* Sends, waits for the answer's status; what came is in p->in. */
void peer_expect(struct peer *p, const char *request, int status);
unsigned peer_answers(const struct peer *p);
/* The server's port. */
int fixture_port(const struct fixture *f);

#endif
