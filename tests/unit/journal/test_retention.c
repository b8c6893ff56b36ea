#include <sqlite3.h>

#include "box.h"

#define OLD_US (40 * DAY_US)

static struct delivery *
put_old(struct box *b, unsigned n)
{
	struct delivery *d = a_delivery(n);
	d->received_us -= OLD_US;
	assert_int_equal(box_put(b, d), JOURNAL_COMMITTED);
	return d;
}

static void
put_old_job(struct box *b, const struct delivery *d, enum job_state state)
{
	struct job *j = a_job(d->id, state, 2);
	box_put_job(b, j);
	job_free(j);
}

/* Waits until the table has n rows. */
static void
wait_for_rows(struct box *b, const char *table, uint64_t n)
{
	uint64_t deadline = clock_mono_us() + 20000000;
	while (box_count(b, table, NULL) != n) {
		if (clock_mono_us() > deadline)
			fail_msg("%s: not %d rows", table, (int)n);
	}
}

static void
retain_30_days(struct box *b)
{
	b->options.retain_days = 30;
	box_reopen(b);
}

static void
drops_old_deliveries_with_their_jobs(void **state)
{
	struct box *b = *state;
	struct delivery *young = a_delivery(1);
	struct delivery *old = put_old(b, 2);
	put_old_job(b, old, JOB_SUCCEEDED);
	assert_int_equal(box_put(b, young), JOURNAL_COMMITTED);
	put_old_job(b, young, JOB_SUCCEEDED);
	retain_30_days(b);
	wait_for_rows(b, "delivery", 1);
	assert_int_equal(box_count(b, "job", NULL), 1);
	assert_int_equal(box_ask(b, "SELECT count(*) FROM step"), 2);
	assert_int_equal(box_put(b, young), JOURNAL_DUPLICATE);
	delivery_free(young);
	delivery_free(old);
}

static void
drops_many_in_slices(void **state)
{
	struct box *b = *state;
	for (unsigned i = 0; i < 3 * LIMIT_RETAIN_SLICE; i++)
		delivery_free(put_old(b, i));
	retain_30_days(b);
	wait_for_rows(b, "delivery", 0);
}

static void
keeps_everything_without_a_limit(void **state)
{
	struct box *b = *state;
	struct delivery *old = put_old(b, 1);
	/* A notice that goes shows that a round took place. */
	box_ack(b, box_put_notice(b, "{}"), 0);
	box_close(b);
	box_sql(b, "UPDATE notice SET settled_us = 1, created_us = 1");
	box_open(b);
	wait_for_rows(b, "notice", 0);
	assert_int_equal(box_count(b, "delivery", NULL), 1);
	delivery_free(old);
}

static void
keeps_an_old_delivery_whose_job_is_not_at_its_end(void **state)
{
	struct box *b = *state;
	struct delivery *waits = put_old(b, 1);
	struct delivery *runs = put_old(b, 2);
	struct delivery *done = put_old(b, 3);
	put_old_job(b, waits, JOB_WAITING);
	put_old_job(b, waits, JOB_FAILED);
	put_old_job(b, runs, JOB_RUNNING);
	put_old_job(b, done, JOB_FAILED);
	retain_30_days(b);
	wait_for_rows(b, "delivery", 2);
	assert_int_equal(box_count(b, "job", NULL), 3);
	delivery_free(waits);
	delivery_free(runs);
	delivery_free(done);
}

static void
keeps_an_old_delivery_with_a_notice_to_deliver(void **state)
{
	struct box *b = *state;
	struct delivery *untold = put_old(b, 1);
	struct delivery *told = put_old(b, 2);
	struct journal_txn *t = journal_txn_new();
	struct notice *n = a_notice(untold->id, "{}");
	assert_int_equal(journal_txn_notice(t, n), 0);
	assert_int_equal(box_commit(b, t, NULL), JOURNAL_COMMITTED);
	retain_30_days(b);
	wait_for_rows(b, "delivery", 1);
	assert_int_equal(box_put(b, untold), JOURNAL_DUPLICATE);
	box_ack(b, 1, 0);
	box_reopen(b);
	wait_for_rows(b, "delivery", 0);
	notice_free(n);
	delivery_free(untold);
	delivery_free(told);
}

static void
drops_acknowledged_notices_after_a_day(void **state)
{
	struct box *b = *state;
	for (int i = 0; i < 4; i++)
		box_put_notice(b, "{}");
	box_ack(b, 1, 0);
	box_ack(b, 2, 0);
	box_ack(b, 3, 135);
	box_close(b);
	auto_str sql = str_format("UPDATE notice SET created_us = created_us - %lld;"
				  "UPDATE notice SET settled_us = settled_us - %lld"
				  " WHERE seq <> 2",
				  25 * HOUR_US, 25 * HOUR_US);
	box_sql(b, sql);
	box_open(b);
	wait_for_rows(b, "notice", 3);
	assert_int_equal(box_ask(b, "SELECT min(seq) FROM notice"), 2);
}

static void
fill(struct box *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct delivery *d = a_delivery(i);
		for (unsigned k = 0; k < 600; k++)
			buf_printf(&d->body, "%u", (i + 1) * (k + 3) * 2654435761U);
		assert_int_equal(box_put(b, d), JOURNAL_COMMITTED);
		delivery_free(d);
	}
}

static void
drops_the_oldest_when_the_file_is_too_big(void **state)
{
	struct box *b = *state;
	fill(b, 500);
	b->options.retain_bytes = 512 * KIB;
	box_reopen(b);
	uint64_t deadline = clock_mono_us() + 20000000;
	const char *used = "SELECT (page_count - freelist_count) * page_size FROM"
			   " pragma_page_count, pragma_freelist_count,"
			   " pragma_page_size";
	while (box_ask(b, used) > 512 * (int64_t)KIB)
		assert_true(clock_mono_us() < deadline);
	/* no more than needed, and from the old end */
	assert_true(box_ask(b, used) > 400 * (int64_t)KIB);
	assert_int_equal(box_ask(b, "SELECT max(seq) - min(seq) + 1 = count(*)"
				    " AND max(seq) = 500 FROM delivery"),
			 1);
}

static void
uses_the_room_of_dropped_rows_again(void **state)
{
	struct box *b = *state;
	struct journal_stats before;
	struct journal_stats after;
	fill(b, 300);
	box_close(b);
	box_sql(b, "UPDATE delivery SET received_us = 1");
	retain_30_days(b);
	wait_for_rows(b, "delivery", 0);
	journal_get_stats(b->journal, &before);
	fill(b, 300);
	box_reopen(b);
	journal_get_stats(b->journal, &after);
	assert_true(after.file_bytes <= before.file_bytes + 64 * KIB);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
		TEST(drops_old_deliveries_with_their_jobs),
		TEST(drops_many_in_slices),
		TEST(keeps_everything_without_a_limit),
		TEST(keeps_an_old_delivery_whose_job_is_not_at_its_end),
		TEST(keeps_an_old_delivery_with_a_notice_to_deliver),
		TEST(drops_acknowledged_notices_after_a_day),
		TEST(drops_the_oldest_when_the_file_is_too_big),
		TEST(uses_the_room_of_dropped_rows_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
