/* Whole files into memory. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/attr.h"
#include "base/buf.h"

/*
 * Appends the content of path ("-": standard input) to out, up to its limit. Returns 0,
 * -EMSGSIZE, -ENOMEM or -errno of open and read.
 */
int file_read(const char *path, struct buf *out) MUST_CHECK;

#endif
