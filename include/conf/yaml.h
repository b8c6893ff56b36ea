/*
 * YAML text -> struct node, by the events of libfyaml. Nothing is ever resolved: anchors,
 * aliases, merge keys and tags are mistakes, as are duplicate keys and a second document.
 */
#ifndef CONF_YAML_H
#define CONF_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/diag.h"
#include "model/node.h"

struct yaml_input {
	const char *file; /* borrowed by every place of the tree */
	const char *text;
	size_t len;
	bool allow_nul; /* "\0" inside a quoted string */
	size_t *budget; /* values that may still be read; counted down */
};

/*
 * Returns 0, or -EINVAL with mistakes in diags. The tree is given (never NULL) on 0, and
 * on -EINVAL when the text could be read to its end all the same: then the mistaken
 * places are marked `broken` or left out, and what is left is worth checking. *ret_tree
 * is NULL otherwise.
 */
int yaml_parse(const struct yaml_input *in, struct diag_list *diags,
	       struct node **ret_tree) MUST_CHECK;
/* The kind of an unquoted scalar by YAML's core schema; *ret_text its JSON spelling. */
enum node_kind yaml_plain_kind(const char *text, size_t len, const char **ret_text);
/* Whether text looks like a number in a spelling that JSON does not know: 0x1f, 007. */
bool yaml_is_odd_number(const char *text);

#endif
