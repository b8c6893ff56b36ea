#include "match/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MAX_DEPTH 12 /* look-ups in a row; what is left then is evaluated one by one */
#define MIN_SPLIT 2  /* alternatives that make a look-up worth while */
/* An alternative stands once below each of its literals: this often at most. */
#define MAX_COPIES 8

struct entry {
	struct slice literal;
	uint32_t hash;
	const struct index_node *child;
};

struct index_node {
	const struct pattern_path *path; /* NULL: evaluate the list */
	const struct entry *entries;	 /* sorted by hash */
	const struct index_node *rest;	 /* what does not ask for path; may be NULL */
	const struct alternative *const *list;
	size_t len; /* of entries or list */
};

/* One alternative below one literal of the path that its list is split by. */
struct candidate {
	const struct alternative *alternative;
	struct slice literal;
	uint32_t hash;
	uint32_t copies;
};

struct list {
	struct candidate *items; /* owned */
	size_t len;
	size_t cap;
};

struct build {
	struct arena *arena;
	uint32_t *counts; /* owned; one a path, zero between uses */
	bool *used;	  /* owned; one a path: looked up further up the tree */
};

struct choice {
	const struct pattern_path *path;
	uint32_t count;
};

static int build_node(struct build *b, const struct list *list, size_t depth,
		      const struct index_node **ret_node);

static int
add(struct list *list, struct candidate item)
{
	int rc = x_reserve(&list->items, &list->cap, list->len);
	if (rc == 0)
		list->items[list->len++] = item;
	return rc;
}

/* Only literal strings are looked up; the other tests are evaluated. */
static bool
is_literal(const struct build *b, const struct candidate *x, const struct condition *c)
{
	const struct tests *tests = &c->leaf->tests;
	if (c->absent || b->used[c->path->number] || tests->len * x->copies > MAX_COPIES)
		return false;
	for (size_t i = 0; i < tests->len; i++) {
		if (tests->items[i].kind != TEST_STRING)
			return false;
	}
	return true;
}

/* The path that most alternatives ask for by literals, a top-level one if half do. */
static struct choice
choose(struct build *b, const struct list *list)
{
	struct choice top = {NULL, 0};
	struct choice any = {NULL, 0};
	for (size_t i = 0; i < list->len; i++) {
		const struct alternative *a = list->items[i].alternative;
		for (size_t k = 0; k < a->len; k++) {
			const struct pattern_path *path = a->items[k].path;
			if (!is_literal(b, &list->items[i], &a->items[k]))
				continue;
			uint32_t count = ++b->counts[path->number];
			if (count > any.count)
				any = (struct choice){path, count};
			if (path->len == 1 && count > top.count)
				top = (struct choice){path, count};
		}
	}
	for (size_t i = 0; i < list->len; i++) {
		const struct alternative *a = list->items[i].alternative;
		for (size_t k = 0; k < a->len; k++)
			b->counts[a->items[k].path->number] = 0;
	}
	return top.path && top.count * 2 >= list->len ? top : any;
}

/* Puts x below each of its literals of path, or into rest. */
static int
distribute(const struct build *b, const struct candidate *x,
	   const struct pattern_path *path, struct list *split, struct list *rest)
{
	const struct alternative *a = x->alternative;
	for (size_t k = 0; k < a->len; k++) {
		const struct condition *c = &a->items[k];
		if (c->path != path || !is_literal(b, x, c))
			continue;
		const struct tests *tests = &c->leaf->tests;
		uint32_t copies = x->copies * (uint32_t)tests->len;
		for (size_t i = 0; i < tests->len; i++) {
			struct slice text = tests->items[i].text;
			int rc = add(split, (struct candidate){a, text, match_hash(text),
							       copies});
			if (rc < 0)
				return rc;
		}
		return 0;
	}
	return add(rest, *x);
}

static int
compare_literals(const struct candidate *a, const struct candidate *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->literal.len != b->literal.len)
		return a->literal.len < b->literal.len ? -1 : 1;
	return a->literal.len > 0
		       ? memcmp(a->literal.data, b->literal.data, a->literal.len)
		       : 0;
}

static int
by_literal(const void *left, const void *right)
{
	return compare_literals(left, right);
}

static size_t
count_literals(const struct list *split)
{
	size_t n = 0;
	for (size_t i = 0; i < split->len; i++)
		n += i == 0 || compare_literals(&split->items[i - 1], &split->items[i]);
	return n;
}

