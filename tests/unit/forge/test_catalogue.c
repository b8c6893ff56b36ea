#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "forge/client.h"
#include "forge/follow.h"
#include "forge/operation.h"
#include "forge/route.h"
#include "forge/schema.h"
#include "forge/tree.h"

static void
holds_all_279_operations(void **state)
{
	(void)state;
	assert_int_equal(forge_n_operations, 279);
}

static void
finds_every_operation_by_its_id_and_its_short_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < forge_n_operations; i++) {
		const struct forge_operation *op = &forge_operations[i];
		assert_ptr_equal(forge_operation_find(op->id), op);
		if (op->alias)
			assert_ptr_equal(forge_operation_find(op->alias), op);
	}
	assert_null(forge_operation_find("organizations.servers.sites.deploy"));
	assert_null(forge_operation_find(NULL));
}

static void
every_placeholder_of_a_path_is_a_path_parameter_and_the_reverse(void **state)
{
	(void)state;
	for (size_t i = 0; i < forge_n_operations; i++) {
		const struct forge_operation *op = &forge_operations[i];
		size_t n = 0;
		for (const char *p = strchr(op->path, '{'); p; p = strchr(p + 1, '{')) {
			auto_str name = str_ndup(p + 1, strcspn(p + 1, "}"));
			if (!forge_operation_needs(op, name))
				fail_msg("%s: {%s}", op->id, name);
			n++;
		}
		assert_int_equal(n, op->n_path_params);
	}
}

static void
every_operation_is_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < forge_n_operations; i++) {
		const struct forge_operation *op = &forge_operations[i];
		bool changes = forge_operation_changes(op);
		assert_true(*op->summary && *op->area && *op->path == '/');
		assert_in_range(op->success_status, 200, 204);
		assert_true((op->body == NULL) == (op->body_type == NULL));
		assert_true(changes || !op->body);
		if (op->resource)
			assert_non_null(forge_resource_find(op->resource));
	}
}

static void
short_names_are_the_promised_ones(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {
		{"deploy", "organizations.servers.sites.deployments.store"},
		{"run-command", "organizations.servers.sites.commands.store"},
		{"enable-maintenance",
		 "organizations.servers.sites.integrations.laravel-maintenance.store"},
	};
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		assert_string_equal(forge_operation_find(pairs[i][0])->id, pairs[i][1]);
}

static void
names_the_nearest_operation(void **state)
{
	(void)state;
	assert_string_equal(forge_operation_nearest("deplyo"), "deploy");
	assert_string_equal(
		forge_operation_nearest("organizations.servers.sites.deployment.store"),
		"organizations.servers.sites.deployments.store");
	assert_null(forge_operation_nearest("zzzzzzzzzzzzzzzzzzz"));
}

static void
every_asynchronous_operation_can_be_waited_for_or_says_why_not(void **state)
{
	(void)state;
	unsigned followed = 0;
	unsigned not_followed = 0;
	for (size_t i = 0; i < forge_n_operations; i++) {
		const struct forge_operation *op = &forge_operations[i];
		const struct follow_row *row = follow_find(op);
		if (!op->async)
			continue;
		if (!row || (!row->show && !row->nothing) || (row->show && row->nothing))
			fail_msg("%s: a row of what to read, or the reason why not",
				 op->id);
		assert_true(forge_can_follow(op) ==
			    (forge_nothing_to_follow(op) == NULL));
		followed += row->show != NULL;
		not_followed += row->nothing != NULL;
	}
	assert_int_equal(followed + not_followed, 108);
	assert_int_equal(not_followed, 22);
}

static void
every_row_is_of_an_operation_and_reads_something_real(void **state)
{
	(void)state;
	for (size_t i = 0; i < follow_n_rows; i++) {
		const struct follow_row *row = &follow_rows[i];
		const struct forge_operation *op = forge_operation_find(row->operation);
		assert_non_null(op);
		assert_ptr_equal(follow_find(op), row);
		if (row->list)
			assert_true(forge_operation_find(row->list)->resource_list);
		if (row->show && row->id_param)
			assert_true(forge_operation_needs(forge_operation_find(row->show),
							  row->id_param));
		for (size_t k = 0; k < ARRAY_LEN(row->same) && row->same[k].body; k++)
			if (op->body->n_fields > 0)
				assert_non_null(
					forge_schema_field(op->body, row->same[k].body));
		if (row->each)
			assert_non_null(forge_schema_field(op->body, row->each));
		if (row->id_body)
			assert_non_null(forge_schema_field(op->body, row->id_body));
	}
}

