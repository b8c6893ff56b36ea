/* What can only be checked with all layers at hand, and matching by the table's order. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "conf/conf.h"
#include "pipeline/ruleset.h"
#include "pipeline/scope.h"

#define SOURCES "sources: {git: {kind: github, secret: x}}\n"
#define FORGE	"forge: {organization: acme, token: t}\n"
#define HEAD	SOURCES FORGE "rules:\n"
#define WHEN	"- name: a\n  when: {source: git}\n"
#define DEPLOY	"  do: [{operation: deploy, site: s}]\n"

static char *
printed(struct diag_list *diags)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	diag_print(diags, f);
	fclose(f);
	return text;
}

static void
assert_mistakes(const char *yaml, const char *expected)
{
	struct diag_list diags = {0};
	struct conf *conf = NULL;
	struct ruleset *rs = NULL;
	assert_int_equal(conf_parse("f", yaml, strlen(yaml), &diags, &conf), 0);
	int rc = ruleset_new(conf, &diags, &rs);
	char *text = printed(&diags);
	assert_string_equal(text, expected);
	assert_int_equal(rc == 0, diags.errors == 0);
	free(text);
	diag_done(&diags);
	ruleset_unref(rs);
	conf_unref(conf);
}

static struct ruleset *
ruleset_of(const char *yaml)
{
	struct diag_list diags = {0};
	struct conf *conf = NULL;
	struct ruleset *rs = NULL;
	assert_int_equal(conf_parse("f", yaml, strlen(yaml), &diags, &conf), 0);
	if (ruleset_new(conf, &diags, &rs) != 0)
		diag_print(&diags, stderr);
	assert_non_null(rs);
	conf_unref(conf);
	diag_done(&diags);
	return rs;
}

/* --- sources --- */

static void
takes_what_is_right(void **state)
{
	(void)state;
	assert_mistakes(HEAD WHEN DEPLOY, "");
}

static void
names_an_unknown_kind(void **state)
{
	(void)state;
	assert_mistakes("sources: {git: {kind: githup, secret: x}}\nrules: [{name: a, "
			"when: {source: git}}]\n",
			"f:1:23: error: unknown kind \"githup\"; did you mean "
			"\"github\"?\n"
			"f:2:9: warning: rule \"a\" has no steps: its jobs do nothing\n");
}

static void
names_an_unknown_option_of_a_kind(void **state)
{
	(void)state;
	assert_mistakes("sources: {git: {kind: hmac, secret: x, header: X-S, algorithmm: "
			"sha256}}\n" FORGE "rules:\n" WHEN DEPLOY,
			"f:1:53: error: unknown key \"algorithmm\" in a source of kind "
			"hmac; did you mean \"algorithm\"?\n");
}

static void
names_a_source_that_a_rule_mistypes(void **state)
{
	(void)state;
	assert_mistakes(HEAD "- name: a\n  when: {source: [gitt]}\n" DEPLOY,
			"f:1:11: warning: no rule uses the source \"git\"\n"
			"f:5:19: error: there is no source \"gitt\"; did you mean "
			"\"git\"?\n");
}

static void
leaves_operators_on_sources_alone(void **state)
{
	(void)state;
	assert_mistakes(HEAD "- name: a\n  when: {source: [{prefix: zz}]}\n" DEPLOY, "");
}

static void
warns_of_a_source_that_no_rule_uses(void **state)
{
	(void)state;
	assert_mistakes("sources:\n  git: {kind: github, secret: x}\n"
			"  idle: {kind: github, secret: x}\n" FORGE
			"rules:\n" WHEN DEPLOY,
			"f:3:3: warning: no rule uses the source \"idle\"\n");
}

static void
a_rule_without_a_source_uses_all(void **state)
{
	(void)state;
	assert_mistakes(HEAD "- name: a\n  when: {type: push}\n" DEPLOY, "");
	assert_mistakes(
		HEAD "- name: a\n  when: {$or: [{source: git}, {type: push}]}\n" DEPLOY,
		"");
}

static void
warns_of_a_rule_that_every_delivery_starts(void **state)
{
	(void)state;
	assert_mistakes(HEAD "- name: a\n" DEPLOY,
			"f:4:3: warning: rule \"a\" has no `when`: every delivery starts "
			"it\n");
}

/* --- patterns --- */

static void
names_a_field_that_no_delivery_has(void **state)
{
	(void)state;
	assert_mistakes(HEAD "- name: a\n  when: {paylod: {ref: x}}\n" DEPLOY,
			"f:5:10: error: no delivery has the field \"paylod\"; did you "
			"mean \"payload\"?\n");
}

