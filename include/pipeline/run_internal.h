/* What run.c (the job) and step.c (one step of it) share; nobody else includes this. */
#ifndef PIPELINE_RUN_INTERNAL_H
#define PIPELINE_RUN_INTERNAL_H

#include <stdbool.h>

#include "pipeline/call.h"
#include "pipeline/job.h"
#include "pipeline/outage.h"
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
	struct outage *outage;	     /* the client's account's; borrowed too */
	struct forge_call *call;     /* under way; NULL */
	char *status;		     /* owned; the step's at Forge, as last told; NULL */
	unsigned looks;		     /* times Forge's list was read for a lost call */
	uint64_t deadline_us;	     /* monotonic end of the step's time; 0: not begun */
	unsigned tries;		     /* in a row that found Forge away */
	struct outage_cause cause;   /* why it waits; kind FORGE_OK: it does not */
	const char *doubt;	     /* said before "gave up"; static */
	void (*again)(struct run *run); /* what is tried again */
	struct event *timer;		/* owned; waits before on_timer */
	void (*on_timer)(struct run *run);
	unsigned pending; /* changes handed to the recorder */
	bool ended;
};

/* Goes on with the step run->at from whatever state it is in. */
void step_enter(struct run *run);
/* Ends the step as failed, with the reason in log, notice and journal. */
void step_fail(struct run *run, const char *error);

/*
 * A step's time runs from its start, whatever waits or restarts lie in between; it is
 * never over before Forge was asked once. The first call sets it, the others change
 * nothing.
 */
void step_start_clock(struct run *run);
uint64_t step_time_left_ms(const struct run *run);
/*
 * Tries again after a while: again is called when it is this step's turn. When the step's
 * time is over it fails with doubt (what is not known then, "" for nothing) and cause.
 */
void step_retry(struct run *run, const struct outage_cause *cause, const char *doubt,
		void (*again)(struct run *run));
/* The same where a call found Forge away, which the other steps then need not find out.
 */
void step_retry_away(struct run *run, const struct forge_result *result,
		     const char *doubt, void (*again)(struct run *run));
/* Calls then at once, or when Forge is back. */
void step_when_reachable(struct run *run, const char *doubt,
			 void (*then)(struct run *run));
/* Forge did what was asked. */
void step_end_trouble(struct run *run);

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
