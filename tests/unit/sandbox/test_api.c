#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "forge/operation.h"
#include "sandbox/access.h"
#include "sandbox/family.h"
#include "sandbox/laravel.h"
#include "sandbox/opmap.h"
#include "sandbox/visit.h"
#include "stage.h"

/* The id of the operation found, "" for a path without this method, NULL for no path. */
static const char *
find(const struct opmap *m, const char *method, const char *path)
{
	struct opmap_match match = {0};
	if (!opmap_find(m, method, slice_of(path), &match))
		return NULL;
	return match.operation ? match.operation->id : "";
}

/* template with its parameters replaced by numbers. */
static void
fill_in(const char *template, struct buf *out)
{
	for (const char *p = template; *p; p++) {
		if (*p != '{') {
			buf_putc(out, *p);
			continue;
		}
		buf_puts(out, "42");
		p = strchr(p, '}');
	}
}

static void
every_operation_is_found_by_its_method_and_path(void **state)
{
	(void)state;
	struct opmap *m = opmap_new();
	assert_non_null(m);
	for (size_t i = 0; i < forge_n_operations; i++) {
		const struct forge_operation *op = &forge_operations[i];
		auto_buf path = BUF_INIT(1000);
		fill_in(op->path, &path);
		assert_string_equal(find(m, op->method, buf_str(&path)), op->id);
	}
	opmap_free(m);
}

static void
a_word_goes_before_a_parameter(void **state)
{
	(void)state;
	struct opmap *m = opmap_new();
	assert_string_equal(
		find(m, "GET", "/orgs/acme/servers/1/sites/1/deployments/status"),
		"organizations.servers.sites.deployments.status.show");
	assert_string_equal(find(m, "GET", "/orgs/acme/servers/1/sites/1/deployments/5"),
			    "organizations.servers.sites.deployments.show");
	assert_string_equal(find(m, "GET", "/orgs/servers/servers/archives"),
			    "organizations.servers.archives.index");
	opmap_free(m);
}

static void
what_is_no_path_is_not_found(void **state)
{
	(void)state;
	struct opmap *m = opmap_new();
	const char *const paths[] = {"",
				     "/",
				     "/nothing",
				     "/orgs/",
				     "/orgs//servers",
				     "orgs",
				     "/orgs/a/b/c/d/e/f/g/h/i",
				     "/orgs/acme/servers/1/"};
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		assert_null(find(m, "GET", paths[i]));
	assert_string_equal(find(m, "DELETE", "/orgs"), "");
	opmap_free(m);
}

static void
parameters_come_with_their_names(void **state)
{
	(void)state;
	struct opmap_match match = {0};
	struct opmap *m = opmap_new();
	assert_true(opmap_find(m, "GET", slice_of("/orgs/ac%20me/servers/7"), &match));
	assert_int_equal(match.n_params, 2);
	assert_true(slice_eq_str(match.params[0].name, "organization"));
	assert_true(slice_eq_str(match.params[0].value, "ac%20me"));
	assert_true(slice_eq_str(match.params[1].name, "server"));
	assert_true(slice_eq_str(match.params[1].value, "7"));
	opmap_free(m);
}

static void
families_play_only_operations_of_the_catalogue(void **state)
{
	(void)state;
	for (const struct family_entry *const *t = families; *t; t++) {
		for (const struct family_entry *row = *t; row->operation; row++) {
			const struct forge_operation *op =
				forge_operation_find(row->operation);
			if (!op)
				fail_msg("%s is no operation", row->operation);
			assert_true(family_find(op).answer == row->answer);
		}
	}
}

static void
every_operation_is_played(void **state)
{
	(void)state;
	for (size_t i = 0; i < forge_n_operations; i++) {
		if (!family_find(&forge_operations[i]).answer)
			fail_msg("nobody plays %s", forge_operations[i].id);
	}
}

/* What Laravel says to a body of an operation; "" when it fits. */
static void
check_body(const char *operation, const char *body, char *ret_message, size_t size)
{
	struct visit v = {.operation = forge_operation_find(operation)};
	assert_non_null(v.operation);
	v.body = json_loads(body, 0, NULL);
	assert_non_null(v.body);
	bool fits = laravel_check_body(&v);
	const char *message = json_string_value(json_object_get(v.answer, "message"));
	snprintf(ret_message, size, "%s", fits ? "" : message);
	assert_int_equal(v.status, fits ? 0 : 422);
	visit_done(&v);
}

