#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "match/json_node.h"
#include "match/template.h"

static const char payload[] =
	"{\"ref\":\"refs/heads/feature/Login-Page\",\"after\":"
	"\"0123456789abcdef0123456789abcdef01234567\",\"n\":12,\"f\":1.50,\"yes\":true,"
	"\"none\":null,\"empty\":\"\",\"epoch\":1690372800,\"when\":"
	"\"2023-07-26T14:30:00+02:00\",\"list\":[\"a\",2,true],\"objects\":[{\"id\":"
	"\"x\"}],"
	"\"nothing\":[],\"a.b\":{\"c d\":\"dots\"},\"name\":\"\xc3\x84rger & Co's\","
	"\"nul\":\"a\\u0000b\",\"quote\":\"say \\\"hi\\\"\\n{{ payload.n }}\",\"big\":\"";

/* payload plus a text of 300 KiB, so that bounds can be reached. */
static struct buf scope_json;
static struct match_field fields[] = {
	{"source", MATCH_TEXT, {"github", 6}},
	{"subject", MATCH_TEXT, {NULL, 0}},
	{"headers", MATCH_JSON, {"{\"x-github-event\":\"push\"}", 25}},
	{"broken", MATCH_JSON, {"{", 1}},
	{"payload", MATCH_JSON, {NULL, 0}},
};
static const struct match_event scope = {fields, ARRAY_LEN(fields)};
static const struct place place = {"rules.yaml", 7, 15};

static int
make_scope(void **state)
{
	(void)state;
	scope_json = BUF_INIT(MIB);
	buf_puts(&scope_json, payload);
	for (int i = 0; i < 30 * 1024; i++)
		buf_puts(&scope_json, "0123456789");
	buf_puts(&scope_json, "\"}");
	fields[4].value = buf_slice(&scope_json);
	return json_check(fields[4].value, NULL);
}

static int
free_scope(void **state)
{
	(void)state;
	buf_done(&scope_json);
	return 0;
}

static void
assert_text(const char *text, const char *expected)
{
	auto_buf out = BUF_INIT(MIB);
	auto_str error = NULL;
	int rc = template_render_text(text, place, &scope, &out, &error);
	if (rc < 0)
		fail_msg("%s: %s", text, error);
	assert_string_equal(buf_str(&out), expected);
}

static void
assert_fails(const char *text, int expected, const char *message)
{
	auto_buf out = BUF_INIT(MIB);
	auto_str error = NULL;
	assert_int_equal(template_render_text(text, place, &scope, &out, &error),
			 expected);
	assert_non_null(error);
	assert_string_equal(error, message);
	assert_int_equal(out.len, 0);
}

/* A tree given as JSON, rendered as JSON. */
static void
assert_tree(const char *json, const char *expected)
{
	auto_buf out = BUF_INIT(MIB);
	auto_str error = NULL;
	struct node *n = NULL;
	assert_int_equal(json_to_node(slice_of(json), "r.yaml", &n, NULL), 0);
	int rc = template_render(n, &scope, &out, &error);
	node_free(n);
	if (rc < 0)
		fail_msg("%s: %s", json, error);
	assert_string_equal(buf_str(&out), expected);
	assert_int_equal(json_check(buf_slice(&out), NULL), 0);
}

static void
finds_values_by_path(void **state)
{
	(void)state;
	assert_text("plain }} text { }", "plain }} text { }");
	assert_text("{{ source }}/{{payload.n}}!", "github/12!");
	assert_text("{{ headers.x-github-event }}", "push");
	assert_text("{{ payload.objects[0].id }}", "x");
	assert_text("{{ payload[\"a.b\"]['c d'] }}", "dots");
	assert_text("{{ payload.f }} {{ payload.yes }}", "1.50 true");
	assert_text("{{ \"}} \\\"x\\\"\" }}{{ '{{' }}", "}} \"x\"{{");
}

