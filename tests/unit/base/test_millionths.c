#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/str.h"

static void
assert_value(const char *text, uint64_t expected)
{
	uint64_t n = 0;
	assert_int_equal(parse_millionths(text, 0, UINT64_MAX, &n), 0);
	assert_int_equal(n, expected);
}

static void
assert_refused(const char *text, int error)
{
	uint64_t n = 7;
	assert_int_equal(parse_millionths(text, 0, UINT64_MAX, &n), error);
	assert_int_equal(n, 7);
}

static void
reads_whole_numbers_and_decimals(void **state)
{
	(void)state;
	assert_value("0", 0);
	assert_value("25", 25000000);
	assert_value("0.1", 100000);
	assert_value("1.50", 1500000);
	assert_value("0.000001", 1);
}

static void
refuses_what_is_no_decimal(void **state)
{
	(void)state;
	const char *const texts[] = {"",   ".",	  ".5", "1.", "1.0000001",
				     "-1", "1e3", " 1", "1 "};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_refused(texts[i], -EINVAL);
	assert_refused(NULL, -EINVAL);
}

static void
refuses_what_is_out_of_bounds(void **state)
{
	(void)state;
	uint64_t n = 0;
	assert_refused("99999999999999999999", -ERANGE);
	assert_refused("18446744073710", -ERANGE);
	assert_int_equal(parse_millionths("1.1", 0, 1000000, &n), -ERANGE);
	assert_int_equal(parse_millionths("0.5", 1000000, 2000000, &n), -ERANGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_whole_numbers_and_decimals),
		cmocka_unit_test(refuses_what_is_no_decimal),
		cmocka_unit_test(refuses_what_is_out_of_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
