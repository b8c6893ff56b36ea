#include "sandbox/page.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

#define CURSOR_BYTES 4096

void
page_list_done(struct page_list *list)
{
	mem_free(list->items);
	*list = (struct page_list){0};
}

int
page_list_add(struct page_list *list, struct page_item item)
{
	int rc = x_reserve(&list->items, &list->cap, list->len);
	if (rc == 0)
		list->items[list->len++] = item;
	return rc;
}

static int
compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_up(const void *left, const void *right)
{
	const struct page_item *a = left;
	const struct page_item *b = right;
	int order = a->text && b->text ? strcmp(a->text, b->text)
				       : compare_numbers(a->number, b->number);
	if (order != 0)
		return order;
	return (a->id > b->id) - (a->id < b->id);
}

static int
compare_down(const void *left, const void *right)
{
	return compare_up(right, left);
}

typedef int compare_fn(const void *left, const void *right);

static bool
is_sorted(const struct page_list *list, compare_fn *compare)
{
	for (size_t i = 1; i < list->len; i++) {
		if (compare(&list->items[i - 1], &list->items[i]) > 0)
			return false;
	}
	return true;
}

static void
reverse(struct page_list *list)
{
	for (size_t i = 0, k = list->len; i + 1 < k; i++) {
		struct page_item item = list->items[i];
		list->items[i] = list->items[--k];
		list->items[k] = item;
	}
}

/* Most lists come in the order of their ids, so they are sorted or just reversed. */
void
page_list_sort(struct page_list *list)
{
	compare_fn *wanted = list->descending ? compare_down : compare_up;
	compare_fn *other = list->descending ? compare_up : compare_down;
	if (is_sorted(list, wanted))
		return;
	if (is_sorted(list, other))
		reverse(list);
	else
		qsort(list->items, list->len, sizeof(*list->items), wanted);
}

void
page_done(struct page *p)
{
	str_free(p->next);
	str_free(p->prev);
	*p = (struct page){0};
}

size_t
page_size(const char *text)
{
	uint64_t n = 0;
	if (!text || parse_u64(text, 1, UINT64_MAX, &n) < 0 || n > LIMIT_SANDBOX_PAGE)
		return LIMIT_SANDBOX_PAGE;
	return (size_t)n;
}

/* Base64 of the URL alphabet without padding. */
static char *
encode(struct slice text)
{
	auto_buf out = BUF_INIT(2 * CURSOR_BYTES);
	base64_encode(&out, text.data, text.len);
	while (out.len > 0 && out.data[out.len - 1] == '=')
		buf_truncate(&out, out.len - 1);
	for (size_t i = 0; i < out.len; i++) {
		if (out.data[i] == '+')
			out.data[i] = '-';
		else if (out.data[i] == '/')
			out.data[i] = '_';
	}
	return buf_failed(&out) ? NULL : buf_take(&out);
}

static char *
make_cursor(const struct page_item *item, bool next)
{
	auto_buf text = BUF_INIT(CURSOR_BYTES);
	struct json_writer w;
	json_begin(&w, &text);
	json_open_object(&w, NULL);
	json_opt_str(&w, "text", item->text);
	json_int(&w, "number", item->number);
	json_int(&w, "id", (int64_t)item->id);
	json_bool(&w, "_pointsToNextItems", next);
	json_close_object(&w);
	return buf_failed(&text) ? NULL : encode(buf_slice(&text));
}

/* The cursor's JSON; NULL when it is none of ours. */
static json_t *
read_cursor(const char *cursor)
{
	auto_buf text = BUF_INIT(CURSOR_BYTES);
	if (str_is_empty(cursor) || base64_decode(&text, cursor, strlen(cursor)) < 0 ||
	    buf_failed(&text))
		return NULL;
	return json_loadb(buf_str(&text), text.len, 0, NULL);
}

/* The index of the first item behind the place, or at it when inclusive. */
static size_t
find_place(const struct page_list *list, const struct page_item *place, bool inclusive)
{
	size_t low = 0;
	size_t high = list->len;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_up(&list->items[middle], place);
		if (list->descending)
			order = -order;
		if (order < 0 || (order == 0 && !inclusive))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
find_page(const struct page_list *list, const char *cursor, size_t size, struct page *p)
{
	json_t *place = read_cursor(cursor);
	const json_t *id = json_object_get(place, "id");
	if (json_is_integer(id)) {
		struct page_item item = {
			.text = json_string_value(json_object_get(place, "text")),
			.number = json_integer_value(json_object_get(place, "number")),
			.id = (uint64_t)json_integer_value(id),
		};
		bool next = json_is_true(json_object_get(place, "_pointsToNextItems"));
		size_t at = find_place(list, &item, !next);
		p->from = next ? at : at - (at < size ? at : size);
		p->to = next ? list->len : at;
	} else {
		p->to = list->len;
	}
	if (p->to - p->from > size)
		p->to = p->from + size;
	json_decref(place);
}

int
page_cut(const struct page_list *list, const char *cursor, size_t size,
	 struct page *ret_page)
{
	struct page p = {0};
	find_page(list, cursor, size, &p);
	bool has_next = p.to < list->len && p.to > 0;
	bool has_prev = p.from > 0 && p.from < list->len;
	if (has_next)
		p.next = make_cursor(&list->items[p.to - 1], true);
	if (has_prev)
		p.prev = make_cursor(&list->items[p.from], false);
	if ((has_next && !p.next) || (has_prev && !p.prev)) {
		page_done(&p);
		return -ENOMEM;
	}
	*ret_page = p;
	return 0;
}
