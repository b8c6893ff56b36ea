#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#include "box.h"

#include "base/mem.h"

static int
submit(struct box *b, const struct delivery *d, struct answer *a)
{
	struct journal_txn *t = journal_txn_new();
	assert_int_equal(journal_txn_delivery(t, d), 0);
	return journal_submit(b->journal, t, on_answer, a);
}

static int
submit_ack(struct box *b, struct answer *a)
{
	struct journal_txn *t = journal_txn_new();
	assert_int_equal(journal_txn_notice_acked(t, 1, 0), 0);
	return journal_submit(b->journal, t, on_answer, a);
}

/* Another program that writes: the commit thread has to wait for it. */
static sqlite3 *
hold_the_file(const struct box *b)
{
	sqlite3 *db = NULL;
	assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL),
			 SQLITE_OK);
	return db;
}

static void
calls_back_in_the_order_of_submission(void **state)
{
	struct box *b = *state;
	enum { N = 1500 };
	struct delivery **d = x_new_array(struct delivery *, N);
	struct answer *a = x_new_array(struct answer, N);
	box_put_notice(b, "{}");
	unsigned before = 0;
	for (unsigned i = 0; i < N; i++) {
		d[i] = a_delivery(i);
		assert_int_equal(submit(b, d[i], &a[i]), 0);
	}
	box_wait(b, &a[N - 1].called);
	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(a[i].done.outcome, JOURNAL_COMMITTED);
		assert_true(a[i].place > before);
		before = a[i].place;
		delivery_free(d[i]);
	}
	mem_free(d);
	mem_free(a);
}

static void
commits_what_waits_together(void **state)
{
	struct box *b = *state;
	enum { N = 100 };
	struct delivery *d[N];
	struct answer a[N] = {0};
	struct journal_stats stats;
	sqlite3 *other = hold_the_file(b);
	for (unsigned i = 0; i < N; i++) {
		d[i] = a_delivery(i);
		assert_int_equal(submit(b, d[i], &a[i]), 0);
	}
	sqlite3_close(other);
	box_wait(b, &a[N - 1].called);
	journal_get_stats(b->journal, &stats);
	assert_int_equal(stats.transactions, N);
	assert_true(stats.commits <= 2);
	assert_int_equal(stats.queue, 0);
	for (unsigned i = 0; i < N; i++)
		delivery_free(d[i]);
}

static void
refuses_deliveries_when_too_many_wait_but_not_progress(void **state)
{
	struct box *b = *state;
	struct delivery **d = x_new_array(struct delivery *, LIMIT_JOURNAL_QUEUE + 1);
	struct answer *a = x_new_array(struct answer, LIMIT_JOURNAL_PROGRESS + 1);
	sqlite3 *other = hold_the_file(b);
	for (unsigned i = 0; i <= LIMIT_JOURNAL_QUEUE; i++)
		d[i] = a_delivery(i);
	for (unsigned i = 0; i < LIMIT_JOURNAL_QUEUE; i++)
		assert_int_equal(submit(b, d[i], &a[i]), 0);
	assert_int_equal(submit(b, d[LIMIT_JOURNAL_QUEUE], &a[0]), -EAGAIN);
	for (unsigned i = LIMIT_JOURNAL_QUEUE; i < LIMIT_JOURNAL_PROGRESS; i++)
		assert_int_equal(submit_ack(b, &a[i]), 0);
	assert_int_equal(submit_ack(b, &a[0]), -EAGAIN);
	sqlite3_close(other);
	box_wait(b, &a[LIMIT_JOURNAL_PROGRESS - 1].called);
	for (unsigned i = 0; i < LIMIT_JOURNAL_PROGRESS; i++)
		assert_int_equal(a[i].done.outcome, JOURNAL_COMMITTED);
	for (unsigned i = 0; i <= LIMIT_JOURNAL_QUEUE; i++)
		delivery_free(d[i]);
	mem_free(d);
	mem_free(a);
}

