/*
 * Runs one job: its steps one after the other, each from its rendered request to its end
 * at Forge. What is about to change something at Forge is journaled before it is sent,
 * with a mark of what was there; so a step found in state sent after a crash, or whose
 * answer was lost, is looked for at Forge first and sent again only when it is not there
 * (promise 3).
 */
#ifndef PIPELINE_RUN_H
#define PIPELINE_RUN_H

#include <stdbool.h>

#include "base/attr.h"
#include "model/delivery.h"
#include "model/job.h"
#include "model/rule.h"
#include "pipeline/accounts.h"
#include "pipeline/recorder.h"
#include "pipeline/ruleset.h"

struct event_base;
struct run;

struct run_environment {
	struct event_base *base;
	struct journal *journal;
	struct recorder *recorder;
	/* The job is in a final state and that is on disk. The run is freed right after.
	 */
	void (*on_end)(struct run *run, void *arg);
	void *arg;
	bool stopped; /* the process ends: callbacks record nothing and start nothing */
};

/*
 * Takes job over, references ruleset and accounts. rule belongs to ruleset, unless
 * owned_rule is given (a rule kept alive by the journal alone), which is taken over. env
 * is borrowed and outlives the run. NULL (nothing taken over) when memory is short.
 */
struct run_origin {
	struct ruleset *ruleset;
	struct accounts *accounts;
	const struct rule *rule;
	struct rule *owned_rule;
};
struct run *run_new(const struct run_environment *env, const struct run_origin *origin,
		    struct job *job) MUST_CHECK;
/* Not while it is started, except at shutdown (after run_stop). */
void run_free(struct run *run);
/* Ends its calls at Forge; env->stopped is set. */
void run_stop(struct run *run);
struct job *run_job(const struct run *run);
const struct rule *run_rule(const struct run *run);
/* Before run_start: the job's delivery (referenced), which it need not read then. */
void run_give_delivery(struct run *run, struct delivery *d);
/* Starts a waiting job, or goes on with one that a restart interrupted. */
void run_start(struct run *run);
/* Ends a job that was not started: superseded, failed, cancelled, expired. */
void run_end_unstarted(struct run *run, enum job_state state, const char *reason);

#endif
