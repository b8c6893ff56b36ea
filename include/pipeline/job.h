/*
 * The only place where a job or a step changes its state: checks the table of allowed
 * transitions, keeps the times, and adds the notice that tells of it to the change.
 */
#ifndef PIPELINE_JOB_H
#define PIPELINE_JOB_H

#include "base/attr.h"
#include "model/job.h"
#include "pipeline/notices.h"

/* Where the notices of a change go. */
struct telling {
	const char *bridge;
	struct notice_list *notices; /* NULL: nobody listens, none are made */
};

/*
 * reason (may be NULL) is copied. A notice that does not fit its limit is left out, the
 * state still changes. Returns 0; -ENOMEM: state changed, but reason or notice is
 * missing.
 */
int job_set_state(struct job *job, enum job_state to, const char *reason,
		  const struct telling *tell);

/* The same for a step; view->step is the step that changes. */
int step_set_state(struct job *job, struct job_step *step, enum step_state to,
		   const struct rule_step *rule_step, const struct telling *tell);
/* The job's reason says why its step waits. */
int step_tell_waiting(const struct step_view *view, const struct telling *tell);
/* What the step made has a new status at Forge; is_deployment: the site's state too. */
int step_tell_progress(const struct step_view *view, bool is_deployment,
		       const struct telling *tell);

#endif
