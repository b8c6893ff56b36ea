#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"
#include "forge/operation.h"

static void
collect(const char *where, const char *text, void *arg)
{
	buf_printf(arg, "%s %s\n", where, text);
}

static void
expect_with(bool templates, const char *operation, const char *params, const char *body,
	    const char *mistakes)
{
	auto_buf got = BUF_INIT(65536);
	const struct forge_operation *op = forge_operation_find(operation);
	assert_non_null(op);
	if (templates)
		forge_validate_template(op, params, body, collect, &got);
	else
		forge_validate(op, params, body, collect, &got);
	assert_string_equal(buf_str(&got), mistakes);
}

static void
expect(const char *operation, const char *params, const char *body, const char *mistakes)
{
	expect_with(false, operation, params, body, mistakes);
}

#define SCHEMAS	 "organizations.servers.database.schemas.store"
#define PROCESS	 "organizations.servers.background-processes.store"
#define SITES	 "organizations.servers.sites.store"
#define UPDATE	 "organizations.servers.sites.update"
#define INVITE	 "organizations.teams.invites.store"
#define FIREWALL "organizations.servers.firewall-rules.store"

static void
accepts_what_fits(void **state)
{
	(void)state;
	expect("deploy", NULL, NULL, "");
	expect("deploy", "{\"server\":\"web-1\",\"site\":\"shop.example.com\"}", "{}",
	       "");
	expect("run-command", "{}", "{\"command\":\"php artisan up\"}", "");
	expect("deployments", "{\"page[size]\":30,\"sort\":[\"-created_at\"]}", NULL, "");
	expect(SITES, NULL, "{\"type\":\"laravel\",\"branch\":null,\"tags\":[\"a\"]}",
	       "");
	expect(UPDATE, NULL, "{\"deployment_retention\":5}", "");
	expect(UPDATE, NULL, "{\"deployment_retention\":\"all\"}", "");
}

static void
names_the_nearest_of_an_unknown_field(void **state)
{
	(void)state;
	expect("run-command", NULL, "{\"comand\":\"x\"}",
	       "/body/comand unknown field; did you mean \"command\"?\n"
	       "/body/command is required (string)\n");
	expect("deployments", "{\"page[sise]\":3}", NULL,
	       "/params/page[sise] unknown field; did you mean \"page[size]\"?\n");
	expect("run-command", NULL, "{\"command\":\"x\",\"qqqqqqqq\":1}",
	       "/body/qqqqqqqq unknown field\n");
}

static void
names_missing_fields_and_parameters(void **state)
{
	(void)state;
	expect("run-command", NULL, NULL, "/body/command is required (string)\n");
	expect("deployment", NULL, NULL, "/params/deployment is required (integer)\n");
}

static void
a_body_with_fields_that_are_required_is_not_optional(void **state)
{
	(void)state;
	expect(FIREWALL, NULL, NULL,
	       "/body/name is required (string)\n/body/type is required (string)\n");
	expect(UPDATE, NULL, NULL, "");
}

static void
refuses_a_body_where_none_is_taken(void **state)
{
	(void)state;
	expect("deploy", NULL, "{\"branch\":\"main\"}",
	       "/body organizations.servers.sites.deployments.store takes no body\n");
}

static void
names_wrong_types(void **state)
{
	(void)state;
	expect("run-command", NULL, "{\"command\":7}",
	       "/body/command must be string, is integer\n");
	expect(SCHEMAS, NULL, "{\"name\":\"x\",\"backup_configuration_ids\":[1,\"a\"]}",
	       "/body/backup_configuration_ids/1 must be integer, is string\n");
	expect(SCHEMAS, NULL, "{\"name\":\"x\",\"user\":1.5}",
	       "/body/user must be string or null, is number\n");
	expect("deployment", "{\"deployment\":\"x7\"}", NULL,
	       "/params/deployment must be integer, is string\n");
	expect("site", "{\"site\":[1]}", NULL, "/params/site must be a name or an id\n");
}

static void
a_parameter_may_be_written_as_text(void **state)
{
	(void)state;
	expect("deployment", "{\"deployment\":\"7\"}", NULL, "");
	expect("sites", "{\"include\":\"server,tags\"}", NULL, "");
}

static void
names_the_values_of_an_enum(void **state)
{
	(void)state;
	expect("reboot", NULL, "{\"action\":\"rebot\"}",
	       "/body/action \"rebot\" is not one of reboot, power-cycle; did you mean "
	       "\"reboot\"?\n");
	expect("deployments", "{\"sort\":\"name\"}", NULL,
	       "/params/sort \"name\" is not one of created_at, -created_at\n");
}

