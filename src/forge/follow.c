#include "forge/follow.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "forge/client.h"
#include "forge/page.h"
#include "forge/tree.h"

const struct follow_row *
follow_find(const struct forge_operation *op)
{
	for (size_t i = 0; op && i < follow_n_rows; i++) {
		if (strcmp(follow_rows[i].operation, op->id) == 0)
			return &follow_rows[i];
	}
	return NULL;
}

bool
forge_can_adopt(const struct forge_operation *op)
{
	const struct follow_row *row = follow_find(op);
	return row && row->list;
}

bool
forge_can_follow(const struct forge_operation *op)
{
	const struct follow_row *row = follow_find(op);
	return row && row->show;
}

const char *
forge_nothing_to_follow(const struct forge_operation *op)
{
	const struct follow_row *row = follow_find(op);
	if (row && row->show)
		return NULL;
	return row && row->nothing ? row->nothing : "it is done with its answer";
}

static const json_t *
attribute(const json_t *resource, const char *path)
{
	return path ? tree_find(json_object_get(resource, "attributes"), path) : NULL;
}

const char *
follow_status(const struct follow_row *row, const json_t *resource)
{
	const char *status = json_string_value(attribute(resource, row->status));
	if (!status && !row->status)
		return row->gone ? "there" : "not as wanted";
	return status ? status : "unknown";
}

/* Whether word is one of the words of list; Forge's capitals vary. */
static bool
is_word_of(const char *list, const char *word)
{
	size_t len = strlen(word);
	while (list && *list) {
		size_t n = strcspn(list, " ");
		if (n == len && strncasecmp(list, word, n) == 0)
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

/* The text without blanks at its end. */
static struct slice
trimmed(const json_t *text)
{
	struct slice s = {json_string_value(text), json_string_length(text)};
	while (s.len > 0 && strchr(" \t\r\n", s.data[s.len - 1]))
		s.len--;
	return s;
}

/* Equal, but for blanks at the end of a text, which editors and Forge take off. */
static bool
is_equal(const json_t *a, const json_t *b)
{
	if (!json_is_string(a) || !json_is_string(b))
		return json_equal(a, b);
	return slice_eq(trimmed(a), trimmed(b));
}

/*
 * Whether what the request said is what the resource says. What the request lacks is left
 * out; what the resource lacks differs only where it must be the same.
 */
static bool
is_same(const struct follow_row *row, const json_t *resource, const json_t *body)
{
	for (size_t i = 0; i < ARRAY_LEN(row->same) && row->same[i].body; i++) {
		const json_t *wanted = json_object_get(body, row->same[i].body);
		const json_t *got = attribute(resource, row->same[i].attribute);
		bool known = got && !json_is_null(got);
		if (!wanted || json_is_null(wanted) || (!known && !row->must_be_same))
			continue;
		if (!known || !is_equal(wanted, got))
			return false;
	}
	return true;
}

static bool
has_good_status(const struct follow_row *row, const json_t *resource)
{
	const json_t *status = attribute(resource, row->status);
	const json_t *ended = attribute(resource, row->ended_at);
	if (!row->status || (ended && !json_is_null(ended)))
		return true;
	if (row->null_is_good && json_is_null(status))
		return true;
	return json_is_string(status) && is_word_of(row->good, json_string_value(status));
}

static bool
has_flag(const struct follow_row *row, const json_t *resource)
{
	if (!row->flag)
		return true;
	bool wanted = *row->flag != '!';
	const json_t *flag = attribute(resource, row->flag + !wanted);
	return wanted ? json_is_true(flag) : json_is_false(flag);
}

enum follow_verdict
follow_judge(const struct follow_row *row, const json_t *resource, const json_t *body)
{
	const char *status = json_string_value(attribute(resource, row->status));
	const json_t *exit_code = attribute(resource, row->exit_code);
	if (status && is_word_of(row->bad, status))
		return FOLLOW_BAD;
	if (row->gone || !json_is_object(resource) || !has_good_status(row, resource) ||
	    !has_flag(row, resource) ||
	    (row->must_be_same && !is_same(row, resource, body)))
		return FOLLOW_GOING;
	if (json_is_integer(exit_code) && json_integer_value(exit_code) != 0)
		return FOLLOW_BAD;
	return FOLLOW_GOOD;
}

size_t
follow_expected(const struct follow_row *row, const json_t *body)
{
	size_t n = row->each ? json_array_size(json_object_get(body, row->each)) : 1;
	return n > 0 ? n : 1;
}

bool
follow_id_greater(const char *a, const char *b)
{
	if (!text_is_digits(a))
		return false;
	if (!text_is_digits(b))
		return true;
	a += strspn(a, "0");
	b += strspn(b, "0");
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);
	return a_len != b_len ? a_len > b_len : strcmp(a, b) > 0;
}

int
follow_greatest(const json_t *page, char **last)
{
	const json_t *item = NULL;
	for (size_t i = 0; (item = page_item(page, i)) != NULL; i++) {
		auto_str id = NULL;
		if (page_id(item, &id) < 0)
			return -ENOMEM;
		if (follow_id_greater(id, *last)) {
			str_free(*last);
			*last = steal_ptr(&id);
		}
	}
	return 0;
}

int
follow_collect(const struct follow_row *row, const json_t *page, const json_t *body,
	       const char *last, json_t *found)
{
	bool reached = false;
	const json_t *item = NULL;
	for (size_t i = 0; (item = page_item(page, i)) != NULL; i++) {
		auto_str id = NULL;
		if (page_id(item, &id) < 0)
			return -ENOMEM;
		if (!text_is_digits(id))
			continue;
		if (!follow_id_greater(id, last)) {
			reached = true;
			continue;
		}
		if (is_same(row, item, body) &&
		    json_array_append_new(found, json_string(id)) < 0)
			return -ENOMEM;
	}
	return reached ? 1 : 0;
}
