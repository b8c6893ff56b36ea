#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/str.h"
#include "forge/operation.h"
#include "sandbox/fault.h"
#include "stage.h"

#define STORE "organizations.servers.sites.deployments.store"

static struct faults *
parse(struct stage *s, const char *spec)
{
	auto_str error = NULL;
	struct faults *f = faults_new();
	assert_non_null(f);
	int rc = faults_add(f, s->world, spec, &error);
	if (rc < 0)
		print_message("%s: %s\n", spec, error);
	assert_int_equal(rc, 0);
	return f;
}

static struct fault_target
target(const char *operation, const char *site)
{
	const struct forge_operation *op = forge_operation_find(operation);
	assert_non_null(op);
	return (struct fault_target){op, site};
}

/* The name of what happens to one call, "" for nothing. */
static const char *
draw(struct faults *f, const char *operation, const char *site)
{
	struct fault_target at = target(operation, site);
	struct fault_plan plan = {0};
	faults_draw(f, &at, &plan);
	if (!plan.kind)
		return "";
	return plan.kind->name ? plan.kind->name : "status";
}

static void
every_kind_is_understood(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	for (const struct fault_kind *k = fault_kinds; k->help; k++)
		faults_free(parse(&s, k->name ? k->name : "418"));
	stage_close(&s);
}

static void
a_status_is_taken_from_its_name(void **state)
{
	(void)state;
	struct stage s;
	struct fault_plan plan = {0};
	stage_open(&s);
	struct faults *f = parse(&s, "503");
	struct fault_target at = target("user.show", NULL);
	faults_draw(f, &at, &plan);
	assert_int_equal(plan.status, 503);
	assert_int_equal(plan.kind->effect, FAULT_STATUS);
	faults_free(f);
	stage_close(&s);
}

static void
the_place_may_be_an_operation_a_pattern_a_method_or_a_site(void **state)
{
	(void)state;
	struct stage s;
	static const struct {
		const char *spec;
		bool on_store;
		bool on_index;
		bool on_blog;
	} rows[] = {
		{"500", true, true, true},
		{"500@" STORE, true, false, true},
		{"500@deploy", true, false, true},
		{"500@*.deployments.*", true, false, true},
		{"500@GET", false, true, false},
		{"500@shop.example.com", true, false, false},
	};
	stage_open(&s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct faults *f = parse(&s, rows[i].spec);
		assert_int_equal(*draw(f, STORE, "shop.example.com") != '\0',
				 rows[i].on_store);
		assert_int_equal(*draw(f, "organizations.index", NULL) != '\0',
				 rows[i].on_index);
		assert_int_equal(*draw(f, STORE, "blog.example.com") != '\0',
				 rows[i].on_blog);
		faults_free(f);
	}
	stage_close(&s);
}

static void
a_lost_answer_is_one_to_a_change_unless_told(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	struct faults *f = parse(&s, "lost");
	assert_string_equal(draw(f, STORE, NULL), "lost");
	assert_string_equal(draw(f, "organizations.index", NULL), "");
	faults_free(f);
	f = parse(&s, "lost@organizations.index");
	assert_string_equal(draw(f, "organizations.index", NULL), "lost");
	faults_free(f);
	stage_close(&s);
}

static void
calls_are_counted_where_the_fault_looks(void **state)
{
	(void)state;
	struct stage s;
	static const struct {
		const char *spec;
		const char *calls; /* x: it fires */
	} rows[] = {
		{"500@deploy:#3", "..x..."},   {"500@deploy:#2-4", ".xxx.."},
		{"500@deploy:#5+", "....xx"},  {"500@deploy:1", "xxxxxx"},
		{"500@deploy:100%", "xxxxxx"}, {"500@deploy:0", "......"},
	};
	stage_open(&s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct faults *f = parse(&s, rows[i].spec);
		for (const char *c = rows[i].calls; *c; c++) {
			draw(f, "organizations.index", NULL);
			assert_int_equal(*draw(f, STORE, NULL) != '\0', *c == 'x');
		}
		faults_free(f);
	}
	stage_close(&s);
}

