#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/retry.h"

#define NOON_US 1795435200000000 /* 2026-11-23T12:00:00Z */

static void
formats_rfc_3339_in_utc(void **state)
{
	(void)state;
	char text[CLOCK_TEXT_SIZE];
	assert_string_equal(clock_format(NOON_US + 7999, text),
			    "2026-11-23T12:00:00.007Z");
	assert_string_equal(clock_format(0, text), "1970-01-01T00:00:00.000Z");
}

static void
parses_offsets_and_fractions(void **state)
{
	(void)state;
	static const char *const same[] = {
		"2026-11-23T12:00:00Z", "2026-11-23T13:00:00+01:00",
		"2026-11-23T06:30:00.0000000-05:30", "2026-11-23T12:00:00.000Z"};
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		int64_t us = 0;
		assert_int_equal(clock_parse(same[i], &us), 0);
		assert_int_equal(us, NOON_US);
	}
	int64_t us = 0;
	assert_int_equal(clock_parse("2026-11-23T12:00:00.123456789Z", &us), 0);
	assert_int_equal(us, NOON_US + 123456);
}

static void
refuses_what_is_no_time(void **state)
{
	(void)state;
	static const char *const bad[] = {"",
					  "2026-11-23",
					  "2026-11-23 12:00:00Z",
					  "2026-11-23T12:00:00",
					  "2026-11-23T12:00:00+1:00",
					  "2026-11-23T12:00:00+01:00x",
					  "2026-11-23T25:00:00Z",
					  "2026-13-23T12:00:00Z",
					  "2026-11-23T12:00:00+24:00"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		int64_t us = 0;
		assert_int_equal(clock_parse(bad[i], &us), -EINVAL);
	}
	int64_t us = 0;
	assert_int_equal(clock_parse(NULL, &us), -EINVAL);
}

static void
ids_are_valid_and_rise(void **state)
{
	(void)state;
	struct id last = id_new();
	for (int i = 0; i < 10000; i++) {
		struct id next = id_new();
		assert_true(id_is_valid(next.text));
		assert_true(strcmp(last.text, next.text) < 0);
		last = next;
	}
}

static void
refuses_what_is_no_id(void **state)
{
	(void)state;
	static const char *const bad[] = {"",
					  "01ARZ3NDEKTSV4RRFFQ69G5FA",
					  "01ARZ3NDEKTSV4RRFFQ69G5FAVX",
					  "01arz3ndektsv4rrffq69g5fav",
					  "01ARZ3NDEKTSV4RRFFQ69G5FAU",
					  "81ARZ3NDEKTSV4RRFFQ69G5FAV"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_false(id_is_valid(bad[i]));
		assert_string_equal(id_from(bad[i]).text, "");
	}
	assert_true(id_is_valid("01ARZ3NDEKTSV4RRFFQ69G5FAV"));
	assert_false(id_is_valid(NULL));
}

static void
delays_double_up_to_the_cap_with_jitter(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_in_range(retry_delay_ms(1, 100, 5000), 50, 100);
		assert_in_range(retry_delay_ms(4, 100, 5000), 400, 800);
		assert_in_range(retry_delay_ms(9, 100, 5000), 2500, 5000);
		assert_in_range(retry_delay_ms(4000000000, 100, 5000), 2500, 5000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_rfc_3339_in_utc),
		cmocka_unit_test(parses_offsets_and_fractions),
		cmocka_unit_test(refuses_what_is_no_time),
		cmocka_unit_test(ids_are_valid_and_rise),
		cmocka_unit_test(refuses_what_is_no_id),
		cmocka_unit_test(delays_double_up_to_the_cap_with_jitter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
