/*
 * A tree of configuration values with the place of each in its file: what YAML becomes.
 * Scalars keep their text; the kind is that of the YAML core schema (plain true, null, 12
 * are no strings, quoted ones are).
 */
#ifndef MODEL_NODE_H
#define MODEL_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"

enum node_kind {
	NODE_NULL,
	NODE_BOOL,
	NODE_NUMBER,
	NODE_STRING,
	NODE_ARRAY,
	NODE_OBJECT
};

struct node {
	enum node_kind kind;
	struct place at; /* of the value; at.file is borrowed from the configuration */
	bool broken;	 /* its mistake was reported already: no further ones, please */
	char *key;	 /* owned; NULL unless a member of an object */
	struct place key_at;
	char *text;	     /* owned; scalars only: "true", "1.50", a string's content */
	size_t text_len;     /* strings may hold NUL bytes */
	struct node **items; /* owned; members or elements in their order */
	size_t len;
	size_t cap;
};

struct node *node_new(enum node_kind kind, struct place at) MUST_CHECK;
void node_free(struct node *n);
/* Takes over child on success. Returns 0 or -ENOMEM. */
int node_append(struct node *parent, struct node *child) MUST_CHECK;
struct node *node_copy(const struct node *n) MUST_CHECK;
/* The member of an object, NULL when n is no object or has none of that name. */
const struct node *node_get(const struct node *n, const char *key);
bool node_is_true(const struct node *n);
/* The text of a scalar, NULL for the rest (and for NULL). */
const char *node_text(const struct node *n);
/* "a string", "a list" ...: how error messages call it. */
const char *node_kind_name(enum node_kind kind);
/* Canonical JSON of the tree. Numbers as written where JSON allows, else as strings. */
int node_write_json(const struct node *n, struct buf *out);

#endif
