/*
 * Queues of jobs by key: one job of a key runs at a time, the others wait in the order of
 * their deliveries (promise 5). Owns the runs in it.
 */
#ifndef PIPELINE_QUEUE_H
#define PIPELINE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "pipeline/run.h"

struct queues;

struct queue_counts {
	size_t waiting;
	size_t running;
};

struct queues *queues_new(void) MUST_CHECK;
/* Ends the calls of all runs; before queues_free when any was started. */
void queues_stop(struct queues *q);
/* Frees the runs too. */
void queues_free(struct queues *q);
/*
 * Adds a job behind the others of its key. With coalesce: latest in its rule, jobs of the
 * same rule that wait there are superseded. Takes run over; -ENOMEM: it stays the
 * caller's. A job that was running before a restart is added first, in any order, and
 * goes on.
 */
int queues_add(struct queues *q, struct run *run) MUST_CHECK;
/* Whether a job of that key would start at the next queues_go. */
bool queues_are_free(const struct queues *q, const char *key);
/* Starts what may start. After one or several queues_add. */
void queues_go(struct queues *q);
/* The run's job has ended (run_environment.on_end): frees it and starts the next. */
void queues_ended(struct queues *q, struct run *run);
struct queue_counts queues_count(const struct queues *q);

#endif
