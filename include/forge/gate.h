/*
 * Callers of one client that block, from any number of threads. One of them leads: it
 * alone touches the client, runs the loop and starts the others' calls; when its own call
 * has ended, one of those that still wait takes over. No thread of our own, and nothing
 * to wait for when there is but one caller.
 * Private to libforge: not installed.
 */
#ifndef FORGE_GATE_H
#define FORGE_GATE_H

#include <event2/event.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/attr.h"
#include "forge/client.h"

/* A blocking call; on the caller's stack. */
struct gate_job {
	struct gate_job *next;
	struct forge_call *(*start)(struct forge_client *c, const struct gate_job *job,
				    forge_result_fn *on_result, void *arg);
	const struct forge_request *rq;
	forge_progress_fn *on_progress;
	void *progress_arg;
	/* of the gate */
	struct gate *gate;
	struct forge_result *result;
	bool done;
};

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* a job is done, or nobody leads */
	struct gate_job *first; /* not started yet, oldest first */
	struct gate_job *last;
	bool led;
	pthread_t leader;
	bool ready;	     /* initialised */
	int wake[2];	     /* a pipe: makes the leader look at first; -1 */
	struct event *woken; /* reads it */
};

/* base: to wake, or NULL when the loop is not ours alone. */
int gate_init(struct gate *g, struct event_base *base) MUST_CHECK;
void gate_done(struct gate *g);
/* Runs job to its end; the result is the caller's. NULL when it could not be started. */
struct forge_result *gate_run(struct forge_client *c, struct gate_job *job);

#endif
