#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/str.h"
#include "fake.h"

#define DEPLOY_PATH "/orgs/acme/servers/1/sites/2/deployments"
#define DEPLOYMENT  "{\"data\":{\"id\":\"41\",\"type\":\"deployments\"}}"

static const struct forge_request deploy = {
	.operation = "deploy", .server = "1", .site = "2"};
static const struct forge_request me = {.operation = "me"};

static void
a_call_brings_its_answer(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"POST " DEPLOY_PATH, .status = 202,
					     .body = DEPLOYMENT});
	struct got g = bench_run(b, &deploy);
	assert_int_equal(g.kind, FORGE_OK);
	assert_int_equal(g.status, 202);
	assert_string_equal(g.resource, "41");
	assert_string_equal(g.body, DEPLOYMENT);
	assert_string_equal(g.message, "");
	got_done(&g);
}

static void
a_call_carries_token_and_types(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "run-command",
				   .server = "1",
				   .site = "2",
				   .body = "{\"command\": \"ls\"}"};
	fake_add(b->fake, (struct fake_rule){"POST *", .status = 202});
	struct got g = bench_run(b, &rq);
	assert_int_equal(g.kind, FORGE_OK);
	assert_null(g.resource);
	got_done(&g);
	const char *head = fake_head(b->fake, 0);
	assert_non_null(strstr(head, "\r\nAuthorization: Bearer secret-token"));
	assert_non_null(strstr(head, "\r\nAccept: application/json"));
	assert_non_null(strstr(head, "\r\nContent-Type: application/json"));
	assert_non_null(strstr(head, "\r\nUser-Agent: libforge/"));
	assert_non_null(strstr(head, "\r\nAccept-Encoding: gzip"));
	assert_string_equal(fake_request(b->fake, 0),
			    "POST /orgs/acme/servers/1/sites/2/commands "
			    "{\"command\":\"ls\"}");
}

static void
a_file_goes_as_multipart(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {
		.operation = "organizations.servers.sites.redirect-rules.import",
		.server = "1",
		.site = "2",
		.body = "{\"file\":\"/a,/b\",\"mode\":\"append\"}"};
	fake_add(b->fake, (struct fake_rule){"POST *", .status = 202});
	struct got g = bench_run(b, &rq);
	assert_int_equal(g.kind, FORGE_OK);
	got_done(&g);
	assert_non_null(
		strstr(fake_head(b->fake, 0), "Content-Type: multipart/form-data"));
	assert_non_null(
		strstr(fake_request(b->fake, 0), "name=\"file\"; filename=\"file\""));
	assert_non_null(strstr(fake_request(b->fake, 0), "/a,/b"));
}

static void
nothing_is_sent_that_does_not_fit(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = deploy;
	rq.body = "{\"branch\":\"x\"}";
	bench_expect(b, &rq, FORGE_REFUSED,
		     "body: organizations.servers.sites.deployments.store takes no body");
	rq = (struct forge_request){.operation = "deplyo"};
	bench_expect(b, &rq, FORGE_REFUSED,
		     "unknown operation \"deplyo\"; did you mean \"deploy\"?");
	rq = (struct forge_request){.operation = "deploy", .server = "1"};
	bench_expect(b, &rq, FORGE_REFUSED,
		     "organizations.servers.sites.deployments.store needs a site (name "
		     "or id)");
	assert_int_equal(fake_count(b->fake, ""), 0);
}

static void
refusals_say_what_matters(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake,
		 (struct fake_rule){"POST *", 1, .status = 401,
				    .body = "{\"message\":\"Unauthenticated.\"}"});
	fake_add(b->fake, (struct fake_rule){"POST *", 1, .status = 403,
					     .body = "{\"message\":\"This action is "
						     "unauthorized.\"}"});
	fake_add(b->fake, (struct fake_rule){"POST *", 1, .status = 404});
	fake_add(b->fake,
		 (struct fake_rule){
			 "POST *", 1, .status = 422,
			 .body = "{\"message\":\"x\",\"errors\":{\"command\":[\"The "
				 "command\\nfield is required.\",\"b\"],\"c\":\"d\"}}"});
	bench_expect(b, &deploy, FORGE_UNAUTHENTICATED,
		     "the token was refused: 401 (Unauthenticated.)");
	bench_expect(b, &deploy, FORGE_FORBIDDEN,
		     "forbidden: 403 (This action is unauthorized.); "
		     "organizations.servers.sites.deployments.store needs the scope "
		     "site:manage-deploys");
	bench_expect(b, &deploy, FORGE_NOT_FOUND, "not found: 404: POST " DEPLOY_PATH);
	bench_expect(b, &deploy, FORGE_INVALID,
		     "command: The command field is required.; command: b; c: d");
	assert_int_equal(fake_count(b->fake, "POST"), 4);
}

