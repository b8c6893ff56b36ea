/*
 * Inside the SQLite backend. One connection writes (the commit thread's), one moves the
 * WAL into the file (the checkpointer's); no connection is used by two threads.
 */
#ifndef JOURNAL_SQLITE_H
#define JOURNAL_SQLITE_H

#include <stdatomic.h>

#include "journal/backend.h"
#include "journal/checkpointer.h"
#include "journal/room.h"
#include "journal/zip.h"

struct sqlite3;
struct sqlite3_stmt;

/* Statements that are prepared once; their texts stand in sqlite_stmt.c. */
enum stmt {
	STMT_BEGIN,
	STMT_COMMIT,
	STMT_ROLLBACK,
	STMT_DELIVERY,
	STMT_FIND_KEY,
	STMT_GIVE_UP_KEY,
	STMT_RULE,
	STMT_JOB,
	STMT_STEP,
	STMT_NOTICE,
	STMT_ACK,
	STMT_READ_NOTICES,
	STMT_REPLAY,
	STMT_KEEP_SEQUENCE,
	STMT_MARKER,
	STMT_OLD_NOTICES,
	STMT_DROP_NOTICE,
	STMT_OLD_DELIVERIES,
	STMT_IS_NEEDED,
	STMT_DROP_STEPS,
	STMT_DROP_JOBS,
	STMT_DROP_DELIVERY,
	STMT_PAGES,
	STMT_FREE_PAGES,
	STMT_COUNT
};

/* Where the round of the retention stands. */
enum retain_stage { RETAIN_NOTICES, RETAIN_DELIVERIES, RETAIN_PAUSE };
struct retention {
	enum retain_stage stage;
	int64_t cursor;	  /* seq of the row that was looked at last */
	uint64_t due_us;  /* monotonic: when the next slice may run */
	uint64_t late_us; /* from then on it runs between busy batches too */
};

struct sqlite_store {
	struct backend backend;
	char *path;  /* owned */
	int lock_fd; /* of PATH-lock: one bridge a file */
	uint32_t retain_days;
	uint64_t retain_bytes;
	uint64_t page_bytes;
	void (*on_health)(void *arg);
	void *arg;
	_Atomic bool broken;
	struct room room;
	struct checkpointer checkpointer;
	/* the commit thread's own: */
	struct sqlite3 *db; /* owned */
	struct sqlite3_stmt *stmts[STMT_COUNT];
	struct zip body_zip; /* two, as both results are bound at once */
	struct zip payload_zip;
	uint64_t sequence; /* the last one given to a notice */
	struct retention retention;
	bool was_low; /* room at the last tending */
};

/* What an error means for what is being written. */
enum fault {
	FAULT_ROOM,   /* no space left */
	FAULT_BROKEN, /* the disk or the file cannot be trusted any more */
	FAULT_BUSY,   /* somebody else holds the file; nothing is wrong with it */
	FAULT_ITEM    /* of the transaction itself, or a passing shortage */
};
enum fault sqlite_fault(struct sqlite3 *db, int rc);
/* Changes the health as the error demands. */
void store_note_fault(struct sqlite_store *s, enum fault fault);

/* --- sqlite_stmt.c --- */

int stmt_prepare_all(struct sqlite_store *s) MUST_CHECK; /* SQLITE_OK or an error */
void stmt_finalize_all(struct sqlite_store *s);
/* Values are bound in their order; texts and blobs stay the caller's until the reset. */
struct binder {
	struct sqlite3_stmt *stmt;
	int column;
	int rc; /* of the first that failed */
};
struct binder stmt_bind(struct sqlite_store *s, enum stmt which);
void bind_text(struct binder *b, const char *text); /* NULL: NULL */
void bind_int(struct binder *b, int64_t n);
void bind_blob(struct binder *b, struct slice data);
/* Runs a statement without rows to its end and resets it. SQLITE_OK or an error. */
int stmt_run(struct binder *b) MUST_CHECK;
int stmt_exec(struct sqlite_store *s, enum stmt which) MUST_CHECK; /* without values */
/* Columns of the row that a statement stands on. */
struct slice column_slice(struct sqlite3_stmt *q, int column);
char *column_dup(struct sqlite3_stmt *q, int column, bool *failed) MUST_CHECK;

/* --- the rest: SQLite result codes --- */

/* Writes one transaction; fills in its done as if it were committed. */
int sqlite_write(struct sqlite_store *s, struct journal_txn *t) MUST_CHECK;
void sqlite_commit(struct backend *b, struct journal_txn *first);
int sqlite_read_notices(struct backend *b, uint64_t after, unsigned max,
			struct notice_page *page);
int sqlite_replay_notices(struct backend *b, uint64_t after, int64_t since_us);
/* BEGIN .. COMMIT around work; an error rolls back and changes the health. */
typedef int sqlite_work_fn(struct sqlite_store *s);
int sqlite_in_transaction(struct sqlite_store *s, sqlite_work_fn *work) MUST_CHECK;
/* One slice if one is due; returns microseconds until the next one. */
uint64_t sqlite_retain(struct sqlite_store *s, bool idle);

/* --- sqlite_reader.c: the functions of struct backend_ops --- */

struct journal_reader *sqlite_reader_open(const char *location, char **ret_error);
void sqlite_reader_close(struct journal_reader *r);
int sqlite_list_deliveries(struct journal_reader *r, unsigned max,
			   journal_delivery_fn *on_row, void *arg);
int sqlite_load_delivery(struct journal_reader *r, const char *id,
			 struct delivery **ret_delivery);
int sqlite_list_jobs(struct journal_reader *r, bool unfinished, unsigned max,
		     journal_job_fn *on_job, void *arg);
int sqlite_load_job(struct journal_reader *r, const char *id, struct job **ret_job);
int sqlite_load_rule(struct journal_reader *r, const char *version, char **ret_text);
int sqlite_load_marker(struct journal_reader *r, uint64_t *ret_sequence);
int sqlite_count(struct journal_reader *r, const char *table, const char *state,
		 uint64_t *ret_n);

/* Names of enum payload_form in the file. */
extern const char *const sqlite_form_names[3];

#endif
