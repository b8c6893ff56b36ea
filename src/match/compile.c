/*
 * From a tree of nodes to alternatives. Every $or multiplies the branches that were there
 * before it; a field that comes later replaces one of the same path in each of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "match/pattern.h"

struct field {
	const struct pattern_path *path;
	const struct leaf *leaf;
};

struct branch {
	struct field *items; /* in the scratch arena */
	size_t len;
	size_t cap;
};

struct branches {
	struct branch *items; /* owned */
	size_t len;
	size_t cap;
};

struct walk {
	struct compiler *c;
	struct arena scratch;
	struct branches branches;
	struct slice steps[LIMIT_MATCH_STEPS];
	size_t n_steps;
	const struct leaf **leaves; /* owned */
	size_t n_leaves;
	size_t cap_leaves;
	bool failed;
};

static void
fail_memory(struct walk *w)
{
	w->c->no_memory = true;
	w->failed = true;
}

#define mistake(w, at, ...)                                   \
	do {                                                  \
		diag_error((w)->c->diags, (at), __VA_ARGS__); \
		(w)->failed = true;                           \
	} while (0)

/* Appends the key, split at its dots; says how long the path was before. */
static bool
push_key(struct walk *w, const struct node *field, size_t *ret_before)
{
	*ret_before = w->n_steps;
	const char *p = field->key;
	for (;;) {
		size_t n = strcspn(p, ".");
		if (w->n_steps == LIMIT_MATCH_STEPS) {
			mistake(w, field->key_at, "more than %d keys below each other",
				LIMIT_MATCH_STEPS);
			w->n_steps = *ret_before;
			return false;
		}
		w->steps[w->n_steps++] = (struct slice){p, n};
		if (p[n] == '\0')
			return true;
		p += n + 1;
	}
}

static bool
copy_branch(struct walk *w, const struct branch *from, struct branch *to)
{
	to->cap = from->len + 4;
	to->len = from->len;
	to->items = arena_array(&w->scratch, to->cap, sizeof(*to->items));
	if (!to->items) {
		fail_memory(w);
		return false;
	}
	if (from->len > 0)
		memcpy(to->items, from->items, from->len * sizeof(*to->items));
	return true;
}

static bool
add_branch(struct walk *w, struct branches *to, const struct branch *from)
{
	if (x_reserve(&to->items, &to->cap, to->len) < 0) {
		fail_memory(w);
		return false;
	}
	if (!copy_branch(w, from, &to->items[to->len]))
		return false;
	to->len++;
	return true;
}

static bool
put_field(struct walk *w, struct branch *b, struct field field, const struct node *node)
{
	for (size_t i = 0; i < b->len; i++) {
		if (b->items[i].path == field.path) {
			diag_warning(w->c->diags, node->key_at,
				     "replaces the same field further up");
			b->items[i] = field;
			return true;
		}
	}
	if (b->len == LIMIT_MATCH_FIELDS) {
		mistake(w, node->key_at, "more than %d fields", LIMIT_MATCH_FIELDS);
		return false;
	}
	if (b->len == b->cap) {
		struct branch grown = {.len = 0};
		struct branch padded = {b->items, b->len, b->cap};
		if (!copy_branch(w, &padded, &grown))
			return false;
		*b = grown;
	}
	b->items[b->len++] = field;
	return true;
}

static void
add_leaf(struct walk *w, const struct node *node)
{
	const struct pattern_path *path =
		path_intern(w->c->paths, w->c->arena, w->steps, w->n_steps);
	if (!path) {
		fail_memory(w);
		return;
	}
	const struct leaf *leaf = leaf_compile(w->c, node, path);
	if (!leaf) {
		w->failed = true;
		return;
	}
	if (x_reserve(&w->leaves, &w->cap_leaves, w->n_leaves) < 0) {
		fail_memory(w);
		return;
	}
	w->leaves[w->n_leaves++] = leaf;
	struct field field = {path, leaf};
	for (size_t i = 0; i < w->branches.len; i++) {
		if (!put_field(w, &w->branches.items[i], field, node))
			return;
	}
}

static void walk_object(struct walk *w, const struct node *object);

/*
 * $or is one when it holds two or more mappings without operators' names as keys; else a
 * field of that name, as it was before EventBridge had the word.
 */
