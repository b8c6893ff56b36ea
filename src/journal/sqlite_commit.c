#include <errno.h>
#include <sqlite3.h>

#include "journal/sqlite.h"

/* What became of one try to commit a batch. */
struct attempt {
	int rc;
	bool committing; /* it was COMMIT that failed: it may be there all the same */
};

static bool
is_errno_of_room(int error)
{
	return error == ENOSPC || error == EDQUOT;
}

static enum fault
io_fault(struct sqlite3 *db, int rc)
{
	if (rc == SQLITE_IOERR_NOMEM)
		return FAULT_ITEM;
	/* After a failed sync nobody knows what is on the disk, whatever its cause. */
	if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC)
		return FAULT_BROKEN;
	return is_errno_of_room(sqlite3_system_errno(db)) ? FAULT_ROOM : FAULT_BROKEN;
}

enum fault
sqlite_fault(struct sqlite3 *db, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return FAULT_ROOM;
	case SQLITE_IOERR:
		return io_fault(db, rc);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return FAULT_BROKEN;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
	case SQLITE_CANTOPEN:
		return FAULT_BUSY;
	default:
		return FAULT_ITEM;
	}
}

void
store_note_fault(struct sqlite_store *s, enum fault fault)
{
	if (fault == FAULT_ROOM)
		room_give_up(&s->room);
	else if (fault == FAULT_BROKEN)
		atomic_store(&s->broken, true);
	else
		return;
	s->on_health(s->arg);
}

/* Some errors roll back by themselves. */
static void
roll_back(struct sqlite_store *s)
{
	if (sqlite3_get_autocommit(s->db) || stmt_exec(s, STMT_ROLLBACK) == SQLITE_OK)
		return;
	/* Nothing could begin behind a transaction that does not end. */
	if (!sqlite3_get_autocommit(s->db))
		store_note_fault(s, FAULT_BROKEN);
}

static int
write_all(struct sqlite_store *s, struct journal_txn *first, bool progress_only)
{
	int rc = SQLITE_OK;
	for (struct journal_txn *t = first; t && rc == SQLITE_OK; t = txn_next(t)) {
		if (progress_only && t->delivery)
			t->done = (struct journal_done){.outcome = JOURNAL_NO_ROOM};
		else
			rc = sqlite_write(s, t);
	}
	return rc;
}

static struct attempt
try_batch(struct sqlite_store *s, struct journal_txn *first, bool progress_only)
{
	struct attempt a = {SQLITE_OK, false};
	uint64_t sequence = s->sequence;
	a.rc = stmt_exec(s, STMT_BEGIN);
	if (a.rc == SQLITE_OK)
		a.rc = write_all(s, first, progress_only);
	if (a.rc == SQLITE_OK) {
		a.committing = true;
		a.rc = stmt_exec(s, STMT_COMMIT);
	}
	if (a.rc != SQLITE_OK)
		s->sequence = sequence;
	return a;
}

static void
settle_all(struct journal_txn *first, enum journal_outcome outcome)
{
	for (struct journal_txn *t = first; t; t = txn_next(t))
		t->done = (struct journal_done){.outcome = outcome};
}

static void commit_some(struct sqlite_store *s, struct journal_txn *first,
			bool progress_only);

/* Finds the one transaction that cannot be written; the others must not suffer. */
static void
commit_one_by_one(struct sqlite_store *s, struct journal_txn *first, bool progress_only)
{
	for (struct journal_txn *t = first; t; t = txn_next(t)) {
		struct request *next = t->request.next;
		t->request.next = NULL;
		commit_some(s, t, progress_only);
		t->request.next = next;
	}
}

/* SQLite cleans up a log that it could not write for want of room: nothing is there. */
static void
handle_no_room(struct sqlite_store *s, struct journal_txn *first, struct attempt a,
	       bool progress_only)
{
	if (a.committing && (a.rc & 0xff) != SQLITE_FULL)
		settle_all(first, JOURNAL_UNKNOWN);
	else if (progress_only)
		settle_all(first, JOURNAL_NO_ROOM);
	else
		commit_some(s, first, true);
}

static bool
has_work(const struct journal_txn *first, bool progress_only)
{
	for (const struct journal_txn *t = first; t; t = txn_next(t)) {
		if (!progress_only || !t->delivery)
			return true;
	}
	return false;
}

static void
handle_failure(struct sqlite_store *s, struct journal_txn *first, struct attempt a,
	       bool progress_only)
{
	enum fault fault = sqlite_fault(s->db, a.rc);
	roll_back(s);
	store_note_fault(s, fault);
	if (fault == FAULT_ROOM)
		handle_no_room(s, first, a, progress_only);
	else if (fault == FAULT_ITEM && !a.committing && first->request.next)
		commit_one_by_one(s, first, progress_only);
	else
		settle_all(first, JOURNAL_UNKNOWN);
}

/* progress_only: deliveries have no room any more, the rest is tried. */
static void
commit_some(struct sqlite_store *s, struct journal_txn *first, bool progress_only)
{
	if (atomic_load(&s->broken)) {
		settle_all(first, JOURNAL_UNKNOWN);
		return;
	}
	if (!has_work(first, progress_only)) {
		settle_all(first, JOURNAL_NO_ROOM);
		return;
	}
	struct attempt a = try_batch(s, first, progress_only);
	if (a.rc != SQLITE_OK)
		handle_failure(s, first, a, progress_only);
}

void
sqlite_commit(struct backend *b, struct journal_txn *first)
{
	struct sqlite_store *s = (struct sqlite_store *)b;
	checkpointer_enter(&s->checkpointer);
	commit_some(s, first, false);
	checkpointer_leave(&s->checkpointer);
}

static int
run_transaction(struct sqlite_store *s, sqlite_work_fn *work)
{
	int rc = stmt_exec(s, STMT_BEGIN);
	if (rc == SQLITE_OK)
		rc = work(s);
	return rc == SQLITE_OK ? stmt_exec(s, STMT_COMMIT) : rc;
}

int
sqlite_in_transaction(struct sqlite_store *s, sqlite_work_fn *work)
{
	checkpointer_enter(&s->checkpointer);
	int rc = run_transaction(s, work);
	if (rc != SQLITE_OK) {
		enum fault fault = sqlite_fault(s->db, rc);
		roll_back(s);
		store_note_fault(s, fault);
	}
	checkpointer_leave(&s->checkpointer);
	return rc;
}
