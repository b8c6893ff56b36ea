/*
 * The outbox: publishes the notices that wait in the journal, in their order, a window of
 * them in flight, and records what the broker took or refused. After each reconnect all
 * that is unacknowledged is sent again; when the broker shows that it lost its state,
 * what it had acknowledged lately too (promise 4).
 */
#ifndef PIPELINE_OUTBOX_H
#define PIPELINE_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "journal/journal.h"
#include "model/conf.h"

struct event_base;
struct outbox;

struct outbox_stats {
	bool connected;
	uint64_t published;	/* acknowledged */
	uint64_t no_subscriber; /* of these: nobody was there */
	uint64_t parked;	/* refused by the broker */
	uint64_t reconnects;
	uint64_t replays; /* the broker had lost its state */
};

struct outbox_options {
	struct journal *journal;
	const struct conf_mqtt *conf;
	const char *boot; /* id of this process, part of P/state */
	uint64_t marker;  /* journal_load_marker */
};
/* Everything but the journal is copied or not kept. NULL when memory is short. */
struct outbox *outbox_new(struct event_base *base,
			  const struct outbox_options *options) MUST_CHECK;
/* Publishes the state `offline`, disconnects. Before journal_close. */
void outbox_stop(struct outbox *o);
void outbox_free(struct outbox *o);
/* There may be new notices in the journal. */
void outbox_poke(struct outbox *o);
void outbox_get_stats(const struct outbox *o, struct outbox_stats *ret_stats);

#endif
