/* Rules as records, their text and version, and how they are built again. */
#include "base/limits.h"
#include "base/str.h"
#include "conf_helper.h"

#define HEAD "forge: {organization: acme, token: t}\nrules:\n"

static const char whole[] = HEAD
	"- name: deploy-shop\n"
	"  when:\n"
	"    type: push\n"
	"    payload: {ref: [refs/heads/main, {prefix: v}], n: 1.50, x: null}\n"
	"  do:\n"
	"    - id: backup\n"
	"      operation: organizations.servers.database.backups.instances.store\n"
	"      server: 12\n"
	"      params: {backupConfiguration: 7}\n"
	"    - operation: deploy\n"
	"      site: shop.example.com\n"
	"      account: second\n"
	"      timeout: 10m\n"
	"    - operation: run-command\n"
	"      site: \"{{ payload.repository.name }}\"\n"
	"      body:\n"
	"        command: |\n"
	"          echo ${HOME} \"x\"\n"
	"  queue: \"{{ payload.repository.name }}\"\n"
	"  coalesce: latest\n"
	"  on_failure: [{operation: o}]\n";

static void
reads_every_key_of_a_rule(void **state)
{
	(void)state;
	struct conf *c = parsed(whole);
	const struct rule *r = conf_rule_find(c, "deploy-shop");
	assert_non_null(r);
	assert_int_equal(r->at.line, 3);
	assert_int_equal(r->at.column, 3);
	assert_string_equal(node_text(node_get(r->when, "type")), "push");
	assert_int_equal(r->n_steps, 3);
	assert_string_equal(r->steps[0].id, "backup");
	assert_string_equal(r->steps[0].server, "12");
	assert_int_equal(r->steps[0].server_at.line, 10);
	assert_int_equal(r->steps[0].server_at.column, 15);
	assert_int_equal(r->steps[0].operation_at.line, 9);
	assert_string_equal(
		node_text(node_get(r->steps[0].params, "backupConfiguration")), "7");
	assert_string_equal(r->steps[1].id, "2");
	assert_string_equal(r->steps[1].account, "second");
	assert_int_equal(r->steps[1].timeout_ms, 600000);
	assert_int_equal(r->steps[0].timeout_ms, DEFAULT_STEP_TIMEOUT_MS);
	assert_null(r->steps[1].body);
	assert_string_equal(node_text(node_get(r->steps[2].body, "command")),
			    "echo ${HOME} \"x\"\n");
	assert_string_equal(r->queue, "{{ payload.repository.name }}");
	assert_int_equal(r->queue_at.line, 21);
	assert_int_equal(r->coalesce, COALESCE_LATEST);
	assert_int_equal(r->n_on_failure, 1);
	assert_string_equal(r->on_failure[0].id, "4");
	conf_unref(c);
}

static void
builds_a_rule_again_from_its_text(void **state)
{
	(void)state;
	struct conf *c = parsed(whole);
	struct rule *again = NULL;
	assert_int_equal(conf_parse_rule(c->rules[0]->text, &again), 0);
	assert_string_equal(again->text, c->rules[0]->text);
	assert_string_equal(again->version, c->rules[0]->version);
	assert_string_equal(again->steps[2].site, c->rules[0]->steps[2].site);
	assert_int_equal(again->steps[1].timeout_ms, 600000);
	assert_string_equal(again->on_failure[0].id, "4");
	rule_free(again);
	conf_unref(c);
}

static void
the_version_depends_on_the_content_alone(void **state)
{
	(void)state;
	struct conf *a = parsed(HEAD "- {name: a, do: [{operation: o}]}\n");
	struct conf *b = parsed(HEAD "# moved\n- name: \"a\"\n  do:\n  - operation: o\n");
	struct conf *c = parsed(HEAD "- {name: a, do: [{operation: p}]}\n");
	assert_string_equal(a->rules[0]->version, b->rules[0]->version);
	assert_string_not_equal(a->rules[0]->version, c->rules[0]->version);
	assert_int_equal(strlen(a->rules[0]->version), RULE_VERSION_SIZE - 1);
	conf_unref(a);
	conf_unref(b);
	conf_unref(c);
}

/* Any text that YAML can hold must come back from the journal's JSON. */
static void
survives_every_character_in_a_text(void **state)
{
	(void)state;
	for (unsigned code = 1; code < 0x11000; code += code < 0x3000 ? 1 : 61) {
		char yaml[300];
		if (code >= 0xd800 && code < 0xe000)
			continue;
		snprintf(yaml, sizeof(yaml),
			 "rules: [{name: a, when: {k: [\"x\\U%08x y\\U%08x\"]}}]\n", code,
			 code);
		struct conf *c = parsed(yaml);
		struct rule *again = NULL;
		assert_int_equal(conf_parse_rule(c->rules[0]->text, &again), 0);
		assert_string_equal(again->text, c->rules[0]->text);
		rule_free(again);
		conf_unref(c);
	}
}

static void
survives_long_keys_and_texts(void **state)
{
	char yaml[9000];
	(void)state;
	snprintf(yaml, sizeof(yaml),
		 "rules: [{name: a, when: {\"%03000d\": \"%05000d\"}}]\n", 0, 0);
	struct conf *c = NULL;
	struct diag_list diags = {0};
	int rc = conf_parse("f", yaml, strlen(yaml), &diags, &c);
	if (rc == 0) {
		struct rule *again = NULL;
		assert_int_equal(conf_parse_rule(c->rules[0]->text, &again), 0);
		rule_free(again);
	}
	conf_unref(c);
	diag_done(&diags);
}

static void
refuses_a_text_that_is_no_rule(void **state)
{
	(void)state;
	struct rule *rule = NULL;
	assert_int_equal(conf_parse_rule("{", &rule), -EINVAL);
	assert_int_equal(conf_parse_rule("[]", &rule), -EINVAL);
	assert_int_equal(conf_parse_rule("{\"nam\":1}", &rule), -EINVAL);
	assert_null(rule);
}

#define T(name) cmocka_unit_test(name)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_every_key_of_a_rule),
		T(builds_a_rule_again_from_its_text),
		T(the_version_depends_on_the_content_alone),
		T(survives_every_character_in_a_text),
		T(survives_long_keys_and_texts),
		T(refuses_a_text_that_is_no_rule),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
