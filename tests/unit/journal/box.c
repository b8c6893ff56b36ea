#include "box.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define WAIT_US 20000000U

static unsigned n_answers;

int
box_setup(void **state)
{
	struct box *b = x_new(struct box);
	const char *tmp = getenv("TMPDIR");
	b->folder = str_format("%s/journal-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(b->folder))
		return -1;
	b->path = str_format("%s/journal.db", b->folder);
	b->url = str_format("sqlite:%s", b->path);
	/* A disk that happens to be nearly full is no reason to fail. */
	b->options = (struct journal_options){.url = b->url, .min_free_bytes = 1};
	*state = b;
	box_open(b);
	return 0;
}

static void
remove_folder(const char *folder)
{
	DIR *d = opendir(folder);
	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
		unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(folder);
}

int
box_teardown(void **state)
{
	struct box *b = *state;
	box_close(b);
	remove_folder(b->folder);
	str_free(b->folder);
	str_free(b->path);
	str_free(b->url);
	mem_free(b);
	return 0;
}

void
box_open(struct box *b)
{
	auto_str error = NULL;
	b->journal = journal_open(&b->options, &error);
	if (!b->journal)
		fail_msg("%s", error ? error : "no text");
}

void
box_close(struct box *b)
{
	journal_close(steal_ptr(&b->journal));
}

void
box_reopen(struct box *b)
{
	box_close(b);
	box_open(b);
}

struct journal_reader *
box_reader(const struct box *b)
{
	auto_str error = NULL;
	struct journal_reader *r = journal_reader_open(b->url, &error);
	if (!r)
		fail_msg("%s", error ? error : "no text");
	return r;
}

int64_t
box_ask(const struct box *b, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	int64_t n = -1;
	assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	for (const char *rest = sql; *rest;) {
		if (sqlite3_prepare_v2(db, rest, -1, &q, &rest) != SQLITE_OK)
			fail_msg("%s: %s", sql, sqlite3_errmsg(db));
		while (sqlite3_step(q) == SQLITE_ROW)
			n = sqlite3_column_int64(q, 0);
		if (sqlite3_finalize(q) != SQLITE_OK)
			fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	}
	sqlite3_close(db);
	return n;
}

void
box_sql(const struct box *b, const char *sql)
{
	(void)box_ask(b, sql);
}

void
on_answer(const struct journal_done *done, void *arg)
{
	struct answer *a = arg;
	assert_false(a->called);
	a->called = true;
	a->place = ++n_answers;
	a->done = *done;
}

void
box_wait(struct box *b, const bool *flag)
{
	uint64_t deadline = clock_mono_us() + WAIT_US;
	while (!*flag) {
		struct pollfd p = {.fd = journal_fd(b->journal), .events = POLLIN};
		if (poll(&p, 1, 1000) == 1)
			journal_dispatch(b->journal);
		if (clock_mono_us() > deadline)
			fail_msg("no answer from the journal");
	}
}

enum journal_outcome
box_commit(struct box *b, struct journal_txn *t, struct answer *ret_answer)
{
	struct answer a = {0};
	n_answers = 0;
	assert_int_equal(journal_submit(b->journal, t, on_answer, &a), 0);
	assert_false(a.called);
	box_wait(b, &a.called);
	if (ret_answer)
		*ret_answer = a;
	return a.done.outcome;
}

enum journal_outcome
box_put(struct box *b, const struct delivery *d)
{
	struct journal_txn *t = journal_txn_new();
	assert_int_equal(journal_txn_delivery(t, d), 0);
	return box_commit(b, t, NULL);
}

uint64_t
box_put_notice(struct box *b, const char *payload)
{
	struct answer a;
	struct journal_txn *t = journal_txn_new();
	struct notice *n = a_notice((struct id){""}, payload);
	assert_int_equal(journal_txn_notice(t, n), 0);
	notice_free(n);
	assert_int_equal(box_commit(b, t, &a), JOURNAL_COMMITTED);
	return a.done.last_sequence;
}

void
box_put_job(struct box *b, const struct job *j)
{
	struct journal_txn *t = journal_txn_new();
	assert_int_equal(journal_txn_job(t, j), 0);
	assert_int_equal(box_commit(b, t, NULL), JOURNAL_COMMITTED);
}

void
box_ack(struct box *b, uint64_t sequence, int reason)
{
	struct journal_txn *t = journal_txn_new();
	assert_int_equal(journal_txn_notice_acked(t, sequence, reason), 0);
	assert_int_equal(box_commit(b, t, NULL), JOURNAL_COMMITTED);
}

uint64_t
box_count(const struct box *b, const char *table, const char *state)
{
	struct journal_reader *r = box_reader(b);
	uint64_t n = UINT64_MAX;
	assert_int_equal(journal_count(r, table, state, &n), 0);
	journal_reader_close(r);
	return n;
}

struct delivery *
a_delivery(unsigned n)
{
	struct delivery *d = delivery_new();
	d->id = id_new();
	d->source = str_dup("hub");
	d->kind = str_dup("github");
	d->type = str_dup("push");
	d->sender_id = str_format("%u", n);
	d->dedupe_key = str_format("id:%u", n);
	d->peer = str_dup("192.0.2.1");
	d->result = str_dup("");
	d->received_us = clock_wall_us();
	buf_puts(&d->headers, "X-GitHub-Event: push\n");
	buf_printf(&d->body, "{\"number\": %u}", n);
	return d;
}

struct job *
a_job(struct id delivery, enum job_state state, size_t n_steps)
{
	struct job *j = job_new(n_steps);
	j->id = id_new();
	j->delivery = delivery;
	j->rule = str_dup("deploy-shop");
	snprintf(j->rule_version, sizeof(j->rule_version), "0123456789abcdef");
	j->queue = str_dup("shop.example.com");
	j->state = state;
	j->created_us = clock_wall_us();
	return j;
}

struct notice *
a_notice(struct id delivery, const char *payload)
{
	struct notice *n = notice_new();
	n->id = id_new();
	n->delivery = delivery;
	n->topic = str_dup("event/job/started");
	n->type = str_dup("io.forgebridge.job.started.v1");
	n->payload = str_dup(payload);
	n->created_us = clock_wall_us();
	return n;
}

static void
assert_same_text(const char *a, const char *b)
{
	if (!a || !b)
		assert_ptr_equal(a, b);
	else
		assert_string_equal(a, b);
}

static void
assert_same_buf(const struct buf *a, const struct buf *b)
{
	assert_int_equal(a->len, b->len);
	if (a->len > 0)
		assert_true(memcmp(a->data, b->data, a->len) == 0);
}

void
assert_same_delivery(const struct delivery *a, const struct delivery *b)
{
	assert_string_equal(a->id.text, b->id.text);
	assert_same_text(a->source, b->source);
	assert_same_text(a->kind, b->kind);
	assert_same_text(a->type, b->type);
	assert_same_text(a->sender_id, b->sender_id);
	assert_same_text(a->dedupe_key, b->dedupe_key);
	assert_same_text(a->subject, b->subject);
	assert_same_text(a->peer, b->peer);
	assert_same_text(a->result, b->result);
	assert_int_equal(a->received_us, b->received_us);
	assert_int_equal(a->form, b->form);
	assert_same_buf(&a->headers, &b->headers);
	assert_same_buf(&a->payload, &b->payload);
	assert_same_buf(&a->body, &b->body);
}

static void
assert_same_step(const struct job_step *a, const struct job_step *b)
{
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->on_failure, b->on_failure);
	assert_int_equal(a->position, b->position);
	assert_int_equal(a->attempts, b->attempts);
	assert_same_text(a->request, b->request);
	assert_same_text(a->mark, b->mark);
	assert_same_text(a->resource, b->resource);
	assert_same_text(a->result, b->result);
	assert_same_text(a->error, b->error);
	assert_int_equal(a->started_us, b->started_us);
	assert_int_equal(a->ended_us, b->ended_us);
}

void
assert_same_job(const struct job *a, const struct job *b)
{
	assert_string_equal(a->id.text, b->id.text);
	assert_string_equal(a->delivery.text, b->delivery.text);
	assert_same_text(a->rule, b->rule);
	assert_string_equal(a->rule_version, b->rule_version);
	assert_same_text(a->queue, b->queue);
	assert_int_equal(a->state, b->state);
	assert_same_text(a->reason, b->reason);
	assert_same_text(a->server, b->server);
	assert_same_text(a->site, b->site);
	assert_int_equal(a->created_us, b->created_us);
	assert_int_equal(a->started_us, b->started_us);
	assert_int_equal(a->ended_us, b->ended_us);
	assert_int_equal(a->n_steps, b->n_steps);
	for (size_t i = 0; i < a->n_steps; i++)
		assert_same_step(&a->steps[i], &b->steps[i]);
}
