#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void
buf_init(struct buf *b, size_t limit)
{
	*b = BUF_INIT(limit);
}

void
buf_done(struct buf *b)
{
	mem_free(b->data);
	*b = BUF_INIT(b->limit);
}

void
buf_reset(struct buf *b)
{
	b->error = 0;
	buf_truncate(b, 0);
}

bool
buf_failed(const struct buf *b)
{
	return b->error != 0;
}

const char *
buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

struct slice
buf_slice(const struct buf *b)
{
	return (struct slice){buf_str(b), b->len};
}

static size_t
grown_cap(const struct buf *b, size_t need)
{
	size_t cap = b->cap > 0 ? b->cap : 64;
	while (cap < need)
		cap += cap / 2;
	return cap < b->limit + 1 ? cap : b->limit + 1;
}

int
buf_reserve(struct buf *b, size_t extra)
{
	if (b->error)
		return b->error;
	if (extra > b->limit || b->len > b->limit - extra)
		return b->error = -EMSGSIZE;
	size_t need = b->len + extra + 1;
	if (need <= b->cap)
		return 0;
	size_t cap = grown_cap(b, need);
	char *data = mem_resize_array(b->data, cap, 1);
	if (!data)
		return b->error = -ENOMEM;
	b->data = data;
	b->cap = cap;
	b->data[b->len] = '\0';
	return 0;
}

int
buf_append(struct buf *b, const void *data, size_t len)
{
	int rc = buf_reserve(b, len);
	if (rc < 0)
		return rc;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int
buf_puts(struct buf *b, const char *s)
{
	return buf_append(b, s, strlen(s));
}

int
buf_putc(struct buf *b, char c)
{
	return buf_append(b, &c, 1);
}

int
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return b->error = -EINVAL;
	int rc = buf_reserve(b, (size_t)n);
	if (rc < 0)
		return rc;
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
	return 0;
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int rc = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return rc;
}

void
buf_truncate(struct buf *b, size_t len)
{
	if (!b->data || len > b->len)
		return;
	b->len = len;
	b->data[len] = '\0';
}

void
buf_remove_front(struct buf *b, size_t len)
{
	if (!b->data)
		return;
	size_t n = len < b->len ? len : b->len;
	memmove(b->data, b->data + n, b->len - n + 1);
	b->len -= n;
}

char *
buf_take(struct buf *b)
{
	if (b->error || buf_reserve(b, 0) < 0)
		return NULL;
	char *data = steal_ptr(&b->data);
	buf_done(b);
	return data;
}
