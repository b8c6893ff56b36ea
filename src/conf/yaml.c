#include "conf/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libfyaml.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

/* A collection that is open, and the key that waits for its value. */
struct level {
	struct node *node; /* borrowed: it hangs in its parent already */
	char *key;	   /* owned */
	struct place key_at;
	bool skip_value; /* its key was a mistake */
};

struct builder {
	const struct yaml_input *in;
	struct diag_list *diags;
	struct node *root; /* owned */
	struct level levels[LIMIT_CONF_DEPTH];
	size_t depth;
	size_t skipping; /* open collections inside a value that is left out */
	unsigned documents;
	struct place last;
	int rc; /* 0, or why the text is not read further */
};

static int
stop(struct builder *b, int rc)
{
	b->rc = rc;
	return rc;
}

/* Whether a block scalar's indicator (| or >, then +-0-9) stands at text[i]. */
static bool
is_indicator(const char *text, size_t i, size_t end)
{
	if (text[i] != '|' && text[i] != '>')
		return false;
	while (++i < end && text[i] && strchr("+-0123456789", text[i]))
		;
	return i == end || strchr(" \t\r\n", text[i]);
}

/*
 * A block scalar's mark stands at its content; people look at its | or >, in the line
 * before. Returns the column, counted from 1; 1 when it is not found.
 */
static unsigned
indicator_column(const struct yaml_input *in, size_t content)
{
	size_t end = content < in->len ? content : in->len;
	while (end > 0 && in->text[end - 1] != '\n')
		end--;
	size_t start = end > 0 ? end - 1 : 0;
	while (start > 0 && in->text[start - 1] != '\n')
		start--;
	unsigned column = 1;
	for (size_t i = start; i < end; column++) {
		bool is_word_start = i == start || in->text[i - 1] == ' ';
		if (is_word_start && is_indicator(in->text, i, end))
			return column;
		size_t n = utf8_length(in->text + i, end - i);
		i += n > 0 ? n : 1;
	}
	return 1;
}

static struct place
place_of(struct builder *b, struct fy_event *event)
{
	const struct fy_mark *mark = fy_event_start_mark(event);
	if (!mark)
		return b->last;
	struct place at = {b->in->file, (unsigned)mark->line + 1,
			   (unsigned)mark->column + 1};
	enum fy_scalar_style style = FYSS_PLAIN;
	if (event->type == FYET_SCALAR)
		style = fy_token_scalar_style(event->scalar.value);
	bool is_quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
	bool is_block = style == FYSS_LITERAL || style == FYSS_FOLDED;
	/* the mark stands behind the opening quote, and behind an alias' asterisk */
	if ((is_quoted || event->type == FYET_ALIAS) && at.column > 1)
		at.column--;
	if (is_block && at.line > 1) {
		at.line--;
		at.column = indicator_column(b->in, mark->input_pos);
	}
	b->last = at;
	return at;
}

static struct place
token_place(const struct builder *b, struct fy_token *token, unsigned offset)
{
	const struct fy_mark *mark = fy_token_start_mark(token);
	if (!mark)
		return b->last;
	return (struct place){b->in->file, (unsigned)mark->line + 1,
			      (unsigned)mark->column + offset};
}

/* --- what is refused --- */

static void
refuse_anchor_and_tag(struct builder *b, struct fy_event *event)
{
	struct fy_token *anchor = fy_event_get_anchor_token(event);
	struct fy_token *tag = fy_event_get_tag_token(event);
	if (anchor)
		diag_error(b->diags, token_place(b, anchor, 0),
			   "anchors (&name) are not allowed here; write the value out");
	if (tag)
		diag_error(b->diags, token_place(b, tag, 1),
			   "tags (!name) are not allowed here; put text in quotes");
}

static int
compare_keys(const void *left, const void *right)
{
	const struct node *a = *(const struct node *const *)left;
	const struct node *c = *(const struct node *const *)right;
	int order = strcmp(a->key, c->key);
	if (order != 0)
		return order;
	if (a->key_at.line != c->key_at.line)
		return a->key_at.line < c->key_at.line ? -1 : 1;
	return a->key_at.column < c->key_at.column ? -1 : 1;
}

