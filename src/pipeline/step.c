/*
 * One step, from its rendered request to its end at Forge:
 *
 *   render -> resolve -> mark -> [sent] -> call -> [accepted] -> follow -> [finished]
 *                      ^  ^         ^          | answer lost: [unknown]
 *                      |  |         +-- look --+
 *                      |  +-- nothing was sent
 *                 Forge is away: wait.c, until the step's time is over
 *
 * Brackets are states on disk. Each function starts one thing and returns; its callback
 * records the result and starts the next.
 */
#include <event2/event.h>

#include "base/clock.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/str.h"
#include "pipeline/run_internal.h"

#define DOUBT_PLACE "uncertain whether it took place; "
#define DOUBT_END   "it was accepted, but how it ended is not known; "

static void send_request(void *arg);
static void look(struct run *run);

static bool
is_deployment(const struct run *run)
{
	return forge_operation_changes(run->operation) &&
	       str_eq(run->operation->resource_type, "deployments");
}

/* Within what is left of the step's time. While Forge is away a call is one probe. */
static struct forge_request
make_request(struct run *run, unsigned attempts)
{
	uint64_t left = step_time_left_ms(run);
	if (left == 0)
		left = 1;
	struct forge_request rq = call_request(
		&run->request, left < UINT32_MAX ? (unsigned)left : UINT32_MAX);
	rq.attempts = run->tries > 0 ? 1 : attempts;
	return rq;
}

/* Keeps an answer for templates and pages, when it is not too large for the journal. */
static void
keep_result(struct run *run, const struct forge_result *result)
{
	struct job_step *step = run_step(run);
	bool fits = result->body_len > 0 && result->body_len <= LIMIT_NOTICE_BYTES;
	str_free(step->result);
	step->result = fits ? str_ndup(result->body, result->body_len) : NULL;
}

/* The status that stands in the step's result; NULL where Forge did not tell. */
static char *
result_status(const struct job_step *step)
{
	auto_json_doc doc = NULL;
	if (!step->result || json_doc_parse(slice_of(step->result), &doc, NULL) < 0)
		return NULL;
	return json_dup_text(json_find(json_root(doc), "data.attributes.status"));
}

static void
tell_outcome(struct run *run, const struct telling *tell)
{
	auto_str status = is_deployment(run) ? result_status(run_step(run)) : NULL;
	struct step_view view = {run->job, run_rule_step(run), run_step(run), status};
	if (status && tell->notices && notices_site_state(tell->notices, &view) < 0)
		log_warning(log_msg("a site's state could not be told"),
			    log_str("job", run->job->id.text));
}

static void
end_step(struct run *run, enum step_state state, const char *error)
{
	struct job_step *step = run_step(run);
	struct telling tell = {0};
	struct change *c = run_change(run, &tell);
	str_free(steal_ptr(&run->job->reason)); /* it waits no more */
	if (str_set(&step->error, error) < 0)
		str_free(steal_ptr(&step->error));
	step_set_state(run->job, step, state, run_rule_step(run), &tell);
	if (run->operation)
		tell_outcome(run, &tell);
	run_submit(run, c, run_advance);
}

void
step_fail(struct run *run, const char *error)
{
	log_warning(log_msg("step failed"), log_str("job", run->job->id.text),
		    log_str("rule", run->job->rule),
		    log_str("step", run_rule_step(run)->id),
		    log_str("operation", run_rule_step(run)->operation),
		    log_str("error", error));
	end_step(run, STEP_FAILED, error);
}

/* What Forge answered, with its status. */
static void
fail_with(struct run *run, const struct forge_result *result)
{
	if (result->status > 0)
		outage_end(run->outage);
	auto_str error =
		result->status >= 400
			? str_format("%s (HTTP %ld)", result->message, result->status)
			: str_dup(result->message);
	step_fail(run, error ? error : result->message);
}

static void
step_finish(struct run *run)
{
	end_step(run, STEP_FINISHED, NULL);
}

/* Memory was short where a call should have started. */
static void
try_again(struct run *run)
{
	run_wait(run, 1000, step_enter);
}

/* --- following what was accepted to its end -------------------------------------------
 */

