/*
 * Inside match/: which alternatives an event can match at all. A tree of look-ups: each
 * node takes the values of one path to the alternatives that name them, and to those that
 * do not ask for that path. What is left is evaluated. Top-level texts come first, so
 * that JSON is parsed only when some rule for that source and type is left.
 */
#ifndef MATCH_INDEX_H
#define MATCH_INDEX_H

#include "match/eval.h"

struct index_node;

/* The tree over all alternatives, in the arena; -ENOMEM. */
int index_build(struct arena *arena, const struct alternative *const *all, size_t len,
		size_t n_paths, const struct index_node **ret_root) MUST_CHECK;
/* Calls each candidate, some perhaps twice. Look at e->rc afterwards. */
typedef void index_fn(const struct alternative *a, void *arg);
void index_run(struct evaluation *e, const struct index_node *root,
	       index_fn *on_candidate, void *arg);

#endif
