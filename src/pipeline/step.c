/*
 * One step, from its rendered request to its end at Forge:
 *
 *   render -> resolve -> mark -> [sent] -> call -> [accepted] -> follow -> [finished]
 *                                 ^          | answer lost: [unknown]
 *                                 +-- look --+
 *
 * Brackets are states on disk. Each function starts one thing and returns; its callback
 * records the result and starts the next.
 */
#include <event2/event.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/str.h"
#include "match/json.h"
#include "pipeline/run_internal.h"

static void send_request(void *arg);
static void look(struct run *run);

static bool
is_deployment(const struct run *run)
{
	return forge_operation_changes(run->operation) &&
	       str_eq(run->operation->resource_type, "deployments");
}

/* What is left of the step's time, at least a second. */
static unsigned
deadline_ms(struct run *run)
{
	uint64_t whole = run_rule_step(run)->timeout_ms;
	if (whole == 0)
		whole = DEFAULT_STEP_TIMEOUT_MS;
	int64_t started = run_step(run)->started_us;
	int64_t spent = started > 0 ? (clock_wall_us() - started) / 1000 : 0;
	if (spent < 0)
		spent = 0;
	uint64_t left = whole > (uint64_t)spent ? whole - (uint64_t)spent : 0;
	return left > 1000 ? (unsigned)left : 1000;
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
	if (str_set(&step->error, error) < 0)
		str_free(steal_ptr(&step->error));
	step_set_state(run->job, step, state, run_rule_step(run), &tell);
	if (run->operation)
		tell_outcome(run, &tell);
	run_submit(run, c, run_advance);
}

static void
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
	struct telling tell = {0};
	struct change *c = run_change(run, &tell);
	struct step_view view = {run->job, run_rule_step(run), run_step(run), status};
	log_debug(log_msg("step progress"), log_str("job", run->job->id.text),
		  log_str("status", status));
	step_tell_progress(&view, is_deployment(run), &tell);
	run_submit(run, c, NULL);
}

static void
on_followed(const struct forge_result *result, void *arg)
{
	struct run *run = arg;
	run->call = NULL;
	if (result->kind == FORGE_CANCELLED)
		return;
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
	struct forge_request rq = call_request(&run->request, deadline_ms(run));
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
	step_set_state(run->job, step, STEP_ACCEPTED, run_rule_step(run), &tell);
	if (status)
		step_tell_progress(&view, is_deployment(run), &tell);
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
#define MAX_ATTEMPTS  3	   /* of sending a request that changes something */

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

static void
not_found(struct run *run)
{
	struct job_step *step = run_step(run);
	if (run->looks < LOOKS)
		run_wait(run, LOOK_PAUSE_MS, look);
	else if (step->state == STEP_ACCEPTED)
		step_fail(run,
			  "uncertain: Forge accepted it, but it is not in Forge's list");
	else if (step->attempts >= MAX_ATTEMPTS)
		step_fail(run,
			  "Forge's answer was lost every time, and nothing came of it");
	else
		record_sent(run);
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
	if (result->kind != FORGE_OK) {
		auto_str error = str_format("uncertain whether it took place: %s",
					    result->message);
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
	struct forge_request rq = call_request(&run->request, deadline_ms(run));
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
	else if (str_eq(run->operation->method, "POST"))
		step_fail(run,
			  "uncertain: the request may have taken effect, and Forge has "
			  "no list to look in; check before running it again");
	else if (run_step(run)->attempts >= MAX_ATTEMPTS)
		step_fail(run, "Forge's answer was lost every time");
	else
		record_sent(run); /* GET, PUT and DELETE may be repeated */
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
	if (result->kind != FORGE_OK) {
		fail_with(run, result);
		return;
	}
	keep_result(run, result);
	bool goes_on = forge_can_follow(run->operation);
	if (!goes_on) {
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
	struct forge_request rq = call_request(&run->request, deadline_ms(run));
	run->call = forge_call(run->client, &rq, on_answer, run);
	if (!run->call)
		try_again(run);
}

static void
on_marked(const struct forge_result *result, void *arg)
{
	struct run *run = arg;
	run->call = NULL;
	if (result->kind == FORGE_CANCELLED)
		return;
	if (result->kind != FORGE_OK)
		fail_with(run, result);
	else if (str_set(&run_step(run)->mark, result->body) < 0)
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
	struct forge_request rq = call_request(&run->request, deadline_ms(run));
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

static void
on_resolved(const struct forge_result *result, void *arg)
{
	struct run *run = arg;
	struct job *job = run->job;
	run->call = NULL;
	if (result->kind == FORGE_CANCELLED)
		return;
	if (result->kind != FORGE_OK) {
		fail_with(run, result);
		return;
	}
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

/* Sets operation and client from the request. False: the step has failed for it. */
static bool
prepare(struct run *run)
{
	const struct call *c = &run->request;
	run->operation = forge_operation_find(c->operation);
	run->client = accounts_client(run->origin.accounts, c->account);
	if (run->operation && run->client)
		return true;
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
	if (!prepare(run))
		return;
	struct forge_request rq = call_request(&run->request, deadline_ms(run));
	run->call = forge_resolve(run->client, &rq, on_resolved, run);
	if (!run->call)
		try_again(run);
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
		resolve_uncertainty(run);
	else if (step->resource && forge_can_follow(run->operation))
		follow(run);
	else if (!step->resource && step->mark)
		look(run);
	else
		step_finish(run);
}

void
step_enter(struct run *run)
{
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
