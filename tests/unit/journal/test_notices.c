#include <stdio.h>

#include "box.h"

#define MANY 300

struct page {
	uint64_t sequences[MANY];
	char last_payload[64];
	char last_topic[64];
	size_t len;
	bool ended;
	int error;
};

static void
on_notice(const struct notice *n, void *arg)
{
	struct page *p = arg;
	assert_false(p->ended);
	p->sequences[p->len++] = n->sequence;
	snprintf(p->last_payload, sizeof(p->last_payload), "%s", n->payload);
	snprintf(p->last_topic, sizeof(p->last_topic), "%s", n->topic);
}

static void
on_end(int error, void *arg)
{
	struct page *p = arg;
	assert_false(p->ended);
	p->ended = true;
	p->error = error;
}

static struct page
read_page(struct box *b, uint64_t after, unsigned max)
{
	struct page p = {.len = 0};
	assert_int_equal(
		journal_read_notices(b->journal, after, max, on_notice, on_end, &p), 0);
	assert_false(p.ended);
	box_wait(b, &p.ended);
	assert_int_equal(p.error, 0);
	return p;
}

static void
replay(struct box *b, uint64_t after, int64_t since_us)
{
	struct page p = {.len = 0};
	assert_int_equal(journal_replay_notices(b->journal, after, since_us, on_end, &p),
			 0);
	box_wait(b, &p.ended);
	assert_int_equal(p.error, 0);
}

static void
reads_a_notice_as_it_was_written(void **state)
{
	struct box *b = *state;
	uint64_t sequence = box_put_notice(b, "{\"a\": 1}");
	struct page p = read_page(b, 0, 10);
	assert_int_equal(p.len, 1);
	assert_int_equal(p.sequences[0], sequence);
	assert_string_equal(p.last_payload, "{\"a\": 1}");
	assert_string_equal(p.last_topic, "event/job/started");
}

static void
numbers_notices_in_their_order_without_gaps(void **state)
{
	struct box *b = *state;
	for (uint64_t i = 1; i <= 20; i++)
		assert_int_equal(box_put_notice(b, "{}"), i);
}

static void
reads_in_pages(void **state)
{
	struct box *b = *state;
	for (int i = 0; i < 7; i++)
		box_put_notice(b, "{}");
	struct page p = read_page(b, 0, 5);
	assert_int_equal(p.len, 5);
	p = read_page(b, p.sequences[4], 5);
	assert_int_equal(p.len, 2);
	p = read_page(b, p.sequences[1], 5);
	assert_int_equal(p.len, 0);
}

static void
sees_what_was_submitted_before_the_reading(void **state)
{
	struct box *b = *state;
	struct page p = {.len = 0};
	for (int i = 0; i < MANY; i++) {
		struct journal_txn *t = journal_txn_new();
		struct notice *n = a_notice((struct id){""}, "{}");
		assert_int_equal(journal_txn_notice(t, n), 0);
		assert_int_equal(journal_submit(b->journal, t, NULL, NULL), 0);
		notice_free(n);
	}
	assert_int_equal(journal_read_notices(b->journal, 0, MANY, on_notice, on_end, &p),
			 0);
	box_wait(b, &p.ended);
	assert_int_equal(p.len, MANY);
}

static void
leaves_out_what_is_acknowledged_or_parked(void **state)
{
	struct box *b = *state;
	uint64_t one = box_put_notice(b, "{}");
	uint64_t two = box_put_notice(b, "{}");
	uint64_t three = box_put_notice(b, "{}");
	box_ack(b, one, 16);
	box_ack(b, three, 135);
	struct page p = read_page(b, 0, 10);
	assert_int_equal(p.len, 1);
	assert_int_equal(p.sequences[0], two);
	assert_int_equal(box_count(b, "notice", "pending"), 1);
	assert_int_equal(box_count(b, "notice", "acked"), 1);
	assert_int_equal(box_count(b, "notice", "parked"), 1);
}

static void
replays_what_was_acknowledged_since_a_time(void **state)
{
	struct box *b = *state;
	uint64_t early = box_put_notice(b, "{}");
	uint64_t late = box_put_notice(b, "{}");
	uint64_t parked = box_put_notice(b, "{}");
	box_ack(b, early, 0);
	int64_t since = clock_wall_us() + 1;
	while (clock_wall_us() <= since)
		continue;
	box_ack(b, late, 0);
	box_ack(b, parked, 151);
	assert_int_equal(read_page(b, 0, 10).len, 0);
	replay(b, 0, since);
	struct page p = read_page(b, 0, 10);
	assert_int_equal(p.len, 1);
	assert_int_equal(p.sequences[0], late);
}

static void
replays_what_was_acknowledged_behind_a_sequence(void **state)
{
	struct box *b = *state;
	uint64_t first = box_put_notice(b, "{}");
	uint64_t second = box_put_notice(b, "{}");
	box_ack(b, first, 0);
	box_ack(b, second, 16);
	replay(b, second, 0);
	assert_int_equal(read_page(b, 0, 10).len, 0);
	replay(b, first, 0);
	struct page p = read_page(b, 0, 10);
	assert_int_equal(p.len, 1);
	assert_int_equal(p.sequences[0], second);
}

static uint64_t
load_marker(struct box *b)
{
	uint64_t sequence = 7;
	char *error = NULL;
	struct journal_reader *r = journal_reader_open(b->url, &error);
	assert_non_null(r);
	assert_int_equal(journal_load_marker(r, &sequence), 0);
	journal_reader_close(r);
	return sequence;
}

static void
keeps_the_last_marker(void **state)
{
	struct box *b = *state;
	assert_int_equal(load_marker(b), 0);
	for (uint64_t n = 41; n <= 42; n++) {
		struct journal_txn *t = journal_txn_new();
		assert_int_equal(journal_txn_marker(t, n), 0);
		assert_int_equal(box_commit(b, t, NULL), JOURNAL_COMMITTED);
	}
	assert_int_equal(load_marker(b), 42);
}

static void
ignores_a_sequence_that_is_not_there(void **state)
{
	box_ack(*state, 12345, 0);
	assert_int_equal(box_count(*state, "notice", NULL), 0);
}

static void
never_gives_a_sequence_twice(void **state)
{
	struct box *b = *state;
	uint64_t last = 0;
	for (int i = 0; i < 5; i++)
		last = box_put_notice(b, "{}");
	for (uint64_t i = 1; i <= last; i++)
		box_ack(b, i, 0);
	box_close(b);
	box_sql(b, "UPDATE notice SET settled_us = 1, created_us = 1");
	box_open(b);
	uint64_t deadline = clock_mono_us() + 20000000;
	while (box_count(b, "notice", NULL) > 0)
		assert_true(clock_mono_us() < deadline);
	box_reopen(b);
	assert_int_equal(box_put_notice(b, "{}"), last + 1);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
		TEST(reads_a_notice_as_it_was_written),
		TEST(numbers_notices_in_their_order_without_gaps),
		TEST(reads_in_pages),
		TEST(sees_what_was_submitted_before_the_reading),
		TEST(leaves_out_what_is_acknowledged_or_parked),
		TEST(replays_what_was_acknowledged_since_a_time),
		TEST(replays_what_was_acknowledged_behind_a_sequence),
		TEST(keeps_the_last_marker),
		TEST(ignores_a_sequence_that_is_not_there),
		TEST(never_gives_a_sequence_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