static void
names_what_is_missing(void **state)
{
	(void)state;
	assert_fails("x {{ payload.afte }}", -ENOENT,
		     "rules.yaml:7:15: payload.afte is missing");
	assert_fails("{{ subject }}", -ENOENT, "rules.yaml:7:15: subject is missing");
	assert_fails("{{ git.branch | lower }}", -ENOENT,
		     "rules.yaml:7:15: git.branch is missing");
	assert_fails("{{ source.x }}", -ENOENT, "rules.yaml:7:15: source.x is missing");
	assert_fails("{{ payload.list[9] }}", -ENOENT,
		     "rules.yaml:7:15: payload.list[9] is missing");
	assert_fails("{{ payload.none }}", -ENOENT,
		     "rules.yaml:7:15: payload.none is null");
	assert_fails("{{ payload.none | upper }}", -ENOENT,
		     "rules.yaml:7:15: payload.none is null");
	assert_fails(
		"{{ payload.list }}", -EINVAL,
		"rules.yaml:7:15: payload.list is a list; join or json makes text of "
		"it");
	assert_fails(
		"{{ payload.objects[0] }}", -EINVAL,
		"rules.yaml:7:15: payload.objects[0] is an object; json makes text of "
		"it");
	assert_fails("{{ broken.x }}", -EINVAL, "rules.yaml:7:15: broken is no JSON");
}

static void
takes_defaults_for_what_is_missing_null_or_empty(void **state)
{
	(void)state;
	assert_text("{{ payload.no | default: main }}", "main");
	assert_text("{{ payload.none | default: \"a b\" }}", "a b");
	assert_text("{{ payload.empty | default: 'x' }}", "x");
	assert_text("{{ payload.no | upper | default: x | upper }}", "X");
	assert_text("{{ payload.none | short | default: x }}", "x");
	assert_text("{{ payload.n | default: 3 }}", "12");
	assert_text("{{ payload.no | default: \"\" }}", "");
	assert_tree("[\"{{ a | default: 5 }}\",\"{{ a | default: '5' }}\","
		    "\"{{ a | default: false }}\",\"{{ a | default: null }}\"]",
		    "[5,\"5\",false,null]");
}

static void
shortens_and_changes_case(void **state)
{
	(void)state;
	assert_text("{{ payload.after | short }}", "0123456");
	assert_text("{{ payload.after | short: 10 }}", "0123456789");
	assert_text("{{ payload.name | short: 2 }}", "\xc3\x84r");
	assert_text("{{ source | short: 100 }}", "github");
	assert_text("{{ payload.name | lower }}", "\xc3\xa4rger & co's");
	assert_text("{{ payload.name | upper }}", "\xc3\x84RGER & CO'S");
	assert_fails("{{ source | short: x }}", -EINVAL,
		     "rules.yaml:7:15: in {{ }}: short: expected a number of characters, "
		     "found \"x\"");
	assert_fails("{{ payload.list | upper }}", -EINVAL,
		     "rules.yaml:7:15: payload.list | upper: expected text or a number, "
		     "found a list");
}

static void
strips_replaces_and_slugs(void **state)
{
	(void)state;
	assert_text("{{ payload.ref | strip_prefix: \"refs/heads/\" | slug }}",
		    "feature-login-page");
	assert_text("{{ payload.ref | strip_prefix: refs/tags/ | short: 4 }}", "refs");
	assert_text("{{ payload.ref | strip_suffix: -Page }}",
		    "refs/heads/feature/Login");
	assert_text("{{ source | strip_suffix: \"\" }}", "github");
	assert_text("{{ source | strip_prefix: github }}", "");
	assert_text("{{ payload.name | slug }}", "rger-co-s");
	assert_text("{{ '--A--' | slug }}", "a");
	assert_text("{{ 'aXbXc' | replace: X, \"--\" }}", "a--b--c");
	assert_text("{{ 'aXbX' | replace: 'X', '' }}", "ab");
	assert_fails(
		"{{ source | replace: \"\", x }}", -EINVAL,
		"rules.yaml:7:15: in {{ }}: replace: nothing to look for, found \"\"");
}

