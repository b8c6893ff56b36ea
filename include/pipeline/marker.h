/*
 * How the bridge sees that the broker lost its state: P/outbox, a retained message with
 * the sequence up to which all notices are settled, {"sequence":123}. A broker takes its
 * messages in order and keeps a state as a whole, so the marker that it shows after a
 * connect tells which acknowledged notices it can have lost: those behind it. The journal
 * keeps the last marker that the broker was seen to have; when that is gone, or an older
 * one is there, the broker went back to an earlier state or started with none.
 */
#ifndef PIPELINE_MARKER_H
#define PIPELINE_MARKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct event_base;
struct marker;
struct mqtt_client;

#define MARKER_LEAF "outbox" /* its topic behind the prefix */

struct marker_callbacks {
	/*
	 * After a connect: acknowledged notices with sequence > after may be gone. lost:
	 * the broker has not kept what it had; else they are few, or none.
	 */
	void (*on_known)(uint64_t after, bool lost, void *arg);
	/* The broker has this marker: for the journal. */
	void (*on_placed)(uint64_t sequence, void *arg);
	/* All notices up to the one returned are settled. */
	uint64_t (*settled)(void *arg);
};

/* placed: from the journal, 0: never. prefix and callbacks are borrowed. */
struct marker *marker_new(struct event_base *base, const char *prefix, uint64_t placed,
			  const struct marker_callbacks *callbacks, void *arg) MUST_CHECK;
void marker_free(struct marker *m);
/* Subscribes. mqtt is borrowed until marker_free. Returns 0 or -errno. */
int marker_attach(struct marker *m, struct mqtt_client *mqtt) MUST_CHECK;
/* What the connection's callbacks of these names tell. */
void marker_connected(struct marker *m);
void marker_disconnected(struct marker *m);
void marker_subscribed(struct marker *m, const char *filter, int reason);
void marker_message(struct marker *m, const char *topic, const void *payload, size_t len,
		    bool retained);
/* Something was settled: the marker is published soon. */
void marker_poke(struct marker *m);
/* Publishes it now. */
void marker_flush(struct marker *m);

#endif
