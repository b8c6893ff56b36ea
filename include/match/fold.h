/*
 * Case folding as event patterns define it: a character of the pattern stands for its
 * lower and its upper case (Unicode's full mappings without a locale); characters beyond
 * the basic plane stand only for themselves.
 */
#ifndef MATCH_FOLD_H
#define MATCH_FOLD_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

bool fold_equals(struct slice pattern, struct slice text);
bool fold_is_prefix(struct slice pattern, struct slice text);
bool fold_is_suffix(struct slice pattern, struct slice text);
/* Append text in that case; 0 or the buffer's error. */
int fold_lower(struct slice text, struct buf *out);
int fold_upper(struct slice text, struct buf *out);

#endif
