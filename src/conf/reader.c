#include "conf/reader.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"

#define SHOWN_BYTES 60 /* of a wrong value, in a message */
#define MAX_KEYS    64 /* of one section */

int
conf_worse(int a, int b)
{
	if (a == -ENOMEM || b == -ENOMEM)
		return -ENOMEM;
	return a != 0 ? a : b;
}

struct place
conf_key_place(const struct node *n)
{
	return n->key ? n->key_at : n->at;
}

/* How a message shows what stands at n: never what a reference stands for. */
static void
describe(const struct node *n, bool may_show, struct buf *out)
{
	if (n->kind == NODE_STRING && n->text_len == 0) {
		buf_puts(out, "an empty text");
	} else if (n->kind == NODE_STRING && may_show) {
		bool is_long = n->text_len > SHOWN_BYTES;
		bool is_reference = conf_is_reference(n->text);
		buf_puts(out, is_reference ? "the value of " : "");
		json_put_string(out, n->text, is_long ? SHOWN_BYTES : n->text_len);
		buf_puts(out, is_long ? "..." : "");
	} else if ((n->kind == NODE_NUMBER || n->kind == NODE_BOOL) && may_show) {
		buf_printf(out, "%.*s", SHOWN_BYTES, n->text);
	} else {
		buf_puts(out, node_kind_name(n->kind));
	}
}

int
conf_expected(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	      const char *expected)
{
	if (n->broken)
		return -EINVAL;
	auto_buf found = BUF_INIT(KIB);
	bool is_secret = o->type == &conf_type_secret || o->type == &conf_type_secrets;
	/* user:password@host may stand in any URL, rightly or not */
	bool has_user = n->text && strchr(n->text, '@');
	describe(n, !is_secret && !has_user, &found);
	diag_error(r->diags, n->at, "`%s`: expected %s, found %s", o->key, expected,
		   buf_str(&found));
	return -EINVAL;
}

int
conf_out_of_bounds(struct conf_reader *r, const struct conf_option *o,
		   const struct node *n, const char *min, const char *max)
{
	auto_buf expected = BUF_INIT(KIB);
	buf_printf(&expected, "%s from %s to %s", o->type->name, min, max);
	return conf_expected(r, o, n, buf_str(&expected));
}

static const struct conf_option *
find_option(const struct conf_section *s, const char *key)
{
	const struct conf_option *o = s->options;
	while (o->key && !str_eq(o->key, key))
		o++;
	return o->key ? o : NULL;
}

static int
refuse_unknown(struct conf_reader *r, const struct conf_section *s, const struct node *n)
{
	const char *words[MAX_KEYS];
	auto_buf list = BUF_INIT(4 * KIB);
	size_t len = 0;
	for (const struct conf_option *o = s->options; o->key && len < MAX_KEYS; o++) {
		if (o->type == &conf_type_later)
			continue;
		buf_printf(&list, "%s`%s`", len > 0 ? ", " : "", o->key);
		words[len++] = o->key;
	}
	const char *near = str_nearest(n->key, words, len);
	auto_buf key = BUF_INIT(KIB);
	json_put_string(&key, n->key, strnlen(n->key, SHOWN_BYTES));
	if (near)
		diag_error(r->diags, n->key_at, "unknown key %s; did you mean `%s`?",
			   buf_str(&key), near);
	else
		diag_error(r->diags, n->key_at, "unknown key %s; expected one of %s",
			   buf_str(&key), buf_str(&list));
	return -EINVAL;
}

static int
keep_rest(const struct conf_section *s, const struct node *n, void *record)
{
	struct node **rest = (struct node **)(void *)((char *)record + s->rest);
	if (n->broken)
		return -EINVAL;
	if (!*rest)
		*rest = node_new(NODE_OBJECT, n->key_at);
	struct node *copy = *rest ? node_copy(n) : NULL;
	if (!copy || node_append(*rest, copy) < 0) {
		node_free(copy);
		return -ENOMEM;
	}
	return 0;
}

static int
read_members(struct conf_reader *r, const struct conf_section *s, const struct node *n,
	     void *record)
{
	int worst = 0;
	for (size_t i = 0; i < n->len; i++) {
		const struct node *member = n->items[i];
		const struct conf_option *o = find_option(s, member->key);
		int rc = 0;
		if (o)
			rc = o->type->read(r, o, member, record);
		else if (s->has_rest)
			rc = keep_rest(s, member, record);
		else
			rc = refuse_unknown(r, s, member);
		worst = conf_worse(worst, rc);
	}
	return worst;
}

static int
refuse_missing(struct conf_reader *r, const struct conf_section *s, const struct node *n)
{
	int rc = 0;
	for (const struct conf_option *o = s->options; o->key; o++) {
		if (!o->required || node_get(n, o->key))
			continue;
		diag_error(r->diags, conf_key_place(n), "`%s` is missing; expected %s",
			   o->key, o->type->expected);
		rc = -EINVAL;
	}
	return rc;
}

int
conf_read_defaults(struct conf_reader *r, const struct conf_section *s, void *record)
{
	int rc = 0;
	for (const struct conf_option *o = s->options; o->key && rc == 0; o++) {
		if (o->type == &conf_type_section)
			rc = conf_read_defaults(r, o->section, conf_field(o, record));
		if (!o->initial)
			continue;
		struct node n = {.kind = NODE_STRING, .text_len = strlen(o->initial)};
		n.text = str_dup(o->initial);
		rc = n.text ? o->type->read(r, o, &n, record) : -ENOMEM;
		str_free(n.text);
	}
	return rc;
}

int
conf_read_section(struct conf_reader *r, const struct conf_section *s,
		  const struct node *n, void *record)
{
	if (s->has_place)
		*(struct place *)(void *)((char *)record + s->place) = conf_key_place(n);
	int rc = conf_read_defaults(r, s, record);
	if (rc < 0 || n->broken)
		return rc < 0 ? rc : -EINVAL;
	if (n->kind != NODE_OBJECT && n->kind != NODE_NULL) {
		auto_buf found = BUF_INIT(KIB);
		describe(n, false, &found);
		diag_error(r->diags, n->at, "expected a mapping (key: value), found %s",
			   buf_str(&found));
		return -EINVAL;
	}
	rc = read_members(r, s, n, record);
	return conf_worse(rc, refuse_missing(r, s, n));
}
