#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

void *
mem_alloc(size_t size)
{
	return calloc(1, size > 0 ? size : 1);
}

void *
mem_alloc_array(size_t count, size_t size)
{
	return calloc(count > 0 ? count : 1, size > 0 ? size : 1);
}

void *
mem_resize_array(void *p, size_t count, size_t size)
{
	return reallocarray(p, count > 0 ? count : 1, size > 0 ? size : 1);
}

void
mem_free(void *p)
{
	free(p);
}

int
mem_reserve(void **items, size_t *cap, size_t len, size_t size)
{
	if (len < *cap)
		return 0;
	size_t grown = *cap > 0 ? *cap * 2 : 8;
	void *p = grown > *cap ? mem_resize_array(*items, grown, size) : NULL;
	if (!p)
		return -ENOMEM;
	*items = p;
	*cap = grown;
	return 0;
}
