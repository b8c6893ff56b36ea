/* What a result tells beside its kind and message, in both forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "fake.h"
#include "forge/calls.h"
#include "forge/commands.h"
#include "forge/deployments.h"
#include "forge/servers.h"
#include "forge/user.h"

#define COMMANDS "POST /orgs/acme/servers/1/sites/2/commands"

static void
field_errors_are_a_list(void **state)
{
	struct bench *b = *state;
	fake_add(
		b->fake,
		(struct fake_rule){
			COMMANDS, .status = 422,
			.body = "{\"message\":\"The given data was invalid.\",\"errors\":"
				"{\"command\":[\"too long\",\"no "
				"pipe\",7],\"x\":\"odd\"}}"});
	struct forge_result *r = forge_sites_commands_store_sync(
		b->client, NULL, "1", "2", "{\"command\":\"ls\"}");
	assert_int_equal(r->kind, FORGE_INVALID);
	assert_int_equal(r->status, 422);
	assert_string_equal(r->said, "The given data was invalid.");
	assert_int_equal(r->n_errors, 3);
	assert_string_equal(r->errors[0].field, "command");
	assert_string_equal(r->errors[0].text, "too long");
	assert_string_equal(r->errors[1].text, "no pipe");
	assert_string_equal(r->errors[2].field, "x");
	assert_string_equal(r->errors[2].text, "odd");
	assert_string_equal(r->message, "command: too long; command: no pipe; x: odd");
	forge_result_free(r);
}

static void
odd_errors_are_left_out(void **state)
{
	struct bench *b = *state;
	static const char *const bodies[] = {"{\"errors\":null}",
					     "{\"errors\":[\"a\"]}",
					     "{\"errors\":{\"a\":{}}}",
					     "{\"errors\":7,\"message\":7}",
					     "\"errors\"",
					     "<html>"};
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		fake_add(b->fake, (struct fake_rule){COMMANDS, 1, .status = 422,
						     .body = bodies[i]});
		struct forge_result *r = forge_sites_commands_store_sync(
			b->client, NULL, "1", "2", "{\"command\":\"ls\"}");
		assert_int_equal(r->kind, FORGE_INVALID);
		assert_int_equal(r->n_errors, 0);
		assert_null(r->said);
		assert_string_equal(r->message, "Forge refused the request: 422");
		assert_string_equal(r->body, bodies[i]);
		forge_result_free(r);
	}
}

static void
what_does_not_fit_is_a_list_and_is_not_sent(void **state)
{
	struct bench *b = *state;
	struct forge_result *r = forge_servers_store_sync(
		b->client, NULL, "{\"nmae\":\"x\",\"type\":\"appp\"}");
	assert_int_equal(r->kind, FORGE_REFUSED);
	assert_true(r->n_errors >= 4);
	assert_string_equal(r->errors[0].field, "/body/nmae");
	assert_string_equal(r->errors[0].text, "unknown field; did you mean \"name\"?");
	forge_result_free(r);
	assert_int_equal(fake_count(b->fake, ""), 0);
}

static void
a_forbidden_call_names_the_scopes(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){COMMANDS, .status = 403});
	struct forge_result *r = forge_sites_commands_store_sync(
		b->client, NULL, "1", "2", "{\"command\":\"ls\"}");
	assert_int_equal(r->kind, FORGE_FORBIDDEN);
	assert_string_equal(r->scopes[0], "site:manage-commands");
	assert_null(r->scopes[1]);
	forge_result_free(r);
}

static void
a_good_answer_tells_no_errors(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){"GET /me", .body = "{\"message\":\"hi\"}"});
	struct forge_result *r = forge_me_sync(b->client);
	assert_int_equal(r->kind, FORGE_OK);
	assert_null(r->said);
	assert_null(r->scopes);
	assert_null(r->errors);
	assert_null(r->resource);
	assert_string_equal(r->body, "{\"message\":\"hi\"}");
	forge_result_free(r);
}

/* --- typed functions -----------------------------------------------------------------
 */

static void
check_name(const char *operation, const char *name)
{
	assert_string_equal(forge_function_name(forge_operation_find(operation)), name);
}

static void
functions_are_named_after_their_operations(void **state)
{
	(void)state;
	check_name("organizations.servers.sites.deployments.store",
		   "forge_sites_deployments_store");
	check_name("organizations.servers.deployments.index",
		   "forge_servers_deployments_index");
	check_name("organizations.servers.index", "forge_servers_index");
	check_name("organizations.index", "forge_organizations_index");
	check_name("organizations.show", "forge_organizations_show");
	check_name("organization.recipes.store", "forge_recipes_store");
	check_name("organizations.servers.sites.store", "forge_servers_sites_store");
	check_name("organizations.servers.sites.storeOnBalancer",
		   "forge_servers_sites_store_on_balancer");
	check_name("sites.index", "forge_sites_index");
	check_name("organizations.sites.index", "forge_organizations_sites_index");
	check_name("me", "forge_me");
	assert_null(forge_function_name(NULL));
}

static void
every_function_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < forge_n_operations; i++) {
		const char *name = forge_function_name(&forge_operations[i]);
		assert_true(str_starts(name, "forge_"));
		assert_true(strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(forge_function_name(&forge_operations[k]),
						name);
	}
}

static void
parameters_go_where_they_belong(void **state)
{
	struct bench *b = *state;
	struct got g = {0};
	fake_add(b->fake, (struct fake_rule){"GET /orgs/other/*", .body = "{}"});
	forge_sites_deployments_show(b->client, "other", "1", "2", "7", got_result, &g);
	bench_wait(b, &g);
	got_done(&g);
	forge_sites_deployments_index(b->client, "other", "1", "2",
				      "{\"sort\":[\"-created_at\"]}", got_result, &g);
	bench_wait(b, &g);
	got_done(&g);
	assert_string_equal(fake_request(b->fake, 0),
			    "GET /orgs/other/servers/1/sites/2/deployments/7 ");
	assert_string_equal(
		fake_request(b->fake, 1),
		"GET /orgs/other/servers/1/sites/2/deployments?sort=-created_at ");
}

static void
what_is_missing_or_no_json_is_told(void **state)
{
	struct bench *b = *state;
	struct forge_result *r =
		forge_sites_deployments_show_sync(b->client, NULL, "1", "2", NULL);
	assert_int_equal(r->kind, FORGE_REFUSED);
	assert_string_equal(r->message, "deployment: is required (integer)");
	forge_result_free(r);
	r = forge_sites_deployments_index_sync(b->client, NULL, "1", "2", "{sort}");
	assert_int_equal(r->kind, FORGE_REFUSED);
	assert_true(str_starts(r->message, "params: is no JSON"));
	forge_result_free(r);
	assert_int_equal(fake_count(b->fake, ""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
		TEST(field_errors_are_a_list),
		TEST(odd_errors_are_left_out),
		TEST(what_does_not_fit_is_a_list_and_is_not_sent),
		TEST(a_forbidden_call_names_the_scopes),
		TEST(a_good_answer_tells_no_errors),
		cmocka_unit_test(functions_are_named_after_their_operations),
		cmocka_unit_test(every_function_has_a_name_of_its_own),
		TEST(parameters_go_where_they_belong),
		TEST(what_is_missing_or_no_json_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
