/* Patterns and events for the tests of matching. */
#ifndef TESTS_MATCH_PATTERNS_H
#define TESTS_MATCH_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

#include "match/match.h"

struct pattern_row {
	const char *pattern;
	const char *event;
	bool expected;
};

int patterns_add(struct match_set *set, const char *json, unsigned id,
		 enum match_dialect dialect, struct diag_list *diags);
/* A finished set with the ids 0 to n - 1. */
struct match_set *patterns_set(const char *const *patterns, size_t n);
/* Appends "ID " to the struct buf at arg. */
void patterns_note(unsigned id, void *arg);
/* The ids that match, as "0 2 ". */
void patterns_assert_run(const struct match_set *set, const struct match_field *fields,
			 size_t n, const char *expected);
/* One pattern, extended dialect, on one event. */
bool patterns_match(const char *pattern, const char *event);
void patterns_assert(const struct pattern_row *rows, size_t n);

#endif
