/* Secrets: wiped when freed, compared in constant time, never printed. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct secret {
	char *data; /* owned, NUL-terminated behind len, may hold NULs before */
	size_t len;
};

int secret_set(struct secret *s, const void *data, size_t len) MUST_CHECK;
int secret_copy(struct secret *dst, const struct secret *src) MUST_CHECK;
void secret_done(struct secret *s); /* wipes and frees; may be called twice */
bool secret_is_empty(const struct secret *s);
/* Time depends on len alone (of the two lengths, which are no secret). */
bool secret_equal(const void *a, size_t a_len, const void *b, size_t b_len);
/*
 * Reads a secret from a file ("-" is standard input) without its last newline.
 * Returns 0 or -errno; -EMSGSIZE over LIMIT_SECRET_BYTES.
 */
int secret_read_file(struct secret *s, const char *path) MUST_CHECK;
#define auto_secret CLEANUP(secret_done) struct secret

#endif
