#include "cli/diff.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

struct lines {
	struct slice *items;
	size_t n;
	size_t cap;
};

static void
lines_done(struct lines *l)
{
	mem_free(l->items);
}
#define auto_lines CLEANUP(lines_done) struct lines

static int
split(const char *text, struct lines *l)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		if (x_reserve(&l->items, &l->cap, l->n) < 0)
			return -ENOMEM;
		l->items[l->n++] = (struct slice){text, n};
		text += n + (text[n] == '\n');
	}
	return 0;
}

static void
put(struct buf *out, char sign, struct slice line, bool names_only)
{
	const char *eq = memchr(line.data, '=', line.len);
	size_t len = names_only && eq ? (size_t)(eq - line.data) : line.len;
	buf_putc(out, sign);
	buf_append(out, line.data, len);
	buf_putc(out, '\n');
}

/* Cell (i, j): the length of what lines from i of a and from j of b have in common. */
static uint16_t *
common_lengths(const struct lines *a, const struct lines *b)
{
	size_t width = b->n + 1;
	uint16_t *table = x_new_array(uint16_t, (a->n + 1) * width);
	for (size_t i = a->n; table && i-- > 0;) {
		for (size_t j = b->n; j-- > 0;) {
			uint16_t down = table[(i + 1) * width + j];
			uint16_t right = table[i * width + j + 1];
			uint16_t both = (uint16_t)(table[(i + 1) * width + j + 1] + 1);
			table[i * width + j] = slice_eq(a->items[i], b->items[j]) ? both
					       : down >= right			  ? down
										  : right;
		}
	}
	return table;
}

/* table NULL: the two have nothing in common. */
static void
walk(const struct lines *a, const struct lines *b, const uint16_t *table, bool names_only,
     struct buf *out)
{
	size_t width = b->n + 1;
	size_t i = 0;
	size_t j = 0;
	while (i < a->n || j < b->n) {
		bool in_both = i < a->n && j < b->n;
		if (table && in_both && slice_eq(a->items[i], b->items[j])) {
			i++;
			j++;
		} else if (j == b->n ||
			   (in_both && (!table || table[(i + 1) * width + j] >=
							  table[i * width + j + 1]))) {
			put(out, '-', a->items[i++], names_only);
		} else {
			put(out, '+', b->items[j++], names_only);
		}
	}
}

/* Takes off what both have at their begin and end; views borrow from a and b. */
static void
trim(struct lines *a, struct lines *b)
{
	while (a->n > 0 && b->n > 0 && slice_eq(a->items[a->n - 1], b->items[b->n - 1])) {
		a->n--;
		b->n--;
	}
	while (a->n > 0 && b->n > 0 && slice_eq(a->items[0], b->items[0])) {
		a->items++;
		b->items++;
		a->n--;
		b->n--;
	}
}

int
diff_lines(const char *old, const char *new_text, bool names_only, struct buf *out)
{
	auto_lines a = {0};
	auto_lines b = {0};
	if (split(old, &a) < 0 || split(new_text, &b) < 0)
		return -ENOMEM;
	struct lines from = a;
	struct lines to = b;
	trim(&from, &to);
	bool fits = from.n <= LIMIT_DIFF_LINES && to.n <= LIMIT_DIFF_LINES;
	uint16_t *table = fits ? common_lengths(&from, &to) : NULL;
	if (fits && !table)
		return -ENOMEM;
	walk(&from, &to, table, names_only, out);
	mem_free(table);
	return out->error;
}
