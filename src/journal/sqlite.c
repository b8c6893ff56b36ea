#include "journal/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "journal/schema.h"

#define PROBE_US     100000U  /* between looks at the disk while committing */
#define PROBE_LOW_US 1000000U /* and while there is no room, or on a submission */
#define FOREIGN_MS   5000     /* waited for another program that writes */
#define SHRINK_BYTES (1 * MIB)

/*
 * The page size counts for a new file only. A delivery of some KiB takes about 2 KiB when
 * compressed: at 4 KiB each has a page of its own, half of it empty, that goes to the log
 * and from there to the file; with larger pages than 8 KiB ids in no order cost more.
 */
static const char pragmas[] =
	"PRAGMA page_size = 8192;"
	"PRAGMA synchronous = FULL;"
	"PRAGMA wal_autocheckpoint = 0;"
	"PRAGMA temp_store = MEMORY;"
	"PRAGMA cache_size = -4096;"
	/* deleted rows are overwritten where that costs no write of its own */
	"PRAGMA secure_delete = FAST;";

/* --- opening --- */

static char *
sqlite_error(const struct sqlite_store *s)
{
	return str_format("journal %s: %s", s->path,
			  s->db ? sqlite3_errmsg(s->db) : "no memory");
}

/* A second bridge on the same file would start every job again. */
static int
lock_file(struct sqlite_store *s, char **ret_error)
{
	auto_str path = str_format("%s-lock", s->path);
	if (!path)
		return -ENOMEM;
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd >= 0 && flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	int error = errno;
	if (error == EWOULDBLOCK)
		*ret_error = str_format("journal %s: another bridge uses it", s->path);
	else
		*ret_error = str_format("journal %s: %s", path, strerrordesc_np(error));
	return -error;
}

/* Bodies are nobody else's business; SQLite gives its other files the same mode. */
static void
create_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
}

static int
open_connection(struct sqlite_store *s, char **ret_error)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	create_file(s->path);
	int rc = sqlite3_open_v2(s->path, &s->db, flags, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_extended_result_codes(s->db, 1);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(s->db, FOREIGN_MS);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db, pragmas, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		return 0;
	*ret_error = sqlite_error(s);
	return -EIO;
}

