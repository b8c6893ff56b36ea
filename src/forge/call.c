#include "forge/call.h"

#include <errno.h>
#include <event2/event.h>
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "forge/inner.h"
#include "forge/page.h"
#include "forge/tree.h"

/* --- being under way -----------------------------------------------------------------
 */

static void
call_free(struct forge_call *call)
{
	if (!call)
		return;
	exchange_abort(call->exchange);
	waiter_leave(&call->waiter);
	if (call->timer)
		event_free(call->timer);
	target_done(&call->target);
	str_free(call->operation);
	str_free(call->params_text);
	str_free(call->body_text);
	str_free(call->last);
	str_free(call->resource);
	str_free(call->status);
	str_free(call->doubt);
	json_decref(call->params);
	json_decref(call->body);
	json_decref(call->pages);
	buf_done(&call->last_body);
	mem_free(call);
}

static void
make_ready(struct forge_call *call)
{
	struct forge_client *c = call->client;
	if (call->ready)
		return;
	call->ready = true;
	call->next_ready = NULL;
	*(c->last_ready ? &c->last_ready->next_ready : &c->first_ready) = call;
	c->last_ready = call;
	client_delay(c->kick, 0);
}

static void
unready(struct forge_call *call)
{
	struct forge_client *c = call->client;
	struct forge_call *before = NULL;
	struct forge_call *at = c->first_ready;
	if (!call->ready)
		return;
	while (at && at != call) {
		before = at;
		at = at->next_ready;
	}
	*(before ? &before->next_ready : &c->first_ready) = call->next_ready;
	if (c->last_ready == call)
		c->last_ready = before;
	call->ready = false;
}

static void
link_call(struct forge_call *call)
{
	struct forge_client *c = call->client;
	call->next = c->calls;
	if (c->calls)
		c->calls->prev = call;
	c->calls = call;
	c->n_calls++;
}

static void
unlink_call(struct forge_call *call)
{
	struct forge_client *c = call->client;
	*(call->prev ? &call->prev->next : &c->calls) = call->next;
	if (call->next)
		call->next->prev = call->prev;
	c->n_calls--;
	unready(call);
}

void
call_drop(struct forge_call *call)
{
	unlink_call(call);
	call_free(call);
}

void
call_end(struct forge_call *call, struct answer *a)
{
	void (*then)(struct forge_call *, struct answer *) = call->then;
	call->then = NULL;
	if (then) {
		then(call, a);
		return;
	}
	unlink_call(call);
	if (!call->resource && a->kind == FORGE_OK)
		/* short memory shows as a missing id, which callers look up */
		(void)!answer_id(a, &call->resource);
	client_mask(call->client, &a->message);
	result_hand_over(call, a);
	call_free(call);
}

void
call_fail(struct forge_call *call, enum forge_kind kind, const char *fmt, ...)
{
	auto_answer a = {0};
	answer_init(&a);
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	answer_set(&a, kind, "%s", buf_str(&text));
	call_end(call, &a);
}

void
call_out_of_memory(struct forge_call *call)
{
	call_fail(call, FORGE_NETWORK, "out of memory, nothing was sent");
}

/* --- steps ---------------------------------------------------------------------------
 */

static void
on_known(struct waiter *w, const struct answer *failure)
{
	struct forge_call *call =
		(struct forge_call *)((char *)w - offsetof(struct forge_call, waiter));
	event_del(call->timer);
	if (!failure) {
		call_advance(call);
		return;
	}
	/* The answer belongs to the lookup; every waiter gets a copy of what it says. */
	auto_answer a = {0};
	answer_init(&a);
	answer_set(&a, failure->kind, "%s", buf_str(&failure->message));
	a.status = failure->status;
	a.retry_at_us = failure->retry_at_us;
	a.scopes = failure->scopes;
	call_end(call, &a);
}

static uint64_t
until_deadline(const struct forge_call *call)
{
	uint64_t now = clock_mono_us();
	return call->deadline > now ? call->deadline - now : 0;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct forge_call *call = arg;
	struct forge_client *c = call->client;
	client_enter(c);
	if (call->waiter.lookup)
		call_fail(call, FORGE_TIMEOUT,
			  "gave up finding out names; nothing was sent");
	else
		call->kind->on_timer(call);
	client_leave(c);
}

void
call_sleep(struct forge_call *call, uint64_t us)
{
	uint64_t left = until_deadline(call);
	client_delay(call->timer, us < left ? us : left);
}

static void
put_mistake(const char *where, const char *text, void *arg)
{
	struct answer *a = arg;
	/* "/body/command" is "body.command" to people; "/params/x" simply "x"; "" comes
	 * of short memory */
	const char *path = where + (*where == '/');
	if (str_starts(where, "/params/"))
		path = where + strlen("/params/");
	/* two mistakes of one field stay two */
	json_t *texts = json_object_get(a->errors, where);
	if (!texts && json_object_set_new(a->errors, where, json_array()) == 0)
		texts = json_object_get(a->errors, where);
	(void)json_array_append_new(texts, json_string(text));
	if (a->message.len > 0)
		buf_puts(&a->message, "; ");
	for (; *path; path++)
		buf_putc(&a->message, *path == '/' ? '.' : *path);
	buf_printf(&a->message, ": %s", text);
}

