/*
 * Mistakes found in input, collected so that one run names them all. Printed as
 * FILE:LINE:COLUMN: error: text (line and column count from 1; 0 leaves them out).
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/attr.h"

enum diag_severity { DIAG_ERROR, DIAG_WARNING };

struct diag {
	char *file;
	unsigned line;
	unsigned column;
	enum diag_severity severity;
	char *text;
};

struct diag_list {
	struct diag *items;
	size_t len;
	size_t cap;
	size_t errors;
	size_t warnings;
	size_t dropped; /* over LIMIT_DIAGS; counted in errors or warnings too */
};

/* Where something stands in a file. file is borrowed and outlives the place's user. */
struct place {
	const char *file;
	unsigned line;
	unsigned column;
};

void diag_done(struct diag_list *list);
void diag_add(struct diag_list *list, struct place at, enum diag_severity severity,
	      const char *fmt, ...) PRINTF_LIKE(4, 5);
#define diag_error(list, at, ...)   diag_add((list), (at), DIAG_ERROR, __VA_ARGS__)
#define diag_warning(list, at, ...) diag_add((list), (at), DIAG_WARNING, __VA_ARGS__)
/* By file, line and column. */
void diag_sort(struct diag_list *list);
/* Prints all, sorted by file, line and column. */
void diag_print(struct diag_list *list, FILE *to);
#define auto_diag CLEANUP(diag_done) struct diag_list

#endif
