/* Hex, base64 and percent encoding. Decoders are strict: no blanks, no rubbish. */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"

int hex_encode(struct buf *out, const void *data, size_t len); /* lower case */
/* Either case. Returns the number of bytes written, or -EINVAL, -EMSGSIZE over size. */
int hex_decode(const char *text, size_t len, void *out, size_t size) MUST_CHECK;

/* RFC 4648 section 4, with padding. */
int base64_encode(struct buf *out, const void *data, size_t len);
/* RFC 4648 section 5, without padding. */
int base64url_encode(struct buf *out, const void *data, size_t len);
/* Accepts both alphabets (section 4 and 5), padding optional. Returns 0 or -EINVAL ... */
int base64_decode(struct buf *out, const char *text, size_t len) MUST_CHECK;

/* RFC 3986: everything but unreserved characters becomes %XX. */
int url_encode(struct buf *out, const char *text, size_t len);
/* form: also '+' is a space (application/x-www-form-urlencoded). -EINVAL on a bad %. */
int url_decode(struct buf *out, const char *text, size_t len, bool form) MUST_CHECK;
/*
 * The first value of name in a form-encoded text, decoded and appended to out.
 * Returns 0, -ENOENT when it is not there, -EINVAL when it is malformed.
 */
int form_get(struct buf *out, const char *form, size_t len, const char *name) MUST_CHECK;
/* How often name is there. */
size_t form_count(const char *form, size_t len, const char *name);

#endif
