#include "match/walk.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

int
eval_init(struct evaluation *e, const struct match_event *event)
{
	*e = (struct evaluation){.event = event,
				 .text = BUF_INIT(JSON_MAX_TEXT),
				 .key = BUF_INIT(JSON_MAX_TEXT)};
	e->docs = x_new_array(struct json_doc *, event->len);
	return e->docs ? 0 : -ENOMEM;
}

void
eval_done(struct evaluation *e)
{
	for (size_t i = 0; e->docs && i < e->event->len; i++)
		json_doc_free(e->docs[i]);
	mem_free(e->docs);
	buf_done(&e->text);
	buf_done(&e->key);
}

int
eval_check_rest(struct evaluation *e)
{
	for (size_t i = 0; e->rc == 0 && i < e->event->len; i++) {
		const struct match_field *f = &e->event->fields[i];
		if (f->kind == MATCH_JSON && f->value.data && !e->docs[i])
			e->rc = json_check(f->value, NULL);
	}
	return e->rc;
}

const struct json_doc *
walk_field(struct evaluation *e, size_t field)
{
	if (!e->docs[field] && e->rc == 0)
		e->rc = json_doc_parse(e->event->fields[field].value, &e->docs[field],
				       NULL);
	return e->docs[field];
}

size_t
walk_find_field(const struct evaluation *e, struct slice name)
{
	for (size_t i = 0; i < e->event->len; i++) {
		const struct match_field *f = &e->event->fields[i];
		if (f->value.data && slice_eq_str(name, f->name))
			return i;
	}
	return e->event->len;
}

static struct slice
unescaped(struct evaluation *e, struct buf *buf, const struct json_doc *doc, uint32_t i)
{
	struct slice inner = json_inner_at(doc, i);
	if (!json_is_escaped(doc, i))
		return inner;
	buf_reset(buf);
	int rc = json_unescape(inner, buf);
	if (rc < 0 && e->rc == 0)
		e->rc = rc;
	return buf_slice(buf);
}

struct slice
walk_key(struct evaluation *e, const struct json_doc *doc, uint32_t i)
{
	return unescaped(e, &e->key, doc, i);
}

enum cover
walk_cover(struct slice key, struct slice step)
{
	if (key.len < step.len ||
	    (step.len > 0 && memcmp(key.data, step.data, step.len) != 0))
		return COVER_NONE;
	if (key.len == step.len)
		return COVER_EXACT;
	return key.data[step.len] == '.' ? COVER_DOTTED : COVER_NONE;
}

struct scalar
walk_scalar(struct evaluation *e, const struct json_doc *doc, uint32_t i)
{
	enum json_kind kind = json_kind_at(doc, i);
	if (kind == JSON_STRING)
		return (struct scalar){kind, unescaped(e, &e->text, doc, i)};
	return (struct scalar){kind, json_raw_at(doc, i)};
}

/* How many steps of path from depth on the key spells; 0: it leads elsewhere. */
static uint32_t
steps_of_key(struct slice key, const struct pattern_path *path, uint32_t depth)
{
	struct slice rest = key;
	for (uint32_t i = depth; i < path->len; i++) {
		enum cover cover = walk_cover(rest, path->steps[i]);
		if (cover == COVER_EXACT)
			return i - depth + 1;
		if (cover == COVER_NONE)
			return 0;
		size_t used = path->steps[i].len + 1;
		rest = (struct slice){rest.data + used, rest.len - used};
	}
	return 0;
}

/* Of a key that stands twice the last counts, as in json_member. */
static bool
visit_members(struct evaluation *e, const struct pattern_path *path, struct walk_point at,
	      eval_visit_fn *visit, void *arg)
{
	uint32_t end = json_next(at.doc, at.slot);
	uint32_t exact = 0;
	for (uint32_t i = json_first(at.slot); i < end; i = json_next(at.doc, i + 1)) {
		uint32_t steps = steps_of_key(walk_key(e, at.doc, i), path, at.depth);
		struct walk_point below = {at.doc, i + 1, at.depth + steps};
		if (steps == 1)
			exact = i + 1;
		else if (steps > 1 && walk_visit(e, path, below, visit, arg))
			return true;
	}
	struct walk_point below = {at.doc, exact, at.depth + 1};
	return exact > 0 && walk_visit(e, path, below, visit, arg);
}

/* Recursion is bounded by LIMIT_JSON_DEPTH. */
bool
walk_visit(struct evaluation *e, const struct pattern_path *path, struct walk_point at,
	   eval_visit_fn *visit, void *arg)
{
	enum json_kind kind = json_kind_at(at.doc, at.slot);
	if (kind == JSON_OBJECT)
		return at.depth < path->len && visit_members(e, path, at, visit, arg);
	if (kind != JSON_ARRAY) {
		if (at.depth < path->len)
			return false;
		struct scalar value = walk_scalar(e, at.doc, at.slot);
		return visit(&value, arg);
	}
	uint32_t end = json_next(at.doc, at.slot);
	for (uint32_t i = json_first(at.slot); i < end; i = json_next(at.doc, i)) {
		if (at.depth == path->len || json_is_container(at.doc, i)) {
			struct walk_point element = {at.doc, i, at.depth};
			if (walk_visit(e, path, element, visit, arg))
				return true;
		}
	}
	return false;
}
