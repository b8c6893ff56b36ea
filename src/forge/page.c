#include "forge/page.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/str.h"
#include "forge/tree.h"

/* The cursor out of links.next, for answers without meta. */
static char *
cursor_of_link(const char *link)
{
	const char *query = link ? strchr(link, '?') : NULL;
	if (!query)
		return NULL;
	static const char *const names[] = {"page[cursor]", "page%5Bcursor%5D",
					    "page%5bcursor%5d"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		auto_buf value = BUF_INIT(LIMIT_TEXT_BYTES);
		if (form_get(&value, query + 1, strlen(query + 1), names[i]) == 0)
			return buf_take(&value);
	}
	return NULL;
}

char *
page_next(const json_t *answer)
{
	const char *cursor = tree_text(answer, "meta.next_cursor");
	if (!str_is_empty(cursor))
		return str_dup(cursor);
	return cursor_of_link(tree_text(answer, "links.next"));
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

char *
page_id(const json_t *resource)
{
	const json_t *id = json_object_get(resource, "id");
	if (json_is_integer(id))
		return str_format("%lld", (long long)json_integer_value(id));
	return str_dup(json_string_value(id));
}

const char *
page_included(const json_t *answer, const char *type, const char *id,
	      const char *attribute)
{
	const json_t *included = json_object_get(answer, "included");
	for (size_t i = 0; i < json_array_size(included); i++) {
		const json_t *r = json_array_get(included, i);
		auto_str found = page_id(r);
		if (str_eq(tree_text(r, "type"), type) && id && str_eq(found, id))
			return tree_text(tree_find(r, "attributes"), attribute);
	}
	return NULL;
}