static void
counts_characters_not_bytes(void **state)
{
	(void)state;
	auto_buf body = BUF_INIT(4096);
	buf_puts(&body, "{\"name\":\"");
	for (size_t i = 0; i < 63; i++)
		buf_puts(&body, "\xc3\xa4");
	size_t fits = body.len;
	buf_puts(&body, "\"}");
	expect(SCHEMAS, NULL, buf_str(&body), "");
	buf_truncate(&body, fits);
	buf_puts(&body, "x\"}");
	expect(SCHEMAS, NULL, buf_str(&body),
	       "/body/name must have at most 63 characters, has 64\n");
}

static void
checks_patterns_and_formats(void **state)
{
	(void)state;
	expect(SITES, NULL, "{\"type\":\"php\",\"isolated_user\":\"9x\"}",
	       "/body/isolated_user must match ^[a-z][\\-a-z0-9_]*$\n");
	expect(SITES, NULL, "{\"type\":\"php\",\"isolated_user\":\"a-b_9\"}", "");
	expect(SITES, NULL, "{\"type\":\"php\",\"web_directory\":\"a b\"}",
	       "/body/web_directory must match ^[^\\s]+$\n");
	expect(INVITE, "{\"team\":1}", "{\"role_id\":1,\"email\":\"nobody\"}",
	       "/body/email must be an email\n");
}

static void
checks_the_best_of_several_forms(void **state)
{
	(void)state;
	expect(UPDATE, NULL, "{\"deployment_retention\":101}",
	       "/body/deployment_retention must be at most 100\n");
	expect(SITES, NULL, "{\"type\":\"php\",\"source_control_provider\":null}", "");
	expect(SITES, NULL, "{\"type\":\"php\",\"source_control_provider\":\"githup\"}",
	       "/body/source_control_provider \"githup\" is not one of github, gitlab, "
	       "bitbucket, gitlab-custom, custom; did you mean \"github\"?\n");
}

static void
merges_the_parts_of_a_schema(void **state)
{
	(void)state;
	expect(FIREWALL, NULL,
	       "{\"name\":\"web\",\"type\":\"allow\",\"ip_address\":\"192.0.2.1\"}", "");
	expect(FIREWALL, NULL, "{\"name\":\"web\"}", "/body/type is required (string)\n");
}

static void
tells_what_is_no_json(void **state)
{
	(void)state;
	expect("run-command", NULL, "[1]", "/body must be a JSON object\n");
	auto_buf got = BUF_INIT(4096);
	size_t n = forge_validate(forge_operation_find("run-command"), NULL,
				  "{\"a\":", collect, &got);
	assert_int_equal(n, 1);
	assert_true(str_starts(buf_str(&got), "/body is no JSON: "));
}

static void
counts_without_a_callback(void **state)
{
	(void)state;
	const struct forge_operation *op = forge_operation_find(PROCESS);
	assert_int_equal(forge_validate(op, NULL, NULL, NULL, NULL), 4);
}

static void
a_template_passes_checks_of_its_value_only(void **state)
{
	(void)state;
	expect_with(true, "reboot", NULL, "{\"action\":\"{{ payload.action }}\"}", "");
	expect_with(true, "deployment", "{\"deployment\":\"{{ steps.x.id }}\"}", NULL,
		    "");
	expect_with(true, "run-command", NULL, "{\"comand\":\"{{ x }}\"}",
		    "/body/comand unknown field; did you mean \"command\"?\n"
		    "/body/command is required (string)\n");
	expect_with(true, "reboot", NULL, "{\"action\":\"rebot\"}",
		    "/body/action \"rebot\" is not one of reboot, power-cycle; did you "
		    "mean \"reboot\"?\n");
	expect("reboot", NULL, "{\"action\":\"{{ payload.action }}\"}",
	       "/body/action \"{{ payload.action }}\" is not one of reboot, "
	       "power-cycle\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_what_fits),
		cmocka_unit_test(names_the_nearest_of_an_unknown_field),
		cmocka_unit_test(names_missing_fields_and_parameters),
		cmocka_unit_test(a_body_with_fields_that_are_required_is_not_optional),
		cmocka_unit_test(refuses_a_body_where_none_is_taken),
		cmocka_unit_test(names_wrong_types),
		cmocka_unit_test(a_parameter_may_be_written_as_text),
		cmocka_unit_test(names_the_values_of_an_enum),
		cmocka_unit_test(counts_characters_not_bytes),
		cmocka_unit_test(checks_patterns_and_formats),
		cmocka_unit_test(checks_the_best_of_several_forms),
		cmocka_unit_test(merges_the_parts_of_a_schema),
		cmocka_unit_test(tells_what_is_no_json),
		cmocka_unit_test(counts_without_a_callback),
		cmocka_unit_test(a_template_passes_checks_of_its_value_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
