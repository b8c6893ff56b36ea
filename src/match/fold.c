#include "match/fold.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/utf8.h"

struct case_run {
	uint16_t first;
	uint16_t last;
	uint16_t step;
	int32_t delta;
};

/* A mapping to several characters; NULL: that case is a single one. */
struct case_expansion {
	uint16_t code;
	const char *lower;
	const char *upper;
};

#include "casemap.inc"

#define EXPANDED 16 /* bytes; the longest expansion has 6 */

/* What a character of the pattern stands for. */
struct cased {
	char lower[EXPANDED];
	char upper[EXPANDED];
	size_t lower_len;
	size_t upper_len;
};

static uint32_t
decode(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	if (n == 2)
		return (uint32_t)(u[0] & 0x1f) << 6 | (u[1] & 0x3f);
	return (uint32_t)(u[0] & 0x0f) << 12 | (uint32_t)(u[1] & 0x3f) << 6 |
	       (u[2] & 0x3f);
}

static uint32_t
map(const struct case_run *runs, size_t n, uint32_t code)
{
	size_t low = 0;
	size_t high = n;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (runs[middle].last < code)
			low = middle + 1;
		else
			high = middle;
	}
	/* runs with step 2 may interleave with the next one */
	for (size_t i = low; i < n && runs[i].first <= code; i++) {
		if (code <= runs[i].last && (code - runs[i].first) % runs[i].step == 0)
			return (uint32_t)((int32_t)code + runs[i].delta);
	}
	return code;
}

static size_t
put_text(char *out, const char *text)
{
	size_t len = strlen(text);
	memcpy(out, text, len);
	return len;
}

static void
map_wide(uint32_t code, struct cased *c)
{
	const struct case_expansion *e = NULL;
	for (size_t i = 0; i < ARRAY_LEN(expansions) && !e; i++) {
		if (expansions[i].code == code)
			e = &expansions[i];
	}
	uint32_t lower = map(lower_runs, ARRAY_LEN(lower_runs), code);
	uint32_t upper = map(upper_runs, ARRAY_LEN(upper_runs), code);
	c->lower_len = e && e->lower ? put_text(c->lower, e->lower)
				     : utf8_encode(lower, c->lower);
	c->upper_len = e && e->upper ? put_text(c->upper, e->upper)
				     : utf8_encode(upper, c->upper);
}

/* Both cases of the n bytes at p, which are one character (or a stray byte). */
static void
both_cases(const char *p, size_t n, struct cased *c)
{
	if (n == 2 || n == 3) {
		map_wide(decode(p, n), c);
		return;
	}
	memcpy(c->lower, p, n);
	memcpy(c->upper, p, n);
	c->lower_len = n;
	c->upper_len = n;
	if (n > 1)
		return;
	char letter = (char)(*p | 0x20);
	if (letter >= 'a' && letter <= 'z') {
		c->lower[0] = letter;
		c->upper[0] = (char)(letter - 0x20);
	}
}

static bool
starts(struct slice text, const char *p, size_t n)
{
	return text.len >= n && memcmp(text.data, p, n) == 0;
}

static bool
ends(struct slice text, const char *p, size_t n)
{
	return text.len >= n && memcmp(text.data + text.len - n, p, n) == 0;
}

/* Bytes of text that the pattern takes from its start; false when it does not fit. */
static bool
take_prefix(struct slice pattern, struct slice text, size_t *ret_used)
{
	struct slice rest = text;
	for (size_t i = 0; i < pattern.len;) {
		size_t n = utf8_length(pattern.data + i, pattern.len - i);
		struct cased c = {.lower_len = 0};
		n = n > 0 ? n : 1;
		both_cases(pattern.data + i, n, &c);
		i += n;
		size_t used = c.lower_len;
		if (!starts(rest, c.lower, c.lower_len)) {
			used = c.upper_len;
			if (!starts(rest, c.upper, c.upper_len))
				return false;
		}
		rest = (struct slice){rest.data + used, rest.len - used};
	}
	*ret_used = text.len - rest.len;
	return true;
}

bool
fold_is_prefix(struct slice pattern, struct slice text)
{
	size_t used = 0;
	return take_prefix(pattern, text, &used);
}

bool
fold_equals(struct slice pattern, struct slice text)
{
	size_t used = 0;
	return take_prefix(pattern, text, &used) && used == text.len;
}

bool
fold_is_suffix(struct slice pattern, struct slice text)
{
	struct slice rest = text;
	size_t i = pattern.len;
	while (i > 0) {
		size_t end = i--;
		while (i > 0 && end - i < 4 && (pattern.data[i] & 0xc0) == 0x80)
			i--;
		if (utf8_length(pattern.data + i, end - i) != end - i)
			i = end - 1;
		struct cased c = {.lower_len = 0};
		both_cases(pattern.data + i, end - i, &c);
		if (ends(rest, c.lower, c.lower_len))
			rest.len -= c.lower_len;
		else if (ends(rest, c.upper, c.upper_len))
			rest.len -= c.upper_len;
		else
			return false;
	}
	return true;
}

static int
write_case(struct slice text, bool upper, struct buf *out)
{
	for (size_t i = 0; i < text.len;) {
		size_t n = utf8_length(text.data + i, text.len - i);
		struct cased c = {.lower_len = 0};
		n = n > 0 ? n : 1;
		both_cases(text.data + i, n, &c);
		if (upper)
			buf_append(out, c.upper, c.upper_len);
		else
			buf_append(out, c.lower, c.lower_len);
		i += n;
	}
	return out->error;
}

int
fold_lower(struct slice text, struct buf *out)
{
	return write_case(text, false, out);
}

int
fold_upper(struct slice text, struct buf *out)
{
	return write_case(text, true, out);
}
