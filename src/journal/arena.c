#include "journal/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

#define CHUNK_BYTES (2 * KIB)
#define ALIGNMENT   16U

struct arena_chunk {
	struct arena_chunk *next;
	size_t used;
	size_t size;
	_Alignas(ALIGNMENT) char data[];
};

void
arena_done(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *next = a->chunks->next;
		mem_free(a->chunks);
		a->chunks = next;
	}
	a->bytes = 0;
}

static struct arena_chunk *
add_chunk(struct arena *a, size_t size)
{
	size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;
	struct arena_chunk *c = mem_alloc(sizeof(*c) + room);
	if (!c)
		return NULL;
	c->size = room;
	c->next = a->chunks;
	a->chunks = c;
	a->bytes += sizeof(*c) + room;
	return c;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	if (size > SIZE_MAX / 2)
		return NULL;
	size_t need = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	struct arena_chunk *c = a->chunks;
	if (!c || c->size - c->used < need)
		c = add_chunk(a, need);
	if (!c)
		return NULL;
	void *p = c->data + c->used;
	c->used += need;
	return p;
}

char *
arena_copy(struct arena *a, const void *data, size_t len)
{
	char *p = arena_alloc(a, len + 1);
	if (p && len > 0)
		memcpy(p, data, len);
	return p;
}