static bool
wants_fields(const char *yaml)
{
	auto_diag diags = {0};
	struct conf *conf = NULL;
	struct ruleset *rs = NULL;
	assert_int_equal(conf_parse("f", yaml, strlen(yaml), &diags, &conf), 0);
	assert_int_equal(ruleset_new(conf, &diags, &rs), 0);
	bool wants = ruleset_wants_fields(rs);
	ruleset_unref(rs);
	conf_unref(conf);
	return wants;
}

static void
makes_the_fields_of_providers_where_something_asks_for_them(void **state)
{
	(void)state;
	assert_false(wants_fields(HEAD WHEN DEPLOY));
	assert_true(wants_fields(HEAD "- name: a\n  when: {$or: [{git: {branch: x}}, "
				      "{type: y}]}\n" DEPLOY));
	assert_true(wants_fields(HEAD WHEN "  queue: \"{{ chat.user }}\"\n" DEPLOY));
}

static void
names_a_kind_that_a_rule_mistypes(void **state)
{
	(void)state;
	assert_mistakes(HEAD "- name: a\n  when: {kind: githbu}\n" DEPLOY,
			"f:5:16: error: unknown kind \"githbu\"; did you mean "
			"\"github\"?\n");
}

static void
names_a_bad_operator(void **state)
{
	struct diag_list diags = {0};
	struct conf *conf = NULL;
	struct ruleset *rs = NULL;
	const char *yaml = HEAD "- name: a\n  when: {type: [{prefx: x}]}\n" DEPLOY;
	(void)state;
	assert_int_equal(conf_parse("f", yaml, strlen(yaml), &diags, &conf), 0);
	assert_int_equal(ruleset_new(conf, &diags, &rs), -EINVAL);
	assert_int_equal(diags.items[0].line, 5);
	assert_int_equal(diags.items[0].column, 18);
	diag_done(&diags);
	conf_unref(conf);
}

/* --- steps --- */

static void
names_an_unknown_operation(void **state)
{
	(void)state;
	assert_mistakes(HEAD WHEN "  do: [{operation: deplyo, site: s}]\n",
			"f:6:20: error: unknown operation \"deplyo\"; did you mean "
			"\"deploy\"?\n");
}

static void
wants_the_site_of_an_operation(void **state)
{
	(void)state;
	assert_mistakes(HEAD WHEN "  do: [{operation: deploy}]\n",
			"f:6:20: error: deploy needs `site`: a name or an id\n");
}

static void
wants_the_server_of_an_operation(void **state)
{
	(void)state;
	assert_mistakes(HEAD WHEN "  do: [{operation: reboot, body: {action: reboot}}]\n",
			"f:6:20: error: reboot needs `server`: a name or an id\n");
}

static void
wants_the_fields_of_a_body(void **state)
{
	(void)state;
	assert_mistakes(
		HEAD WHEN "  do: [{operation: run-command, site: s, body: {}}]\n",
		"f:6:42: error: run-command: body/command: is required (string)\n");
	assert_mistakes(
		HEAD WHEN "  do: [{operation: run-command, site: s}]\n",
		"f:6:20: error: run-command: body/command: is required (string)\n");
}

static void
places_a_mistake_inside_a_body(void **state)
{
	(void)state;
	assert_mistakes(HEAD WHEN "  do:\n  - operation: run-command\n    site: s\n"
				  "    body:\n      command: [a]\n",
			"f:10:16: error: run-command: body/command: must be string, is "
			"array\n");
}

static void
names_an_unknown_field_at_its_key(void **state)
{
	(void)state;
	assert_mistakes(HEAD WHEN "  do: [{operation: run-command, site: s, body: "
				  "{command: x, comand: y}}]\n",
			"f:6:61: error: run-command: body/comand: unknown field; did "
			"you mean \"command\"?\n");
}

static void
names_an_unknown_parameter(void **state)
{
	(void)state;
	assert_mistakes(HEAD WHEN
			"  do: [{operation: deploy, site: s, params: {x: 1}}]\n",
			"f:6:46: error: deploy: params/x: unknown field\n");
}

static void
lets_templates_pass_for_values(void **state)
{
	(void)state;
	assert_mistakes(HEAD WHEN "  do: [{operation: run-command, site: \"{{ payload.s "
				  "}}\", body: {command: \"{{ payload.c }}\"}}]\n",
			"");
}

static void
names_an_unknown_account(void **state)
{
	(void)state;
	assert_mistakes(
		SOURCES
		"forge: {accounts: {main: {organization: a, token: t}}}\nrules:\n" WHEN
		"  do: [{operation: deploy, site: s, account: mian}]\n",
		"f:6:46: error: unknown account \"mian\"; did you mean "
		"\"main\"?\n");
}

static void
warns_of_a_server_that_is_not_needed(void **state)
{
	(void)state;
	assert_mistakes(HEAD WHEN "  do: [{operation: servers, server: s}]\n",
			"f:6:37: warning: servers has no use for `server`\n");
}

