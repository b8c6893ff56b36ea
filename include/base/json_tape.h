/*
 * Inside base/ and match/: the index behind struct json_doc. One slot of 8 bytes a scalar
 * or key, two a container, so at most 16 bytes for every 3 of text ("[],"); GitHub's
 * payloads need about half their length. A key is a string's slot with its value's right
 * behind.
 */
#ifndef BASE_JSON_TAPE_H
#define BASE_JSON_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/json_doc.h"
#include "base/str.h"

#define JSON_ESCAPED  0x80000000U /* in extent: a string with backslashes */
#define JSON_MAX_TEXT 0x7fffffffU /* bytes of a document */

struct json_slot {
	uint32_t offset; /* of the value's first byte */
	uint32_t extent; /* scalar: length in bytes; container: slot behind its last */
};

struct json_doc {
	const char *text;	 /* borrowed */
	struct json_slot *slots; /* owned */
	size_t len;
	size_t cap;
};

static inline char
json_first_byte(const struct json_doc *doc, uint32_t i)
{
	return doc->text[doc->slots[i].offset];
}

static inline bool
json_is_container(const struct json_doc *doc, uint32_t i)
{
	char c = json_first_byte(doc, i);
	return c == '{' || c == '[';
}

/* The slot behind the value at i and all that it holds. */
static inline uint32_t
json_next(const struct json_doc *doc, uint32_t i)
{
	return json_is_container(doc, i) ? doc->slots[i].extent : i + 1;
}

/* A container's first key or element; it ends where json_next begins. */
static inline uint32_t
json_first(uint32_t i)
{
	return i + 2;
}

static inline bool
json_is_escaped(const struct json_doc *doc, uint32_t i)
{
	return (doc->slots[i].extent & JSON_ESCAPED) != 0;
}

enum json_kind json_kind_at(const struct json_doc *doc, uint32_t i);
struct slice json_raw_at(const struct json_doc *doc, uint32_t i);
/* What stands between the quotes of the string or key at i, escapes as they are. */
struct slice json_inner_at(const struct json_doc *doc, uint32_t i);
/* Appends inner with its escapes resolved; inner comes from a checked text. */
int json_unescape(struct slice inner, struct buf *out);

#endif