static void
a_redirect_is_not_followed(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"GET /me", .status = 302,
					     .headers = "Location: /api/user\r\n"});
	bench_expect(b, &me, FORGE_SERVER,
		     "Forge answered with a redirect, which is not followed: 302");
	assert_int_equal(fake_count(b->fake, ""), 1);
}

static void
a_question_is_asked_again_after_5xx(void **state)
{
	struct bench *b = *state;
	static const int codes[] = {500, 502, 503, 504};
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		fake_add(b->fake, (struct fake_rule){"GET /me", 1, .status = codes[i]});
	fake_add(b->fake, (struct fake_rule){"GET /me", .body = "{}"});
	bench_expect(b, &me, FORGE_OK, "");
	assert_int_equal(fake_count(b->fake, "GET"), 5);
}

static void
a_call_may_be_a_single_attempt(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {
		.operation = "deploy", .server = "web-1", .site = "2", .attempts = 1};
	fake_add(b->fake, (struct fake_rule){"*", 0, .status = 500});
	bench_expect(b, &rq, FORGE_SERVER, "Forge has an error: 500");
	assert_int_equal(fake_count(b->fake, "GET"), 1);
	assert_int_equal(fake_count(b->fake, "POST"), 0);
}

static void
away_is_what_may_pass_and_has_changed_nothing(void **state)
{
	static const struct {
		enum forge_kind kind;
		long status;
		bool away;
	} cases[] = {
		{FORGE_OK, 200, false},
		{FORGE_REFUSED, 0, false},
		{FORGE_NETWORK, 0, true},
		{FORGE_TIMEOUT, 0, true},
		{FORGE_UNAUTHENTICATED, 401, false},
		{FORGE_FORBIDDEN, 403, false},
		{FORGE_NOT_FOUND, 404, false},
		{FORGE_INVALID, 422, false},
		{FORGE_RATE_LIMITED, 429, true},
		{FORGE_MAINTENANCE, 503, true},
		{FORGE_SERVER, 502, true},
		{FORGE_SERVER, 200, true}, /* not readable */
		{FORGE_SERVER, 302, false},
		{FORGE_SERVER, 409, false},
		{FORGE_SERVER, 501, false},
		{FORGE_SERVER, 0, false},
		{FORGE_FAILED, 200, false},
		{FORGE_UNCERTAIN, 502, false},
		{FORGE_CANCELLED, 0, false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct forge_result r = {.kind = cases[i].kind,
					 .status = cases[i].status};
		assert_int_equal(forge_is_away(&r), cases[i].away);
	}
}

static void
after_five_attempts_5xx_is_the_end(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"GET /me", .status = 500,
					     .body = "{\"message\":\"Server Error\"}"});
	bench_expect(b, &me, FORGE_SERVER, "Forge has an error: 500 (Server Error)");
	assert_int_equal(fake_count(b->fake, "GET"), LIMIT_FORGE_ATTEMPTS);
}

static void
a_change_is_not_repeated_after_5xx(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"POST *", .status = 502});
	bench_expect(b, &deploy, FORGE_UNCERTAIN,
		     "Forge answered 502: it may or may not have taken place");
	assert_int_equal(fake_count(b->fake, "POST"), 1);
}

static void
a_change_is_repeated_after_maintenance(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake,
		 (struct fake_rule){
			 "POST *", 2, .status = 503,
			 .body = "{\"message\":\"Forge is offline for maintenance.\"}"});
	fake_add(b->fake, (struct fake_rule){"POST *", .status = 202});
	bench_expect(b, &deploy, FORGE_OK, "");
	assert_int_equal(fake_count(b->fake, "POST"), 3);
}

static void
a_503_without_that_message_is_uncertain(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"POST *", .status = 503,
					     .body = "<html>busy</html>"});
	bench_expect(b, &deploy, FORGE_UNCERTAIN,
		     "Forge answered 503: it may or may not have taken place");
}

static void
what_a_repeated_delete_does_not_find_is_deleted(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "organizations.servers.sites.destroy",
				   .server = "1",
				   .site = "2"};
	fake_add(b->fake, (struct fake_rule){"DELETE *", 1, .status = 500});
	bench_expect(b, &rq, FORGE_OK, "");
	assert_int_equal(fake_count(b->fake, "DELETE"), 2);
	bench_expect(b, &rq, FORGE_NOT_FOUND,
		     "not found: 404 (Resource not found.): DELETE "
		     "/orgs/acme/servers/1/sites/2");
}

