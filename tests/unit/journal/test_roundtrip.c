#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "box.h"

#include "base/mem.h"

static struct delivery *
load(const struct box *b, struct id id)
{
	struct delivery *d = NULL;
	struct journal_reader *r = box_reader(b);
	assert_int_equal(journal_load_delivery(r, id.text, &d), 0);
	journal_reader_close(r);
	return d;
}

static void
set_body(struct delivery *d, const void *data, size_t len)
{
	buf_reset(&d->body);
	assert_int_equal(buf_append(&d->body, data, len), 0);
}

static void
assert_round_trip(struct box *b, struct delivery *d)
{
	assert_int_equal(box_put(b, d), JOURNAL_COMMITTED);
	struct delivery *back = load(b, d->id);
	assert_same_delivery(d, back);
	delivery_free(back);
	delivery_free(d);
}

static void
gives_back_every_field_of_a_delivery(void **state)
{
	struct delivery *d = a_delivery(1);
	assert_int_equal(str_set(&d->subject, "acme/shop \xc3\xa4"), 0);
	assert_int_equal(str_set(&d->result, "deploy-shop,deploy-blog"), 0);
	d->form = PAYLOAD_FORM;
	buf_puts(&d->payload, "{\"a\": 1}");
	assert_round_trip(*state, d);
}

static void
keeps_absent_fields_absent(void **state)
{
	struct delivery *d = a_delivery(1);
	assert_int_equal(str_set(&d->sender_id, NULL), 0);
	assert_int_equal(str_set(&d->peer, NULL), 0);
	assert_int_equal(str_set(&d->result, NULL), 0);
	buf_reset(&d->headers);
	buf_reset(&d->body);
	d->form = PAYLOAD_TEXT;
	assert_round_trip(*state, d);
}

static void
keeps_bytes_that_are_no_text(void **state)
{
	char body[2000];
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (char)(i % 7 == 0 ? 0 : i);
	struct delivery *d = a_delivery(1);
	set_body(d, body, sizeof(body));
	buf_append(&d->headers, "X: \0\xff\n", 6);
	buf_append(&d->payload, body, 500);
	assert_round_trip(*state, d);
}

static void
keeps_a_body_that_does_not_shrink(void **state)
{
	char body[5000];
	unsigned x = 1;
	for (size_t i = 0; i < sizeof(body); i++) {
		x = x * 1103515245 + 12345;
		body[i] = (char)(x >> 16);
	}
	struct delivery *d = a_delivery(1);
	set_body(d, body, sizeof(body));
	assert_round_trip(*state, d);
}

static void
keeps_a_body_of_25_MiB(void **state)
{
	struct delivery *d = a_delivery(1);
	buf_reset(&d->body);
	for (unsigned i = 0; d->body.len < DEFAULT_BODY_BYTES - 16; i++)
		buf_printf(&d->body, "%u,", i * 2654435761U);
	assert_round_trip(*state, d);
}

static void
stores_text_compressed(void **state)
{
	struct box *b = *state;
	struct delivery *d = a_delivery(1);
	for (int i = 0; i < 1000; i++)
		buf_puts(&d->body, "{\"ref\": \"refs/heads/main\"}");
	assert_int_equal(box_put(b, d), JOURNAL_COMMITTED);
	assert_true(box_ask(b, "SELECT length(body) < body_bytes / 20 FROM delivery"));
	delivery_free(d);
}

static void
says_that_a_delivery_is_not_there(void **state)
{
	struct journal_reader *r = box_reader(*state);
	struct delivery *d = NULL;
	assert_int_equal(journal_load_delivery(r, "01ARZ3NDEKTSV4RRFFQ69G5FAV", &d),
			 -ENOENT);
	journal_reader_close(r);
}

static struct job *
full_job(void)
{
	struct job *j = a_job(id_new(), JOB_RUNNING, 2);
	assert_int_equal(str_set(&j->reason, "rate"), 0);
	assert_int_equal(str_set(&j->server, "web-1"), 0);
	assert_int_equal(str_set(&j->site, "shop.example.com"), 0);
	j->started_us = 5;
	j->ended_us = 6;
	struct job_step *s = &j->steps[1];
	*s = (struct job_step){.state = STEP_UNKNOWN,
			       .on_failure = true,
			       .position = 3,
			       .attempts = 2,
			       .request = str_dup("{\"method\":\"POST\"}"),
			       .mark = str_dup("[1]"),
			       .resource = str_dup("77"),
			       .result = str_dup("{\"status\":\"queued\"}"),
			       .error = str_dup("lost"),
			       .started_us = 7,
			       .ended_us = 8};
	return j;
}