static bool
is_or(const struct node *field)
{
	if (!str_eq(field->key, "$or") || field->kind != NODE_ARRAY || field->len < 2)
		return false;
	for (size_t i = 0; i < field->len; i++) {
		const struct node *member = field->items[i];
		if (member->kind != NODE_OBJECT)
			return false;
		for (size_t k = 0; k < member->len; k++) {
			if (operator_is_reserved(member->items[k]->key))
				return false;
		}
	}
	return true;
}

static bool
add_branches(struct walk *w, struct branches *to, const struct branches *from)
{
	for (size_t i = 0; i < from->len; i++) {
		if (!add_branch(w, to, &from->items[i]))
			return false;
	}
	return true;
}

static void
walk_or(struct walk *w, const struct node *field)
{
	struct branches before = w->branches;
	struct branches all = {.len = 0};
	if (before.len * field->len > LIMIT_MATCH_ALTERNATIVES) {
		mistake(w, field->key_at, "$or makes %zu alternatives, more than %d",
			before.len * field->len, LIMIT_MATCH_ALTERNATIVES);
		return;
	}
	for (size_t i = 0; i < field->len; i++) {
		w->branches = (struct branches){.len = 0};
		if (add_branches(w, &w->branches, &before))
			walk_object(w, field->items[i]);
		bool ok = !w->c->no_memory && add_branches(w, &all, &w->branches);
		mem_free(w->branches.items);
		if (!ok)
			break;
	}
	mem_free(before.items);
	w->branches = all;
	if (all.len > LIMIT_MATCH_ALTERNATIVES)
		mistake(w, field->key_at, "$or makes %zu alternatives, more than %d",
			all.len, LIMIT_MATCH_ALTERNATIVES);
}

/* {prefix: text} where the list around it was forgotten means a field named prefix. */
static void
warn_of_operator(struct walk *w, const struct node *object)
{
	const struct node *only = object->len == 1 ? object->items[0] : NULL;
	if (only && only->kind != NODE_OBJECT && operator_is_known(only->key))
		diag_warning(w->c->diags, only->key_at,
			     "taken as a field named \"%s\"; the operator is written in "
			     "a list: [{%s: ...}]",
			     only->key, only->key);
	if (only && only->kind == NODE_OBJECT && str_eq(only->key, "anything-but"))
		diag_warning(w->c->diags, only->key_at,
			     "taken as a field named \"anything-but\"; the operator is "
			     "written in a list: [{anything-but: ...}]");
}

static void
walk_value(struct walk *w, const struct node *field)
{
	bool is_scalar = field->kind != NODE_OBJECT && field->kind != NODE_ARRAY;
	if (field->kind == NODE_OBJECT) {
		if (w->c->dialect == MATCH_EXTENDED)
			warn_of_operator(w, field);
		walk_object(w, field);
	} else if (is_scalar && w->c->dialect == MATCH_STRICT) {
		mistake(w, field->at, "\"%s\": expected a list or an object, found %s",
			field->key, node_kind_name(field->kind));
	} else {
		add_leaf(w, field);
	}
}

/* Recursion is bounded by the depth of the file that the nodes come from. */
static void
walk_object(struct walk *w, const struct node *object)
{
	if (object->len == 0)
		mistake(w, object->at, "an empty object; expected fields");
	for (size_t i = 0; i < object->len && !w->c->no_memory; i++) {
		const struct node *field = object->items[i];
		size_t before = 0;
		if (is_or(field)) {
			walk_or(w, field);
			continue;
		}
		if (str_eq(field->key, "$or") && w->c->dialect == MATCH_EXTENDED)
			diag_warning(w->c->diags, field->key_at,
				     "taken as a field named \"$or\": it does not hold "
				     "two or more patterns");
		if (push_key(w, field, &before)) {
			walk_value(w, field);
			w->n_steps = before;
		}
	}
}

static int
compare_steps(const struct pattern_path *a, const struct pattern_path *b)
{
	uint32_t n = a->len < b->len ? a->len : b->len;
	for (uint32_t i = 0; i < n; i++) {
		struct slice x = a->steps[i];
		struct slice y = b->steps[i];
		size_t len = x.len < y.len ? x.len : y.len;
		int order = len > 0 ? memcmp(x.data, y.data, len) : 0;
		if (order != 0)
			return order;
		if (x.len != y.len)
			return x.len < y.len ? -1 : 1;
	}
	return a->len < b->len ? -1 : a->len > b->len;
}

