/* Whole files, into memory and back. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/attr.h"
#include "base/buf.h"

/*
 * Appends the content of path ("-": standard input) to out, up to its limit. Returns 0,
 * -EMSGSIZE, -ENOMEM or -errno of open and read.
 */
int file_read(const char *path, struct buf *out) MUST_CHECK;

/*
 * Puts data in the place of path's content so that a crash leaves the old or the new one
 * (a new file beside it, fsync, rename), readable by the owner alone. 0 or -errno.
 */
int file_replace(const char *path, struct slice data) MUST_CHECK;

#endif
