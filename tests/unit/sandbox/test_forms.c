#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/buf.h"
#include "sandbox/csv.h"
#include "sandbox/multipart.h"
#include "sandbox/odd.h"

#define COLUMNS 3

/* The records as "a|b;c", "!" at a mistake. */
static void
read_all(const char *text, struct buf *out)
{
	struct slice rest = slice_of(text);
	int n = 1;
	while (n > 0) {
		char *fields[COLUMNS] = {0};
		n = csv_next(&rest, fields, COLUMNS);
		for (int i = 0; i < n; i++)
			buf_printf(out, "%s%s", i > 0 ? "|" : "", fields[i]);
		if (n != 0)
			buf_putc(out, n > 0 ? ';' : '!');
		for (size_t i = 0; i < COLUMNS; i++)
			str_free(fields[i]);
	}
}

static void
csv_is_read_record_by_record(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *records;
	} rows[] = {
		{"", ""},
		{"a,b\nc,d,e\n", "a|b;c|d|e;"},
		{"a,b\r\n\r\nc", "a|b;c;"},
		{"\"a,\"\"b\"\"\",\"\n\"", "a,\"b\"|\n;"},
		{"a,,c", "a||c;"},
		{"a,b,c,d", "!"},
		{"\"open", "!"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_buf out = BUF_INIT(1000);
		read_all(rows[i].text, &out);
		assert_string_equal(buf_str(&out), rows[i].records);
	}
}

static void
csv_that_was_written_is_read_back(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "plain", "a,b", "\"", "two\nlines", "\r"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		auto_buf out = BUF_INIT(1000);
		char *fields[COLUMNS] = {0};
		csv_put(&out, texts[i]);
		buf_puts(&out, ",x\n");
		struct slice rest = buf_slice(&out);
		assert_int_equal(csv_next(&rest, fields, COLUMNS), 2);
		assert_string_equal(fields[0], texts[i]);
		str_free(fields[0]);
		str_free(fields[1]);
	}
}

#define PART(name, value) \
	"--x\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"

static void
a_form_is_read_by_its_boundary(void **state)
{
	(void)state;
	const char *body = PART("mode", "append")
		PART("file", "a,b\r\n--y\r\n") "--x--\r\n";
	json_t *form = multipart_read("multipart/form-data; boundary=x", slice_of(body));
	assert_non_null(form);
	assert_string_equal(json_string_value(json_object_get(form, "mode")), "append");
	assert_string_equal(json_string_value(json_object_get(form, "file")),
			    "a,b\r\n--y\r\n");
	json_decref(form);
	form = multipart_read("Multipart/Form-Data; charset=a; boundary=\"x\"",
			      slice_of(body));
	assert_int_equal(json_object_size(form), 2);
	json_decref(form);
}

static void
what_is_no_form_is_refused(void **state)
{
	(void)state;
	static const char *const bodies[] = {
		"",
		"--x",
		"--x\r\n",
		PART("a", "b"),
		"--x\r\n\r\nno name\r\n--x--",
		"--x\r\nContent-Disposition: form-data; name=\"open\r\n\r\nv\r\n--x--",
		PART("a", "\xff") "--x--",
	};
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		json_t *form = multipart_read("multipart/form-data; boundary=x",
					      slice_of(bodies[i]));
		assert_int_equal(json_object_size(form), 0);
		json_decref(form);
	}
	assert_null(multipart_read(NULL, slice_of("--x--")));
	assert_null(multipart_read("text/plain; boundary=x", slice_of("--x--")));
	assert_null(multipart_read("multipart/form-data", slice_of("--x--")));
}

static void
odd_answers_differ_by_chance_alone(void **state)
{
	(void)state;
	json_t *one =
		json_loads("{\"data\":{\"attributes\":{\"a\":1,\"b\":\"\",\"c\":true,"
			   "\"d\":null,\"e\":[],\"f\":{},\"g\":1.5}}}",
			   0, NULL);
	json_t *two = json_deep_copy(one);
	json_t *three = json_deep_copy(one);
	odd_change(ODD_TYPES, 1, one);
	odd_change(ODD_TYPES, 1, two);
	assert_true(json_equal(one, two));
	odd_change(ODD_DEEP, 1, three);
	assert_false(json_equal(one, three));
	odd_change(ODD_NULLS, 1, NULL);
	json_decref(one);
	json_decref(two);
	json_decref(three);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_is_read_record_by_record),
		cmocka_unit_test(csv_that_was_written_is_read_back),
		cmocka_unit_test(a_form_is_read_by_its_boundary),
		cmocka_unit_test(what_is_no_form_is_refused),
		cmocka_unit_test(odd_answers_differ_by_chance_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
