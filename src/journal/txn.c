#include "journal/txn.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

/* Enough for a delivery's job and its notices. */
#define BLOCK_BYTES (4 * KIB)

static void
finish(struct request *r)
{
	struct journal_txn *t = (struct journal_txn *)r;
	if (t->on_done)
		t->on_done(&t->done, t->arg);
	journal_txn_free(t);
}

struct journal_txn *
journal_txn_new(void)
{
	struct journal_txn *t = x_new(struct journal_txn);
	if (!t)
		return NULL;
	t->request.finish = finish;
	t->arena.block_bytes = BLOCK_BYTES;
	return t;
}

void
journal_txn_free(struct journal_txn *t)
{
	if (!t)
		return;
	arena_done(&t->arena);
	mem_free(t);
}

static struct txn_op *
new_op(struct journal_txn *t, enum txn_op_kind kind)
{
	struct txn_op *op = arena_alloc(&t->arena, sizeof(*op));
	if (op)
		op->kind = kind;
	return op;
}

/* Called when the operation is whole, so that one that ran out of memory is not there. */
static int
add_op(struct journal_txn *t, struct txn_op *op)
{
	if (t->last)
		t->last->next = op;
	else
		t->ops = op;
	t->last = op;
	return 0;
}

/* *dst = a copy of s in the arena; NULL stays NULL. False: no memory. */
static bool
copy(struct journal_txn *t, char **dst, const char *s)
{
	size_t size = s ? strlen(s) + 1 : 0;
	*dst = s ? arena_alloc(&t->arena, size) : NULL;
	if (*dst)
		memcpy(*dst, s, size);
	return *dst || !s;
}

int
journal_txn_delivery(struct journal_txn *t, const struct delivery *d)
{
	t->delivery = d;
	return 0;
}

int
journal_txn_rule(struct journal_txn *t, const struct rule *r)
{
	struct txn_op *op = new_op(t, TXN_RULE);
	char *version = NULL;
	char *text = NULL;
	if (!op || !copy(t, &version, r->version) || !copy(t, &text, r->text))
		return -ENOMEM;
	op->rule = (struct txn_rule){version, text};
	return add_op(t, op);
}

static bool
copy_step(struct journal_txn *t, struct job_step *to, const struct job_step *from)
{
	*to = *from;
	return copy(t, &to->request, from->request) && copy(t, &to->mark, from->mark) &&
	       copy(t, &to->resource, from->resource) &&
	       copy(t, &to->result, from->result) && copy(t, &to->error, from->error);
}

static bool
copy_steps(struct journal_txn *t, struct job *to, const struct job *from)
{
	to->steps = arena_alloc(&t->arena, from->n_steps * sizeof(*to->steps));
	if (!to->steps)
		return false;
	for (size_t i = 0; i < from->n_steps; i++) {
		if (!copy_step(t, &to->steps[i], &from->steps[i]))
			return false;
	}
	return true;
}

int
journal_txn_job(struct journal_txn *t, const struct job *j)
{
	struct txn_op *op = new_op(t, TXN_JOB);
	if (!op)
		return -ENOMEM;
	struct job *to = &op->job;
	*to = *j;
	if (!copy(t, &to->rule, j->rule) || !copy(t, &to->queue, j->queue) ||
	    !copy(t, &to->reason, j->reason) || !copy(t, &to->server, j->server) ||
	    !copy(t, &to->site, j->site) || !copy_steps(t, to, j))
		return -ENOMEM;
	return add_op(t, op);
}

int
journal_txn_notice(struct journal_txn *t, const struct notice *n)
{
	struct txn_op *op = new_op(t, TXN_NOTICE);
	if (!op)
		return -ENOMEM;
	op->notice = *n;
	if (!copy(t, &op->notice.topic, n->topic) ||
	    !copy(t, &op->notice.type, n->type) ||
	    !copy(t, &op->notice.payload, n->payload))
		return -ENOMEM;
	return add_op(t, op);
}

int
journal_txn_notice_acked(struct journal_txn *t, uint64_t sequence, int reason)
{
	struct txn_op *op = new_op(t, TXN_ACK);
	if (!op)
		return -ENOMEM;
	op->ack = (struct txn_ack){sequence, reason};
	return add_op(t, op);
}

int
journal_txn_marker(struct journal_txn *t, uint64_t sequence)
{
	struct txn_op *op = new_op(t, TXN_MARKER);
	if (!op)
		return -ENOMEM;
	op->marker = sequence;
	return add_op(t, op);
}