static void
bodies_are_checked_in_laravel_s_words(void **state)
{
	(void)state;
	static const struct {
		const char *operation;
		const char *body;
		const char *says;
	} rows[] = {
		{"organizations.servers.sites.commands.store", "{\"command\":\"ls\"}",
		 ""},
		{"organizations.servers.sites.commands.store",
		 "{\"command\":\"ls\",\"more\":1}", ""},
		{"organizations.servers.sites.commands.store", "{}",
		 "The command field is required."},
		{"organizations.servers.sites.commands.store", "{\"command\":5}",
		 "The command field must be a string."},
		{"organizations.servers.sites.git.update", "{\"branch\":\"main\"}",
		 "The repository field is required. (and 1 more error)"},
		{"organizations.servers.sites.git.update",
		 "{\"source_control_provider\":\"cvs\",\"repository\":\"a/b\","
		 "\"branch\":\"main\"}",
		 "The selected source control provider is invalid."},
		{"organizations.servers.sites.git.update",
		 "{\"source_control_provider\":\"github\",\"repository\":\"a/b\","
		 "\"branch\":\"main\",\"source_control_provider_id\":\"x\"}",
		 "The source control provider id field must be an integer."},
		{"organizations.servers.sites.deployments.script.update",
		 "{\"content\":\"x\",\"auto_source\":null}", ""},
		{"organizations.servers.sites.deployments.script.update",
		 "{\"content\":\"x\",\"auto_source\":\"yes\"}",
		 "The auto source field must be true or false."},
		{"organizations.servers.sites.webhooks.store", "{\"url\":\"nowhere\"}",
		 "The url field must be a valid URL."},
		{"organizations.servers.sites.update", "{\"deployment_retention\":101}",
		 "The deployment retention field must not be greater than 100."},
		{"organizations.servers.sites.redirect-rules.reorder",
		 "{\"redirects\":[]}", "The redirects field must have at least 1 items."},
		{"organizations.servers.sites.redirect-rules.reorder",
		 "{\"redirects\":[1,\"x\"]}",
		 "The redirects.1 field must be an integer."},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char message[300];
		check_body(rows[i].operation, rows[i].body, message, sizeof(message));
		assert_string_equal(message, rows[i].says);
	}
}

static void
a_budget_opens_again_after_its_window(void **state)
{
	(void)state;
	struct stage s;
	struct access_budget budget = {0};
	stage_open(&s);
	struct access *a = access_new(s.world, 1000000, 2);
	assert_non_null(a);
	assert_int_equal(access_add(a, "t", "t", NULL, NULL), 0);
	const struct access_token *t = access_find(a, "t");
	assert_true(access_take(a, t, &budget));
	assert_int_equal(budget.remaining, 1);
	assert_int_equal(budget.reset_us, s.now_us + 60LL * SECOND);
	stage_wait(&s, 59LL * SECOND);
	assert_true(access_take(a, t, &budget));
	assert_false(access_take(a, t, &budget));
	assert_int_equal(budget.remaining, 0);
	stage_wait(&s, SECOND);
	assert_true(access_take(a, t, &budget));
	assert_int_equal(budget.reset_us, s.now_us + 60LL * SECOND);
	access_free(a);
	stage_close(&s);
}

/* Whether a body of that nesting is JSON for a visit; the brackets in its text are none.
 */
static bool
takes_depth(unsigned depth)
{
	auto_buf text = BUF_INIT(10000);
	for (unsigned i = 1; i < depth; i++)
		buf_putc(&text, '[');
	buf_puts(&text, "{\"a\\\"[[[\":\"[[[{{{\"}");
	for (unsigned i = 1; i < depth; i++)
		buf_putc(&text, ']');
	struct visit v = {0};
	visit_set_body(&v, buf_slice(&text), NULL);
	bool taken = v.body != NULL;
	visit_done(&v);
	return taken;
}

static void
a_body_may_nest_as_deep_as_for_php(void **state)
{
	(void)state;
	assert_true(takes_depth(1));
	assert_true(takes_depth(LIMIT_SANDBOX_DEPTH));
	assert_false(takes_depth(LIMIT_SANDBOX_DEPTH + 1));
}

static void
a_query_is_decoded(void **state)
{
	(void)state;
	struct visit v = {0};
	const char *query = "filter%5Bname%5D=a+b%2Bc&empty=&bare&&x=1";
	assert_int_equal(visit_set_query(&v, slice_of(query)), 0);
	assert_string_equal(visit_query(&v, "filter[name]"), "a b+c");
	assert_string_equal(visit_query(&v, "empty"), "");
	assert_string_equal(visit_query(&v, "bare"), "");
	assert_string_equal(visit_query(&v, "x"), "1");
	assert_null(visit_query(&v, "y"));
	visit_done(&v);
}

static void
refuses_a_malformed_or_endless_query(void **state)
{
	(void)state;
	struct visit v = {0};
	auto_buf many = BUF_INIT(1000);
	assert_true(visit_set_query(&v, slice_of("a=%zz")) < 0);
	visit_done(&v);
	for (unsigned i = 0; i <= LIMIT_SANDBOX_QUERY; i++)
		buf_puts(&many, "a=1&");
	assert_true(visit_set_query(&v, buf_slice(&many)) < 0);
	visit_done(&v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_is_found_by_its_method_and_path),
		cmocka_unit_test(a_word_goes_before_a_parameter),
		cmocka_unit_test(what_is_no_path_is_not_found),
		cmocka_unit_test(parameters_come_with_their_names),
		cmocka_unit_test(families_play_only_operations_of_the_catalogue),
		cmocka_unit_test(every_operation_is_played),
		cmocka_unit_test(bodies_are_checked_in_laravel_s_words),
		cmocka_unit_test(a_budget_opens_again_after_its_window),
		cmocka_unit_test(a_body_may_nest_as_deep_as_for_php),
		cmocka_unit_test(a_query_is_decoded),
		cmocka_unit_test(refuses_a_malformed_or_endless_query),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
