#include "forge/exchange.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/retry.h"
#include "base/str.h"
#include "forge/inner.h"
#include "forge/schema.h"
#include "forge/tree.h"

struct exchange {
	struct forge_client *client;
	struct exchange *prev; /* in the queue; unused on the wire */
	struct exchange *next;
	const struct forge_operation *op;
	struct buf url;
	struct buf body; /* empty: none */
	json_t *parts;	 /* multipart: the object; NULL */
	enum forge_priority priority;
	uint64_t seq;
	uint64_t not_before;
	uint64_t deadline;
	bool skim;
	bool doubt; /* an attempt may have taken place */
	unsigned attempts;
	unsigned max_attempts;
	struct answer last; /* of the last attempt */
	struct wire_transfer *transfer;
	struct budget_ticket ticket;
	exchange_fn *on_done;
	void *arg;
};

static void queue_run(struct forge_client *c);

/* --- the queue -----------------------------------------------------------------------
 */

static bool
goes_before(const struct exchange *a, const struct exchange *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return a->seq < b->seq;
}

static void
queue_put(struct queue *q, struct exchange *x)
{
	struct exchange *before = q->last;
	while (before && goes_before(x, before))
		before = before->prev;
	x->prev = before;
	x->next = before ? before->next : q->first;
	*(before ? &before->next : &q->first) = x;
	*(x->next ? &x->next->prev : &q->last) = x;
	q->waiting++;
}

static void
queue_take(struct queue *q, struct exchange *x)
{
	*(x->prev ? &x->prev->next : &q->first) = x->next;
	*(x->next ? &x->next->prev : &q->last) = x->prev;
	x->prev = NULL;
	x->next = NULL;
	q->waiting--;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct forge_client *c = arg;
	client_enter(c);
	queue_run(c);
	client_leave(c);
}

int
queue_init(struct queue *q, struct forge_client *c)
{
	*q = (struct queue){0};
	q->timer = event_new(c->base, -1, 0, on_timer, c);
	return q->timer ? 0 : -ENOMEM;
}

void
queue_done(struct queue *q)
{
	if (q->timer)
		event_free(q->timer);
	*q = (struct queue){0};
}

/* --- one exchange --------------------------------------------------------------------
 */

static void
exchange_free(struct exchange *x)
{
	if (!x)
		return;
	buf_done(&x->url);
	buf_done(&x->body);
	json_decref(x->parts);
	answer_done(&x->last);
	mem_free(x);
}

/* Hands the answer over. x must be in no list and off the wire. */
static void
finish(struct exchange *x)
{
	struct answer *a = &x->last;
	bool open = a->kind == FORGE_NETWORK || a->kind == FORGE_TIMEOUT ||
		    a->kind == FORGE_MAINTENANCE || a->kind == FORGE_RATE_LIMITED;
	if (x->doubt && open) {
		auto_str why = str_dup(buf_str(&a->message));
		answer_set(a, FORGE_UNCERTAIN,
			   "an earlier attempt may have taken place; then: %s",
			   why ? why : "");
	}
	client_mask(x->client, &a->message);
	x->on_done(a, x->arg);
	exchange_free(x);
}

static const char *
path_of(const struct exchange *x)
{
	return buf_str(&x->url) + strlen(x->client->url);
}

static void
trace(struct exchange *x, const struct wire_answer *w)
{
	struct forge_client *c = x->client;
	if (w->outcome == WIRE_ANSWERED)
		client_trace(c, "%s %s %ld %llums attempt=%u remaining=%u%s%s",
			     x->op->method, path_of(x), w->status,
			     (unsigned long long)(w->took_us / 1000), x->attempts,
			     budget_remaining(&c->budget), w->ray ? " ray=" : "",
			     w->ray ? w->ray : "");
	else
		client_trace(c, "%s %s failed %llums attempt=%u: %s", x->op->method,
			     path_of(x), (unsigned long long)(w->took_us / 1000),
			     x->attempts, w->error);
}

static void
count(struct forge_client *c, const struct wire_answer *w)
{
	size_t hundreds = w->status >= 100 && w->status < 600 ? (size_t)w->status / 100
							      : 0;
	c->stats.answers[hundreds]++;
	c->stats.rate_limited += w->status == 429;
}