static void
splits_joins_and_counts(void **state)
{
	(void)state;
	assert_text("{{ payload.ref | split: / | last }}", "Login-Page");
	assert_text("{{ payload.ref | split: / | first }}", "refs");
	assert_text("{{ payload.ref | split: / | join: '.' }}",
		    "refs.heads.feature.Login-Page");
	assert_text("{{ payload.list | join }}", "a, 2, true");
	assert_text("{{ payload.nothing | join: x }}", "");
	assert_text("{{ payload.list | length }}{{ payload.name | length }}"
		    "{{ payload.objects[0] | length }}",
		    "3121");
	assert_text("{{ payload.nothing | first | default: none }}", "none");
	assert_fails("{{ payload.nothing | last }}", -ENOENT,
		     "rules.yaml:7:15: payload.nothing is missing");
	assert_fails(
		"{{ payload.objects | join }}", -EINVAL,
		"rules.yaml:7:15: payload.objects | join: expected a list of texts and "
		"numbers, found a list");
	assert_fails("{{ source | first }}", -EINVAL,
		     "rules.yaml:7:15: source | first: expected a list, found text");
	assert_fails("{{ payload.n | length }}", -EINVAL,
		     "rules.yaml:7:15: payload.n | length: expected text, a list or an "
		     "object, found a number");
	assert_fails("{{ source | split: \"\" }}", -EINVAL,
		     "rules.yaml:7:15: in {{ }}: split: nothing to look for, found \"\"");
}

static void
encodes_for_other_languages(void **state)
{
	(void)state;
	assert_text("{{ payload.name | url }}", "%C3%84rger%20%26%20Co%27s");
	assert_text("{{ payload.name | shell }}", "'\xc3\x84rger & Co'\\''s'");
	assert_text("{{ '$(reboot); `x`' | shell }}", "'$(reboot); `x`'");
	assert_text("{{ '' | shell }}", "''");
	assert_text("{{ payload.n | shell }}", "'12'");
	assert_text("{{ payload.list | json }}", "[\"a\",2,true]");
	assert_text("{{ payload.quote | json }}", "\"say \\\"hi\\\"\\n{{ payload.n }}\"");
	assert_text("{{ payload.none | json }}", "null");
	assert_fails(
		"{{ payload.nul | shell }}", -EINVAL,
		"rules.yaml:7:15: payload.nul | shell: a NUL character, which no shell "
		"word can hold, found text");
}

static void
writes_dates_in_utc(void **state)
{
	(void)state;
	assert_text("{{ payload.when | date }}", "2023-07-26");
	assert_text("{{ payload.when | date: \"%H:%M\" }}", "12:30");
	assert_text("{{ payload.epoch | date: '%Y-%m-%d %H:%M:%S' }}",
		    "2023-07-26 12:00:00");
	assert_text("{{ '0' | date }}", "1970-01-01");
	assert_text("{{ '1969-12-31T23:59:59.5Z' | date: '%S' }}", "59");
	assert_fails("{{ source | date }}", -EINVAL,
		     "rules.yaml:7:15: source | date: expected a date such as "
		     "2026-11-23T12:00:00Z or seconds since 1970, found text");
	assert_fails("{{ '1e18' | date }}", -EINVAL,
		     "rules.yaml:7:15: the text | date: expected a date such as "
		     "2026-11-23T12:00:00Z or seconds since 1970, found text");
}

static void
keeps_the_type_of_a_whole_value(void **state)
{
	(void)state;
	assert_tree(
		"{\"a\":\"{{ payload.n }}\",\"b\":\"{{ payload.list }}\","
		"\"c\":\"{{ payload.none }}\",\"d\":\" {{ payload.n }}\","
		"\"e\":\"{{ payload.yes }}\",\"f\":\"{{ source }}\",\"g\":[1.50,null]}",
		"{\"a\":12,\"b\":[\"a\",2,true],\"c\":null,\"d\":\" 12\",\"e\":true,"
		"\"f\":\"github\",\"g\":[1.50,null]}");
}

