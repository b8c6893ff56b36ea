/*
 * One alternative against one event, in time linear in the event.
 *
 * EventBridge flattens an event into (path, value, elements of arrays it lies in) and
 * wants one value for each condition such that no two lie in different elements of one
 * array. Going down the event together with the conditions gives the same answer: in an
 * object every condition has its own member, so each is decided for itself; in an array
 * all conditions below must hold in one element. (Scalars directly in an array are tied
 * to no element.)
 *
 * exists: false is looked at by EventBridge in the order of the fields' names, among the
 * elements that the fields before it have chosen. So, in an array: when a condition that
 * wants a value comes first, the field must be absent from the element chosen; when none
 * does, from all elements.
 */
#include <string.h>

#include "base/limits.h"
#include "match/walk.h"

/* Conditions that share their first depth steps. */
struct span {
	const struct condition *begin;
	const struct condition *end;
};

static bool value_matches(struct evaluation *e, struct span s, struct walk_point at);

static bool
all_absent(struct span s)
{
	for (const struct condition *c = s.begin; c < s.end; c++) {
		if (!c->absent)
			return false;
	}
	return true;
}

/* The part of s that goes on with step after depth steps. */
static struct span
narrow(struct span s, uint32_t depth, struct slice step)
{
	const struct condition *c = s.begin;
	while (c < s.end &&
	       (c->path->len <= depth || !slice_eq(c->path->steps[depth], step)))
		c++;
	struct span found = {c, c};
	while (found.end < s.end && slice_eq(found.end->path->steps[depth], step))
		found.end++;
	return found;
}

/* The part of s that a key with dots leads to; *depth moves on. */
static struct span
narrow_by_key(struct span s, uint32_t *depth, struct slice key)
{
	struct slice rest = key;
	for (;;) {
		const char *dot = rest.len > 0 ? memchr(rest.data, '.', rest.len) : NULL;
		size_t n = dot ? (size_t)(dot - rest.data) : rest.len;
		s = narrow(s, (*depth)++, (struct slice){rest.data, n});
		if (!dot || s.begin == s.end)
			return s;
		rest = (struct slice){rest.data + n + 1, rest.len - n - 1};
	}
}

static bool
scalar_matches(struct evaluation *e, struct span s, struct walk_point at)
{
	for (const struct condition *c = s.begin; c < s.end; c++) {
		bool is_here = c->path->len == at.depth;
		if (c->absent == is_here)
			return false;
		if (!is_here)
			continue;
		struct scalar value = walk_scalar(e, at.doc, at.slot);
		if (!tests_match(&c->leaf->tests, &value))
			return false;
	}
	return true;
}

/* How often each condition of the group is spelled by a member; a part may be dotted. */
static bool
count_spellings(struct evaluation *e, struct span group, struct walk_point at,
		uint8_t *counts)
{
	uint32_t end = json_next(at.doc, at.slot);
	bool ambiguous = false;
	for (uint32_t i = json_first(at.slot); i < end; i = json_next(at.doc, i + 1)) {
		uint32_t depth = at.depth;
		struct span s = narrow_by_key(group, &depth, walk_key(e, at.doc, i));
		for (const struct condition *c = s.begin; c < s.end; c++) {
			ambiguous = ambiguous || counts[c - group.begin] > 0;
			counts[c - group.begin] = 1;
		}
	}
	return ambiguous;
}

/* Every member decides the part of the group that it spells. */
static bool
parts_match(struct evaluation *e, struct span group, struct walk_point at)
{
	uint32_t end = json_next(at.doc, at.slot);
	for (uint32_t i = json_first(at.slot); i < end; i = json_next(at.doc, i + 1)) {
		uint32_t depth = at.depth;
		struct span s = narrow_by_key(group, &depth, walk_key(e, at.doc, i));
		struct walk_point below = {at.doc, i + 1, depth};
		if (s.begin < s.end && !value_matches(e, s, below))
			return false;
	}
	return true;
}