static int
build_entries(struct build *b, struct list *split, size_t depth, struct index_node *node)
{
	if (split->len > 0)
		qsort(split->items, split->len, sizeof(*split->items), by_literal);
	node->len = count_literals(split);
	struct entry *entries = arena_array(b->arena, node->len, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	node->entries = entries;
	size_t n = 0;
	for (size_t begin = 0; begin < split->len;) {
		size_t end = begin + 1;
		while (end < split->len &&
		       compare_literals(&split->items[begin], &split->items[end]) == 0)
			end++;
		const struct list same = {split->items + begin, end - begin, 0};
		entries[n].literal = same.items[0].literal;
		entries[n].hash = same.items[0].hash;
		int rc = build_node(b, &same, depth + 1, &entries[n++].child);
		if (rc < 0)
			return rc;
		begin = end;
	}
	return 0;
}

static int
build_split(struct build *b, const struct list *list, size_t depth,
	    struct index_node *node)
{
	struct list split = {.len = 0};
	struct list rest = {.len = 0};
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < list->len; i++)
		rc = distribute(b, &list->items[i], node->path, &split, &rest);
	b->used[node->path->number] = true;
	if (rc == 0)
		rc = build_entries(b, &split, depth, node);
	b->used[node->path->number] = false;
	mem_free(split.items);
	if (rc == 0 && rest.len > 0)
		rc = build_node(b, &rest, depth + 1, &node->rest);
	mem_free(rest.items);
	return rc;
}

static int
build_list(struct build *b, const struct list *list, struct index_node *node)
{
	const struct alternative **own = arena_array(b->arena, list->len, sizeof(*own));
	if (!own)
		return -ENOMEM;
	for (size_t i = 0; i < list->len; i++)
		own[i] = list->items[i].alternative;
	node->list = own;
	node->len = list->len;
	return 0;
}

static int
build_node(struct build *b, const struct list *list, size_t depth,
	   const struct index_node **ret_node)
{
	struct index_node *node = arena_array(b->arena, 1, sizeof(*node));
	if (!node)
		return -ENOMEM;
	struct choice choice = {NULL, 0};
	if (depth < MAX_DEPTH && list->len >= MIN_SPLIT)
		choice = choose(b, list);
	*ret_node = node;
	if (choice.count < MIN_SPLIT)
		return build_list(b, list, node);
	node->path = choice.path;
	return build_split(b, list, depth, node);
}

int
index_build(struct arena *arena, const struct alternative *const *all, size_t len,
	    size_t n_paths, const struct index_node **ret_root)
{
	struct build b = {.arena = arena};
	struct list list = {.len = 0};
	b.counts = x_new_array(uint32_t, n_paths);
	b.used = x_new_array(bool, n_paths);
	int rc = b.counts && b.used ? 0 : -ENOMEM;
	for (size_t i = 0; rc == 0 && i < len; i++)
		rc = add(&list, (struct candidate){.alternative = all[i], .copies = 1});
	if (rc == 0)
		rc = build_node(&b, &list, 0, ret_root);
	mem_free(list.items);
	mem_free(b.counts);
	mem_free(b.used);
	return rc;
}

/* The children that the values of a path lead to. */
struct found {
	const struct index_node *node;
	const struct index_node **items; /* owned */
	size_t len;
	size_t cap;
	int rc;
};

static size_t
first_of_hash(const struct index_node *node, uint32_t hash)
{
	size_t low = 0;
	size_t high = node->len;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (node->entries[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
look_up(const struct scalar *value, void *arg)
{
	struct found *f = arg;
	if (value->kind != JSON_STRING)
		return false;
	uint32_t hash = match_hash(value->text);
	size_t i = first_of_hash(f->node, hash);
	for (; i < f->node->len && f->node->entries[i].hash == hash; i++) {
		if (!slice_eq(f->node->entries[i].literal, value->text))
			continue;
		f->rc = x_reserve(&f->items, &f->cap, f->len);
		if (f->rc < 0)
			return true;
		f->items[f->len++] = f->node->entries[i].child;
	}
	return false;
}

static int
by_address(const void *left, const void *right)
{
	const struct index_node *const *a = left;
	const struct index_node *const *b = right;
	return *a < *b ? -1 : *a > *b;
}

/* Recursion is bounded by MAX_DEPTH. */
void
index_run(struct evaluation *e, const struct index_node *root, index_fn *on_candidate,
	  void *arg)
{
	if (!root->path) {
		for (size_t i = 0; e->rc == 0 && i < root->len; i++)
			on_candidate(root->list[i], arg);
		return;
	}
	struct found f = {.node = root};
	eval_visit(e, root->path, look_up, &f);
	if (f.rc < 0 && e->rc == 0)
		e->rc = f.rc;
	/* an array may name the same literal many times */
	if (f.len > 1)
		qsort(f.items, f.len, sizeof(*f.items), by_address);
	for (size_t i = 0; e->rc == 0 && i < f.len; i++) {
		if (i == 0 || f.items[i] != f.items[i - 1])
			index_run(e, f.items[i], on_candidate, arg);
	}
	mem_free(f.items);
	if (e->rc == 0 && root->rest)
		index_run(e, root->rest, on_candidate, arg);
}