static void
assert_job_is_there(const struct box *b, const struct job *j)
{
	struct job *back = NULL;
	struct journal_reader *r = box_reader(b);
	assert_int_equal(journal_load_job(r, j->id.text, &back), 0);
	assert_same_job(j, back);
	job_free(back);
	journal_reader_close(r);
}

static void
gives_back_every_field_of_a_job(void **state)
{
	struct job *j = full_job();
	box_put_job(*state, j);
	assert_job_is_there(*state, j);
	job_free(j);
}

static void
updates_a_job_and_the_steps_that_changed(void **state)
{
	struct job *j = full_job();
	box_put_job(*state, j);
	j->state = JOB_FAILED;
	j->ended_us = 99;
	assert_int_equal(str_set(&j->reason, NULL), 0);
	j->steps[0].state = STEP_SKIPPED;
	assert_int_equal(str_set(&j->steps[1].error, NULL), 0);
	assert_int_equal(str_set(&j->steps[1].result, "{}"), 0);
	box_put_job(*state, j);
	assert_job_is_there(*state, j);
	job_free(j);
}

static void
keeps_a_rule_by_its_version(void **state)
{
	struct box *b = *state;
	char *text = NULL;
	struct rule rule = {.version = "00112233aabbccdd", .text = str_dup("{\"a\":1}")};
	for (int i = 0; i < 2; i++) {
		struct journal_txn *t = journal_txn_new();
		assert_int_equal(journal_txn_rule(t, &rule), 0);
		assert_int_equal(box_commit(b, t, NULL), JOURNAL_COMMITTED);
	}
	struct journal_reader *r = box_reader(b);
	assert_int_equal(journal_load_rule(r, rule.version, &text), 0);
	assert_string_equal(text, rule.text);
	str_free(text);
	assert_int_equal(journal_load_rule(r, "00112233aabbccde", &text), -ENOENT);
	journal_reader_close(r);
	str_free(rule.text);
}

static void
has_everything_again_after_reopening(void **state)
{
	struct box *b = *state;
	struct delivery *d = a_delivery(1);
	struct job *j = a_job(d->id, JOB_WAITING, 1);
	struct notice *n = a_notice(d->id, "{}");
	struct journal_txn *t = journal_txn_new();
	assert_int_equal(journal_txn_notice(t, n), 0);
	assert_int_equal(journal_txn_job(t, j), 0);
	assert_int_equal(journal_txn_delivery(t, d), 0);
	assert_int_equal(box_commit(b, t, NULL), JOURNAL_COMMITTED);
	box_reopen(b);
	assert_job_is_there(b, j);
	struct delivery *back = load(b, d->id);
	assert_same_delivery(d, back);
	assert_int_equal(box_count(b, "notice", "pending"), 1);
	delivery_free(back);
	delivery_free(d);
	job_free(j);
	notice_free(n);
}

static void
copies_what_it_is_given(void **state)
{
	struct box *b = *state;
	struct job *j = full_job();
	struct journal_txn *t = journal_txn_new();
	assert_int_equal(journal_txn_job(t, j), 0);
	struct job *same = full_job();
	same->id = j->id;
	same->delivery = j->delivery;
	same->created_us = j->created_us;
	job_free(j);
	assert_int_equal(box_commit(b, t, NULL), JOURNAL_COMMITTED);
	assert_job_is_there(b, same);
	job_free(same);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
		TEST(gives_back_every_field_of_a_delivery),
		TEST(keeps_absent_fields_absent),
		TEST(keeps_bytes_that_are_no_text),
		TEST(keeps_a_body_that_does_not_shrink),
		TEST(keeps_a_body_of_25_MiB),
		TEST(stores_text_compressed),
		TEST(says_that_a_delivery_is_not_there),
		TEST(gives_back_every_field_of_a_job),
		TEST(updates_a_job_and_the_steps_that_changed),
		TEST(keeps_a_rule_by_its_version),
		TEST(has_everything_again_after_reopening),
		TEST(copies_what_it_is_given),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
