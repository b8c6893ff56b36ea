/* Lists of JSON:API documents (https://jsonapi.org/format/1.1/), page by page. Private to
 * libforge: not installed. */
#ifndef FORGE_PAGE_H
#define FORGE_PAGE_H

#include <jansson.h>

#include "base/attr.h"

#define PAGE_SIZE "30" /* Forge gives no more */

/* The cursor of the page behind this one in new memory (str_free); NULL: this is the
 * last. Returns 0 or -ENOMEM. */
int page_next(const json_t *answer, char **ret_cursor) MUST_CHECK;
/* The n-th resource of the list; NULL behind the last. What is no object is left out. */
const json_t *page_item(const json_t *answer, size_t n);
/* The attribute of an included resource; NULL. */
const char *page_included(const json_t *answer, const char *type, const char *id,
			  const char *attribute);
/* The id of a resource as text in new memory: Forge's ids are strings, numbers pass.
 * NULL: it has none. Returns 0 or -ENOMEM. */
int page_id(const json_t *resource, char **ret_id) MUST_CHECK;

#endif