static void
refuses_when_too_many_bytes_wait(void **state)
{
	struct box *b = *state;
	enum { N = LIMIT_JOURNAL_QUEUE_BYTES / DEFAULT_BODY_BYTES + 1 };
	struct delivery *d[N];
	struct answer a[N] = {0};
	unsigned taken = 0;
	sqlite3 *other = hold_the_file(b);
	for (unsigned i = 0; i < N; i++) {
		d[i] = a_delivery(i);
		assert_int_equal(buf_reserve(&d[i]->body, DEFAULT_BODY_BYTES), 0);
	}
	while (taken < N && submit(b, d[taken], &a[taken]) == 0)
		taken++;
	assert_true(taken > 1);
	assert_true(taken < N);
	sqlite3_close(other);
	box_wait(b, &a[taken - 1].called);
	assert_int_equal(submit(b, d[taken], &a[taken]), 0);
	box_wait(b, &a[taken].called);
	for (unsigned i = 0; i < N; i++)
		delivery_free(d[i]);
}

static void
commits_and_calls_back_when_it_closes(void **state)
{
	struct box *b = *state;
	enum { N = 700 };
	struct delivery **d = x_new_array(struct delivery *, N);
	struct answer *a = x_new_array(struct answer, N);
	for (unsigned i = 0; i < N; i++) {
		d[i] = a_delivery(i);
		assert_int_equal(submit(b, d[i], &a[i]), 0);
	}
	box_close(b);
	for (unsigned i = 0; i < N; i++) {
		assert_true(a[i].called);
		assert_int_equal(a[i].done.outcome, JOURNAL_COMMITTED);
		delivery_free(d[i]);
	}
	mem_free(d);
	mem_free(a);
	box_open(b);
	assert_int_equal(box_count(b, "delivery", NULL), N);
}

static void
takes_a_submission_without_a_callback(void **state)
{
	struct box *b = *state;
	struct delivery *d = a_delivery(1);
	struct journal_txn *t = journal_txn_new();
	assert_int_equal(journal_txn_delivery(t, d), 0);
	assert_int_equal(journal_submit(b->journal, t, NULL, NULL), 0);
	box_close(b);
	box_open(b);
	assert_int_equal(box_count(b, "delivery", NULL), 1);
	delivery_free(d);
}

static void
frees_a_transaction_that_was_not_submitted(void **state)
{
	(void)state;
	struct job *j = a_job(id_new(), JOB_WAITING, 3);
	struct journal_txn *t = journal_txn_new();
	assert_int_equal(journal_txn_job(t, j), 0);
	journal_txn_free(t);
	journal_txn_free(NULL);
	job_free(j);
}

static void
expect_refusal(struct box *b, const char *url, const char *text)
{
	struct journal_options options = b->options;
	auto_str error = NULL;
	options.url = url;
	assert_null(journal_open(&options, &error));
	assert_non_null(error);
	if (!strstr(error, text))
		fail_msg("\"%s\" does not hold \"%s\"", error, text);
}

static void
says_why_it_cannot_open(void **state)
{
	struct box *b = *state;
	auto_str missing = str_format("sqlite:%s/none/journal.db", b->folder);
	expect_refusal(b, "mysql:x", "expected sqlite:PATH");
	expect_refusal(b, "sqlite:", "expected sqlite:PATH");
	expect_refusal(b, missing, "No such file or directory");
	expect_refusal(b, b->url, "another bridge uses it");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
		TEST(calls_back_in_the_order_of_submission),
		TEST(commits_what_waits_together),
		TEST(refuses_deliveries_when_too_many_wait_but_not_progress),
		TEST(refuses_when_too_many_bytes_wait),
		TEST(commits_and_calls_back_when_it_closes),
		TEST(takes_a_submission_without_a_callback),
		TEST(frees_a_transaction_that_was_not_submitted),
		TEST(says_why_it_cannot_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
