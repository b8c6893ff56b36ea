/*
 * Retention. A round walks notices and then deliveries from the oldest on, in slices of
 * LIMIT_RETAIN_SLICE rows, each its own transaction, and ends at the first row that is
 * too young. Slices run while nothing waits; when no such moment came for a while, also
 * between batches. The freed pages stay in the file and are used again: giving them back
 * would mean keeping pointer maps, which every insert would pay for. They count as room
 * (room.h).
 */
#include <sqlite3.h>

#include "base/clock.h"
#include "base/limits.h"
#include "journal/sqlite.h"

#define SECOND_US      1000000U
#define ROUND_PAUSE_US (10U * SECOND_US)
#define IDLE_PAUSE_US  5000U   /* between slices while nothing waits */
#define BUSY_PAUSE_US  100000U /* the same between busy batches */
#define LATE_US	       (30U * SECOND_US)
#define DAY_US	       86400000000LL
#define HOUR_US	       3600000000LL
#define PARKED_REASON  128

/* The rows of one slice that go. They are deleted when no statement reads the table. */
struct slice_rows {
	int64_t seqs[LIMIT_RETAIN_SLICE];
	struct id ids[LIMIT_RETAIN_SLICE];
	size_t n;
	bool ended; /* the stage is over */
};

/* The wall time before which rows go; nothing is older than that without a limit. */
static int64_t
age_limit(const struct sqlite_store *s)
{
	if (s->retain_days == 0)
		return INT64_MIN;
	return clock_wall_us() - (int64_t)s->retain_days * DAY_US;
}

static int
ask_number(struct sqlite_store *s, enum stmt which, int64_t *ret_n)
{
	struct binder q = stmt_bind(s, which);
	int rc = sqlite3_step(q.stmt);
	if (rc == SQLITE_ROW)
		*ret_n = sqlite3_column_int64(q.stmt, 0);
	int reset = sqlite3_reset(q.stmt);
	return rc == SQLITE_ROW ? SQLITE_OK : reset;
}

/* Bytes of the file that hold something. */
static int
used_bytes(struct sqlite_store *s, uint64_t *ret_bytes)
{
	int64_t pages = 0;
	int64_t spare = 0;
	int rc = ask_number(s, STMT_PAGES, &pages);
	if (rc == SQLITE_OK)
		rc = ask_number(s, STMT_FREE_PAGES, &spare);
	if (rc != SQLITE_OK)
		return rc;
	atomic_store(&s->room.spare_bytes, (uint64_t)spare * s->page_bytes);
	*ret_bytes = (uint64_t)(pages - spare) * s->page_bytes;
	return SQLITE_OK;
}

/* --- notices --- */

static bool
notice_goes(struct sqlite3_stmt *q, int64_t settled_limit, int64_t parked_limit)
{
	if (sqlite3_column_type(q, 2) == SQLITE_NULL)
		return false;
	bool parked = sqlite3_column_int(q, 3) >= PARKED_REASON;
	return sqlite3_column_int64(q, 2) < (parked ? parked_limit : settled_limit);
}

static int
find_notices(struct sqlite_store *s, struct slice_rows *rows)
{
	int64_t limit = clock_wall_us() - NOTICE_RETAIN_HOURS * HOUR_US;
	struct binder b = stmt_bind(s, STMT_OLD_NOTICES);
	bind_int(&b, s->retention.cursor);
	bind_int(&b, LIMIT_RETAIN_SLICE);
	size_t seen = 0;
	int rc = sqlite3_step(b.stmt);
	for (; rc == SQLITE_ROW; rc = sqlite3_step(b.stmt), seen++) {
		if (sqlite3_column_int64(b.stmt, 1) >= limit)
			break;
		s->retention.cursor = sqlite3_column_int64(b.stmt, 0);
		if (notice_goes(b.stmt, limit, age_limit(s)))
			rows->seqs[rows->n++] = s->retention.cursor;
	}
	rows->ended = seen < LIMIT_RETAIN_SLICE;
	int reset = sqlite3_reset(b.stmt);
	return rc == SQLITE_ROW ? SQLITE_OK : reset;
}

static int
run_with(struct sqlite_store *s, enum stmt which, int64_t n)
{
	struct binder b = stmt_bind(s, which);
	bind_int(&b, n);
	return stmt_run(&b);
}

static int
drop_notices(struct sqlite_store *s, const struct slice_rows *rows)
{
	int rc = SQLITE_OK;
	/* The highest sequence must be known when its row is gone. */
	if (rows->n > 0)
		rc = run_with(s, STMT_KEEP_SEQUENCE, (int64_t)s->sequence);
	for (size_t i = 0; i < rows->n && rc == SQLITE_OK; i++)
		rc = run_with(s, STMT_DROP_NOTICE, rows->seqs[i]);
	return rc;
}

/* --- deliveries --- */

