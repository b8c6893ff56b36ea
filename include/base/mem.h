/*
 * Heap memory. These are the only doors to malloc in the program: every one of them gives
 * zeroed memory and NULL when there is none (or the size overflows); callers handle NULL.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#include "base/attr.h"

void *mem_alloc(size_t size) MUST_CHECK;
void *mem_alloc_array(size_t count, size_t size) MUST_CHECK;
/* Grows or shrinks p to count items; new bytes are not zeroed. p stays valid on NULL. */
void *mem_resize_array(void *p, size_t count, size_t size) MUST_CHECK;
void mem_free(void *p);

#define x_new(type)	     ((type *)mem_alloc(sizeof(type)))
#define x_new_array(type, n) ((type *)mem_alloc_array((n), sizeof(type)))

/*
 * Makes room for one more item in a growing array of *cap items holding len. Capacity
 * doubles from 8. Returns 0, or -ENOMEM with everything as it was. Use through x_reserve.
 */
int mem_reserve(void **items, size_t *cap, size_t len, size_t size) MUST_CHECK;
#define x_reserve(items, cap, len) \
	mem_reserve((void **)(items), (cap), (len), sizeof(**(items)))

#endif
