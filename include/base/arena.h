/*
 * Memory that is given back all at once: what a compiled pattern set or a transaction is
 * made of. Honest accounting comes with it.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* owned; the newest first */
	size_t used;		    /* bytes of the newest */
	size_t bytes;		    /* of all blocks */
	size_t block_bytes;	    /* of a new one; 0: 16 KiB */
};

void arena_done(struct arena *a);
/* Zeroed and aligned for any type; NULL when there is none. */
void *arena_alloc(struct arena *a, size_t size) MUST_CHECK;
/* count items of size bytes, checked for overflow. */
void *arena_array(struct arena *a, size_t count, size_t size) MUST_CHECK;
/* Gives back p, which must be what arena_alloc returned last. */
void arena_undo(struct arena *a, void *p);
/* A copy with a NUL behind it; data NULL when memory is short. */
struct slice arena_copy(struct arena *a, struct slice text) MUST_CHECK;

#endif
