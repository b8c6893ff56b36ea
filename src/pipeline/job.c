#include "pipeline/job.h"

#include <assert.h>
#include <errno.h>

#include "base/clock.h"
#include "base/str.h"

static const enum event_type job_events[JOB_STATE_COUNT] = {
	[JOB_WAITING] = EVENT_JOB_WAITING,     [JOB_RUNNING] = EVENT_JOB_STARTED,
	[JOB_SUCCEEDED] = EVENT_JOB_SUCCEEDED, [JOB_FAILED] = EVENT_JOB_FAILED,
	[JOB_CANCELLED] = EVENT_JOB_CANCELLED, [JOB_SUPERSEDED] = EVENT_JOB_SUPERSEDED,
	[JOB_EXPIRED] = EVENT_JOB_EXPIRED,
};

/* The states of a step that are told, and how; the others pass silently. */
static const struct {
	bool told;
	enum event_type type;
} step_events[STEP_STATE_COUNT] = {
	[STEP_SENT] = {true, EVENT_STEP_STARTED},
	[STEP_FINISHED] = {true, EVENT_STEP_FINISHED},
	[STEP_FAILED] = {true, EVENT_STEP_FAILED},
};

/* Too long for a notice is no reason to lose the change itself. */
static int
forgive_length(int rc)
{
	return rc == -EMSGSIZE ? 0 : rc;
}

int
job_set_state(struct job *job, enum job_state to, const char *reason,
	      const struct telling *tell)
{
	bool is_new = job->state == JOB_WAITING && to == JOB_WAITING;
	assert(is_new || job_state_allows(job->state, to));
	int64_t now = clock_wall_us();
	job->state = to;
	if (is_new)
		job->created_us = now;
	if (to == JOB_RUNNING)
		job->started_us = now;
	if (job_state_is_final(to))
		job->ended_us = now;
	int rc = str_set(&job->reason, reason);
	if (rc == 0 && tell->notices)
		rc = notices_job(tell->notices, tell->bridge, job_events[to], job);
	return forgive_length(rc);
}

int
step_set_state(struct job *job, struct job_step *step, enum step_state to,
	       const struct rule_step *rule_step, const struct telling *tell)
{
	int64_t now = clock_wall_us();
	step->state = to;
	if (to == STEP_SENT && step->started_us == 0)
		step->started_us = now;
	if (to == STEP_FINISHED || to == STEP_FAILED)
		step->ended_us = now;
	bool repeated = to == STEP_SENT && step->attempts > 1;
	if (!tell->notices || !step_events[to].told || repeated)
		return 0;
	struct step_view view = {job, rule_step, step, NULL};
	return forgive_length(
		notices_step(tell->notices, tell->bridge, step_events[to].type, &view));
}

int
step_tell_waiting(const struct step_view *view, const struct telling *tell)
{
	if (!tell->notices)
		return 0;
	return forgive_length(
		notices_step(tell->notices, tell->bridge, EVENT_STEP_WAITING, view));
}

int
step_tell_progress(const struct step_view *view, bool is_deployment,
		   const struct telling *tell)
{
	if (!tell->notices)
		return 0;
	int rc = notices_step(tell->notices, tell->bridge, EVENT_STEP_PROGRESS, view);
	if (rc == 0 && is_deployment)
		rc = notices_site_state(tell->notices, view);
	return forgive_length(rc);
}