/* The mode stands in the answer; a file system without shared memory has no WAL. */
static int
use_wal(struct sqlite_store *s, char **ret_error)
{
	sqlite3_stmt *q = NULL;
	bool is_wal = false;
	int rc = sqlite3_prepare_v2(s->db, "PRAGMA journal_mode = WAL", -1, &q, NULL);
	if (rc == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
		is_wal = str_eq((const char *)sqlite3_column_text(q, 0), "wal");
	rc = sqlite3_finalize(q);
	auto_str limit = str_format("PRAGMA journal_size_limit = %u", LIMIT_WAL_BYTES);
	if (rc == SQLITE_OK && is_wal && limit)
		rc = sqlite3_exec(s->db, limit, NULL, NULL, NULL);
	if (rc == SQLITE_OK && is_wal && limit)
		return 0;
	*ret_error = rc != SQLITE_OK
			     ? sqlite_error(s)
			     : str_format("journal %s: the file system has no "
					  "shared memory, which a write-ahead log needs",
					  s->path);
	return -EIO;
}

static int
migrate(struct sqlite_store *s, char **ret_error)
{
	auto_str text = NULL;
	int rc = schema_migrate(s->db, schema_steps, schema_version, &text);
	if (rc < 0)
		*ret_error =
			str_format("journal %s: %s", s->path, text ? text : "no memory");
	return rc;
}

static int
ask_number(struct sqlite_store *s, const char *sql, uint64_t *ret_n)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
	if (rc == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
		*ret_n = (uint64_t)sqlite3_column_int64(q, 0);
	return sqlite3_finalize(q);
}

static int
prepare(struct sqlite_store *s, char **ret_error)
{
	static const char sequence[] =
		"SELECT max(ifnull((SELECT max(seq) FROM notice), 0),"
		" ifnull((SELECT value FROM meta WHERE key = 'notice_sequence'), 0))";
	int rc = stmt_prepare_all(s);
	if (rc == SQLITE_OK)
		rc = ask_number(s, sequence, &s->sequence);
	if (rc == SQLITE_OK)
		rc = ask_number(s, "PRAGMA page_size", &s->page_bytes);
	if (rc == SQLITE_OK)
		return 0;
	*ret_error = sqlite_error(s);
	return -EIO;
}

static void
on_checkpoint_error(void *arg, struct sqlite3 *db, int rc)
{
	struct sqlite_store *s = arg;
	store_note_fault(s, sqlite_fault(db, rc));
}

static int
start_checkpointer(struct sqlite_store *s, char **ret_error)
{
	s->checkpointer.on_error = on_checkpoint_error;
	s->checkpointer.arg = s;
	s->checkpointer.page_bytes = s->page_bytes;
	int rc = checkpointer_start(&s->checkpointer, s->db, s->path);
	if (rc < 0)
		*ret_error = str_format(
			"journal %s: its checkpoint thread does not start", s->path);
	return rc;
}

/* Each says in *ret_error why it failed, unless there was no memory for that. */
static int
open_parts(struct sqlite_store *s, const struct journal_options *o, char **ret_error)
{
	int rc = lock_file(s, ret_error);
	if (rc == 0)
		rc = room_init(&s->room, s->path, o->reserve_bytes, o->min_free_bytes);
	if (rc == 0)
		rc = open_connection(s, ret_error);
	if (rc == 0)
		rc = use_wal(s, ret_error);
	if (rc == 0)
		rc = migrate(s, ret_error);
	if (rc == 0)
		rc = prepare(s, ret_error);
	return rc == 0 ? start_checkpointer(s, ret_error) : rc;
}

static void
sqlite_close(struct backend *b)
{
	struct sqlite_store *s = (struct sqlite_store *)b;
	checkpointer_stop(&s->checkpointer);
	stmt_finalize_all(s);
	/*
	 * After a failed sync the log is all there is. A sync at closing may well claim
	 * success (the kernel reports such an error once) and the log would be deleted.
	 */
	if (s->db && atomic_load(&s->broken))
		sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(s->db);
	zip_done(&s->body_zip);
	zip_done(&s->payload_zip);
	room_done(&s->room);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	str_free(s->path);
	mem_free(s);
}

static struct backend *
sqlite_open(const struct backend_setup *setup, char **ret_error)
{
	struct sqlite_store *s = x_new(struct sqlite_store);
	if (!s)
		return NULL;
	s->backend.ops = &sqlite_backend;
	s->lock_fd = -1;
	s->retain_days = setup->options->retain_days;
	s->retain_bytes = setup->options->retain_bytes;
	s->on_health = setup->on_health;
	s->arg = setup->arg;
	zip_init(&s->body_zip);
	zip_init(&s->payload_zip);
	s->path = str_dup(setup->location);
	if (s->path && open_parts(s, setup->options, ret_error) == 0)
		return &s->backend;
	sqlite_close(&s->backend);
	return NULL;
}

/* --- watching over it --- */

static enum journal_health
sqlite_health(struct backend *b)
{
	const struct sqlite_store *s = (const struct sqlite_store *)b;
	if (atomic_load(&s->broken))
		return JOURNAL_BROKEN;
	return room_is_low(&s->room) ? JOURNAL_FULL : JOURNAL_OK;
}

static void
sqlite_probe(struct backend *b)
{
	struct sqlite_store *s = (struct sqlite_store *)b;
	if (room_probe(&s->room, PROBE_LOW_US))
		s->on_health(s->arg);
}

static uint64_t
wal_bytes(const struct sqlite_store *s)
{
	return atomic_load(&s->checkpointer.wal_pages) * s->page_bytes;
}

static void
tend_room(struct sqlite_store *s)
{
	bool low = room_is_low(&s->room);
	if (room_probe(&s->room, low ? PROBE_LOW_US : PROBE_US))
		s->on_health(s->arg);
	low = room_is_low(&s->room);
	if (!low)
		room_restore(&s->room);
	else if (!s->was_low && wal_bytes(s) > SHRINK_BYTES)
		checkpointer_shrink(&s->checkpointer);
	s->was_low = low;
}

static uint64_t
sqlite_tend(struct backend *b, bool idle)
{
	struct sqlite_store *s = (struct sqlite_store *)b;
	tend_room(s);
	uint64_t pause = sqlite_retain(s, idle);
	bool low = room_is_low(&s->room);
	return low && pause > PROBE_LOW_US ? PROBE_LOW_US : pause;
}

static uint64_t
file_bytes(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void
sqlite_stats(struct backend *b, struct journal_stats *stats)
{
	struct sqlite_store *s = (struct sqlite_store *)b;
	room_probe(&s->room, PROBE_LOW_US);
	stats->wal_bytes = wal_bytes(s);
	stats->file_bytes = file_bytes(s->path);
	stats->free_bytes = atomic_load(&s->room.free_bytes);
}

const struct backend_ops sqlite_backend = {
	.scheme = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.commit = sqlite_commit,
	.read_notices = sqlite_read_notices,
	.replay_notices = sqlite_replay_notices,
	.tend = sqlite_tend,
	.health = sqlite_health,
	.probe = sqlite_probe,
	.stats = sqlite_stats,
	.reader_open = sqlite_reader_open,
	.reader_close = sqlite_reader_close,
	.list_deliveries = sqlite_list_deliveries,
	.load_delivery = sqlite_load_delivery,
	.list_jobs = sqlite_list_jobs,
	.load_job = sqlite_load_job,
	.load_rule = sqlite_load_rule,
	.load_marker = sqlite_load_marker,
	.count = sqlite_count,
};
