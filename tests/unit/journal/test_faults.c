/*
 * The Nth write or sync fails, for N over a range: what was acknowledged is there after
 * reopening, nothing is there in part, and the health is as promised.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "box.h"
#include "fault_vfs.h"

#define TXNS	 24
#define IN_BURST 3

static int
setup(void **state)
{
	fault_vfs_install();
	return box_setup(state);
}

/* A delivery with two notices of it: whole or not at all. */
static int
submit(struct box *b, const struct delivery *d, struct answer *a)
{
	struct journal_txn *t = journal_txn_new();
	struct notice *n = a_notice(d->id, "{}");
	assert_int_equal(journal_txn_delivery(t, d), 0);
	assert_int_equal(journal_txn_notice(t, n), 0);
	assert_int_equal(journal_txn_notice(t, n), 0);
	notice_free(n);
	return journal_submit(b->journal, t, on_answer, a);
}

struct ledger {
	struct delivery *deliveries[TXNS];
	struct answer answers[TXNS];
	bool taken[TXNS];
};

/* In bursts, so that batches hold several transactions. */
static void
submit_all(struct box *b, struct ledger *l)
{
	for (unsigned i = 0; i < TXNS; i++) {
		l->deliveries[i] = a_delivery(i);
		for (unsigned k = 0; k < 200; k++)
			buf_printf(&l->deliveries[i]->body, "%u",
				   (i + 1) * (k + 7) * 2654435761U);
		l->taken[i] = submit(b, l->deliveries[i], &l->answers[i]) == 0;
		for (unsigned k = 0; i % IN_BURST == IN_BURST - 1 && k <= i; k++) {
			if (l->taken[k])
				box_wait(b, &l->answers[k].called);
		}
	}
}

/* Rows of delivery and notice that belong to the id. */
static int64_t
rows_of(const struct box *b, const char *table, const char *column, const char *id)
{
	auto_str sql =
		str_format("SELECT count(*) FROM %s WHERE %s = '%s'", table, column, id);
	return box_ask(b, sql);
}

static void
check_one(const struct box *b, const struct ledger *l, unsigned i)
{
	const char *id = l->deliveries[i]->id.text;
	int64_t deliveries = rows_of(b, "delivery", "id", id);
	int64_t notices = rows_of(b, "notice", "delivery", id);
	assert_int_equal(notices, 2 * deliveries);
	if (!l->taken[i] || l->answers[i].done.outcome == JOURNAL_NO_ROOM)
		assert_int_equal(deliveries, 0);
	else if (l->answers[i].done.outcome == JOURNAL_COMMITTED)
		assert_int_equal(deliveries, 1);
	else
		assert_int_equal(l->answers[i].done.outcome, JOURNAL_UNKNOWN);
}

