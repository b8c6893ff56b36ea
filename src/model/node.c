#include "model/node.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

struct node *
node_new(enum node_kind kind, struct place at)
{
	struct node *n = x_new(struct node);
	if (n) {
		n->kind = kind;
		n->at = at;
	}
	return n;
}

void
node_free(struct node *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->len; i++)
		node_free(n->items[i]);
	mem_free(n->items);
	str_free(n->key);
	str_free(n->text);
	mem_free(n);
}

int
node_append(struct node *parent, struct node *child)
{
	int rc = x_reserve(&parent->items, &parent->cap, parent->len);
	if (rc == 0)
		parent->items[parent->len++] = child;
	return rc;
}

/* Copies everything but the children. */
static struct node *
copy_shallow(const struct node *n)
{
	struct node *copy = node_new(n->kind, n->at);
	if (!copy)
		return NULL;
	copy->key = str_dup(n->key);
	copy->broken = n->broken;
	copy->key_at = n->key_at;
	copy->text = n->text ? str_ndup(n->text, n->text_len) : NULL;
	copy->text_len = n->text_len;
	if ((n->key && !copy->key) || (n->text && !copy->text)) {
		node_free(copy);
		return NULL;
	}
	return copy;
}

struct node *
node_copy(const struct node *n)
{
	struct node *copy = n ? copy_shallow(n) : NULL;
	for (size_t i = 0; copy && i < n->len; i++) {
		struct node *child = node_copy(n->items[i]);
		if (!child || node_append(copy, child) < 0) {
			node_free(child);
			node_free(copy);
			return NULL;
		}
	}
	return copy;
}

const struct node *
node_get(const struct node *n, const char *key)
{
	if (!n || n->kind != NODE_OBJECT)
		return NULL;
	for (size_t i = 0; i < n->len; i++) {
		if (str_eq(n->items[i]->key, key))
			return n->items[i];
	}
	return NULL;
}

bool
node_is_true(const struct node *n)
{
	return n && n->kind == NODE_BOOL && str_eq(n->text, "true");
}

const char *
node_text(const struct node *n)
{
	return n ? n->text : NULL;
}

const char *
node_kind_name(enum node_kind kind)
{
	static const char *const names[] = {
		[NODE_NULL] = "nothing",    [NODE_BOOL] = "true or false",
		[NODE_NUMBER] = "a number", [NODE_STRING] = "a string",
		[NODE_ARRAY] = "a list",    [NODE_OBJECT] = "a mapping",
	};
	return names[kind];
}

/* Whether text is a number by JSON's grammar ("012", "0x1f", ".5" are only YAML's). */
static bool
is_json_number(const char *p)
{
	p += *p == '-';
	if (*p == '0')
		p++;
	else if (strspn(p, "0123456789") == 0)
		return false;
	else
		p += strspn(p, "0123456789");
	if (*p == '.') {
		size_t digits = strspn(p + 1, "0123456789");
		if (digits == 0)
			return false;
		p += 1 + digits;
	}
	if (*p == 'e' || *p == 'E') {
		p += 1 + (p[1] == '+' || p[1] == '-');
		size_t digits = strspn(p, "0123456789");
		if (digits == 0)
			return false;
		p += digits;
	}
	return *p == '\0';
}

static void
write_scalar(const struct node *n, struct buf *out)
{
	bool quoted = n->kind == NODE_STRING ||
		      (n->kind == NODE_NUMBER && !is_json_number(n->text));
	if (n->kind == NODE_NULL)
		buf_puts(out, "null");
	else if (quoted)
		json_put_string(out, n->text, n->text_len);
	else
		buf_puts(out, n->text);
}

int
node_write_json(const struct node *n, struct buf *out)
{
	if (n->kind != NODE_ARRAY && n->kind != NODE_OBJECT) {
		write_scalar(n, out);
		return out->error;
	}
	buf_putc(out, n->kind == NODE_ARRAY ? '[' : '{');
	for (size_t i = 0; i < n->len; i++) {
		if (i > 0)
			buf_putc(out, ',');
		if (n->kind == NODE_OBJECT) {
			const char *key = n->items[i]->key;
			json_put_string(out, key, strlen(key));
			buf_putc(out, ':');
		}
		node_write_json(n->items[i], out);
	}
	return buf_putc(out, n->kind == NODE_ARRAY ? ']' : '}');
}
