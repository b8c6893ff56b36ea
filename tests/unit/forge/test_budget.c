#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "forge/budget.h"

#define S UINT64_C(1000000)

static const struct budget_report nothing = {-1, -1, -1};

/* Takes a ticket that must be there. */
static struct budget_ticket
take(struct budget *b, uint64_t now)
{
	assert_int_equal(budget_when(b, now), 0);
	return budget_take(b, now);
}

static void
sixty_requests_go_in_a_window(void **state)
{
	(void)state;
	struct budget b;
	budget_init(&b, 60);
	for (unsigned i = 0; i < 60; i++) {
		struct budget_ticket t = take(&b, 100 * S);
		budget_answered(&b, t, &nothing, 101 * S);
	}
	assert_int_equal(budget_when(&b, 102 * S), 161 * S);
	assert_int_equal(budget_when(&b, 161 * S), 0);
	assert_int_equal(budget_remaining(&b), 60);
}

static void
a_window_begins_with_its_first_answer(void **state)
{
	(void)state;
	struct budget b;
	budget_init(&b, 1);
	struct budget_ticket t = take(&b, 100 * S);
	assert_int_equal(budget_when(&b, 100 * S), BUDGET_WAIT);
	budget_answered(&b, t, &nothing, 107 * S);
	assert_int_equal(budget_when(&b, 108 * S), 167 * S);
}

static void
forges_own_count_is_the_truth(void **state)
{
	(void)state;
	struct budget b;
	budget_init(&b, 60);
	struct budget_ticket t = take(&b, 100 * S);
	/* somebody else has used 55 of this user's requests */
	budget_answered(&b, t, &(struct budget_report){60, 4, 20 * (int64_t)S}, 101 * S);
	for (unsigned i = 0; i < 4; i++)
		take(&b, 102 * S);
	assert_int_equal(budget_when(&b, 102 * S), 121 * S);
}

static void
requests_under_way_count_as_used_whatever_the_order_of_answers(void **state)
{
	(void)state;
	struct budget b;
	budget_init(&b, 100);
	struct budget_ticket first = take(&b, 100 * S);
	budget_answered(&b, first, &(struct budget_report){10, 9, -1}, 100 * S);
	struct budget_ticket t[8];
	for (unsigned i = 0; i < 8; i++)
		t[i] = take(&b, 101 * S);
	assert_int_equal(budget_remaining(&b), 1);
	/* the last of them is answered first: 9 used, of which 7 are still under way */
	budget_answered(&b, t[7], &(struct budget_report){10, 1, -1}, 102 * S);
	assert_int_not_equal(budget_when(&b, 102 * S), 0);
	for (unsigned i = 0; i < 7; i++)
		budget_answered(&b, t[i], &(struct budget_report){10, 8 - i, -1},
				103 * S);
	assert_int_equal(budget_remaining(&b), 1);
}

static void
the_configured_budget_holds_below_forges(void **state)
{
	(void)state;
	struct budget b;
	budget_init(&b, 2);
	struct budget_ticket t = take(&b, 100 * S);
	budget_answered(&b, t, &(struct budget_report){60, 59, -1}, 100 * S);
	t = take(&b, 101 * S);
	budget_answered(&b, t, &(struct budget_report){60, 58, -1}, 101 * S);
	assert_int_equal(budget_when(&b, 101 * S), 160 * S);
}

static void
a_count_that_starts_again_is_a_new_window(void **state)
{
	(void)state;
	struct budget b;
	budget_init(&b, 100);
	struct budget_ticket t = take(&b, 100 * S);
	budget_answered(&b, t, &(struct budget_report){10, 2, -1}, 100 * S);
	t = take(&b, 110 * S);
	budget_answered(&b, t, &(struct budget_report){10, 9, -1}, 110 * S);
	assert_int_equal(budget_remaining(&b), 9);
}

static void
a_late_answer_of_the_last_window_does_not_fill_the_new_one(void **state)
{
	(void)state;
	struct budget b;
	budget_init(&b, 60);
	struct budget_ticket t = take(&b, 100 * S);
	budget_answered(&b, t, &(struct budget_report){10, 9, 5 * (int64_t)S}, 100 * S);
	struct budget_ticket late = take(&b, 104 * S);
	assert_int_equal(budget_when(&b, 106 * S), 0);
	budget_answered(&b, late, &(struct budget_report){10, 0, -1}, 106 * S);
	assert_int_equal(budget_when(&b, 106 * S), 0);
}

static void
a_refusal_blocks_everybody_until_its_time(void **state)
{
	(void)state;
	struct budget b;
	budget_init(&b, 60);
	take(&b, 100 * S);
	assert_int_equal(budget_refused(&b,
					&(struct budget_report){60, 0, 30 * (int64_t)S},
					101 * S),
			 131 * S);
	assert_int_equal(budget_when(&b, 130 * S), 131 * S);
	/* then one tries, and the others wait for what it hears */
	take(&b, 131 * S);
	assert_int_equal(budget_when(&b, 131 * S), BUDGET_WAIT);
}

