#include "box.h"

#define BURST 50

static void
submit(struct box *b, const struct delivery *d, struct notice *n, struct answer *a)
{
	struct journal_txn *t = journal_txn_new();
	assert_int_equal(journal_txn_delivery(t, d), 0);
	if (n)
		assert_int_equal(journal_txn_notice(t, n), 0);
	assert_int_equal(journal_submit(b->journal, t, on_answer, a), 0);
}

static void
keeps_one_of_fifty_that_are_the_same(void **state)
{
	struct box *b = *state;
	struct delivery *d[BURST];
	struct answer a[BURST] = {0};
	struct notice *n = a_notice((struct id){""}, "{}");
	for (unsigned i = 0; i < BURST; i++) {
		d[i] = a_delivery(7);
		submit(b, d[i], n, &a[i]);
	}
	box_wait(b, &a[BURST - 1].called);
	assert_int_equal(a[0].done.outcome, JOURNAL_COMMITTED);
	for (unsigned i = 1; i < BURST; i++) {
		assert_int_equal(a[i].done.outcome, JOURNAL_DUPLICATE);
		assert_string_equal(a[i].done.duplicate_of.text, d[0]->id.text);
		assert_int_equal(a[i].done.last_sequence, 0);
	}
	assert_int_equal(box_count(b, "delivery", NULL), 1);
	assert_int_equal(box_count(b, "notice", NULL), 1);
	for (unsigned i = 0; i < BURST; i++)
		delivery_free(d[i]);
	notice_free(n);
}

static void
knows_a_delivery_from_before_a_restart(void **state)
{
	struct box *b = *state;
	struct delivery *d = a_delivery(7);
	struct delivery *again = a_delivery(7);
	assert_int_equal(box_put(b, d), JOURNAL_COMMITTED);
	box_reopen(b);
	assert_int_equal(box_put(b, again), JOURNAL_DUPLICATE);
	delivery_free(d);
	delivery_free(again);
}

static void
takes_the_same_key_from_another_source(void **state)
{
	struct delivery *d = a_delivery(7);
	struct delivery *other = a_delivery(7);
	assert_int_equal(str_set(&other->source, "lab"), 0);
	assert_int_equal(box_put(*state, d), JOURNAL_COMMITTED);
	assert_int_equal(box_put(*state, other), JOURNAL_COMMITTED);
	delivery_free(d);
	delivery_free(other);
}

/* The same key again, received that much later. */
static enum journal_outcome
put_later(struct box *b, const char *key, int64_t later_us)
{
	struct delivery *d = a_delivery(1);
	assert_int_equal(str_set(&d->dedupe_key, key), 0);
	d->received_us = 1700000000000000 + later_us;
	enum journal_outcome outcome = box_put(b, d);
	delivery_free(d);
	return outcome;
}

static void
takes_a_body_without_an_id_again_after_a_day(void **state)
{
	struct box *b = *state;
	assert_int_equal(put_later(b, "body:aa", 0), JOURNAL_COMMITTED);
	assert_int_equal(put_later(b, "body:aa", DAY_US - 1), JOURNAL_DUPLICATE);
	assert_int_equal(put_later(b, "body:aa", DAY_US), JOURNAL_COMMITTED);
	assert_int_equal(put_later(b, "body:aa", DAY_US + HOUR_US), JOURNAL_DUPLICATE);
	assert_int_equal(put_later(b, "body:aa", 2 * DAY_US), JOURNAL_COMMITTED);
	assert_int_equal(box_count(b, "delivery", NULL), 3);
}

static void
never_takes_a_delivery_with_an_id_again(void **state)
{
	struct box *b = *state;
	assert_int_equal(put_later(b, "id:aa", 0), JOURNAL_COMMITTED);
	assert_int_equal(put_later(b, "id:aa", 20 * DAY_US), JOURNAL_DUPLICATE);
}

/* An id that is there already under another key: no honest caller does that. */
static void
one_that_cannot_be_written_leaves_the_others_of_its_batch(void **state)
{
	struct box *b = *state;
	struct delivery *d[BURST];
	struct answer a[BURST] = {0};
	for (unsigned i = 0; i < BURST; i++) {
		d[i] = a_delivery(i);
		if (i == 20)
			d[i]->id = d[0]->id;
		submit(b, d[i], NULL, &a[i]);
	}
	box_wait(b, &a[BURST - 1].called);
	for (unsigned i = 0; i < BURST; i++) {
		assert_int_equal(a[i].done.outcome,
				 i == 20 ? JOURNAL_UNKNOWN : JOURNAL_COMMITTED);
		delivery_free(d[i]);
	}
	assert_int_equal(box_count(b, "delivery", NULL), BURST - 1);
	assert_int_equal(journal_get_health(b->journal), JOURNAL_OK);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
		TEST(keeps_one_of_fifty_that_are_the_same),
		TEST(knows_a_delivery_from_before_a_restart),
		TEST(takes_the_same_key_from_another_source),
		TEST(takes_a_body_without_an_id_again_after_a_day),
		TEST(never_takes_a_delivery_with_an_id_again),
		TEST(one_that_cannot_be_written_leaves_the_others_of_its_batch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