/* --- templates --- */

static void
names_a_field_that_templates_do_not_have(void **state)
{
	(void)state;
	assert_mistakes(HEAD WHEN
			"  do: [{operation: deploy, site: \"{{ paylaod.x }}\"}]\n",
			"f:6:34: error: in {{ }}: there is no field \"paylaod\"; did you "
			"mean \"payload\"?\n");
}

static void
names_an_unknown_filter(void **state)
{
	struct diag_list diags = {0};
	struct conf *conf = NULL;
	struct ruleset *rs = NULL;
	const char *yaml = HEAD WHEN
		"  do: [{operation: deploy, site: \"{{ payload.x | lowr }}\"}]\n";
	(void)state;
	assert_int_equal(conf_parse("f", yaml, strlen(yaml), &diags, &conf), 0);
	assert_int_equal(ruleset_new(conf, &diags, &rs), -EINVAL);
	assert_int_equal(diags.items[0].line, 6);
	assert_int_equal(diags.items[0].column, 34);
	diag_done(&diags);
	conf_unref(conf);
}

static void
names_a_step_that_is_not_there(void **state)
{
	(void)state;
	assert_mistakes(HEAD WHEN
			"  do:\n  - {id: first, operation: deploy, site: s}\n"
			"  - {operation: deploy, site: \"{{ steps.frist.resource "
			"}}\"}\n",
			"f:8:31: error: in {{ }}: this rule has no step \"frist\"; did "
			"you mean \"first\"?\n");
}

static void
names_a_step_that_has_not_run_yet(void **state)
{
	(void)state;
	assert_mistakes(HEAD WHEN "  do:\n  - {operation: deploy, site: \"{{ "
				  "steps.last.resource }}\"}\n"
				  "  - {id: last, operation: deploy, site: s}\n",
			"f:7:31: error: in {{ }}: the step \"last\" has not run yet when "
			"this is needed\n");
}

static void
refuses_steps_in_the_queue(void **state)
{
	(void)state;
	assert_mistakes(HEAD WHEN DEPLOY "  queue: \"{{ job.id }}\"\n",
			"f:7:10: error: in {{ }}: \"job\" is not known yet when the "
			"queue is chosen\n");
}

static void
takes_earlier_steps_and_literals(void **state)
{
	(void)state;
	assert_mistakes(
		HEAD WHEN
		"  do:\n  - {id: x, operation: deploy, site: s}\n"
		"  - {operation: run-command, site: s, body: {command: \"{{ 'a' }} "
		"{{ steps.x.resource }} {{ steps.1 | default: 2 }}\"}}\n"
		"  on_failure: [{operation: run-command, site: s, body: {command: "
		"\"echo {{ job.error }} {{ steps.2.status }}\"}}]\n",
		"f:8:55: error: in {{ }}: this rule has no step \"1\"\n");
}

/* --- all in one run --- */

static void
names_mistakes_of_all_layers_in_one_run(void **state)
{
	char path[] = "/tmp/ruleset-test-XXXXXX";
	struct diag_list diags = {0};
	struct ruleset *rs = NULL;
	const char *yaml = "log: {level: x}\n"
			   "sources:\n"
			   "  git: {kind: gitub, secret: \"${RULESET_TEST_UNSET}\"}\n"
			   "forge: {organization: a, token: t}\n"
			   "rules:\n"
			   "- name: a\n"
			   "  when: {source: gti, type: [{exist: true}]}\n"
			   "  do:\n"
			   "  - {operation: deplo, site: s}\n"
			   "  - {operation: deploy, sit: s}\n"
			   "  - {operation: deploy}\n"
			   "  windows: x\n";
	static const unsigned lines[] = {1, 3, 3, 7, 7, 9, 10, 11, 12};
	(void)state;
	int fd = mkstemp(path);
	assert_int_equal(write(fd, yaml, strlen(yaml)), (ssize_t)strlen(yaml));
	close(fd);
	assert_int_equal(ruleset_load(path, &diags, &rs), -EINVAL);
	assert_null(rs);
	free(printed(&diags)); /* sorts */
	size_t errors = 0;
	for (size_t i = 0; i < diags.len; i++) {
		if (diags.items[i].severity != DIAG_ERROR)
			continue;
		assert_true(errors < sizeof(lines) / sizeof(*lines));
		assert_int_equal(diags.items[i].line, lines[errors++]);
	}
	assert_int_equal(errors, sizeof(lines) / sizeof(*lines));
	diag_done(&diags);
	unlink(path);
}

/* --- matching --- */

struct matched {
	char names[100];
	size_t len;
};

static void
on_rule(const struct rule *rule, void *arg)
{
	struct matched *m = arg;
	m->len += (size_t)snprintf(m->names + m->len, sizeof(m->names) - m->len, "%s ",
				   rule->name);
}

