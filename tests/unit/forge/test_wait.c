#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/str.h"
#include "fake.h"
#include "forge/tree.h"

#define PLACE	      "/orgs/acme/servers/1/sites/2"
#define DEPLOYMENTS   "GET " PLACE "/deployments?*"
#define POST_DEPLOY   "POST " PLACE "/deployments"
#define SHOW	      "GET " PLACE "/deployments/41"
#define COMMANDS      "GET " PLACE "/commands?*"
#define STATUS(s)     "{\"data\":{\"id\":\"41\",\"attributes\":{\"status\":\"" s "\"}}}"
#define ATTRIBUTES(a) "{\"data\":{\"id\":\"1\",\"attributes\":{" a "}}}"

static const struct forge_request deploy = {
	.operation = "deploy", .server = "1", .site = "2"};
static const struct forge_request command = {.operation = "run-command",
					     .server = "1",
					     .site = "2",
					     .body = "{\"command\":\"ls\"}"};

static void
add(struct bench *b, const char *request, unsigned times, const char *body)
{
	fake_add(b->fake, (struct fake_rule){request, times, .body = body});
}

static void
add_status(struct bench *b, const char *request, unsigned times, int status)
{
	fake_add(b->fake, (struct fake_rule){request, times, .status = status});
}

static struct got
wait_for(struct bench *b, const struct forge_request *rq)
{
	struct got g = {0};
	assert_non_null(forge_wait(b->client, rq, got_progress, got_result, &g));
	bench_wait(b, &g);
	assert_int_equal(g.times, 1);
	return g;
}

static void
expect(struct bench *b, const struct forge_request *rq, enum forge_kind kind,
       const char *message)
{
	struct got g = wait_for(b, rq);
	assert_string_equal(g.message, message);
	assert_string_equal(forge_kind_name(g.kind), forge_kind_name(kind));
	got_done(&g);
}

static void
a_deployment_is_made_and_followed_to_its_end(void **state)
{
	struct bench *b = *state;
	add(b, DEPLOYMENTS, 0, "{\"data\":[{\"id\":\"40\"}]}");
	fake_add(b->fake, (struct fake_rule){POST_DEPLOY, .status = 202,
					     .body = STATUS("queued")});
	add(b, SHOW, 1, STATUS("deploying"));
	add(b, SHOW, 0, STATUS("finished"));
	struct got g = wait_for(b, &deploy);
	assert_int_equal(g.kind, FORGE_OK);
	assert_string_equal(g.resource, "41");
	assert_string_equal(g.last_progress, "finished");
	assert_false(g.accepted_only);
	assert_int_equal(fake_count(b->fake, ""), 4);
	got_done(&g);
}

static void
what_an_empty_answer_made_is_found_in_the_list(void **state)
{
	struct bench *b = *state;
	add(b, COMMANDS, 1, "{\"data\":[]}");
	add_status(b, "POST " PLACE "/commands", 1, 202);
	add(b, COMMANDS, 0,
	    "{\"data\":[{\"id\":\"7\",\"attributes\":{\"command\":\"ls\"}}]}");
	add(b, "GET " PLACE "/commands/7", 0,
	    "{\"data\":{\"id\":\"7\",\"attributes\":{\"status\":\"finished\"}}}");
	struct got g = wait_for(b, &command);
	assert_int_equal(g.kind, FORGE_OK);
	assert_string_equal(g.resource, "7");
	got_done(&g);
}

static void
a_lost_answer_is_looked_up_and_nothing_is_made_twice(void **state)
{
	struct bench *b = *state;
	add(b, DEPLOYMENTS, 1, "{\"data\":[{\"id\":\"40\"}]}");
	fake_add(b->fake, (struct fake_rule){POST_DEPLOY, .mode = FAKE_LOSE});
	add(b, DEPLOYMENTS, 0, "{\"data\":[{\"id\":\"41\"},{\"id\":\"40\"}]}");
	add(b, SHOW, 0, STATUS("finished"));
	struct got g = wait_for(b, &deploy);
	assert_int_equal(g.kind, FORGE_OK);
	assert_string_equal(g.resource, "41");
	assert_int_equal(fake_count(b->fake, "POST "), 1);
	got_done(&g);
}

