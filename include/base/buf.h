/*
 * A growing byte buffer with a mandatory upper limit. Always NUL-terminated behind len,
 * so text in it can be used as a C string. After a failed append the content is unchanged
 * and the failure sticks (buf_failed), so that a run of appends needs one check at its
 * end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct buf {
	char *data; /* owned; NULL until the first byte */
	size_t len;
	size_t cap;
	size_t limit; /* bytes, without the NUL */
	int error;    /* 0, -EMSGSIZE over the limit, -ENOMEM */
};

#define BUF_INIT(max) ((struct buf){.limit = (max)})
#define auto_buf      CLEANUP(buf_done) struct buf

void buf_init(struct buf *b, size_t limit);
void buf_done(struct buf *b);  /* frees; b may be used again after buf_init */
void buf_reset(struct buf *b); /* len 0, error cleared, memory kept */
bool buf_failed(const struct buf *b);
const char *buf_str(const struct buf *b); /* never NULL: "" while empty */
struct slice buf_slice(const struct buf *b);

/* All appends return 0, -EMSGSIZE or -ENOMEM (see buf_failed). */
int buf_append(struct buf *b, const void *data, size_t len);
int buf_puts(struct buf *b, const char *s);
int buf_putc(struct buf *b, char c);
int buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
int buf_vprintf(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
/* Makes sure that extra more bytes fit without another allocation. */
int buf_reserve(struct buf *b, size_t extra) MUST_CHECK;
void buf_truncate(struct buf *b, size_t len);
void buf_remove_front(struct buf *b, size_t len);
/* Hands the text over to the caller (str_free), the buffer is empty afterwards. */
char *buf_take(struct buf *b) MUST_CHECK;

#endif
