/*
 * Blocking calls of several threads on one client. The fake runs in a thread of its own,
 * since here the client's loop belongs to the client.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "fake.h"

#define N_THREADS 5
#define N_CALLS	  40 /* of each */

struct stage {
	struct event_base *base; /* of the server's thread */
	struct fake *fake;
	struct forge_client *client;
	pthread_t server;
	int stop[2]; /* a byte ends the server's loop */
	struct event *stopped;
	unsigned traces;
};

static void *
serve(void *arg)
{
	const struct stage *s = arg;
	event_base_dispatch(s->base);
	return NULL;
}

static void
on_stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static void
on_trace(const char *line, void *arg)
{
	struct stage *s = arg;
	assert_null(strstr(line, "secret-token"));
	s->traces++; /* on whichever thread, but one at a time */
}

/* Rules are given before the server's thread runs. */
static void
stage_start(struct stage *s, const struct fake_rule *rules, size_t n)
{
	struct forge_options o = {.token = "secret-token",
				  .organization = "acme",
				  .requests_per_minute = 60000,
				  .on_trace = on_trace,
				  .trace_arg = s};
	*s = (struct stage){.base = event_base_new()};
	s->fake = fake_new(s->base);
	for (size_t i = 0; i < n; i++)
		fake_add(s->fake, rules[i]);
	assert_int_equal(pipe(s->stop), 0);
	s->stopped = event_new(s->base, s->stop[0], EV_READ, on_stop, s->base);
	event_add(s->stopped, NULL);
	o.url = fake_url(s->fake);
	s->client = forge_client_new(NULL, &o);
	assert_non_null(s->client);
	assert_int_equal(pthread_create(&s->server, NULL, serve, s), 0);
}

/* Afterwards the fake tells what it was asked. */
static void
stage_halt(struct stage *s)
{
	forge_client_free(s->client);
	assert_int_equal(write(s->stop[1], "", 1), 1);
	pthread_join(s->server, NULL);
}

static void
stage_done(struct stage *s)
{
	event_free(s->stopped);
	close(s->stop[0]);
	close(s->stop[1]);
	fake_free(s->fake);
	event_base_free(s->base);
}

/* --- threads -------------------------------------------------------------------------
 */

struct caller {
	pthread_t thread;
	struct forge_client *client;
	unsigned number;
	unsigned good;
};

static void *
call_and_call(void *arg)
{
	struct caller *me = arg;
	for (unsigned i = 0; i < N_CALLS; i++) {
		auto_str path = str_format("{\"recipe\":\"%u\"}", me->number * 1000 + i);
		struct forge_request rq = {.operation = "organizations.recipes.show",
					   .params = path};
		struct forge_result *r = forge_call_sync(me->client, &rq);
		me->good += r && r->kind == FORGE_OK && str_eq(r->body, "{\"ok\":1}");
		forge_result_free(r);
	}
	return NULL;
}

static void
threads_share_one_client(void **state)
{
	(void)state;
	static const struct fake_rule rules[] = {
		{"GET /orgs/acme/recipes/*", .body = "{\"ok\":1}"}};
	struct stage s;
	struct caller callers[N_THREADS];
	stage_start(&s, rules, ARRAY_LEN(rules));
	for (unsigned i = 0; i < N_THREADS; i++) {
		callers[i] = (struct caller){.client = s.client, .number = i};
		pthread_create(&callers[i].thread, NULL, call_and_call, &callers[i]);
	}
	for (unsigned i = 0; i < N_THREADS; i++) {
		pthread_join(callers[i].thread, NULL);
		assert_int_equal(callers[i].good, N_CALLS);
	}
	struct forge_stats stats;
	forge_get_stats(s.client, &stats);
	assert_int_equal(stats.requests, N_THREADS * N_CALLS);
	assert_int_equal(s.traces, N_THREADS * N_CALLS);
	stage_halt(&s);
	assert_int_equal(fake_count(s.fake, "GET "), N_THREADS * N_CALLS);
	stage_done(&s);
}

