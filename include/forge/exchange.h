/*
 * One request with all its attempts: waits for the budget in the order of priority, is
 * sent, and sent again where that is safe. Exchanges of one client share its queue.
 *
 *   queued -> on the wire -> (queued again, later) -> on_done, freed
 * Private to libforge: not installed.
 */
#ifndef FORGE_EXCHANGE_H
#define FORGE_EXCHANGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "forge/answer.h"
#include "forge/client.h"
#include "forge/operation.h"
#include "forge/route.h"

struct exchange;
struct queue;

/* a may be taken apart; the exchange is freed after the call. */
typedef void exchange_fn(struct answer *a, void *arg);

struct exchange_request {
	const struct forge_operation *op;
	struct route route;
	const json_t *body; /* NULL: none */
	enum forge_priority priority;
	uint64_t deadline; /* monotonic microseconds */
	unsigned attempts; /* 429 not counted; 0: the client's */
	bool skim;	   /* a good answer's tree is not wanted, only its id */
};

/* on_done runs from the loop, never from here. NULL when memory is short. */
struct exchange *exchange_start(struct forge_client *c, const struct exchange_request *rq,
				exchange_fn *on_done, void *arg);
/* Ends it without a call of on_done. */
void exchange_abort(struct exchange *x);

struct queue {
	struct exchange *first; /* by priority, then by age */
	struct exchange *last;
	struct event *timer;
	uint64_t next_seq;
	unsigned waiting;
	bool running;
};
int queue_init(struct queue *q, struct forge_client *c) MUST_CHECK;
void queue_done(struct queue *q); /* exchanges must have ended */

#endif
