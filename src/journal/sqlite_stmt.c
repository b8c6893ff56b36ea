#include <sqlite3.h>

#include "base/str.h"
#include "journal/sqlite.h"

static const char *const texts[STMT_COUNT] = {
	[STMT_BEGIN] = "BEGIN IMMEDIATE",
	[STMT_COMMIT] = "COMMIT",
	[STMT_ROLLBACK] = "ROLLBACK",
	[STMT_DELIVERY] = "INSERT INTO delivery(id, source, kind, type, sender_id,"
			  " dedupe_key, subject, peer, received_us, form, result,"
			  " body_bytes, payload_bytes, headers, payload, body)"
			  " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
			  " ON CONFLICT(source, dedupe_key) DO NOTHING",
	[STMT_FIND_KEY] = "SELECT seq, id, received_us FROM delivery"
			  " WHERE source = ? AND dedupe_key = ?",
	[STMT_GIVE_UP_KEY] = "UPDATE delivery SET dedupe_key = dedupe_key || '@' || id"
			     " WHERE seq = ?",
	[STMT_RULE] = "INSERT INTO rule VALUES(?, ?) ON CONFLICT DO NOTHING",
	[STMT_JOB] = "INSERT INTO job(id, delivery, rule, rule_version, queue, state,"
		     " reason, server, site, created_us, started_us, ended_us, steps)"
		     " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"
		     " ON CONFLICT(id) DO UPDATE SET queue = excluded.queue,"
		     " state = excluded.state, reason = excluded.reason,"
		     " server = excluded.server, site = excluded.site,"
		     " started_us = excluded.started_us, ended_us = excluded.ended_us",
	/* Most steps of a job that is written again did not change: no page is touched.
	 */
	[STMT_STEP] =
		"INSERT INTO step(job, n, state, on_failure, position, attempts,"
		" started_us, ended_us, resource, error, request, mark, result)"
		" VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"
		" ON CONFLICT(job, n) DO UPDATE SET state = excluded.state,"
		" attempts = excluded.attempts, started_us = excluded.started_us,"
		" ended_us = excluded.ended_us, resource = excluded.resource,"
		" error = excluded.error, request = excluded.request,"
		" mark = excluded.mark, result = excluded.result"
		" WHERE (state, attempts, started_us, ended_us, resource, error, request,"
		" mark, result) IS NOT (excluded.state, excluded.attempts,"
		" excluded.started_us, excluded.ended_us, excluded.resource,"
		" excluded.error, excluded.request, excluded.mark, excluded.result)",
	[STMT_NOTICE] = "INSERT INTO notice(seq, id, delivery, created_us, retain, topic,"
			" type, payload) VALUES(?,?,?,?,?,?,?,?)",
	[STMT_ACK] = "UPDATE notice SET settled_us = ?, reason = ?"
		     " WHERE seq = ? AND settled_us IS NULL",
	[STMT_READ_NOTICES] =
		"SELECT seq, id, delivery, created_us, retain, topic, type, payload"
		" FROM notice INDEXED BY notice_pending"
		" WHERE settled_us IS NULL AND seq > ? ORDER BY seq LIMIT ?",
	[STMT_REPLAY] = "UPDATE notice SET settled_us = NULL, reason = NULL"
			" WHERE seq > ? AND settled_us >= ? AND reason < 128",
	[STMT_KEEP_SEQUENCE] = "REPLACE INTO meta VALUES('notice_sequence', ?)",
	[STMT_MARKER] = "REPLACE INTO meta VALUES('broker_marker', ?)",
	[STMT_OLD_NOTICES] = "SELECT seq, created_us, settled_us, reason FROM notice"
			     " WHERE seq > ? ORDER BY seq LIMIT ?",
	[STMT_DROP_NOTICE] = "DELETE FROM notice WHERE seq = ?",
	[STMT_OLD_DELIVERIES] = "SELECT seq, id, received_us FROM delivery"
				" WHERE seq > ? ORDER BY seq LIMIT ?",
	[STMT_IS_NEEDED] =
		"SELECT EXISTS(SELECT 1 FROM job INDEXED BY job_unfinished"
		" WHERE delivery = ?1 AND state IN ('waiting', 'running'))"
		" OR EXISTS(SELECT 1 FROM notice INDEXED BY notice_pending_delivery"
		" WHERE delivery = ?1 AND settled_us IS NULL)",
	[STMT_DROP_STEPS] =
		"DELETE FROM step WHERE job IN (SELECT id FROM job WHERE delivery = ?)",
	[STMT_DROP_JOBS] = "DELETE FROM job WHERE delivery = ?",
	[STMT_DROP_DELIVERY] = "DELETE FROM delivery WHERE seq = ?",
	[STMT_PAGES] = "PRAGMA page_count",
	[STMT_FREE_PAGES] = "PRAGMA freelist_count",
};

const char *const sqlite_form_names[3] = {
	[PAYLOAD_JSON] = "json",
	[PAYLOAD_FORM] = "form",
	[PAYLOAD_TEXT] = "text",
};

int
stmt_prepare_all(struct sqlite_store *s)
{
	int rc = SQLITE_OK;
	for (size_t i = 0; i < STMT_COUNT && rc == SQLITE_OK; i++)
		rc = sqlite3_prepare_v3(s->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
					&s->stmts[i], NULL);
	return rc;
}

void
stmt_finalize_all(struct sqlite_store *s)
{
	for (size_t i = 0; i < STMT_COUNT; i++) {
		sqlite3_finalize(s->stmts[i]);
		s->stmts[i] = NULL;
	}
}

struct binder
stmt_bind(struct sqlite_store *s, enum stmt which)
{
	return (struct binder){.stmt = s->stmts[which], .rc = SQLITE_OK};
}

static void
note(struct binder *b, int rc)
{
	if (b->rc == SQLITE_OK)
		b->rc = rc;
}

void
bind_text(struct binder *b, const char *text)
{
	note(b, sqlite3_bind_text(b->stmt, ++b->column, text, -1, SQLITE_STATIC));
}

void
bind_int(struct binder *b, int64_t n)
{
	note(b, sqlite3_bind_int64(b->stmt, ++b->column, n));
}

void
bind_blob(struct binder *b, struct slice data)
{
	/* A NULL pointer would become NULL; an empty blob is one all the same. */
	const char *p = data.data ? data.data : "";
	note(b, sqlite3_bind_blob64(b->stmt, ++b->column, p, data.len, SQLITE_STATIC));
}

int
stmt_run(struct binder *b)
{
	if (b->rc == SQLITE_OK)
		b->rc = sqlite3_step(b->stmt);
	int reset = sqlite3_reset(b->stmt);
	if (b->rc == SQLITE_DONE || b->rc == SQLITE_ROW)
		return reset;
	return b->rc;
}

int
stmt_exec(struct sqlite_store *s, enum stmt which)
{
	struct binder b = stmt_bind(s, which);
	return stmt_run(&b);
}

struct slice
column_slice(struct sqlite3_stmt *q, int column)
{
	const void *data = sqlite3_column_blob(q, column);
	return (struct slice){data, (size_t)sqlite3_column_bytes(q, column)};
}

char *
column_dup(struct sqlite3_stmt *q, int column, bool *failed)
{
	if (sqlite3_column_type(q, column) == SQLITE_NULL)
		return NULL;
	struct slice s = column_slice(q, column);
	char *copy = str_ndup(s.data ? s.data : "", s.len);
	if (!copy)
		*failed = true;
	return copy;
}
