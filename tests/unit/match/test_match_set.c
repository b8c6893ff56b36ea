/* Sets of patterns: fields, mistakes, explanations. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "match/json_node.h"
#include "match/match.h"
#include "patterns.h"

#define TEXT(name, value)                        \
	{                                        \
		name, MATCH_TEXT,                \
		{                                \
			value, sizeof(value) - 1 \
		}                                \
	}
#define JSON(name, value)                        \
	{                                        \
		name, MATCH_JSON,                \
		{                                \
			value, sizeof(value) - 1 \
		}                                \
	}

static void
reads_texts_and_json_fields(void **state)
{
	(void)state;
	static const char *const patterns[] = {
		"{\"source\":\"github\",\"type\":[\"push\"]}",
		"{\"source\":\"github\",\"payload\":{\"ref\":[{\"prefix\":\"refs/\"}]}}",
		"{\"source\":\"gitlab\"}",
		"{\"subject\":[{\"exists\":false}],\"payload.n\":7}",
		"{\"source\":{\"x\":[\"github\"]}}",
		"{\"source\":[{\"wildcard\":\"*hub\"}]}",
		"{\"payload\":{\"repo\":{\"name\":[\"shop\",\"blog\"]}}}",
	};
	struct match_set *set = patterns_set(patterns, ARRAY_LEN(patterns));
	const struct match_field fields[] = {
		TEXT("source", "github"),
		TEXT("type", "push"),
		{"subject", MATCH_TEXT, {NULL, 0}},
		JSON("payload", "{\"ref\":\"refs/heads/main\",\"n\":7.0,"
				"\"repo\":[{\"name\":\"blog\"},{\"name\":\"shop\"}]}"),
	};
	patterns_assert_run(set, fields, ARRAY_LEN(fields), "0 1 3 5 6 ");
	match_set_free(set);
}

static void
refuses_an_event_that_is_no_json_even_when_no_rule_reads_it(void **state)
{
	(void)state;
	static const char *const patterns[] = {"{\"source\":\"github\"}"};
	struct match_set *set = patterns_set(patterns, 1);
	const struct match_field fields[] = {TEXT("source", "github"),
					     JSON("payload", "{\"a\":}")};
	const struct match_event event = {fields, 2};
	auto_buf got = BUF_INIT(KIB);
	assert_int_equal(match_run(set, &event, patterns_note, &got), -EBADMSG);
	assert_int_equal(got.len, 0);
	match_set_free(set);
}

static void
reports_each_id_once_in_rising_order(void **state)
{
	(void)state;
	struct match_set *set = match_set_new();
	auto_diag diags = {0};
	assert_int_equal(
		patterns_add(set, "{\"t\":[\"a\",\"b\"]}", 9, MATCH_STRICT, &diags), 0);
	assert_int_equal(
		patterns_add(set, "{\"t\":[\"b\",\"a\"]}", 2, MATCH_STRICT, &diags), 0);
	assert_int_equal(patterns_add(set, "{\"$or\":[{\"t\":[\"a\"]},{\"t\":[\"b\"]}]}",
				      5, MATCH_STRICT, &diags),
			 0);
	assert_int_equal(match_set_finish(set), 0);
	const struct match_field f = JSON("t", "[\"a\",\"b\",[\"a\"]]");
	patterns_assert_run(set, &f, 1, "2 5 9 ");
	assert_true(match_set_memory(set) > 1000);
	match_set_free(set);
}

struct refusal {
	const char *pattern;
	const char *text; /* of the first mistake */
};

