/*
 * The read-only handle. Nothing that calls back runs inside a read transaction, which
 * would keep the write-ahead log from beginning anew: rows are copied a page at a time
 * and the statement is reset before the callbacks run.
 */
#include "journal/sqlite_reader.h"

#include <errno.h>
#include <sqlite3.h>

#include "base/mem.h"
#include "journal/schema.h"
#include "journal/sqlite.h"

#define PAGE_ROWS  64
#define BUSY_MS	   5000
#define TEXT_COUNT 6

static struct sqlite3 *
handle(struct journal_reader *r)
{
	return ((struct sqlite_reader *)r)->db;
}

/* --- opening --- */

static int
open_connection(struct sqlite_reader *r, const char *path)
{
	int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
	int rc = sqlite3_open_v2(path, &r->db, flags, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(r->db, BUSY_MS);
	return rc == SQLITE_OK ? 0 : -EIO;
}

static int
check_schema(struct sqlite_reader *r, const char *path, char **ret_error)
{
	auto_str text = NULL;
	size_t version = 0;
	int rc = schema_read(r->db, schema_version, &version, &text);
	if (rc == 0 && version == schema_version)
		return 0;
	if (rc == 0)
		*ret_error =
			str_format("journal %s: its schema is version %zu; start the "
				   "bridge once to bring it to version %zu",
				   path, version, schema_version);
	else
		*ret_error =
			str_format("journal %s: %s", path, text ? text : "no memory");
	return -EIO;
}

struct journal_reader *
sqlite_reader_open(const char *location, char **ret_error)
{
	struct sqlite_reader *r = x_new(struct sqlite_reader);
	if (!r)
		return NULL;
	r->reader.ops = &sqlite_backend;
	if (open_connection(r, location) < 0)
		*ret_error = str_format("journal %s: %s", location,
					r->db ? sqlite3_errmsg(r->db) : "no memory");
	else if (check_schema(r, location, ret_error) == 0)
		return &r->reader;
	sqlite_reader_close(&r->reader);
	return NULL;
}

void
sqlite_reader_close(struct journal_reader *r)
{
	sqlite3_close(handle(r));
	mem_free(r);
}

struct sqlite3_stmt *
reader_query(struct journal_reader *r, const char *sql, const char *value)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(handle(r), sql, -1, &q, NULL);
	if (rc == SQLITE_OK && value)
		rc = sqlite3_bind_text(q, 1, value, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		return q;
	sqlite3_finalize(q);
	return NULL;
}

void
reader_finalize(struct sqlite3_stmt **q)
{
	sqlite3_finalize(*q);
}

int
reader_next(struct sqlite3_stmt *q)
{
	int rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : -EIO;
}

/* --- the list of deliveries --- */

struct delivery_row {
	int64_t seq;
	struct journal_delivery_row row;
	char *texts[TEXT_COUNT]; /* owned; row points to them */
};

struct delivery_page {
	struct delivery_row rows[PAGE_ROWS];
	size_t len;
};

static void
delivery_page_done(struct delivery_page *p)
{
	for (size_t i = 0; i < p->len * TEXT_COUNT; i++)
		str_free(p->rows[i / TEXT_COUNT].texts[i % TEXT_COUNT]);
	p->len = 0;
}

static bool
read_delivery_row(struct sqlite3_stmt *q, struct delivery_row *to)
{
	bool failed = false;
	for (int i = 0; i < TEXT_COUNT; i++)
		to->texts[i] = column_dup(q, 2 + i, &failed);
	to->seq = sqlite3_column_int64(q, 0);
	to->row = (struct journal_delivery_row){
		.id = id_from((const char *)sqlite3_column_text(q, 1)),
		.source = to->texts[0],
		.kind = to->texts[1],
		.type = to->texts[2],
		.sender_id = to->texts[3],
		.subject = to->texts[4],
		.result = to->texts[5],
		.received_us = sqlite3_column_int64(q, 8),
		.body_bytes = (uint64_t)sqlite3_column_int64(q, 9),
	};
	return !failed;
}

static int
read_delivery_page(struct sqlite3_stmt *q, int64_t before, unsigned max,
		   struct delivery_page *page)
{
	if (sqlite3_bind_int64(q, 1, before) || sqlite3_bind_int64(q, 2, max))
		return -EIO;
	int rc = reader_next(q);
	for (; rc > 0; rc = reader_next(q)) {
		if (!read_delivery_row(q, &page->rows[page->len++])) {
			rc = -EIO;
			break;
		}
	}
	sqlite3_reset(q);
	return rc;
}

/* Returns whether to go on. */
static bool
hand_out_deliveries(const struct delivery_page *page, journal_delivery_fn *on_row,
		    void *arg)
{
	for (size_t i = 0; i < page->len; i++) {
		if (!on_row(&page->rows[i].row, arg))
			return false;
	}
	return true;
}

int
sqlite_list_deliveries(struct journal_reader *r, unsigned max,
		       journal_delivery_fn *on_row, void *arg)
{
	static const char sql[] =
		"SELECT seq, id, source, kind, type, sender_id, subject, result,"
		" received_us, body_bytes FROM delivery WHERE seq < ?"
		" ORDER BY seq DESC LIMIT ?";
	auto_query q = reader_query(r, sql, NULL);
	int rc = q ? 0 : -EIO;
	int64_t before = INT64_MAX;
	bool more = true;
	while (max > 0 && more && rc == 0) {
		struct delivery_page page = {.len = 0};
		unsigned n = max < PAGE_ROWS ? max : PAGE_ROWS;
		rc = read_delivery_page(q, before, n, &page);
		more = rc == 0 && hand_out_deliveries(&page, on_row, arg) &&
		       page.len == n;
		before = page.len > 0 ? page.rows[page.len - 1].seq : before;
		max -= n;
		delivery_page_done(&page);
	}
	return rc;
}

/* --- one delivery --- */

static int
form_from(const char *name, enum payload_form *ret_form)
{
	for (size_t i = 0; i < ARRAY_LEN(sqlite_form_names); i++) {
		if (str_eq(sqlite_form_names[i], name)) {
			*ret_form = (enum payload_form)i;
			return 0;
		}
	}
	return -EIO;
}

static int
read_delivery_bytes(struct sqlite3_stmt *q, struct delivery *d)
{
	int rc = form_from((const char *)sqlite3_column_text(q, 9), &d->form);
	size_t body_bytes = (size_t)sqlite3_column_int64(q, 11);
	size_t payload_bytes = (size_t)sqlite3_column_int64(q, 12);
	struct slice headers = column_slice(q, 13);
	if (rc == 0)
		rc = buf_append(&d->headers, headers.data, headers.len);
	if (rc == 0)
		rc = zip_unpack(column_slice(q, 14), payload_bytes, &d->payload);
	if (rc == 0)
		rc = zip_unpack(column_slice(q, 15), body_bytes, &d->body);
	return rc == 0 ? 0 : -EIO;
}

static int
read_delivery(struct sqlite3_stmt *q, struct delivery *d)
{
	bool failed = false;
	d->id = id_from((const char *)sqlite3_column_text(q, 0));
	d->source = column_dup(q, 1, &failed);
	d->kind = column_dup(q, 2, &failed);
	d->type = column_dup(q, 3, &failed);
	d->sender_id = column_dup(q, 4, &failed);
	d->dedupe_key = column_dup(q, 5, &failed);
	d->subject = column_dup(q, 6, &failed);
	d->peer = column_dup(q, 7, &failed);
	d->received_us = sqlite3_column_int64(q, 8);
	d->result = column_dup(q, 10, &failed);
	return failed ? -EIO : read_delivery_bytes(q, d);
}

int
sqlite_load_delivery(struct journal_reader *r, const char *id,
		     struct delivery **ret_delivery)
{
	static const char sql[] =
		"SELECT id, source, kind, type, sender_id, dedupe_key, subject, peer,"
		" received_us, form, result, body_bytes, payload_bytes, headers,"
		" payload, body FROM delivery WHERE id = ?";
	auto_query q = reader_query(r, sql, id);
	int rc = q ? reader_next(q) : -EIO;
	if (rc <= 0)
		return rc < 0 ? rc : -ENOENT;
	struct delivery *d = delivery_new();
	if (!d || read_delivery(q, d) < 0) {
		delivery_free(d);
		return -EIO;
	}
	*ret_delivery = d;
	return 0;
}

/* --- the rest --- */

int
sqlite_load_rule(struct journal_reader *r, const char *version, char **ret_text)
{
	auto_query q =
		reader_query(r, "SELECT text FROM rule WHERE version = ?", version);
	int rc = q ? reader_next(q) : -EIO;
	if (rc <= 0)
		return rc < 0 ? rc : -ENOENT;
	bool failed = false;
	char *text = column_dup(q, 0, &failed);
	if (!text)
		return -EIO;
	*ret_text = text;
	return 0;
}

int
sqlite_load_marker(struct journal_reader *r, uint64_t *ret_sequence)
{
	static const char sql[] =
		"SELECT ifnull((SELECT value FROM meta WHERE key = 'broker_marker'), 0)";
	auto_query q = reader_query(r, sql, NULL);
	int rc = q ? reader_next(q) : -EIO;
	if (rc <= 0)
		return -EIO;
	*ret_sequence = (uint64_t)sqlite3_column_int64(q, 0);
	return 0;
}

struct counted {
	const char *table;
	const char *state; /* NULL: all rows; "": any other, which is ?1 */
	const char *sql;
};

static const struct counted counts[] = {
	{"delivery", NULL, "SELECT count(*) FROM delivery"},
	{"job", NULL, "SELECT count(*) FROM job"},
	{"job", "", "SELECT count(*) FROM job WHERE state = ?"},
	{"notice", NULL, "SELECT count(*) FROM notice"},
	{"notice", "pending", "SELECT count(*) FROM notice WHERE settled_us IS NULL"},
	{"notice", "acked", "SELECT count(*) FROM notice WHERE reason < 128"},
	{"notice", "parked", "SELECT count(*) FROM notice WHERE reason >= 128"},
};

static const struct counted *
find_count(const char *table, const char *state)
{
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		const struct counted *c = &counts[i];
		bool any = state && c->state && !c->state[0];
		if (str_eq(c->table, table) && (any || str_eq(c->state, state)))
			return c;
	}
	return NULL;
}

int
sqlite_count(struct journal_reader *r, const char *table, const char *state,
	     uint64_t *ret_n)
{
	const char *wanted = str_is_empty(state) ? NULL : state;
	const struct counted *c = find_count(table, wanted);
	if (!c)
		return -ENOENT;
	bool any = c->state && !c->state[0];
	auto_query q = reader_query(r, c->sql, any ? wanted : NULL);
	int rc = q ? reader_next(q) : -EIO;
	if (rc <= 0)
		return -EIO;
	*ret_n = (uint64_t)sqlite3_column_int64(q, 0);
	return 0;
}
