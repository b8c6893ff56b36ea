/*
 * Lists in a wanted order and the pages of them, with cursors as Laravel makes them:
 * opaque texts that hold the place of the last entry seen, so that a page stays right
 * while the list grows.
 */
#ifndef SANDBOX_PAGE_H
#define SANDBOX_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* What a list is sorted by: text where there is one, else number; then id. */
struct page_item {
	const char *text; /* borrowed, as record is */
	int64_t number;
	uint64_t id;
	void *record;
};

struct page_list {
	struct page_item *items;
	size_t len;
	size_t cap;
	bool descending;
};

/* items[from..to) with the cursors of its neighbours (str_free), NULL at an end. */
struct page {
	size_t from;
	size_t to;
	char *next;
	char *prev;
};

void page_list_done(struct page_list *list);
int page_list_add(struct page_list *list, struct page_item item) MUST_CHECK;
void page_list_sort(struct page_list *list);
/*
 * Cuts a page of at most size items out of a sorted list. cursor NULL, empty, or none of
 * this list's gives the first page. Returns 0 or -ENOMEM.
 */
int page_cut(const struct page_list *list, const char *cursor, size_t size,
	     struct page *ret_page) MUST_CHECK;
void page_done(struct page *p);
/* page[size] as Forge takes it: at most LIMIT_SANDBOX_PAGE, nonsense is the default. */
size_t page_size(const char *text);

#define auto_page_list CLEANUP(page_list_done) struct page_list
#define auto_page      CLEANUP(page_done) struct page

#endif
