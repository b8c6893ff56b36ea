#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/str.h"
#include "fake.h"

static const struct forge_request deploy = {
	.operation = "deploy", .server = "1", .site = "2"};
static const struct forge_request me = {.operation = "me"};

static void
a_429_is_waited_out_and_the_call_repeated(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"POST *", 1, .status = 429,
					     .headers = "Retry-After: 1\r\n",
					     .body = "{\"message\":\"Too Many "
						     "Attempts.\"}"});
	fake_add(b->fake, (struct fake_rule){"POST *", .status = 202});
	uint64_t began = clock_mono_us();
	bench_expect(b, &deploy, FORGE_OK, "");
	assert_true(clock_mono_us() - began >= 1000000);
	assert_int_equal(fake_count(b->fake, "POST"), 2);
}

static void
nobody_sends_while_a_429_blocks(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"POST *", 1, .status = 429,
					     .headers = "Retry-After: 1\r\n"});
	fake_add(b->fake, (struct fake_rule){"POST *", .status = 202});
	fake_add(b->fake, (struct fake_rule){"GET /me", .body = "{}"});
	struct got first = {0};
	struct got second = {0};
	forge_call(b->client, &deploy, got_result, &first);
	bench_wait_requests(b, 1);
	struct forge_stats s = {0};
	while (s.rate_limited == 0) {
		event_base_loop(b->base, EVLOOP_ONCE);
		forge_get_stats(b->client, &s);
	}
	uint64_t began = clock_mono_us();
	forge_call(b->client, &me, got_result, &second);
	bench_wait(b, &second);
	assert_true(clock_mono_us() - began >= 900000);
	bench_wait(b, &first);
	got_done(&first);
	got_done(&second);
}

static void
a_429_without_a_time_backs_off(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"GET /me", 3, .status = 429});
	fake_add(b->fake, (struct fake_rule){"GET /me", .body = "{}"});
	bench_expect(b, &me, FORGE_OK, "");
	assert_int_equal(fake_count(b->fake, "GET"), 4);
}

static void
a_429_that_outlasts_the_deadline_ends_at_once(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = deploy;
	rq.deadline_ms = 2000;
	fake_add(b->fake, (struct fake_rule){"POST *", .status = 429,
					     .headers = "Retry-After: 600\r\n",
					     .body = "{\"message\":\"Too Many "
						     "Attempts.\"}"});
	struct got g = bench_run(b, &rq);
	assert_int_equal(g.kind, FORGE_RATE_LIMITED);
	assert_string_equal(g.message, "too many requests: 429 (Too Many Attempts.)");
	long long left = g.retry_at_us - clock_wall_us();
	assert_in_range(left, 590000000, 600000000);
	got_done(&g);
}

static void
the_budget_is_never_exceeded(void **state)
{
	struct bench *b = *state;
	fake_limit(b->fake, 20);
	fake_add(b->fake, (struct fake_rule){"GET /me", .body = "{}"});
	struct got g[50] = {0};
	for (size_t i = 0; i < ARRAY_LEN(g); i++)
		forge_call(b->client, &me, got_result, &g[i]);
	for (size_t i = 0; i < ARRAY_LEN(g); i++) {
		bench_wait(b, &g[i]);
		assert_int_equal(g[i].kind, FORGE_OK);
		got_done(&g[i]);
	}
	/* the first answer tells the limit; until then at most 16 are on their way */
	assert_int_equal(fake_refusals(b->fake), 0);
	assert_int_equal(fake_count(b->fake, "GET"), 50);
}

static void
changes_go_before_questions(void **state)
{
	struct bench *b = *state;
	fake_limit(b->fake, 1);
	fake_add(b->fake, (struct fake_rule){"GET /me", .body = "{}"});
	fake_add(b->fake, (struct fake_rule){"POST *", .status = 202});
	struct got g[4] = {0};
	bench_expect(b, &me, FORGE_OK, "");
	forge_call(b->client, &me, got_result, &g[0]);
	forge_call(b->client, &deploy, got_result, &g[1]);
	forge_call(b->client, &me, got_result, &g[2]);
	forge_call(b->client, &deploy, got_result, &g[3]);
	for (size_t i = 0; i < ARRAY_LEN(g); i++) {
		bench_wait(b, &g[i]);
		got_done(&g[i]);
	}
	assert_true(str_starts(fake_request(b->fake, 1), "POST"));
	assert_true(str_starts(fake_request(b->fake, 2), "POST"));
	assert_true(str_starts(fake_request(b->fake, 3), "GET"));
}

