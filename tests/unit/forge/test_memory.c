/*
 * Short memory: the n-th allocation of a call fails, for every n. Nothing crashes or
 * leaks, every call ends, and what changes something is sent at most once.
 *
 * This file's copy of base/mem.c stands in for the library's; jansson is told to use it,
 * too. The fake has a thread of its own, where nothing fails.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <event2/event.h>
#include <jansson.h>

/* Of the thread that makes the calls. */
static _Thread_local bool armed;
static unsigned allocations; /* since it was armed */
static unsigned fail_at;     /* the one that fails; 0: none */
static bool stays_short;     /* and all behind it */

static bool
fails(void)
{
	if (!armed)
		return false;
	allocations++;
	return fail_at > 0 &&
	       (stays_short ? allocations >= fail_at : allocations == fail_at);
}

static void *
short_calloc(size_t count, size_t size)
{
	return fails() ? NULL : calloc(count, size);
}

static void *
short_reallocarray(void *p, size_t count, size_t size)
{
	return fails() ? NULL : reallocarray(p, count, size);
}

static void *
short_malloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

#define calloc	     short_calloc
#define reallocarray short_reallocarray
#include "../../../src/base/mem.c"
#undef calloc
#undef reallocarray

#include "base/str.h"
#include "fake.h"
#include "forge/commands.h"
#include "forge/pages.h"

struct stage {
	struct event_base *base;
	struct fake *fake;
	pthread_t server;
	int stop[2];
	struct event *stopped;
	const char *url;
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

#define PLACE "/orgs/acme/servers/1/sites/2"
static const struct fake_rule rules[] = {
	{"GET /orgs/acme/sites?filter*",
	 .body = "{\"data\":[{\"id\":\"2\",\"attributes\":{\"name\":\"shop\"},"
		 "\"relationships\":{\"server\":{\"data\":{\"id\":\"1\"}}}}]}"},
	{"GET /orgs/acme/sites/2",
	 .body = "{\"data\":{\"id\":\"2\",\"attributes\":{\"name\":\"shop\"},"
		 "\"relationships\":{\"server\":{\"data\":{\"id\":\"1\"}}}}}"},
	{"POST " PLACE "/commands", .status = 422,
	 .body = "{\"message\":\"No.\",\"errors\":{\"command\":[\"is bad\"]}}"},
	{"GET /orgs/acme/recipes",
	 .body = "{\"data\":[{\"id\":\"1\"}],\"meta\":{\"next_cursor\":\"c\"}}"},
	{"GET /orgs/acme/recipes?*", .body = "{\"data\":[{\"id\":\"2\"}]}"},
	{"GET " PLACE "/deployments?*", .body = "{\"data\":[{\"id\":\"3\"}]}"},
	{"POST " PLACE "/deployments", .body = "{\"data\":{\"id\":\"4\"}}"},
	{"GET " PLACE "/deployments/4",
	 .body = "{\"data\":{\"id\":\"4\",\"attributes\":{\"status\":\"finished\"}}}"},
};

static int
stage_setup(void **state)
{
	struct stage *s = test_calloc(1, sizeof(*s));
	s->base = event_base_new();
	s->fake = fake_new(s->base);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		fake_add(s->fake, rules[i]);
	assert_int_equal(pipe(s->stop), 0);
	s->stopped = event_new(s->base, s->stop[0], EV_READ, on_stop, s->base);
	event_add(s->stopped, NULL);
	s->url = fake_url(s->fake);
	assert_int_equal(pthread_create(&s->server, NULL, serve, s), 0);
	*state = s;
	return 0;
}

static int
stage_teardown(void **state)
{
	struct stage *s = *state;
	assert_int_equal(write(s->stop[1], "", 1), 1);
	pthread_join(s->server, NULL);
	event_free(s->stopped);
	close(s->stop[0]);
	close(s->stop[1]);
	fake_free(s->fake);
	event_base_free(s->base);
	test_free(s);
	return 0;
}

/* --- what is done with short memory --------------------------------------------------
 */

typedef void scenario_fn(struct forge_client *c);

static void
call_with_names_and_errors(struct forge_client *c)
{
	struct forge_result *r = forge_sites_commands_store_sync(c, NULL, NULL, "shop",
								 "{\"command\":\"ls\"}");
	if (r && r->kind == FORGE_INVALID) {
		assert_int_equal(r->status, 422);
		assert_true(r->n_errors == 0 || str_eq(r->errors[0].text, "is bad"));
	} else if (r) {
		assert_int_not_equal(r->kind, FORGE_OK);
	}
	forge_result_free(r);
}

static void
read_a_list(struct forge_client *c)
{
	struct forge_request rq = {.operation = "organizations.recipes.index"};
	struct forge_pages *p = forge_pages_new(c, &rq);
	unsigned n = 0;
	while (p && forge_pages_item(p))
		n++;
	assert_true(!p || n == 2 || forge_pages_failure(p));
	forge_pages_free(p);
}

static void
collect_a_list(struct forge_client *c)
{
	struct forge_request rq = {.operation = "organizations.recipes.index",
				   .all_pages = true};
	struct forge_result *r = forge_call_sync(c, &rq);
	if (r && r->kind == FORGE_OK)
		assert_string_equal(r->body,
				    "{\"data\":[{\"id\":\"1\"},{\"id\":\"2\"}]}");
	forge_result_free(r);
}

static void
send_what_does_not_fit(struct forge_client *c)
{
	struct forge_request rq = {.operation = "run-command", .body = "{\"comand\":1}"};
	struct forge_result *r = forge_call_sync(c, &rq);
	assert_true(!r || r->kind != FORGE_OK);
	forge_result_free(r);
}

static void
deploy_and_wait(struct forge_client *c)
{
	struct forge_request rq = {.operation = "deploy", .server = "1", .site = "2"};
	struct forge_result *r = forge_wait_sync(c, &rq, NULL, NULL);
	if (r && r->kind == FORGE_OK)
		assert_string_equal(r->resource, "4");
	forge_result_free(r);
}

/* One attempt with the n-th allocation failing; false: it had fewer. */
static bool
attempt(const struct stage *s, scenario_fn *scenario, unsigned n)
{
	struct forge_options o = {.url = s->url,
				  .token = "secret-token",
				  .organization = "acme",
				  .attempts = 1,
				  .requests_per_minute = 60000};
	allocations = 0;
	fail_at = n;
	armed = true;
	struct forge_client *c = forge_client_new(NULL, &o);
	if (c)
		scenario(c);
	forge_client_free(c);
	armed = false;
	return n > 0 && allocations >= n;
}

static void
fail_each(const struct stage *s, scenario_fn *scenario, unsigned step)
{
	attempt(s, scenario, 0);
	unsigned needed = allocations;
	assert_true(needed > 20);
	for (int mode = 0; mode < 2; mode++) {
		stays_short = mode == 1;
		for (unsigned n = 1; attempt(s, scenario, n); n += step)
			continue;
	}
	print_message("%u allocations\n", needed);
}

#define EACH(name, step)                          \
	static void name##_survives(void **state) \
	{                                         \
		fail_each(*state, name, step);    \
	}
EACH(call_with_names_and_errors, 1)
EACH(read_a_list, 1)
EACH(collect_a_list, 1)
EACH(send_what_does_not_fit, 1)
EACH(deploy_and_wait, 1)

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name##_survives, stage_setup, stage_teardown)
		TEST(call_with_names_and_errors),
		TEST(read_a_list),
		TEST(collect_a_list),
		TEST(send_what_does_not_fit),
		TEST(deploy_and_wait),
	};
	json_set_alloc_funcs(short_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
