/* What run.c (the job) and step.c (one step of it) share; nobody else includes this. */
#ifndef PIPELINE_RUN_INTERNAL_H
#define PIPELINE_RUN_INTERNAL_H

#include <stdbool.h>

#include "pipeline/call.h"
#include "pipeline/job.h"
#include "pipeline/run.h"
#include "pipeline/scope.h"

struct event;

struct run {
	const struct run_environment *env;
	struct job *job;	   /* owned */
	struct run_origin origin;  /* references; owned_rule owned */
	struct delivery *delivery; /* owned; NULL until fetched */
	struct scope scope;
	bool has_scope;
	size_t at;	     /* the step under way */
	struct call request; /* its request, unpacked */
	const struct forge_operation *operation;
	struct forge_client *client; /* borrowed from origin.accounts */
	struct forge_call *call;     /* under way; NULL */
	unsigned looks;		     /* times Forge's list was read for a lost call */
	struct event *timer;	     /* owned; waits before on_timer */
	void (*on_timer)(struct run *run);
	unsigned pending; /* changes handed to the recorder */
	bool ended;
};

/* Goes on with the step run->at from whatever state it is in. */
void step_enter(struct run *run);
struct job_step *run_step(struct run *run);
const struct rule_step *run_rule_step(struct run *run);
/* Begins a change of the job (NULL when memory is short) and says where notices go. */
struct change *run_change(struct run *run, struct telling *ret_tell);
/*
 * Submits c; then (may be NULL) is called when it is on disk. When c is NULL, since
 * memory was short, the step is entered again a second later, as after a restart.
 */
void run_submit(struct run *run, struct change *c, void (*then)(void *arg));
void run_wait(struct run *run, uint64_t ms, void (*then)(struct run *run));
/*
 * First thing in every callback given to run_submit. False: the process ends, start
 * nothing.
 */
bool run_settled(struct run *run);
/* The step is in a final state and that is on disk: on to the next, or to the end. */
void run_advance(void *arg);

#endif
