#include "cli/columns.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cli/terminal.h"
#include "forge/tree.h"

#define MAX_COLUMNS 12

static void
put_cell(struct buf *out, const json_t *item, const char *path)
{
	const json_t *value = tree_find(item, path);
	buf_reset(out);
	if (json_is_boolean(value))
		buf_puts(out, json_is_true(value) ? "yes" : "no");
	else if (json_is_object(value))
		buf_printf(out, "%zu", json_object_size(value));
	else if (value && !json_is_null(value))
		(void)!tree_put_plain(out, value);
	if (out->len == 0)
		buf_putc(out, '-');
}

/* Characters, not bytes. */
static int
width_of(const char *text)
{
	int n = 0;
	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void
measure(const json_t *items, const struct column *columns, int *widths)
{
	size_t n = 0;
	while (columns[n].title)
		n++;
	assert(n <= MAX_COLUMNS);
	auto_buf cell = BUF_INIT(LIMIT_TEXT_BYTES);
	for (size_t c = 0; columns[c].title; c++) {
		widths[c] = width_of(columns[c].title);
		for (size_t i = 0; i < json_array_size(items); i++) {
			put_cell(&cell, json_array_get(items, i), columns[c].path);
			int width = width_of(buf_str(&cell));
			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
}

/* The last cell of a line has nothing behind it. */
static void
print_cell(const char *text, int width, bool is_last)
{
	terminal_put_word(stdout, text);
	if (is_last)
		putchar('\n');
	else
		printf("%*s", width - width_of(text) + 2, "");
}

void
columns_print(const json_t *items, const struct column *columns)
{
	int widths[MAX_COLUMNS] = {0};
	auto_buf cell = BUF_INIT(LIMIT_TEXT_BYTES);
	measure(items, columns, widths);
	if (json_array_size(items) == 0) {
		fputs("none\n", stderr);
		return;
	}
	for (size_t c = 0; columns[c].title; c++)
		print_cell(columns[c].title, widths[c], !columns[c + 1].title);
	for (size_t i = 0; i < json_array_size(items); i++) {
		for (size_t c = 0; columns[c].title; c++) {
			put_cell(&cell, json_array_get(items, i), columns[c].path);
			print_cell(buf_str(&cell), widths[c], !columns[c + 1].title);
		}
	}
}

static int
write_stdout(const char *data, size_t len, void *arg)
{
	(void)arg;
	return fwrite(data, 1, len, stdout) == len ? 0 : -1;
}

void
columns_print_json(const json_t *value)
{
	/* A failed write shows when stdout is flushed. */
	(void)json_dump_callback(value, write_stdout, NULL,
				 JSON_INDENT(2) | JSON_ENCODE_ANY);
	putchar('\n');
}
