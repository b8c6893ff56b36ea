/*
 * What the commit thread is asked to do: a line of requests, served in their order, whose
 * callbacks run in the same order on the caller's thread.
 */
#ifndef JOURNAL_REQUEST_H
#define JOURNAL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

struct backend;

/* The first member of every kind of request. */
struct request {
	struct request *next;
	size_t bytes; /* of memory that it holds */
	/* On the commit thread. NULL: a transaction, which is committed with others. */
	void (*run)(struct request *r, struct backend *b);
	/* On the caller's thread: runs the callbacks and frees r. */
	void (*finish)(struct request *r);
};

struct request_list {
	struct request *first;
	struct request *last;
};

static inline void
request_append(struct request_list *list, struct request *r)
{
	r->next = NULL;
	if (list->last)
		list->last->next = r;
	else
		list->first = r;
	list->last = r;
}

static inline struct request *
request_take(struct request_list *list)
{
	struct request *r = list->first;
	if (r) {
		list->first = r->next;
		r->next = NULL;
	}
	if (!list->first)
		list->last = NULL;
	return r;
}

#endif