static void
inserts_text_of_a_payload_as_data_only(void **state)
{
	(void)state;
	assert_tree("[\"{{ payload.quote }}\",\"x{{ payload.quote }}\"]",
		    "[\"say \\\"hi\\\"\\n{{ payload.n }}\","
		    "\"xsay \\\"hi\\\"\\n{{ payload.n }}\"]");
	assert_tree("\"{{ payload.nul }}.\"", "\"a\\u0000b.\"");
}

static void
names_the_place_of_the_string_in_a_tree(void **state)
{
	(void)state;
	auto_buf out = BUF_INIT(MIB);
	auto_str error = NULL;
	struct node *n = NULL;
	const char *json = "{\"a\": 1,\n \"b\": [\"{{ payload.nope }}\"]}";
	assert_int_equal(json_to_node(slice_of(json), "r.yaml", &n, NULL), 0);
	assert_int_equal(template_render(n, &scope, &out, &error), -ENOENT);
	assert_string_equal(error, "r.yaml:2:8: payload.nope is missing");
	node_free(n);
}

static void
bounds_what_it_writes(void **state)
{
	(void)state;
	assert_fails("{{ payload.big }}", -EMSGSIZE,
		     "rules.yaml:7:15: payload.big is too long");
	auto_buf text = BUF_INIT(MIB);
	/* few and long ones: the sanitizer measures the whole text for each */
	for (int i = 0; i < 300; i++)
		buf_printf(&text, "{{ '%01000d' }}", i);
	assert_fails(buf_str(&text), -EMSGSIZE,
		     "rules.yaml:7:15: the text becomes too long");
	buf_reset(&text);
	buf_puts(&text, "{{ 'xxxxxxxxxxxxxxxxxxxx'");
	for (int i = 0; i < 8; i++)
		buf_puts(&text, " | replace: x, xxxxxxxxxx");
	buf_puts(&text, " }}");
	assert_fails(buf_str(&text), -EMSGSIZE,
		     "rules.yaml:7:15: the text becomes too long");
	assert_fails("{{ 'aaaaaaaa' | replace: a, ',,,,,,,,,,,,,,,,,,,,' | replace: ',', "
		     "'xxxxxxxxxxxx,' | split: x }}",
		     -EMSGSIZE, "rules.yaml:7:15: the text becomes too long");
}

struct mistake {
	const char *template;
	const char *text;
};

static void
finds_every_mistake_of_syntax(void **state)
{
	(void)state;
	static const struct mistake rows[] = {
		{"{{ ", "expected the name of a field, found the end of the text"},
		{"{{ a", "expected | or }}, found the end of the text"},
		{"{{ a }", "expected | or }}, found \"}\""},
		{"{{ a b }}", "expected | or }}, found \"b\""},
		{"{{ }}", "expected the name of a field, found \"}}\""},
		{"{{ a. }}", "expected the name of a field, found \"}}\""},
		{"{{ a[ }}", "expected a number or a quoted key in [ ], found \"}}\""},
		{"{{ a[-1] }}",
		 "expected a number or a quoted key in [ ], found \"-1]\""},
		{"{{ a[0 }}", "expected ], found \"}}\""},
		{"{{ a | }}", "expected the name of a filter, found \"}}\""},
		{"{{ a | uper }}", "unknown filter \"uper\"; did you mean \"upper\"?"},
		{"{{ a | qqqqqqqq }}",
		 "unknown filter \"qqqqqqqq\"; there are default, short, lower, upper, "
		 "slug, replace, strip_prefix, strip_suffix, split, first, last, join, "
		 "length, json, url, shell, date"},
		{"{{ a | short: x }}",
		 "short: expected a number of characters, found \"x\""},
		{"{{ a | split: '' }}", "split: nothing to look for, found \"\""},
		{"{{ a | default }}", "default takes value, found 0 arguments"},
		{"{{ a | lower: x }}", "lower takes no argument, found 1 argument"},
		{"{{ a | replace: x }}", "replace takes text, by, found 1 argument"},
		{"{{ a | replace: x, y, z }}", "replace: too many arguments"},
		{"{{ a | default: }}", "expected an argument, found \"}}\""},
		{"{{ a | default: \"x }}", "a string without its closing \""},
		{"{{ a | default: \"\\x\" }}",
		 "expected one of \\\" \\\\ \\n \\t, found \"\\x\"\""},
		{"{{ a | replace: x : y }}",
		 "expected a comma between arguments, found \":\""},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_diag diags = {0};
		auto_str expected = str_format("in {{ }}: %s", rows[i].text);
		template_check_text(rows[i].template, place, &diags);
		assert_int_equal(diags.errors, 1);
		assert_string_equal(diags.items[0].text, expected);
		assert_int_equal(diags.items[0].line, 7);
	}
}

