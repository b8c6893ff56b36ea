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
#include "forge/follow.h"
#include "forge/tree.h"

#define PLACE		  "/orgs/acme/servers/1/sites/2"
#define DEPLOYMENTS	  "GET " PLACE "/deployments?*"
#define COMMANDS	  "GET " PLACE "/commands?*"
#define SHOW		  "GET " PLACE "/deployments/41"
#define STATUS(s)	  "{\"data\":{\"id\":\"41\",\"attributes\":{\"status\":\"" s "\"}}}"
#define COMMAND(id, text) "{\"id\":\"" id "\",\"attributes\":{\"command\":\"" text "\"}}"

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
expect_mark(struct bench *b, const struct forge_request *rq, const char *mark)
{
	struct got g = {0};
	forge_mark(b->client, rq, got_result, &g);
	bench_wait(b, &g);
	assert_string_equal(g.message, "");
	assert_string_equal(g.body, mark);
	got_done(&g);
}

static struct got
adopt(struct bench *b, const struct forge_request *rq, const char *mark)
{
	struct got g = {0};
	forge_adopt(b->client, rq, mark, got_result, &g);
	bench_wait(b, &g);
	return g;
}

static void
expect_adopted(struct bench *b, const struct forge_request *rq, const char *mark,
	       const char *id)
{
	struct got g = adopt(b, rq, mark);
	assert_string_equal(g.message, "");
	assert_int_equal(g.kind, FORGE_OK);
	assert_string_equal(g.resource, id);
	got_done(&g);
}

static void
expect_not_adopted(struct bench *b, const struct forge_request *rq, const char *mark,
		   enum forge_kind kind, const char *message)
{
	struct got g = adopt(b, rq, mark);
	assert_string_equal(g.message, message);
	assert_int_equal(g.kind, kind);
	assert_null(g.resource);
	got_done(&g);
}

/* --- mark ----------------------------------------------------------------------------
 */

static void
a_mark_is_the_greatest_id(void **state)
{
	struct bench *b = *state;
	add(b, DEPLOYMENTS, 0,
	    "{\"data\":[{\"id\":\"9\"},{\"id\":\"10\"},{\"id\":\"x\"},{\"id\":\"3\"}],"
	    "\"meta\":{\"next_cursor\":\"more\"}}");
	expect_mark(b, &deploy, "{\"last\":\"10\"}");
	assert_int_equal(fake_count(b->fake, ""), 1);
	assert_non_null(strstr(fake_request(b->fake, 0), "sort=-created_at"));
}

static void
a_mark_of_an_empty_list_is_null(void **state)
{
	struct bench *b = *state;
	add(b, DEPLOYMENTS, 0, "{\"data\":[]}");
	expect_mark(b, &deploy, "{\"last\":null}");
}

static void
nothing_can_be_marked_without_a_list(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "reboot", .server = "1"};
	struct got g = {0};
	forge_mark(b->client, &rq, got_result, &g);
	bench_wait(b, &g);
	assert_int_equal(g.kind, FORGE_REFUSED);
	got_done(&g);
	assert_false(forge_can_adopt(forge_operation_find("reboot")));
	assert_true(forge_can_adopt(forge_operation_find("deploy")));
}

/* --- adopt ---------------------------------------------------------------------------
 */

static void
a_lone_new_deployment_is_adopted(void **state)
{
	struct bench *b = *state;
	add(b, DEPLOYMENTS, 0, "{\"data\":[{\"id\":\"41\"},{\"id\":\"40\"}]}");
	expect_adopted(b, &deploy, "{\"last\":\"40\"}", "41");
}

static void
of_several_new_deployments_the_oldest_is_adopted(void **state)
{
	struct bench *b = *state;
	add(b, DEPLOYMENTS, 1,
	    "{\"data\":[{\"id\":\"103\"},{\"id\":\"102\"}],\"meta\":{\"next_cursor\":"
	    "\"p2\"}}");
	add(b, DEPLOYMENTS, 0,
	    "{\"data\":[{\"id\":\"101\"},{\"id\":\"99\"}],\"meta\":{\"next_cursor\":"
	    "\"p3\"}}");
	expect_adopted(b, &deploy, "{\"last\":\"99\"}", "101");
	assert_int_equal(fake_count(b->fake, ""), 2);
}

static void
what_appears_late_is_found_by_the_second_look(void **state)
{
	struct bench *b = *state;
	add(b, DEPLOYMENTS, 1, "{\"data\":[{\"id\":\"40\"}]}");
	add(b, DEPLOYMENTS, 0, "{\"data\":[{\"id\":\"41\"},{\"id\":\"40\"}]}");
	expect_adopted(b, &deploy, "{\"last\":\"40\"}", "41");
}

