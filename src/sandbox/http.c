/*
 * The life of one HTTP request: its body is taken, a fault may hold it back or end it,
 * then it is answered, or its answer is spoiled on the way.
 */
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "forge/operation.h"
#include "listen/server.h"
#include "sandbox/inner.h"

struct guest {
	struct sandbox *box; /* borrowed, as rq is */
	struct http_request *rq;
	struct visit visit;
	struct fault_plan plan;
	bool admitted; /* budget is filled */
	struct access_budget budget;
	struct event *timer; /* owned; while a fault holds the request back */
};

static void
guest_free(struct guest *g)
{
	if (!g)
		return;
	if (g->timer)
		event_free(g->timer);
	visit_done(&g->visit);
	mem_free(g);
}

static struct guest *
guest_new(struct sandbox *box, struct http_request *rq)
{
	struct guest *g = x_new(struct guest);
	if (!g)
		return NULL;
	g->box = box;
	g->rq = rq;
	g->visit.world = box->world;
	g->visit.faults = box->faults;
	g->visit.access = box->access;
	g->visit.root = box->url;
	return g;
}

static int64_t
ceil_seconds(int64_t us)
{
	return (us + 999999) / 1000000;
}

static void
add_number(struct guest *g, const char *name, int64_t n)
{
	char text[32];
	snprintf(text, sizeof(text), "%lld", (long long)n);
	http_add_header(g->rq, name, text);
}

/* A true 429 has all headers, a played one those of its kind. */
static void
add_budget_headers(struct guest *g)
{
	const struct fault_kind *kind = g->plan.kind;
	bool is_429 = g->visit.status == 429;
	if (!g->admitted)
		return;
	add_number(g, "X-RateLimit-Limit", g->budget.limit);
	add_number(g, "X-RateLimit-Remaining", is_429 ? 0 : g->budget.remaining);
	if (is_429 && (!kind || kind->reset_header))
		add_number(g, "X-RateLimit-Reset", ceil_seconds(g->budget.reset_us));
	if ((is_429 && !kind) || (kind && kind->retry_header)) {
		int64_t wait_us = g->budget.reset_us - world_now(g->box->world);
		add_number(g, "Retry-After", ceil_seconds(wait_us > 0 ? wait_us : 0));
	}
}

static void
reply(struct guest *g, const char *type, const char *body, size_t len)
{
	int status = g->visit.status;
	sandbox_count_answer(g->box, g->visit.operation, status);
	sandbox_remember(g->box, http_method(g->rq), http_path(g->rq), status);
	add_budget_headers(g);
	http_add_header(g->rq, "Cache-Control", "no-cache, private");
	http_reply(g->rq, status, type, body, len);
}

static void
close_silently(struct guest *g)
{
	sandbox_count_answer(g->box, g->visit.operation, 0);
	sandbox_remember(g->box, http_method(g->rq), http_path(g->rq), 0);
	http_abort(g->rq);
}

static void
reply_page(struct guest *g)
{
	static const char page[] = "<!DOCTYPE html>\n<html><head><title>Just a moment..."
				   "</title></head><body>Checking your browser."
				   "</body></html>\n";
	reply(g, "text/html; charset=utf-8", page, sizeof(page) - 1);
}

static int
append_json(const char *data, size_t len, void *arg)
{
	return buf_append(arg, data, len);
}

/* Sends what the visit holds, cut to so many halves of it. */
static void
reply_visit(struct guest *g, unsigned halves)
{
	const struct visit *v = &g->visit;
	auto_buf body = BUF_INIT(LIMIT_SANDBOX_STATE_BYTES);
	if (v->text)
		buf_puts(&body, v->text);
	else if (v->answer)
		json_dump_callback(v->answer, append_json, &body, JSON_COMPACT);
	odd_extend(g->plan.kind ? g->plan.kind->odd : ODD_NONE, &body);
	if (buf_failed(&body)) {
		buf_reset(&body);
		g->visit.status = 500;
	}
	/* Forge's empty answers say text/html. */
	const char *type = v->type ? v->type : "text/html; charset=utf-8";
	reply(g, v->status == 204 ? NULL : type, buf_str(&body), body.len * halves / 2);
}

/* The end of a request whose effect has taken place. */
static void
finish(struct guest *g)
{
	const struct fault_kind *kind = g->plan.kind;
	enum fault_effect effect = kind ? kind->effect : FAULT_SLOW;
	if (effect == FAULT_LOST) {
		close_silently(g);
		return;
	}
	if (effect == FAULT_LATE)
		visit_error(&g->visit, g->plan.status, "Server Error");
	if (effect == FAULT_TYPE)
		g->visit.type = "text/plain; charset=utf-8";
	if (effect == FAULT_ODD)
		odd_change(kind->odd, g->plan.random, g->visit.answer);
	if (effect == FAULT_HTML)
		reply_page(g);
	else
		reply_visit(g, effect == FAULT_TRUNCATE ? 1 : 2);
}

