/* forge_follow: polls what a call made until its end. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/retry.h"
#include "base/str.h"
#include "forge/call.h"
#include "forge/inner.h"
#include "forge/page.h"
#include "forge/tree.h"

#define FIRST_LOOK_MS 1000

static void look(struct forge_call *call);

/*
 * 5 s at first; what takes longer is asked less often, down to every 30 s: a twelfth of
 * the time that it has taken so far.
 */
uint64_t
follow_interval_ms(uint64_t elapsed_ms)
{
	uint64_t ms = elapsed_ms / 12;
	if (ms < DEFAULT_POLL_MS)
		return DEFAULT_POLL_MS;
	return ms < LIMIT_FORGE_POLL_MS ? ms : LIMIT_FORGE_POLL_MS;
}

/* Waiting times are for 60 requests a minute; here in real microseconds. */
static uint64_t
next_look_us(const struct forge_call *call)
{
	const struct budget *b = &call->client->budget;
	uint64_t elapsed = (clock_mono_us() - call->began) / 1000;
	uint64_t per_minute = budget_per_minute(b);
	if (per_minute > DEFAULT_FORGE_PER_MINUTE)
		elapsed = elapsed * per_minute / DEFAULT_FORGE_PER_MINUTE;
	uint64_t ms = follow_interval_ms(elapsed);
	/* Forge does not answer: twice as long after each look, with jitter */
	if (call->failed_looks > 0)
		ms = retry_delay_ms(call->failed_looks + 1, ms, LIMIT_FORGE_AWAY_MS);
	return budget_pace_ms(b, ms) * 1000;
}

/* "deployment 12", or the operation where there is but one thing to look at. */
static void
put_what(struct buf *out, const struct forge_call *call)
{
	if (!call->row->id_param) {
		buf_puts(out, call->op->id);
		return;
	}
	const char *id = call->resource + call->current;
	buf_printf(out, "%s %.*s", call->row->id_param, (int)strcspn(id, ","), id);
}

static void
end_late(struct forge_call *call, const char *why)
{
	auto_answer a = {0};
	auto_buf what = BUF_INIT(LIMIT_TEXT_BYTES);
	uint64_t seconds = (clock_mono_us() - call->began) / 1000000;
	answer_init(&a);
	put_what(&what, call);
	answer_set(&a, FORGE_TIMEOUT, "%s is still %s after %llu s%s%s", buf_str(&what),
		   call->status ? call->status : "unknown", (unsigned long long)seconds,
		   *why ? "; last: " : "", why);
	a.body = call->last_body;
	call->last_body = (struct buf){0};
	call_end(call, &a);
}

static void
end_bad(struct forge_call *call, struct answer *a, const json_t *resource)
{
	auto_buf what = BUF_INIT(LIMIT_TEXT_BYTES);
	put_what(&what, call);
	const json_t *code = NULL;
	if (call->row->exit_code)
		code = tree_find(json_object_get(resource, "attributes"),
				 call->row->exit_code);
	if (json_is_integer(code))
		answer_set(a, FORGE_FAILED, "%s ended as %s with exit code %lld",
			   buf_str(&what), follow_status(call->row, resource),
			   (long long)json_integer_value(code));
	else
		answer_set(a, FORGE_FAILED, "%s ended as %s", buf_str(&what),
			   follow_status(call->row, resource));
	call_end(call, a);
}

static void
tell_progress(struct forge_call *call, const char *status)
{
	if (str_eq(call->status, status) || str_set(&call->status, status) < 0)
		return;
	if (call->on_progress)
		call->on_progress(status, call->arg);
}

/* Of several resources the next one; false: that was the last. */
static bool
go_to_next(struct forge_call *call)
{
	const char *comma = call->row->each ? strchr(call->resource + call->current, ',')
					    : NULL;
	if (!comma)
		return false;
	call->current = (size_t)(comma + 1 - call->resource);
	call->good_looks = 0;
	return true;
}

static void
keep_looking(struct forge_call *call, struct answer *a)
{
	buf_done(&call->last_body);
	call->last_body = a->body;
	a->body = (struct buf){0};
	call_sleep(call, next_look_us(call));
}

static void
read_status(struct forge_call *call, struct answer *a)
{
	struct forge_client *c = call->client;
	const json_t *resource = json_object_get(a->json, "data");
	enum follow_verdict verdict = follow_judge(call->row, resource, call->body);
	tell_progress(call, follow_status(call->row, resource));
	/* The caller may have had enough, or have freed the client. */
	if (c->gone || call->cancelled)
		return;
	switch (verdict) {
	case FOLLOW_GOOD:
		call->good_looks++;
		if (call->row->settles && call->good_looks < 2)
			keep_looking(call, a);
		else if (go_to_next(call))
			look(call);
		else
			call_end(call, a);
		break;
	case FOLLOW_BAD:
		end_bad(call, a, resource);
		break;
	case FOLLOW_GOING:
		call->good_looks = 0;
		keep_looking(call, a);
		break;
	}
}

static bool
ends_following(const struct forge_call *call, enum forge_kind kind)
{
	if (kind == FORGE_NOT_FOUND)
		return !call->row->appears;
	return kind == FORGE_UNAUTHENTICATED || kind == FORGE_FORBIDDEN ||
	       kind == FORGE_INVALID;
}

/* A 404 is what a deletion was for. */
static void
end_gone(struct forge_call *call)
{
	auto_answer a = {0};
	answer_init(&a);
	a.status = 404;
	call_end(call, &a);
}