static void
on_progress(const char *status, void *arg)
{
	struct run *run = arg;
	if (str_eq(run->status, status))
		return;
	if (str_set(&run->status, status) < 0)
		str_free(steal_ptr(&run->status));
	struct telling tell = {0};
	struct change *c = run_change(run, &tell);
	struct step_view view = {run->job, run_rule_step(run), run_step(run), status};
	step_end_trouble(run);
	log_debug(log_msg("step progress"), log_str("job", run->job->id.text),
		  log_str("status", status));
	step_tell_progress(&view, is_deployment(run), &tell);
	run_submit(run, c, NULL);
}

static void follow(struct run *run);

static void
on_followed(const struct forge_result *result, void *arg)
{
	struct run *run = arg;
	run->call = NULL;
	if (result->kind == FORGE_CANCELLED)
		return;
	/* That Forge does not tell is no end of what runs there. */
	if (result->kind == FORGE_SERVER ||
	    (forge_is_away(result) && result->kind != FORGE_TIMEOUT)) {
		step_retry_away(run, result, DOUBT_END, follow);
		return;
	}
	if (result->body_len > 0)
		keep_result(run, result);
	if (result->kind == FORGE_OK)
		step_finish(run);
	else
		fail_with(run, result);
}

static void
follow(struct run *run)
{
	struct forge_request rq = make_request(run, AWAY_LOOKS);
	run->call = forge_follow(run->client, &rq, run_step(run)->resource, on_progress,
				 on_followed, run);
	if (!run->call)
		try_again(run);
}

/* Forge has it: its resource is known. */
static void
accepted(struct run *run)
{
	struct job_step *step = run_step(run);
	struct telling tell = {0};
	struct change *c = run_change(run, &tell);
	auto_str status = result_status(step);
	struct step_view view = {run->job, run_rule_step(run), step, status};
	step_end_trouble(run);
	step_set_state(run->job, step, STEP_ACCEPTED, run_rule_step(run), &tell);
	if (status)
		step_tell_progress(&view, is_deployment(run), &tell);
	str_free(run->status);
	run->status = steal_ptr(&status);
	run_submit(run, c, NULL);
	if (!step->resource && step->mark)
		look(run);
	else if (step->resource && forge_can_follow(run->operation))
		follow(run);
	else
		step_finish(run);
}

/* --- looking for what a call may have made --------------------------------------------
 */

#define LOOKS	      2	   /* calls of forge_adopt before a request counts as lost */
#define LOOK_PAUSE_MS 1000 /* between them: it may still be at work over there */

static void
record_sent(struct run *run)
{
	struct job_step *step = run_step(run);
	struct telling tell = {0};
	struct change *c = run_change(run, &tell);
	step->attempts++;
	step_set_state(run->job, step, STEP_SENT, run_rule_step(run), &tell);
	run_submit(run, c, send_request);
}

static const struct outage_cause not_listed = {
	FORGE_NOT_FOUND, 0, "Forge accepted it, but it is not in Forge's list"};
static const struct outage_cause nothing_came = {
	FORGE_UNCERTAIN, 0, "Forge's answer was lost, and nothing came of the request"};
static const struct outage_cause lost = {FORGE_UNCERTAIN, 0, "Forge's answer was lost"};

static void
not_found(struct run *run)
{
	struct job_step *step = run_step(run);
	outage_end(run->outage);
	if (run->looks < LOOKS)
		run_wait(run, LOOK_PAUSE_MS, look);
	else if (step->state == STEP_ACCEPTED)
		step_retry(run, &not_listed, DOUBT_END, look);
	else
		step_retry(run, &nothing_came, "", record_sent);
}

static void
on_looked(const struct forge_result *result, void *arg)
{
	struct run *run = arg;
	run->call = NULL;
	if (result->kind == FORGE_CANCELLED)
		return;
	if (result->kind == FORGE_NOT_FOUND) {
		not_found(run);
		return;
	}
	if (forge_is_away(result)) {
		step_retry_away(run, result, DOUBT_PLACE, look);
		return;
	}
	if (result->kind != FORGE_OK) {
		auto_str error = str_format(DOUBT_PLACE "%s", result->message);
		step_fail(run, error ? error : "uncertain");
		return;
	}
	log_info(log_msg("adopted what an earlier request made"),
		 log_str("job", run->job->id.text),
		 log_str("resource", result->resource));
	if (str_set(&run_step(run)->resource, result->resource) < 0)
		try_again(run);
	else
		accepted(run);
}

