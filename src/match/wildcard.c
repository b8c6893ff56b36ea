/* Wildcards: literal pieces between stars, found from left to right in linear time. */
#include <string.h>

#include "base/limits.h"
#include "match/pattern.h"

/* Returns what is wrong at *ret_at, or NULL with the number of stars counted. */
static const char *
check(struct slice text, size_t *ret_stars)
{
	size_t stars = 0;
	for (size_t i = 0; i < text.len; i++) {
		char next = i + 1 < text.len ? text.data[i + 1] : '\0';
		if (text.data[i] == '*' && next == '*')
			return "two stars in a row";
		if (text.data[i] == '\\' && next != '*' && next != '\\')
			return "a backslash that is neither \\* nor \\\\";
		stars += text.data[i] == '*';
		i += text.data[i] == '\\';
	}
	*ret_stars = stars;
	return NULL;
}

static void
split(struct slice text, char *plain, struct slice *items)
{
	size_t piece = 0;
	char *out = plain;
	items[0] = (struct slice){out, 0};
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '*') {
			items[++piece] = (struct slice){out, 0};
			continue;
		}
		i += text.data[i] == '\\';
		*out++ = text.data[i];
		items[piece].len++;
	}
}

bool
wildcard_compile(struct compiler *c, const struct node *node, struct pieces *ret_pieces)
{
	struct slice text = {node->text, node->text_len};
	size_t stars = 0;
	const char *problem = check(text, &stars);
	if (problem) {
		diag_error(c->diags, node->at, "a wildcard with %s", problem);
		return false;
	}
	if (c->dialect == MATCH_STRICT && stars > LIMIT_MATCH_STRICT_STARS) {
		diag_error(c->diags, node->at,
			   "%zu stars: EventBridge refuses a wildcard with more than %d "
			   "as too complex",
			   stars, LIMIT_MATCH_STRICT_STARS);
		return false;
	}
	struct slice *items = arena_array(c->arena, stars + 1, sizeof(*items));
	char *plain = arena_array(c->arena, text.len + 1, 1);
	if (!items || !plain) {
		c->no_memory = true;
		return false;
	}
	split(text, plain, items);
	*ret_pieces = (struct pieces){items, stars + 1};
	return true;
}

bool
wildcard_matches(const struct pieces *pieces, struct slice text)
{
	const struct slice *first = &pieces->items[0];
	const struct slice *last = &pieces->items[pieces->len - 1];
	if (pieces->len == 1)
		return slice_eq(*first, text);
	if (text.len < first->len + last->len ||
	    memcmp(text.data, first->data, first->len) != 0 ||
	    memcmp(text.data + text.len - last->len, last->data, last->len) != 0)
		return false;
	const char *p = text.data + first->len;
	const char *end = text.data + text.len - last->len;
	for (size_t i = 1; i + 1 < pieces->len; i++) {
		const struct slice *piece = &pieces->items[i];
		const char *found = memmem(p, (size_t)(end - p), piece->data, piece->len);
		if (!found)
			return false;
		p = found + piece->len;
	}
	return true;
}
