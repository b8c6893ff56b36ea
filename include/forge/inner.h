/* The inside of a client, shared by the files of libforge. Private to libforge: not
 * installed. */
#ifndef FORGE_INNER_H
#define FORGE_INNER_H

#include <event2/event.h>

#include "base/secret.h"
#include "forge/budget.h"
#include "forge/client.h"
#include "forge/exchange.h"
#include "forge/gate.h"
#include "forge/resolve.h"
#include "forge/wire.h"

struct forge_call;

struct forge_client {
	struct event_base *base;
	bool owns_base;
	char *url; /* without a slash at its end */
	char *organization;
	struct secret token; /* to keep it out of messages */
	unsigned timeout_ms;
	unsigned attempts;
	unsigned limited_ms; /* 0: no limit */
	void (*on_trace)(const char *line, void *arg);
	void *trace_arg;
	struct wire *wire;
	struct budget budget;
	struct queue queue;
	struct gate gate;
	struct resolver resolver;
	struct forge_stats stats;
	struct forge_call *calls; /* under way, newest first */
	unsigned n_calls;
	struct forge_call *first_ready; /* to start, or cancelled; oldest first */
	struct forge_call *last_ready;
	struct event *kick; /* runs them */
	unsigned depth;	    /* of callbacks from the loop */
	bool gone;	    /* forge_client_free came from inside one */
};

/* Around every callback from the loop; leave may free the client. */
void client_enter(struct forge_client *c);
void client_leave(struct forge_client *c);
/* One line for the debug trace; the token is masked, should it be in there. */
void client_trace(struct forge_client *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Replaces the token by asterisks in place. */
void client_mask(const struct forge_client *c, struct buf *text);
void client_delay(struct event *timer, uint64_t us);
/* In call.c. */
void calls_run_ready(struct forge_client *c);
void calls_cancel_all(struct forge_client *c);

#endif