static void
a_put_that_makes_something_new_is_not_repeated(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "organizations.servers.key.update",
				   .server = "1"};
	fake_add(b->fake, (struct fake_rule){"PUT *", .status = 500});
	bench_expect(b, &rq, FORGE_UNCERTAIN,
		     "Forge answered 500: it may or may not have taken place");
	assert_int_equal(fake_count(b->fake, "PUT"), 1);
}

static void
a_change_whose_answer_is_lost_is_uncertain(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"POST *", .mode = FAKE_LOSE});
	struct got g = bench_run(b, &deploy);
	assert_int_equal(g.kind, FORGE_UNCERTAIN);
	assert_true(str_starts(g.message, "sent, but the answer was lost"));
	assert_int_equal(fake_count(b->fake, "POST"), 1);
	got_done(&g);
}

static void
a_change_on_a_kept_connection_is_not_repeated_by_libcurl(void **state)
{
	struct bench *b = *state;
	/* libcurl would send a request again when a reused connection closes on it */
	fake_add(b->fake, (struct fake_rule){"GET /me", .body = "{}"});
	fake_add(b->fake, (struct fake_rule){"POST *", .mode = FAKE_LOSE});
	bench_expect(b, &me, FORGE_OK, "");
	struct got g = bench_run(b, &deploy);
	assert_int_equal(g.kind, FORGE_UNCERTAIN);
	assert_int_equal(fake_count(b->fake, "POST"), 1);
	got_done(&g);
}

static void
a_question_on_a_connection_that_was_closed_is_asked_again(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake,
		 (struct fake_rule){"GET /me", .body = "{}", .mode = FAKE_CLOSE});
	bench_expect(b, &me, FORGE_OK, "");
	bench_expect(b, &me, FORGE_OK, "");
}

static void
a_question_whose_answer_is_lost_is_asked_again(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"GET /me", 1, .mode = FAKE_LOSE});
	fake_add(b->fake, (struct fake_rule){"GET /me", .body = "{}"});
	bench_expect(b, &me, FORGE_OK, "");
}

static void
a_change_that_times_out_after_sending_is_uncertain(void **state)
{
	struct bench *b = *state;
	bench_client(b, (struct forge_options){.timeout_ms = 100});
	fake_add(b->fake, (struct fake_rule){"POST *", .mode = FAKE_HANG});
	struct got g = bench_run(b, &deploy);
	assert_int_equal(g.kind, FORGE_UNCERTAIN);
	assert_int_equal(fake_count(b->fake, "POST"), 1);
	got_done(&g);
}

static void
a_truncated_answer_to_a_change_is_uncertain(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"POST *", .status = 202, .body = DEPLOYMENT,
					     .mode = FAKE_TRUNCATE});
	struct got g = bench_run(b, &deploy);
	assert_int_equal(g.kind, FORGE_UNCERTAIN);
	assert_int_equal(fake_count(b->fake, "POST"), 1);
	got_done(&g);
}

static void
an_answer_to_a_change_that_is_no_json_is_uncertain(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"POST *", .status = 202,
					     .body = "{\"data\":{\"id\""});
	bench_expect(b, &deploy, FORGE_UNCERTAIN,
		     "the answer (202) is no JSON: it may or may not have taken place");
}

static void
an_answer_to_a_question_that_is_no_json_is_an_error(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"GET /me", .body = "<html>"});
	bench_expect(b, &me, FORGE_SERVER, "the answer (200) is no JSON");
}

static void
odd_json_is_no_resource(void **state)
{
	struct bench *b = *state;
	static const char *const odd[] = {"[]",
					  "null",
					  "7",
					  "{\"data\":null}",
					  "{\"data\":[{\"id\":\"1\"}]}",
					  "{\"data\":{\"id\":null}}",
					  "{\"data\":{\"id\":{}}}"};
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		fake_add(b->fake, (struct fake_rule){"GET /me", 1, .body = odd[i]});
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct got g = bench_run(b, &me);
		assert_int_equal(g.kind, FORGE_OK);
		assert_null(g.resource);
		got_done(&g);
	}
}

static void
an_answer_over_the_limit_is_cut_off(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake,
		 (struct fake_rule){"GET /me", .huge = LIMIT_FORGE_ANSWER_BYTES + 1024});
	bench_expect(b, &me, FORGE_SERVER, "the answer has more than 16777216 bytes");
	assert_int_equal(fake_count(b->fake, ""), 1);
}

static void
a_server_that_is_not_there_is_a_network_error(void **state)
{
	struct bench *b = *state;
	/* a port that was free a moment ago */
	struct fake *gone = fake_new(b->base);
	auto_str url = str_dup(fake_url(gone));
	fake_free(gone);
	bench_client(b, (struct forge_options){.url = url});
	struct got g = bench_run(b, &deploy);
	assert_int_equal(g.kind, FORGE_NETWORK);
	assert_true(str_starts(g.message, "cannot reach Forge: "));
	struct forge_stats s;
	forge_get_stats(b->client, &s);
	assert_int_equal(s.requests, LIMIT_FORGE_ATTEMPTS);
	got_done(&g);
}