static void
a_refusal_without_a_time_backs_off(void **state)
{
	(void)state;
	struct budget b;
	budget_init(&b, 60);
	uint64_t now = 100 * S;
	static const uint64_t most[] = {5, 10, 20, 40, 60, 60};
	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		take(&b, now);
		uint64_t until = budget_refused(&b, &nothing, now);
		assert_in_range(until - now, most[i] * S / 2, most[i] * S);
		now = until;
	}
}

static void
a_refusal_with_a_time_of_zero_does_not_spin(void **state)
{
	(void)state;
	struct budget b;
	budget_init(&b, 60);
	take(&b, 100 * S);
	assert_int_equal(budget_refused(&b, &(struct budget_report){60, 0, 0}, 100 * S),
			 101 * S);
}

static void
what_was_not_sent_costs_nothing(void **state)
{
	(void)state;
	struct budget b;
	budget_init(&b, 1);
	struct budget_ticket t = take(&b, 100 * S);
	budget_lost(&b, t, false, 101 * S);
	t = take(&b, 101 * S);
	budget_lost(&b, t, true, 102 * S);
	assert_int_equal(budget_when(&b, 103 * S), 162 * S);
}

static void
at_most_sixteen_requests_are_under_way(void **state)
{
	(void)state;
	struct budget b;
	budget_init(&b, 1000);
	for (unsigned i = 0; i < LIMIT_FORGE_IN_FLIGHT; i++)
		take(&b, 100 * S);
	assert_int_equal(budget_when(&b, 100 * S), BUDGET_WAIT);
}

static void
waiting_times_shrink_with_a_greater_budget(void **state)
{
	(void)state;
	struct budget b;
	budget_init(&b, 60);
	assert_int_equal(budget_pace_ms(&b, 5000), 5000);
	budget_init(&b, 30);
	assert_int_equal(budget_pace_ms(&b, 5000), 5000);
	budget_init(&b, 600);
	assert_int_equal(budget_pace_ms(&b, 5000), 500);
	budget_init(&b, 60000);
	assert_int_equal(budget_pace_ms(&b, 5000), 50);
}

#define NOW 1763942400 /* Mon, 24 Nov 2025 00:00:00 GMT */

static void
reads_reset_on_forges_clock(void **state)
{
	(void)state;
	struct budget_headers h = {.limit = "60",
				   .remaining = "0",
				   .reset = "1763942430",
				   .date = "Mon, 24 Nov 2025 00:00:10 GMT"};
	/* our own clock is an hour off */
	struct budget_report r = budget_read(&h, NOW + 3600);
	assert_int_equal(r.limit, 60);
	assert_int_equal(r.remaining, 0);
	assert_int_equal(r.reset_us, 20 * (int64_t)S);
	h.date = NULL;
	assert_int_equal(budget_read(&h, NOW).reset_us, 30 * (int64_t)S);
}

static void
reads_retry_after_in_both_forms(void **state)
{
	(void)state;
	struct budget_headers h = {.retry_after = "17"};
	assert_int_equal(budget_read(&h, NOW).reset_us, 17 * (int64_t)S);
	h.retry_after = "Mon, 24 Nov 2025 00:01:00 GMT";
	assert_int_equal(budget_read(&h, NOW).reset_us, 60 * (int64_t)S);
}

static void
does_not_believe_nonsense(void **state)
{
	(void)state;
	static const char *const odd[] = {"-1", "1e3", "", "soon",
					  "99999999999999999999"};
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct budget_headers h = {odd[i], odd[i], odd[i], odd[i], odd[i]};
		struct budget_report r = budget_read(&h, NOW);
		assert_int_equal(r.limit, -1);
		assert_int_equal(r.remaining, -1);
		assert_int_equal(r.reset_us, -1);
	}
	/* a day away, or gone by */
	struct budget_headers h = {.retry_after = "86400", .reset = "1000"};
	assert_int_equal(budget_read(&h, NOW).reset_us, -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sixty_requests_go_in_a_window),
		cmocka_unit_test(a_window_begins_with_its_first_answer),
		cmocka_unit_test(forges_own_count_is_the_truth),
		cmocka_unit_test(
			requests_under_way_count_as_used_whatever_the_order_of_answers),
		cmocka_unit_test(the_configured_budget_holds_below_forges),
		cmocka_unit_test(a_count_that_starts_again_is_a_new_window),
		cmocka_unit_test(
			a_late_answer_of_the_last_window_does_not_fill_the_new_one),
		cmocka_unit_test(a_refusal_blocks_everybody_until_its_time),
		cmocka_unit_test(a_refusal_without_a_time_backs_off),
		cmocka_unit_test(a_refusal_with_a_time_of_zero_does_not_spin),
		cmocka_unit_test(what_was_not_sent_costs_nothing),
		cmocka_unit_test(at_most_sixteen_requests_are_under_way),
		cmocka_unit_test(waiting_times_shrink_with_a_greater_budget),
		cmocka_unit_test(reads_reset_on_forges_clock),
		cmocka_unit_test(reads_retry_after_in_both_forms),
		cmocka_unit_test(does_not_believe_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
