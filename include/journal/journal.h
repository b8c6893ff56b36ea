/*
 * The store behind promises 1 to 4. Writes are transactions handed to a thread that
 * commits all that wait in one go (group commit); their callbacks run on the caller's
 * thread, in the order of submission, from journal_dispatch(). One interface, several
 * backends (journal/backend.h): sqlite now, postgres later.
 *
 * A transaction either is in the journal wholly or not at all. The order of commits is
 * the order of journal_submit().
 */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/id.h"
#include "model/delivery.h"
#include "model/job.h"
#include "model/notice.h"
#include "model/rule.h"

struct journal;
struct journal_txn;

enum journal_outcome {
	JOURNAL_COMMITTED,
	JOURNAL_DUPLICATE, /* its delivery was there already; nothing of it was written */
	JOURNAL_NO_ROOM,   /* disk full or nearly: nothing written */
	JOURNAL_UNKNOWN	   /* the commit failed: it may or may not be there */
};

enum journal_health {
	JOURNAL_OK,
	JOURNAL_FULL,  /* refuses deliveries until there is room again */
	JOURNAL_BROKEN /* an fsync failed: the process must stop accepting and end */
};

struct journal_options {
	const char *url;	 /* "sqlite:PATH" */
	uint32_t retain_days;	 /* 0: for ever */
	uint64_t retain_bytes;	 /* of the file, without its free pages; 0: no limit */
	uint64_t reserve_bytes;	 /* at most a quarter of what is free; 0: no reserve */
	uint64_t min_free_bytes; /* 0: 5 % of the disk, at most 512 MiB */
};

/* Sums since the start, and gauges. */
struct journal_stats {
	uint64_t commits;
	uint64_t transactions;
	uint64_t duplicates;
	uint64_t failures;
	uint64_t commit_us; /* sum of wall time inside commits */
	uint64_t queue;	    /* transactions waiting now */
	uint64_t wal_bytes;
	uint64_t file_bytes;
	uint64_t free_bytes; /* of the disk */
};

/*
 * Opens or creates, migrates forward, starts the threads. On failure returns NULL with a
 * text that says what and where in *ret_error (str_free).
 */
struct journal *journal_open(const struct journal_options *options,
			     char **ret_error) MUST_CHECK;
/*
 * Commits what was submitted, joins the threads, runs the callbacks that are left. NULL
 * is fine. What those callbacks submit is refused.
 */
void journal_close(struct journal *j);

/* Becomes readable when callbacks wait for journal_dispatch(), or the health changed. */
int journal_fd(const struct journal *j);
void journal_dispatch(struct journal *j);
enum journal_health journal_get_health(const struct journal *j);
void journal_get_stats(struct journal *j, struct journal_stats *ret_stats);

/* --- writing -------------------------------------------------------------------------
 */

struct journal_txn *journal_txn_new(void) MUST_CHECK;
void journal_txn_free(struct journal_txn *t); /* one that was not submitted */
/*
 * At most one delivery a transaction, borrowed until on_done has run; when it turns out
 * to be a duplicate nothing of the transaction is written. All else is copied. All return
 * 0 or -ENOMEM.
 */
int journal_txn_delivery(struct journal_txn *t, const struct delivery *d) MUST_CHECK;
int journal_txn_rule(struct journal_txn *t,
		     const struct rule *r) MUST_CHECK; /* text by version */
int journal_txn_job(struct journal_txn *t,
		    const struct job *j) MUST_CHECK; /* insert or update,
						       steps too */
int journal_txn_notice(struct journal_txn *t, const struct notice *n) MUST_CHECK;
/* Marks notices as acknowledged by the broker (reason 0 or 16), or parked (>= 128). */
int journal_txn_notice_acked(struct journal_txn *t, uint64_t sequence,
			     int reason) MUST_CHECK;
/* The broker keeps a marker that says: all notices up to sequence are settled. */
int journal_txn_marker(struct journal_txn *t, uint64_t sequence) MUST_CHECK;

