#include "match/match.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "match/eval.h"
#include "match/index.h"
#include "match/pattern.h"

struct match_set {
	struct arena arena;
	struct path_table paths;
	struct leaf_table leaves;
	const struct pattern **patterns; /* owned; they live in the arena */
	size_t len;
	size_t cap;
	const struct index_node *index; /* NULL before match_set_finish */
};

struct matches {
	struct evaluation *e;
	unsigned *ids; /* owned */
	size_t len;
	size_t cap;
};

struct match_set *
match_set_new(void)
{
	return x_new(struct match_set);
}

void
match_set_free(struct match_set *set)
{
	if (!set)
		return;
	arena_done(&set->arena);
	path_table_done(&set->paths);
	leaf_table_done(&set->leaves);
	mem_free(set->patterns);
	mem_free(set);
}

int
match_set_add(struct match_set *set, const struct node *pattern, unsigned id,
	      enum match_dialect dialect, struct diag_list *diags)
{
	if (x_reserve(&set->patterns, &set->cap, set->len) < 0)
		return -ENOMEM;
	struct compiler c = {.arena = &set->arena,
			     .paths = &set->paths,
			     .leaves = &set->leaves,
			     .dialect = dialect,
			     .diags = diags};
	const struct pattern *made = NULL;
	int rc = pattern_compile(&c, pattern, id, &made);
	if (rc == 0)
		set->patterns[set->len++] = made;
	return rc;
}

int
match_set_finish(struct match_set *set)
{
	const struct alternative **all = NULL;
	size_t len = 0;
	size_t cap = 0;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < set->len; i++) {
		const struct pattern *p = set->patterns[i];
		for (size_t k = 0; rc == 0 && k < p->len; k++) {
			rc = x_reserve(&all, &cap, len);
			if (rc == 0)
				all[len++] = &p->alternatives[k];
		}
	}
	if (rc == 0)
		rc = index_build(&set->arena, all, len, set->paths.len, &set->index);
	mem_free(all);
	return rc;
}

size_t
match_set_memory(const struct match_set *set)
{
	return sizeof(*set) + set->arena.bytes + set->cap * sizeof(*set->patterns) +
	       set->paths.n_chains * sizeof(*set->paths.chains) +
	       set->leaves.n_chains * sizeof(*set->leaves.chains);
}

static void
take_candidate(const struct alternative *a, void *arg)
{
	struct matches *m = arg;
	if (!eval_matches(m->e, a) || m->e->rc < 0)
		return;
	m->e->rc = x_reserve(&m->ids, &m->cap, m->len);
	if (m->e->rc == 0)
		m->ids[m->len++] = a->pattern->id;
}

static int
by_id(const void *left, const void *right)
{
	const unsigned *a = left;
	const unsigned *b = right;
	return *a < *b ? -1 : *a > *b;
}

static void
report(const struct matches *m, match_fn *on_match, void *arg)
{
	if (m->len > 1)
		qsort(m->ids, m->len, sizeof(*m->ids), by_id);
	for (size_t i = 0; i < m->len; i++) {
		if (i == 0 || m->ids[i] != m->ids[i - 1])
			on_match(m->ids[i], arg);
	}
}

int
match_run(const struct match_set *set, const struct match_event *event,
	  match_fn *on_match, void *arg)
{
	struct evaluation e;
	struct matches m = {.e = &e};
	int rc = eval_init(&e, event);
	if (rc == 0 && set->index)
		index_run(&e, set->index, take_candidate, &m);
	if (rc == 0)
		rc = eval_check_rest(&e);
	if (rc == 0)
		report(&m, on_match, arg);
	mem_free(m.ids);
	eval_done(&e);
	return rc;
}

const struct pattern *
match_pattern(const struct match_set *set, unsigned id)
{
	for (size_t i = 0; i < set->len; i++) {
		if (set->patterns[i]->id == id)
			return set->patterns[i];
	}
	return NULL;
}
