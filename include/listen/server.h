/*
 * An HTTP/1.1 server on a libevent loop (evconnlistener, bufferevents, llhttp), shared by
 * webhooks, admin and sandbox. It decides on the headers before it takes a body: the
 * handler says per request whether a body is wanted and how long it may be. Refusals of
 * the server itself (400 408 413 414 417 431 501 503 505) are application/problem+json
 * (RFC 9457) and close the connection.
 *
 * Requests of one connection are handled one after the other; while a handler has not
 * answered, nothing more is read from that connection (but what one read brings).
 *
 * A request has its time as a whole: its head header_ms from its first byte (the first
 * one from the accept), its body body_ms and a second for each DEFAULT_BODY_RATE bytes
 * that arrived; else 408. The peer has answer_ms to take an answer.
 *
 * At the limit of connections a new one displaces the one that has waited longest for its
 * peer; where descriptors run short before, those go that have waited a second. So nobody
 * keeps others out by holding connections open.
 */
#ifndef LISTEN_SERVER_H
#define LISTEN_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

struct event_base;
struct http_server;
struct http_request;

struct http_server_options {
	const char *name; /* for the log: "hooks", "admin", "sandbox" */
	const char *host; /* numeric address or name; NULL with unix_path */
	uint16_t port;	  /* 0: any */
	const char *unix_path;
	const char *tls_certificate; /* PEM files; NULL: plain */
	const char *tls_key;
	uint64_t header_bytes; /* 0 anywhere: the default of base/limits.h */
	uint64_t bodies_bytes;
	uint64_t header_ms;
	uint64_t body_ms;
	uint64_t idle_ms;
	uint64_t answer_ms; /* for the peer to take an answer */
	uint32_t connections;
	uint32_t connections_per_address; /* of IPv6: per /64 */
};

/* Sums since the start, and gauges. */
struct http_server_stats {
	uint64_t accepted;
	uint64_t requests;
	uint64_t answers[6]; /* [1] 1xx ... [5] 5xx */
	uint64_t refused_connections;
	uint64_t displaced; /* closed to make room for others */
	uint64_t timeouts;
	uint64_t connections;  /* open now */
	uint64_t bodies_bytes; /* held now */
	bool paused;	       /* accepting is stopped: descriptors are short */
};

struct http_handler {
	/*
	 * The headers are complete. Either answers (http_reply...: then no body is read
	 * and a body that was announced closes the connection) or calls http_want_body;
	 * one of both may also come later.
	 */
	void (*on_headers)(struct http_request *rq, void *arg);
	/* A piece of the body as it arrives (after de-chunking); may be NULL. */
	void (*on_body)(struct http_request *rq, const void *data, size_t len, void *arg);
	/* The body is complete: http_body(). The handler answers now or later. */
	void (*on_complete)(struct http_request *rq, void *arg);
	/*
	 * The request ends: answered, or the peer went away before. Called exactly once
	 * for each request that on_headers saw; frees what http_set_data gave. rq is dead
	 * after.
	 */
	void (*on_end)(struct http_request *rq, void *arg);
	/*
	 * Descriptors are short (on_pause): nothing is accepted until some are free. Or
	 * connections are at their limit (on_full). The owner's log line is due here;
	 * told once, and again only after some seconds without. May be NULL.
	 */
	void (*on_pause)(uint64_t connections, void *arg);
	void (*on_full)(uint64_t connections, void *arg);
};

/*
 * Binds and listens. handler is copied, arg borrowed. NULL on failure with the reason in
 * *ret_error (str_free). SIGPIPE is ignored from then on, unless it has a handler.
 */
struct http_server *http_server_new(struct event_base *base,
				    const struct http_server_options *options,
				    const struct http_handler *handler, void *arg,
				    char **ret_error) MUST_CHECK;
/* Closes everything at once, on_end for what is under way. Not from a handler. */
void http_server_free(struct http_server *s);
/* "127.0.0.1:8080", "[::1]:8080" or "unix:/path": where it really listens. */
const char *http_server_address(const struct http_server *s);
void http_server_get_stats(const struct http_server *s,
			   struct http_server_stats *ret_stats);
/*
 * Stops accepting, closes idle connections, lets requests under way finish with
 * Connection: close; on_drained is called once none is left (at the latest after
 * deadline_ms, when the rest is cut). Streams are for their handlers to end: those that
 * are not would wait for the deadline. on_drained may free the server.
 */
void http_server_drain(struct http_server *s, uint64_t deadline_ms,
		       void (*on_drained)(void *arg), void *arg);

/* --- what a handler asks
 * ---------------------------------------------------------------- */

const char *http_method(const struct http_request *rq); /* "POST" */
struct slice http_path(const struct http_request *rq);	/* raw, without the query */
struct slice
http_query(const struct http_request *rq);	      /* raw, without '?'; may be empty */
const char *http_peer(const struct http_request *rq); /* address text; "unix" */
/* Value of the first header of that name (ASCII case ignored), NULL when absent. */
const char *http_header(const struct http_request *rq, const char *name);
size_t http_header_count(const struct http_request *rq, const char *name);
/* All headers in their order. */
size_t http_headers(const struct http_request *rq);
void http_header_at(const struct http_request *rq, size_t i, const char **ret_name,
		    const char **ret_value);
struct slice http_body(const struct http_request *rq);
/* Moves the body into out (emptied first); it no longer counts as in flight. */
void http_take_body(struct http_request *rq, struct buf *out);
void http_set_data(struct http_request *rq, void *data);
void *http_data(const struct http_request *rq);
/* Microseconds on the monotonic clock when the first byte of the request arrived. */
uint64_t http_started_us(const struct http_request *rq);

/* --- what a handler does
 * ---------------------------------------------------------------- */

/*
 * In on_headers: take the body, at most limit bytes (longer: 413, before it is read where
 * Content-Length tells). Sends 100 Continue if the client waits for it. limit 0 takes no
 * body but goes on to on_complete.
 */
void http_want_body(struct http_request *rq, uint64_t limit);
/* Adds a header to the answer; call before http_reply. A CR, LF or NUL in it drops it. */
void http_add_header(struct http_request *rq, const char *name, const char *value);
/* Answers; exactly once a request. type NULL: no body. Content-Length, Date are added. */
void http_reply(struct http_request *rq, int status, const char *type, const void *body,
		size_t len);
/*
 * Answers with application/problem+json {"type":"about:blank","title","status","detail"}.
 * detail may be NULL. title is the status' reason phrase.
 */
void http_problem(struct http_request *rq, int status, const char *detail);
const char *http_reason(int status);
/*
 * A streamed answer (server-sent events): head first, then pieces, then the end. A slow
 * reader is cut when more than limit bytes wait for it.
 */
void http_stream_start(struct http_request *rq, int status, const char *type,
		       size_t limit);
int http_stream_write(struct http_request *rq, const void *data, size_t len); /* -EPIPE */
void http_stream_end(struct http_request *rq);
/* Cuts the connection without an answer (the sandbox plays a lost answer with it). */
void http_abort(struct http_request *rq);

#endif
