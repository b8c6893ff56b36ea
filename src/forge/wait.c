/*
 * forge_wait: a call and what becomes of it.
 *
 *   mark -> call -> adopt (no id in the answer, or no answer) -> follow -> end
 */
#include <errno.h>

#include "base/str.h"
#include "forge/call.h"
#include "forge/inner.h"

static const struct call_kind wait_kind;

static void
end_uncertain(struct forge_call *call, const char *what)
{
	call_fail(call, FORGE_UNCERTAIN, "%s; %s",
		  call->doubt ? call->doubt : "Forge has accepted it", what);
}

static void
follow_or_end(struct forge_call *call, struct answer *a)
{
	bool shown = call->row && call->row->show;
	call->accepted_only = call->op->async && !shown;
	if (shown)
		call_begin_follow(call);
	else
		call_end(call, a);
}

static void
on_adopted(struct forge_call *call, struct answer *a)
{
	if (a->kind == FORGE_OK)
		follow_or_end(call, a);
	else
		end_uncertain(call, buf_str(&a->message));
}

static void
look_in_list(struct forge_call *call)
{
	call->then = on_adopted;
	call_begin_adopt(call);
}

/* What was sent and not answered. */
static void
find_lost(struct forge_call *call, struct answer *a)
{
	if (!call->has_mark)
		call_end(call, a);
	else if (str_set(&call->doubt, buf_str(&a->message)) < 0)
		call_out_of_memory(call);
	else
		look_in_list(call);
}

static void
on_answer(struct forge_call *call, struct answer *a)
{
	if (a->kind == FORGE_UNCERTAIN) {
		find_lost(call, a);
		return;
	}
	if (a->kind != FORGE_OK) {
		call_end(call, a);
		return;
	}
	(void)!answer_id(a, &call->resource);
	if (!call->resource && call->has_mark)
		look_in_list(call);
	else
		follow_or_end(call, a);
}

static void
send_call(struct forge_call *call)
{
	call->then = on_answer;
	call->kind = &wait_kind;
	call_begin_plain(call);
}

static void
on_marked(struct forge_call *call, struct answer *a)
{
	call->has_mark = a->kind == FORGE_OK;
	if (call->has_mark)
		send_call(call);
	else
		call_end(call, a);
}

static void
begin_wait(struct forge_call *call)
{
	call->row = follow_find(call->op);
	if (!call->row || !call->row->list) {
		send_call(call);
		return;
	}
	call->then = on_marked;
	call_begin_mark(call);
}

static const struct call_kind wait_kind = {.checks = true, .begin = begin_wait};

struct forge_call *
forge_wait(struct forge_client *c, const struct forge_request *rq,
	   forge_progress_fn *on_progress, forge_result_fn *on_result, void *arg)
{
	struct forge_call *call = call_new(c, &wait_kind, rq, on_result, arg);
	if (call)
		call->on_progress = on_progress;
	return call;
}
