/* A journal in a folder of its own, and what most tests do with it. */
#ifndef TESTS_JOURNAL_BOX_H
#define TESTS_JOURNAL_BOX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "journal/journal.h"

#define HOUR_US 3600000000LL
#define DAY_US	(24 * HOUR_US)

struct box {
	char *folder;
	char *path;
	char *url;
	struct journal_options options;
	struct journal *journal; /* NULL while closed */
};

/* For cmocka: *state is a struct box with an open journal. */
int box_setup(void **state);
int box_teardown(void **state);
void box_open(struct box *b);
void box_close(struct box *b);
void box_reopen(struct box *b);
struct journal_reader *box_reader(const struct box *b);
/* Runs SQL on the file. Fails the test on an error. */
void box_sql(const struct box *b, const char *sql);
/* The last number that SQL yields. */
int64_t box_ask(const struct box *b, const char *sql);

/* How a submission ended. */
struct answer {
	bool called;
	unsigned place; /* 1 for the first callback of all */
	struct journal_done done;
};
journal_done_fn on_answer; /* arg is a struct answer */

/* Waits for the descriptor and dispatches until *flag; fails after 20 s. */
void box_wait(struct box *b, const bool *flag);
/* Submits and waits. */
enum journal_outcome box_commit(struct box *b, struct journal_txn *t,
				struct answer *ret_answer);
enum journal_outcome box_put(struct box *b, const struct delivery *d);
uint64_t box_put_notice(struct box *b, const char *payload);
void box_put_job(struct box *b, const struct job *j);
void box_ack(struct box *b, uint64_t sequence, int reason);
uint64_t box_count(const struct box *b, const char *table, const char *state);

/* Deliveries with the key "id:<n>" from source "hub", received now. */
struct delivery *a_delivery(unsigned n);
struct job *a_job(struct id delivery, enum job_state state, size_t n_steps);
struct notice *a_notice(struct id delivery, const char *payload);
void assert_same_delivery(const struct delivery *a, const struct delivery *b);
void assert_same_job(const struct job *a, const struct job *b);

#endif
