/*
 * Templates: {{ path.to[0].field | filter: argument | ... }} over the same fields as
 * patterns. Data, not a language: no loops, no recursion, output bounded by
 * LIMIT_TEMPLATE_BYTES. docs/RULES.md lists the filters (from the table in template.c).
 */
#ifndef MATCH_TEMPLATE_H
#define MATCH_TEMPLATE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "match/match.h"
#include "model/node.h"

/* Whether text holds any template. */
bool template_is_plain(const char *text);
/* Checks the syntax of every string in the tree. Mistakes go to diags with their place.
 */
void template_check_text(const char *text, struct place at, struct diag_list *diags);
void template_check(const struct node *tree, struct diag_list *diags);
/*
 * Renders one text (a queue key, a site's name) as a string. Returns 0; -ENOENT when a
 * value is missing and has no default, -EINVAL when a filter cannot work on its value,
 * -EMSGSIZE: then *ret_error (str_free) says what and where; -ENOMEM: it is NULL.
 */
int template_render_text(const char *text, struct place at,
			 const struct match_event *scope, struct buf *out,
			 char **ret_error) MUST_CHECK;
/*
 * Renders a tree as JSON; a string that is nothing but one template keeps the JSON type
 * of its value. Errors as above, with the place of the string in its file.
 */
int template_render(const struct node *tree, const struct match_event *scope,
		    struct buf *out, char **ret_error) MUST_CHECK;

struct template_filter_doc {
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *help;
};
/* The filters, for the documentation; ends with name NULL. */
const struct template_filter_doc *template_filters(void);

#endif