static void
says_what_is_wrong_with_a_pattern(void **state)
{
	(void)state;
	static const struct refusal rows[] = {
		{"{}", "an empty object; expected fields"},
		{"{\"a\":{}}", "an empty object; expected fields"},
		{"{\"a\":[]}", "an empty list matches nothing"},
		{"{\"a\":[{\"prefx\":\"x\"}]}",
		 "unknown operator \"prefx\"; did you mean \"prefix\"?"},
		{"{\"a\":[{\"regex\":\"x\"}]}", "regex is not supported by this version"},
		{"{\"a\":[{\"prefix\":1}]}",
		 "prefix: expected a string or "
		 "{equals-ignore-case: string}, found a number"},
		{"{\"a\":[{\"exists\":\"x\"}]}",
		 "exists: expected true or false, found a string"},
		{"{\"a\":[{\"cidr\":\"10.0.0.0/32\"}]}",
		 "cidr: \"10.0.0.0/32\": expected less than 32 bits"},
		{"{\"a\":[{\"cidr\":\"10.0.0.0\"}]}",
		 "cidr: \"10.0.0.0\": expected an address and its bits with a / between "
		 "them"},
		{"{\"a\":[{\"numeric\":[\"<\",1,\">\",0]}]}",
		 "numeric: the lower bound comes first"},
		{"{\"a\":[{\"numeric\":[\">\",1,\"<\",1]}]}",
		 "numeric: the lower bound is not below the upper one"},
		{"{\"a\":[{\"numeric\":[\"!\",1]}]}",
		 "numeric: expected one of = < <= > >=, found \"!\""},
		{"{\"a\":[{\"wildcard\":\"a**b\"}]}",
		 "a wildcard with two stars in a row"},
		{"{\"a\":[{\"wildcard\":\"a\\\\\"}]}",
		 "a wildcard with a backslash that is neither \\* nor \\\\"},
		{"{\"a\":[{\"anything-but\":[\"x\",1]}]}",
		 "anything-but: either all strings or all numbers"},
		{"{\"a\":[{\"anything-but\":[]}]}", "anything-but: the list is empty"},
		{"{\"a\":[{\"anything-but\":{\"numeric\":[\"=\",1]}}]}",
		 "anything-but: expected prefix, suffix, equals-ignore-case or wildcard, "
		 "found \"numeric\""},
		{"{\"a\":[{\"anything-but\":{\"prefix\":{\"equals-ignore-case\":\"x\"}}}]"
		 "}",
		 "prefix: expected a string inside anything-but, found a mapping"},
		{"{\"a\":[[\"x\"]]}",
		 "a list inside a list: expected a string, a number, "
		 "true, false, null or an operator"},
		{"[1]", "a pattern is an object of fields, found a list"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct match_set *set = match_set_new();
		auto_diag diags = {0};
		int rc = patterns_add(set, rows[i].pattern, 0, MATCH_EXTENDED, &diags);
		assert_int_equal(rc, -EINVAL);
		assert_string_equal(diags.items[0].text, rows[i].text);
		match_set_free(set);
	}
}

static void
names_every_mistake_with_its_place(void **state)
{
	(void)state;
	struct match_set *set = match_set_new();
	auto_diag diags = {0};
	assert_int_equal(patterns_add(set, "{\"a\":[{\"x\":1}],\n \"b\":[]}", 0,
				      MATCH_STRICT, &diags),
			 -EINVAL);
	assert_int_equal(diags.errors, 2);
	assert_string_equal(diags.items[0].file, "rules.yaml");
	assert_int_equal(diags.items[0].line, 1);
	assert_int_equal(diags.items[0].column, 8);
	assert_int_equal(diags.items[1].line, 2);
	match_set_free(set);
}

static void
takes_a_bare_value_for_a_list_unless_strict(void **state)
{
	(void)state;
	struct match_set *set = match_set_new();
	auto_diag diags = {0};
	assert_int_equal(patterns_add(set, "{\"a\":\"x\"}", 0, MATCH_STRICT, &diags),
			 -EINVAL);
	assert_int_equal(patterns_add(set, "{\"a\":\"x\",\"b\":12,\"c\":null}", 0,
				      MATCH_EXTENDED, &diags),
			 0);
	match_set_free(set);
	assert_true(patterns_match("{\"a\":\"x\",\"b\":12}", "{\"a\":\"x\",\"b\":12.0}"));
}

static void
warns_of_an_operator_without_its_list(void **state)
{
	(void)state;
	struct match_set *set = match_set_new();
	auto_diag diags = {0};
	assert_int_equal(patterns_add(set, "{\"a\":{\"prefix\":\"x\"}}", 0,
				      MATCH_EXTENDED, &diags),
			 0);
	assert_int_equal(diags.warnings, 1);
	match_set_free(set);
}

static void
bounds_the_alternatives_of_a_pattern(void **state)
{
	(void)state;
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	buf_puts(&text, "{\"x\":[1]");
	for (int i = 0; i < 40; i++)
		buf_printf(&text, ",\"f%d\":{\"$or\":[{\"a\":[1]},{\"b\":[1]}]}", i);
	buf_putc(&text, '}');
	struct match_set *set = match_set_new();
	auto_diag diags = {0};
	assert_int_equal(patterns_add(set, buf_str(&text), 0, MATCH_STRICT, &diags),
			 -EINVAL);
	match_set_free(set);
}

static void
finding(const struct match_finding *f, void *arg)
{
	buf_printf(arg, "%s %s %s %s\n", f->path, f->expected, f->found ? f->found : "-",
		   f->matches ? "yes" : "no");
}

static void
assert_explained(const char *pattern, const struct match_field *fields, size_t n,
		 const char *expected)
{
	struct match_set *set = patterns_set(&pattern, 1);
	auto_buf got = BUF_INIT(LIMIT_TEXT_BYTES);
	const struct match_event event = {fields, n};
	assert_int_equal(match_explain(set, 0, &event, finding, &got), 0);
	assert_string_equal(buf_str(&got), expected);
	assert_int_equal(match_explain(set, 1, &event, finding, &got), -ENOENT);
	match_set_free(set);
}

static void
explains_field_by_field(void **state)
{
	(void)state;
	const struct match_field fields[] = {
		TEXT("source", "github"),
		JSON("payload",
		     "{\"ref\":\"refs/heads/dev\",\"l\":[\"a\",1],\"o\":{\"p\": 1}}"),
	};
	assert_explained(
		"{\"source\":\"github\",\"payload\":{\"ref\":[{\"suffix\":\"main\"}],"
		"\"l\":[1],\"no\":[1],\"o\":[{\"exists\":true}]}}",
		fields, 2,
		"source \"github\" \"github\" yes\n"
		"payload.ref [{\"suffix\":\"main\"}] \"refs/heads/dev\" no\n"
		"payload.l [1] \"a\", 1 yes\n"
		"payload.no [1] - no\n"
		"payload.o [{\"exists\":true}] {\"p\": 1} no\n");
}

static void
explains_fields_that_fit_only_apart(void **state)
{
	(void)state;
	const struct match_field fields[] = {JSON("a", "[{\"x\":1},{\"y\":2}]")};
	assert_explained("{\"a\":{\"x\":[1],\"y\":[2]}}", fields, 1,
			 "a.x [1] 1 yes\na.y [2] 2 yes\n"
			 "(together) \"all within one element of each array\" - no\n");
}

static void
shortens_what_it_shows(void **state)
{
	(void)state;
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	buf_putc(&text, '"');
	for (int i = 0; i < 1000; i++)
		buf_puts(&text, "\xc3\xa9");
	buf_putc(&text, '"');
	const struct match_field f = {"a", MATCH_JSON, buf_slice(&text)};
	const struct match_event event = {&f, 1};
	const char *pattern = "{\"a\":[1]}";
	struct match_set *set = patterns_set(&pattern, 1);
	auto_buf got = BUF_INIT(LIMIT_TEXT_BYTES);
	assert_int_equal(match_explain(set, 0, &event, finding, &got), 0);
	assert_true(got.len < LIMIT_EXPLAIN_BYTES + 30);
	match_set_free(set);
}

/* Many rules, so that the look-ups are used: each event finds its own. */
static void
finds_one_rule_among_many(void **state)
{
	(void)state;
	struct match_set *set = match_set_new();
	auto_diag diags = {0};
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	for (unsigned i = 0; i < 2000; i++) {
		buf_reset(&text);
		buf_printf(&text,
			   "{\"source\":\"s%u\",\"type\":\"push\",\"p\":{\"ref\":[{"
			   "\"prefix\":"
			   "\"refs/\"}],\"repo\":\"acme/r%u\"}}",
			   i % 3, i);
		assert_int_equal(
			patterns_add(set, buf_str(&text), i, MATCH_EXTENDED, &diags), 0);
	}
	assert_int_equal(patterns_add(set, "{\"p\":{\"repo\":[{\"suffix\":\"r7\"}]}}",
				      5000, MATCH_EXTENDED, &diags),
			 0);
	assert_int_equal(match_set_finish(set), 0);
	const struct match_field fields[] = {
		TEXT("source", "s1"),
		TEXT("type", "push"),
		JSON("p", "{\"ref\":\"refs/x\",\"repo\":\"acme/r7\"}"),
	};
	patterns_assert_run(set, fields, 3, "7 5000 ");
	match_set_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			refuses_an_event_that_is_no_json_even_when_no_rule_reads_it),
		cmocka_unit_test(reads_texts_and_json_fields),
		cmocka_unit_test(reports_each_id_once_in_rising_order),
		cmocka_unit_test(says_what_is_wrong_with_a_pattern),
		cmocka_unit_test(names_every_mistake_with_its_place),
		cmocka_unit_test(takes_a_bare_value_for_a_list_unless_strict),
		cmocka_unit_test(warns_of_an_operator_without_its_list),
		cmocka_unit_test(bounds_the_alternatives_of_a_pattern),
		cmocka_unit_test(explains_field_by_field),
		cmocka_unit_test(explains_fields_that_fit_only_apart),
		cmocka_unit_test(shortens_what_it_shows),
		cmocka_unit_test(finds_one_rule_among_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
