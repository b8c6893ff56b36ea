/*
 * A tree of nodes from JSON text, exact to the letter (numbers keep their text, strings
 * their NUL bytes), where YAML's reading of JSON would not be.
 */
#ifndef MATCH_JSON_NODE_H
#define MATCH_JSON_NODE_H

#include "base/attr.h"
#include "base/json_doc.h"
#include "base/str.h"
#include "model/node.h"

/*
 * file (may be NULL) is borrowed by the nodes' places. Returns 0; -EBADMSG with ret_error
 * filled (may be NULL), also for a key with a NUL character; -ENOMEM. node_free.
 */
int json_to_node(struct slice text, const char *file, struct node **ret_node,
		 struct json_error *ret_error) MUST_CHECK;
/* Line and column (in characters) of an offset, both from 1. */
struct place json_place(struct slice text, const char *file, size_t offset);

#endif
