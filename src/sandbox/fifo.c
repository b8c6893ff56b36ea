#include "sandbox/fifo.h"

#include <string.h>

#include "base/mem.h"

void
fifo_done(struct fifo *f)
{
	mem_free(f->items);
	*f = (struct fifo){0};
}

/* Moves the content to the front once at least half of the array is empty space there. */
static void
compact(struct fifo *f)
{
	if (f->head == 0 || f->head < f->cap / 2)
		return;
	memmove(f->items, f->items + f->head, (f->end - f->head) * sizeof(*f->items));
	f->end -= f->head;
	f->head = 0;
}

int
fifo_push(struct fifo *f, void *item)
{
	if (f->end == f->cap)
		compact(f);
	int rc = x_reserve(&f->items, &f->cap, f->end);
	if (rc == 0)
		f->items[f->end++] = item;
	return rc;
}

void *
fifo_shift(struct fifo *f)
{
	return f->head < f->end ? f->items[f->head++] : NULL;
}

size_t
fifo_count(const struct fifo *f)
{
	return f->end - f->head;
}

void *
fifo_at(const struct fifo *f, size_t i)
{
	return f->items[f->head + i];
}

int
fifo_insert(struct fifo *f, size_t i, void *item)
{
	int rc = fifo_push(f, item);
	if (rc < 0)
		return rc;
	void **at = f->items + f->head + i;
	memmove(at + 1, at, (fifo_count(f) - i - 1) * sizeof(*at));
	*at = item;
	return 0;
}

void
fifo_remove(struct fifo *f, size_t i)
{
	void **at = f->items + f->head + i;
	memmove(at, at + 1, (fifo_count(f) - i - 1) * sizeof(*at));
	f->end--;
}

void
fifo_filter(struct fifo *f, bool (*keep)(void *item, void *arg), void *arg)
{
	size_t end = f->head;
	for (size_t i = f->head; i < f->end; i++) {
		void *item = f->items[i];
		if (keep(item, arg))
			f->items[end++] = item;
	}
	f->end = end;
}