static void
nothing_new_is_not_found(void **state)
{
	struct bench *b = *state;
	add(b, DEPLOYMENTS, 0, "{\"data\":[{\"id\":\"40\"}]}");
	expect_not_adopted(
		b, &deploy, "{\"last\":\"40\"}", FORGE_NOT_FOUND,
		"nothing new in organizations.servers.sites.deployments.index");
	assert_int_equal(fake_count(b->fake, ""), 2);
}

static void
a_command_is_found_by_its_text(void **state)
{
	struct bench *b = *state;
	add(b, COMMANDS, 0,
	    "{\"data\":[" COMMAND("9", "pwd") "," COMMAND("8", "ls") "," COMMAND(
		    "7", "ls") "]"
			       "}");
	expect_adopted(b, &command, "{\"last\":\"7\"}", "8");
}

static void
two_equal_commands_cannot_be_told_apart(void **state)
{
	struct bench *b = *state;
	add(b, COMMANDS, 0, "{\"data\":[" COMMAND("9", "ls") "," COMMAND("8", "ls") "]}");
	expect_not_adopted(b, &command, "{\"last\":null}", FORGE_UNCERTAIN,
			   "2 new ones in organizations.servers.sites.commands.index, "
			   "which cannot be told apart");
}

static void
without_a_mark_nothing_is_adopted(void **state)
{
	struct bench *b = *state;
	static const char *const marks[] = {NULL, "", "{", "[]", "{}"};
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		expect_not_adopted(b, &deploy, marks[i], FORGE_REFUSED,
				   "without a mark nothing can be found");
}

static void
an_error_while_looking_is_told(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){DEPLOYMENTS, .status = 401});
	expect_not_adopted(b, &deploy, "{\"last\":\"1\"}", FORGE_UNAUTHENTICATED,
			   "the token was refused: 401");
}

static void
a_list_of_a_parent_takes_its_parameter(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "backup",
				   .server = "1",
				   .params = "{\"backupConfiguration\":7}"};
	add(b, "GET /orgs/acme/servers/1/database/backups/7/instances?*", 0,
	    "{\"data\":[{\"id\":\"3\"}]}");
	expect_adopted(b, &rq, "{\"last\":\"2\"}", "3");
}

/* --- follow --------------------------------------------------------------------------
 */

static struct got
follow(struct bench *b, const struct forge_request *rq, const char *resource)
{
	struct got g = {0};
	forge_follow(b->client, rq, resource, got_progress, got_result, &g);
	bench_wait(b, &g);
	return g;
}

static void
a_deployment_is_followed_to_its_good_end(void **state)
{
	struct bench *b = *state;
	add(b, SHOW, 1, STATUS("queued"));
	add(b, SHOW, 1, STATUS("Deploying"));
	add(b, SHOW, 1, STATUS("deploying"));
	add(b, SHOW, 0, STATUS("Finished"));
	struct got g = follow(b, &deploy, "41");
	assert_int_equal(g.kind, FORGE_OK);
	assert_string_equal(g.body, STATUS("Finished"));
	assert_string_equal(g.resource, "41");
	assert_int_equal(g.progress, 4);
	assert_string_equal(g.last_progress, "Finished");
	got_done(&g);
}

static void
a_bad_end_is_named(void **state)
{
	struct bench *b = *state;
	static const char *const ends[] = {"failed", "failed-build", "cancelled"};
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		auto_str body = str_format(
			"{\"data\":{\"attributes\":{\"status\":\"%s\"}}}", ends[i]);
		auto_str text = str_format("deployment 41 ended as %s", ends[i]);
		fake_add(b->fake, (struct fake_rule){SHOW, 1, .body = body});
		struct got g = follow(b, &deploy, "41");
		assert_int_equal(g.kind, FORGE_FAILED);
		assert_string_equal(g.message, text);
		got_done(&g);
	}
}

static void
a_command_that_returns_an_error_has_failed(void **state)
{
	struct bench *b = *state;
	add(b, "GET " PLACE "/commands/9", 0,
	    "{\"data\":{\"id\":\"9\",\"attributes\":{\"status\":\"finished\",\"exit_"
	    "code\":2}}}");
	struct got g = follow(b, &command, "9");
	assert_int_equal(g.kind, FORGE_FAILED);
	assert_string_equal(g.message, "command 9 ended as finished with exit code 2");
	got_done(&g);
}