static int
find_deliveries(struct sqlite_store *s, bool too_big, struct slice_rows *rows)
{
	int64_t limit = too_big ? INT64_MAX : age_limit(s);
	struct binder b = stmt_bind(s, STMT_OLD_DELIVERIES);
	bind_int(&b, s->retention.cursor);
	bind_int(&b, LIMIT_RETAIN_SLICE);
	int rc = sqlite3_step(b.stmt);
	for (; rc == SQLITE_ROW; rc = sqlite3_step(b.stmt)) {
		if (sqlite3_column_int64(b.stmt, 2) >= limit)
			break;
		s->retention.cursor = sqlite3_column_int64(b.stmt, 0);
		rows->seqs[rows->n] = s->retention.cursor;
		rows->ids[rows->n++] =
			id_from((const char *)sqlite3_column_text(b.stmt, 1));
	}
	rows->ended = rows->n < LIMIT_RETAIN_SLICE;
	int reset = sqlite3_reset(b.stmt);
	return rc == SQLITE_ROW ? SQLITE_OK : reset;
}

/* A job is not at its end, or a notice of it waits for the broker. */
static int
is_needed(struct sqlite_store *s, const struct id *id, bool *ret_needed)
{
	struct binder b = stmt_bind(s, STMT_IS_NEEDED);
	bind_text(&b, id->text);
	int rc = sqlite3_step(b.stmt);
	*ret_needed = rc != SQLITE_ROW || sqlite3_column_int(b.stmt, 0) != 0;
	int reset = sqlite3_reset(b.stmt);
	return rc == SQLITE_ROW ? SQLITE_OK : reset;
}

static int
run_with_id(struct sqlite_store *s, enum stmt which, const struct id *id)
{
	struct binder b = stmt_bind(s, which);
	bind_text(&b, id->text);
	return stmt_run(&b);
}

static int
drop_delivery(struct sqlite_store *s, int64_t seq, const struct id *id)
{
	bool needed = true;
	int rc = is_needed(s, id, &needed);
	if (rc != SQLITE_OK || needed)
		return rc;
	rc = run_with_id(s, STMT_DROP_STEPS, id);
	if (rc == SQLITE_OK)
		rc = run_with_id(s, STMT_DROP_JOBS, id);
	return rc == SQLITE_OK ? run_with(s, STMT_DROP_DELIVERY, seq) : rc;
}

static int
is_too_big(struct sqlite_store *s, bool *ret_big)
{
	uint64_t used = 0;
	int rc = used_bytes(s, &used);
	*ret_big = rc == SQLITE_OK && s->retain_bytes > 0 && used > s->retain_bytes;
	return rc;
}

/* By size, no more rows than needed go: each one's pages are free at once. */
static int
drop_deliveries(struct sqlite_store *s, struct slice_rows *rows, bool by_size)
{
	int rc = SQLITE_OK;
	bool more = true;
	for (size_t i = 0; i < rows->n && more && rc == SQLITE_OK; i++) {
		rc = drop_delivery(s, rows->seqs[i], &rows->ids[i]);
		if (rc == SQLITE_OK && by_size)
			rc = is_too_big(s, &more);
	}
	rows->ended = rows->ended || !more;
	return rc;
}

/* --- slices and rounds --- */

static int
slice_of_notices(struct sqlite_store *s)
{
	struct slice_rows rows = {.n = 0};
	int rc = find_notices(s, &rows);
	if (rc == SQLITE_OK)
		rc = drop_notices(s, &rows);
	if (rc == SQLITE_OK && rows.ended) {
		s->retention.stage = RETAIN_DELIVERIES;
		s->retention.cursor = 0;
	}
	return rc;
}

static int
slice_of_deliveries(struct sqlite_store *s)
{
	struct slice_rows rows = {.n = 0};
	bool too_big = false;
	int rc = is_too_big(s, &too_big);
	if (rc == SQLITE_OK)
		rc = find_deliveries(s, too_big, &rows);
	if (rc == SQLITE_OK)
		rc = drop_deliveries(s, &rows, too_big);
	if (rc == SQLITE_OK && rows.ended)
		s->retention.stage = RETAIN_PAUSE;
	return rc;
}

static int
run_slice(struct sqlite_store *s)
{
	return s->retention.stage == RETAIN_NOTICES ? slice_of_notices(s)
						    : slice_of_deliveries(s);
}

static void
plan_next(struct retention *r, int rc, bool idle)
{
	uint64_t now = clock_mono_us();
	if (rc != SQLITE_OK || r->stage == RETAIN_PAUSE) {
		r->stage = RETAIN_NOTICES;
		r->cursor = 0;
		r->due_us = now + ROUND_PAUSE_US;
		r->late_us = r->due_us + LATE_US;
		return;
	}
	r->due_us = now + (idle ? IDLE_PAUSE_US : BUSY_PAUSE_US);
}

uint64_t
sqlite_retain(struct sqlite_store *s, bool idle)
{
	struct retention *r = &s->retention;
	uint64_t now = clock_mono_us();
	uint64_t start = idle || now >= r->late_us ? r->due_us : r->late_us;
	if (now < start)
		return start - now;
	int rc = atomic_load(&s->broken) ? SQLITE_IOERR
					 : sqlite_in_transaction(s, run_slice);
	plan_next(r, rc, idle);
	return r->due_us - now;
}