static void
what_is_not_found_after_a_lost_answer_stays_uncertain(void **state)
{
	struct bench *b = *state;
	add(b, DEPLOYMENTS, 0, "{\"data\":[{\"id\":\"40\"}]}");
	fake_add(b->fake, (struct fake_rule){POST_DEPLOY, .mode = FAKE_LOSE});
	struct got g = wait_for(b, &deploy);
	assert_int_equal(g.kind, FORGE_UNCERTAIN);
	assert_non_null(strstr(g.message, "the answer was lost"));
	assert_non_null(
		strstr(g.message,
		       "nothing new in organizations.servers.sites.deployments.index"));
	assert_int_equal(fake_count(b->fake, "POST "), 1);
	got_done(&g);
}

static void
a_deletion_ends_well_when_it_is_gone(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {
		.operation = "organizations.servers.database.schemas.destroy",
		.server = "1",
		.params = "{\"database\":5}"};
	add_status(b, "DELETE /orgs/acme/servers/1/database/schemas/5", 1, 202);
	add(b, "GET /orgs/acme/servers/1/database/schemas/5", 2,
	    ATTRIBUTES("\"status\":\"removing\""));
	struct got g = wait_for(b, &rq);
	assert_string_equal(g.message, "");
	assert_int_equal(g.kind, FORGE_OK);
	assert_int_equal(g.status, 404);
	assert_int_equal(fake_count(b->fake, "GET "), 3);
	got_done(&g);
}

static void
a_site_that_is_deleted_by_name_is_looked_at_by_its_id(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "organizations.servers.sites.destroy",
				   .server = "1",
				   .site = "shop.example.com"};
	add(b, "GET /orgs/acme/servers/1/sites?*", 0,
	    "{\"data\":[{\"id\":\"2\",\"attributes\":{\"name\":\"shop.example.com\"}}]}");
	add_status(b, "DELETE " PLACE, 1, 202);
	add(b, "GET /orgs/acme/sites/2", 1, ATTRIBUTES("\"status\":\"removing\""));
	expect(b, &rq, FORGE_OK, "");
	assert_int_equal(fake_count(b->fake, "GET /orgs/acme/sites/2"), 2);
}

static void
a_failed_deletion_is_a_bad_end(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation =
					   "organizations.servers.scheduled-jobs.destroy",
				   .server = "1",
				   .params = "{\"job\":5}"};
	add_status(b, "DELETE /orgs/acme/servers/1/scheduled-jobs/5", 1, 202);
	add(b, "GET /orgs/acme/servers/1/scheduled-jobs/5", 0,
	    ATTRIBUTES("\"status\":\"failed\""));
	expect(b, &rq, FORGE_FAILED, "job 5 ended as failed");
}

/* "installed" may still be the state before the change. */
static void
a_change_counts_when_a_good_state_is_seen_twice(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "process-action",
				   .server = "1",
				   .params = "{\"backgroundProcess\":5}",
				   .body = "{\"action\":\"restart\"}"};
	const char *show = "GET /orgs/acme/servers/1/background-processes/5";
	add_status(b, "POST /orgs/acme/servers/1/background-processes/5/actions", 1, 202);
	add(b, show, 1, ATTRIBUTES("\"status\":\"installed\""));
	add(b, show, 1, ATTRIBUTES("\"status\":\"restarting\""));
	add(b, show, 0, ATTRIBUTES("\"status\":\"installed\""));
	expect(b, &rq, FORGE_OK, "");
	assert_int_equal(fake_count(b->fake, "GET "), 4);
}

static void
an_environment_is_set_when_it_reads_back(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "set-environment",
				   .server = "1",
				   .site = "2",
				   .body = "{\"environment\":\"A=1\\n\"}"};
	add_status(b, "PUT " PLACE "/environment", 1, 202);
	add(b, "GET " PLACE "/environment", 1, ATTRIBUTES("\"content\":\"A=0\""));
	add(b, "GET " PLACE "/environment", 1, ATTRIBUTES("\"content\":null"));
	add(b, "GET " PLACE "/environment", 0, ATTRIBUTES("\"content\":\"A=1\""));
	struct got g = wait_for(b, &rq);
	assert_int_equal(g.kind, FORGE_OK);
	assert_string_equal(g.last_progress, "not as wanted");
	assert_int_equal(fake_count(b->fake, "GET "), 3);
	got_done(&g);
}

