#include "admin/admin.h"

#include "admin/metrics.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

struct admin {
	const struct pipeline *pipeline;
	const struct admin_facts *facts;
};

/* A page of the admin listener. */
struct page {
	const char *path;
	void (*answer)(const struct admin *a, struct http_request *rq);
};

struct admin *
admin_new(const struct pipeline *pipeline, const struct admin_facts *facts)
{
	struct admin *a = x_new(struct admin);
	if (a)
		*a = (struct admin){pipeline, facts};
	return a;
}

void
admin_free(struct admin *a)
{
	mem_free(a);
}

/* The loop turns, else nobody would answer. */
static void
answer_health(const struct admin *a, struct http_request *rq)
{
	static const char body[] = "{\"status\":\"ok\"}\n";
	(void)a;
	http_reply(rq, 200, "application/json", body, sizeof(body) - 1);
}

static const char *
journal_word(enum journal_health health)
{
	switch (health) {
	case JOURNAL_OK:
		return "ok";
	case JOURNAL_FULL:
		return "full";
	case JOURNAL_BROKEN:
		return "broken";
	}
	return "unknown";
}

/* A broker or Forge that is away is no reason to send webhooks elsewhere: they are kept.
 */
static void
answer_ready(const struct admin *a, struct http_request *rq)
{
	struct pipeline_view view;
	auto_buf body = BUF_INIT(KIB);
	struct json_writer w;
	pipeline_look(a->pipeline, &view);
	enum journal_health health = journal_get_health(view.journal);
	bool ready = health == JOURNAL_OK && !a->facts->draining;
	json_begin(&w, &body);
	json_open_object(&w, NULL);
	json_str(&w, "status", ready ? "ready" : "not ready");
	json_str(&w, "journal", journal_word(health));
	json_bool(&w, "draining", a->facts->draining);
	json_str(&w, "broker",
		 !view.has_broker	 ? "not configured"
		 : view.outbox.connected ? "connected"
					 : "away");
	json_int(&w, "jobs_waiting", (int64_t)view.queues.waiting);
	json_int(&w, "jobs_running", (int64_t)view.queues.running);
	json_int(&w, "generation", ruleset_generation(view.ruleset));
	json_bool(&w, "reload_failed", a->facts->reload_failed);
	json_close_object(&w);
	buf_putc(&body, '\n');
	http_reply(rq, ready ? 200 : 503, "application/json", buf_str(&body), body.len);
}

static void
answer_metrics(const struct admin *a, struct http_request *rq)
{
	struct pipeline_view view;
	auto_buf page = BUF_INIT(LIMIT_METRICS_BYTES);
	pipeline_look(a->pipeline, &view);
	if (metrics_write(&view, a->facts, &page) < 0)
		http_problem(rq, 500, "The metrics do not fit.");
	else
		http_reply(rq, 200, "text/plain; version=0.0.4; charset=utf-8",
			   buf_str(&page), page.len);
}

static const struct page pages[] = {
	{"/healthz", answer_health},
	{"/livez", answer_health},
	{"/readyz", answer_ready},
	{"/metrics", answer_metrics},
};

static void
on_headers(struct http_request *rq, void *arg)
{
	const struct admin *a = arg;
	bool is_get = str_eq(http_method(rq), "GET") || str_eq(http_method(rq), "HEAD");
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		if (!slice_eq_str(http_path(rq), pages[i].path))
			continue;
		if (is_get) {
			pages[i].answer(a, rq);
			return;
		}
		http_add_header(rq, "Allow", "GET, HEAD");
		http_problem(rq, 405, NULL);
		return;
	}
	http_problem(rq, 404, NULL);
}

/* Nothing is kept for a request. */
static void
on_end(struct http_request *rq, void *arg)
{
	(void)rq;
	(void)arg;
}

const struct http_handler *
admin_handler(void)
{
	static const struct http_handler handler = {.on_headers = on_headers,
						    .on_end = on_end};
	return &handler;
}
