#include "base/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

void
diag_done(struct diag_list *list)
{
	for (size_t i = 0; i < list->len; i++) {
		str_free(list->items[i].file);
		str_free(list->items[i].text);
	}
	mem_free(list->items);
	*list = (struct diag_list){0};
}

static void
count(struct diag_list *list, enum diag_severity severity)
{
	if (severity == DIAG_ERROR)
		list->errors++;
	else
		list->warnings++;
}

void
diag_add(struct diag_list *list, struct place at, enum diag_severity severity,
	 const char *fmt, ...)
{
	count(list, severity);
	if (list->len >= LIMIT_DIAGS ||
	    x_reserve(&list->items, &list->cap, list->len) < 0) {
		list->dropped++;
		return;
	}
	auto_buf text = BUF_INIT(LIMIT_LOG_BYTES);
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	list->items[list->len++] = (struct diag){.file = str_dup(at.file),
						 .line = at.line,
						 .column = at.column,
						 .severity = severity,
						 .text = buf_take(&text)};
}

static int
compare(const void *left, const void *right)
{
	const struct diag *a = left;
	const struct diag *b = right;
	int by_file = strcmp(a->file ? a->file : "", b->file ? b->file : "");
	if (by_file != 0)
		return by_file;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->column < b->column ? -1 : a->column > b->column;
}

void
diag_sort(struct diag_list *list)
{
	if (list->len > 0)
		qsort(list->items, list->len, sizeof(*list->items), compare);
}

void
diag_print(struct diag_list *list, FILE *to)
{
	diag_sort(list);
	for (size_t i = 0; i < list->len; i++) {
		const struct diag *d = &list->items[i];
		if (d->file)
			fprintf(to, "%s:", d->file);
		if (d->line > 0)
			fprintf(to, "%u:%u:", d->line, d->column);
		fprintf(to, "%s%s: %s\n", d->file ? " " : "",
			d->severity == DIAG_ERROR ? "error" : "warning",
			d->text ? d->text : "(text too long)");
	}
	if (list->dropped > 0)
		fprintf(to, "... and %zu more\n", list->dropped);
}
