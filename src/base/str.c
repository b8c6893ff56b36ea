#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

struct slice
slice_of(const char *s)
{
	return (struct slice){s, s ? strlen(s) : 0};
}

bool
slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool
slice_eq_str(struct slice a, const char *s)
{
	return slice_eq(a, slice_of(s));
}

char *
str_ndup(const char *s, size_t len)
{
	char *copy = s && len < SIZE_MAX ? mem_alloc(len + 1) : NULL;
	if (copy && len > 0)
		memcpy(copy, s, len);
	return copy;
}

char *
str_dup(const char *s)
{
	return s ? str_ndup(s, strlen(s)) : NULL;
}

char *
str_format(const char *fmt, ...)
{
	struct buf b = BUF_INIT(LIMIT_TEXT_BYTES);
	va_list ap;
	va_start(ap, fmt);
	int rc = buf_vprintf(&b, fmt, ap);
	va_end(ap);
	if (rc < 0) {
		buf_done(&b);
		return NULL;
	}
	return buf_take(&b);
}

void
str_free(char *s)
{
	mem_free(s);
}

void
str_free_p(char **s)
{
	mem_free(*s);
	*s = NULL;
}

int
str_set(char **dst, const char *s)
{
	char *copy = str_dup(s);
	if (s && !copy)
		return -ENOMEM;
	mem_free(*dst);
	*dst = copy;
	return 0;
}

bool
str_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool
str_case_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcasecmp(a, b) == 0);
}

bool
str_starts(const char *s, const char *prefix)
{
	return s && strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
str_ends(const char *s, const char *suffix)
{
	size_t n = s ? strlen(s) : 0;
	size_t m = strlen(suffix);
	return s && n >= m && strcmp(s + n - m, suffix) == 0;
}

bool
str_is_empty(const char *s)
{
	return !s || *s == '\0';
}
