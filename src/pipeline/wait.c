/* How a step waits for a Forge that is away, until its own time is over. */
#include "base/clock.h"
#include "base/log.h"
#include "base/retry.h"
#include "base/str.h"
#include "pipeline/run_internal.h"

static void ask(struct run *run);

/* --- the step's time ------------------------------------------------------------------
 */

static uint64_t
whole_ms(struct run *run)
{
	uint64_t ms = run_rule_step(run)->timeout_ms;
	return ms > 0 ? ms : DEFAULT_STEP_TIMEOUT_MS;
}

static uint64_t
spent_ms(struct run *run)
{
	int64_t spent = (clock_wall_us() - run_step(run)->started_us) / 1000;
	return spent > 0 ? (uint64_t)spent : 0;
}

void
step_start_clock(struct run *run)
{
	struct job_step *step = run_step(run);
	uint64_t left = whole_ms(run);
	if (run->deadline_us > 0)
		return;
	if (step->started_us > 0) {
		uint64_t spent = spent_ms(run);
		left = left > spent + 1000 ? left - spent : STEP_GRACE_MS;
	} else {
		step->started_us = clock_wall_us();
	}
	run->deadline_us = clock_mono_us() + left * 1000;
}

uint64_t
step_time_left_ms(const struct run *run)
{
	uint64_t now = clock_mono_us();
	return run->deadline_us > now ? (run->deadline_us - now) / 1000 : 0;
}

/* --- telling --------------------------------------------------------------------------
 */

static void
tell(struct run *run, const char *reason)
{
	struct telling tell = {0};
	struct change *c = run_change(run, &tell);
	struct step_view view = {run->job, run_rule_step(run), run_step(run), NULL};
	if (str_set(&run->job->reason, reason) < 0)
		str_free(steal_ptr(&run->job->reason));
	if (run->job->reason)
		step_tell_waiting(&view, &tell);
	run_submit(run, c, NULL);
}

static void
tell_trouble(struct run *run, const struct outage_cause *cause)
{
	bool known = outage_cause_same(&run->cause, cause);
	auto_str reason = str_format("waiting for Forge: %s", cause->text);
	run->cause = *cause;
	if (known)
		return;
	log_warning(log_msg("the step waits for Forge and tries again"),
		    log_str("job", run->job->id.text), log_str("rule", run->job->rule),
		    log_str("step", run_rule_step(run)->id),
		    log_str("operation", run_rule_step(run)->operation),
		    log_str("cause", cause->text),
		    log_secs("seconds_left", (int64_t)step_time_left_ms(run) * 1000));
	tell(run, reason);
}

void
step_end_trouble(struct run *run)
{
	run->tries = 0;
	outage_end(run->outage);
	if (run->cause.kind == FORGE_OK)
		return;
	run->cause = (struct outage_cause){0};
	log_info(log_msg("the step goes on"), log_str("job", run->job->id.text),
		 log_str("step", run_rule_step(run)->id));
	tell(run, NULL);
}

/* --- waiting --------------------------------------------------------------------------
 */

static void
give_up(struct run *run)
{
	auto_str error = str_format("%sgave up after %llu s: %s", run->doubt,
				    (unsigned long long)(spent_ms(run) + 500) / 1000,
				    run->cause.text);
	step_fail(run, error ? error : run->cause.text);
}

/* Not longer than the step's time. */
static void
sleep_us(struct run *run, uint64_t us)
{
	uint64_t left = step_time_left_ms(run) + 1;
	uint64_t ms = us / 1000 + 1;
	run_wait(run, ms < left ? ms : left, ask);
}

static void
ask(struct run *run)
{
	if (step_time_left_ms(run) == 0) {
		give_up(run);
		return;
	}
	uint64_t spacing = outage_spacing_us(run->outage, run->client);
	uint64_t us = outage_ask(run->outage, clock_mono_us(), spacing);
	if (us > 0)
		sleep_us(run, us);
	else
		run->again(run);
}

void
step_retry(struct run *run, const struct outage_cause *cause, const char *doubt,
	   void (*again)(struct run *run))
{
	/* what came before says more than that time is over */
	bool only_late = cause->kind == FORGE_TIMEOUT && run->cause.kind != FORGE_OK;
	run->again = again;
	run->doubt = doubt;
	if (step_time_left_ms(run) == 0) {
		if (!only_late)
			run->cause = *cause;
		give_up(run);
		return;
	}
	if (!only_late)
		tell_trouble(run, cause);
	run->tries++;
	uint64_t ms = retry_delay_ms(run->tries, AWAY_BACKOFF_MS, LIMIT_FORGE_AWAY_MS);
	sleep_us(run, forge_pace_ms(run->client, ms) * 1000);
}

void
step_retry_away(struct run *run, const struct forge_result *result, const char *doubt,
		void (*again)(struct run *run))
{
	struct outage_cause cause;
	auto_str code = result->status >= 400 ? str_format(" (HTTP %ld)", result->status)
					      : NULL;
	outage_cause_set(&cause, result, code ? code : "");
	/* late or limited is no sign that Forge is away */
	if (forge_is_away(result) && result->kind != FORGE_TIMEOUT &&
	    result->kind != FORGE_RATE_LIMITED)
		outage_begin(run->outage, &cause, clock_mono_us(),
			     outage_spacing_us(run->outage, run->client));
	step_retry(run, &cause, doubt, again);
}

void
step_when_reachable(struct run *run, const char *doubt, void (*then)(struct run *run))
{
	if (!outage_is_on(run->outage)) {
		then(run);
		return;
	}
	run->again = then;
	run->doubt = doubt;
	run->tries = 1; /* a single attempt, should it become the probe */
	tell_trouble(run, &run->outage->cause);
	ask(run);
}