static void
errors_on_the_way_do_not_end_following(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){SHOW, 1, .status = 500});
	fake_add(b->fake, (struct fake_rule){SHOW, 1, .mode = FAKE_LOSE});
	fake_add(b->fake, (struct fake_rule){SHOW, 1, .status = 503});
	fake_add(b->fake, (struct fake_rule){SHOW, 1, .status = 429});
	fake_add(b->fake, (struct fake_rule){SHOW, 1, .body = "<html>"});
	add(b, SHOW, 1, "{\"data\":{\"attributes\":{}}}");
	add(b, SHOW, 0, STATUS("finished"));
	struct got g = follow(b, &deploy, "41");
	assert_int_equal(g.kind, FORGE_OK);
	got_done(&g);
}

static void
looks_that_fail_in_a_row_end_following_where_it_is_asked_for(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = deploy;
	rq.attempts = 2;
	fake_add(b->fake, (struct fake_rule){SHOW, 1, .status = 500});
	add(b, SHOW, 1, STATUS("deploying"));
	fake_add(b->fake, (struct fake_rule){SHOW, 1, .status = 502});
	fake_add(b->fake, (struct fake_rule){SHOW, 0, .status = 504});
	struct got g = follow(b, &rq, "41");
	assert_int_equal(g.kind, FORGE_SERVER);
	assert_int_equal(fake_count(b->fake, SHOW), 4);
	got_done(&g);
}

static void
what_is_gone_ends_following(void **state)
{
	struct bench *b = *state;
	static const struct {
		int status;
		enum forge_kind kind;
	} ends[] = {{401, FORGE_UNAUTHENTICATED},
		    {403, FORGE_FORBIDDEN},
		    {404, FORGE_NOT_FOUND}};
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		fake_add(b->fake, (struct fake_rule){SHOW, 1, .status = ends[i].status});
		struct got g = follow(b, &deploy, "41");
		assert_int_equal(g.kind, ends[i].kind);
		got_done(&g);
	}
}

static void
following_ends_with_its_deadline(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = deploy;
	rq.deadline_ms = 300;
	add(b, SHOW, 0, STATUS("deploying"));
	struct got g = follow(b, &rq, "41");
	assert_int_equal(g.kind, FORGE_TIMEOUT);
	assert_string_equal(g.message, "deployment 41 is still deploying after 0 s");
	assert_string_equal(g.body, STATUS("deploying"));
	got_done(&g);
}

static void
a_hint_makes_it_look_at_once(void **state)
{
	struct bench *b = *state;
	bench_client(b, (struct forge_options){.requests_per_minute = 60});
	add(b, SHOW, 1, STATUS("deploying"));
	add(b, SHOW, 0, STATUS("finished"));
	struct got g = {0};
	uint64_t began = clock_mono_us();
	struct forge_call *call =
		forge_follow(b->client, &deploy, "41", got_progress, got_result, &g);
	while (g.progress == 0)
		event_base_loop(b->base, EVLOOP_ONCE);
	forge_look(call);
	forge_look(call);
	bench_wait(b, &g);
	assert_int_equal(g.kind, FORGE_OK);
	/* a second after the last look, not five */
	assert_in_range(clock_mono_us() - began, 1900000, 4000000);
	assert_int_equal(fake_count(b->fake, ""), 2);
	got_done(&g);
}

static void
following_can_be_cancelled_while_it_sleeps(void **state)
{
	struct bench *b = *state;
	struct got g = {0};
	add(b, SHOW, 0, STATUS("deploying"));
	struct forge_call *call =
		forge_follow(b->client, &deploy, "41", got_progress, got_result, &g);
	bench_wait_requests(b, 1);
	forge_cancel(call);
	bench_wait(b, &g);
	assert_int_equal(g.kind, FORGE_CANCELLED);
	got_done(&g);
}

static void
cancel_it(const char *status, void *arg)
{
	(void)status;
	forge_cancel(*(struct forge_call **)arg);
}

static void
count_end(const struct forge_result *r, void *arg)
{
	struct forge_call **call = arg;
	assert_int_equal(r->kind, FORGE_CANCELLED);
	*call = NULL;
}

static void
following_can_be_cancelled_from_its_own_progress(void **state)
{
	struct bench *b = *state;
	add(b, SHOW, 0, STATUS("finished"));
	struct forge_call *call = NULL;
	call = forge_follow(b->client, &deploy, "41", cancel_it, count_end, &call);
	uint64_t deadline = clock_mono_us() + 10000000;
	while (call && clock_mono_us() < deadline)
		event_base_loop(b->base, EVLOOP_ONCE);
	assert_null(call);
}