/* 429 until the call's deadline. */
static bool
is_blocked(const struct forge_call *call, const struct answer *a)
{
	int64_t left = (int64_t)(call->deadline - call->looked_at);
	return a->kind == FORGE_RATE_LIMITED && clock_wall_us() + left <= a->retry_at_us;
}

static void
on_look(struct answer *a, void *arg)
{
	struct forge_call *call = arg;
	call->exchange = NULL;
	call->looked_at = clock_mono_us();
	/* What is not there yet, and what is gone, is an answer, too. */
	bool answered = a->kind == FORGE_OK || a->kind == FORGE_NOT_FOUND;
	call->failed_looks = answered ? 0 : call->failed_looks + 1;
	bool enough = call->attempts > 0 && call->failed_looks >= call->attempts;
	if (a->kind == FORGE_OK)
		read_status(call, a);
	else if (a->kind == FORGE_NOT_FOUND && call->row->gone)
		end_gone(call);
	else if (ends_following(call, a->kind))
		call_end(call, a);
	else if (call->looked_at >= call->deadline || a->kind == FORGE_TIMEOUT ||
		 is_blocked(call, a))
		end_late(call, buf_str(&a->message));
	else if (enough)
		call_end(call, a);
	else
		call_sleep(call, next_look_us(call));
}

static void
look(struct forge_call *call)
{
	if (clock_mono_us() >= call->deadline) {
		end_late(call, "");
		return;
	}
	auto_tree params = json_copy(call->params);
	const char *id = call->resource ? call->resource + call->current : "";
	if (!params || (call->row->id_param &&
			json_object_set_new(params, call->row->id_param,
					    json_stringn(id, strcspn(id, ","))) < 0)) {
		call_out_of_memory(call);
		return;
	}
	struct call_send s = {.op = forge_operation_find(call->row->show),
			      .params = params,
			      .priority = FORGE_POLL,
			      .attempts = 1}; /* looks repeat by themselves */
	call_send(call, &s, on_look);
}

/* Only what the path of the show operation takes may stay in params. */
static int
keep_path_params(struct forge_call *call)
{
	const struct forge_operation *show = forge_operation_find(call->row->show);
	json_t *kept = json_object();
	for (size_t i = 0; kept && i < show->n_path_params; i++) {
		const char *name = show->path_params[i].name;
		json_t *value = json_object_get(call->params, name);
		if (value)
			json_object_set(kept, name, value);
	}
	json_decref(call->params);
	call->params = kept;
	return kept ? 0 : -1;
}

/* Where the target holds the id that show takes; NULL: params do. */
static char **
own_place(struct forge_call *call)
{
	if (str_eq(call->row->id_param, "site"))
		return &call->target.site_id;
	return str_eq(call->row->id_param, "server") ? &call->target.server_id : NULL;
}

static int
take_id(struct forge_call *call, const json_t *value)
{
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	if (!json_is_string(value) && !json_is_integer(value))
		return 0;
	tree_put_plain(&text, value);
	return text.error ? -ENOMEM : str_set(&call->resource, buf_str(&text));
}

/* A site is its own resource: what is followed and where it is are one. */
static int
know_resource(struct forge_call *call)
{
	const struct follow_row *row = call->row;
	char **place = own_place(call);
	if (place && call->resource)
		return str_set(place, call->resource);
	if (place)
		return str_set(&call->resource, *place);
	if (!row->id_param || call->resource)
		return 0;
	const json_t *id = json_object_get(call->params, row->id_param);
	return take_id(call, id ? id : json_object_get(call->body, row->id_body));
}

static const struct call_kind follow_kind = {.begin = call_begin_follow,
					     .on_timer = look};

void
call_begin_follow(struct forge_call *call)
{
	call->kind = &follow_kind;
	call->row = follow_find(call->op);
	if (!call->row || !call->row->show) {
		call_fail(call, FORGE_REFUSED, "%s has nothing to follow", call->op->id);
		return;
	}
	if (know_resource(call) < 0)
		call_out_of_memory(call);
	else if (!call->resource && call->row->id_param)
		call_fail(call, FORGE_REFUSED, "nothing to follow: no id is known");
	else if (keep_path_params(call) < 0)
		call_out_of_memory(call);
	else
		call_sleep(call,
			   budget_pace_ms(&call->client->budget, FIRST_LOOK_MS) * 1000);
}

struct forge_call *
forge_follow(struct forge_client *c, const struct forge_request *rq, const char *resource,
	     forge_progress_fn *on_progress, forge_result_fn *on_result, void *arg)
{
	struct forge_call *call = call_new(c, &follow_kind, rq, on_result, arg);
	if (!call)
		return NULL;
	call->on_progress = on_progress;
	if (str_set(&call->resource, resource) == 0)
		return call;
	call_drop(call);
	return NULL;
}

void
forge_look(struct forge_call *call)
{
	bool sleeping = call->kind == &follow_kind && call->row && !call->exchange &&
			!call->waiter.lookup && !call->cancelled;
	if (!sleeping)
		return;
	/* Hints come from outside: they may not spend the budget faster than this. */
	uint64_t now = clock_mono_us();
	uint64_t least = budget_pace_ms(&call->client->budget, FIRST_LOOK_MS) * 1000;
	uint64_t since = now - call->looked_at;
	call_sleep(call, since < least ? least - since : 0);
}
