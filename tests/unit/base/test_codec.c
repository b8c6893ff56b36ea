#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/codec.h"

static void
hex_goes_there_and_back(void **state)
{
	(void)state;
	auto_buf text = BUF_INIT(100);
	assert_int_equal(hex_encode(&text, "\x00\xff\x1a", 3), 0);
	assert_string_equal(buf_str(&text), "00ff1a");
	unsigned char back[3] = {0};
	assert_int_equal(hex_decode("00FF1a", 6, back, sizeof(back)), 3);
	assert_memory_equal(back, "\x00\xff\x1a", 3);
}

static void
hex_refuses_rubbish(void **state)
{
	(void)state;
	char out[8] = {0};
	assert_int_equal(hex_decode("0", 1, out, sizeof(out)), -EINVAL);
	assert_int_equal(hex_decode("0g", 2, out, sizeof(out)), -EINVAL);
	assert_int_equal(hex_decode(" 00", 3, out, sizeof(out)), -EINVAL);
	assert_int_equal(hex_decode("001122", 6, out, 2), -EMSGSIZE);
}

static void
base64_takes_both_alphabets_and_optional_padding(void **state)
{
	(void)state;
	static const char *const forms[] = {"+/8=", "+/8", "-_8=", "-_8"};
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		auto_buf out = BUF_INIT(100);
		assert_int_equal(base64_decode(&out, forms[i], strlen(forms[i])), 0);
		assert_int_equal(out.len, 2);
		assert_memory_equal(out.data, "\xfb\xff", 2);
	}
}

static void
base64_refuses_blanks_and_cut_texts(void **state)
{
	(void)state;
	static const char *const bad[] = {"+", "+/8==", "a b=", "YW=j", "====", "YWJj\n"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_buf out = BUF_INIT(100);
		assert_int_equal(base64_decode(&out, bad[i], strlen(bad[i])), -EINVAL);
	}
}

static void
form_values_are_decoded(void **state)
{
	(void)state;
	static const char form[] = "a=1&payload=%7B%22x%22%3A+1%7D&payload=2";
	auto_buf out = BUF_INIT(100);
	assert_int_equal(form_get(&out, form, sizeof(form) - 1, "payload"), 0);
	assert_string_equal(buf_str(&out), "{\"x\": 1}");
	assert_int_equal(form_get(&out, form, sizeof(form) - 1, "b"), -ENOENT);
	assert_int_equal(form_get(&out, "a=%2", 4, "a"), -EINVAL);
	assert_int_equal(form_count("a=1&%61=2&b&aa=3&a", 18, "a"), 3);
	assert_int_equal(form_count("", 0, "a"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_goes_there_and_back),
		cmocka_unit_test(hex_refuses_rubbish),
		cmocka_unit_test(base64_takes_both_alphabets_and_optional_padding),
		cmocka_unit_test(base64_refuses_blanks_and_cut_texts),
		cmocka_unit_test(form_values_are_decoded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
