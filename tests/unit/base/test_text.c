/* Strings, buffers, numbers, durations, sizes, nearest words, JSON writing, log lines. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"

static void
a_buffer_refuses_what_goes_over_its_limit_and_keeps_what_it_has(void **state)
{
	(void)state;
	auto_buf b = BUF_INIT(5);
	assert_int_equal(buf_puts(&b, "12345"), 0);
	assert_int_equal(buf_putc(&b, '6'), -EMSGSIZE);
	assert_string_equal(buf_str(&b), "12345");
	assert_true(buf_failed(&b));
	assert_int_equal(buf_puts(&b, ""), -EMSGSIZE); /* the failure sticks */
	buf_reset(&b);
	assert_int_equal(buf_printf(&b, "%d", 12345), 0);
	assert_string_equal(buf_str(&b), "12345");
}

static void
a_buffer_grows_to_exactly_its_limit(void **state)
{
	(void)state;
	auto_buf b = BUF_INIT(100000);
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(buf_putc(&b, 'x'), 0);
	assert_int_equal(buf_putc(&b, 'x'), -EMSGSIZE);
	assert_int_equal(strlen(buf_str(&b)), 100000);
}

static void
a_text_taken_from_a_buffer_leaves_it_empty(void **state)
{
	(void)state;
	auto_buf b = BUF_INIT(100);
	buf_puts(&b, "hello");
	auto_str text = buf_take(&b);
	assert_string_equal(text, "hello");
	assert_int_equal(b.len, 0);
	auto_str empty = buf_take(&b);
	assert_string_equal(empty, "");
}

static void
removing_from_the_front_keeps_the_rest(void **state)
{
	(void)state;
	auto_buf b = BUF_INIT(100);
	buf_puts(&b, "headtail");
	buf_remove_front(&b, 4);
	assert_string_equal(buf_str(&b), "tail");
	buf_remove_front(&b, 100);
	assert_string_equal(buf_str(&b), "");
}

static void
numbers_are_whole_texts_within_bounds(void **state)
{
	uint32_t u = 7;
	int64_t i = 7;
	(void)state;
	assert_int_equal(parse_u32("4294967295", 0, UINT32_MAX, &u), 0);
	assert_int_equal(u, UINT32_MAX);
	assert_int_equal(parse_u32("4294967296", 0, UINT32_MAX, &u), -ERANGE);
	assert_int_equal(parse_u32("18446744073709551616", 0, UINT32_MAX, &u), -ERANGE);
	static const char *const bad[] = {"",	" 1",  "1 ",  "+1",
					  "-1", "0x1", "1e3", "1.0"};
	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
		assert_int_equal(parse_u32(bad[k], 0, 100, &u), -EINVAL);
	assert_int_equal(parse_u32(NULL, 0, 100, &u), -EINVAL);
	assert_int_equal(u, UINT32_MAX); /* untouched by failures */
	assert_int_equal(parse_i64("-42", -100, 100, &i), 0);
	assert_int_equal(i, -42);
	assert_int_equal(parse_i64("--42", -100, 100, &i), -EINVAL);
}

static void
durations_have_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} good[] = {{"500ms", 500},  {"30s", 30000},  {"30", 30000},
		    {"10m", 600000}, {"2h", 7200000}, {"7d", 604800000}};
	uint64_t ms = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(parse_duration(good[i].text, &ms), 0);
		assert_int_equal(ms, good[i].ms);
	}
	assert_int_equal(parse_duration("10 m", &ms), -EINVAL);
	assert_int_equal(parse_duration("m", &ms), -EINVAL);
	assert_int_equal(parse_duration("1w", &ms), -EINVAL);
	assert_int_equal(parse_duration("18446744073709551615d", &ms), -ERANGE);
}

static void
sizes_have_binary_units(void **state)
{
	uint64_t bytes = 0;
	(void)state;
	assert_int_equal(parse_size("25MiB", &bytes), 0);
	assert_int_equal(bytes, 25U << 20);
	assert_int_equal(parse_size("512", &bytes), 0);
	assert_int_equal(bytes, 512);
	assert_int_equal(parse_size("1GB", &bytes), -EINVAL);
	assert_int_equal(parse_size("99999999999999999999", &bytes), -ERANGE);
}

static void
the_nearest_word_is_found_when_one_is_near(void **state)
{
	static const char *const words[] = {"source", "secret", "secrets", "kind"};
	(void)state;
	assert_string_equal(str_nearest("sourc", words, 4), "source");
	assert_string_equal(str_nearest("secert", words, 4), "secret");
	assert_null(str_nearest("windows", words, 4));
	assert_null(str_nearest("", words, 4));
}