/* The leader's own call ends long before the others': somebody has to take over. */
static void *
call_slowly(void *arg)
{
	struct caller *me = arg;
	struct forge_request rq = {
		.operation = "deploy", .server = "1", .site = "2", .deadline_ms = 30000};
	struct forge_result *r = forge_wait_sync(me->client, &rq, NULL, NULL);
	me->good = r && r->kind == FORGE_OK;
	forge_result_free(r);
	return NULL;
}

static void
a_caller_that_is_done_leaves_the_loop_to_another(void **state)
{
	(void)state;
#define SHOW "GET /orgs/acme/servers/1/sites/2/deployments/4"
	static const struct fake_rule rules[] = {
		{"GET /orgs/acme/recipes/*", .body = "{\"ok\":1}"},
		{"GET /orgs/acme/servers/1/sites/2/deployments?*", .body = "{}"},
		{"POST /orgs/acme/servers/1/sites/2/deployments",
		 .body = "{\"data\":{\"id\":\"4\"}}"},
		{SHOW, 12, .body = "{\"data\":{\"attributes\":{\"status\":\"queued\"}}}"},
		{SHOW, .body = "{\"data\":{\"attributes\":{\"status\":\"finished\"}}}"}};
	struct stage s;
	struct caller callers[N_THREADS];
	stage_start(&s, rules, ARRAY_LEN(rules));
	for (unsigned i = 0; i < N_THREADS; i++) {
		callers[i] = (struct caller){.client = s.client, .number = i};
		pthread_create(&callers[i].thread, NULL,
			       i % 2 ? call_slowly : call_and_call, &callers[i]);
	}
	for (unsigned i = 0; i < N_THREADS; i++) {
		pthread_join(callers[i].thread, NULL);
		assert_int_equal(callers[i].good, i % 2 ? 1 : N_CALLS);
	}
	stage_halt(&s);
	assert_int_equal(fake_count(s.fake, "POST "), 2);
	stage_done(&s);
}

/* --- one thread ----------------------------------------------------------------------
 */

struct nested {
	struct forge_client *client;
	bool refused;
};

static void
call_again(const struct forge_result *r, void *arg)
{
	(void)r;
	struct nested *n = arg;
	struct forge_request rq = {.operation = "me"};
	n->refused = forge_call_sync(n->client, &rq) == NULL;
}

static void
nothing_blocks_inside_a_callback(void **state)
{
	struct bench *b = *state;
	struct nested n = {.client = b->client};
	struct forge_request rq = {.operation = "me"};
	struct got g = {0};
	forge_call(b->client, &rq, call_again, &n);
	forge_call(b->client, &rq, got_result, &g);
	bench_wait(b, &g);
	assert_true(n.refused);
	got_done(&g);
}

static void
blocking_calls_run_a_loop_of_the_callers(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "me"};
	struct got g = {0};
	fake_add(b->fake, (struct fake_rule){"GET /me", .body = "{\"ok\":1}"});
	forge_call(b->client, &rq, got_result, &g);
	struct forge_result *r = forge_call_sync(b->client, &rq);
	assert_string_equal(r->body, "{\"ok\":1}");
	forge_result_free(r);
	bench_wait(b, &g);
	assert_int_equal(g.kind, FORGE_OK);
	got_done(&g);
}

static void
names_are_resolved_in_the_blocking_form(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "server", .server = "web-1"};
	fake_add(b->fake,
		 (struct fake_rule){
			 "GET /orgs/acme/servers?*",
			 .body = "{\"data\":[{\"id\":\"1\",\"attributes\":{\"name\":"
				 "\"web-1\"}}]}"});
	struct forge_result *r = forge_resolve_sync(b->client, &rq);
	assert_string_equal(r->body,
			    "{\"organization\":\"acme\",\"server\":{\"id\":\"1\","
			    "\"name\":\"web-1\"},\"site\":null}");
	forge_result_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
		cmocka_unit_test(threads_share_one_client),
		cmocka_unit_test(a_caller_that_is_done_leaves_the_loop_to_another),
		TEST(nothing_blocks_inside_a_callback),
		TEST(blocking_calls_run_a_loop_of_the_callers),
		TEST(names_are_resolved_in_the_blocking_form),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
