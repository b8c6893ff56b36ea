/* What is not YAML, or is more YAML than we want. */
#include <time.h>

#include "base/limits.h"
#include "conf_helper.h"

/* --- refused --- */

static void
refuses_anchors(void **state)
{
	(void)state;
	assert_mistakes("sources: {s: {kind: &k github, secret: x}}\n",
			"f.yaml:1:21: error: anchors (&name) are not allowed here; write "
			"the value out\n");
}

static void
refuses_aliases_once_each(void **state)
{
	(void)state;
	assert_mistakes("sources:\n  s: {kind: k, secret: *a}\n  t: {kind: *b, secret: "
			"x}\n",
			"f.yaml:2:24: error: aliases (*name) are not allowed here; write "
			"the value out\n"
			"f.yaml:3:13: error: aliases (*name) are not allowed here; write "
			"the value out\n");
}

static void
refuses_merge_keys(void **state)
{
	(void)state;
	assert_mistakes("sources:\n  s:\n    kind: k\n    <<: {secret: x}\n",
			"f.yaml:4:5: error: merge keys (<<) are not allowed here; write "
			"the members out\n");
}

static void
refuses_tags(void **state)
{
	(void)state;
	assert_mistakes("sources: {s: {kind: !env k, secret: !!str x}}\n",
			"f.yaml:1:21: error: tags (!name) are not allowed here; put text "
			"in quotes\n"
			"f.yaml:1:37: error: tags (!name) are not allowed here; put text "
			"in quotes\n");
}

static void
refuses_duplicate_keys(void **state)
{
	(void)state;
	assert_mistakes(
		"sources:\n  s: {kind: k, secret: x}\n  s: {kind: k, secret: x}\n",
		"f.yaml:3:3: error: `s` is there twice; the first is in line "
		"2\n");
}

static void
refuses_duplicates_among_many_keys(void **state)
{
	char yaml[2000] = "sources:\n";
	size_t len = strlen(yaml);
	(void)state;
	for (int i = 0; i < 20; i++)
		len += (size_t)snprintf(yaml + len, sizeof(yaml) - len,
					"  s%d: {kind: k, secret: x}\n", i % 19);
	assert_mistakes(yaml, "f.yaml:21:3: error: `s0` is there twice; the first is in "
			      "line 2\n");
}

static void
refuses_a_second_document(void **state)
{
	(void)state;
	assert_mistakes("log: {level: info}\n---\nlog: {level: info}\n",
			"f.yaml:2:1: error: a second document (---) begins here; one "
			"file holds one\n");
}

static void
refuses_collections_as_keys(void **state)
{
	(void)state;
	assert_mistakes("sources: {s: {kind: k, secret: x}}\nlog: {? [a, b] : c}\n",
			"f.yaml:2:9: error: a key is a word; found a list\n");
}

static void
refuses_nul_bytes(void **state)
{
	static const char yaml[] = "log: {level: in\0fo}\n";
	struct diag_list diags = {0};
	struct conf *conf = NULL;
	(void)state;
	assert_int_equal(conf_parse("f.yaml", yaml, sizeof(yaml) - 1, &diags, &conf),
			 -EINVAL);
	char *text = printed(&diags);
	assert_string_equal(text, "f.yaml:1:16: error: control character 0x00\n");
	free(text);
	diag_done(&diags);
}

static void
refuses_escaped_nul(void **state)
{
	(void)state;
	assert_mistakes("sources: {s: {kind: k, secret: \"a\\0b\"}}\n",
			"f.yaml:1:32: error: text with a NUL character\n");
}

static void
refuses_what_is_no_utf8(void **state)
{
	(void)state;
	assert_mistakes("# \xff\n", "f.yaml:1:3: error: byte 0xff is no UTF-8\n");
}

static void
refuses_numbers_that_json_does_not_know(void **state)
{
	(void)state;
	assert_mistakes("sources: {s: {kind: k, secret: x}}\n"
			"listen: {connections: 0x10, idle_timeout: 007}\n",
			"f.yaml:2:23: error: expected a decimal number, or text in "
			"quotes; found 0x10\n"
			"f.yaml:2:43: error: expected a decimal number, or text in "
			"quotes; found 007\n");
}