/* What the table reads is known to come from somewhere: the path, the body, or a list. */
static void
every_followed_resource_can_be_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < follow_n_rows; i++) {
		const struct follow_row *row = &follow_rows[i];
		const struct forge_operation *op = forge_operation_find(row->operation);
		if (!row->show || !row->id_param)
			continue;
		bool known = forge_operation_needs(op, row->id_param) || row->id_body ||
			     row->list || op->resource;
		if (!known)
			fail_msg("%s: nobody knows its %s", op->id, row->id_param);
		/* the other parameters of the path are the operation's own */
		const struct forge_operation *show = forge_operation_find(row->show);
		for (size_t k = 0; k < show->n_path_params; k++) {
			const char *name = show->path_params[k].name;
			if (strcmp(name, row->id_param) != 0)
				assert_true(forge_operation_needs(op, name));
		}
	}
}

static const struct forge_schema *
attribute_of(const char *show, const char *path)
{
	const struct forge_operation *op = forge_operation_find(show);
	const struct forge_schema *s = forge_resource_find(op->resource)->attributes;
	while (s && *path) {
		auto_str word = str_ndup(path, strcspn(path, "."));
		const struct forge_field *f = forge_schema_field(s, word);
		s = f ? f->schema : NULL;
		path += strcspn(path, ".");
		path += *path == '.';
	}
	return s;
}

static void
check_attribute(const struct follow_row *row, const char *path)
{
	if (path && !attribute_of(row->show, path))
		fail_msg("%s has no attribute %s", row->show, path);
}

static void
every_attribute_of_a_row_is_one_of_the_resource(void **state)
{
	(void)state;
	for (size_t i = 0; i < follow_n_rows; i++) {
		const struct follow_row *row = &follow_rows[i];
		if (!row->show)
			continue;
		check_attribute(row, row->status);
		check_attribute(row, row->ended_at);
		check_attribute(row, row->exit_code);
		check_attribute(row, row->flag ? row->flag + (*row->flag == '!') : NULL);
		for (size_t k = 0; row->must_be_same && row->same[k].body; k++)
			check_attribute(row, row->same[k].attribute);
	}
}

static bool
is_value(const struct forge_schema *s, const char *word, size_t len)
{
	for (const char *const *v = s->values; v && *v; v++) {
		if (strlen(*v) == len && memcmp(*v, word, len) == 0)
			return true;
	}
	return false;
}

/* One of the good ends at least must be possible, where the catalogue knows the states.
 */
static void
a_good_end_is_a_status_of_the_catalogue(void **state)
{
	(void)state;
	for (size_t i = 0; i < follow_n_rows; i++) {
		const struct follow_row *row = &follow_rows[i];
		const struct forge_schema *s =
			row->show && row->status ? attribute_of(row->show, row->status)
						 : NULL;
		if (!s || !s->values || !row->good)
			continue;
		for (const char *w = row->good; *w; w += strcspn(w, " "), w += *w == ' ')
			if (!is_value(s, w, strcspn(w, " ")))
				fail_msg("%s: no status \"%s\"", row->operation, w);
	}
}

/*
 * A creating operation is recognised again in a list, or it is one of those that cannot
 * be, and their number is known.
 */
static void
what_is_created_can_be_found_again(void **state)
{
	(void)state;
	static const char *const lost[] = {
		/* its ids are no numbers that grow */
		"organizations.server-credentials.vpcs.store",
		/* hand something that exists to a team */
		"organizations.teams.recipes.store",
		"organizations.teams.server-credentials.store",
		"organizations.teams.servers.store",
		/* named by their own repository or registry */
		"organizations.servers.sites.composer.credentials.store",
		"organizations.servers.sites.npm.credentials.store",
		/* one a site */
		"organizations.servers.sites.deploy-key.store",
		"organizations.servers.database.backups.instances.restores.store",
	};
	for (size_t i = 0; i < forge_n_operations; i++) {
		const struct forge_operation *op = &forge_operations[i];
		const struct follow_row *row = follow_find(op);
		bool creates = str_eq(op->method, "POST") &&
			       !strstr(op->id, ".actions.") &&
			       !(row && (row->nothing || row->flag));
		bool known = false;
		for (size_t k = 0; k < ARRAY_LEN(lost); k++)
			known = known || strcmp(lost[k], op->id) == 0;
		if (creates && !known && !forge_can_adopt(op))
			fail_msg("%s makes something that cannot be found", op->id);
		if (known)
			assert_false(forge_can_adopt(op));
	}
}

