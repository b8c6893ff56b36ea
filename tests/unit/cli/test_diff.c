#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "cli/diff.h"

static void
differs(const char *old, const char *new_text, const char *wanted)
{
	auto_buf out = BUF_INIT(MIB);
	assert_int_equal(diff_lines(old, new_text, false, &out), 0);
	assert_string_equal(buf_str(&out), wanted);
}

static void
shows_what_was_added_removed_and_changed(void **state)
{
	(void)state;
	differs("a\nb\nc\n", "a\nb\nc\n", "");
	differs("", "a\nb\n", "+a\n+b\n");
	differs("a\nb\n", "", "-a\n-b\n");
	differs("a\nb\nc\n", "a\nx\nc\n", "-b\n+x\n");
	differs("a\nb\nc\nd\n", "b\nx\nd\n", "-a\n-c\n+x\n");
	differs("a\nb\n", "b\na\n", "-a\n+a\n");
	differs("a", "a\n", "");
}

static void
leaves_values_out(void **state)
{
	(void)state;
	auto_buf out = BUF_INIT(MIB);
	assert_int_equal(diff_lines("KEY=old\n# x\n", "KEY=new=er\n", true, &out), 0);
	assert_string_equal(buf_str(&out), "-KEY\n-# x\n+KEY\n");
}

/* Applying it to the old lines has to give the new ones, whatever the sizes. */
static void
shows_everything_of_long_texts_too(void **state)
{
	(void)state;
	auto_buf old = BUF_INIT(MIB);
	auto_buf new_text = BUF_INIT(MIB);
	auto_buf out = BUF_INIT(MIB);
	for (int i = 0; i <= LIMIT_DIFF_LINES; i++) {
		buf_printf(&old, "old %d\n", i);
		buf_printf(&new_text, "new %d\n", i);
	}
	assert_int_equal(diff_lines(buf_str(&old), buf_str(&new_text), false, &out), 0);
	size_t lines = 2 * (LIMIT_DIFF_LINES + 1);
	assert_int_equal(out.len, old.len + new_text.len + lines);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_was_added_removed_and_changed),
		cmocka_unit_test(leaves_values_out),
		cmocka_unit_test(shows_everything_of_long_texts_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
