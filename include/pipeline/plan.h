/* From a delivery to the jobs that its rules call for. */
#ifndef PIPELINE_PLAN_H
#define PIPELINE_PLAN_H

#include "base/attr.h"
#include "model/delivery.h"
#include "model/job.h"
#include "pipeline/ruleset.h"

/* A job that is about to be journaled with its delivery. */
struct planned {
	const struct rule *rule; /* of the ruleset */
	struct job *job;	 /* owned until it is taken out */
	char *error;		 /* it cannot even wait: why; NULL */
};

struct plan {
	struct planned *items;
	size_t len;
	size_t cap;
};

void plan_done(struct plan *plan);
/*
 * Matches d against the rules and makes a job for each that does, in the table's order;
 * sets d->result. Returns 0; -EBADMSG: the payload is no JSON; -ENOMEM. plan_done is due
 * in each case.
 */
int plan_make(struct plan *plan, const struct ruleset *rs, struct delivery *d) MUST_CHECK;

#endif