static void
json_strings_escape_what_json_demands(void **state)
{
	static const char text[] = "a\"b\\c\n\x01\x7f\xc3\xa9\xff\xed\xa0\x80z";
	auto_buf b = BUF_INIT(1000);
	(void)state;
	json_put_string(&b, text, sizeof(text) - 1);
	assert_string_equal(buf_str(&b),
			    "\"a\\\"b\\\\c\\n\\u0001\\u007f\xc3\xa9\xef\xbf\xbd"
			    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
}

static void
json_objects_get_their_commas(void **state)
{
	auto_buf b = BUF_INIT(1000);
	struct json_writer w;
	(void)state;
	json_begin(&w, &b);
	json_open_object(&w, NULL);
	json_str(&w, "a", "x");
	json_str(&w, "n", NULL);
	json_opt_str(&w, "left out", NULL);
	json_open_array(&w, "list");
	json_int(&w, NULL, -1);
	json_bool(&w, NULL, true);
	json_open_object(&w, NULL);
	json_close_object(&w);
	json_close_array(&w);
	json_raw(&w, "raw", "[1]");
	json_close_object(&w);
	assert_string_equal(buf_str(&b),
			    "{\"a\":\"x\",\"n\":null,\"list\":[-1,true,{}],\"raw\":[1]}");
}

/* What log_write puts on a pipe. */
static void
logged(enum log_format format, const char *outside, char *out, size_t size)
{
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	log_init(format, LOG_LEVEL_INFO, fds[1]);
	log_info(log_msg("request refused"), log_str("why", outside),
		 log_str("none", NULL), log_uint("bytes", 7),
		 log_secs("seconds", 1500000));
	log_debug(log_msg("too low"));
	log_init(LOG_FORMAT_LOGFMT, LOG_LEVEL_WARNING, STDERR_FILENO);
	close(fds[1]);
	ssize_t n = read(fds[0], out, size - 1);
	close(fds[0]);
	assert_true(n > 0);
	out[n] = '\0';
}

static void
a_log_line_cannot_be_forged_from_outside(void **state)
{
	char line[1000];
	(void)state;
	logged(LOG_FORMAT_LOGFMT, "x\nlevel=error msg=\"forged\"", line, sizeof(line));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_non_null(
		strstr(line, " level=info msg=\"request refused\" why=\"x\\nlevel="));
	assert_non_null(strstr(line, " bytes=7 seconds=1.500000\n"));
	assert_null(strstr(line, "none="));
}

static void
a_json_log_line_is_one_object(void **state)
{
	char line[1000];
	(void)state;
	logged(LOG_FORMAT_JSON, "say \"hi\"", line, sizeof(line));
	assert_non_null(strstr(line, "\"level\":\"info\",\"msg\":\"request refused\","
				     "\"why\":\"say \\\"hi\\\"\",\"bytes\":7"));
	assert_string_equal(line + strlen(line) - 2, "}\n");
}

static void
a_field_that_does_not_fit_is_left_out_of_the_line(void **state)
{
	static char huge[20000];
	char line[16000];
	(void)state;
	memset(huge, 'y', sizeof(huge) - 1);
	logged(LOG_FORMAT_LOGFMT, huge, line, sizeof(line));
	assert_null(strstr(line, "why="));
	assert_non_null(strstr(line, " bytes=7 "));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_buffer_refuses_what_goes_over_its_limit_and_keeps_what_it_has),
		cmocka_unit_test(a_buffer_grows_to_exactly_its_limit),
		cmocka_unit_test(a_text_taken_from_a_buffer_leaves_it_empty),
		cmocka_unit_test(removing_from_the_front_keeps_the_rest),
		cmocka_unit_test(numbers_are_whole_texts_within_bounds),
		cmocka_unit_test(durations_have_units),
		cmocka_unit_test(sizes_have_binary_units),
		cmocka_unit_test(the_nearest_word_is_found_when_one_is_near),
		cmocka_unit_test(json_strings_escape_what_json_demands),
		cmocka_unit_test(json_objects_get_their_commas),
		cmocka_unit_test(a_log_line_cannot_be_forged_from_outside),
		cmocka_unit_test(a_json_log_line_is_one_object),
		cmocka_unit_test(a_field_that_does_not_fit_is_left_out_of_the_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