static void
check_all(struct box *b, struct ledger *l)
{
	box_reopen(b);
	for (unsigned i = 0; i < TXNS; i++) {
		check_one(b, l, i);
		delivery_free(l->deliveries[i]);
	}
	assert_int_equal(
		box_ask(b, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"),
		1);
	assert_int_equal(journal_get_health(b->journal), JOURNAL_OK);
}

/* Empties the tables for the next round. */
static void
clear(struct box *b)
{
	box_close(b);
	box_sql(b, "DELETE FROM delivery; DELETE FROM notice;");
	box_open(b);
}

static void
run_rounds(struct box *b, enum fault_kind kind, bool lasting, enum journal_health health)
{
	int nth = 1;
	for (bool fired = true; fired && nth < 200; nth += nth < 12 ? 1 : 8) {
		struct ledger l = {0};
		fault_arm(kind, nth, lasting);
		submit_all(b, &l);
		fired = fault_fired();
		fault_disarm();
		if (fired)
			assert_int_equal(journal_get_health(b->journal), health);
		check_all(b, &l);
		clear(b);
	}
	assert_true(nth > 10);
}

static void
loses_nothing_when_the_disk_is_full_for_a_moment(void **state)
{
	run_rounds(*state, FAULT_WRITE_ENOSPC, false, JOURNAL_FULL);
}

static void
loses_nothing_when_the_disk_is_full(void **state)
{
	run_rounds(*state, FAULT_WRITE_ENOSPC, true, JOURNAL_FULL);
}

static void
ends_when_a_write_fails(void **state)
{
	run_rounds(*state, FAULT_WRITE_EIO, false, JOURNAL_BROKEN);
}

static void
ends_when_a_sync_fails(void **state)
{
	run_rounds(*state, FAULT_SYNC_EIO, false, JOURNAL_BROKEN);
}

static void
says_unknown_when_the_sync_of_a_commit_fails(void **state)
{
	struct box *b = *state;
	struct answer a = {0};
	struct delivery *d = a_delivery(1);
	fault_arm(FAULT_SYNC_EIO, 1, false);
	assert_int_equal(submit(b, d, &a), 0);
	box_wait(b, &a.called);
	assert_int_equal(a.done.outcome, JOURNAL_UNKNOWN);
	assert_int_equal(journal_get_health(b->journal), JOURNAL_BROKEN);
	fault_disarm();
	delivery_free(d);
}

static void
takes_nothing_any_more_when_it_is_broken(void **state)
{
	struct box *b = *state;
	says_unknown_when_the_sync_of_a_commit_fails(state);
	struct answer a = {0};
	struct delivery *d = a_delivery(2);
	assert_int_equal(submit(b, d, &a), -EAGAIN);
	struct journal_txn *t = journal_txn_new();
	assert_int_equal(journal_txn_notice_acked(t, 1, 0), 0);
	assert_int_equal(journal_submit(b->journal, t, on_answer, &a), -EAGAIN);
	journal_dispatch(b->journal);
	assert_false(a.called);
	delivery_free(d);
}

/* The log must not be deleted on the word of a second sync. */
static void
keeps_the_log_when_it_closes_broken(void **state)
{
	struct box *b = *state;
	struct delivery *d = a_delivery(99);
	assert_int_equal(box_put(b, d), JOURNAL_COMMITTED);
	delivery_free(d);
	says_unknown_when_the_sync_of_a_commit_fails(state);
	auto_str log = str_format("%s-wal", b->path);
	box_close(b);
	assert_int_equal(access(log, F_OK), 0);
	box_open(b);
}

static void
records_progress_when_a_delivery_found_no_room(void **state)
{
	struct box *b = *state;
	uint64_t sequence = box_put_notice(b, "{}");
	struct answer a = {0};
	struct delivery *d = a_delivery(1);
	fault_arm(FAULT_WRITE_ENOSPC, 1, false);
	assert_int_equal(submit(b, d, &a), 0);
	box_wait(b, &a.called);
	assert_int_equal(a.done.outcome, JOURNAL_NO_ROOM);
	assert_int_equal(submit(b, d, &a), -EAGAIN);
	box_ack(b, sequence, 0);
	assert_int_equal(box_count(b, "notice", "acked"), 1);
	fault_disarm();
	delivery_free(d);
}

/* Tries until it is taken and committed; fails after 10 s. */
static void
put_when_there_is_room(struct box *b, const struct delivery *d)
{
	uint64_t deadline = clock_mono_us() + 10000000;
	enum journal_outcome outcome = JOURNAL_NO_ROOM;
	while (outcome != JOURNAL_COMMITTED) {
		struct answer a = {0};
		if (submit(b, d, &a) == 0) {
			box_wait(b, &a.called);
			outcome = a.done.outcome;
		}
		struct pollfd p = {.fd = journal_fd(b->journal), .events = POLLIN};
		poll(&p, 1, 20);
		assert_true(clock_mono_us() < deadline);
	}
}

static void
takes_deliveries_again_when_there_is_room(void **state)
{
	struct box *b = *state;
	struct answer a = {0};
	struct delivery *d = a_delivery(1);
	fault_arm(FAULT_WRITE_ENOSPC, 1, true);
	assert_int_equal(submit(b, d, &a), 0);
	box_wait(b, &a.called);
	assert_int_equal(a.done.outcome, JOURNAL_NO_ROOM);
	fault_disarm();
	put_when_there_is_room(b, d);
	assert_int_equal(journal_get_health(b->journal), JOURNAL_OK);
	delivery_free(d);
}

static void
gives_up_its_reserve_and_makes_it_again(void **state)
{
	struct box *b = *state;
	struct answer a = {0};
	auto_str reserve = str_format("%s-reserve", b->path);
	b->options.reserve_bytes = 64 * KIB;
	box_reopen(b);
	assert_int_equal(access(reserve, F_OK), 0);
	struct delivery *d = a_delivery(1);
	fault_arm(FAULT_WRITE_ENOSPC, 1, true);
	assert_int_equal(submit(b, d, &a), 0);
	box_wait(b, &a.called);
	assert_int_equal(access(reserve, F_OK), -1);
	fault_disarm();
	put_when_there_is_room(b, d);
	uint64_t deadline = clock_mono_us() + 10000000;
	while (access(reserve, F_OK) < 0 && clock_mono_us() < deadline)
		poll(NULL, 0, 10);
	assert_int_equal(access(reserve, F_OK), 0);
	delivery_free(d);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, box_teardown)
	const struct CMUnitTest tests[] = {
		TEST(loses_nothing_when_the_disk_is_full_for_a_moment),
		TEST(loses_nothing_when_the_disk_is_full),
		TEST(ends_when_a_write_fails),
		TEST(ends_when_a_sync_fails),
		TEST(says_unknown_when_the_sync_of_a_commit_fails),
		TEST(takes_nothing_any_more_when_it_is_broken),
		TEST(keeps_the_log_when_it_closes_broken),
		TEST(records_progress_when_a_delivery_found_no_room),
		TEST(takes_deliveries_again_when_there_is_room),
		TEST(gives_up_its_reserve_and_makes_it_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
