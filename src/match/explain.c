/* Why a pattern matches or not, leaf by leaf. */
#include <errno.h>

#include "base/json.h"
#include "base/limits.h"
#include "match/eval.h"
#include "match/walk.h"

#define TOGETHER "(together)"

/* Enough to be cut by shorten; payloads may hold megabytes. */
static struct slice
beginning(struct slice text)
{
	size_t most = LIMIT_EXPLAIN_BYTES + 1;
	return (struct slice){text.data, text.len < most ? text.len : most};
}

struct shown {
	struct buf *out;
	bool any;
};

static bool
show_scalar(const struct scalar *value, void *arg)
{
	struct shown *s = arg;
	if (s->any)
		buf_puts(s->out, ", ");
	s->any = true;
	struct slice text = beginning(value->text);
	if (value->kind == JSON_STRING)
		json_put_string(s->out, text.data, text.len);
	else
		buf_append(s->out, text.data, text.len);
	return s->out->len > LIMIT_EXPLAIN_BYTES;
}

/* The object or empty array that path leads to, by keys that have no dots. */
static void
show_container(struct evaluation *e, const struct pattern_path *path, struct buf *out)
{
	size_t field = walk_find_field(e, path->steps[0]);
	if (field == e->event->len || !e->docs[field])
		return;
	struct json_value v = json_root(e->docs[field]);
	for (uint32_t i = 1; i < path->len && v.kind != JSON_NONE; i++) {
		char *key = str_ndup(path->steps[i].data, path->steps[i].len);
		if (v.kind == JSON_ARRAY)
			v = json_item(v, 0);
		v = key ? json_member(v, key) : (struct json_value){.kind = JSON_NONE};
		str_free(key);
	}
	struct slice raw = beginning(v.raw);
	if (v.kind != JSON_NONE)
		buf_append(out, raw.data, raw.len);
}

static void
shorten(struct buf *out)
{
	size_t n = LIMIT_EXPLAIN_BYTES;
	if (out->len <= n)
		return;
	while (n > 0 && (out->data[n] & 0xc0) == 0x80)
		n--;
	buf_truncate(out, n);
	buf_puts(out, "...");
}

void
eval_show(struct evaluation *e, const struct pattern_path *path, struct buf *out)
{
	struct shown s = {.out = out};
	eval_visit(e, path, show_scalar, &s);
	if (!s.any)
		show_container(e, path, out);
	shorten(out);
}

static int
explain_leaf(struct evaluation *e, const struct leaf *leaf, match_finding_fn *on_finding,
	     void *arg)
{
	bool matches = eval_leaf_matches(e, leaf);
	auto_buf found = BUF_INIT(JSON_MAX_TEXT);
	eval_show(e, leaf->path, &found);
	if (e->rc < 0 || found.error < 0)
		return e->rc < 0 ? e->rc : found.error;
	struct match_finding finding = {.path = leaf->path->name.data,
					.expected = leaf->expected.data,
					.found = found.len > 0 ? found.data : NULL,
					.matches = matches};
	on_finding(&finding, arg);
	return 0;
}

/* Whether each condition alone would hold. */
static bool
holds_apart(struct evaluation *e, const struct alternative *a)
{
	for (size_t i = 0; i < a->len; i++) {
		const struct alternative one = {a->pattern, &a->items[i], 1};
		if (!eval_matches(e, &one))
			return false;
	}
	return true;
}

static void
explain_together(struct evaluation *e, const struct pattern *p,
		 match_finding_fn *on_finding, void *arg)
{
	static const struct match_finding finding = {
		.path = TOGETHER, .expected = "\"all within one element of each array\""};
	bool apart = false;
	for (size_t i = 0; i < p->len; i++) {
		if (eval_matches(e, &p->alternatives[i]))
			return;
		apart = apart || holds_apart(e, &p->alternatives[i]);
	}
	if (apart && e->rc == 0)
		on_finding(&finding, arg);
}

int
match_explain(const struct match_set *set, unsigned id, const struct match_event *event,
	      match_finding_fn *on_finding, void *arg)
{
	const struct pattern *p = match_pattern(set, id);
	if (!p)
		return -ENOENT;
	struct evaluation e;
	int rc = eval_init(&e, event);
	if (rc == 0)
		rc = eval_check_rest(&e);
	for (size_t i = 0; rc == 0 && i < p->n_leaves; i++)
		rc = explain_leaf(&e, p->leaves[i], on_finding, arg);
	if (rc == 0)
		explain_together(&e, p, on_finding, arg);
	if (rc == 0)
		rc = e.rc;
	eval_done(&e);
	return rc;
}