static void
finds_several_mistakes_of_one_text(void **state)
{
	(void)state;
	auto_diag diags = {0};
	template_check_text("{{ a | uper }} {{ b }}\n{{ c d }}\n{{ e | short: x }}\n",
			    place, &diags);
	assert_int_equal(diags.errors, 3);
	assert_string_equal(diags.items[0].text,
			    "in {{ }}, line 1 of the text: unknown filter \"uper\"; did "
			    "you mean \"upper\"?");
	assert_string_equal(
		diags.items[1].text,
		"in {{ }}, line 2 of the text: expected | or }}, found \"d\"");
	assert_string_equal(diags.items[2].text,
			    "in {{ }}, line 3 of the text: short: expected a number of "
			    "characters, found \"x\"");
}

static void
checks_every_string_of_a_tree(void **state)
{
	(void)state;
	struct node *n = NULL;
	auto_diag diags = {0};
	const char *json = "{\"a\":\"{{ x\",\"b\":[\"{{ x }}\",\"{{ }}\"],\"c\":1,"
			   "\"d\":\"\\u0000{{ x }}\"}";
	assert_int_equal(json_to_node(slice_of(json), "r.yaml", &n, NULL), 0);
	template_check(n, &diags);
	assert_int_equal(diags.errors, 3);
	node_free(n);
}

static void
lists_its_filters_for_the_documentation(void **state)
{
	(void)state;
	size_t n = 0;
	for (const struct template_filter_doc *d = template_filters(); d->name; d++) {
		assert_non_null(d->help);
		n++;
	}
	assert_int_equal(n, 17);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_values_by_path),
		cmocka_unit_test(names_what_is_missing),
		cmocka_unit_test(takes_defaults_for_what_is_missing_null_or_empty),
		cmocka_unit_test(shortens_and_changes_case),
		cmocka_unit_test(strips_replaces_and_slugs),
		cmocka_unit_test(splits_joins_and_counts),
		cmocka_unit_test(encodes_for_other_languages),
		cmocka_unit_test(writes_dates_in_utc),
		cmocka_unit_test(keeps_the_type_of_a_whole_value),
		cmocka_unit_test(inserts_text_of_a_payload_as_data_only),
		cmocka_unit_test(names_the_place_of_the_string_in_a_tree),
		cmocka_unit_test(bounds_what_it_writes),
		cmocka_unit_test(finds_every_mistake_of_syntax),
		cmocka_unit_test(finds_several_mistakes_of_one_text),
		cmocka_unit_test(checks_every_string_of_a_tree),
		cmocka_unit_test(lists_its_filters_for_the_documentation),
	};
	return cmocka_run_group_tests(tests, make_scope, free_scope);
}
