/*
 * A queue of borrowed pointers in an array, for appending at the end and taking from the
 * front; insert and remove elsewhere are possible, but move what is behind.
 */
#ifndef SANDBOX_FIFO_H
#define SANDBOX_FIFO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct fifo {
	void **items;
	size_t head; /* index of the first */
	size_t end;  /* index behind the last */
	size_t cap;
};

void fifo_done(struct fifo *f);
int fifo_push(struct fifo *f, void *item) MUST_CHECK; /* 0 or -ENOMEM */
void *fifo_shift(struct fifo *f);		      /* NULL when empty */
size_t fifo_count(const struct fifo *f);
void *fifo_at(const struct fifo *f, size_t i);			  /* i < fifo_count() */
int fifo_insert(struct fifo *f, size_t i, void *item) MUST_CHECK; /* 0 or -ENOMEM */
void fifo_remove(struct fifo *f, size_t i);
/* Keeps only those that keep(item, arg) says. */
void fifo_filter(struct fifo *f, bool (*keep)(void *item, void *arg), void *arg);

#endif