/* Tells the budget; returns until when nobody may send (0: no block). */
static uint64_t
settle(struct exchange *x, const struct wire_answer *w, uint64_t now)
{
	struct budget *b = &x->client->budget;
	if (w->status == 429)
		return budget_refused(b, &w->report, now);
	if (w->status > 0)
		budget_answered(b, x->ticket, &w->report, now);
	else
		budget_lost(b, x->ticket, w->outcome == WIRE_LOST, now);
	return 0;
}

static uint64_t
backoff_us(const struct exchange *x)
{
	uint64_t ms =
		retry_delay_ms(x->attempts, FORGE_BACKOFF_MS, LIMIT_FORGE_BACKOFF_MS);
	return budget_pace_ms(&x->client->budget, ms) * 1000;
}

static bool
is_long_block(const struct forge_client *c, uint64_t until, uint64_t now)
{
	uint64_t most = budget_pace_ms(&c->budget, c->limited_ms) * 1000;
	return c->limited_ms > 0 && until > now + most;
}

static void
on_answer(struct wire_answer *w, void *arg)
{
	struct exchange *x = arg;
	struct forge_client *c = x->client;
	uint64_t now = clock_mono_us();
	x->transfer = NULL;
	count(c, w);
	uint64_t blocked = settle(x, w, now);
	trace(x, w);
	w->skim = x->skim;
	enum answer_step step = answer_judge(&x->last, x->op, w, x->doubt);
	x->doubt = x->doubt || x->last.kind == FORGE_UNCERTAIN;
	if (x->last.kind == FORGE_NOT_FOUND)
		buf_printf(&x->last.message, ": %s %s", x->op->method, path_of(x));
	if (step == ANSWER_WAIT) {
		x->attempts--; /* it was not looked at */
		x->not_before = blocked;
		x->last.retry_at_us = clock_wall_us() + (int64_t)(blocked - now);
	} else if (step == ANSWER_LATER) {
		x->not_before = now + backoff_us(x);
	}
	bool given_up = step == ANSWER_FINAL || x->not_before >= x->deadline ||
			(step == ANSWER_WAIT && is_long_block(c, blocked, now)) ||
			(step == ANSWER_LATER && x->attempts >= x->max_attempts);
	if (given_up) {
		finish(x);
	} else {
		c->stats.retries++;
		queue_put(&c->queue, x);
	}
	queue_run(c);
}

/* --- sending -------------------------------------------------------------------------
 */

static unsigned
time_left_ms(const struct exchange *x, uint64_t now)
{
	uint64_t left = (x->deadline - now) / 1000 + 1;
	return left < x->client->timeout_ms ? (unsigned)left : x->client->timeout_ms;
}

static size_t
make_parts(const struct exchange *x, struct wire_part *parts, size_t max)
{
	size_t n = 0;
	void *iter = json_object_iter(x->parts);
	for (; iter && n < max; iter = json_object_iter_next(x->parts, iter)) {
		const char *name = json_object_iter_key(iter);
		const json_t *value = json_object_iter_value(iter);
		const struct forge_field *f = forge_schema_field(x->op->body, name);
		if (json_is_string(value))
			parts[n++] = (struct wire_part){
				name, json_string_value(value), json_string_length(value),
				f && str_eq(f->schema->format, "binary")};
	}
	return n;
}

static struct wire_transfer *
put_on_wire(struct exchange *x, uint64_t now)
{
	struct wire_part parts[16];
	struct wire_request rq = {
		.method = x->op->method,
		.url = buf_str(&x->url),
		.body = x->body.len > 0 ? x->body.data : NULL,
		.body_len = x->body.len,
		.parts = parts,
		.n_parts = make_parts(x, parts, ARRAY_LEN(parts)),
		.changes = forge_operation_changes(x->op),
		.timeout_ms = time_left_ms(x, now),
	};
	return wire_send(x->client->wire, &rq, on_answer, x);
}

static void
send_one(struct forge_client *c, struct exchange *x, uint64_t now)
{
	queue_take(&c->queue, x);
	x->attempts++;
	x->transfer = put_on_wire(x, now);
	if (!x->transfer) {
		answer_set(&x->last, FORGE_NETWORK, "out of memory, nothing was sent");
		finish(x);
		return;
	}
	c->stats.requests++;
	x->ticket = budget_take(&c->budget, now);
}