static void
a_resource_tells_its_attributes_and_relationships(void **state)
{
	(void)state;
	const struct forge_resource *r = forge_resource_find("DeploymentResource");
	assert_string_equal(r->type, "deployments");
	const struct forge_field *f = forge_schema_field(r->attributes, "status");
	assert_true(f->required);
	assert_string_equal(f->schema->values[0], "cancelled");
	assert_string_equal(forge_resource_find("SiteResource")->relationships[0],
			    "latestDeployment");
	assert_null(forge_resource_find("NoResource"));
}

static void
types_are_told_in_words(void **state)
{
	(void)state;
	char buf[64];
	struct forge_schema s = {.types = FORGE_TYPE_STRING | FORGE_TYPE_NULL};
	assert_string_equal(forge_schema_types(&s, buf, sizeof(buf)), "string or null");
	s.types = 0;
	assert_string_equal(forge_schema_types(&s, buf, sizeof(buf)), "any value");
}

static void
check_route(const char *operation, const char *params, const char *expected)
{
	auto_tree tree = tree_parse(params, strlen(params));
	struct route r = {
		.organization = "acme", .server = "1", .site = "2", .params = tree};
	auto_buf out = BUF_INIT(4096);
	int rc = route_put(&out, forge_operation_find(operation), &r);
	if (!expected) {
		assert_true(rc < 0);
		return;
	}
	assert_int_equal(rc, 0);
	assert_string_equal(buf_str(&out), expected);
}

static void
a_route_holds_path_and_query(void **state)
{
	(void)state;
	check_route("deployment", "{\"deployment\":7}",
		    "/orgs/acme/servers/1/sites/2/deployments/7");
	check_route("deployments", "{\"sort\":[\"-created_at\"]}",
		    "/orgs/acme/servers/1/sites/2/deployments?sort=-created_at");
	check_route("organizations.servers.destroy", "{\"preserve_at_provider\":true}",
		    "/orgs/acme/servers/1?preserve_at_provider=1");
}

static void
a_parameter_stays_one_segment_of_the_path(void **state)
{
	(void)state;
	static const char op[] = "organizations.servers.sites.composer.credentials.show";
	check_route(op, "{\"repository\":\"../../x?y#z\"}",
		    "/orgs/acme/servers/1/sites/2/composer/credentials/"
		    "..%2F..%2Fx%3Fy%23z");
	check_route(op, "{\"repository\":\"..\"}", NULL);
	check_route(op, "{\"repository\":\"\"}", NULL);
	check_route(op, "{}", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_all_279_operations),
		cmocka_unit_test(finds_every_operation_by_its_id_and_its_short_name),
		cmocka_unit_test(
			every_placeholder_of_a_path_is_a_path_parameter_and_the_reverse),
		cmocka_unit_test(every_operation_is_complete),
		cmocka_unit_test(short_names_are_the_promised_ones),
		cmocka_unit_test(names_the_nearest_operation),
		cmocka_unit_test(
			every_asynchronous_operation_can_be_waited_for_or_says_why_not),
		cmocka_unit_test(every_row_is_of_an_operation_and_reads_something_real),
		cmocka_unit_test(every_followed_resource_can_be_known),
		cmocka_unit_test(every_attribute_of_a_row_is_one_of_the_resource),
		cmocka_unit_test(a_good_end_is_a_status_of_the_catalogue),
		cmocka_unit_test(what_is_created_can_be_found_again),
		cmocka_unit_test(a_resource_tells_its_attributes_and_relationships),
		cmocka_unit_test(types_are_told_in_words),
		cmocka_unit_test(a_route_holds_path_and_query),
		cmocka_unit_test(a_parameter_stays_one_segment_of_the_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
