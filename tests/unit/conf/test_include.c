/* Files that include others. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf_helper.h"

#define ROOT 64

static char folder[ROOT];

static void
path_of(char *out, size_t size, const char *name)
{
	snprintf(out, size, "%s/%s", folder, name);
}

static void
put(const char *name, const char *text)
{
	char path[200];
	path_of(path, sizeof(path), name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int
setup(void **state)
{
	char path[200];
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/conf-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	path_of(path, sizeof(path), "rules.d");
	return mkdir(path, 0700);
}

static int
teardown(void **state)
{
	char command[200];
	(void)state;
	static const char *const names[] = {"main.yaml",     "rules.d/a.yaml",
					    "rules.d/b.yml", "rules.d/c.txt",
					    "more.yaml",     "rules.d/.d.yaml"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		path_of(command, sizeof(command), names[i]);
		unlink(command);
	}
	path_of(command, sizeof(command), "rules.d");
	rmdir(command);
	return rmdir(folder);
}

static struct conf *
load(char **ret_text)
{
	char path[200];
	struct diag_list diags = {0};
	struct conf *conf = NULL;
	path_of(path, sizeof(path), "main.yaml");
	int rc = conf_load(path, &diags, &conf);
	assert_int_equal(rc == 0, diags.errors == 0);
	*ret_text = printed(&diags);
	diag_done(&diags);
	return conf;
}

/* "@" in expected stands for the folder. */
static void
assert_load(const char *expected)
{
	struct buf whole = BUF_INIT(4000);
	char *text = NULL;
	struct conf *conf = load(&text);
	for (const char *p = expected; *p; p++) {
		if (*p == '@')
			buf_puts(&whole, folder);
		else
			buf_putc(&whole, *p);
	}
	assert_string_equal(text, buf_str(&whole));
	buf_done(&whole);
	free(text);
	conf_unref(conf);
}

static void
merges_sections_and_appends_rules(void **state)
{
	(void)state;
	char *text = NULL;
	put("main.yaml", "include: [more.yaml, rules.d]\n"
			 "log: {level: error}\n"
			 "sources: {a: {kind: k, secret: x}}\n"
			 "forge: {organization: o, token: t}\n"
			 "rules: [{name: r1, do: [{operation: x}]}]\n");
	put("more.yaml", "log: {format: json}\nsources: {b: {kind: k, secret: x}}\n");
	put("rules.d/b.yml", "rules: [{name: r3, do: [{operation: x}]}]\n");
	put("rules.d/a.yaml", "rules: [{name: r2, do: [{operation: x}]}]\n");
	put("rules.d/c.txt", "no yaml: [");
	put("rules.d/.d.yaml", "no yaml: [");
	struct conf *c = load(&text);
	assert_string_equal(text, "");
	assert_int_equal(c->n_files, 4);
	assert_int_equal(c->n_sources, 2);
	assert_string_equal(c->log.level, "error");
	assert_int_equal(c->log.format, CONF_LOG_JSON);
	assert_int_equal(c->n_rules, 3);
	assert_string_equal(c->rules[1]->name, "r2");
	assert_string_equal(c->rules[2]->name, "r3");
	free(text);
	conf_unref(c);
}

static void
names_the_file_of_each_mistake(void **state)
{
	(void)state;
	put("main.yaml", "include: rules.d\nlog: {level: x}\n");
	put("rules.d/a.yaml", "rules: [{nam: r2}]\n");
	put("rules.d/b.yml", "log: [\n");
	assert_load("@/main.yaml:2:14: error: `level`: expected `debug`, `info`, "
		    "`warning` or `error`, found \"x\"\n"
		    "@/rules.d/a.yaml:1:9: error: `name` is missing; expected text\n"
		    "@/rules.d/a.yaml:1:10: error: unknown key \"nam\"; did you mean "
		    "`name`?\n"
		    "@/rules.d/b.yml:2:1: error: this is no YAML: flow sequence without "
		    "a closing bracket\n");
}

static void
refuses_a_key_set_in_two_files(void **state)
{
	(void)state;
	put("main.yaml", "include: more.yaml\nlog: {level: info}\n"
			 "sources: {a: {kind: k, secret: x}}\n");
	put("more.yaml", "log: {level: debug}\nsources: {a: {kind: k}}\n");
	assert_load("@/more.yaml:1:7: error: `level` is there twice; the first is at "
		    "@/main.yaml:2\n"
		    "@/more.yaml:2:11: error: `a` is there twice; the first is at "
		    "@/main.yaml:3\n");
}

static void
refuses_a_file_that_is_not_there(void **state)
{
	(void)state;
	put("main.yaml", "include: [nope.yaml]\n");
	assert_load("@/main.yaml:1:11: error: cannot read @/nope.yaml: No such file or "
		    "directory\n");
}

static void
refuses_files_that_include_each_other(void **state)
{
	(void)state;
	put("main.yaml", "include: more.yaml\n");
	put("more.yaml", "include: main.yaml\n");
	assert_load("@/more.yaml:1:10: error: cannot read @/main.yaml: it is included "
		    "already\n");
}

static void
refuses_an_include_that_is_no_path(void **state)
{
	(void)state;
	put("main.yaml", "include: {a: b}\n");
	assert_load("@/main.yaml:1:10: error: `include`: expected the path of a file or "
		    "folder, or a list of them\n");
}

static void
warns_of_an_empty_folder(void **state)
{
	(void)state;
	put("main.yaml", "include: rules.d\nsources: {a: {kind: k, secret: x}}\n");
	assert_load("@/main.yaml:1:10: warning: @/rules.d holds no *.yaml and no "
		    "*.yml\n");
}

static void
refuses_a_configuration_that_is_not_there(void **state)
{
	(void)state;
	char *text = NULL;
	struct conf *c = load(&text);
	char expected[200];
	snprintf(expected, sizeof(expected),
		 "error: cannot read %s/main.yaml: No such file or directory\n", folder);
	assert_null(c);
	assert_string_equal(text, expected);
	free(text);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(merges_sections_and_appends_rules),
		T(names_the_file_of_each_mistake),
		T(refuses_a_key_set_in_two_files),
		T(refuses_a_file_that_is_not_there),
		T(refuses_files_that_include_each_other),
		T(refuses_an_include_that_is_no_path),
		T(warns_of_an_empty_folder),
		T(refuses_a_configuration_that_is_not_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