struct journal_done {
	enum journal_outcome outcome;
	struct id duplicate_of; /* JOURNAL_DUPLICATE: the delivery that is there */
	uint64_t last_sequence; /* JOURNAL_COMMITTED: of its last notice, 0 without any */
};
typedef void journal_done_fn(const struct journal_done *done, void *arg);
/*
 * Takes t over. on_done (may be NULL) is called exactly once, never before this function
 * returned. Returns 0; -EAGAIN when too much waits already (LIMIT_JOURNAL_QUEUE) or
 * health is not OK: then t is freed, on_done is not called, and the caller answers 503.
 * A transaction without a delivery only records progress of what was promised: it is
 * taken while the journal is FULL too, and up to LIMIT_JOURNAL_PROGRESS.
 */
int journal_submit(struct journal *j, struct journal_txn *t, journal_done_fn *on_done,
		   void *arg) MUST_CHECK;

/* --- reading back, on the loop: in pages, in the order of submissions ------------------
 */

/*
 * Notices not acknowledged yet with sequence > after, at most max, rising; each is valid
 * during the call of on_notice only. on_end is called once behind them (error: -errno).
 */
typedef void journal_notice_fn(const struct notice *n, void *arg);
typedef void journal_end_fn(int error, void *arg);
int journal_read_notices(struct journal *j, uint64_t after, unsigned max,
			 journal_notice_fn *on_notice, journal_end_fn *on_end,
			 void *arg) MUST_CHECK;
/*
 * Notices with sequence > after that were acknowledged since a wall time are
 * unacknowledged again (the broker lost them).
 */
int journal_replay_notices(struct journal *j, uint64_t after, int64_t since_us,
			   journal_end_fn *on_end, void *arg) MUST_CHECK;

/*
 * Reads one delivery back without blocking the loop. on_fetched is called once: with the
 * delivery handed over (delivery_free), or NULL and -ENOENT, -EIO, -ENOMEM.
 */
typedef void journal_fetched_fn(struct delivery *d, int error, void *arg);
int journal_fetch_delivery(struct journal *j, const char *id,
			   journal_fetched_fn *on_fetched, void *arg) MUST_CHECK;

/* --- reading in a blocking way: at start, and by commands with their own handle --------
 */

struct journal_reader;
/* A read-only handle on the same file; works while a bridge runs on it. */
struct journal_reader *journal_reader_open(const char *url, char **ret_error) MUST_CHECK;
void journal_reader_close(struct journal_reader *r);

/* A row of the list of deliveries. Strings are valid during the call. */
struct journal_delivery_row {
	struct id id;
	const char *source, *kind, *type, *sender_id, *subject, *result;
	int64_t received_us;
	uint64_t body_bytes;
};
typedef bool journal_delivery_fn(const struct journal_delivery_row *row, void *arg);
/* Newest first; on_row returns false to stop. Return 0 or -EIO. */
int journal_list_deliveries(struct journal_reader *r, unsigned max,
			    journal_delivery_fn *on_row, void *arg) MUST_CHECK;
/* Returns 0, -ENOENT, -EIO. */
int journal_load_delivery(struct journal_reader *r, const char *id,
			  struct delivery **ret_delivery) MUST_CHECK;
/* Jobs with their steps. unfinished: only those not final, oldest delivery first. Else
 * all, newest first. The job is handed over (job_free); on_job returns false to stop. */
typedef bool journal_job_fn(struct job *job, void *arg);
int journal_list_jobs(struct journal_reader *r, bool unfinished, unsigned max,
		      journal_job_fn *on_job, void *arg) MUST_CHECK;
int journal_load_job(struct journal_reader *r, const char *id,
		     struct job **ret_job) MUST_CHECK;
/* The rule's JSON text of that version (str_free). Returns 0, -ENOENT, -EIO. */
int journal_load_rule(struct journal_reader *r, const char *version,
		      char **ret_text) MUST_CHECK;
/* The last marker (journal_txn_marker), 0 before the first. Returns 0 or -EIO. */
int journal_load_marker(struct journal_reader *r, uint64_t *ret_sequence) MUST_CHECK;
/* Counts for checks and pages: rows of a table ("delivery", "job", "notice") by state. */
int journal_count(struct journal_reader *r, const char *table, const char *state,
		  uint64_t *ret_n) MUST_CHECK;

#endif