static void
drop_keyless(struct node *object)
{
	size_t kept = 0;
	for (size_t i = 0; i < object->len; i++) {
		if (object->items[i]->key)
			object->items[kept++] = object->items[i];
		else
			node_free(object->items[i]);
	}
	object->len = kept;
}

/*
 * Reports repeated keys and keeps the first of each. Sorts instead of comparing each with
 * each: an object may have a million members.
 */
static int
refuse_doubles(struct builder *b, struct node *object)
{
	struct node **sorted = x_new_array(struct node *, object->len);
	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, object->items, object->len * sizeof(struct node *));
	qsort(sorted, object->len, sizeof(struct node *), compare_keys);
	size_t first = 0;
	for (size_t i = 1; i < object->len; i++) {
		if (!str_eq(sorted[first]->key, sorted[i]->key)) {
			first = i;
			continue;
		}
		diag_error(b->diags, sorted[i]->key_at,
			   "`%s` is there twice; the first is in line %u", sorted[i]->key,
			   sorted[first]->key_at.line);
		str_free_p(&sorted[i]->key);
	}
	drop_keyless(object);
	mem_free(sorted);
	return 0;
}

static bool
has_doubles(const struct node *object)
{
	if (object->len > 16)
		return true; /* refuse_doubles finds out */
	for (size_t i = 1; i < object->len; i++) {
		for (size_t k = 0; k < i; k++) {
			if (str_eq(object->items[k]->key, object->items[i]->key))
				return true;
		}
	}
	return false;
}

/* --- building --- */

/* Hangs n where it belongs: below the open collection, or as the root. Takes n over. */
static int
attach(struct builder *b, struct node *n)
{
	if (b->depth == 0) {
		b->root = n;
		return 0;
	}
	struct level *top = &b->levels[b->depth - 1];
	if (top->node->kind == NODE_OBJECT) {
		n->key = steal_ptr(&top->key);
		n->key_at = top->key_at;
	}
	int rc = node_append(top->node, n);
	if (rc < 0)
		node_free(n);
	return rc;
}

static struct node *
new_node(struct builder *b, enum node_kind kind, struct place at)
{
	if (*b->in->budget == 0) {
		diag_error(b->diags, at, "more than %u values in all files",
			   (unsigned)LIMIT_CONF_NODES);
		stop(b, -EINVAL);
		return NULL;
	}
	(*b->in->budget)--;
	struct node *n = node_new(kind, at);
	if (!n)
		stop(b, -ENOMEM);
	return n;
}

/* Whether the next event is a key of the open object. */
static bool
wants_key(const struct builder *b)
{
	if (b->depth == 0)
		return false;
	const struct level *top = &b->levels[b->depth - 1];
	return top->node->kind == NODE_OBJECT && !top->key && !top->skip_value;
}

/* Whether the value that begins here is left out (and then its mark is taken away). */
static bool
take_skip(struct builder *b)
{
	struct level *top = b->depth > 0 ? &b->levels[b->depth - 1] : NULL;
	bool skip = top && top->skip_value;
	if (skip)
		top->skip_value = false;
	return skip;
}

static void
open_collection(struct builder *b, enum node_kind kind, struct place at)
{
	bool is_key = wants_key(b);
	if (is_key) {
		diag_error(b->diags, at, "a key is a word; found %s",
			   node_kind_name(kind));
		b->levels[b->depth - 1].skip_value = true;
	}
	if (b->skipping > 0 || is_key || take_skip(b)) {
		b->skipping++;
		return;
	}
	if (b->depth == LIMIT_CONF_DEPTH) {
		diag_error(b->diags, at, "more than %d collections inside each other",
			   LIMIT_CONF_DEPTH);
		stop(b, -EINVAL);
		return;
	}
	struct node *n = new_node(b, kind, at);
	if (!n)
		return;
	if (attach(b, n) < 0) {
		stop(b, -ENOMEM);
		return;
	}
	b->levels[b->depth++] = (struct level){.node = n};
}

