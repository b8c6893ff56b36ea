/* The difference of two texts, line by line. */
#ifndef CLI_DIFF_H
#define CLI_DIFF_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"

/*
 * Appends "-line" and "+line" for what differs, in order, without the lines around. The
 * shortest such list (longest common subsequence) where the middle parts that differ have
 * up to LIMIT_DIFF_LINES lines each; otherwise all old lines of it, then all new ones.
 * names_only: of NAME=value lines the value is left out. Returns 0, -ENOMEM, -EMSGSIZE.
 */
int diff_lines(const char *old, const char *new_text, bool names_only,
	       struct buf *out) MUST_CHECK;

#endif
