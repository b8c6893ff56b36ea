/* The nearest known word, for error messages; declared in base/str.h. */
#include <string.h>

#include "base/limits.h"
#include "base/str.h"

static size_t
min3(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Levenshtein distance of two words shorter than LIMIT_WORD_BYTES. */
static size_t
edit_distance(const char *a, const char *b)
{
	size_t row[LIMIT_WORD_BYTES + 1];
	size_t n = strlen(b);
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];
		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t above = row[j + 1];
			size_t swap = diagonal + (a[i] == b[j] ? 0 : 1);
			row[j + 1] = min3(above + 1, row[j] + 1, swap);
			diagonal = above;
		}
	}
	return row[n];
}

const char *
str_nearest(const char *word, const char *const *words, size_t n)
{
	size_t len = word ? strlen(word) : 0;
	if (len == 0 || len >= LIMIT_WORD_BYTES)
		return NULL;
	const char *best = NULL;
	size_t best_distance = len / 3 + 2;
	for (size_t i = 0; i < n; i++) {
		size_t m = strlen(words[i]);
		if (m >= LIMIT_WORD_BYTES || m > len + best_distance ||
		    len > m + best_distance)
			continue;
		size_t distance = edit_distance(word, words[i]);
		if (distance < best_distance) {
			best = words[i];
			best_distance = distance;
		}
	}
	return best;
}