static void
a_switch_is_on_when_it_says_so(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "organizations.servers.php.opcache.store",
				   .server = "1"};
	add_status(b, "POST /orgs/acme/servers/1/php/opcache", 1, 202);
	add(b, "GET /orgs/acme/servers/1/php/opcache", 1,
	    ATTRIBUTES("\"opcache_enabled\":false"));
	add(b, "GET /orgs/acme/servers/1/php/opcache", 1, ATTRIBUTES(""));
	add(b, "GET /orgs/acme/servers/1/php/opcache", 0,
	    ATTRIBUTES("\"opcache_enabled\":true"));
	expect(b, &rq, FORGE_OK, "");
	assert_int_equal(fake_count(b->fake, "GET "), 3);
}

static void
a_credential_is_there_when_it_can_be_read(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {
		.operation = "organizations.servers.sites.composer.credentials.store",
		.server = "1",
		.site = "2",
		.body = "{\"repository\":\"repo.example.com\",\"username\":\"u\","
			"\"password\":\"p\"}"};
	const char *show = "GET " PLACE "/composer/credentials/repo.example.com";
	add_status(b, "POST " PLACE "/composer/credentials", 1, 202);
	add_status(b, show, 2, 404);
	add(b, show, 0, ATTRIBUTES("\"username\":\"u\""));
	expect(b, &rq, FORGE_OK, "");
	assert_int_equal(fake_count(b->fake, "GET "), 3);
}

#define RUNS		"GET /orgs/acme/recipes/9/runs?*"
#define LOG(id, server) "{\"id\":\"" id "\",\"attributes\":{\"server_id\":" server "}}"

static void
a_recipe_is_done_when_it_is_done_on_every_server(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "organizations.recipes.runs.store",
				   .params = "{\"recipe\":9}",
				   .body = "{\"servers\":[1,2]}"};
	add(b, RUNS, 1, "{\"data\":[]}");
	add_status(b, "POST /orgs/acme/recipes/9/runs", 1, 202);
	add(b, RUNS, 1, "{\"data\":[" LOG("70", "1") "]}");
	add(b, RUNS, 0, "{\"data\":[" LOG("71", "2") "," LOG("70", "1") "]}");
	add(b, "GET /orgs/acme/recipes/9/runs/71", 0,
	    ATTRIBUTES("\"status\":\"finished\""));
	add(b, "GET /orgs/acme/recipes/9/runs/70", 1,
	    ATTRIBUTES("\"status\":\"running\""));
	add(b, "GET /orgs/acme/recipes/9/runs/70", 0,
	    ATTRIBUTES("\"status\":\"failed\""));
	struct got g = wait_for(b, &rq);
	assert_string_equal(g.resource, "71,70");
	assert_string_equal(g.message, "log 70 ended as failed");
	assert_int_equal(g.kind, FORGE_FAILED);
	got_done(&g);
}

static void
a_server_is_ready_when_it_says_so(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {
		.operation = "organizations.servers.store",
		.body = "{\"name\":\"web-9\",\"provider\":\"custom\",\"type\":\"app\","
			"\"ubuntu_version\":\"24.04\"}"};
	add(b, "GET /orgs/acme/servers?*", 0, "{\"data\":[]}");
	fake_add(b->fake, (struct fake_rule){
				  "POST /orgs/acme/servers", .status = 202,
				  .body = "{\"data\":{\"id\":\"9\",\"attributes\":{}}}"});
	add(b, "GET /orgs/acme/servers/9", 1, ATTRIBUTES("\"is_ready\":false"));
	add(b, "GET /orgs/acme/servers/9", 0, ATTRIBUTES("\"is_ready\":true"));
	expect(b, &rq, FORGE_OK, "");
}