static void
close_collection(struct builder *b)
{
	if (b->skipping > 0) {
		b->skipping--;
		return;
	}
	struct level *top = &b->levels[--b->depth];
	struct node *n = top->node;
	if (top->key) /* libfyaml ends some odd mappings between key and value */
		diag_error(b->diags, top->key_at, "`%s` has no value", top->key);
	str_free_p(&top->key);
	if (n->kind == NODE_OBJECT && has_doubles(n) && refuse_doubles(b, n) < 0)
		stop(b, -ENOMEM);
}

static void
take_key(struct builder *b, const char *text, size_t len, bool is_plain, struct place at)
{
	struct level *top = &b->levels[b->depth - 1];
	if (is_plain && len == 2 && strncmp(text, "<<", 2) == 0) {
		diag_error(b->diags, at,
			   "merge keys (<<) are not allowed here; write the members out");
		top->skip_value = true;
		return;
	}
	if (memchr(text, '\0', len)) {
		diag_error(b->diags, at, "a key holds a NUL character");
		top->skip_value = true;
		return;
	}
	top->key = str_ndup(text, len);
	top->key_at = at;
	if (!top->key)
		stop(b, -ENOMEM);
}

static int
fill_scalar(struct node *n, const char *text, size_t len, bool is_plain)
{
	n->text = str_ndup(text, len);
	n->text_len = len;
	if (!n->text || !is_plain)
		return n->text ? 0 : -ENOMEM;
	const char *json = NULL;
	n->kind = yaml_plain_kind(n->text, len, &json);
	if (n->kind == NODE_NULL) {
		str_free(steal_ptr(&n->text));
		n->text_len = 0;
	} else if (json != n->text) {
		n->text_len = strlen(json);
		return str_set(&n->text, json);
	}
	return 0;
}

static void
check_scalar(struct builder *b, struct node *n)
{
	if (n->kind == NODE_NUMBER && yaml_is_odd_number(n->text)) {
		diag_error(b->diags, n->at,
			   "expected a decimal number, or text in quotes; found %s",
			   n->text);
		n->broken = true;
	}
	if (n->text && !b->in->allow_nul && strlen(n->text) != n->text_len) {
		diag_error(b->diags, n->at, "text with a NUL character");
		n->broken = true;
	}
}

static void
take_value(struct builder *b, const char *text, size_t len, bool is_plain,
	   struct place at)
{
	struct node *n = new_node(b, NODE_STRING, at);
	if (!n)
		return;
	if (fill_scalar(n, text, len, is_plain) < 0) {
		node_free(n);
		stop(b, -ENOMEM);
		return;
	}
	check_scalar(b, n);
	if (attach(b, n) < 0)
		stop(b, -ENOMEM);
}

static void
on_scalar(struct builder *b, struct fy_event *event, struct place at)
{
	size_t len = 0;
	const char *text = fy_token_get_text(event->scalar.value, &len);
	bool is_plain = fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
	if (!text) {
		text = "";
		len = 0;
	}
	if (b->skipping > 0)
		return;
	if (wants_key(b))
		take_key(b, text, len, is_plain, at);
	else if (!take_skip(b))
		take_value(b, text, len, is_plain, at);
}

static void
on_alias(struct builder *b, struct place at)
{
	diag_error(b->diags, at,
		   "aliases (*name) are not allowed here; write the value out");
	if (b->skipping > 0)
		return;
	if (wants_key(b)) {
		b->levels[b->depth - 1].skip_value = true;
		return;
	}
	if (take_skip(b))
		return;
	struct node *n = new_node(b, NODE_NULL, at);
	if (!n)
		return;
	n->broken = true;
	if (attach(b, n) < 0)
		stop(b, -ENOMEM);
}

static void
on_document(struct builder *b, struct place at)
{
	if (++b->documents > 1) {
		diag_error(b->diags, at,
			   "a second document (---) begins here; one file "
			   "holds one");
		stop(b, -EINVAL);
	}
}

