/* Inside match/: keys of an event's objects, and walking a path through a document. */
#ifndef MATCH_WALK_H
#define MATCH_WALK_H

#include "base/json_tape.h"
#include "match/eval.h"

enum cover {
	COVER_NONE,
	COVER_EXACT,
	COVER_DOTTED /* the step is the key's begin, a dot follows */
};

/* The text of the key at slot i. */
struct slice walk_key(struct evaluation *e, const struct json_doc *doc, uint32_t i);
enum cover walk_cover(struct slice key, struct slice step);
struct scalar walk_scalar(struct evaluation *e, const struct json_doc *doc, uint32_t i);
/* As eval_visit, for the value at slot i that the first depth steps lead to. */
struct walk_point {
	const struct json_doc *doc;
	uint32_t slot;
	uint32_t depth;
};
bool walk_visit(struct evaluation *e, const struct pattern_path *path,
		struct walk_point at, eval_visit_fn *visit, void *arg);
/* The parsed field of that index; NULL with e->rc set when it is no JSON. */
const struct json_doc *walk_field(struct evaluation *e, size_t field);
/* The index of the event's field of that name, or its number of fields. */
size_t walk_find_field(const struct evaluation *e, struct slice name);

#endif