/* One condition: wanted in any member that spells it, absent from all of them. */
static bool
any_spelling_matches(struct evaluation *e, const struct condition *c,
		     struct walk_point at)
{
	struct span one = {c, c + 1};
	uint32_t end = json_next(at.doc, at.slot);
	for (uint32_t i = json_first(at.slot); i < end; i = json_next(at.doc, i + 1)) {
		uint32_t depth = at.depth;
		struct span s = narrow_by_key(one, &depth, walk_key(e, at.doc, i));
		struct walk_point below = {at.doc, i + 1, depth};
		if (s.begin < s.end && value_matches(e, s, below) != c->absent)
			return !c->absent;
	}
	return c->absent;
}

/*
 * Members with dots in their keys. Where two members spell one path ("a": {"b": 1} next
 * to "a.b": 2), the group's conditions are decided one by one: array consistency between
 * different spellings is not asked for.
 */
static bool
spellings_match(struct evaluation *e, struct span group, struct walk_point at)
{
	uint8_t counts[LIMIT_MATCH_FIELDS] = {0};
	bool ambiguous = count_spellings(e, group, at, counts);
	for (const struct condition *c = group.begin; c < group.end; c++) {
		if (counts[c - group.begin] == 0 && !c->absent)
			return false;
	}
	if (!ambiguous)
		return parts_match(e, group, at);
	for (const struct condition *c = group.begin; c < group.end; c++) {
		if (!any_spelling_matches(e, c, at))
			return false;
	}
	return true;
}

/* Conditions with the same next step, in an object. */
static bool
group_matches(struct evaluation *e, struct span group, struct walk_point at)
{
	struct slice step = group.begin->path->steps[at.depth];
	uint32_t end = json_next(at.doc, at.slot);
	uint32_t found = 0;
	for (uint32_t i = json_first(at.slot); i < end; i = json_next(at.doc, i + 1)) {
		enum cover cover = walk_cover(walk_key(e, at.doc, i), step);
		if (cover == COVER_DOTTED)
			return spellings_match(e, group, at);
		if (cover == COVER_EXACT)
			found = i + 1;
	}
	if (found == 0)
		return all_absent(group);
	struct walk_point below = {at.doc, found, at.depth + 1};
	return value_matches(e, group, below);
}

static bool
object_matches(struct evaluation *e, struct span s, struct walk_point at)
{
	if (s.begin < s.end && s.begin->path->len == at.depth) {
		if (!s.begin->absent)
			return false;
		s.begin++;
	}
	while (s.begin < s.end) {
		struct span group = narrow(s, at.depth, s.begin->path->steps[at.depth]);
		if (!group_matches(e, group, at))
			return false;
		s.begin = group.end;
	}
	return true;
}

static bool
any_value(const struct scalar *value, void *arg)
{
	(void)value;
	(void)arg;
	return true;
}

static bool
is_absent(struct evaluation *e, const struct condition *c, struct walk_point at)
{
	return !walk_visit(e, c->path, at, any_value, NULL);
}

static bool
any_element_matches(struct evaluation *e, struct span s, struct walk_point array)
{
	uint32_t end = json_next(array.doc, array.slot);
	for (uint32_t i = json_first(array.slot); i < end; i = json_next(array.doc, i)) {
		struct walk_point element = {array.doc, i, array.depth};
		if (json_is_container(array.doc, i) && value_matches(e, s, element))
			return true;
	}
	return false;
}

/* Conditions on members of an array's elements. */
static bool
elements_match(struct evaluation *e, struct span s, struct walk_point array)
{
	uint32_t first = UINT32_MAX; /* of those that want a value */
	for (const struct condition *c = s.begin; c < s.end; c++) {
		if (!c->absent && c->rank < first)
			first = c->rank;
	}
	for (const struct condition *c = s.begin; c < s.end; c++) {
		if (c->absent && c->rank < first && !is_absent(e, c, array))
			return false;
	}
	return first == UINT32_MAX || any_element_matches(e, s, array);
}

