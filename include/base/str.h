/* C strings, slices of foreign memory, and numbers written as text. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* A piece of memory that somebody else owns; not NUL-terminated. data may be NULL. */
struct slice {
	const char *data;
	size_t len;
};

struct slice slice_of(const char *s);
bool slice_eq(struct slice a, struct slice b);
bool slice_eq_str(struct slice a, const char *s);

/* Owned strings; NULL in gives NULL out, NULL also when memory is short. */
char *str_dup(const char *s) MUST_CHECK;
char *str_ndup(const char *s, size_t len) MUST_CHECK;
char *str_format(const char *fmt, ...) PRINTF_LIKE(1, 2) MUST_CHECK;
void str_free(char *s);
void str_free_p(char **s);
/* Replaces *dst by a copy of s (NULL allowed). Returns 0 or -ENOMEM with *dst unchanged.
 */
int str_set(char **dst, const char *s) MUST_CHECK;
#define auto_str CLEANUP(str_free_p) char *

bool str_eq(const char *a, const char *b);	/* NULL equals only NULL */
bool str_case_eq(const char *a, const char *b); /* ASCII case only */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
bool str_is_empty(const char *s); /* NULL or "" */

/*
 * Whole-text numbers: no sign but a leading '-' where the type has one, no blanks, no
 * rubbish behind. Return 0, -EINVAL (not a number) or -ERANGE (outside min..max).
 */
int parse_u32(const char *s, uint32_t min, uint32_t max, uint32_t *ret_n) MUST_CHECK;
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret_n) MUST_CHECK;
int parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret_n) MUST_CHECK;
/* "0.1" "25" "1.5" as millionths (100000, 25000000, 1500000), at most six decimals. */
int parse_millionths(const char *s, uint64_t min, uint64_t max,
		     uint64_t *ret_n) MUST_CHECK;
/* "500ms" "30s" "10m" "2h" "7d", a bare number is seconds; result in milliseconds. */
int parse_duration(const char *s, uint64_t *ret_ms) MUST_CHECK;
/* "512" "64KiB" "25MiB" "1GiB", also "25M"; result in bytes. */
int parse_size(const char *s, uint64_t *ret_bytes) MUST_CHECK;

/*
 * The entry of words[0..n) nearest to word by edit distance, or NULL when none is near
 * (more than a third of the letters differ).
 */
const char *str_nearest(const char *word, const char *const *words, size_t n);

#endif
