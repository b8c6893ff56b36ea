/* A transaction as backends read it: the delivery, if any, comes before all else. */
#ifndef JOURNAL_TXN_H
#define JOURNAL_TXN_H

#include "base/arena.h"
#include "journal/journal.h"
#include "journal/request.h"

enum txn_op_kind { TXN_RULE, TXN_JOB, TXN_NOTICE, TXN_ACK, TXN_MARKER };

struct txn_rule {
	const char *version;
	const char *text;
};

struct txn_ack {
	uint64_t sequence;
	int reason;
};

/* Lives in the transaction's arena, with everything it points to. */
struct txn_op {
	struct txn_op *next;
	enum txn_op_kind kind;
	union {
		struct txn_rule rule;
		struct job job;
		struct notice notice;
		struct txn_ack ack;
		uint64_t marker;
	};
};

struct journal_txn {
	struct request request;
	const struct delivery *delivery; /* borrowed */
	struct txn_op *ops;
	struct txn_op *last;
	struct arena arena;
	struct journal_done done; /* the backend fills it in */
	journal_done_fn *on_done;
	void *arg;
};

/* The transaction behind t in a batch. */
static inline struct journal_txn *
txn_next(const struct journal_txn *t)
{
	return (struct journal_txn *)t->request.next;
}

#endif
