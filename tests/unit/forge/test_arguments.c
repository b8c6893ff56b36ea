#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "forge/arguments.h"

#define SITES	  "organizations.servers.sites.store"
#define OCTANE	  "organizations.servers.sites.integrations.octane.store"
#define SERVER	  "organizations.servers.store"
#define RETENTION "organizations.servers.sites.update"

/* Adds words ("a=1 b=2", blanks between) and gives params and body. */
static void
expect(const char *operation, const char *body, const char *words, const char *params,
       const char *expected)
{
	struct forge_arguments *a = forge_arguments_new(forge_operation_find(operation));
	auto_buf why = BUF_INIT(4096);
	struct forge_request rq = {0};
	assert_non_null(a);
	if (body)
		assert_int_equal(forge_arguments_set_body(a, body, &why), 0);
	while (*words) {
		size_t n = strcspn(words, " ");
		auto_str word = str_ndup(words, n);
		char *value = strchr(word, '=');
		*value++ = '\0';
		assert_int_equal(forge_arguments_add(a, word, value, &why), 0);
		words += n + (words[n] == ' ');
	}
	assert_int_equal(forge_arguments_fill(a, &rq), 0);
	assert_string_equal(rq.params, params);
	assert_string_equal(rq.body, expected);
	forge_arguments_free(a);
}

static void
a_name_finds_its_place(void **state)
{
	(void)state;
	expect("deployment", NULL, "deployment=7", "{\"deployment\":7}", "{}");
	expect("deployments", NULL, "page[size]=5 filter[commit_hash]=07",
	       "{\"page[size]\":5,\"filter[commit_hash]\":\"07\"}", "{}");
	expect("run-command", NULL, "command=ls", "{}", "{\"command\":\"ls\"}");
}

static void
values_are_typed_by_the_schema(void **state)
{
	(void)state;
	expect(SITES, NULL,
	       "type=php name=7 database_id=7 is_isolated=true push_to_deploy=0 "
	       "branch=null php_version=php84",
	       "{}",
	       "{\"type\":\"php\",\"name\":\"7\",\"database_id\":7,\"is_isolated\":true,"
	       "\"push_to_deploy\":false,\"branch\":null,\"php_version\":\"php84\"}");
}

static void
one_of_two_types_is_the_one_that_fits(void **state)
{
	(void)state;
	expect(RETENTION, NULL, "deployment_retention=5", "{}",
	       "{\"deployment_retention\":5}");
	expect(RETENTION, NULL, "deployment_retention=all", "{}",
	       "{\"deployment_retention\":\"all\"}");
}

static void
what_does_not_fit_stays_text_for_the_check(void **state)
{
	(void)state;
	expect(SITES, NULL, "database_id=x is_isolated=maybe", "{}",
	       "{\"database_id\":\"x\",\"is_isolated\":\"maybe\"}");
}

static void
lists_are_written_in_three_ways(void **state)
{
	(void)state;
	const char *body = "{\"tags\":[\"a\",\"b\"]}";
	expect(SITES, NULL, "tags=a,b", "{}", body);
	expect(SITES, NULL, "tags=[\"a\",\"b\"]", "{}", body);
	expect(SITES, NULL, "tags=a tags=b", "{}", body);
}

static void
a_dot_leads_into_an_object(void **state)
{
	(void)state;
	expect(SERVER, NULL, "aws.region_id=eu aws.disk_size=20", "{}",
	       "{\"aws\":{\"region_id\":\"eu\",\"disk_size\":20}}");
	expect(SERVER, NULL, "aws={\"disk_size\":20}", "{}",
	       "{\"aws\":{\"disk_size\":20}}");
}

static void
words_change_a_given_body(void **state)
{
	(void)state;
	expect("run-command", "{\"command\":\"ls\"}", "command=pwd", "{}",
	       "{\"command\":\"pwd\"}");
}

static void
names_of_places_are_kept_apart(void **state)
{
	(void)state;
	struct forge_arguments *a = forge_arguments_new(forge_operation_find(OCTANE));
	auto_buf why = BUF_INIT(4096);
	struct forge_request rq = {0};
	static const char *const words[][2] = {{"organization", "acme"},
					       {"server", "web-1"},
					       {"site", "a.example.com"},
					       {"body.server", "swoole"}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		assert_int_equal(forge_arguments_add(a, words[i][0], words[i][1], &why),
				 0);
	assert_int_equal(forge_arguments_fill(a, &rq), 0);
	assert_string_equal(rq.organization, "acme");
	assert_string_equal(rq.server, "web-1");
	assert_string_equal(rq.site, "a.example.com");
	assert_string_equal(rq.body, "{\"server\":\"swoole\"}");
	forge_arguments_free(a);
}

static void
expect_refused(const char *operation, const char *name, const char *text)
{
	struct forge_arguments *a = forge_arguments_new(forge_operation_find(operation));
	auto_buf why = BUF_INIT(4096);
	assert_true(forge_arguments_add(a, name, "x", &why) < 0);
	assert_string_equal(buf_str(&why), text);
	forge_arguments_free(a);
}

static void
unknown_names_are_refused_with_the_nearest(void **state)
{
	(void)state;
	expect_refused("run-command", "comand",
		       "organizations.servers.sites.commands.store takes no \"comand\"; "
		       "did you mean \"command\"?");
	expect_refused("me", "site", "me takes no \"site\"");
	expect_refused("me", "body.x", "me takes no \"body.x\"");
	expect_refused(SERVER, "aws.zzzzzzzzz",
		       "organizations.servers.store takes no \"aws.zzzzzzzzz\"");
}

static void
a_body_must_be_an_object(void **state)
{
	(void)state;
	static const char *const odd[] = {"", "7", "[1]", "{\"a\":1",
					  "{\"a\":1,\"a\":2}"};
	struct forge_arguments *a =
		forge_arguments_new(forge_operation_find("run-command"));
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		auto_buf why = BUF_INIT(4096);
		assert_true(forge_arguments_set_body(a, odd[i], &why) < 0);
		assert_true(str_starts(buf_str(&why), "the body "));
	}
	forge_arguments_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_finds_its_place),
		cmocka_unit_test(values_are_typed_by_the_schema),
		cmocka_unit_test(one_of_two_types_is_the_one_that_fits),
		cmocka_unit_test(what_does_not_fit_stays_text_for_the_check),
		cmocka_unit_test(lists_are_written_in_three_ways),
		cmocka_unit_test(a_dot_leads_into_an_object),
		cmocka_unit_test(words_change_a_given_body),
		cmocka_unit_test(names_of_places_are_kept_apart),
		cmocka_unit_test(unknown_names_are_refused_with_the_nearest),
		cmocka_unit_test(a_body_must_be_an_object),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
