/*
 * One HTTP request on libcurl's multi interface, driven by a libevent base (socket
 * action: sockets and timers of curl are events of the base). No retries, no budget: see
 * exchange.h.
 * Private to libforge: not installed.
 */
#ifndef FORGE_WIRE_H
#define FORGE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "forge/budget.h"

struct event_base;
struct wire;
struct wire_transfer;

struct wire_options {
	const char *token;
	const char *user_agent;
	const char *ca_file; /* NULL: the system's */
	bool http1;
	bool wants_ray; /* the id that Forge's CDN gives a request, for the trace */
	/* Around everything that happens in a turn of the loop; leave comes last. */
	void (*on_enter)(void *arg);
	void (*on_leave)(void *arg);
	void *arg;
};

struct wire_part { /* of multipart/form-data */
	const char *name;
	const char *value;
	size_t len;
	bool is_file;
};

struct wire_request {
	const char *method;
	const char *url;
	const char *body; /* NULL: none */
	size_t body_len;
	const struct wire_part *parts; /* instead of body */
	size_t n_parts;
	bool changes; /* must not be sent twice: gets a connection of its own */
	unsigned timeout_ms;
};

enum wire_outcome {
	WIRE_ANSWERED,
	WIRE_NOT_SENT, /* could not connect, resolve, or no TLS: not a byte went out */
	WIRE_REFUSED,  /* as above, and trying again will not help (certificate) */
	WIRE_LOST,     /* sent, no whole answer */
	WIRE_TOO_LARGE /* answered with more than LIMIT_FORGE_ANSWER_BYTES */
};

struct wire_answer {
	enum wire_outcome outcome;
	const char *error; /* why there is no answer */
	long status;	   /* 0 without one */
	struct buf body;   /* may be taken */
	struct budget_report report;
	const char *ray; /* request id of Forge's CDN; NULL */
	uint64_t took_us;
	bool skim; /* set by who judges it: a good answer's tree is not wanted */
};
typedef void wire_answer_fn(struct wire_answer *a, void *arg);

struct wire *wire_new(struct event_base *base, const struct wire_options *o);
void wire_free(struct wire *w); /* transfers must have ended */
/* on_answer runs from the loop. NULL when memory is short. */
struct wire_transfer *wire_send(struct wire *w, const struct wire_request *rq,
				wire_answer_fn *on_answer, void *arg);
/* Ends it without an answer. Returns whether anything was sent. */
bool wire_abort(struct wire_transfer *t);

#endif