static int
by_steps(const void *left, const void *right)
{
	const struct condition *a = left;
	const struct condition *b = right;
	return compare_steps(a->path, b->path);
}

/* The order in which EventBridge tries fields; see eval.c on exists: false. */
static void
rank_by_name(struct condition *items, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		for (size_t k = 0; k < len; k++)
			items[i].rank += strcmp(items[k].path->name.data,
						items[i].path->name.data) < 0;
	}
}

static bool
is_mixed(const struct leaf *leaf)
{
	return leaf->or_absent && leaf->tests.len > 0;
}

/* Bit n of choice: the nth mixed leaf's absence. */
static bool
make_alternative(struct walk *w, const struct branch *b, size_t choice,
		 struct alternative *ret_alternative)
{
	struct condition *items = arena_array(w->c->arena, b->len, sizeof(*items));
	if (!items) {
		fail_memory(w);
		return false;
	}
	for (size_t i = 0; i < b->len; i++) {
		const struct leaf *leaf = b->items[i].leaf;
		items[i].path = b->items[i].path;
		items[i].leaf = leaf;
		items[i].absent = leaf->or_absent;
		if (is_mixed(leaf)) {
			items[i].absent = choice & 1;
			choice >>= 1;
		}
	}
	rank_by_name(items, b->len);
	qsort(items, b->len, sizeof(*items), by_steps);
	ret_alternative->items = items;
	ret_alternative->len = b->len;
	return true;
}

static size_t
choices(const struct branch *b)
{
	size_t n = 1;
	for (size_t i = 0; i < b->len && n <= LIMIT_MATCH_ALTERNATIVES; i++)
		n *= is_mixed(b->items[i].leaf) ? 2 : 1;
	return n;
}

static bool
make_alternatives(struct walk *w, struct pattern *p, size_t n)
{
	struct alternative *all = arena_array(w->c->arena, n, sizeof(*all));
	if (!all) {
		fail_memory(w);
		return false;
	}
	for (size_t i = 0; i < w->branches.len; i++) {
		const struct branch *b = &w->branches.items[i];
		for (size_t choice = 0; choice < choices(b); choice++) {
			all[p->len].pattern = p;
			if (!make_alternative(w, b, choice, &all[p->len++]))
				return false;
		}
	}
	p->alternatives = all;
	return true;
}

static bool
finish(struct walk *w, const struct node *node, struct pattern *p)
{
	size_t n = 0;
	for (size_t i = 0; i < w->branches.len; i++)
		n += choices(&w->branches.items[i]);
	if (n > LIMIT_MATCH_ALTERNATIVES) {
		mistake(w, node->at,
			"$or and lists that mix exists: false with other values make "
			"more "
			"than %d alternatives",
			LIMIT_MATCH_ALTERNATIVES);
		return false;
	}
	const struct leaf **leaves =
		arena_array(w->c->arena, w->n_leaves, sizeof(*leaves));
	if (!leaves) {
		fail_memory(w);
		return false;
	}
	memcpy(leaves, w->leaves, w->n_leaves * sizeof(*leaves));
	p->leaves = leaves;
	p->n_leaves = w->n_leaves;
	return make_alternatives(w, p, n);
}

static struct pattern *
compile(struct walk *w, const struct node *node, unsigned id)
{
	const struct branch empty = {.len = 0};
	if (!add_branch(w, &w->branches, &empty))
		return NULL;
	walk_object(w, node);
	if (w->failed || w->c->no_memory)
		return NULL;
	struct pattern *p = arena_array(w->c->arena, 1, sizeof(*p));
	if (!p) {
		fail_memory(w);
		return NULL;
	}
	p->id = id;
	return finish(w, node, p) ? p : NULL;
}

int
pattern_compile(struct compiler *c, const struct node *node, unsigned id,
		const struct pattern **ret_pattern)
{
	if (node->kind != NODE_OBJECT) {
		diag_error(c->diags, node->at,
			   "a pattern is an object of fields, found %s",
			   node_kind_name(node->kind));
		return -EINVAL;
	}
	struct walk *w = x_new(struct walk);
	if (!w)
		return -ENOMEM;
	w->c = c;
	const struct pattern *made = compile(w, node, id);
	mem_free(w->branches.items);
	mem_free(w->leaves);
	arena_done(&w->scratch);
	mem_free(w);
	if (made)
		*ret_pattern = made;
	if (c->no_memory)
		return -ENOMEM;
	return made ? 0 : -EINVAL;
}
