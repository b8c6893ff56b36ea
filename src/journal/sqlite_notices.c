#include <errno.h>
#include <sqlite3.h>

#include "base/mem.h"
#include "journal/sqlite.h"

static bool
read_row(struct sqlite3_stmt *q, struct notice *n)
{
	bool failed = false;
	*n = (struct notice){0};
	n->sequence = (uint64_t)sqlite3_column_int64(q, 0);
	n->id = id_from((const char *)sqlite3_column_text(q, 1));
	n->delivery = id_from((const char *)sqlite3_column_text(q, 2));
	n->created_us = sqlite3_column_int64(q, 3);
	n->retain = sqlite3_column_int(q, 4) != 0;
	n->topic = column_dup(q, 5, &failed);
	n->type = column_dup(q, 6, &failed);
	n->payload = column_dup(q, 7, &failed);
	return !failed;
}

static int
read_rows(struct sqlite3_stmt *q, struct notice_page *page)
{
	int rc = sqlite3_step(q);
	for (; rc == SQLITE_ROW; rc = sqlite3_step(q)) {
		if (x_reserve(&page->items, &page->cap, page->len) < 0 ||
		    !read_row(q, &page->items[page->len++]))
			return -ENOMEM;
	}
	return rc == SQLITE_DONE ? 0 : -EIO;
}

int
sqlite_read_notices(struct backend *b, uint64_t after, unsigned max,
		    struct notice_page *page)
{
	struct sqlite_store *s = (struct sqlite_store *)b;
	struct binder q = stmt_bind(s, STMT_READ_NOTICES);
	bind_int(&q, (int64_t)after);
	bind_int(&q, max);
	int rc = q.rc == SQLITE_OK ? read_rows(q.stmt, page) : -EIO;
	sqlite3_reset(q.stmt);
	return rc;
}

static int
replay(struct sqlite_store *s)
{
	return stmt_exec(s, STMT_REPLAY);
}

int
sqlite_replay_notices(struct backend *b, uint64_t after, int64_t since_us)
{
	struct sqlite_store *s = (struct sqlite_store *)b;
	struct binder q = stmt_bind(s, STMT_REPLAY);
	bind_int(&q, (int64_t)after);
	bind_int(&q, since_us);
	int rc = q.rc == SQLITE_OK ? sqlite_in_transaction(s, replay) : q.rc;
	return rc == SQLITE_OK ? 0 : -EIO;
}
