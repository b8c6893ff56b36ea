#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "base/mem.h"
#include "match/json_node.h"

static int
check(const char *text)
{
	return json_check(slice_of(text), NULL);
}

/* Both ways of scanning; they must agree. A copy in exact size, for the sanitizer. */
static bool
accepts(struct slice text)
{
	char *copy = str_ndup(text.data, text.len);
	assert_non_null(copy);
	char *exact = mem_resize_array(copy, text.len, 1);
	struct slice s = {exact, text.len};
	auto_json_doc doc = NULL;
	struct json_error error = {0};
	int checked = json_check(s, NULL);
	int parsed = json_doc_parse(s, &doc, &error);
	assert_int_equal(checked, parsed);
	if (parsed < 0) {
		assert_non_null(error.text);
		assert_true(error.offset <= text.len);
	}
	mem_free(exact);
	return checked == 0;
}

static size_t
unescape_line(const char *from, char *to)
{
	char *out = to;
	for (const char *p = from; *p; p++) {
		if (p[0] == '\\' && p[1] == '\\') {
			*out++ = *p++;
		} else if (p[0] == '\\') {
			unsigned hex = 0;
			for (int i = 2; i < 4; i++)
				hex = hex * 16 + (unsigned)(p[i] <= '9'
								    ? p[i] - '0'
								    : p[i] - 'a' + 10);
			*out++ = (char)hex;
			p += 3;
		} else {
			*out++ = *p;
		}
	}
	return (size_t)(out - to);
}

static void
agrees_with_every_case_of_json_test_suite(void **state)
{
	(void)state;
	auto_buf file = BUF_INIT(MIB);
	assert_int_equal(file_read("tests/data/json-suite/parsing.txt", &file), 0);
	size_t cases = 0;
	for (char *line = file.data; *line;) {
		char *end = strchr(line, '\n');
		char *tab = strchr(line, '\t');
		assert_true(end && tab && tab < end);
		*end = '\0';
		*tab = '\0';
		char text[2048];
		assert_true(strlen(tab + 1) < sizeof(text));
		bool accepted =
			accepts((struct slice){text, unescape_line(tab + 1, text)});
		if (*line != 'i' && accepted != (*line == 'y'))
			fail_msg("%s: %s", line, accepted ? "accepted" : "refused");
		cases++;
		line = end + 1;
	}
	assert_int_equal(cases, 316);
}

static void
refuses_a_hundred_thousand_open_brackets(void **state)
{
	(void)state;
	auto_buf text = BUF_INIT(MIB);
	for (int i = 0; i < 100000; i++)
		buf_puts(&text, "[");
	assert_false(accepts(buf_slice(&text)));
	buf_reset(&text);
	for (int i = 0; i < 50000; i++)
		buf_puts(&text, "[{\"\":");
	assert_false(accepts(buf_slice(&text)));
}

static bool
accepts_depth(size_t depth)
{
	auto_buf text = BUF_INIT(MIB);
	for (size_t i = 0; i < depth; i++)
		buf_putc(&text, '[');
	for (size_t i = 0; i < depth; i++)
		buf_putc(&text, ']');
	return accepts(buf_slice(&text));
}

static void
accepts_nesting_up_to_the_limit(void **state)
{
	(void)state;
	assert_true(accepts_depth(LIMIT_JSON_DEPTH));
	assert_false(accepts_depth(LIMIT_JSON_DEPTH + 1));
}

static void
refuses_half_a_surrogate_pair(void **state)
{
	(void)state;
	assert_int_equal(check("\"\\ud834\\udd1e\""), 0);
	assert_int_equal(check("\"\\ud834\""), -EBADMSG);
	assert_int_equal(check("\"\\udd1e\""), -EBADMSG);
	assert_int_equal(check("\"\\ud834\\ud834\""), -EBADMSG);
	assert_int_equal(check("\"\\ud834x\""), -EBADMSG);
}

static void
says_where_a_text_goes_wrong(void **state)
{
	(void)state;
	struct json_error error = {0};
	assert_int_equal(json_check(slice_of("{\"a\": tru}"), &error), -EBADMSG);
	assert_int_equal(error.offset, 6);
	assert_int_equal(json_check(slice_of("[1,"), &error), -EBADMSG);
	assert_int_equal(error.offset, 3);
	assert_string_equal(error.text, "the text ends in the middle");
	assert_int_equal(json_check(slice_of(""), &error), -EBADMSG);
	assert_int_equal(json_check((struct slice){NULL, 0}, &error), -EBADMSG);
}

/* Special bytes at every offset of the eight-byte steps of the string scan. */
static void
sees_special_bytes_at_any_alignment(void **state)
{
	(void)state;
	static const char *const bad[] = {"\x1f", "\x80", "\xff",
					  "\\x",  "\n",	  "\xed\xa0\x80"};
	static const char *const good[] = {"\x7f", "\xc3\xa9", "\\n", "!", "\\u0000"};
	for (size_t pad = 0; pad < 20; pad++) {
		for (size_t i = 0; i < ARRAY_LEN(bad) + ARRAY_LEN(good); i++) {
			bool is_bad = i < ARRAY_LEN(bad);
			auto_buf text = BUF_INIT(KIB);
			buf_printf(&text, "\"%.*s%s%.*s\"", (int)pad,
				   "abcdefghijklmnopqrstuvwxyz",
				   is_bad ? bad[i] : good[i - ARRAY_LEN(bad)],
				   (int)(i % 9), "abcdefghijk");
			assert_int_equal(accepts(buf_slice(&text)), !is_bad);
		}
	}
}