static void
tells_where_the_syntax_breaks(void **state)
{
	(void)state;
	assert_mistakes("log:\n  level: info\n   format: json\n",
			"f.yaml:2:10: error: this is no YAML: invalid multiline plain "
			"key\n");
}

static void
refuses_too_deep_nesting(void **state)
{
	char yaml[1000] = "sources: {s: {kind: k, secret: x, o: ";
	(void)state;
	memset(yaml + strlen(yaml), '[', 100);
	struct diag_list diags = {0};
	struct conf *conf = NULL;
	assert_int_equal(conf_parse("f", yaml, strlen(yaml), &diags, &conf), -EINVAL);
	assert_int_equal(diags.errors, 1);
	assert_int_equal(diags.items[0].line, 1);
	diag_done(&diags);
}

/* --- taken --- */

static void
takes_an_empty_file(void **state)
{
	(void)state;
	assert_mistakes("", "f.yaml:1:1: warning: there are no sources: nothing can be "
			    "received\n");
	assert_mistakes("# nothing\n", "f.yaml:1:1: warning: there are no sources: "
				       "nothing can be received\n");
}

static void
knows_the_kinds_of_scalars(void **state)
{
	static const char yaml[] =
		"[text, 'text', \"12\", 12, -1.5e3, true, True, null, ~, , yes, 1.2.3,"
		" 2026-01-01]";
	static const enum node_kind kinds[] = {NODE_STRING, NODE_STRING, NODE_STRING,
					       NODE_NUMBER, NODE_NUMBER, NODE_BOOL,
					       NODE_BOOL,   NODE_NULL,	 NODE_NULL,
					       NODE_STRING, NODE_STRING, NODE_STRING};
	struct diag_list diags = {0};
	struct node *tree = NULL;
	(void)state;
	/* an empty element between commas is no YAML; without it: */
	char clean[sizeof(yaml)];
	char *out = clean;
	for (const char *p = yaml; *p; p++) {
		if (strncmp(p, ", , ", 4) == 0)
			p += 2;
		*out++ = *p;
	}
	*out = '\0';
	assert_int_equal(conf_parse_tree("t", clean, strlen(clean), &diags, &tree), 0);
	assert_int_equal(tree->len, 12);
	for (size_t i = 0; i < 12; i++)
		assert_int_equal(tree->items[i]->kind, kinds[i]);
	node_free(tree);
	diag_done(&diags);
}

static void
reads_json(void **state)
{
	static const char json[] = "{\"a\":[1,{\"b\":\"\\u00e9\\ud83d\\ude00\\/\\n\"},"
				   "true,null,-0.5e-3],\"\":\"x: y # z\"}";
	struct diag_list diags = {0};
	struct node *tree = NULL;
	(void)state;
	assert_int_equal(conf_parse_tree("t", json, strlen(json), &diags, &tree), 0);
	struct buf out = BUF_INIT(1000);
	node_write_json(tree, &out);
	assert_string_equal(
		buf_str(&out),
		"{\"a\":[1,{\"b\":\"\xc3\xa9\xf0\x9f\x98\x80/\\n\"},true,null,"
		"-0.5e-3],\"\":\"x: y # z\"}");
	buf_done(&out);
	node_free(tree);
	diag_done(&diags);
}

static void
places_quoted_text_at_its_quote(void **state)
{
	static const char yaml[] = "\xc3\xa9: \"x\"\nb:\n  - 'y'\n  - |\n    z\n";
	struct diag_list diags = {0};
	struct node *tree = NULL;
	(void)state;
	assert_int_equal(conf_parse_tree("t", yaml, strlen(yaml), &diags, &tree), 0);
	assert_int_equal(tree->items[0]->at.line, 1);
	assert_int_equal(tree->items[0]->at.column, 4);
	const struct node *list = tree->items[1];
	assert_int_equal(list->items[0]->at.line, 3);
	assert_int_equal(list->items[0]->at.column, 5);
	assert_int_equal(list->items[1]->at.line, 4);
	assert_int_equal(list->items[1]->at.column, 5);
	assert_string_equal(list->items[1]->text, "z\n");
	node_free(tree);
	diag_done(&diags);
}