static void
a_branch_is_changed_when_the_site_says_so(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "set-branch",
				   .server = "1",
				   .site = "2",
				   .body = "{\"branch\":\"next\"}"};
	const char *show = "GET /orgs/acme/sites/2";
	add(b, show, 1,
	    "{\"data\":{\"attributes\":{\"repository\":{\"branch\":\"main\",\"status\":"
	    "\"installed\"}}}}");
	add(b, show, 1,
	    "{\"data\":{\"attributes\":{\"repository\":{\"branch\":\"next\",\"status\":"
	    "\"installing\"}}}}");
	add(b, show, 0,
	    "{\"data\":{\"attributes\":{\"repository\":{\"branch\":\"next\",\"status\":"
	    "\"installed\"}}}}");
	struct got g = follow(b, &rq, NULL);
	assert_string_equal(g.message, "");
	assert_int_equal(fake_count(b->fake, ""), 3);
	got_done(&g);
}

static void
nothing_is_followed_without_an_id(void **state)
{
	struct bench *b = *state;
	struct got g = follow(b, &deploy, NULL);
	assert_int_equal(g.kind, FORGE_REFUSED);
	got_done(&g);
	struct forge_request rq = {.operation = "reboot", .server = "1"};
	g = follow(b, &rq, "1");
	assert_int_equal(g.kind, FORGE_REFUSED);
	got_done(&g);
}

static void
polls_become_rarer(void **state)
{
	(void)state;
	assert_int_equal(follow_interval_ms(0), 5000);
	assert_int_equal(follow_interval_ms(60000), 5000);
	assert_int_equal(follow_interval_ms(120000), 10000);
	assert_int_equal(follow_interval_ms(3600000), 30000);
}

static void
ids_are_compared_as_numbers(void **state)
{
	(void)state;
	assert_true(follow_id_greater("10", "9"));
	assert_false(follow_id_greater("9", "10"));
	assert_false(follow_id_greater("9", "9"));
	assert_true(follow_id_greater("1", NULL));
	assert_false(follow_id_greater(NULL, NULL));
	assert_true(follow_id_greater("18446744073709551617", "18446744073709551616"));
	assert_false(follow_id_greater("007", "7"));
	assert_false(follow_id_greater("abc", "1"));
}

static void
a_backup_without_a_known_status_ends_with_its_time(void **state)
{
	(void)state;
	const struct follow_row *row = follow_find(forge_operation_find("backup"));
	static const char going[] = "{\"attributes\":{\"status\":\"odd\"}}";
	static const char done[] =
		"{\"attributes\":{\"status\":\"odd\",\"finished_at\":17}}";
	static const char failed[] =
		"{\"attributes\":{\"status\":\"Failed\",\"finished_at\":17}}";
	auto_tree t = tree_parse(going, sizeof(going) - 1);
	assert_int_equal(follow_judge(row, t, NULL), FOLLOW_GOING);
	auto_tree u = tree_parse(done, sizeof(done) - 1);
	assert_int_equal(follow_judge(row, u, NULL), FOLLOW_GOOD);
	auto_tree v = tree_parse(failed, sizeof(failed) - 1);
	assert_int_equal(follow_judge(row, v, NULL), FOLLOW_BAD);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mark_is_the_greatest_id),
		TEST(a_mark_of_an_empty_list_is_null),
		TEST(nothing_can_be_marked_without_a_list),
		TEST(a_lone_new_deployment_is_adopted),
		TEST(of_several_new_deployments_the_oldest_is_adopted),
		TEST(what_appears_late_is_found_by_the_second_look),
		TEST(nothing_new_is_not_found),
		TEST(a_command_is_found_by_its_text),
		TEST(two_equal_commands_cannot_be_told_apart),
		TEST(without_a_mark_nothing_is_adopted),
		TEST(an_error_while_looking_is_told),
		TEST(a_list_of_a_parent_takes_its_parameter),
		TEST(a_deployment_is_followed_to_its_good_end),
		TEST(a_bad_end_is_named),
		TEST(a_command_that_returns_an_error_has_failed),
		TEST(errors_on_the_way_do_not_end_following),
		TEST(looks_that_fail_in_a_row_end_following_where_it_is_asked_for),
		TEST(what_is_gone_ends_following),
		TEST(following_ends_with_its_deadline),
		TEST(a_hint_makes_it_look_at_once),
		TEST(following_can_be_cancelled_while_it_sleeps),
		TEST(following_can_be_cancelled_from_its_own_progress),
		TEST(a_branch_is_changed_when_the_site_says_so),
		TEST(nothing_is_followed_without_an_id),
		cmocka_unit_test(polls_become_rarer),
		cmocka_unit_test(ids_are_compared_as_numbers),
		cmocka_unit_test(a_backup_without_a_known_status_ends_with_its_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
