/*
 * Private to listen/. What the server, its connections and their requests hold.
 *
 * A connection runs through these states; conn_set_state is the only one to change it:
 *
 *   idle -> head -> decide -> body -> handle -> flush -> idle ...      (keep-alive)
 *                                     handle -> stream -> flush
 *   idle, head, decide, body, handle -> flush      (answered or refused early)
 *   flush -> linger -> dead                        (closing, input thrown away)
 *   any -> dead
 *
 * Handlers are called from conn_run only. What they call back (http_reply and the like)
 * writes at once but never goes on with the connection: conn_run does after them, or the
 * server's next turn (schedule_conn). So nothing is freed and no on_end is called while
 * a handler is at work.
 */
#ifndef LISTEN_STATE_H
#define LISTEN_STATE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "listen/message.h"
#include "listen/server.h"

struct bufferevent;
struct evconnlistener;
struct ssl_ctx_st;
struct ssl_st;
struct address_entry;
struct address_table;

#define CONN_STATES(X)                                                            \
	X(IDLE, "idle")	    /* between requests */                                \
	X(HEAD, "head")	    /* the head of a request arrives */                   \
	X(DECIDE, "decide") /* on_headers was called, no decision yet */          \
	X(BODY, "body")	    /* its body arrives */                                \
	X(HANDLE, "handle") /* on_complete was called, no answer yet */           \
	X(STREAM, "stream") /* the answer is a stream */                          \
	X(FLUSH, "flush")   /* the answer is given, perhaps not all of it sent */ \
	X(LINGER, "linger") /* no more is sent, what comes is thrown away */      \
	X(DEAD, "dead")	    /* waits for being freed */

enum conn_state {
#define X(name, text) CONN_##name,
	CONN_STATES(X)
#undef X
		CONN_STATES_COUNT
};

/* One request; owned by its connection, or by the server's pool. */
struct http_request {
	struct conn *conn;
	struct http_request *next; /* in the pool */
	struct message message;
	struct buf body;
	struct buf extra; /* header lines that the handler added */
	size_t charged;	  /* what body counts in stats.bodies_bytes */
	uint64_t started_us;
	struct slice path;
	struct slice query;
	void *data;
	bool seen;     /* on_headers saw it: on_end is due */
	bool no_body;  /* the answer to HEAD */
	bool chunking; /* a stream in chunks */
	size_t stream_limit;
};

/* Owned by the server. */
struct conn {
	LIST_ENTRY(conn) link;
	TAILQ_ENTRY(conn) turn; /* while scheduled */
	TAILQ_ENTRY(conn) wait; /* while waiting_us is set */
	struct http_server *server;
	struct bufferevent *bev; /* owned, closes fd */
	evutil_socket_t fd;
	struct ssl_st *ssl; /* bev's; NULL: plain */
	enum conn_state state;
	struct http_request *rq; /* owned; NULL while idle */
	struct address_entry *address;
	struct event timer;   /* fires at armed_us, never later than deadline_us */
	uint64_t deadline_us; /* 0: none */
	uint64_t armed_us;    /* 0: not armed */
	uint64_t body_started_us;
	uint64_t waiting_us; /* since when it waits for its peer; 0: it does not */
	uint64_t lingered;   /* bytes thrown away */
	uint32_t linger_ms;  /* closing: how long the peer may still send; 0: at once */
	size_t direct;	     /* bytes read past bev in this turn */
	bool scheduled;
	bool running;	  /* conn_run is at work */
	bool reading;	  /* bev takes input */
	bool more_likely; /* the last read filled its buffer */
	bool eof;	  /* the peer sends no more */
	bool used;	  /* a request was begun on it */
	bool keep;	  /* after this answer */
	char peer[INET6_ADDRSTRLEN];
};

LIST_HEAD(conn_list, conn);
TAILQ_HEAD(conn_queue, conn);

struct http_server_limits {
	size_t header_bytes;
	uint64_t bodies_bytes;
	uint64_t header_us;
	uint64_t body_us;
	uint64_t idle_us;
	uint64_t answer_us;
	uint32_t connections;
	uint32_t connections_per_address;
};

struct http_server {
	struct event_base *base; /* borrowed */
	struct http_handler handler;
	void *arg; /* borrowed */
	struct http_server_limits limits;
	struct http_server_stats stats;
	char *name;
	char *address;
	char *unix_path; /* to unlink */
	struct evconnlistener *listener;
	struct ssl_ctx_st *tls;
	struct address_table *addresses;
	struct conn_list conns;
	struct conn_queue scheduled;
	struct conn_queue waiting; /* who waits longest is the first */
	struct event *turn;	   /* runs what is scheduled */
	/* accepting */
	evutil_socket_t first_spare_fd; /* from this descriptor on they are short */
	struct event *pause;
	uint64_t paused_us; /* when accepting last stopped, 0: never */
	uint64_t full_us;   /* when the limit was last reached, 0: never */
	/* draining */
	bool draining;
	struct event *drain;
	void (*on_drained)(void *arg);
	void *drained_arg;
	/* reused from one request to the next */
	struct http_request *pool;
	size_t pooled;
	struct buf answer;  /* the bytes of an answer */
	struct buf problem; /* the body of one */
	char date[32];	    /* of date_s */
	int64_t date_s;
};

#endif
