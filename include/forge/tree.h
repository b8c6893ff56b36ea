/* Small helpers around jansson, private to libforge. */
#ifndef FORGE_TREE_H
#define FORGE_TREE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

void tree_unref_p(json_t **tree);
#define auto_tree CLEANUP(tree_unref_p) json_t *

/* NULL when text is no JSON document; any value may stand at the top. */
json_t *tree_parse(const char *text, size_t len);
/* "a.b" from an object; NULL when it is not there. */
const json_t *tree_find(const json_t *tree, const char *path);
/* The string at path; NULL when there is none or it is no string. */
const char *tree_text(const json_t *tree, const char *path);
/* A scalar as it is written in a URL or a message (no quotes); arrays joined by commas.
 */
int tree_put_plain(struct buf *out, const json_t *value);
/* Compact JSON. Returns 0 or -ENOMEM, -EMSGSIZE. */
int tree_put(struct buf *out, const json_t *value) MUST_CHECK;
bool text_is_digits(const char *text);
/* Takes text from outside into a message: control characters become blanks, cut to max
 * bytes. */
void message_put(struct buf *out, const char *text, size_t max);

#endif