static bool
any_scalar_matches(struct evaluation *e, const struct leaf *leaf, struct walk_point array)
{
	uint32_t end = json_next(array.doc, array.slot);
	for (uint32_t i = json_first(array.slot); i < end; i = json_next(array.doc, i)) {
		if (json_is_container(array.doc, i))
			continue;
		struct scalar value = walk_scalar(e, array.doc, i);
		if (tests_match(&leaf->tests, &value))
			return true;
	}
	return false;
}

static bool
array_matches(struct evaluation *e, struct span s, struct walk_point at)
{
	const struct condition *here = s.begin;
	if (here == s.end || here->path->len != at.depth)
		return elements_match(e, s, at);
	struct span below = {s.begin + 1, s.end};
	if (here->absent)
		return is_absent(e, here, at) && elements_match(e, below, at);
	if (any_scalar_matches(e, here->leaf, at) && elements_match(e, below, at))
		return true;
	return any_element_matches(e, s, at);
}

/* Recursion is bounded by LIMIT_JSON_DEPTH. */
static bool
value_matches(struct evaluation *e, struct span s, struct walk_point at)
{
	switch (json_first_byte(at.doc, at.slot)) {
	case '{':
		return object_matches(e, s, at);
	case '[':
		return array_matches(e, s, at);
	default:
		return scalar_matches(e, s, at);
	}
}

static bool
text_matches(struct slice text, struct span s)
{
	const struct scalar value = {JSON_STRING, text};
	for (const struct condition *c = s.begin; c < s.end; c++) {
		bool is_here = c->path->len == 1;
		if (c->absent == is_here)
			return false;
		if (is_here && !tests_match(&c->leaf->tests, &value))
			return false;
	}
	return true;
}

static bool
field_matches(struct evaluation *e, struct span s, bool parsing)
{
	size_t i = walk_find_field(e, s.begin->path->steps[0]);
	if (i == e->event->len)
		return all_absent(s);
	const struct match_field *f = &e->event->fields[i];
	if (f->kind == MATCH_TEXT)
		return text_matches(f->value, s);
	if (!parsing)
		return true;
	const struct json_doc *doc = walk_field(e, i);
	return doc && value_matches(e, s, (struct walk_point){doc, 0, 1});
}

static bool
fields_match(struct evaluation *e, const struct alternative *a, bool parsing)
{
	struct span s = {a->items, a->items + a->len};
	while (s.begin < s.end) {
		struct span group = narrow(s, 0, s.begin->path->steps[0]);
		if (!field_matches(e, group, parsing))
			return false;
		s.begin = group.end;
	}
	return true;
}

/* Texts first: most alternatives fail there, before any JSON must be parsed. */
bool
eval_matches(struct evaluation *e, const struct alternative *a)
{
	return fields_match(e, a, false) && fields_match(e, a, true);
}

bool
eval_visit(struct evaluation *e, const struct pattern_path *path, eval_visit_fn *visit,
	   void *arg)
{
	size_t i = walk_find_field(e, path->steps[0]);
	if (i == e->event->len)
		return false;
	const struct match_field *f = &e->event->fields[i];
	if (f->kind == MATCH_TEXT) {
		const struct scalar value = {JSON_STRING, f->value};
		return path->len == 1 && visit(&value, arg);
	}
	const struct json_doc *doc = walk_field(e, i);
	return doc && walk_visit(e, path, (struct walk_point){doc, 0, 1}, visit, arg);
}

static bool
leaf_takes(const struct scalar *value, void *arg)
{
	const struct leaf *leaf = arg;
	return tests_match(&leaf->tests, value);
}

bool
eval_leaf_matches(struct evaluation *e, const struct leaf *leaf)
{
	struct leaf copy = *leaf;
	if (eval_visit(e, leaf->path, leaf_takes, &copy))
		return true;
	return leaf->or_absent && !eval_visit(e, leaf->path, any_value, NULL);
}
