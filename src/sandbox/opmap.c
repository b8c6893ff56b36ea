#include "sandbox/opmap.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "forge/operation.h"

#define MAX_SEGMENTS 24

/* One segment of the templates; a node's children are alternatives for the next one. */
struct opmap_node {
	struct slice word; /* borrowed from a template; empty: a parameter */
	struct opmap_node **words;
	size_t n_words;
	size_t cap_words;
	struct opmap_node *param;
	const struct forge_operation **operations; /* that end here */
	size_t n_operations;
	size_t cap_operations;
};

struct opmap {
	struct opmap_node *root;
};

static void
node_free(struct opmap_node *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->n_words; i++)
		node_free(n->words[i]);
	node_free(n->param);
	mem_free(n->words);
	mem_free(n->operations);
	mem_free(n);
}

/* Takes the segment behind the leading "/" off *path; false at the end. */
static bool
next_segment(struct slice *path, struct slice *ret_segment)
{
	if (path->len == 0 || path->data[0] != '/')
		return false;
	const char *from = path->data + 1;
	size_t rest = path->len - 1;
	const char *slash = memchr(from, '/', rest);
	size_t len = slash ? (size_t)(slash - from) : rest;
	*ret_segment = (struct slice){from, len};
	*path = (struct slice){from + len, rest - len};
	return true;
}

static bool
is_param(struct slice segment)
{
	return segment.len > 2 && segment.data[0] == '{';
}

static struct opmap_node *
find_word(const struct opmap_node *n, struct slice word)
{
	for (size_t i = 0; i < n->n_words; i++) {
		if (slice_eq(n->words[i]->word, word))
			return n->words[i];
	}
	return NULL;
}

static struct opmap_node *
add_child(struct opmap_node *n, struct slice segment)
{
	struct opmap_node *child = x_new(struct opmap_node);
	if (!child)
		return NULL;
	if (is_param(segment)) {
		n->param = child;
		return child;
	}
	child->word = segment;
	if (x_reserve(&n->words, &n->cap_words, n->n_words) < 0) {
		node_free(child);
		return NULL;
	}
	n->words[n->n_words++] = child;
	return child;
}

static int
add_operation(struct opmap *m, const struct forge_operation *op)
{
	struct opmap_node *n = m->root;
	struct slice path = slice_of(op->path);
	struct slice segment = {0};
	while (next_segment(&path, &segment)) {
		struct opmap_node *child = is_param(segment) ? n->param
							     : find_word(n, segment);
		n = child ? child : add_child(n, segment);
		if (!n)
			return -ENOMEM;
	}
	int rc = x_reserve(&n->operations, &n->cap_operations, n->n_operations);
	if (rc == 0)
		n->operations[n->n_operations++] = op;
	return rc;
}

struct opmap *
opmap_new(void)
{
	struct opmap *m = x_new(struct opmap);
	if (!m)
		return NULL;
	m->root = x_new(struct opmap_node);
	int rc = m->root ? 0 : -ENOMEM;
	for (size_t i = 0; i < forge_n_operations && rc == 0; i++)
		rc = add_operation(m, &forge_operations[i]);
	if (rc < 0) {
		opmap_free(m);
		return NULL;
	}
	return m;
}

void
opmap_free(struct opmap *m)
{
	if (!m)
		return;
	node_free(m->root);
	mem_free(m);
}

/* The node where path ends. Goes back to a parameter where a word led nowhere. */
static const struct opmap_node *
walk(const struct opmap_node *n, const struct slice *segments, size_t len)
{
	if (len == 0)
		return n->n_operations > 0 ? n : NULL;
	const struct opmap_node *child = find_word(n, segments[0]);
	const struct opmap_node *end = NULL;
	if (child)
		end = walk(child, segments + 1, len - 1);
	if (!end && n->param && segments[0].len > 0)
		end = walk(n->param, segments + 1, len - 1);
	return end;
}

static const struct opmap_node *
find_node(const struct opmap *m, struct slice path)
{
	struct slice segments[MAX_SEGMENTS];
	size_t len = 0;
	while (len < MAX_SEGMENTS && next_segment(&path, &segments[len]))
		len++;
	return path.len == 0 ? walk(m->root, segments, len) : NULL;
}

static void
fill_params(struct opmap_match *match, struct slice path)
{
	struct slice template = slice_of(match->operation->path);
	struct slice name = {0};
	struct slice value = {0};
	while (next_segment(&template, &name) && next_segment(&path, &value)) {
		if (!is_param(name) || match->n_params >= OPMAP_PARAMS)
			continue;
		match->params[match->n_params].name =
			(struct slice){name.data + 1, name.len - 2};
		match->params[match->n_params++].value = value;
	}
}

bool
opmap_find(const struct opmap *m, const char *method, struct slice path,
	   struct opmap_match *ret_match)
{
	const struct opmap_node *n = find_node(m, path);
	if (!n)
		return false;
	*ret_match = (struct opmap_match){0};
	for (size_t i = 0; i < n->n_operations; i++) {
		if (str_eq(n->operations[i]->method, method))
			ret_match->operation = n->operations[i];
	}
	if (ret_match->operation)
		fill_params(ret_match, path);
	return true;
}

void
opmap_methods(const struct opmap *m, struct slice path, struct buf *out)
{
	const struct opmap_node *n = find_node(m, path);
	for (size_t i = 0; n && i < n->n_operations; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", n->operations[i]->method);
}
