/* Memory that is given back all at once: what a transaction copies lives in one. */
#ifndef JOURNAL_ARENA_H
#define JOURNAL_ARENA_H

#include <stddef.h>

#include "base/attr.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* owned; the first one is being filled */
	size_t bytes;		    /* taken from the heap in all */
};

void arena_done(struct arena *a);
/* Zeroed, aligned for any type. NULL when memory is short. */
void *arena_alloc(struct arena *a, size_t size) MUST_CHECK;
/* A copy with a NUL behind it. */
char *arena_copy(struct arena *a, const void *data, size_t len) MUST_CHECK;

#endif