static struct json_doc *
parse(const char *text)
{
	struct json_doc *doc = NULL;
	assert_int_equal(json_doc_parse(slice_of(text), &doc, NULL), 0);
	return doc;
}

static void
assert_text(struct json_value v, const char *expected)
{
	auto_str text = json_dup_text(v);
	if (!expected)
		assert_null(text);
	else
		assert_string_equal(text, expected);
}

static void
finds_members_elements_and_paths(void **state)
{
	(void)state;
	auto_json_doc doc =
		parse("{\"a\": {\"b\": [{\"c\": \"x\"}, [1, 2.50]], \"d\": {}}, "
		      "\"e\": null, \"f\": true}");
	struct json_value root = json_root(doc);
	assert_int_equal(json_length(root), 3);
	assert_text(json_find(root, "a.b[0].c"), "x");
	assert_text(json_find(root, "a.b[1][1]"), "2.50");
	assert_int_equal(json_find(root, "a.b[2]").kind, JSON_NONE);
	assert_int_equal(json_find(root, "a.b.c").kind, JSON_NONE);
	assert_int_equal(json_find(root, "a.b[x]").kind, JSON_NONE);
	assert_int_equal(json_find(root, "a.b[99999999999]").kind, JSON_NONE);
	assert_int_equal(json_find(root, "e").kind, JSON_NULL);
	assert_int_equal(json_find(root, "e.x").kind, JSON_NONE);
	assert_int_equal(json_length(json_find(root, "a.b")), 2);
	assert_int_equal(json_length(json_find(root, "a.d")), 0);
	assert_true(
		slice_eq_str(json_find(root, "a.b").raw, "[{\"c\": \"x\"}, [1, 2.50]]"));
	assert_int_equal(json_root(NULL).kind, JSON_NONE);
}

static void
takes_the_last_of_duplicate_keys_and_knows_escaped_ones(void **state)
{
	(void)state;
	auto_json_doc doc = parse("{\"a\": 1, \"b\": 2, \"\\u0061\": 3}");
	assert_text(json_member(json_root(doc), "a"), "3");
}

static void
resolves_every_escape(void **state)
{
	(void)state;
	auto_json_doc doc = parse(
		"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20ac\\ud834\\udd1e.\", \"\"]");
	assert_text(json_item(json_root(doc), 0),
		    "\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e.");
	assert_text(json_item(json_root(doc), 1), "");
	assert_text(json_root(doc), NULL);
}

static void
keeps_nul_characters_in_strings(void **state)
{
	(void)state;
	auto_json_doc doc = parse("\"a\\u0000b\"");
	auto_buf text = BUF_INIT(KIB);
	assert_int_equal(json_text(json_root(doc), &text), 0);
	assert_int_equal(text.len, 3);
	assert_memory_equal(text.data, "a\0b", 3);
}

static void
scans_25_mib_of_the_worst_texts(void **state)
{
	(void)state;
	static const char *const units[] = {"0,", "[],", "{\"\":0},", "\"\\u0041\","};
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		auto_buf text = BUF_INIT(DEFAULT_BODY_BYTES);
		buf_putc(&text, '[');
		while (text.len + 16 < text.limit)
			buf_puts(&text, units[i]);
		buf_puts(&text, "0]");
		auto_json_doc doc = NULL;
		assert_int_equal(json_check(buf_slice(&text), NULL), 0);
		assert_int_equal(json_doc_parse(buf_slice(&text), &doc, NULL), 0);
		assert_true(json_length(json_root(doc)) > 2000000);
	}
}

static void
makes_nodes_with_their_places(void **state)
{
	(void)state;
	struct node *n = NULL;
	const char *text = "{\"k\": [1.50e1,\n  \"\xc3\xa9\", \"a\\u0000\", null, true]}";
	assert_int_equal(json_to_node(slice_of(text), "f", &n, NULL), 0);
	const struct node *list = node_get(n, "k");
	assert_string_equal(list->items[0]->text, "1.50e1");
	assert_int_equal(list->items[0]->kind, NODE_NUMBER);
	assert_int_equal(list->key_at.column, 2);
	assert_int_equal(list->items[1]->at.line, 2);
	assert_int_equal(list->items[1]->at.column, 3);
	assert_int_equal(list->items[2]->at.column, 8);
	assert_int_equal(list->items[2]->text_len, 2);
	assert_int_equal(list->items[3]->kind, NODE_NULL);
	assert_true(node_is_true(list->items[4]));
	node_free(n);
	assert_int_equal(json_to_node(slice_of("{\"\\u0000\":1}"), NULL, &n, NULL),
			 -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_every_case_of_json_test_suite),
		cmocka_unit_test(refuses_a_hundred_thousand_open_brackets),
		cmocka_unit_test(accepts_nesting_up_to_the_limit),
		cmocka_unit_test(refuses_half_a_surrogate_pair),
		cmocka_unit_test(says_where_a_text_goes_wrong),
		cmocka_unit_test(sees_special_bytes_at_any_alignment),
		cmocka_unit_test(finds_members_elements_and_paths),
		cmocka_unit_test(takes_the_last_of_duplicate_keys_and_knows_escaped_ones),
		cmocka_unit_test(resolves_every_escape),
		cmocka_unit_test(keeps_nul_characters_in_strings),
		cmocka_unit_test(scans_25_mib_of_the_worst_texts),
		cmocka_unit_test(makes_nodes_with_their_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
