#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

#define BLOCK_BYTES ((size_t)16384)

struct arena_block {
	struct arena_block *next;
	size_t size; /* of data */
	alignas(max_align_t) unsigned char data[];
};

void
arena_done(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;
		mem_free(a->blocks);
		a->blocks = next;
	}
	*a = (struct arena){.block_bytes = a->block_bytes};
}

static struct arena_block *
add_block(struct arena *a, size_t size)
{
	struct arena_block *block = mem_alloc(sizeof(*block) + size);
	if (!block)
		return NULL;
	block->size = size;
	block->next = a->blocks;
	a->blocks = block;
	a->used = 0;
	a->bytes += sizeof(*block) + size;
	return block;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	if (size > SIZE_MAX / 2)
		return NULL;
	size_t need = (size + align - 1) / align * align;
	struct arena_block *block = a->blocks;
	size_t usual = a->block_bytes > 0 ? a->block_bytes : BLOCK_BYTES;
	if (!block || block->size - a->used < need)
		block = add_block(a, need > usual ? need : usual);
	if (!block)
		return NULL;
	void *p = block->data + a->used;
	memset(p, 0, need);
	a->used += need;
	return p;
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes = 0;
	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return arena_alloc(a, bytes > 0 ? bytes : 1);
}

void
arena_undo(struct arena *a, void *p)
{
	a->used = (size_t)((unsigned char *)p - a->blocks->data);
}

struct slice
arena_copy(struct arena *a, struct slice text)
{
	char *copy = arena_array(a, text.len + 1, 1);
	if (copy && text.len > 0)
		memcpy(copy, text.data, text.len);
	return (struct slice){copy, copy ? text.len : 0};
}