/* What Laravel says with a status that a fault asks for. */
static const char *
status_message(int status)
{
	static const struct {
		int status;
		const char *text;
	} rows[] = {
		{401, "Unauthenticated."},    {403, "This action is unauthorized."},
		{404, "Resource not found."}, {422, "The given data was invalid."},
		{429, "Too Many Attempts."},  {503, "Forge is offline for maintenance."},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].status == status)
			return rows[i].text;
	}
	return status >= 500 ? "Server Error" : http_reason(status);
}

/* The request is due: unless a fault ends it here, it takes place. */
static void
take_place(struct guest *g)
{
	const struct fault_kind *kind = g->plan.kind;
	if (kind && kind->effect == FAULT_DISCONNECT) {
		close_silently(g);
	} else if (kind && kind->effect == FAULT_STATUS) {
		visit_error(&g->visit, g->plan.status, status_message(g->plan.status));
		reply_visit(g, 2);
	} else {
		sandbox_api_answer(&g->visit);
		if (forge_operation_changes(g->visit.operation) && g->visit.status < 300)
			sandbox_changed(g->box);
		finish(g);
	}
}

static void
on_timer(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	take_place(arg);
}

/* false: there is no memory for a timer. */
static bool
hold_back(struct guest *g, uint64_t delay_ms)
{
	struct timeval tv = {.tv_sec = (time_t)(delay_ms / 1000),
			     .tv_usec = (suseconds_t)(delay_ms % 1000 * 1000)};
	g->timer = evtimer_new(g->box->base, on_timer, g);
	return g->timer && evtimer_add(g->timer, &tv) == 0;
}

static void
serve_api(struct guest *g, struct slice path)
{
	struct visit *v = &g->visit;
	struct sandbox *box = g->box;
	const char *authorization = http_header(g->rq, "authorization");
	if (!sandbox_api_route(box, v, http_method(g->rq), path) ||
	    !sandbox_api_admit(box, v, authorization, &g->budget)) {
		g->admitted = v->token != NULL;
		reply_visit(g, 2);
		return;
	}
	g->admitted = true;
	/* What the path names counts for faults @SITE; api.c says 404 in its turn. */
	visit_resolve(v);
	struct fault_target at = visit_target(v);
	faults_draw(box->faults, &at, &g->plan);
	if (g->plan.delay_ms == 0 || !hold_back(g, g->plan.delay_ms))
		take_place(g);
}

static void
serve_home(struct guest *g)
{
	auto_buf out = BUF_INIT(LIMIT_SANDBOX_STATE_BYTES);
	sandbox_write_home(g->box, &out);
	g->visit.status = buf_failed(&out) ? 500 : 200;
	http_reply(g->rq, g->visit.status, "text/html; charset=utf-8", buf_str(&out),
		   out.len);
}

static void
serve_state(struct guest *g)
{
	auto_buf out = BUF_INIT(LIMIT_SANDBOX_STATE_BYTES);
	sandbox_write_state(g->box, &out);
	g->visit.status = buf_failed(&out) ? 500 : 200;
	http_reply(g->rq, g->visit.status, "application/json", buf_str(&out), out.len);
}

/* What lies beside the API; each says whether it answered. */
static bool (*const rest[])(struct visit *v, const char *method, struct slice path) = {
	sandbox_push, sandbox_tokens, sandbox_ping, sandbox_hook};

static void
serve_rest(struct guest *g, struct slice path)
{
	bool answered = false;
	if (slice_eq_str(path, "/sandbox/state")) {
		serve_state(g);
		return;
	}
	if (slice_eq_str(path, "/")) {
		serve_home(g);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(rest) && !answered; i++)
		answered = rest[i](&g->visit, http_method(g->rq), path);
	if (!answered)
		visit_not_found(&g->visit);
	if (g->visit.status < 300)
		sandbox_changed(g->box);
	reply_visit(g, 2);
}

static void
on_headers(struct http_request *rq, void *arg)
{
	struct guest *g = guest_new(arg, rq);
	if (!g) {
		http_problem(rq, 503, NULL);
		return;
	}
	http_set_data(rq, g);
	http_want_body(rq, LIMIT_SANDBOX_BODY_BYTES);
}

static void
on_complete(struct http_request *rq, void *arg)
{
	static const char prefix[] = "/api";
	struct guest *g = http_data(rq);
	struct slice path = http_path(rq);
	size_t n = sizeof(prefix) - 1;
	(void)arg;
	if (visit_set_query(&g->visit, http_query(rq)) < 0) {
		http_problem(rq, 400, "The query is malformed.");
		return;
	}
	world_sweep(g->box->world);
	visit_set_body(&g->visit, http_body(rq), http_header(rq, "content-type"));
	if (path.len > n && strncmp(path.data, prefix, n) == 0 && path.data[n] == '/')
		serve_api(g, (struct slice){path.data + n, path.len - n});
	else
		serve_rest(g, path);
}

static void
on_end(struct http_request *rq, void *arg)
{
	(void)arg;
	guest_free(http_data(rq));
	http_set_data(rq, NULL);
}

const struct http_handler sandbox_http_handler = {
	.on_headers = on_headers,
	.on_complete = on_complete,
	.on_end = on_end,
};