static void
a_call_that_waits_too_long_for_the_budget_times_out(void **state)
{
	struct bench *b = *state;
	bench_client(b, (struct forge_options){.requests_per_minute = 1});
	fake_add(b->fake, (struct fake_rule){"*", .body = "{}"});
	struct forge_request rq = deploy;
	rq.deadline_ms = 100;
	bench_expect(b, &me, FORGE_OK, "");
	bench_expect(b, &rq, FORGE_TIMEOUT,
		     "gave up waiting for the budget of 1 requests a minute; nothing was "
		     "sent");
	assert_int_equal(fake_count(b->fake, "POST"), 0);
}

static void
all_pages_are_one_answer(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "sites", .all_pages = true};
	fake_add(b->fake,
		 (struct fake_rule){"GET /orgs/acme/sites?page%5Bcursor%5D=two",
				    .body = "{\"data\":[{\"id\":\"2\"}],\"included\":"
					    "[{\"id\":\"9\"}],\"links\":{\"next\":"
					    "\"http://x/?page%5Bcursor%5D=three\"}}"});
	fake_add(b->fake,
		 (struct fake_rule){"GET /orgs/acme/sites?page%5Bcursor%5D=three",
				    .body = "{\"data\":[{\"id\":\"3\"}],\"meta\":"
					    "{\"next_cursor\":null}}"});
	fake_add(b->fake, (struct fake_rule){"GET /orgs/acme/sites",
					     .body = "{\"data\":[{\"id\":\"1\"}],"
						     "\"meta\":{\"next_cursor\":"
						     "\"two\"}}"});
	struct got g = bench_run(b, &rq);
	assert_string_equal(g.message, "");
	assert_string_equal(g.body, "{\"data\":[{\"id\":\"1\"},{\"id\":\"2\"},{\"id\":"
				    "\"3\"}],\"included\":[{\"id\":\"9\"}]}");
	got_done(&g);
}

static void
a_call_cancelled_before_it_began_sends_nothing(void **state)
{
	struct bench *b = *state;
	struct got g = {0};
	forge_cancel(forge_call(b->client, &deploy, got_result, &g));
	assert_int_equal(g.times, 0);
	bench_wait(b, &g);
	assert_int_equal(g.kind, FORGE_CANCELLED);
	assert_int_equal(fake_count(b->fake, ""), 0);
	got_done(&g);
}

static void
a_call_on_the_wire_can_be_cancelled(void **state)
{
	struct bench *b = *state;
	struct got g = {0};
	fake_add(b->fake, (struct fake_rule){"POST *", .mode = FAKE_HANG});
	struct forge_call *call = forge_call(b->client, &deploy, got_result, &g);
	bench_wait_requests(b, 1);
	forge_cancel(call);
	forge_cancel(call);
	bench_wait(b, &g);
	assert_int_equal(g.kind, FORGE_CANCELLED);
	assert_int_equal(g.times, 1);
	got_done(&g);
}

static void
a_call_that_waits_for_its_next_attempt_can_be_cancelled(void **state)
{
	struct bench *b = *state;
	struct got g = {0};
	bench_client(b, (struct forge_options){.requests_per_minute = 60});
	fake_add(b->fake, (struct fake_rule){"GET /me", .status = 500});
	struct forge_call *call = forge_call(b->client, &me, got_result, &g);
	struct forge_stats s = {0};
	while (s.retries == 0) {
		event_base_loop(b->base, EVLOOP_ONCE);
		forge_get_stats(b->client, &s);
	}
	assert_int_equal(s.waiting, 1);
	forge_cancel(call);
	bench_wait(b, &g);
	assert_int_equal(g.kind, FORGE_CANCELLED);
	got_done(&g);
}