static void
what_shows_nothing_ends_with_its_answer_and_says_so(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {
		.operation = "nginx", .server = "1", .body = "{\"action\":\"stop\"}"};
	add_status(b, "POST /orgs/acme/servers/1/services/nginx/actions", 1, 202);
	struct got g = wait_for(b, &rq);
	assert_int_equal(g.kind, FORGE_OK);
	assert_true(g.accepted_only);
	assert_int_equal(fake_count(b->fake, ""), 1);
	assert_string_equal(forge_nothing_to_follow(forge_operation_find("nginx")),
			    "Forge tells no state of a service");
	got_done(&g);
}

static void
what_is_done_with_its_answer_is_more_than_accepted(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {
		.operation = "environment", .server = "1", .site = "2"};
	add(b, "GET " PLACE "/environment", 1, ATTRIBUTES("\"content\":\"\""));
	struct got g = wait_for(b, &rq);
	assert_int_equal(g.kind, FORGE_OK);
	assert_false(g.accepted_only);
	got_done(&g);
}

static void
a_refusal_ends_waiting_at_once(void **state)
{
	struct bench *b = *state;
	struct forge_request wrong = command;
	wrong.body = "{}";
	expect(b, &wrong, FORGE_REFUSED, "body.command: is required (string)");
	assert_int_equal(fake_count(b->fake, ""), 0);
	add(b, COMMANDS, 0, "{\"data\":[]}");
	fake_add(b->fake, (struct fake_rule){
				  "POST " PLACE "/commands", .status = 422,
				  .body = "{\"message\":\"No.\",\"errors\":{\"command\":["
					  "\"is bad\"]}}"});
	expect(b, &command, FORGE_INVALID, "command: is bad");
}

static void
nothing_is_sent_when_the_list_cannot_be_read(void **state)
{
	struct bench *b = *state;
	add_status(b, COMMANDS, 0, 403);
	struct got g = wait_for(b, &command);
	assert_int_equal(g.kind, FORGE_FORBIDDEN);
	assert_int_equal(fake_count(b->fake, "POST "), 0);
	got_done(&g);
}

static void
waiting_can_be_cancelled_at_every_step(void **state)
{
	struct bench *b = *state;
	add(b, DEPLOYMENTS, 1, "{\"data\":[]}");
	fake_add(b->fake, (struct fake_rule){POST_DEPLOY, .mode = FAKE_LOSE});
	add(b, DEPLOYMENTS, 1, "{\"data\":[{\"id\":\"41\"}]}");
	add(b, SHOW, 0, STATUS("deploying"));
	add(b, DEPLOYMENTS, 0, "{\"data\":[{\"id\":\"41\"}]}");
	for (unsigned step = 0; step < 4; step++) {
		struct got g = {0};
		unsigned before = fake_count(b->fake, "");
		struct forge_call *call =
			forge_wait(b->client, &deploy, got_progress, got_result, &g);
		bench_wait_requests(b, before + step);
		if (g.times == 0)
			forge_cancel(call);
		bench_wait(b, &g);
		assert_int_equal(g.times, 1);
		got_done(&g);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
		TEST(a_deployment_is_made_and_followed_to_its_end),
		TEST(what_an_empty_answer_made_is_found_in_the_list),
		TEST(a_lost_answer_is_looked_up_and_nothing_is_made_twice),
		TEST(what_is_not_found_after_a_lost_answer_stays_uncertain),
		TEST(a_deletion_ends_well_when_it_is_gone),
		TEST(a_site_that_is_deleted_by_name_is_looked_at_by_its_id),
		TEST(a_failed_deletion_is_a_bad_end),
		TEST(a_change_counts_when_a_good_state_is_seen_twice),
		TEST(an_environment_is_set_when_it_reads_back),
		TEST(a_switch_is_on_when_it_says_so),
		TEST(a_credential_is_there_when_it_can_be_read),
		TEST(a_recipe_is_done_when_it_is_done_on_every_server),
		TEST(a_server_is_ready_when_it_says_so),
		TEST(what_shows_nothing_ends_with_its_answer_and_says_so),
		TEST(what_is_done_with_its_answer_is_more_than_accepted),
		TEST(a_refusal_ends_waiting_at_once),
		TEST(nothing_is_sent_when_the_list_cannot_be_read),
		TEST(waiting_can_be_cancelled_at_every_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
