#include "pipeline/run.h"

#include <event2/event.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "pipeline/run_internal.h"

static void on_timeout(evutil_socket_t fd, short what, void *arg);

struct run *
run_new(const struct run_environment *env, const struct run_origin *origin,
	struct job *job)
{
	struct run *run = x_new(struct run);
	if (!run)
		return NULL;
	run->timer = evtimer_new(env->base, on_timeout, run);
	if (!run->timer) {
		mem_free(run);
		return NULL;
	}
	run->env = env;
	run->job = job;
	run->origin = *origin;
	ruleset_ref(origin->ruleset);
	accounts_ref(origin->accounts);
	return run;
}

void
run_free(struct run *run)
{
	if (!run)
		return;
	event_free(run->timer);
	call_done(&run->request);
	str_free(run->status);
	if (run->has_scope)
		scope_done(&run->scope);
	delivery_free(run->delivery);
	rule_free(run->origin.owned_rule);
	ruleset_unref(run->origin.ruleset);
	accounts_unref(run->origin.accounts);
	job_free(run->job);
	mem_free(run);
}

struct job *
run_job(const struct run *run)
{
	return run->job;
}

const struct rule *
run_rule(const struct run *run)
{
	return run->origin.rule;
}

struct job_step *
run_step(struct run *run)
{
	return &run->job->steps[run->at];
}

const struct rule_step *
run_rule_step(struct run *run)
{
	const struct job_step *step = run_step(run);
	const struct rule *rule = run->origin.rule;
	return step->on_failure ? &rule->on_failure[step->position]
				: &rule->steps[step->position];
}

struct change *
run_change(struct run *run, struct telling *ret_tell)
{
	struct change *c = change_new(run->env->recorder, run->job);
	ret_tell->bridge = recorder_bridge(run->env->recorder);
	ret_tell->notices = c ? change_notices(c) : NULL;
	return c;
}

void
run_wait(struct run *run, uint64_t ms, void (*then)(struct run *run))
{
	struct timeval delay = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	run->on_timer = then;
	event_add(run->timer, &delay);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct run *run = arg;
	(void)fd;
	(void)what;
	if (!run->env->stopped)
		run->on_timer(run);
}

/* The run is over once its last change is on disk and none is under way any more. */
static void
end_when_settled(struct run *run)
{
	if (run->ended && run->pending == 0)
		run->env->on_end(run, run->env->arg);
}

bool
run_settled(struct run *run)
{
	run->pending--;
	return !run->env->stopped;
}

void
run_stop(struct run *run)
{
	accounts_stop(run->origin.accounts);
}

static void
on_noted(void *arg)
{
	struct run *run = arg;
	if (run_settled(run))
		end_when_settled(run);
}

void
run_submit(struct run *run, struct change *c, void (*then)(void *arg))
{
	if (!c) {
		log_error(log_msg("no memory to record a change; trying again"),
			  log_str("job", run->job->id.text));
		if (then)
			run_wait(run, 1000, step_enter);
		return;
	}
	run->pending++;
	change_submit(c, then ? then : on_noted, run);
}

static bool
has_failed(const struct job *job)
{
	for (size_t i = 0; i < job->n_steps; i++) {
		if (!job->steps[i].on_failure && job->steps[i].state == STEP_FAILED)
			return true;
	}
	return false;
}

static bool
is_over(enum step_state s)
{
	return s == STEP_FINISHED || s == STEP_FAILED || s == STEP_SKIPPED;
}

/*
 * The step to go on with, n_steps when there is none. It follows from the states of the
 * steps alone, so that a restart comes to the same answer.
 */
static size_t
next_step(const struct job *job)
{
	bool failing = has_failed(job);
	for (size_t i = 0; i < job->n_steps; i++) {
		const struct job_step *s = &job->steps[i];
		if (!is_over(s->state) && s->on_failure == failing)
			return i;
	}
	return job->n_steps;
}