/* The calls out of n that a fault hits, as bits of a text. */
static void
play(struct stage *s, const char *spec, char *out, size_t n)
{
	struct faults *f = parse(s, spec);
	for (size_t i = 0; i < n; i++)
		out[i] = *draw(f, STORE, NULL) ? 'x' : '.';
	out[n] = '\0';
	faults_free(f);
}

static void
shares_are_about_right_and_repeat_with_the_seed(void **state)
{
	(void)state;
	struct stage s;
	char a[1001];
	char b[1001];
	char c[1001];
	size_t hits = 0;
	stage_open(&s);
	play(&s, "500:10%,seed=7", a, 1000);
	play(&s, "seed=7,500:0.1", b, 1000);
	play(&s, "500:0.1,seed=8", c, 1000);
	assert_string_equal(a, b);
	assert_string_not_equal(a, c);
	for (const char *p = a; *p; p++)
		hits += *p == 'x';
	assert_in_range(hits, 60, 140);
	stage_close(&s);
}

static void
the_first_fault_wins_and_delays_add_up(void **state)
{
	(void)state;
	struct stage s;
	struct fault_plan plan = {0};
	stage_open(&s);
	struct faults *f = parse(&s, "slow=300ms,502,slow@deploy,lost");
	struct fault_target at = target(STORE, NULL);
	faults_draw(f, &at, &plan);
	assert_int_equal(plan.delay_ms, 2300);
	assert_int_equal(plan.status, 502);
	faults_free(f);
	stage_close(&s);
}

static void
deployments_and_commands_draw_how_they_end(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	struct faults *f = parse(&s, "failed-deploy@shop.example.com:#2,failed-command");
	struct fault_target shop = target(STORE, "shop.example.com");
	struct fault_target blog = {NULL, "blog.example.com"};
	assert_int_equal(faults_draw_deployment(f, &shop), WORLD_DEPLOY_FINISHED);
	assert_int_equal(faults_draw_deployment(f, &blog), WORLD_DEPLOY_FINISHED);
	assert_int_equal(faults_draw_deployment(f, &shop), WORLD_DEPLOY_FAILED);
	assert_int_equal(faults_draw_command(f, &shop), WORLD_COMMAND_FAILED);
	assert_string_equal(draw(f, STORE, "shop.example.com"), "");
	faults_free(f);
	stage_close(&s);
}

static void
every_mistake_is_explained(void **state)
{
	(void)state;
	struct stage s;
	static const struct {
		const char *spec;
		const char *says;
	} rows[] = {
		{"lots", "did you mean \"lost\""},
		{"", "is no kind of fault"},
		{"399", "400 to 599"},
		{"600", "400 to 599"},
		{"500@deplo", "did you mean \"deploy\""},
		{"500@shop.exampel.com", "did you mean \"shop.example.com\""},
		{"500@*.nothing", "nothing is called"},
		{"500@", "nothing is called"},
		{"500:often", "does not say when"},
		{"500:1.5", "does not say when"},
		{"500:101%", "does not say when"},
		{"500:#0", "does not say when"},
		{"500:#5-3", "does not say when"},
		{"500:#", "does not say when"},
		{"500=2s", "only slow takes a time"},
		{"slow=soon", "is no time"},
		{"seed=x", "whole number"},
		{"500,,lost", "is no kind of fault"},
	};
	stage_open(&s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str error = NULL;
		struct faults *f = faults_new();
		assert_int_equal(faults_add(f, s.world, rows[i].spec, &error), -EINVAL);
		if (!strstr(error, rows[i].says))
			fail_msg("%s: %s", rows[i].spec, error);
		faults_free(f);
	}
	stage_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_understood),
		cmocka_unit_test(a_status_is_taken_from_its_name),
		cmocka_unit_test(
			the_place_may_be_an_operation_a_pattern_a_method_or_a_site),
		cmocka_unit_test(a_lost_answer_is_one_to_a_change_unless_told),
		cmocka_unit_test(calls_are_counted_where_the_fault_looks),
		cmocka_unit_test(shares_are_about_right_and_repeat_with_the_seed),
		cmocka_unit_test(the_first_fault_wins_and_delays_add_up),
		cmocka_unit_test(deployments_and_commands_draw_how_they_end),
		cmocka_unit_test(every_mistake_is_explained),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