/* Ends what waited too long; true when there was one (the list may have changed). */
static bool
expire_one(struct forge_client *c, uint64_t now)
{
	for (struct exchange *x = c->queue.first; x; x = x->next) {
		if (x->deadline > now)
			continue;
		queue_take(&c->queue, x);
		/* Without an attempt there is no other reason to tell. */
		if (x->last.message.len == 0)
			answer_set(&x->last, FORGE_TIMEOUT,
				   "gave up waiting for the budget of %u requests a "
				   "minute; nothing was sent",
				   budget_limit(&c->budget));
		finish(x);
		return true;
	}
	return false;
}

static struct exchange *
first_ready(const struct queue *q, uint64_t now)
{
	struct exchange *x = q->first;
	while (x && x->not_before > now)
		x = x->next;
	return x;
}

/* Sleeps until something of the queue is due. */
static void
set_timer(struct forge_client *c, uint64_t now, uint64_t budget_at)
{
	uint64_t next = UINT64_MAX;
	for (const struct exchange *x = c->queue.first; x; x = x->next) {
		uint64_t due = x->not_before > budget_at ? x->not_before : budget_at;
		due = due < x->deadline ? due : x->deadline;
		next = due < next ? due : next;
	}
	event_del(c->queue.timer);
	if (next != UINT64_MAX)
		client_delay(c->queue.timer, next > now ? next - now : 0);
}

static void
queue_run(struct forge_client *c)
{
	/* finish() calls out, and what it calls may come back here */
	if (c->queue.running)
		return;
	c->queue.running = true;
	uint64_t now = clock_mono_us();
	while (expire_one(c, now))
		continue;
	uint64_t when = 0;
	struct exchange *x = NULL;
	while (!c->gone && (x = first_ready(&c->queue, now)) != NULL &&
	       (when = budget_when(&c->budget, now)) == 0)
		send_one(c, x, now);
	c->queue.running = false;
	if (!c->gone)
		set_timer(c, clock_mono_us(), when);
}

/* --- interface -----------------------------------------------------------------------
 */

static int
make_body(struct exchange *x, const json_t *body)
{
	if (str_eq(x->op->body_type, "multipart/form-data")) {
		x->parts = json_deep_copy(body);
		return body && !x->parts ? -ENOMEM : 0;
	}
	bool empty = json_object_size(body) == 0;
	if (!x->op->body_type || (empty && !x->op->body_required))
		return 0;
	return empty ? buf_puts(&x->body, "{}") : tree_put(&x->body, body);
}

struct exchange *
exchange_start(struct forge_client *c, const struct exchange_request *rq,
	       exchange_fn *on_done, void *arg)
{
	struct exchange *x = x_new(struct exchange);
	if (!x)
		return NULL;
	*x = (struct exchange){.client = c,
			       .op = rq->op,
			       .priority = rq->priority,
			       .deadline = rq->deadline,
			       .max_attempts = rq->attempts ? rq->attempts : c->attempts,
			       .skim = rq->skim,
			       .on_done = on_done,
			       .arg = arg};
	buf_init(&x->url, LIMIT_TEXT_BYTES);
	buf_init(&x->body, LIMIT_FORGE_ANSWER_BYTES);
	answer_init(&x->last);
	buf_puts(&x->url, c->url);
	if (route_put(&x->url, rq->op, &rq->route) < 0 || buf_failed(&x->url) ||
	    make_body(x, rq->body) < 0) {
		exchange_free(x);
		return NULL;
	}
	x->seq = c->queue.next_seq++;
	queue_put(&c->queue, x);
	if (!c->queue.running)
		client_delay(c->queue.timer, 0);
	return x;
}

void
exchange_abort(struct exchange *x)
{
	if (!x)
		return;
	struct forge_client *c = x->client;
	if (x->transfer) {
		bool sent = wire_abort(x->transfer);
		budget_lost(&c->budget, x->ticket, sent, clock_mono_us());
	} else {
		queue_take(&c->queue, x);
	}
	exchange_free(x);
	/* what it leaves of the budget is for the next */
	if (!c->queue.running)
		client_delay(c->queue.timer, 0);
}
