/*
 * The schema of the SQLite file and its history: a table of steps, each of which leads
 * from one version to the next. Files are only ever migrated forward.
 */
#ifndef JOURNAL_SCHEMA_H
#define JOURNAL_SCHEMA_H

#include <stddef.h>

#include "base/attr.h"

struct sqlite3;

/* Element n leads from version n to n + 1. A released step is never changed. */
extern const char *const schema_steps[];
extern const size_t schema_version; /* how many there are */

/*
 * Brings the file to version n_steps, all missing steps in one transaction. Returns 0, or
 * a negative number with a text in *ret_error: -EPROTO when the file is newer, -ENOEXEC
 * when it is no journal, else -EIO.
 */
int schema_migrate(struct sqlite3 *db, const char *const *steps, size_t n_steps,
		   char **ret_error) MUST_CHECK;
/* The file's version: 0 for an empty one. -errno and text as above. */
int schema_read(struct sqlite3 *db, size_t newest, size_t *ret_version,
		char **ret_error) MUST_CHECK;

#endif
