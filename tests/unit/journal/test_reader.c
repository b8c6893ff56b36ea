#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "box.h"

struct seen {
	char ids[200][ID_SIZE];
	size_t len;
	size_t stop_at; /* 0: never */
	struct box *box;
};

static bool
on_row(const struct journal_delivery_row *row, void *arg)
{
	struct seen *s = arg;
	assert_string_equal(row->source, "hub");
	assert_string_equal(row->kind, "github");
	assert_string_equal(row->type, "push");
	snprintf(s->ids[s->len++], ID_SIZE, "%s", row->id.text);
	return s->len != s->stop_at;
}

static void
put_some(struct box *b, unsigned n, char (*ids)[ID_SIZE])
{
	for (unsigned i = 0; i < n; i++) {
		struct delivery *d = a_delivery(i);
		assert_int_equal(box_put(b, d), JOURNAL_COMMITTED);
		snprintf(ids[i], ID_SIZE, "%s", d->id.text);
		delivery_free(d);
	}
}

static void
lists_deliveries_newest_first(void **state)
{
	struct box *b = *state;
	char ids[150][ID_SIZE];
	struct seen s = {.len = 0};
	put_some(b, 150, ids);
	struct journal_reader *r = box_reader(b);
	assert_int_equal(journal_list_deliveries(r, 140, on_row, &s), 0);
	assert_int_equal(s.len, 140);
	for (size_t i = 0; i < s.len; i++)
		assert_string_equal(s.ids[i], ids[149 - i]);
	journal_reader_close(r);
}

static void
stops_the_list_when_told_to(void **state)
{
	struct box *b = *state;
	char ids[20][ID_SIZE];
	struct seen s = {.stop_at = 7};
	put_some(b, 20, ids);
	struct journal_reader *r = box_reader(b);
	assert_int_equal(journal_list_deliveries(r, 100, on_row, &s), 0);
	assert_int_equal(s.len, 7);
	journal_reader_close(r);
}

static bool
on_row_writing(const struct journal_delivery_row *row, void *arg)
{
	struct seen *s = arg;
	struct delivery *d = a_delivery(1000 + (unsigned)s->len++);
	assert_non_null(row->source);
	assert_int_equal(box_put(s->box, d), JOURNAL_COMMITTED);
	delivery_free(d);
	return true;
}

static void
sees_what_is_committed_while_it_is_open(void **state)
{
	struct box *b = *state;
	uint64_t n = 0;
	char ids[2][ID_SIZE];
	struct journal_reader *r = box_reader(b);
	put_some(b, 2, ids);
	assert_int_equal(journal_count(r, "delivery", NULL, &n), 0);
	assert_int_equal(n, 2);
	journal_reader_close(r);
}

/* The log could never begin anew while a list is being handed out. */
static void
holds_no_read_transaction_during_callbacks(void **state)
{
	struct box *b = *state;
	char ids[30][ID_SIZE];
	struct seen s = {.box = b};
	put_some(b, 30, ids);
	struct journal_reader *r = box_reader(b);
	assert_int_equal(journal_list_deliveries(r, 30, on_row_writing, &s), 0);
	assert_int_equal(box_ask(b, "PRAGMA wal_checkpoint(TRUNCATE)"), 0);
	assert_int_equal(s.len, 30);
	assert_int_equal(box_count(b, "delivery", NULL), 60);
	journal_reader_close(r);
}

struct jobs {
	char ids[200][ID_SIZE];
	size_t len;
	size_t stop_at;
};

static bool
on_job(struct job *j, void *arg)
{
	struct jobs *jobs = arg;
	assert_int_equal(j->n_steps, 2);
	snprintf(jobs->ids[jobs->len++], ID_SIZE, "%s", j->id.text);
	job_free(j);
	return jobs->len != jobs->stop_at;
}

/* Job i is unfinished when i is even. */
static void
put_jobs(struct box *b, unsigned n, char (*ids)[ID_SIZE])
{
	static const enum job_state states[] = {JOB_WAITING, JOB_FAILED, JOB_RUNNING,
						JOB_EXPIRED};
	for (unsigned i = 0; i < n; i++) {
		struct job *j = a_job(id_new(), states[i % 4], 2);
		box_put_job(b, j);
		snprintf(ids[i], ID_SIZE, "%s", j->id.text);
		job_free(j);
	}
}

static void
lists_unfinished_jobs_oldest_first(void **state)
{
	struct box *b = *state;
	char ids[180][ID_SIZE];
	struct jobs jobs = {.len = 0};
	put_jobs(b, 180, ids);
	struct journal_reader *r = box_reader(b);
	assert_int_equal(journal_list_jobs(r, true, 1000, on_job, &jobs), 0);
	assert_int_equal(jobs.len, 90);
	for (size_t i = 0; i < jobs.len; i++)
		assert_string_equal(jobs.ids[i], ids[2 * i]);
	journal_reader_close(r);
}

