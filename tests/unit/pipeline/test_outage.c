/* When a Forge that is away is asked again, and by whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pipeline/outage.h"

#define SECOND 1000000U

static const struct outage_cause refused = {FORGE_NETWORK, 0, "cannot reach Forge"};

static void
nobody_waits_while_forge_is_there(void **state)
{
	struct outage o = {0};
	(void)state;
	assert_false(outage_is_on(&o));
	for (uint64_t now = 0; now < 10; now++)
		assert_int_equal(outage_ask(&o, now, SECOND), 0);
	assert_false(outage_is_on(&o));
}

static void
one_of_many_is_the_probe(void **state)
{
	struct outage o = {0};
	unsigned probes = 0;
	(void)state;
	outage_begin(&o, &refused, 5 * SECOND, 2 * SECOND);
	assert_int_equal(outage_ask(&o, 6 * SECOND, 4 * SECOND), SECOND);
	for (unsigned i = 0; i < 100; i++)
		probes += outage_ask(&o, 7 * SECOND, 4 * SECOND) == 0;
	assert_int_equal(probes, 1);
	assert_int_equal(outage_ask(&o, 10 * SECOND, 4 * SECOND), SECOND);
	assert_int_equal(outage_ask(&o, 11 * SECOND, 4 * SECOND), 0);
}

static void
many_calls_that_fail_at_once_are_one_outage(void **state)
{
	struct outage o = {0};
	(void)state;
	outage_begin(&o, &refused, 0, 2 * SECOND);
	for (unsigned i = 0; i < 100; i++)
		outage_begin(&o, &refused, SECOND, 60 * SECOND);
	assert_int_equal(o.probes, 1);
	assert_int_equal(outage_ask(&o, 2 * SECOND, SECOND), 0);
}

static void
an_answer_ends_it(void **state)
{
	struct outage o = {0};
	(void)state;
	outage_begin(&o, &refused, 0, 60 * SECOND);
	assert_true(outage_is_on(&o));
	outage_end(&o);
	assert_int_equal(outage_ask(&o, 1, SECOND), 0);
}

/* At the 60 requests a minute that Forge allows. */
static void
a_long_outage_costs_at_most_a_probe_in_30_s(void **state)
{
	struct outage o = {0};
	struct forge_options options = {.token = "t", .requests_per_minute = 60};
	struct forge_client *client = forge_client_new(NULL, &options);
	uint64_t now = 0;
	unsigned probes = 0;
	(void)state;
	assert_non_null(client);
	outage_begin(&o, &refused, now, outage_spacing_us(&o, client));
	uint64_t hour = 3600 * (uint64_t)SECOND;
	while (now < hour) {
		uint64_t wait = outage_ask(&o, now, outage_spacing_us(&o, client));
		probes += wait == 0;
		if (wait == 0 && o.probes > 6)
			assert_true(o.next_us - now >= 30 * (uint64_t)SECOND);
		now += wait > 0 ? wait : 1;
	}
	assert_in_range(probes, 60, 125);
	forge_client_free(client);
}

static void
a_cause_is_its_kind_and_status(void **state)
{
	struct outage_cause a;
	struct outage_cause b;
	struct forge_result r = {
		.kind = FORGE_SERVER, .status = 502, .message = "after 1 ms"};
	(void)state;
	outage_cause_set(&a, &r, " (HTTP 502)");
	assert_string_equal(a.text, "after 1 ms (HTTP 502)");
	r.message = "after 2 ms";
	outage_cause_set(&b, &r, "");
	assert_true(outage_cause_same(&a, &b));
	r.status = 500;
	outage_cause_set(&b, &r, "");
	assert_false(outage_cause_same(&a, &b));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_waits_while_forge_is_there),
		cmocka_unit_test(one_of_many_is_the_probe),
		cmocka_unit_test(many_calls_that_fail_at_once_are_one_outage),
		cmocka_unit_test(an_answer_ends_it),
		cmocka_unit_test(a_long_outage_costs_at_most_a_probe_in_30_s),
		cmocka_unit_test(a_cause_is_its_kind_and_status),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
