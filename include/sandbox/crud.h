/*
 * Ordinary families of operations, as rows: index, show, store, update and destroy of a
 * kind of things. What a family has beyond that stands in a file of its own.
 */
#ifndef SANDBOX_CRUD_H
#define SANDBOX_CRUD_H

#include "sandbox/kind.h"
#include "sandbox/visit.h"

struct crud_row {
	const char *prefix; /* operation id without its last word */
	const struct kind *kind;
};

extern const struct crud_row crud_rows[]; /* ends with prefix NULL */
extern const size_t n_crud_rows;

/* The five, for v->kind; v->thing is the thing itself or the one it belongs to. */
void crud_index(struct visit *v);
void crud_show(struct visit *v);
void crud_store(struct visit *v);
void crud_update(struct visit *v);
void crud_destroy(struct visit *v);

/* Answers with the children of owner. */
void crud_answer_list(struct visit *v, struct thing *owner, const struct kind *kind);
/* A new child with the body's values. NULL: answered with what is wrong. */
struct thing *crud_create(struct visit *v, struct thing *owner, const struct kind *kind);
/* Takes the body's values over. false: answered, nothing changed. */
bool crud_change(struct visit *v, struct thing *t);
/* Lets it go, by its sequence when the operation is asynchronous. */
void crud_remove(struct visit *v, struct thing *t);
/* The answer of the operation about t: its resource, or nothing. */
void crud_answer(struct visit *v, struct thing *t);
/* Whether filter[...] of the query lets the thing pass. */
bool crud_is_wanted(const struct visit *v, const struct thing *t);

#endif
