/*
 * The one place that knows the order of the flow: what listens hands deliveries to the
 * intake, their jobs go through queues to Forge, their notices through the outbox to the
 * broker. Everything runs on one event loop.
 */
#ifndef PIPELINE_PIPELINE_H
#define PIPELINE_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "journal/journal.h"
#include "listen/server.h"
#include "pipeline/accounts.h"
#include "pipeline/counters.h"
#include "pipeline/outbox.h"
#include "pipeline/queue.h"
#include "pipeline/ruleset.h"

struct event_base;
struct pipeline;

struct pipeline_options {
	struct event_base *base;
	struct journal *journal; /* taken over: pipeline_stop, or a failure, closes it */
	struct ruleset *ruleset; /* referenced */
	/* The journal is broken: the process must stop accepting and end. */
	void (*on_broken)(void *arg);
	void *arg;
};

/*
 * Also takes up again what an earlier process left unfinished. NULL on failure, with the
 * reason in *ret_error (str_free).
 */
struct pipeline *pipeline_new(const struct pipeline_options *options,
			      char **ret_error) MUST_CHECK;
/*
 * Ends calls under way, says goodbye to the broker, closes the journal. What runs at
 * Forge is taken up again at the next start. After the hooks listener is drained.
 */
void pipeline_stop(struct pipeline *p);
void pipeline_free(struct pipeline *p); /* after pipeline_stop */

/* New deliveries and jobs use rs; running jobs keep theirs. Returns 0 or -ENOMEM. */
int pipeline_reload(struct pipeline *p, struct ruleset *rs) MUST_CHECK;
/* For http_server_new of the hooks listener. */
const struct http_handler *pipeline_hooks(struct pipeline *p, void **ret_arg);

struct pipeline_view {
	const struct ruleset *ruleset;
	struct journal *journal;
	const struct accounts *accounts;
	const struct counters *counters;
	struct queue_counts queues;
	bool has_broker;
	struct outbox_stats outbox;
};
/* For health and metrics; valid until the loop turns. */
void pipeline_look(const struct pipeline *p, struct pipeline_view *ret_view);

#endif