static void
lists_all_jobs_newest_first(void **state)
{
	struct box *b = *state;
	char ids[100][ID_SIZE];
	struct jobs jobs = {.len = 0};
	put_jobs(b, 100, ids);
	struct journal_reader *r = box_reader(b);
	assert_int_equal(journal_list_jobs(r, false, 1000, on_job, &jobs), 0);
	assert_int_equal(jobs.len, 100);
	for (size_t i = 0; i < jobs.len; i++)
		assert_string_equal(jobs.ids[i], ids[99 - i]);
	jobs = (struct jobs){.stop_at = 3};
	assert_int_equal(journal_list_jobs(r, false, 1000, on_job, &jobs), 0);
	assert_int_equal(jobs.len, 3);
	journal_reader_close(r);
}

static void
counts_rows_by_state(void **state)
{
	struct box *b = *state;
	char ids[8][ID_SIZE];
	uint64_t n = 0;
	put_jobs(b, 8, ids);
	assert_int_equal(box_count(b, "job", NULL), 8);
	assert_int_equal(box_count(b, "job", ""), 8);
	assert_int_equal(box_count(b, "job", "waiting"), 2);
	assert_int_equal(box_count(b, "job", "succeeded"), 0);
	struct journal_reader *r = box_reader(b);
	assert_int_equal(journal_count(r, "sqlite_master", NULL, &n), -ENOENT);
	assert_int_equal(journal_count(r, "notice", "x", &n), -ENOENT);
	journal_reader_close(r);
}

static void
says_what_is_missing(void **state)
{
	struct box *b = *state;
	struct job *j = NULL;
	auto_str error = NULL;
	auto_str url = str_format("sqlite:%s/none.db", b->folder);
	struct journal_reader *r = box_reader(b);
	assert_int_equal(journal_load_job(r, "01ARZ3NDEKTSV4RRFFQ69G5FAV", &j), -ENOENT);
	journal_reader_close(r);
	assert_null(journal_reader_open(url, &error));
	assert_non_null(strstr(error, "unable to open"));
}

/* Nobody can change the file through it. */
static void
reads_a_closed_journal(void **state)
{
	struct box *b = *state;
	char ids[3][ID_SIZE];
	put_some(b, 3, ids);
	box_close(b);
	assert_int_equal(box_count(b, "delivery", NULL), 3);
	box_open(b);
}

static void
finds_a_broken_body(void **state)
{
	struct box *b = *state;
	struct delivery *back = NULL;
	struct delivery *d = a_delivery(1);
	for (int i = 0; i < 100; i++)
		buf_puts(&d->body, "the same again");
	assert_int_equal(box_put(b, d), JOURNAL_COMMITTED);
	box_close(b);
	box_sql(b, "UPDATE delivery SET body = substr(body, 1, length(body) - 4)");
	box_open(b);
	struct journal_reader *r = box_reader(b);
	assert_int_equal(journal_load_delivery(r, d->id.text, &back), -EIO);
	journal_reader_close(r);
	delivery_free(d);
}

static void
begins_the_log_anew_above_its_limit(void **state)
{
	struct box *b = *state;
	struct journal_stats stats;
	struct delivery *d = a_delivery(1);
	unsigned x = 1;
	assert_int_equal(buf_reserve(&d->body, 10 * MIB), 0);
	for (size_t i = 0; i < 10 * MIB; i += 4) {
		x = x * 1664525 + 1013904223;
		buf_append(&d->body, &x, 4);
	}
	uint64_t deadline = clock_mono_us() + 20000000;
	uint64_t most = 0;
	for (unsigned n = 2;; n++) {
		assert_int_equal(box_put(b, d), JOURNAL_COMMITTED);
		journal_get_stats(b->journal, &stats);
		if (stats.wal_bytes < most && most > 0)
			break;
		most = stats.wal_bytes;
		assert_true(clock_mono_us() < deadline);
		assert_true(most < (uint64_t)8 * LIMIT_WAL_BYTES);
		d->id = id_new();
		auto_str key = str_format("id:%u", n);
		assert_int_equal(str_set(&d->dedupe_key, key), 0);
	}
	delivery_free(d);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
		TEST(lists_deliveries_newest_first),
		TEST(stops_the_list_when_told_to),
		TEST(sees_what_is_committed_while_it_is_open),
		TEST(holds_no_read_transaction_during_callbacks),
		TEST(lists_unfinished_jobs_oldest_first),
		TEST(lists_all_jobs_newest_first),
		TEST(counts_rows_by_state),
		TEST(says_what_is_missing),
		TEST(reads_a_closed_journal),
		TEST(finds_a_broken_body),
		TEST(begins_the_log_anew_above_its_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