static void
on_event(struct builder *b, struct fy_event *e)
{
	struct place at = place_of(b, e);
	switch (e->type) {
	case FYET_DOCUMENT_START:
		on_document(b, at);
		break;
	case FYET_MAPPING_START:
		refuse_anchor_and_tag(b, e);
		open_collection(b, NODE_OBJECT, at);
		break;
	case FYET_SEQUENCE_START:
		refuse_anchor_and_tag(b, e);
		open_collection(b, NODE_ARRAY, at);
		break;
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END:
		close_collection(b);
		break;
	case FYET_SCALAR:
		refuse_anchor_and_tag(b, e);
		on_scalar(b, e, at);
		break;
	case FYET_ALIAS:
		on_alias(b, at);
		break;
	case FYET_NONE:
	case FYET_STREAM_START:
	case FYET_STREAM_END:
	case FYET_DOCUMENT_END:
		break;
	}
}

/* --- the parser --- */

static struct fy_diag *
new_collector(void)
{
	struct fy_diag_cfg cfg;
	fy_diag_cfg_default(&cfg);
	cfg.fp = NULL;
	cfg.level = FYET_ERROR;
	struct fy_diag *d = fy_diag_create(&cfg);
	if (d)
		fy_diag_set_collect_errors(d, true);
	return d;
}

static void
report_syntax(struct builder *b, struct fy_diag *collector)
{
	void *at = NULL;
	struct fy_diag_error *e = NULL;
	size_t reported = 0;
	while ((e = fy_diag_errors_iterate(collector, &at)) != NULL) {
		struct place where = {b->in->file, e->line > 0 ? (unsigned)e->line : 1,
				      e->column > 0 ? (unsigned)e->column : 1};
		diag_error(b->diags, where, "this is no YAML: %s", e->msg);
		reported++;
	}
	if (reported == 0)
		diag_error(b->diags, b->last, "this is no YAML");
	stop(b, -EINVAL);
}

static void
run_parser(struct builder *b)
{
	struct fy_diag *collector = new_collector();
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG |
					    FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE,
				   .diag = collector};
	struct fy_parser *p = collector ? fy_parser_create(&cfg) : NULL;
	if (!p || fy_parser_set_string(p, b->in->text, b->in->len) != 0)
		stop(b, -ENOMEM);
	while (p && b->rc == 0) {
		struct fy_event *e = fy_parser_parse(p);
		if (!e)
			break;
		on_event(b, e);
		fy_parser_event_free(p, e);
	}
	if (p && b->rc == 0 && fy_parser_get_stream_error(p))
		report_syntax(b, collector);
	fy_parser_destroy(p);
	fy_diag_destroy(collector);
}

/* libfyaml is given well-formed text only: what it does with the rest is not specified.
 */
static bool
is_text(const struct yaml_input *in, struct diag_list *diags)
{
	struct place at = {in->file, 1, 1};
	if (in->len > LIMIT_CONF_BYTES) {
		diag_error(diags, at, "longer than %u bytes", (unsigned)LIMIT_CONF_BYTES);
		return false;
	}
	for (size_t i = 0; i < in->len;) {
		unsigned char c = (unsigned char)in->text[i];
		size_t n = utf8_length(in->text + i, in->len - i);
		bool is_control = (c < 0x20 && c != '\n' && c != '\t' && c != '\r') ||
				  c == 0x7f;
		if (n == 0 || is_control) {
			diag_error(diags, at,
				   n == 0 ? "byte 0x%02x is no UTF-8"
					  : "control character 0x%02x",
				   c);
			return false;
		}
		at.line += c == '\n';
		at.column = c == '\n' ? 1 : at.column + 1;
		i += n;
	}
	return true;
}

int
yaml_parse(const struct yaml_input *in, struct diag_list *diags, struct node **ret_tree)
{
	size_t errors = diags->errors;
	*ret_tree = NULL;
	if (!is_text(in, diags))
		return -EINVAL;
	struct builder *b = x_new(struct builder);
	if (!b)
		return -ENOMEM;
	b->in = in;
	b->diags = diags;
	b->last = (struct place){in->file, 1, 1};
	run_parser(b);
	if (b->rc == 0 && !b->root && !(b->root = node_new(NODE_NULL, b->last)))
		b->rc = -ENOMEM;
	for (size_t i = 0; i < b->depth; i++)
		str_free(b->levels[i].key);
	int rc = b->rc;
	if (rc == 0)
		*ret_tree = b->root;
	else
		node_free(b->root);
	mem_free(b);
	return rc == 0 && diags->errors > errors ? -EINVAL : rc;
}
