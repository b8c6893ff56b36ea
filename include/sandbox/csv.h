/* Redirect rules as CSV (RFC 4180): from,to,type. */
#ifndef SANDBOX_CSV_H
#define SANDBOX_CSV_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

/* One field, in quotes where it needs them. */
void csv_put(struct buf *out, const char *text);
/*
 * Takes the next record off *rest: up to max fields in fields[] (str_free each; NULL
 * where there are fewer). Returns how many, 0 at the end, -EINVAL when quotes do not end
 * or there are more, -ENOMEM.
 */
int csv_next(struct slice *rest, char **fields, int max) MUST_CHECK;

#endif