static struct delivery *
delivery_of(const char *type, const char *payload)
{
	struct delivery *d = delivery_new();
	d->id = id_new();
	d->source = str_dup("git");
	d->kind = str_dup("github");
	d->type = str_dup(type);
	buf_puts(&d->headers, "X-GitHub-Event: push\nAccept: a\naccept: b\n");
	buf_puts(&d->body, payload);
	return d;
}

static void
calls_rules_in_the_order_of_the_table(void **state)
{
	struct ruleset *rs = ruleset_of(
		HEAD "- name: a\n" DEPLOY "- name: b\n  when: {type: push}\n" DEPLOY
		     "- name: c\n" DEPLOY "- name: d\n  when: {type: other}\n" DEPLOY
		     "- name: e\n  when: {payload: {n: 1}}\n" DEPLOY
		     "- name: f\n" DEPLOY);
	struct matched m = {.len = 0};
	struct delivery *d = delivery_of("push", "{\"n\":1}");
	struct scope scope;
	(void)state;
	assert_int_equal(scope_init(&scope, d, true), 0);
	assert_int_equal(ruleset_match(rs, &scope.event, on_rule, &m), 0);
	assert_string_equal(m.names, "a b c e f ");
	scope_done(&scope);
	delivery_free(d);
	ruleset_unref(rs);
}

static void
calls_nothing_when_the_payload_is_no_json(void **state)
{
	struct ruleset *rs = ruleset_of(HEAD
					"- name: a\n" DEPLOY
					"- name: b\n  when: {payload: {n: 1}}\n" DEPLOY);
	struct matched m = {.len = 0};
	struct delivery *d = delivery_of("push", "{");
	struct scope scope;
	(void)state;
	assert_int_equal(scope_init(&scope, d, true), 0);
	assert_int_equal(ruleset_match(rs, &scope.event, on_rule, &m), -EBADMSG);
	assert_int_equal(m.len, 0);
	scope_done(&scope);
	delivery_free(d);
	ruleset_unref(rs);
}

static void
finds_sources_by_name(void **state)
{
	struct ruleset *rs = ruleset_of("sources:\n  b: {kind: github, secret: x}\n"
					"  a: {kind: token, secret: y, header: X}\n");
	const struct conf_source *conf = NULL;
	(void)state;
	const struct provider_source *a = ruleset_source(rs, "a", &conf);
	assert_non_null(a);
	assert_string_equal(conf->name, "a");
	assert_string_equal(provider_source_provider(a)->kind, "token");
	assert_non_null(ruleset_source(rs, "b", &conf));
	assert_null(ruleset_source(rs, "c", &conf));
	ruleset_unref(rs);
}

static void
counts_generations(void **state)
{
	struct ruleset *a = ruleset_of(HEAD WHEN DEPLOY);
	struct ruleset *b = ruleset_of(HEAD WHEN DEPLOY);
	(void)state;
	assert_int_equal(ruleset_generation(b), ruleset_generation(a) + 1);
	ruleset_unref(ruleset_ref(a));
	ruleset_unref(a);
	ruleset_unref(b);
}

#define T(name) cmocka_unit_test(name)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(takes_what_is_right),
		T(names_an_unknown_kind),
		T(names_an_unknown_option_of_a_kind),
		T(names_a_source_that_a_rule_mistypes),
		T(leaves_operators_on_sources_alone),
		T(warns_of_a_source_that_no_rule_uses),
		T(a_rule_without_a_source_uses_all),
		T(warns_of_a_rule_that_every_delivery_starts),
		T(names_a_field_that_no_delivery_has),
		T(makes_the_fields_of_providers_where_something_asks_for_them),
		T(names_a_kind_that_a_rule_mistypes),
		T(names_a_bad_operator),
		T(names_an_unknown_operation),
		T(wants_the_site_of_an_operation),
		T(wants_the_server_of_an_operation),
		T(wants_the_fields_of_a_body),
		T(places_a_mistake_inside_a_body),
		T(names_an_unknown_field_at_its_key),
		T(names_an_unknown_parameter),
		T(lets_templates_pass_for_values),
		T(names_an_unknown_account),
		T(warns_of_a_server_that_is_not_needed),
		T(names_a_field_that_templates_do_not_have),
		T(names_an_unknown_filter),
		T(names_a_step_that_is_not_there),
		T(names_a_step_that_has_not_run_yet),
		T(refuses_steps_in_the_queue),
		T(takes_earlier_steps_and_literals),
		T(names_mistakes_of_all_layers_in_one_run),
		T(calls_rules_in_the_order_of_the_table),
		T(calls_nothing_when_the_payload_is_no_json),
		T(finds_sources_by_name),
		T(counts_generations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
