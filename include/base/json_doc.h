/*
 * A strict JSON scanner (RFC 8259: grammar, UTF-8, no trailing text) and, on top of it,
 * an index of a document that answers paths without building a tree. Depth is bounded by
 * LIMIT_JSON_DEPTH; memory by the document's length.
 */
#ifndef BASE_JSON_DOC_H
#define BASE_JSON_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

enum json_kind {
	JSON_NONE, /* not there */
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/* Why a text is no JSON. */
struct json_error {
	size_t offset;	  /* bytes */
	const char *text; /* static */
};

struct json_doc; /* opaque; the text it was made from is borrowed and must outlive it */

struct json_value {
	enum json_kind kind;
	struct slice raw; /* as it stands in the text, strings with their quotes */
	uint32_t index;	  /* of the value inside the doc, for json_item */
	const struct json_doc *doc;
};

/* Returns 0, -EBADMSG with ret_error filled (may be NULL), -ENOMEM. */
int json_check(struct slice text, struct json_error *ret_error) MUST_CHECK;
int json_doc_parse(struct slice text, struct json_doc **ret_doc,
		   struct json_error *ret_error) MUST_CHECK;
void json_doc_free(struct json_doc *doc);
void json_doc_free_p(struct json_doc **doc);
#define auto_json_doc CLEANUP(json_doc_free_p) struct json_doc *
struct json_value json_root(const struct json_doc *doc);
/* Member of an object; of duplicate keys the last. JSON_NONE when it is not there. */
struct json_value json_member(struct json_value v, const char *key);
/* Element of an array from 0. */
struct json_value json_item(struct json_value v, size_t n);
/* The element behind item of array v; JSON_NONE behind the last. */
struct json_value json_after(struct json_value v, struct json_value item);
size_t json_length(struct json_value v); /* members or elements, 0 for scalars */
/* "a.b[0].c" from v. */
struct json_value json_find(struct json_value v, const char *path);
/* Whether v is a string of that text. */
bool json_is_text(struct json_value v, const char *text);
/* Appends the text of a string without quotes and escapes, of a scalar as written. */
int json_text(struct json_value v, struct buf *out) MUST_CHECK;
/* The text of a string or scalar in new memory; NULL when there is none (str_free). */
char *json_dup_text(struct json_value v) MUST_CHECK;

#endif
