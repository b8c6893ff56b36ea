#include "journal/schema.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>

#include "base/str.h"

/*
 * States are kept as their names, so a file can be read without this program, and an enum
 * may be reordered. Large values are the last columns: reading a row without them touches
 * none of their pages.
 *
 * delivery: seq is the order of arrival. dedupe_key: see give_up_key in sqlite_write.c.
 *   payload and body are zstd frames when they are shorter than payload_bytes,
 * body_bytes. notice: settled_us is NULL while the broker has not answered; then reason
 * is its reason code, and one of 128 or more means parked. seq never repeats
 * (meta.notice_sequence); meta.broker_marker: see journal_txn_marker. token, lease: for
 * the admin API and for several bridges on one database.
 */
static const char version_1[] =
	"CREATE TABLE delivery("
	" seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL,"
	" kind TEXT NOT NULL, type TEXT NOT NULL, sender_id TEXT,"
	" dedupe_key TEXT NOT NULL, subject TEXT, peer TEXT,"
	" received_us INTEGER NOT NULL, form TEXT NOT NULL, result TEXT,"
	" body_bytes INTEGER NOT NULL, payload_bytes INTEGER NOT NULL,"
	" headers BLOB NOT NULL, payload BLOB NOT NULL, body BLOB NOT NULL,"
	" UNIQUE(source, dedupe_key));"
	"CREATE TABLE rule(version TEXT PRIMARY KEY, text TEXT NOT NULL);"
	"CREATE TABLE job("
	" id TEXT PRIMARY KEY, delivery TEXT NOT NULL, rule TEXT NOT NULL,"
	" rule_version TEXT NOT NULL, queue TEXT, state TEXT NOT NULL, reason TEXT,"
	" server TEXT, site TEXT, created_us INTEGER NOT NULL,"
	" started_us INTEGER NOT NULL, ended_us INTEGER NOT NULL,"
	" steps INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX job_delivery ON job(delivery);"
	"CREATE INDEX job_unfinished ON job(delivery)"
	" WHERE state IN ('waiting', 'running');"
	"CREATE TABLE step("
	" job TEXT NOT NULL, n INTEGER NOT NULL, state TEXT NOT NULL,"
	" on_failure INTEGER NOT NULL, position INTEGER NOT NULL,"
	" attempts INTEGER NOT NULL, started_us INTEGER NOT NULL,"
	" ended_us INTEGER NOT NULL, resource TEXT, error TEXT, request TEXT, mark TEXT,"
	" result TEXT, PRIMARY KEY(job, n)) WITHOUT ROWID;"
	"CREATE TABLE notice("
	" seq INTEGER PRIMARY KEY, id TEXT NOT NULL, delivery TEXT NOT NULL,"
	" created_us INTEGER NOT NULL, settled_us INTEGER, reason INTEGER,"
	" retain INTEGER NOT NULL, topic TEXT NOT NULL, type TEXT,"
	" payload TEXT NOT NULL);"
	"CREATE INDEX notice_pending ON notice(seq) WHERE settled_us IS NULL;"
	"CREATE INDEX notice_pending_delivery ON notice(delivery)"
	" WHERE settled_us IS NULL;"
	"CREATE TABLE token("
	" id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, scopes TEXT NOT NULL,"
	" created_us INTEGER NOT NULL, expires_us INTEGER) WITHOUT ROWID;"
	"CREATE TABLE lease("
	" name TEXT PRIMARY KEY, owner TEXT NOT NULL, fence INTEGER NOT NULL,"
	" until_us INTEGER NOT NULL) WITHOUT ROWID;";

const char *const schema_steps[] = {version_1};
const size_t schema_version = ARRAY_LEN(schema_steps);

static int
failed(struct sqlite3 *db, char **ret_error)
{
	*ret_error = str_format("%s", sqlite3_errmsg(db));
	return -EIO;
}

/* A query of one number; without a row it stays as it is. */
static int
ask(struct sqlite3 *db, const char *sql, sqlite3_int64 *ret_n)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &q, NULL);
	if (rc == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
		*ret_n = sqlite3_column_int64(q, 0);
	return rc == SQLITE_OK ? sqlite3_finalize(q) : rc;
}

int
schema_read(struct sqlite3 *db, size_t newest, size_t *ret_version, char **ret_error)
{
	sqlite3_int64 tables = 0;
	sqlite3_int64 has_meta = 0;
	sqlite3_int64 version = -1;
	if (ask(db, "SELECT count(*) FROM sqlite_master", &tables) ||
	    ask(db, "SELECT count(*) FROM sqlite_master WHERE name = 'meta'", &has_meta))
		return failed(db, ret_error);
	if (tables == 0) {
		*ret_version = 0;
		return 0;
	}
	if (has_meta && ask(db, "SELECT value FROM meta WHERE key = 'schema'", &version))
		return failed(db, ret_error);
	if (version < 0) {
		*ret_error = str_format("the file is a database, but no journal");
		return -ENOEXEC;
	}
	if ((sqlite3_uint64)version > newest) {
		*ret_error = str_format(
			"its schema is version %lld, newer than this program knows "
			"(%zu): use the newer program",
			(long long)version, newest);
		return -EPROTO;
	}
	*ret_version = (size_t)version;
	return 0;
}

static int
apply_steps(struct sqlite3 *db, const char *const *steps, size_t from, size_t to)
{
	int rc = SQLITE_OK;
	if (from == 0)
		rc = sqlite3_exec(db,
				  "CREATE TABLE meta(key TEXT PRIMARY KEY,"
				  " value INTEGER NOT NULL) WITHOUT ROWID;",
				  NULL, NULL, NULL);
	for (size_t i = from; i < to && rc == SQLITE_OK; i++)
		rc = sqlite3_exec(db, steps[i], NULL, NULL, NULL);
	auto_str sql = str_format("REPLACE INTO meta VALUES('schema', %zu)", to);
	if (rc == SQLITE_OK)
		rc = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
	return rc;
}

/* Inside the transaction, so that two programs do not migrate the same file. */
static int
migrate(struct sqlite3 *db, const char *const *steps, size_t n_steps, char **ret_error)
{
	size_t version = 0;
	int rc = schema_read(db, n_steps, &version, ret_error);
	if (rc < 0 || version == n_steps)
		return rc;
	if (apply_steps(db, steps, version, n_steps) != SQLITE_OK)
		return failed(db, ret_error);
	return 0;
}

int
schema_migrate(struct sqlite3 *db, const char *const *steps, size_t n_steps,
	       char **ret_error)
{
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return failed(db, ret_error);
	int rc = migrate(db, steps, n_steps, ret_error);
	if (rc == 0 && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		rc = failed(db, ret_error);
	/* It says so when SQLite rolled back by itself; there is nothing to add to that.
	 */
	if (rc < 0)
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}
