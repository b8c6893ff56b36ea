#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "cli/danger.h"

static const char *
danger(const char *operation, const char *body)
{
	const struct forge_operation *op = forge_operation_find(operation);
	assert_non_null(op);
	return danger_of(op, body);
}

static void
every_deletion_is_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < forge_n_operations; i++) {
		const struct forge_operation *op = &forge_operations[i];
		if (str_eq(op->method, "DELETE"))
			assert_non_null(danger_of(op, NULL));
		if (str_eq(op->method, "GET"))
			assert_null(danger_of(op, NULL));
	}
}

static void
what_the_body_says_counts(void **state)
{
	(void)state;
	assert_non_null(danger("reboot", "{\"action\": \"power-cycle\"}"));
	assert_null(danger("nginx", "{\"action\": \"reboot\"}"));
	assert_non_null(danger("nginx", "{\"action\": \"stop\"}"));
	const char *import = "organizations.servers.sites.redirect-rules.import";
	assert_null(danger(import, "{\"mode\": \"append\", \"file\": \"\"}"));
	assert_non_null(danger(import, "{\"mode\": \"replace\", \"file\": \"\"}"));
}

static void
so_is_what_replaces_a_whole(void **state)
{
	(void)state;
	static const char *const ids[] = {
		"set-environment",
		"organizations.servers.sites.nginx.update",
		"organizations.servers.sites.domains.nginx.update",
		"organizations.servers.sites.deployments.script.update",
		"organizations.servers.sites.deployments.deploy-hook.update",
		"organizations.servers.php.versions.configs.fpm.update",
		"organizations.servers.database.password.update",
		"organizations.servers.key.update",
		"organizations.servers.database.backups.instances.restores.store",
	};
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		assert_non_null(danger(ids[i], "{}"));
	assert_null(danger("deploy", NULL));
	assert_null(danger("run-command", "{\"command\": \"rm -r\"}"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_deletion_is_one),
		cmocka_unit_test(what_the_body_says_counts),
		cmocka_unit_test(so_is_what_replaces_a_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
