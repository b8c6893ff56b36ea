#include "forge/page.h"

#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/str.h"
#include "forge/tree.h"

/* A copy of text, which may be NULL. */
static int
copy(const char *text, char **ret)
{
	char *kept = str_dup(text);
	if (text && !kept)
		return -ENOMEM;
	*ret = kept;
	return 0;
}

/* The cursor out of links.next, for answers without meta. */
static int
cursor_of_link(const char *link, char **ret_cursor)
{
	const char *query = link ? strchr(link, '?') : NULL;
	*ret_cursor = NULL;
	if (!query)
		return 0;
	static const char *const names[] = {"page[cursor]", "page%5Bcursor%5D",
					    "page%5bcursor%5d"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		auto_buf value = BUF_INIT(LIMIT_TEXT_BYTES);
		int rc = form_get(&value, query + 1, strlen(query + 1), names[i]);
		if (rc == 0)
			return copy(buf_str(&value), ret_cursor);
		if (value.error == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

int
page_next(const json_t *answer, char **ret_cursor)
{
	const char *cursor = tree_text(answer, "meta.next_cursor");
	if (!str_is_empty(cursor))
		return copy(cursor, ret_cursor);
	return cursor_of_link(tree_text(answer, "links.next"), ret_cursor);
}

const json_t *
page_item(const json_t *answer, size_t n)
{
	const json_t *data = json_object_get(answer, "data");
	for (size_t i = 0; i < json_array_size(data); i++) {
		const json_t *item = json_array_get(data, i);
		if (json_is_object(item) && n-- == 0)
			return item;
	}
	return NULL;
}

int
page_id(const json_t *resource, char **ret_id)
{
	const json_t *id = json_object_get(resource, "id");
	if (!json_is_integer(id))
		return copy(json_string_value(id), ret_id);
	char *text = str_format("%lld", (long long)json_integer_value(id));
	if (!text)
		return -ENOMEM;
	*ret_id = text;
	return 0;
}

const char *
page_included(const json_t *answer, const char *type, const char *id,
	      const char *attribute)
{
	const json_t *included = json_object_get(answer, "included");
	for (size_t i = 0; i < json_array_size(included); i++) {
		const json_t *r = json_array_get(included, i);
		auto_str found = NULL;
		if (page_id(r, &found) == 0 && str_eq(tree_text(r, "type"), type) && id &&
		    str_eq(found, id))
			return tree_text(tree_find(r, "attributes"), attribute);
	}
	return NULL;
}
