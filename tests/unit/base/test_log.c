#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/log.h"

#define FIRST "the first"

/* What is written by one line, without its time. */
static const char *
line_of(struct log_budget *b)
{
	static char text[256];
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	log_init(LOG_FORMAT_LOGFMT, LOG_LEVEL_INFO, fds[1]);
	log_info(log_msg(FIRST), log_unsaid(b));
	close(fds[1]);
	ssize_t n = read(fds[0], text, sizeof(text) - 1);
	close(fds[0]);
	assert_true(n > 0);
	text[n] = '\0';
	return strstr(text, "level=");
}

/* Takes all there is of a second: another one begins at most once meanwhile. */
static unsigned
exhaust(struct log_budget *b)
{
	unsigned taken = 0;
	for (unsigned i = 0; i < 10 * LIMIT_LOG_BURST; i++)
		taken += log_budget_take(b);
	return taken;
}

static void
a_budget_bounds_the_lines_of_a_second(void **state)
{
	struct log_budget b = {0};
	(void)state;
	assert_in_range(exhaust(&b), LIMIT_LOG_BURST, 2 * LIMIT_LOG_BURST);
	assert_true(b.unsaid >= 8 * LIMIT_LOG_BURST);
}

static void
what_was_left_out_is_told_once(void **state)
{
	struct log_budget b = {.unsaid = 7};
	(void)state;
	assert_string_equal(line_of(&b), "level=info msg=\"" FIRST "\" unsaid=7\n");
	assert_string_equal(line_of(&b), "level=info msg=\"" FIRST "\"\n");
}

static void
another_second_has_a_budget_of_its_own(void **state)
{
	struct log_budget b = {0};
	(void)state;
	exhaust(&b);
	b.second--;
	assert_true(log_budget_take(&b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_budget_bounds_the_lines_of_a_second),
		cmocka_unit_test(what_was_left_out_is_told_once),
		cmocka_unit_test(another_second_has_a_budget_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
