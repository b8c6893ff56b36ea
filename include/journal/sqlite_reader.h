/* What the parts of the read-only handle share. */
#ifndef JOURNAL_SQLITE_READER_H
#define JOURNAL_SQLITE_READER_H

#include "journal/backend.h"

struct sqlite3;
struct sqlite3_stmt;

struct sqlite_reader {
	struct journal_reader reader;
	struct sqlite3 *db; /* owned */
};

/* NULL when it cannot be prepared. value is bound as ?1 unless it is NULL. */
struct sqlite3_stmt *reader_query(struct journal_reader *r, const char *sql,
				  const char *value);
void reader_finalize(struct sqlite3_stmt **q);
#define auto_query CLEANUP(reader_finalize) struct sqlite3_stmt *
/* Steps: 1 there is a row, 0 there is none, -EIO. */
int reader_next(struct sqlite3_stmt *q);

#endif