/* Calls a TLS server whose certificate is for name; CA_FILE trusts it if trusted. */
static struct got
call_over_tls(struct bench *b, const char *name, bool trusted)
{
	char path[] = "/tmp/forge-ca-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	struct fake *tls = fake_new_tls(b->base, name, path);
	fake_add(tls, (struct fake_rule){"POST *", .status = 202});
	bench_client(b, (struct forge_options){.url = fake_url(tls),
					       .ca_file = trusted ? path : NULL});
	struct got g = bench_run(b, &deploy);
	assert_int_equal(fake_count(tls, ""), g.kind == FORGE_OK);
	forge_client_free(steal_ptr(&b->client));
	fake_free(tls);
	unlink(path);
	return g;
}

static void
a_trusted_certificate_is_accepted(void **state)
{
	struct got g = call_over_tls(*state, "127.0.0.1", true);
	assert_string_equal(g.message, "");
	got_done(&g);
}

static void
an_untrusted_certificate_ends_the_call_before_anything_is_sent(void **state)
{
	struct bench *b = *state;
	struct got g = call_over_tls(b, "127.0.0.1", false);
	assert_int_equal(g.kind, FORGE_NETWORK);
	assert_non_null(strstr(g.message, "certificate"));
	assert_null(strstr(b->trace, "attempt=2"));
	got_done(&g);
}

static void
a_certificate_for_another_name_ends_the_call_before_anything_is_sent(void **state)
{
	struct got g = call_over_tls(*state, "other.example.com", true);
	assert_int_equal(g.kind, FORGE_NETWORK);
	got_done(&g);
}

static void
a_change_does_not_suffer_from_a_connection_that_was_closed(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake,
		 (struct fake_rule){"GET /me", .body = "{}", .mode = FAKE_CLOSE});
	fake_add(b->fake, (struct fake_rule){"POST *", .status = 202});
	bench_expect(b, &me, FORGE_OK, "");
	bench_expect(b, &deploy, FORGE_OK, "");
}

static void
a_server_without_tls_gets_not_a_byte_of_the_request(void **state)
{
	struct bench *b = *state;
	auto_str url = str_format("https%s", fake_url(b->fake) + strlen("http"));
	bench_client(b, (struct forge_options){.url = url, .timeout_ms = 100});
	struct forge_request rq = deploy;
	rq.deadline_ms = 300;
	struct got g = bench_run(b, &rq);
	/* a change, yet certain: the handshake was never done */
	assert_int_equal(g.kind, FORGE_NETWORK);
	got_done(&g);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_brings_its_answer),
		TEST(a_call_carries_token_and_types),
		TEST(a_file_goes_as_multipart),
		TEST(nothing_is_sent_that_does_not_fit),
		TEST(refusals_say_what_matters),
		TEST(a_redirect_is_not_followed),
		TEST(a_question_is_asked_again_after_5xx),
		TEST(a_call_may_be_a_single_attempt),
		TEST(away_is_what_may_pass_and_has_changed_nothing),
		TEST(after_five_attempts_5xx_is_the_end),
		TEST(a_change_is_not_repeated_after_5xx),
		TEST(a_change_is_repeated_after_maintenance),
		TEST(a_503_without_that_message_is_uncertain),
		TEST(what_a_repeated_delete_does_not_find_is_deleted),
		TEST(a_put_that_makes_something_new_is_not_repeated),
		TEST(a_change_whose_answer_is_lost_is_uncertain),
		TEST(a_change_on_a_kept_connection_is_not_repeated_by_libcurl),
		TEST(a_question_on_a_connection_that_was_closed_is_asked_again),
		TEST(a_question_whose_answer_is_lost_is_asked_again),
		TEST(a_change_that_times_out_after_sending_is_uncertain),
		TEST(a_truncated_answer_to_a_change_is_uncertain),
		TEST(an_answer_to_a_change_that_is_no_json_is_uncertain),
		TEST(an_answer_to_a_question_that_is_no_json_is_an_error),
		TEST(odd_json_is_no_resource),
		TEST(an_answer_over_the_limit_is_cut_off),
		TEST(a_server_that_is_not_there_is_a_network_error),
		TEST(a_trusted_certificate_is_accepted),
		TEST(an_untrusted_certificate_ends_the_call_before_anything_is_sent),
		TEST(a_certificate_for_another_name_ends_the_call_before_anything_is_sent),
		TEST(a_change_does_not_suffer_from_a_connection_that_was_closed),
		TEST(a_server_without_tls_gets_not_a_byte_of_the_request),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
