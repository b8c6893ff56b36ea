#include <sqlite3.h>

#include "base/clock.h"
#include "base/limits.h"
#include "journal/sqlite.h"

#define HOUR_US 3600000000LL

static int
insert_delivery(struct sqlite_store *s, const struct delivery *d)
{
	struct binder b = stmt_bind(s, STMT_DELIVERY);
	bind_text(&b, d->id.text);
	bind_text(&b, d->source);
	bind_text(&b, d->kind);
	bind_text(&b, d->type);
	bind_text(&b, d->sender_id);
	bind_text(&b, d->dedupe_key);
	bind_text(&b, d->subject);
	bind_text(&b, d->peer);
	bind_int(&b, d->received_us);
	bind_text(&b, sqlite_form_names[d->form]);
	bind_text(&b, d->result);
	bind_int(&b, (int64_t)d->body.len);
	bind_int(&b, (int64_t)d->payload.len);
	bind_blob(&b, buf_slice(&d->headers));
	bind_blob(&b, zip_pack(&s->payload_zip, buf_slice(&d->payload)));
	bind_blob(&b, zip_pack(&s->body_zip, buf_slice(&d->body)));
	return stmt_run(&b);
}

struct holder {
	int64_t seq;
	struct id id;
	int64_t received_us;
};

/* The delivery that has the key; seq 0: none. */
static int
find_key(struct sqlite_store *s, const struct delivery *d, struct holder *ret_holder)
{
	struct binder b = stmt_bind(s, STMT_FIND_KEY);
	bind_text(&b, d->source);
	bind_text(&b, d->dedupe_key);
	int rc = b.rc == SQLITE_OK ? sqlite3_step(b.stmt) : b.rc;
	*ret_holder = (struct holder){0};
	if (rc == SQLITE_ROW) {
		const unsigned char *id = sqlite3_column_text(b.stmt, 1);
		ret_holder->seq = sqlite3_column_int64(b.stmt, 0);
		ret_holder->id = id_from((const char *)id);
		ret_holder->received_us = sqlite3_column_int64(b.stmt, 2);
	}
	int reset = sqlite3_reset(b.stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? reset : rc;
}

static bool
key_has_expired(const struct delivery *d, const struct holder *holder)
{
	return delivery_key_is_body(d) &&
	       d->received_us - holder->received_us >= LIMIT_BODY_KEY_HOURS * HOUR_US;
}

/* The older delivery keeps its key with its own id behind it, which nobody sends. */
static int
give_up_key(struct sqlite_store *s, int64_t seq)
{
	struct binder b = stmt_bind(s, STMT_GIVE_UP_KEY);
	bind_int(&b, seq);
	return stmt_run(&b);
}

static int
write_delivery(struct sqlite_store *s, struct journal_txn *t)
{
	int rc = insert_delivery(s, t->delivery);
	if (rc != SQLITE_OK || sqlite3_changes(s->db) > 0)
		return rc;
	struct holder holder;
	rc = find_key(s, t->delivery, &holder);
	if (rc != SQLITE_OK)
		return rc;
	if (!key_has_expired(t->delivery, &holder)) {
		t->done.outcome = JOURNAL_DUPLICATE;
		t->done.duplicate_of = holder.id;
		return SQLITE_OK;
	}
	rc = give_up_key(s, holder.seq);
	return rc == SQLITE_OK ? insert_delivery(s, t->delivery) : rc;
}

static int
write_rule(struct sqlite_store *s, const struct txn_rule *r)
{
	struct binder b = stmt_bind(s, STMT_RULE);
	bind_text(&b, r->version);
	bind_text(&b, r->text);
	return stmt_run(&b);
}

static int
write_step(struct sqlite_store *s, const struct job *j, size_t n)
{
	const struct job_step *step = &j->steps[n];
	struct binder b = stmt_bind(s, STMT_STEP);
	bind_text(&b, j->id.text);
	bind_int(&b, (int64_t)n);
	bind_text(&b, step_state_name(step->state));
	bind_int(&b, step->on_failure);
	bind_int(&b, step->position);
	bind_int(&b, step->attempts);
	bind_int(&b, step->started_us);
	bind_int(&b, step->ended_us);
	bind_text(&b, step->resource);
	bind_text(&b, step->error);
	bind_text(&b, step->request);
	bind_text(&b, step->mark);
	bind_text(&b, step->result);
	return stmt_run(&b);
}

static int
write_job(struct sqlite_store *s, const struct job *j)
{
	struct binder b = stmt_bind(s, STMT_JOB);
	bind_text(&b, j->id.text);
	bind_text(&b, j->delivery.text);
	bind_text(&b, j->rule);
	bind_text(&b, j->rule_version);
	bind_text(&b, j->queue);
	bind_text(&b, job_state_name(j->state));
	bind_text(&b, j->reason);
	bind_text(&b, j->server);
	bind_text(&b, j->site);
	bind_int(&b, j->created_us);
	bind_int(&b, j->started_us);
	bind_int(&b, j->ended_us);
	bind_int(&b, (int64_t)j->n_steps);
	int rc = stmt_run(&b);
	for (size_t i = 0; i < j->n_steps && rc == SQLITE_OK; i++)
		rc = write_step(s, j, i);
	return rc;
}

static int
write_notice(struct sqlite_store *s, const struct notice *n)
{
	struct binder b = stmt_bind(s, STMT_NOTICE);
	bind_int(&b, (int64_t)++s->sequence);
	bind_text(&b, n->id.text);
	bind_text(&b, n->delivery.text);
	bind_int(&b, n->created_us);
	bind_int(&b, n->retain);
	bind_text(&b, n->topic);
	bind_text(&b, n->type);
	bind_text(&b, n->payload);
	return stmt_run(&b);
}

static int
write_ack(struct sqlite_store *s, const struct txn_ack *a)
{
	struct binder b = stmt_bind(s, STMT_ACK);
	bind_int(&b, clock_wall_us());
	bind_int(&b, a->reason);
	bind_int(&b, (int64_t)a->sequence);
	return stmt_run(&b);
}

static int
write_marker(struct sqlite_store *s, uint64_t sequence)
{
	struct binder b = stmt_bind(s, STMT_MARKER);
	bind_int(&b, (int64_t)sequence);
	return stmt_run(&b);
}

static int
write_op(struct sqlite_store *s, struct journal_txn *t, const struct txn_op *op)
{
	switch (op->kind) {
	case TXN_RULE:
		return write_rule(s, &op->rule);
	case TXN_JOB:
		return write_job(s, &op->job);
	case TXN_ACK:
		return write_ack(s, &op->ack);
	case TXN_MARKER:
		return write_marker(s, op->marker);
	case TXN_NOTICE:
		break;
	}
	int rc = write_notice(s, &op->notice);
	t->done.last_sequence = s->sequence;
	return rc;
}

int
sqlite_write(struct sqlite_store *s, struct journal_txn *t)
{
	t->done = (struct journal_done){.outcome = JOURNAL_COMMITTED};
	int rc = t->delivery ? write_delivery(s, t) : SQLITE_OK;
	if (t->done.outcome == JOURNAL_DUPLICATE)
		return rc;
	for (const struct txn_op *op = t->ops; op && rc == SQLITE_OK; op = op->next)
		rc = write_op(s, t, op);
	return rc;
}