static void
look(struct run *run)
{
	struct forge_request rq = make_request(run, 0);
	run->looks++;
	run->call = forge_adopt(run->client, &rq, run_step(run)->mark, on_looked, run);
	if (!run->call)
		try_again(run);
}

/* The request may or may not have reached Forge. */
static void
resolve_uncertainty(struct run *run)
{
	run->looks = 0;
	if (forge_can_adopt(run->operation) && run_step(run)->mark)
		look(run);
	else if (!forge_operation_repeatable(run->operation))
		step_fail(run,
			  "uncertain: the request may have taken effect, and Forge has "
			  "no list to look in; check before running it again");
	else
		step_retry(run, &lost, DOUBT_PLACE, record_sent);
}

static void
on_unknown(void *arg)
{
	struct run *run = arg;
	if (run_settled(run))
		resolve_uncertainty(run);
}

static void
record_unknown(struct run *run)
{
	struct telling tell = {0};
	struct change *c = run_change(run, &tell);
	step_set_state(run->job, run_step(run), STEP_UNKNOWN, run_rule_step(run), &tell);
	log_warning(log_msg("Forge's answer was lost; asking what came of it"),
		    log_str("job", run->job->id.text));
	run_submit(run, c, on_unknown);
}

/* --- sending --------------------------------------------------------------------------
 */

/* It is known to have changed nothing: after a restart nobody needs to look for it. */
static void
record_unsent(struct run *run)
{
	struct telling tell = {0};
	struct change *c = run_change(run, &tell);
	step_set_state(run->job, run_step(run), STEP_PENDING, run_rule_step(run), &tell);
	run_submit(run, c, NULL);
}

static void
on_answer(const struct forge_result *result, void *arg)
{
	struct run *run = arg;
	run->call = NULL;
	if (result->kind == FORGE_CANCELLED)
		return;
	if (result->kind == FORGE_UNCERTAIN) {
		record_unknown(run);
		return;
	}
	if (forge_is_away(result)) {
		record_unsent(run);
		step_retry_away(run, result, "", record_sent);
		return;
	}
	if (result->kind != FORGE_OK) {
		fail_with(run, result);
		return;
	}
	keep_result(run, result);
	bool goes_on = forge_can_follow(run->operation);
	if (!goes_on) {
		step_end_trouble(run);
		step_finish(run);
		return;
	}
	run->looks = 0;
	if (str_set(&run_step(run)->resource, result->resource) < 0)
		record_unknown(run);
	else
		accepted(run);
}

static void
send_request(void *arg)
{
	struct run *run = arg;
	if (!run_settled(run))
		return;
	struct forge_request rq = make_request(run, 0);
	run->call = forge_call(run->client, &rq, on_answer, run);
	if (!run->call)
		try_again(run);
}

static void mark(struct run *run);

static void
on_marked(const struct forge_result *result, void *arg)
{
	struct run *run = arg;
	run->call = NULL;
	if (result->kind == FORGE_CANCELLED)
		return;
	if (forge_is_away(result)) {
		step_retry_away(run, result, "", mark);
		return;
	}
	if (result->kind != FORGE_OK) {
		fail_with(run, result);
		return;
	}
	step_end_trouble(run);
	if (str_set(&run_step(run)->mark, result->body) < 0)
		try_again(run);
	else
		record_sent(run);
}

static void
mark(struct run *run)
{
	bool wanted = forge_operation_changes(run->operation) &&
		      forge_can_adopt(run->operation);
	if (!wanted) {
		record_sent(run);
		return;
	}
	struct forge_request rq = make_request(run, 0);
	run->call = forge_mark(run->client, &rq, on_marked, run);
	if (!run->call)
		try_again(run);
}

/* --- making the request ---------------------------------------------------------------
 */

