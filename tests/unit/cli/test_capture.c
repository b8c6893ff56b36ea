#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "cli/capture.h"

static int
parse(struct capture *c, const char *text, unsigned *ret_line)
{
	capture_init(c);
	return capture_parse_headers(c, slice_of(text), ret_line);
}

static void
reads_lines_with_either_line_break(void **state)
{
	(void)state;
	auto_capture c = {0};
	unsigned line = 0;
	assert_int_equal(parse(&c, "A: 1\r\nb:  two words \n\nA:3", &line), 0);
	struct provider_request rq = capture_request(&c, 7);
	assert_string_equal(rq.header(rq.arg, "a"), "1");
	assert_int_equal(rq.header_count(rq.arg, "A"), 2);
	assert_string_equal(rq.header(rq.arg, "B"), "two words");
	assert_null(rq.header(rq.arg, "c"));
	assert_int_equal(rq.now_us, 7);
	assert_string_equal(rq.method, "POST");
}

static void
takes_a_request_line_before_them(void **state)
{
	(void)state;
	auto_capture c = {0};
	unsigned line = 0;
	assert_int_equal(parse(&c, "PUT /hooks/x?token=a%20b HTTP/1.1\nHost: h\n", &line),
			 0);
	struct provider_request rq = capture_request(&c, 0);
	assert_string_equal(rq.method, "PUT");
	assert_true(slice_eq_str(rq.path, "/hooks/x"));
	assert_true(slice_eq_str(rq.query, "token=a%20b"));
}

static void
says_which_line_is_no_header(void **state)
{
	(void)state;
	static const char *const texts[] = {"A: 1\nrubbish\n", "A: 1\n: x\n"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		auto_capture c = {0};
		unsigned line = 0;
		assert_int_equal(parse(&c, texts[i], &line), -EINVAL);
		assert_int_equal(line, 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lines_with_either_line_break),
		cmocka_unit_test(takes_a_request_line_before_them),
		cmocka_unit_test(says_which_line_is_no_header),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
