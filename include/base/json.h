/*
 * Writing JSON (RFC 8259) into a buffer. The writer keeps track of commas; the caller
 * keeps brackets balanced. Reading is json_doc.h (our scanner) or jansson.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* A quoted string; control characters escaped, bytes that are not UTF-8 become U+FFFD. */
int json_put_string(struct buf *out, const char *text, size_t len);

struct json_writer {
	struct buf *out; /* borrowed */
	bool need_comma;
};

void json_begin(struct json_writer *w, struct buf *out);
/* key is NULL inside arrays and at the top. */
void json_open_object(struct json_writer *w, const char *key);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w, const char *key);
void json_close_array(struct json_writer *w);
void json_str(struct json_writer *w, const char *key, const char *text); /* NULL: null */
void json_slice(struct json_writer *w, const char *key, struct slice text);
void json_int(struct json_writer *w, const char *key, int64_t n);
void json_bool(struct json_writer *w, const char *key, bool b);
/* text is JSON already; NULL or "" gives null. */
void json_raw(struct json_writer *w, const char *key, const char *text);
void json_raw_slice(struct json_writer *w, const char *key, struct slice text);
/* Like json_str, but leaves the member out when text is NULL. */
void json_opt_str(struct json_writer *w, const char *key, const char *text);

#endif