/* Keeps the first mistake of the request as the step's error. */
static void
on_mistake(const char *where, const char *text, void *arg)
{
	char **error = arg;
	if (!*error)
		*error = str_format("%s: %s", where, text);
}

static void resolve(struct run *run);

static void
on_resolved(const struct forge_result *result, void *arg)
{
	struct run *run = arg;
	struct job *job = run->job;
	run->call = NULL;
	if (result->kind == FORGE_CANCELLED)
		return;
	if (forge_is_away(result)) {
		step_retry_away(run, result, "", resolve);
		return;
	}
	if (result->kind != FORGE_OK) {
		fail_with(run, result);
		return;
	}
	step_end_trouble(run);
	auto_str server = NULL;
	auto_str site = NULL;
	if (call_set_resolved(&run->request, result->body, &server, &site) < 0) {
		try_again(run);
		return;
	}
	if (!job->server && server)
		job->server = steal_ptr(&server);
	if (!job->site && site)
		job->site = steal_ptr(&site);
	struct job_step *step = run_step(run);
	str_free(step->request);
	step->request = call_format(&run->request);
	auto_str error = NULL;
	if (forge_validate(run->operation, run->request.params, run->request.body,
			   on_mistake, &error) > 0)
		step_fail(run, error ? error : "the request does not fit the operation");
	else if (!step->request)
		try_again(run);
	else
		mark(run);
}

static void
resolve(struct run *run)
{
	struct forge_request rq = make_request(run, 0);
	run->call = forge_resolve(run->client, &rq, on_resolved, run);
	if (!run->call)
		try_again(run);
}

/* Sets operation and client from the request. False: the step has failed for it. */
static bool
prepare(struct run *run)
{
	const struct call *c = &run->request;
	run->operation = forge_operation_find(c->operation);
	struct account_view account;
	if (run->operation && accounts_find(run->origin.accounts, c->account, &account)) {
		run->client = account.client;
		run->outage = account.outage;
		return true;
	}
	auto_str error = run->operation
				 ? str_format("no account \"%s\" in the configuration",
					      c->account ? c->account : "default")
				 : str_format("unknown operation \"%s\"", c->operation);
	step_fail(run, error ? error : "unknown operation or account");
	return false;
}

static void
render(struct run *run)
{
	auto_str error = NULL;
	call_done(&run->request);
	run->operation = NULL;
	if (scope_set_job(&run->scope, run->job, run->origin.rule) < 0) {
		try_again(run);
		return;
	}
	int rc =
		call_render(run_rule_step(run), &run->scope.event, &run->request, &error);
	if (rc < 0) {
		step_fail(run, error ? error : "its request could not be rendered");
		return;
	}
	if (prepare(run))
		step_when_reachable(run, "", resolve);
}

/* A step that a restart interrupted: its request stands in the journal. */
static void
resume(struct run *run)
{
	struct job_step *step = run_step(run);
	call_done(&run->request);
	if (!step->request || call_parse(step->request, &run->request) < 0) {
		step_fail(run, "uncertain: its request cannot be read from the journal");
		return;
	}
	if (!prepare(run))
		return;
	run->looks = 0;
	if (step->state != STEP_ACCEPTED)
		step_when_reachable(run, DOUBT_PLACE, resolve_uncertainty);
	else if (step->resource && forge_can_follow(run->operation))
		step_when_reachable(run, DOUBT_END, follow);
	else if (!step->resource && step->mark)
		step_when_reachable(run, DOUBT_END, look);
	else
		step_finish(run);
}

void
step_enter(struct run *run)
{
	step_start_clock(run);
	switch (run_step(run)->state) {
	case STEP_PENDING:
		render(run);
		break;
	case STEP_SENT:
	case STEP_UNKNOWN:
	case STEP_ACCEPTED:
		resume(run);
		break;
	case STEP_FINISHED:
	case STEP_FAILED:
	case STEP_SKIPPED: {
		/* memory was short for recording the end: record it now */
		struct telling tell = {0};
		struct change *c = run_change(run, &tell);
		run_submit(run, c, run_advance);
		break;
	}
	}
}
