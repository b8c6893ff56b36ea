/* The value of a field in a pattern: a list of literals and operators. */
#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "match/pattern.h"

static bool
compile_string(struct compiler *c, const struct node *value, struct test *t)
{
	struct address address = {.size = 0};
	if (value_address((struct slice){value->text, value->text_len}, &address)) {
		t->kind = TEST_ADDRESS;
		t->addresses = (struct address_range){address, address};
		return true;
	}
	t->kind = TEST_STRING;
	t->text = arena_copy(c->arena, (struct slice){value->text, value->text_len});
	c->no_memory = c->no_memory || !t->text.data;
	return t->text.data != NULL;
}

static bool
compile_number(struct compiler *c, const struct node *value, struct test *t)
{
	struct slice text = {value->text, value->text_len};
	if (value->broken) /* it was told when the file was read */
		return false;
	if (json_check(text, NULL) < 0) {
		diag_error(c->diags, value->at,
			   "%s is not written as JSON writes numbers; for a string, "
			   "quote it",
			   value->text);
		return false;
	}
	t->kind = TEST_NUMBER;
	t->has_number = value_number(text, &t->number);
	t->literal = arena_copy(c->arena, text);
	c->no_memory = c->no_memory || !t->literal.data;
	return t->literal.data != NULL;
}

static bool
compile_word(const struct node *value, struct test *t)
{
	t->kind = TEST_WORD;
	if (value->kind == NODE_NULL)
		t->word = JSON_NULL;
	else
		t->word = node_is_true(value) ? JSON_TRUE : JSON_FALSE;
	return true;
}

/* *ret_absent is set for exists: false, which is no test of a value. */
static bool
compile_item(struct compiler *c, const struct node *value, struct test *t,
	     bool *ret_absent)
{
	switch (value->kind) {
	case NODE_STRING:
		return compile_string(c, value, t);
	case NODE_NUMBER:
		return compile_number(c, value, t);
	case NODE_BOOL:
	case NODE_NULL:
		return compile_word(value, t);
	case NODE_OBJECT:
		return operator_compile(c, value, t, ret_absent);
	case NODE_ARRAY:
		break;
	}
	diag_error(c->diags, value->at,
		   "a list inside a list: expected a string, a number, true, false, null "
		   "or an operator");
	return false;
}

void
leaf_table_done(struct leaf_table *t)
{
	mem_free(t->chains);
	*t = (struct leaf_table){0};
}

static bool
grow(struct leaf_table *t)
{
	size_t n = t->n_chains > 0 ? t->n_chains * 2 : 64;
	struct leaf **chains = x_new_array(struct leaf *, n);
	if (!chains)
		return false;
	for (size_t i = 0; i < t->n_chains; i++) {
		while (t->chains[i]) {
			struct leaf *leaf = t->chains[i];
			t->chains[i] = leaf->next;
			leaf->next = chains[leaf->hash & (n - 1)];
			chains[leaf->hash & (n - 1)] = leaf;
		}
	}
	mem_free(t->chains);
	t->chains = chains;
	t->n_chains = n;
	return true;
}

static const struct leaf *
find(const struct leaf_table *t, const struct pattern_path *path, struct slice expected,
     uint32_t hash)
{
	struct leaf *leaf = t->n_chains > 0 ? t->chains[hash & (t->n_chains - 1)] : NULL;
	for (; leaf; leaf = leaf->next) {
		if (leaf->hash == hash && leaf->path == path &&
		    slice_eq(leaf->expected, expected))
			return leaf;
	}
	return NULL;
}

static bool
compile_tests(struct compiler *c, const struct node *node, struct leaf *leaf)
{
	bool is_list = node->kind == NODE_ARRAY;
	size_t n = is_list ? node->len : 1;
	struct test *tests = arena_array(c->arena, n, sizeof(*tests));
	if (!tests) {
		c->no_memory = true;
		return false;
	}
	size_t kept = 0;
	bool ok = true;
	for (size_t i = 0; i < n; i++) {
		bool absent = false;
		const struct node *item = is_list ? node->items[i] : node;
		ok = compile_item(c, item, &tests[kept], &absent) && ok;
		leaf->or_absent = leaf->or_absent || absent;
		kept += !absent;
	}
	leaf->tests = (struct tests){tests, kept};
	return ok;
}

static struct leaf *
make(struct compiler *c, const struct node *node, const struct pattern_path *path,
     struct slice expected)
{
	struct leaf *leaf = arena_array(c->arena, 1, sizeof(*leaf));
	if (!leaf || (leaf->expected = arena_copy(c->arena, expected)).data == NULL) {
		c->no_memory = true;
		return NULL;
	}
	leaf->path = path;
	return compile_tests(c, node, leaf) ? leaf : NULL;
}

static bool
add(struct compiler *c, struct leaf *leaf, uint32_t hash)
{
	struct leaf_table *t = c->leaves;
	if (t->len >= t->n_chains && !grow(t)) {
		c->no_memory = true;
		return false;
	}
	struct leaf **chain = &t->chains[hash & (t->n_chains - 1)];
	leaf->hash = hash;
	leaf->next = *chain;
	*chain = leaf;
	t->len++;
	return true;
}

const struct leaf *
leaf_compile(struct compiler *c, const struct node *node, const struct pattern_path *path)
{
	if (node->kind == NODE_ARRAY && node->len == 0) {
		diag_error(c->diags, node->at, "an empty list matches nothing");
		return NULL;
	}
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	int rc = node_write_json(node, &text);
	if (rc == -ENOMEM) {
		c->no_memory = true;
		return NULL;
	}
	/* what is too long to be shown is not shared either */
	struct slice shown = rc == 0 ? buf_slice(&text) : slice_of("(too long to show)");
	uint32_t hash = match_hash(shown) ^ path->hash * 31;
	const struct leaf *known = rc == 0 ? find(c->leaves, path, shown, hash) : NULL;
	if (known)
		return known;
	struct leaf *leaf = make(c, node, path, shown);
	if (!leaf || (rc == 0 && !add(c, leaf, hash)))
		return NULL;
	return leaf;
}