/* --- bounded --- */

static double
cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
an_alias_bomb_goes_off_in_no_time(void **state)
{
	char yaml[2000] = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
	size_t len = strlen(yaml);
	(void)state;
	for (int i = 1; i < 20; i++)
		len += (size_t)snprintf(yaml + len, sizeof(yaml) - len,
					"a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
					i - 1, i - 1, i - 1, i - 1, i - 1);
	struct diag_list diags = {0};
	struct node *tree = NULL;
	double start = cpu_seconds();
	assert_int_equal(conf_parse_tree("t", yaml, len, &diags, &tree), -EINVAL);
	assert_true(cpu_seconds() - start < 1.0);
	assert_int_equal(diags.errors, 20 + 19 * 5);
	diag_done(&diags);
}

static void
fifty_thousand_rules_take_seconds_at_most(void **state)
{
	size_t size = 16 << 20;
	char *yaml = test_malloc(size);
	size_t len = (size_t)snprintf(yaml, size,
				      "sources: {s: {kind: k, secret: x}}\n"
				      "forge: {organization: a, token: t}\nrules:\n");
	(void)state;
	for (int i = 0; i < 50000; i++)
		len += (size_t)snprintf(
			yaml + len, size - len,
			"- name: r%d\n  when: {type: push, payload: {ref: "
			"refs/heads/b%d}}\n  do: [{operation: deploy, "
			"site: s%d.example.com}]\n",
			i, i, i);
	struct diag_list diags = {0};
	struct conf *conf = NULL;
	double start = cpu_seconds();
	assert_int_equal(conf_parse("f", yaml, len, &diags, &conf), 0);
	/* 1 s without sanitizers; quadratic work would take minutes */
	assert_true(cpu_seconds() - start < 60.0);
	assert_int_equal(conf->n_rules, 50000);
	conf_unref(conf);
	diag_done(&diags);
	test_free(yaml);
}

static void
refuses_more_rules_than_the_limit(void **state)
{
	size_t size = 4 << 20;
	char *yaml = test_malloc(size);
	size_t len = (size_t)snprintf(yaml, size, "rules: [");
	(void)state;
	for (int i = 0; i <= LIMIT_RULES; i++)
		len += (size_t)snprintf(yaml + len, size - len, "{name: r%d},", i);
	len += (size_t)snprintf(yaml + len, size - len, "]");
	struct diag_list diags = {0};
	struct conf *conf = NULL;
	assert_int_equal(conf_parse("f", yaml, len, &diags, &conf), -EINVAL);
	assert_int_equal(diags.errors, 1);
	assert_string_equal(diags.items[0].text, "more than 100000 rules");
	diag_done(&diags);
	test_free(yaml);
}

#define T(name) cmocka_unit_test(name)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(refuses_anchors),
		T(refuses_aliases_once_each),
		T(refuses_merge_keys),
		T(refuses_tags),
		T(refuses_duplicate_keys),
		T(refuses_duplicates_among_many_keys),
		T(refuses_a_second_document),
		T(refuses_collections_as_keys),
		T(refuses_nul_bytes),
		T(refuses_escaped_nul),
		T(refuses_what_is_no_utf8),
		T(refuses_numbers_that_json_does_not_know),
		T(tells_where_the_syntax_breaks),
		T(refuses_too_deep_nesting),
		T(takes_an_empty_file),
		T(knows_the_kinds_of_scalars),
		T(reads_json),
		T(places_quoted_text_at_its_quote),
		T(an_alias_bomb_goes_off_in_no_time),
		T(fifty_thousand_rules_take_seconds_at_most),
		T(refuses_more_rules_than_the_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