static void
fail_unknown(struct forge_call *call)
{
	const char *near = forge_operation_nearest(call->operation);
	call_fail(call, FORGE_REFUSED, "unknown operation \"%s\"%s%s%s", call->operation,
		  near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* False after the call has ended. */
static bool
check(struct forge_call *call)
{
	if (!call->op) {
		fail_unknown(call);
		return false;
	}
	auto_answer a = {0};
	answer_init(&a);
	a.errors = json_object();
	if (!call->kind->checks || forge_validate(call->op, call->params_text,
						  call->body_text, put_mistake, &a) == 0)
		return true;
	auto_str text = str_dup(buf_str(&a.message));
	answer_set(&a, FORGE_REFUSED, "%s", text ? text : "");
	call_end(call, &a);
	return false;
}

/* A parameter that may stand in params or in the request's own field. */
static int
take_param(struct forge_call *call, const char *name, char **ret)
{
	const json_t *value = json_object_get(call->params, name);
	if (*ret || !value || json_is_null(value))
		return 0;
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	tree_put_plain(&text, value);
	return text.error ? -ENOMEM : str_set(ret, buf_str(&text));
}

static int
take_texts(struct forge_call *call)
{
	const char *params = call->params_text;
	const char *body = call->body_text;
	struct call_target *t = &call->target;
	call->params = str_is_empty(params) ? json_object()
					    : tree_parse(params, strlen(params));
	if (!str_is_empty(body))
		call->body = tree_parse(body, strlen(body));
	if (take_param(call, "organization", &t->organization) < 0 ||
	    take_param(call, "server", &t->server) < 0 ||
	    take_param(call, "site", &t->site) < 0)
		return -ENOMEM;
	return 0;
}

void
call_advance(struct forge_call *call)
{
	auto_answer failure = {0};
	answer_init(&failure);
	int rc = target_advance(call, &failure);
	if (rc == 0)
		call->kind->begin(call);
	else if (rc == -EINPROGRESS)
		client_delay(call->timer, until_deadline(call));
	else if (rc == -ENOENT)
		call_end(call, &failure);
	else
		call_out_of_memory(call);
}

static void
begin(struct forge_call *call)
{
	call->begun = true;
	if (!check(call))
		return;
	if (take_texts(call) < 0)
		call_out_of_memory(call);
	else
		call_advance(call);
}

void
call_send(struct forge_call *call, const struct call_send *s, exchange_fn *on_done)
{
	const struct call_target *t = &call->target;
	struct exchange_request rq = {
		.op = s->op,
		.route = {.organization = t->slug,
			  .server = t->server_id,
			  .site = t->site_id,
			  .params = s->params},
		.body = s->body,
		.priority = s->priority,
		.deadline = call->deadline,
		.attempts = s->attempts ? s->attempts : call->attempts,
		.skim = s->skim,
	};
	auto_buf trial = BUF_INIT(LIMIT_TEXT_BYTES);
	if (route_put(&trial, s->op, &rq.route) == -EINVAL) {
		call_fail(call, FORGE_REFUSED, "%s: a path parameter is missing or empty",
			  s->op->id);
		return;
	}
	call->exchange = exchange_start(call->client, &rq, on_done, call);
	if (!call->exchange)
		call_out_of_memory(call);
}

/* --- interface -----------------------------------------------------------------------
 */

struct forge_call *
call_new(struct forge_client *c, const struct call_kind *kind,
	 const struct forge_request *rq, forge_result_fn *on_result, void *arg)
{
	struct forge_call *call = c->n_calls < LIMIT_FORGE_CALLS && !c->gone
					  ? x_new(struct forge_call)
					  : NULL;
	if (!call)
		return NULL;
	unsigned ms = rq->deadline_ms ? rq->deadline_ms : DEFAULT_FORGE_DEADLINE_MS;
	call->client = c;
	call->kind = kind;
	call->op = forge_operation_find(rq->operation);
	call->began = clock_mono_us();
	call->deadline = call->began + ms * UINT64_C(1000);
	call->attempts = rq->attempts;
	call->all_pages = rq->all_pages;
	call->on_result = on_result;
	call->arg = arg;
	call->waiter.on_known = on_known;
	buf_init(&call->last_body, LIMIT_FORGE_ANSWER_BYTES);
	call->timer = event_new(c->base, -1, 0, on_timer, call);
	if (!call->timer ||
	    str_set(&call->operation, rq->operation ? rq->operation : "") < 0 ||
	    str_set(&call->target.organization, rq->organization) < 0 ||
	    str_set(&call->target.server, rq->server) < 0 ||
	    str_set(&call->target.site, rq->site) < 0 ||
	    str_set(&call->params_text, rq->params) < 0 ||
	    str_set(&call->body_text, rq->body) < 0) {
		call_free(call);
		return NULL;
	}
	link_call(call);
	make_ready(call);
	return call;
}

void
forge_cancel(struct forge_call *call)
{
	call->cancelled = true;
	exchange_abort(steal_ptr(&call->exchange));
	waiter_leave(&call->waiter);
	event_del(call->timer);
	make_ready(call);
}

void
calls_run_ready(struct forge_client *c)
{
	/* What callbacks start meanwhile has its turn after the loop's other events. */
	size_t n = 0;
	for (const struct forge_call *at = c->first_ready; at; at = at->next_ready)
		n++;
	for (; n > 0 && c->first_ready; n--) {
		struct forge_call *call = c->first_ready;
		unready(call);
		if (call->cancelled) {
			call->then = NULL;
			call_fail(call, FORGE_CANCELLED, "cancelled");
		} else if (!call->begun) {
			begin(call);
		}
	}
	if (c->first_ready && !c->gone)
		client_delay(c->kick, 0);
}

void
calls_cancel_all(struct forge_client *c)
{
	while (c->calls) {
		c->calls->then = NULL;
		call_fail(c->calls, FORGE_CANCELLED, "cancelled");
	}
}
