/* Tests of one value of an event. */
#include <string.h>

#include "match/fold.h"
#include "match/pattern.h"

static bool
number_equals(double wanted, struct slice text)
{
	double number = 0;
	return value_number(text, &number) && number >= wanted && number <= wanted;
}

static bool
is_in_range(const struct number_range *r, struct slice text)
{
	double n = 0;
	if (!value_number(text, &n))
		return false;
	return (r->low_open ? n > r->low : n >= r->low) &&
	       (r->high_open ? n < r->high : n <= r->high);
}

static bool
is_address_in(const struct address_range *range, struct slice text)
{
	struct address address = {.size = 0};
	return value_address(text, &address) && value_in_range(range, &address);
}

static bool
starts(struct slice text, struct slice prefix)
{
	return text.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(text.data, prefix.data, prefix.len) == 0);
}

static bool
ends(struct slice text, struct slice suffix)
{
	return text.len >= suffix.len &&
	       (suffix.len == 0 ||
		memcmp(text.data + text.len - suffix.len, suffix.data, suffix.len) == 0);
}

static bool
string_matches(const struct test *t, struct slice text)
{
	switch (t->kind) {
	case TEST_STRING:
		return slice_eq(t->text, text);
	case TEST_ADDRESS:
	case TEST_CIDR:
		return is_address_in(&t->addresses, text);
	case TEST_PREFIX:
		return starts(text, t->text);
	case TEST_SUFFIX:
		return ends(text, t->text);
	case TEST_FOLD:
		return fold_equals(t->text, text);
	case TEST_PREFIX_FOLD:
		return fold_is_prefix(t->text, text);
	case TEST_SUFFIX_FOLD:
		return fold_is_suffix(t->text, text);
	case TEST_WILDCARD:
		return wildcard_matches(&t->pieces, text);
	case TEST_NUMBER:
	case TEST_EQUAL:
	case TEST_WORD:
	case TEST_RANGE:
	case TEST_EXISTS:
	case TEST_ANYTHING_BUT:
		break;
	}
	return false;
}

static bool
number_matches(const struct test *t, struct slice text)
{
	if (t->kind == TEST_NUMBER)
		return slice_eq(t->literal, text) ||
		       (t->has_number && number_equals(t->number, text));
	if (t->kind == TEST_EQUAL)
		return number_equals(t->number, text);
	return t->kind == TEST_RANGE && is_in_range(&t->range, text);
}

static bool
test_matches(const struct test *t, const struct scalar *value)
{
	if (t->kind == TEST_EXISTS)
		return true;
	if (t->kind == TEST_ANYTHING_BUT)
		return !tests_match(&t->but, value);
	if (value->kind == JSON_STRING)
		return string_matches(t, value->text);
	if (value->kind == JSON_NUMBER)
		return number_matches(t, value->text);
	return t->kind == TEST_WORD && t->word == value->kind;
}

/* Nested only for anything-but, which holds no further anything-but. */
bool
tests_match(const struct tests *tests, const struct scalar *value)
{
	for (size_t i = 0; i < tests->len; i++) {
		if (test_matches(&tests->items[i], value))
			return true;
	}
	return false;
}
