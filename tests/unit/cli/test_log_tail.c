#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/log_tail.h"

static void
shows_what_was_appended(void **state)
{
	(void)state;
	assert_string_equal(log_tail_new("a\nb\n", "a\nb\nc\n"), "c\n");
	assert_string_equal(log_tail_new("a\nb\n", "a\nb\n"), "");
	assert_string_equal(log_tail_new("", "a\n"), "a\n");
}

static void
finds_its_place_when_old_lines_have_left(void **state)
{
	(void)state;
	assert_string_equal(log_tail_new("a\nb\nc\n", "b\nc\nd\n"), "d\n");
	assert_string_equal(log_tail_new("x\nx\nx\n", "x\nx\nx\n"), "");
}

static void
shows_everything_of_another_text(void **state)
{
	(void)state;
	assert_string_equal(log_tail_new("a\nb\n", "c\nd\n"), "c\nd\n");
	assert_string_equal(log_tail_new("a\nb\n", ""), "");
}

static void
goes_on_in_the_middle_of_a_line(void **state)
{
	(void)state;
	assert_string_equal(log_tail_new("a\nhal", "a\nhalf\n"), "f\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_was_appended),
		cmocka_unit_test(finds_its_place_when_old_lines_have_left),
		cmocka_unit_test(shows_everything_of_another_text),
		cmocka_unit_test(goes_on_in_the_middle_of_a_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