static void
freeing_the_client_ends_calls_in_every_phase(void **state)
{
	struct bench *b = *state;
	struct got g[4] = {0};
	fake_add(b->fake, (struct fake_rule){"GET *", .mode = FAKE_HANG});
	struct forge_request by_name = deploy;
	by_name.site = "shop.example.com";
	forge_call(b->client, &me, got_result, &g[0]);
	forge_call(b->client, &by_name, got_result, &g[1]);
	forge_call(b->client, &by_name, got_result, &g[2]);
	bench_wait_requests(b, 2);
	forge_call(b->client, &me, got_result, &g[3]);
	forge_client_free(b->client);
	b->client = NULL;
	for (size_t i = 0; i < ARRAY_LEN(g); i++) {
		assert_int_equal(g[i].times, 1);
		assert_int_equal(g[i].kind, FORGE_CANCELLED);
		got_done(&g[i]);
	}
}

static void
free_the_client(const struct forge_result *r, void *arg)
{
	struct bench *b = arg;
	(void)r;
	forge_client_free(b->client);
	b->client = NULL;
}

static void
the_client_may_be_freed_inside_a_callback(void **state)
{
	struct bench *b = *state;
	struct got g = {0};
	fake_add(b->fake, (struct fake_rule){"GET /me", .body = "{}"});
	fake_add(b->fake, (struct fake_rule){"POST *", .mode = FAKE_HANG});
	forge_call(b->client, &deploy, got_result, &g);
	bench_wait_requests(b, 1);
	forge_call(b->client, &me, free_the_client, b);
	bench_wait(b, &g);
	assert_int_equal(g.kind, FORGE_CANCELLED);
	assert_null(b->client);
	got_done(&g);
}

static void
the_token_is_in_no_trace_and_no_message(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"GET /me", 1, .status = 500});
	fake_add(b->fake,
		 (struct fake_rule){"GET /me", .status = 401,
				    .body = "{\"message\":\"bad secret-token!\"}"});
	bench_expect(b, &me, FORGE_UNAUTHENTICATED,
		     "the token was refused: 401 (bad ************!)");
	assert_non_null(strstr(b->trace, "GET /me 500"));
	assert_non_null(strstr(b->trace, "GET /me 401"));
	assert_null(strstr(b->trace, "secret-token"));
}

static void
stats_count_answers(void **state)
{
	struct bench *b = *state;
	fake_limit(b->fake, 50);
	fake_add(b->fake, (struct fake_rule){"GET /me", .body = "{}"});
	bench_expect(b, &me, FORGE_OK, "");
	struct forge_stats s;
	forge_get_stats(b->client, &s);
	assert_int_equal(s.requests, 1);
	assert_int_equal(s.answers[2], 1);
	assert_int_equal(s.limit, 50);
	assert_int_equal(s.remaining, 49);
	assert_int_equal(s.waiting, 0);
}

static void
a_client_with_a_loop_of_its_own_runs_until_its_calls_ended(void **state)
{
	(void)state;
	struct got g = {0};
	struct forge_options o = {.url = "http://127.0.0.1:1/api",
				  .token = "t",
				  .requests_per_minute = 60000};
	struct forge_client *c = forge_client_new(NULL, &o);
	forge_call(c, &me, got_result, &g);
	forge_run(c);
	assert_int_equal(g.times, 1);
	assert_int_equal(g.kind, FORGE_NETWORK);
	forge_client_free(c);
	got_done(&g);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_429_is_waited_out_and_the_call_repeated),
		TEST(nobody_sends_while_a_429_blocks),
		TEST(a_429_without_a_time_backs_off),
		TEST(a_429_that_outlasts_the_deadline_ends_at_once),
		TEST(the_budget_is_never_exceeded),
		TEST(changes_go_before_questions),
		TEST(a_call_that_waits_too_long_for_the_budget_times_out),
		TEST(all_pages_are_one_answer),
		TEST(a_call_cancelled_before_it_began_sends_nothing),
		TEST(a_call_on_the_wire_can_be_cancelled),
		TEST(a_call_that_waits_for_its_next_attempt_can_be_cancelled),
		TEST(freeing_the_client_ends_calls_in_every_phase),
		TEST(the_client_may_be_freed_inside_a_callback),
		TEST(the_token_is_in_no_trace_and_no_message),
		TEST(stats_count_answers),
		cmocka_unit_test(
			a_client_with_a_loop_of_its_own_runs_until_its_calls_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