static void
on_ended(void *arg)
{
	struct run *run = arg;
	const struct job *job = run->job;
	if (!run_settled(run))
		return;
	run->ended = true;
	bool failed = job->state == JOB_FAILED || job->state == JOB_EXPIRED;
	log_at(failed ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, log_msg("job ended"),
	       log_str("job", job->id.text), log_str("delivery", job->delivery.text),
	       log_str("rule", job->rule), log_str("state", job_state_name(job->state)),
	       log_str("reason", job->reason),
	       log_secs("seconds",
			job->started_us > 0 ? job->ended_us - job->started_us : 0));
	end_when_settled(run);
}

/* Why the job failed: its first failed step and what that said. */
static char *
failure_reason(struct run *run)
{
	for (run->at = 0; run->at < run->job->n_steps; run->at++) {
		const struct job_step *s = run_step(run);
		if (!s->on_failure && s->state == STEP_FAILED)
			return str_format("step %s: %s", run_rule_step(run)->id,
					  s->error ? s->error : "failed");
	}
	return NULL;
}

static void
finish(struct run *run)
{
	bool failed = has_failed(run->job);
	auto_str reason = failed ? failure_reason(run) : NULL;
	struct telling tell = {0};
	struct change *c = run_change(run, &tell);
	if (!c) {
		run_wait(run, 1000, finish);
		return;
	}
	for (size_t i = 0; i < run->job->n_steps; i++) {
		if (!is_over(run->job->steps[i].state))
			run->job->steps[i].state = STEP_SKIPPED;
	}
	job_set_state(run->job, failed ? JOB_FAILED : JOB_SUCCEEDED, reason, &tell);
	run_submit(run, c, on_ended);
}

static void
go_on(struct run *run)
{
	run->at = next_step(run->job);
	run->deadline_us = 0;
	run->tries = 0;
	run->cause = (struct outage_cause){0};
	if (run->at < run->job->n_steps)
		step_enter(run);
	else
		finish(run);
}

void
run_advance(void *arg)
{
	struct run *run = arg;
	if (run_settled(run))
		go_on(run);
}

/* Nothing can be rendered without the delivery: the first open step fails for it. */
static void
fail_without_delivery(struct run *run)
{
	struct telling tell = {0};
	struct change *c = run_change(run, &tell);
	if (!c) {
		run_wait(run, 1000, fail_without_delivery);
		return;
	}
	job_set_state(run->job, JOB_FAILED,
		      "its delivery cannot be read from the journal", &tell);
	run_submit(run, c, on_ended);
}

static void
on_fetched(struct delivery *d, int error, void *arg)
{
	struct run *run = arg;
	run->delivery = d;
	if (run->env->stopped)
		return;
	if (d) {
		run->has_scope = true;
		error = scope_init(&run->scope, d, true);
	}
	if (error < 0)
		fail_without_delivery(run);
	else
		go_on(run);
}

void
run_give_delivery(struct run *run, struct delivery *d)
{
	run->delivery = delivery_ref(d);
}

static void
fetch(struct run *run)
{
	if (run->delivery) {
		on_fetched(run->delivery, 0, run);
		return;
	}
	const char *id = run->job->delivery.text;
	if (journal_fetch_delivery(run->env->journal, id, on_fetched, run) < 0)
		run_wait(run, 1000, fetch);
}

void
run_start(struct run *run)
{
	struct telling tell = {0};
	if (run->job->state == JOB_WAITING) {
		struct change *c = run_change(run, &tell);
		job_set_state(run->job, JOB_RUNNING, NULL, &tell);
		run_submit(run, c, NULL);
	}
	fetch(run);
}

void
run_end_unstarted(struct run *run, enum job_state state, const char *reason)
{
	struct telling tell = {0};
	struct change *c = run_change(run, &tell);
	job_set_state(run->job, state, reason, &tell);
	if (!c)
		c = run_change(run, &tell);
	if (c)
		run_submit(run, c, on_ended);
}
