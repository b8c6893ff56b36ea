#include "match/json_node.h"

#include <errno.h>
#include <string.h>

#include "base/json_tape.h"

struct builder {
	const struct json_doc *doc;
	struct place at; /* of the offset below */
	size_t offset;
	struct json_error error;
};

/* Values are visited in the order of the text, so lines are counted once. */
static struct place
place_of(struct builder *b, size_t offset)
{
	for (; b->offset < offset; b->offset++) {
		unsigned char c = (unsigned char)b->doc->text[b->offset];
		if (c == '\n') {
			b->at.line++;
			b->at.column = 1;
		} else if ((c & 0xc0) != 0x80) {
			b->at.column++;
		}
	}
	return b->at;
}

struct place
json_place(struct slice text, const char *file, size_t offset)
{
	const struct json_doc doc = {.text = text.data};
	struct builder b = {.doc = &doc, .at = {file, 1, 1}};
	return place_of(&b, offset < text.len ? offset : text.len);
}

static enum node_kind
kind_of(const struct json_doc *doc, uint32_t i)
{
	switch (json_kind_at(doc, i)) {
	case JSON_OBJECT:
		return NODE_OBJECT;
	case JSON_ARRAY:
		return NODE_ARRAY;
	case JSON_STRING:
		return NODE_STRING;
	case JSON_NUMBER:
		return NODE_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE:
		return NODE_BOOL;
	case JSON_NONE:
	case JSON_NULL:
		return NODE_NULL;
	}
	return NODE_NULL;
}

/* The text of the scalar at i in new memory. */
static char *
take_text(struct builder *b, uint32_t i, size_t *ret_len)
{
	auto_buf text = BUF_INIT(JSON_MAX_TEXT);
	struct slice raw = json_raw_at(b->doc, i);
	if (*raw.data == '"')
		json_unescape(json_inner_at(b->doc, i), &text);
	else
		buf_append(&text, raw.data, raw.len);
	*ret_len = text.len;
	return buf_take(&text);
}

static int build(struct builder *b, uint32_t i, struct node **ret_node);

static int
take_key(struct builder *b, uint32_t i, struct node *child, struct place at)
{
	size_t len = 0;
	child->key_at = at;
	child->key = take_text(b, i, &len);
	if (!child->key)
		return -ENOMEM;
	if (memchr(child->key, '\0', len) == NULL)
		return 0;
	b->error = (struct json_error){b->doc->slots[i].offset, "a key with a NUL"};
	return -EBADMSG;
}

static int
build_child(struct builder *b, struct node *parent, uint32_t *i)
{
	bool is_member = parent->kind == NODE_OBJECT;
	uint32_t key = *i;
	uint32_t value = key + is_member;
	struct place key_at = place_of(b, b->doc->slots[key].offset);
	struct node *child = NULL;
	int rc = build(b, value, &child);
	if (rc == 0 && is_member)
		rc = take_key(b, key, child, key_at);
	if (rc == 0)
		rc = node_append(parent, child);
	if (rc < 0)
		node_free(child);
	*i = json_next(b->doc, value);
	return rc;
}

/* Recursion is bounded by LIMIT_JSON_DEPTH, which the scanner keeps. */
static int
build(struct builder *b, uint32_t i, struct node **ret_node)
{
	struct place at = place_of(b, b->doc->slots[i].offset);
	struct node *n = node_new(kind_of(b->doc, i), at);
	int rc = n ? 0 : -ENOMEM;
	if (n && json_is_container(b->doc, i)) {
		uint32_t end = json_next(b->doc, i);
		for (uint32_t child = json_first(i); rc == 0 && child < end;)
			rc = build_child(b, n, &child);
	} else if (n && n->kind != NODE_NULL) {
		n->text = take_text(b, i, &n->text_len);
		rc = n->text ? 0 : -ENOMEM;
	}
	if (rc < 0)
		node_free(n);
	else
		*ret_node = n;
	return rc;
}

int
json_to_node(struct slice text, const char *file, struct node **ret_node,
	     struct json_error *ret_error)
{
	auto_json_doc doc = NULL;
	int rc = json_doc_parse(text, &doc, ret_error);
	if (rc < 0)
		return rc;
	struct builder b = {.doc = doc, .at = {file, 1, 1}};
	rc = build(&b, 0, ret_node);
	if (rc == -EBADMSG && ret_error)
		*ret_error = b.error;
	return rc;
}
