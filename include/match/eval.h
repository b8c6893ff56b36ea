/* Inside match/: patterns against one event. Each JSON field is parsed at most once. */
#ifndef MATCH_EVAL_H
#define MATCH_EVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "match/match.h"
#include "match/pattern.h"

struct evaluation {
	const struct match_event *event; /* borrowed */
	struct json_doc **docs;		 /* owned; one a field, NULL: not yet parsed */
	struct buf text;		 /* the last unescaped string */
	struct buf key;			 /* the last unescaped key */
	int rc;				 /* the first thing that went wrong */
};

/* Returns 0 or -ENOMEM; eval_done is due in both cases. */
int eval_init(struct evaluation *e, const struct match_event *event) MUST_CHECK;
void eval_done(struct evaluation *e);
/* Checks the JSON fields that nobody needed: 0, -EBADMSG, -ENOMEM. */
int eval_check_rest(struct evaluation *e) MUST_CHECK;

/* Look at e->rc before the answer is believed. */
bool eval_matches(struct evaluation *e, const struct alternative *a);
/*
 * Calls visit for each scalar of the event at path (array elements one by one) until one
 * call returns true, which is the result. The text is valid during the call only.
 */
typedef bool eval_visit_fn(const struct scalar *value, void *arg);
bool eval_visit(struct evaluation *e, const struct pattern_path *path,
		eval_visit_fn *visit, void *arg);
/* Whether one value at the leaf's path (or its absence) is what the leaf wants. */
bool eval_leaf_matches(struct evaluation *e, const struct leaf *leaf);
/* Appends what the event has at path, elements separated by ", "; nothing if absent. */
void eval_show(struct evaluation *e, const struct pattern_path *path, struct buf *out);

#endif
